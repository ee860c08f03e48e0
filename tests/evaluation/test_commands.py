from __future__ import annotations

import json
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from dentalviewer.detector import DetectionSettings
from dentalviewer.errors import AnnotationFileError, DentalViewerError, ModelError
from dentalviewer.evaluation.agreement_command import (
    add_agreement_arguments,
    run_agreement,
)
from dentalviewer.evaluation.evaluate_command import (
    add_evaluate_arguments,
    run_evaluate,
)
from dentalviewer.labels import RESTORATION


def settings_of(name: str) -> DetectionSettings:
    if name != "ours":
        raise ModelError(Path(name), "no such detector")
    return DetectionSettings({RESTORATION: 0.75})


def evaluate_arguments(*words: object) -> Namespace:
    parser = ArgumentParser()
    add_evaluate_arguments(parser)
    return parser.parse_args([str(word) for word in words])


def agreement_arguments(*words: object) -> Namespace:
    parser = ArgumentParser()
    add_agreement_arguments(parser)
    return parser.parse_args([str(word) for word in words])


def write_set(path: Path, *annotations: dict[str, Any]) -> Path:
    """Two radiographs of 100 by 50, ids 1 and 2; annotations of 10 by 10."""
    content = {
        "images": [
            {"id": n, "file_name": f"{n}.png", "width": 100, "height": 50}
            for n in (1, 2)
        ],
        "categories": [{"id": 1, "name": RESTORATION}],
        "annotations": [
            {"category_id": 1, "bbox": [each.pop("x"), 20, 10, 10], **each}
            for each in annotations
        ],
    }
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    return write_set(
        tmp_path / "truth.json", {"image_id": 1, "x": 20}, {"image_id": 2, "x": 60}
    )


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    """Both found, with 0.9 and 0.6; a false alarm with 0.7."""
    return write_set(
        tmp_path / "found.json",
        {"image_id": 1, "x": 20, "score": 0.9},
        {"image_id": 1, "x": 80, "score": 0.7},
        {"image_id": 2, "x": 60, "score": 0.6},
    )


def counts(folder: Path) -> tuple[int, int, int]:
    """Right, false alarms and annotations at an IoU of 0.5, as written."""
    written = json.loads((folder / "evaluation.json").read_text("utf-8"))
    (point,) = (point for point in written["points"] if point["min_iou"] == 0.5)
    return point["right"], point["false_alarms"], point["annotations"]


def test_an_evaluation_is_printed_and_written(
    truth: Path, predictions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for number in (1, 2):
        cv2.imwrite(str(images / f"{number}.png"), np.full((50, 100), 90, np.uint8))
    folder = tmp_path / "evaluation"

    status = run_evaluate(
        evaluate_arguments(truth, predictions, "--output", folder, "--images", images),
        settings_of,
    )

    assert status == 0
    assert counts(folder) == (2, 1, 2)
    # Precision 1 up to recall 1/2 (51 readings), then 2/3 (50 readings): 0.83.
    row = next(line for line in capsys.readouterr().out.splitlines() if "0.83" in line)
    assert row.startswith("| restoration | 2 | 0.83 (")
    assert row.endswith("| 1 | 0 |")
    assert row in (folder / "evaluation.md").read_text("utf-8")
    names = {path.name for path in folder.iterdir()}
    assert {"froc.png", "precision_recall.png", "gallery"} <= names


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--threshold", "0.65"], (1, 1, 2)),
        (["--threshold", "0.95"], (0, 0, 2)),
        (["--model", "ours"], (1, 0, 2)),
    ],
)
def test_what_counts_as_shown_can_be_chosen(
    truth: Path,
    predictions: Path,
    tmp_path: Path,
    options: list[str],
    expected: tuple[int, int, int],
) -> None:
    arguments = evaluate_arguments(
        truth, predictions, *options, "--output", tmp_path / "out"
    )

    run_evaluate(arguments, settings_of)

    assert counts(tmp_path / "out") == expected


def test_annotations_without_scores_all_count(truth: Path, tmp_path: Path) -> None:
    arguments = evaluate_arguments(
        truth, truth, "--threshold", "0.9", "--output", tmp_path / "out"
    )

    run_evaluate(arguments, settings_of)

    assert counts(tmp_path / "out") == (2, 0, 2)


def test_a_detector_that_is_not_installed_is_named(
    truth: Path, predictions: Path
) -> None:
    arguments = evaluate_arguments(truth, predictions, "--model", "theirs")

    with pytest.raises(ModelError, match="theirs"):
        run_evaluate(arguments, settings_of)


def test_an_empty_truth_is_refused(predictions: Path, tmp_path: Path) -> None:
    empty = write_set(tmp_path / "empty.json")

    with pytest.raises(AnnotationFileError, match=r"empty\.json: nothing is annotated"):
        run_evaluate(evaluate_arguments(empty, predictions), settings_of)


@pytest.mark.parametrize("typed", ["1.2", "-1", "high", "nan"])
def test_a_threshold_must_be_a_share(
    typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        evaluate_arguments("a.json", "b.json", f"--threshold={typed}")

    assert "--threshold" in capsys.readouterr().err


def test_an_agreement_is_printed_and_written(
    truth: Path, predictions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "agreement"
    arguments = agreement_arguments(
        truth, predictions, "--threshold", "0.65", "--output", folder
    )

    status = run_agreement(arguments, settings_of)

    assert status == 0
    # One shared; one only in the truth, one only by the detector: F1 is 1/2.
    assert "| truth | found | restoration | 1 | 1 | 1 | 0.50 (" in (
        capsys.readouterr().out
    )
    written = json.loads((folder / "agreement.json").read_text("utf-8"))
    assert written["detectors"] == ["found"]
    assert written["pairs"][0]["f1"]["value"] == 0.5
    assert (folder / "agreement.md").is_file()


def test_one_set_alone_cannot_agree(truth: Path) -> None:
    with pytest.raises(DentalViewerError, match="two annotation sets"):
        run_agreement(agreement_arguments(truth), settings_of)


def test_the_commands_are_known_without_loading_what_they_need() -> None:
    program = (
        "import sys, dentalviewer.evaluation.evaluate_command,"
        " dentalviewer.evaluation.agreement_command\n"
        "slow = ('pycocotools', 'matplotlib', 'cv2', 'torch', 'PySide6')\n"
        "print([name for name in slow if name in sys.modules])"
    )

    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert answer.stdout.strip() == "[]"


@pytest.mark.shared
def test_the_real_annotations_agree_with_themselves(
    shared_folder: Path, tmp_path: Path
) -> None:
    data = shared_folder / "data" / "akudental"
    real = data / "treatments_val.json"

    run_evaluate(evaluate_arguments(real, real, "--output", tmp_path), settings_of)
    run_agreement(
        agreement_arguments(
            real, real, "--teeth", data / "teeth_val.json", "--output", tmp_path
        ),
        settings_of,
    )

    evaluation = json.loads((tmp_path / "evaluation.json").read_text("utf-8"))
    # 51 root fillings are annotated, one of them uncertain.
    scores = evaluation["average_precision"]
    assert {label: score["count"] for label, score in scores.items()} == {
        "restoration": 116, "endodontic": 50, "implant": 4,
    }  # fmt: skip
    assert [point["f1"]["value"] for point in evaluation["points"]] == [1.0] * 6
    # Without scores the order is that of the file, and all are right anyway.
    assert all(score["ap"]["value"] == pytest.approx(1) for score in scores.values())
    agreement = json.loads((tmp_path / "agreement.json").read_text("utf-8"))
    assert [pair["kappa"]["value"] for pair in agreement["pairs"]] == [1.0] * 4


def test_two_predictions_are_compared_on_the_same_radiographs(
    truth: Path, predictions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blind = write_set(tmp_path / "blind.json", {"image_id": 1, "x": 20, "score": 0.9})
    folder = tmp_path / "out"

    run_evaluate(
        evaluate_arguments(truth, predictions, "--against", blind, "--output", folder),
        settings_of,
    )

    said = capsys.readouterr().out
    assert f"# {predictions} against {blind}" in said
    comparison = json.loads((folder / "comparison.json").read_text())
    (found,) = (
        each
        for each in comparison["differences"]
        if (each["measure"], each["min_iou"]) == ("sensitivity", 0.5)
    )
    assert (found["first"]["value"], found["second"]["value"]) == (0.5, 1.0)


def test_with_label_faults_left_out_both_scores_are_told(
    truth: Path, predictions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = tmp_path / "faults.json"
    missing = {
        "image": "1.png", "split": "val", "width": 100, "height": 50,
        "label": RESTORATION, "box": [80, 20, 90, 30], "fault": "missing",
        "certain": True, "why": "a bright filling", "found": "label audit",
    }  # fmt: skip
    faults.write_text(
        json.dumps(
            {"format": "dentalviewer label faults", "version": 1, "faults": [missing]}
        )
    )
    folder = tmp_path / "evaluation"

    run_evaluate(
        evaluate_arguments(
            truth, predictions, "--label-faults", faults, "--output", folder
        ),
        settings_of,
    )

    text = capsys.readouterr().out
    assert "## With 1 label fault left out" in text

    def false_alarms(name: str) -> int:
        points = json.loads((folder / name).read_text())["points"]
        return sum(point["false_alarms"] for point in points if point["min_iou"] == 0.5)

    assert false_alarms("evaluation.json") == 1
    assert false_alarms("label_faults_left_out.json") == 0
