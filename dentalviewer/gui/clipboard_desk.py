"""Boxes used again: copied, pasted, doubled, taken over from another radiograph."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from dentalviewer import agreement
from dentalviewer.geometry import Size
from dentalviewer.gui.canvas import Canvas
from dentalviewer.gui.review_desk import ReviewDesk
from dentalviewer.gui.session import ReviewSession
from dentalviewer.gui.shaping import moved_inside
from dentalviewer.review import Review, Source, Verdict
from dentalviewer.study import Finding

# Points on the screen from a box to its double, so that both are seen.
SHIFT = 14.0


@dataclass(frozen=True, slots=True)
class Copied:
    """Findings of one radiograph, and how large it was."""

    findings: tuple[Finding, ...]
    size: Size
    radiograph: str


class ClipboardDesk(QObject):
    """Only box and class are copied: the tooth is another one, and no detector saw it
    there.
    """

    changed = Signal()

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
        session.study_changed.connect(self._on_study_changed)
        session.review_changed.connect(self._on_review_changed)

    @property
    def can_paste(self) -> bool:
        return self._copied is not None

    @property
    def can_take_over(self) -> bool:
        return self._before is not None and bool(self._before.findings)

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
        """Propose the boxes of the radiograph that was open before this one.

        They are the dentist's, and undecided until somebody has looked at them here.
        """
        here, before = self._here, self._before
        if here is None or before is None:
            return
        review = self._session.review
        first = review.next_id
        findings = self._fitted(before, here.size, 0.0)
        self._session.edit(
            "Copy the previous boxes", review.propose_annotations(findings)
        )
        self._desk.selection.choose(*range(first, first + len(findings)))

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
        self._here = self._of_this(_own(self._session.review))

    def _on_study_changed(self) -> None:
        study, here = self._session.study, self._here
        if here is None or study is None:
            return
        if here.radiograph != str(study.radiograph.path):
            self._before = here
            self.changed.emit()


def _own(review: Review) -> list[Finding]:
    """What stands: accepted, or the dentist's and not decided yet."""
    found: list[Finding] = []
    for place in agreement.compare(review):
        item = place.standing
        dentists = item.source is Source.DENTIST
        if item.verdict is Verdict.ACCEPTED or (dentists and not item.decided):
            found.append(item.current)
    return found
