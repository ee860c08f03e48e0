"""Where a reader stands among the rest, by the mean F1 with the other people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dentalviewer.evaluation.bootstrap import Floats, interval
from dentalviewer.evaluation.estimate import Estimate

# The mean of three equal values may differ from them in the last digit.
NOISE = 1e-9


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


@dataclass(frozen=True, slots=True, eq=False)
class PairSamples:
    """A pair's F1, and what the resamples gave (resamples,)."""

    value: float
    resampled: Floats


def standings(
    names: Sequence[str],
    detectors: set[str],
    labels: Sequence[str],
    samples: dict[tuple[str, str, str], PairSamples],
    images: int,
) -> tuple[Standing, ...]:
    """For each label all readers; none of two readers alone.

    `samples` has each pair of readers, by their names and the label.
    """
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
    samples: dict[tuple[str, str, str], PairSamples],
    images: int,
) -> list[Standing]:
    # Detectors that learned from the same labels agree with each other too easily.
    people = [name for name in names if name not in detectors]
    peers = set(people if len(people) >= 2 else names)
    found: list[Standing] = []
    for name in names:
        own: list[PairSamples] = []
        others: list[PairSamples] = []
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
    means = [standing.mean_f1.value for standing in found]
    ranks = [1 + sum(other > mean + NOISE for other in means) for mean in means]
    return [replace(s, rank=rank) for s, rank in zip(found, ranks, strict=True)]


def _mean(samples: Sequence[PairSamples]) -> PairSamples:
    return PairSamples(
        float(np.mean([s.value for s in samples])),
        np.mean([s.resampled for s in samples], axis=0),
    )


def _difference(one: PairSamples, other: PairSamples) -> Estimate | None:
    return interval(one.value - other.value, one.resampled - other.resampled)
