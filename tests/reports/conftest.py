"""A small study whose report can be worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from dentalviewer.agreement import accept
from dentalviewer.decisions import Decision, decisions_between
from dentalviewer.dentition import Tooth
from dentalviewer.detector import Detection, DetectionSettings, DetectorIdentity
from dentalviewer.geometry import Box
from dentalviewer.radiograph import Radiograph
from dentalviewer.reports.report import (
    Practice,
    Report,
)
from dentalviewer.reports.summary import summarise
from dentalviewer.review import Patient, Review
from dentalviewer.study import Finding, Study

PRACTICE = Practice("Zähne <b>& Söhne", "Markt 7\n04109 <i>Leipzig", "Dr. <u> Weiß")
PATIENT = Patient('Ö. "Ali" <script>alert(1)</script> 王小明', "=1+1", "3 May 1961")
CREATED = datetime(2026, 11, 24, 17, 9, tzinfo=timezone(timedelta(hours=1)))
DECIDED = datetime(2026, 11, 24, 14, 3, tzinfo=UTC)
SETTINGS = DetectionSettings({"restoration": 0.45, "endodontic": 0.5, "implant": 0.55})
IDENTITY = DetectorIdentity("ssd-mobilenet", "9f" * 32, "grey, letterboxed")


def finding(
    x: float, label: str, *, tooth: int | None = None, score: float | None = None
) -> Finding:
    """A box of 40 x 30 pixels with its left edge at `x`."""
    number = Tooth.from_fdi(tooth) if tooth else None
    return Finding(Box(x, 60, x + 40, 90), label, number, score)


def answer(*candidates: Finding) -> Detection:
    return Detection(IDENTITY, SETTINGS, candidates)


def accept_all(review: Review) -> tuple[Review, tuple[Decision, ...]]:
    """Accept what is undecided one by one, a minute apart, as Dr. Weiß."""
    log: list[Decision] = []
    while review.undecided:
        after = accept(review, review.undecided[0].id)
        when = DECIDED + timedelta(minutes=len(log))
        log += decisions_between(
            review, after, action="Accept", reader="Dr. Weiß", when=when
        )
        review = after
    return review, tuple(log)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    pixels = np.full((200, 400), 90, np.uint8)
    return Study(Radiograph(tmp_path / "pan <1>.png", pixels, "ab" * 32))


@pytest.fixture
def review() -> Review:
    """The dentist and the detector agree on one crown, and each has one more."""
    dentist = [
        finding(200, "restoration", tooth=36),
        finding(20, "endodontic", tooth=46),
    ]
    detector = answer(
        finding(204, "restoration", score=0.91), finding(300, "implant", score=0.7)
    )
    review = Review(patient=PATIENT, note='=SUM(A1)\n<b>"in six months"</b>')
    return review.propose_annotations(dentist).propose(detector)


@pytest.fixture
def report(study: Study, review: Review) -> Report:
    """Everything accepted: one row from both, one from either alone."""
    decided, decisions = accept_all(review)
    return summarise(study, decided, decisions, practice=PRACTICE, created=CREATED)


@pytest.fixture
def unreviewed(study: Study, review: Review) -> Report:
    """Only the crown that both named is decided."""
    decided = accept(review, 1)
    decisions = decisions_between(
        review, decided, action="Accept", reader="Dr. Weiß", when=DECIDED
    )
    return summarise(study, decided, decisions, practice=PRACTICE, created=CREATED)


@pytest.fixture
def empty(study: Study) -> Report:
    """Nothing was annotated, and the detector found nothing above its thresholds."""
    review = Review().propose(answer(finding(20, "implant", score=0.2)))
    return summarise(study, review, created=CREATED)
