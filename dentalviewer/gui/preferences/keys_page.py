"""The page of the preferences where keys are given other meanings."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.gui.actions import ACTIONS
from dentalviewer.gui.preferences.key_map import (
    MOST_KEYS,
    Keys,
    changes,
    default_keys,
    holder,
    keys_in_force,
    menu_opened_by,
    words_of,
    written,
)
from dentalviewer.gui.widgets.parts import heading, muted

_ACTION_ID = Qt.ItemDataRole.UserRole
_PORTABLE = QKeySequence.SequenceFormat.PortableText


class KeysPage(QWidget):
    """Edits a copy; `changed` is what differs from the defaults."""

    def __init__(self, changed: Keys, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table = keys_in_force(changed)
        self._wanted: tuple[str, str] | None = None
        self._before: tuple[str, ...] = ()
        self._emptied: int | None = None
        self._in_fields = [""] * MOST_KEYS
        self._search = QLineEdit(placeholderText="Search for an action or a key")
        self._search.setAccessibleName("Search")
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._filter)
        self._list = QTreeWidget()
        self._list.setAccessibleName("Keys")
        self._list.setHeaderLabels(["Action", "Keys"])
        self._list.setRootIsDecorated(False)
        self._list.setIndentation(10)
        self._list.setUniformRowHeights(True)
        self._list.header().setStretchLastSection(True)
        self._list.header().setSectionResizeMode(
            0, QHeaderView.ResizeMode.ResizeToContents
        )
        self._list.currentItemChanged.connect(lambda *_: self._show_action())
        self._lines: dict[str, QTreeWidgetItem] = {}
        self._title = heading()
        self._edits = [self._edit(index) for index in range(MOST_KEYS)]
        self._default = _button("Default keys", self._restore)
        self._warning = QLabel(wordWrap=True)
        self._warning.setTextFormat(Qt.TextFormat.PlainText)
        self._take = _button("Use it here", self._take_over)
        self._reset = _button("Reset all keys", self._reset_all)
        self._fill()
        self._arrange()
        self._show_keys()
        self.choose(ACTIONS[0].id)

    @property
    def changed(self) -> dict[str, tuple[str, ...]]:
        return changes(self._table)

    @property
    def warning(self) -> str:
        """What stands against the key that was pressed; "" if nothing does."""
        return self._warning.text()

    def choose(self, action_id: str) -> None:
        """Show the keys of an action, to be changed."""
        self._list.setCurrentItem(self._lines[action_id])

    def search(self, words: str) -> None:
        self._search.setText(words)

    @property
    def found(self) -> tuple[str, ...]:
        """The actions in sight, by their ids."""
        return tuple(i for i, line in self._lines.items() if not line.isHidden())

    # How it is put together

    def _arrange(self) -> None:
        fields = QHBoxLayout()
        for edit in self._edits:
            fields.addWidget(edit, 1)
        fields.addWidget(self._default)
        notice = QHBoxLayout()
        notice.addWidget(self._warning, 1)
        notice.addWidget(self._take)
        end = QHBoxLayout()
        end.addWidget(muted("Up to three keys each. Changes apply after OK."), 1)
        end.addWidget(self._reset)
        below = QGridLayout()
        below.addWidget(self._title, 0, 0)
        below.addLayout(fields, 1, 0)
        below.addLayout(notice, 2, 0)
        below.addLayout(end, 3, 0)
        # So that nothing moves when a warning comes.
        below.setRowMinimumHeight(2, self._take.sizeHint().height())
        layout = QVBoxLayout(self)
        layout.addWidget(self._search)
        layout.addWidget(self._list, 1)
        layout.addLayout(below)

    def _fill(self) -> None:
        menus: dict[str, QTreeWidgetItem] = {}
        for spec in ACTIONS:
            menu = spec.menu.replace("&", "")
            if menu not in menus:
                menus[menu] = QTreeWidgetItem([menu])
                menus[menu].setFlags(Qt.ItemFlag.ItemIsEnabled)
                font = self.font()
                font.setBold(True)
                menus[menu].setFont(0, font)
                self._list.addTopLevelItem(menus[menu])
            line = QTreeWidgetItem([words_of(spec.id)])
            line.setData(0, _ACTION_ID, spec.id)
            menus[menu].addChild(line)
            self._lines[spec.id] = line
        self._list.expandAll()

    def _edit(self, index: int) -> QKeySequenceEdit:
        edit = QKeySequenceEdit()
        edit.setMaximumSequenceLength(1)
        edit.setClearButtonEnabled(True)
        edit.setAccessibleName(f"Key {index + 1}")
        edit.keySequenceChanged.connect(partial(self._on_key, index))
        return edit

    # What is shown

    @property
    def _action(self) -> str:
        line = self._list.currentItem()
        return str(line.data(0, _ACTION_ID)) if line is not None else ""

    def _show_keys(self) -> None:
        defaults = default_keys()
        for action_id, line in self._lines.items():
            keys = self._table[action_id]
            line.setText(1, written(keys))
            font = self.font()
            font.setItalic(keys != defaults[action_id])
            line.setFont(1, font)
        self._reset.setEnabled(bool(self.changed))

    def _show_action(self) -> None:
        action_id = self._action
        self._emptied = None
        self._warn("", None)
        if action_id not in self._table:
            return
        keys = self._table[action_id]
        self._title.setText(words_of(action_id))
        for index, edit in enumerate(self._edits):
            key = keys[index] if index < len(keys) else ""
            self._in_fields[index] = key
            if edit.keySequence().toString(_PORTABLE) != key:
                edit.blockSignals(True)
                edit.setKeySequence(QKeySequence(key))
                edit.blockSignals(False)
        self._default.setEnabled(keys != default_keys()[action_id])

    def _warn(self, words: str, wanted: tuple[str, str] | None) -> None:
        self._wanted = wanted
        self._warning.setText(words)
        self._take.setVisible(wanted is not None)

    def _filter(self, text: str) -> None:
        words = text.casefold().split()
        for line in self._lines.values():
            said = f"{line.text(0)} {line.text(1)}".casefold()
            line.setHidden(not all(word in said for word in words))
        for index in range(self._list.topLevelItemCount()):
            menu = self._list.topLevelItem(index)
            lines = [menu.child(i) for i in range(menu.childCount())] if menu else []
            hidden = all(line is None or line.isHidden() for line in lines)
            self._list.setRowHidden(index, QModelIndex(), hidden)

    # What is changed

    def _on_key(self, index: int, sequence: QKeySequence) -> None:
        key, action_id = sequence.toString(_PORTABLE), self._action
        # A field is emptied before it takes the key that is pressed in it.
        emptied = index == self._emptied
        before = self._before if emptied else self._table[action_id]
        self._emptied = index if not key else None
        if not key:
            self._before = self._table[action_id]
        # It also tells its key anew a while after, and when it is left.
        if key == self._in_fields[index]:
            return
        self._in_fields[index] = key
        free = not key or self._is_free(key)
        self._give(action_id, self._entered() if free else before)
        others = (each for each in self._in_fields if each and not self._is_free(each))
        self._warn_of(next(others, "") if free else key)

    def _warn_of(self, key: str) -> None:
        """What stands against a key in the fields, if there is one."""
        if not key:
            self._warn("", None)
            return
        menu, other = menu_opened_by(key), holder(self._table, key)
        if menu is not None:
            self._warn(f"{written([key])} opens the menu “{menu}”.", None)
        elif other is not None:
            words = f"{written([key])} means “{words_of(other)}”."
            self._warn(words, (self._action, key))

    def _entered(self) -> tuple[str, ...]:
        """What stands in the fields, but for keys that mean something else."""
        keys = self._in_fields
        return tuple(dict.fromkeys(key for key in keys if key and self._is_free(key)))

    def _is_free(self, key: str) -> bool:
        mine = holder(self._table, key) in (None, self._action)
        return mine and menu_opened_by(key) is None

    def _take_over(self) -> None:
        """Give the key to this action, and take it from the other."""
        if self._wanted is None:
            return
        action_id, key = self._wanted
        other = holder(self._table, key)
        if other is not None:
            left = tuple(each for each in self._table[other] if each != key)
            self._table[other] = left
        self._give(action_id, self._entered())
        self._show_action()

    def _restore(self) -> None:
        """The default keys of one action, as far as no other has them by now."""
        action_id = self._action
        keys = default_keys()[action_id]
        others = {k: holder(self._table, k) for k in keys}
        free = tuple(k for k in keys if others[k] in (None, action_id))
        self._give(action_id, free)
        self._show_action()
        for key, other in others.items():
            if other not in (None, action_id):
                words = f"{written([key])} now means “{words_of(str(other))}”."
                self._warn(words, None)

    def _reset_all(self) -> None:
        self._table = default_keys()
        self._show_keys()
        self._show_action()

    def _give(self, action_id: str, keys: tuple[str, ...]) -> None:
        self._table[action_id] = keys
        self._show_keys()
        self._default.setEnabled(keys != default_keys()[action_id])


def _button(text: str, act: Callable[[], None]) -> QPushButton:
    button = QPushButton(text)
    # Enter is a key that is being entered here, not the wish to close the dialog.
    button.setAutoDefault(False)
    button.clicked.connect(act)
    return button
