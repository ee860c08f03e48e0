"""Damaged and hostile files: annotations or a clear error, never anything else."""

from __future__ import annotations

import contextlib
import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats import read_annotations
from dentalviewer.formats.collecting import collect_annotations
from dentalviewer.formats.conversion import convert
from dentalviewer.formats.yolo_classes import class_names

FILES = Path(__file__).parent / "files"
REAL_FILES = sorted(
    path
    for path in FILES.rglob("*.*")
    if path.name not in ("classes.txt", "obj.names", ".DS_Store")
)
VOC = (
    "<annotation><object><name>implant</name><bndbox>{}</bndbox></object></annotation>"
)
BOX = "<xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax>"
VOTT_1 = '{"frames": {"7.png": [{"x1":1,"y1":1,"x2":%s,"y2":9,"tags":["implant"]}]}}'
MANY = ",".join(["{}"] * 10_000)
LAUGHS = "".join(
    f'<!ENTITY l{n} "{"&l" + str(n - 1) + ";" if n else "ha"}'
    f'{("&l" + str(n - 1) + ";") * 9 if n else "ha"}">'
    for n in range(12)
)


def read(tmp_path: Path, name: str, content: bytes | str) -> list[str]:
    """The labels found; the file is about 7.png, of 100 x 50 pixels."""
    path, picture = tmp_path / name, tmp_path / "7.png"
    if not picture.exists():
        Image.new("L", (100, 50)).save(picture)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return [
        finding.label
        for annotations in read_annotations(path, picture, aliases={})
        for finding in annotations.findings
    ]


def test_the_templates_of_this_file_are_sound(tmp_path: Path) -> None:
    assert read(tmp_path, "7.xml", VOC.format(BOX)) == ["implant"]
    assert read(tmp_path, "7.json", VOTT_1 % "9") == ["implant"]


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("7.xml", b"", "the file is empty"),
        ("7.json", b"", "the file is empty"),
        ("7.json", b"\x89PNG\r\n\x1a\n", "not annotations of VoTT 1"),
        ("7.txt", "bring her back on Monday", "not annotations"),
        ("7.xml", "<annotation>", "not well-formed XML"),
        ("7.xml", "<svg/>", "it holds <svg>, not <annotation>"),
        ("7.xml", b"<annotation>\xff</annotation>", "not well-formed XML"),
        ("7.xml", "<!DOCTYPE annotation><annotation/>", "DOCTYPE"),
        (
            "7.xml",
            '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
            + VOC.format(BOX).replace("implant", "&x;"),
            "DOCTYPE",
        ),
        (
            "7.xml",
            f"<!DOCTYPE a [{LAUGHS}]>" + VOC.format(BOX).replace("implant", "&l11;"),
            "DOCTYPE|not well-formed",
        ),
        ("7.xml", "<a>" * 10_000, "not well-formed XML"),
        ("7.xml", VOC.format("<xmin>1</xmin>"), "object 1: ymin is missing"),
        ("7.xml", VOC.format(BOX.replace("9", "nan")), "xmax should be a number"),
        ("7.xml", VOC.format(BOX.replace("9", "1_0")), "xmax should be a number"),
        ("7.xml", VOC.format(BOX.replace("9", "1e999")), "beyond any radiograph"),
        ("7.xml", VOC.format(BOX.replace("9", "")), "xmax should be a number, not ''"),
        (
            "7.xml",
            "<annotation>" + "<object/>" * 10_000 + "</annotation>",
            "10000 objects on one radiograph",
        ),
        (
            "7.json",
            '{"frames": {"7.png": [' + MANY + "]}}",
            "10000 objects on one radiograph",
        ),
        (
            "7-asset.json",
            '{"asset": {"name": "7.png"}, "regions": [' + MANY + "]}",
            "10000 objects on one radiograph",
        ),
        (
            "7.json",
            '{"shapes": [' + MANY + "]}",
            "10000 objects on one radiograph",
        ),
        (
            "7.txt",
            "0 .5 .5 .1 .1\n" * 10_000,
            "10000 objects on one radiograph",
        ),
        (
            "7.xml",
            "<annotation><size><width>-1</width><height>5</height></size></annotation>",
            "-1 x 5 is not the size of a radiograph",
        ),
        ("7.xml", b"<annotation>" + b" " * (5 << 20) + b"</annotation>", "over 5 MB"),
        ("7.json", VOTT_1 % "NaN", "NaN is not a number that JSON allows"),
        ("7.json", VOTT_1 % "1e999", "too large"),
        ("7.json", VOTT_1 % "true", "region 1: x2 should be a number, not true"),
        ("7.json", VOTT_1 % '"9"', "x2 should be a number, not the text '9'"),
        ("7.json", VOTT_1 % "null", "x2 should be a number, not null"),
        ("7.json", VOTT_1 % "1e300", "beyond any radiograph"),
        ("7.json", VOTT_1 % ("1" * 5000), "not valid JSON|beyond|finite"),
        ("7.json", '{"a":' * 10_000, "more than 200 deep"),
        ("7.json", '{"frames": {"7.png": []', "not valid JSON"),
        ("7.json", '{"frames": [], "frames": {}}', "'frames' occurs twice"),
        ("7.json", '{"frames": []}', "frames should be an object, not a list"),
        ("7.json", '{"frames": {"7.png": 5}}', "regions should be a list"),
        ("7.json", b'{"frames": {"\xff": []}}', "not UTF-8 text"),
        ("7.json", "[]", "does not say which images"),
        ("7.json", '{"patient": "Mouse"}', "not annotations of VoTT 1"),
        ("7.json", '{"format": "dentalviewer review"}', "open its radiograph instead"),
        (
            "7.json",
            '{"shapes": [{"label": "a", "points": [1]}]}',
            "list of two numbers",
        ),
        ("7.json", '{"images": [], "annotations": 1}', "should be a list"),
        ("7.json", '{"annotations": []}', "without images"),
        (
            "7.json",
            '{"images": [{"id": 1, "file_name": "a"}, {"id": 1, "file_name": "b"}]}',
            "another image has the id 1",
        ),
        (
            "7.json",
            '{"images": [{"id": 1, "file_name": "7.png"}], "annotations":'
            ' [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3]}]}',
            "bbox should have 4 numbers, not 3",
        ),
        (
            "7.json",
            '{"images": [{"id": 1, "file_name": "7.png"}], "annotations":'
            ' [{"image_id": 1, "category_id": [1], "bbox": [1, 2, 3, 4]}]}',
            "category_id should be a number",
        ),
        ("7.txt", "0 0.5 0.5 0.1 0.1\nhello", "line 2 is not a box of YOLO: 'hello'"),
        ("7.txt", b"0 0.5 0.5 0.1 0.1\n\xff", "not UTF-8 text"),
        ("7.txt", "0 0.5 0.5 0.1 0.1\n" * 6_000, "6000 objects"),
        (
            "7.csv",
            '"image","xmin","ymin","xmax","ymax","label"\n"7.png",1,1,nan,9,"a"',
            "row 2: x_max should be a number, not 'nan'",
        ),
        (
            "7.csv",
            '"image","xmin","ymin","xmax","ymax","label"\n"7.png",1',
            "row 2 has 2 cells, not 6",
        ),
    ],
)
def test_a_bad_file_is_refused_with_its_name_and_fault(
    name: str, content: bytes | str, fault: str, tmp_path: Path
) -> None:
    start = time.process_time()

    with pytest.raises(AnnotationFileError, match=fault) as caught:
        read(tmp_path, name, content)

    assert str(caught.value).startswith(f"{tmp_path / name}: ")
    assert time.process_time() - start < 2


def test_all_entries_of_coco_that_are_at_fault_are_told_by_one_conversion(
    tmp_path: Path,
) -> None:
    """Fixed one by one, each would take a run of its own."""
    source = tmp_path / "set.json"
    source.write_text(
        json.dumps(
            {
                "images": [{"id": 1, "file_name": "7.png"}, {"id": 2}, "3.png"],
                "categories": [{"id": 1}, {"id": 2, "name": "implant"}],
                "annotations": [{"image_id": 1}, {"bbox": [1, 1, 8, 8]}, []],
            }
        )
    )

    with pytest.raises(AnnotationFileError) as caught:
        convert(source, tmp_path / "out", format_name="voc")

    assert caught.value.fault == (
        "5 faults: of the categories number 1: name is missing;"
        " image 3 should be an object, not the text '3.png';"
        " image 2: file_name is missing;"
        " annotation 3 should be an object, not a list;"
        " annotation 2: image_id is missing"
    )


def test_all_that_is_wrong_with_one_radiograph_in_coco_is_one_failure(
    tmp_path: Path,
) -> None:
    for name in ("7.png", "8.png"):
        Image.new("L", (100, 50)).save(tmp_path / name)
    box = {"category_id": 1, "bbox": [1, 1, 8, 8]}
    source = tmp_path / "set.json"
    source.write_text(
        json.dumps(
            {
                "images": [
                    {"id": 1, "file_name": "7.png", "width": 100, "height": "50"},
                    {"id": 2, "file_name": "8.png", "width": 100, "height": 50},
                ],
                "categories": [{"id": 1, "name": "implant"}],
                "annotations": [
                    {**box, "image_id": 1, "bbox": [1, 1, 8]},
                    {**box, "image_id": 1, "score": "high"},
                    {**box, "image_id": 1},
                    {**box, "image_id": 2},
                ],
            }
        )
    )

    done = convert(source, tmp_path / "out", format_name="voc")

    assert done.failures == (
        f"{source}: 3 faults: 7.png, annotation 1: bbox should have 4 numbers, not 3;"
        " 7.png, annotation 2: score should be a number, not the text 'high';"
        " 7.png: height should be a number, not the text '50'",
    )
    assert done.findings == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("7.xml", VOC.format(BOX.replace("9", "1"))),
        ("7.xml", VOC.format(BOX.replace("9", "-4"))),
        ("7.json", VOTT_1 % "1"),
        ("7.json", VOTT_1 % "-8"),
        ("7.txt", "0 0.5 0.5 0 0.1"),
    ],
)
def test_a_box_without_area_is_left_out_with_a_note(
    name: str, content: str, tmp_path: Path
) -> None:
    assert read(tmp_path, name, content) == []

    (annotations,) = read_annotations(tmp_path / name, tmp_path / "7.png", aliases={})
    assert "is not greater than" in annotations.notes[0]


def test_hundreds_of_faults_do_not_become_hundreds_of_notes(tmp_path: Path) -> None:
    flat = VOC.format(BOX.replace("9", "1"))[12:-13]
    read(tmp_path, "7.xml", f"<annotation>{flat * 500}</annotation>")

    (annotations,) = read_annotations(
        tmp_path / "7.xml", tmp_path / "7.png", aliases={}
    )

    assert len(annotations.notes) == 21
    assert annotations.notes[-1] == "and 480 more notes"


def test_text_without_an_end_does_not_take_forever(tmp_path: Path) -> None:
    start = time.process_time()

    with pytest.raises(AnnotationFileError):
        read(tmp_path, "7.xml", "<annotation>" + "<name>&" * 700_000)

    assert time.process_time() - start < 2


def test_a_folder_is_no_annotation_file(tmp_path: Path) -> None:
    with pytest.raises(AnnotationFileError, match="not a file"):
        read_annotations(tmp_path, tmp_path / "7.png", aliases={})


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(AnnotationFileError, match="cannot be opened"):
        read_annotations(tmp_path / "7.xml", tmp_path / "7.png", aliases={})


def test_a_name_with_a_nul_character(tmp_path: Path) -> None:
    with pytest.raises(AnnotationFileError, match="cannot be opened"):
        read_annotations(tmp_path / "7\0.xml", tmp_path / "7.png", aliases={})


def test_a_huge_file_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "7.json"
    with path.open("wb") as file:
        file.truncate(1 << 34)

    with pytest.raises(AnnotationFileError, match="too large"):
        read_annotations(path, tmp_path / "7.png", aliases={})


@pytest.mark.parametrize("path", REAL_FILES, ids=lambda path: path.name)
def test_a_real_file_cut_off_anywhere_is_read_or_refused(
    path: Path, tmp_path: Path
) -> None:
    content = path.read_bytes()
    step = max(1, len(content) // 60)
    for length in range(0, len(content), step):
        try:
            read(tmp_path, path.name, content[:length])
        except AnnotationFileError:
            continue


fuzz = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers(-(10**20), 10**20)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def _places(
    value: object, at: tuple[str | int, ...] = ()
) -> list[tuple[str | int, ...]]:
    found = [at] if at else []
    children = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, child in children:
        found += _places(child, (*at, key))
    return found


@fuzz
@given(data=st.data())
def test_a_real_json_file_with_any_value_anywhere_is_read_or_refused(
    tmp_path: Path, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from([p for p in REAL_FILES if p.suffix == ".json"]))
    value = json.loads(path.read_bytes())
    place = data.draw(st.sampled_from(_places(value)))
    target = value
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = data.draw(json_values)
    with contextlib.suppress(AnnotationFileError):
        read(tmp_path, "fuzz.json", json.dumps(value))


@fuzz
@given(data=st.data())
def test_a_real_file_with_any_bytes_in_it_is_read_or_refused(
    tmp_path: Path, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(REAL_FILES))
    content = bytearray(path.read_bytes())
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 20)))
    content[start:end] = data.draw(st.binary(max_size=10))
    with contextlib.suppress(AnnotationFileError):
        read(tmp_path, path.name, bytes(content))


@pytest.mark.parametrize(
    "line",
    [
        "0 nan 0.5 0.1 0.1",
        "0 0.5 0.5 0.1 1_0",
        "0 0.5 0.5 inf 0.1",
        "0.0 1 1 1 1",
        "0 1e400 0.5 1e400 0.1",
        "0 0.5 0.5 0.1 0.1 1e400",
    ],
)
def test_what_only_python_takes_for_a_number_is_no_box_of_yolo(
    line: str, tmp_path: Path
) -> None:
    with pytest.raises(AnnotationFileError, match="not a box of YOLO"):
        read(tmp_path, "7.txt", f"0 0.5 0.5 0.1 0.1\n{line}\n")


def test_a_score_beyond_all_numbers_is_none_of_csv(tmp_path: Path) -> None:
    table = "file,label,tooth,score,x_min,y_min,x_max,y_max\n7.png,crown,,1e400,1,1,9,9"
    with pytest.raises(AnnotationFileError, match="score should be a number"):
        read(tmp_path, "7.csv", table)


def test_a_class_with_a_number_of_thousands_of_digits_is_named(tmp_path: Path) -> None:
    (tmp_path / "7.xml").write_text(VOC.format(BOX))
    Image.new("L", (100, 50)).save(tmp_path / "7.png")
    item = f"item {{ id: {'9' * 5000} name: 'implant' }}"
    (tmp_path / "pascal_label_map.pbtxt").write_text(item)

    found = collect_annotations(tmp_path)

    assert len(found.images) == 1
    (failure,) = found.failures
    assert "an item has no id or no name" in failure


def test_a_picture_with_a_name_that_no_disk_takes_is_not_there(tmp_path: Path) -> None:
    size = "<size><width>100</width><height>50</height></size>"
    filename = f"<filename>{'7' * 400}.png</filename>"
    text = VOC.format(BOX).replace("<object>", f"{filename}{size}<object>")
    (tmp_path / "7.xml").write_text(text)

    with pytest.raises(AnnotationFileError, match="the picture is not there and canno"):
        convert(tmp_path / "7.xml", tmp_path / "out", format_name="coco")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("nc: 2\nnames: [a, b\ntest: y\n", "(line 3, column 5)"),
        ("nc: 2\nnames: [a\x7f]\n", "(line 2)"),
        ("nc: 2\nnames: crown\n", "line 2: names should be a list, or numbered"),
        ("names:\n  0: a\n  crown: b\n", "line 3: 'crown' is not the number of a"),
        ("names:\n  [0]: b\n", "line 2: "),
        ("names:\n- a\n- b: c\n", "line 3: the name of a class should be a text"),
        ("names:\n  0: a\n  '0': b\n", "line 3: the class 0 is named twice"),
        ("names: [a]\nnames: [b]\n", "line 2: the field names occurs twice"),
        ("names: *a\n", "not valid YAML: found undefined alias"),
        ("names: &a [*a]\n", "the name of a class should be a text"),
        (f"names: {'[' * 100_000}", "too many values lie in each other"),
        (f"names: [{'a, ' * 400_000}]", "the file is too large (over 1 MB)"),
    ],
)
def test_a_data_yaml_that_names_no_classes_says_in_which_line(
    text: str, fault: str, tmp_path: Path
) -> None:
    path = tmp_path / "data.yaml"
    path.write_text(text)

    with pytest.raises(AnnotationFileError, match=re.escape(fault)) as raised:
        class_names(path)

    assert raised.value.path == path


def test_a_data_yaml_whose_aliases_multiply_holds_nothing_up(tmp_path: Path) -> None:
    """Billions of values, if each were put in its place."""
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30)
    )
    (tmp_path / "data.yaml").write_text(f"{bomb}names: [implant, crown]\n")

    assert class_names(tmp_path / "data.yaml") == {0: "implant", 1: "crown"}
