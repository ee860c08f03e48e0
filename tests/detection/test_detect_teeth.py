"""`dentalviewer detect` names findings by tooth, and writes teeth by their number."""

from __future__ import annotations

import csv
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dentalviewer.dentition import Tooth
from dentalviewer.detection.commands.detect_command import (
    add_detect_arguments,
    run_detect,
)
from dentalviewer.detection.inference.tooth_detector import SETTINGS
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
    radiograph: Path,
    detector: ScriptedDetector,
    teeth: ScriptedDetector | None,
    *words: str,
) -> Any:
    parser = ArgumentParser()
    add_detect_arguments(parser)
    output = radiograph.parent / "out"
    args = parser.parse_args([str(radiograph), "--output", str(output), *words])
    assert run_detect(args, lambda: (detector, teeth)) == 0
    return json.loads((output / "predictions.json").read_text())


def test_findings_carry_their_tooth_and_bridges_both_ends(radiograph: Path) -> None:
    said = detect(radiograph, ScriptedDetector(TREATMENTS), ScriptedDetector(TEETH))
    by_score = {a["score"]: a for a in said["annotations"]}
    assert by_score[0.9]["tooth"] == 36
    assert "last_tooth" not in by_score[0.9]
    assert (by_score[0.8]["tooth"], by_score[0.8]["last_tooth"]) == (34, 35)
    # Far from every tooth nothing is invented.
    assert "tooth" not in by_score[0.7]


def test_what_is_shown_has_the_same_teeth_beside_all_candidates(
    radiograph: Path,
) -> None:
    # Between 36 and 37, nearer to 36. One that is not shown lies on 36 too, and would
    # push it to 37.
    implants = (
        Finding(Box(515, 180, 595, 300), "implant", score=0.9),
        Finding(Box(480, 180, 540, 230), "implant", score=0.1),
    )
    both = ScriptedDetector(implants), ScriptedDetector(TEETH)

    (shown,) = detect(radiograph, *both)["annotations"]
    first, second = detect(radiograph, *both, "--all")["annotations"]

    assert (shown["tooth"], first["tooth"]) == (36, 36)
    assert (first["score"], second["score"]) == (0.9, 0.1)


def test_a_tooth_that_is_in_doubt_is_said_to_be(radiograph: Path) -> None:
    # Just between 36 and 37, and well on 34.
    treatments = (
        Finding(Box(525, 220, 605, 300), "endodontic", score=0.9),
        Finding(Box(300, 180, 380, 300), "endodontic", score=0.8),
    )
    both = ScriptedDetector(treatments), ScriptedDetector(TEETH)

    between, on_34 = detect(radiograph, *both)["annotations"]

    assert (between["tooth"], between["tooth_in_doubt"]) == (36, True)
    assert on_34["tooth"] == 34
    assert "tooth_in_doubt" not in on_34


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


# Radiographs that may be mirrored, or are none


@pytest.fixture
def mirrored(radiograph: Path) -> Path:
    """An L in white, 40 pixels high, on the left."""
    pixels = np.full((400, 1000), 90, np.uint8)
    pixels[300:340, 30:40] = pixels[330:340, 30:54] = 250
    Image.fromarray(pixels).save(radiograph)
    return radiograph


def stated_teeth(said: Any) -> set[int]:
    return {each["tooth"] for each in said["annotations"] if "tooth" in each}


def classes_of(said: Any) -> set[str]:
    names = {each["id"]: each["name"] for each in said["categories"]}
    return {names[each["category_id"]] for each in said["annotations"]}


def test_what_may_be_mirrored_gets_no_numbers_until_the_reader_says(
    mirrored: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = ScriptedDetector(TREATMENTS), ScriptedDetector(TEETH)
    assert stated_teeth(detect(mirrored, *both)) == set()
    told = capsys.readouterr().out
    assert "may be mirrored: the letter L is on its left" in told
    assert "--sides" in told
    assert stated_teeth(detect(mirrored, *both, "--sides", "usual")) == {36, 34}
    said = detect(mirrored, *both, "--sides", "mirrored")
    assert "may be mirrored" not in capsys.readouterr().out
    # From the patient's right: the span of 34 and 35 is that of 45 and 44.
    assert stated_teeth(said) == {46, 45}


def test_teeth_themselves_get_no_numbers_either(mirrored: Path) -> None:
    numbers = ("34", "35", "36", "37")
    teeth = ScriptedDetector(TEETH, labels=numbers, settings=SETTINGS)
    assert classes_of(detect(mirrored, teeth, None)) == {"tooth"}
    said = detect(mirrored, teeth, None, "--sides", "mirrored")
    assert classes_of(said) == {"44", "45", "46", "47"}


def test_what_is_no_panoramic_radiograph_is_asked_about(
    radiograph: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house = ScriptedDetector((Finding(Box(10, 10, 50, 90), "tooth", score=0.6),))
    detect(radiograph, ScriptedDetector(TREATMENTS), house)
    assert "Is this a complete panoramic radiograph, the right way up?" in " ".join(
        capsys.readouterr().out.split()
    )


def test_what_is_asked_of_a_radiograph_stands_in_its_files_too(
    mirrored: Path, tmp_path: Path
) -> None:
    both = ScriptedDetector(TREATMENTS), ScriptedDetector(TEETH)
    (image,) = detect(mirrored, *both, "--to", "coco", "csv")["images"]
    (caution,) = image["cautions"]
    assert caution == (
        "This radiograph may be mirrored: the letter L is on its left. No tooth is"
        " numbered."
    )
    table = (tmp_path / "out" / "predictions.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(table.splitlines()))
    assert [row["cautions"] for row in rows] == [caution] * 3

    (image,) = detect(mirrored, *both, "--to", "coco", "csv", "--sides", "usual")[
        "images"
    ]
    assert "cautions" not in image
    table = (tmp_path / "out" / "predictions.csv").read_text("utf-8-sig")
    assert {row["cautions"] for row in csv.DictReader(table.splitlines())} == {""}


def test_what_the_file_says_of_itself_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = [Image.fromarray(np.full((400, 1000), grey, np.uint8)) for grey in (9, 90)]
    path = tmp_path / "pan.tif"
    pages[0].save(path, save_all=True, append_images=pages[1:])
    detect(path, ScriptedDetector(TREATMENTS), None)
    assert "this file has 2 pages" in capsys.readouterr().out
