"""A folder to write to: typed, or chosen in the system's own dialog."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget


class FolderField(QWidget):
    """`edit` holds what was typed; `title` is that of the dialog to choose in."""

    def __init__(self, title: str, choose: str, parent: QWidget | None = None) -> None:
        """`choose` are the words of the button, with its letter for Alt."""
        super().__init__(parent)
        self._title = title
        self.edit = QLineEdit()
        self._button = QPushButton(choose)
        self._button.setAutoDefault(False)
        self._button.clicked.connect(self._choose)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.edit, 1)
        row.addWidget(self._button)

    @property
    def is_filled(self) -> bool:
        return bool(self.edit.text().strip())

    @property
    def path(self) -> Path:
        """Absolute; the folder that the program was started in where none was typed."""
        return Path(os.path.abspath(os.path.expanduser(self.edit.text().strip())))

    def _choose(self) -> None:
        name = QFileDialog.getExistingDirectory(self, self._title, self.edit.text())
        if name:
            self.edit.setText(name)
