"""Asks the reader for files, and for what only the reader can know about them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from dentalviewer.formats import ImageAnnotations
from dentalviewer.formats.turned_copy import COPY_SUFFIX
from dentalviewer.gui.opening.annotation_adding import Chosen
from dentalviewer.gui.opening.annotations_dialog import AnnotationsDialog
from dentalviewer.gui.opening.opening_desk import Questions
from dentalviewer.gui.reviewing.conflicts import Resolution
from dentalviewer.gui.widgets.question import goes_ahead
from dentalviewer.radiograph import SUFFIXES, Radiograph

_TURNED_COPY = "Save a copy turned by 180°"
_ANNOTATIONS = "Annotations (*.json *.vott *.xml);;All files (*)"
_NOTHING_LOST = "It has not been overwritten, and none of your work is lost."
_RADIOGRAPHS = (
    f"Radiographs ({' '.join(f'*{s} *{s.upper()}' for s in SUFFIXES)});;All files (*)"
)


def ask_for_radiographs(parent: QWidget, folder: Path | None) -> tuple[Path, ...]:
    names, _ = QFileDialog.getOpenFileNames(
        parent, "Open radiographs", str(folder or ""), _RADIOGRAPHS
    )
    return tuple(map(Path, names))


def ask_for_folder(parent: QWidget, folder: Path | None) -> Path | None:
    name = QFileDialog.getExistingDirectory(
        parent, "Open a folder of radiographs", str(folder or "")
    )
    return Path(name) if name else None


def ask_for_annotations(parent: QWidget, folder: Path | None) -> tuple[Path, ...]:
    names, _ = QFileDialog.getOpenFileNames(
        parent, "Open annotations of this radiograph", str(folder or ""), _ANNOTATIONS
    )
    return tuple(map(Path, names))


def ask_where_to_save(parent: QWidget, proposed: Path) -> Path | None:
    name, _ = QFileDialog.getSaveFileName(
        parent, "Save a copy of the review", str(proposed), "Reviews (*.json)"
    )
    return Path(name) if name else None


def ask_where_to_save_turned(parent: QWidget, proposed: Path) -> Path | None:
    """A PNG, whatever ending was typed."""
    name, _ = QFileDialog.getSaveFileName(
        parent, _TURNED_COPY, str(proposed), "PNG pictures (*.png)"
    )
    if not name:
        return None
    path = Path(name)
    if path.suffix.lower() == COPY_SUFFIX:
        return path
    path = Path(f"{path}{COPY_SUFFIX}")
    # The dialog has asked about the name as it was typed.
    if os.path.exists(path) and not goes_ahead(
        parent,
        _TURNED_COPY,
        f"{path.name} exists already. Replace it?",
        go="Replace it",
        stay="Cancel",
    ):
        return None
    return path


class WindowQuestions(Questions):
    """Asks in dialogs over the window."""

    def __init__(self, window: QWidget, save_copy: Callable[[], bool]) -> None:
        self._window = window
        self._save_copy = save_copy

    def choose_annotations(
        self, annotations: tuple[ImageAnnotations, ...], radiograph: Radiograph
    ) -> Chosen | None:
        dialog = AnnotationsDialog(annotations, radiograph.size, self._window)
        try:
            if not dialog.exec():
                return None
            return dialog.findings, tuple(each.path for each in dialog.chosen)
        finally:
            dialog.deleteLater()

    def may_leave_unsaved(self, fault: str) -> bool:
        return goes_ahead(
            self._window,
            "The review is not saved",
            "The last decisions on this radiograph could not be saved.",
            go="Leave without saving",
            more=fault,
        )

    def save_copy(self) -> bool:
        return self._save_copy()

    def resolve_conflict(self, review_file: Path, unread: str) -> Resolution:
        """Keys that were meant for the radiograph choose nothing here but "later"."""
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("Two versions of one review")
        text, why = _conflict_in_words(review_file.name, unread)
        box.setText(text)
        box.setInformativeText(f"{why} {_NOTHING_LOST}".replace("<", "‹"))
        role = QMessageBox.ButtonRole
        drop = "Drop mine" if unread else "Show theirs, drop mine"
        keep = f"Keep mine, set {'that' if unread else 'theirs'} aside"
        buttons = {
            box.addButton(drop, role.DestructiveRole): Resolution.THEIRS,
            box.addButton(keep, role.ActionRole): Resolution.MINE,
            box.addButton("Save mine as a copy…", role.ActionRole): Resolution.COPY,
        }
        later = box.addButton("Decide later", role.RejectRole)
        box.setDefaultButton(later)
        box.setEscapeButton(later)
        box.exec()
        clicked = box.clickedButton()
        wanted = (meant for button, meant in buttons.items() if button is clicked)
        chosen = next(wanted, Resolution.LATER)
        box.deleteLater()
        return chosen


def _conflict_in_words(name: str, unread: str) -> tuple[str, str]:
    """What happened, and what is known of it."""
    if unread:
        return "This radiograph has a saved review that could not be read.", unread
    return (
        "Somebody else has saved this review while you were working on it.",
        f"{name} was saved in another window or on another computer.",
    )
