"""Which sets are merged, the most trusted first, and into what."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.curation.merge import set_names
from dentalviewer.formats import FORMATS
from dentalviewer.gui.widgets.parts import HintedList, muted

_ABOUT_VOTES = (
    "A set without findings on a radiograph counts as having read it, a set without the"
    " radiograph does not.\nWhat fewer sets have read is left out, and all that is left"
    " out is listed in merge.md."
)
_ANNOTATIONS = "Annotations (*.json *.vott *.xml *.csv *.yaml *.txt);;All files (*)"


class SetsPage(QWidget):
    """`changed` tells that other sets were chosen, how many of them must mark what is
    kept, or another place or format.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self._paths: list[Path] = []
        self.list = HintedList("Add two annotation sets or more, or drop them here")
        self.list.setAccessibleName("Annotation sets, the most trusted first")
        self.list.currentRowChanged.connect(lambda _: self._update_buttons())
        self.folder = QLineEdit()
        self.folder.setAccessibleName("Folder for the merged set")
        self.folder.textChanged.connect(self.changed)
        self._proposed = ""
        self.votes = QComboBox()
        self.votes.setAccessibleName("How many sets must mark a finding")
        self.votes.setToolTip(_ABOUT_VOTES)
        self.votes.currentIndexChanged.connect(self.changed)
        self.format = QComboBox()
        for key, each in FORMATS.items():
            self.format.addItem(each.name, key)
        self.format.setAccessibleName("Format of the merged set")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(
            muted(
                "Sets over the same radiographs, the most trusted first: where two sets"
                " mark the same finding, the box of the upper one stands. The sets"
                " themselves are not changed."
            )
        )
        row = QHBoxLayout()
        row.addWidget(self.list, 1)
        row.addLayout(self._build_buttons())
        layout.addLayout(row, 1)
        layout.addLayout(self._build_form())
        self._show_votes(1)
        self._update_buttons()

    @property
    def paths(self) -> tuple[Path, ...]:
        return tuple(self._paths)

    @property
    def at_least(self) -> int:
        """How many of the sets must mark a finding for it to be kept."""
        return self.votes.currentIndex() + 1

    @property
    def destination(self) -> Path | None:
        text = self.folder.text().strip()
        return Path(os.path.expanduser(text)) if text else None

    @property
    def format_name(self) -> str:
        return str(self.format.currentData())

    def add(self, paths: Iterable[Path]) -> None:
        known = {os.path.realpath(path) for path in self._paths}
        new = [path for path in paths if os.path.realpath(path) not in known]
        self._paths += new
        if new and self.folder.text() in ("", self._proposed):
            self._proposed = _proposal(self._paths)
            self.folder.setText(self._proposed)
        self._show_paths(len(self._paths) - 1)

    def show_sets(
        self,
        paths: Iterable[Path],
        destination: str,
        format_name: str,
        at_least: int = 1,
    ) -> None:
        """These and no others, and what they are to become."""
        self._paths = list(paths)
        self._show_votes(at_least)
        self.folder.setText(destination)
        self.format.setCurrentIndex(max(self.format.findData(format_name), 0))
        self._show_paths(len(self._paths) - 1)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        urls = event.mimeData().urls()
        self.add(Path(url.toLocalFile()) for url in urls if url.isLocalFile())

    def _build_buttons(self) -> QVBoxLayout:
        column = QVBoxLayout()
        self._buttons: dict[str, QPushButton] = {}
        for text, slot in (
            ("Add &files…", self._add_files),
            ("Add f&older…", self._add_folder),
            ("&Remove", self._remove),
            ("&Up", lambda: self._move(-1)),
            ("&Down", lambda: self._move(1)),
        ):
            button = QPushButton(text)
            button.setAutoDefault(False)
            button.clicked.connect(slot)
            self._buttons[text.replace("&", "")] = button
            column.addWidget(button)
        column.addStretch(1)
        return column

    def _build_form(self) -> QFormLayout:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignVCenter)
        choose = QPushButton("&Choose…")
        choose.setAutoDefault(False)
        choose.clicked.connect(self._choose_folder)
        row = QHBoxLayout()
        row.addWidget(self.folder, 1)
        row.addWidget(choose)
        form.addRow("Keep", self.votes)
        form.addRow("New folder", row)
        form.addRow("Format", self.format)
        return form

    def _show_paths(self, current: int) -> None:
        self.list.clear()
        for name, path in zip(set_names(self._paths), self._paths, strict=True):
            item = QListWidgetItem(f"{name}\n{path}")
            item.setToolTip(str(path))
            self.list.addItem(item)
        self.list.setCurrentRow(current)
        self._show_votes(self.at_least)
        self._update_buttons()
        self.changed.emit()

    def _show_votes(self, at_least: int) -> None:
        """Not more than there are sets."""
        count = max(len(self._paths), 1)
        with QSignalBlocker(self.votes):
            self.votes.clear()
            self.votes.addItems([_votes(n, count) for n in range(1, count + 1)])
            self.votes.setCurrentIndex(min(at_least, count) - 1)
        self.votes.setEnabled(count > 1)

    def _update_buttons(self) -> None:
        row, count = self.list.currentRow(), len(self._paths)
        self._buttons["Remove"].setEnabled(row >= 0)
        self._buttons["Up"].setEnabled(row > 0)
        self._buttons["Down"].setEnabled(0 <= row < count - 1)

    def _add_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(
            self, "Add annotation sets", self._start, _ANNOTATIONS
        )
        self.add(map(Path, names))

    def _add_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(
            self, "Add a folder of annotations", self._start
        )
        self.add([Path(name)] if name else [])

    def _choose_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(
            self, "A new folder for the merged set", self._start
        )
        if name:
            self.folder.setText(name)

    @property
    def _start(self) -> str:
        return str(self._paths[-1].parent) if self._paths else ""

    def _remove(self) -> None:
        row = self.list.currentRow()
        del self._paths[row]
        self._show_paths(min(row, len(self._paths) - 1))

    def _move(self, step: int) -> None:
        row = self.list.currentRow()
        paths = self._paths
        paths[row], paths[row + step] = paths[row + step], paths[row]
        self._show_paths(row + step)


def _votes(number: int, of: int) -> str:
    if number == 1:
        return "What any of the sets marks"
    if number == of:
        return "What both sets mark" if of == 2 else f"What all {of} sets mark"
    return f"What at least {number} of the {of} sets mark"


def _proposal(paths: list[Path]) -> str:
    """Beside the sets, or where their folders lie together."""
    try:
        return str(Path(os.path.commonpath([path.parent for path in paths])) / "merged")
    except ValueError:  # They lie on several drives of Windows.
        return str(paths[0].parent / "merged")
