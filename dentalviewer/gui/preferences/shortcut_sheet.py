"""All keys on one sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.gui.widgets.fitting import room_on_screen
from dentalviewer.gui.widgets.parts import heading, muted

_COLUMNS = 3
_SCROLL_BAR = 20
# The button below, and the margins.
_AROUND = QSize(30, 70)
_WITH_THE_MOUSE = (
    ("Wheel", "zoom where the pointer is"),
    ("Drag beside the boxes", "pan; with the middle button anywhere"),
    ("Drag with the right button", "window (across) and level (up and down)"),
    ("Drag a box or its handles", "move or resize it"),
    ("Shift or Ctrl and click", "select one more, or one less"),
    ("Shift or Ctrl and drag", "select all in a frame"),
    ("Shift or Ctrl in the worklist", "select several radiographs"),
    ("Click again where boxes overlap", "the next box under it"),
    ("Right click", "accept, reject or change the class"),
)


class ShortcutSheet(QDialog):
    """Shows a table of menu, what is done, and its keys."""

    change_wanted = Signal()

    def __init__(
        self, table: Sequence[tuple[str, str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        groups: dict[str, list[tuple[str, str]]] = {}
        for menu, text, keys in table:
            groups.setdefault(menu, []).append((keys, text))
        groups["With the mouse"] = list(_WITH_THE_MOUSE)
        room = room_on_screen(self) - _AROUND
        # Where there is less room the sheet is narrower, and scrolls in one direction.
        for count in range(_COLUMNS, 0, -1):
            page = _page(groups, count)
            if page.sizeHint().width() + _SCROLL_BAR <= room.width():
                break
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(page)
        # As large as its page where the screen has room for it.
        wanted = page.sizeHint() + QSize(_SCROLL_BAR, 0)
        area.setMinimumSize(wanted.boundedTo(room))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        change = buttons.addButton(
            "Change keys…", QDialogButtonBox.ButtonRole.ActionRole
        )
        change.setAutoDefault(False)
        change.clicked.connect(self._on_change)
        layout = QVBoxLayout(self)
        layout.addWidget(area)
        layout.addWidget(buttons)

    def _on_change(self) -> None:
        self.accept()
        self.change_wanted.emit()


def _page(groups: Mapping[str, list[tuple[str, str]]], count: int) -> QWidget:
    """All groups in so many columns."""
    columns = [QVBoxLayout() for _ in range(count)]
    heights = [0] * count
    # The longest first, so that the columns end at about one height.
    for title, rows in sorted(groups.items(), key=lambda group: -len(group[1])):
        shortest = heights.index(min(heights))
        columns[shortest].addWidget(_group(title, rows))
        heights[shortest] += len(rows) + 2
    page = QWidget()
    row = QHBoxLayout(page)
    for column in columns:
        column.addStretch(1)
        row.addLayout(column)
    row.setSpacing(32)
    return page


def _group(title: str, rows: list[tuple[str, str]]) -> QWidget:
    group = QWidget()
    grid = QGridLayout(group)
    grid.setContentsMargins(0, 0, 0, 8)
    grid.setVerticalSpacing(2)
    grid.setHorizontalSpacing(18)
    grid.addWidget(heading(title), 0, 0, 1, 2)
    for number, (keys, text) in enumerate(rows, start=1):
        label = muted(keys)
        label.setWordWrap(False)
        grid.addWidget(label, number, 0)
        grid.addWidget(QLabel(text), number, 1)
    grid.setColumnStretch(1, 1)
    return group
