"""The icons of the toolbar, in the colour of the theme and sharp at any scale."""

from __future__ import annotations

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
    drawing = path.read_text(encoding="utf-8")
    off, on = QIcon.State.Off, QIcon.State.On
    for mode, states, color in (
        (QIcon.Mode.Normal, (off,), text),
        (QIcon.Mode.Normal, (on,), checked),
        (QIcon.Mode.Disabled, (off, on), muted),
    ):
        colored = drawing.replace("currentColor", color.name())
        renderer = QSvgRenderer(QByteArray(colored.encode()))
        for scale in _SCALES:
            pixmap = _drawn(renderer, SIZE * scale)
            for state in states:
                icon.addPixmap(pixmap, mode, state)
    return icon


def _drawn(renderer: QSvgRenderer, side: int) -> QPixmap:
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, side, side))
    painter.end()
    return pixmap
