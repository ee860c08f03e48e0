"""Teeth cut out of a picture whose pixels tell where they come from."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dentalviewer.dentition import Tooth
from dentalviewer.detection.crops_command import (
    add_crops_arguments,
    run_crops,
    square_around,
)
from dentalviewer.geometry import Box
from dentalviewer.study import Finding
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


def run(*typed: str | Path) -> int:
    parser = ArgumentParser()
    add_crops_arguments(parser)
    args = parser.parse_args([str(each) for each in typed])
    return run_crops(args, ScriptedDetector(TEETH))


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
    assert rows[0]["radiograph"] == "pan.png"
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


def test_a_broken_radiograph_fails_alone(radiograph: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    out = tmp_path / "out"
    assert run(tmp_path / "broken.png", radiograph, "--output", out) == 1
    assert (out / "36" / "pan_36.png").exists()


def test_the_square_has_the_tooth_in_its_middle() -> None:
    """64 high: a margin of a quarter gives 96 pixels around (110, 82)."""
    assert square_around(BOX, 0.25) == Box(62, 34, 158, 130)
