from __future__ import annotations

import numpy as np
import pytest

from dentalviewer.detector import Calibration, DetectionSettings, calibrated
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.calibration import fit_calibration, fit_calibrations
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import ENDODONTIC, IMPLANT, RESTORATION
from dentalviewer.study import Finding

LABELS = (RESTORATION, ENDODONTIC, IMPLANT)


def samples(*groups: tuple[float, int, int]):  # type: ignore[no-untyped-def]
    """Score, how many are right, how many wrong."""
    scores = np.concatenate([np.full(r + w, s) for s, r, w in groups])
    right = np.concatenate([np.arange(r + w) < r for _, r, w in groups])
    return scores, right


def test_a_score_becomes_the_share_that_is_right() -> None:
    fitted = fit_calibration(*samples((0.3, 800, 200), (0.1, 200, 800)))

    assert fitted.share(0.3) == pytest.approx(0.8, abs=0.005)
    assert fitted.share(0.1) == pytest.approx(0.2, abs=0.005)
    assert 0.2 < fitted.share(0.2) < 0.8


def test_even_if_all_were_right_none_is_certain() -> None:
    fitted = fit_calibration(*samples((0.9, 20, 0), (0.1, 0, 20)))

    assert 0.9 < fitted.share(0.9) < 0.99
    assert 0.01 < fitted.share(0.1) < 0.1


def test_the_order_stays_even_where_higher_scores_were_wrong_more_often() -> None:
    scores, right = samples((0.9, 10, 90), (0.8, 90, 10))

    fitted = fit_calibration(scores, right)

    assert fitted.share(0.9) > fitted.share(0.8)
    # As many are right as were: half of them.
    assert np.mean([fitted.share(score) for score in scores]) == pytest.approx(
        0.5, abs=0.01
    )


def row(
    label: str, count: int, right: int, score: float
) -> tuple[Reading, list[Finding]]:
    """`count` findings of one score, of which the first are right."""
    boxes = [Box(20 * i, 0, 20 * i + 10, 10) for i in range(count)]
    return (
        Reading("a.png", Size(20 * count, 40),
                tuple(Finding(box, label) for box in boxes[:right])),
        [Finding(box, label, score=score) for box in boxes],
    )  # fmt: skip


def test_a_class_with_few_findings_shares_what_all_have_taught() -> None:
    restorations, found = row(RESTORATION, 40, 30, 0.4)
    implants, found_implants = row(IMPLANT, 3, 3, 0.4)

    fitted = fit_calibrations(
        [restorations, implants], [found, found_implants], LABELS, DetectionSettings()
    )

    # 30 of 40, and with the implants 33 of 43: (33 + 1) / (33 + 2) of the right and
    # 1 / (10 + 2) of the wrong.
    assert fitted[RESTORATION].share(0.4) == pytest.approx(
        (30 * 31 / 32 + 10 / 12) / 40, abs=1e-3
    )
    assert fitted[IMPLANT].share(0.4) == pytest.approx(
        (33 * 34 / 35 + 10 / 12) / 43, abs=1e-3
    )
    assert fitted[ENDODONTIC] == fitted[IMPLANT]


@pytest.mark.parametrize(
    ("count", "right", "own"), [(20, 10, True), (20, 11, False), (19, 9, False)]
)
def test_ten_right_and_ten_wrong_are_enough_to_learn_from(
    count: int, right: int, own: bool
) -> None:
    restorations, found = row(RESTORATION, 40, 30, 0.4)
    implants, found_implants = row(IMPLANT, count, right, 0.4)

    fitted = fit_calibrations(
        [restorations, implants], [found, found_implants], LABELS, DetectionSettings()
    )

    # Alone a half of them would be right, and with the others three fifths or more.
    assert (fitted[IMPLANT].share(0.4) == pytest.approx(0.5, abs=0.01)) == own


def test_where_hardly_anything_was_found_scores_stay_as_they_are() -> None:
    reading, found = row(RESTORATION, 8, 4, 0.4)

    assert fit_calibrations([reading], [found], LABELS, DetectionSettings()) == {}


def test_candidates_are_the_best_first_by_what_their_scores_mean() -> None:
    box = Box(0, 0, 10, 10)
    candidates = [
        Finding(box, RESTORATION, score=0.6),
        Finding(box, IMPLANT, score=0.5),
        Finding(box, ENDODONTIC, score=0.9),
    ]

    # logit(0.5) = 0 and 1 / (1 + e^-1) = 0.731; logit(0.6) = ln 1.5, doubled ln 2.25.
    known = calibrated(
        candidates, {RESTORATION: Calibration(2, 0), IMPLANT: Calibration(1, 1)}
    )

    assert [(f.label, f.score) for f in known] == [
        (ENDODONTIC, 0.9),
        (IMPLANT, pytest.approx(0.731, abs=1e-3)),
        (RESTORATION, pytest.approx(2.25 / 3.25)),
    ]


def test_what_is_found_of_a_class_that_nobody_annotated_teaches_nothing() -> None:
    restorations, found = row(RESTORATION, 40, 30, 0.4)
    _, found_implants = row(IMPLANT, 40, 0, 0.4)

    fitted = fit_calibrations(
        [restorations], [[*found, *found_implants]], LABELS, DetectionSettings()
    )

    assert fitted[IMPLANT] == fitted[RESTORATION]


def test_the_steepest_calibration_has_a_share_for_any_score() -> None:
    steep = Calibration(500.0, 0.0)

    assert [steep.share(score) for score in (0.0, 0.5, 1.0)] == [0.0, 0.5, 1.0]
