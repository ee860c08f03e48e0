"""A report says which side is which, and that it is in doubt where it is."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

from dentalviewer.detector import DetectorIdentity
from dentalviewer.reports import wording
from dentalviewer.reports.csv_file import write_csv
from dentalviewer.reports.html import html_page
from dentalviewer.reports.json_file import content
from dentalviewer.reports.picture import report_picture
from dentalviewer.reports.report import Report
from dentalviewer.reports.summary import summarise
from dentalviewer.review import Review, Sides
from dentalviewer.study import Study
from dentalviewer.tooth_assignment import NO_TEETH, NOT_PANORAMIC
from tests.reports.conftest import CREATED, accept_all


def test_the_report_takes_the_sides_from_the_review(
    study: Study, review: Review
) -> None:
    said = summarise(study, review.with_sides(Sides.MIRRORED), created=CREATED)
    assert said.sides is Sides.MIRRORED


def test_a_reader_learns_on_which_side_the_patients_right_is(report: Report) -> None:
    for sides, words in (
        (Sides.ASSUMED, "Nobody has confirmed this, and no letter was read that"),
        (Sides.USUAL, "as the reader stated"),
        (Sides.MIRRORED, "right (R) is on the right"),
        (Sides.DOUBTFUL, "may be mirrored"),
    ):
        assert words in html_page(replace(report, sides=sides))


def test_what_is_asked_of_a_picture_is_a_caution_and_leaves_its_sides_open(
    study: Study, review: Review, tmp_path: Path
) -> None:
    asked = DetectorIdentity("teeth", "7e" * 32)
    assert review.detection is not None
    house = replace(review.detection, tooth_detector=asked)
    decided, log = accept_all(review.propose(house))

    def told(
        sides: Sides, caution: str = NO_TEETH, *, panoramic: bool | None = None
    ) -> tuple[bool, str, set[str], bool, bool]:
        said = replace(decided.with_sides(sides), panoramic=panoramic)
        report = summarise(study, said, log, created=CREATED)
        write_csv(report, tmp_path / "a.csv")
        tables = [tmp_path / "a.csv", tmp_path / "a-teeth.csv"]
        lines = [
            line
            for table in tables
            for line in csv.DictReader(table.read_text("utf-8-sig").splitlines())
        ]
        assert {line["sides"] for line in lines} == {content(report)["sides"]}
        assert {line["cautions"] for line in lines} == {
            " ".join(content(report)["cautions"])
        }
        page = html_page(report)
        return (
            caution in content(report)["cautions"],
            content(report)["sides"],
            {line["cautions"] for line in lines},
            f'<p class="panel warning">{caution}</p>' in page,
            "R? and L? are as in the usual view" in page,
        )

    assert told(Sides.ASSUMED) == (True, "in doubt", {NO_TEETH}, True, True)
    assert told(Sides.DOUBTFUL) == (True, "in doubt", {NO_TEETH}, True, False)
    assert told(Sides.USUAL) == (True, "usual", {NO_TEETH}, True, False)
    settled = told(Sides.ASSUMED, panoramic=True)
    assert settled == (False, "assumed", {""}, False, False)
    none = told(Sides.ASSUMED, NOT_PANORAMIC, panoramic=False)
    assert none == (True, "in doubt", {NOT_PANORAMIC}, True, True)


def test_the_letters_have_a_question_mark_while_the_picture_is_asked_about(
    report: Report,
) -> None:
    asked = replace(report, doubt=NO_TEETH)
    doubted = report_picture(replace(report, sides=Sides.DOUBTFUL))
    assert np.array_equal(report_picture(asked), doubted)
    assert not np.array_equal(report_picture(report), doubted)


def test_no_teeth_are_called_missing_while_the_sides_are_in_doubt(
    report: Report,
) -> None:
    asked = replace(report, tooth_detector=report.detector, sides=Sides.DOUBTFUL)
    assert "only stated teeth" in wording.teeth_told(asked)


def test_the_letters_in_the_corners_follow_the_sides(report: Report) -> None:
    pictures = {
        sides: report_picture(replace(report, sides=sides))[:120] for sides in Sides
    }
    assert np.array_equal(pictures[Sides.ASSUMED], pictures[Sides.USUAL])
    for other in (Sides.MIRRORED, Sides.DOUBTFUL):
        differs = (pictures[other] != pictures[Sides.ASSUMED]).any(axis=(0, 2))
        assert differs[:120].any()
        assert differs[-120:].any()
        assert not differs[200:-200].any()
