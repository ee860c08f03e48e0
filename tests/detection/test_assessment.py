from __future__ import annotations

from dentalviewer.detection.training.assessment import with_calibrations_of
from dentalviewer.detector import Calibration
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import ENDODONTIC, IMPLANT, RESTORATION
from dentalviewer.study import Finding
from tests.detection.conftest import card

# The card's detector knows all three classes, and has calibrated implants.
OLD, NEW = Calibration(1.5, 0.25), Calibration(2.0, 1.0)


def reading(*labels: str) -> Reading:
    found = tuple(Finding(Box(0, 0, 10, 10), label) for label in labels)
    return Reading("a.png", Size(20, 20), found)


def test_what_is_annotated_nowhere_keeps_the_scale_that_its_threshold_is_for() -> None:
    fitted = {RESTORATION: NEW, ENDODONTIC: NEW, IMPLANT: NEW}

    chosen = with_calibrations_of(card(b""), fitted, [reading(RESTORATION)])

    assert chosen == {RESTORATION: NEW, IMPLANT: OLD}


def test_where_there_is_too_little_to_fit_what_was_known_stays() -> None:
    assert with_calibrations_of(card(b""), {}, [reading(IMPLANT)]) == {IMPLANT: OLD}
    assert with_calibrations_of(None, {}, [reading(IMPLANT)]) == {}
