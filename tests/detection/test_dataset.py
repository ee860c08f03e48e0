from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from dentalviewer.detection.sets.dataset import read_dataset, read_pixels
from dentalviewer.errors import AnnotationFileError, DatasetError
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import KNOWN_LABELS

Content = dict[str, Any]


def altered(data: Path, change: Callable[[Content], Any]) -> Path:
    """The data folder with changed annotations to learn from."""
    path = data / "treatments_train.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    return data


def fault(data: Path) -> DatasetError:
    with pytest.raises(DatasetError) as caught:
        read_dataset(data, "train")
    return caught.value


def test_annotations_are_read_in_pixel_edges(data: Path) -> None:
    def one_box(content: Content) -> None:
        content["annotations"] = [
            {"id": 1, "image_id": 2, "category_id": 3, "bbox": [10, 20, 30, 40]},
            {"id": 2, "image_id": 2, "category_id": 1, "bbox": [0, 0, 5, 5],
             "iscrowd": 1},
        ]  # fmt: skip

    dataset = read_dataset(altered(data, one_box), "train")

    assert dataset.labels == KNOWN_LABELS
    sample = dataset.samples[2]
    assert sample.path == data / "images" / "train-2.png"
    assert sample.size == Size(192, 96)
    sure, unsure = sample.boxes
    assert sure.box == Box(10, 20, 40, 60)
    assert dataset.labels[sure.label_index] == "implant"
    assert (sure.uncertain, unsure.uncertain) == (False, True)
    assert (dataset.count(2), dataset.count(0)) == (1, 0)
    assert dataset.samples[0].boxes == ()


def test_a_tooth_whose_number_is_given_twice_is_uncertain(data: Path) -> None:
    def doubt(content: Content) -> None:
        content["images"][0]["duplicate_tooth_numbers"] = [2]

    first, second = read_dataset(altered(data, doubt), "train").samples[:2]

    assert [box.uncertain for box in first.boxes] == [False, True, False]
    assert not any(box.uncertain for box in second.boxes)


def test_a_set_without_any_finding_is_refused(data: Path) -> None:
    error = fault(altered(data, lambda content: content.update(annotations=[])))

    assert error.fault == "holds no annotated radiograph"
    assert error.path == data / "treatments_train.json"


def test_a_folder_without_annotations_names_what_is_looked_for(tmp_path: Path) -> None:
    assert "treatments_train.json or train.json" in fault(tmp_path).fault


def test_a_class_that_is_not_listed_is_refused(data: Path) -> None:
    def unknown(content: Content) -> None:
        content["annotations"][0]["category_id"] = 77

    assert "annotation 1 has the unknown category 77" in str(
        fault(altered(data, unknown))
    )


def test_an_annotation_on_no_image_is_refused(data: Path) -> None:
    def nowhere(content: Content) -> None:
        content["annotations"][0]["image_id"] = 99

    assert "on image 99, which is not listed" in str(fault(altered(data, nowhere)))


def test_two_images_of_one_id_are_refused(data: Path) -> None:
    def twice(content: Content) -> None:
        content["images"][1]["id"] = 0

    assert "two images have the id 0" in str(fault(altered(data, twice)))


def test_a_box_that_reaches_over_the_rim_ends_there_and_is_counted(data: Path) -> None:
    def over(content: Content) -> None:
        content["annotations"][0]["bbox"] = [180, -3, 20, 20]

    dataset = read_dataset(altered(data, over), "train")

    assert dataset.samples[0].boxes[0].box == Box(180, 0, 192, 17)
    assert dataset.notes == (
        f"{data / 'treatments_train.json'}: 1 box reaches over the rim of the"
        " radiograph, and ends there",
    )


def test_a_box_that_is_nonsense_is_left_out_and_named(data: Path) -> None:
    def nonsense(content: Content) -> None:
        content["annotations"][0]["bbox"] = [300, 10, 20, 20]
        content["annotations"][1]["bbox"] = [10, 10, 20, 0]

    dataset = read_dataset(altered(data, nonsense), "train")

    path = data / "treatments_train.json"
    assert [dataset.labels[b.label_index] for b in dataset.samples[0].boxes] == [
        "implant"
    ]
    assert dataset.notes == (
        f"Left out of {path}: 2 boxes without area or outside the radiograph",
        f"{path}: a restoration at (300.0, 10.0, 320.0, 30.0) lies outside train-0.png,"
        " which is 192 x 96 pixels",
        f"{path}: annotation 2: a endodontic at (10.0, 10.0, 30.0, 10.0) on train-0.png"
        " has no area",
    )


def test_a_set_whose_boxes_do_not_belong_to_its_sizes_is_refused(data: Path) -> None:
    def of_others(content: Content) -> None:
        for each in content["annotations"]:
            each["bbox"][0] += 300

    with pytest.raises(AnnotationFileError, match="so do 15 of 15 boxes"):
        read_dataset(altered(data, of_others), "train")


def test_faults_of_a_set_are_told_together(data: Path) -> None:
    (data / "images" / "train-3.png").unlink()

    def bad(content: Content) -> None:
        content["images"][1]["width"] = 0
        content["annotations"][0]["category_id"] = 77
        content["annotations"][1]["image_id"] = 99

    assert fault(altered(data, bad)).fault == (
        "4 faults: the width of train-1.png is '0', not a number of pixels;"
        " the radiograph train-3.png is missing;"
        " annotation 1 has the unknown category 77;"
        " annotation 2 is on image 99, which is not listed"
    )


def test_a_radiograph_with_a_name_that_no_disk_takes_is_missing(data: Path) -> None:
    def bad(content: Content) -> None:
        content["images"][1]["file_name"] = "1" * 300

    told = fault(altered(data, bad)).fault
    assert told == f"the radiograph {'1' * 300} is missing"


def test_all_entries_of_a_malformed_file_are_told_together(data: Path) -> None:
    def bad(content: Content) -> None:
        del content["images"][1]["width"]
        content["images"][2]["height"] = None
        del content["annotations"][0]["bbox"]
        content["annotations"][1]["bbox"] = [1, 2, 3]
        content["annotations"][2]["image_id"] = [0]
        content["annotations"][3] = "a box"

    assert fault(altered(data, bad)).fault == (
        "6 faults: image 2: width is missing;"
        " the height of train-2.png is 'None', not a number of pixels;"
        " annotation 4 should be an object, not the text 'a box';"
        " annotation 1: bbox is missing;"
        " annotation 2: bbox should be x, y, width and height, not [1, 2, 3];"
        " annotation 3: image_id should be a number, not a list"
    )


def test_what_follows_from_a_faulty_category_is_not_told_of_each_of_its_boxes(
    data: Path,
) -> None:
    def bad(content: Content) -> None:
        del content["categories"][0]["name"]
        content["annotations"][1]["bbox"] = None

    assert fault(altered(data, bad)).fault == (
        "2 faults: category 1: name is missing;"
        " annotation 2: bbox should be a list, not null"
    )


def test_of_many_faults_the_first_ten_are_told(data: Path) -> None:
    def bad(content: Content) -> None:
        for each in content["annotations"]:
            each["category_id"] = 77

    told = fault(altered(data, bad)).fault

    assert told.startswith("15 faults: annotation 1 has")
    assert told.endswith("annotation 10 has the unknown category 77; and 5 more")


def test_a_box_rounded_over_the_rim_is_kept(data: Path) -> None:
    def rim(content: Content) -> None:
        content["annotations"][0]["bbox"] = [182, 10, 10.4, 20]

    first = read_dataset(altered(data, rim), "train").samples[0].boxes[0]

    assert first.box.x_max == pytest.approx(192.4)


@pytest.mark.parametrize("box", [[1, 2, 3], "wide", None, [1, 2, float("nan"), 3]])
def test_a_box_that_is_none_is_refused(data: Path, box: object) -> None:
    def bad(content: Content) -> None:
        content["annotations"][0]["bbox"] = box

    assert fault(altered(data, bad)).path == data / "treatments_train.json"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('"abc"', "'abc'"),
        ("1e400", "'inf'"),
        ("NaN", "'nan'"),
        ("0", "'0'"),
        ("-192", "'-192'"),
    ],
)
def test_a_width_that_is_none_is_said_of_the_radiograph(
    data: Path, written: str, told: str
) -> None:
    path = data / "treatments_train.json"
    path.write_text(path.read_text().replace('"width": 192', f'"width": {written}', 1))

    error = fault(data)

    assert error.path == path
    assert error.fault == (
        f"the width of train-0.png is {told}, not a number of pixels"
    )


@pytest.mark.parametrize(
    "corners", [[1, 2, 3, 4, 5, "six"], [1, 2, 3, 4, 5, float("inf")], [1] * 5 + [None]]
)
def test_an_outline_that_is_none_is_refused(data: Path, corners: list[Any]) -> None:
    def bad(content: Content) -> None:
        content["annotations"][0]["segmentation"] = [corners]

    assert fault(altered(data, bad)).path == data / "treatments_train.json"


def test_a_file_of_lists_without_end_is_named(data: Path) -> None:
    (data / "treatments_train.json").write_text("[" * 100_000)

    assert "cannot be read" in fault(data).fault


def test_a_file_may_say_who_a_radiograph_shows(data: Path) -> None:
    def say(content: Content) -> None:
        content["images"][0]["patient_id"] = 7
        content["images"][1]["patient_id"] = None

    samples = read_dataset(altered(data, say), "train").samples

    assert [sample.patient for sample in samples] == ["7", "", "", "", ""]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"images": []}', '{"images": 3}'])
def test_a_file_that_holds_no_annotations_is_named(data: Path, text: str) -> None:
    (data / "treatments_train.json").write_text(text)

    assert fault(data).path == data / "treatments_train.json"


def test_a_missing_radiograph_is_named(data: Path) -> None:
    (data / "images" / "train-3.png").unlink()

    assert "the radiograph train-3.png is missing" in str(fault(data))


def test_a_corrupt_radiograph_is_named(data: Path) -> None:
    path = data / "images" / "train-1.png"
    path.write_bytes(path.read_bytes()[:60])
    sample = read_dataset(data, "train").samples[1]

    with pytest.raises(DatasetError, match="decoded") as caught:
        read_pixels(sample)
    assert caught.value.path == path


def test_an_empty_radiograph_file_is_named(data: Path) -> None:
    (data / "images" / "train-1.png").write_bytes(b"")
    sample = read_dataset(data, "train").samples[1]

    with pytest.raises(DatasetError, match=r"train-1\.png"):
        read_pixels(sample)


def test_a_radiograph_deleted_after_the_start_is_named(data: Path) -> None:
    sample = read_dataset(data, "train").samples[1]
    sample.path.unlink()

    with pytest.raises(DatasetError, match=r"train-1\.png"):
        read_pixels(sample)


def test_a_radiograph_of_another_size_than_annotated_is_refused(data: Path) -> None:
    sample = read_dataset(data, "train").samples[0]
    cv2.imwrite(str(sample.path), np.zeros((96, 100), np.uint8))

    with pytest.raises(DatasetError, match=r"is 100 x 96 pixels.* say 192 x 96"):
        read_pixels(sample)


def test_sixteen_bit_radiographs_are_read_in_eight(data: Path) -> None:
    sample = read_dataset(data, "train").samples[0]
    ramp = np.tile(np.linspace(0, 4095, 192).astype(np.uint16), (96, 1))
    cv2.imwrite(str(sample.path), ramp)

    pixels = read_pixels(sample)

    assert pixels.dtype == np.uint8
    assert (pixels.min(), pixels.max()) == (0, 255)


def test_a_page_around_a_radiograph_is_black_as_a_detector_sees_it(
    data: Path,
) -> None:
    """The radiograph, 120 x 60 pixels, begins at (40, 20) of 192 x 96."""
    sample = read_dataset(data, "train").samples[0]
    shown = np.random.default_rng(0).integers(40, 190, (60, 120), dtype=np.uint8)
    page = np.full((96, 192), 255, np.uint8)
    page[20:80, 40:160] = shown
    cv2.imwrite(str(sample.path), page)

    pixels = read_pixels(sample)

    assert (pixels[20:80, 40:160] == shown).all()
    assert int(pixels.sum()) == int(shown.sum())
