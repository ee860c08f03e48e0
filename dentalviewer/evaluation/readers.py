"""How readers agree with each other, two by two, and where one stands among the rest.

Agreement is told by two figures. F1 (Dice 1945) asks how many of the findings of two
readers are the same, Cohen's kappa how much more often they decide alike than by
chance; `reader_decisions` says what is decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from dentalviewer.evaluation.annotation_set import AnnotationSet, Reading, in_common
from dentalviewer.evaluation.bootstrap import (
    RESAMPLES,
    Floats,
    bootstrap,
    interval,
    ratio,
    resample,
)
from dentalviewer.evaluation.confusion import on_uncertain
from dentalviewer.evaluation.estimate import Estimate
from dentalviewer.evaluation.reader_decisions import (
    Findings,
    Unit,
    cohen_kappa,
    decisions_of,
)
from dentalviewer.evaluation.reader_names import distinct_names
from dentalviewer.evaluation.reader_standings import PairSamples, Standing, standings
from dentalviewer.evaluation.tooth_positions import with_teeth
from dentalviewer.matching import SAME_PLACE_IOU, match

ALL_LABELS = "all classes"


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """How two readers agree on one label, or on all together.

    `both` findings are shared; `only_first` and `only_second` are not; `f1` is over
    these. Kappa is over `decisions` of `unit`, and so is `tooth_f1`, which is None
    where the unit is no tooth. An estimate is None where it is not defined, kappa also
    where the unit is a place and neither said "no" of any: it could not be above 0.
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
    classes compared, by default all that anybody used. Raises NothingInCommonError if
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
    samples: dict[tuple[str, str, str], PairSamples] = {}
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
        standings(names, detectors, (*chosen, ALL_LABELS), samples, images),
    )


def _used_labels(sets: Sequence[AnnotationSet]) -> tuple[str, ...]:
    used = {f.label for s in sets for r in s.readings for f in r.findings}
    declared = dict.fromkeys(label for each in sets for label in each.labels)
    return tuple(label for label in declared if label in used)


def _compare_pair(
    names: tuple[str, str],
    sets: tuple[AnnotationSet, AnnotationSet],
    label: str,
    labels: Sequence[str],
    mouths: Sequence[Findings] | None,
    weights: Floats,
) -> tuple[PairAgreement, PairSamples]:
    asked = labels if label == ALL_LABELS else (label,)
    radiographs = [
        _certain(one, other, labels)
        for one, other in zip(sets[0].readings, sets[1].readings, strict=True)
    ]
    findings = np.array([_count_findings(*pair, asked) for pair in radiographs])
    value = float(_f1(findings.sum(axis=0, keepdims=True))[0])
    resampled = _f1(weights @ findings)
    decisions, unit = decisions_of(radiographs, asked, mouths)
    both, only_first, only_second = (int(n) for n in findings.sum(axis=0))
    pair = PairAgreement(
        *names,
        label,
        both,
        only_first,
        only_second,
        interval(value, resampled),
        bootstrap(decisions[:, :3], _f1, weights) if unit is Unit.TOOTH else None,
        bootstrap(decisions, cohen_kappa, weights)
        if _has_kappa(decisions, unit)
        else None,
        unit,
        int(decisions.sum()),
    )
    return pair, PairSamples(value, resampled)


def _has_kappa(decisions: NDArray[np.int64], unit: Unit) -> bool:
    """Of places that were marked, none may be a "no" of both, as with one class alone:
    then no agreement, however good, is better than chance.
    """
    return unit is Unit.TOOTH or bool(decisions[:, 3].any())


def _certain(
    one: Reading, other: Reading, labels: Sequence[str]
) -> tuple[Findings, Findings]:
    """What two readers marked of some classes, as far as it can be compared.

    What one of them marked alone is left out where the other was uncertain.
    """
    marked = (
        tuple(f for f in one.findings if f.label in labels),
        tuple(f for f in other.findings if f.label in labels),
    )
    matching = match(*marked)
    alone = (set(matching.only_first), set(matching.only_second))
    first, second = (
        tuple(
            finding
            for index, finding in enumerate(findings)
            if index not in unmatched
            or not on_uncertain(finding, against, SAME_PLACE_IOU)
        )
        for findings, unmatched, against in zip(
            marked, alone, (other, one), strict=True
        )
    )
    return first, second


def _count_findings(
    first: Findings, second: Findings, labels: Sequence[str]
) -> tuple[int, int, int]:
    matching = match(
        [f for f in first if f.label in labels],
        [f for f in second if f.label in labels],
    )
    return len(matching.pairs), len(matching.only_first), len(matching.only_second)


def _f1(sums: Floats) -> Floats:
    """2 both / (2 both + only first + only second), of sums (n, 3)."""
    shared = 2 * sums[:, 0]
    return ratio(shared, shared + sums[:, 1] + sums[:, 2])
