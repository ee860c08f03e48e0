"""Files as the real programs write them.

Those of labelImg, labelme and datumaro were written by these programs, those of VoTT
and of the MIT's LabelMe by hand after their source. All speak of a picture of 100 x 50
pixels.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from dentalviewer.dentition import Tooth
from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats import (
    ImageAnnotations,
    find_sidecars,
    fitted,
    open_annotation_file,
    read_annotations,
)
from dentalviewer.formats.collecting import collect_annotations
from dentalviewer.formats.yolo_classes import class_names
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.study import Finding

FILES = Path(__file__).parent / "files"
PICTURE = Path("7.png")
SIZE = Size(100, 50)


def read(
    name: str, picture: Path = PICTURE, aliases: object = DEFAULT_ALIASES
) -> ImageAnnotations:
    (annotations,) = read_annotations(
        FILES / name,
        picture,
        aliases=aliases,  # type: ignore[arg-type]
    )
    return annotations


def test_labelme_of_the_mit() -> None:
    annotations = read("labelme-mit.xml")

    assert annotations.format_name == "LabelMe (MIT)"
    assert annotations.frame == SIZE
    assert annotations.question is None
    # What was deleted is in the file all the same.
    assert annotations.findings == (
        Finding(Box(10, 5, 31, 20), "restoration"),
        Finding(Box(40, 20, 50, 45), "implant"),
        Finding(Box(60, 10, 70, 30), "root"),
    )
    assert annotations.notes == ("3 outlines were read as the box around it",)
    assert annotations.left_out == (("attributes", 1), ("occluded", 1))
    assert read("labelme-mit.xml", Path("12.png")).question is not None


@pytest.mark.parametrize("collection", [".", "clinic", "clinic/first visits"])
def test_labelme_of_the_mit_has_images_in_one_folder_and_annotations_in_another(
    collection: str, tmp_path: Path
) -> None:
    image = tmp_path / "Images" / collection / "7.png"
    file = tmp_path / "Annotations" / collection / "7.xml"
    for path in (image, file):
        path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(FILES / "labelme-mit.xml", file)
    Image.new("L", (100, 50)).save(image)

    assert find_sidecars(image) == (file,)
    for source in (tmp_path, tmp_path / "Annotations", file):
        (found,) = collect_annotations(source).images
        assert found.path == image
        assert len(found.findings) == 3


def test_boxes_of_pascal_voc_are_read_though_some_have_outlines_as_well(
    tmp_path: Path,
) -> None:
    file = tmp_path / "7.xml"
    outline = "</bndbox><polygon><pt><x>1</x><y>1</y></pt></polygon>"
    text = (FILES / "labelimg.xml").read_text()
    file.write_text(text.replace("</bndbox>", outline, 1))

    annotations = read(str(file))

    assert annotations.format_name == "Pascal VOC"
    assert annotations.findings == read("labelimg.xml").findings


def test_vott_1() -> None:
    annotations = read("vott-v1.json")

    assert annotations.format_name == "VoTT 1"
    assert annotations.frame == SIZE
    assert annotations.question is None
    assert annotations.findings == (
        Finding(Box(10.5, 5, 31.25, 20), "endodontic"),
        Finding(Box(40, 20, 50, 45), "implant"),
        Finding(Box(40, 20, 50, 45), "restoration"),
    )
    assert annotations.notes == (
        "frame 7.png, region 2 has 2 labels and became as many findings:"
        " implant, couronne",
        "frame 7.png, region 3 was skipped: it has no label",
    )


def test_a_picture_that_was_visited_and_has_nothing() -> None:
    assert read("vott-v1.json", Path("8.png")).findings == ()


def test_a_picture_that_the_project_does_not_know() -> None:
    assert read_annotations(FILES / "vott-v1.json", Path("9.png"), aliases={}) == ()


def test_labels_are_kept_word_for_word_without_aliases() -> None:
    labels = [finding.label for finding in read("vott-v1.json", aliases=None).findings]

    assert labels == ["endo", "implant", "couronne"]


def test_a_frame_that_is_only_numbered_is_asked_about() -> None:
    from_one, from_zero = read_annotations(
        FILES / "vott-v1-numbered.json", Path("2.png"), aliases=DEFAULT_ALIASES
    )

    assert [f.label for f in from_one.findings] == ["restoration"]
    assert from_one.question is not None
    assert 'image "2" only if it counts from 1' in from_one.question
    assert [f.label for f in from_zero.findings] == ["implant"]
    assert from_zero.question is not None
    assert 'image "1" only if it counts from 0' in from_zero.question


def test_numbers_count_pictures_in_the_order_of_the_folder(tmp_path: Path) -> None:
    for name in ("b.png", "a.png", "notes.txt"):
        (tmp_path / name).touch()

    (from_one, from_zero) = read_annotations(
        FILES / "vott-v1-numbered.json", tmp_path / "b.png", aliases={}
    )

    assert [f.label for f in from_one.findings] == ["restauration"]
    assert [f.label for f in from_zero.findings] == ["implant"]


def test_boxes_drawn_on_a_picture_of_another_size_can_be_scaled() -> None:
    annotations, _ = read_annotations(
        FILES / "vott-v1-numbered.json", Path("2.png"), aliases={}
    )

    assert annotations.frame == Size(200, 100)
    (finding,) = fitted(annotations, SIZE)
    assert finding.box == Box(40, 20, 50, 45)


def test_boxes_follow_a_picture_that_was_stretched(tmp_path: Path) -> None:
    """Stated at 50 x 100 pixels, and shown at 100 x 50: twice as wide, half as high."""
    file = tmp_path / "7.xml"
    size = "<size><width>50</width><height>100</height></size>"
    box = "<xmin>10</xmin><ymin>40</ymin><xmax>25</xmax><ymax>90</ymax>"
    found = f"<object><name>implant</name><bndbox>{box}</bndbox></object>"
    file.write_text(f"<annotation>{size}{found}</annotation>")

    (annotations,) = read_annotations(file, PICTURE, aliases={})

    assert annotations.frame == Size(50, 100)
    (finding,) = fitted(annotations, SIZE)
    assert finding.box == Box(20, 20, 50, 45)


def test_regions_of_one_frame_that_state_several_sizes(tmp_path: Path) -> None:
    project = json.loads((FILES / "vott-v1.json").read_bytes())
    region = project["frames"]["7.png"][1]
    region |= {"width": 200, "height": 200}
    path = tmp_path / "images.json"
    path.write_text(json.dumps(project))

    (annotations,) = read_annotations(path, PICTURE, aliases={})

    assert annotations.frame == SIZE
    assert annotations.findings[1].box == Box(20, 5, 25, 11.25)
    assert "1 of them were scaled to 100 x 50" in " ".join(annotations.notes)


@pytest.mark.parametrize("name", ["vott-v2/P.vott", "vott-v2-export.json"])
def test_vott_2(name: str) -> None:
    annotations = read(name, Path("7 b#1.png"))

    assert annotations.format_name == "VoTT 2"
    assert annotations.frame == SIZE
    assert annotations.findings == (
        Finding(Box(10.5, 5, 31.25, 20), "endodontic"),
        Finding(Box(40, 20, 50, 45), "implant"),
        Finding(Box(40, 20, 50, 45), "restoration"),
        Finding(Box(60, 20, 70, 45), "36"),
    )
    assert annotations.question is None
    notes = [note.removeprefix("asset 7 b#1.png, ") for note in annotations.notes]
    assert notes == [
        "region 2 has 2 labels and became as many findings: implant, crown",
        "region 4 (implant) was skipped: xmax 1 is not greater than xmin 1",
        "1 outline was read as the box around it",
    ]


POINTS = '[{"x":31.5,"y":20},{"x":10.5,"y":5},{"x":10.5,"y":20},{"x":31.5,"y":5}]'


@pytest.mark.parametrize(
    "shape",
    [
        '"x1":10.5,"y1":5,"x2":31.5,"y2":20',
        '"box":{"x1":10.5,"y1":5,"x2":31.5,"y2":20}',
        f'"points":{POINTS}',
    ],
)
def test_a_region_of_vott_1_may_say_in_any_way_where_it_lies(
    shape: str, tmp_path: Path
) -> None:
    file = tmp_path / "p.json"
    file.write_text(f'{{"frames":{{"7.png":[{{{shape},"tags":["implant"]}}]}}}}')

    (annotations,) = read_annotations(file, PICTURE, aliases={})

    assert annotations.findings == (Finding(Box(10.5, 5, 31.5, 20), "implant"),)


@pytest.mark.parametrize(
    "shape",
    [
        '"boundingBox":{"left":10.5,"top":5,"width":21,"height":15}',
        f'"points":{POINTS}',
    ],
)
def test_a_region_of_vott_2_may_have_a_box_or_points_in_any_order(
    shape: str, tmp_path: Path
) -> None:
    file = tmp_path / "p-asset.json"
    region = f'{{"id":"a","type":"RECTANGLE","tags":["implant"],{shape}}}'
    file.write_text(f'{{"asset":{{"name":"7.png"}},"regions":[{region}]}}')

    (annotations,) = read_annotations(file, PICTURE, aliases={})

    assert annotations.findings == (Finding(Box(10.5, 5, 31.5, 20), "implant"),)


@pytest.mark.parametrize("tags", ["", '"tags":[],', '"tags":["  "],'])
def test_a_region_of_vott_without_a_tag_is_left_out_with_a_note(
    tags: str, tmp_path: Path
) -> None:
    asset, project = tmp_path / "p-asset.json", tmp_path / "p.json"
    box = '"boundingBox":{"left":1,"top":2,"width":8,"height":6}'
    asset.write_text(
        f'{{"asset":{{"name":"7.png"}},"regions":[{{"id":"a",{tags}{box}}}]}}'
    )
    corners = '"x1":1,"y1":2,"x2":9,"y2":8'
    project.write_text(f'{{"frames":{{"7.png":[{{{tags}{corners}}}]}}}}')

    for file in (asset, project):
        (annotations,) = read_annotations(file, PICTURE, aliases={})
        assert annotations.findings == ()
        (note,) = annotations.notes
        assert note.endswith("was skipped: it has no label")


def test_the_asset_file_alone() -> None:
    (path,) = (FILES / "vott-v2").glob("*-asset.json")

    (annotations,) = read_annotations(path, Path("7 b#1.png"), aliases={})

    assert len(annotations.findings) == 4
    assert read_annotations(path, Path("8.png"), aliases={}) == ()


def test_a_picture_that_vott_2_has_listed_but_nobody_has_looked_at() -> None:
    assert read("vott-v2/P.vott", Path("8.png")).findings == ()
    assert read_annotations(FILES / "vott-v2/P.vott", Path("9.png"), aliases={}) == ()


def test_regions_that_are_missing_beside_the_project_are_missed(tmp_path: Path) -> None:
    shutil.copy(FILES / "vott-v2/P.vott", tmp_path)

    (annotations,) = read_annotations(
        tmp_path / "P.vott", Path("7 b#1.png"), aliases={}
    )

    assert annotations.findings == ()
    assert "says that regions were drawn" in annotations.notes[0]


def test_an_asset_id_leads_out_of_no_folder(tmp_path: Path) -> None:
    project = json.loads((FILES / "vott-v2/P.vott").read_bytes())
    (tmp_path / "secret-asset.json").write_text("{}")
    project["assets"] = {"../secret": next(iter(project["assets"].values()))}
    path = tmp_path / "project" / "P.vott"
    path.parent.mkdir()
    path.write_text(json.dumps(project))

    with pytest.raises(AnnotationFileError, match="cannot be the id of an asset"):
        read_annotations(path, Path("7 b#1.png"), aliases={})


def test_pascal_voc_of_vott_1_with_names_that_are_not_escaped() -> None:
    annotations = read("vott-v1-voc.xml", aliases=None)

    assert annotations.findings == (
        Finding(Box(10.5, 5, 31.25, 20), "crown & bridge"),
        Finding(Box(40, 20, 50, 45), "<deep> endo"),
    )
    assert annotations.question is None
    assert "where XML allows none" in annotations.notes[0]


def test_pascal_voc_of_vott_2_with_the_box_of_version_2_0_0() -> None:
    annotations = read("vott-v2-voc.xml")

    assert annotations.findings == (
        Finding(Box(10.5, 5, 31.25, 20), "implant"),
        Finding(Box(10.5, 5, 31.25, 20), "restoration"),
    )
    assert annotations.notes == (
        "object 3 (implant) was skipped: ymax 20 is not greater than ymin 20",
    )


def test_pascal_voc_of_labelimg_is_not_shifted() -> None:
    annotations = read("labelimg.xml", aliases=None)

    assert annotations.frame == SIZE
    assert annotations.findings == (
        Finding(Box(10, 5, 31, 20), "restoration"),
        # What labelImg calls difficult.
        Finding(Box(1, 30, 99, 50), "Root canal & post", uncertain=True),
    )


def test_pascal_voc_of_datumaro_with_a_tooth_among_the_attributes() -> None:
    annotations = read("datumaro-voc.xml")

    assert annotations.findings == (
        Finding(Box(10.5, 5, 31.25, 20), "restoration", Tooth(3, 6)),
        Finding(Box(40, 20, 50, 45), "implant"),
    )


def test_pascal_voc_of_the_challenge_counts_pixels_from_1() -> None:
    # Pixels 1 to 31 across and 6 to 20 down, both included.
    assert read("voc2007.xml").findings == (Finding(Box(0, 5, 31, 20), "implant"),)


def test_an_xml_about_another_picture_is_asked_about() -> None:
    annotations = read("labelimg.xml", Path("12.png"))

    assert annotations.question == 'The file says that it is about "7.png".'


@pytest.mark.parametrize("picture", ["7.jpg", "7.PNG", "folder/7.png"])
def test_an_xml_goes_with_the_same_picture_in_another_format(picture: str) -> None:
    assert read("labelimg.xml", Path(picture)).question is None


@pytest.mark.parametrize(
    ("stated", "picture"),
    [
        # VoTT 1 leaves out the suffix and the first point.
        ("<filename>7v2</filename>", "7.v2.png"),
        ("<filename>export</filename><path>/home/ada/7.png</path>", "7.png"),
        ("<filename></filename>", "7.png"),
    ],
)
def test_an_xml_goes_with_the_picture_that_any_of_its_names_means(
    stated: str, picture: str, tmp_path: Path
) -> None:
    file = tmp_path / "notes.xml"
    box = "<xmin>1</xmin><ymin>2</ymin><xmax>9</xmax><ymax>8</ymax>"
    named = f"<object><name>implant</name><bndbox>{box}</bndbox></object>"
    file.write_text(f"<annotation>{stated}{named}</annotation>", encoding="utf-8")

    for name, question in ((picture, False), ("12.png", "filename></" not in stated)):
        (annotations,) = read_annotations(file, Path(name), aliases={})
        assert annotations.findings == (Finding(Box(1, 2, 9, 8), "implant"),)
        assert (annotations.question is not None) == question


def test_an_object_whose_name_is_empty_is_left_out_with_a_note(tmp_path: Path) -> None:
    file = tmp_path / "7.xml"
    box = "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>9</xmax><ymax>8</ymax></bndbox>"
    objects = "".join(
        f"<object>{name}{box}</object>"
        for name in ("<name/>", "", "<name>implant</name>")
    )
    file.write_text(f"<annotation>{objects}</annotation>", encoding="utf-8")

    (annotations,) = read_annotations(file, PICTURE, aliases={})

    assert annotations.findings == (Finding(Box(1, 2, 9, 8), "implant"),)
    assert annotations.notes == (
        "object 1 was skipped: it has no label",
        "object 2 was skipped: it has no label",
    )


def test_coco_of_datumaro() -> None:
    annotations = read("datumaro-coco.json")

    assert annotations.frame == SIZE
    assert annotations.findings == (
        Finding(Box(10.5, 5, 31.25, 20), "restoration", Tooth(3, 6)),
        Finding(Box(40, 20, 50, 45), "implant"),
    )


def test_coco_without_a_box_has_the_one_around_its_outlines(tmp_path: Path) -> None:
    """Two polygons of one implant, x and y in turn."""
    file = tmp_path / "p.json"
    outlines = "[[10.5,8,31.5,5,20,12],[12,9,15,20,11,10]]"
    annotation = (
        f'{{"id":1,"image_id":1,"category_id":1,"segmentation":{outlines},"tooth":36}}'
    )
    file.write_text(
        '{"images":[{"id":1,"file_name":"7.png","width":100,"height":50}],'
        '"categories":[{"id":1,"name":"implant"}],'
        f'"annotations":[{annotation}]}}'
    )

    (annotations,) = read_annotations(file, PICTURE, aliases={})

    (finding,) = annotations.findings
    assert (finding.box, finding.label) == (Box(10.5, 5, 31.5, 20), "implant")
    assert finding.tooth == Tooth(3, 6)
    assert annotations.notes == ("1 outline was read as the box around it",)


def test_a_bridge_of_coco_without_a_box_has_both_its_ends(tmp_path: Path) -> None:
    file = coco(tmp_path, '"segmentation":[[1,2,9,2,5,8]],"tooth":34,"last_tooth":36')

    (annotations,) = read_annotations(file, PICTURE, aliases={})

    (bridge,) = annotations.findings
    assert (bridge.tooth, bridge.last_tooth) == (Tooth(3, 4), Tooth(3, 6))


def test_a_span_of_coco_that_ends_where_it_begins_is_one_tooth(tmp_path: Path) -> None:
    file = coco(tmp_path, '"bbox":[1,2,8,6],"tooth":36,"last_tooth":36')

    (annotations,) = read_annotations(file, PICTURE, aliases={})

    assert annotations.findings == (Finding(Box(1, 2, 9, 8), "crown", Tooth(3, 6)),)
    assert annotations.notes == ()


def coco(folder: Path, fields: str) -> Path:
    """With one annotation of 7.png that has these fields."""
    file = folder / "p.json"
    file.write_text(
        '{"images":[{"id":1,"file_name":"7.png"}],'
        '"categories":[{"id":1,"name":"crown"}],'
        f'"annotations":[{{"id":1,"image_id":1,"category_id":1,{fields}}}]}}'
    )
    return file


@pytest.mark.parametrize("stated", ["", ',"width":200', ',"height":100'])
def test_coco_may_state_half_a_size_or_none(stated: str, tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    file.write_text(
        f'{{"images":[{{"id":1,"file_name":"7.png"{stated}}}],'
        '"categories":[{"id":1,"name":"implant"}],"annotations":'
        '[{"id":1,"image_id":1,"category_id":1,"bbox":[1,2,8,6]}]}'
    )

    (annotations,) = read_annotations(file, PICTURE, aliases={})

    assert annotations.frame is None
    assert annotations.findings == (Finding(Box(1, 2, 9, 8), "implant"),)


def test_coco_says_which_tooth_is_none(tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    annotation = '{"id":1,"image_id":1,"category_id":1,"bbox":[1,2,8,6],"tooth":39}'
    file.write_text(
        '{"images":[{"id":1,"file_name":"7.png"}],'
        '"categories":[{"id":1,"name":"implant"}],'
        f'"annotations":[{annotation}]}}'
    )

    (annotations,) = read_annotations(file, PICTURE, aliases={})

    (finding,) = annotations.findings
    assert (finding.box, finding.tooth) == (Box(1, 2, 9, 8), None)
    (note,) = annotations.notes
    assert note.endswith("'39' is not the number of a tooth")


def test_coco_of_dentex_gives_tooth_and_diagnosis() -> None:
    assert read("dentex.json").findings == (
        Finding(Box(10.5, 5, 31.25, 20), "Caries", Tooth(3, 6)),
    )


def test_two_pictures_of_one_name_are_told_apart_by_their_folders(
    tmp_path: Path,
) -> None:
    coco = json.loads((FILES / "datumaro-coco.json").read_bytes())
    coco["images"][0]["file_name"] = "paris/7.png"
    coco["images"].append({"id": 2, "file_name": "brest/7.png"})
    path = tmp_path / "coco.json"
    path.write_text(json.dumps(coco))

    (paris,) = read_annotations(path, tmp_path / "paris" / "7.png", aliases={})
    (brest,) = read_annotations(path, tmp_path / "brest" / "7.png", aliases={})
    unsure = read_annotations(path, tmp_path / "7.png", aliases={})

    assert len(paris.findings) == 2
    assert brest.findings == ()
    assert [a.question for a in unsure] == [
        "The file contains 2 images with this name."
    ] * 2


def test_labelme() -> None:
    annotations = read("labelme.json")

    assert annotations.frame == SIZE
    assert annotations.findings == (
        Finding(Box(10.25, 5, 31.5, 20), "restoration"),
        Finding(Box(50, 10, 60, 40), "endodontic"),
        # The centre (80, 25), and 3 across and 4 down from it a point of the circle.
        Finding(Box(75, 20, 85, 30), "implant"),
    )
    assert annotations.notes == (
        "shape 4 (note) was skipped: xmax 5 is not greater than xmin 5",
        "2 outlines were read as the box around it",
    )


@pytest.mark.parametrize("flags", [None, [], {}, {"checked": True}, "none"])
def test_flags_of_labelme_that_say_nothing_of_doubts_doubt_nothing(
    flags: object, tmp_path: Path
) -> None:
    path = tmp_path / "7.json"
    points = [[10, 5], [31, 20]]
    shape = {"label": "crown", "points": points, "shape_type": "rectangle"}
    path.write_text(json.dumps({"shapes": [{**shape, "flags": flags}]}))

    (said,) = read_annotations(path, tmp_path / "7.png", aliases=None)

    assert [each.uncertain for each in said.findings] == [False]


def test_a_rectangle_of_labelme_that_is_skipped_takes_no_outline_away(
    tmp_path: Path,
) -> None:
    """X-AnyLabeling writes all four corners, which are no outline either."""
    corners = [[1, 2], [9, 2], [9, 8], [1, 8]]
    triangle = {"label": "crown", "points": corners[:3], "shape_type": "polygon"}
    rectangle = {"label": "crown", "points": corners, "shape_type": "rectangle"}
    nameless = {**rectangle, "label": " "}
    shapes = [triangle, rectangle, nameless, {**rectangle, "points": []}]
    file = tmp_path / "7.json"
    file.write_text(json.dumps({"imagePath": "7.png", "shapes": shapes}))

    (annotations,) = read_annotations(file, PICTURE, aliases={})

    assert len(annotations.findings) == 2
    assert annotations.notes == (
        "shape 3 was skipped: it has no label",
        "shape 4 was skipped: it has no points",
        "1 outline was read as the box around it",
    )


VOC_SPAN = """<annotation><filename>7.png</filename><object><name>crown</name>
<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>9</xmax><ymax>8</ymax></bndbox><attributes>
<attribute><name>last_tooth</name><value>{}</value></attribute>
<attribute><name>tooth</name><value>36</value></attribute>
</attributes></object></annotation>"""
COCO_SPAN = """{{"images":[{{"id":1,"file_name":"7.png"}}],"categories":[{{"id":1,
"name":"crown"}}],"annotations":[{{"id":1,"image_id":1,"category_id":1,
"bbox":[1,2,8,6],"attributes":{{"last_tooth":"{}","tooth":"36"}}}}]}}"""
LABELME_SPAN = """{{"imagePath":"7.png","shapes":[{{"label":"crown","shape_type":
"rectangle","points":[[1,2],[9,8]],"attributes":{{"last_tooth":"{}","tooth":"36"}}}}]}}"""


@pytest.mark.parametrize(
    ("name", "text"),
    [("7.xml", VOC_SPAN), ("7.json", LABELME_SPAN), ("p.json", COCO_SPAN)],
)
@pytest.mark.parametrize(
    ("stated", "last", "note"),
    [
        ("34", Tooth(3, 4), ""),
        ("36", None, ""),
        ("16", None, "36 and 16 do not stand in one row"),
        ("39", None, "'39' is not the number of a tooth"),
    ],
)
def test_the_other_end_of_a_span_may_be_stated_beside_the_tooth(
    name: str, text: str, stated: str, last: Tooth | None, note: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text.format(stated))

    (annotations,) = read_annotations(tmp_path / name, PICTURE, aliases={})

    (crown,) = annotations.findings
    assert crown == Finding(Box(1, 2, 9, 8), "crown", Tooth(3, 6), last_tooth=last)
    assert [each.partition(": ")[2] for each in annotations.notes] == [note][
        : len(note)
    ]
    left_out = dict(annotations.left_out)
    assert not {"last_tooth", "attribute last_tooth"} & left_out.keys()


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        (
            "labelimg-yolo",
            [("restoration", (10, 5, 31, 20)), ("implant", (1, 30, 99, 50))],
        ),
        (
            "darknet",
            [("restoration", (10.5, 5, 31.25, 20)), ("implant", (40, 20, 50, 45))],
        ),
    ],
)
def test_yolo(
    folder: str, expected: list[tuple[str, tuple[float, ...]]], tmp_path: Path
) -> None:
    shutil.copytree(FILES / folder, tmp_path / folder)
    picture = tmp_path / folder / "7.png"
    Image.new("L", (100, 50)).save(picture)

    (annotations,) = read_annotations(
        tmp_path / folder / "7.txt", picture, aliases=DEFAULT_ALIASES
    )

    assert annotations.frame == SIZE
    assert [
        (finding.label, pytest.approx(finding.box.corners, abs=1e-4))
        for finding in annotations.findings
    ] == expected


@pytest.mark.parametrize(
    "names",
    [
        "names: [implant, 'crown, gold', \"endo\"]\n",
        "names:\n- implant\n- 'crown, gold'\n- endo # of course\n",
        "names:\n  0: implant\n  2: endo\n  1: 'crown, gold'\nnc: 3\n",
        "names: {0: implant, 1: 'crown, gold', 2: endo}\n",
        "names:\n  # of metal\n  - implant\n\n  # of gold\n  - 'crown, gold'\n"
        "  - endo\n",
    ],
)
def test_yolo_with_a_data_yaml_further_up(names: str, tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_text(f"train: images\nnc: 3\n{names}")
    labels, images = tmp_path / "labels" / "train", tmp_path / "images" / "train"
    labels.mkdir(parents=True)
    images.mkdir(parents=True)
    Image.new("L", (100, 50)).save(images / "7.png")
    (labels / "7.txt").write_text("0 .5 .5 .1 .2\n1 0.5 0.5 1 1 0.75\n9 .5 .5 1 1\n")

    (annotations,) = read_annotations(
        labels / "7.txt", images / "7.png", aliases=DEFAULT_ALIASES
    )

    assert [(f.label, f.score) for f in annotations.findings] == [
        ("implant", None),
        ("crown, gold", 0.75),
        ("class 9", None),
    ]
    assert annotations.notes == ("no classes.txt or data.yaml names the class 9",)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("names: [\n  implant,\n  crown\n]\n", ["implant", "crown"]),
        ("names: [it's, gold, crown]\n", ["it's", "gold", "crown"]),
        ("names: ['a]b', \"c}d\"]\n", ["a]b", "c}d"]),
        ("names: [implant, # first\n  crown]\n", ["implant", "crown"]),
        ("names:\n  0: 'it''s' # a\n  1: \"b\" # b\n", ["it's", "b"]),
        ("names:\n- implant\n# of gold\n- crown\n", ["implant", "crown"]),
        ("train: x\nnames:\n- implant\n\n\n- crown\nnc: 2\n", ["implant", "crown"]),
        ('{"nc": 2, "names": ["implant", "crown"]}', ["implant", "crown"]),
        ("ours: &ours [implant, crown]\nnames: *ours\n", ["implant", "crown"]),
        # Never a truth, a number or nothing, as YAML would have it.
        (
            "names: [no, on, 1_0, 1e3, null, ~]\n",
            ["no", "on", "1_0", "1e3", "null", "~"],
        ),
        ("names: # to be filled in\n", []),
    ],
)
def test_the_classes_of_a_data_yaml_are_named_as_yaml_says(
    names: str, expected: list[str], tmp_path: Path
) -> None:
    (tmp_path / "data.yaml").write_text(names)

    found = class_names(tmp_path / "data.yaml")

    assert found == dict(enumerate(expected))


def test_what_is_no_yaml_and_names_nothing_is_let_pass(tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_text("a: [b\n")

    assert class_names(tmp_path / "data.yaml") == {}


def test_yolo_outlines_become_boxes(tmp_path: Path) -> None:
    Image.new("L", (100, 50)).save(tmp_path / "7.png")
    (tmp_path / "7.txt").write_text("0 0.1 0.1 0.3 0.2 0.2 0.6\n")

    (annotations,) = read_annotations(
        tmp_path / "7.txt", tmp_path / "7.png", aliases={}
    )

    assert annotations.findings[0].box.corners == pytest.approx((10, 5, 30, 30))


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf0 0.5 0.5 0.2 0.4\r\n",
        b"\r\n\t0\t0.5\t0.5 \t0.2\t0.4 \t\r\n\r\n",
        b" 000 .5 +5.e-1 2E-1 0.4",
    ],
)
def test_yolo_as_other_editors_save_it(content: bytes, tmp_path: Path) -> None:
    Image.new("L", (100, 50)).save(tmp_path / "7.png")
    (tmp_path / "7.txt").write_bytes(content)
    (tmp_path / "classes.txt").write_bytes(b"\xef\xbb\xbfcrown\r\n")

    (image,) = collect_annotations(tmp_path).images

    (finding,) = image.findings
    assert finding.label == "crown"
    assert finding.box.corners == pytest.approx((40, 15, 60, 35))


@pytest.mark.parametrize("indent", range(13))
def test_yolo_is_known_by_the_start_of_a_long_outline(
    indent: int, tmp_path: Path
) -> None:
    """Wherever in a number it is that no more is looked at."""
    Image.new("L", (100, 50)).save(tmp_path / "7.png")
    points = " 5.000000e-01 2.500000e-02" * 200 + " 0.6 0.4"
    (tmp_path / "7.txt").write_text(f"{' ' * indent}0{points}\n")

    (image,) = collect_annotations(tmp_path).images

    assert image.findings[0].box.corners == pytest.approx((50, 1.25, 60, 20))


def test_csv_of_vott_2() -> None:
    assert read("vott-export.csv").findings == (
        Finding(Box(10.5, 5, 31.25, 20), "implant"),
    )


def test_boxes_outside_the_frame_are_kept_and_spoken_of(tmp_path: Path) -> None:
    coco = json.loads((FILES / "datumaro-coco.json").read_bytes())
    coco["annotations"][0]["bbox"] = [-5, 10, 200, 10]
    path = tmp_path / "coco.json"
    path.write_text(json.dumps(coco))

    (annotations,) = read_annotations(path, PICTURE, aliases={})

    assert annotations.findings[0].box == Box(-5, 10, 195, 20)
    assert annotations.notes == ("1 box reaches outside the frame of 100 x 50 pixels",)


def test_a_project_is_parsed_once_until_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "images.json"
    shutil.copy(FILES / "vott-v1.json", path)
    first = open_annotation_file(path)

    assert open_annotation_file(path) is first
    path.write_text('{"frames": {}}')
    assert open_annotation_file(path).images == {}
