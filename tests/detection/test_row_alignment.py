"""Alignments small enough to be counted by hand, or one by one."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from numpy.typing import NDArray

from dentalviewer.detection.inference.row_alignment import RowAlignment

NEVER = -1000.0


def in_order(teeth: int, places: int) -> NDArray[np.float64]:
    """The tooth behind has the place behind; nothing else counts."""
    behind = np.triu(np.ones((places, places)), 1)
    kept = np.where(behind > 0, 0.0, -np.inf)
    return np.broadcast_to(kept, (teeth, teeth, places, places))


def test_a_place_that_is_three_times_as_likely_has_three_quarters() -> None:
    one = RowAlignment(np.log([[3.0, 1.0]]), np.array([NEVER]), in_order(1, 2))

    assert one.best() == {0: 0}
    assert one.shares(1.0) == pytest.approx(np.array([[0.75, 0.25]]))
    # At half the temperature nine times as likely.
    assert one.shares(0.5) == pytest.approx(np.array([[0.9, 0.1]]))


def test_two_teeth_in_three_places_keep_their_order() -> None:
    """They have 0 and 1, 0 and 2, or 1 and 2."""
    two = RowAlignment(np.zeros((2, 3)), np.full(2, NEVER), in_order(2, 3))

    assert two.shares(1.0) == pytest.approx(np.array([[2, 1, 0], [0, 1, 2]]) / 3)


def test_a_tooth_may_stand_aside() -> None:
    """Beside the three alignments of both, each may be alone in any of three places."""
    two = RowAlignment(np.zeros((2, 3)), np.zeros(2), in_order(2, 3))

    assert two.shares(1.0) == pytest.approx(np.array([[3, 2, 1], [1, 2, 3]]) / 6)


def test_a_tooth_that_no_place_suits_stands_aside() -> None:
    own = np.array([[0.0, -9.0], [-9.0, -9.0], [-9.0, 0.0]])
    three = RowAlignment(own, np.full(3, -4.0), in_order(3, 2))

    assert three.best() == {0: 0, 2: 1}


@pytest.mark.parametrize("seed", range(5))
def test_it_is_as_if_all_alignments_were_counted_one_by_one(seed: int) -> None:
    random = np.random.default_rng(seed)
    teeth, places, temperature = 4, 5, 0.7
    own, aside = random.normal(size=(teeth, places)), random.normal(size=teeth)
    between = in_order(teeth, places) + random.normal(
        size=(teeth, teeth, places, places)
    )
    alignment = RowAlignment(own, aside, between)

    counted = np.zeros((teeth, places))
    most, likeliest = -np.inf, {}
    for choice in product([None, *range(places)], repeat=teeth):
        placed = [(i, place) for i, place in enumerate(choice) if place is not None]
        worth = sum(own[each] for each in placed)
        worth += sum(aside[i] for i, place in enumerate(choice) if place is None)
        for (i, a), (j, b) in pairwise(placed):
            worth += between[i, j, a, b]
        for each in placed:
            counted[each] += np.exp(worth / temperature)
        if worth > most:
            most, likeliest = worth, dict(placed)

    assert alignment.best() == likeliest
    shares = counted / counted.sum(axis=1, keepdims=True)
    assert alignment.shares(temperature) == pytest.approx(shares)
