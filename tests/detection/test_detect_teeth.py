"""`dentalviewer detect` names findings by tooth, and writes teeth by their number."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dentalviewer.dentition import Tooth
from dentalviewer.detection.detect_command import add_detect_arguments, run_detect
from dentalviewer.detection.tooth_detector import SETTINGS
from dentalviewer.geometry import Box
from dentalviewer.study import Finding
from tests.scripted_detector import ScriptedDetector

TEETH = tuple(
    Finding(Box(left, 100, left + 80, 300), str(number), Tooth.from_fdi(number), 0.9)
    for number, left in ((34, 300), (35, 390), (36, 480), (37, 570))
)
TREATMENTS = (
    Finding(Box(480, 100, 560, 150), "restoration", score=0.9),
    Finding(Box(300, 100, 470, 150), "restoration", score=0.8),
    Finding(Box(900, 10, 950, 40), "restoration", score=0.7),
)


@pytest.fixture
def radiograph(tmp_path: Path) -> Path:
    path = tmp_path / "pan.png"
    Image.fromarray(np.full((400, 1000), 90, np.uint8)).save(path)
    return path


def detect(
    radiograph: Path, detector: ScriptedDetector, teeth: ScriptedDetector | None
) -> Any:
    parser = ArgumentParser()
    add_detect_arguments(parser)
    output = radiograph.parent / "out"
    args = parser.parse_args([str(radiograph), "--output", str(output)])
    assert run_detect(args, detector, teeth) == 0
    return json.loads((output / "predictions.json").read_text())


def test_findings_carry_their_tooth_and_bridges_both_ends(radiograph: Path) -> None:
    said = detect(radiograph, ScriptedDetector(TREATMENTS), ScriptedDetector(TEETH))
    by_score = {a["score"]: a for a in said["annotations"]}
    assert by_score[0.9]["tooth"] == 36
    assert "last_tooth" not in by_score[0.9]
    assert (by_score[0.8]["tooth"], by_score[0.8]["last_tooth"]) == (34, 35)
    # Far from every tooth nothing is invented.
    assert "tooth" not in by_score[0.7]


def test_without_a_detector_of_teeth_findings_have_none(radiograph: Path) -> None:
    said = detect(radiograph, ScriptedDetector(TREATMENTS), None)
    assert len(said["annotations"]) == 3
    assert all("tooth" not in each for each in said["annotations"])


def test_the_category_of_a_tooth_is_its_fdi_number(radiograph: Path) -> None:
    said = detect(radiograph, ScriptedDetector(TEETH, settings=SETTINGS), None)
    assert [(c["id"], c["name"]) for c in said["categories"]] == [
        (34, "34"), (35, "35"), (36, "36"), (37, "37"),
    ]  # fmt: skip
    assert {a["category_id"] for a in said["annotations"]} == {34, 35, 36, 37}
