"""The fields that the worklist is filtered and ordered with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtGui import Qt
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox

from dentalviewer.gui.canvas.source_icon import ICON_SIZE, source_icon
from dentalviewer.gui.widgets.palette import class_name
from dentalviewer.labels import KNOWN_LABELS
from dentalviewer.review import Source

_ANY, _UNANNOTATED = 0, 1
# In points, between an icon and the words.
_GAP = 4
_CLASS = Qt.ItemDataRole.UserRole


class ChoiceBox(QComboBox):
    def __init__(self, name: str, entries: Iterable[str]) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.addItems(list(entries))
        # The wheel and clicks leave the keyboard to the radiograph.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        # However long its words, the list can be made as narrow as the reader likes.
        self.setMinimumWidth(1)

    def initStyleOption(self, option: QStyleOptionComboBox) -> None:
        """Qt itself cuts off words that do not fit, without a sign."""
        super().initStyleOption(option)
        shown: Any = option
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox,
            option,
            QStyle.SubControl.SC_ComboBoxEditField,
            self,
        )
        room = field.width() - 2
        if not shown.currentIcon.isNull():
            room -= shown.iconSize.width() + _GAP
        shown.currentText = self.fontMetrics().elidedText(
            shown.currentText, Qt.TextElideMode.ElideRight, room
        )


class ClassFilter(ChoiceBox):
    """Any class, no annotations, or one of the classes that there are."""

    def __init__(self) -> None:
        super().__init__("Which findings they have", ("Any class", "No annotations"))
        self.setIconSize(ICON_SIZE)
        self._labels: list[str] = []
        self._counts: Mapping[str, int] = {}

    @property
    def label(self) -> str | None:
        """None where no class was chosen."""
        label: str | None = self.currentData(_CLASS)
        return label

    @property
    def unannotated(self) -> bool:
        return self.currentIndex() == _UNANNOTATED

    def show_counts(self, counts: Mapping[str, int], unannotated: int) -> None:
        """Of how many radiographs each is true. What is chosen stays, though none be
        left of which it is.
        """
        self.setItemText(_UNANNOTATED, f"No annotations ({unannotated:,})")
        found = {*counts} if self.label is None else {*counts, self.label}
        own = sorted(found.difference(KNOWN_LABELS), key=str.casefold)
        labels = [*(label for label in KNOWN_LABELS if label in found), *own]
        if labels != self._labels:
            self._offer(labels)
        self._counts = counts
        self.show_classes()

    def show_classes(self) -> None:
        """By the names and colours that they have now."""
        for index in range(self.count()):
            label = self.itemData(index, _CLASS)
            if label is not None:
                self.setItemIcon(index, source_icon(label, Source.DENTIST))
                words = f"{class_name(label)} ({self._counts.get(label, 0):,})"
                self.setItemText(index, words)

    def _offer(self, labels: list[str]) -> None:
        index, chosen = self.currentIndex(), self.label
        while self.count() > _UNANNOTATED + 1:
            self.removeItem(self.count() - 1)
        if labels:
            self.insertSeparator(self.count())
        for label in labels:
            self.addItem("", label)
        self.setCurrentIndex(index if chosen is None else self.findData(chosen, _CLASS))
        self._labels = labels
