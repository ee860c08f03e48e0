from __future__ import annotations

import pytest

from dentalviewer.arch import ARCH_TEETH, USUAL_SCALE, Arch, fit_arch
from dentalviewer.dentition import Tooth
from dentalviewer.geometry import Box


def box_around(x: float, y: float) -> Box:
    return Box(x - 30, y - 50, x + 30, y + 50)


def test_teeth_that_lie_as_usual_tell_place_and_size_of_the_arches() -> None:
    # Tooth 36 is at (0.320, 0.107) of the arches' own frame.
    teeth = {
        tooth: box_around(1400 + 1000 * x, 700 + 1000 * y)
        for tooth, (x, y) in ARCH_TEETH.items()
    }

    arch = fit_arch(teeth, width=1000 / USUAL_SCALE)

    assert teeth[Tooth(3, 6)].center == pytest.approx((1720, 807))
    assert (arch.x, arch.y, arch.scale) == pytest.approx((1400, 700, 1000))


def test_one_tooth_alone_tells_the_place_and_the_radiograph_the_size() -> None:
    arch = fit_arch({Tooth(3, 6): box_around(1720, 807)}, width=1000 / USUAL_SCALE)

    assert arch.scale == pytest.approx(1000)
    assert (arch.x, arch.y) == pytest.approx((1400, 700))


def test_larger_jaws_than_usual_are_believed_the_more_the_more_teeth_there_are() -> (
    None
):
    def fitted(numbers: list[int]) -> float:
        teeth = {
            Tooth.from_fdi(n): box_around(
                *(1500 * v for v in ARCH_TEETH[Tooth.from_fdi(n)])
            )
            for n in numbers
        }
        return fit_arch(teeth, width=1000 / USUAL_SCALE).scale

    assert 1000 < fitted([16, 26]) < fitted([16, 26, 36, 46, 18, 28]) < 1500


def test_deciduous_teeth_say_nothing_about_the_arches() -> None:
    with pytest.raises(ValueError, match="permanent tooth"):
        fit_arch({Tooth(5, 1): box_around(0, 0)}, width=1000)


def test_the_template_is_the_same_on_both_sides() -> None:
    assert len(ARCH_TEETH) == 32
    for tooth, (x, y) in ARCH_TEETH.items():
        assert ARCH_TEETH[tooth.mirrored()] == (-x, y)


def test_an_arch_comes_back_from_its_landmarks() -> None:
    arch = Arch(1400, 700, 1000)

    assert arch.landmarks == ((900, 700), (1900, 700), (1400, 700))
    assert Arch.from_landmarks(arch.landmarks) == arch


def test_landmarks_in_the_wrong_order_still_give_a_window() -> None:
    assert Arch.from_landmarks(((10, 5), (4, 5), (7, 5))).window.area > 0


def test_the_window_shows_all_teeth_of_the_template() -> None:
    window = Arch(1400, 700, 1000).window

    assert window == Box(720, 320, 2080, 1060)
