"""What each page of a report has around its text: head, foot and watermark."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPdfWriter

from dentalviewer.gui.reporting.pages import (
    ACCENT,
    MARGIN,
    MM,
    MUTED,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    RULE,
    WIDTH,
    Style,
    Text,
    fill,
    font_of,
)
from dentalviewer.reports import wording
from dentalviewer.reports.report import Report

WATERMARK_COLOR = "#b42318"
WATERMARK_OPACITY = 0.14

_CENTER = Qt.AlignmentFlag.AlignHCenter
_RIGHT = Qt.AlignmentFlag.AlignRight


def paint_edges(
    painter: QPainter, report: Report, writer: QPdfWriter, *, number: int, count: int
) -> None:
    """The foot of each page, and the head of those after the first."""
    foot = PAGE_HEIGHT - 12 * MM
    fill(painter, QRectF(MARGIN, foot - 2 * MM, WIDTH, 2), RULE)
    whose = " · ".join(_identity(report))
    caution = wording.SHORT_DISCLAIMER
    if report.unreviewed:
        caution = f"{wording.WATERMARK} · {caution}"
    for text, start, end, align in (
        (whose, 0.0, 0.46, Qt.AlignmentFlag.AlignLeft),
        (caution, 0.48, 0.85, _RIGHT),
        (f"Page {number} of {count}", 0.86, 1.0, _RIGHT),
    ):
        style, width = Style(7, MUTED, align=align), (end - start) * WIDTH
        line = _elided(text, style, width, writer)
        line.paint(painter, MARGIN + start * WIDTH, foot)
    if number > 1:
        head = report.practice.name or wording.TITLE
        _elided(head, Style(8, MUTED), WIDTH, writer).paint(painter, MARGIN, 11 * MM)
        fill(painter, QRectF(MARGIN, 16 * MM, WIDTH, 0.3 * MM), ACCENT)


def _elided(text: str, style: Style, width: float, writer: QPdfWriter) -> Text:
    metrics = QFontMetricsF(font_of(style), writer)
    end = Qt.TextElideMode.ElideRight
    return Text(metrics.elidedText(text, end, width), style, width, writer)


def _identity(report: Report) -> list[str]:
    patient = report.patient
    said = (patient.name, patient.number, report.radiograph_name)
    return [" ".join(text.split()) for text in said if text.strip()]


def paint_watermark(painter: QPainter) -> None:
    style = Style(80, WATERMARK_COLOR, bold=True)
    painter.save()
    painter.setOpacity(WATERMARK_OPACITY)
    painter.setFont(font_of(style))
    painter.setPen(QColor(style.color))
    painter.translate(PAGE_WIDTH / 2, PAGE_HEIGHT / 2)
    painter.rotate(-50)
    painter.drawText(
        QRectF(-PAGE_HEIGHT / 2, -PAGE_WIDTH / 4, PAGE_HEIGHT, PAGE_WIDTH / 2),
        Qt.AlignmentFlag.AlignCenter,
        wording.WATERMARK,
    )
    painter.restore()
