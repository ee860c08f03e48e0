from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from dentalviewer.dentition import Tooth
from dentalviewer.errors import AnnotationFileError
from dentalviewer.evaluation.annotation_files import read_annotation_set
from dentalviewer.evaluation.annotation_set import AnnotationSet, aligned, in_common
from dentalviewer.formats import LabelledImage, write_annotations
from dentalviewer.formats.class_settings import ClassSettings, settings_content
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import ENDODONTIC, RESTORATION
from dentalviewer.study import Finding


def coco(**changes: Any) -> dict[str, Any]:
    content: dict[str, Any] = {
        "images": [
            {"id": 7, "file_name": "A.png", "width": 200, "height": 100},
            {"id": 9, "file_name": "b.png", "width": 200, "height": 100},
        ],
        "categories": [
            {"id": 1, "name": "Filling - Crown"},
            {"id": 2, "name": "endodontic"},
        ],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 1, "bbox": [10, 20, 30, 40]},
            {"id": 2, "image_id": 7, "category_id": 2, "bbox": [50, 20, 10, 20],
             "tooth": 36, "uncertain": False, "iscrowd": 0},
            {"id": 3, "image_id": 9, "category_id": 2, "bbox": [50, 20, 10, 20],
             "uncertain": True},
            {"id": 4, "image_id": 9, "category_id": 1, "bbox": [90, 20, 10, 20],
             "iscrowd": 1},
        ],
    }  # fmt: skip
    return {**content, **changes}


def write(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_a_coco_file_is_read_with_teeth_and_doubts(tmp_path: Path) -> None:
    found = read_annotation_set(write(tmp_path / "val.json", coco()))

    first, second = found.readings
    assert found.labels == (RESTORATION, ENDODONTIC)
    assert [f.box for f in first.findings] == [Box(10, 20, 40, 60), Box(50, 20, 60, 40)]
    assert [f.tooth for f in first.findings] == [None, Tooth(3, 6)]
    assert second.findings == ()
    assert [f.label for f in second.uncertain] == [ENDODONTIC, RESTORATION]
    assert not found.is_scored
    assert found.name == "val"


def test_a_span_that_ends_where_it_begins_is_one_tooth(tmp_path: Path) -> None:
    crown = {"image_id": 7, "category_id": 1, "bbox": [10, 20, 30, 40], "tooth": 36}
    ends = (36, 34)
    spans = [{**crown, "id": last, "last_tooth": last} for last in ends]

    found = read_annotation_set(write(tmp_path / "val.json", coco(annotations=spans)))

    assert [f.last_tooth for f in found.readings[0].findings] == [None, Tooth(3, 4)]


def test_a_folder_of_predictions_is_named_after_itself(tmp_path: Path) -> None:
    annotation = {"image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}
    folder = tmp_path / "second opinion"
    folder.mkdir()
    write(folder / "predictions.json", coco(annotations=[annotation]))

    found = read_annotation_set(folder)

    assert found.name == "second opinion"
    assert found.is_scored
    assert found.readings[0].findings[0].score == 0.5


def test_coco_results_use_the_ids_of_the_truth(tmp_path: Path) -> None:
    truth = read_annotation_set(write(tmp_path / "truth.json", coco()))
    results = [{"image_id": 9, "category_id": 2, "bbox": [1, 2, 3, 4], "score": 0.25}]

    found = read_annotation_set(write(tmp_path / "results.json", results), like=truth)

    assert [r.name for r in found.readings] == ["A.png", "b.png"]
    assert found.readings[0].findings == ()
    assert found.readings[1].findings[0].label == ENDODONTIC


def test_coco_results_alone_say_what_they_lack(tmp_path: Path) -> None:
    path = write(tmp_path / "results.json", [])

    with pytest.raises(AnnotationFileError, match="results, which name no radiographs"):
        read_annotation_set(path)


@pytest.mark.parametrize(
    ("annotation", "fault"),
    [
        ({"image_id": 8}, "annotation 1: is on image 8, which is not listed"),
        ({"category_id": 5}, "annotation 1: has the category 5, which is not listed"),
        ({"bbox": [1, 2, 3]}, "bbox should be x, y, width, height"),
        ({"bbox": [1, 2, "3", 4]}, "bbox should be a number"),
        ({"bbox": [300, 2, 3, 4]}, r"lies outside A\.png, which is 200 x 100"),
        ({"score": 1.5}, "score should be from 0 to 1"),
        ({"tooth": 19}, "no tooth has the FDI number 19"),
    ],
)
def test_a_faulty_annotation_is_named_with_its_file(
    tmp_path: Path, annotation: dict[str, Any], fault: str
) -> None:
    sound = {"image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4]}
    path = write(tmp_path / "val.json", coco(annotations=[{**sound, **annotation}]))

    with pytest.raises(AnnotationFileError, match=fault) as caught:
        read_annotation_set(path)

    assert caught.value.path == path


def test_all_faults_of_a_coco_file_are_told_together(tmp_path: Path) -> None:
    content = coco()
    content["annotations"][0]["image_id"] = 8
    del content["annotations"][1]["bbox"]
    content["annotations"][2]["score"] = 7
    content["annotations"][3] = None
    path = write(tmp_path / "val.json", content)

    with pytest.raises(AnnotationFileError) as caught:
        read_annotation_set(path)

    assert caught.value.path == path
    assert caught.value.fault == (
        "4 faults: annotation 4 should be an object, not null;"
        " annotation 1: is on image 8, which is not listed;"
        " annotation 2: bbox is missing;"
        " annotation 3: score should be from 0 to 1, not 7"
    )


def test_a_faulty_image_or_class_is_told_once_and_not_for_all_its_boxes(
    tmp_path: Path,
) -> None:
    content = coco()
    del content["images"][0]["file_name"]
    content["categories"][1]["id"] = "two", 2
    content["annotations"][3]["bbox"] = [1, 2]

    with pytest.raises(AnnotationFileError) as caught:
        read_annotation_set(write(tmp_path / "val.json", content))

    assert caught.value.fault == (
        "3 faults: category 2: id should be a number, not a list;"
        " image 1: file_name is missing;"
        " annotation 4: bbox should be x, y, width, height, not [1.0, 2.0]"
    )


def test_of_very_many_faults_ten_are_told_and_how_many_more_there_are(
    tmp_path: Path,
) -> None:
    annotation = {"image_id": 7, "category_id": 1, "bbox": "here"}
    path = write(tmp_path / "val.json", coco(annotations=[annotation] * 22))

    with pytest.raises(AnnotationFileError) as caught:
        read_annotation_set(path)

    assert caught.value.fault.startswith("22 faults: annotation 1: bbox should be a")
    assert caught.value.fault.count("annotation") == 10
    assert caught.value.fault.endswith("; and 12 more")


def test_all_faults_of_coco_results_are_told_together(tmp_path: Path) -> None:
    truth = read_annotation_set(write(tmp_path / "truth.json", coco()))
    results = [3, {"image_id": 9, "category_id": 5, "bbox": [1, 2, 3, 4]}]

    with pytest.raises(AnnotationFileError) as caught:
        read_annotation_set(write(tmp_path / "results.json", results), like=truth)

    assert caught.value.fault == (
        "2 faults: result 1 should be an object, not a number;"
        " result 2: has the category 5, which is not listed"
    )


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "not valid JSON"),
        ('{"images": [], "categories": [], "annotations": []}', "no radiograph"),
        ('{"images": [], "categories": []}', "annotations is missing"),
        ('"val"', "these are not annotations"),
    ],
)
def test_what_is_not_coco_is_refused(tmp_path: Path, content: str, fault: str) -> None:
    path = tmp_path / "val.json"
    path.write_text(content)

    with pytest.raises(AnnotationFileError, match=fault):
        read_annotation_set(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AnnotationFileError, match=r"absent\.json: cannot be opened"):
        read_annotation_set(tmp_path / "absent.json")


def test_radiographs_are_matched_whatever_their_case_suffix_and_size(
    tmp_path: Path,
) -> None:
    truth = read_annotation_set(write(tmp_path / "truth.json", coco()))
    twice_as_large = coco(
        images=[
            {"id": 1, "file_name": "folder/B.JPG", "width": 400, "height": 200},
            {"id": 2, "file_name": "folder/a.jpg", "width": 400, "height": 200},
        ],
        annotations=[{"image_id": 2, "category_id": 1, "bbox": [20, 40, 60, 80]}],
    )
    other = read_annotation_set(write(tmp_path / "other.json", twice_as_large))

    first, second = aligned(truth, other)

    assert (first.name, first.size) == ("A.png", Size(200, 100))
    assert first.findings[0].box == Box(10, 20, 40, 60)
    assert second.findings == ()


def test_a_radiograph_that_is_not_spoken_of_is_an_error(tmp_path: Path) -> None:
    truth = read_annotation_set(write(tmp_path / "truth.json", coco()))
    fewer = coco(images=coco()["images"][:1], annotations=[])
    other = read_annotation_set(write(tmp_path / "other.json", fewer))

    with pytest.raises(AnnotationFileError, match=r"nothing of 1 radiograph .*b\.png"):
        aligned(truth, other)


def test_a_picture_of_another_shape_is_an_error(tmp_path: Path) -> None:
    truth = read_annotation_set(write(tmp_path / "truth.json", coco()))
    images = [{**image, "height": 150} for image in coco()["images"]]
    other = read_annotation_set(write(tmp_path / "other.json", coco(images=images)))

    with pytest.raises(AnnotationFileError, match="not the same picture"):
        aligned(truth, other)


def test_two_radiographs_that_may_be_meant_are_an_error(tmp_path: Path) -> None:
    truth = read_annotation_set(write(tmp_path / "truth.json", coco()))
    images = [
        {"id": 7, "file_name": "x/a.jpg", "width": 200, "height": 100},
        {"id": 9, "file_name": "y/a.jpg", "width": 200, "height": 100},
    ]
    other = read_annotation_set(write(tmp_path / "other.json", coco(images=images)))

    with pytest.raises(AnnotationFileError, match=r"A\.png may be any of x/a\.jpg, y"):
        aligned(truth, other)


@pytest.mark.parametrize("format_name", ["coco", "voc", "vott1", "vott2", "csv"])
def test_a_folder_that_this_program_wrote_is_a_set(
    tmp_path: Path, format_name: str
) -> None:
    folder = tmp_path / "reader"
    folder.mkdir()
    finding = Finding(Box(10, 20, 40, 60), RESTORATION)
    images = [
        LabelledImage(tmp_path / "a.png", Size(200, 100), (finding,)),
        LabelledImage(tmp_path / "b.png", Size(200, 100), ()),
    ]
    for image in images:
        cv2.imwrite(str(image.path), np.zeros((100, 200), np.uint8))
    export = write_annotations(images, folder, format_name)

    found = read_annotation_set(export.path if format_name == "vott1" else folder)

    # A table has no line for a radiograph without findings.
    said = {r.name.rpartition("/")[2]: r.findings for r in found.readings}
    assert said["a.png"] == (finding,)
    assert said.get("b.png", ()) == ()
    assert len(said) == (1 if format_name == "csv" else 2)


def with_project(folder: Path, names: str) -> list[LabelledImage]:
    """Radiographs in a folder, all of them in a project of VoTT 2 that lies there."""
    folder.mkdir()
    finding = Finding(Box(10, 20, 40, 60), RESTORATION)
    images = [
        LabelledImage(folder / f"{name}.png", Size(200, 100), (finding,))
        for name in names
    ]
    for image in images:
        cv2.imwrite(str(image.path), np.zeros((100, 200), np.uint8))
    write_annotations(images, folder, "vott2")
    return images


def voc(path: Path, label: str = "Filling - Crown") -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        f"<annotation><filename>{path.stem}.png</filename>"
        "<size><width>200</width><height>100</height></size>"
        f"<object><name>{label}</name><bndbox><xmin>10</xmin><ymin>20</ymin>"
        "<xmax>40</xmax><ymax>60</ymax></bndbox></object></annotation>"
    )


def read_names(folder: Path) -> list[str]:
    readings = read_annotation_set(folder).readings
    return sorted(Path(reading.name).name for reading in readings)


def test_what_lies_beside_a_project_is_read_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "reader"
    with_project(folder, "ab")
    voc(folder / "c.xml")
    voc(folder / "Annotations" / "d.xml")
    write(folder / "shared.json", coco(images=[{"id": 1, "file_name": "e.png"}],
                                       annotations=[]))  # fmt: skip
    (folder / "f.csv").write_text("image,xmin,ymin,xmax,ymax,label\nf.png,1,2,3,4,x\n")

    found = read_annotation_set(folder)

    assert read_names(folder) == [f"{name}.png" for name in "abcdef"]
    assert found.name == "reader"
    assert found.notes == ()


def test_what_is_no_annotation_beside_a_project_is_passed_over(tmp_path: Path) -> None:
    with_project(tmp_path / "reader", "ab")
    voc(tmp_path / "reader" / "c.xml")
    write(tmp_path / "reader" / "a.png.review.json", {"format": "dentalviewer review"})
    write(tmp_path / "reader" / "settings.json", {"theme": "dark"})
    (tmp_path / "reader" / "patients.csv").write_text("name,age\nAda,36\n")

    assert read_names(tmp_path / "reader") == ["a.png", "b.png", "c.png"]


def test_a_project_is_believed_before_other_files_of_its_radiographs(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "reader"
    with_project(folder, "ab")
    voc(folder / "a.xml")
    voc(folder / "b.xml", "implant")

    found = read_annotation_set(folder)

    assert read_names(folder) == ["a.png", "b.png"]
    assert found.labels == (RESTORATION,)
    assert found.notes == ("b.png: reader.vott was used, though b.xml says otherwise",)


def test_of_many_radiographs_of_which_a_project_says_otherwise_it_is_said_once(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "reader"
    with_project(folder, "abcd")
    for name in "abcd":
        voc(folder / f"{name}.xml", "implant")

    found = read_annotation_set(folder)

    assert found.notes == (
        "4 radiographs, such as a.png: reader.vott was used, though files such as a.xml"
        " say otherwise",
    )


def test_what_this_program_saves_is_no_annotation_of_a_folder(tmp_path: Path) -> None:
    voc(tmp_path / "a.xml")
    settings = settings_content(ClassSettings())
    (tmp_path / "dentalviewer-classes.json").write_bytes(settings)
    write(tmp_path / "a.png.review.json", {"format": "dentalviewer review"})

    assert read_names(tmp_path) == ["a.png"]


def test_one_radiograph_in_two_files_of_a_folder_is_an_error(tmp_path: Path) -> None:
    write(tmp_path / "one.json", coco())
    write(tmp_path / "two.json", coco())

    with pytest.raises(AnnotationFileError, match=r"A\.png is spoken of in one\.json"):
        read_annotation_set(tmp_path)


def test_a_set_of_coco_is_read_from_its_annotations(tmp_path: Path) -> None:
    """As `convert` writes it, and datumaro with a list of the pictures beside it."""
    annotations = tmp_path / "annotations"
    annotations.mkdir()
    write(annotations / "instances_default.json", coco())
    write(annotations / "image_info_default.json", coco(categories=[], annotations=[]))

    found = read_annotation_set(tmp_path)

    assert [len(each.findings) for each in found.readings] == [2, 0]
    assert found.labels == (RESTORATION, ENDODONTIC)


def test_a_pascal_voc_export_of_radiographs_of_one_name_is_a_set(
    tmp_path: Path,
) -> None:
    images = []
    for patient in ("anna", "berta"):
        path = tmp_path / "clinic" / patient / "opg.png"
        path.parent.mkdir(parents=True)
        cv2.imwrite(str(path), np.zeros((50, 100), np.uint8))
        crown = Finding(Box(10, 5, 30, 20), RESTORATION)
        images.append(LabelledImage(path, Size(100, 50), (crown,)))
    write_annotations(images, tmp_path / "out", "voc")

    found = read_annotation_set(tmp_path / "out")

    assert len(found.readings) == 2
    assert {len(reading.findings) for reading in found.readings} == {1}


def test_a_folder_without_annotations_is_named(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("nothing here")

    with pytest.raises(AnnotationFileError, match="holds no annotation files"):
        read_annotation_set(tmp_path)


def test_where_annotations_lie_in_folders_within_one_of_them_is_named(
    tmp_path: Path,
) -> None:
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "7.json").write_text("{}")

    with pytest.raises(AnnotationFileError, match=r"such as train/7\.json: name one"):
        read_annotation_set(tmp_path)


def test_where_there_are_only_reviews_it_is_told_how_they_become_a_set(
    tmp_path: Path,
) -> None:
    (tmp_path / "7.png.review.json").write_text("{}")

    with pytest.raises(AnnotationFileError, match="`convert --only accepted`"):
        read_annotation_set(tmp_path)


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.zeros((100, 200), np.uint8))
    return path


def text(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


# A restoration at (10, 20, 40, 60) of 200 x 100 pixels.
CROWN = "0 0.125 0.4 0.15 0.4"


def with_classes(folder: Path) -> Path:
    text(folder / "classes.txt", "Filling - Crown", "endodontic")
    return folder


@pytest.mark.parametrize(
    ("image", "label"),
    [
        ("a.png", "a.txt"),
        ("images/a.png", "labels/a.txt"),
        ("images/val/a.png", "labels/val/a.txt"),
        ("valid/images/a.png", "valid/labels/a.txt"),
        # A detector draws its boxes into a copy of the picture, and texts below it.
        ("a.png", "labels/a.txt"),
    ],
)
def test_texts_of_yolo_are_a_set_wherever_they_lie_by_their_pictures(
    tmp_path: Path, image: str, label: str
) -> None:
    folder = with_classes(tmp_path / "reader")
    picture(folder / image)
    text(folder / label, CROWN)
    text(folder / "train.txt", f"./{image}")
    text(folder / "data.yaml", "names: [Filling - Crown, endodontic]")
    said = Finding(Box(10, 20, 40, 60), RESTORATION)

    for source in (folder, folder / "data.yaml", folder / label):
        (reading,) = read_annotation_set(source).readings
        assert (Path(reading.name).name, reading.size) == ("a.png", Size(200, 100))
        (finding,) = reading.findings
        assert finding.box.corners == pytest.approx(said.box.corners)
        assert (finding.label, finding.score) == (RESTORATION, None)


def test_two_parts_of_yolo_may_have_pictures_of_one_name(tmp_path: Path) -> None:
    folder = with_classes(tmp_path / "reader")
    for part in ("train", "val"):
        picture(folder / "images" / part / "1.png")
    text(folder / "labels" / "train" / "1.txt", CROWN)
    text(folder / "labels" / "val" / "1.txt")

    found = read_annotation_set(folder)

    said = {reading.name: len(reading.findings) for reading in found.readings}
    assert said == {"train/1.png": 1, "val/1.png": 0}


def test_texts_of_a_detector_have_the_sizes_and_radiographs_of_the_truth(
    tmp_path: Path,
) -> None:
    truth = read_annotation_set(write(tmp_path / "truth.json", coco()))
    folder = with_classes(tmp_path / "run")
    text(folder / "labels" / "a.txt", f"{CROWN} 0.75")
    text(folder / "labels" / "z.txt", f"{CROWN} 0.5")

    found = read_annotation_set(folder, like=truth)

    assert [(r.name, r.size) for r in found.readings] == [
        ("A.png", Size(200, 100)),
        ("b.png", Size(200, 100)),
    ]
    (finding,) = found.readings[0].findings
    assert finding.box.corners == pytest.approx((10, 20, 40, 60))
    assert (finding.label, finding.score) == (RESTORATION, 0.75)
    assert found.readings[1].findings == ()
    assert found.notes == (
        f"Left out of {folder}: 1 text without a picture, of no radiograph in"
        f" {truth.path}",
        f"1 radiograph is not spoken of in {folder}, such as b.png: nothing counts as"
        " found there",
    )


def test_a_table_of_a_detector_leaves_out_where_it_found_nothing(
    tmp_path: Path,
) -> None:
    truth = read_annotation_set(write(tmp_path / "truth.json", coco()))
    crown = Finding(Box(10, 20, 40, 60), RESTORATION, score=0.75)
    images = [
        LabelledImage(tmp_path / "A.png", Size(200, 100), (crown,)),
        LabelledImage(tmp_path / "b.png", Size(200, 100), ()),
    ]
    export = write_annotations(images, tmp_path / "run", "csv")

    for source in (tmp_path / "run", export.path):
        found = read_annotation_set(source, like=truth)

        said = {reading.name: reading.findings for reading in found.readings}
        assert said == {"A.png": (crown,), "b.png": ()}
        assert found.notes == (
            f"1 radiograph is not spoken of in {export.path}, such as b.png: nothing"
            " counts as found there",
        )


def in_two_folders(tmp_path: Path) -> AnnotationSet:
    """Two radiographs named 1.png and one named 2.png; a restoration on each."""
    names = ("train/1.png", "val/1.png", "val/2.png")
    for name in names:
        picture(tmp_path / "run" / "images" / name)
    images = [
        {"id": number, "file_name": name, "width": 200, "height": 100}
        for number, name in enumerate(names)
    ]
    annotations = [
        {"image_id": number, "category_id": 1, "bbox": [10, 20, 30, 40]}
        for number in range(len(names))
    ]
    content = coco(images=images, annotations=annotations)
    return read_annotation_set(write(tmp_path / "truth.json", content))


@pytest.mark.parametrize("form", ["yolo", "csv"])
def test_what_a_detector_found_is_not_counted_on_another_radiograph_of_the_name(
    tmp_path: Path, form: str
) -> None:
    truth = in_two_folders(tmp_path)
    run = with_classes(tmp_path / "run")
    if form == "yolo":
        text(run / "labels" / "train" / "1.txt", f"{CROWN} 0.75")
        text(run / "labels" / "val" / "2.txt", f"{CROWN} 0.75")
    else:
        crown = Finding(Box(10, 20, 40, 60), RESTORATION, score=0.75)
        images = [
            LabelledImage(run / "images" / name, Size(200, 100), (crown,))
            for name in ("train/1.png", "val/2.png")
        ]
        write_annotations(images, tmp_path / "table", "csv")
        run = tmp_path / "table"

    found = aligned(truth, read_annotation_set(run, like=truth))

    assert [len(reading.findings) for reading in found] == [1, 0, 1]


def test_what_a_reader_said_of_one_radiograph_is_not_said_of_another_of_the_name(
    tmp_path: Path,
) -> None:
    truth = in_two_folders(tmp_path)
    images = [{"id": 1, "file_name": "train/1.png"}]
    content = coco(images=images, annotations=[])
    reader = read_annotation_set(write(tmp_path / "reader.json", content))

    shared, _ = in_common([truth, reader])
    assert [reading.name for reading in shared.readings] == ["train/1.png"]
    with pytest.raises(AnnotationFileError, match=r"nothing of 2 .*, such as val/1"):
        aligned(truth, reader)


def test_a_name_that_two_radiographs_of_the_truth_have_is_an_error(
    tmp_path: Path,
) -> None:
    truth = in_two_folders(tmp_path)
    content = coco(images=[{"id": 1, "file_name": "1.png"}], annotations=[])
    other = read_annotation_set(write(tmp_path / "other.json", content))

    fault = r"other\.json: 1\.png may be any of train/1\.png, val/1\.png"
    with pytest.raises(AnnotationFileError, match=fault):
        aligned(truth, other)


def test_what_a_person_wrote_no_text_about_was_not_read(tmp_path: Path) -> None:
    truth = read_annotation_set(write(tmp_path / "truth.json", coco()))
    text(with_classes(tmp_path / "reader") / "labels" / "a.txt", CROWN)

    found = read_annotation_set(tmp_path / "reader", like=truth)

    assert [reading.name for reading in found.readings] == ["A.png"]


@pytest.mark.parametrize(
    ("name", "line", "fault"),
    [
        ("c", CROWN, r"c\.txt: its picture, whose size must be known, is not there"),
        ("a", f"{CROWN} 55", r"the score 55, which should be from 0 to 1"),
        ("a", "0 1.5 0.4 0.1 0.4", r"lies outside A\.png"),
        ("a", "0 0.5", "line 1 is not a box of YOLO: '0 0.5'"),
        ("z", CROWN, "holds but 1 text without a picture, of no radiograph in"),
    ],
)
def test_texts_of_yolo_that_cannot_be_read_say_why(
    tmp_path: Path, name: str, line: str, fault: str
) -> None:
    images = [*coco()["images"], {"id": 8, "file_name": "C.png"}]
    truth = read_annotation_set(write(tmp_path / "truth.json", coco(images=images)))
    folder = with_classes(tmp_path / "run")
    text(folder / "labels" / f"{name}.txt", line)

    with pytest.raises(AnnotationFileError, match=fault):
        read_annotation_set(folder, like=truth)


def test_texts_of_yolo_need_the_names_of_their_classes(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "a.png")
    text(tmp_path / "labels" / "a.txt", CROWN)

    with pytest.raises(
        AnnotationFileError, match=r"no data\.yaml, classes\.txt or obj"
    ):
        read_annotation_set(tmp_path)


CROWN_BOX = {"image_id": 7, "category_id": 1, "bbox": [10, 20, 30, 40]}


@pytest.mark.parametrize(
    ("faulty", "told"),
    [
        (
            [50, 20, 0, 9],
            "annotation 2: a restoration at (50.0, 20.0, 50.0, 29.0) on A.png has no"
            " area",
        ),
        (
            [50, 20, 9, -3],
            "annotation 2: a restoration at (50.0, 20.0, 59.0, 17.0) on A.png has no"
            " area",
        ),
        (
            [300, 2, 3, 4],
            "a restoration at (300.0, 2.0, 303.0, 6.0) lies outside A.png, which is"
            " 200 x 100 pixels",
        ),
    ],
)
def test_a_faulty_box_is_left_out_and_named_with_its_file_and_radiograph(
    tmp_path: Path, faulty: list[float], told: str
) -> None:
    records = [CROWN_BOX, {**CROWN_BOX, "bbox": faulty}]
    path = write(tmp_path / "val.json", coco(annotations=records))

    found = read_annotation_set(path)

    assert [f.box for f in found.readings[0].findings] == [Box(10, 20, 40, 60)]
    assert found.notes == (
        f"Left out of {path}: 1 box without area or outside the radiograph",
        f"{path}: {told}",
    )


def test_boxes_that_reach_over_the_rim_end_there_and_are_counted(
    tmp_path: Path,
) -> None:
    """The radiograph is 200 x 100 pixels; a tenth of a pixel is but rounding."""
    boxes = ([-3, 20, 30, 40], [190, 80, 30, 40], [190, 80, 10.1, 20])
    path = write(
        tmp_path / "val.json",
        coco(annotations=[{**CROWN_BOX, "bbox": box} for box in boxes]),
    )

    found = read_annotation_set(path)

    assert [f.box for f in found.readings[0].findings] == [
        Box(0, 20, 27, 60),
        Box(190, 80, 200, 100),
        Box(190, 80, 200.1, 100),
    ]
    assert found.notes == (
        f"{path}: 2 boxes reach over the rim of the radiograph, and end there",
    )


def test_of_many_faulty_boxes_all_are_counted_and_some_named(tmp_path: Path) -> None:
    records = [{**CROWN_BOX, "bbox": [n, 20, 0, 9]} for n in range(30)]

    found = read_annotation_set(write(tmp_path / "val.json", coco(annotations=records)))

    assert "30 boxes" in found.notes[0]
    assert len(found.notes) == 22
    assert found.notes[-1] == "and 10 more boxes"


def test_where_most_boxes_lie_outside_they_do_not_belong_to_the_sizes(
    tmp_path: Path,
) -> None:
    outside = {**CROWN_BOX, "bbox": [300, 2, 3, 4]}
    path = write(tmp_path / "val.json", coco(annotations=[CROWN_BOX, outside, outside]))

    with pytest.raises(
        AnnotationFileError, match=r"so do 2 of 3 boxes, which do not belong to these"
    ):
        read_annotation_set(path)


def test_a_faulty_box_of_coco_results_is_left_out(tmp_path: Path) -> None:
    truth = read_annotation_set(write(tmp_path / "truth.json", coco()))
    results = [{**CROWN_BOX, "score": 0.5}, {**CROWN_BOX, "bbox": [300, 2, 3, 4]}]

    found = read_annotation_set(write(tmp_path / "results.json", results), like=truth)

    assert len(found.readings[0].findings) == 1
    assert "lies outside A.png" in found.notes[1]


def test_a_file_with_nothing_but_a_faulty_box_costs_its_folder_nothing(
    tmp_path: Path,
) -> None:
    voc(tmp_path / "a.xml")
    outside = (tmp_path / "a.xml").read_text().replace("a.png", "b.png")
    outside = outside.replace("<xmin>10", "<xmin>310").replace("<xmax>40", "<xmax>340")
    (tmp_path / "b.xml").write_text(outside)

    found = read_annotation_set(tmp_path)

    assert {r.name: len(r.findings) for r in found.readings} == {"a.png": 1, "b.png": 0}
    assert found.notes[-1].startswith(f"{tmp_path / 'b.xml'}: a restoration at (310")


def test_a_text_of_yolo_with_a_box_outside_is_read_without_it(tmp_path: Path) -> None:
    folder = with_classes(tmp_path / "reader")
    picture(folder / "a.png")
    text(folder / "a.txt", CROWN, "0 1.5 0.4 0.15 0.4")

    found = read_annotation_set(folder)

    assert len(found.readings[0].findings) == 1
    assert found.notes[-1].startswith(f"{folder / 'a.txt'}: a restoration at (285")


def test_what_was_skipped_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(
        "<annotation><filename>a.png</filename>"
        "<size><width>200</width><height>100</height></size>"
        "<object><name>implant</name><bndbox><xmin>5</xmin><ymin>5</ymin>"
        "<xmax>5</xmax><ymax>9</ymax></bndbox></object></annotation>"
    )

    found = read_annotation_set(path)

    assert found.readings[0].findings == ()
    assert found.notes[0].startswith("a.xml: ")
    assert "skipped" in found.notes[0]
