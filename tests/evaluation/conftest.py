"""A set small enough to be worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from dentalviewer.evaluation.annotation_set import AnnotationSet, Reading
from dentalviewer.evaluation.readers import PairAgreement, ReaderComparison
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import RESTORATION
from dentalviewer.study import Finding

FRAME = Size(100, 100)


def square(x: float, y: float, label: str = RESTORATION, **fields: object) -> Finding:
    """A finding of 10 by 10 pixels."""
    return Finding(Box(x, y, x + 10, y + 10), label, **fields)  # type: ignore[arg-type]


def reader(name: str, *radiographs: tuple[Finding, ...]) -> AnnotationSet:
    readings = tuple(
        Reading(f"{number}.png", FRAME, findings)
        for number, findings in enumerate(radiographs, 1)
    )
    labels = dict.fromkeys(f.label for findings in radiographs for f in findings)
    return AnnotationSet(Path(f"{name}.json"), tuple(labels), readings)


def pair_of(
    comparison: ReaderComparison, label: str, first: str = "a", second: str = "b"
) -> PairAgreement:
    (found,) = (
        pair
        for pair in comparison.pairs
        if (pair.first, pair.second, pair.label) == (first, second, label)
    )
    return found


@pytest.fixture
def truth() -> tuple[Reading, ...]:
    """Three radiographs with one restoration each."""
    return tuple(
        Reading(f"{number}.png", FRAME, (square(20 * number, 0),))
        for number in (1, 2, 3)
    )


@pytest.fixture
def candidates() -> list[tuple[Finding, ...]]:
    """By score: 0.9 right, 0.8 a false alarm, 0.7 right; the third is never found."""
    return [
        (square(20, 0, score=0.9),),
        (square(60, 60, score=0.8), square(40, 0, score=0.7)),
        (),
    ]
