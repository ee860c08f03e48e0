"""Letters beside the jaws and annotated teeth tell that a radiograph is mirrored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dentalviewer.dentition import Tooth
from dentalviewer.evaluation.annotation_files import read_annotation_set
from dentalviewer.geometry import Box
from dentalviewer.letter_shapes import Letter
from dentalviewer.mirroring import (
    said_by_annotations,
    said_by_letters,
    sign_of_mirroring,
)
from dentalviewer.radiograph import Radiograph, find_radiographs, read_radiograph
from dentalviewer.resources import samples_folder
from dentalviewer.side_letters import SideLetter
from dentalviewer.study import Finding

R, L = Letter("R"), Letter("L")
MIRRORED_R, MIRRORED_L = Letter("R", mirrored=True), Letter("L", mirrored=True)
WIDTH = 1000.0


def on_left(letter: Letter) -> SideLetter:
    return SideLetter(letter, Box(20, 20, 40, 60), on_right=False)


def on_right(letter: Letter) -> SideLetter:
    return SideLetter(letter, Box(960, 20, 980, 60), on_right=True)


def annotated(number: int, x: float) -> Finding:
    return Finding(Box(x - 20, 0, x + 20, 90), "restoration", Tooth.from_fdi(number))


# Letters


def test_letters_on_their_usual_sides_raise_no_doubt() -> None:
    assert said_by_letters([]) == ""
    assert said_by_letters([on_left(R)]) == ""
    assert said_by_letters([on_right(L), on_left(R)]) == ""


def test_a_letter_on_the_wrong_side_is_named() -> None:
    assert said_by_letters([on_right(R)]) == "the letter R is on its right"
    assert said_by_letters([on_left(L)]) == "the letter L is on its left"


def test_mirror_writing_is_named_wherever_it_is_sure() -> None:
    for side in (on_left(MIRRORED_R), on_right(MIRRORED_R), on_left(MIRRORED_L)):
        assert "written in mirror writing" in said_by_letters([side])
    assert said_by_letters([on_right(MIRRORED_L)]) == ""


def test_letters_that_contradict_each_other_tell_nothing() -> None:
    """A marker of lead throws a second shadow on the other side."""
    assert said_by_letters([on_left(R), on_right(R)]) == ""


# Annotated teeth


def test_annotations_on_the_wrong_sides_raise_a_doubt() -> None:
    right = [annotated(16, 700), annotated(46, 720), annotated(13, 600)]
    left = [annotated(26, 300), annotated(36, 280)]
    assert "annotated" in said_by_annotations([*right, *left], WIDTH)
    assert "annotated" in said_by_annotations(right, WIDTH)
    assert "annotated" in said_by_annotations(
        [annotated(n, 700) for n in (54, 85, 55)], WIDTH
    )


def test_annotations_on_their_sides_raise_none() -> None:
    assert said_by_annotations([], WIDTH) == ""
    usual = [annotated(16, 300), annotated(46, 280), annotated(36, 700)]
    assert said_by_annotations(usual, WIDTH) == ""


def test_two_slips_of_the_pen_are_no_mirrored_radiograph() -> None:
    slips = [annotated(16, 700), annotated(46, 720)]
    assert said_by_annotations(slips, WIDTH) == ""
    usual = [annotated(26, 700), annotated(36, 720), annotated(37, 750)]
    assert said_by_annotations([*slips, annotated(15, 690), *usual], WIDTH) == ""


def test_incisors_and_what_is_near_the_middle_tell_nothing() -> None:
    near = [annotated(n, 560) for n in (11, 12, 41, 42)]
    assert said_by_annotations(near, WIDTH) == ""
    assert said_by_annotations([annotated(14, 520)] * 5, WIDTH) == ""


def test_a_span_tells_nothing_for_its_ends_may_lie_on_both_sides() -> None:
    """From 14 over the midline to 27, so that most of it lies on the left."""
    span = replace(annotated(14, 600), last_tooth=Tooth.from_fdi(27))
    assert said_by_annotations([span] * 3, WIDTH) == ""


# Whole radiographs


def mirrored(radiograph: Radiograph) -> Radiograph:
    pixels = np.ascontiguousarray(radiograph.pixels[:, ::-1])
    return Radiograph(radiograph.path, pixels, radiograph.sha256)


def test_the_samples_are_not_mirrored_and_their_mirror_images_are() -> None:
    for path in samples_folder().rglob("sample-*.[pj]*g"):
        radiograph = read_radiograph(path)
        assert sign_of_mirroring(radiograph, ()) == ""
        reason = sign_of_mirroring(mirrored(radiograph), ())
        assert reason == "the letter L on its left is written in mirror writing"


@pytest.mark.shared
def test_real_radiographs_raise_no_doubt_and_their_mirror_images_do(
    shared_folder: Path,
) -> None:
    """All but 105, which bears no letter."""
    folder = shared_folder / "data" / "akudental" / "images" / "val"
    looked_at, doubted = find_radiographs([folder])[::4], set()
    for path in (*looked_at, folder / "105.jpg"):
        radiograph = read_radiograph(path)
        assert sign_of_mirroring(radiograph, ()) == "", path.name
        if sign_of_mirroring(mirrored(radiograph), ()):
            doubted.add(path.name)
    assert doubted == {path.name for path in looked_at} - {"105.jpg"}


@pytest.mark.shared
def test_the_annotated_teeth_of_real_radiographs_are_on_their_sides(
    shared_folder: Path,
) -> None:
    data = shared_folder / "data" / "akudental"
    for split in ("train", "val"):
        for reading in read_annotation_set(data / f"teeth_{split}.json").readings:
            assert reading.size is not None
            width = reading.size.width
            assert said_by_annotations(reading.findings, width) == ""
            other_way = [
                Finding(f.box, "tooth", Tooth.from_fdi(int(f.label)).mirrored())
                for f in reading.findings
            ]
            assert said_by_annotations(other_way, width), reading.name
