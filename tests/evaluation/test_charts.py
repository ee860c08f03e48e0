from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import pytest

from dentalviewer.detector import DetectionSettings
from dentalviewer.errors import DatasetError, DentalViewerError
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.charts import (
    color_on_white,
    draw_froc,
    draw_learning_curves,
    draw_precision_recall,
)
from dentalviewer.evaluation.curves import Curve, curves_of
from dentalviewer.evaluation.evaluation import evaluate
from dentalviewer.labels import ENDODONTIC, RESTORATION
from dentalviewer.study import Finding
from tests.evaluation.conftest import FRAME, square


@pytest.fixture
def curves(
    truth: tuple[Reading, ...], candidates: list[tuple[Finding, ...]]
) -> Sequence[Curve]:
    settings = DetectionSettings({RESTORATION: 0.5})
    measured = evaluate(truth, candidates, [RESTORATION], settings, resamples=10)
    return curves_of(measured)


def count_pixels(path: Path, color: str) -> int:
    """How many pixels of the picture have just this colour, #rrggbb."""
    red, green, blue = bytes.fromhex(color[1:])
    return int((cv2.imread(str(path)) == (blue, green, red)).all(axis=2).sum())


@pytest.mark.parametrize("draw", [draw_froc, draw_precision_recall])
def test_a_curve_is_drawn_in_the_colour_of_its_class(
    curves: Sequence[Curve], tmp_path: Path, draw: type
) -> None:
    draw(tmp_path / "curve.png", curves)

    assert count_pixels(tmp_path / "curve.png", color_on_white(RESTORATION)) > 500
    assert count_pixels(tmp_path / "curve.png", color_on_white(ENDODONTIC)) == 0


def test_learning_curves_show_losses_and_scores(tmp_path: Path) -> None:
    table = tmp_path / "curves.csv"
    table.write_text(
        "epoch,label_loss,box_loss,mean_ap50,ap50_endodontic\n"
        "1,2.0,1.0,0.1,0.2\n2,1.0,0.5,0.5,\n3,0.9,0.4,0.6,0.7\n4,0.8,0.4,0.7,0.8\n"
    )

    draw_learning_curves(tmp_path / "curves.png", table)

    assert count_pixels(tmp_path / "curves.png", color_on_white(ENDODONTIC)) > 100


@pytest.mark.parametrize(
    "content", ["", "epoch,loss\n", "epoch,loss\n1,two\n", "a\n1\n"]
)
def test_a_table_without_epochs_is_refused(tmp_path: Path, content: str) -> None:
    table = tmp_path / "curves.csv"
    table.write_text(content)

    with pytest.raises(DatasetError, match="not learning curves"):
        draw_learning_curves(tmp_path / "curves.png", table)

    assert not (tmp_path / "curves.png").exists()


def test_without_matplotlib_it_says_what_to_install(
    curves: Sequence[Curve], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)

    with pytest.raises(DentalViewerError, match=r"matplotlib; .*dentalviewer\[train\]"):
        draw_froc(tmp_path / "froc.png", curves)


def test_the_names_of_many_classes_leave_room_for_the_curves(
    curves: Sequence[Curve], tmp_path: Path
) -> None:
    """Matplotlib warns where a legend leaves none; warnings are errors here."""
    many = [replace(curves[0], name=f"class {number}") for number in range(32)]

    draw_froc(tmp_path / "froc.png", many)

    assert cv2.imread(str(tmp_path / "froc.png")).shape == (660, 960, 3)


def test_a_curve_tells_what_is_shown_of_how_many(curves: Sequence[Curve]) -> None:
    """Two of three are found from a score of 0.5 on, beside one false alarm."""
    (curve,) = curves

    assert (curve.annotations, curve.threshold) == (3, 0.5)
    assert (curve.sensitivity, curve.precision) == (2 / 3, 2 / 3)
    assert curve.alarms_each == 1 / 3


def test_teeth_have_a_curve_for_each_kind() -> None:
    """11 and 12 are annotated; a molar is, and 12 is taken for 11 with less score."""
    truth = [
        Reading("1.png", FRAME, (square(0, 0, "11"), square(20, 0, "12"))),
        Reading("2.png", FRAME, (square(0, 0, "36"),)),
    ]
    found = [
        [square(0, 0, "11", score=0.9), square(20, 0, "11", score=0.6)],
        [square(0, 0, "36", score=0.8)],
    ]
    shown = DetectionSettings({}, default_threshold=0.7, nms_iou=1.0)

    incisors, molars = curves_of(evaluate(truth, found, ["11", "12", "36"], shown))

    assert (incisors.name, incisors.annotations, incisors.right) == ("incisors", 2, 1)
    # With the highest threshold one of two is found, then comes a wrong number.
    assert incisors.froc.sensitivity == (0.5, 0.5)
    assert incisors.froc.false_alarms == (0, 0.5)
    assert (incisors.alarms_each, incisors.precision, incisors.threshold) == (0, 1, 0.7)
    assert (molars.name, molars.sensitivity) == ("molars", 1)
