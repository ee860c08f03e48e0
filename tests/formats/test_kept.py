"""What a file says beyond findings is still there in a new file of the same format."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from dentalviewer.dentition import Tooth
from dentalviewer.formats import (
    FORMATS,
    ClassEntry,
    LabelledImage,
    Project,
    write_annotations,
)
from dentalviewer.formats.collecting import collect_annotations
from dentalviewer.formats.conversion import convert
from dentalviewer.formats.review_file import SavedReview, write_review
from dentalviewer.geometry import Box, Size
from dentalviewer.review import Review
from dentalviewer.study import Finding

FILES = Path(__file__).parent / "files"
SIZE = Size(100, 50)
BOX = Box(10, 5, 31, 20)
EXTRA = {
    "by": "Zoë & <co>",
    "list": [1, 2.5, -0.0, 12345678901234567890123, None],
    # JSON may hold half a character, which UTF-8 cannot.
    "deep": {"\ud83d": "\ude00"},
}


def picture(folder: Path, name: str = "7.png", size: Size = SIZE) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    Image.new("L", (size.width, size.height)).save(folder / name)
    return folder / name


def corners(box: Box) -> dict[str, float]:
    return dict(zip(("x1", "y1", "x2", "y2"), box.corners, strict=True))


def vott_1(folder: Path, region: dict[str, Any], project: dict[str, Any]) -> Path:
    picture(folder / "set")
    box = corners(Box(10.25, 5, 31, 20))
    one = {**box, "width": 100, "height": 50, "box": box, "UID": "0badcafe", "id": 40,
           "type": "Rectangle", "tags": ["implant", "crown"], "name": 3}  # fmt: skip
    value = {
        "frames": {"7.png": [{**one, **region}]},
        "inputTags": "crown,implant,never",
        "tag_colors": ["#010203", "#0cc0aa"],
        "visitedFrames": ["7.png", "8.png"],
        **project,
    }
    (folder / "set.json").write_text(json.dumps(value))
    return folder / "set.json"


def test_vott_1_keeps_its_fields_tags_and_colors(tmp_path: Path) -> None:
    source = vott_1(tmp_path, {"extra": EXTRA}, {"framerate": 5, "extra": EXTRA})

    result = convert(source, tmp_path / "out", format_name="vott1")

    assert result.notes == ()
    project = json.loads((tmp_path / "out" / "set.json").read_bytes())
    before = json.loads(source.read_bytes())
    assert project["frames"] == before["frames"]
    assert project["inputTags"] == "crown,implant,never"
    assert project["tag_colors"][:2] == ["#010203", "#0cc0aa"]
    assert len(project["tag_colors"]) == 3
    assert (project["framerate"], project["extra"]) == (5, EXTRA)
    assert project["visitedFrames"] == ["7.png", "8.png"]


def test_colors_go_from_one_vott_to_the_other(tmp_path: Path) -> None:
    source = vott_1(tmp_path, {}, {})

    result = convert(source, tmp_path / "two", format_name="vott2")
    tags = json.loads(result.path.read_bytes())["tags"]
    back = convert(tmp_path / "two", tmp_path / "one", format_name="vott1")

    assert [tag["name"] for tag in tags] == ["crown", "implant", "never"]
    assert tags[0]["color"] == "#010203"
    assert json.loads(back.path.read_bytes())["tag_colors"][1] == "#0cc0aa"


def test_what_another_format_cannot_hold_is_said(tmp_path: Path) -> None:
    source = vott_1(tmp_path, {"extra": EXTRA, "half \ud83d": 1}, {})

    notes = convert(source, tmp_path / "out", format_name="coco").notes

    assert "left out, being no part of a finding: extra (1)" in notes
    # As any terminal can show it.
    assert "left out, being no part of a finding: half \ufffd (1)" in notes
    assert any("has 2 labels and became as many findings" in note for note in notes)


def vott_2(folder: Path) -> Path:
    path = picture(folder)
    url = f"file:{path.as_posix()}"
    asset = {"format": "png", "id": "a1", "name": "7.png", "path": url, "state": 2,
             "size": {"width": 100, "height": 50}, "type": 1, "tags": ["blurred"],
             "extra": EXTRA}  # fmt: skip
    unseen = {**asset, "id": "b2", "name": "9.png", "path": "file:/x/9.png", "state": 0}
    points = [{"x": 10, "y": 5}, {"x": 30, "y": 9}, {"x": 20, "y": 20}]
    regions = [
        {"id": "r1", "type": "POLYGON", "tags": ["implant", "crown"], "extra": EXTRA,
         "boundingBox": {"left": 10, "top": 5, "width": 20, "height": 15},
         "points": points},
    ]  # fmt: skip
    project = {
        "name": "P", "version": "2.1.0", "id": "p1", "securityToken": "P Token",
        "tags": [{"name": "implant", "color": "#5db300", "hotkey": "i"}],
        "assets": {"a1": asset, "b2": unseen}, "extra": EXTRA,
        "targetConnection": {"id": "c", "providerOptions": {"encrypted": "eA=="}},
        "lastVisitedAssetId": "a1",
    }  # fmt: skip
    (folder / "P.vott").write_text(json.dumps(project))
    (folder / "a1-asset.json").write_text(
        json.dumps({"asset": asset, "regions": regions, "version": "2.1.0", "e": EXTRA})
    )
    return folder / "P.vott"


def test_vott_2_keeps_projects_assets_and_regions(tmp_path: Path) -> None:
    source = vott_2(tmp_path / "in")

    result = convert(source, tmp_path / "out", format_name="vott2", copy_images=False)

    project = json.loads(result.path.read_bytes())
    before = json.loads(source.read_bytes())
    crown = project["tags"].pop()
    assert crown["name"] == "crown"
    assert {key: project[key] for key in before} == before
    name = "a1-asset.json"
    assert json.loads((tmp_path / "out" / name).read_bytes()) == json.loads(
        (tmp_path / "in" / name).read_bytes()
    )
    assert [note for note in result.notes if "outline" in note] == []
    assert "give VoTT this folder as the target" in result.notes[0]


def vott_1_with_two_tags(folder: Path) -> Path:
    return vott_1(folder, {}, {})


def vott_2_with_two_tags(folder: Path) -> Path:
    source = vott_2(folder)
    file = source.with_name("a1-asset.json")
    said = json.loads(file.read_bytes())
    said["regions"][0]["type"] = "RECTANGLE"
    file.write_text(json.dumps(said))
    return source


def test_a_region_of_vott_2_without_an_id_gets_one(tmp_path: Path) -> None:
    source = vott_2(tmp_path / "in")
    file = source.with_name("a1-asset.json")
    said = json.loads(file.read_bytes())
    del said["regions"][0]["id"]
    file.write_text(json.dumps(said))

    convert(source, tmp_path / "out", format_name="vott2", copy_images=False)

    (first, *_) = json.loads((tmp_path / "out" / file.name).read_bytes())["regions"]
    assert first == {**said["regions"][0], "id": first["id"]}
    assert len(first["id"]) == 9


def test_pictures_that_were_copied_have_other_assets_with_the_same_fields(
    tmp_path: Path,
) -> None:
    result = convert(vott_2(tmp_path / "in"), tmp_path / "out", format_name="vott2")

    assets = json.loads(result.path.read_bytes())["assets"]
    (copied,) = [key for key, asset in assets.items() if asset["name"] == "7.png"]
    assert copied != "a1"
    assert assets[copied]["extra"] == EXTRA
    assert assets[copied]["tags"] == ["blurred"]
    assert assets["b2"]["state"] == 0


VOC = """<annotation verified="yes" by="me">
\t<folder>f</folder>
\t<filename>7.png</filename>
\t<source><database>{database}</database><flickrid>12</flickrid></source>
\t<owner><name>A &amp; B</name></owner>
\t<size><width>100</width><height>50</height><depth>1</depth></size>
\t<segmented>1</segmented>
\t<object>
\t\t<name>implant</name>
\t\t<pose>Left</pose>
\t\t<difficult>1</difficult>
\t\t<truncated>1</truncated>
\t\t<bndbox><xmin>11.0</xmin><ymin>5</ymin><xmax>31</xmax><ymax>20</ymax></bndbox>
\t\t<part><name>head</name><bndbox><xmin>12</xmin></bndbox></part>
\t\t<attributes>
\t\t\t<attribute><name>rotation</name><value>3.0</value></attribute>
\t\t\t<attribute><name>tooth</name><value>36</value></attribute>
\t\t</attributes>
\t</object>
</annotation>
"""


def voc(folder: Path, database: str = "mine") -> Path:
    picture(folder / "JPEGImages")
    (folder / "Annotations").mkdir()
    path = folder / "Annotations" / "7.xml"
    path.write_text(VOC.format(database=database))
    return path


@pytest.mark.parametrize("database", ["mine", "The VOC2007 Database"])
def test_pascal_voc_keeps_everything(database: str, tmp_path: Path) -> None:
    path = voc(tmp_path / "in", database)

    result = convert(tmp_path / "in", tmp_path / "out", format_name="voc")

    assert result.notes == ()
    written = etree.parse(str(tmp_path / "out" / "Annotations" / "7.xml")).getroot()
    before = etree.parse(str(path)).getroot()
    assert written.attrib == before.attrib
    written.remove(written.find("path"))  # type: ignore[arg-type]
    assert canonical(written) == canonical(before)
    first, again = (
        collect_annotations(tmp_path / name).images[0] for name in ("in", "out")
    )
    assert first.findings == again.findings


def canonical(element: Any) -> list[Any]:
    text = (element.text or "").strip()
    return [element.tag, dict(element.attrib), text, [canonical(e) for e in element]]


def test_a_box_that_was_moved_is_written_as_its_file_counts(tmp_path: Path) -> None:
    voc(tmp_path / "in", "The VOC2007 Database")
    collected = collect_annotations(tmp_path / "in")
    (image,) = collected.images
    (finding,) = image.findings
    moved = replace(finding, box=Box(20, 10, 40, 30), label="crown")

    write_annotations([replace(image, findings=(moved,))], tmp_path / "out", "voc")

    path = tmp_path / "out" / "Annotations" / "7.xml"
    root = etree.parse(str(path)).getroot()
    assert [root.findtext(f"object/bndbox/{tag}") for tag in ("xmin", "ymin", "xmax")] \
        == ["21", "11", "40"]  # fmt: skip
    assert root.findtext("object/pose") == "Left"
    assert root.findtext("object/name") == "crown"


@pytest.mark.parametrize(
    ("database", "edges"),
    [
        ("mine", ["20", "10", "40.5", "30"]),
        ("The VOC2007 Database", ["21", "11", "40.5", "30"]),
    ],
)
def test_a_finding_that_was_added_is_written_as_its_file_counts(
    database: str, edges: list[str], tmp_path: Path
) -> None:
    voc(tmp_path / "in", database)
    (image,) = collect_annotations(tmp_path / "in").images
    added = Finding(Box(20, 10, 40.5, 30), "crown", Tooth(4, 6))
    together = replace(image, findings=(*image.findings, added))

    write_annotations([together], tmp_path / "out", "voc")

    path = tmp_path / "out" / "Annotations" / "7.xml"
    _, last = etree.parse(str(path)).getroot().findall("object")
    tags = ("xmin", "ymin", "xmax", "ymax")
    assert [last.findtext(f"bndbox/{tag}") for tag in tags] == edges
    (again,) = collect_annotations(tmp_path / "out").images
    assert again.findings == together.findings


def test_a_tooth_or_a_score_that_changed_is_written_anew_and_others_stay(
    tmp_path: Path,
) -> None:
    voc(tmp_path / "in")
    (image,) = collect_annotations(tmp_path / "in").images
    (finding,) = image.findings

    for name, changed, expected in (
        ("other", replace(finding, tooth=Tooth(3, 7)), [("tooth", "37")]),
        ("none", replace(finding, tooth=None), []),
        ("scored", replace(finding, tooth=None, score=0.5), [("score", "0.5")]),
    ):
        out = tmp_path / name
        write_annotations([replace(image, findings=(changed,))], out, "voc")

        root = etree.parse(str(out / "Annotations" / "7.xml")).getroot()
        assert [
            (each.findtext("name"), each.findtext("value"))
            for each in root.findall("object/attributes/attribute")
        ] == [("rotation", "3.0"), *expected]
        (again,) = collect_annotations(out).images
        assert again.findings == (changed,)


def test_a_class_of_which_nothing_is_written_is_not_listed(tmp_path: Path) -> None:
    """A bracket outside the picture of 100 x 50 pixels; of a retainer half is seen."""
    folder = tmp_path / "in"
    picture(folder)
    objects = "".join(
        f"<object><name>{name}</name><bndbox><xmin>{left}</xmin><ymin>5</ymin>"
        f"<xmax>{left + 20}</xmax><ymax>20</ymax></bndbox></object>"
        for name, left in (("bracket", 100), ("retainer", 90))
    )
    (folder / "7.xml").write_text(
        f"<annotation><filename>7.png</filename>{objects}</annotation>"
    )

    result = convert(folder, tmp_path / "out", format_name="coco")

    written = json.loads(result.path.read_bytes())
    assert [each["name"] for each in written["categories"]] == ["retainer"]
    assert [each["bbox"] for each in written["annotations"]] == [[90, 5, 10, 15]]
    assert "1 box outside its radiograph was left out" in result.notes


def test_lists_of_images_stay_as_they_are_for_each_class(tmp_path: Path) -> None:
    voc(tmp_path / "in")
    for name in ("8 a 1.png", "9.png"):
        picture(tmp_path / "in" / "JPEGImages", name)
        text = VOC.format(database="x").replace("7.png", name)
        (tmp_path / "in" / "Annotations" / f"{name[:-4]}.xml").write_text(text)
    sets = tmp_path / "in" / "ImageSets" / "Main"
    sets.mkdir(parents=True)
    # As VoTT 2 makes them: each class has its own first fifth.
    lists = {
        "implant_val": ["7.png 1"],
        "implant_train": ["8 a 1.png 1", "9.png -1"],
        "crown_val": ["8 a 1.png 1"],
        "crown_train": ["7.png -1", "9.png -1"],
    }
    for name, lines in lists.items():
        (sets / f"{name}.txt").write_text("\r\n".join(lines))
    (tmp_path / "in" / "pascal_label_map.pbtxt").write_text(
        "item {\n name: \"implant\"\n id: 2 }\nitem { id: 1\n name: 'it\\'s {a} #1' }\n"
        "# item { id: 3 }\nitem { id: 7 name: 'crown' }"
    )

    result = convert(tmp_path / "in", tmp_path / "out", format_name="voc")

    assert result.failures == ()
    out = tmp_path / "out" / "ImageSets" / "Main"
    for name, lines in lists.items():
        found = [line.rpartition(" ")[0] for line in (out / f"{name}.txt").read_text()
                 .splitlines()]  # fmt: skip
        assert found == [line.rpartition(" ")[0] for line in lines], name
    label_map = (tmp_path / "out" / "pascal_label_map.pbtxt").read_text()
    assert label_map.index("it\\'s {a} #1") < label_map.index("implant")
    assert label_map.index("'implant'") < label_map.index("'crown'")
    # 7 and 8 teach one class each, so that nothing can be judged by them.
    yolo = convert(tmp_path / "in", tmp_path / "yolo", format_name="yolo")
    said = "2 radiographs are held out for some classes only; they are among those to"
    assert f"{said} learn from" in yolo.notes
    assert not (tmp_path / "yolo" / "labels" / "val").exists()


def test_a_split_goes_along_into_other_formats(tmp_path: Path) -> None:
    images = [LabelledImage(picture(tmp_path / "p", f"{n}.png"), SIZE, ())
              for n in range(4)]  # fmt: skip
    write = FORMATS["voc"].write
    write(images, tmp_path / "voc", copy_images=True, validation={images[3].path})

    convert(tmp_path / "voc", tmp_path / "coco", format_name="coco")
    convert(tmp_path / "coco", tmp_path / "yolo", format_name="yolo")
    convert(tmp_path / "yolo", tmp_path / "back", format_name="voc")
    lost = convert(tmp_path / "voc", tmp_path / "vott", format_name="vott2")

    coco = tmp_path / "coco" / "annotations" / "instances_val.json"
    assert [i["file_name"] for i in json.loads(coco.read_bytes())["images"]] == [
        "3.png"
    ]
    assert [p.name for p in (tmp_path / "yolo" / "labels" / "val").iterdir()] == [
        "3.txt"
    ]
    val = tmp_path / "back" / "ImageSets" / "Main" / "val.txt"
    assert val.read_text().split()[-1].endswith("3")
    assert lost.notes == ("VoTT 2 has no room for which 1 are held out",)


def test_what_nobody_splits_stays_whole_through_pascal_voc(tmp_path: Path) -> None:
    for number in range(40):
        image = LabelledImage(picture(tmp_path / "p", f"{number}.png"), SIZE, ())
        FORMATS["labelme"].write([image], tmp_path / "p")

    convert(tmp_path / "p", tmp_path / "voc", format_name="voc")
    coco = convert(tmp_path / "voc", tmp_path / "coco", format_name="coco")

    sets = tmp_path / "voc" / "ImageSets" / "Main"
    assert (sets / "val.txt").read_text() == ""
    assert len((sets / "train.txt").read_text().split()) == 40
    assert coco.path.name == "instances_default.json"


def coco_file(folder: Path) -> Path:
    picture(folder)
    value = {
        "info": {"year": 2018}, "licenses": [], "extra": EXTRA,
        "images": [{"id": 77, "file_name": "7.png", "width": 100, "height": 50,
                    "license": 3, "patient_id": "p1"}],
        "categories": [{"id": 9, "name": "implant", "supercategory": "metal"},
                       {"id": 4, "name": "never", "color": "#0a0b0c"}],
        "annotations": [
            {"id": 500, "image_id": 77, "category_id": 9, "bbox": [10, 5, 20.5, 15],
             "area": 200.0, "iscrowd": 0, "extra": EXTRA,
             "segmentation": [[10, 5, 30.5, 5, 20, 20]],
             "attributes": {"occluded": True}, "tooth": 36, "score": 0.5},
        ],
    }  # fmt: skip
    (folder / "in.json").write_text(json.dumps(value))
    return folder / "in.json"


def test_numbers_that_databases_give_are_told_apart_however_long(
    tmp_path: Path,
) -> None:
    """Beyond 2 to the power of 53, where floats leave some out."""
    first, second = 9007199254740992, 9007199254740993
    pictures = {first: "7.png", second: "8.png"}
    labels = {first: "implant", second: "crown"}
    value = {
        "images": [{"id": each, "file_name": pictures[each]} for each in pictures],
        "categories": [{"id": each, "name": labels[each]} for each in labels],
        "annotations": [
            {"id": each, "image_id": each, "category_id": each, "bbox": [1, 2, 3, 4]}
            for each in (first, second)
        ],
    }
    (tmp_path / "in.json").write_text(json.dumps(value))
    for name in pictures.values():
        picture(tmp_path, name)

    result = convert(tmp_path / "in.json", tmp_path / "out", format_name="coco")

    written = json.loads(result.path.read_bytes())
    assert {i["id"]: i["file_name"] for i in written["images"]} == pictures
    assert {c["id"]: c["name"] for c in written["categories"]} == labels
    assert {a["image_id"]: a["category_id"] for a in written["annotations"]} == {
        first: first,
        second: second,
    }


def test_coco_keeps_its_numbers_and_fields(tmp_path: Path) -> None:
    source = coco_file(tmp_path)

    result = convert(source, tmp_path / "out", format_name="coco")

    assert result.notes == ()
    assert json.loads(result.path.read_bytes()) == json.loads(source.read_bytes())


def test_coco_keeps_the_only_category_though_its_number_is_0(tmp_path: Path) -> None:
    picture(tmp_path)
    category = {"id": 0, "name": "implant", "supercategory": "metal"}
    value = {
        "images": [{"id": 0, "file_name": "7.png", "width": 100, "height": 50}],
        "categories": [category],
        "annotations": [
            {"id": 0, "image_id": 0, "category_id": 0, "bbox": [1, 2, 3, 4]}
        ],
    }
    (tmp_path / "in.json").write_text(json.dumps(value))

    result = convert(tmp_path / "in.json", tmp_path / "out", format_name="coco")

    written = json.loads(result.path.read_bytes())
    assert written["categories"] == [category]
    assert [each["category_id"] for each in written["annotations"]] == [0]


def test_dentex_keeps_its_three_categories_while_they_name_the_finding(
    tmp_path: Path,
) -> None:
    """The box is of caries on 36: the third quadrant, the sixth tooth."""
    picture(tmp_path)
    source = tmp_path / "dentex.json"
    source.write_bytes((FILES / "dentex.json").read_bytes())
    three = {"category_id_1": 2, "category_id_2": 5, "category_id_3": 1}
    before = json.loads(source.read_bytes())
    collected = collect_annotations(source)
    (image,) = collected.images

    kept = convert(source, tmp_path / "out", format_name="coco")
    relabelled = write_annotations(
        [replace(image, findings=(replace(image.findings[0], label="Impacted"),))],
        tmp_path / "other",
        "coco",
        project=collected.project,
    )

    written = json.loads(kept.path.read_bytes())
    (annotation,) = written["annotations"]
    assert annotation.items() >= {**before["annotations"][0], "tooth": 36}.items()
    assert annotation.items() >= three.items()
    for categories in ("categories_1", "categories_2", "categories_3"):
        assert written[categories] == before[categories]
    (annotation,) = json.loads(relabelled.path.read_bytes())["annotations"]
    assert annotation.keys().isdisjoint(three)
    assert annotation["tooth"] == 36


def test_the_colors_that_cvat_lists_go_along_into_another_format(
    tmp_path: Path,
) -> None:
    """Its list has a line that says what is where, and one for what is of no class;
    names may have colons.
    """
    folder = tmp_path / "in" / "Annotations"
    picture(tmp_path / "in" / "JPEGImages")
    folder.mkdir()
    box = "<xmin>1</xmin><ymin>2</ymin><xmax>9</xmax><ymax>8</ymax>"
    found = f"<object><name>implant</name><bndbox>{box}</bndbox></object>"
    (folder / "7.xml").write_text(
        f"<annotation><filename>7.png</filename>{found}</annotation>"
    )
    (tmp_path / "in" / "labelmap.txt").write_text(
        "# label:color_rgb:parts:actions\n  \nbackground:0,0,0::\n"
        "wear: mild:10,20,255::\nimplant:1,2,3::\n"
    )

    result = convert(tmp_path / "in", tmp_path / "out", format_name="vott2")

    project = json.loads(result.path.read_bytes())
    assert [(tag["name"], tag["color"]) for tag in project["tags"]] == [
        ("wear: mild", "#0a14ff"),
        ("implant", "#010203"),
    ]


@pytest.mark.parametrize("name", ["voc", "vott1", "vott2"])
def test_the_colors_of_classes_go_along_into_coco(name: str, tmp_path: Path) -> None:
    colors = (ClassEntry("wear", "#0a14ff"), ClassEntry("implant", "#010203"))
    image = LabelledImage(picture(tmp_path / "p"), SIZE, (Finding(BOX, "implant"),))
    write_annotations(
        [image], tmp_path / "in", name, copy_images=True, project=Project(colors)
    )

    result = convert(tmp_path / "in", tmp_path / "out", format_name="coco")

    listed = json.loads(result.path.read_bytes())["categories"]
    assert listed == [
        {"id": 1, "name": "wear", "color": "#0a14ff"},
        {"id": 2, "name": "implant", "color": "#010203"},
    ]


@pytest.mark.parametrize(
    ("name", "colors", "classes"),
    [
        ("yolo", True, False),
        ("labelme", True, True),
        ("csv", True, True),
        ("voc", False, False),
        ("vott1", False, False),
        ("vott2", False, False),
    ],
)
def test_what_a_format_cannot_hold_of_the_classes_is_said(
    name: str, colors: bool, classes: bool, tmp_path: Path
) -> None:
    source = coco_file(tmp_path)

    notes = convert(source, tmp_path / "out", format_name=name).notes

    format_name = FORMATS[name].name
    said = f"{format_name} has no room for the colors of 1 class"
    assert (said in notes) is colors
    said = f"{format_name} has no room for classes that do not occur: 'never'"
    assert (said in notes) is classes


def test_a_color_that_is_none_to_pascal_voc_is_said_to_be_lost(tmp_path: Path) -> None:
    source = coco_file(tmp_path)
    source.write_text(source.read_text().replace("#0a0b0c", "red"))

    notes = convert(source, tmp_path / "out", format_name="voc").notes

    assert "Pascal VOC has no room for the colors of 1 class" in notes


@pytest.mark.parametrize("name", ["voc", "vott1", "vott2", "yolo", "labelme", "csv"])
def test_what_a_coco_file_says_as_a_whole_is_said_to_be_lost(
    name: str, tmp_path: Path
) -> None:
    source = coco_file(tmp_path)
    content = source.read_text().replace('"licenses": []', '"licenses": [{"id": 3}]')
    source.write_text(content)

    notes = convert(source, tmp_path / "out", format_name=name).notes
    kept = convert(source, tmp_path / "again", format_name="coco").notes

    for what in ("info", "licenses", "supercategory"):
        said = f"left out, being no part of a finding: {what} (1)"
        assert (said in notes, said in kept) == (True, False)


def test_a_color_that_is_no_text_is_said_to_be_lost(tmp_path: Path) -> None:
    """As panoptic COCO has them."""
    source = coco_file(tmp_path)
    source.write_text(source.read_text().replace('"#0a0b0c"', "[1, 2, 3]"))

    notes = convert(source, tmp_path / "out", format_name="vott2").notes

    assert "left out, being no part of a finding: color (1)" in notes


def test_what_a_project_of_vott_says_as_a_whole_is_said_to_be_lost(
    tmp_path: Path,
) -> None:
    one = vott_1(tmp_path / "one", {}, {"reader": "Zoë", "framerate": 5})
    two = vott_2(tmp_path / "two")
    notes = [
        convert(source, tmp_path / str(n), format_name="coco").notes
        for n, source in enumerate((one, two))
    ]

    said = [
        [note.rpartition(": ")[2] for note in each if note.startswith("left out")]
        for each in notes
    ]
    # Of the second an asset, a region and the project each say something extra.
    assert said == [["reader (1)"], ["extra (3)", "hotkey (1)", "tags (1)"]]


def test_no_class_is_added_that_a_set_never_had(tmp_path: Path) -> None:
    image = LabelledImage(picture(tmp_path / "p"), SIZE, (Finding(BOX, "crown"),))
    FORMATS["labelme"].write([image], tmp_path / "p")

    for name in ("coco", "voc", "vott1", "vott2", "yolo"):
        written = convert(tmp_path / "p", tmp_path / name, format_name=name)
        project = collect_annotations(written.path).project
        assert project.class_names == ("crown",)


def test_an_outline_whose_box_was_moved_becomes_a_box_and_that_is_said(
    tmp_path: Path,
) -> None:
    collected = collect_annotations(coco_file(tmp_path))
    (image,) = collected.images
    moved = replace(image.findings[0], box=Box(20, 10, 40, 30))

    export = write_annotations(
        [replace(image, findings=(moved,))], tmp_path / "out", "coco",
        project=collected.project,
    )  # fmt: skip

    (annotation,) = json.loads(export.path.read_bytes())["annotations"]
    assert annotation["bbox"] == [20, 10, 20, 20]
    assert annotation["segmentation"] == []
    assert annotation["extra"] == EXTRA
    assert export.notes == (
        "1 outline became a box, since the box around it was changed",
    )


def labelme_file(folder: Path) -> Path:
    path = picture(folder)
    value = {
        "version": "7.0.0", "flags": {"blurred": True}, "checked": True,
        "shapes": [
            {"label": "implant", "points": [[10, 5], [30, 5], [20, 20]],
             "group_id": 4, "description": "loose", "shape_type": "polygon",
             "flags": {"old": True}, "mask": None, "extra": EXTRA,
             "attributes": {"tooth": "36", "depth": "3"}},
            {"label": "crown", "points": [[40.5, 20], [30, 5]], "group_id": None,
             "description": "", "shape_type": "rectangle", "flags": {}, "mask": None},
        ],
        "imagePath": "7.png", "imageData": "AAAA", "imageHeight": 50, "imageWidth": 100,
    }  # fmt: skip
    path.with_suffix(".json").write_text(json.dumps(value))
    return path.with_suffix(".json")


def test_labelme_keeps_everything_but_the_picture_within(tmp_path: Path) -> None:
    source = labelme_file(tmp_path / "in")

    result = convert(tmp_path / "in", tmp_path / "out", format_name="labelme")

    before = json.loads(source.read_bytes()) | {"imageData": None}
    assert json.loads((tmp_path / "out" / "7.json").read_bytes()) == before
    assert result.notes == (
        "left out, since the radiograph is a file of its own: imageData (1)",
    )


def test_yolo_keeps_outlines_to_the_letter(tmp_path: Path) -> None:
    picture(tmp_path / "in" / "images")
    labels = tmp_path / "in" / "labels"
    labels.mkdir()
    lines = "1 0.1 0.2 0.3 0.2 0.123456789 0.4\n0 0.5 0.5 0.25 0.333333333\n"
    (labels / "7.txt").write_text(lines)
    (tmp_path / "in" / "data.yaml").write_text("names: [never, crown]\n")

    result = convert(tmp_path / "in", tmp_path / "out", format_name="yolo")

    assert (tmp_path / "out" / "labels" / "7.txt").read_text() == lines
    assert not any("became" in note for note in result.notes)


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - {"csv"}))
def test_a_box_that_was_moved_is_where_it_is_now_in_a_file_of_the_same_format(
    name: str, tmp_path: Path
) -> None:
    """And another class is that class; the finding beside it stays as it was."""
    stays, before = Box(60, 5, 80, 20), Box(10, 5, 30, 20)
    image = LabelledImage(
        picture(tmp_path / "images"),
        SIZE,
        (Finding(stays, "implant"), Finding(before, "implant")),
    )
    write_annotations([image], tmp_path / "in", name, copy_images=True)
    collected = collect_annotations(tmp_path / "in")
    (known,) = collected.images
    first, second = known.findings
    now = Box(20, 10, 50, 40)
    for changed, expected in (
        (replace(second, box=now), (now, "implant")),
        (replace(second, label="restoration"), (before, "restoration")),
    ):
        out = tmp_path / expected[1]

        write_annotations(
            [replace(known, findings=(first, changed))],
            out,
            name,
            copy_images=True,
            project=collected.project,
        )

        (again,) = collect_annotations(out).images
        box, label = expected
        boxes = [corner for f in again.findings for corner in f.box.corners]
        assert boxes == pytest.approx([*stays.corners, *box.corners])
        assert [f.label for f in again.findings] == ["implant", label]


@pytest.mark.parametrize("make", [vott_1_with_two_tags, vott_2_with_two_tags])
def test_of_two_findings_of_one_region_one_may_be_moved(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    source = make(tmp_path / "in")
    collected = collect_annotations(source)
    (image,) = (each for each in collected.images if each.findings)
    first, second = image.findings
    moved = replace(second, box=Box(50, 10, 70, 30))

    export = write_annotations(
        [replace(image, findings=(first, moved))],
        tmp_path / "out",
        "vott1" if source.suffix == ".json" else "vott2",
        project=collected.project,
    )

    (again,) = (i for i in collect_annotations(export.path).images if i.findings)
    assert [(f.box, f.label) for f in again.findings] == [
        (first.box, first.label),
        (Box(50, 10, 70, 30), second.label),
    ]


def test_what_was_corrected_in_the_window_keeps_what_its_file_says(
    tmp_path: Path,
) -> None:
    source = labelme_file(tmp_path / "in")
    image, *_ = collect_annotations(tmp_path / "in").images
    # A review file holds no more than the findings.
    first, second = (replace(f, origin=None) for f in image.findings)
    opened = Review().propose_annotations([first, second])
    corrected = replace(second, box=Box(31, 6, 41, 21), label="bridge")
    review = opened.accept([1]).correct(2, corrected)
    review = review.add(Finding(Box(1, 1, 9, 9), "implant"))
    saved = SavedReview("7.png", "", SIZE, (Path("7.json"),), review, opened)
    write_review(image.path.with_name("7.png.review.json"), saved, last=None)

    convert(
        tmp_path / "in",
        tmp_path / "out",
        format_name="labelme",
        only_accepted=True,
    )

    value = json.loads((tmp_path / "out" / "7.json").read_bytes())
    before = json.loads(source.read_bytes())
    assert value["checked"] is True
    assert value["shapes"][0] == before["shapes"][0]
    assert value["shapes"][1] == before["shapes"][1] | {
        "label": "bridge",
        "points": [[31, 6], [41, 21]],
    }
    assert value["shapes"][2]["points"] == [[1, 1], [9, 9]]


# Any values that a tool may have added under any name.
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
extras = st.dictionaries(st.text().map("x ".__add__), json_values, max_size=3)
QUICK = settings(
    max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def encodable(value: object) -> bool:
    return "\\ud" not in json.dumps(value).casefold()


@QUICK
@given(region=extras.filter(encodable), project=extras.filter(encodable))
def test_any_field_of_vott_1_survives(
    tmp_path_factory: Any, region: dict[str, Any], project: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    source = vott_1(folder, region, project)

    result = convert(source, folder / "out", format_name="vott1")

    written, before = (json.loads(p.read_bytes()) for p in (result.path, source))
    assert written["frames"] == before["frames"]
    assert {k: written[k] for k in project} == project


@pytest.mark.parametrize("name", ["vott2", "coco", "labelme"])
@QUICK
@given(region=extras.filter(encodable), image=extras.filter(encodable))
def test_any_field_of_other_json_survives(
    name: str, tmp_path_factory: Any, region: dict[str, Any], image: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    found = LabelledImage(
        picture(folder / "in"), SIZE, (Finding(Box(1, 2, 30, 40), "implant"),)
    )
    path = write_annotations([found], folder / "in", name).path
    for each in sorted((folder / "in").glob("*-asset.json")) or [path]:
        path = each if each.is_file() else each / "7.json"
        value = json.loads(path.read_bytes())
        images, regions = places(name, value)
        images.update(image)
        regions.update(region)
        path.write_text(json.dumps(value))

    out = convert(folder / "in", folder / "out", format_name=name, copy_images=False)

    path = next(iter((folder / "out").glob("*-asset.json")), out.path)
    path = path if path.is_file() else path / "7.json"
    images, regions = places(name, json.loads(path.read_bytes()))
    assert {k: images[k] for k in image} == image
    assert {k: regions[k] for k in region} == region


def places(name: str, value: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Where a file speaks of the image, and of its one region."""
    if name == "vott2":
        return value["asset"], value["regions"][0]
    if name == "coco":
        return value["images"][0], value["annotations"][0]
    return value, value["shapes"][0]


xml_names = st.from_regex("x[a-z0-9_.-]{0,8}", fullmatch=True)
xml_texts = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"),
    max_size=20,
)
xml_extras = st.recursive(
    st.tuples(xml_names, xml_texts, st.just([])),
    lambda inner: st.tuples(xml_names, xml_texts, st.lists(inner, max_size=3)),
    max_leaves=5,
)


def add_element(parent: Any, extra: tuple[str, str, list[Any]]) -> None:
    name, text, inner = extra
    element = etree.SubElement(parent, name, note=text)
    element.text = text
    for each in inner:
        add_element(element, each)


@QUICK
@given(of_object=st.lists(xml_extras, max_size=3), of_image=st.lists(xml_extras))
def test_any_element_of_pascal_voc_survives(
    tmp_path_factory: Any, of_object: list[Any], of_image: list[Any]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    path = voc(folder / "in")
    tree = etree.parse(str(path))
    for extra in of_image:
        add_element(tree.getroot(), extra)
    for extra in of_object:
        add_element(tree.find("object"), extra)
    tree.write(str(path), encoding="utf-8")
    before = canonical(tree.getroot())

    convert(folder / "in", folder / "out", format_name="voc", copy_images=False)

    written = etree.parse(str(folder / "out" / "Annotations" / "7.xml")).getroot()
    assert in_any_order(canonical(written)) == in_any_order(before)


def in_any_order(element: list[Any]) -> list[Any]:
    """Objects are written behind what else is said; the path is written anew."""
    tag, attributes, text, inner = element
    return [
        tag,
        attributes,
        text,
        sorted((e for e in inner if e[0] != "path"), key=repr),
    ]


parts = st.decimals("0.3", "0.7", places=7).map(str)
sides = st.decimals("0.01", "0.5", places=9).map(str)
boxes = st.tuples(parts, parts, sides, sides)
outlines = st.lists(st.tuples(parts, parts), min_size=2, max_size=6).map(
    lambda points: ("0.1", "0.15", "0.9", "0.85", *(v for p in points for v in p))
)


@QUICK
@given(said=st.lists(boxes | outlines, min_size=1, max_size=5))
def test_any_box_or_outline_of_yolo_survives_to_the_letter(
    tmp_path_factory: Any, said: list[tuple[str, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    picture(folder / "in" / "images")
    (folder / "in" / "labels").mkdir()
    lines = "".join(f"{n % 2} {' '.join(each)}\n" for n, each in enumerate(said))
    (folder / "in" / "labels" / "7.txt").write_text(lines)
    (folder / "in" / "data.yaml").write_text("names: [never, crown]\n")

    convert(folder / "in", folder / "out", format_name="yolo", copy_images=False)

    assert (folder / "out" / "labels" / "7.txt").read_text() == lines
