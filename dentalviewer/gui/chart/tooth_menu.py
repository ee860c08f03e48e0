"""What a person can say of a tooth: there, missing, of another number."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QInputDialog, QMenu, QWidget

from dentalviewer.arch import ROWS
from dentalviewer.dentition import Notation, Tooth
from dentalviewer.gui.chart.charted_teeth import charted_teeth, seen_as
from dentalviewer.gui.reviewing import tooth_edits
from dentalviewer.gui.reviewing.edits import in_sight_alone
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.gui.reviewing.tooth_edits import AWAY, TOWARDS
from dentalviewer.reports.tooth_states import ToothState
from dentalviewer.review import Review, Sides, shown_of
from dentalviewer.study import Finding

_AS_DETECTED = "All teeth as detected"
_SIDES_FIRST = "First say which side is the patient's right (menu Review)"
_DIRECTIONS = {AWAY: "away from the midline", TOWARDS: "towards the midline"}


class ToothMenu(QObject):
    """Each entry is one undo step; what is stated is kept with the review."""

    def __init__(self, session: ReviewSession, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._notation = Notation.FDI

    def set_notation(self, notation: Notation) -> None:
        self._notation = notation

    def popup(self, tooth: Tooth, position: QPoint) -> None:
        """For a tooth of the dental chart, whether or not it was found."""
        found = seen_as(shown_of(self._session.review), tooth)
        self._popup(tooth, found, position)

    def popup_found(self, found: Finding, position: QPoint) -> None:
        """For a tooth on the radiograph, whether or not it has a number."""
        self._popup(found.tooth, found, position)

    def _popup(
        self, tooth: Tooth | None, found: Finding | None, position: QPoint
    ) -> None:
        menu = QMenu(self._window)
        menu.setObjectName("toothMenu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self._session.review.sides is Sides.DOUBTFUL:
            _heading(menu, _SIDES_FIRST)
        else:
            self._fill(menu, tooth, found)
        menu.popup(position)

    def _fill(self, menu: QMenu, tooth: Tooth | None, found: Finding | None) -> None:
        review = shown_of(self._session.review)
        if tooth is None:
            _heading(menu, "A tooth without a number")
        else:
            self._add_presence(menu, tooth, found)
        other = menu.addAction("Has another &number…")
        other.setEnabled(found is not None)
        if found is not None:
            other.triggered.connect(lambda: self._ask_number(found))
        # Which teeth there are to shift, who reads first has not been shown yet.
        if tooth is not None and not review.predictions_hidden:
            self._add_shifts(menu, review, tooth)
        menu.addSeparator()
        undo = menu.addAction(f"&{_AS_DETECTED}")
        undo.setEnabled(bool(review.stated_teeth))
        undo.triggered.connect(
            partial(
                self._on_triggered, _AS_DETECTED, tooth_edits.as_numbered_by_detector
            )
        )

    def _add_presence(self, menu: QMenu, tooth: Tooth, found: Finding | None) -> None:
        state = charted_teeth(self._session).get(tooth, ToothState(tooth))
        said = ", as you said" if state.stated else ""
        if not said and state.seen is not None:
            said = ", as detected"
        in_doubt = found is not None and found.tooth_in_doubt
        if in_doubt:
            said += ", in doubt"
        _heading(menu, f"{self._number(tooth)}, {tooth.words}{said}")
        # Of a number in doubt to say that it is right is worth something.
        present = f"&Present{', the number is right' if in_doubt else ''}"
        sure = state.seen is True and not in_doubt
        for text, edit, holds in (
            (present, tooth_edits.stated_present, sure),
            ("&Missing", tooth_edits.stated_missing, state.seen is False),
        ):
            action = _checkable(menu, text, checked=holds)
            name = f"Tooth {self._named(tooth)}: {text.replace('&', '').lower()}"
            action.triggered.connect(
                partial(self._on_triggered, name, partial(edit, tooth=tooth))
            )

    def _add_shifts(self, menu: QMenu, review: Review, tooth: Tooth) -> None:
        for step, direction in _DIRECTIONS.items():
            moving = tooth_edits.shifting(review, tooth, step)
            text = f"Shift this and those behind it {direction}"
            if moving:
                text += f" ({self._shift_in_words(moving, step)})"
            action = menu.addAction(text)
            action.setEnabled(bool(moving))
            action.triggered.connect(
                partial(
                    self._on_triggered,
                    f"Shift teeth {direction}",
                    partial(tooth_edits.shifted, tooth=tooth, step=step),
                )
            )

    def _shift_in_words(self, moving: tuple[Tooth, ...], step: int) -> str:
        become = [tooth_edits.next_number(each, step) for each in moving]
        return " → ".join(map(self._notation.span_of, (moving, become)))

    def _ask_number(self, found: Finding) -> None:
        teeth = [tooth for row in ROWS for tooth in row]
        names = [f"{self._number(each)}   {each.words}" for each in teeth]
        now = f"{self._number(found.tooth)} really" if found.tooth else "this"
        at = teeth.index(found.tooth) if found.tooth else 0
        name, accepted = QInputDialog.getItem(
            self._window,
            "Tooth number",
            f"Which tooth is {now}? ({self._notation})\n"
            "If another tooth has that number, the two swap numbers.",
            names,
            at,
            False,
        )
        tooth = teeth[names.index(name)] if accepted else None
        was = self._number(found.tooth) if found.tooth else "without a number"
        if tooth is not None and tooth != found.tooth:
            self._edit(
                f"Tooth {was} is {self._named(tooth)}",
                partial(tooth_edits.renumbered, found=found, tooth=tooth),
            )

    def _number(self, tooth: Tooth) -> str:
        return self._notation.number_of(tooth)

    def _named(self, tooth: Tooth) -> str:
        """With the system's name, for a list of undo steps that has no heading."""
        return f"{self._number(tooth)} ({self._notation.short})"

    def _on_triggered(
        self, name: str, edit: Callable[[Review], Review], *_checked: bool
    ) -> None:
        self._edit(name, edit)

    def _edit(self, name: str, edit: Callable[[Review], Review]) -> None:
        self._session.edit(name, in_sight_alone(self._session.review, edit))


def _heading(menu: QMenu, text: str) -> None:
    menu.addAction(text).setEnabled(False)
    menu.addSeparator()


def _checkable(menu: QMenu, text: str, *, checked: bool) -> QAction:
    action = menu.addAction(text)
    action.setCheckable(True)
    action.setChecked(checked)
    return action
