"""The dental chart, with a real mouse and real keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QAccessibleEvent,
    QFontMetrics,
)
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dentalviewer.arch import ARCH_TEETH
from dentalviewer.dentition import Notation, Tooth
from dentalviewer.geometry import Box
from dentalviewer.gui.chart.dental_chart import DentalChart
from dentalviewer.placing import Placing
from dentalviewer.reports.tooth_states import Placed, tooth_states
from dentalviewer.review import ToothWords
from dentalviewer.study import Finding


def teeth_without(*missing: int) -> list[Finding]:
    return [
        Finding(Box(0, 0, 1, 1), str(tooth), tooth)
        for tooth in ARCH_TEETH
        if tooth.fdi_number not in missing
    ]


@pytest.fixture
def chart(qtbot: QtBot) -> DentalChart:
    chart = DentalChart()
    qtbot.addWidget(chart)
    chart.resize(760, 260)
    chart.show()
    return chart


def color_at(chart: DentalChart, tooth: int, down: float) -> str:
    """Of the middle of a tooth, `down` of the way from the top of its area."""
    area = chart.area_of(Tooth.from_fdi(tooth))
    image = chart.grab().toImage()
    ratio = image.devicePixelRatio()
    x, y = area.center().x(), area.y() + down * area.height()
    return image.pixelColor(round(x * ratio), round(y * ratio)).name()


def test_the_patients_right_is_on_the_left_and_the_upper_jaw_above(
    chart: DentalChart,
) -> None:
    upper_right, upper_left, lower_left, lower_right = (
        chart.area_of(Tooth.from_fdi(n)) for n in (16, 26, 36, 46)
    )
    assert upper_right.right() < upper_left.left()
    assert lower_right.right() < lower_left.left()
    assert upper_right.bottom() <= lower_right.top() + 1


def test_a_click_chooses_the_tooth_under_it(chart: DentalChart, qtbot: QtBot) -> None:
    with qtbot.waitSignal(chart.tooth_chosen) as chosen:
        QTest.mouseClick(
            chart,
            Qt.MouseButton.LeftButton,
            pos=chart.area_of(Tooth(3, 6)).center().toPoint(),
        )
    assert chosen.args == [Tooth(3, 6)]


def test_the_keyboard_reaches_every_tooth(chart: DentalChart, qtbot: QtBot) -> None:
    """From 18: one to the right is 17, below it 47."""
    chart.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down):
        QTest.keyClick(chart, key)
    with qtbot.waitSignal(chart.tooth_chosen) as chosen:
        QTest.keyClick(chart, Qt.Key.Key_Return)
    assert chosen.args == [Tooth(4, 7)]


def test_a_restored_crown_has_the_colour_of_its_class(chart: DentalChart) -> None:
    placing = Placing((Tooth(1, 6),))
    chart.show_teeth(tooth_states([Placed("restoration", placing)], teeth_without()))
    assert color_at(chart, 16, 0.68) == "#56b4e9"
    assert color_at(chart, 26, 0.68) != "#56b4e9"


def test_a_root_filling_is_drawn_in_the_root(chart: DentalChart) -> None:
    placing = Placing((Tooth(1, 1),))
    chart.show_teeth(tooth_states([Placed("endodontic", placing)], teeth_without()))
    assert color_at(chart, 11, 0.4) == "#f0a202"
    assert color_at(chart, 21, 0.4) != "#f0a202"


def test_words_tell_the_tooth_its_system_and_what_was_done(chart: DentalChart) -> None:
    placing = Placing((Tooth(3, 6),), doubtful=True)
    chart.show_teeth(tooth_states([Placed("endodontic", placing)], teeth_without(18)))
    assert chart.words_of(Tooth(3, 6)) == (
        "36, lower left first molar: root-filled (tooth number in doubt)."
        " FDI (ISO 3950)."
    )
    chart.set_notation(Notation.UNIVERSAL)
    assert chart.words_of(Tooth(1, 8)) == (
        "1, upper right third molar: not seen. Universal (ADA)."
    )


def test_small_children_have_twenty_teeth(chart: DentalChart) -> None:
    chart.show_teeth({}, dentitions=(True,))
    assert chart.area_of(Tooth(1, 6)).isEmpty()
    assert chart.area_of(Tooth(5, 5)).right() < chart.area_of(Tooth(6, 5)).left()


def test_both_dentitions_stand_side_by_side_and_the_keys_reach_each(
    chart: DentalChart, qtbot: QtBot
) -> None:
    """From 18, fifteen steps to 28; one more is 55, and 85 stands below it."""
    chart.show_teeth({}, dentitions=(False, True))
    assert chart.area_of(Tooth(2, 8)).right() < chart.area_of(Tooth(5, 5)).left()
    assert chart.area_of(Tooth(6, 5)).right() < chart.width()
    chart.setFocus()
    for key in [Qt.Key.Key_Right] * 16 + [Qt.Key.Key_Down]:
        QTest.keyClick(chart, key)
    with qtbot.waitSignal(chart.tooth_chosen) as chosen:
        QTest.keyClick(chart, Qt.Key.Key_Return)
    assert chosen.args == [Tooth(8, 5)]


def test_home_and_end_go_to_the_ends_of_the_row(
    chart: DentalChart, qtbot: QtBot
) -> None:
    """The last of the upper row is 28; below it is 38, and that row begins with 48."""
    chart.setFocus()
    for keys, tooth in (
        ([Qt.Key.Key_End], Tooth(2, 8)),
        ([Qt.Key.Key_Down, Qt.Key.Key_Home], Tooth(4, 8)),
    ):
        for key in keys:
            QTest.keyClick(chart, key)
        with qtbot.waitSignal(chart.tooth_chosen) as chosen:
            QTest.keyClick(chart, Qt.Key.Key_Return)
        assert chosen.args == [tooth]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a screen reader is given to say."""
    said: list[str] = []

    def hear(event: QAccessibleEvent) -> None:
        if isinstance(event, QAccessibleAnnouncementEvent):
            said.append(event.message())

    monkeypatch.setattr(QAccessible, "updateAccessibility", hear)
    return said


def described(chart: DentalChart) -> str:
    face = QAccessible.queryAccessibleInterface(chart)
    return face.text(QAccessible.Text.Description)


def test_who_cannot_see_the_chart_hears_the_tooth_that_the_keys_lead_to(
    chart: DentalChart, qtbot: QtBot, heard: list[str]
) -> None:
    chart.setFocus()
    qtbot.waitUntil(chart.hasFocus)
    chart.show_teeth(tooth_states([], teeth_without(17)))
    QTest.keyClick(chart, Qt.Key.Key_Right)
    missing = "17, upper right second molar: not seen. FDI (ISO 3950)."
    assert described(chart) == missing
    QTest.keyClick(chart, Qt.Key.Key_Down)
    below = "47, lower right second molar: seen. FDI (ISO 3950)."
    assert described(chart) == below
    assert heard[-2:] == [missing, below]


def test_what_becomes_known_of_a_tooth_is_described_and_not_said_to_who_is_elsewhere(
    chart: DentalChart, heard: list[str]
) -> None:
    chart.clearFocus()
    first = "upper right third molar"
    assert described(chart) == f"18, {first}: not examined. FDI (ISO 3950)."
    chart.show_teeth(tooth_states([], teeth_without(18)))
    assert described(chart) == f"18, {first}: not seen. FDI (ISO 3950)."
    chart.set_notation(Notation.UNIVERSAL)
    assert described(chart) == f"1, {first}: not seen. Universal (ADA)."
    chart.show_teeth(tooth_states([], teeth_without(18)), selected=[Tooth(3, 6)])
    assert described(chart).startswith("19, lower left first molar: seen.")
    assert heard == []


def test_the_tooth_that_the_keys_lead_to_is_told_below_while_they_do(
    chart: DentalChart, qtbot: QtBot
) -> None:
    chart.clearFocus()
    chart.show_teeth(tooth_states([], teeth_without(17)))
    assert chart.caption == "Tooth numbers: FDI (ISO 3950)   × dashed: not seen"
    chart.setFocus()
    qtbot.waitUntil(chart.hasFocus)
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert chart.caption == "17, upper right second molar: not seen. FDI (ISO 3950)."
    chart.clearFocus()
    assert chart.caption == "Tooth numbers: FDI (ISO 3950)   × dashed: not seen"


def test_in_a_narrow_window_what_the_signs_mean_takes_more_lines_below_the_teeth(
    chart: DentalChart, qtbot: QtBot
) -> None:
    chart.clearFocus()
    chart.resize(900, 190)
    chart.show_teeth(tooth_states([], teeth_without(17)))
    assert chart.caption_lines == [chart.caption]

    chart.resize(200, 190)
    place = chart.area_of(Tooth(4, 6))
    gone = {Tooth(1, 8): False}
    chart.show_teeth(tooth_states([], teeth_without(17, 18), stated=gone))
    lines = chart.caption_lines
    assert len(lines) > 1
    assert "   ".join(lines) == chart.caption
    line = QFontMetrics(chart.font()).height()
    assert place.bottom() < chart.height() - 0.7 * line * len(lines)
    # Nothing moves when there is more, or less, to explain.
    assert chart.area_of(Tooth(4, 6)) == place

    chart.setFocus()
    qtbot.waitUntil(chart.hasFocus)
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert " ".join(chart.caption_lines) == chart.caption
    assert chart.area_of(Tooth(4, 6)) == place


def test_the_cross_of_a_tooth_that_a_person_says_is_missing_means_that(
    chart: DentalChart,
) -> None:
    gone = {Tooth(1, 8): False}
    chart.clearFocus()

    chart.show_teeth(tooth_states([], teeth_without(18), stated=gone))
    assert chart.caption == "Tooth numbers: FDI (ISO 3950)   × missing"
    chart.show_teeth(tooth_states([], teeth_without(17, 18), stated=gone))
    assert (
        chart.caption
        == "Tooth numbers: FDI (ISO 3950)   × missing   × dashed: not seen"
    )


def test_one_deciduous_tooth_beside_its_successor_takes_little_room(
    chart: DentalChart,
) -> None:
    """Its column, and room for R and L: the others become hardly smaller."""
    alone = chart.area_of(Tooth(3, 6)).width()
    states = tooth_states([], teeth_without(), stated={Tooth(7, 5): True})
    chart.show_teeth(states, dentitions=(False, True), known_only=True)
    assert chart.area_of(Tooth(3, 6)).width() >= 0.8 * alone
    kept = chart.area_of(Tooth(7, 5))
    assert chart.area_of(Tooth(2, 8)).right() < kept.left()
    assert kept.right() < chart.width()


def test_the_keys_leave_a_deciduous_tooth_that_is_drawn_alone(
    chart: DentalChart, qtbot: QtBot
) -> None:
    """Above 75 there is nothing; nearest in the upper row is 28."""
    kept = Tooth(7, 5)
    states = tooth_states([], teeth_without(), stated={kept: True})
    chart.show_teeth(states, dentitions=(False, True), known_only=True, selected=[kept])
    assert chart.area_of(Tooth(8, 5)).isEmpty()
    chart.setFocus()
    QTest.keyClick(chart, Qt.Key.Key_Up)
    with qtbot.waitSignal(chart.tooth_chosen) as chosen:
        QTest.keyClick(chart, Qt.Key.Key_Return)
    assert chosen.args == [Tooth(2, 8)]


def test_the_keys_go_on_where_a_chosen_tooth_is_no_longer_drawn(
    chart: DentalChart, qtbot: QtBot
) -> None:
    chart.show_teeth({}, dentitions=(False, True), selected=[Tooth(8, 5)])
    chart.show_teeth({}, selected=[Tooth(8, 5)])
    with qtbot.waitSignal(chart.tooth_chosen) as chosen:
        QTest.keyClick(chart, Qt.Key.Key_Return)
    assert chosen.args == [Tooth(1, 8)]


def test_teeth_that_nobody_looked_for_are_an_outline_only(chart: DentalChart) -> None:
    chart.show_teeth(tooth_states([], teeth_without()))
    tooth = color_at(chart, 16, 0.68)
    chart.show_teeth(tooth_states([], []))
    ground = chart.grab().toImage().pixelColor(2, 2).name()
    assert color_at(chart, 16, 0.68) == ground != tooth
    assert chart.words_of(Tooth(1, 6)) == (
        "16, upper right first molar: not examined. FDI (ISO 3950)."
    )


def test_a_bridge_over_the_midline_is_painted_in_one_piece(chart: DentalChart) -> None:
    """Its bar runs through the middle of the crowns, 21.5 of 26 mm from the tips."""
    bridge = [Placed("restoration", Placing((Tooth(4, 1), Tooth(3, 1))))]
    chart.show_teeth(tooth_states(bridge, teeth_without(31)))
    right, left = chart.area_of(Tooth(4, 1)), chart.area_of(Tooth(3, 1))
    # A row is 33.5 high: 1 of margin, 26 of tooth, 1 of gap and half of 11 of numbers.
    y = right.bottom() - (1 + 21.5) / 33.5 * right.height()
    image, ratio = chart.grab().toImage(), chart.devicePixelRatioF()
    ground = image.pixelColor(2, 2).name()
    between = range(round(right.right()) - 2, round(left.left()) + 2)
    painted = {
        image.pixelColor(round(x * ratio), round(y * ratio)).name() for x in between
    }
    assert len(painted) == 1
    assert ground not in painted


def test_the_words_are_the_readers_own(chart: DentalChart) -> None:
    crown = [Placed("restoration", Placing((Tooth(3, 6),)))]
    said = [ToothWords(Tooth(3, 6), "gold crown of 2019", "restored")]
    chart.show_teeth(tooth_states(crown, teeth_without(), said))
    assert chart.words_of(Tooth(3, 6)) == (
        "Lower left first molar (36): gold crown of 2019. FDI (ISO 3950)."
    )


def test_a_bridge_is_told_in_the_numbers_that_are_named(chart: DentalChart) -> None:
    """23 to 27 are 11 to 15 in Universal, where 23 and 27 are lower teeth."""
    placing = Placing(tuple(Tooth(2, position) for position in range(3, 8)))
    chart.show_teeth(tooth_states([Placed("restoration", placing)], teeth_without(25)))
    chart.set_notation(Notation.UNIVERSAL)
    assert chart.words_of(Tooth(2, 5)) == (
        "13, upper left second premolar: replaced by a bridge from 11 to 15."
        " Universal (ADA)."
    )
