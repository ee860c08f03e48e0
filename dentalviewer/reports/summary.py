"""What a report says, worked out from a review once and for every kind of file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from dentalviewer import __version__
from dentalviewer.agreement import (
    AgreementCounts,
    Comparison,
    Relation,
    compare,
    count_agreement,
)
from dentalviewer.decisions import Decision
from dentalviewer.dentition import Notation, Tooth
from dentalviewer.detector import Detection, DetectorIdentity
from dentalviewer.geometry import Box
from dentalviewer.labels import KNOWN_LABELS, NONE_CHOSEN, label_color
from dentalviewer.placing import (
    Placing,
)
from dentalviewer.radiograph import Radiograph
from dentalviewer.reports.chart_drawing import is_child
from dentalviewer.reports.tooth_states import (
    ToothState,
    in_order,
    in_short,
    tooth_states,
)
from dentalviewer.review import (
    Patient,
    ReadingMode,
    Review,
    ReviewItem,
    Sides,
    Source,
    Verdict,
)
from dentalviewer.study import Study
from dentalviewer.tooth_assignment import (
    numbered_teeth,
    stated_teeth,
    teeth_of,
)


class RowSource(StrEnum):
    """Who proposed an accepted finding."""

    DENTIST = "dentist"
    DETECTOR = "detector"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Practice:
    """Who hands the report out; every field may be empty, the address has lines."""

    name: str = ""
    address: str = ""
    dentist: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One accepted finding. `number` is what the picture calls it, from 1.

    `score` is the detector's, None where it did not propose the finding. `decided_by`
    is empty and `decided_at` None where no decision was logged.
    """

    number: int
    label: str
    placing: Placing
    source: RowSource
    corrected: bool
    score: float | None
    box: Box
    decided_by: str
    decided_at: datetime | None

    @property
    def tooth(self) -> Tooth | None:
        """The first of a bridge."""
        return self.placing.teeth[0] if self.placing.teeth else None

    @property
    def last_tooth(self) -> Tooth | None:
        """The other end of a bridge, None for everything else."""
        return self.placing.teeth[-1] if len(self.placing.teeth) > 1 else None


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever decided, how often, and when first and last."""

    name: str
    decisions: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class DetectorFacts:
    """Which detector was asked, how its answer was shown, and how much was shown."""

    name: str
    sha256: str
    preprocessing: str
    thresholds: Mapping[str, float]
    nms_iou: float
    max_findings: int
    predictions: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a report says.

    `rejected` and `undecided` count places that are left out of `rows`. `agreement`
    and `detector` are None where no detector was asked; `agreement` also while its
    predictions were still `hidden` from the reader, and where the dentist had marked
    nothing before seeing them. `teeth` has every place of the
    mouth, `tooth_detector` what looked for them, None where nothing did. `sides` says
    where the patient's right is. `awaited` tells that a detector was asked and had not
    answered. Times are in the zone of `created`.
    """

    practice: Practice
    patient: Patient
    radiograph: Radiograph
    radiograph_name: str
    rows: tuple[Row, ...]
    counts: Mapping[str, int]
    rejected: int
    undecided: int
    mode: ReadingMode
    hidden: bool
    agreement: AgreementCounts | None
    detector: DetectorFacts | None
    readers: tuple[Reader, ...]
    note: str
    created: datetime
    program_version: str
    teeth: Mapping[Tooth, ToothState]
    tooth_detector: DetectorIdentity | None = None
    teeth_corrected: bool = False
    sides: Sides = Sides.ASSUMED
    class_colors: Mapping[str, str] = field(default_factory=dict)
    notation: Notation = Notation.FDI
    awaited: bool = False

    def color(self, label: str) -> str:
        """Of a class, as #rrggbb: what was settled for the folder, or its own."""
        return label_color(label, self.class_colors)

    @property
    def knows_teeth(self) -> bool:
        """Whether anything can be said by tooth."""
        return any(s.treated or s.seen is not None for s in self.teeth.values())

    @property
    def treated_teeth(self) -> tuple[ToothState, ...]:
        """Those that something was done to, from the upper right on."""
        treated = [tooth for tooth, state in self.teeth.items() if state.treated]
        return tuple(self.teeth[tooth] for tooth in in_order(treated))

    @property
    def teeth_not_seen(self) -> tuple[Tooth, ...]:
        """Those that nothing replaces, and that nobody says are missing."""
        return self._those(lambda s: s.seen is False and not (s.stated or s.replaced))

    @property
    def teeth_missing(self) -> tuple[Tooth, ...]:
        """As a person says; those that nothing replaces."""
        return self._those(lambda state: state.missing and not state.replaced)

    @property
    def teeth_replaced(self) -> tuple[Tooth, ...]:
        return self._those(lambda state: state.replaced)

    @property
    def contradictory_teeth(self) -> tuple[Tooth, ...]:
        """Those that a person says are missing, and whose root filling is accepted."""
        return self._those(lambda state: state.contradictory)

    def _those(self, are_meant: Callable[[ToothState], bool]) -> tuple[Tooth, ...]:
        """From the upper right on."""
        return tuple(in_order(t for t, s in self.teeth.items() if are_meant(s)))

    @property
    def child_numbered_as_adult(self) -> bool:
        """Whether a detector, having learned from adults, numbered a child's teeth."""
        if self.tooth_detector is None or not is_child(self.radiograph.patient_age):
            return False
        return any(s.seen and not s.stated for s in self.teeth.values())

    def in_short(self, state: ToothState) -> str:
        """A tooth in a few words: the reader's own, or else those worked out."""
        return in_short(state, self.notation)

    def numbers_on(self, tooth: Tooth) -> tuple[int, ...]:
        """The findings of a tooth, by their numbers in the picture."""
        return tuple(r.number for r in self.rows if tooth in r.placing.teeth)

    @property
    def unreviewed(self) -> bool:
        """Whether a decision or an answer is missing, or the reading had not come to
        its end.
        """
        return self.undecided > 0 or self.hidden or self.awaited


def summarise(
    study: Study,
    review: Review,
    decisions: Sequence[Decision] = (),
    *,
    practice: Practice | None = None,
    class_colors: Mapping[str, str] = NONE_CHOSEN,
    notation: Notation = Notation.FDI,
    created: datetime,
) -> Report:
    """`class_colors` are those that were settled for the radiograph's folder.

    `created` must know its time zone; the log is told in it.
    """
    places = compare(_in_sight(review))
    rows = _rows(places, teeth_of(review), decisions, created)
    asked = review.detection.tooth_detector if review.detection else None
    return Report(
        practice=practice or Practice(),
        patient=review.patient,
        radiograph=study.radiograph,
        radiograph_name=_printable(study.radiograph.path.name),
        rows=rows,
        counts=_counts(rows),
        rejected=sum(map(_rejected, places)),
        undecided=sum(not place.decided for place in places),
        mode=review.mode,
        hidden=review.predictions_hidden,
        agreement=_agreement(review),
        detector=_detector(review.detection) if review.detection else None,
        readers=_readers(decisions, created),
        note=review.note.strip(),
        created=created,
        program_version=__version__,
        sides=review.sides,
        teeth=_teeth(review, rows),
        tooth_detector=asked,
        teeth_corrected=bool(review.stated_teeth),
        class_colors=dict(class_colors),
        notation=notation,
    )


def reported_teeth(review: Review) -> Mapping[Tooth, ToothState]:
    """What a report says of each tooth."""
    return _teeth(review, _rows(compare(_in_sight(review)), teeth_of(review)))


def _teeth(review: Review, rows: Sequence[Row]) -> Mapping[Tooth, ToothState]:
    return tooth_states(
        [(row.label, row.placing) for row in rows],
        numbered_teeth(_in_sight(review)),
        review.tooth_words,
        stated_teeth(review),
    )


def _in_sight(review: Review) -> Review:
    """Without the predictions that the reader has not been shown yet."""
    if not review.predictions_hidden:
        return review
    seen = tuple(i for i in review.items if i.source is Source.DENTIST or i.decided)
    return replace(review, items=seen)


def _printable(name: str) -> str:
    """A file's name may hold bytes that are no text; those become question marks."""
    return name.encode("utf-8", "replace").decode("utf-8")


def _rows(
    places: Sequence[Comparison],
    placings: Mapping[int, Placing],
    decisions: Sequence[Decision] = (),
    created: datetime | None = None,
) -> tuple[Row, ...]:
    """By class, and within a class from the left of the picture to the right.

    Times are in the zone of `created`, or else as they were logged.
    """
    last = {d.after.id: d for d in decisions if d.after is not None}
    found = [
        _row(place, item, placings, last.get(item.id), created)
        for place in places
        for item in _speaking(place)
    ]
    found.sort(key=_reading_order)
    return tuple(replace(row, number=n) for n, row in enumerate(found, 1))


def _reading_order(row: Row) -> tuple[int, str, float, float]:
    known = row.label in KNOWN_LABELS
    place = KNOWN_LABELS.index(row.label) if known else len(KNOWN_LABELS)
    return (place, "" if known else row.label, *row.box.center)


def _speaking(place: Comparison) -> tuple[ReviewItem, ...]:
    """The accepted items, one for both readers where they agree."""
    accepted = tuple(i for i in place.items if i.verdict is Verdict.ACCEPTED)
    return accepted[:1] if place.relation is Relation.AGREE else accepted


def _row(
    place: Comparison,
    item: ReviewItem,
    placings: Mapping[int, Placing],
    decision: Decision | None,
    created: datetime | None,
) -> Row:
    source = RowSource(item.source.value)
    spoken = [item]
    if place.relation is Relation.AGREE and _none_rejected(place):
        source, spoken = RowSource.BOTH, list(place.items)
    # What a person stated of either counts before what was worked out.
    known = sorted((placings[i.id] for i in spoken), key=lambda p: not p.stated)
    scores = [s for s in map(_score, spoken) if s is not None]
    when = decision.when if decision else None
    return Row(
        number=0,
        label=item.current.label,
        placing=known[0],
        source=source,
        corrected=item.corrected,
        score=scores[0] if scores else None,
        box=item.current.box,
        decided_by=decision.reader if decision else "",
        decided_at=when.astimezone(created.tzinfo) if when and created else when,
    )


def _none_rejected(place: Comparison) -> bool:
    return all(item.verdict is not Verdict.REJECTED for item in place.items)


def _score(item: ReviewItem) -> float | None:
    if item.source is Source.DENTIST or item.proposed is None:
        return None
    return item.proposed.score


def _rejected(place: Comparison) -> int:
    """Two readers who agree have proposed one finding, else each their own."""
    rejected = sum(item.verdict is Verdict.REJECTED for item in place.items)
    if place.relation is Relation.AGREE:
        return int(rejected == len(place.items))
    return rejected


def _counts(rows: Sequence[Row]) -> dict[str, int]:
    """The three classes always, others where there are any."""
    labels = [row.label for row in rows]
    return {label: labels.count(label) for label in (*KNOWN_LABELS, *labels)}


def _agreement(review: Review) -> AgreementCounts | None:
    """None as well where the dentist has not spoken apart from the detector."""
    if review.detection is None or review.predictions_hidden:
        return None
    annotated = any(i.source is Source.DENTIST and not i.added for i in review.items)
    if not annotated and review.mode is not ReadingMode.READ_FIRST:
        return None
    return count_agreement(review)


def _detector(detection: Detection) -> DetectorFacts:
    settings = detection.settings
    labels = settings.thresholds or KNOWN_LABELS
    found = [candidate.label for candidate in detection.candidates]
    return DetectorFacts(
        name=detection.identity.name,
        sha256=detection.identity.sha256,
        preprocessing=detection.identity.preprocessing,
        thresholds={label: settings.threshold(label) for label in (*labels, *found)},
        nms_iou=settings.nms_iou,
        max_findings=settings.max_findings,
        predictions=len(detection.predictions),
    )


def _readers(decisions: Sequence[Decision], created: datetime) -> tuple[Reader, ...]:
    """In the order in which they began."""
    times: dict[str, list[datetime]] = {}
    for decision in sorted(decisions, key=lambda decision: decision.when):
        when = decision.when.astimezone(created.tzinfo)
        times.setdefault(decision.reader, []).append(when)
    return tuple(
        Reader(name, len(when), when[0], when[-1]) for name, when in times.items()
    )
