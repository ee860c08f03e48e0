"""Teeth on real radiographs: the bundled detector, and findings to teeth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dentalviewer.arch import UPPER_ROW
from dentalviewer.dentition import Tooth
from dentalviewer.detection import load_detector
from dentalviewer.detection.frames.preprocessing import to_grey
from dentalviewer.detector import Detector
from dentalviewer.evaluation.annotation_files import read_annotation_set
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.bootstrap import resample
from dentalviewer.evaluation.tooth_positions import with_teeth
from dentalviewer.evaluation.tooth_scores import score_teeth
from dentalviewer.geometry import Size
from dentalviewer.matching import match
from dentalviewer.placing import place_findings
from dentalviewer.radiograph import Radiograph, read_radiograph
from dentalviewer.study import Finding
from dentalviewer.tooth_assignment import (
    NO_ARCH,
    NO_TEETH,
    doubt_about,
)
from dentalviewer.tooth_places import off_picture, places_of

pytestmark = pytest.mark.shared


@pytest.fixture
def akudental(shared_folder: Path) -> Path:
    return shared_folder / "data" / "akudental"


@pytest.fixture
def tooth_detector() -> Detector:
    return load_detector("teeth")


def radiographs(akudental: Path, count: int) -> Iterator[tuple[Reading, Radiograph]]:
    truth = read_annotation_set(akudental / "teeth_val.json")
    for reading in truth.readings[:count]:
        yield reading, read_radiograph(akudental / "images" / "val" / reading.name)


@pytest.mark.parametrize("split", ["train", "val"])
def test_root_fillings_are_placed_on_the_tooth_that_they_were_read_on(
    akudental: Path, split: str
) -> None:
    """At least 95 of 100, given the teeth as they are annotated."""
    teeth = with_teeth(read_annotation_set(akudental / f"teeth_{split}.json"))
    outlines = {reading.name: reading.findings for reading in teeth.readings}
    treatments = json.loads((akudental / f"treatments_{split}.json").read_text())
    stated = [a["tooth"] for a in treatments["annotations"] if "tooth" in a]
    found = read_annotation_set(akudental / f"treatments_{split}.json")
    right = 0
    for reading in found.readings:
        roots = [f for f in (*reading.findings, *reading.uncertain) if f.tooth]
        unnamed = [type(root)(root.box, root.label) for root in roots]
        for root, placing in zip(
            roots, place_findings(unnamed, outlines[reading.name]), strict=True
        ):
            right += placing.teeth == (root.tooth,)
    assert right >= 0.95 * len(stated)


@pytest.mark.weights
def test_teeth_are_found_and_numbered(
    akudental: Path, tooth_detector: Detector
) -> None:
    pairs = list(radiographs(akudental, 12))
    found = [tooth_detector.detect(radiograph) for _, radiograph in pairs]
    truth = [reading for reading, _ in pairs]
    scores = score_teeth(truth, found, resample(len(truth), resamples=10))
    assert scores.detection_f1 is not None
    assert scores.number_right is not None
    assert scores.detection_f1.value >= 0.9
    assert scores.number_right.value >= 0.93
    for teeth in found:
        numbers = [tooth.tooth for tooth in teeth if tooth.tooth]
        assert len(numbers) == len(set(numbers))


@pytest.mark.weights
def test_few_numbers_are_in_doubt_and_half_of_the_wrong_ones_are(
    akudental: Path, tooth_detector: Detector
) -> None:
    """As docs/detectors.md says: 31 of 827, with 11 of the 20 wrong ones."""
    numbers = doubts = wrong = doubted_wrong = 0
    for reading, radiograph in radiographs(akudental, 33):
        found = [t for t in tooth_detector.detect(radiograph) if t.tooth]
        pairs = match(reading.findings, found, min_iou=0.5, same_label=False).pairs
        mistaken = [
            found[index]
            for annotated, index in pairs
            if reading.findings[annotated].label != found[index].label
        ]
        numbers += len(found)
        doubts += sum(tooth.tooth_in_doubt for tooth in found)
        wrong += len(mistaken)
        doubted_wrong += sum(tooth.tooth_in_doubt for tooth in mistaken)
    assert 0 < doubts <= 0.05 * numbers
    assert doubted_wrong >= 0.4 * wrong
    assert doubted_wrong >= 0.25 * doubts


@pytest.mark.weights
def test_what_is_upside_down_is_asked_about_and_not_numbered(
    akudental: Path, tooth_detector: Detector
) -> None:
    for _, radiograph in radiographs(akudental, 3):
        pixels = np.ascontiguousarray(radiograph.pixels[::-1])
        over = Radiograph(radiograph.path, pixels, radiograph.sha256)
        assert doubt_about(tooth_detector.detect(over)) == NO_ARCH
        assert doubt_about(tooth_detector.detect(radiograph)) == ""


def photographed(
    reading: Reading, radiograph: Radiograph
) -> tuple[Reading, Radiograph]:
    """On a screen with a dark frame, 0.45 times as wide as what surrounds it: a wall
    with a lamp, a window and shadows.
    """
    width, height = radiograph.size.width, radiograph.size.height
    wide, high = round(width / 0.45), round(width / 0.6)
    left, top = round(0.3 * wide), round(0.35 * high)
    rows, columns = np.mgrid[0:high, 0:wide]
    wall = 120 + 40 * columns / wide - 60 * rows / high
    wall += 10 * np.sin(columns / 23) * np.sin(rows / 17)
    wall[: high // 6, : wide // 5] = 235
    wall[-high // 5 :, -wide // 4 :] = 40
    rim = width // 25
    wall[top - rim : top + height + rim, left - rim : left + width + rim] = 20
    seen = 25 + 0.8 * to_grey(radiograph.pixels)
    wall[top : top + height, left : left + width] = seen
    pixels = np.clip(wall, 0, 255).astype(np.uint8)
    moved = tuple(
        replace(tooth, box=tooth.box.moved(left, top)) for tooth in reading.findings
    )
    return (
        replace(reading, size=Size(wide, high), findings=moved, uncertain=()),
        Radiograph(radiograph.path, pixels, radiograph.sha256),
    )


@pytest.mark.weights
def test_teeth_are_numbered_on_the_photograph_of_a_screen(
    akudental: Path, tooth_detector: Detector
) -> None:
    photographs = [photographed(*pair) for pair in radiographs(akudental, 8)]
    found = [tooth_detector.detect(radiograph) for _, radiograph in photographs]
    scores = score_teeth([truth for truth, _ in photographs], found, np.ones((1, 8)))
    assert scores.numbering_f1 is not None
    assert scores.numbering_f1.value >= 0.85


@pytest.mark.weights
def test_what_is_stretched_to_double_height_is_asked_about_and_not_numbered(
    akudental: Path, tooth_detector: Detector
) -> None:
    for _, radiograph in radiographs(akudental, 2):
        pixels = np.repeat(radiograph.pixels, 2, axis=0)
        high = Radiograph(radiograph.path, pixels, radiograph.sha256)
        assert doubt_about(tooth_detector.detect(high)) in (NO_ARCH, NO_TEETH)


@pytest.mark.weights
def test_half_a_radiograph_is_asked_about_and_not_numbered(
    akudental: Path, tooth_detector: Detector
) -> None:
    for _, radiograph in radiographs(akudental, 2):
        middle = radiograph.size.width // 2
        for half in (radiograph.pixels[:, :middle], radiograph.pixels[:, middle:]):
            pixels = np.ascontiguousarray(half)
            shown = Radiograph(radiograph.path, pixels, radiograph.sha256)
            assert doubt_about(tooth_detector.detect(shown)) in (NO_ARCH, NO_TEETH)


@pytest.mark.weights
def test_a_cut_of_a_third_of_the_width_is_asked_about_and_not_numbered(
    akudental: Path, tooth_detector: Detector
) -> None:
    """As large as a picture taken in the mouth: of one side, and of the front."""
    for _, radiograph in radiographs(akudental, 3):
        height, width = radiograph.pixels.shape
        for left, right in ((0.42, 0.74), (0.35, 0.65)):
            part = radiograph.pixels[
                int(0.33 * height) : int(0.8 * height),
                int(left * width) : int(right * width),
            ]
            pixels = np.ascontiguousarray(part)
            shown = Radiograph(radiograph.path, pixels, radiograph.sha256)
            assert doubt_about(tooth_detector.detect(shown)) in (NO_ARCH, NO_TEETH)


@pytest.mark.weights
def test_of_a_lower_half_no_upper_tooth_is_called_missing(
    akudental: Path, tooth_detector: Detector
) -> None:
    """It ends in the upper crowns, of which some are found and some are not."""
    for _, radiograph in radiographs(akudental, 3):
        middle = radiograph.size.height // 2
        pixels = np.ascontiguousarray(radiograph.pixels[middle:])
        half = Radiograph(radiograph.path, pixels, radiograph.sha256)
        places = places_of(tooth_detector.detect(half))
        assert places is not None
        assert {*UPPER_ROW} <= off_picture(places, half.size) | places.found


def one_jaw(radiograph: Radiograph, reading: Reading) -> Radiograph:
    """Without the lower teeth: black from the middle between the crowns on."""
    upper = [f.box.center[1] for f in reading.findings if is_upper(f)]
    lower = [f.box.center[1] for f in reading.findings if not is_upper(f)]
    pixels = radiograph.pixels.copy()
    pixels[int((np.mean(upper) + np.mean(lower)) / 2) :] = 0
    return Radiograph(radiograph.path, pixels, radiograph.sha256)


def is_upper(tooth: Finding) -> bool:
    return tooth.label[0] in "12"


@pytest.mark.weights
def test_of_one_jaw_only_that_jaw_is_numbered(
    akudental: Path, tooth_detector: Detector
) -> None:
    for reading, radiograph in radiographs(akudental, 2):
        found = tooth_detector.detect(one_jaw(radiograph, reading))
        quadrants = [tooth.tooth.quadrant for tooth in found if tooth.tooth]
        assert len(quadrants) >= 8
        assert set(quadrants) == {1, 2}


@pytest.mark.weights
def test_the_mirror_image_bears_the_mirrored_numbers(
    akudental: Path, tooth_detector: Detector
) -> None:
    """Nothing but a burnt-in letter tells a mirrored radiograph; the numbers cannot."""
    ((_, radiograph),) = radiographs(akudental, 1)
    pixels = np.ascontiguousarray(radiograph.pixels[:, ::-1])
    mirrored = Radiograph(radiograph.path, pixels, radiograph.sha256)

    def numbers(shown: Radiograph) -> set[Tooth]:
        return {t.tooth for t in tooth_detector.detect(shown) if t.tooth is not None}

    straight = {tooth.mirrored() for tooth in numbers(radiograph)}
    assert len(straight & numbers(mirrored)) >= 0.9 * len(straight)
