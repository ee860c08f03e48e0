"""Whole sets of annotations go from any format to any other."""

from __future__ import annotations

import gc
import json
import os
import re
import shutil
import sys
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path, PurePath
from typing import Any

import pytest
from PIL import Image

from dentalviewer.agreement import accept
from dentalviewer.cli import main
from dentalviewer.dentition import Tooth
from dentalviewer.detector import Detection, DetectionSettings, DetectorIdentity
from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats import FORMATS, LabelledImage, csv_file, write_annotations
from dentalviewer.formats.class_settings import ClassSettings, settings_content
from dentalviewer.formats.coco_export import write_coco
from dentalviewer.formats.collecting import collect_annotations
from dentalviewer.formats.conversion import Conversion, convert
from dentalviewer.formats.earlier_split import earlier_sides
from dentalviewer.formats.holding_out import WITH_SIDES
from dentalviewer.formats.lots import drawn_by_lot
from dentalviewer.formats.review_file import SavedReview, write_review
from dentalviewer.geometry import Box, Size
from dentalviewer.patients import patient_pattern
from dentalviewer.resources import samples_folder
from dentalviewer.review import Patient, Review, Sides
from dentalviewer.storage.files import write_atomically
from dentalviewer.study import Finding
from dentalviewer.tooth_assignment import MAY_BE_MIRRORED

FILES = Path(__file__).parent / "files"
SIZE = Size(100, 50)
CROWN = Finding(Box(10.5, 5, 31.25, 20), "Crown", Tooth(3, 6), 0.875)
FIXTURE = Finding(Box(40, 20, 50, 50), "implant", Tooth(1, 4))
ODD = Finding(Box(0, 0, 100, 50), "Brücke & <牙>")
SAID = {"7.png": (CROWN, FIXTURE), "Ü 8.jpg": (ODD,), "9.png": ()}
HOLD_EXTRAS = {"coco", "voc", "labelme", "csv"}


def pictures(folder: Path) -> list[LabelledImage]:
    folder.mkdir(parents=True)
    for name in SAID:
        Image.new("L", (SIZE.width, SIZE.height)).save(folder / name)
    return [LabelledImage(folder / name, SIZE, said) for name, said in SAID.items()]


def bare(finding: Finding) -> Finding:
    return replace(finding, tooth=None, score=None)


def assert_same(found: tuple[LabelledImage, ...], *, extras: bool, empty: bool) -> None:
    expected = {name: said for name, said in SAID.items() if said or empty}
    assert {image.path.name for image in found} == set(expected)
    for image in found:
        wanted = expected[image.path.name]
        assert [f.label for f in image.findings] == [f.label for f in wanted]
        for finding, each in zip(image.findings, wanted, strict=True):
            assert finding.box.corners == pytest.approx(each.box.corners, abs=0.01)
            plain = each if extras else bare(each)
            assert (finding.tooth, finding.score) == (plain.tooth, plain.score)


@pytest.mark.parametrize("target", sorted(FORMATS))
@pytest.mark.parametrize("source", sorted(FORMATS))
def test_nothing_is_lost_that_both_formats_can_hold(
    source: str, target: str, tmp_path: Path
) -> None:
    # The pictures lie beside the exports that do not bring their own.
    images = pictures(tmp_path / "images")
    copy = source not in ("coco", "csv")
    first = write_annotations(
        images, tmp_path if not copy else tmp_path / "first", source, copy_images=copy
    )
    if copy:
        shutil.rmtree(tmp_path / "images")

    result = convert(first.path, tmp_path / "second", format_name=target)

    assert result.failures == ()
    empty = source != "csv" and target != "csv"
    assert result.radiographs == (3 if source != "csv" else 2)
    assert result.findings == 3
    extras = {source, target} <= HOLD_EXTRAS
    assert_same(collect_annotations(result.path).images, extras=extras, empty=empty)
    losses = [n for n in result.notes if "has no room for" in n and "finding" in n]
    assert len(losses) == (2 if source in HOLD_EXTRAS and not extras else 0)


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder apart from what is converted."""
    return tmp_path_factory.mktemp("elsewhere")


def test_a_table_that_lies_in_a_folder_is_to_be_named(
    tmp_path: Path, elsewhere: Path
) -> None:
    path = tmp_path / "7.png"
    Image.new("L", (100, 50)).save(path)
    image = LabelledImage(path, Size(100, 50), (CROWN,))
    table = write_annotations([image], tmp_path, "csv").path

    with pytest.raises(AnnotationFileError) as caught:
        convert(tmp_path, elsewhere, format_name="coco")

    fault = "nothing to write: a table is read only where it is named: give"
    assert caught.value.fault == f"{fault} {table} itself"
    assert convert(table, elsewhere, format_name="coco").findings == 1


def test_where_there_are_only_reviews_the_way_to_what_was_accepted_is_told(
    tmp_path: Path, elsewhere: Path
) -> None:
    (tmp_path / "7.png.review.json").write_text("{}")

    with pytest.raises(AnnotationFileError, match="`convert --only accepted`"):
        convert(tmp_path, elsewhere, format_name="coco")


def test_numbered_teeth_that_lie_beside_treatments_are_told_of(
    tmp_path: Path, elsewhere: Path
) -> None:
    """As in a folder that both detectors learn from."""
    (tmp_path / "images").mkdir()
    Image.new("L", (100, 50)).save(tmp_path / "images" / "7.png")
    box = {"id": 1, "image_id": 7, "category_id": 1, "bbox": [10, 5, 20, 15]}
    for name, label in (("teeth_train.json", "36"), ("train.json", "implant")):
        content = {
            "images": [{"id": 7, "file_name": "7.png"}],
            "categories": [{"id": 1, "name": label}],
            "annotations": [box],
        }
        (tmp_path / name).write_text(json.dumps(content))

    done = convert(tmp_path, elsewhere, format_name="coco")

    assert done.notes == (
        "teeth_train.json was not used: it numbers teeth, and other files of the"
        " folder say what is marked",
    )
    (image,) = collect_annotations(elsewhere).images
    assert [finding.label for finding in image.findings] == ["implant"]


def test_numbered_teeth_that_lie_alone_are_not_said_to_be_unused(
    tmp_path: Path, elsewhere: Path
) -> None:
    """As a detector of teeth learns from them, one file for each side."""
    for number, side in enumerate(("train", "val")):
        (tmp_path / "images" / side).mkdir(parents=True)
        content: dict[str, object] = {
            "images": [], "categories": [{"id": 36, "name": "36"}], "annotations": []
        }  # fmt: skip
        images, boxes = [], []
        for id_ in (1, 2):
            name = f"{number}{id_}.png"
            Image.new("L", (100, 50)).save(tmp_path / "images" / side / name)
            images.append({"id": id_, "file_name": name})
            box = [10, 5, 20, 15]
            boxes.append({"id": id_, "image_id": id_, "category_id": 36, "bbox": box})
        content |= {"images": images, "annotations": boxes}
        (tmp_path / f"teeth_{side}.json").write_text(json.dumps(content))

    done = convert(tmp_path, elsewhere, format_name="coco")

    assert (done.radiographs, done.findings, done.notes) == (4, 4, ())


def test_who_has_a_file_of_cvat_is_told_what_to_export(
    tmp_path: Path, elsewhere: Path
) -> None:
    (tmp_path / "annotations.xml").write_text(
        '<annotations><version>1.1</version><image id="0" name="7.png"/></annotations>'
    )

    with pytest.raises(AnnotationFileError, match="have CVAT export COCO or Pascal"):
        convert(tmp_path, elsewhere, format_name="coco")


@pytest.mark.parametrize("inside", ["", "export"])
def test_a_folder_is_not_converted_into_itself(inside: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    write_annotations(pictures(source), source, "labelme")
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(AnnotationFileError, match="choose a folder apart"):
        convert(source, source / inside, format_name="coco")

    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("target", sorted(FORMATS.keys() - {"voc"}))
@pytest.mark.parametrize("splits", [(None, 0.5), (0.5, None)])
def test_another_split_over_an_export_is_refused_for_radiographs_would_count_twice(
    target: str, splits: tuple[float | None, float | None], tmp_path: Path
) -> None:
    write_annotations(pictures(tmp_path / "images"), tmp_path / "images", "labelme")
    first, second = splits
    # What the reader has there besides is no export.
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.md").write_text("mine")
    convert(tmp_path / "images", tmp_path / "out", format_name=target, split=first)
    before = sorted(tmp_path.rglob("*"))
    # The same split again takes the place of the first.
    convert(tmp_path / "images", tmp_path / "out", format_name=target, split=first)

    with pytest.raises(AnnotationFileError, match="earlier export with other parts"):
        convert(tmp_path / "images", tmp_path / "out", format_name=target, split=second)

    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("labelme", "gone.json"),
        ("voc", "Annotations/gone.xml"),
        ("vott2", "*-asset.json"),
        ("yolo", "labels/gone.txt"),
    ],
)
def test_annotations_of_a_radiograph_that_the_set_no_longer_has_are_told_of(
    target: str, place: str, tmp_path: Path
) -> None:
    source, out = tmp_path / "images", tmp_path / "out"
    images = pictures(source)
    gone = replace(images[0], path=source / "gone.png")
    shutil.copy(images[0].path, gone.path)
    write_annotations([*images, gone], source, "labelme")
    convert(source, out, format_name=target)
    assert not told_of_earlier(convert(source, out, format_name=target))
    gone.path.unlink()
    gone.path.with_suffix(".json").unlink()

    done = convert(source, out, format_name=target)

    (note,) = told_of_earlier(done)
    (named,) = re.findall(
        "^1 annotation file from before lies here.*such as (.*):", note
    )
    assert fnmatch(named, place)
    assert (out / named).exists()


def told_of_earlier(done: Conversion) -> list[str]:
    return [note for note in done.notes if "from before" in note]


@pytest.mark.parametrize("target", sorted(FORMATS))
def test_radiographs_that_lie_in_train_and_val_are_exported_again_to_the_same_folder(
    target: str, tmp_path: Path
) -> None:
    source, out = tmp_path / "images", tmp_path / "out"
    for side in ("train", "val"):
        write_annotations(pictures(source / side), source / side, "labelme")
    first = convert(source, out, format_name=target)
    before = sorted(tmp_path.rglob("*"))

    again = convert(source, out, format_name=target)

    assert (again.radiographs, again.findings) == (first.radiographs, first.findings)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("target", ["csv", "labelme", "vott1", "vott2"])
def test_of_such_radiographs_a_split_stays_one_too(target: str, tmp_path: Path) -> None:
    source, out = tmp_path / "images", tmp_path / "out"
    for side in ("train", "val"):
        write_annotations(pictures(source / side), source / side, "labelme")
    convert(source, out, format_name=target, split=0.3)

    with pytest.raises(AnnotationFileError, match="earlier export with other parts"):
        convert(source, out, format_name=target)


def sides_in(out: Path, format_name: str) -> dict[str, set[str]]:
    """The sides that each radiograph is on, by its stem."""
    found: dict[str, set[str]] = {}
    for side in ("train", "val"):
        coco_file = out / "annotations" / f"instances_{side}.json"
        table = csv_file.table_in(out / side)
        names: list[str] = []
        if format_name == "voc":
            names = (out / "ImageSets" / "Main" / f"{side}.txt").read_text().split()
        elif format_name == "yolo":
            names = [path.name for path in (out / "labels" / side).rglob("*.txt")]
        elif coco_file.exists():
            images = json.loads(coco_file.read_text())["images"]
            names = [each["file_name"] for each in images]
        elif table is not None:
            names = [line.split(",")[0] for line in table.read_text().splitlines()[1:]]
        elif (out / side).is_dir():
            images = collect_annotations(out / side).images
            names = [each.path.name for each in images]
        for name in names:
            found.setdefault(Path(name).stem, set()).add(side)
    return found


@pytest.mark.parametrize("copied", [True, False])
@pytest.mark.parametrize("target", sorted(FORMATS))
def test_radiographs_stay_on_their_side_as_the_set_that_is_exported_grows(
    target: str, copied: bool, tmp_path: Path
) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    before: dict[str, set[str]] = {}
    # Each that comes has a lower lot: alone, it would be the one that is held out.
    for count, number in enumerate((2, 3, 4, 6, 16, 25), 1):
        path = source / f"{number}.png"
        Image.new("L", (SIZE.width, SIZE.height), number).save(path)
        write_annotations([LabelledImage(path, SIZE, (CROWN,))], source, "labelme")
        if count == 1 and target not in WITH_SIDES:
            continue  # One alone has no part of its own.

        convert(source, out, format_name=target, split=0.2, copy_images=copied)

        sides = sides_in(out, target)
        assert len(sides) == count
        assert {len(each) for each in sides.values()} == {1}
        assert before.items() <= sides.items()
        before = sides


def test_what_an_earlier_export_learns_from_is_exported_again_and_that_is_said(
    tmp_path: Path,
) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    for number in range(1, 6):
        path = source / f"{number}.png"
        Image.new("L", (SIZE.width, SIZE.height), number).save(path)
        write_annotations([LabelledImage(path, SIZE, (CROWN,))], source, "labelme")
    convert(source, out, format_name="yolo", split=0.2)
    [held] = (out / "images" / "val").iterdir()
    for path in source.glob(f"{held.stem}.*"):
        path.unlink()

    notes = convert(source, out, format_name="yolo", split=0.2).notes

    assert "nothing is held out: the earlier export has these to learn from" in notes


def test_a_radiograph_stays_on_its_side_where_another_of_its_name_is_added(
    tmp_path: Path,
) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    before: dict[Path, str] = {}
    for number in range(1, 9):
        path = source / f"patient {number}" / "opg.png"
        path.parent.mkdir(parents=True)
        Image.new("L", (SIZE.width, SIZE.height), number).save(path)
        write_annotations([LabelledImage(path, SIZE, (CROWN,))], path.parent, "labelme")
        if number == 1:
            continue

        convert(source, out, format_name="vott2", split=0.5, copy_images=False)

        sides = {
            image.path: side
            for side in ("train", "val")
            for image in collect_annotations(out / side).images
        }
        assert len(sides) == number
        assert before.items() <= sides.items()
        before = sides


def annotated(path: Path, grey: int) -> Path:
    """A radiograph of that grey, with a crown."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (SIZE.width, SIZE.height), grey).save(path)
    write_annotations([LabelledImage(path, SIZE, (CROWN,))], path.parent, "labelme")
    return path


def sides_by_patient(out: Path, format_name: str) -> dict[str, set[str]]:
    """Of radiographs in the folders of patients, as an export states them."""
    found: dict[str, set[str]] = {}
    for side in ("train", "val"):
        names: list[str] = []
        if format_name == "voc":
            listed = out / "ImageSets" / "Main" / f"{side}.txt"
            names = listed.read_text().splitlines()
        elif format_name == "yolo":
            names = [str(path) for path in (out / "labels" / side).rglob("*.txt")]
        elif format_name == "csv":
            table = csv_file.table_in(out / side)
            assert table is not None
            names = [line.split(",")[0] for line in table.read_text().splitlines()[1:]]
        else:
            names = [f"{path.stem}/opg" for path in (out / side).glob("*.json")]
        for name in names:
            found.setdefault(Path(name).parent.name, set()).add(side)
    return found


@pytest.mark.parametrize("copied", [True, False])
@pytest.mark.parametrize("target", ["voc", "yolo", "csv", "vott1"])
def test_radiographs_of_one_name_stay_on_their_side_whatever_is_drawn(
    target: str, copied: bool, tmp_path: Path
) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    options = {"format_name": target, "split": 0.4, "copy_images": copied}
    for number in range(12):
        annotated(source / f"patient {number}" / "opg.png", number)
    convert(source, out, **options)
    before = sides_by_patient(out, target)
    for number in range(12, 24):
        annotated(source / f"patient {number}" / "opg.png", number)

    # By another seed about half of those that are not known would move.
    convert(source, out, seed=7, **options)

    after = sides_by_patient(out, target)
    assert len(before) == 12
    assert len(after) == 24
    assert {len(each) for each in after.values()} == {1}
    assert {patient: after[patient] for patient in before} == before


@pytest.mark.parametrize("target", ["csv", "vott1"])
def test_what_else_lies_in_an_earlier_export_does_not_keep_the_next_from_it(
    target: str, tmp_path: Path
) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    for number in range(6):
        annotated(source / f"patient {number}" / "opg.png", number)
    convert(source, out, format_name=target, split=0.4)
    others = [
        place / name
        for place in (out / "train", out / "val")
        for name in ("dentalviewer-classes.json", "notes.json")
    ]
    for other in others:
        other.write_text("{}")

    convert(source, out, format_name=target, split=0.4)

    assert [other.read_text() for other in others] == ["{}"] * len(others)


@pytest.mark.parametrize("target", ["voc", "yolo"])
def test_what_is_named_by_fewer_folders_is_what_lies_where_most_of_it_does(
    target: str, tmp_path: Path
) -> None:
    """The second clinic has patients of the same numbers, and pictures of one name."""
    source, out = tmp_path / "source", tmp_path / "out"
    options = {"format_name": target, "split": 0.4, "copy_images": False}
    first = [annotated(source / "a" / f"{n}" / "opg.png", n) for n in range(12)]
    convert(source, out, **options)
    before = sides_by_patient(out, target)
    images = [LabelledImage(path, SIZE, (CROWN,)) for path in first]
    second = [annotated(source / "b" / f"{n}" / "opg.png", n) for n in range(5)]
    more = [LabelledImage(path, SIZE, (CROWN,)) for path in second]

    sides = earlier_sides([*more, *images], out, target)

    assert sides.keys() == set(first)
    assert {path.parent.name for path, held in sides.items() if held} == {
        patient for patient, on in before.items() if on == {"val"}
    }


def test_a_table_is_called_after_what_it_holds(tmp_path: Path) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    path = annotated(source / "1.png", 1)
    crown = replace(CROWN, score=None)

    def written(finding: Finding) -> list[str]:
        images = [LabelledImage(path, SIZE, (finding,))]
        write_annotations(images, source, "labelme")
        assert convert(source, out, format_name="csv").path.parent == out
        return sorted(each.name for each in out.glob("*.csv"))

    assert written(replace(CROWN, score=0.75)) == ["predictions.csv"]
    # Of a detector, and not written over.
    assert written(crown) == ["annotations.csv", "predictions.csv"]


def test_a_table_of_annotations_takes_the_place_of_one_that_was_called_predictions(
    tmp_path: Path,
) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    for number in range(6):
        path = annotated(source / f"{number}.png", number)
        images = [LabelledImage(path, SIZE, (replace(CROWN, score=None),))]
        write_annotations(images, source, "labelme")
    convert(source, out, format_name="csv", split=0.4, copy_images=False)
    before = sides_in(out, "csv")
    for table in out.rglob("annotations.csv"):
        # As earlier versions called it.
        table.rename(table.with_name("predictions.csv"))

    convert(source, out, format_name="csv", split=0.4, copy_images=False, seed=7)

    assert [path.name for path in out.rglob("*.csv")] == ["annotations.csv"] * 2
    assert sides_in(out, "csv") == before


@pytest.mark.parametrize("others", ["before", "after"])
@pytest.mark.parametrize("target", ["voc", "yolo", "csv", "vott1"])
def test_radiographs_whose_names_differ_in_their_suffix_alone_stay_on_their_side(
    target: str, others: str, tmp_path: Path
) -> None:
    """Some of both kinds are there from the first, or the others come later."""
    source, out = tmp_path / "source", tmp_path / "out"
    options = {"format_name": target, "split": 0.4, "copy_images": False}
    names = [f"{number}.png" for number in range(8)]
    later = [f"{number}.jpg" for number in range(8)]
    if others == "before":
        names, later = [*names, *later], ["8.png", "9.png"]
    images: list[LabelledImage] = []

    def sides_of(names: list[str], seed: int) -> dict[Path, bool]:
        for name in names:
            path = annotated(source / name, 10 * len(images))
            path.with_suffix(".json").unlink()
            images.append(LabelledImage(path, SIZE, (CROWN,)))
        write_annotations(images, source, "coco")
        convert(source, out, seed=seed, **options)
        return earlier_sides(images, out, target)

    before = sides_of(names, seed=0)

    after = sides_of(later, seed=7)

    assert before.keys() == {source / name for name in names}
    assert set(before.values()) == {True, False}
    assert before.items() <= after.items()


@pytest.mark.parametrize("copied", [True, False])
@pytest.mark.parametrize("target", ["csv", "vott1", "voc", "yolo"])
def test_radiographs_that_were_converted_since_stay_on_their_side(
    target: str, copied: bool, tmp_path: Path
) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    options: dict[str, Any] = {"format_name": target, "copy_images": copied}
    paths = [annotated(source / f"{number}.png", number) for number in range(8)]
    convert(source, out, split=0.4, **options)
    before = sides_in(out, target)
    for path in paths:
        said = json.loads(path.with_suffix(".json").read_text())
        with Image.open(path) as picture:
            picture.save(path.with_suffix(".jpg"))
        path.unlink()
        said["imagePath"] = f"{path.stem}.jpg"
        path.with_suffix(".json").write_text(json.dumps(said))

    convert(source, out, split=0.4, seed=7, **options)

    assert sides_in(out, target) == before


def test_what_may_lie_in_either_of_two_folders_is_taken_for_neither(
    tmp_path: Path,
) -> None:
    first = [annotated(tmp_path / "a" / f"{n}" / "opg.png", n) for n in range(6)]
    convert(
        tmp_path / "a", tmp_path / "out", format_name="voc", split=0.4,
        copy_images=False,
    )  # fmt: skip
    second = [annotated(tmp_path / "b" / f"{n}" / "opg.png", n) for n in range(6)]
    images = [LabelledImage(path, SIZE, (CROWN,)) for path in (*first, *second)]

    assert earlier_sides(images, tmp_path / "out", "voc") == {}


def test_a_split_of_radiographs_of_one_name_is_read_in_pascal_voc(
    tmp_path: Path,
) -> None:
    for number in range(6):
        annotated(tmp_path / "source" / f"patient {number}" / "opg.png", number)
    voc, coco = tmp_path / "voc", tmp_path / "coco"
    convert(tmp_path / "source", voc, format_name="voc", split=0.4)

    convert(voc, coco, format_name="coco")

    sides = {}
    for side in ("train", "val"):
        content = (coco / "annotations" / f"instances_{side}.json").read_text()
        for image in json.loads(content)["images"]:
            sides[Path(image["file_name"]).parent.name] = {side}
    assert sides == sides_by_patient(voc, "voc")
    assert len(sides) == 6


def test_a_patient_joins_the_side_of_their_earlier_radiographs() -> None:
    images = [Path(f"{number}.png") for number in range(6)]
    patients = {path: f"patient {number // 2}" for number, path in enumerate(images)}
    for held in (True, False):
        settled = {images[0]: held, images[2]: not held}

        drawn = drawn_by_lot(
            dict.fromkeys(images, ()),
            share=0.5,
            seed=0,
            patients=patients,
            settled=settled,
        )

        assert [path in drawn for path in images[:4]] == [
            held,
            held,
            not held,
            not held,
        ]


def test_what_an_earlier_export_has_on_both_sides_is_refused(tmp_path: Path) -> None:
    write_annotations(pictures(tmp_path / "images"), tmp_path / "images", "labelme")
    convert(tmp_path / "images", tmp_path / "out", format_name="labelme", split=0.5)
    (held, *_) = (tmp_path / "out" / "val").glob("*.*g")
    shutil.copy(held, tmp_path / "out" / "train")

    with pytest.raises(AnnotationFileError, match="earlier export with other parts"):
        convert(tmp_path / "images", tmp_path / "out", format_name="labelme", split=0.5)


@pytest.mark.parametrize("layout", ["yolo", "coco"])
def test_the_split_of_roboflow_is_kept(layout: str, tmp_path: Path) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    for side in ("train", "valid", "test"):
        folder = source / side / "images" if layout == "yolo" else source / side
        folder.mkdir(parents=True)
        Image.new("L", (100, 50)).save(folder / f"{side}.png")
        if layout == "yolo":
            (source / side / "labels").mkdir()
            (source / side / "labels" / f"{side}.txt").write_text("0 .5 .5 .1 .1\n")
        else:
            said = {
                "images": [
                    {"id": 1, "file_name": f"{side}.png", "width": 100, "height": 50}
                ],
                "categories": [{"id": 1, "name": "crown"}],
                "annotations": [
                    {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 9, 9]}
                ],
            }
            (folder / "_annotations.coco.json").write_text(json.dumps(said))
    if layout == "yolo":
        (source / "data.yaml").write_text("names: [crown]\n")

    convert(source, out, format_name="coco")

    held = json.loads((out / "annotations" / "instances_val.json").read_bytes())
    learned = json.loads((out / "annotations" / "instances_train.json").read_bytes())
    names = [
        {Path(image["file_name"]).name for image in side["images"]}
        for side in (learned, held)
    ]
    assert names == [{"train.png"}, {"valid.png", "test.png"}]


@pytest.mark.parametrize("format_name", ["labelme", "voc"])
def test_annotations_of_a_picture_that_is_there_are_not_taken_for_its_namesakes(
    format_name: str, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("7.png", "7.bmp"):
        Image.new("L", (SIZE.width, SIZE.height)).save(source / name)
    written = write_annotations(
        [LabelledImage(source / "7.png", SIZE, (CROWN,))], tmp_path / "w", format_name
    )
    file = next(p for p in written.path.rglob("7.*") if p.suffix in (".json", ".xml"))
    shutil.copy(file, source)

    result = convert(source, tmp_path / "out", format_name="coco")

    assert (result.radiographs, result.findings) == (1, 1)
    assert "7.bmp" in result.failures[0]
    assert 'it is about "7.png"' in result.failures[0]
    # Converted since, it is the only one that can be meant.
    (source / "7.png").unlink()
    again = convert(source, tmp_path / "again", format_name="coco")
    assert (again.radiographs, again.findings) == (1, 1)


@pytest.mark.parametrize("target", sorted(FORMATS))
def test_no_picture_is_written_over_by_another_of_its_name(
    target: str, tmp_path: Path
) -> None:
    images = pictures(tmp_path / "images")
    out = tmp_path / "out"
    write_annotations(images, out, target, copy_images=True)
    # The same again may be written where it is.
    write_annotations(images, out, target, copy_images=True)
    before = {p: p.read_bytes() for p in out.rglob("*") if p.suffix in (".png", ".jpg")}
    for image in images:
        Image.new("L", (SIZE.width, SIZE.height), 200).save(image.path)

    with pytest.raises(AnnotationFileError, match="another picture is here already"):
        write_annotations(images, out, target, copy_images=True)

    assert len(before) == 3
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize("target", sorted(FORMATS))
def test_an_export_that_is_refused_leaves_the_earlier_one_as_it_was(
    target: str, tmp_path: Path
) -> None:
    # In folders of their own, for each of which VoTT 1 has a project.
    images = [pictures(tmp_path / patient)[0] for patient in ("a", "b")]
    Image.new("L", (SIZE.width, SIZE.height), 90).save(images[1].path)
    out = tmp_path / "out"
    write_annotations(images, out, target, copy_images=True)
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    Image.new("L", (SIZE.width, SIZE.height), 200).save(images[1].path)
    changed = [replace(image, findings=(CROWN,)) for image in images]
    assert changed != images

    with pytest.raises(AnnotationFileError, match="another picture is here already"):
        write_annotations(changed, out, target, copy_images=True)

    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("target", ["coco", "voc", "yolo"])
def test_of_a_set_with_two_sides_neither_is_written_where_a_picture_is_refused(
    target: str, tmp_path: Path
) -> None:
    source, out = tmp_path / "images", tmp_path / "out"
    images = pictures(source)
    write_annotations(images, source, "vott1")
    convert(source, out, format_name=target, split=0.5, seed=0)
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    write_annotations(
        [replace(image, findings=(CROWN,)) for image in images], source, "vott1"
    )
    shown = {image.path: {each.label for each in image.findings} for image in images}
    held_out = drawn_by_lot(shown, share=0.5, seed=0, patients={})
    Image.new("L", (SIZE.width, SIZE.height), 200).save(max(held_out))

    with pytest.raises(AnnotationFileError, match="another picture is here already"):
        convert(source, out, format_name=target, split=0.5, seed=0)

    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("target", sorted(HOLD_EXTRAS))
@pytest.mark.parametrize("source", sorted(HOLD_EXTRAS))
def test_a_bridge_keeps_both_its_ends_and_moves_with_them(
    source: str, target: str, tmp_path: Path
) -> None:
    bridge = replace(CROWN, tooth=Tooth(3, 4), last_tooth=Tooth(3, 6))
    (image, *_) = pictures(tmp_path / "images")
    first = write_annotations(
        [replace(image, findings=(bridge,))], tmp_path / "images", source
    )

    result = convert(first.path, tmp_path / "out", format_name=target)

    # The list of classes, where the other format has none.
    notes = [note for note in result.notes if "classes that do not occur" not in note]
    assert (notes, result.failures) == ([], ())
    (again,) = collect_annotations(result.path).images
    assert again.findings == (bridge,)
    (kept,) = again.findings
    for name, changed in (
        ("longer", replace(kept, last_tooth=Tooth(3, 7))),
        ("crown", replace(kept, last_tooth=None)),
        ("nowhere", replace(kept, tooth=None, last_tooth=None)),
    ):
        place = tmp_path / name
        path = write_annotations(
            [replace(again, findings=(changed,))], place, target, copy_images=True
        ).path
        assert collect_annotations(path).images[0].findings == (changed,)


def test_the_samples_of_three_formats_become_one_set(tmp_path: Path) -> None:
    result = convert(samples_folder(), tmp_path / "out", format_name="coco")

    assert result.failures == ()
    assert (result.radiographs, result.findings) == (3, 36)
    coco = json.loads(result.path.read_bytes())
    assert {each["name"] for each in coco["categories"]} == {
        "restoration",
        "endodontic",
        "implant",
        "endo",
        "restauration",
    }


def test_one_broken_file_does_not_keep_the_others_back(tmp_path: Path) -> None:
    images = pictures(tmp_path / "images")
    write_annotations(images, tmp_path / "images", "labelme")
    (tmp_path / "images" / "7.json").write_text('{"shapes": [')

    result = convert(tmp_path / "images", tmp_path / "out", format_name="voc")

    assert result.radiographs == 2
    (failure,) = result.failures
    assert failure.startswith(f"{tmp_path / 'images' / '7.json'}: not valid JSON")


def test_a_split_is_written_as_each_format_has_it(tmp_path: Path) -> None:
    images = pictures(tmp_path / "images")
    write_annotations(images, tmp_path / "images", "labelme")
    parts = {
        "voc": ("ImageSets/Main/train.txt", "ImageSets/Main/val.txt"),
        "yolo": ("labels/train", "labels/val"),
        "coco": ("annotations/instances_train.json", "annotations/instances_val.json"),
        "labelme": ("train", "val"),
    }
    for name, expected in parts.items():
        out = tmp_path / name
        convert(tmp_path / "images", out, format_name=name, split=0.5, seed=1)
        for part in expected:
            assert (out / part).exists(), part

    train, val = (
        json.loads((tmp_path / "coco" / part).read_bytes()) for part in parts["coco"]
    )
    assert len(train["images"]) + len(val["images"]) == 3
    assert 0 < len(val["images"]) < 3
    assert train["categories"] == val["categories"]


@pytest.mark.parametrize("share", [0.001, 0.999])
def test_neither_side_of_a_split_is_empty(tmp_path: Path, share: float) -> None:
    """Whatever the lots are: of the three at least one learns and one is held out."""
    images = [
        replace(image, findings=(CROWN,)) for image in pictures(tmp_path / "images")
    ]
    write_annotations(images, tmp_path / "images", "labelme")
    out = tmp_path / "out"

    for seed in range(5):
        shutil.rmtree(out, ignore_errors=True)
        result = convert(
            tmp_path / "images", out, format_name="yolo", split=share, seed=seed
        )

        held = 1 if share < 0.5 else 2
        assert len(list((out / "images" / "val").iterdir())) == held
        assert len(list((out / "images" / "train").iterdir())) == 3 - held
        (told,) = (note for note in result.notes if "held out" in note)
        assert told.startswith(
            f"{held} of 3 radiographs {'is' if held == 1 else 'are'}"
        )


def test_patients_named_in_paths_are_kept_together_by_the_command_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = []
    for patient in range(12):
        for number in (1, 2):
            path = tmp_path / "clinic" / f"patient-{patient}" / f"{patient}{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (100, 50), patient * 2 + number).save(path)
            images.append(LabelledImage(path, SIZE, (CROWN,)))
    for image in images:
        write_annotations([image], image.path.parent, "labelme")
    command = ["convert", str(tmp_path / "clinic"), str(tmp_path / "out"), "--to",
               "coco", "--split", "70/30"]  # fmt: skip

    assert main([*command, "--patients", "nobody=([0-9]+)"]) == 1
    assert "names no patient in the path of any of 24" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert main([*command, "--patients", "patient-([0-9]+)", "--refer"]) == 0

    held = {
        Path(image["file_name"]).name.removesuffix(".png")
        for image in json.loads(
            (tmp_path / "out" / "annotations" / "instances_val.json").read_text()
        )["images"]
    }
    assert 0 < len(held) < 24
    assert {name[:-1] for name in held if name.endswith("1")} == {
        name[:-1] for name in held if name.endswith("2")
    }
    assert f"{len(held)} of 24 radiographs are held out" in capsys.readouterr().out
    assert not (tmp_path / "out" / "images").exists()


def test_a_single_radiograph_cannot_be_split(tmp_path: Path) -> None:
    images = pictures(tmp_path / "images")[:1]
    write_annotations(images, tmp_path / "images", "labelme")
    notes = {}
    for name in ("yolo", "coco"):
        out = tmp_path / name
        result = convert(tmp_path / "images", out, format_name=name, split=0.2)
        notes[name] = result.notes

    said = "nothing is held out: there is 1 radiograph alone"
    assert said in notes["yolo"]
    assert said in notes["coco"]
    data = (tmp_path / "yolo" / "data.yaml").read_text("utf-8")
    assert "train: images/train\nval: images/train\n" in data
    written = (tmp_path / "coco" / "annotations").iterdir()
    assert [path.name for path in written] == ["instances_train.json"]


def test_radiographs_of_one_patient_are_on_one_side_of_a_split(tmp_path: Path) -> None:
    source = tmp_path / "scans" / "whom.json"
    source.parent.mkdir()
    names = ("7.png", "8.png", "9.png")
    for name in names:
        Image.new("L", (100, 50)).save(source.with_name(name))

    def held_out(patients: str, seed: int) -> tuple[list[str], tuple[str, ...]]:
        listed = [
            {"id": n, "file_name": name, "patient_id": patient}
            for n, (name, patient) in enumerate(zip(names, patients, strict=True))
        ]
        box = {"id": 1, "image_id": 0, "category_id": 1, "bbox": [10, 5, 20, 15]}
        categories = [{"id": 1, "name": "implant"}]
        value = {"images": listed, "annotations": [box], "categories": categories}
        source.write_text(json.dumps(value))
        out = tmp_path / f"{patients}-{seed}"
        result = convert(source, out, format_name="yolo", split=0.5, seed=seed)
        return sorted(p.name for p in out.glob("images/val/*")), result.notes

    for seed in range(5):
        assert held_out("aba", seed)[0] in (["7.png", "9.png"], ["8.png"])
    held, notes = held_out("aaa", 1)
    assert held == []
    assert "nothing is held out: all 3 radiographs are of one patient" in notes


@pytest.mark.parametrize(
    ("first", "second"),
    [("coco", "voc"), ("voc", "yolo"), ("vott1", "labelme"), ("yolo", "vott2")],
)
def test_no_second_format_is_written_beside_another_copy_of_the_radiographs(
    first: str, second: str, tmp_path: Path
) -> None:
    images = pictures(tmp_path / "images")
    # Each with another picture: what is the same in name alone is another radiograph.
    for number, image in enumerate(images):
        Image.new("L", (100, 50), number).save(image.path)
    write_annotations(images, tmp_path / "images", "labelme")
    out = tmp_path / "out"
    convert(tmp_path / "images", out, format_name=first)
    before = sorted(out.rglob("*"))

    with pytest.raises(AnnotationFileError, match="is here already, as of an earlier"):
        convert(tmp_path / "images", out, format_name=second)

    assert sorted(out.rglob("*")) == before
    convert(tmp_path / "images", out, format_name=first)
    assert len(collect_annotations(out).images) == len(images)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_one_format_is_exported_twice_though_two_pictures_of_a_name_are_alike(
    name: str, tmp_path: Path
) -> None:
    for folder in ("a", "b"):
        images = pictures(tmp_path / "source" / folder)
        write_annotations(images, tmp_path / "source" / folder, "labelme")

    for _ in range(2):
        result = convert(tmp_path / "source", tmp_path / "out", format_name=name)
        assert result.radiographs == 6


def test_a_folder_with_the_radiographs_themselves_is_no_earlier_export(
    tmp_path: Path,
) -> None:
    images = pictures(tmp_path / "set" / "pictures")
    write_annotations(images, tmp_path / "set" / "pictures", "labelme")

    with pytest.raises(AnnotationFileError, match="a folder apart from the radiograph"):
        convert(tmp_path / "set" / "pictures", tmp_path / "set", format_name="voc")


def test_parts_of_a_set_that_have_radiographs_of_one_name_go_into_one_folder(
    tmp_path: Path,
) -> None:
    for number, part in enumerate(("train", "valid")):
        image, *_ = pictures(tmp_path / "set" / part)
        Image.new("L", (100, 50), 50 + number).save(image.path)
        write_annotations([image], tmp_path / "set" / part, "coco")
        for other in ("Ü 8.jpg", "9.png"):
            (tmp_path / "set" / part / other).unlink()

    convert(tmp_path / "set", tmp_path / "out", format_name="coco")

    pictures_there = sorted((tmp_path / "out" / "images").rglob("*.png"))
    assert len(pictures_there) == 2
    assert len(collect_annotations(tmp_path / "out").images) == 2


def test_formats_that_name_no_place_say_that_radiographs_are_not_found_from_there(
    tmp_path: Path,
) -> None:
    images = pictures(tmp_path / "images")
    write_annotations(images, tmp_path / "images", "labelme")

    told = {
        name: "does not say where radiographs lie" in "".join(
            convert(
                tmp_path / "images",
                tmp_path / name,
                format_name=name,
                copy_images=False,
            ).notes
        )
        for name in FORMATS
    }  # fmt: skip

    placeless = {"csv", "voc", "vott1", "yolo"}
    assert {name for name, said in told.items() if said} == placeless
    # In the others they are found from wherever the export goes.
    for name in FORMATS.keys() - placeless:
        (tmp_path / name).rename(tmp_path / "elsewhere")
        collected = collect_annotations(tmp_path / "elsewhere")
        assert {image.path for image in collected.images} == {i.path for i in images}
        shutil.rmtree(tmp_path / "elsewhere")


def test_a_patient_who_is_stated_here_and_named_in_a_path_there_is_one(
    tmp_path: Path,
) -> None:
    images = []
    for patient in range(12):
        for number in (1, 2):
            path = tmp_path / "set" / f"p{patient:02}-{number}.png"
            path.parent.mkdir(exist_ok=True)
            Image.new("L", (100, 50), patient * 2 + number).save(path)
            stated = {"patient_id": f"p{patient:02}"} if number == 1 else {}
            images.append({"id": len(images), "file_name": path.name, **stated})
    content = {"images": images, "categories": [], "annotations": []}
    (tmp_path / "set" / "all.json").write_text(json.dumps(content))

    convert(
        tmp_path / "set" / "all.json",
        tmp_path / "out",
        format_name="yolo",
        split=0.3,
        patient_pattern=patient_pattern(r"(p\d\d)-"),
    )

    held = {path.stem for path in (tmp_path / "out" / "images" / "val").iterdir()}
    assert 0 < len(held) < 24
    assert {name[:3] for name in held if name.endswith("1")} == {
        name[:3] for name in held if name.endswith("2")
    }


def test_whom_reviews_name_is_kept_together_where_reviews_are_exported(
    tmp_path: Path,
) -> None:
    for number in range(24):
        path = tmp_path / "set" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.new("L", (100, 50), number).save(path)
        review = Review(patient=Patient(number=f"{number % 12}")).add(CROWN)
        saved = SavedReview(path.name, "", SIZE, (), review, Review())
        write_review(path.with_name(f"{path.name}.review.json"), saved, last=None)

    result = convert(
        tmp_path / "set",
        tmp_path / "out",
        format_name="yolo",
        split=0.3,
        only_accepted=True,
    )

    held = {int(path.stem) for path in (tmp_path / "out" / "images" / "val").iterdir()}
    assert 0 < len(held) < 24
    assert held == {number for each in held for number in (each, (each + 12) % 24)}
    assert not any("patient" in note for note in result.notes)


def test_two_boxes_in_one_place_keep_what_was_said_of_each_under_a_chosen_name(
    tmp_path: Path,
) -> None:
    image, *_ = pictures(tmp_path / "set")
    root, crown = (Finding(CROWN.box, label) for label in ("endodontic", "Krone"))
    source = write_annotations(
        [replace(image, findings=(root, crown))], tmp_path / "set", "coco"
    ).path
    content = json.loads(source.read_text())
    for annotation, said in zip(content["annotations"], ("root", "crown"), strict=True):
        annotation["remark"] = said
    source.write_text(json.dumps(content))
    (tmp_path / "set" / "dentalviewer-classes.json").write_bytes(
        settings_content(
            ClassSettings({}, {"Krone": "restoration"}, {"restoration": "Krone"})
        )
    )
    opened = Review().propose_annotations([replace(crown, label="restoration"), root])
    saved = SavedReview("7.png", "", SIZE, (source,), opened.accept([1, 2]), opened)
    write_review(image.path.with_name("7.png.review.json"), saved, last=None)

    result = convert(
        image.path, tmp_path / "out", format_name="coco", only_accepted=True
    )

    written = json.loads(result.path.read_text())
    names = {each["id"]: each["name"] for each in written["categories"]}
    assert {names[a["category_id"]]: a["remark"] for a in written["annotations"]} == {
        "Krone": "crown",
        "endodontic": "root",
    }


def test_what_a_file_calls_uncertain_is_so_where_its_review_opened_it_as_sure(
    tmp_path: Path,
) -> None:
    image, *_ = pictures(tmp_path / "set")
    doubted = replace(FIXTURE, uncertain=True)
    source = write_annotations(
        [replace(image, findings=(doubted,))], tmp_path / "set", "coco"
    ).path
    for proposed, uncertain in ((FIXTURE, True), (doubted, False)):
        # In the first the file says so since, or the review could not; in the second a
        # person took it back.
        opened = Review().propose_annotations([proposed])
        review = (
            opened.correct(1, FIXTURE) if proposed.uncertain else opened.accept([1])
        )
        saved = SavedReview("7.png", "", SIZE, (source,), review, opened)
        path = image.path.with_name("7.png.review.json")
        path.unlink(missing_ok=True)
        write_review(path, saved, last=None)

        result = convert(
            image.path, tmp_path / "out", format_name="coco", only_accepted=True
        )

        (exported,) = collect_annotations(result.path).images
        assert [each.uncertain for each in exported.findings] == [uncertain]


def test_what_names_patients_needs_a_split(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["convert", str(tmp_path), str(tmp_path / "out"), "--to", "coco"]

    assert main([*command, "--patients", "p([0-9])"]) == 1
    assert "give --split" in capsys.readouterr().err


def test_where_no_picture_is_there_nothing_is_written(tmp_path: Path) -> None:
    images = pictures(tmp_path / "images")
    source = write_annotations(images, tmp_path / "images", "coco").path
    for image in images:
        image.path.unlink()

    with pytest.raises(AnnotationFileError, match="the picture is not there"):
        convert(source, tmp_path / "out", format_name="voc")

    assert not (tmp_path / "out").exists()


def test_only_what_was_accepted(tmp_path: Path) -> None:
    images = pictures(tmp_path / "images")
    opened = Review().propose_annotations([CROWN, FIXTURE, ODD])
    review = opened.accept([1]).reject([2, 3])
    for name, each in (("7.png", review), ("9.png", opened.accept([1]))):
        saved = SavedReview(name, "", SIZE, (), each, opened)
        path = images[0].path.with_name(f"{name}.review.json")
        write_review(path, saved, last=None)

    result = convert(
        tmp_path / "images",
        tmp_path / "out",
        format_name="coco",
        only_accepted=True,
        user_folder=tmp_path / "user",
    )

    (image,) = collect_annotations(result.path).images
    assert image.findings == (replace(CROWN, score=None),)
    assert result.notes == (
        "1 radiograph without a review was left out",
        "1 radiograph not reviewed to the end was left out",
    )


def test_what_was_accepted_is_exported_with_the_tooth_that_the_window_shows(
    tmp_path: Path,
) -> None:
    image, *_ = pictures(tmp_path / "images")
    crown, filling = (Finding(Box(x, 32, x + 9, 40), "restoration") for x in (20, 60))
    teeth = [
        Finding(
            Box(x, 5, x + 11, 40), number, tooth=Tooth.from_fdi(int(number)), score=0.9
        )
        for x, number in ((19, "16"), (31, "15"), (43, "14"), (59, "13"))
    ]
    detection = Detection(
        DetectorIdentity("d", "ab" * 32),
        DetectionSettings(),
        (replace(crown, score=0.9),),
        tuple(teeth),
        DetectorIdentity("t", "cd" * 32),
    )
    opened = Review().propose(detection).add(replace(filling, tooth=Tooth(2, 4)))
    saved = SavedReview("7.png", "", SIZE, (), opened.accept([1]), opened)
    write_review(image.path.with_name("7.png.review.json"), saved, last=None)

    result = convert(
        image.path, tmp_path / "out", format_name="csv", only_accepted=True
    )

    (exported,) = collect_annotations(result.path).images
    # The second is the word of a person, whatever tooth it lies on.
    assert [f.tooth for f in exported.findings] == [Tooth(1, 6), Tooth(2, 4)]


@pytest.mark.parametrize(
    ("target", "file", "said"),
    [
        ("yolo", "classes.txt", "restoration\nendodontic\nimplant\n"),
        ("yolo", "labels/7.txt", "2 0.450000 0.700000 0.100000 0.600000\n"),
        ("coco", "annotations/instances_default.json", '"category_id":3,'),
        ("voc", "pascal_label_map.pbtxt", "item {\n id: 3\n name: 'implant'\n}\n"),
        ("vott1", "images.json", '"inputTags":"restoration,endodontic,implant"'),
    ],
)
def test_the_classes_of_reviews_alone_have_the_same_numbers_whichever_occur(
    target: str, file: str, said: str, tmp_path: Path
) -> None:
    image, *_ = pictures(tmp_path / "images")
    opened = Review().propose_annotations([FIXTURE])
    saved = SavedReview("7.png", "", SIZE, (), opened.accept([1]), opened)
    write_review(image.path.with_name("7.png.review.json"), saved, last=None)
    out = tmp_path / "out"

    convert(image.path, out, format_name=target, only_accepted=True)

    assert said in (out / file).read_text()


@pytest.mark.parametrize("target", sorted(FORMATS))
def test_nothing_is_said_of_classes_that_no_file_lists(
    target: str, tmp_path: Path
) -> None:
    image, *_ = pictures(tmp_path / "images")
    opened = Review().propose_annotations([replace(FIXTURE, tooth=None)])
    saved = SavedReview("7.png", "", SIZE, (), opened.accept([1]), opened)
    write_review(image.path.with_name("7.png.review.json"), saved, last=None)

    result = convert(
        image.path, tmp_path / "out", format_name=target, only_accepted=True
    )

    assert result.notes == ()


def test_what_dentist_and_detector_both_marked_is_one_finding_once_it_is_decided(
    tmp_path: Path, elsewhere: Path
) -> None:
    Image.new("L", (100, 50)).save(tmp_path / "7.png")
    detection = Detection(
        DetectorIdentity("d", "ab" * 32),
        DetectionSettings(),
        (replace(CROWN, score=0.9),),
    )
    review = Review().propose_annotations([CROWN]).propose(detection)
    saved = SavedReview("7.png", "", Size(100, 50), (), review, review)
    write_review(tmp_path / "7.png.review.json", saved, last=None)

    with pytest.raises(AnnotationFileError, match="1 radiograph not reviewed to the"):
        convert(tmp_path, elsewhere, format_name="coco", only_accepted=True)
    decided = replace(saved, review=accept(review, 1))
    (tmp_path / "7.png.review.json").unlink()
    write_review(tmp_path / "7.png.review.json", decided, last=None)
    result = convert(tmp_path, elsewhere, format_name="coco", only_accepted=True)

    assert (result.findings, result.notes) == (1, ())


def test_what_both_marked_by_two_names_of_one_class_is_one_finding_as_it_was_named(
    tmp_path: Path, elsewhere: Path
) -> None:
    Image.new("L", (100, 50)).save(tmp_path / "7.png")
    (tmp_path / "dentalviewer-classes.json").write_bytes(
        settings_content(ClassSettings(aliases={"Brücke & <牙>": "restoration"}))
    )
    seen = Finding(ODD.box, "restoration", score=0.9)
    detection = Detection(
        DetectorIdentity("d", "ab" * 32), DetectionSettings(), (seen,)
    )
    opened = Review().propose_annotations([ODD]).propose(detection)
    saved = SavedReview("7.png", "", SIZE, (), opened.accept([1, 2]), opened)
    write_review(tmp_path / "7.png.review.json", saved, last=None)

    result = convert(tmp_path, elsewhere, format_name="coco", only_accepted=True)

    (image,) = collect_annotations(result.path).images
    assert image.findings == (ODD,)


def test_what_is_more_than_a_finding_is_said_to_be_lost(tmp_path: Path) -> None:
    Image.new("L", (100, 50)).save(tmp_path / "7.png")
    for name in ("labelme.json", "labelimg.xml"):
        shutil.copy(FILES / name, tmp_path / f"7{Path(name).suffix}")

    notes = collect_annotations(tmp_path / "7.json").notes
    assert "left out, being no part of a finding: group_id (1)" in notes
    assert "left out, being no part of a finding: description (1)" in notes
    assert "7.png: 2 outlines were read as the box around it" in notes
    notes = collect_annotations(tmp_path / "7.xml").notes
    assert notes == ("left out, being no part of a finding: truncated (1)",)


def test_whom_radiographs_show_is_lost_except_from_coco_to_coco(
    tmp_path: Path,
) -> None:
    for name in ("7.png", "8.png"):
        Image.new("L", (100, 50)).save(tmp_path / name)
    box = {"id": 1, "image_id": 7, "category_id": 1, "bbox": [10, 5, 20, 15]}
    value = {
        "images": [{"id": 7, "file_name": "7.png", "patient_id": "p1"},
                   {"id": 8, "file_name": "8.png"}],
        "categories": [{"id": 1, "name": "implant"}], "annotations": [box],
    }  # fmt: skip
    source = tmp_path / "whom.json"
    source.write_text(json.dumps(value))

    kept, lost = (
        convert(source, tmp_path / name, format_name=name) for name in ("coco", "voc")
    )

    note = "left out, being no part of a finding: patient_id (1)"
    assert (note in kept.notes, note in lost.notes) == (False, True)
    stated = [each.patient for each in collect_annotations(kept.path).images]
    assert stated == ["p1", ""]


def test_what_is_asked_of_a_radiograph_goes_along_where_the_format_can_hold_it(
    tmp_path: Path,
) -> None:
    Image.new("L", (100, 50)).save(tmp_path / "7.png")
    box = {"id": 1, "image_id": 7, "category_id": 1, "bbox": [10, 5, 20, 15]}
    value = {
        "images": [{"id": 7, "file_name": "7.png", "cautions": ["May be mirrored."]}],
        "categories": [{"id": 1, "name": "implant"}], "annotations": [box],
    }  # fmt: skip
    source = tmp_path / "asked.json"
    source.write_text(json.dumps(value))

    table = convert(source, tmp_path / "csv", format_name="csv")
    back = convert(table.path, tmp_path / "back", format_name="coco")
    lost = convert(source, tmp_path / "voc", format_name="voc")

    note = "Pascal VOC has no room for the cautions about 1 radiograph"
    assert (note in table.notes, note in lost.notes) == (False, True)
    (image,) = collect_annotations(back.path).images
    assert image.cautions == ("May be mirrored.",)
    assert image.findings == collect_annotations(source).images[0].findings


def test_a_table_says_how_many_cautions_are_lost_with_radiographs_without_findings(
    tmp_path: Path,
) -> None:
    asked, plain, also = (
        replace(image, findings=()) for image in pictures(tmp_path / "set")
    )
    asked, also = (replace(e, cautions=("May be mirrored.",)) for e in (asked, also))
    found = replace(asked, findings=(FIXTURE,))
    said = {
        "": [plain, found],
        ", nor the cautions about it": [asked],
        ", nor the cautions about 2 of them": [asked, plain, also],
    }
    for number, (lost, images) in enumerate(said.items()):
        written = write_annotations(images, tmp_path / f"{number}", "csv")
        (note,) = (each for each in written.notes if "without findings" in each)
        assert note.endswith(f"without findings{lost}")


@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize("findings", [(), (bare(FIXTURE),)])
def test_what_any_of_several_files_asks_of_a_radiograph_is_kept(
    findings: tuple[Finding, ...], is_there: bool, tmp_path: Path
) -> None:
    image, *_ = pictures(tmp_path / "set")
    image = replace(image, findings=findings)
    for format_name, cautions in (("labelme", ()), ("coco", ("May be mirrored.",))):
        said = replace(image, cautions=cautions)
        write_annotations([said], tmp_path / "set", format_name)
    if not is_there:
        image.path.unlink()

    (found,) = (
        each
        for each in collect_annotations(tmp_path / "set").images
        if each.path.name == "7.png"
    )

    assert found.cautions == ("May be mirrored.",)


def test_what_a_review_has_answered_is_asked_no_more_where_it_is_exported(
    tmp_path: Path,
) -> None:
    image, *_ = pictures(tmp_path / "set")
    asked = (f"{MAY_BE_MIRRORED}: the letter L is on its left. No tooth is numbered.",)
    source = write_annotations(
        [replace(image, findings=(FIXTURE,), cautions=asked)], tmp_path / "set", "coco"
    ).path
    opened = Review().propose_annotations([FIXTURE])
    accepted = opened.accept([1])
    usual = accepted.with_sides(Sides.USUAL)
    doubtful = (f"{MAY_BE_MIRRORED}: its review leaves it open. No tooth is numbered.",)
    for number, (review, cautions) in enumerate((
        (accepted.with_sides(Sides.MIRRORED), ()),
        (usual.with_panoramic(True), ()),
        (accepted.with_sides(Sides.DOUBTFUL), doubtful),
    )):  # fmt: skip
        path = image.path.with_name("7.png.review.json")
        path.unlink(missing_ok=True)
        saved = SavedReview("7.png", "", SIZE, (source,), review, opened)
        write_review(path, saved, last=None)

        result = convert(
            image.path, tmp_path / f"{number}", format_name="coco", only_accepted=True
        )

        (exported,) = collect_annotations(result.path).images
        assert exported.cautions == cautions

    none = SavedReview(
        "7.png", "", SIZE, (source,), usual.with_panoramic(False), opened
    )
    path.unlink()
    write_review(path, none, last=None)
    with pytest.raises(
        AnnotationFileError, match="1 radiograph said not to be panoramic was left out"
    ):
        convert(image.path, tmp_path / "none", format_name="coco", only_accepted=True)


def test_what_is_uncertain_stays_so_where_the_format_can_hold_it(
    tmp_path: Path,
) -> None:
    Image.new("L", (100, 50)).save(tmp_path / "7.png")
    of = {"image_id": 7, "category_id": 1}
    value = {
        "images": [{"id": 7, "file_name": "7.png"}],
        "categories": [{"id": 1, "name": "implant"}],
        "annotations": [
            {**of, "id": 1, "bbox": [10, 5, 20, 15], "uncertain": True},
            {**of, "id": 2, "bbox": [40, 5, 20, 15], "iscrowd": 1},
            {**of, "id": 3, "bbox": [70, 5, 20, 15], "uncertain": False, "iscrowd": 0},
        ],
    }
    source = tmp_path / "doubts.json"
    source.write_text(json.dumps(value))

    for name in FORMATS:
        converted = convert(source, tmp_path / name, format_name=name)
        held = name in ("coco", "voc", "labelme", "csv")
        (image,) = collect_annotations(converted.path).images
        doubts = [each.uncertain for each in image.findings]
        assert doubts == ([True, True, False] if held else [False] * 3)
        note = f"{FORMATS[name].name} has no room for it that 2 findings are uncertain"
        assert (note in converted.notes) is not held


@pytest.mark.parametrize("name", ["coco", "voc", "labelme", "csv"])
def test_what_is_sure_by_now_is_no_longer_uncertain_in_a_file_of_the_same_format(
    name: str, tmp_path: Path
) -> None:
    Image.new("L", (100, 50)).save(tmp_path / "7.png")
    doubted = [replace(CROWN, uncertain=True), replace(FIXTURE, uncertain=False)]
    image = LabelledImage(tmp_path / "7.png", SIZE, tuple(doubted))
    first = write_annotations([image], tmp_path, name)
    (read,) = collect_annotations(first.path).images
    turned = tuple(replace(f, uncertain=not f.uncertain) for f in read.findings)

    again = write_annotations([replace(read, findings=turned)], tmp_path / "out", name)

    (image,) = collect_annotations(again.path).images
    assert [f.uncertain for f in image.findings] == [False, True]


def test_a_number_that_a_radiograph_had_twice_is_doubted_until_a_person_is_sure(
    tmp_path: Path,
) -> None:
    Image.new("L", (100, 50)).save(tmp_path / "7.png")
    of = {"image_id": 7, "category_id": 36}
    value = {
        "images": [
            {"id": 7, "file_name": "7.png", "duplicate_tooth_numbers": [36, 37]}
        ],
        "categories": [{"id": 36, "name": "36"}],
        "annotations": [{**of, "id": 2, "bbox": [40, 5, 20, 15]}],
    }
    (tmp_path / "teeth.json").write_text(json.dumps(value))
    (read,) = collect_annotations(tmp_path / "teeth.json").images
    assert [each.uncertain for each in read.findings] == [True]
    sure = replace(read.findings[0], uncertain=False)

    for findings, numbers in ((read.findings, [36, 37]), ((sure,), [37])):
        out = write_annotations(
            [replace(read, findings=findings)], tmp_path / "out", "coco"
        )
        (image,) = json.loads(out.path.read_text())["images"]
        assert image["duplicate_tooth_numbers"] == numbers


def test_a_crowd_of_coco_whose_box_is_moved_stays_uncertain(tmp_path: Path) -> None:
    Image.new("L", (100, 50)).save(tmp_path / "7.png")
    value = {
        "images": [{"id": 7, "file_name": "7.png"}],
        "categories": [{"id": 1, "name": "implant"}],
        "annotations": [
            {"image_id": 7, "category_id": 1, "id": 2, "bbox": [40, 5, 20, 15],
             "iscrowd": 1}
        ],
    }  # fmt: skip
    (tmp_path / "crowd.json").write_text(json.dumps(value))
    (read,) = collect_annotations(tmp_path / "crowd.json").images
    moved = replace(read.findings[0], box=Box(41, 5, 61, 20))

    write_annotations([replace(read, findings=(moved,))], tmp_path / "out", "coco")

    (image,) = collect_annotations(tmp_path / "out").images
    assert [(f.box.x_min, f.uncertain) for f in image.findings] == [(41, True)]


def test_whom_radiographs_show_is_lost_from_what_was_accepted_too(
    tmp_path: Path, elsewhere: Path
) -> None:
    Image.new("L", (100, 50)).save(tmp_path / "7.png")
    images = [{"id": 7, "file_name": "7.png", "patient_id": "p1"}]
    (tmp_path / "whom.json").write_text(
        json.dumps({"images": images, "categories": []})
    )
    opened = Review().propose_annotations([CROWN])
    saved = SavedReview(
        "7.png", "", Size(100, 50), (PurePath("whom.json"),), opened.accept([1]), opened
    )
    write_review(tmp_path / "7.png.review.json", saved, last=None)

    lost = convert(tmp_path, elsewhere, format_name="voc", only_accepted=True)

    assert "left out, being no part of a finding: patient_id (1)" in lost.notes


def test_annotations_at_another_size_are_scaled_if_the_shape_is_the_same(
    tmp_path: Path,
) -> None:
    shutil.copy(FILES / "labelimg.xml", tmp_path / "7.xml")
    Image.new("L", (200, 100)).save(tmp_path / "7.png")

    collected = collect_annotations(tmp_path)

    assert collected.images[0].findings[0].box == Box(20, 10, 62, 40)
    assert "scaled from 100 x 50 to 200 x 100" in collected.notes[0]


def test_annotations_of_another_shape_are_refused(tmp_path: Path) -> None:
    shutil.copy(FILES / "labelimg.xml", tmp_path / "7.xml")
    Image.new("L", (100, 100)).save(tmp_path / "7.png")

    collected = collect_annotations(tmp_path)

    assert collected.images == ()
    assert (
        "7.png has 100 x 100 pixels, but was annotated at 100 x 50"
        in (collected.failures[0])
    )


def test_numbered_frames_are_not_guessed(tmp_path: Path) -> None:
    shutil.copy(FILES / "vott-v1-numbered.json", tmp_path / "frames.json")
    for name in ("1.png", "2.png"):
        Image.new("L", (200, 100)).save(tmp_path / name)

    collected = collect_annotations(tmp_path / "frames.json")

    assert collected.images == ()
    assert "only if it counts from 1" in collected.failures[0]


@pytest.mark.parametrize(
    ("numbers", "pictures", "expected"),
    [
        # Only counting from 0 has a number 0; only from 1 has there a third of three.
        ("01", ["1.png", "2.png", "3.png"], {"1.png": "0", "2.png": "1"}),
        ("23", ["1.png", "2.png", "3.png"], {"2.png": "2", "3.png": "3"}),
        ("01", ["a.png", "b.png"], {"a.png": "0", "b.png": "1"}),
        # VoTT lists 10 before 2, which the names do not.
        ("01", ["1.png", "10.png", "2.png"], {"1.png": "0"}),
        ("12", ["1.png", "2.png", "3.png"], {}),
        ("12", ["1.png"], {}),
    ],
)
def test_a_number_is_a_picture_if_no_other_counting_fits(
    numbers: str,
    pictures: list[str],
    expected: dict[str, str],
    tmp_path: Path,
) -> None:
    write_numbered(tmp_path, numbers)
    for name in pictures:
        Image.new("L", (200, 100)).save(tmp_path / "set" / name)

    collected = collect_annotations(tmp_path / "set.json")

    assert len(collected.failures) == len(numbers) - len(expected)
    found = {image.path.name: image.findings[0].label for image in collected.images}
    assert found == expected
    assert list(collected.notes) == [
        f'{name}: {name} was taken for image "{number}" of those it numbers'
        for name, number in expected.items()
    ]


def test_the_sizes_of_pictures_tell_which_are_meant(tmp_path: Path) -> None:
    write_numbered(tmp_path, "12", {"1": (200, 100), "2": (50, 100)})
    for name, size in {"1": (99, 99), "2": (400, 200), "3": (50, 100)}.items():
        Image.new("L", size).save(tmp_path / "set" / f"{name}.png")

    collected = collect_annotations(tmp_path / "set.json")

    assert [(i.path.name, i.findings[0].label) for i in collected.images] == [
        ("2.png", "1"),
        ("3.png", "2"),
    ]


def test_the_names_that_were_looked_at_tell_which_are_meant(tmp_path: Path) -> None:
    write_numbered(tmp_path, "12", visited=["2.png", "3.png"])
    for name in ("1.png", "2.png", "3.png"):
        Image.new("L", (200, 100)).save(tmp_path / "set" / name)

    collected = collect_annotations(tmp_path / "set.json")

    assert [image.path.name for image in collected.images] == ["2.png", "3.png"]


def write_numbered(
    folder: Path,
    numbers: str,
    sizes: dict[str, tuple[int, int]] | None = None,
    visited: list[str] | None = None,
) -> None:
    """A project of VoTT 1 whose frames are numbers, each with a finding so called."""
    (folder / "set").mkdir()
    frames = {}
    for number in numbers:
        width, height = (sizes or {}).get(number, (200, 100))
        box = {"x1": 1, "y1": 1, "x2": 20, "y2": 20}
        region = {**box, "width": width, "height": height, "tags": [number]}
        frames[number] = [region]
    project = {"frames": frames, "inputTags": "", "visitedFrames": visited or []}
    (folder / "set.json").write_text(json.dumps(project))


def test_an_export_that_came_without_pictures(tmp_path: Path, elsewhere: Path) -> None:
    (tmp_path / "Annotations").mkdir()
    shutil.copy(FILES / "vott-v2-voc.xml", tmp_path / "Annotations" / "7.xml")

    result = convert(tmp_path, elsewhere, format_name="coco", copy_images=False)

    assert (result.radiographs, result.findings) == (1, 2)
    assert "7.png: the picture is not there" in result.notes
    with pytest.raises(AnnotationFileError, match="cannot be copied"):
        convert(tmp_path, elsewhere, format_name="coco")


def test_of_many_pictures_that_are_not_there_one_is_named(
    tmp_path: Path, elsewhere: Path
) -> None:
    Image.new("L", (100, 50)).save(tmp_path / "0.png")
    size = {"width": 100, "height": 50}
    images = [{"id": n, "file_name": f"{n}.png", **size} for n in range(1_300)]
    content = {"images": images, "categories": [], "annotations": []}
    (tmp_path / "all.json").write_text(json.dumps(content))

    copied = convert(tmp_path, elsewhere / "copied", format_name="coco")
    referred = convert(
        tmp_path, elsewhere / "referred", format_name="coco", copy_images=False
    )

    absent = "1,299 pictures are not there"
    assert (copied.radiographs, referred.radiographs) == (1, 1_300)
    assert f"{absent}, such as 1.png" in referred.notes
    assert copied.failures == (
        f"{absent} and cannot be copied, such as {tmp_path / '1.png'}",
    )


def test_a_file_that_lies_above_its_pictures_is_found_in_the_folder(
    tmp_path: Path,
) -> None:
    images = pictures(tmp_path / "set" / "images")
    write_annotations(images, tmp_path / "set", "coco")

    collected = collect_annotations(tmp_path / "set")

    assert collected.failures == ()
    assert_same(collected.images, extras=True, empty=True)


def test_two_files_of_one_project_tell_of_a_radiograph_once(tmp_path: Path) -> None:
    # VoTT 2 has its project and its export in one folder, and pictures in another.
    images = pictures(tmp_path / "pictures")
    FORMATS["vott2"].write(images, tmp_path / "project")

    collected = collect_annotations(tmp_path / "project")

    assert not collected.failures
    assert sorted(image.path for image in collected.images) == sorted(
        image.path for image in images
    )


@pytest.mark.parametrize("other", ["coco", "labelme", "voc", "vott1"])
def test_two_formats_about_radiographs_elsewhere_tell_of_each_once(
    other: str, tmp_path: Path
) -> None:
    # VoTT 2 has no room for teeth and scores. VOC and VoTT 1 have no paths.
    write_annotations(pictures(tmp_path / "images"), tmp_path / "images", "labelme")
    for name in ("vott2", other):
        source, target = tmp_path / "images", tmp_path / "A set"
        convert(source, target, format_name=name, copy_images=False)

    collected = collect_annotations(tmp_path / "A set")

    assert (collected.failures, collected.notes) == ((), ())
    assert len(collected.images) == 3
    assert_same(collected.images, extras=other in HOLD_EXTRAS, empty=True)


def test_of_two_files_that_say_otherwise_the_first_counts_and_the_other_is_named(
    tmp_path: Path,
) -> None:
    image, *_ = pictures(tmp_path / "images")
    for name, finding in zip("ab", image.findings, strict=False):
        of_one = replace(image, findings=(finding,))
        file = write_coco([of_one], tmp_path, file_name=f"{name}.json", refer=True).path
        (tmp_path / "set").mkdir(exist_ok=True)
        file.rename(tmp_path / "set" / f"{name}.json")

    collected = collect_annotations(tmp_path / "set")

    (found,) = collected.images
    assert [finding.label for finding in found.findings] == ["Crown"]
    assert collected.notes == ("7.png: a.json was used, though b.json says otherwise",)


def test_of_many_radiographs_with_two_files_that_say_otherwise_it_is_said_once(
    tmp_path: Path,
) -> None:
    images = []
    for number in range(1, 5):
        path = annotated(tmp_path / "set" / f"{number}.png", number)
        images.append(LabelledImage(path, SIZE, (replace(CROWN, label="Bridge"),)))
    write_coco(images, tmp_path / "set", file_name="old.json")

    collected = collect_annotations(tmp_path / "set")

    assert len(collected.images) == 4
    assert collected.notes == (
        "4 radiographs, such as 1.png: files such as 1.json were used, though old.json"
        " says otherwise",
    )


def test_two_files_that_name_pictures_which_are_nowhere_are_both_heard(
    tmp_path: Path,
) -> None:
    (image, *_) = pictures(tmp_path / "pictures")
    for name, finding in zip("ab", image.findings, strict=False):
        FORMATS["coco"].write(
            [replace(image, findings=(finding,))], tmp_path / "set" / name
        )

    collected = collect_annotations(tmp_path / "set")

    assert [len(each.findings) for each in collected.images] == [1, 1]


def test_yolo_labels_without_pictures_are_missed(tmp_path: Path) -> None:
    images = pictures(tmp_path / "images")
    write_annotations(images, tmp_path / "set", "yolo")

    collected = collect_annotations(tmp_path / "set")

    assert collected.images == ()
    texts = sorted((tmp_path / "set" / "labels").iterdir())
    assert collected.failures == tuple(
        f"{path}: its picture, whose size must be known, is not there: put it beside"
        ' the file, or into a folder "images" beside "labels"'
        for path in texts
    )


@pytest.mark.parametrize("place", [".", "images"])
def test_yolo_labels_have_their_pictures_above_or_in_images(
    tmp_path: Path, place: str
) -> None:
    images = pictures(tmp_path / "set" / place)
    write_annotations(images, tmp_path / "set", "yolo")

    for source in (tmp_path / "set", tmp_path / "set" / "labels"):
        collected = collect_annotations(source)

        assert collected.failures == ()
        assert_same(collected.images, extras=False, empty=True)


def test_the_command_converts_and_tells_what_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = pictures(tmp_path / "images")
    write_annotations(images, tmp_path / "images", "labelme")
    command = ["convert", str(tmp_path / "images")]
    split = ["--to", "voc", "--split", "80/20", "--seed", "7"]

    assert main([*command, str(tmp_path / "voc"), *split]) == 0
    assert "Wrote 3 findings on 3 radiographs" in capsys.readouterr().out

    (tmp_path / "images" / "9.json").write_text("{")
    assert main([*command, str(tmp_path / "yolo"), "--to", "yolo"]) == 1
    captured = capsys.readouterr()
    assert "9.json: not valid JSON" in captured.err
    assert "YOLO has no room for the tooth numbers of 2 findings" in captured.out


@pytest.mark.parametrize("content", [None, b"", b"{}"])
def test_a_source_with_nothing_in_it(content: bytes | None, tmp_path: Path) -> None:
    source = tmp_path / "source"
    if content is None:
        source.mkdir()
    else:
        source.write_bytes(content)

    with pytest.raises(AnnotationFileError, match="source"):
        convert(source, tmp_path / "out", format_name="voc")

    assert not (tmp_path / "out").exists()


def test_after_a_conversion_that_fails_python_looks_for_cycles_again(
    tmp_path: Path,
) -> None:
    with pytest.raises(AnnotationFileError):
        convert(tmp_path, tmp_path / "out", format_name="coco")

    assert gc.isenabled()


def test_a_class_that_is_named_anew_has_its_name_in_the_next_conversion(
    tmp_path: Path,
) -> None:
    Image.new("L", (100, 50)).save(tmp_path / "7.png")
    (tmp_path / "7.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    labels = []
    for name in ("crown", "post"):
        (tmp_path / "classes.txt").write_text(f"{name}\n")
        found = collect_annotations(tmp_path)
        labels += [each.label for image in found.images for each in image.findings]

    assert labels == ["crown", "post"]


def export_of(folder: Path) -> Path:
    """A COCO file of three radiographs, which lie beside it."""
    return write_annotations(pictures(folder / "images"), folder, "coco").path


def stop_at_the_copy(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader presses Ctrl+C while that many are copied."""
    copied: list[object] = []
    copy = shutil.copyfile

    def copyfile(source: Path, target: Path) -> object:
        copied.append(source)
        if len(copied) == number:
            target.write_bytes(b"half a pict")
            raise KeyboardInterrupt
        return copy(source, target)

    monkeypatch.setattr(shutil, "copyfile", copyfile)


@pytest.mark.parametrize("target", sorted(FORMATS))
def test_a_conversion_that_is_stopped_leaves_nothing(
    target: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source, out = export_of(tmp_path / "source"), tmp_path / "new" / "out"
    stop_at_the_copy(2, monkeypatch)

    with pytest.raises(KeyboardInterrupt):
        main(["convert", str(source), str(out), "--to", target])

    assert os.listdir(tmp_path) == ["source"]
    told = f"Nothing was written to {out}\n"
    assert capsys.readouterr().err == told


def contents(folder: Path) -> dict[str, bytes | None]:
    """Of the files and folders below one, by their paths."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        if path.is_file()
        else None
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize("target", sorted(FORMATS))
def test_a_conversion_that_is_stopped_leaves_what_was_there(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader presses Ctrl+C once the first of the files is written over."""
    source, out = export_of(tmp_path / "all"), tmp_path / "out"
    first, *_ = pictures(tmp_path / "first" / "images")
    first = replace(first, findings=(ODD,))
    write_annotations([first], out, target, copy_images=True)
    before = contents(out)
    written: list[Path] = []

    def write(path: Path, content: bytes, **how: Any) -> None:
        write_atomically(path, content, **how)
        written.append(path)
        if len(written) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr("dentalviewer.formats._export.write_atomically", write)

    with pytest.raises(KeyboardInterrupt):
        main(["convert", str(source), str(out), "--to", target])

    assert written
    assert contents(out) == before


@pytest.mark.parametrize("target", sorted(FORMATS))
def test_where_one_part_of_a_split_is_refused_the_others_stay_as_they_were(
    target: str, tmp_path: Path
) -> None:
    source, out = export_of(tmp_path / "source"), tmp_path / "out"
    convert(source, out, format_name=target, split=0.4)
    changed = json.loads(source.read_text())
    for each in changed["annotations"]:
        each["bbox"][2] = 3
    source.write_text(json.dumps(changed))
    # The last that is copied is of the part that is written last.
    *_, held_out = sorted(
        out.rglob("*.[jp][pn]g"), key=lambda path: "val" in path.parts
    )
    held_out.write_bytes(b"another picture")
    before = contents(out)

    with pytest.raises(AnnotationFileError, match="another picture is here"):
        convert(source, out, format_name=target, split=0.4)

    assert contents(out) == before


def test_a_conversion_that_is_refused_leaves_nothing_of_its_own(
    tmp_path: Path,
) -> None:
    source, out = export_of(tmp_path / "source"), tmp_path / "out"
    (out / "images").mkdir(parents=True)
    (out / "images" / "Ü 8.jpg").write_bytes(b"another picture")

    assert main(["convert", str(source), str(out), "--to", "coco"]) == 1

    assert [each.name for each in out.rglob("*.*")] == ["Ü 8.jpg"]


def test_a_terminal_is_told_how_far_a_conversion_is(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("dentalviewer.formats.convert_command._BETWEEN_SECONDS", 0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    source = export_of(tmp_path / "source")

    assert main(["convert", str(source), str(tmp_path / "out"), "--to", "voc"]) == 0

    lines = [line.strip() for line in capsys.readouterr().err.split("\r")]
    assert lines == [
        "",
        *("[1/?] Reading", "[2/?] Reading", "[3/?] Reading"),
        *("[1/3] Copying", "[2/3] Copying", "[3/3] Copying"),
        "",
        "",
    ]


def test_an_annotation_of_an_image_that_a_coco_file_does_not_list_is_told_of(
    tmp_path: Path,
) -> None:
    path = annotated(tmp_path / "set" / "1.png", 1)
    path.with_suffix(".json").unlink()
    image = LabelledImage(path, SIZE, (CROWN, CROWN))
    file = write_coco([image], tmp_path / "set", file_name="coco.json").path
    said = json.loads(file.read_text())
    said["annotations"][1]["image_id"] = 9
    file.write_text(json.dumps(said))

    for name in ("coco", "voc"):
        notes = convert(file.parent, tmp_path / name, format_name=name).notes

        assert (
            "coco.json: 1 annotation is about images that the file does not list, such"
            " as image_id 9, and left out"
        ) in notes


def test_what_was_annotated_as_it_is_stored_and_not_upright_is_not_guessed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "set" / "1.png"
    path.parent.mkdir()
    orientation = Image.Exif()
    orientation[0x0112] = 6
    Image.new("L", (SIZE.width, SIZE.height)).save(path, exif=orientation)
    write_annotations([LabelledImage(path, SIZE, (CROWN,))], path.parent, "labelme")

    (failure,) = collect_annotations(path.parent).failures

    upright = f"{SIZE.height} x {SIZE.width}"
    assert failure.endswith(
        f"1.png has {upright} pixels, but was annotated at {SIZE}, perhaps before its"
        " EXIF orientation turned it"
    )


def test_a_mask_without_a_box_is_named(tmp_path: Path) -> None:
    path = annotated(tmp_path / "set" / "1.png", 1)
    path.with_suffix(".json").unlink()
    image = LabelledImage(path, SIZE, (CROWN,))
    file = write_coco([image], tmp_path / "set", file_name="coco.json").path
    said = json.loads(file.read_text())
    del said["annotations"][0]["bbox"]
    said["annotations"][0]["segmentation"] = {"size": [50, 100], "counts": "PPYo0"}
    file.write_text(json.dumps(said))

    (failure,) = collect_annotations(tmp_path / "set").failures

    assert f"{file}: 1.png, annotation 1: it has no bbox" in failure
    assert "a mask (RLE), which is not read" in failure


def test_a_category_that_a_coco_file_does_not_list_is_told_of(tmp_path: Path) -> None:
    path = annotated(tmp_path / "set" / "1.png", 1)
    path.with_suffix(".json").unlink()
    image = LabelledImage(path, SIZE, (CROWN,))
    file = write_coco([image], tmp_path / "set", file_name="coco.json").path
    said = json.loads(file.read_text())
    said["annotations"][0]["category_id"] = 99
    file.write_text(json.dumps(said))

    notes = convert(file.parent, tmp_path / "voc", format_name="voc").notes

    assert "1.png: no category of the file has the number 99" in notes


def test_of_many_radiographs_that_are_read_with_a_change_a_few_are_enough(
    tmp_path: Path,
) -> None:
    """What is skipped is told one by one: somebody may have to draw it anew."""
    for number in range(1, 6):
        path = annotated(tmp_path / "set" / f"{number}.png", number)
        shapes = [
            {"label": "crown", "points": [[1, 1], [9, 1], [5, 9 + each]]}
            for each in range(number)
        ]
        nothing = {"label": "", "points": [[1, 1], [9, 9]]}
        said = {"shapes": [*shapes, nothing], "imagePath": path.name}
        path.with_suffix(".json").write_text(json.dumps(said))

    notes = convert(tmp_path / "set", tmp_path / "out", format_name="coco").notes

    assert sum("was skipped: it has no label" in note for note in notes) == 5
    assert (
        "2.png: 2 outlines were read as the box around it, and 3 more such notes"
    ) in notes
    assert "1.png: 1 outline was read as the box around it" in notes


def test_a_file_takes_no_export(tmp_path: Path) -> None:
    path = annotated(tmp_path / "set" / "1.png", 1)
    file = tmp_path / "file"
    file.write_text("mine")

    with pytest.raises(AnnotationFileError, match="file: is a file, not a folder"):
        convert(path.parent, file, format_name="coco")

    assert file.read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("1.json", '{"images": []}'.encode("utf-16"), "UTF-16: save it as UTF-8"),
        ("via.json", b"{}", "these are not annotations of VoTT 1"),
        ("labels/1.txt", b"0 0.5 0.5 0.1 half", "line 1 is not a box of YOLO: '0 0.5"),
        ("labels/1.txt", b"0 0,5 0,5 0,1 0,1", "line 1 is not a box of YOLO: '0 0,5"),
    ],
)
def test_what_in_a_folder_cannot_be_read_is_named_where_nothing_else_is_there(
    name: str, content: bytes, fault: str, tmp_path: Path
) -> None:
    path = annotated(tmp_path / "set" / "images" / "1.png", 1)
    path.with_suffix(".json").unlink()
    file = tmp_path / "set" / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)

    with pytest.raises(AnnotationFileError) as caught:
        convert(tmp_path / "set", tmp_path / "out", format_name="coco")

    assert f"{file}: " in str(caught.value)
    assert fault in str(caught.value)


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_table_whose_cells_are_parted_otherwise_is_refused_with_that(
    mark: str, tmp_path: Path
) -> None:
    table = tmp_path / "findings.csv"
    cells = ("image", "xmin", "ymin", "xmax", "ymax", "label")
    found = ("1.png", "1", "2", "9", "9", "crown")
    table.write_text(f"{mark.join(cells)}\n{mark.join(found)}\n")

    with pytest.raises(AnnotationFileError, match=r"are parted by .*should be ','"):
        collect_annotations(table)
