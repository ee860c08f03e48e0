"""The toolbar: what the hand on the mouse wants most, with icons."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QIcon, QPalette, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolBar, QToolButton, QWidget

from dentalviewer.gui.actions import first_key, plain_text
from dentalviewer.gui.widgets.icons import SIZE, themed_icon

_LEFT = (
    "open", "open_folder", "",
    "select_tool", "draw_tool", "",
    "fit", "actual_size", "invert", "clahe", "",
    "hide_predictions", "hide_annotations", "",
    "undo", "redo",
)  # fmt: skip
# With their names beside, where there is room: the two that end the work.
_RIGHT = ("accept_agreeing", "report")


class ToolBar(QToolBar):
    def __init__(
        self,
        actions: Mapping[str, QAction],
        class_button: QWidget,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Tools", parent)
        self.setObjectName("tools")
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setIconSize(QSize(SIZE, SIZE))
        self._named = {n: actions[n] for n in (*_LEFT, *_RIGHT) if n}
        for name in _LEFT:
            if name:
                self.addAction(actions[name])
            else:
                self.addSeparator()
            if name == "draw_tool":
                self.addWidget(class_button)
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        self._right: list[QToolButton] = []
        for name in _RIGHT:
            self.addAction(actions[name])
            button = self.widgetForAction(actions[name])
            assert isinstance(button, QToolButton)
            self._right.append(button)
        for action in self._named.values():
            action.changed.connect(self._explain)
        self._explain()
        self._color()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._name_what_fits()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._color()

    def _explain(self) -> None:
        for action in self._named.values():
            words, key = plain_text(action), first_key(action)
            action.setToolTip(f"{words} ({key})" if key else words)
        self._name_what_fits()

    def _name_what_fits(self) -> None:
        """Of those at the right, the last keeps its name the longest."""
        style = Qt.ToolButtonStyle
        for button in self._right:
            button.setToolButtonStyle(style.ToolButtonTextBesideIcon)
        for button in self._right:
            if self.sizeHint().width() <= self.width():
                break
            button.setToolButtonStyle(style.ToolButtonIconOnly)

    def _color(self) -> None:
        for name, action in self._named.items():
            action.setIcon(self._icon(name))
            action.setIconVisibleInMenu(False)
        # Qt's own, which leads to what has no room, is dark in either theme.
        more = self.findChild(QToolButton, "qt_toolbar_ext_button")
        if isinstance(more, QToolButton):
            more.setIcon(self._icon("more"))

    def _icon(self, name: str) -> QIcon:
        palette = self.palette()
        return themed_icon(
            name,
            text=palette.color(QPalette.ColorRole.WindowText),
            checked=palette.color(QPalette.ColorRole.HighlightedText),
            muted=palette.color(
                QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText
            ),
        )
