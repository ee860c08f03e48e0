"""What a person said of teeth is what the report says of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from dentalviewer.arch import ARCH_TEETH, arch_in
from dentalviewer.dentition import Tooth
from dentalviewer.detector import DetectorIdentity
from dentalviewer.geometry import Box
from dentalviewer.reports import json_file, wording
from dentalviewer.reports.summary import Report, summarise
from dentalviewer.reports.tooth_states import tooth_states
from dentalviewer.review import Review
from dentalviewer.stated_teeth import StatedTooth
from dentalviewer.study import Finding, Study
from tests.reports.conftest import CREATED, accept_all, answer

WISDOM = Tooth(1, 8)
T36, T37, T38 = Tooth(3, 6), Tooth(3, 7), Tooth(3, 8)
ARCH = arch_in(Box(0, 0, 1360, 740))


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


def test_a_tooth_that_was_said_to_be_there_is_not_told_to_be_missing(
    study: Study,
) -> None:
    missing = {WISDOM, T38}
    told = wording.teeth_told(report_of(study, missing=missing))
    assert "Not seen on the radiograph: 18 and 38." in told
    assert "by hand" not in told
    told = wording.teeth_told(
        report_of(study, StatedTooth(WISDOM, seen=True), missing=missing)
    )
    assert "Not seen on the radiograph: 38." in told
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


def test_who_speaks_of_one_tooth_has_said_nothing_of_the_others() -> None:
    states = tooth_states([], [], stated={T36: False, T37: True})
    seen = {tooth: state.seen for tooth, state in states.items()}
    assert (seen[T36], seen[T37], seen[T38]) == (False, True, None)


def test_a_deciduous_tooth_that_was_stated_is_told_of() -> None:
    retained = Tooth(8, 5)
    assert tooth_states([], [found(T36)], stated={retained: True})[retained].seen
