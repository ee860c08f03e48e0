"""What the colours and lines of a report's picture mean."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPdfWriter, QPen

from dentalviewer.gui.reporting.pages import (
    MM,
    WIDTH,
    Block,
    Setting,
    Style,
    fill,
    font_of,
)
from dentalviewer.reports import wording
from dentalviewer.reports.report import (
    Report,
    RowSource,
)

Sample = str | RowSource
"""The colour of a class, or a source, shown as its line."""


def legend_block(report: Report, writer: QPdfWriter, setting: Setting) -> Block:
    """The classes by colour, and below or after them the sources by line style."""
    style = Style(8)
    metrics = QFontMetricsF(font_of(style), writer)
    rows = _rows(report, metrics, setting)
    line = metrics.height() * 1.15

    def paint(painter: QPainter, x: float, y: float) -> None:
        painter.setFont(font_of(style))
        for index, row in enumerate(rows):
            base = y + index * line + metrics.ascent()
            for left, sample, text in row:
                middle = base - metrics.ascent() * 0.36
                _paint_sample(painter, sample, x + left, middle)
                painter.setPen(QColor(style.color))
                painter.drawText(QPointF(x + left + 7 * MM, base), text)

    return Block(line * len(rows), paint)


def _rows(
    report: Report, metrics: QFontMetricsF, setting: Setting
) -> list[list[tuple[float, Sample, str]]]:
    """Entries with their left edges, in as many rows as they need."""
    classes: list[tuple[Sample, str]] = [
        (report.color(label), wording.class_and_count(label, count))
        for label, count in report.classes_told.items()
    ]
    lines: list[tuple[Sample, str]] = [
        (source, wording.LINES[source]) for source in report.sources_drawn
    ]
    if setting.run_in:
        return _broken([*classes, *lines], metrics)
    return [*_broken(classes, metrics), *_broken(lines, metrics)]


def _broken(
    entries: Sequence[tuple[Sample, str]], metrics: QFontMetricsF
) -> list[list[tuple[float, Sample, str]]]:
    rows: list[list[tuple[float, Sample, str]]] = []
    left = 0.0
    for sample, text in entries:
        width = 7 * MM + metrics.horizontalAdvance(text) + 5 * MM
        if not rows or left + width > WIDTH + 5 * MM:
            rows.append([])
            left = 0.0
        rows[-1].append((left, sample, text))
        left += width
    return rows


def _paint_sample(painter: QPainter, sample: Sample, x: float, y: float) -> None:
    width = 5.2 * MM
    if not isinstance(sample, RowSource):
        plate = QRectF(x, y - 1.1 * MM, width, 2.2 * MM)
        fill(painter, plate, sample, 0.5 * MM)
        return
    pen = QPen(QColor("#1d2025"), 0.4 * MM)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if sample is RowSource.DETECTOR:
        pen.setDashPattern([3.0, 2.0])
    painter.setPen(pen)
    offsets = (-0.45 * MM, 0.45 * MM) if sample is RowSource.BOTH else (0.0,)
    for offset in offsets:
        painter.drawLine(QPointF(x, y + offset), QPointF(x + width, y + offset))
