"""Teeth cut out of a picture whose pixels tell where they come from."""

from __future__ import annotations

import csv
import errno
import os
import re
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from PIL import Image

from dentalviewer.dentition import Tooth
from dentalviewer.detection.commands.crops_command import (
    add_crops_arguments,
    run_crops,
    square_around,
)
from dentalviewer.detection.commands.stems import stems_apart
from dentalviewer.errors import FileError
from dentalviewer.formats.review_file import (
    path_in_user_folder,
    review_path,
    saved_review,
    write_review,
)
from dentalviewer.geometry import Box
from dentalviewer.radiograph import Radiograph, read_radiograph
from dentalviewer.review import Review, Sides
from dentalviewer.stated_teeth import StatedTooth
from dentalviewer.study import Finding, Study
from dentalviewer.tooth_assignment import NO_ARCH, NOT_PANORAMIC
from tests.scripted_detector import ScriptedDetector

# A tooth of 20 x 64 pixels, its left half 40 and its right half 200; black around it.
BOX = Box(100, 50, 120, 114)
TEETH = (
    Finding(BOX, "36", Tooth(3, 6), 0.9),
    Finding(Box(200, 50, 220, 90), "tooth", None, 0.7),
)


@pytest.fixture
def radiograph(tmp_path: Path) -> Path:
    pixels = np.zeros((160, 300), np.uint8)
    pixels[50:114, 100:110] = 40
    pixels[50:114, 110:120] = 200
    path = tmp_path / "pan.png"
    Image.fromarray(pixels).save(path)
    return path


def parsed(*typed: str | Path) -> Namespace:
    parser = ArgumentParser()
    add_crops_arguments(parser)
    return parser.parse_args([str(each) for each in typed])


def not_asked() -> NoReturn:
    pytest.fail("A detector was loaded.")


def run(*typed: str | Path) -> int:
    return run_crops(parsed(*typed), lambda: ScriptedDetector(TEETH), Path("reviews"))


def test_each_numbered_tooth_is_a_square_grey_picture_in_its_folder(
    radiograph: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert run(radiograph, "--output", out, "--size", "64", "--margin", "0") == 0
    assert [p.relative_to(out).as_posix() for p in sorted(out.rglob("*.png"))] == [
        "36/pan_36.png"
    ]
    with Image.open(out / "36" / "pan_36.png") as picture:
        assert (picture.mode, picture.size) == ("L", (64, 64))
        pixels = np.asarray(picture)
    # The square is 64 wide around x = 110: the tooth's halves meet in its middle.
    assert (pixels[32, 31], pixels[32, 32], pixels[32, 5]) == (40, 200, 0)


def test_a_mirrored_copy_bears_the_number_of_the_other_side(
    radiograph: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    typed = (radiograph, "--output", out, "--size", "64", "--margin", "0", "--mirrored")
    assert run(*typed) == 0
    plain = np.asarray(Image.open(out / "36" / "pan_36.png"))
    mirrored = np.asarray(Image.open(out / "46" / "pan_46_mirrored.png"))
    assert (mirrored == plain[:, ::-1]).all()
    with (out / "crops.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["tooth_fdi"], r["mirrored"]) for r in rows] == [
        ("36", "no"),
        ("46", "yes"),
    ]
    assert rows[0]["radiograph"] == radiograph.as_posix()
    assert (rows[0]["x_min"], rows[0]["y_max"]) == ("100.0", "114.0")


def test_of_what_may_be_mirrored_there_is_none_until_the_reader_says(
    radiograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # An L in white, 40 pixels high, on the left.
    pixels = np.full((400, 1000), 90, np.uint8)
    pixels[300:340, 30:40] = pixels[330:340, 30:54] = 250
    Image.fromarray(pixels).save(radiograph)

    def cut(name: str, *more: str) -> list[str]:
        assert run(radiograph, "--output", tmp_path / name, *more) == 0
        return [path.name for path in sorted((tmp_path / name).rglob("*.png"))]

    assert cut("unsaid") == []
    assert "may be mirrored: the letter L is on its left" in capsys.readouterr().out
    assert cut("usual", "--sides", "usual") == ["pan_36.png"]
    assert cut("mirrored", "--sides", "mirrored") == ["pan_46.png"]
    assert "may be mirrored" not in capsys.readouterr().out


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "crops.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_no_radiograph_takes_the_name_of_another(
    radiograph: Path, tmp_path: Path
) -> None:
    """A third tooth of the name "a" may not be called a-2, as a file is."""
    folder = tmp_path / "several"
    folder.mkdir()
    for name in ("a-2.png", "a.bmp", "a.png"):
        Image.open(radiograph).save(folder / name)
    out = tmp_path / "out"
    assert run(folder, "--output", out) == 0
    assert {row["file"]: Path(row["radiograph"]).name for row in table(out)} == {
        "36/a-2_36.png": "a-2.png",
        "36/a_36.png": "a.bmp",
        "36/a-3_36.png": "a.png",
    }
    assert len(list(out.rglob("*.png"))) == 3


def test_names_that_differ_in_capitals_alone_are_kept_apart() -> None:
    paths = [Path("a/Pan.png"), Path("b/pan.png"), Path("b/pan-2.png")]
    assert list(stems_apart(paths).values()) == ["Pan", "pan-3", "pan-2"]


def test_the_table_tells_two_folders_apart(radiograph: Path, tmp_path: Path) -> None:
    paths = [tmp_path / year / "pan.png" for year in ("2019", "2020")]
    for path in paths:
        path.parent.mkdir()
        Image.open(radiograph).save(path)
    out = tmp_path / "out"
    assert run(*paths, "--output", out) == 0
    told = [(row["file"], row["radiograph"]) for row in table(out)]
    assert told == [
        ("36/pan_36.png", paths[0].as_posix()),
        ("36/pan-2_36.png", paths[1].as_posix()),
    ]


def save_review(path: Path, review: Review, *, place: Path | None = None) -> None:
    study = Study(read_radiograph(path))
    write_review(
        place or review_path(path, Path("reviews")),
        saved_review(study, review, opened=Review()),
        last=None,
    )


@pytest.mark.parametrize(
    ("review", "numbers"),
    [
        (Review(), ["36"]),
        (Review(sides=Sides.MIRRORED), ["46"]),
        (Review(sides=Sides.DOUBTFUL), []),
        (Review(stated_teeth=(StatedTooth(Tooth(3, 7), True, BOX),)), ["37"]),
        (Review(stated_teeth=(StatedTooth(Tooth(3, 6), False, BOX),)), []),
        (Review().add(Finding(BOX, "implant")), []),
    ],
    ids=["nothing", "mirrored", "in doubt", "another number", "missing", "implant"],
)
def test_what_a_dentist_corrected_in_a_review_counts(
    radiograph: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    review: Review,
    numbers: list[str],
) -> None:
    save_review(radiograph, review)
    out = tmp_path / "out"
    assert run(radiograph, "--output", out) == 0
    assert [row["tooth_fdi"] for row in table(out)] == numbers
    assert f"as reviewed in {radiograph}.review.json" in capsys.readouterr().out


@pytest.mark.parametrize("said", [None, True, False])
def test_a_picture_is_not_asked_about_once_its_review_says_what_it_is(
    radiograph: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    said: bool | None,
) -> None:
    save_review(radiograph, Review(panoramic=said))
    args = parsed(radiograph, "--output", tmp_path / "out")
    unnumbered = ScriptedDetector(TEETH[1:])

    assert run_crops(args, lambda: unnumbered, Path("reviews")) == 0

    told = capsys.readouterr().out
    assert (NO_ARCH in told) == (said is None)
    assert (NOT_PANORAMIC in told) == (said is False)


def test_of_what_is_said_to_be_no_panoramic_radiograph_there_are_no_crops_and_why(
    radiograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_review(radiograph, Review(panoramic=False))

    assert run(radiograph, "--output", tmp_path / "out") == 0

    assert table(tmp_path / "out") == []
    assert NOT_PANORAMIC in capsys.readouterr().out


def test_what_is_typed_of_the_sides_goes_before_the_review(
    radiograph: Path, tmp_path: Path
) -> None:
    save_review(radiograph, Review(sides=Sides.MIRRORED))
    out = tmp_path / "out"
    assert run(radiograph, "--output", out, "--sides", "usual") == 0
    assert [row["tooth_fdi"] for row in table(out)] == ["36"]


def test_a_review_in_the_folder_of_the_user_counts_too(
    radiograph: Path, tmp_path: Path
) -> None:
    own = path_in_user_folder(radiograph, tmp_path / "reviews")
    save_review(radiograph, Review(sides=Sides.MIRRORED), place=own)
    args = parsed(radiograph, "--output", tmp_path / "out")
    assert run_crops(args, lambda: ScriptedDetector(TEETH), tmp_path / "reviews") == 0
    assert [row["tooth_fdi"] for row in table(tmp_path / "out")] == ["46"]


def test_it_is_told_where_the_picture_changed_after_its_review(
    radiograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_review(radiograph, Review())
    Image.new("L", (300, 160)).save(radiograph)
    assert run(radiograph, "--output", tmp_path / "out") == 0
    assert "has changed since its review" in capsys.readouterr().out


def test_a_radiograph_whose_review_cannot_be_read_fails_alone(
    radiograph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.png"
    Image.open(radiograph).save(other)
    Path(f"{other}.review.json").write_text("{")
    out = tmp_path / "out"
    assert run(other, radiograph, "--output", out) == 1
    assert "other.png.review.json" in capsys.readouterr().err
    assert [Path(row["radiograph"]).name for row in table(out)] == ["pan.png"]


def test_a_broken_radiograph_fails_alone(radiograph: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    out = tmp_path / "out"
    assert run(tmp_path / "broken.png", radiograph, "--output", out) == 1
    assert (out / "36" / "pan_36.png").exists()


def test_folders_are_looked_into_at_any_depth(radiograph: Path, tmp_path: Path) -> None:
    clinic = tmp_path / "clinic"
    for name in ("10/1.png", "2/1.png", "3.png"):
        (clinic / name).parent.mkdir(parents=True, exist_ok=True)
        Image.open(radiograph).save(clinic / name)

    assert run(clinic, "--output", clinic / "out") == 0

    told = [(row["file"], row["radiograph"]) for row in table(clinic / "out")]
    assert told == [
        ("36/3_36.png", (clinic / "3.png").as_posix()),
        ("36/1_36.png", (clinic / "2" / "1.png").as_posix()),
        ("36/1-2_36.png", (clinic / "10" / "1.png").as_posix()),
    ]


@pytest.mark.parametrize(
    "kept", ["crops.csv", "36/pan_36.png", "46/pan_46_mirrored.png"]
)
def test_crops_are_not_mixed_with_earlier_ones(
    radiograph: Path, tmp_path: Path, kept: str
) -> None:
    out = tmp_path / "out"
    run(radiograph, "--output", out, "--mirrored")
    for path in out.rglob("*.*"):
        if path != out / kept:
            path.unlink()

    with pytest.raises(FileError, match="choose a new folder") as caught:
        run_crops(parsed(radiograph, "--output", out), not_asked, Path("reviews"))

    assert caught.value.path == out
    assert list(out.rglob("*.*")) == [out / kept]


def test_other_files_in_the_folder_are_no_crops(
    radiograph: Path, tmp_path: Path
) -> None:
    """A patient's folder may be called as a tooth is."""
    mine = tmp_path / "36" / "first visit.png"
    mine.parent.mkdir()
    radiograph.rename(mine)

    assert run(tmp_path, "--output", tmp_path) == 0

    assert [row["file"] for row in table(tmp_path)] == ["36/first visit_36.png"]
    assert mine.exists()


@dataclass
class StoppedDetector(ScriptedDetector):
    """Finds teeth until `fault` is raised at the radiograph `at`."""

    at: str = ""

    def detect(self, radiograph: Radiograph) -> tuple[Finding, ...]:
        if radiograph.path.name == self.at:
            raise self.fault or AssertionError
        return tuple(self.candidates)


@pytest.fixture
def clinic(radiograph: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "clinic"
    folder.mkdir()
    for name in ("1.png", "2.png", "3.png"):
        Image.open(radiograph).save(folder / name)
    return folder


def test_a_run_that_was_stopped_leaves_no_crops_and_goes_on(
    clinic: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = parsed(clinic, "--output", clinic / "out")
    stopped = StoppedDetector(TEETH, fault=KeyboardInterrupt(), at="3.png")
    with pytest.raises(KeyboardInterrupt):
        run_crops(args, lambda: stopped, Path("reviews"))
    assert os.listdir(clinic / "out") == ["unfinished-crops.sqlite"]
    told = "2 of 3 radiographs examined; the same command goes on from there\n"
    assert capsys.readouterr().err == told
    teeth = ScriptedDetector(TEETH)

    assert run_crops(args, lambda: teeth, Path("reviews")) == 0

    assert teeth.examined == ["3.png"]
    assert [row["file"] for row in table(clinic / "out")] == [
        "36/1_36.png", "36/2_36.png", "36/3_36.png"
    ]  # fmt: skip
    assert sorted(os.listdir(clinic / "out")) == ["36", "crops.csv"]


@pytest.mark.parametrize("full_at", ["2_36.png", "2_46_mirrored.png", "crops.csv"])
def test_a_run_that_filled_the_disk_leaves_no_crops_and_goes_on(
    full_at: str,
    clinic: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    typed = (clinic, "--output", clinic / "out", "--mirrored")
    replace = os.replace

    def full(source: Path, target: Path) -> None:
        if target.name == full_at:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        with pytest.raises(FileError, match="cannot be saved: No space left"):
            run(*typed)

    assert os.listdir(clinic / "out") == ["unfinished-crops.sqlite"]
    # Others may be in work beside it.
    told = r"[23] of 3 radiographs examined; the same command goes on from there\n"
    assert re.fullmatch(told, capsys.readouterr().err)

    assert run(*typed) == 0

    assert len(table(clinic / "out")) == 6
    assert "Going on with a run that was stopped" in capsys.readouterr().out


def test_crops_of_a_run_that_was_killed_are_not_mixed_with_those_of_the_next(
    clinic: Path,
) -> None:
    # What no handler saw.
    killed = StoppedDetector(TEETH, fault=SystemExit(), at="3.png")
    args = parsed(clinic, "--output", clinic, "--mirrored")
    with pytest.raises(SystemExit):
        run_crops(args, lambda: killed, clinic)
    assert (clinic / "46" / "1_46_mirrored.png").exists()

    assert run(clinic, "--output", clinic) == 0

    assert [row["file"] for row in table(clinic)] == [
        "36/1_36.png", "36/2_36.png", "36/3_36.png"
    ]  # fmt: skip
    assert not (clinic / "46").exists()


def test_where_no_crops_can_be_written_no_teeth_are_looked_for(
    radiograph: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("a file")
    args = parsed(radiograph, "--output", tmp_path / "out")

    with pytest.raises(FileError, match="is a file, not a folder"):
        run_crops(args, not_asked, tmp_path)


def test_where_there_is_no_such_radiograph_no_detector_is_loaded(
    tmp_path: Path,
) -> None:
    args = parsed(tmp_path / "slip of the pen", "--output", tmp_path / "out")

    with pytest.raises(FileError, match="there is no such file or folder"):
        run_crops(args, not_asked, tmp_path)

    assert not (tmp_path / "out").exists()


def test_the_square_has_the_tooth_in_its_middle() -> None:
    """64 high: a margin of a quarter gives 96 pixels around (110, 82)."""
    assert square_around(BOX, 0.25) == Box(62, 34, 158, 130)


def test_where_nothing_can_be_cut_out_the_next_run_is_not_kept_from_it(
    radiograph: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"

    (tmp_path / "broken.png").write_bytes(b"no picture")

    assert run(tmp_path / "broken.png", "--output", out) == 1
    assert list(out.iterdir()) == []

    assert run(radiograph, "--output", out) == 0
