from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dentalviewer.dentition import Tooth
from dentalviewer.detection.augmenting.example import Boxes, Example, ToothOutline
from dentalviewer.detection.augmenting.painting import (
    apical_box,
    canals,
    paint,
    paint_crown,
    paint_filling,
    paint_root_filling,
)
from dentalviewer.detection.augmenting.synthesis import (
    Graft,
    Synthesis,
    find_grafts,
    graft,
    synthesise,
)
from dentalviewer.geometry import Box
from tests.detection.test_augmentation import boxes

LABELS = {"restoration": 0, "endodontic": 1, "implant": 2}


def tooth(fdi: int, x: float = 50, y: float = 50) -> ToothOutline:
    """One root, 30 wide at the crown and 10 at the apex, 80 high, centred at x and y.

    The crown of an upper tooth is below.
    """
    down = -1 if fdi < 30 else 1
    shape = [(-15, -40), (15, -40), (15, -10), (5, 40), (-5, 40), (-15, -10)]
    points = [(x + dx, y + down * dy) for dx, dy in shape]
    return ToothOutline(Tooth.from_fdi(fdi), np.array(points, np.float32))


def ground(value: int = 90) -> NDArray[np.uint8]:
    return np.full((120, 200), value, np.uint8)


def example(pixels: NDArray[np.uint8], *teeth: ToothOutline, treated: Boxes) -> Example:
    return Example(
        pixels, Box(0, 0, 200, 120), {"treatments": treated}, {}, teeth=teeth
    )


def nothing() -> Boxes:
    return boxes()


def changed(pixels: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(pixels != 90)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def test_a_root_filling_is_asked_for_around_the_root_of_either_jaw() -> None:
    # 62 % of the height of 80, from the apex.
    assert apical_box(tooth(35)).tolist() == pytest.approx([35, 40.4, 65, 90])
    assert apical_box(tooth(15)).tolist() == pytest.approx([35, 10, 65, 59.6])


@pytest.mark.parametrize("fdi", [15, 35])
def test_one_root_has_one_canal_from_its_middle_nearly_to_the_apex(fdi: int) -> None:
    (canal,) = canals(tooth(fdi), np.random.default_rng(0))

    along = canal[:, 1] if fdi == 35 else 100 - canal[:, 1]
    assert canal[:, 0] == pytest.approx(50, abs=1.5)
    assert along[0] == pytest.approx(10 + 0.38 * 80, abs=1)
    assert 80 <= along[-1] <= 88.5


def test_a_molar_has_a_canal_in_each_root() -> None:
    shape = [(35, 10), (85, 10), (85, 45), (75, 90), (65, 90), (60, 55), (55, 90),
             (45, 90), (35, 45)]  # fmt: skip
    molar = ToothOutline(Tooth.from_fdi(36), np.array(shape, np.float32))

    left, right = canals(molar, np.random.default_rng(0))

    assert left[-1, 0] == pytest.approx(50, abs=3)
    assert right[-1, 0] == pytest.approx(70, abs=3)


def test_a_root_filling_is_painted_white_inside_the_tooth() -> None:
    pixels, random = ground(), np.random.default_rng(0)
    outline = tooth(35)

    paint_root_filling(pixels, outline, canals(outline, random), random)

    left, top, right, bottom = changed(pixels)
    assert pixels[60, 50] > 150
    assert 40 < left < right < 60
    assert 36 < top < bottom < 92


@pytest.mark.parametrize("make", [paint_crown, paint_filling])
@pytest.mark.parametrize("seed", range(5))
def test_the_box_of_a_restoration_is_around_what_was_painted(make, seed: int) -> None:  # type: ignore[no-untyped-def]
    pixels = ground()

    box = make(pixels, tooth(35), np.random.default_rng(seed))

    assert box is not None
    # A soft rim of a pixel or two lies outside.
    assert box == pytest.approx(changed(pixels), abs=3)
    assert box[3] < 50, "in the crown, which is above"


def test_what_is_painted_bears_its_label() -> None:
    for seed in range(20):
        made = paint(ground(), tooth(35), LABELS, np.random.default_rng(seed))
        if made is None:
            continue
        for corners, label in zip(made.corners, made.label_indices, strict=True):
            is_apical = corners.tolist() == pytest.approx(apical_box(tooth(35)))
            assert label == (1 if is_apical else 0)


def test_without_root_fillings_to_learn_none_are_painted() -> None:
    for seed in range(20):
        made = paint(
            ground(), tooth(35), {"restoration": 4}, np.random.default_rng(seed)
        )
        assert made is None or set(made.label_indices.tolist()) == {4}


def treated(fdi: int, *, x: float = 50) -> Example:
    """A filling, 15 wide and 10 high, at the left of the crown."""
    outline = tooth(fdi, x)
    filling = Box(x - 15, 12, x, 22)
    pixels = ground()
    pixels[12:22, round(x) - 15 : round(x)] = 250
    return example(pixels, outline, treated=boxes(filling))


def test_a_treated_tooth_is_a_donor_and_an_untreated_one_is_not() -> None:
    donor = treated(35)
    both = example(donor.pixels, donor.teeth[0], tooth(34, 150),
                   treated=donor.boxes["treatments"])  # fmt: skip

    found = find_grafts([both])

    assert [[g.outline.tooth.fdi_number for g in each] for each in found.values()] == [
        [35]
    ]


def test_a_tooth_under_a_bridge_is_no_donor() -> None:
    bridge = boxes(Box(40, 10, 160, 30))

    assert not find_grafts([example(ground(), tooth(35), treated=bridge)])


@pytest.mark.parametrize(
    ("fdi", "filling"), [(34, (135, 12, 150, 22)), (45, (150, 12, 165, 22))]
)
def test_a_graft_brings_the_treatment_mirrored_to_the_other_side(
    fdi: int, filling: tuple[int, ...]
) -> None:
    ((donor,),) = find_grafts([treated(35)]).values()
    pixels = ground()

    made = graft(pixels, tooth(fdi, 150), donor)

    assert made is not None
    assert made.corners[0].tolist() == pytest.approx(filling)
    rows, columns = np.nonzero(pixels > 200)
    assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == (
        pytest.approx(filling, abs=1)
    )
    assert (pixels[:, :100] == 90).all()


def test_a_graft_is_as_bright_as_what_is_around_it() -> None:
    ((donor,),) = find_grafts([treated(35)]).values()
    pixels = ground(40)

    graft(pixels, tooth(34, 150), donor)

    assert int(pixels[70, 150]) == pytest.approx(40, abs=2)
    assert pixels[17, 140] > 230


def test_teeth_of_another_shape_are_not_grafted() -> None:
    ((donor,),) = find_grafts([treated(35)]).values()
    wide = tooth(34, 100)
    wide = ToothOutline(wide.tooth, (wide.points - [100, 50]) * [2.5, 1] + [100, 50])
    pixels = ground()

    assert graft(pixels, wide, donor) is None
    assert (pixels == 90).all()


@pytest.mark.parametrize("seed", range(10))
def test_what_is_treated_already_or_stands_beside_it_stays(seed: int) -> None:
    """Joined crowns would have to share one box."""
    one = treated(35)
    host = example(one.pixels, one.teeth[0], tooth(34, 66),
                   treated=boxes(Box(45, 10, 68, 30)))  # fmt: skip

    assert synthesise(host, np.random.default_rng(seed), Synthesis({}, LABELS)) is host


def test_the_radiograph_itself_is_not_painted_on() -> None:
    host = example(ground(), tooth(35), tooth(34, 150), treated=nothing())
    donors: dict[tuple[bool, str], list[Graft]] = dict(find_grafts([treated(35)]))

    made = synthesise(host, np.random.default_rng(1), Synthesis(donors, LABELS))

    assert (host.pixels == 90).all()
    assert (made.pixels != 90).any()
    assert len(host.boxes["treatments"].corners) == 0
    assert len(made.boxes["treatments"].corners) >= 1


def test_without_outlines_nothing_is_made() -> None:
    host = example(ground(), treated=nothing())

    assert synthesise(host, np.random.default_rng(0), Synthesis({}, LABELS)) is host
