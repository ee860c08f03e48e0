from __future__ import annotations

import pytest
import torch

from dentalviewer.detection.training.soup import Weights, greedy_soup, mean_of


def weights(value: float) -> Weights:
    return {"layer.weight": torch.full((2,), value)}


def near(wanted: float) -> object:
    """A judge to whom weights are the better the nearer they are."""

    def judge(found: Weights) -> float:
        return -abs(float(found["layer.weight"][0]) - wanted)

    return judge


def test_the_mean_of_weights_is_theirs_one_by_one() -> None:
    mean = mean_of([weights(1.0), weights(2.0), weights(6.0)])

    assert mean["layer.weight"].tolist() == [3.0, 3.0]


def test_what_does_better_together_is_averaged() -> None:
    # 4 is the best alone; with 0 it is 2, with 9 besides it would be 4.33.
    chosen, count = greedy_soup(
        [weights(0.0), weights(4.0), weights(9.0)],
        near(2.1),  # type: ignore[arg-type]
    )

    assert chosen["layer.weight"].tolist() == [2.0, 2.0]
    assert count == 2


def test_where_none_helps_the_best_stays_alone() -> None:
    chosen, count = greedy_soup(
        [weights(9.0), weights(2.0), weights(-7.0)],
        near(2.0),  # type: ignore[arg-type]
    )

    assert chosen["layer.weight"].tolist() == [2.0, 2.0]
    assert count == 1


def test_of_nothing_there_is_no_mean() -> None:
    with pytest.raises(ValueError, match="needs weights"):
        greedy_soup([], near(0.0))  # type: ignore[arg-type]
