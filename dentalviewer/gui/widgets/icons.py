"""The icons of the toolbar, in the colour of the theme and sharp at any scale."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from dentalviewer.resources import icons_folder

SIZE = 20
_SCALES = (1, 2, 3)


def themed_icon(name: str, *, text: QColor, checked: QColor, muted: QColor) -> QIcon:
    """The icon of an action; an empty one where there is no drawing of that name."""
    path = icons_folder() / f"{name}.svg"
    icon = QIcon()
    if not path.is_file():
        return icon
    for mode, state, color in (
        (QIcon.Mode.Normal, QIcon.State.Off, text),
        (QIcon.Mode.Normal, QIcon.State.On, checked),
        (QIcon.Mode.Disabled, QIcon.State.Off, muted),
        (QIcon.Mode.Disabled, QIcon.State.On, muted),
    ):
        for scale in _SCALES:
            icon.addPixmap(_drawn(path, color, SIZE * scale), mode, state)
    return icon


def _drawn(path: Path, color: QColor, side: int) -> QPixmap:
    drawing = path.read_text(encoding="utf-8").replace("currentColor", color.name())
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(drawing.encode())).render(painter, QRectF(0, 0, side, side))
    painter.end()
    return pixmap
