from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from dentalviewer.cli import main
from dentalviewer.detection.augmenting.variations import TOOTH_VARIATIONS, VARIATIONS
from dentalviewer.detection.cards.model_card import encode_card
from dentalviewer.detection.cards.model_folder import write_model
from dentalviewer.detection.commands.assess_report import (
    PLAIN,
    Accuracy,
    Assessed,
    Examined,
    altered_accuracy,
    altered_tooth_accuracy,
    assessment_markdown,
)
from dentalviewer.detection.inference.torch_detector import (
    PanoramicNetwork,
    TorchDetector,
)
from dentalviewer.detection.inference.weights import encode_weights
from dentalviewer.detection.networks.architectures import ssd_mobilenet
from dentalviewer.detector import DetectionSettings, DetectorIdentity
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.geometry import Box, Size
from dentalviewer.study import Finding
from tests.detection.conftest import PLAN, card, write_faults, write_split

IDENTITY = DetectorIdentity("tiny", "ab" * 32)


def assessed_on_one(accuracy: Accuracy) -> Assessed:
    settings = DetectionSettings({"restoration": 0.5})
    return Assessed(IDENTITY, "drawn", 1, 0, 0, settings, None, accuracy)


def reading(*labels: str) -> Reading:
    """A box of each label, side by side."""
    return Reading("a.png", Size(100, 20), findings(*labels, score=None))


def findings(*labels: str, score: float | None = 0.9) -> tuple[Finding, ...]:
    return tuple(
        Finding(Box(20 * n, 0, 20 * n + 10, 10), label, score=score)
        for n, label in enumerate(labels)
    )


def assessed(folder: Path) -> Any:
    return json.loads((folder / "assessment.json").read_text())


def test_a_detector_is_measured_on_what_is_held_out_as_it_is_and_altered(
    data: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["assess", str(model), "--data", str(data)]

    assert main([*command, "--output", str(tmp_path / "out")]) == 0

    found = assessed(tmp_path / "out")
    # Two radiographs are in val, with one box of each class.
    assert (found["radiographs"], found["failed"]) == (2, 0)
    assert list(found["accuracy"]) == [PLAIN, *(each.name for each in VARIATIONS)]
    assert {n: each["count"] for n, each in found["accuracy"][PLAIN].items()} == {
        "restoration": 2,
        "endodontic": 2,
        "implant": 2,
    }
    told = (tmp_path / "out" / "assessment.md").read_text()
    assert told.startswith("# tiny on ")
    assert told.strip() == capsys.readouterr().out.strip()


def test_what_an_alteration_takes_is_told_for_each_class_and_their_mean() -> None:
    settings = DetectionSettings({"restoration": 0.5, "implant": 0.95})
    truth = [reading("restoration", "implant")]
    examined = {
        PLAIN: Examined(truth, [findings("restoration", "implant")]),
        "noisy": Examined(truth, [findings("restoration")]),
    }

    accuracy = altered_accuracy(examined, ["restoration", "implant"], settings)

    told = assessment_markdown(assessed_on_one(accuracy))
    restoration = "1.00 (1.00-1.00) | 1.00 (1.00-1.00) | 1.00 (1.00-1.00)"
    assert f"| restoration | 1 | {restoration} |" in told
    ap50, f1 = told.split("## F1")
    assert f"| {PLAIN} | 1.00 | 1.00 | 1.00 |" in ap50
    assert "| noisy | 1.00 (+0.00) | 0.00 (-1.00) | 0.50 (-0.50) |" in ap50
    # The implant's 0.90 is below the threshold, so that it was never shown.
    assert f"| {PLAIN} | 1.00 | 0.00 | 0.50 |" in f1
    assert "| noisy | 1.00 (+0.00) | 0.00 (+0.00) | 0.50 (+0.00) |" in f1


def test_what_an_alteration_cuts_off_is_not_asked_for(
    data: Path, model: Path, tmp_path: Path
) -> None:
    path = data / "treatments_val.json"
    content = json.loads(path.read_text())
    for annotation in content["annotations"]:
        # Cropped to the teeth, 192 pixels begin at 0.17 * 192 = 32.6.
        left = {1: 2, 2: 60, 3: 90}[annotation["category_id"]]
        annotation["bbox"] = [left, 40, 20, 20]
    path.write_text(json.dumps(content))
    command = ["assess", str(model), "--data", str(data)]

    assert main([*command, "--output", str(tmp_path / "out")]) == 0

    found = assessed(tmp_path / "out")["accuracy"]
    assert set(found[PLAIN]) == {"restoration", "endodontic", "implant"}
    assert set(found["cropped to the teeth"]) == {"endodontic", "implant"}


def test_what_a_list_calls_plainly_wrong_in_the_set_is_left_out(
    data: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = json.loads((data / "treatments_val.json").read_text())["annotations"][0]
    x, y, width, height = first["bbox"]
    wrong = {"image": "val-0.png", "label": "restoration", "fault": "not there",
             "box": [x, y, x + width, y + height]}  # fmt: skip
    faults = write_faults(tmp_path / "faults.json", wrong)
    command = ["assess", str(model), "--data", str(data)]

    assert (
        main(
            [*command, "--label-faults", str(faults), "--output", str(tmp_path / "out")]
        )
        == 0
    )

    found = assessed(tmp_path / "out")
    assert found["accuracy"][PLAIN]["restoration"]["count"] == 1
    assert found["accuracy"][PLAIN]["implant"]["count"] == 2
    assert found["label_faults_left_out"] == 1
    assert "Left out: 1 label fault." in capsys.readouterr().out


def test_of_teeth_finding_and_numbering_are_told_apart() -> None:
    truth = [reading("11", "12", "13", "14")]
    examined = {
        PLAIN: Examined(truth, [findings("11", "12", "13", "14")]),
        # All are found, two of four with the number of another.
        "inverted": Examined(truth, [findings("11", "12", "14", "13")]),
    }

    accuracy = altered_tooth_accuracy(examined, DetectionSettings())

    told = assessment_markdown(assessed_on_one(accuracy))
    one, half = "1.00 (1.00-1.00)", "0.50 (0.50-0.50)"
    assert f"| {PLAIN} | 4 | 4 | {one} | {one} | {one} |  |" in told
    assert f"| inverted | 4 | 4 | {one} | {half} | {half} | -0.50 |" in told


def test_a_detector_of_teeth_is_shown_more_alterations(tmp_path: Path) -> None:
    torch.manual_seed(0)
    whole = PanoramicNetwork(ssd_mobilenet({"teeth": PLAN}), None)
    weights = encode_weights(whole)
    heads = card(weights).architecture_parameters["heads"]
    told = card(
        weights,
        head="teeth",
        labels=("11", "21", "36"),
        architecture_parameters={"heads": {"teeth": heads["treatments"]}},
        calibrations={},
        settings=DetectionSettings(),
    )
    write_model(tmp_path / "numbers", weights, encode_card(told))
    path = write_split(tmp_path / "data", "val", radiographs=1, name="teeth")
    content = json.loads(path.read_text())
    for category, name in zip(content["categories"], told.labels, strict=True):
        category["name"] = name
    path.write_text(json.dumps(content))

    command = ["assess", str(tmp_path / "numbers"), "--data", str(tmp_path / "data")]
    assert main([*command, "--output", str(tmp_path / "out")]) == 0

    found = assessed(tmp_path / "out")["accuracy"]
    assert list(found) == [PLAIN, *(each.name for each in TOOTH_VARIATIONS)]
    assert len(TOOTH_VARIATIONS) == len(VARIATIONS) + 3
    assert {each["annotated"] for each in found.values()} == {3}


def test_a_set_that_is_not_split_is_examined_whole(model: Path, tmp_path: Path) -> None:
    path = write_split(tmp_path / "clinic", "all", radiographs=1)
    (tmp_path / "clinic" / "images" / "all-0.png").rename(path.with_name("all-0.png"))
    command = ["assess", str(model), "--data", str(path)]

    assert main([*command, "--output", str(tmp_path / "out")]) == 0

    assert assessed(tmp_path / "out")["radiographs"] == 1


def test_what_a_set_keeps_for_comparing_goes_before_what_it_holds_out(
    data: Path, model: Path, tmp_path: Path
) -> None:
    write_split(data, "test", radiographs=1)
    command = ["assess", str(model), "--data", str(data)]

    assert main([*command, "--output", str(tmp_path / "out")]) == 0

    assert assessed(tmp_path / "out")["radiographs"] == 1


def test_a_radiograph_that_cannot_be_examined_counts_in_no_row(
    data: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cv2.imwrite(str(data / "images" / "val-1.png"), np.zeros((20, 20), np.uint8))
    command = ["assess", str(model), "--data", str(data)]

    assert main([*command, "--output", str(tmp_path / "out")]) == 1

    told = capsys.readouterr().err
    assert "val-1.png: failed." in told
    assert "is 20 x 20 pixels, annotated at 192 x 96" in told
    found = assessed(tmp_path / "out")
    assert (found["radiographs"], found["failed"]) == (1, 1)
    assert found["accuracy"]["inverted"]["implant"]["count"] == 1


def test_a_set_without_anything_that_the_detector_looks_for_is_refused(
    data: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = data / "treatments_val.json"
    content = json.loads(path.read_text())
    for category in content["categories"]:
        category["name"] = f"11{category['id']}"
    path.write_text(json.dumps(content))

    assert main(["assess", str(model), "--data", str(data)]) == 1

    assert "nothing that the detector looks for" in capsys.readouterr().err


def test_one_who_stops_it_by_ctrl_c_is_left_with_no_half_result(
    data: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(TorchDetector, "detect", stopped)
    command = ["assess", str(model), "--data", str(data)]

    with pytest.raises(KeyboardInterrupt):
        main([*command, "--output", str(tmp_path / "out")])

    assert not list((tmp_path / "out").iterdir())
