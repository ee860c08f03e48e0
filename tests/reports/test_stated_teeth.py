"""What a person said of teeth is what the report says of them."""

from __future__ import annotations

import csv
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dentalviewer.arch import ARCH_TEETH, LOWER_ROW, arch_in
from dentalviewer.dentition import Tooth
from dentalviewer.detector import DetectorIdentity
from dentalviewer.geometry import Box
from dentalviewer.placing import Placing
from dentalviewer.radiograph import Radiograph
from dentalviewer.reports import json_file, wording
from dentalviewer.reports.csv_file import write_csv
from dentalviewer.reports.html import html_page
from dentalviewer.reports.report import Report
from dentalviewer.reports.summary import summarise
from dentalviewer.reports.tooth_states import Placed, ToothState, tooth_states
from dentalviewer.review import Review
from dentalviewer.stated_teeth import StatedTooth
from dentalviewer.study import Finding, Study
from tests.reports.conftest import CREATED, accept_all, answer

WISDOM = Tooth(1, 8)
T36, T37, T38 = Tooth(3, 6), Tooth(3, 7), Tooth(3, 8)
ARCH = arch_in(Box(0, 0, 1360, 740))


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Of a picture that has all of the arch."""
    return study_of(tmp_path, height=740)


def study_of(folder: Path, *, height: int) -> Study:
    pixels = np.full((height, 1360), 90, np.uint8)
    return Study(Radiograph(folder / "pan.png", pixels, "ab" * 32))


def found(tooth: Tooth) -> Finding:
    """In its mean place, 78 wide and 188 high."""
    x, y = ARCH.place(tooth)
    return Finding(Box(x - 39, y - 94, x + 39, y + 94), str(tooth), tooth, 0.9)


def report_of(study: Study, *stated: StatedTooth, missing: Collection[Tooth]) -> Report:
    """Of one crown, on the tooth that the detector calls 36."""
    place = found(T36).box
    crown = replace(place, y_max=place.y_min + 60)
    detection = replace(
        answer(Finding(crown, "restoration", score=0.9)),
        teeth=tuple(found(t) for t in ARCH_TEETH if t not in missing),
        tooth_detector=DetectorIdentity("teeth", "7e" * 32),
    )
    review, decisions = accept_all(Review().propose(detection))
    review = review.with_stated_teeth(stated)
    return summarise(study, review, decisions, created=CREATED)


def teeth_lines(report: Report, folder: Path) -> dict[str, dict[str, str]]:
    """Those of the table of teeth, by FDI number."""
    write_csv(report, folder / "report.csv")
    with (folder / "report-teeth.csv").open(encoding="utf-8-sig", newline="") as file:
        return {line["tooth_fdi"]: line for line in csv.DictReader(file)}


def test_a_tooth_that_was_said_to_be_there_is_not_told_to_be_missing(
    study: Study,
) -> None:
    missing = {WISDOM, T38}
    told = wording.teeth_told(report_of(study, missing=missing))
    assert "Not seen on the radiograph and not replaced: 18 and 38." in told
    assert "by hand" not in told
    told = wording.teeth_told(
        report_of(study, StatedTooth(WISDOM, seen=True), missing=missing)
    )
    assert "Not seen on the radiograph and not replaced: 38." in told
    assert "numbered by the detector “teeth” and corrected by hand." in told


def test_the_crown_is_reported_on_the_number_that_its_tooth_was_given(
    study: Study,
) -> None:
    pointed = [
        StatedTooth(T37, seen=True, box=found(T36).box),
        StatedTooth(T38, seen=True, box=found(T37).box),
    ]
    content = json_file.content(report_of(study, *pointed, missing={T38}))
    assert [tooth["tooth"] for tooth in content["teeth"]] == [37]
    assert content["teeth_not_seen"] == [36]
    assert content["teeth_corrected"] is True


def test_a_crown_in_the_place_of_a_missing_tooth_is_told_to_replace_it(
    study: Study,
) -> None:
    missing = StatedTooth(T36, seen=False, box=found(T36).box)
    content = json_file.content(report_of(study, missing, missing=()))
    (tooth,) = content["teeth"]
    assert (tooth["tooth"], tooth["in_short"]) == (36, "missing and replaced")
    (tooth,) = json_file.content(report_of(study, missing=()))["teeth"]
    assert (tooth["tooth"], tooth["in_short"]) == (36, "restored")


def test_missing_and_replaced_teeth_are_told_of_apart_from_those_not_seen(
    study: Study,
) -> None:
    """18 is not seen, 38 is said to be missing; for 36 stands a crown."""
    said = [
        StatedTooth(T36, seen=False, box=found(T36).box),
        StatedTooth(T38, seen=False),
    ]
    report = report_of(study, *said, missing={WISDOM})
    told = (
        "Not seen on the radiograph and not replaced: 18; missing and not replaced: 38;"
        " replaced: 36."
    )
    assert wording.teeth_told(report).startswith(told)
    assert told in html_page(report)
    content = json_file.content(report)
    lists = ("teeth_not_seen", "teeth_missing", "teeth_replaced")
    assert [content[each] for each in lists] == [[18], [38], [36]]


def test_a_jaw_outside_the_picture_is_not_examined(tmp_path: Path) -> None:
    """The arch has its midst at 380; no lower tooth has its place above 418."""
    lower = {WISDOM, *LOWER_ROW}
    report = report_of(study_of(tmp_path, height=400), missing=lower)
    assert {report.teeth[t].in_words for t in LOWER_ROW if t != T36} == {"not examined"}
    assert report.teeth[WISDOM].in_words == "not seen"
    told = wording.teeth_told(report)
    # What is found on 36 shows that its place is in the picture.
    assert "Not seen on the radiograph and not replaced: 18 and 36;" in told
    assert (
        "outside the picture or cut off by its edge, so not examined: 48, 47," in told
    )
    assert "not examined" in wording.chart_told(report)
    # On a whole picture nothing stands in the way of seeing them.
    whole = report_of(study_of(tmp_path, height=740), missing=lower)
    assert {whole.teeth[t].in_words for t in LOWER_ROW} == {"not seen"}
    assert "not examined" not in wording.chart_told(whole)


def test_files_tell_teeth_outside_the_picture_from_those_nobody_looked_for(
    tmp_path: Path,
) -> None:
    study = study_of(tmp_path, height=400)
    cut, unknown = (report_of(study, missing=each) for each in (LOWER_ROW, ARCH_TEETH))
    # A crown on 36 shows that its place is in the picture.
    off = [t.fdi_number for t in LOWER_ROW if t != T36]
    assert json_file.content(cut)["teeth_outside_picture"] == off
    assert json_file.content(unknown)["teeth_outside_picture"] == []
    for report, numbers in ((cut, set(map(str, off))), (unknown, set())):
        lines = teeth_lines(report, tmp_path)
        assert numbers == {
            number for number, line in lines.items() if line["outside_picture"] == "yes"
        }
        assert lines["46"]["state"] == "not examined"


def test_a_tooth_outside_the_picture_that_a_person_saw_is_present(
    tmp_path: Path,
) -> None:
    said = StatedTooth(T38, seen=True), StatedTooth(T37, seen=False)
    report = report_of(study_of(tmp_path, height=400), *said, missing=set(LOWER_ROW))
    states = [report.teeth[tooth].in_words for tooth in (Tooth(3, 5), T37, T38)]
    assert states == ["not examined", "missing", "present"]


def test_a_tooth_that_a_bridge_replaces_is_replaced_and_its_pillars_are_not(
    study: Study,
) -> None:
    span = Placing((Tooth(3, 5), T36, T37))
    there = [found(Tooth(3, 5)), found(T37)]
    states = tooth_states([Placed("restoration", span)], there)
    report = replace(report_of(study, missing=()), teeth=states)
    assert report.teeth_replaced == (T36,)
    assert T36 not in report.teeth_not_seen


def test_a_person_who_says_that_a_tooth_is_missing_is_told_of_without_a_detector(
    study: Study,
) -> None:
    said = StatedTooth(T38, seen=False)
    report = replace(report_of(study, said, missing=()), tooth_detector=None)
    assert wording.teeth_told(report) == (
        "No detector of teeth was asked: only stated teeth are named."
        " Missing and not replaced: 38."
    )


def test_of_teeth_that_only_a_person_numbered_none_is_said_to_have_been_looked_for(
    study: Study,
) -> None:
    said = [StatedTooth(t, seen=True, box=found(t).box) for t in (T36, T37)]
    report = report_of(study, *said, missing=ARCH_TEETH)
    told = "Teeth numbered by hand, none by the detector “teeth”."
    assert wording.teeth_told(report) == told
    assert told in html_page(report)
    assert "not seen" not in html_page(report).lower()
    gone = report_of(study, *said, StatedTooth(T38, seen=False), missing=ARCH_TEETH)
    assert wording.teeth_told(gone) == f"{told} Missing and not replaced: 38."


def test_a_question_mark_is_explained_where_only_a_person_numbered_teeth(
    study: Study,
) -> None:
    said = StatedTooth(T37, seen=True, box=found(T37).box)
    report = report_of(study, said, missing=ARCH_TEETH)
    unsure = replace(report.teeth[T36], labels=("restoration",), doubtful=True)
    report = replace(report, teeth={**report.teeth, T36: unsure})
    assert wording.teeth_told(report) == (
        "Teeth numbered by hand, none by the detector “teeth”."
        " A question mark, as in 36?, means that the tooth number is in doubt."
    )


def test_the_table_tells_seen_missing_replaced_and_not_examined_teeth_apart(
    study: Study, tmp_path: Path
) -> None:
    said = [
        StatedTooth(T36, seen=False, box=found(T36).box),
        StatedTooth(T37, seen=True, box=found(T37).box),
        StatedTooth(T38, seen=False),
        StatedTooth(Tooth(8, 5), seen=True),
    ]
    report = report_of(study, *said, missing={WISDOM})
    states = {**report.teeth, Tooth(8, 4): ToothState(Tooth(8, 4))}
    report = replace(report, teeth=states)
    expected = {
        "11": ("seen", "no"),
        "18": ("not seen", "no"),
        "36": ("missing", "yes"),
        "37": ("present", "no"),
        "38": ("missing", "no"),
        "84": ("not examined", "no"),
        "85": ("present", "no"),
    }
    lines = teeth_lines(report, tmp_path)
    assert {
        number: (lines[number]["state"], lines[number]["replaced"])
        for number in expected
    } == expected
    assert lines["38"]["tooth_in_short"] == "missing"
    chart = {str(p["tooth"]): p for p in json_file.content(report)["dental_chart"]}
    assert len(chart) == 34
    assert {
        number: (chart[number]["state"], "yes" if chart[number]["replaced"] else "no")
        for number in expected
    } == expected


def test_a_root_filling_of_a_tooth_that_is_said_to_be_missing_asks_to_be_checked(
    study: Study,
) -> None:
    states = tooth_states(
        [Placed("endodontic", Placing((T36,), doubtful=True))], [], stated={T36: False}
    )
    report = replace(report_of(study, missing=()), teeth=states)
    assert wording.contradictions(report) == (
        "A root filling was accepted on tooth 36 (FDI), which is recorded as missing."
        " Please check."
    )
    assert not wording.contradictions(report_of(study, missing=()))


def test_who_speaks_of_one_tooth_has_said_nothing_of_the_others() -> None:
    states = tooth_states([], [], stated={T36: False, T37: True})
    seen = {tooth: state.seen for tooth, state in states.items()}
    assert (seen[T36], seen[T37], seen[T38]) == (False, True, None)


def test_a_deciduous_tooth_that_was_stated_is_told_of() -> None:
    retained = Tooth(8, 5)
    assert tooth_states([], [found(T36)], stated={retained: True})[retained].seen
