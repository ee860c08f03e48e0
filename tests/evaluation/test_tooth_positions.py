from __future__ import annotations

from pathlib import Path

from dentalviewer.arch import ARCH_TEETH, USUAL_HEIGHT, USUAL_WIDTH, Arch
from dentalviewer.dentition import Tooth
from dentalviewer.evaluation.annotation_set import AnnotationSet, Reading
from dentalviewer.evaluation.tooth_positions import teeth_under, with_teeth
from dentalviewer.geometry import Box
from dentalviewer.labels import RESTORATION
from dentalviewer.review import Sides
from dentalviewer.study import Finding
from dentalviewer.tooth_assignment import numbered_for
from tests.evaluation.conftest import FRAME, square

ARCH = Arch(1200.0, 500.0, 1500.0)
MISSING = {17, 25, 36}


def box_of(number: int) -> Box:
    x, y = ARCH.place(Tooth.from_fdi(number))
    half_width, half_height = USUAL_WIDTH * 1500 / 2, USUAL_HEIGHT * 1500 / 2
    return Box(x - half_width, y - half_height, x + half_width, y + half_height)


def mouth() -> list[Finding]:
    numbers = [int(str(tooth)) for tooth in ARCH_TEETH]
    return [
        Finding(box_of(number), str(number), tooth=Tooth.from_fdi(number))
        for number in numbers
        if number not in MISSING
    ]


def crown(first: int, last: int) -> Finding:
    """Of upper teeth, over the lower half of their boxes; first on the left."""
    left, right = box_of(first), box_of(last)
    middle = (left.y_min + left.y_max) / 2
    return Finding(Box(left.x_min, middle, right.x_max, left.y_max), RESTORATION)


def numbers(teeth: frozenset[Tooth]) -> set[int]:
    return {int(str(tooth)) for tooth in teeth}


def test_on_a_mirrored_radiograph_findings_lie_on_the_same_teeth() -> None:
    findings = [crown(14, 14), crown(18, 16)]
    usual = teeth_under(findings, mouth())
    assert [numbers(teeth) for teeth in usual] == [{14}, {18, 16}]

    mirrored = teeth_under(findings, numbered_for(Sides.MIRRORED, mouth()))

    assert [numbers(teeth) for teeth in mirrored] == [{24}, {28, 26}]


def test_a_deciduous_tooth_among_the_others_is_a_tooth_to_lie_on() -> None:
    """55 stands where 15 would, which is missing."""
    permanent = [f for f in mouth() if f.label != "15"]
    deciduous = Finding(box_of(15), "55", tooth=Tooth.from_fdi(55))

    (teeth,) = teeth_under([crown(15, 15)], [*permanent, deciduous])

    assert numbers(teeth) == {55}


def test_outlines_of_teeth_become_teeth_of_the_same_set() -> None:
    outlines = AnnotationSet(
        Path("teeth.json"),
        ("36", "tooth"),
        (Reading("a.png", FRAME, (square(0, 0, "36"),)),),
    )

    told = with_teeth(outlines)

    assert (told.path, told.labels) == (outlines.path, outlines.labels)
    (reading,) = told.readings
    assert (reading.name, reading.size) == ("a.png", FRAME)
    assert reading.findings == (square(0, 0, "36", tooth=Tooth(3, 6)),)


def test_teeth_that_lie_as_in_no_mouth_say_nothing_of_findings() -> None:
    boxes = [tooth.box for tooth in mouth()]
    upside_down = [
        Finding(Box(b.x_min, 1000 - b.y_max, b.x_max, 1000 - b.y_min), "11", tooth=t)
        for b, t in zip(boxes, [Tooth.from_fdi(n) for n in (11, 41)], strict=False)
    ]
    upside_down[1] = Finding(
        Box(upside_down[0].box.x_min, -9000, upside_down[0].box.x_max, -8000),
        "41",
        tooth=Tooth.from_fdi(41),
    )

    assert teeth_under([crown(14, 14)], upside_down) == [frozenset()]
