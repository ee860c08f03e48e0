"""The small dark plates that captions stand on: their sizes, and their images."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

POINT_SIZE = 9.0


def plate_height() -> float:
    return QFontMetricsF(_font(QFont().toString())).height() + 2


@lru_cache(maxsize=1024)
def plate_width(text: str, font_name: str) -> int:
    return round(QFontMetricsF(_font(font_name)).horizontalAdvance(text) + 8)


@lru_cache(maxsize=1024)
def plate_image(text: str, rgba: int, font_name: str, ratio: float) -> QImage:
    """Painting an image is many times faster than laying out text at every frame."""
    width, height = plate_width(text, font_name), plate_height()
    image = QImage(
        round(width * ratio),
        round(height * ratio),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(_font(font_name))
    area = QRectF(0, 0, width, height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 190))
    painter.drawRoundedRect(area, 3, 3)
    painter.setPen(QColor.fromRgba(rgba))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return image


def _font(font_name: str) -> QFont:
    font = QFont()
    font.fromString(font_name)
    font.setPointSizeF(POINT_SIZE)
    return font
