"""The small print: what the program is not, and how the report came about."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPdfWriter

from dentalviewer.gui.reporting.page_panel import panel
from dentalviewer.gui.reporting.pages import (
    ACCENT,
    MM,
    MUTED,
    WIDTH,
    Block,
    Setting,
    Style,
    Text,
    kept_together,
)
from dentalviewer.reports import wording
from dentalviewer.reports.report import Report

_GROUND = "#f2f4f7"
_NAME_WIDTH = 28 * MM


def origin_blocks(report: Report, writer: QPdfWriter, setting: Setting) -> list[Block]:
    """It goes on on the next page, if need be, rather than begin there."""
    air = 2.4 * MM * setting.gap
    head = Text(wording.ORIGIN, Style(9, bold=True), WIDTH, writer)
    lines = (
        _in_one(report, writer, setting)
        if setting.run_in
        else [
            _beside(name, value, writer, setting)
            for name, value in wording.origin(report)
        ]
    )
    start = [
        panel(
            wording.DISCLAIMER,
            Style(8.5),
            writer,
            color=_GROUND,
            edge=ACCENT,
            air=air,
        ),
        setting.space(3),
        Block(head.height, head.paint),
        setting.space(1),
        *lines[:2],
    ]
    return [*kept_together(start), *lines[2:]]


def _in_one(report: Report, writer: QPdfWriter, setting: Setting) -> list[Block]:
    """One paragraph, in which the names of what is told stand out."""
    text, names = "", []
    for name, value in wording.origin(report):
        names.append((len(text), len(text) + len(name)))
        text += f"{name} {value.rstrip('.')}. "
    style = Style(setting.fine_print, MUTED)
    return Text(text.rstrip(), style, WIDTH, writer, names).blocks()


def _beside(name: str, value: str, writer: QPdfWriter, setting: Setting) -> Block:
    left = Text(name, Style(setting.fine_print, MUTED), _NAME_WIDTH, writer)
    right = Text(value, Style(setting.fine_print), WIDTH - _NAME_WIDTH, writer)

    def paint(painter: QPainter, x: float, y: float) -> None:
        left.paint(painter, x, y)
        right.paint(painter, x + _NAME_WIDTH, y)

    return Block(max(left.height, right.height) + 0.6 * MM, paint)
