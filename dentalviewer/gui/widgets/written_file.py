"""The way to what was written: opened in its own program, or shown in its folder."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QWidget

from dentalviewer.gui.widgets.parts import quiet_button


class WrittenFile(QWidget):
    """Two buttons beside the words that something was written; hidden otherwise."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._file: Path | None = None
        self._folder: Path | None = None
        self.open_button = quiet_button("Open")
        self.folder_button = quiet_button("")
        self.folder_button.setToolTip("Show where it lies")
        self.open_button.clicked.connect(lambda: _open(self._file))
        self.folder_button.clicked.connect(lambda: _open(self._folder))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.open_button)
        row.addWidget(self.folder_button)
        self.hide()

    def show_file(self, file: Path) -> None:
        """For people to read."""
        self._show(file, file.parent)

    def show_folder(self, folder: Path) -> None:
        """What is in it is for programs."""
        self._show(None, folder)

    def withdraw(self) -> None:
        self._show(None, None)

    def _show(self, file: Path | None, folder: Path | None) -> None:
        self._file, self._folder = file, folder
        self.open_button.setVisible(file is not None)
        # Beside the other one word tells enough, and has room in a narrow window.
        self.folder_button.setText("Folder" if file is not None else "Open folder")
        self.setVisible(folder is not None)


def _open(path: Path | None) -> None:
    if path is not None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
