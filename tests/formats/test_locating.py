"""Where the pictures are that annotation files state."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dentalviewer.formats._listings import FindFile, Listings, find_on_disk
from dentalviewer.formats.locating import Locator

with_links = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows asks for a right to make links"
)


def locate(path: Path, stated: str) -> Path | None:
    return Locator(path, Listings().find_file).locate(stated)


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


def test_a_server_that_is_gone_is_asked_for_once_and_not_for_each_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows waits for it some seconds each time."""
    gone, asked, told = "//practice/images", [], os.stat

    def split(path: str) -> tuple[str, str]:
        return (gone, path[len(gone) :]) if path.startswith(gone) else ("", path)

    def noted(path: Any, **options: Any) -> os.stat_result:
        if str(path).startswith(gone):
            asked.append(path)
        return told(path, **options)

    locator = Locator(tmp_path / "a.json", Listings().find_file)
    monkeypatch.setattr(os.path, "splitdrive", split)
    monkeypatch.setattr(os, "stat", noted)

    stated = [f"{gone}/2020/{number}.png" for number in range(3)]
    assert [locator.locate(each) for each in stated] == [None] * 3
    assert len(asked) == 1


def test_a_picture_is_found_where_a_mac_named_it_and_its_folder(tmp_path: Path) -> None:
    name = unicodedata.normalize("NFD", "Jürg/Zähne.png")
    picture = made(tmp_path / name)

    found = locate(tmp_path / "a.json", "C:\\Jürg\\Zähne.png")

    assert found is not None
    assert found.samefile(picture)
    assert locate(tmp_path / "a.json", "Jürg/Zehen.png") is None


def as_on_a_mac(ask: Callable[[str], bool]) -> Callable[[str], bool]:
    """Asks a disk that takes both spellings for one name, and has what a Mac wrote."""
    return lambda path: ask(unicodedata.normalize("NFD", path))


@pytest.mark.parametrize(
    ("place", "stated"),
    [
        ("a.json", "Jürg/Zähne.png"),
        ("a.json", "{}/Jürg/Zähne.png"),
        ("far/away/from/it/a.json", "{}/Jürg/Zähne.png"),
    ],
)
@pytest.mark.parametrize("find_file", [find_on_disk, Listings().find_file])
def test_a_picture_has_the_name_that_its_folder_lists_on_a_disk_that_takes_others(
    find_file: FindFile,
    place: str,
    stated: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    picture = made(tmp_path / unicodedata.normalize("NFD", "Jürg/Zähne.png"))
    monkeypatch.setattr(os.path, "isfile", as_on_a_mac(os.path.isfile))
    monkeypatch.setattr(os.path, "isdir", as_on_a_mac(os.path.isdir))

    locator = Locator(tmp_path / place, find_file)

    assert locator.locate(stated.format(tmp_path)) == picture


@pytest.mark.parametrize("find_file", [find_on_disk, Listings().find_file])
def test_of_two_pictures_whose_names_differ_in_spelling_alone_the_stated_one_is_meant(
    find_file: FindFile, tmp_path: Path
) -> None:
    pictures = [
        made(tmp_path / unicodedata.normalize(form, "Zähne.png"))
        for form in ("NFC", "NFD")
    ]
    if len(os.listdir(tmp_path)) == 1:
        pytest.skip("this disk takes both for one name")

    locator = Locator(tmp_path / "a.json", find_file)

    assert [locator.locate(picture.name) for picture in pictures] == pictures


@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("treatments_val.json", "images/val"),
        ("annotations/instances_val.json", "images/val"),
        ("annotations/instances_val2017.json", "val2017"),
        ("annotations/instances_val2017.json", "images/val2017"),
        ("instances_val2017.json", "images/val"),
        ("annotations/instances_default.json", "images/default"),
        ("annotations/instances_second reader.json", "images/second reader"),
    ],
)
def test_the_pictures_of_one_part_are_where_coco_and_other_sets_have_them(
    file: str, place: str, tmp_path: Path
) -> None:
    picture = made(tmp_path / place / "7.png")
    made(tmp_path / place.replace("val", "train") / "7.png")

    assert locate(tmp_path / file, "7.png") == picture


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
