"""A report says which side is which, and that it is in doubt where it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dentalviewer.reports import wording
from dentalviewer.reports.html import html_page
from dentalviewer.reports.picture import report_picture
from dentalviewer.reports.report import Report
from dentalviewer.reports.summary import summarise
from dentalviewer.review import Review, Sides
from dentalviewer.study import Study
from tests.reports.conftest import CREATED


def test_the_report_takes_the_sides_from_the_review(
    study: Study, review: Review
) -> None:
    said = summarise(study, review.with_sides(Sides.MIRRORED), created=CREATED)
    assert said.sides is Sides.MIRRORED


def test_a_reader_learns_on_which_side_the_patients_right_is(report: Report) -> None:
    for sides, words in (
        (Sides.ASSUMED, "in the usual view"),
        (Sides.USUAL, "as the reader stated"),
        (Sides.MIRRORED, "right (R) is on the right"),
        (Sides.DOUBTFUL, "may be mirrored"),
    ):
        assert words in html_page(replace(report, sides=sides))


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
