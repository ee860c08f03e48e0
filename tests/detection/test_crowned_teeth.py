from __future__ import annotations

import dataclasses
from pathlib import Path

from dentalviewer.arch import ARCH_TEETH
from dentalviewer.dentition import Tooth
from dentalviewer.detection.sets.crowned_teeth import with_half_of_the_crown
from dentalviewer.detection.sets.dataset import AnnotatedBox, Dataset, Sample
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import ENDODONTIC, RESTORATION

SIZE = Size(1000, 500)
ROWS = [Tooth.from_fdi(number) for number in (16, 15, 14, 46, 45, 44)]
LABELS = tuple(map(str, ROWS))


def tooth_box(tooth: Tooth) -> Box:
    """40 wide and 100 high, where the template of the arch has it."""
    x, y = ARCH_TEETH[tooth]
    center_x, center_y = 500 + 600 * x, 250 + 600 * y
    return Box(center_x - 20, center_y - 50, center_x + 20, center_y + 50)


def teeth(**changed: Box) -> Dataset:
    """Three upper and three lower ones; `changed` by number, such as t16."""
    boxes = tuple(
        AnnotatedBox(changed.get(f"t{tooth}", tooth_box(tooth)), index)
        for index, tooth in enumerate(ROWS)
    )
    return Dataset(Path("teeth.json"), LABELS, (Sample(Path("a.png"), SIZE, boxes),))


def treatments(*boxes: tuple[Box, int], path: str = "a.png") -> Dataset:
    annotated = tuple(AnnotatedBox(box, index) for box, index in boxes)
    sample = Sample(Path(path), SIZE, annotated)
    return Dataset(Path("treatments.json"), (RESTORATION, ENDODONTIC), (sample,))


def crown_within(number: int) -> tuple[Box, int]:
    """That of a tooth which is labelled with it."""
    tooth = tooth_box(Tooth.from_fdi(number))
    if number < 30:
        return dataclasses.replace(tooth, y_min=tooth.y_max - 44), 0
    return dataclasses.replace(tooth, y_max=tooth.y_min + 44), 0


def box_of(dataset: Dataset, number: int) -> Box:
    return dataset.samples[0].boxes[LABELS.index(str(number))].box


def test_an_upper_tooth_labelled_without_its_crown_ends_in_the_middle_of_it() -> None:
    whole = tooth_box(Tooth.from_fdi(16))
    root = dataclasses.replace(whole, y_max=whole.y_max - 40)
    crown = dataclasses.replace(whole, y_min=whole.y_max - 44)

    found, count = with_half_of_the_crown(
        teeth(t16=root), treatments((crown, 0), crown_within(46))
    )

    # The crown is 44 high, and its middle 22 from where it ends.
    assert count == 1
    assert box_of(found, 16) == dataclasses.replace(whole, y_max=whole.y_max - 22)
    assert box_of(found, 15) == tooth_box(Tooth.from_fdi(15))


def test_an_upper_deciduous_tooth_has_its_crown_below() -> None:
    whole = tooth_box(Tooth.from_fdi(15))
    root = dataclasses.replace(whole, y_max=whole.y_max - 30)
    crown = dataclasses.replace(whole, y_min=whole.y_max - 44)
    deciduous = dataclasses.replace(teeth(t15=root), labels=("16", "55", *LABELS[2:]))

    found, count = with_half_of_the_crown(
        deciduous, treatments((crown, 0), crown_within(46))
    )

    assert count == 1
    assert found.samples[0].boxes[1].box == dataclasses.replace(
        root, y_max=whole.y_max - 22
    )


def test_a_lower_tooth_under_a_bridge_begins_in_the_middle_of_it() -> None:
    first, last = (tooth_box(Tooth.from_fdi(n)) for n in (46, 44))
    top = min(first.y_min, last.y_min)
    bridge = Box(first.x_min, top, last.x_max, top + 40)
    short = {
        f"t{n}": dataclasses.replace(tooth_box(Tooth.from_fdi(n)), y_min=top + 35)
        for n in (46, 44)
    }

    found, count = with_half_of_the_crown(
        teeth(**short), treatments((bridge, 0), crown_within(16))
    )

    assert count == 2
    assert box_of(found, 46).y_min == box_of(found, 44).y_min == top + 20


def test_labels_that_agree_stay_as_they_are() -> None:
    whole, short = teeth(), short_of_their_crowns(16, 46)

    for annotated, crowns in (
        (whole, (crown_within(16), crown_within(46))),
        (short, (crown_within(16), crown_within(46))),
    ):
        found = with_half_of_the_crown(annotated, treatments(*crowns))
        assert found == (annotated, 0)


def test_labels_agree_where_fewer_than_a_fifth_are_otherwise() -> None:
    once = short_of_their_crowns(16)
    five = [crown_within(int(str(tooth))) for tooth in ROWS[:5]]
    six = [crown_within(int(str(tooth))) for tooth in ROWS]

    assert with_half_of_the_crown(once, treatments(*five))[1] == 1
    assert with_half_of_the_crown(once, treatments(*six)) == (once, 0)


def short_of_their_crowns(*numbers: int) -> Dataset:
    short = {}
    for number in numbers:
        box = tooth_box(Tooth.from_fdi(number))
        end = {"y_max": box.y_max - 40} if number < 30 else {"y_min": box.y_min + 40}
        short[f"t{number}"] = dataclasses.replace(box, **end)
    return teeth(**short)


def test_neither_a_flat_filling_nor_a_root_filling_lengthens_a_tooth() -> None:
    whole = tooth_box(Tooth.from_fdi(16))
    root = dataclasses.replace(whole, y_max=whole.y_max - 15)
    flat = dataclasses.replace(root, y_min=root.y_max - 2, y_max=root.y_max + 12)
    crown = dataclasses.replace(whole, y_min=whole.y_max - 44)
    short = teeth(t16=root)

    assert with_half_of_the_crown(short, treatments((flat, 0), crown_within(46))) == (
        short,
        0,
    )
    assert with_half_of_the_crown(short, treatments((crown, 1), crown_within(46))) == (
        short,
        0,
    )


def test_of_two_restorations_on_a_tooth_the_one_that_reaches_further_counts() -> None:
    whole = tooth_box(Tooth.from_fdi(16))
    short = teeth(t16=dataclasses.replace(whole, y_max=whole.y_max - 40))
    long = (dataclasses.replace(whole, y_min=whole.y_max - 44), 0)
    less = (dataclasses.replace(whole, y_min=long[0].y_min, y_max=whole.y_max - 20), 0)

    for both in ((long, less), (less, long)):
        found, count = with_half_of_the_crown(
            short, treatments(*both, crown_within(46))
        )
        assert (box_of(found, 16).y_max, count) == (whole.y_max - 22, 1)


def test_a_crown_in_doubt_changes_nothing() -> None:
    whole = tooth_box(Tooth.from_fdi(16))
    short = teeth(t16=dataclasses.replace(whole, y_max=whole.y_max - 40))
    crown = dataclasses.replace(whole, y_min=whole.y_max - 44)
    (sample,) = treatments((crown, 0), crown_within(46)).samples
    first, *others = sample.boxes
    boxes = (dataclasses.replace(first, uncertain=True), *others)
    doubtful = dataclasses.replace(
        treatments(), samples=(dataclasses.replace(sample, boxes=boxes),)
    )

    assert with_half_of_the_crown(short, doubtful) == (short, 0)


def test_a_crown_on_another_radiograph_changes_nothing() -> None:
    whole = tooth_box(Tooth.from_fdi(16))
    short = teeth(t16=dataclasses.replace(whole, y_max=whole.y_max - 40))
    crown = dataclasses.replace(whole, y_min=whole.y_max - 44)
    here, elsewhere = (
        treatments(*boxes, path=path).samples[0]
        for boxes, path in (
            ((crown_within(46),), "a.png"), (((crown, 0),), "b.png")
        )
    )  # fmt: skip
    both = dataclasses.replace(treatments(), samples=(here, elsewhere))

    assert with_half_of_the_crown(short, both) == (short, 0)
