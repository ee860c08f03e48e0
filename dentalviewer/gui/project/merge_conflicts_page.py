"""Where the sets contradict each other: a key for each decision, and on to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.curation.merge_account import (
    findings_in_words,
    radiograph_names,
    side_in_words,
)
from dentalviewer.curation.merged import Choices, Conflict, ConflictId, Merge
from dentalviewer.dentition import Notation
from dentalviewer.gui.canvas.radiograph_part import PartMark, RadiographPart
from dentalviewer.gui.widgets.parts import (
    heading,
    muted,
    quiet_button,
    without_mnemonic,
)

MOST_SIDES = 9


class ConflictsPage(QWidget):
    """`decided` tells that a choice was made or taken back."""

    decided = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._merge: Merge | None = None
        self._notation = Notation.FDI
        self._conflicts: dict[ConflictId, Conflict] = {}
        self._rows: dict[ConflictId, int] = {}
        self._ids: tuple[ConflictId, ...] = ()
        self._names: list[str] = []
        self._alike_ids: dict[object, list[ConflictId]] = {}
        self._choices: dict[ConflictId, frozenset[int]] = {}
        self.part = RadiographPart()
        # A child from the first: Tab leads from it to what is decided, laid out above.
        self.list = QListWidget(self)
        self.list.setAccessibleName("Conflicts")
        self.list.setUniformItemSizes(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.currentRowChanged.connect(self._show)
        self._title = heading()
        self._where = muted()
        self._buttons: list[QPushButton] = []
        self._all = self._button("B", lambda: self.decide(self._sides()))
        self._none = self._button("X", lambda: self.decide(()))
        self._back = self._button("U", self.take_back)
        self._alike = muted()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.part, 3)
        layout.addLayout(self._build_panel(), 2)
        self._add_keys()
        self._show()

    def show_merge(self, merge: Merge, choices: Choices) -> None:
        """Begin with the first conflict that is not decided."""
        self._merge = merge
        self._conflicts = merge.conflicts
        self._ids = tuple(self._conflicts)
        self._rows = {place: row for row, place in enumerate(self._ids)}
        self._choices = {place: frozenset(choices[place]) for place in choices}
        self._names = radiograph_names(merge)
        self._alike_ids = {}
        for place, conflict in self._conflicts.items():
            self._alike_ids.setdefault(conflict.likeness, []).append(place)
        self.list.clear()
        for place in self._ids:
            self.list.addItem("")
            self._mark(place)
        undecided = (i for i, place in enumerate(self._ids) if place not in choices)
        self.list.setCurrentRow(next(undecided, 0 if self._ids else -1))
        self._show()

    def set_notation(self, notation: Notation) -> None:
        """How teeth are written."""
        if notation is not self._notation:
            self._notation = notation
            for place in self._ids:
                self._mark(place)
            self._show()

    @property
    def choices(self) -> Choices:
        return dict(self._choices)

    @property
    def undecided(self) -> int:
        return len(self._ids) - len(self._choices)

    @property
    def current(self) -> ConflictId | None:
        row = self.list.currentRow()
        return self._ids[row] if 0 <= row < len(self._ids) else None

    def decide(self, sides: Iterable[int], *, all_alike: bool = False) -> None:
        """Keep these sides, here or wherever the same sets say the same classes."""
        if self._merge is None or self.current is None:
            return
        kept = frozenset(sides)
        places = self._alike_places() if all_alike else [self.current]
        for place in places:
            self._choices[place] = kept
            self._mark(place)
        self.decided.emit()
        self._go_on()

    def take_back(self) -> None:
        if self.current is not None and self.current in self._choices:
            del self._choices[self.current]
            self._mark(self.current)
            self.decided.emit()
            self._show()

    def stop(self) -> None:
        self.part.stop()

    # How it is put together

    def _build_panel(self) -> QVBoxLayout:
        panel = QVBoxLayout()
        panel.addWidget(self._title)
        panel.addWidget(self._where)
        for number in range(MOST_SIDES):
            button = self._button(str(number + 1), self._keep_one(number))
            self._buttons.append(button)
            panel.addWidget(button)
        for button in (self._all, self._none, self._back):
            panel.addWidget(button)
        panel.addWidget(self._alike)
        panel.addWidget(self.list, 1)
        return panel

    def _button(self, key: str, slot: Callable[[], object]) -> QPushButton:
        button = quiet_button("", f"Key: {key}")
        button.setAutoDefault(False)
        button.setCheckable(True)
        button.setStyleSheet("text-align: left")
        button.clicked.connect(lambda: slot())
        return button

    def _keep_one(self, number: int) -> Callable[[], None]:
        return lambda: self.decide((number,))

    def _add_keys(self) -> None:
        keys: dict[str, Callable[[], Iterable[int]]] = {
            "B": self._sides,
            "X": lambda: (),
        }
        for number in range(MOST_SIDES):
            keys[str(number + 1)] = self._only(number)
        for key, sides in keys.items():
            for typed, all_alike in ((key, False), (f"Ctrl+{key}", True)):
                shortcut = QShortcut(QKeySequence(typed), self)
                shortcut.activated.connect(self._decision(sides, all_alike=all_alike))
        QShortcut(QKeySequence("U"), self).activated.connect(self.take_back)

    def _only(self, number: int) -> Callable[[], Iterable[int]]:
        return lambda: (number,)

    def _decision(
        self, sides: Callable[[], Iterable[int]], *, all_alike: bool
    ) -> Callable[[], None]:
        def decide() -> None:
            kept = tuple(sides())
            if set(kept) <= set(self._sides()):
                self.decide(kept, all_alike=all_alike)

        return decide

    # What is shown

    def _conflict(self) -> Conflict | None:
        if self._merge is None or self.current is None:
            return None
        return self._conflicts[self.current]

    def _sides(self) -> range:
        conflict = self._conflict()
        return range(len(conflict.sides) if conflict else 0)

    def _alike_places(self) -> list[ConflictId]:
        conflict = self._conflict()
        return [
            place
            for place in (self._alike_ids[conflict.likeness] if conflict else ())
            if place == self.current or place not in self._choices
        ]

    def _show(self, _row: int = 0) -> None:
        merge, place, conflict = self._merge, self.current, self._conflict()
        if merge is None or place is None or conflict is None:
            voted = merge is not None and merge.at_least > 1
            self._title.setText(
                "The vote leaves no conflict."
                if voted
                else "The sets do not contradict each other."
            )
            self.part.show_nothing()
            for widget in (*self._buttons, self._all, self._none, self._back):
                widget.hide()
            self._where.setText("")
            self._alike.setText("")
            return
        image = merge.radiographs[place.radiograph].image
        self._title.setText(
            f"{str(conflict.kind).capitalize()}:"
            f" {self.list.currentRow() + 1} of {len(self._ids)}"
        )
        self._where.setText(self._names[place.radiograph])
        self.part.show_part(image.path, conflict.box, _marks(conflict, self._notation))
        self._show_buttons(merge, place, conflict)

    def _show_buttons(
        self, merge: Merge, place: ConflictId, conflict: Conflict
    ) -> None:
        kept = self._choices.get(place)
        sides = len(conflict.sides)
        for number, button in enumerate(self._buttons):
            button.setVisible(number < sides)
            if number < sides:
                side = conflict.sides[number]
                text = side_in_words(merge, side, self._notation)
                button.setText(without_mnemonic(f"{number + 1}   {text}"))
                button.setChecked(kept == frozenset({number}))
        self._all.setText(f"B   Keep {'both' if sides == 2 else 'all'}")
        self._all.setChecked(kept is not None and len(kept) == sides)
        self._none.setText("X   Keep none")
        self._none.setChecked(kept is not None and not kept)
        self._back.setText("U   Take the decision back")
        self._back.setEnabled(kept is not None)
        self._back.setChecked(False)
        for button in (self._all, self._none, self._back):
            button.show()
        alike = len(self._alike_places()) - 1
        self._alike.setText(
            f"Ctrl and a key: the same for {alike} more conflict"
            f"{'' if alike == 1 else 's'} like this."
            if alike
            else ""
        )

    def _mark(self, place: ConflictId) -> None:
        item, line = self.list.item(self._rows[place]), self._line(place)
        item.setText(line)
        # Where the middle is left out it is read there.
        item.setToolTip(line)

    def _line(self, place: ConflictId) -> str:
        conflict = self._conflicts[place]
        sides = (findings_in_words(side, self._notation) for side in conflict.sides)
        what = " / ".join(sides)
        done = "✓ " if place in self._choices else ""
        return f"{done}{self._names[place.radiograph]}: {conflict.kind}, {what}"

    def _go_on(self) -> None:
        """To the next that is not decided, from the top if there is none below."""
        row, count = self.list.currentRow(), len(self._ids)
        for step in range(1, count):
            next_row = (row + step) % count
            if self._ids[next_row] not in self._choices:
                self.list.setCurrentRow(next_row)
                return
        self._show()


def _marks(conflict: Conflict, notation: Notation) -> list[PartMark]:
    """The first box of each side says what the side has; the others its number."""
    return [
        PartMark(
            each.finding.box,
            each.finding.label,
            f"{number + 1} {findings_in_words(side, notation)}"
            if index == 0
            else str(number + 1),
            number,
        )
        for number, side in enumerate(conflict.sides)
        for index, each in enumerate(side.findings)
    ]
