"""The selected finding: its class, its tooth, and the decision about it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
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
from dentalviewer.dentition import Notation, Tooth
from dentalviewer.gui.actions import CLASS_ACTIONS
from dentalviewer.gui.canvas.source_icon import source_icon
from dentalviewer.gui.reviewing.working_order import score_at
from dentalviewer.gui.widgets.explaining import show_as_fault
from dentalviewer.gui.widgets.palette import class_name, label_color, short_class_name
from dentalviewer.gui.widgets.parts import (
    heading,
    muted,
    quiet_button,
    without_mnemonic,
)
from dentalviewer.labels import KNOWN_LABELS
from dentalviewer.phrases import capitalised, counted, percent
from dentalviewer.placing import Placing
from dentalviewer.review import ReviewItem, Source

# Which numbers there are, a tooth, and a span of three teeth.
_NUMBERS = {
    Notation.FDI: (
        "numbers are 11 to 18, 21 to 28, 31 to 38 and 41 to 48, deciduous 51 to 55,"
        " 61 to 65, 71 to 75 and 81 to 85",
        "36",
        "34-36",
    ),
    Notation.UNIVERSAL: ("numbers are 1 to 32 and A to T", "19", "19-21"),
}
_NOWHERE = Placing()
_IN_A_ROW = 3
# In letters of mean width.
_ROOM_FOR_LABEL = 12
_SENTENCES = {
    Relation.AGREE: "Dentist and detector agree.",
    Relation.LABELS_DIFFER: "Dentist and detector name this place differently.",
    Relation.DENTIST_ONLY: "Only the dentist marked this.",
    Relation.DETECTOR_ONLY: "Only the detector found this.",
    Relation.UNASKED: "The detector does not know this class.",
}
_UNCERTAIN = (
    "Uncertain findings are not used for training and do not count in any comparison"
)
_UNHEARD_SENTENCE = "Marked by the dentist; not compared with the detector."


class FindingCard(QWidget):
    """Announces what the reader decides; shows what the review says."""

    accepted = Signal()
    rejected = Signal()
    reopened = Signal()
    label_chosen = Signal(str)
    tooth_entered = Signal(object, object)
    doubted = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = heading()
        self._sentence = muted()
        self._labels = QButtonGroup(self)
        self._shown_labels: AbstractSet[str] = frozenset()
        self._looks: list[tuple[str, str, QColor]] = []
        self._label_buttons: dict[str, QPushButton] = {}
        self._label_grid = QGridLayout()
        self._keys: Mapping[str, str] = {}
        self._notation = Notation.FDI
        # Enough for both ends of a span in words.
        self._tooth = QLineEdit(maxLength=80)
        self._tooth.editingFinished.connect(self._on_tooth)
        self._tooth.returnPressed.connect(self._on_return)
        self._uncertain = QCheckBox("&Uncertain")
        self._uncertain.clicked.connect(self._on_uncertain)
        self._caution = muted()
        self._caution.setObjectName("fault")
        self._accept = quiet_button("Accept")
        self._reject = quiet_button("Reject")
        self._reopen = quiet_button("Take back")
        for button, decision in (
            (self._accept, self.accepted),
            (self._reject, self.rejected),
            (self._reopen, self.reopened),
        ):
            button.clicked.connect(lambda _=False, told=decision: self._decide(told))
        decision_row = QGridLayout()
        for column, button in enumerate((self._accept, self._reject, self._reopen)):
            decision_row.addWidget(button, 0, column)
        tooth_row = QHBoxLayout()
        self._tooth_label = QLabel()
        self._tooth_label.setBuddy(self._tooth)
        tooth_row.addWidget(self._tooth_label)
        tooth_row.addWidget(self._tooth, 1)
        tooth_row.addWidget(self._uncertain)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(8)
        layout.addWidget(self._title)
        layout.addWidget(self._sentence)
        layout.addLayout(self._label_grid)
        layout.addLayout(tooth_row)
        layout.addWidget(self._caution)
        layout.addLayout(decision_row)
        self.show_labels(KNOWN_LABELS)
        self._name_tooth()
        self.show_nothing(is_open=False, boxes=False, to_decide=False)

    def set_notation(self, notation: Notation) -> None:
        """How teeth are written and read; the finding has to be shown again."""
        self._notation = notation
        self._name_tooth()

    def show_labels(self, labels: Sequence[str]) -> None:
        """Have a button for each of these classes, as far as they have a number."""
        numbered = labels[: len(CLASS_ACTIONS)]
        looks = [(each, short_class_name(each), label_color(each)) for each in numbered]
        if looks == self._looks:
            return
        self._looks = looks
        for button in self._label_buttons.values():
            self._labels.removeButton(button)
            button.deleteLater()
        self._label_buttons = {}
        for index, (label, name, _) in enumerate(looks):
            button = quiet_button(self._short(name))
            button.setCheckable(True)
            button.setAccessibleName(name)
            button.setObjectName("labelButton")
            button.setIcon(source_icon(label, Source.DENTIST))
            button.clicked.connect(lambda _=False, own=label: self._on_label(own))
            self._labels.addButton(button)
            self._label_buttons[label] = button
            self._label_grid.addWidget(button, index // _IN_A_ROW, index % _IN_A_ROW)
        self._name_keys()
        self._check_labels(self._shown_labels)

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """Name the keys of actions, by the actions' ids, where they are explained."""
        self._keys = keys
        self._name_keys()

    def show_nothing(self, *, is_open: bool, boxes: bool, to_decide: bool) -> None:
        """No finding is selected. `is_open` tells whether a radiograph is, `boxes`
        whether it has any, and `to_decide` whether one of them is undecided.
        """
        self.setEnabled(False)
        self._check_labels(frozenset())
        self._title.setText("No finding selected")
        self._say(self._what_to_do(is_open=is_open, boxes=boxes, to_decide=to_decide))
        self._show_tooth(_NOWHERE)
        self._uncertain.setChecked(False)
        self._show_caution(_NOWHERE, _NOWHERE)
        self._accept.setText("Accept")
        self._reject.setText("Reject")

    def show_finding(
        self,
        item: ReviewItem,
        place: Comparison,
        placing: Placing,
        lies_at: Placing,
        *,
        heard: bool,
    ) -> None:
        """`lies_at` is where the box lies, whatever was stated of it; `heard` tells
        whether the reader knows what the detector says.
        """
        self.setEnabled(True)
        self._check_labels({item.current.label})
        self._tooth.setEnabled(True)
        self._show_caution(placing, lies_at)
        finding = item.current
        score = score_at(item, place)
        sure = "" if score is None else f", {percent(score)}"
        name = class_name(finding.label)
        self._title.setText(f"{capitalised(name)}{sure}")
        self._say(_said_of(item, place, heard=heard))
        self._show_tooth(placing)
        self._uncertain.setChecked(finding.uncertain)
        self._accept.setText("Accept")
        self._reject.setText("Delete" if item.added else "Reject")
        self._reopen.setEnabled(item.decided and not item.added)

    def show_several(
        self, items: Sequence[ReviewItem], places: Sequence[Comparison]
    ) -> None:
        """What is decided is decided about all of them; they belong to `places`."""
        self.setEnabled(True)
        labels = {item.current.label for item in items}
        self._check_labels(labels)
        decided = sum(place.decided for place in places)
        many = len(places) != 1
        self._title.setText(f"{len(places)} place{'s' if many else ''} selected")
        self._say(
            f"{counted(len(labels), 'class', 'classes')}, {decided} of {len(places)}"
            " decided. Your action applies to all of them."
        )
        self._show_tooth(_NOWHERE)
        self._show_caution(_NOWHERE, _NOWHERE)
        self._tooth.setPlaceholderText("one finding at a time")
        self._uncertain.setChecked(all(item.current.uncertain for item in items))
        self._tooth.setEnabled(False)
        added = all(item.added for item in items)
        self._reject.setText("Delete all" if added else "Reject all")
        self._accept.setText("Accept all")
        self._reopen.setEnabled(any(i.decided and not i.added for i in items))

    def _say(self, words: str, *, is_fault: bool = False) -> None:
        self._sentence.setText(words)
        show_as_fault(self._sentence, is_fault)

    def _check_labels(self, labels: AbstractSet[str]) -> None:
        """Those that the selected findings have; exclusive if it is one."""
        self._shown_labels = labels
        self._labels.setExclusive(False)
        for label, button in self._label_buttons.items():
            button.setChecked(label in labels)
        self._labels.setExclusive(len(labels) == 1)

    def _what_to_do(self, *, is_open: bool, boxes: bool, to_decide: bool) -> str:
        following, drawing = (
            self._keys.get(action, "").split("  or  ")[0]
            for action in ("next_undecided", "draw_tool")
        )
        if to_decide and following:
            return f"Click a box or press {following} for the next one to decide."
        if boxes:
            return "Click a box."
        return f"Press {drawing} to draw one." if is_open and drawing else ""

    def _short(self, name: str) -> str:
        """As much of a class as there is room for on its button."""
        room = self.fontMetrics().averageCharWidth() * _ROOM_FOR_LABEL
        right = Qt.TextElideMode.ElideRight
        return without_mnemonic(self.fontMetrics().elidedText(name, right, room))

    def _name_keys(self) -> None:
        for name, (label, button) in zip(
            CLASS_ACTIONS, self._label_buttons.items(), strict=False
        ):
            key = self._keys.get(name, "")
            words = class_name(label)
            button.setToolTip(f"{words} ({key})" if key else words)
        for name, button in (
            ("accept", self._accept),
            ("reject", self._reject),
            ("take_back", self._reopen),
        ):
            button.setToolTip(self._keys.get(name, ""))
        key = self._keys.get("uncertain", "")
        self._uncertain.setToolTip(f"{_UNCERTAIN} ({key})" if key else _UNCERTAIN)

    def _show_tooth(self, placing: Placing) -> None:
        """What was stated is text; what was worked out stands behind it, in grey."""
        words = placing.written(self._notation)
        self._tooth.setText(words if placing.stated else "")
        worked_out = bool(words) and not placing.stated
        # Both would not fit.
        how = "in doubt" if placing.doubtful else "worked out"
        _, number, span = _NUMBERS[self._notation]
        self._tooth.setPlaceholderText(
            f"{words}  ({how})" if worked_out else f"{number}, or {span}"
        )

    def _show_caution(self, placing: Placing, lies_at: Placing) -> None:
        """Where the stated tooth is on the other side or in the other jaw."""
        apart = placing.stated and placing.is_far_from(lies_at)
        self._caution.setVisible(apart)
        self._caution.setText(
            f"The stated tooth is {self._told(placing)}, but this box lies at"
            f" {self._told(lies_at)}."
            if apart
            else ""
        )

    def _told(self, placing: Placing) -> str:
        """The number, and of a single tooth the words, which no system confuses."""
        number = placing.written(self._notation)
        return (
            f"{number}, {placing.teeth[0].words}" if len(placing.teeth) == 1 else number
        )

    def _name_tooth(self) -> None:
        """What the field is called, and what it takes."""
        _, _, span = _NUMBERS[self._notation]
        self._tooth_label.setText(f"&Tooth ({self._notation.short})")
        self._tooth.setAccessibleName(f"Tooth, {self._notation} number")
        self._tooth.setToolTip(
            "Taken from the teeth found on the radiograph. To change it, type its"
            f' {self._notation} number or a name such as "lower left first molar"; for'
            f" several teeth, {span}."
        )

    def edit_tooth(self) -> None:
        if self.isEnabled():
            self._tooth.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self._tooth.selectAll()

    def _on_return(self) -> None:
        if self._stated() is not None or not self._tooth.text().strip():
            self.left.emit()

    def _on_label(self, label: str) -> None:
        if self.settle_tooth():
            self.label_chosen.emit(label)

    def _on_uncertain(self) -> None:
        if self.settle_tooth():
            self.doubted.emit()
        else:
            self._uncertain.setChecked(not self._uncertain.isChecked())

    def _decide(self, decision: SignalInstance) -> None:
        if self.settle_tooth():
            decision.emit()

    def settle_tooth(self) -> bool:
        """Take over what is typed for the tooth of the finding that is shown, for the
        buttons leave the focus in its field; False where it is no tooth, which is told.
        """
        if self._tooth.isModified():
            self._on_tooth()
            if self._tooth.isModified():
                return False
        if self._tooth.hasFocus():
            self.left.emit()
        return True

    def _on_tooth(self) -> None:
        text = self._tooth.text().strip()
        stated = self._stated()
        if text and stated is None:
            system, (numbers, _, span) = self._notation, _NUMBERS[self._notation]
            self._say(
                f"{text} is not a tooth: {system.short} {numbers}; {span} is for"
                " several teeth.",
                is_fault=True,
            )
            self._tooth.selectAll()
            return
        self._tooth.setModified(False)
        self.tooth_entered.emit(*(stated or (None, None)))

    def _stated(self) -> tuple[Tooth, Tooth | None] | None:
        """The tooth that was typed, or both ends of a span; None if it is none."""
        first, _, last = re.sub("[–—]", "-", self._tooth.text()).partition("-")
        try:
            ends = [self._notation.read(each) for each in (first, last or first)]
            span = teeth_between(*ends)
        except ValueError:
            return None
        return span[0], span[-1] if len(span) > 1 else None


def _said_of(item: ReviewItem, place: Comparison, *, heard: bool) -> str:
    """Who marked it, and what was decided about it."""
    if item.added:
        sentence = "Drawn in this review."
    elif place.relation is Relation.DENTIST_ONLY and not heard:
        sentence = _UNHEARD_SENTENCE
    else:
        sentence = _SENTENCES[place.relation]
    if not item.decided:
        return sentence
    return f"{sentence} Decided: {item.outcome}."
