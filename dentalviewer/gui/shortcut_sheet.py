"""All keys on one sheet."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.gui.actions import shortcut_table
from dentalviewer.gui.parts import heading, muted

_WITH_THE_MOUSE = (
    ("Wheel", "zoom where the pointer is"),
    ("Drag beside the boxes", "pan; with the middle button anywhere"),
    ("Drag with the right button", "window (across) and level (up and down)"),
    ("Drag a box or its handles", "move or resize it"),
    ("Right click", "accept, reject or change the class"),
)


class ShortcutSheet(QDialog):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        columns = (QVBoxLayout(), QVBoxLayout())
        groups: dict[str, list[tuple[str, str]]] = {}
        for menu, text, keys in shortcut_table():
            groups.setdefault(menu, []).append((keys, text))
        groups["With the mouse"] = list(_WITH_THE_MOUSE)
        heights = [0, 0]
        for title, rows in groups.items():
            shorter = 0 if heights[0] <= heights[1] else 1
            columns[shorter].addWidget(_group(title, rows))
            heights[shorter] += len(rows) + 2
        row = QHBoxLayout()
        for column in columns:
            column.addStretch(1)
            row.addLayout(column)
        row.setSpacing(32)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(row)
        layout.addWidget(buttons)


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
