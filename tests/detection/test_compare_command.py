from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from dentalviewer.cli import main
from dentalviewer.detection.cards.model_card import encode_card, radiograph_digest
from dentalviewer.detection.cards.model_folder import write_model
from dentalviewer.detection.inference.weights import encode_weights
from dentalviewer.detector import DetectionSettings
from dentalviewer.evaluation.comparison_report import read_comparison
from tests.detection.conftest import card, network, write_split


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A detector with other random weights."""
    weights = encode_weights(network(seed=3))
    folder = tmp_path / "detectors" / "other"
    write_model(folder, weights, encode_card(card(weights, name="other")))
    return folder


def test_two_detectors_examine_what_is_held_out(
    data: Path, model: Path, other: Path, tmp_path: Path
) -> None:
    result = tmp_path / "comparison.json"

    status = main(
        [
            "compare",
            str(model),
            str(other),
            "--data",
            str(data),
            "--output",
            str(result),
        ]
    )

    assert status == 0
    found = read_comparison(result)
    assert (found.first, found.second) == ("tiny", "other")
    # Two radiographs are in val, with one box of each class.
    assert found.images == 2
    assert found.counts == {"restoration": 2, "endodontic": 2, "implant": 2}
    assert len(found.differences) == 3 * 8
    assert any(each.first != each.second for each in found.differences)


def test_a_detector_does_not_differ_from_itself(
    data: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", str(model), str(model), "--data", str(data)]) == 0

    captured = capsys.readouterr()
    assert "| +0.00 |" in captured.out
    assert captured.err.startswith("[1/2] val-0.png")


def test_detectors_without_a_class_in_common_are_not_compared(
    data: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = encode_weights(network())
    labels = ("bridge", "filling", "root filling")
    theirs = card(
        weights,
        name="theirs",
        labels=labels,
        calibrations={},
        settings=DetectionSettings(),
        evaluations={},
    )
    write_model(tmp_path / "theirs", weights, encode_card(theirs))

    command = ["compare", str(model), str(tmp_path / "theirs"), "--data", str(data)]

    assert main(command) == 1
    captured = capsys.readouterr()
    assert f"has no class in common with {model}: nothing can be" in captured.err
    assert "[1/" not in captured.err


def test_a_radiograph_that_cannot_be_examined_counts_for_neither(
    data: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cv2.imwrite(str(data / "images" / "val-1.png"), np.zeros((20, 20), np.uint8))

    status = main(["compare", str(model), str(model), "--data", str(data)])

    captured = capsys.readouterr()
    assert status == 1
    assert "is 20 x 20 pixels, annotated at 192 x 96" in captured.err
    assert "On the same 1 radiograph." in captured.out


def test_a_detector_that_is_not_there_is_named(
    data: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", str(model), "nobody", "--data", str(data)]) == 1
    assert "no such detector" in capsys.readouterr().err


def test_what_a_set_keeps_for_comparing_is_examined_and_nothing_else(
    data: Path,
    model: Path,
    other: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_split(data, "test", radiographs=3)
    result = tmp_path / "comparison.json"

    command = ["compare", str(model), str(other), "--data", str(data)]
    assert main([*command, "--output", str(result)]) == 0

    captured = capsys.readouterr()
    assert captured.err.startswith("[1/3] test-0.png")
    assert "has chosen nothing by them" in captured.out
    assert "3 radiographs are too few." in captured.out
    found = read_comparison(result)
    assert (found.images, found.kept) == (3, True)


def test_what_is_kept_for_comparing_is_enough_to_compare_by(
    data: Path, model: Path, other: Path, tmp_path: Path
) -> None:
    write_split(data, "test", radiographs=1)
    content = json.loads((data / "treatments_val.json").read_text())
    content |= {"images": [], "annotations": []}
    (data / "treatments_val.json").write_text(json.dumps(content))
    result = tmp_path / "comparison.json"
    words = ["compare", str(model), str(other), "--data", str(data)]

    assert main([*words, "--output", str(result)]) == 0

    assert read_comparison(result).images == 1


def test_that_thresholds_were_chosen_by_what_is_examined_is_said(
    data: Path, model: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", str(model), str(other), "--data", str(data)]) == 0

    assert "Thresholds and best epoch" in capsys.readouterr().out


def test_a_radiograph_that_is_in_two_sets_is_refused(
    data: Path, model: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twice = ["--data", str(data), "--data", str(data)]

    assert main(["compare", str(model), str(other), *twice]) == 1

    assert "is in several of the sets" in capsys.readouterr().err


def test_what_only_the_detectors_know_is_compared_too(
    data: Path, model: Path, other: Path, tmp_path: Path
) -> None:
    path = data / "treatments_train.json"
    content = json.loads(path.read_text())
    implant = next(c["id"] for c in content["categories"] if c["name"] == "implant")
    content["annotations"] = [
        each for each in content["annotations"] if each["category_id"] != implant
    ]
    path.write_text(json.dumps(content))
    result = tmp_path / "comparison.json"

    command = ["compare", str(model), str(other), "--data", str(data)]
    assert main([*command, "--output", str(result)]) == 0

    assert read_comparison(result).counts["implant"] == 2


def test_a_detector_that_learned_from_what_it_is_judged_by_is_told_of(
    data: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = (data / "images" / "val-1.png").read_bytes()
    card = json.loads((model / "card.json").read_text())
    card["training"]["learned_from"] = [radiograph_digest(known), "0" * 16]
    (model / "card.json").write_text(json.dumps(card))

    for command in (["compare", str(model), str(model)], ["assess", str(model)]):
        assert main([*command, "--data", str(data)]) == 0

        assert (
            "tiny has learned from 1 of these 2 radiographs, so its scores flatter:"
            " val-1.png."
        ) in capsys.readouterr().out


def test_what_is_to_be_known_of_a_comparison_is_written_with_it(
    data: Path, model: Path, other: Path, tmp_path: Path
) -> None:
    known = (data / "images" / "val-1.png").read_bytes()
    card = json.loads((model / "card.json").read_text())
    card["training"]["learned_from"] = [radiograph_digest(known)]
    (model / "card.json").write_text(json.dumps(card))
    for split in ("train", "val"):
        path = data / f"treatments_{split}.json"
        content = json.loads(path.read_text())
        content["images"][0]["patient_id"] = "p1"
        path.write_text(json.dumps(content))
    result = tmp_path / "comparison.json"

    command = ["compare", str(model), str(other), "--data", str(data)]
    assert main([*command, "--output", str(result)]) == 0

    assert read_comparison(result).notes == (
        "tiny has learned from 1 of these 2 radiographs, so its scores flatter:"
        " val-1.png.",
        "1 patient is both learned from and judged by, so the scores may flatter:"
        " train-0.png and val-0.png.",
    )


def test_what_is_to_be_known_of_the_set_is_told_before_it_is_examined(
    data: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for split in ("train", "val"):
        path = data / f"treatments_{split}.json"
        content = json.loads(path.read_text())
        content["images"][0]["patient_id"] = "p1"
        path.write_text(json.dumps(content))

    assert main(["compare", str(model), str(model), "--data", str(data)]) == 0

    assert capsys.readouterr().out.startswith(
        "  1 patient is both learned from and judged by, so the scores may flatter:"
        " train-0.png and val-0.png\n"
    )


@pytest.mark.parametrize("output", ["file/comparison.json", "folder"])
def test_where_the_comparison_cannot_be_written_nothing_is_examined(
    data: Path,
    model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    output: str,
) -> None:
    (tmp_path / "file").write_text("a file")
    (tmp_path / "folder").mkdir()
    words = ["compare", model, model, "--data", data, "--output", tmp_path / output]

    assert main([str(word) for word in words]) == 1

    said = capsys.readouterr().err
    assert f"{tmp_path / Path(output).parts[0]}: is a " in said
    assert "[1/" not in said


def test_the_folder_of_a_comparison_is_made(
    data: Path, model: Path, tmp_path: Path
) -> None:
    result = tmp_path / "new" / "comparison.json"
    words = ["compare", model, model, "--data", data, "--output", result]

    assert main([str(word) for word in words]) == 0

    assert read_comparison(result).first == "tiny"
