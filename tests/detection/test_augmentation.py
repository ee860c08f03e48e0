from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dentalviewer.detection.augmenting.augmentation import Augmentation, augment
from dentalviewer.detection.augmenting.cutting_out import cut_out
from dentalviewer.detection.augmenting.example import Boxes, Example
from dentalviewer.detection.augmenting.transplantation import Donor, transplant
from dentalviewer.geometry import Box, Size
from tests.detection.conftest import drawn

FRAME = Size(400, 200)
NONE = Augmentation(
    flip=False,
    reframe=False,
    transplant=False,
    cover=False,
    contrast=False,
    sharpness=False,
)


def boxes(*found: Box, label: int = 0) -> Boxes:
    return Boxes(
        np.array([b.corners for b in found], np.float32).reshape(-1, 4),
        np.full(len(found), label, np.int64),
        np.zeros(len(found), np.bool_),
    )


def example(*fillings: Box, window: Box | None = None, **fields: Any) -> Example:
    return Example(
        drawn(FRAME, fillings),
        window or Box(0, 0, FRAME.width, FRAME.height),
        {"treatments": boxes(*fillings)},
        fields.get("mirrored", {}),
    )


def white(pixels: NDArray[np.uint8]) -> tuple[int, ...]:
    """The corners of all that is white."""
    rows, columns = np.nonzero(pixels > 200)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def switched_on(name: str) -> Augmentation:
    return Augmentation(**{field: field == name for field in NONE.__slots__})


def test_without_variations_the_window_is_shown_as_it_is() -> None:
    filling = Box(100, 80, 140, 110)

    shown = augment(example(filling), FRAME, np.random.default_rng(0), plan=NONE)

    assert white(shown.pixels) == (100, 80, 140, 110)
    assert shown.boxes["treatments"].corners.tolist() == [[100, 80, 140, 110]]


def test_a_window_fills_the_frame() -> None:
    filling = Box(100, 80, 140, 110)
    half = example(filling, window=Box(50, 50, 250, 150))

    shown = augment(half, FRAME, np.random.default_rng(0), plan=NONE)

    # Twice as large, and the window's corner at the frame's.
    assert shown.boxes["treatments"].corners.tolist() == [[100, 60, 180, 120]]
    assert white(shown.pixels) == pytest.approx((100, 60, 180, 120), abs=1)


@pytest.mark.parametrize("seed", range(25))
def test_boxes_follow_the_pixels(seed: int) -> None:
    filling = Box(170, 80, 230, 120)
    plan = Augmentation(transplant=False, cover=False, contrast=False, sharpness=False)

    shown = augment(example(filling), FRAME, np.random.default_rng(seed), plan=plan)

    found = shown.boxes["treatments"]
    assert not found.ignored.any()
    # A turn of 4 degrees widens what is white by 60 * sin 4 = 4 pixels, 2 on each side.
    assert white(shown.pixels) == pytest.approx(found.corners[0].tolist(), abs=5)
    middle = np.array(white(shown.pixels)).reshape(2, 2).mean(axis=0)
    assert middle == pytest.approx(found.corners[0].reshape(2, 2).mean(axis=0), abs=1)


def test_a_flip_mirrors_the_radiograph_and_renumbers_its_teeth() -> None:
    # Of the labels 36, 46 and 11 the first two change places.
    tooth = Box(100, 80, 140, 110)
    mirrored = {"teeth": np.array([1, 0, 2])}
    before = Example(
        drawn(FRAME, [tooth]),
        Box(0, 0, 400, 200),
        {"teeth": boxes(tooth, label=0)},
        mirrored,
    )
    seen = set()
    for seed in range(20):
        shown = augment(
            before, FRAME, np.random.default_rng(seed), plan=switched_on("flip")
        ).boxes["teeth"]
        (corners,), (number,) = shown.corners.tolist(), shown.label_indices.tolist()
        seen.add((corners[0], corners[2], number))

    assert seen == {(100.0, 140.0, 0), (260.0, 300.0, 1)}


def test_upside_down_the_teeth_are_those_of_the_other_jaw() -> None:
    upper = Box(100, 20, 140, 60)
    one = Example(
        drawn(FRAME, [upper]),
        Box(0, 0, FRAME.width, FRAME.height),
        {"teeth": boxes(upper, label=0)},
        {},
        {"teeth": np.array([1, 0])},
    )
    plan = switched_on("upturn")

    shown = [augment(one, FRAME, np.random.default_rng(s), plan=plan) for s in range(9)]

    found = {
        (*s.boxes["teeth"].corners[0].tolist(), int(s.boxes["teeth"].label_indices[0]))
        for s in shown
    }
    assert found == {(100, 20, 140, 60, 0), (100, 140, 140, 180, 1)}


def test_a_treatment_keeps_its_label_when_mirrored() -> None:
    plan = switched_on("flip")
    labels = {
        int(label)
        for seed in range(10)
        for label in augment(
            example(Box(100, 80, 140, 110)),
            FRAME,
            np.random.default_rng(seed),
            plan=plan,
        )
        .boxes["treatments"]
        .label_indices
    }

    assert labels == {0}


def test_what_is_mostly_out_of_sight_is_not_asked_for() -> None:
    whole, most, little, gone = (
        Box(250, 90, 270, 110),
        Box(290, 20, 310, 60),
        Box(296, 100, 316, 140),
        Box(340, 90, 360, 110),
    )
    cut = example(whole, most, little, gone, window=Box(0, 0, 300, 150))

    shown = augment(cut, Size(300, 150), np.random.default_rng(0), plan=NONE)

    found = shown.boxes["treatments"]
    assert found.corners[:, 2].tolist() == [270, 300, 300]
    # Half of the second is in sight, a fifth of the third.
    assert found.ignored.tolist() == [False, False, True]


def test_the_same_draw_gives_the_same_picture() -> None:
    before = example(Box(100, 80, 140, 110), Box(300, 20, 340, 60))

    first, second = (augment(before, FRAME, np.random.default_rng(5)) for _ in range(2))
    other = augment(before, FRAME, np.random.default_rng(6))

    assert (first.pixels == second.pixels).all()
    assert (first.pixels != other.pixels).any()


@pytest.mark.parametrize("name", ["cover", "contrast", "sharpness"])
def test_other_exposures_leave_the_boxes_where_they_are(name: str) -> None:
    filling = Box(100, 80, 140, 110)
    changed = [
        augment(
            example(filling), FRAME, np.random.default_rng(seed), plan=switched_on(name)
        )
        for seed in range(20)
    ]
    plain = augment(example(filling), FRAME, np.random.default_rng(0), plan=NONE)

    assert any((shown.pixels != plain.pixels).any() for shown in changed)
    assert all(
        shown.boxes["treatments"].corners.tolist() == [list(filling.corners)]
        for shown in changed
    )


def test_a_transplanted_treatment_comes_with_its_box_and_hides_what_was_there() -> None:
    donor = example(Box(100, 80, 140, 110))
    hidden, beside = Box(105, 85, 135, 105), Box(300, 80, 340, 110)
    host = example(hidden, beside)

    found = transplant(Donor(donor, 0), host)

    assert found.boxes["treatments"].corners.tolist() == [
        [300, 80, 340, 110],
        [100, 80, 140, 110],
    ]
    assert (found.pixels[82:108, 102:138] > 240).all()
    # Away from it nothing has changed, and the host itself is as it was.
    assert (found.pixels[:, 200:] == host.pixels[:, 200:]).all()
    assert host.pixels[82, 102] < 120


def test_of_what_a_transplant_brings_in_part_nothing_is_learned() -> None:
    # The patch is 92 to 148 and 74 to 116: of the neighbour 18 x 26 of 30 x 26 pixels.
    donor = example(Box(100, 80, 140, 110), Box(130, 80, 160, 106))

    found = transplant(Donor(donor, 0), example()).boxes["treatments"]

    assert found.corners.tolist() == [[100, 80, 140, 110], [130, 80, 148, 106]]
    assert found.ignored.tolist() == [False, True]


def test_a_transplant_lies_at_the_same_place_of_the_arches() -> None:
    donor = example(Box(100, 80, 140, 110), window=Box(50, 50, 250, 150))
    host = example(window=Box(0, 0, 400, 200))

    found = transplant(Donor(donor, 0), host)

    # From 50 pixels into a window of 200 to 100 pixels into one of 400.
    assert found.boxes["treatments"].corners.tolist() == [[100, 60, 180, 120]]


def test_what_does_not_fit_on_the_radiograph_is_not_transplanted() -> None:
    # 50 pixels further to the left it would begin at -40.
    donor = example(Box(10, 10, 40, 30), window=Box(50, 0, 250, 100))
    host = example(window=Box(0, 0, 200, 100))

    assert transplant(Donor(donor, 0), host) is host


def test_an_implant_is_transplanted_without_what_is_around_it() -> None:
    donor = example(Box(100, 80, 140, 110))
    donor.pixels[70:120, 90:100] = 30
    host = example()

    found = transplant(Donor(donor, 0, cut_out(donor, 0)), host)

    assert white(found.pixels) == (100, 80, 140, 110)
    assert (found.pixels[:, :97] == host.pixels[:, :97]).all()


def test_any_other_treatment_is_transplanted_with_the_tooth_around_it() -> None:
    donor, host = example(Box(100, 80, 140, 110)), example()
    donor.pixels[74:116, 92:148] = 150
    donor.pixels[80:110, 118:122] = 255

    found = transplant(Donor(donor, 0), host)

    assert found.boxes["treatments"].corners.tolist() == [[100, 80, 140, 110]]
    # The rim of the tooth is matched with what is around it, as is the rest of it.
    assert (found.pixels[84:106, 119:121] > 240).all()
    assert (found.pixels[84:106, 104:114] == found.pixels[95, 109]).all()
