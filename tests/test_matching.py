"""Which findings lie at one place, by boxes whose overlap is worked out by hand."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dentalviewer.geometry import Box, iou
from dentalviewer.labels import ENDODONTIC, IMPLANT, RESTORATION
from dentalviewer.matching import Matching, match
from dentalviewer.study import Finding


def at(x: float, label: str = IMPLANT, *, score: float | None = None) -> Finding:
    """A box of 10 x 10 pixels. Two of them d apart overlap by (10 - d) / (10 + d)."""
    return Finding(Box(x, 0, x + 10, 10), label, score=score)


def test_findings_at_one_place_are_paired() -> None:
    matching = match([at(0), at(50)], [at(52), at(99), at(1)])

    assert matching == Matching(((0, 2), (1, 0)), (), (1,))


def test_the_pair_that_overlaps_most_comes_first() -> None:
    # The second overlaps both, by 8/12 and 9/11; the better one is left to it.
    matching = match([at(0), at(3)], [at(2)])

    assert matching == Matching(((1, 0),), (0,), ())


def test_nobody_is_paired_twice() -> None:
    assert match([at(0), at(0)], [at(0)]).pairs == ((0, 0),)
    assert match([at(0)], [at(0), at(0)]).only_second == (1,)


@pytest.mark.parametrize(("apart", "same"), [(5, True), (6, False)])
def test_a_third_of_overlap_is_the_same_place_and_a_quarter_is_not(
    apart: float, same: bool
) -> None:
    # 5 / 15 = 0.33 and 4 / 16 = 0.25 against 0.3.
    assert bool(match([at(0)], [at(apart)]).pairs) is same


def test_the_overlap_asked_for_is_enough() -> None:
    # 6 / 14.
    assert match([at(0)], [at(4)], min_iou=6 / 14).pairs
    assert not match([at(0)], [at(4)], min_iou=6 / 14 + 1e-9).pairs


def test_classes_matter_unless_they_are_not_asked_for() -> None:
    crown, root = [at(0, RESTORATION)], [at(0, ENDODONTIC)]

    assert not match(crown, root).pairs
    assert match(crown, root, same_label=False).pairs


def test_nothing_agrees_with_nothing() -> None:
    assert match([], []) == Matching((), (), ())
    assert match([at(0)], []) == Matching((), (0,), ())


findings = st.builds(
    lambda x, y, width, height, label: Finding(Box(x, y, x + width, y + height), label),
    st.integers(0, 40),
    st.integers(0, 20),
    st.integers(1, 30),
    st.integers(1, 30),
    st.sampled_from([IMPLANT, RESTORATION]),
)
several = st.lists(findings, max_size=6)


@given(several, several)
def test_everyone_is_paired_once_or_left_over(
    first: list[Finding], second: list[Finding]
) -> None:
    matching = match(first, second)

    assert sorted([i for i, _ in matching.pairs] + list(matching.only_first)) == list(
        range(len(first))
    )
    assert sorted([j for _, j in matching.pairs] + list(matching.only_second)) == list(
        range(len(second))
    )


@given(several, several)
def test_pairs_are_good_and_none_is_missed(
    first: list[Finding], second: list[Finding]
) -> None:
    matching = match(first, second)

    for i, j in matching.pairs:
        assert iou(first[i].box, second[j].box) >= 0.3
        assert first[i].label == second[j].label
    for i in matching.only_first:
        for j in matching.only_second:
            apart = iou(first[i].box, second[j].box) < 0.3
            assert apart or first[i].label != second[j].label


@given(several, several)
def test_a_mirrored_radiograph_has_the_same_pairs(
    first: list[Finding], second: list[Finding]
) -> None:
    def mirrored(found: list[Finding]) -> list[Finding]:
        return [
            replace(
                each,
                box=Box(
                    70 - each.box.x_max,
                    each.box.y_min,
                    70 - each.box.x_min,
                    each.box.y_max,
                ),
            )
            for each in found
        ]

    assert match(mirrored(first), mirrored(second)) == match(first, second)


@given(several)
def test_everyone_agrees_with_themselves(found: list[Finding]) -> None:
    assert len(match(found, found).pairs) == len(found)
