"""Which files beside a radiograph are found, and which are let alone."""

from __future__ import annotations

import json
import os
import shutil
import time
import unicodedata
from pathlib import Path

import pytest

from dentalviewer.formats import find_sidecars, read_annotations
from dentalviewer.resources import samples_folder

FILES = Path(__file__).parent / "files"
ASSET = "0c4b8b0e5b1f4b0d9f2d8e7a6c5b4a39-asset.json"


def put(name: str, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(FILES / name, target)
    return target


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("vott-v1.json", "images.json"),
        ("vott-v1.json", "images/images.json"),
        ("labelimg.xml", "images/7.xml"),
        ("labelimg.xml", "images/7.png.xml"),
        ("labelimg.xml", "images/Annotations/7.xml"),
        ("labelimg.xml", "Annotations/7.xml"),
        ("datumaro-coco.json", "images/instances.json"),
        ("datumaro-coco.json", "images/_annotations.coco.json"),
        ("datumaro-coco.json", "annotations/instances_train.json"),
        ("datumaro-coco.json", "images/images.json"),
        ("labelme.json", "images/7.json"),
        ("darknet/7.txt", "images/7.txt"),
        ("darknet/7.txt", "labels/7.txt"),
    ],
)
def test_annotations_are_found_where_the_tools_put_them(
    name: str, place: str, tmp_path: Path
) -> None:
    sidecar = put(name, tmp_path / place)
    (tmp_path / "images").mkdir(exist_ok=True)
    for picture in ("7.png", "9.png"):
        (tmp_path / "images" / picture).touch()

    assert find_sidecars(tmp_path / "images" / "7.png") == (sidecar,)


@pytest.mark.parametrize("place", ["7-and-others.json", "../annotations/train.json"])
def test_annotations_are_found_that_came_without_a_change_of_the_folder(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on sticks: of FAT and exFAT Windows does not tell that files were added."""
    folder = tmp_path / "images"
    folder.mkdir()
    (folder / "7.png").touch()
    os.utime(folder, (0, 0))
    assert find_sidecars(folder / "7.png") == ()
    added = put("datumaro-coco.json", Path(os.path.normpath(folder / place)))
    os.utime(folder, (0, 0))

    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 10)

    assert find_sidecars(folder / "7.png") == (added,)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("labelimg.xml", "images/Zähne.xml"),
        ("labelimg.xml", "Annotations/Zähne.xml"),
        ("labelme.json", "images/Zähne.json"),
        ("darknet/7.txt", "labels/Zähne.txt"),
    ],
)
def test_annotations_are_found_where_a_mac_named_the_picture(
    name: str, place: str, tmp_path: Path
) -> None:
    sidecar = put(name, tmp_path / place)
    picture = tmp_path / "images" / unicodedata.normalize("NFD", "Zähne.png")
    picture.parent.mkdir(exist_ok=True)
    picture.touch()

    (found,) = find_sidecars(picture)

    assert found.samefile(sidecar)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("vott-v2/P.vott", "P.vott"),
        ("vott-v2/P.vott", "images/P.vott"),
        (f"vott-v2/{ASSET}", f"images/{ASSET}"),
        ("vott-v2-export.json", "images/P-export.json"),
        ("vott-v2-export.json", "images/vott-json-export/P-export.json"),
    ],
)
def test_vott_2_is_found_by_the_name_of_the_picture(
    name: str, place: str, tmp_path: Path
) -> None:
    sidecar = put(name, tmp_path / place)
    (tmp_path / "images").mkdir(exist_ok=True)

    assert find_sidecars(tmp_path / "images" / "7 b#1.png") == (sidecar,)
    assert find_sidecars(tmp_path / "images" / "12.png") == ()


def test_a_vott_2_project_stands_for_its_asset_files(tmp_path: Path) -> None:
    shutil.copytree(FILES / "vott-v2", tmp_path / "images")

    assert find_sidecars(tmp_path / "images" / "7 b#1.png") == (
        tmp_path / "images" / "P.vott",
    )


@pytest.mark.parametrize("picture", ["7.b.png", "7b.jpeg"])
def test_the_odd_names_of_vott_1_are_understood(picture: str, tmp_path: Path) -> None:
    # It drops four letters and the first point: 7.b.png and 7b.jpeg are both 7b.xml.
    sidecar = put("labelimg.xml", tmp_path / "7b.xml")

    assert find_sidecars(tmp_path / picture) == (sidecar,)


def test_the_samples_find_their_annotations() -> None:
    found = {
        picture: [path.name for path in find_sidecars(samples_folder() / picture)]
        for picture in (
            "vott-v1/sample-1.png",
            "vott-v2/sample-2.jpg",
            "voc/JPEGImages/sample-3.png",
        )
    }

    assert found == {
        "vott-v1/sample-1.png": ["vott-v1.json"],
        "vott-v2/sample-2.jpg": ["samples.vott"],
        "voc/JPEGImages/sample-3.png": ["sample-3.xml"],
    }


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("7.png.review.json", b'{"format": "dentalviewer review"}'),
        ("7.txt", b"To be seen again in May.\n"),
        ("7.json", b'{"patient": "Mouse"}'),
        ("7.xml", b"<patient/>"),
        ("package.json", b'{"name": "x"}'),
        ("8.json", b'{"shapes": []}'),
        ("classes.txt", b"implant\n"),
    ],
)
def test_files_of_another_kind_are_let_alone(
    name: str, content: bytes, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    (tmp_path / "8.png").touch()

    assert find_sidecars(tmp_path / "7.png") == ()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("7.xml", b"\x00\x00\x00"),
        ("7.xml", b"<annotation><obj"),
        ("7.xml", b""),
        ("7.json", b'{"version": "5", "shapes": ['),
        ("7.json", b"\x00"),
        ("7.json", b'{"version": "5.4'),
        ("P.vott", b'{"assets"'),
    ],
)
def test_a_damaged_file_is_found_so_that_it_is_spoken_of(
    name: str, content: bytes, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)

    assert find_sidecars(tmp_path / "7.png") == (tmp_path / name,)


def test_hundreds_of_megabytes_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.write(b'{"images": [')
        file.truncate(1 << 33)
    start = time.process_time()

    assert find_sidecars(tmp_path / "7.png") == ()
    assert time.process_time() - start < 0.5


def test_a_folder_that_is_gone_holds_nothing(tmp_path: Path) -> None:
    assert find_sidecars(tmp_path / "gone" / "7.png") == ()


def test_ten_thousand_names_with_umlauts_do_not_make_each_one_slow(
    tmp_path: Path,
) -> None:
    pictures = [tmp_path / f"Zähne {number}.png" for number in range(10_000)]
    for picture in pictures:
        picture.touch()
    os.utime(tmp_path, (0, 0))  # Nothing has changed in it for long.
    find_sidecars(pictures[0])
    start = time.process_time()

    for picture in pictures[:200]:
        assert find_sidecars(picture) == ()

    assert (time.process_time() - start) / 200 < 0.005


def test_ten_thousand_radiographs_do_not_make_each_one_slow(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    region = json.loads((FILES / "vott-v1.json").read_bytes())["frames"]["7.png"][0]
    frames = {f"{number}.png": [region] * 3 for number in range(10_000)}
    (tmp_path / "images.json").write_text(json.dumps({"frames": frames}))
    for number in range(0, 10_000, 10):
        (folder / f"{number}.png").touch()
    picture = folder / "10.png"
    for sidecar in find_sidecars(picture):
        read_annotations(sidecar, picture, aliases={})
    start = time.process_time()

    for number in range(20):
        picture = folder / f"{number}.png"
        (sidecar,) = find_sidecars(picture)
        (annotations,) = read_annotations(sidecar, picture, aliases={})
        assert len(annotations.findings) == 3

    assert (time.process_time() - start) / 20 < 0.1


CATEGORIES = [{"id": 1, "name": "implant"}]


def coco(*names: str, marked: bool = True) -> str:
    """About these pictures, with an implant on each if they are `marked`."""
    boxes = [
        {"id": n, "image_id": n, "category_id": 1, "bbox": [1, 2, 3, 4]}
        for n, _ in enumerate(names)
    ]
    return json.dumps(
        {
            "images": [{"id": n, "file_name": name} for n, name in enumerate(names)],
            "categories": CATEGORIES if marked else [],
            "annotations": boxes if marked else [],
        }
    )


def pictures(folder: Path, *names: str) -> Path:
    """The folder, with an empty file of each name."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    ("file", "picture"),
    [
        ("result.json", "images/7.png"),
        ("train.json", "images/7.png"),
        ("treatments_val.json", "images/val/7.png"),
    ],
)
def test_annotations_are_found_above_a_folder_of_images(
    file: str, picture: str, tmp_path: Path
) -> None:
    pictures(tmp_path, picture)
    (tmp_path / file).write_text(coco("7.png"))

    assert find_sidecars(tmp_path / picture) == (tmp_path / file,)


def test_what_a_detector_wrote_above_a_folder_of_images_is_no_annotation(
    tmp_path: Path,
) -> None:
    pictures(tmp_path, "images/7.png")
    (tmp_path / "predictions.json").write_text(coco("7.png"))

    assert find_sidecars(tmp_path / "images" / "7.png") == ()


def test_a_file_about_another_folder_than_images_is_let_alone(tmp_path: Path) -> None:
    pictures(tmp_path, "images/7.png", "other/7.png", "7.png")
    (tmp_path / "other.json").write_text(coco("other/7.png"))
    (tmp_path / "mine.json").write_text(coco("7.png"))

    assert find_sidecars(tmp_path / "images" / "7.png") == ()


def test_pictures_of_one_name_on_both_sides_of_a_split_have_their_own_annotations(
    tmp_path: Path,
) -> None:
    pictures(tmp_path, "images/train/7.png", "images/val/7.png")
    for side in ("train", "val"):
        file = tmp_path / "annotations" / f"instances_{side}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(coco("7.png"))

    for side in ("train", "val"):
        (found,) = find_sidecars(tmp_path / "images" / side / "7.png")
        assert found.name == f"instances_{side}.json"


def test_a_list_of_pictures_says_nothing_beside_what_is_marked_on_them(
    tmp_path: Path,
) -> None:
    # As datumaro writes them, for every set that it exports as COCO.
    pictures(tmp_path, "images/7.png", "images/9.png")
    annotations = tmp_path / "annotations"
    annotations.mkdir()
    (annotations / "image_info_all.json").write_text(
        coco("7.png", "9.png", marked=False)
    )
    (annotations / "instances_all.json").write_text(coco("7.png"))

    marked = find_sidecars(tmp_path / "images" / "7.png")
    listed = find_sidecars(tmp_path / "images" / "9.png")

    assert [path.name for path in marked] == ["instances_all.json"]
    assert [path.name for path in listed] == ["image_info_all.json"]


def test_numbered_teeth_are_no_annotations_beside_those_of_treatments(
    tmp_path: Path,
) -> None:
    """As in a folder that both detectors learn from."""
    pictures(tmp_path, "images/7.png", "images/9.png")
    teeth = coco("7.png", "9.png").replace('"implant"', '"36"')
    (tmp_path / "teeth_train.json").write_text(teeth)
    (tmp_path / "train.json").write_text(coco("7.png"))

    both = find_sidecars(tmp_path / "images" / "7.png")
    teeth_alone = find_sidecars(tmp_path / "images" / "9.png")

    assert [path.name for path in both] == ["train.json"]
    assert [path.name for path in teeth_alone] == ["teeth_train.json"]
