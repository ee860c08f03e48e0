"""The programs we write for read what we write.

labelImg, labelme and datumaro are no part of the development set-up; their tests run
where they are installed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from dentalviewer.formats import LabelledImage, write_annotations
from dentalviewer.formats.coco_export import write_coco
from dentalviewer.formats.conversion import convert
from dentalviewer.formats.pascal_voc_export import write_pascal_voc
from dentalviewer.formats.yolo_export import write_yolo
from dentalviewer.geometry import Box, Size
from dentalviewer.study import Finding

SIZE = Size(100, 50)
CROWN = Finding(Box(10.5, 5, 31.25, 20), "restoration", None, 0.875)
FIXTURE = Finding(Box(40, 20, 50, 45), "implant")
ODD = Finding(Box(0, 0, 100, 50), "Brücke & <x>")
# As these programs have them: left, top, width, height.
BOXES = {"7": [(10.5, 5, 20.75, 15), (40, 20, 10, 25)], "8": [(0, 0, 100, 50)], "9": []}
LABELS = {"7": ["restoration", "implant"], "8": ["Brücke & <x>"], "9": []}


@pytest.fixture
def images(tmp_path: Path) -> list[LabelledImage]:
    folder = tmp_path / "images"
    folder.mkdir()
    found = []
    for stem, findings in {"7": (CROWN, FIXTURE), "8": (ODD,), "9": ()}.items():
        path = folder / f"{stem}.jpg"
        Image.new("L", (SIZE.width, SIZE.height)).save(path)
        found.append(LabelledImage(path, SIZE, findings))
    return found


@pytest.fixture
def kept(images: list[LabelledImage], tmp_path: Path) -> Callable[[str], Path]:
    """The folder with files of a format after they were read and written once more."""

    def written_again(name: str) -> Path:
        write_annotations(images, tmp_path / "first", name, copy_images=True)
        for path in (tmp_path / "first").rglob("*.json"):
            value = json.loads(path.read_bytes())
            path.write_text(json.dumps({**value, "extra": {"by": "me"}}))
        convert(tmp_path / "first", tmp_path / "again", format_name=name)
        return tmp_path / "again"

    return written_again


def test_pycocotools_reads_and_scores_predictions(
    images: list[LabelledImage], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    coco_module = pytest.importorskip("pycocotools.coco")
    evaluation = pytest.importorskip("pycocotools.cocoeval")
    export = write_annotations(images, tmp_path / "out", "coco")

    truth = coco_module.COCO(str(export.path))
    scored = [
        {
            key: each.get(key, 1.0)
            for key in ("image_id", "category_id", "bbox", "score")
        }
        for each in json.loads(export.path.read_bytes())["annotations"]
    ]
    result = evaluation.COCOeval(truth, truth.loadRes(scored), "bbox")
    result.evaluate()
    result.accumulate()
    result.summarize()

    assert len(truth.getImgIds()) == 3
    assert [a["bbox"] for a in truth.loadAnns(truth.getAnnIds(imgIds=[1]))] == [
        list(box) for box in BOXES["7"]
    ]
    assert result.stats[0] == pytest.approx(1.0)


def test_pycocotools_reads_what_was_read_and_written_again(
    kept: Callable[[str], Path],
) -> None:
    coco_module = pytest.importorskip("pycocotools.coco")

    truth = coco_module.COCO(str(kept("coco") / "annotations/instances_default.json"))

    assert sorted(tuple(a["bbox"]) for a in truth.loadAnns(truth.getAnnIds())) == (
        sorted(box for boxes in BOXES.values() for box in boxes)
    )


def test_torchvision_reads_our_pascal_voc(
    images: list[LabelledImage], tmp_path: Path
) -> None:
    datasets = pytest.importorskip("torchvision.datasets")
    root = tmp_path / "VOCdevkit" / "VOC2012"
    write_pascal_voc(images, root, copy_images=True, validation={images[2].path})

    dataset = datasets.VOCDetection(str(tmp_path), year="2012", image_set="trainval")
    pictures = {target["annotation"]["filename"]: (picture, target["annotation"])
                for picture, target in dataset}  # fmt: skip

    assert set(pictures) == {"7.jpg", "8.jpg", "9.jpg"}
    picture, annotation = pictures["7.jpg"]
    assert picture.size == (100, 50)
    assert [each["name"] for each in annotation["object"]] == LABELS["7"]
    assert annotation["object"][0]["bndbox"] == {
        "xmin": "10.5",
        "ymin": "5",
        "xmax": "31.25",
        "ymax": "20",
    }
    assert len(datasets.VOCDetection(str(tmp_path), image_set="val")) == 1


@pytest.mark.parametrize("again", [False, True])
def test_labelimg_reads_our_pascal_voc(
    again: bool,
    images: list[LabelledImage],
    kept: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    reader = pytest.importorskip("libs.pascal_voc_io")
    write_annotations(images, tmp_path / "out", "voc")
    folder = kept("voc") if again else tmp_path / "out"
    xml = folder / "Annotations" / "7.xml"

    shapes = reader.PascalVocReader(str(xml)).get_shapes()

    # labelImg cuts fractions off.
    assert [(label, points[0], points[2]) for label, points, *_ in shapes] == [
        ("restoration", (10, 5), (31, 20)),
        ("implant", (40, 20), (50, 45)),
    ]


# labelme leaves the radiograph open.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("again", [False, True])
def test_labelme_reads_our_files(
    again: bool,
    images: list[LabelledImage],
    kept: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    labelme = pytest.importorskip("labelme._label_file")
    write_annotations(images, tmp_path / "out", "labelme")
    folder = kept("labelme") if again else tmp_path / "out"

    read = labelme.read_label_file(str(folder / "7.json"))

    assert read.image_data == images[0].path.read_bytes()
    assert [shape["label"] for shape in read.shapes] == LABELS["7"]
    assert read.shapes[0]["points"] == [[10.5, 5], [31.25, 20]]
    assert read.shapes[0]["other_data"] == {"score": 0.875}


def _datumaro_items(folder: Path, format_name: str) -> Iterator[Any]:
    datumaro = pytest.importorskip("datumaro")
    dataset = datumaro.Dataset.import_from(str(folder), format=format_name)
    labels = [label.name for label in dataset.categories()[
        datumaro.AnnotationType.label]]  # fmt: skip
    for item in dataset:
        boxes = [(labels[a.label], tuple(a.get_bbox())) for a in item.annotations]
        yield Path(item.id).name, boxes


@pytest.mark.parametrize("name", ["voc", "coco", "vott_json", "yolo"])
def test_datumaro_reads_what_was_read_and_written_again(
    name: str, kept: Callable[[str], Path]
) -> None:
    pytest.importorskip("datumaro")
    folder = kept("vott2" if name == "vott_json" else name)
    place = folder / "vott-json-export" if name == "vott_json" else folder
    format_name = "coco_instances" if name == "coco" else name

    assert_boxes(dict(_datumaro_items(place, format_name)))


@pytest.mark.parametrize("name", ["voc", "coco", "vott_json", "yolo"])
def test_datumaro_reads_our_files(
    name: str, images: list[LabelledImage], tmp_path: Path
) -> None:
    pytest.importorskip("datumaro")
    out = tmp_path / "out"
    held_out = {images[2].path}
    if name == "voc":
        write_pascal_voc(images, out, copy_images=True, validation=held_out)
        items = dict(_datumaro_items(out, "voc"))
    elif name == "coco":
        file_name = "annotations/instances_default.json"
        write_coco(images, out, copy_images=True, file_name=file_name)
        items = dict(_datumaro_items(out, "coco_instances"))
    elif name == "vott_json":
        write_annotations(images, out, "vott2")
        items = dict(_datumaro_items(out / "vott-json-export", "vott_json"))
    else:
        write_yolo(images, out, copy_images=True, validation=held_out)
        items = dict(_datumaro_items(out, "yolo"))

    assert_boxes(items)


def assert_boxes(items: dict[str, Any]) -> None:
    for stem, boxes in BOXES.items():
        # datumaro has its own order.
        expected = sorted(zip(LABELS[stem], boxes, strict=True))
        found = sorted(items[stem])
        assert [label for label, _ in found] == [label for label, _ in expected]
        for (_, box), (_, wanted) in zip(found, expected, strict=True):
            assert box == pytest.approx(wanted, abs=0.001)
