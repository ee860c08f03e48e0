"""Two looks at one radiograph, by a detector that follows a script."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dentalviewer.arch import ARCH_TEETH
from dentalviewer.dentition import Tooth
from dentalviewer.detection.inference.several_looks import Looks, joined
from dentalviewer.detection.inference.tooth_detector import ToothDetector
from dentalviewer.detector import DetectorIdentity
from dentalviewer.geometry import Box
from dentalviewer.radiograph import Radiograph
from dentalviewer.study import Finding

WIDTH = 1600


@dataclass
class LightSeeker:
    """Sees the teeth of the side of the radiograph that is lighter, and no others."""

    identity: DetectorIdentity = field(
        default_factory=lambda: DetectorIdentity("light", "ab" * 32)
    )
    labels: tuple[str, ...] = ("11",)

    def look_around(self, radiograph: Radiograph) -> Looks:
        pixels = radiograph.pixels
        in_mirror = self.look(pixels[:, ::-1])
        mirrored = tuple(
            replace(f, box=Box(WIDTH - b.x_max, b.y_min, WIDTH - b.x_min, b.y_max))
            for f in in_mirror
            if (b := f.box)
        )
        extent = Box(0, 0, WIDTH, 1000)
        return Looks(self.look(pixels), mirrored, self.look(pixels[::-1]), extent)

    def look(self, pixels: NDArray[np.uint8]) -> tuple[Finding, ...]:
        left = pixels[:, : WIDTH // 2].mean()
        right = pixels[:, WIDTH // 2 :].mean()
        found = []
        for tooth, (x, y) in ARCH_TEETH.items():
            if (x < 0) == (left > right):
                middle, height = 800 + 1000 * x, 500 + 1000 * y
                box = Box(middle - 25, height - 90, middle + 25, height + 90)
                found.append(Finding(box, str(tooth), score=0.9))
        return tuple(found)

    def cancel(self) -> None:
        pass


def test_what_is_seen_in_the_mirror_bears_the_number_of_its_own_side() -> None:
    """The patient's right is lighter, so both looks see the same sixteen teeth."""
    pixels = np.zeros((1000, WIDTH), np.uint8)
    pixels[:, : WIDTH // 2] = 200
    teeth = ToothDetector(LightSeeker()).detect(
        Radiograph(Path("pan.png"), pixels, "ab" * 32)
    )
    right = {str(tooth) for tooth, (x, _) in ARCH_TEETH.items() if x < 0}
    assert {tooth.label for tooth in teeth} == right
    assert all(tooth.box.x_max < WIDTH / 2 + 25 for tooth in teeth)


@dataclass
class SkySeeker(LightSeeker):
    """Sees all teeth where the upper half is lighter, and else those of one jaw."""

    def look(self, pixels: NDArray[np.uint8]) -> tuple[Finding, ...]:
        upright = pixels[:500].mean() > pixels[500:].mean()
        return tuple(
            Finding(
                Box(
                    775 + 1000 * x, 410 + 1000 * y, 825 + 1000 * x, 590 + 1000 * y
                ),
                str(tooth),
                score=0.9,
            )
            for tooth, (x, y) in ARCH_TEETH.items()
            if upright or y < 0
        )  # fmt: skip


def test_a_radiograph_that_is_upside_down_gets_no_numbers() -> None:
    pixels = np.zeros((1000, WIDTH), np.uint8)
    pixels[:500] = 200
    upright = Radiograph(Path("pan.png"), pixels, "ab" * 32)
    turned_over = Radiograph(Path("pan.png"), pixels[::-1], "ab" * 32)
    detector = ToothDetector(SkySeeker())
    assert all(tooth.tooth is not None for tooth in detector.detect(upright))
    wrong = detector.detect(turned_over)
    assert wrong
    assert all((t.label, t.tooth) == ("tooth", None) for t in wrong)


@dataclass(kw_only=True)
class Scripted(LightSeeker):
    """How sure it is of the teeth of the upper jaw, and of the lower, in each look."""

    straight: tuple[float, float] = (0.9, 0.9)
    mirrored: tuple[float, float] = (0.9, 0.9)
    upside_down: tuple[float, float] = (0.9, 0.9)

    def look_around(self, radiograph: Radiograph) -> Looks:
        in_mirror = tuple(
            replace(found, label=str(Tooth.from_fdi(int(found.label)).mirrored()))
            for found in seen(*self.mirrored)
        )
        extent = Box(0, 0, WIDTH, 1000)
        return Looks(seen(*self.straight), in_mirror, seen(*self.upside_down), extent)


def seen(upper: float, lower: float) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            Box(775 + 1000 * x, 410 + 1000 * y, 825 + 1000 * x, 590 + 1000 * y),
            str(tooth),
            score=upper if y < 0 else lower,
        )
        for tooth, (x, y) in ARCH_TEETH.items()
        if (upper if y < 0 else lower)
    )


def has_numbers(detector: Scripted) -> bool:
    pixels = np.zeros((1000, WIDTH), np.uint8)
    radiograph = Radiograph(Path("pan.png"), pixels, "ab" * 32)
    teeth = ToothDetector(detector).detect(radiograph)
    assert teeth
    return any(tooth.tooth is not None for tooth in teeth)


def test_many_doubtful_teeth_turned_over_do_not_outweigh_sure_ones() -> None:
    """Sixteen at 0.6, cubed 3.5 together, beside 32 at 0.45: 2.9, though 14.4 in sum.

    At 0.5 the 32 would be 4.0.
    """
    sure = Scripted(straight=(0.6, 0), mirrored=(0.6, 0))

    assert has_numbers(replace(sure, upside_down=(0.45, 0.45)))
    assert not has_numbers(replace(sure, upside_down=(0.5, 0.5)))


class BetweenTwo(Scripted):
    """Of the molars on one side it sees one alone, midway between two places."""

    def look_around(self, radiograph: Radiograph) -> Looks:
        looks = super().look_around(radiograph)
        molars = [f for f in looks.straight if f.label in ("16", "17", "18")]
        first, second = (each for each in molars if each.label != "18")
        between = (second.box.center[0] - first.box.center[0]) / 2
        box = first.box.moved(between, 0)
        others = tuple(f for f in looks.straight if f not in molars)
        alone = (replace(f, box=box, score=0.9) for f in (first, second))
        return replace(looks, straight=(*others, *alone), mirrored=())


def test_what_is_upside_down_has_no_numbers_and_none_in_doubt() -> None:
    pixels = np.zeros((1000, WIDTH), np.uint8)
    radiograph = Radiograph(Path("pan.png"), pixels, "ab" * 32)
    upright = BetweenTwo(straight=(0.9, 0), upside_down=(0.1, 0))
    turned_over = replace(upright, upside_down=(0.9, 0.9))

    doubted = [t for t in ToothDetector(upright).detect(radiograph) if t.tooth_in_doubt]
    assert [tooth.label for tooth in doubted] in (["16"], ["17"])
    teeth = ToothDetector(turned_over).detect(radiograph)
    assert {tooth.tooth for tooth in teeth} == {None}
    assert not any(tooth.tooth_in_doubt for tooth in teeth)


def test_either_look_may_show_that_a_radiograph_is_upright() -> None:
    all_teeth, one_jaw, unsure = (0.9, 0.9), (0.9, 0.0), (0.5, 0.0)

    for straight, mirrored, expected in (
        (all_teeth, unsure, True),
        (unsure, all_teeth, True),
        (unsure, unsure, False),
    ):
        detector = Scripted(straight=straight, mirrored=mirrored, upside_down=one_jaw)
        assert has_numbers(detector) is expected


def test_two_looks_are_averaged_and_one_alone_counts_half() -> None:
    both = joined(
        [Finding(Box(0, 0, 10, 20), "36", score=0.9)],
        [
            Finding(Box(4, 0, 14, 20), "37", score=0.4),
            Finding(Box(3, 0, 13, 20), "36", score=0.3),
        ],
    )
    assert [(f.label, f.score) for f in both] == [
        ("36", pytest.approx(0.6)),
        ("37", pytest.approx(0.2)),
    ]
    # Three quarters of the weight lie on the first box.
    assert both[0].box.corners == pytest.approx((0.75, 0, 10.75, 20))
