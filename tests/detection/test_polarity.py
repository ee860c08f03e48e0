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


def test_the_arches_of_an_inverted_radiograph_are_those_of_it_turned_back(
    finder: ArchLocator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is shown they are found too, a little astray."""
    pixels = radiograph(100)
    astray = Arch(ARCH.x + 4, ARCH.y + 2, ARCH.scale * 0.97)

    def locate(_: ArchLocator, grey: NDArray[np.uint8], **__: bool) -> Located:
        return Located(ARCH if (grey == pixels).all() else astray, 1.0)

    monkeypatch.setattr(locator_module, "locate", locate)
    inverted = np.asarray(255 - pixels, np.uint8)
    assert finder.polarity is not None
    assert log_odds(finder.polarity, inverted, astray.window) < -SURE

    upright, arch = find_arches(finder, inverted)

    assert (upright == pixels).all()
    assert arch == ARCH


@pytest.mark.parametrize(
    ("odds", "clearness", "is_turned"),
    [
        # Seems upright by chance, at arches that are hardly seen.
        ((3.2, 11.0), (0.44, 0.74), True),
        # 0.6 and 20 times 0.2 together are more than 3.
        ((4.9, 5.5), (0.53, 0.73), True),
        # 1.2 and 20 times 0.05 are not.
        ((1.3, 2.5), (0.65, 0.70), False),
        # Not clear, but the inverse is worse.
        ((5.0, -4.0), (0.50, 0.40), False),
    ],
)
def test_of_a_radiograph_and_its_inverse_the_clearly_better_one_is_believed(
    finder: ArchLocator,
    monkeypatch: pytest.MonkeyPatch,
    odds: tuple[float, float],
    clearness: tuple[float, float],
    is_turned: bool,
) -> None:
    """Of both: as shown, turned back."""
    shown = radiograph(100)

    def of_both(grey: NDArray[np.uint8], said: tuple[float, float]) -> float:
        return said[0] if (grey == shown).all() else said[1]

    monkeypatch.setattr(
        locator_module,
        "locate",
        lambda _, grey, **__: Located(ARCH, of_both(grey, clearness)),
    )
    monkeypatch.setattr(
        locator_module, "log_odds", lambda _, grey, __: of_both(grey, odds)
    )

    upright, _ = find_arches(finder, shown)

    assert (upright != shown).any() == is_turned


def test_a_clear_and_surely_upright_radiograph_is_looked_at_once(
    finder: ArchLocator, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []

    def locate(*_: object, **__: bool) -> Located:
        looked.append(1)
        return Located(ARCH, 0.6)

    monkeypatch.setattr(locator_module, "locate", locate)

    find_arches(finder, radiograph(100))

    assert len(looked) == 1


def test_what_cannot_be_told_is_left_as_it_is(finder: ArchLocator) -> None:
    even = np.full((200, 400), 120, np.uint8)

    assert find_arches(finder, even)[0] is even


def test_a_locator_that_does_not_know_inverted_ones_turns_none() -> None:
    inverted = np.asarray(255 - radiograph(100), np.uint8)

    assert find_arches(ArchLocator().eval(), inverted)[0] is inverted
