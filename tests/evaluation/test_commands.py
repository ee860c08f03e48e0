from __future__ import annotations

import json
import shutil
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from dentalviewer.cli import UNREAD, main
from dentalviewer.detector import DetectionSettings, DetectorIdentity
from dentalviewer.errors import AnnotationFileError, DentalViewerError, ModelError
from dentalviewer.evaluation.agreement_command import (
    add_agreement_arguments,
    run_agreement,
)
from dentalviewer.evaluation.comparison_report import few_radiographs
from dentalviewer.evaluation.evaluate_command import (
    add_evaluate_arguments,
    run_evaluate,
)
from dentalviewer.formats import LabelledImage, write_annotations
from dentalviewer.formats.signature import Signature
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import RESTORATION
from dentalviewer.study import Finding
from tests.closed_folder import close

OURS = Signature(
    DetectorIdentity("ours", "ab" * 32), DetectionSettings({RESTORATION: 0.75})
)


def signature_of(name: str) -> Signature:
    if name != "ours":
        raise ModelError(Path(name), "no such detector")
    return OURS


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


def sign(
    path: Path,
    least: float,
    *,
    name: str = "theirs",
    sha256: str = "cd" * 32,
    whole: bool = True,
    preprocessing: str = "",
) -> Path:
    """As `detect` signs what a detector with this threshold for restorations finds."""
    content = json.loads(path.read_text())
    content["info"] = {
        "year": 2025,
        "dentalviewer": {
            "detector": {
                "name": name, "sha256": sha256, "preprocessing": preprocessing,
            },
            "settings": {
                "thresholds": {RESTORATION: least}, "default_threshold": 0.5,
                "nms_iou": 0.4, "max_findings": 50,
            },
            "every_candidate": whole,
            "findings": len(content["annotations"]),
        },
    }  # fmt: skip
    path.write_text(json.dumps(content))
    return path


def counts(folder: Path) -> tuple[int, int, int]:
    """Right, false alarms and annotations at an IoU of 0.5, as written."""
    written = json.loads((folder / "evaluation.json").read_text("utf-8"))
    (point,) = (point for point in written["points"] if point["min_iou"] == 0.5)
    return point["right"], point["false_alarms"], point["annotations"]


def named(path: Path, label: str) -> Path:
    """The same set with that for its only class."""
    content = json.loads(path.read_text())
    content["categories"][0]["name"] = label
    path.write_text(json.dumps(content))
    return path


def test_how_many_findings_have_the_right_tooth_is_told_where_teeth_are_named(
    tmp_path: Path, truth: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    placed = write_set(
        tmp_path / "placed.json",
        {"image_id": 1, "x": 20, "tooth": 36},
        {"image_id": 2, "x": 60, "tooth": 37},
    )
    found = write_set(
        tmp_path / "found.json",
        {"image_id": 1, "x": 20, "tooth": 36, "score": 0.9},
        {"image_id": 2, "x": 60, "tooth": 36, "score": 0.9},
    )

    assert main(["evaluate", str(placed), str(found), "--output", str(tmp_path)]) == 0

    assert "| restoration | 2 | 1 | 0.50 |" in capsys.readouterr().out
    (told,) = json.loads((tmp_path / "teeth_of_findings.json").read_text("utf-8"))
    assert (told["placed"], told["right"]) == (2, 1)
    main(["evaluate", str(truth), str(found)])
    assert "Teeth of findings" not in capsys.readouterr().out


def test_what_shares_no_class_with_the_truth_is_refused(
    truth: Path, predictions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Teeth against restorations had a table of zeros; a tooth without a number is
    one all the same.
    """
    teeth = named(predictions, "36")

    assert main(["evaluate", str(truth), str(teeth)]) == 1
    assert (
        f"{teeth}: nothing in it can be compared with {truth}: one is about teeth by"
        " their numbers, the other about restoration"
    ) in capsys.readouterr().err

    assert main(["evaluate", str(named(truth, "36")), str(named(teeth, "tooth"))]) == 0


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
        signature_of,
    )

    assert status == 0
    assert counts(folder) == (2, 1, 2)
    # Precision 1 up to recall 1/2 (51 readings), then 2/3 (50 readings): 0.83. Two
    # radiographs are too few for an interval.
    row = next(line for line in capsys.readouterr().out.splitlines() if "0.83" in line)
    assert row == "| restoration | 2 | 0.83 | 0.83 | 0.67 | 1.00 | 0.80 | 1 | 0 |"
    assert row in (folder / "evaluation.md").read_text("utf-8")
    names = {path.name for path in folder.iterdir()}
    assert {"froc.png", "precision_recall.png", "gallery"} <= names


def test_an_evaluation_names_classes_as_people_know_them(
    truth: Path, predictions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (truth, predictions):
        path.write_text(path.read_text().replace(RESTORATION, "endodontic"))
    folder = tmp_path / "evaluation"

    run_evaluate(
        evaluate_arguments(
            truth, predictions, "--threshold", "0.5", "--output", folder
        ),
        signature_of,
    )

    text = capsys.readouterr().out
    assert text.count("endodontic treatment") == text.count("endodontic") >= 5
    assert '"endodontic"' in (folder / "evaluation.json").read_text("utf-8")


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

    run_evaluate(arguments, signature_of)

    assert counts(tmp_path / "out") == expected


def test_what_the_truth_is_uncertain_of_is_told_since_it_is_not_in_n(
    predictions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    doubtful = write_set(
        tmp_path / "doubtful.json",
        {"image_id": 1, "x": 20},
        {"image_id": 2, "x": 60, "uncertain": True},
    )

    run_evaluate(
        evaluate_arguments(doubtful, predictions, "--output", tmp_path / "out"),
        signature_of,
    )

    assert counts(tmp_path / "out")[2] == 1
    assert (
        "Counted neither for nor against, and not in n: 1 annotation that"
        f" {doubtful} calls uncertain." in capsys.readouterr().out
    )


def test_annotations_without_scores_all_count(truth: Path, tmp_path: Path) -> None:
    arguments = evaluate_arguments(
        truth, truth, "--threshold", "0.9", "--output", tmp_path / "out"
    )

    run_evaluate(arguments, signature_of)

    assert counts(tmp_path / "out") == (2, 0, 2)


def test_a_detector_that_is_not_installed_is_named(
    truth: Path, predictions: Path
) -> None:
    arguments = evaluate_arguments(truth, predictions, "--model", "theirs")

    with pytest.raises(ModelError, match="theirs"):
        run_evaluate(arguments, signature_of)


def test_an_empty_truth_is_refused(predictions: Path, tmp_path: Path) -> None:
    empty = write_set(tmp_path / "empty.json")

    with pytest.raises(AnnotationFileError, match=r"empty\.json: nothing is annotated"):
        run_evaluate(evaluate_arguments(empty, predictions), signature_of)


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

    status = run_agreement(arguments, signature_of)

    assert status == 0
    # One shared; one only in the truth, one only by the detector: F1 is 1/2.
    assert "| truth | found | restoration | 1 | 1 | 1 | 0.50 |" in (
        capsys.readouterr().out
    )
    written = json.loads((folder / "agreement.json").read_text("utf-8"))
    assert written["detectors"] == ["found"]
    assert written["pairs"][0]["f1"]["value"] == 0.5
    assert (folder / "agreement.md").is_file()


def test_files_may_be_named_with_a_star_where_no_shell_does_so(
    truth: Path,
    predictions: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As those of Windows do not."""
    sets = tmp_path / "sets [2]"
    sets.mkdir()
    for number, path in enumerate((truth, predictions)):
        shutil.copy(path, sets / f"{number}.json")
    monkeypatch.setattr("dentalviewer.cli.SHELL_KNOWS_STARS", False)

    assert main(["agreement", str(sets / "?.json")]) == 0
    assert "| 0 | 1 | restoration |" in capsys.readouterr().out
    assert main(["agreement", str(sets / "*.xml"), str(truth)]) == 1
    assert "*.xml" in capsys.readouterr().err


def test_texts_of_yolo_alone_agree_with_any_set_that_has_the_sizes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crown = Finding(Box(10, 20, 40, 60), RESTORATION)
    images = [
        LabelledImage(tmp_path / f"{name}.png", Size(200, 100), (crown,))
        for name in "ab"
    ]
    for format_name in ("voc", "yolo"):
        write_annotations(images, tmp_path / format_name, format_name)
    arguments = agreement_arguments(tmp_path / "voc", tmp_path / "yolo")

    assert run_agreement(arguments, signature_of) == 0

    assert "| voc | yolo | restoration | 2 | 0 | 0 | 1.00 |" in capsys.readouterr().out


def test_a_reader_does_not_agree_with_a_file_of_the_same_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crown = Finding(Box(10, 20, 40, 60), RESTORATION)
    images = [LabelledImage(tmp_path / "a.png", Size(200, 100), (crown,))]
    anna = tmp_path / "anna"
    write_annotations(images, anna, "vott2")
    write_annotations(images, anna, "voc")
    files = [*anna.rglob("*.vott"), *anna.rglob("*.xml")]
    write_annotations(images, tmp_path / "berta", "labelme")

    for other in (anna, *files):
        for given in ((anna, other), (other, anna)):
            words = [str(each) for each in (tmp_path / "berta", *given)]

            assert main(["agreement", *words]) == 1

            told = f"{given[1]}: this is read from a file of {given[0]}"
            assert told in capsys.readouterr().err


def test_a_project_and_its_export_agree_with_others_as_one_reader(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crown = Finding(Box(10, 20, 40, 60), RESTORATION)
    images = [LabelledImage(tmp_path / "a.png", Size(200, 100), (crown,))]
    project = write_annotations(images, tmp_path / "anna", "vott2").path
    export = tmp_path / "anna" / "vott-json-export" / "anna-export.json"
    berta = write_annotations(images, tmp_path / "berta", "coco").path

    for given in ((project, export, berta), (export, berta, project.parent)):
        assert run_agreement(agreement_arguments(*given), signature_of) == 0

        said = capsys.readouterr().out
        assert "anna, berta: 1 radiograph that all of them read" in said
        assert said.count("restoration | 1 | 0 | 0 |") == 1
        assert f"{export} is the export of {project}, and says nothing else" in said

    with pytest.raises(AnnotationFileError, match="one reader, who counts once"):
        run_agreement(agreement_arguments(export, project), signature_of)


def test_one_set_alone_cannot_agree(truth: Path) -> None:
    with pytest.raises(DentalViewerError, match="two annotation sets"):
        run_agreement(agreement_arguments(truth), signature_of)


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

    again = tmp_path / "again.json"
    shutil.copy(real, again)

    run_evaluate(evaluate_arguments(real, real, "--output", tmp_path), signature_of)
    run_agreement(
        agreement_arguments(
            real, again, "--teeth", data / "teeth_val.json", "--output", tmp_path
        ),
        signature_of,
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
        signature_of,
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


@pytest.mark.parametrize("command", ["evaluate", "agreement"])
def test_a_file_where_the_folder_should_be_is_told_before_the_work(
    truth: Path,
    predictions: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    (tmp_path / "out").write_text("in the way")
    sets = [str(truth), str(predictions)]

    assert main([command, *sets, "--output", str(tmp_path / "out")]) == 1

    said = capsys.readouterr()
    assert said.err.endswith("out: is a file, not a folder to write to\n")
    assert not said.out


def test_few_radiographs_are_called_so(
    truth: Path, predictions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_evaluate(evaluate_arguments(truth, predictions), signature_of)

    said = capsys.readouterr().out
    assert "fewer than 5 radiographs are too few to draw from." in said
    assert few_radiographs(5).endswith("few: even the intervals are uncertain.")
    assert few_radiographs(20) == ""


def test_a_gallery_needs_a_folder_to_go_to(
    truth: Path, predictions: Path, tmp_path: Path
) -> None:
    arguments = evaluate_arguments(truth, predictions, "--images", tmp_path)

    with pytest.raises(DentalViewerError, match="give --output too"):
        run_evaluate(arguments, signature_of)


def test_who_stops_reading_what_is_printed_gets_no_python_error(
    truth: Path, predictions: Path
) -> None:
    command = [sys.executable, "-m", "dentalviewer", "evaluate", truth, predictions]
    with subprocess.Popen(
        list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()

        assert process.stderr.read() == b""
        assert process.wait() == UNREAD


def test_radiographs_that_one_of_the_readers_lacks_are_counted(
    truth: Path, predictions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads(truth.read_text())
    content["images"] = content["images"][:1]
    content["annotations"] = content["annotations"][:1]
    short = tmp_path / "short.json"
    short.write_text(json.dumps(content))

    run_agreement(agreement_arguments(truth, short), signature_of)

    left_out = (
        f"Left out: 1 of the 2 radiographs in {truth} is missing from another set."
    )
    assert left_out in capsys.readouterr().out.splitlines()


def test_what_is_measured_may_not_be_uncertain_but_each_reader_may(
    truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of two annotations one is found, the other called uncertain; so is a third."""
    doubtful = write_set(
        tmp_path / "doubtful.json",
        {"image_id": 1, "x": 20, "score": 0.9},
        {"image_id": 2, "x": 60, "score": 0.9, "uncertain": True},
        {"image_id": 2, "x": 10, "score": 0.9, "uncertain": True},
    )

    run_evaluate(
        evaluate_arguments(truth, doubtful, "--output", tmp_path), signature_of
    )
    # Right, false alarms and annotations: what it was uncertain of is missed.
    assert counts(tmp_path) == (1, 0, 2)
    assert (
        f"Left out, as if not made: 2 predictions that {doubtful} calls uncertain."
        in capsys.readouterr().out
    )

    run_agreement(agreement_arguments(truth, doubtful), signature_of)
    # Both, only the first, only the second: what it was uncertain of does not count.
    assert "| truth | doubtful | restoration | 1 | 0 | 0 | 1.00 |" in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize("command", [run_agreement, run_evaluate])
def test_one_faulty_box_stops_no_comparison_and_is_told_of(
    command: Any, truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reader = write_set(
        tmp_path / "reader.json",
        {"image_id": 1, "x": 20},
        {"image_id": 2, "x": 300},
        {"image_id": 2, "x": 60, "bbox": [60, 20, 0, 10]},
    )
    parse = agreement_arguments if command is run_agreement else evaluate_arguments

    assert command(parse(truth, reader), signature_of) == 0

    said = capsys.readouterr().out
    assert f"Left out of {reader}: 2 boxes without area or outside the radio" in said
    assert f"{reader}: annotation 3: a restoration at (60.0, 20.0, 60.0, 30.0)" in said
    assert "(300.0, 20.0, 310.0, 30.0) lies outside 2.png" in said


def test_readers_whose_files_are_called_alike_are_called_by_their_folders(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [tmp_path / "anna", tmp_path / "berta"]
    for folder in folders:
        folder.mkdir()
        write_set(folder / "coco.json", {"image_id": 1, "x": 20})

    run_agreement(agreement_arguments(*folders), signature_of)

    assert "| anna | berta | restoration | 1 |" in capsys.readouterr().out


def test_what_the_other_predictions_lack_is_told_under_their_name(
    truth: Path, predictions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = write_set(tmp_path / "other.json", {"image_id": 1, "x": 20})

    run_evaluate(
        evaluate_arguments(truth, predictions, "--against", other), signature_of
    )

    told = "The predictions have no scores"
    said = capsys.readouterr().out
    assert f"\n{other}: {told}" in said
    assert f"\n{told}" not in said


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
        signature_of,
    )

    text = capsys.readouterr().out
    assert "## With 1 label fault left out" in text

    def false_alarms(name: str) -> int:
        points = json.loads((folder / name).read_text())["points"]
        return sum(point["false_alarms"] for point in points if point["min_iou"] == 0.5)

    assert false_alarms("evaluation.json") == 1
    assert false_alarms("label_faults_left_out.json") == 0


def test_with_label_faults_left_out_teeth_are_scored_anew_as_well(
    truth: Path, predictions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (truth, predictions):
        path.write_text(path.read_text().replace(RESTORATION, "36"))
    # The tooth at 80 is not in the truth, the one at 60 has another number.
    found = json.loads(predictions.read_text())
    found["categories"].append({"id": 2, "name": "37"})
    found["annotations"][2]["category_id"] = 2
    predictions.write_text(json.dumps(found))
    entry = {
        "image": "2.png", "split": "val", "width": 100, "height": 50, "label": "36",
        "box": [60, 20, 70, 30], "fault": "wrong class", "right_label": "37",
        "certain": True, "why": "the second molar", "found": "label audit",
    }  # fmt: skip
    content = {"format": "dentalviewer label faults", "version": 1, "faults": [entry]}
    faults = tmp_path / "faults.json"
    faults.write_text(json.dumps(content))
    folder = tmp_path / "evaluation"

    run_evaluate(
        evaluate_arguments(
            truth, predictions, "--label-faults", faults, "--output", folder
        ),
        signature_of,
    )

    def counts_of_teeth(name: str) -> tuple[int, int, int, int]:
        scores = json.loads((folder / name).read_text())
        keys = ("annotated", "shown", "found", "right")
        annotated, shown, found, right = (scores[key] for key in keys)
        return annotated, shown, found, right

    assert counts_of_teeth("teeth.json") == (2, 3, 2, 1)
    left_out = "teeth_label_faults_left_out.json"
    assert counts_of_teeth(left_out) == (1, 2, 1, 1)
    out = capsys.readouterr().out
    assert "| 1 | 2 | 1 | 1 | 0.67 | 1.00 | 0.67 |" in out


@pytest.mark.parametrize(("count", "told"), [(4, False), (5, True)])
def test_intervals_are_told_from_five_radiographs_on(
    tmp_path: Path, count: int, told: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_set(tmp_path / "truth.json")
    content = json.loads(path.read_text())
    content["images"] = [
        {"id": n, "file_name": f"{n}.png", "width": 100, "height": 50}
        for n in range(count)
    ]
    content["annotations"] = [
        {"image_id": n, "category_id": 1, "bbox": [20, 20, 10, 10], "score": 0.9}
        for n in range(count)
    ]
    path.write_text(json.dumps(content))

    run_evaluate(evaluate_arguments(path, path), signature_of)

    out = capsys.readouterr().out
    assert ("(1.00-1.00)" in out) is told
    assert ("There are no intervals" in out) is not told


# What a file of `detect` says of itself


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        # 0.9 and 0.7 are shown: one right, one false alarm.
        ([], (1, 1, 2)),
        (["--threshold", "0"], (2, 1, 2)),
        (["--model", "ours"], (1, 0, 2)),
    ],
)
def test_what_counts_as_shown_is_what_the_file_says_unless_something_is_asked_for(
    truth: Path,
    predictions: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    expected: tuple[int, int, int],
) -> None:
    sign(predictions, 0.65)
    out = tmp_path / "out"

    run_evaluate(
        evaluate_arguments(truth, predictions, *options, "--output", out), signature_of
    )

    assert counts(out) == expected
    # AP looks at all three: 1 up to a recall of 1/2, then 2/3.
    assert "| restoration | 2 | 0.83 |" in capsys.readouterr().out


def test_a_file_that_was_changed_since_it_was_signed_is_nobodys(
    truth: Path, predictions: Path, tmp_path: Path
) -> None:
    sign(predictions, 0.65)
    content = json.loads(predictions.read_text())
    content["annotations"].append({**content["annotations"][2], "score": 0.5})
    predictions.write_text(json.dumps(content))

    run_evaluate(
        evaluate_arguments(truth, predictions, "--output", tmp_path / "out"),
        signature_of,
    )

    # All four count: two right, the false alarm, and what was added beside.
    assert counts(tmp_path / "out") == (2, 2, 2)


def test_a_signature_that_cannot_be_understood_is_named(
    truth: Path, predictions: Path
) -> None:
    sign(predictions, 0.65)
    text = predictions.read_text().replace('"nms_iou": 0.4', '"nms_iou": "low"')
    predictions.write_text(text)

    with pytest.raises(AnnotationFileError, match="nms_iou should be a number"):
        run_evaluate(evaluate_arguments(truth, predictions), signature_of)


def test_where_only_what_was_shown_is_there_ap_is_said_to_be_too_low(
    truth: Path, predictions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(name: str) -> str:
        folder = tmp_path / name
        run_evaluate(
            evaluate_arguments(truth, predictions, "--output", folder), signature_of
        )
        capsys.readouterr()
        text = (folder / "evaluation.md").read_text("utf-8")
        caveat = json.loads((folder / "evaluation.json").read_text("utf-8"))["caveat"]
        assert caveat in text
        return str(caveat)

    assert "does not say which detector wrote it, and ends at a score of 0.60" in (
        said("unsigned")
    )
    sign(predictions, 0.6, whole=False)
    assert "holds only what theirs shows, so that AP and FROC end there" in (
        said("shown")
    )
    assert "`dentalviewer detect --all`" in said("shown")
    sign(predictions, 0.6)
    assert said("whole") == ""


@pytest.mark.parametrize(
    ("signer", "expected"),
    [
        ({}, "is by another detector, theirs: the settings of ours are applied"),
        (
            {"name": "ours"},
            "is by other weights of ours (cdcdcdcd) than those installed",
        ),
    ],
)
def test_the_settings_of_a_detector_that_did_not_write_the_file_are_told(
    truth: Path,
    predictions: Path,
    capsys: pytest.CaptureFixture[str],
    signer: dict[str, str],
    expected: str,
) -> None:
    sign(predictions, 0.65, **signer)
    arguments = evaluate_arguments(truth, predictions, "--model", "ours")

    run_evaluate(arguments, signature_of)

    assert expected in capsys.readouterr().out


def test_the_settings_that_are_applied_to_a_file_without_a_signature_are_told(
    truth: Path, predictions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = evaluate_arguments(truth, predictions, "--model", "ours")

    run_evaluate(arguments, signature_of)

    assert (
        "found.json does not say which detector wrote it, or was changed since: whether"
        " the settings of ours, which are applied, are meant for such scores is not"
        " known."
    ) in capsys.readouterr().out


@pytest.mark.parametrize("options", [[], ["--threshold", "0.65"]])
def test_where_no_detector_is_named_a_file_needs_no_signature(
    truth: Path,
    predictions: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
) -> None:
    run_evaluate(evaluate_arguments(truth, predictions, *options), signature_of)

    assert "or was changed since" not in capsys.readouterr().out


def test_annotations_of_people_need_no_signature(
    truth: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_evaluate(evaluate_arguments(truth, truth, "--model", "ours"), signature_of)

    assert "or was changed since" not in capsys.readouterr().out


def test_predictions_from_before_the_scores_were_calibrated_are_told_of(
    truth: Path, predictions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The weights are the same; what was done beside them is not."""
    sign(predictions, 0.65, name="ours", sha256="ab" * 32, preprocessing="grey")
    now = DetectorIdentity("ours", "ab" * 32, "grey; scores calibrated")
    arguments = evaluate_arguments(truth, predictions, "--model", "ours")

    run_evaluate(arguments, lambda _name: replace(OURS, identity=now))

    assert (
        "found.json is by ours as it was before its preprocessing, or what its scores"
        " mean, was changed: the settings of the one installed are applied."
    ) in capsys.readouterr().out


def test_of_its_own_detector_nothing_is_told(
    truth: Path, predictions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sign(predictions, 0.65, name="ours", sha256="ab" * 32)
    arguments = evaluate_arguments(truth, predictions, "--model", "ours")

    run_evaluate(arguments, signature_of)

    assert "found.json is" not in capsys.readouterr().out


def test_two_detectors_are_compared_each_with_its_own_thresholds(
    truth: Path, predictions: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.json"
    other.write_text(predictions.read_text())
    sign(predictions, 0.55, name="ours", sha256="ab" * 32)
    sign(other, 0.8)
    folder = tmp_path / "out"

    run_evaluate(
        evaluate_arguments(truth, predictions, "--against", other, "--output", folder),
        signature_of,
    )

    differences = json.loads((folder / "comparison.json").read_text())["differences"]
    (found,) = (
        (each["first"]["value"], each["second"]["value"])
        for each in differences
        if (each["measure"], each["min_iou"]) == ("sensitivity", 0.5)
    )
    # From 0.8 on the other finds one of two, from 0.55 on the first finds both.
    assert found == (0.5, 1.0)


@pytest.mark.parametrize("options", [[], ["--model", "ours"]])
def test_in_an_agreement_each_detector_is_shown_as_its_own_file_says(
    truth: Path,
    predictions: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
) -> None:
    other = tmp_path / "other.json"
    other.write_text(predictions.read_text())
    sign(predictions, 0.55, name="ours", sha256="ab" * 32)
    sign(other, 0.65)

    run_agreement(
        agreement_arguments(truth, predictions, other, *options, "--output", tmp_path),
        signature_of,
    )

    pairs = json.loads((tmp_path / "agreement.json").read_text("utf-8"))["pairs"]
    found = {
        pair["second"]: (pair["both"], pair["only_first"], pair["only_second"])
        for pair in pairs
        if pair["first"] == "truth" and pair["label"] == RESTORATION
    }
    # Its own threshold shows all three of ours, the card of --model only that of 0.9;
    # of the other, which --model does not name, 0.9 and 0.7 either way.
    assert found["found"] == ((1, 1, 0) if options else (2, 0, 1))
    assert found["other"] == (1, 1, 1)
    told = capsys.readouterr().out
    assert ("other.json is shown with its own settings, those of theirs." in told) == (
        bool(options)
    )


def test_a_detector_that_found_nothing_is_a_detector_still(
    truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blind = sign(write_set(tmp_path / "blind.json"), 0.5)

    run_agreement(agreement_arguments(truth, blind), signature_of)

    assert "truth, blind (detector): 2 radiographs" in capsys.readouterr().out


def test_precision_and_sensitivity_are_told_at_the_iou_of_readers_too(
    truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Shifted by 5 of 10 pixels: IoU is 5 / 15, right at 0.3 and wrong at 0.5.
    shifted = write_set(
        tmp_path / "shifted.json",
        {"image_id": 1, "x": 25, "score": 0.9},
        {"image_id": 1, "x": 80, "score": 0.8},
    )

    run_evaluate(evaluate_arguments(truth, shifted), signature_of)

    rows = [
        line
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("| restoration |")
    ]
    assert rows[0].endswith("| 0.00 | 2 | 2 |")
    # One of two shown is right, one of two annotated is found: 1/2, 1/2 and F1 1/2.
    values = [cell.strip()[:4] for cell in rows[1].split("|")[2:-1]]
    assert values == ["0.50", "0.50", "0.50", "1", "1"]


def test_readers_who_share_no_class_have_no_agreement(
    truth: Path, predictions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    teeth = named(predictions, "36")

    assert main(["agreement", str(truth), str(teeth)]) == 1
    assert "nothing in it can be compared" in capsys.readouterr().err

    third = truth.with_name("third.json")
    third.write_bytes(truth.read_bytes())
    assert main(["agreement", str(truth), str(teeth), str(third)]) == 0


@pytest.mark.parametrize("command", ["evaluate", "agreement", "audit"])
def test_a_set_in_a_folder_that_is_closed_to_the_reader_is_named(
    command: str,
    truth: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    close(closed, monkeypatch)

    output = ["--output", str(tmp_path / "out")]
    assert main([command, str(truth), str(closed), *output]) == 1

    told = f"{closed}: the folder cannot be read: Permission denied"
    assert told in capsys.readouterr().err
