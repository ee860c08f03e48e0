"""The table by finding, for the report as a PDF."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPdfWriter

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
    kept_together,
)
from dentalviewer.labels import ink_on
from dentalviewer.reports import wording
from dentalviewer.reports.report import Report, Row

_PLATE_WIDTH, _PLATE_HEIGHT = 7 * MM, 4.2 * MM


def findings_table(report: Report, writer: QPdfWriter, setting: Setting) -> list[Block]:
    """A line for each accepted finding; none if there is none."""
    if not report.rows:
        return []
    heading = Text(wording.BY_FINDING, Style(11, bold=True), WIDTH, writer)
    start = [Block(heading.height, heading.paint), setting.space(1)]
    if notation := wording.notation_above_findings(report):
        told = Text(notation, Style(7, MUTED), WIDTH, writer)
        start.append(Block(told.height, told.paint))
    names = wording.columns(report)
    head = _line(names, Style(7.5, MUTED, bold=True), writer, setting)
    lines = [_finding(report, row, writer, setting, head) for row in report.rows]
    start += [head, *lines[:2]]
    return [setting.space(4), *kept_together(start), *lines[2:]]


def _finding(
    report: Report, row: Row, writer: QPdfWriter, setting: Setting, head: Block
) -> Block:
    words = wording.cells(report, row)
    cells = _line(("", *words[1:]), Style(8.5), writer, setting)
    color = report.color(row.label)
    style = Style(8, ink_on(color), bold=True, align=Qt.AlignmentFlag.AlignHCenter)
    number = Text(str(row.number), style, _PLATE_WIDTH, writer)
    middle = setting.least_row / 2

    def paint(painter: QPainter, x: float, y: float) -> None:
        top = y + middle - _PLATE_HEIGHT / 2
        fill(painter, QRectF(x, top, _PLATE_WIDTH, _PLATE_HEIGHT), color, 0.8 * MM)
        number.paint(painter, x, y + middle - number.height / 2)
        cells.paint(painter, x, y)

    return Block(cells.height, paint, head=head)


def _line(
    words: Sequence[str], style: Style, writer: QPdfWriter, setting: Setting
) -> Block:
    lefts = [share * WIDTH for share in wording.COLUMN_STARTS] + [WIDTH]
    cells = [
        Text(word, style, lefts[i + 1] - lefts[i] - 2 * MM, writer)
        for i, word in enumerate(words)
    ]
    least, air = setting.least_row, 0.8 * MM * setting.gap
    height = max(least, max(cell.height for cell in cells) + 2 * air)
    first_line = Text("0", style, WIDTH, writer).height

    def paint(painter: QPainter, x: float, y: float) -> None:
        for left, cell in zip(lefts, cells, strict=False):
            cell.paint(painter, x + left, y + least / 2 - first_line / 2)
        fill(painter, QRectF(x, y + height - 2, WIDTH, 2), RULE)

    return Block(height, paint)
