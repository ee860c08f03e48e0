"""The selected finding: its class, its tooth, and the decision about it."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.agreement import Comparison, Relation
from dentalviewer.arch import teeth_between
from dentalviewer.dentition import Tooth
from dentalviewer.gui.findings_list import source_icon
from dentalviewer.gui.parts import heading, muted, quiet_button
from dentalviewer.labels import KNOWN_LABELS, display_name
from dentalviewer.review import ReviewItem, Source
from dentalviewer.tooth_assignment import Placing

_EXAMPLE = "FDI, e.g. 36, or 34-36"
_NOWHERE = Placing()
_SENTENCES = {
    Relation.AGREE: "Dentist and detector agree.",
    Relation.LABELS_DIFFER: "Dentist and detector name this place differently.",
    Relation.DENTIST_ONLY: "Only the dentist marked this.",
    Relation.DETECTOR_ONLY: "Only the detector found this.",
}


class FindingCard(QWidget):
    """Announces what the reader decides; shows what the review says."""

    accepted = Signal()
    rejected = Signal()
    reopened = Signal()
    label_chosen = Signal(str)
    tooth_entered = Signal(object, object)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = heading()
        self._sentence = muted()
        self._labels = QButtonGroup(self)
        self._label_buttons: dict[str, QPushButton] = {}
        label_row = QHBoxLayout()
        for number, label in enumerate(KNOWN_LABELS, start=1):
            button = quiet_button(label, f"Key {number}")
            button.setCheckable(True)
            button.setObjectName("labelButton")
            button.setIcon(source_icon(label, Source.DENTIST))
            button.clicked.connect(lambda _=False, name=label: self._on_label(name))
            self._labels.addButton(button)
            self._label_buttons[label] = button
            label_row.addWidget(button)
        self._tooth = QLineEdit(placeholderText=_EXAMPLE, maxLength=7)
        self._tooth.setAccessibleName("Tooth, FDI number")
        self._tooth.editingFinished.connect(self._on_tooth)
        self._tooth.returnPressed.connect(self._on_return)
        self._accept = quiet_button("Accept", "Enter")
        self._reject = quiet_button("Reject", "X or Delete")
        self._reopen = quiet_button("Take back", "U")
        self._accept.clicked.connect(self.accepted)
        self._reject.clicked.connect(self.rejected)
        self._reopen.clicked.connect(self.reopened)
        decision_row = QGridLayout()
        for column, button in enumerate((self._accept, self._reject, self._reopen)):
            decision_row.addWidget(button, 0, column)
        tooth_row = QHBoxLayout()
        tooth_label = QLabel("&Tooth (FDI)")
        tooth_label.setBuddy(self._tooth)
        tooth_row.addWidget(tooth_label)
        tooth_row.addWidget(self._tooth, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(8)
        layout.addWidget(self._title)
        layout.addWidget(self._sentence)
        layout.addLayout(label_row)
        layout.addLayout(tooth_row)
        layout.addLayout(decision_row)
        self.show_finding(None, None)

    def show_finding(
        self,
        item: ReviewItem | None,
        place: Comparison | None,
        placing: Placing = _NOWHERE,
    ) -> None:
        self.setEnabled(item is not None)
        self._labels.setExclusive(False)
        for label, button in self._label_buttons.items():
            button.setChecked(item is not None and item.current.label == label)
        self._labels.setExclusive(item is not None)
        if item is None or place is None:
            self._title.setText("No finding selected")
            self._sentence.setText("Click a box or press N for the next one to decide.")
            self._show_tooth(_NOWHERE)
            self._reject.setText("Reject")
            return
        finding = item.current
        score = "" if finding.score is None else f", {finding.score:.0%}"
        self._title.setText(f"{display_name(finding.label).capitalize()}{score}")
        sentence = "Drawn in this review." if item.added else _SENTENCES[place.relation]
        if item.decided:
            state = "corrected" if item.corrected else item.verdict.value
            sentence += f" Decided: {state}."
        self._sentence.setText(sentence)
        self._show_tooth(placing)
        self._reject.setText("Delete" if item.added else "Reject")
        self._reopen.setEnabled(item.decided and not item.added)

    def _show_tooth(self, placing: Placing) -> None:
        """What was stated is text; what was worked out stands behind it, in grey."""
        words = str(placing)
        self._tooth.setText(words if placing.stated else "")
        worked_out = bool(words) and not placing.stated
        doubt = ", in doubt" if placing.doubtful else ""
        self._tooth.setPlaceholderText(
            f"{words}  (worked out{doubt})" if worked_out else _EXAMPLE
        )
        self._tooth.setToolTip(
            "From the teeth that were found. Type a number to state another; 34-36 for"
            " a bridge."
        )

    def edit_tooth(self) -> None:
        if self.isEnabled():
            self._tooth.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self._tooth.selectAll()

    def _on_return(self) -> None:
        if self._stated() is not None or not self._tooth.text().strip():
            self.left.emit()

    def _on_label(self, label: str) -> None:
        self.label_chosen.emit(label)

    def _on_tooth(self) -> None:
        text = self._tooth.text().strip()
        stated = self._stated()
        if text and stated is None:
            self._sentence.setText(
                f"{text} is no tooth: FDI numbers are 11-48, 51-85; 34-36 is a bridge."
            )
            self._tooth.selectAll()
            return
        self.tooth_entered.emit(*(stated or (None, None)))

    def _stated(self) -> tuple[Tooth, Tooth | None] | None:
        """The tooth that was typed, or both ends of a bridge; None if it is none."""
        first, _, last = re.sub("[–—]", "-", self._tooth.text()).partition("-")
        try:
            ends = [Tooth.from_fdi(int(each)) for each in (first, last or first)]
            span = teeth_between(*ends)
        except ValueError:
            return None
        return span[0], span[-1] if len(span) > 1 else None
