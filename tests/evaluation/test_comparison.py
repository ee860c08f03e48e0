from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from dentalviewer.detector import DetectionSettings
from dentalviewer.errors import FileError
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.comparison import (
    Comparison,
    Contender,
    Difference,
    compare_detectors,
)
from dentalviewer.evaluation.comparison_report import (
    comparison_markdown,
    conclusion,
    encode_comparison,
    read_comparison,
    signed,
)
from dentalviewer.evaluation.estimate import Estimate
from dentalviewer.geometry import Box, Size
from dentalviewer.study import Finding

SETTINGS = DetectionSettings(default_threshold=0.5)
LABELS = ("restoration", "implant")


def crown(x: float, *, score: float | None = None) -> Finding:
    return Finding(Box(x, 10, x + 20, 30), "restoration", score=score)


# On each of ten radiographs one crown is to be found.
TRUTH = [Reading(f"{n}.png", Size(200, 100), (crown(10),)) for n in range(10)]
RIGHT = (crown(10, score=0.9),)
WRONG = (crown(100, score=0.9),)


def compared(
    first: Sequence[tuple[Finding, ...]],
    second: Sequence[tuple[Finding, ...]],
    *,
    truth: Sequence[Reading] = TRUTH,
) -> Comparison:
    return compare_detectors(
        truth,
        Contender("old", first, SETTINGS),
        Contender("new", second, SETTINGS),
        LABELS,
    )


def of(comparison: Comparison, measure: str, min_iou: float | None) -> Difference:
    (found,) = (
        each
        for each in comparison.differences
        if (each.measure, each.min_iou) == (measure, min_iou)
    )
    return found


def test_what_finds_all_is_clearly_better_than_what_finds_half() -> None:
    half = [RIGHT] * 5 + [WRONG] * 5

    comparison = compared(half, [RIGHT] * 10)

    found = of(comparison, "F1", 0.5)
    assert found.first is not None
    assert found.second is not None
    assert found.difference is not None
    assert (found.first.value, found.second.value) == (0.5, 1.0)
    assert found.difference.value == 0.5
    assert found.is_clear
    # Half are found; each resample is right as often as it is complete, from 0.2 up.
    assert 0.1 < found.difference.low < 0.5 < found.difference.high < 0.9
    ap50 = of(comparison, "AP50", None)
    assert ap50.second is not None
    assert ap50.second.value == 1.0
    assert comparison.counts == {"restoration": 10}
    assert conclusion(comparison) == (
        "new looks better at restoration in F1 (IoU 0.3), but 10 radiographs are too"
        " few to be sure."
    )
    assert conclusion(replace(comparison, images=20)) == (
        "new is clearly better at restoration in F1 (IoU 0.3) on these radiographs."
    )


def test_what_finds_half_is_clearly_worse_than_what_finds_all() -> None:
    comparison = compared([RIGHT] * 10, [RIGHT] * 5 + [WRONG] * 5)

    found = of(comparison, "F1", 0.3)
    assert found.difference is not None
    assert found.difference.value == -0.5
    assert found.difference.high < 0
    assert found.is_clear
    assert conclusion(replace(comparison, images=20)) == (
        "new is clearly worse at restoration in F1 (IoU 0.3) on these radiographs."
    )


def test_the_same_answers_differ_by_nothing_at_all() -> None:
    """Unpaired, an interval of each would be as wide as that of the value."""
    half = [RIGHT] * 5 + [WRONG] * 5

    comparison = compared(half, half)

    for each in comparison.differences:
        assert each.first == each.second
        assert each.difference is not None
        assert (each.difference.low, each.difference.high) == (0, 0)
    assert "no clear difference" in conclusion(comparison)


def test_one_radiograph_more_is_no_clear_difference() -> None:
    comparison = compared([RIGHT] * 9 + [WRONG], [RIGHT] * 10)

    found = of(comparison, "sensitivity", 0.3)
    assert found.difference is not None
    assert found.difference.value == pytest.approx(0.1)
    assert found.difference.low == 0
    assert not found.is_clear
    assert conclusion(comparison) == (
        "Between new and old there is no clear difference in F1 (IoU 0.3) on these"
        " radiographs."
    )


def test_the_conclusion_names_its_measure_where_another_one_says_otherwise() -> None:
    lower = Estimate(-0.3, -0.4, -0.2)
    none = Estimate(0.0, -0.1, 0.1)
    comparison = Comparison(
        "old",
        "new",
        20,
        {"restoration": 10},
        (
            Difference("restoration", "AP", None, None, None, lower),
            Difference("restoration", "F1", 0.5, None, None, lower),
            Difference("restoration", "F1", 0.3, None, None, none),
        ),
    )

    assert comparison_markdown(comparison).count(" worse |") == 2
    assert conclusion(comparison) == (
        "Between new and old there is no clear difference in F1 (IoU 0.3) on these"
        " radiographs."
    )


def test_what_the_radiographs_are_worth_is_said_if_it_is_known() -> None:
    comparison = compared([RIGHT] * 10, [RIGHT] * 10)
    kept, chosen = "are kept for comparing", "are chosen on what is held out"

    def said(kept_for_comparing: bool | None) -> tuple[bool, bool]:
        text = comparison_markdown(replace(comparison, kept=kept_for_comparing))
        return kept in text, chosen in text

    assert said(True) == (True, False)
    assert said(False) == (False, True)
    assert said(None) == (False, False)


def test_a_difference_bears_its_sign() -> None:
    assert signed(Estimate(0.05, -0.01, 0.11)) == "+0.05 (-0.01 to +0.11)"
    assert signed(Estimate(-0.5, -0.75, -0.25)) == "-0.50 (-0.75 to -0.25)"
    assert signed(None) == "–"


def test_each_is_judged_at_its_own_threshold() -> None:
    faint = [(crown(10, score=0.3),)] * 10
    low = replace(SETTINGS, default_threshold=0.2)

    comparison = compare_detectors(
        TRUTH, Contender("old", faint, SETTINGS), Contender("new", faint, low), LABELS
    )

    found = of(comparison, "sensitivity", 0.5)
    assert found.first is not None
    assert found.second is not None
    assert (found.first.value, found.second.value) == (0.0, 1.0)


def test_a_class_that_one_does_not_know_has_no_difference() -> None:
    comparison = compare_detectors(
        TRUTH,
        Contender("old", [()] * 10, SETTINGS, ("implant",)),
        Contender("new", [RIGHT] * 10, SETTINGS, LABELS),
        LABELS,
    )

    found = of(comparison, "AP", None)
    assert found.first is None
    assert found.difference is None
    assert found.second is not None
    assert conclusion(comparison) == (
        "new and old cannot be compared: no class that both know is annotated on these"
        " radiographs."
    )


def test_a_comparison_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    comparison = compared([RIGHT] * 5 + [WRONG] * 5, [RIGHT] * 10)
    comparison = replace(comparison, notes=("old has learned from 2 of these.",))
    path = tmp_path / "comparison.json"
    path.write_bytes(encode_comparison(comparison))

    assert read_comparison(path) == comparison


def test_a_comparison_from_before_there_were_notes_is_read(tmp_path: Path) -> None:
    comparison = compared([RIGHT] * 10, [RIGHT] * 10)
    content = json.loads(encode_comparison(comparison))
    del content["notes"]
    path = tmp_path / "comparison.json"
    path.write_text(json.dumps(content))

    assert read_comparison(path) == comparison


@pytest.mark.parametrize("notes", ["old flatters.", [1], None])
def test_notes_that_are_no_list_of_texts_are_no_comparison(
    notes: object, tmp_path: Path
) -> None:
    content = json.loads(encode_comparison(compared([RIGHT] * 10, [RIGHT] * 10)))
    path = tmp_path / "comparison.json"
    path.write_text(json.dumps({**content, "notes": notes}))

    with pytest.raises(FileError, match="notes are not a list of texts"):
        read_comparison(path)


def test_a_file_that_is_no_comparison_is_named(tmp_path: Path) -> None:
    path = tmp_path / "comparison.json"
    path.write_text('{"first": "old"}')

    with pytest.raises(FileError, match="no comparison"):
        read_comparison(path)


def test_the_table_has_a_line_for_each_measure() -> None:
    text = comparison_markdown(compared([RIGHT] * 5 + [WRONG] * 5, [RIGHT] * 10))

    assert text.startswith("# new against old\n\nOn the same 10 radiographs.")
    line = next(line for line in text.splitlines() if "F1, IoU 0.3" in line)
    assert line.startswith("| restoration | 10 | F1, IoU 0.3 | 0.50 (")
    assert line.endswith("| better |")
    assert signed(None) == "–"


def test_of_fewer_than_five_radiographs_no_interval_is_told_and_no_verdict() -> None:
    def said(images: int) -> tuple[str, str]:
        comparison = compared([WRONG] * images, [RIGHT] * images, truth=TRUTH[:images])
        text = comparison_markdown(comparison)
        line = next(line for line in text.splitlines() if "F1, IoU 0.3" in line)
        assert ("95 % intervals" in text) is ("no intervals" not in text)
        return line, conclusion(comparison)

    assert said(1) == (
        "| restoration | 1 | F1, IoU 0.3 | 0.00 | 1.00 | +1.00 |  |",
        "Whether new is better than old cannot be told: 1 radiograph is too few.",
    )
    assert said(4)[0].endswith("| 0.00 | 1.00 | +1.00 |  |")
    assert said(5)[0].endswith("| too few to tell: 5 |")
    assert said(10)[0].endswith("| +1.00 (+1.00 to +1.00) | better |")


def fewer(count: int) -> Comparison:
    """What finds all of so many crowns, each on its own radiograph, against half."""
    truth = [
        *TRUTH[:count],
        *(Reading(f"no {n}", Size(200, 100), ()) for n in range(10)),
    ]
    none: list[tuple[Finding, ...]] = [()] * 10
    half = [RIGHT if n % 2 else WRONG for n in range(count)]
    return compared([*half, *none], [*[RIGHT] * count, *none], truth=truth)


def test_of_fewer_than_ten_of_a_class_there_is_no_verdict() -> None:
    few, enough = fewer(9), fewer(10)

    def line(comparison: Comparison) -> str:
        lines = comparison_markdown(comparison).splitlines()
        return next(line for line in lines if "| F1, IoU 0.3 |" in line)

    # Of nine the first finds four.
    assert line(few).endswith("| 0.44 | 1.00 | +0.56 | too few to tell: 9 |")
    assert line(enough).endswith("| better |")
    assert conclusion(few) == (
        "Whether new is better than old cannot be told: fewer than 10 are annotated of"
        " each class that both know."
    )
    assert conclusion(enough).startswith("new is clearly better at restoration")


def test_the_conclusion_is_silent_on_a_class_of_which_there_are_few() -> None:
    estimate = Estimate(0.2, 0.1, 0.3)
    differences = tuple(
        Difference(label, "F1", 0.3, estimate, estimate, estimate) for label in LABELS
    )
    counts = {"restoration": 12, "implant": 4}

    said = conclusion(Comparison("old", "new", 20, counts, differences))

    assert said == (
        "new is clearly better at restoration in F1 (IoU 0.3) on these radiographs."
    )
