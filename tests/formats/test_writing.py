"""What is written comes back, and is what other programs expect."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from dentalviewer.dentition import Tooth
from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats import (
    FORMATS,
    LabelledImage,
    find_sidecars,
    read_annotations,
    write_annotations,
)
from dentalviewer.formats._image_names import safe_file_name
from dentalviewer.formats._project import ClassEntry, Project
from dentalviewer.formats.coco_export import write_coco
from dentalviewer.formats.pascal_voc_export import (
    write_pascal_voc,
)
from dentalviewer.formats.yolo_classes import class_names
from dentalviewer.formats.yolo_export import write_yolo
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import label_color
from dentalviewer.study import Finding
from tests.conftest import NO_FOLDERS

SIZE = Size(100, 50)
CROWN = Finding(Box(10.5, 5, 31.25, 20), "restoration", Tooth(3, 6), 0.875)
FIXTURE = Finding(Box(40, 20, 50, 50), "implant")
STRANGE = Finding(Box(0, 0, 100, 50), "Brücke & <牙> 'x'", None, 1 / 3)
HOLD_TEETH = {"coco", "voc", "labelme", "csv"}


@pytest.fixture
def images(tmp_path: Path) -> list[LabelledImage]:
    folder = tmp_path / "images"
    folder.mkdir()
    found = []
    for name, findings in {
        "7.png": (CROWN, FIXTURE),
        "8 b.jpg": (STRANGE,),
        "9.png": (),
    }.items():
        Image.new("L", (SIZE.width, SIZE.height)).save(folder / name)
        found.append(LabelledImage(folder / name, SIZE, findings))
    return found


@pytest.mark.parametrize("name", NO_FOLDERS)
def test_any_text_becomes_a_name_that_every_system_takes(name: str) -> None:
    safe = safe_file_name(name)

    assert safe != name
    assert safe_file_name(safe) == safe


def test_names_that_windows_keeps_for_itself_are_changed_before_the_point() -> None:
    names = ["NUL", "Aux.2", "lpt9.tar.gz", "prn .x"]

    changed = ["NUL_", "Aux_.2", "lpt9_.tar.gz", "prn_ .x"]
    assert [safe_file_name(name) for name in names] == changed


@pytest.mark.parametrize("name", ["Zähne 2026.1", "console", "nullo.x", "com10", "-v"])
def test_a_name_that_every_system_takes_stays(name: str) -> None:
    assert safe_file_name(name) == name


def read_back(folder: Path, image: LabelledImage) -> list[Finding]:
    """What all files written, of one format, say about an image."""
    found = []
    for path in sorted(folder.rglob("*")):
        own_xml = path.suffix in (".xml", ".json", ".csv")
        own_text = path.parent.name == "labels"
        if path.name.endswith("-export.json") or not (own_xml or own_text):
            continue
        if path.suffix in (".xml", ".txt") and path.stem != image.path.stem:
            continue
        for said in read_annotations(path, image.path, aliases=None):
            if said.question is None:
                found += said.findings
    return found


def without_extras(finding: Finding) -> Finding:
    return replace(finding, tooth=None, score=None)


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - {"yolo"}))
def test_what_was_written_comes_back(
    name: str, images: list[LabelledImage], tmp_path: Path
) -> None:
    write_annotations(images, tmp_path / "out", name)

    for image in images:
        kept = image.findings
        if name not in HOLD_TEETH:
            kept = tuple(map(without_extras, kept))
        assert read_back(tmp_path / "out", image) == list(kept), image.path.name


def test_yolo_comes_back_to_a_hundredth_of_a_pixel(
    images: list[LabelledImage], tmp_path: Path
) -> None:
    write_annotations(images, tmp_path / "out", "yolo")

    for image in images:
        found = read_back(tmp_path / "out", image)
        assert [f.label for f in found] == [f.label for f in image.findings]
        for finding, expected in zip(found, image.findings, strict=True):
            assert finding.box.corners == pytest.approx(expected.box.corners, abs=0.01)


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - {"coco", "csv", "yolo"}))
def test_copied_pictures_find_their_annotations(
    name: str, images: list[LabelledImage], tmp_path: Path
) -> None:
    write_annotations(images, tmp_path / "out", name, copy_images=True)

    (copy,) = (tmp_path / "out").rglob("7.png")
    assert copy.read_bytes() == images[0].path.read_bytes()
    (sidecar,) = find_sidecars(copy)
    (annotations,) = read_annotations(sidecar, copy, aliases=None)
    assert annotations.question is None
    assert annotations.frame == SIZE
    assert [f.label for f in annotations.findings] == ["restoration", "implant"]


def test_coco_is_found_in_the_folder_beside_images(
    images: list[LabelledImage], tmp_path: Path
) -> None:
    name = "annotations/instances_train.json"
    write_coco(images, tmp_path / "out", copy_images=True, file_name=name)

    copy = tmp_path / "out" / "images" / "7.png"
    assert find_sidecars(copy) == (tmp_path / "out" / name,)


def test_yolo_labels_are_found_in_the_folder_beside_images(
    images: list[LabelledImage], tmp_path: Path
) -> None:
    write_yolo(images, tmp_path / "out", copy_images=True, validation={images[0].path})

    copy = tmp_path / "out" / "images" / "val" / "7.png"
    (sidecar,) = find_sidecars(copy)
    assert sidecar == tmp_path / "out" / "labels" / "val" / "7.txt"
    (annotations,) = read_annotations(sidecar, copy, aliases=None)
    assert [f.label for f in annotations.findings] == ["restoration", "implant"]
    assert (tmp_path / "out" / "labels" / "train" / "9.txt").read_text() == ""


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_writing_twice_gives_the_same_files(
    name: str, images: list[LabelledImage], tmp_path: Path
) -> None:
    def written() -> dict[Path, bytes]:
        write_annotations(images, tmp_path / "out", name)
        files = [p for p in (tmp_path / "out").rglob("*") if p.is_file()]
        return {path: path.read_bytes() for path in files}

    assert written() == written()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("coco", []),
        ("voc", []),
        ("labelme", []),
        ("csv", ["CSV does not show 1 radiograph without findings"]),
        *(
            (
                key,
                [
                    f"{name} has no room for the tooth numbers of 1 finding",
                    f"{name} has no room for the scores of 2 findings",
                ],
            )
            for key, name in [
                ("vott1", "VoTT 1"),
                ("vott2", "VoTT 2"),
                ("yolo", "YOLO"),
            ]
        ),
    ],
)
def test_what_a_format_cannot_hold_is_said(
    name: str, expected: list[str], images: list[LabelledImage], tmp_path: Path
) -> None:
    export = write_annotations(images, tmp_path / "out", name)

    assert list(export.notes) == expected
    assert export.path.exists()


def test_boxes_are_cut_at_the_edge_and_that_is_said(tmp_path: Path) -> None:
    image = LabelledImage(
        tmp_path / "7.png",
        SIZE,
        (
            Finding(Box(-5, 10, 20, 60), "implant"),
            Finding(Box(200, 10, 220, 60), "implant"),
        ),
    )

    export = write_annotations([image], tmp_path / "out", "coco")

    coco = json.loads(export.path.read_bytes())
    assert [a["bbox"] for a in coco["annotations"]] == [[0, 10, 20, 40]]
    assert export.notes == (
        "1 box outside its radiograph was left out",
        "1 box was cut at the edge of its radiograph",
    )


def test_coco_has_everything_the_tools_ask_for(
    images: list[LabelledImage], tmp_path: Path
) -> None:
    write_annotations(images, tmp_path / "out", "coco")

    coco = json.loads((tmp_path / "out" / "predictions.json").read_bytes())
    assert coco["images"][0] == {
        "id": 1,
        "file_name": "7.png",
        "width": 100,
        "height": 50,
    }
    assert len(coco["images"]) == 3
    assert coco["categories"][:3] == [
        {"id": 1, "name": "restoration"},
        {"id": 2, "name": "endodontic"},
        {"id": 3, "name": "implant"},
    ]
    assert coco["annotations"][0] == {
        "id": 1,
        "image_id": 1,
        "category_id": 1,
        "bbox": [10.5, 5, 20.75, 15],
        "area": 311.25,
        "segmentation": [],
        "iscrowd": 0,
        "score": 0.875,
        "tooth": 36,
    }
    assert "score" not in coco["annotations"][1]


def test_both_ends_of_a_bridge_come_back_from_coco(
    images: list[LabelledImage], tmp_path: Path
) -> None:
    bridge = replace(CROWN, last_tooth=Tooth(3, 4))
    image = replace(images[0], findings=(bridge,))
    write_coco([image], tmp_path / "out")
    assert read_back(tmp_path / "out", image) == [bridge]


def test_coco_says_where_a_tooth_is_in_doubt_as_long_as_it_is_that_tooth(
    images: list[LabelledImage], tmp_path: Path
) -> None:
    doubted = replace(CROWN, tooth_in_doubt=True)
    image = replace(images[0], findings=(doubted, FIXTURE))
    path = write_coco([image], tmp_path / "out").path

    def flags(of: Path) -> list[object]:
        annotations = json.loads(of.read_text())["annotations"]
        return [each.get("tooth_in_doubt") for each in annotations]

    assert flags(path) == [True, None]
    (said,) = read_annotations(path, image.path, aliases=None)
    assert said.findings == (CROWN, FIXTURE)
    assert said.notes == ()
    for name, tooth, flag in (("same", 36, True), ("other", 37, None)):
        crown = replace(said.findings[0], tooth=Tooth.from_fdi(tooth))
        again = replace(image, findings=(crown,))
        assert flags(write_coco([again], tmp_path / name).path) == [flag]


def test_a_tooth_stated_as_both_ends_of_a_span_stays_in_doubt(tmp_path: Path) -> None:
    Image.new("L", (SIZE.width, SIZE.height)).save(tmp_path / "7.png")
    image = LabelledImage(
        tmp_path / "7.png", SIZE, (replace(CROWN, tooth_in_doubt=True),)
    )
    path = write_coco([image], tmp_path / "out").path
    said = path.read_text().replace('"tooth":36', '"tooth":36,"last_tooth":36')
    path.write_text(said)
    (read,) = read_annotations(path, image.path, aliases=None)

    again = write_coco(
        [replace(image, findings=read.findings)], tmp_path / "again"
    ).path

    (annotation,) = json.loads(again.read_bytes())["annotations"]
    assert annotation["tooth_in_doubt"]


def test_a_bridge_to_the_other_jaw_is_no_bridge(
    images: list[LabelledImage], tmp_path: Path
) -> None:
    image = replace(images[0], findings=(replace(CROWN, last_tooth=Tooth(3, 4)),))
    path = write_coco([image], tmp_path / "out").path
    path.write_text(path.read_text().replace('"last_tooth":34', '"last_tooth":14'))
    (said,) = read_annotations(path, image.path, aliases=None)
    assert said.findings == (CROWN,)
    assert any("36 and 14 do not stand in one row" in note for note in said.notes)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["36", "11"], {"36": 36, "11": 11}),
        (["36", "implant", "racine"], {"36": 36, "implant": 3, "racine": 4}),
        (["racine"], {"restoration": 1, "endodontic": 2, "implant": 3, "racine": 4}),
        # No FDI numbers, though they look like some.
        (["036", "３６", "19"], {"19": 5, "036": 4, "３６": 6}),
    ],
)
def test_the_category_of_a_tooth_is_its_fdi_number(
    labels: list[str], expected: dict[str, int], tmp_path: Path
) -> None:
    findings = tuple(replace(FIXTURE, label=label) for label in labels)
    image = LabelledImage(tmp_path / "7.png", SIZE, findings)

    export = write_annotations([image], tmp_path / "out", "coco")

    coco = json.loads(export.path.read_bytes())
    numbers = {each["name"]: each["id"] for each in coco["categories"]}
    assert numbers.items() >= expected.items()
    if "36" in labels:
        assert numbers == expected
    assert [a["category_id"] for a in coco["annotations"]] == [
        numbers[label] for label in labels
    ]


def test_vott_1_has_its_project_beside_the_folder_of_its_pictures(
    images: list[LabelledImage], tmp_path: Path
) -> None:
    export = write_annotations(images, tmp_path / "out", "vott1")

    assert export.path == tmp_path / "out" / "images.json"
    text = export.path.read_text("utf-8")
    project = json.loads(text)
    assert ", " not in text.replace("'x', ", "")
    assert project["inputTags"] == "restoration,endodontic,implant,Brücke & <牙> 'x'"
    assert project["tag_colors"][0] == label_color("restoration")
    assert project["visitedFrames"] == ["7.png", "8 b.jpg", "9.png"]
    assert project["frames"]["9.png"] == []
    region = project["frames"]["7.png"][0]
    uid = region.pop("UID")
    assert len(uid) == 8
    assert int(uid, 16) >= 0
    corners = {"x1": 10.5, "y1": 5, "x2": 31.25, "y2": 20}
    assert region == {
        **corners,
        "width": 100,
        "height": 50,
        "box": corners,
        "id": 0,
        "type": "Rectangle",
        "tags": ["restoration"],
        "name": 1,
    }


def test_vott_1_has_a_project_for_each_folder(tmp_path: Path) -> None:
    images = [
        LabelledImage(tmp_path / place / "x" / "7.png", SIZE, (FIXTURE,))
        for place in ("a", "b")
    ]

    write_annotations(images, tmp_path / "out", "vott1")

    assert {p.name for p in (tmp_path / "out").iterdir()} == {"x.json", "x-2.json"}


def test_vott_2_names_files_by_the_hash_of_the_path(
    images: list[LabelledImage], tmp_path: Path
) -> None:
    export = write_annotations(images, tmp_path / "out", "vott2")

    project = json.loads(export.path.read_bytes())
    path = f"file:{images[1].path.as_posix().replace(' ', '%20')}"
    asset_id = md5(path.encode()).hexdigest()
    assert project["assets"][asset_id] == {
        "format": "jpg",
        "id": asset_id,
        "name": "8 b.jpg",
        "path": path,
        "size": {"width": 100, "height": 50},
        "state": 2,
        "type": 1,
    }
    (region,) = json.loads((tmp_path / "out" / f"{asset_id}-asset.json").read_bytes())[
        "regions"
    ]
    assert region["boundingBox"] == {"left": 0, "top": 0, "width": 100, "height": 50}
    assert [(p["x"], p["y"]) for p in region["points"]] == [
        (0, 0),
        (100, 0),
        (100, 50),
        (0, 50),
    ]
    # A picture without regions has been visited, and has no file.
    assert sorted(a["state"] for a in project["assets"].values()) == [1, 2, 2]
    assert len(list((tmp_path / "out").glob("*-asset.json"))) == 2


def test_the_export_of_vott_2_holds_all_that_its_project_does(
    images: list[LabelledImage], tmp_path: Path
) -> None:
    export = write_annotations(images, tmp_path / "my set", "vott2")

    path = tmp_path / "my set" / "vott-json-export" / "my-set-export.json"
    project, alone = (json.loads(file.read_bytes()) for file in (export.path, path))
    assert alone["tags"] == project["tags"]
    assert alone["assets"].keys() == project["assets"].keys()
    # How VoTT reaches its files is nothing for other programs.
    assert "sourceConnection" in project
    assert alone.keys().isdisjoint({"sourceConnection", "targetConnection"})
    for image in images:
        (said,) = read_annotations(path, image.path, aliases=None)
        assert said.findings == tuple(map(without_extras, image.findings))


def test_vott_1_lists_in_each_project_the_classes_of_its_own_folder(
    tmp_path: Path,
) -> None:
    images = [
        LabelledImage(tmp_path / folder / "7.png", SIZE, (finding,))
        for folder, finding in (
            ("a", replace(FIXTURE, label="bracket")),
            ("b", replace(FIXTURE, label="retainer")),
        )
    ]

    write_annotations(images, tmp_path / "out", "vott1")

    listed = {
        path.stem: json.loads(path.read_bytes())["inputTags"].split(",")[3:]
        for path in (tmp_path / "out").iterdir()
    }
    assert listed == {"a": ["bracket"], "b": ["retainer"]}


def test_vott_2_encodes_what_its_paths_may_not_hold(tmp_path: Path) -> None:
    image = LabelledImage(tmp_path / "a#b?.png", SIZE, (FIXTURE,))

    export = write_annotations([image], tmp_path / "out", "vott2")

    (asset,) = json.loads(export.path.read_bytes())["assets"].values()
    assert asset["path"].endswith("/a%23b%3F.png")


def test_pascal_voc_is_laid_out_as_vott_2_has_it(
    images: list[LabelledImage], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    write_pascal_voc(images, out, copy_images=True, validation={images[0].path})

    root = etree.parse(str(out / "Annotations" / "7.xml")).getroot()
    assert root.findtext("filename") == "7.png"
    assert root.findtext("object/bndbox/xmin") == "10.5"
    assert root.findtext("object/bndbox/ymin") == "5"
    assert (out / "JPEGImages" / "8 b.jpg").is_file()
    sets = out / "ImageSets" / "Main"
    assert (sets / "restoration_val.txt").read_text("utf-8") == "7.png 1"
    assert (sets / "restoration_train.txt").read_text("utf-8") == "8 b.jpg -1\n9.png -1"
    assert (sets / "train.txt").read_text("utf-8") == "8 b\n9\n"
    label_map = (out / "pascal_label_map.pbtxt").read_text("utf-8")
    assert label_map.startswith(
        "item {\n id: 1\n name: 'restoration'\n}\nitem {\n id: 2"
    )
    assert "name: 'Brücke & <牙> \\'x\\''" in label_map


def test_pascal_voc_lists_its_classes_for_cvat_too(
    images: list[LabelledImage], tmp_path: Path
) -> None:
    """With the colours that the project gives them."""
    project = Project((ClassEntry("implant", "#0a14ff"),))

    write_pascal_voc(images, tmp_path / "out", project=project)

    assert (tmp_path / "out" / "labelmap.txt").read_text("utf-8").splitlines() == [
        "# label:color_rgb:parts:actions",
        "implant:10,20,255::",
        "restoration:::",
        "Brücke & <牙> 'x':::",
    ]


def test_pascal_voc_holds_out_nothing_where_nobody_says_so(tmp_path: Path) -> None:
    images = [
        LabelledImage(tmp_path / f"{number}.png", SIZE, ()) for number in range(50)
    ]

    write_pascal_voc(images, tmp_path / "out")

    sets = tmp_path / "out" / "ImageSets" / "Main"
    assert (sets / "val.txt").read_text() == ""
    assert (sets / "implant_val.txt").read_text() == ""
    stems = [image.path.stem for image in images]
    assert (sets / "train.txt").read_text().split() == stems
    assert (sets / "trainval.txt").read_text().split() == stems


def test_predictions_are_not_called_verified(
    images: list[LabelledImage], tmp_path: Path
) -> None:
    write_annotations(images, tmp_path / "out", "voc")

    verified = {
        path.stem: etree.parse(str(path)).getroot().get("verified")
        for path in (tmp_path / "out" / "Annotations").iterdir()
    }
    assert verified == {"7": None, "8 b": None, "9": "yes"}


@pytest.mark.parametrize("split", [True, False])
def test_yolo_says_where_the_pictures_to_learn_from_lie(
    split: bool, images: list[LabelledImage], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    held_out = {images[0].path} if split else None

    write_yolo(images, out, copy_images=True, validation=held_out)

    said = dict(
        line.split(": ", 1) for line in (out / "data.yaml").read_text().splitlines()[:3]
    )
    assert said == {
        "path": ".",
        "train": "images/train" if split else "images",
        "val": "images/val" if split else "images",
    }
    assert (out / said["val"] / "7.png").is_file()
    assert (out / said["train"] / "9.png").is_file()
    labels = out / said["val"].replace("images", "labels")
    assert (labels / "7.txt").read_text().count("\n") == 2


def test_yolo_names_read_as_they_were_written(tmp_path: Path) -> None:
    """Some characters mean the end of a line to YAML, or nothing."""
    names = [
        "it's",
        'a "b" \\ c',
        "no",
        "# x",
        "é\x85\u2028\x7fü",
        "\U0001f9b7",
        "a: b",
    ]
    findings = tuple(Finding(CROWN.box, name) for name in names)

    write_annotations(
        [LabelledImage(tmp_path / "7.png", SIZE, findings)], tmp_path, "yolo"
    )

    found = class_names(tmp_path / "data.yaml")
    assert set(names) <= set(found.values())


@pytest.mark.parametrize(
    ("place", "listed"),
    [("classes.txt", "dog\nimplant\n"), ("data.yml", "names: [dog]")],
)
def test_a_list_of_another_program_is_added_to_or_left_alone(
    place: str, listed: str, tmp_path: Path
) -> None:
    """What it names lies in the folder already."""
    out = tmp_path / "out"
    (out / "labels").mkdir(parents=True)
    (out / place).write_text(listed)
    (out / "labels" / "old.txt").write_text("0 .5 .5 .1 .1\n")
    new = [LabelledImage(tmp_path / "7.png", SIZE, (FIXTURE,))]

    if place == "classes.txt":
        write_annotations(new, out, "yolo")
        assert (out / "classes.txt").read_text().split()[:2] == ["dog", "implant"]
        assert (out / "labels" / "7.txt").read_text().startswith("1 ")
    else:
        with pytest.raises(
            AnnotationFileError, match="names the classes of what is here"
        ):
            write_annotations(new, out, "yolo")
        assert (out / place).read_text() == listed
    assert (out / "labels" / "old.txt").read_text() == "0 .5 .5 .1 .1\n"


def test_vott_2_forgets_what_is_marked_no_more(tmp_path: Path) -> None:
    path = tmp_path / "7.png"
    Image.new("L", (SIZE.width, SIZE.height)).save(path)
    for findings in ((FIXTURE,), ()):
        out = write_annotations(
            [LabelledImage(path, SIZE, findings)], tmp_path / "out", "vott2"
        )

    (said,) = read_annotations(out.path, path, aliases=None)
    assert said.findings == ()


def test_classes_of_voc_whose_names_make_one_file_name_have_one_list(
    tmp_path: Path,
) -> None:
    images = [
        LabelledImage(tmp_path / f"{n}.png", SIZE, (replace(FIXTURE, label=label),))
        for n, label in enumerate(["post/core", "post_core", "Post_Core", "ü" * 200])
    ]

    write_pascal_voc(images, tmp_path / "out")

    folder = tmp_path / "out" / "ImageSets" / "Main"
    (united,) = (p for p in folder.iterdir() if p.name.lower() == "post_core_train.txt")
    assert united.read_text() == "0.png 1\n1.png 1\n2.png 1\n3.png -1"
    (long,) = folder.glob("ü*_train.txt")
    assert len(long.name.encode()) <= 255


def test_a_list_of_classes_is_only_added_to(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "data.yaml").write_text("names: [dog, implant]\n")

    write_annotations(
        [LabelledImage(tmp_path / "7.png", SIZE, (FIXTURE, without_extras(CROWN)))],
        out,
        "yolo",
    )

    assert (out / "classes.txt").read_text().split() == [
        "dog",
        "implant",
        "restoration",
        "endodontic",
    ]
    lines = (out / "labels" / "7.txt").read_text().splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2"]
    assert lines[0] == "1 0.450000 0.700000 0.100000 0.600000"


def test_a_csv_is_safe_to_open_in_a_spreadsheet(tmp_path: Path) -> None:
    labels = ["=HYPERLINK(1)", "+1", "-1", "@x", "'=1", "\tx", 'a,"b"\nc', "implant"]
    findings = tuple(replace(FIXTURE, label=label) for label in labels)
    image = LabelledImage(tmp_path / "=1.png", SIZE, findings)

    export = write_annotations([image], tmp_path / "out", "csv")

    with export.path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:5] == ["file", "label", "tooth_fdi", "score", "x_min"]
    for row in rows[1:]:
        assert not [cell for cell in row if cell.startswith(tuple("=+-@\t\r"))]
    (annotations,) = read_annotations(export.path, image.path, aliases=None)
    assert [finding.label for finding in annotations.findings] == labels


def test_a_csv_names_the_system_of_its_teeth_and_tells_a_span_and_what_is_in_doubt(
    tmp_path: Path,
) -> None:
    bridge = replace(CROWN, tooth=Tooth(3, 4), last_tooth=Tooth(3, 6))
    root = replace(bridge, last_tooth=None, tooth_in_doubt=True)
    image = LabelledImage(tmp_path / "7.png", SIZE, (bridge, root, STRANGE))

    export = write_annotations([image], tmp_path / "out", "csv")

    with export.path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = ("tooth_fdi", "last_tooth_fdi", "tooth_in_doubt")
    assert [tuple(row[column] for column in columns) for row in rows] == [
        ("34", "36", "no"), ("34", "", "yes"), ("", "", "")
    ]  # fmt: skip
    (annotations,) = read_annotations(export.path, image.path, aliases=None)
    assert [each.last_tooth for each in annotations.findings] == [
        Tooth(3, 6), None, None
    ]  # fmt: skip


def test_a_csv_without_the_columns_that_came_later_can_be_read(tmp_path: Path) -> None:
    table = tmp_path / "old.csv"
    table.write_text(
        "file,label,tooth,score,x_min,y_min,x_max,y_max\n7.png,crown,36,0.5,1,1,9,9\n"
    )
    (annotations,) = read_annotations(table, tmp_path / "7.png", aliases=None)
    (crown,) = annotations.findings
    assert (crown.tooth, crown.last_tooth, crown.score) == (Tooth(3, 6), None, 0.5)


def test_a_span_of_a_csv_that_cannot_be_is_told_and_its_first_tooth_kept(
    tmp_path: Path,
) -> None:
    table = tmp_path / "odd.csv"
    header = "file,label,tooth_fdi,score,x_min,y_min,x_max,y_max,last_tooth_fdi"
    table.write_text(f"{header},tooth_in_doubt\n7.png,crown,36,,1,1,9,9,16,no\n")
    (annotations,) = read_annotations(table, tmp_path / "7.png", aliases=None)
    (crown,) = annotations.findings
    assert (crown.tooth, crown.last_tooth) == (Tooth(3, 6), None)
    assert annotations.notes == ("row 2: 36 and 16 do not stand in one row",)


@pytest.mark.parametrize(
    ("cells", "tooth"), [("36,36", Tooth(3, 6)), (" 36 , ", Tooth(3, 6)), (" , ", None)]
)
def test_a_csv_may_give_one_tooth_twice_and_have_blanks_for_none(
    tmp_path: Path, cells: str, tooth: Tooth | None
) -> None:
    first, last = cells.split(",")
    table = tmp_path / "hand.csv"
    header = "file,label,tooth_fdi,score,x_min,y_min,x_max,y_max,last_tooth_fdi"
    table.write_text(f"{header},tooth_in_doubt\n7.png,crown,{first},,1,1,9,9,{last},\n")
    (annotations,) = read_annotations(table, tmp_path / "7.png", aliases=None)
    (crown,) = annotations.findings
    assert (crown.tooth, crown.last_tooth) == (tooth, None)
    assert annotations.notes == ()


@pytest.mark.parametrize("name", ["voc", "labelme", "yolo"])
def test_pictures_of_one_stem_do_not_share_a_file(name: str, tmp_path: Path) -> None:
    images = [
        LabelledImage(tmp_path / file, SIZE, (replace(FIXTURE, label=file),))
        for file in ("7.png", "7.jpg", "7.PNG")
    ]

    write_annotations(images, tmp_path / "out", name)

    suffix = {"voc": "xml", "labelme": "json", "yolo": "txt"}[name]
    written = [
        path.name
        for path in (tmp_path / "out").rglob(f"7*.{suffix}")
        if "ImageSets" not in path.parts
    ]
    assert len({name.casefold() for name in written}) == 3


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_where_nothing_can_be_written_the_file_is_named(
    name: str, images: list[LabelledImage], tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("in the way")

    with pytest.raises(AnnotationFileError, match=r"out.*cannot be saved"):
        write_annotations(images, tmp_path / "out", name)

    assert (tmp_path / "out").read_text() == "in the way"


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_nothing_to_write_is_no_fault(name: str, tmp_path: Path) -> None:
    export = write_annotations([], tmp_path / "out", name)

    assert export.notes == ()


hundredths = st.integers(0, 5000).map(lambda value: value / 100)
labels = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn", "Zl", "Zp"]), min_size=1
).filter(lambda text: text == text.strip() and "," not in text)


@st.composite
def any_finding(draw: st.DrawFn) -> Finding:
    x_min, y_min, width, height = draw(st.tuples(*[hundredths] * 4))
    box = Box(x_min, y_min, x_min + width + 1, y_min + height + 1)
    tooth = draw(st.none() | st.builds(Tooth, st.integers(1, 4), st.integers(1, 8)))
    return Finding(box, draw(labels), tooth, draw(st.none() | st.floats(0, 1)))


@pytest.mark.parametrize("name", sorted(FORMATS))
@settings(
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(findings=st.lists(any_finding(), min_size=1, max_size=4))
def test_any_findings_come_back(
    name: str, tmp_path_factory: Any, findings: list[Finding]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    Image.new("L", (200, 200)).save(folder / "7.png")
    image = LabelledImage(folder / "7.png", Size(200, 200), tuple(findings))

    write_annotations([image], folder / "out", name)

    found = read_back(folder / "out", image)
    assert [f.label for f in found] == [f.label for f in findings]
    for finding, expected in zip(found, findings, strict=True):
        assert finding.box.corners == pytest.approx(expected.box.corners, abs=0.001)
        if name in HOLD_TEETH:
            assert (finding.tooth, finding.score) == (expected.tooth, expected.score)
