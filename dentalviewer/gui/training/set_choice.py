"""An annotated set is typed, or chosen as a folder or a file."""

from __future__ import annotations

from PySide6.QtWidgets import QFileDialog, QLineEdit, QPushButton

_TITLE = "Choose an annotated set"
_SETS = "Annotated sets (*.json *.vott *.yaml *.yml);;All files (*)"


def choice_buttons(field: QLineEdit) -> tuple[QPushButton, QPushButton]:
    """For a folder and for a file; what is chosen stands in the field then."""
    folder, file = QPushButton("&Folder…"), QPushButton("Fi&le…")
    for button in (folder, file):
        button.setAutoDefault(False)
    folder.clicked.connect(lambda: _choose_folder(field))
    file.clicked.connect(lambda: _choose_file(field))
    return folder, file


def _choose_folder(field: QLineEdit) -> None:
    name = QFileDialog.getExistingDirectory(field, _TITLE, field.text())
    if name:
        field.setText(name)


def _choose_file(field: QLineEdit) -> None:
    name, _ = QFileDialog.getOpenFileName(field, _TITLE, field.text(), _SETS)
    if name:
        field.setText(name)
