from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from dentalviewer.arch import ARCH_TEETH, Arch
from dentalviewer.detection.frames import locator as locator_module
from dentalviewer.detection.frames.locator import ArchLocator, Located, find_arches
from dentalviewer.detection.frames.polarity import SURE, log_odds, train_polarity

ARCH = Arch(200, 100, 200)


def radiograph(seed: int, arch: Arch = ARCH) -> NDArray[np.uint8]:
    """Bright teeth where they usually lie, on a dark ground that is not quite even."""
    random = np.random.default_rng(seed)
    pixels = random.normal(70, 12, (200, 400))
    for tooth in ARCH_TEETH:
        x, y = arch.place(tooth)
        x, y = x + random.normal(0, 2), y + random.normal(0, 2)
        pixels[round(y) - 12 : round(y) + 12, round(x) - 5 : round(x) + 5] += 90
    return np.clip(pixels, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def polarity() -> torch.nn.Linear:
    return train_polarity([(radiograph(s), ARCH.window) for s in range(8)], seed=0)


def test_a_radiograph_is_told_from_its_inverse(polarity: torch.nn.Linear) -> None:
    pixels = radiograph(100)

    assert log_odds(polarity, pixels, ARCH.window) > SURE
    assert log_odds(polarity, 255 - pixels, ARCH.window) < -SURE


def test_black_margins_say_nothing(polarity: torch.nn.Linear) -> None:
    """Cut at the teeth, three quarters of the look are still there."""
    cut = radiograph(100)[60:140]
    window = ARCH.window.moved(0, -60)

    assert log_odds(polarity, cut, window) > 0
    assert log_odds(polarity, 255 - cut, window) == pytest.approx(
        -log_odds(polarity, cut, window), abs=0.05
    )


def test_an_even_picture_is_neither(polarity: torch.nn.Linear) -> None:
    even = np.full((200, 400), 120, np.uint8)

    assert abs(log_odds(polarity, even, ARCH.window)) < 0.01


@pytest.fixture
def finder(polarity: torch.nn.Linear, monkeypatch: pytest.MonkeyPatch) -> ArchLocator:
    """Finds the arches where they are: how is not what is tested here."""
    monkeypatch.setattr(locator_module, "locate", lambda *_, **__: Located(ARCH, 1.0))
    return ArchLocator(polarity)


def test_an_inverted_radiograph_is_turned_back(finder: ArchLocator) -> None:
    pixels = radiograph(100)

    for shown in (pixels, np.asarray(255 - pixels, np.uint8)):
        upright, arch = find_arches(finder, shown)
        assert (upright == pixels).all()
        assert arch == ARCH


def test_where_the_arches_of_the_inverse_are_lost_it_is_looked_at_turned(
    finder: ArchLocator, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = radiograph(100)
    beside = Arch(390, 190, 200)

    def locate(_: ArchLocator, grey: NDArray[np.uint8], **__: bool) -> Located:
        return Located(ARCH if (grey == pixels).all() else beside, 1.0)

    monkeypatch.setattr(locator_module, "locate", locate)

    upright, arch = find_arches(finder, np.asarray(255 - pixels, np.uint8))

    assert (upright == pixels).all()
    assert arch == ARCH


def test_what_cannot_be_told_is_left_as_it_is(finder: ArchLocator) -> None:
    even = np.full((200, 400), 120, np.uint8)

    assert find_arches(finder, even)[0] is even


def test_a_locator_that_does_not_know_inverted_ones_turns_none() -> None:
    inverted = np.asarray(255 - radiograph(100), np.uint8)

    assert find_arches(ArchLocator().eval(), inverted)[0] is inverted
