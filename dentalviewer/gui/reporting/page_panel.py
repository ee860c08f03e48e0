"""Words on a ground of their own, with an edge on their left."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPdfWriter

from dentalviewer.gui.reporting.pages import MM, WIDTH, Block, Style, Text, fill

_EDGE = 1 * MM


def panel(
    text: str, style: Style, writer: QPdfWriter, *, color: str, edge: str, air: float
) -> Block:
    """`air` is around the words, in units of the page."""
    words = Text(text, style, WIDTH - 2 * air - _EDGE, writer)
    height = words.height + 2 * air

    def paint(painter: QPainter, x: float, y: float) -> None:
        fill(painter, QRectF(x, y, WIDTH, height), color)
        fill(painter, QRectF(x, y, _EDGE, height), edge)
        words.paint(painter, x + air + _EDGE, y + air)

    return Block(height, paint)
