"""Asks which annotations to use, and how, where that must not be guessed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGroupBox,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.formats import ImageAnnotations, fitted, say_the_same
from dentalviewer.geometry import Size
from dentalviewer.gui.widgets.fitting import keep_fitting
from dentalviewer.phrases import counted
from dentalviewer.study import Finding

USE, SCALE, LEAVE = "Use as they are", "Scale to the radiograph", "Leave out"


def needs_asking(annotations: tuple[ImageAnnotations, ...], size: Size) -> bool:
    """Whether it takes a person to say what the annotations mean here."""
    if any(a.question for a in annotations):
        return True
    if any(a.frame is not None and a.frame != size for a in annotations):
        return True
    # Exports of one project in two formats say the same; then there is nothing to ask.
    return not all(say_the_same(annotations[0], a) for a in annotations)


class AnnotationsDialog(QDialog):
    """One choice for each annotation file; nothing is chosen beforehand if unsure."""

    def __init__(
        self,
        annotations: tuple[ImageAnnotations, ...],
        size: Size,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Which annotations belong to this radiograph?")
        self.setMinimumWidth(520)
        keep_fitting(self)
        self._annotations = annotations
        self._size = size
        self._choices: list[QComboBox] = []
        layout = QVBoxLayout(self)
        layout.addWidget(_text(f"The radiograph has {size} pixels."))
        for each in annotations:
            layout.addWidget(self._group(each))
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText("Open with these")
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setText("Open without")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)

    @property
    def chosen(self) -> tuple[ImageAnnotations, ...]:
        """The annotation files that are to be used."""
        return tuple(
            a
            for a, choice in zip(self._annotations, self._choices, strict=True)
            if choice.currentText() != LEAVE
        )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """In pixels of the radiograph."""
        found: list[Finding] = []
        for each, choice in zip(self._annotations, self._choices, strict=True):
            if choice.currentText() == USE:
                found += each.findings
            elif choice.currentText() == SCALE:
                found += fitted(each, self._size)
        return tuple(found)

    def _group(self, annotations: ImageAnnotations) -> QGroupBox:
        group = QGroupBox(f"{annotations.format_name}: {annotations.path.name}")
        layout = QVBoxLayout(group)
        count = len(annotations.findings)
        said = counted(count, "finding")
        if annotations.frame is not None and annotations.frame != self._size:
            said += f", drawn on an image of {annotations.frame} pixels"
        layout.addWidget(_text(said + "."))
        told = (annotations.question, *annotations.notes, *annotations.cautions)
        for note in filter(None, told):
            layout.addWidget(_text(note))
        choice = QComboBox()
        choice.setAccessibleName(f"What to do with {annotations.path.name}")
        choice.addItem(USE)
        mismatched = annotations.frame is not None and annotations.frame != self._size
        if mismatched:
            choice.insertItem(0, SCALE)
        choice.addItem(LEAVE)
        first = not self._choices
        if annotations.question or not first:
            choice.setCurrentText(LEAVE)
        else:
            choice.setCurrentIndex(0)
        self._choices.append(choice)
        layout.addWidget(choice)
        return group


def _text(text: str) -> QLabel:
    label = QLabel(text, wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
