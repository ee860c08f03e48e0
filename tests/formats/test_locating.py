"""Where the pictures are that annotation files state."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import pytest

from dentalviewer.formats.locating import locate

with_links = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows asks for a right to make links"
)


def made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


@pytest.mark.parametrize(
    "stated",
    [
        "../pictures/7.png",
        "./../pictures/./7.png",
        "..\\pictures\\7.png",
        "pictures/7.png",
        "C:\\Users\\Zoë\\set\\pictures\\7.png",
        "/home/zoe/set/pictures/7.png",
    ],
)
def test_a_picture_is_found_by_as_much_of_its_path_as_fits(
    stated: str, tmp_path: Path
) -> None:
    picture = made(tmp_path / "set" / "pictures" / "7.png")
    made(tmp_path / "set" / "7.png")

    assert locate(tmp_path / "set" / "annotations" / "a.json", stated) == picture


def test_a_picture_is_found_where_a_mac_named_it_and_its_folder(tmp_path: Path) -> None:
    name = unicodedata.normalize("NFD", "Jürg/Zähne.png")
    picture = made(tmp_path / name)

    found = locate(tmp_path / "a.json", "C:\\Jürg\\Zähne.png")

    assert found is not None
    assert found.samefile(picture)
    assert locate(tmp_path / "a.json", "Jürg/Zehen.png") is None


def test_the_picture_of_labels_of_a_part_is_in_the_images_of_that_part(
    tmp_path: Path,
) -> None:
    for part in ("train", "val"):
        made(tmp_path / "images" / part / "7.png")

    found = locate(tmp_path / "labels" / "val" / "7.txt", "7")

    assert found == tmp_path / "images" / "val" / "7.png"


@pytest.mark.parametrize("stated", ["", "..", "../..", "7.png/", "\0/7.png", "../\0/7"])
def test_what_names_no_file_is_not_found(stated: str, tmp_path: Path) -> None:
    made(tmp_path / "7.png")

    assert locate(tmp_path / "a.json", stated) is None


@with_links
def test_beyond_a_link_to_a_folder_its_own_neighbours_are_found(tmp_path: Path) -> None:
    picture = made(tmp_path / "disk" / "pictures" / "7.png")
    (tmp_path / "disk" / "annotations").mkdir()
    link = tmp_path / "work" / "annotations"
    link.parent.mkdir()
    link.symlink_to(tmp_path / "disk" / "annotations")

    assert locate(link / "a.json", "../pictures/7.png") == picture

    beside_the_link = made(tmp_path / "work" / "pictures" / "7.png")
    assert locate(link / "a.json", "../pictures/7.png") == beside_the_link


@with_links
def test_a_name_may_look_like_a_drive_of_windows(tmp_path: Path) -> None:
    picture = made(tmp_path / "set" / "a:7.png")

    assert locate(tmp_path / "a.json", "set/a:7.png") == picture
