"""The toolbar: what the hand on the mouse wants most, with icons.

What ends the work is at the right, and stays in sight in the narrowest window.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QIcon, QPalette, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from dentalviewer.gui.actions import first_key, plain_text
from dentalviewer.gui.widgets.icons import SIZE, themed_icon
from dentalviewer.gui.window.class_button import ClassButton

_CLASSES, _BETWEEN = "class of the next box", ""
_LEFT = (
    "open", "open_folder", _BETWEEN,
    "select_tool", "draw_tool", _CLASSES, _BETWEEN,
    "fit", "actual_size", "invert", "clahe", _BETWEEN,
    "hide_predictions", "hide_annotations", _BETWEEN,
    "undo", "redo",
)  # fmt: skip
# With their names beside, where there is room: the two that end the work.
_RIGHT = ("accept_agreeing", "report")
# Where there is no room, these go into a menu at their end, the first of them first.
_LEAVING = (
    "hide_annotations", "hide_predictions", "actual_size", "clahe", "invert", "fit",
    "redo", "undo", "open_folder", "open",
)  # fmt: skip


class ToolBar(QToolBar):
    def __init__(
        self,
        actions: Mapping[str, QAction],
        class_button: ClassButton,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Tools", parent)
        self.setObjectName("tools")
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setIconSize(QSize(SIZE, SIZE))
        self._named = {n: actions[n] for n in (*_LEFT, *_RIGHT) if n in actions}
        self._class_button = class_button
        self._fitted: tuple[object, ...] = ()
        self._left = [self._added_left(name) for name in _LEFT]
        self._more_button, self._more = self._added_more()
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
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._color()

    def _added_left(self, name: str) -> tuple[str, QAction]:
        if name == _BETWEEN:
            return name, self.addSeparator()
        if name == _CLASSES:
            return name, self.addWidget(self._class_button)
        self.addAction(self._named[name])
        return name, self._named[name]

    def _added_more(self) -> tuple[QToolButton, QAction]:
        """The way to what has no room."""
        button = QToolButton()
        button.setObjectName("moreTools")
        button.setToolTip("More tools")
        button.setAccessibleName(button.toolTip())
        button.setAutoRaise(True)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setMenu(QMenu(button))
        return button, self.addWidget(button)

    def _explain(self) -> None:
        for action in self._named.values():
            words, key = plain_text(action), first_key(action)
            action.setToolTip(f"{words} ({key})" if key else words)
        self._fit()

    def _fit(self) -> None:
        """Names give way first, that of what ends the work the last, then tools."""
        # Buttons that come and go are not to do so under the mouse.
        names = [button.text() for button in self._right]
        wanted = (self.width(), self.font().toString(), *names)
        if wanted == self._fitted:
            return
        self._fitted = wanted
        agreeing, report = self._right
        self._class_button.set_named(True)
        self._name(agreeing, named=True)
        self._name(report, named=True)
        self._lay(())
        ways: Sequence[Callable[[], None]] = (
            partial(self._name, agreeing, named=False),
            partial(self._class_button.set_named, False),
            partial(self._name, report, named=False),
            *(partial(self._lay, _LEAVING[: n + 1]) for n in range(len(_LEAVING))),
        )
        for give_way in ways:
            if self.sizeHint().width() <= self.width():
                break
            give_way()

    def _name(self, button: QToolButton, *, named: bool) -> None:
        style = Qt.ToolButtonStyle
        button.setToolButtonStyle(
            style.ToolButtonTextBesideIcon if named else style.ToolButtonIconOnly
        )

    def _lay(self, leaving: Sequence[str]) -> None:
        """All but those that leave, which are in the menu; no two lines together."""
        here = [action for _, action in self._left if action in self.actions()]
        staying = [each for each in self._left if each[0] not in leaving]
        wanted = [
            action
            for index, (name, action) in enumerate(staying)
            if name != _BETWEEN or (index and staying[index - 1][0] != _BETWEEN)
        ]
        for action in here:
            if action not in wanted:
                self.removeAction(action)
        before = self._more
        for action in reversed(wanted):
            if action not in here:
                self.insertAction(before, action)
            before = action
        menu = self._more_button.menu()
        menu.clear()
        menu.addActions([action for name, action in self._left if name in leaving])
        self._more.setVisible(bool(leaving))

    def _color(self) -> None:
        for name, action in self._named.items():
            action.setIcon(self._icon(name))
            action.setIconVisibleInMenu(False)
        self._more_button.setIcon(self._icon("more"))

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
