"""Radiographs are read one by one: thousands at full size would fill a memory."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pytest

from dentalviewer.detection.sets.dataset import read_dataset
from dentalviewer.detection.sets.pictures import (
    Pictures,
    read_one_by_one,
    require_readable,
)
from dentalviewer.detection.training.lesson import prepare_lesson
from dentalviewer.detection.training.training_config import TrainingConfig
from dentalviewer.errors import DatasetError
from dentalviewer.geometry import Size
from tests.detection.conftest import FRAME, write_split


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Ten times as wide and high: 1.8 MB each, 24 to learn from and 6 to judge by."""
    folder = tmp_path / "large"
    for split, count in (("train", 24), ("val", 6)):
        path = write_split(folder, split, radiographs=count)
        content = json.loads(path.read_text())
        for image in content["images"]:
            image["width"], image["height"] = 1920, 960
            file = folder / "images" / image["file_name"]
            pixels = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
            assert pixels is not None
            cv2.imwrite(str(file), cv2.resize(pixels, (1920, 960)))
        for annotation in content["annotations"]:
            annotation["bbox"] = [10 * side for side in annotation["bbox"]]
        path.write_text(json.dumps(content))
    return folder


def test_never_are_all_radiographs_in_memory_at_full_size(large: Path) -> None:
    config = TrainingConfig((large,), large / "out", large / "run", input_size=FRAME)

    tracemalloc.start()
    try:
        lesson = prepare_lesson(config)
        require_readable(Pictures(lesson.validation[config.leading]))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    # All would be 44 MB, and what is computed with one of them is 20 MB.
    assert len(lesson.examples) == 24
    assert peak < 30_000_000


def test_what_is_learned_from_is_not_in_memory_however_large_its_frames_are(
    large: Path,
) -> None:
    # Implants are cut out, and what is cut out stays in memory.
    for path in large.glob("*.json"):
        content = json.loads(path.read_text())
        others = [a for a in content["annotations"] if a["category_id"] != 3]
        path.write_text(json.dumps(content | {"annotations": others}))
    config = TrainingConfig(
        (large,), large / "out", large / "run", input_size=Size(1920, 960)
    )

    tracemalloc.start()
    try:
        lesson = prepare_lesson(config)
        left, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    # In frames of that size nothing is scaled down: the 24 are 44 MB.
    assert sum(example.pixels.nbytes for example in lesson.examples) == 24 * 1920 * 960
    assert left < 5_000_000


def test_radiographs_come_in_their_order_as_often_as_they_are_asked_for(
    data: Path,
) -> None:
    pictures = Pictures(read_dataset(data, "train"))

    once, again = list(pictures), list(pictures)

    assert len(pictures) == len(once) == 5
    for first, second in zip(once, again, strict=True):
        np.testing.assert_array_equal(first, second)


def test_all_that_cannot_be_read_are_named_in_one_start(data: Path) -> None:
    dataset = read_dataset(data, "train")
    cv2.imwrite(str(data / "images" / "train-1.png"), np.zeros((96, 100), np.uint8))
    (data / "images" / "train-3.png").unlink()

    with pytest.raises(DatasetError) as caught:
        list(read_one_by_one(dataset, dataset.samples))

    assert caught.value.fault == (
        "2 faults: train-1.png is 100 x 96 pixels, the annotations say 192 x 96;"
        " train-3.png cannot be read: No such file or directory"
    )


def test_one_that_cannot_be_read_is_named_with_its_path(data: Path) -> None:
    dataset = read_dataset(data, "train")
    path = data / "images" / "train-3.png"
    path.unlink()

    with pytest.raises(DatasetError) as caught:
        require_readable(Pictures(dataset))

    assert caught.value.path == path
