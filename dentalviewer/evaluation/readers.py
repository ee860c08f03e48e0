"""How readers agree with each other, two by two, and where one stands among the rest.

Agreement is told by two figures. F1 (Dice 1945) asks how many of the findings of two
readers are the same. Cohen's kappa (Educ Psychol Meas 1960; 20:37-46) asks how much
more often they decide alike than by chance, and so needs decisions that can also be
"no". Where the tooth of every finding of a class is known, each tooth is one such
decision; what lies on no tooth, such as an implant in a gap, is one of its own.
Otherwise each *place* is: whatever either reader marked, of any class, findings paired
as in `agreement`. Places that neither marked cannot be counted, so kappa per place is
low where classes seldom meet; F1 is what kappa tends to when empty places are many
(Hripcsak and Rothschild, J Am Med Inform Assoc 2005; 12:296-298).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from dentalviewer.agreement import SAME_PLACE_IOU, match
from dentalviewer.dentition import PERMANENT_POSITIONS, Tooth
from dentalviewer.evaluation.annotation_set import AnnotationSet, Reading, in_common
from dentalviewer.evaluation.bootstrap import (
    RESAMPLES,
    Estimate,
    Floats,
    bootstrap,
    interval,
    ratio,
    resample,
)
from dentalviewer.evaluation.confusion import on_uncertain
from dentalviewer.evaluation.tooth_positions import teeth_under, with_teeth
from dentalviewer.study import Finding

PERMANENT_TEETH = tuple(
    Tooth(quadrant, position)
    for quadrant in (1, 2, 3, 4)
    for position in range(1, PERMANENT_POSITIONS + 1)
)
ALL_LABELS = "all classes"
# The mean of three equal values may differ from them in the last digit.
NOISE = 1e-9


Findings = tuple[Finding, ...]


class Unit(StrEnum):
    """What kappa counts: one decision per tooth, or per place that was marked."""

    TOOTH = "tooth"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """How two readers agree on one label, or on all together.

    `both` findings are shared; `only_first` and `only_second` are not; `f1` is over
    these. Kappa is over `decisions` of `unit`, and so is `tooth_f1`, which is None
    where the unit is no tooth. An estimate is None where it is not defined.
    """

    first: str
    second: str
    label: str
    both: int
    only_first: int
    only_second: int
    f1: Estimate | None
    tooth_f1: Estimate | None
    kappa: Estimate | None
    unit: Unit
    decisions: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a reader agrees with people: the mean F1, and its rank, 1 the best.

    `others` is the range of F1 between people that leaves this reader out, and
    `difference` the mean F1 less that between them, over the same radiographs: where
    its interval holds 0, the reader is no clear stranger to them than they are to each
    other. Both are None with fewer than two other people, or where these mark nothing,
    `difference` also with a single radiograph, which tells nothing of others. With
    fewer than two people the mean and the rank are over all readers.
    """

    reader: str
    label: str
    is_detector: bool
    mean_f1: Estimate
    rank: int
    others: tuple[float, float] | None
    difference: Estimate | None

    @property
    def is_clear(self) -> bool:
        """Whether the interval of the difference is to one side of 0."""
        found = self.difference
        return found is not None and (found.low > NOISE or found.high < -NOISE)


@dataclass(frozen=True, slots=True)
class ReaderComparison:
    """All pairs and, from three readers on, standings, over `images` radiographs."""

    readers: tuple[str, ...]
    detectors: tuple[str, ...]
    images: int
    labels: tuple[str, ...]
    pairs: tuple[PairAgreement, ...]
    standings: tuple[Standing, ...]


def compare_readers(
    sets: Sequence[AnnotationSet],
    *,
    teeth: AnnotationSet | None = None,
    labels: Sequence[str] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> ReaderComparison:
    """Compare every two readers on the radiographs that all of them speak of.

    Each set is a reader; what its detector would not show is left out beforehand.
    `teeth` holds the outlines of all teeth, labels being FDI numbers; it tells the
    tooth of findings that do not say it, and which teeth there are. `labels` are the
    classes compared, by default all that anybody used. Raises AnnotationFileError if
    no radiograph is common to all.
    """
    if len(sets) < 2:
        raise ValueError("a comparison needs two readers")
    outlines = [] if teeth is None else [with_teeth(teeth)]
    together = in_common([*sets, *outlines])
    shared = together[: len(sets)]
    mouths = [r.findings for r in together[-1].readings] if outlines else None
    names = distinct_names(sets)
    chosen = tuple(labels) if labels is not None else _used_labels(shared)
    images = len(shared[0].readings)
    weights = resample(images, resamples=resamples, seed=seed)
    pairs: list[PairAgreement] = []
    samples: dict[tuple[str, str, str], _Samples] = {}
    for (first, one), (second, other) in combinations(
        zip(names, shared, strict=True), 2
    ):
        for label in (*chosen, ALL_LABELS):
            pair, sample = _compare_pair(
                (first, second), (one, other), label, chosen, mouths, weights
            )
            pairs.append(pair)
            samples[first, second, label] = sample
    detectors = {n for n, each in zip(names, shared, strict=True) if each.is_scored}
    return ReaderComparison(
        names,
        tuple(n for n in names if n in detectors),
        images,
        chosen,
        tuple(pairs),
        _standings(names, detectors, (*chosen, ALL_LABELS), samples, images),
    )


def distinct_names(sets: Sequence[AnnotationSet]) -> tuple[str, ...]:
    """What to call each reader: the set's name, with its place in line if shared."""
    names = [each.name for each in sets]
    return tuple(
        f"{name} ({number})" if names.count(name) > 1 else name
        for number, name in enumerate(names, 1)
    )


def _used_labels(sets: Sequence[AnnotationSet]) -> tuple[str, ...]:
    used = {f.label for s in sets for r in s.readings for f in r.findings}
    declared = dict.fromkeys(label for each in sets for label in each.labels)
    return tuple(label for label in declared if label in used)


@dataclass(frozen=True, slots=True, eq=False)
class _Samples:
    """A pair's F1, and what the resamples gave (resamples,)."""

    value: float
    resampled: Floats


def _compare_pair(
    names: tuple[str, str],
    sets: tuple[AnnotationSet, AnnotationSet],
    label: str,
    labels: Sequence[str],
    mouths: Sequence[Findings] | None,
    weights: Floats,
) -> tuple[PairAgreement, _Samples]:
    asked = labels if label == ALL_LABELS else (label,)
    radiographs = [
        (certain(one, other, labels), certain(other, one, labels))
        for one, other in zip(sets[0].readings, sets[1].readings, strict=True)
    ]
    findings = np.array([_count_findings(*pair, asked) for pair in radiographs])
    value = float(_f1(findings.sum(axis=0, keepdims=True))[0])
    resampled = _f1(weights @ findings)
    decisions, unit = _decisions(radiographs, asked, mouths)
    both, only_first, only_second = (int(n) for n in findings.sum(axis=0))
    pair = PairAgreement(
        *names,
        label,
        both,
        only_first,
        only_second,
        interval(value, resampled),
        bootstrap(decisions[:, :3], _f1, weights) if unit is Unit.TOOTH else None,
        bootstrap(decisions, cohen_kappa, weights),
        unit,
        int(decisions.sum()),
    )
    return pair, _Samples(value, resampled)


def certain(
    reading: Reading, other: Reading, labels: Sequence[str]
) -> tuple[Finding, ...]:
    """What a reader marked of some classes, less what the other was uncertain about."""
    return tuple(
        finding
        for finding in reading.findings
        if finding.label in labels and not on_uncertain(finding, other, SAME_PLACE_IOU)
    )


def _count_findings(
    first: Findings, second: Findings, labels: Sequence[str]
) -> tuple[int, int, int]:
    matching = match(
        [f for f in first if f.label in labels],
        [f for f in second if f.label in labels],
    )
    return len(matching.pairs), len(matching.only_first), len(matching.only_second)


def _decisions(
    radiographs: Sequence[tuple[Findings, Findings]],
    labels: Sequence[str],
    mouths: Sequence[Findings] | None,
) -> tuple[NDArray[np.int64], Unit]:
    """Decisions of each radiograph, summed over labels, (images, 4); and their unit.

    The four: both yes, first alone, second alone, both no.
    """
    asked = [
        f
        for pair in radiographs
        for reader in pair
        for f in reader
        if f.label in labels
    ]
    known = bool(asked) and all(f.tooth is not None for f in asked)
    if mouths is None and not known:
        rows = [
            sum(_decisions_by_place(*pair, label) for label in labels)
            for pair in radiographs
        ]
        return np.array(rows), Unit.PLACE
    outlines = mouths or [()] * len(radiographs)
    rows = [
        sum(_decisions_by_tooth(*pair, label, mouth) for label in labels)
        for pair, mouth in zip(radiographs, outlines, strict=True)
    ]
    return np.array(rows), Unit.TOOTH


def _decisions_by_tooth(
    first: Findings, second: Findings, label: str, mouth: Findings
) -> NDArray[np.int64]:
    """Of the teeth outlined in the mouth, or all 32, and any other that is named."""
    on_teeth: list[set[Tooth]] = []
    elsewhere: list[list[Finding]] = []
    for reader in (first, second):
        findings = [f for f in reader if f.label == label]
        found = list(zip(findings, teeth_under(findings, mouth), strict=True))
        on_teeth.append({tooth for _, teeth in found for tooth in teeth})
        elsewhere.append([finding for finding, teeth in found if not teeth])
    one, other = on_teeth
    there = {f.tooth for f in mouth if f.tooth is not None} or set(PERMANENT_TEETH)
    in_gaps = match(*elsewhere)
    return np.array(
        [
            len(one & other) + len(in_gaps.pairs),
            len(one - other) + len(in_gaps.only_first),
            len(other - one) + len(in_gaps.only_second),
            len(there - one - other),
        ]
    )


def _decisions_by_place(
    first: Findings, second: Findings, label: str
) -> NDArray[np.int64]:
    """Of the places: pairs of one class, then of two, then what stands alone."""
    counts = np.zeros(4, np.int64)
    one, other = list(first), list(second)
    places: list[tuple[Finding | None, Finding | None]] = []
    for same_label in (True, False):
        matching = match(one, other, same_label=same_label)
        places += [(one[i], other[j]) for i, j in matching.pairs]
        one = [one[i] for i in matching.only_first]
        other = [other[j] for j in matching.only_second]
    places += [(finding, None) for finding in one]
    places += [(None, finding) for finding in other]
    for a, b in places:
        says = (a is not None and a.label == label, b is not None and b.label == label)
        counts[{(True, True): 0, (True, False): 1, (False, True): 2}.get(says, 3)] += 1
    return counts


def _f1(sums: Floats) -> Floats:
    """2 both / (2 both + only first + only second), of sums (n, 3)."""
    shared = 2 * sums[:, 0]
    return ratio(shared, shared + sums[:, 1] + sums[:, 2])


def cohen_kappa(sums: NDArray[np.float64] | NDArray[np.int64]) -> Floats:
    """(observed - chance) / (1 - chance), of sums (n, 4): yes-yes, yes-no, no-yes, no.

    NaN where chance alone agrees always: both readers say always yes, or always no.
    """
    both, first, second, neither = np.asarray(sums, np.float64).T
    total = both + first + second + neither
    chance = (both + first) * (both + second) + (neither + first) * (neither + second)
    return ratio((both + neither) * total - chance, total * total - chance)


def _standings(
    names: Sequence[str],
    detectors: set[str],
    labels: Sequence[str],
    samples: dict[tuple[str, str, str], _Samples],
    images: int,
) -> tuple[Standing, ...]:
    if len(names) < 3:
        return ()
    return tuple(
        standing
        for label in labels
        for standing in _standings_of_label(names, detectors, label, samples, images)
    )


def _standings_of_label(
    names: Sequence[str],
    detectors: set[str],
    label: str,
    samples: dict[tuple[str, str, str], _Samples],
    images: int,
) -> list[Standing]:
    # Detectors that learned from the same labels agree with each other too easily.
    people = [name for name in names if name not in detectors]
    peers = set(people if len(people) >= 2 else names)
    found: list[Standing] = []
    for name in names:
        own: list[_Samples] = []
        others: list[_Samples] = []
        for (first, second, of), sample in samples.items():
            if of != label or not np.isfinite(sample.value):
                continue
            if name in (first, second):
                if peers & ({first, second} - {name}):
                    own.append(sample)
            elif set(people) >= {first, second}:
                others.append(sample)
        if not own:
            continue
        mean = _mean(own)
        estimate = interval(mean.value, mean.resampled)
        if estimate is None:
            continue
        values = [sample.value for sample in others]
        found.append(
            Standing(
                name,
                label,
                name in detectors,
                estimate,
                0,
                (min(values), max(values)) if values else None,
                _difference(mean, _mean(others)) if others and images > 1 else None,
            )
        )
    ranks = [1 + sum(o.mean_f1.value > s.mean_f1.value for o in found) for s in found]
    return [replace(s, rank=rank) for s, rank in zip(found, ranks, strict=True)]


def _mean(samples: Sequence[_Samples]) -> _Samples:
    return _Samples(
        float(np.mean([s.value for s in samples])),
        np.mean([s.resampled for s in samples], axis=0),
    )


def _difference(one: _Samples, other: _Samples) -> Estimate | None:
    return interval(one.value - other.value, one.resampled - other.resampled)
