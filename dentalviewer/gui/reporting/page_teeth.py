"""The dental chart and the table by tooth, for the report as a PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPdfWriter

from dentalviewer.gui.chart.chart_painting import PAGE_COLORS, paint_chart
from dentalviewer.gui.reporting.pages import (
    MM,
    MUTED,
    RULE,
    WIDTH,
    Block,
    Setting,
    Style,
    Text,
    fill,
    font_of,
    kept_together,
)
from dentalviewer.reports import wording
from dentalviewer.reports.chart_drawing import Drawn, frame_of, report_charts
from dentalviewer.reports.report import Report
from dentalviewer.reports.tooth_shapes import chart_width


def chart_blocks(report: Report, writer: QPdfWriter, setting: Setting) -> list[Block]:
    """The dental chart, and below it what it says; none if nothing can be said."""
    if not report.knows_teeth:
        return []
    charts = report_charts(report.teeth, report.radiograph.patient_age)
    start = [
        _text(wording.BY_TOOTH, Style(11, bold=True), writer),
        setting.space(2),
        *(_chart(report, chart, setting.chart_width) for chart in charts),
        setting.space(2),
        _text(wording.chart_told(report), Style(7.0, MUTED), writer),
    ]
    return [setting.space(4), *kept_together(start)]


def teeth_table(report: Report, writer: QPdfWriter, setting: Setting) -> list[Block]:
    """A line for each tooth that something was done to."""
    names = wording.tooth_columns(report)
    head = _row(names, Style(7.5, MUTED, bold=True), writer, setting)
    lines = [
        _row(wording.tooth_cells(report, state), Style(8.5), writer, setting, head=head)
        for state in report.treated_teeth
    ]
    if not lines:
        return []
    return [setting.space(2), *kept_together([head, *lines[:2]]), *lines[2:]]


def _text(words: str, style: Style, writer: QPdfWriter) -> Block:
    text = Text(words, style, WIDTH, writer)
    return Block(text.height, text.paint)


def _chart(report: Report, chart: Sequence[Drawn], width: float) -> Block:
    frame = frame_of(chart)
    scale = width / chart_width()
    colors = replace(PAGE_COLORS, of_class=lambda label: QColor(report.color(label)))

    def paint(painter: QPainter, x: float, y: float) -> None:
        painter.translate(x + (WIDTH - frame.width * scale) / 2, y)
        painter.scale(scale, scale)
        painter.translate(-frame.left, -frame.top)
        paint_chart(
            painter, chart, colors, notation=report.notation, family=font_of(Style())
        )

    return Block(frame.height * scale, paint)


def _row(
    words: Sequence[str],
    style: Style,
    writer: QPdfWriter,
    setting: Setting,
    head: Block | None = None,
) -> Block:
    air = 0.8 * MM * setting.gap
    lefts = [share * WIDTH for share in wording.TOOTH_COLUMN_STARTS] + [WIDTH]
    cells = [
        Text(word, style, lefts[i + 1] - lefts[i] - 2 * MM, writer)
        for i, word in enumerate(words)
    ]
    height = max(setting.least_row, max(cell.height for cell in cells) + 2 * air)

    def paint(painter: QPainter, x: float, y: float) -> None:
        for left, cell in zip(lefts, cells, strict=False):
            cell.paint(painter, x + left, y + air)
        fill(painter, QRectF(x, y + height - 2, WIDTH, 2), RULE)

    return Block(height, paint, head=head)
