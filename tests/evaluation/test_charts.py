from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import cv2
import pytest

from dentalviewer.dentition import PERMANENT_TEETH
from dentalviewer.errors import DatasetError, DentalViewerError
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.bootstrap import resample
from dentalviewer.evaluation.charts import (
    color_on_white,
    draw_froc,
    draw_learning_curves,
    draw_precision_recall,
)
from dentalviewer.evaluation.froc import Froc, froc
from dentalviewer.evaluation.matches import match_candidates
from dentalviewer.labels import ENDODONTIC, RESTORATION
from dentalviewer.study import Finding


@pytest.fixture
def curves(
    truth: tuple[Reading, ...], candidates: list[tuple[Finding, ...]]
) -> list[Froc]:
    matches = match_candidates(truth, candidates, [RESTORATION])
    return [froc(found, resample(3, resamples=10)) for found in matches]


def count_pixels(path: Path, color: str) -> int:
    """How many pixels of the picture have just this colour, #rrggbb."""
    red, green, blue = bytes.fromhex(color[1:])
    return int((cv2.imread(str(path)) == (blue, green, red)).all(axis=2).sum())


@pytest.mark.parametrize("draw", [draw_froc, draw_precision_recall])
def test_a_curve_is_drawn_in_the_colour_of_its_class(
    curves: list[Froc], tmp_path: Path, draw: type
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
    curves: list[Froc], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)

    with pytest.raises(DentalViewerError, match=r"matplotlib; .*dentalviewer\[train\]"):
        draw_froc(tmp_path / "froc.png", curves)


def test_the_names_of_all_teeth_leave_room_for_the_curves(
    curves: list[Froc], tmp_path: Path
) -> None:
    """Matplotlib warns where a legend leaves none; warnings are errors here."""
    teeth = [replace(curves[0], label=str(tooth)) for tooth in PERMANENT_TEETH]

    draw_froc(tmp_path / "froc.png", teeth)

    assert cv2.imread(str(tmp_path / "froc.png")).shape == (660, 960, 3)
