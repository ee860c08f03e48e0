"""What two readers decided, tooth by tooth or place by place, and kappa over that.

Cohen's kappa (Educ Psychol Meas 1960; 20:37-46) asks how much more often they decide
alike than by chance, and so needs decisions that can also be "no". Where the tooth of
every finding of a class is known, each tooth is one such decision; what lies on no
tooth, such as an implant in a gap, is one of its own. Otherwise each *place* is:
whatever either reader marked, of any class, findings paired as in `agreement`. Places
that neither marked cannot be counted, so kappa per place is low where classes seldom
meet; F1 is what kappa tends to when empty places are many (Hripcsak and Rothschild,
J Am Med Inform Assoc 2005; 12:296-298).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from dentalviewer.dentition import PERMANENT_TEETH, Tooth
from dentalviewer.evaluation.bootstrap import Floats, ratio
from dentalviewer.evaluation.tooth_positions import teeth_under
from dentalviewer.matching import match
from dentalviewer.study import Finding

Findings = tuple[Finding, ...]


class Unit(StrEnum):
    """What kappa counts: one decision per tooth, or per place that was marked."""

    TOOTH = "tooth"
    PLACE = "place"


def decisions_of(
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
            _summed(_decisions_by_place(*pair, label) for label in labels)
            for pair in radiographs
        ]
        return np.array(rows), Unit.PLACE
    outlines: Sequence[Findings | None] = mouths or [None] * len(radiographs)
    rows = [
        _summed(_decisions_by_tooth(*pair, label, mouth) for label in labels)
        for pair, mouth in zip(radiographs, outlines, strict=True)
    ]
    return np.array(rows), Unit.TOOTH


def _summed(decisions: Iterable[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Four zeros where no label is asked for, as where nobody marked anything."""
    return sum(decisions, np.zeros(4, np.int64))


def _decisions_by_tooth(
    first: Findings, second: Findings, label: str, mouth: Findings | None
) -> NDArray[np.int64]:
    """Of the teeth outlined in the mouth, and any other that is named; of all 32 where
    nobody outlined any.
    """
    on_teeth: list[set[Tooth]] = []
    elsewhere: list[list[Finding]] = []
    for reader in (first, second):
        findings = [f for f in reader if f.label == label]
        found = list(zip(findings, teeth_under(findings, mouth or ()), strict=True))
        on_teeth.append({tooth for _, teeth in found for tooth in teeth})
        elsewhere.append([finding for finding, teeth in found if not teeth])
    one, other = on_teeth
    there = set(PERMANENT_TEETH)
    if mouth is not None:
        there = {f.tooth for f in mouth if f.tooth is not None}
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


def cohen_kappa(sums: NDArray[np.float64] | NDArray[np.int64]) -> Floats:
    """(observed - chance) / (1 - chance), of sums (n, 4): yes-yes, yes-no, no-yes, no.

    NaN where chance alone agrees always: both readers say always yes, or always no.
    """
    both, first, second, neither = np.asarray(sums, np.float64).T
    total = both + first + second + neither
    chance = (both + first) * (both + second) + (neither + first) * (neither + second)
    return ratio((both + neither) * total - chance, total * total - chance)
