"""The mean of the weights of several epochs, where it does better than the best one.

A greedy soup (Wortsman et al., ICML 2022) of one run: the candidates are taken from the
best to the worst, and each stays in the mean if that does no worse with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

Weights = Mapping[str, Tensor]


def greedy_soup(
    candidates: Sequence[Weights], judge: Callable[[Weights], float]
) -> tuple[Weights, int]:
    """The mean that `judge` scores highest so far, and of how many candidates it is.

    Raises ValueError if there is no candidate.
    """
    if not candidates:
        raise ValueError("a mean needs weights")
    scored = [(judge(weights), weights) for weights in candidates]
    scored.sort(key=lambda pair: -pair[0])
    best, first = scored[0]
    chosen = [first]
    for _, weights in scored[1:]:
        score = judge(mean_of([*chosen, weights]))
        if score >= best:
            best = score
            chosen.append(weights)
    return mean_of(chosen), len(chosen)


def trials(candidates: int) -> int:
    """How often that many are judged: each alone, and all but the best in a mean."""
    return 2 * candidates - 1


@torch.no_grad()
def mean_of(several: Sequence[Weights]) -> Weights:
    return {
        name: torch.stack([weights[name] for weights in several]).mean(dim=0)
        for name in several[0]
    }
