"""What the dental chart takes up, and how what spans several teeth is drawn."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from dentalviewer.arch import ARCH_TEETH
from dentalviewer.dentition import Tooth
from dentalviewer.geometry import Box
from dentalviewer.placing import Placing
from dentalviewer.reports.chart_drawing import (
    Frame,
    Role,
    draw_chart,
    frame_of,
    report_charts,
)
from dentalviewer.reports.chart_svg import charts_svg
from dentalviewer.reports.tooth_shapes import chart_width
from dentalviewer.reports.tooth_states import Placed, ToothState, tooth_states
from dentalviewer.study import Finding


def test_a_span_over_a_retained_tooth_is_drawn_in_one_piece() -> None:
    """85 stands in the place of 45; drawn apart, it leaves the bar from 46 to 44."""
    span = (Tooth(4, 6), Tooth(8, 5), Tooth(4, 4))
    teeth = [Finding(Box(0, 0, 1, 1), str(t), t) for t in (span[0], span[2])]
    states = tooth_states([Placed("restoration", Placing(span))], teeth)
    for instead, joined in (([span[1]], span), ([], (span[0], span[2]))):
        chart = draw_chart(states, instead=instead)
        at = {drawn.place.tooth: drawn.place.x for drawn in chart}
        bars = [
            (part.curve[0][0], part.curve[-1][0])
            for drawn in chart
            for part in drawn.parts
            if part.role is Role.BAR
        ]
        assert bars == [(at[a], at[b]) for a, b in pairwise(joined)]


def frames_of_kept(*kept: Tooth) -> list[Frame]:
    """Of an adult, beside the permanent teeth that came all the same."""
    states = {tooth: ToothState(tooth, True) for tooth in (*ARCH_TEETH, *kept)}
    return [frame_of(chart) for chart in report_charts(states, 40)]


def test_a_chart_takes_up_the_rows_and_columns_that_are_drawn() -> None:
    """85 is the outermost on the patient's right; of two rows the lower is one half.

    R and L stand at the height of its number, 2.9 below the middle of 67.
    """
    permanent, kept = frames_of_kept(Tooth(8, 5))
    assert (permanent.top, permanent.height, permanent.sides_y) == (0, 67, 33.5)
    assert (kept.left, kept.top, kept.height) == (0, 33.5, 33.5)
    assert kept.width < 0.1 * permanent.width
    assert kept.sides_y == pytest.approx(36.4)


def test_a_chart_of_few_teeth_keeps_their_distances() -> None:
    """And takes no room beside the outermost of them, or for a row without any."""
    apart = frames_of_kept(Tooth(5, 5), Tooth(6, 5))[1]
    beside = frames_of_kept(Tooth(5, 5), Tooth(5, 4))[1]
    below = frames_of_kept(Tooth(5, 4), Tooth(8, 4))[1]
    assert apart.width == pytest.approx(chart_width(deciduous=True))
    assert beside.width < apart.width / 3
    assert (beside.top, beside.height) == (0, 33.5)
    assert (below.left, below.top, below.height) == (0, 0, 67)


def test_the_web_page_gives_one_deciduous_tooth_half_the_height() -> None:
    """At the scale of the permanent teeth, with R and L at its sides."""
    states = {tooth: ToothState(tooth, True) for tooth in (*ARCH_TEETH, Tooth(8, 5))}
    boxes = re.findall(r'viewBox="([^"]+)"', charts_svg(states, age=40))
    (_, _, width, height), (left, top, other_width, other_height) = (
        map(float, box.split()) for box in boxes
    )
    assert (height, top, other_height) == (67, 33.5, 33.5)
    assert other_width == width
    second = charts_svg(states, age=40).split("<svg")[2]
    right, left_side = map(float, re.findall(r'<text x="([^"]+)"[^>]*>[RL]<', second))
    assert left_side - right < 0.2 * width
    assert left < right < left_side < left + width
