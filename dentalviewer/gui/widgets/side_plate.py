"""R and L where they lie the other way round than one expects: on a plate."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

_GROUND = QColor("#4a3a12")
_LETTER = QColor("#f5d680")


def paint_side_plate(painter: QPainter, letter: str, area: QRectF) -> None:
    """In the font of the painter; the same beside a radiograph and beside a chart, so
    that the eye finds the one from the other.
    """
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_GROUND)
    rounding = area.height() / 6
    painter.drawRoundedRect(area, rounding, rounding)
    painter.setPen(_LETTER)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, letter)
