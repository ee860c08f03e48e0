"""The class of the next box, in the tool bar: in sight, and to be chosen by mouse."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from dentalviewer.gui.actions import CLASS_ACTIONS
from dentalviewer.gui.canvas.source_icon import source_icon
from dentalviewer.gui.reviewing.class_choice import ClassChoice
from dentalviewer.gui.widgets.palette import class_name
from dentalviewer.gui.widgets.parts import without_mnemonic
from dentalviewer.labels import KNOWN_LABELS
from dentalviewer.review import Source

# Its arrow stands beside the words, not in the corner below them.
_STYLE = """
QToolButton { padding-right: 18px; }
QToolButton::menu-indicator { subcontrol-position: right center; right: 6px; }
"""


class ClassButton(QToolButton):
    def __init__(
        self,
        classes: ClassChoice,
        actions: Mapping[str, QAction],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._classes = classes
        self._actions = actions
        self._named = True
        self.setObjectName("classButton")
        self.setStyleSheet(_STYLE)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        menu = QMenu(self)
        for name in (*CLASS_ACTIONS, "other_class"):
            menu.addAction(actions[name])
        menu.addSeparator()
        menu.addAction(actions["keep_drawing"])
        self.setMenu(menu)
        classes.changed.connect(self._show_class)
        self._show_class()

    def set_named(self, named: bool) -> None:
        """Whether the name of the class stands beside its colour."""
        if named != self._named:
            self._named = named
            self._show_class()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._show_class()

    def _show_class(self) -> None:
        label = self._classes.current
        name = class_name(label)
        self.setIcon(source_icon(label, Source.DENTIST))
        self.setToolTip(f"Class of the next box: {name}")
        self.setAccessibleName(self.toolTip())
        style = Qt.ToolButtonStyle
        self.setToolButtonStyle(
            style.ToolButtonTextBesideIcon if self._named else style.ToolButtonIconOnly
        )
        if not self._named:
            self.setFixedWidth(self.sizeHint().width())
            return
        metrics = self.fontMetrics()
        # The longest of the program's own classes is to be read in full, and no other
        # moves what stands beside the button.
        longest = max(map(class_name, KNOWN_LABELS), key=metrics.horizontalAdvance)
        self.setText(longest)
        self.setFixedWidth(self.sizeHint().width())
        room = metrics.horizontalAdvance(longest)
        elided = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
        self.setText(without_mnemonic(elided))
