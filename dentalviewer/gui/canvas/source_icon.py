"""A small picture of a box, for lists and buttons."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, qGray

from dentalviewer.gui.canvas.marks import pen_for
from dentalviewer.review import Source

# In points.
ICON_SIZE = QSize(26, 16)
# As grey, 0 to 255.
_PALE = 200


def source_icon(label: str, source: Source) -> QIcon:
    """A small box in the class's colour, solid or dashed as its mark is."""
    ratio = 2.0
    pixmap = QPixmap(ICON_SIZE * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    pen = pen_for(label, source, 2.0)
    rect = QRectF(3, 2, ICON_SIZE.width() - 7, ICON_SIZE.height() - 4)
    if qGray(pen.color().rgb()) > _PALE:
        # Those colours are for the dark radiograph: on white they need an outline.
        painter.setPen(QPen(QColor(0, 0, 0, 130), 3.4))
        painter.drawRect(rect)
    painter.setPen(pen)
    painter.drawRect(rect)
    painter.end()
    return QIcon(pixmap)
