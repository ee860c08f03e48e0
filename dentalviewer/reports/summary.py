"""Works out from a review what a report says, once for every kind of file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from dentalviewer import __version__
from dentalviewer.agreement import (
    AgreementCounts,
    Comparison,
    Relation,
    compare,
    count_agreement,
)
from dentalviewer.decisions import Decision, at_the_reveal, first_read, in_force
from dentalviewer.dentition import Notation, Tooth
from dentalviewer.detector import Detection
from dentalviewer.geometry import Size
from dentalviewer.labels import KNOWN_LABELS, NONE_CHOSEN
from dentalviewer.placing import Placing
from dentalviewer.reports.report import (
    DetectorFacts,
    Practice,
    Reader,
    Report,
    Row,
    RowSource,
)
from dentalviewer.reports.tooth_states import (
    Placed,
    ToothState,
    reading_order,
    tooth_states,
)
from dentalviewer.review import (
    ReadingMode,
    Review,
    ReviewItem,
    Source,
    Verdict,
    shown_of,
)
from dentalviewer.scores import with_scores_of_named
from dentalviewer.study import Study
from dentalviewer.tooth_assignment import (
    caution_about,
    numbered_teeth,
    stated_teeth,
    teeth_of,
    teeth_off_picture,
)


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
    seen = shown_of(review)
    places = compare(with_scores_of_named(seen))
    rows = _rows(places, teeth_of(seen), decisions, created)
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
        silent=not review.items and not review.read,
        mode=review.mode,
        hidden=review.predictions_hidden,
        agreement=_agreement(review, decisions),
        reveal_unknown=_apart(review) and first_read(decisions) is None,
        detector=_detector(review.detection) if review.detection else None,
        readers=_readers(decisions, created, places),
        note=review.note.strip(),
        created=created,
        program_version=__version__,
        sides=review.sides,
        doubt=caution_about(review),
        teeth=_in_sight(review, _teeth(review, rows, study.radiograph.size)),
        tooth_detector=asked,
        teeth_corrected=bool(review.stated_teeth),
        class_colors=dict(class_colors),
        notation=notation,
    )


def reported_teeth(review: Review) -> Mapping[Tooth, ToothState]:
    """What a report says of each tooth, but that one outside the picture counts as on
    it: the size of the picture is not known here.
    """
    seen = shown_of(review)
    return _teeth(review, _rows(compare(seen), teeth_of(seen)))


def _teeth(
    review: Review, rows: Sequence[Row], size: Size | None = None
) -> Mapping[Tooth, ToothState]:
    """`size` is that of the picture; without it no place is known to be off it."""
    seen = shown_of(review)
    return tooth_states(
        [Placed(row.label, row.placing, row.uncertain) for row in rows],
        numbered_teeth(seen),
        review.tooth_words,
        stated_teeth(review),
        teeth_off_picture(seen, size) if size else frozenset(),
    )


def _in_sight(
    review: Review, teeth: Mapping[Tooth, ToothState]
) -> Mapping[Tooth, ToothState]:
    """While the reader has yet to see what detectors say, nothing of the teeth of which
    the reader has not spoken.
    """
    if not review.predictions_hidden:
        return teeth
    return {
        tooth: state
        if state.treated or state.stated or state.reworded
        else ToothState(tooth)
        for tooth, state in teeth.items()
    }


def _printable(name: str) -> str:
    """A file's name may hold bytes that are no text; those become question marks."""
    return name.encode("utf-8", "replace").decode("utf-8")


def _rows(
    places: Sequence[Comparison],
    placings: Mapping[int, Placing],
    decisions: Sequence[Decision] = (),
    created: datetime | None = None,
) -> tuple[Row, ...]:
    """In the order in which dentists read, and numbered so.

    Times are in the zone of `created`, or else as they were logged.
    """
    last = {d.after.id: d for d in decisions if d.after is not None}
    found = [(place, item) for place in places for item in place.accepted]
    found.sort(key=lambda each: reading_order(each[1].current, placings[each[1].id]))
    return tuple(
        _row(number, place, item, placings, last.get(item.id), created)
        for number, (place, item) in enumerate(found, 1)
    )


def _row(
    number: int,
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
    scores = [s for s in map(_score, spoken) if s is not None]
    when = decision.when if decision else None
    return Row(
        number=number,
        label=item.current.label,
        placing=placings[item.id],
        source=source,
        corrected=item.corrected,
        score=scores[0] if scores else None,
        box=item.current.box,
        decided_by=decision.reader if decision else "",
        decided_at=when.astimezone(created.tzinfo) if when and created else when,
        uncertain=item.current.uncertain,
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


def _agreement(review: Review, decisions: Sequence[Decision]) -> AgreementCounts | None:
    """None as well where the dentist has not spoken apart from the detector.

    Who read first is heard as far as the reveal, if the log tells when it was.
    """
    if review.detection is None or review.predictions_hidden:
        return None
    if _apart(review):
        return count_agreement(at_the_reveal(review, decisions) or review)
    annotated = any(i.source is Source.DENTIST and not i.added for i in review.items)
    return count_agreement(review) if annotated else None


def _apart(review: Review) -> bool:
    return review.mode is ReadingMode.READ_FIRST and review.read


def _detector(detection: Detection) -> DetectorFacts:
    settings, names = detection.settings, detection.names
    own = tuple(settings.thresholds) or KNOWN_LABELS
    found = [candidate.label for candidate in detection.candidates]
    # As the project calls them.
    labels = [names.get(label, label) for label in (*own, *found)]
    return DetectorFacts(
        name=detection.identity.name,
        sha256=detection.identity.sha256,
        preprocessing=detection.identity.preprocessing,
        thresholds={label: detection.threshold(label) for label in labels},
        nms_iou=settings.nms_iou,
        max_findings=settings.max_findings,
        predictions=len(detection.predictions),
    )


def _readers(
    decisions: Sequence[Decision], created: datetime, places: Sequence[Comparison]
) -> tuple[Reader, ...]:
    """By the decisions that still hold, in the order in which they began.

    Who accepts what two readers mark at one place has decided once.
    """
    place_of = {item: n for n, place in enumerate(places) for item in place.item_ids}
    times: dict[str, list[datetime]] = {}
    subjects: dict[str, set[object]] = {}
    for decision in sorted(in_force(decisions), key=lambda decision: decision.when):
        when = decision.when.astimezone(created.tzinfo)
        times.setdefault(decision.reader, []).append(when)
        about = place_of.get(decision.after.id) if decision.after else None
        subject = decision if about is None else about
        subjects.setdefault(decision.reader, set()).add(subject)
    return tuple(
        Reader(name, len(subjects[name]), when[0], when[-1])
        for name, when in times.items()
    )
