"""Boxes used again: copied, pasted, doubled, taken over from another radiograph."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from dentalviewer.curation.audit_reading import LabelSource, standing_labels
from dentalviewer.geometry import Size
from dentalviewer.gui.canvas.canvas import Canvas
from dentalviewer.gui.canvas.shaping import moved_inside
from dentalviewer.gui.reviewing.review_desk import ReviewDesk
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.gui.work.background import Background, in_words
from dentalviewer.review import shown_of
from dentalviewer.study import Finding

# Points on the screen from a box to its double, so that both are seen.
SHIFT = 14.0


@dataclass(frozen=True, slots=True)
class Copied:
    """Findings of one radiograph, and how large it was."""

    findings: tuple[Finding, ...]
    size: Size
    radiograph: str


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The radiograph before the one in hand, in the worklist's order, and where it is
    read what was found on others.
    """

    previous: Callable[[], Path | None]
    labels: Callable[[], LabelSource]


class ClipboardDesk(QObject):
    """Only box and class are copied: the tooth is another one, and no detector saw it
    there. `told` has good news, `reported` bad.
    """

    changed = Signal()
    told = Signal(str)
    reported = Signal(str)

    def __init__(
        self,
        session: ReviewSession,
        desk: ReviewDesk,
        canvas: Canvas,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._desk = desk
        self._canvas = canvas
        self._copied: Copied | None = None
        self._pasted = 0
        self._here: Copied | None = None
        self._before: Copied | None = None
        self._neighbourhood: Neighbourhood | None = None
        self._reader = Background("previous boxes", self, failed=self._on_failed)
        self._reader.answered.connect(self._propose)
        session.study_changed.connect(self._on_study_changed)
        session.review_changed.connect(self._on_review_changed)

    @property
    def can_paste(self) -> bool:
        return self._copied is not None

    @property
    def can_take_over(self) -> bool:
        return self._previous is not None or self._before is not None

    def use_neighbourhood(self, neighbourhood: Neighbourhood) -> None:
        """Know of radiographs that were not opened since the window is."""
        self._neighbourhood = neighbourhood

    def stop(self) -> None:
        self._reader.stop()

    def copy(self) -> None:
        """Keep what is selected, to be pasted here or on another radiograph."""
        chosen = self._of_this(item.current for item in self._desk.selection.items)
        if chosen is not None and chosen.findings:
            self._copied, self._pasted = chosen, 0
            self.changed.emit()

    def paste(self) -> None:
        """Draw what was copied; on the radiograph it came from, a little aside."""
        here, copied = self._here, self._copied
        if here is None or copied is None:
            return
        self._pasted += here.radiograph == copied.radiograph
        shift = SHIFT * self._pasted if here.radiograph == copied.radiograph else 0.0
        self._desk.draw(self._fitted(copied, here.size, shift), "Paste")

    def duplicate(self) -> None:
        """Draw what is selected once more, a little aside."""
        chosen = self._of_this(item.current for item in self._desk.selection.items)
        if chosen is not None and chosen.findings:
            findings = self._fitted(chosen, chosen.size, SHIFT)
            self._desk.draw(findings, "Duplicate")

    def take_over(self) -> None:
        """Propose the boxes of the radiograph before this one in the worklist; of the
        first, those of the one that was open before.

        They are the dentist's, and undecided until somebody has looked at them here.
        """
        path, before, around = self._previous, self._before, self._neighbourhood
        known = before is not None and path in (None, Path(before.radiograph))
        if before is not None and known:
            self._propose(before)
        elif path is not None and around is not None and not self._reader.busy:
            labels = around.labels()
            self._reader.request(lambda: _read(path, labels))

    @property
    def _previous(self) -> Path | None:
        around = self._neighbourhood
        return around.previous() if around is not None else None

    def _propose(self, before: Copied) -> None:
        here, name = self._here, Path(before.radiograph).name
        if here is None:
            return
        if not before.findings:
            self.told.emit(f"There are no boxes on {name} to copy.")
            return
        review = self._session.review
        there = {
            (each.box, each.label)
            for item in shown_of(review).items
            for each in (item.proposed, item.current)
            if each is not None
        }
        fitted = self._fitted(before, here.size, 0.0)
        new = [each for each in fitted if (each.box, each.label) not in there]
        if not new:
            self.told.emit(f"All boxes of {name} are here already.")
            return
        first = review.next_id
        self._session.edit("Copy the previous boxes", review.propose_annotations(new))
        self._desk.selection.choose(*range(first, first + len(new)))
        boxes = "1 box is" if len(new) == 1 else f"{len(new)} boxes are"
        self.told.emit(f"{boxes} copied from {name}.")

    def _on_failed(self, error: Exception) -> None:
        self.reported.emit(f"The previous boxes cannot be read. {in_words(error)}")

    def _fitted(self, copied: Copied, size: Size, shift: float) -> list[Finding]:
        x, y = size.width / copied.size.width, size.height / copied.size.height
        aside = shift / self._canvas.viewport.scale
        return [
            Finding(moved_inside(f.box.scaled(x, y), aside, aside, size), f.label)
            for f in copied.findings
        ]

    def _of_this(self, findings: Iterable[Finding]) -> Copied | None:
        study = self._session.study
        if study is None:
            return None
        radiograph = study.radiograph
        return Copied(tuple(findings), radiograph.size, str(radiograph.path))

    def _on_review_changed(self) -> None:
        shown = shown_of(self._session.review)
        self._here = self._of_this(standing_labels(shown))

    def _on_study_changed(self) -> None:
        study, here = self._session.study, self._here
        self._reader.supersede()
        if here is None or study is None:
            return
        if here.radiograph != str(study.radiograph.path):
            self._before = here
            self.changed.emit()


def _read(path: Path, labels: LabelSource) -> Copied:
    """Of a radiograph that is not open. Raises FileError."""
    reading = labels.labels_of(path)
    if reading is None or reading.size is None:
        return Copied((), Size(1, 1), str(path))
    # What is uncertain is taken over as well, to be decided like the others.
    boxes = (*reading.findings, *reading.uncertain)
    return Copied(boxes, reading.size, str(path))
