from __future__ import annotations

import json
import os
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import cv2
import numpy as np
import pytest

from dentalviewer import cli
from dentalviewer.dentition import Tooth
from dentalviewer.detection.commands import detect_command
from dentalviewer.detection.commands.detect_command import add_detect_arguments
from dentalviewer.detector import DetectionSettings
from dentalviewer.errors import DentalViewerError, DetectionError, FileError
from dentalviewer.formats import LabelledImage, write_annotations
from dentalviewer.formats.collecting import collect_annotations
from dentalviewer.formats.conversion import convert
from dentalviewer.geometry import Box, Size
from dentalviewer.phrases import counted
from dentalviewer.radiograph import Radiograph
from dentalviewer.study import Finding
from tests.detection.conftest import BUNDLED, drawn
from tests.scripted_detector import ScriptedDetector

SURE = Finding(Box(10, 20, 50, 60), "restoration", score=0.9)
UNSURE = Finding(Box(80, 20, 99, 60), "endodontic", score=0.3)


def detector(**by_name: list[Finding]) -> ScriptedDetector:
    return ScriptedDetector(
        (SURE, UNSURE),
        {f"{name}.png": found for name, found in by_name.items()},
    )


def run_detect(
    args: Namespace, detector: ScriptedDetector, teeth: ScriptedDetector | None = None
) -> int:
    return detect_command.run_detect(args, lambda: (detector, teeth))


def not_asked() -> NoReturn:
    pytest.fail("A detector was loaded.")


def arguments(*words: object) -> Namespace:
    parser = ArgumentParser()
    add_detect_arguments(parser)
    return parser.parse_args([str(word) for word in words])


def write_radiograph(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), drawn(Size(200, 100), [Box(10, 20, 50, 60)]))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a", "b"):
        write_radiograph(tmp_path / "in" / f"{name}.png")
    return tmp_path / "in"


def test_findings_are_written_as_coco(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    status = run_detect(arguments(folder, "--output", out), detector(b=[]))

    assert status == 0
    content = json.loads((out / "predictions.json").read_text())
    assert [image["file_name"] for image in content["images"]] == ["a.png", "b.png"]
    (annotation,) = content["annotations"]
    assert annotation["bbox"] == [10, 20, 40, 40]
    assert annotation["score"] == 0.9


def test_a_lower_threshold_lets_more_through(folder: Path, tmp_path: Path) -> None:
    words = (folder / "a.png", "--output", tmp_path, "--threshold", "0.25")

    run_detect(arguments(*words), detector())

    content = json.loads((tmp_path / "predictions.json").read_text())
    assert [each["score"] for each in content["annotations"]] == [0.9, 0.3]


@pytest.mark.parametrize(
    ("most", "told"),
    [
        (3, []),
        (
            2,
            ["  1 more above its threshold is left out: this detector shows at most"
             " 2"],
        ),
        (
            1,
            ["  2 more above their thresholds are left out: this detector shows at"
             " most 1"],
        ),
    ],
)  # fmt: skip
def test_what_passes_the_threshold_and_is_cut_off_is_told(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    most: int,
    told: list[str],
) -> None:
    found = [replace(SURE, box=Box(40 * n, 0, 40 * n + 20, 20)) for n in range(3)]
    shows_few = ScriptedDetector(found, settings=DetectionSettings(max_findings=most))

    run_detect(arguments(folder / "a.png", "--output", tmp_path), shows_few)

    lines = capsys.readouterr().out.splitlines()
    assert lines[: len(told) + 1] == [
        f"[1/1] a.png: {counted(most, 'finding')}",
        *told,
    ]


def test_the_file_says_which_detector_found_it_and_what_was_shown(
    folder: Path, tmp_path: Path
) -> None:
    run_detect(arguments(folder, "--output", tmp_path), detector())

    said = json.loads((tmp_path / "predictions.json").read_text())["info"]
    assert said["description"] == "Predictions of dentalviewer"
    assert said["dentalviewer"] == {
        "detector": {"name": "scripted", "sha256": "5c" * 32, "preprocessing": "none"},
        "settings": {
            "thresholds": {"restoration": 0.4, "endodontic": 0.4, "implant": 0.4},
            "default_threshold": 0.5,
            "nms_iou": 0.4,
            "max_findings": 50,
        },
        "every_candidate": False,
        "findings": 2,
    }


def test_where_all_is_shown_every_candidate_is_there(
    folder: Path, tmp_path: Path
) -> None:
    said_of_both = detector(a=[SURE], b=[SURE])

    run_detect(arguments(folder, "--output", tmp_path), said_of_both)

    said = json.loads((tmp_path / "predictions.json").read_text())["info"]
    assert said["dentalviewer"]["every_candidate"] is True


def test_every_candidate_is_written_where_it_is_asked_for(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # The second overlaps the first wholly: neither suppression nor threshold counts.
    again = Finding(SURE.box, "restoration", score=0.8)
    said_of_a = detector(a=[SURE, again, UNSURE])
    words = (folder / "a.png", "--output", tmp_path, "--all", "--to", "coco", "voc")

    run_detect(arguments(*words), said_of_a)

    content = json.loads((tmp_path / "predictions.json").read_text())
    assert [each["score"] for each in content["annotations"]] == [0.9, 0.8, 0.3]
    signature = content["info"]["dentalviewer"]
    assert signature["every_candidate"]
    assert signature["settings"]["thresholds"]["endodontic"] == 0.4
    # Other formats could not tell a candidate from what is shown.
    (image,) = collect_annotations(next(tmp_path.rglob("a.xml"))).images
    assert [finding.box for finding in image.findings] == [SURE.box]
    assert "a.png: 1 finding\n" in capsys.readouterr().out


def test_who_converts_candidates_is_told_that_not_all_of_them_are_shown(
    folder: Path, tmp_path: Path
) -> None:
    for name, *asked in (("shown",), ("all", "--all")):
        words = (folder, "--output", tmp_path / name, *asked)
        run_detect(arguments(*words), detector(a=[SURE, UNSURE], b=[SURE]))

    def notes(name: str) -> str:
        source, target = tmp_path / name / "predictions.json", tmp_path / f"{name} voc"
        return "\n".join(
            convert(source, target, format_name="voc", copy_images=False).notes
        )

    told = "1 of the findings is less sure than what the detector shows"
    assert told in notes("all")
    assert "less sure" not in notes("shown")


def test_candidates_are_refused_where_no_format_holds_their_scores(
    folder: Path, tmp_path: Path
) -> None:
    words = (folder, "--output", tmp_path / "out", "--all", "--to", "voc")

    with pytest.raises(DentalViewerError, match="--to coco"):
        run_detect(arguments(*words), detector())
    assert not (tmp_path / "out").exists()


def test_evaluate_counts_of_all_candidates_what_the_detector_shows(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = Finding(SURE.box, "restoration"), Finding(UNSURE.box, "endodontic")
    images = [
        LabelledImage(folder / f"{name}.png", Size(200, 100), truth) for name in "ab"
    ]
    annotated = write_annotations(images, tmp_path / "truth", "coco").path

    def row_of(folder_name: str, *words: str) -> str:
        out = tmp_path / folder_name
        run_detect(arguments(folder, "--output", out, *words), detector())
        capsys.readouterr()
        paths = str(annotated), str(out / "predictions.json")
        assert cli.main(["evaluate", *paths]) == 0
        lines = capsys.readouterr().out.splitlines()
        of_class = "| endodontic treatment | 2"
        return next(line for line in lines if line.startswith(of_class))

    # Found, but with 0.3, under the threshold of 0.4: AP50 is 1, and yet 2 are missed.
    assert row_of("whole", "--all") == (
        "| endodontic treatment | 2 | 1.00 | 1.00 | - | 0.00 | 0.00 | 0 | 2 |"
    )
    assert row_of("shown").startswith("| endodontic treatment | 2 | 0.00 | ")


def test_several_formats_say_the_same(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    run_detect(
        arguments(folder, "--output", out, "--to", "voc", "vott2", "yolo"), detector()
    )

    assert list(out.rglob("a.xml"))
    assert list(out.rglob("*.vott"))
    assert list(out.rglob("a.txt"))
    for image in collect_annotations(next(out.rglob("*.vott"))).images:
        assert [f.box for f in image.findings] == [SURE.box]


def test_pictures_show_what_was_found(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    run_detect(arguments(folder, "--output", out, "--pictures"), detector(b=[]))

    def colourfulness(name: str) -> int:
        picture = cv2.imread(str(out / "pictures" / f"{name}.jpg"))
        assert picture is not None
        return int(np.ptp(picture.astype(int), axis=2).max())

    assert colourfulness("a") > 60
    assert colourfulness("b") < 30


def test_broken_radiographs_are_named_and_the_others_done(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "a0.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    (folder / "a1.jpg").write_bytes(b"")
    out = tmp_path / "out"

    status = run_detect(arguments(folder, "--output", out), detector())

    assert status == 1
    content = json.loads((out / "predictions.json").read_text())
    assert [image["file_name"] for image in content["images"]] == ["a.png", "b.png"]
    said = capsys.readouterr().err
    assert "a0.png: failed." in said
    assert "a1.jpg: failed." in said
    assert "2 of 4 radiographs failed." in said


def test_a_detector_that_fails_does_not_stop_the_rest(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failing = ScriptedDetector(fault=DetectionError("There is too little memory."))

    status = run_detect(arguments(folder, "--output", tmp_path / "out"), failing)

    assert status == 1
    # Both are in work at once; who is asked about first is open.
    assert sorted(failing.examined) == ["a.png", "b.png"]
    assert capsys.readouterr().err.count("too little memory") == 2


def test_radiographs_of_one_name_in_two_folders_are_kept_apart(
    folder: Path, tmp_path: Path
) -> None:
    write_radiograph(folder / "later" / "a.png")
    out = tmp_path / "out"
    places = (folder, folder / "later")

    status = run_detect(arguments(*places, "--output", out, "--pictures"), detector())

    assert status == 0
    content = json.loads((out / "predictions.json").read_text())
    names = [image["file_name"] for image in content["images"]]
    assert len(set(names)) == len(names) == 3
    pictures = sorted(path.name for path in (out / "pictures").iterdir())
    assert len(pictures) == 3


def test_folders_are_looked_into_at_any_depth_as_the_window_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clinic = tmp_path / "clinic"
    for name in ("2/10.png", "2/9.png", "10/1.png", "3.png", ".hidden/4.png"):
        write_radiograph(clinic / name)

    assert run_detect(arguments(clinic, "--output", tmp_path / "out"), detector()) == 0

    told = [
        line for line in capsys.readouterr().out.splitlines() if line.startswith("[")
    ]
    # Its own first, then those of folder 2 and of folder 10.
    assert [line.split(":")[0] for line in told] == [
        "[1/4] 3.png", "[2/4] 9.png", "[3/4] 10.png", "[4/4] 1.png",
    ]  # fmt: skip


@pytest.mark.parametrize("place", ["", "results"])
def test_what_was_written_before_is_not_examined(folder: Path, place: str) -> None:
    out = folder / place
    for _ in range(2):
        words = (folder, "--output", out, "--pictures")
        assert run_detect(arguments(*words), detector()) == 0

    content = json.loads((out / "predictions.json").read_text())
    assert len(content["images"]) == 2


@pytest.mark.parametrize(
    ("given", "output"),
    [
        (".", "../in/out"),
        ("../in", "out"),
        ("../link", "../in/out"),
        ("../link", "out"),
        (".", "../link/out"),
        ("../in", "."),
        ("../link", "../in"),
    ],
)
def test_what_was_written_before_is_not_examined_however_folders_are_spelled(
    folder: Path,
    given: str,
    output: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (folder.parent / "link").symlink_to(folder, target_is_directory=True)
    monkeypatch.chdir(folder)
    words = (given, "--output", output, "--pictures")
    run_detect(arguments(*words), detector())
    assert "Passed over" not in capsys.readouterr().out

    asked = detector()
    run_detect(arguments(*words), asked)

    assert sorted(asked.examined) == ["a.png", "b.png"]
    told = f"Passed over, as an earlier run wrote it: 2 pictures in {output}\n"
    assert told in capsys.readouterr().out


def test_ones_own_radiographs_in_a_folder_called_pictures_are_examined(
    folder: Path,
) -> None:
    for name in ("mine.png", "also-mine.jpg"):
        write_radiograph(folder / "pictures" / name)
    asked = detector()

    run_detect(arguments(folder, "--output", folder), asked)

    assert sorted(asked.examined) == ["a.png", "also-mine.jpg", "b.png", "mine.png"]


def test_no_picture_is_written_over_a_radiograph(folder: Path) -> None:
    mine = write_radiograph(folder / "pictures" / "mine.jpg")
    before, asked = mine.read_bytes(), detector()

    with pytest.raises(FileError, match="written over it") as caught:
        run_detect(arguments(folder, "--output", folder, "--pictures"), asked)

    assert caught.value.path == mine
    assert mine.read_bytes() == before
    assert not asked.examined


def test_a_folder_that_is_given_twice_is_examined_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(folder)
    asked = detector()

    places = (".", folder, "a.png", folder / "b.png")
    run_detect(arguments(*places, "--output", tmp_path / "out"), asked)

    assert sorted(asked.examined) == ["a.png", "b.png"]


@dataclass
class StoppedDetector(ScriptedDetector):
    """Examines as it should until the reader presses Ctrl+C, at the radiograph `at`."""

    at: str = ""

    def detect(self, radiograph: Radiograph) -> tuple[Finding, ...]:
        if radiograph.path.name == self.at:
            raise KeyboardInterrupt
        return super().detect(radiograph)


def stop_at(name: str, *words: object, tooth: Finding | None = None) -> None:
    stopped = StoppedDetector((SURE, UNSURE), at=name)
    teeth = None if tooth is None else ScriptedDetector([tooth])
    with pytest.raises(KeyboardInterrupt):
        run_detect(arguments(*words), stopped, teeth)


def test_a_run_that_was_stopped_goes_on_where_it_was(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_radiograph(folder / "c.png")
    words = (folder, "--output", tmp_path / "out")
    run_detect(arguments(folder, "--output", tmp_path / "at-once"), detector())

    stop_at("c.png", *words)
    told = "2 of 3 radiographs examined; the same command goes on from there\n"
    assert capsys.readouterr().err == told
    asked = detector()
    assert run_detect(arguments(*words), asked) == 0

    assert asked.examined == ["c.png"]
    assert "a run that was stopped: 2 of 3 radiographs" in capsys.readouterr().out
    at_once, in_two = (
        (tmp_path / name / "predictions.json").read_text()
        for name in ("at-once", "out")
    )
    assert in_two == at_once
    # Once all is written, nothing is left of it: the next run examines all again.
    assert os.listdir(tmp_path / "out") == ["predictions.json"]
    again = detector()
    run_detect(arguments(*words), again)
    assert sorted(again.examined) == ["a.png", "b.png", "c.png"]


def test_a_run_that_was_stopped_keeps_the_teeth_too(
    folder: Path, tmp_path: Path
) -> None:
    tooth = Finding(SURE.box, "36", Tooth(3, 6), 0.9)
    words = (folder, "--output", tmp_path)
    stop_at("b.png", *words, tooth=tooth)
    asked, teeth = detector(), ScriptedDetector([tooth])

    run_detect(arguments(*words), asked, teeth)

    assert (asked.examined, teeth.examined) == (["b.png"], ["b.png"])
    content = json.loads((tmp_path / "predictions.json").read_text())
    assert [each["tooth"] for each in content["annotations"]] == [36, 36]


def test_what_changed_since_a_run_was_stopped_is_examined_again(
    folder: Path, tmp_path: Path
) -> None:
    words = (folder, "--output", tmp_path)
    stop_at("b.png", *words)
    cv2.imwrite(str(folder / "a.png"), drawn(Size(300, 100), [SURE.box]))
    asked = detector()

    run_detect(arguments(*words), asked)

    assert sorted(asked.examined) == ["a.png", "b.png"]


def test_where_the_results_cannot_be_written_what_was_found_is_kept(
    folder: Path, tmp_path: Path
) -> None:
    words = (folder, "--output", tmp_path)
    (tmp_path / "predictions.json").mkdir()
    with pytest.raises(FileError, match="cannot be saved"):
        run_detect(arguments(*words), detector())
    (tmp_path / "predictions.json").rmdir()
    asked = detector()

    run_detect(arguments(*words), asked)

    assert asked.examined == []
    assert (tmp_path / "predictions.json").is_file()


def test_where_nothing_can_be_kept_a_run_says_so_and_ends_as_ever(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    in_the_way = tmp_path / "unfinished-detect.sqlite"
    in_the_way.mkdir()

    assert run_detect(arguments(folder, "--output", tmp_path), detector()) == 0
    assert capsys.readouterr().err.count(f"{in_the_way}: cannot be used") == 1
    stop_at("b.png", folder, "--output", tmp_path)
    assert "goes on from there" not in capsys.readouterr().err


def test_where_there_is_no_radiograph_nothing_is_begun(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("none here")

    with pytest.raises(FileError, match="there is no radiograph"):
        detect_command.run_detect(
            arguments(tmp_path, "--output", tmp_path / "out"), not_asked
        )
    assert not (tmp_path / "out").exists()


def test_a_file_where_the_output_folder_should_be_is_named(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("a file")

    with pytest.raises(FileError, match="is a file, not a folder"):
        detect_command.run_detect(
            arguments(folder, "--output", tmp_path / "out"), not_asked
        )


@pytest.mark.parametrize(
    ("also", "told"),
    [
        ([], "there is no such file or folder$"),
        (["c.png"], "there is no such file or folder, nor is any of the others there"),
    ],
)
def test_where_nothing_is_there_of_what_was_typed_no_detector_is_loaded(
    folder: Path, tmp_path: Path, also: list[str], told: str
) -> None:
    typed = [folder / "slip of the pen", *(folder / name for name in also)]
    out = tmp_path / "out"

    with pytest.raises(FileError, match=told):
        detect_command.run_detect(arguments(*typed, "--output", out), not_asked)

    assert not out.exists()


def test_of_several_files_the_one_that_is_missing_is_named_and_the_others_done(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = [folder / "a.png", folder / "slip of the pen.png"]

    assert run_detect(arguments(*typed, "--output", tmp_path), detector()) == 1

    assert "slip of the pen.png: failed." in capsys.readouterr().err
    assert (tmp_path / "predictions.json").exists()


def test_the_command_examines_with_a_detector_from_a_folder(
    folder: Path, model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    words = ["detect", folder, "--model", model, "--output", out, "--threshold", "0.05"]

    assert cli.main([str(word) for word in words]) == 0

    content = json.loads((out / "predictions.json").read_text())
    assert content["annotations"]


@pytest.mark.weights
def test_the_bundled_detector_examines_the_samples(tmp_path: Path) -> None:
    from dentalviewer.resources import samples_folder

    sample = next(samples_folder().rglob("sample-1.png"))
    words = ["detect", sample, "--model", BUNDLED, "--output", tmp_path]

    assert cli.main([str(word) for word in words]) == 0

    content = json.loads((tmp_path / "predictions.json").read_text())
    assert content["annotations"]


def test_where_nothing_can_be_examined_what_is_there_stays(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    run_detect(arguments(folder, "--output", out), detector())
    before = (out / "predictions.json").read_bytes()

    (tmp_path / "broken.png").write_bytes(b"no picture")
    typed = arguments(tmp_path / "broken.png", "--output", out)
    assert run_detect(typed, detector()) == 1

    assert (out / "predictions.json").read_bytes() == before
    assert "Nothing was written." in capsys.readouterr().err
