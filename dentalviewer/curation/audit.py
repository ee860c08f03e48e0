"""Where a detector contradicts the annotations most strongly: what to look at first.

After ObjectLab (Tkachenko, Thyagarajan & Mueller, "ObjectLab: Automated Diagnosis of
Mislabeled Images in Object Detection Data", ICML workshop DMLR 2023), which scores each
box for being overlooked, swapped or badly located; and after confident learning
(Northcutt, Jiang & Chuang, JAIR 2021), which takes a score for sure by what the
detector gives to annotations of that class, for scores are on another scale in each
class and for each detector. Unlike ObjectLab, which ranks radiographs, findings are
ranked, in one list.

A detector that was trained on the very annotations may have learned their faults: it
then contradicts too few of them, and what it contradicts is the more telling.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dentalviewer.detector import DetectionSettings, select
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.confusion import on_uncertain
from dentalviewer.geometry import iou, shared_of_smaller
from dentalviewer.matching import SAME_PLACE_IOU, match
from dentalviewer.study import Finding

# Boxes of one thing that share less than this do not fit each other.
GOOD_IOU = 0.5
# So much of the smaller box in the larger: two boxes of one thing, or a part of it.
SAME_THING_SHARE = 0.6
# Of fewer confirmed annotations a class has no scale of its own.
FEWEST_CONFIRMED = 20
# The detector is silent where it is less sure than of all but so many of the confirmed.
UNSURE_SHARE = 0.1

# All that the detector returned, however low its score, of each place the best.
_BEST_OF_EACH_PLACE = DetectionSettings(
    nms_iou=SAME_PLACE_IOU, max_findings=1_000_000, default_threshold=0.0
)


def best_of_each_place(candidates: Iterable[Finding]) -> tuple[Finding, ...]:
    """The candidates of one radiograph as the audit wants them, best first."""
    return select(candidates, _BEST_OF_EACH_PLACE)


class Kind(StrEnum):
    """What may be wrong with the annotations."""

    NOT_MARKED = "not marked"
    NOTHING_THERE = "nothing there"
    OTHER_CLASS = "other class"
    BOX_FITS_BADLY = "box fits badly"
    MARKED_TWICE = "marked twice"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One place on a radiograph where annotations and detector do not agree.

    `annotation` is None if it is not marked, `prediction` if the detector sees nothing
    there; one that is marked twice has none either. `strength` is from 0 to 1: how sure
    the detector is, compared with annotations of that class that it confirms, times how
    much the annotation differs.
    """

    kind: Kind
    radiograph: str
    annotation: Finding | None
    prediction: Finding | None
    strength: float

    @property
    def finding(self) -> Finding:
        """The one that tells the place: the annotation, if there is one."""
        found = self.annotation or self.prediction
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class Sureness:
    """How sure a detector is of a class, by its scores of what it confirms.

    `confirmed` are the scores, lowest first, of candidates that fit an annotation of
    their class, and `sensitivity` the share of annotations that have one; by label.
    `pooled` are the scores of all classes.
    """

    confirmed: Mapping[str, Sequence[float]]
    sensitivity: Mapping[str, float]
    pooled: Sequence[float]

    def of(self, label: str, score: float | None) -> float:
        """The share of confirmed annotations that the detector is less sure of."""
        if score is None:
            return 1.0
        scores = self.confirmed.get(label, ())
        if len(scores) < FEWEST_CONFIRMED:
            scores = self.pooled
        if not scores:
            return score
        below, up_to = bisect_left(scores, score), bisect_right(scores, score)
        return (below + up_to) / 2 / len(scores)

    def of_silence(self, label: str, score: float) -> float:
        """How telling it is that the best score in a place is this; 0 if there is none.

        A detector that misses many of a class says little by its silence.
        """
        unsure = min(self.of(label, score) / UNSURE_SHARE, 1.0) if score else 0.0
        return self.sensitivity.get(label, 0.0) * (1 - unsure)


def measure_sureness(
    truth: Sequence[Reading], candidates: Sequence[Sequence[Finding]]
) -> Sureness:
    """Learn what a sure score is; `candidates` holds one sequence for each reading."""
    confirmed: defaultdict[str, list[float]] = defaultdict(list)
    annotated: defaultdict[str, int] = defaultdict(int)
    for reading, found in zip(truth, candidates, strict=True):
        for finding in reading.findings:
            annotated[finding.label] += 1
        for i, j in match(reading.findings, found).pairs:
            score = found[j].score
            confirmed[reading.findings[i].label].append(1.0 if score is None else score)
    return Sureness(
        {label: sorted(scores) for label, scores in confirmed.items()},
        {label: len(confirmed[label]) / count for label, count in annotated.items()},
        sorted(score for scores in confirmed.values() for score in scores),
    )


def find_contradictions(
    truth: Sequence[Reading],
    candidates: Sequence[Sequence[Finding]],
    sureness: Sureness | None = None,
) -> tuple[Contradiction, ...]:
    """Every contradiction, the strongest first.

    `candidates` holds one sequence for each reading, as `best_of_each_place` returns
    it. What lies on something uncertain contradicts nothing. By default the
    same radiographs tell how sure the detector is.
    """
    sureness = sureness or measure_sureness(truth, candidates)
    found = [
        contradiction
        for reading, predicted in zip(truth, candidates, strict=True)
        for contradiction in _on_one(reading, predicted, sureness)
    ]
    return tuple(sorted(found, key=lambda each: -each.strength))


def _on_one(
    reading: Reading, candidates: Sequence[Finding], sureness: Sureness
) -> list[Contradiction]:
    annotated = reading.findings
    matching = match(annotated, candidates)
    found: list[Contradiction] = []
    for i, j in matching.pairs:
        if iou(annotated[i].box, candidates[j].box) < GOOD_IOU:
            found.append(_badly_fitting(reading, annotated[i], candidates[j], sureness))
    confirmed = [(annotated[i], candidates[j]) for i, j in matching.pairs]
    left = [
        candidates[j]
        for j in matching.only_second
        if not on_uncertain(candidates[j], reading, SAME_PLACE_IOU)
        and not _is_named_better(candidates[j], confirmed, sureness)
    ]
    for i in matching.only_first:
        others = (*annotated[:i], *annotated[i + 1 :])
        contradiction = _unconfirmed(
            reading, annotated[i], others, candidates, left, sureness
        )
        found.append(contradiction)
        left = [each for each in left if each is not contradiction.prediction]
    found += [_unmarked(reading, candidate, sureness) for candidate in left]
    return _strongest_of_each(found)


def _unconfirmed(
    reading: Reading,
    annotation: Finding,
    others: Sequence[Finding],
    candidates: Sequence[Finding],
    left: Sequence[Finding],
    sureness: Sureness,
) -> Contradiction:
    """What contradicts an annotation without a partner."""
    label, box = annotation.label, annotation.box
    twice = max(
        (shared_of_smaller(box, o.box) for o in others if o.label == label), default=0.0
    )
    if twice >= SAME_THING_SHARE:
        return Contradiction(
            Kind.MARKED_TWICE, reading.name, annotation, None, strength=twice
        )
    # One that fits another annotation better, too: the detector may see both as one.
    overlapping = [
        candidate
        for candidate in candidates
        if candidate.label == label
        and shared_of_smaller(candidate.box, box) >= SAME_THING_SHARE
    ]
    if overlapping:
        best = max(overlapping, key=_score)
        return _badly_fitting(reading, annotation, best, sureness)
    silence = sureness.of_silence(label, 0.0)
    named = [
        candidate
        for candidate in left
        if candidate.label != label and iou(candidate.box, box) >= SAME_PLACE_IOU
    ]
    if named:
        best = max(named, key=_score)
        strength = silence * sureness.of(best.label, best.score)
        if strength >= silence / 2:
            return Contradiction(
                Kind.OTHER_CLASS, reading.name, annotation, best, strength
            )
    return Contradiction(Kind.NOTHING_THERE, reading.name, annotation, None, silence)


def _unmarked(
    reading: Reading, candidate: Finding, sureness: Sureness
) -> Contradiction:
    """Not marked, or marked by other boxes than the detector's, such as a bridge."""
    alike = [
        annotation
        for annotation in reading.findings
        if annotation.label == candidate.label
        and shared_of_smaller(annotation.box, candidate.box) >= SAME_THING_SHARE
    ]
    if alike:
        nearest = max(alike, key=lambda a: iou(a.box, candidate.box))
        return _badly_fitting(reading, nearest, candidate, sureness)
    strength = sureness.of(candidate.label, candidate.score)
    return Contradiction(Kind.NOT_MARKED, reading.name, None, candidate, strength)


def _badly_fitting(
    reading: Reading, annotation: Finding, candidate: Finding, sureness: Sureness
) -> Contradiction:
    # A box inside the other is drawn tightly, or is a part such as one crown of a
    # bridge: it differs half as much as one beside it.
    different = 1 - iou(annotation.box, candidate.box)
    apart = 1 - shared_of_smaller(annotation.box, candidate.box)
    strength = sureness.of(candidate.label, candidate.score) * (different + apart) / 2
    return Contradiction(
        Kind.BOX_FITS_BADLY, reading.name, annotation, candidate, strength
    )


def _is_named_better(
    candidate: Finding,
    confirmed: Sequence[tuple[Finding, Finding]],
    sureness: Sureness,
) -> bool:
    """Whether the detector itself is surer of what is annotated in the same place."""
    return any(
        iou(annotation.box, candidate.box) >= GOOD_IOU
        and sureness.of(partner.label, partner.score)
        > sureness.of(candidate.label, candidate.score)
        for annotation, partner in confirmed
    )


def _strongest_of_each(found: Sequence[Contradiction]) -> list[Contradiction]:
    """Each annotation once, however many boxes the detector would rather see there."""
    kept: list[Contradiction] = []
    for each in sorted(found, key=lambda each: -each.strength):
        known = any(
            other.annotation is each.annotation for other in kept if other.annotation
        )
        if each.strength > 0 and not known:
            kept.append(each)
    return kept


def _score(candidate: Finding) -> float:
    return 1.0 if candidate.score is None else candidate.score
