"""The list and the card say of each finding what is known of it, and no more."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from dentalviewer.gui.widgets.palette import apply_theme
from dentalviewer.review import Source
from tests.dentist import Dentist
from tests.gui.conftest import ANNOTATED, PREDICTED, MakeWindow, write_radiograph
from tests.scripted_detector import ScriptedDetector


@pytest.fixture
def held() -> threading.Event:
    """Until it is set, no detector answers."""
    return threading.Event()


@pytest.fixture
def dentist(make_window: MakeWindow, tmp_path: Path, held: threading.Event) -> Dentist:
    """With two boxes by the dentist; the detector has yet to answer."""
    detector = ScriptedDetector(PREDICTED, held=held)
    made = make_window(detector)
    made.window.open([write_radiograph(tmp_path / "1.png")])
    made.wait_until(lambda: detector.examined)
    made.window.session.propose_annotations(ANNOTATED, [])
    return made


def groups(dentist: Dentist) -> list[str]:
    tree = dentist.window.side.findings
    return [tree.topLevelItem(i).text(0) for i in range(tree.topLevelItemCount())]


def remarks(dentist: Dentist) -> list[str]:
    """What stands at the end of each line, from the top."""
    tree = dentist.window.side.findings
    found = [tree.topLevelItem(i) for i in range(tree.topLevelItemCount())]
    return [g.child(i).text(2) for g in found for i in range(g.childCount())]


def card(dentist: Dentist) -> str:
    labels = dentist.window.side.card.findChildren(QLabel)
    return "\n".join(label.text() for label in labels)


def test_nobody_disagrees_before_the_detector_was_heard(
    dentist: Dentist, held: threading.Event
) -> None:
    dentist.press("N")
    assert groups(dentist) == ["Marked by the dentist (2)"]
    assert "Marked by the dentist; not compared with the detector." in card(dentist)
    held.set()
    dentist.wait_for_detector()

    assert groups(dentist) == [
        "Named differently (1)",
        "Only the detector (1)",
        "Both agree (1)",
    ]
    assert "Dentist and detector agree." in card(dentist)


def test_classes_have_their_short_names_beside_the_scores(dentist: Dentist) -> None:
    """In full some were cut off there; what is selected is told in full below."""
    tree = dentist.window.side.findings
    (group,) = (tree.topLevelItem(i) for i in range(tree.topLevelItemCount()))
    assert {group.child(i).text(0) for i in range(2)} == {"restoration", "endodontic"}
    dentist.press("N", "N")
    assert "Endodontic treatment" in card(dentist)


def test_what_the_dentist_alone_marked_is_known_once_the_detector_has_spoken(
    dentist: Dentist, held: threading.Event
) -> None:
    alone = ANNOTATED[0].box.moved(0, 250)
    dentist.window.session.propose_annotations(
        [type(ANNOTATED[0])(alone, "restoration")], []
    )
    assert groups(dentist) == ["Marked by the dentist (3)"]
    held.set()
    dentist.wait_for_detector()

    assert "Only the dentist (1)" in groups(dentist)


def test_whoever_reads_first_hears_of_no_disagreement(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window()
    dentist.window.preferences.change(read_first=True)
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_radiograph("1.png")
    dentist.wait_for_detector()
    dentist.window.session.propose_annotations(ANNOTATED, [])
    assert groups(dentist) == ["Marked by the dentist (2)"]
    dentist.press("Space")

    assert groups(dentist)[0] == "Named differently (1)"


def test_whoever_takes_the_reveal_back_has_no_prediction_selected(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window()
    dentist.window.preferences.change(read_first=True)
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_radiograph("1.png")
    dentist.wait_for_detector()
    actions = dentist.window.commands.actions
    assert not actions["next_finding"].isEnabled()
    dentist.press("Space", "N")
    assert dentist.selected.source is Source.DETECTOR
    assert actions["accept"].isEnabled()
    assert actions["next_finding"].isEnabled()
    dentist.press("Ctrl+Z")

    assert dentist.window.desk.selected is None
    assert not actions["accept"].isEnabled()
    assert not actions["next_finding"].isEnabled()
    assert "Only the detector" not in card(dentist)
    assert dentist.to_decide == "No findings yet"
    dentist.press("B", "Ctrl+Z", "Ctrl+Y")
    assert groups(dentist) == ["Decided (1)"]


def test_a_box_that_was_moved_and_then_rejected_is_rejected(dentist: Dentist) -> None:
    dentist.press("N", "Ctrl+Right")
    assert "✓ corrected" in remarks(dentist)
    assert "Decided: corrected." in card(dentist)
    moved = dentist.selected.id
    dentist.press("X")
    dentist.window.desk.select(moved)

    assert "✗ rejected" in remarks(dentist)
    assert not any("corrected" in remark for remark in remarks(dentist))
    assert "Decided: rejected." in card(dentist)


def test_headings_of_the_list_follow_the_theme(
    dentist: Dentist, qapp: QApplication
) -> None:
    tree = dentist.window.side.findings

    def heading_color() -> QColor:
        return tree.topLevelItem(0).foreground(0).color()

    apply_theme(qapp, dark=True)
    dark = heading_color()
    dentist.press("N")
    apply_theme(qapp, dark=False)

    assert heading_color() == tree.palette().placeholderText().color()
    assert heading_color() != dark
    # The highlighted line stays so.
    assert [line.text(0) for line in tree.selectedItems()] == ["restoration"]
    assert dentist.items(Source.DENTIST)[0].id == dentist.selected.id


def test_one_name_of_two_that_was_rejected_is_seen_to_be_at_once(
    dentist: Dentist, held: threading.Event
) -> None:
    held.set()
    dentist.wait_for_detector()
    _, root = dentist.items(Source.DENTIST)
    dentist.window.desk.select(root.id)

    dentist.press("X")

    assert "✗ rejected" in remarks(dentist)


def test_where_both_agree_the_card_tells_how_sure_the_detector_is(
    dentist: Dentist, held: threading.Event
) -> None:
    held.set()
    dentist.wait_for_detector()
    crown = dentist.items(Source.DENTIST)[0]

    dentist.window.desk.select(crown.id)

    assert "Restoration, 90 %" in card(dentist)


def test_a_radiograph_on_which_nothing_was_found_is_done_with_a_click(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window(ScriptedDetector(()))
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()
    heading = dentist.window.side.heading
    assert heading.text == "No findings"
    assert dentist.window.reports.report().unreviewed
    (button,) = (
        b for b in heading.findChildren(QPushButton) if b.text().startswith("Nothing")
    )
    assert button.isVisible()

    button.click()

    assert dentist.window.session.review.done
    assert heading.text == "Done: nothing there"
    assert not button.isVisible()
    assert not dentist.window.reports.report().unreviewed
    dentist.press("Ctrl+Z")
    assert button.isVisible()


def test_who_starts_over_is_told_how_to_get_the_decisions_back(
    dentist: Dentist, held: threading.Event
) -> None:
    held.set()
    dentist.wait_for_detector()
    dentist.choose("start_over")
    assert "Started over" not in dentist.news
    dentist.press("Ctrl+A", "X")
    decided = sum(item.decided for item in dentist.window.session.review.items)

    dentist.choose("start_over")

    assert (
        dentist.news == "Started over: 3 places undecided again. Undo brings them back."
    )
    dentist.press("Ctrl+Z")
    assert sum(i.decided for i in dentist.window.session.review.items) == decided
