"""A review: every finding on a radiograph, whoever proposed it, and what was decided.

Reviews never change; every edit returns the next one. That makes undo a matter of
keeping the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from dentalviewer.dentition import Notation, Tooth
from dentalviewer.detector import Detection, DetectionSettings
from dentalviewer.matching import match
from dentalviewer.stated_teeth import StatedTooth
from dentalviewer.study import Finding


class Source(StrEnum):
    """Who proposed a finding."""

    DENTIST = "dentist"
    DETECTOR = "detector"


class Verdict(StrEnum):
    """What was decided about a finding."""

    UNDECIDED = "undecided"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class ReadingMode(StrEnum):
    """Whether the detector's boxes were in sight during the first reading."""

    CONCURRENT = "concurrent"
    READ_FIRST = "read first, then reveal"


class Sides(StrEnum):
    """Where the radiograph shows the patient's right.

    It is on the left of the picture: ASSUMED where nothing speaks against it, USUAL
    where a person said so. On its right: MIRRORED. DOUBTFUL until a person says.
    """

    ASSUMED = "assumed"
    DOUBTFUL = "in doubt"
    USUAL = "usual"
    MIRRORED = "mirrored"

    @property
    def letters(self) -> tuple[str, str]:
        """What to write on the left and on the right of the picture."""
        if self is Sides.MIRRORED:
            return "L", "R"
        return ("R?", "L?") if self is Sides.DOUBTFUL else ("R", "L")


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One finding under review.

    `proposed` is the finding as the dentist's annotations or the detector gave it, None
    for one drawn in this review; `current` is the finding as it stands now.
    """

    id: int
    source: Source
    proposed: Finding | None
    current: Finding
    verdict: Verdict = Verdict.UNDECIDED

    @property
    def decided(self) -> bool:
        return self.verdict is not Verdict.UNDECIDED

    @property
    def added(self) -> bool:
        """Drawn in this review."""
        return self.proposed is None

    @property
    def corrected(self) -> bool:
        """Box, class or tooth is no longer what was proposed."""
        if self.proposed is None:
            return False
        return replace(self.current, uncertain=self.proposed.uncertain) != self.proposed

    @property
    def outcome(self) -> str:
        """What became of it, in a word; empty while nobody has decided."""
        if not self.decided:
            return ""
        if self.verdict is Verdict.ACCEPTED:
            if self.added:
                return "drawn"
            if self.corrected:
                return "corrected"
        return str(self.verdict)


@dataclass(frozen=True, slots=True)
class Patient:
    """Who is shown, as far as the reader chose to say; every field may be empty."""

    name: str = ""
    number: str = ""
    birth_date: str = ""


@dataclass(frozen=True, slots=True)
class ToothWords:
    """What the reader has the report say of a tooth.

    `instead_of` are the few words that were worked out when they did, in FDI numbers:
    once others are, the words are about what no longer holds. None where nobody kept
    them.
    `notation` is the system of the numbers in the words; None where nobody kept it.
    They are `in_doubt`, and not said, once teeth were numbered anew and nothing tells
    which of them they are about.
    """

    tooth: Tooth
    words: str
    instead_of: str | None = None
    notation: Notation | None = None
    in_doubt: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    """All findings on one radiograph.

    `detection` is the detector's answer, with every candidate, so that thresholds can
    be changed later; None before it has answered. `read` tells that the reader has
    finished reading without the detector (mode READ_FIRST). `tooth_words` is what the
    reader has the report say of a tooth, where the reader worded it. `sides` says which
    half of the picture is the patient's right, `panoramic` whether a person says that
    it is a panoramic radiograph, None where nobody has. `stated_teeth` is what a person
    said of teeth that a detector found, missed or numbered wrongly. `names` is what the
    project calls the classes that it has renamed, for what any detector says of them
    later.
    """

    items: tuple[ReviewItem, ...] = ()
    detection: Detection | None = None
    mode: ReadingMode = ReadingMode.CONCURRENT
    read: bool = False
    patient: Patient = field(default_factory=Patient)
    note: str = ""
    next_id: int = 1
    tooth_words: tuple[ToothWords, ...] = ()
    sides: Sides = Sides.ASSUMED
    stated_teeth: tuple[StatedTooth, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    panoramic: bool | None = None

    @property
    def predictions_hidden(self) -> bool:
        return self.mode is ReadingMode.READ_FIRST and not self.read

    @property
    def undecided(self) -> tuple[ReviewItem, ...]:
        return tuple(i for i in self.items if not i.decided)

    @property
    def done(self) -> bool:
        """Whether a person decided about every finding, or said that there is none.

        Who types a patient's name, states a tooth, takes back a box or raises a
        threshold has not said that nothing is there. What a person says is no panoramic
        radiograph is never done: it would be taken for one, and for a healthy one.
        """
        if self.panoramic is False or self.undecided or self.predictions_hidden:
            return False
        return bool(self.items) or self.read

    def item(self, item_id: int) -> ReviewItem:
        """Raises KeyError if there is no such item."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise KeyError(item_id)

    def has(self, item_id: int) -> bool:
        return any(item.id == item_id for item in self.items)

    # Proposals

    def propose_annotations(self, findings: Iterable[Finding]) -> Review:
        """Put the dentist's annotations up for decision."""
        return self._with_proposals(findings, Source.DENTIST)

    def propose(self, detection: Detection | None) -> Review:
        """Put the detector's predictions up for decision.

        Undecided predictions are replaced; whatever was decided, corrected, drawn or
        marked as uncertain stays as it is. A prediction that was already there, with
        the same score, keeps its id, and one that says again what was decided about a
        prediction before, perhaps another detector's, is not put up once more. Where
        the project has renamed classes, any detector's predictions have the names that
        it gave them.
        """
        if detection is not None and self.names:
            detection = detection.with_names(self.names)
        predictions = detection.predictions if detection else ()
        keys = {(finding.box, finding.label) for finding in predictions}
        # The same box with another score is another detector's word.
        said = {(finding.box, finding.label, finding.score) for finding in predictions}
        kept = tuple(
            item
            for item in self.items
            if item.source is Source.DENTIST
            or item.decided
            or item.current != item.proposed
            or ((p := item.proposed) and (p.box, p.label, p.score) in said)
        )
        proposed = {
            (item.proposed.box, item.proposed.label): item
            for item in kept
            if item.source is Source.DETECTOR and item.proposed is not None
        }
        new = [f for f in predictions if (f.box, f.label) not in proposed]
        decided = [i for key, i in proposed.items() if i.decided and key not in keys]
        review = replace(self, items=kept, detection=detection)
        return review._with_proposals(_unsaid(new, decided), Source.DETECTOR)

    def with_settings(self, settings: DetectionSettings) -> Review:
        """Show more or fewer of the detector's candidates; decisions stay."""
        if self.detection is None:
            return self
        return self.propose(replace(self.detection, settings=settings))

    def _with_proposals(self, findings: Iterable[Finding], source: Source) -> Review:
        new = tuple(
            ReviewItem(self.next_id + offset, source, finding, finding)
            for offset, finding in enumerate(findings)
        )
        return replace(self, items=self.items + new, next_id=self.next_id + len(new))

    # Decisions

    def accept(self, item_ids: Collection[int]) -> Review:
        return self._change(item_ids, lambda i: replace(i, verdict=Verdict.ACCEPTED))

    def reject(self, item_ids: Collection[int]) -> Review:
        return self._change(item_ids, lambda i: replace(i, verdict=Verdict.REJECTED))

    def reopen(self, item_ids: Collection[int]) -> Review:
        """Take a decision back: undecided, and as it was proposed."""
        return self._change(
            item_ids,
            lambda i: replace(
                i, verdict=Verdict.UNDECIDED, current=i.proposed or i.current
            ),
        )

    def correct(self, item_id: int, finding: Finding) -> Review:
        """Give an item another box, class or tooth; what was corrected is accepted."""
        return self._change(
            [item_id], lambda i: replace(i, current=finding, verdict=Verdict.ACCEPTED)
        )

    def doubt(self, item_ids: Collection[int], *, uncertain: bool) -> Review:
        """Whoever is not sure, or is sure by now, has not decided by that."""
        return self._change(
            item_ids,
            lambda i: replace(i, current=replace(i.current, uncertain=uncertain)),
        )

    def add(self, finding: Finding) -> Review:
        """Add a finding that nobody proposed; it is accepted and has id `next_id`."""
        item = ReviewItem(self.next_id, Source.DENTIST, None, finding, Verdict.ACCEPTED)
        return replace(self, items=(*self.items, item), next_id=self.next_id + 1)

    def remove(self, item_ids: Collection[int]) -> Review:
        """Delete what was drawn here; reject what was proposed, for the record."""
        kept = tuple(i for i in self.items if not (i.added and i.id in item_ids))
        return replace(self, items=kept).reject(item_ids)

    def started_over(self) -> Review:
        """As it was opened: all proposals undecided, nothing drawn or said of teeth.

        Who has read first has seen the predictions all the same.
        """
        items = tuple(
            replace(item, current=item.proposed, verdict=Verdict.UNDECIDED)
            for item in self.items
            if item.proposed is not None
        )
        # Predictions kept only because they were decided go with the decision.
        read = self.read and self.mode is ReadingMode.READ_FIRST
        review = replace(self, items=items, stated_teeth=(), read=read)
        return review.propose(self.detection)

    # Circumstances

    def marked_read(self) -> Review:
        return replace(self, read=True)

    def with_sides(self, sides: Sides) -> Review:
        return replace(self, sides=sides)

    def with_panoramic(self, said: bool) -> Review:
        return replace(self, panoramic=said)

    def with_stated_teeth(self, stated: tuple[StatedTooth, ...]) -> Review:
        return replace(self, stated_teeth=stated)

    def _change(
        self, item_ids: Collection[int], change: Callable[[ReviewItem], ReviewItem]
    ) -> Review:
        items = tuple(change(i) if i.id in item_ids else i for i in self.items)
        return self if items == self.items else replace(self, items=items)


def shown_of(review: Review) -> Review:
    """The review without the predictions that who reads first has not been shown yet.

    What was decided about was seen.
    """
    if not review.predictions_hidden:
        return review
    shown = tuple(i for i in review.items if i.source is Source.DENTIST or i.decided)
    return replace(review, items=shown)


def _unsaid(
    predictions: Sequence[Finding], decided: Sequence[ReviewItem]
) -> tuple[Finding, ...]:
    """The predictions but those that say again what was proposed, or stands now."""
    first = match(predictions, [item.proposed or item.current for item in decided])
    left = [predictions[n] for n in first.only_first]
    others = [decided[n].current for n in first.only_second]
    return tuple(left[n] for n in match(left, others).only_first)
