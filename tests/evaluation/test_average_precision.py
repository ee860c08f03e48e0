from __future__ import annotations

import sys
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from dentalviewer.errors import DentalViewerError
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.average_precision import (
    AveragePrecision,
    average_precision,
    average_precision_estimates,
    mean_ap50,
    resampled_average_precision,
)
from dentalviewer.evaluation.bootstrap import resample
from dentalviewer.evaluation.matches import LabelMatches, match_candidates
from dentalviewer.geometry import Box
from dentalviewer.labels import ENDODONTIC, IMPLANT, RESTORATION
from dentalviewer.study import Finding
from tests.evaluation.conftest import FRAME, square

Truth = tuple[Reading, ...]
Candidates = list[tuple[Finding, ...]]


def test_precision_is_read_off_at_101_recalls(
    truth: Truth, candidates: Candidates
) -> None:
    scores = average_precision(truth, candidates, [RESTORATION])

    # Recall reaches 1/3 at precision 1, then 2/3 at precision 2/3: that is 34 readings
    # (0.00 to 0.33) of 1, 33 (0.34 to 0.66) of 2/3, and 34 of 0.
    expected = (34 * 1 + 33 * 2 / 3) / 101
    assert scores[RESTORATION].ap50 == pytest.approx(expected)
    assert scores[RESTORATION].ap == pytest.approx(expected)
    assert scores[RESTORATION].count == 3


def test_a_loose_box_counts_only_at_the_lower_overlaps() -> None:
    truth = [Reading("1.png", FRAME, (square(0, 0),))]
    loose = Finding(Box(0, 0, 10, 6.2), RESTORATION, score=0.9)

    scores = average_precision(truth, [[loose]], [RESTORATION])

    # An IoU of 0.62 is enough for 0.50, 0.55 and 0.60 of the ten.
    assert scores[RESTORATION].ap50 == pytest.approx(1)
    assert scores[RESTORATION].ap == pytest.approx(0.3)


def test_what_is_uncertain_counts_neither_for_nor_against() -> None:
    doubtful = Reading("1.png", FRAME, (square(0, 0),), (square(50, 50),))
    found = [square(50, 50, score=0.9), square(0, 0, score=0.8)]

    scores = average_precision([doubtful], [found], [RESTORATION])

    assert scores[RESTORATION] == AveragePrecision(
        pytest.approx(1.0), pytest.approx(1.0), 1
    )


def test_a_class_that_is_nowhere_annotated_has_no_score(
    truth: Truth, candidates: Candidates
) -> None:
    scores = average_precision(truth, candidates, [IMPLANT, RESTORATION])

    assert list(scores) == [RESTORATION]


def test_a_silent_detector_scores_nothing(truth: Truth) -> None:
    scores = average_precision(truth, [(), (), ()], [RESTORATION])

    assert scores[RESTORATION] == AveragePrecision(0.0, 0.0, 3)


def test_the_mean_is_over_classes() -> None:
    scores = {
        RESTORATION: AveragePrecision(0.4, 0.8, 100),
        IMPLANT: AveragePrecision(0.2, 0.4, 4),
    }

    assert mean_ap50(scores) == pytest.approx(0.6)
    assert mean_ap50({}) == 0.0


@pytest.mark.parametrize("seed", range(5))
def test_a_weighted_resample_scores_as_the_radiographs_laid_out_again(
    seed: int,
) -> None:
    random = np.random.default_rng(seed)
    truth = [_random_reading(random, number) for number in range(6)]
    found = [_random_candidates(random, reading) for reading in truth]
    labels = [RESTORATION, ENDODONTIC]
    drawn = random.integers(0, 6, 6)
    weights = np.bincount(drawn, minlength=6)[None].astype(float)

    laid_out = average_precision(
        [truth[i] for i in drawn], [found[i] for i in drawn], labels
    )

    for matches in match_candidates(truth, found, labels):
        resampled = resampled_average_precision(matches, weights)[0]
        if matches.label not in laid_out:
            assert np.isnan(resampled).all()
            continue
        score = laid_out[matches.label]
        assert resampled.mean() == pytest.approx(score.ap)
        assert resampled[0] == pytest.approx(score.ap50)


def test_an_interval_holds_the_score_and_narrows_with_more_radiographs(
    truth: Truth, candidates: Candidates
) -> None:
    few = average_precision_estimates(truth, candidates, [RESTORATION], resample(3))
    many = average_precision_estimates(
        truth * 20, candidates * 20, [RESTORATION], resample(60)
    )

    wide, narrow = few[RESTORATION].ap50, many[RESTORATION].ap50
    assert wide is not None
    assert narrow is not None
    assert wide.low <= wide.value <= wide.high
    assert narrow.high - narrow.low < 0.5 * (wide.high - wide.low)


def test_ap_and_ap50_are_each_told_with_their_own_interval() -> None:
    """An IoU of 0.62 is enough for three of the ten overlaps, whatever is drawn."""
    truth = [Reading(f"{n}.png", FRAME, (square(0, 0),)) for n in range(3)]
    loose = Finding(Box(0, 0, 10, 6.2), RESTORATION, score=0.9)

    estimates = average_precision_estimates(
        truth, [[loose]] * 3, [RESTORATION], resample(3)
    )

    estimate = estimates[RESTORATION]
    assert estimate.count == 3
    for value, expected in ((estimate.ap, 0.3), (estimate.ap50, 1.0)):
        assert value is not None
        assert (value.value, value.low, value.high) == pytest.approx((expected,) * 3)


def test_without_pycocotools_it_says_what_to_install(
    truth: Truth, candidates: Candidates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pycocotools.coco", None)

    with pytest.raises(DentalViewerError, match=r"pip install .*dentalviewer\[train\]"):
        average_precision(truth, candidates, [RESTORATION])


def _random_reading(random: np.random.Generator, number: int) -> Reading:
    findings = tuple(
        square(10 * place, 0, str(random.choice([RESTORATION, ENDODONTIC])))
        for place in random.choice(9, random.integers(0, 5), replace=False)
    )
    uncertain = (square(0, 50),) if random.random() < 0.5 else ()
    return Reading(f"{number}.png", FRAME, findings, uncertain)


def _random_candidates(
    random: np.random.Generator, reading: Reading
) -> tuple[Finding, ...]:
    near = [
        replace(f, box=f.box.moved(*random.uniform(-2.5, 2.5, 2)))
        for f in (*reading.findings, *reading.uncertain)
        if random.random() < 0.8
    ]
    false = [
        square(*random.uniform(0, 90, 2), str(random.choice([RESTORATION, ENDODONTIC])))
        for _ in range(random.integers(0, 5))
    ]
    return tuple(
        replace(finding, score=float(random.random())) for finding in (*near, *false)
    )


def test_intervals_of_thousands_of_candidates_take_little_memory() -> None:
    images, each = 200, 20
    places = np.repeat(np.arange(images), each)
    matches = LabelMatches(
        RESTORATION,
        (0.5,),
        np.full(images, each),
        places,
        np.linspace(1, 0, len(places)),
        np.tile([True, True, True, False], (1, len(places) // 4)),
        np.zeros((1, len(places)), bool),
    )
    weights = resample(images)

    tracemalloc.start()
    resampled = resampled_average_precision(matches, weights)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    # Three of four are right all along, so that precision is never much below.
    assert 0.55 < resampled.mean() < 0.6
    assert most < 60e6
