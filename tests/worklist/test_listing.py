"""A worklist holds what is in the folders, projects and exports that were opened."""

from __future__ import annotations

import json
import os
import re
import stat
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from dentalviewer.errors import AnnotationFileError, RadiographError
from dentalviewer.formats.locating import radiographs_below
from dentalviewer.formats.review_file import path_in_user_folder
from dentalviewer.worklist.listing import (
    Marks,
    Sources,
    list_radiographs,
    lost_since,
    sources_of,
)
from dentalviewer.worklist.ordering import common_folder, name_within

COCO = {
    "images": [{"id": 1, "file_name": "7.png", "width": 100, "height": 50}],
    "annotations": [],
    "categories": [],
}


# What every file of this kind begins with.
PNG = b"\x89PNG\r\n\x1a\n"


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(PNG)
    return path


def names(folder: Path, *opened: Path) -> list[str]:
    listing = list_radiographs(sources_of(opened or [folder]), reviews=folder / "user")
    return [path.relative_to(folder).as_posix() for path in listing.found]


def test_a_folder_is_listed_at_any_depth_each_folder_in_natural_order(
    tmp_path: Path,
) -> None:
    for name in ("10.png", "2.png", "b/1.png", "a/c/1.png", ".hidden/1.png", "x.txt"):
        touch(tmp_path / name)

    assert names(tmp_path) == ["2.png", "10.png", "a/c/1.png", "b/1.png"]


@pytest.mark.parametrize(
    "bin_", ["$RECYCLE.BIN/S-1-5-21", "System Volume Information", "#recycle"]
)
def test_what_was_deleted_from_a_drive_is_not_listed_with_it(
    tmp_path: Path, bin_: str
) -> None:
    touch(tmp_path / "1.png")
    touch(tmp_path / bin_ / "$RF3K2QX.png")

    assert names(tmp_path) == ["1.png"]
    assert list(radiographs_below(tmp_path)) == [tmp_path / "1.png"]


@pytest.mark.parametrize(
    "name",
    ["ein Bild ü.png", "全景 片.png", 'O\'Brien "left".png', "n" * 251 + ".png"],
    ids=["umlaut", "chinese", "quotes", "longest"],
)
def test_any_name_is_listed(tmp_path: Path, name: str) -> None:
    touch(tmp_path / name)

    assert names(tmp_path) == [name]


@pytest.mark.parametrize("opened", ["Jürg", "Jürg/Zähne.png"])
def test_what_a_dialog_of_a_mac_names_otherwise_is_listed_once_as_the_disk_has_it(
    tmp_path: Path, opened: str
) -> None:
    listed = unicodedata.normalize("NFD", "Jürg/Zähne.png")
    touch(tmp_path / listed)

    composed = tmp_path / unicodedata.normalize("NFC", opened)

    assert names(tmp_path, composed) == [listed]
    assert names(tmp_path, composed, tmp_path) == [listed]


def test_the_same_name_in_two_folders_is_told_apart_by_its_folder(
    tmp_path: Path,
) -> None:
    one, other = touch(tmp_path / "x" / "1.png"), touch(tmp_path / "y" / "1.png")
    folder = common_folder([one.parent, other.parent])

    assert names(tmp_path) == ["x/1.png", "y/1.png"]
    assert name_within(one, folder) == os.path.join("x", "1.png")
    assert name_within(other, folder) == os.path.join("y", "1.png")


def test_a_mix_of_a_folder_a_file_and_a_project_holds_each_radiograph_once(
    tmp_path: Path,
) -> None:
    touch(tmp_path / "folder" / "1.png")
    single = touch(tmp_path / "elsewhere" / "2.png")
    touch(tmp_path / "project" / "7.png")
    project = tmp_path / "project" / "coco.json"
    project.write_text(json.dumps(COCO))

    found = names(tmp_path, tmp_path / "folder", single, project, single)

    assert found == ["folder/1.png", "elsewhere/2.png", "project/7.png"]


def test_a_link_that_leads_back_up_ends(tmp_path: Path) -> None:
    touch(tmp_path / "a" / "1.png")
    try:
        (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    except OSError:
        pytest.skip("no links here")

    assert names(tmp_path) == ["a/1.png"]


def test_folders_of_a_drive_that_does_not_number_them_are_all_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Windows has it of WebDAV, sshfs and some other drives of a network."""
    for name in ("1.png", "a/2.png", "a/b/3.png", "c/4.png"):
        touch(tmp_path / name)
    told = os.stat

    def unnumbered(*arguments: Any, **options: Any) -> os.stat_result:
        fields = list(told(*arguments, **options))
        fields[stat.ST_INO] = 0
        return os.stat_result(fields)

    monkeypatch.setattr(os, "stat", unnumbered)

    assert names(tmp_path) == ["1.png", "a/2.png", "a/b/3.png", "c/4.png"]


def test_reviews_are_seen_beside_radiographs_and_in_the_users_folder(
    tmp_path: Path,
) -> None:
    beside, elsewhere, none = (touch(tmp_path / f"{n}.png") for n in (1, 2, 3))
    (tmp_path / "1.png.review.json").write_text("12345")
    user = tmp_path / "user"
    user.mkdir()
    path_in_user_folder(elsewhere, user).write_text("123")

    found = list_radiographs(Sources((tmp_path,)), reviews=user).found

    sizes = {p: m.review and m.review[0] for p, m in found.items()}
    assert sizes == {beside: 5, elsewhere: 3, none: None}


def test_a_change_of_a_radiograph_is_seen_in_its_mark(tmp_path: Path) -> None:
    path = touch(tmp_path / "1.png")
    before = list_radiographs(Sources((tmp_path,)), reviews=tmp_path).found[path]
    path.write_bytes(b"another")
    os.utime(path, ns=(1, 1))
    after = list_radiographs(Sources((tmp_path,)), reviews=tmp_path).found[path]

    assert before.picture != after.picture


def test_a_listing_that_takes_too_long_stops_and_says_so(tmp_path: Path) -> None:
    for number in range(600):
        touch(tmp_path / f"{number}.png")

    first = list_radiographs(Sources((tmp_path,)), reviews=tmp_path, seconds=0)
    whole = list_radiographs(Sources((tmp_path,)), reviews=tmp_path)

    assert not first.complete
    assert list(first.found) == list(whole.found)[: len(first.found)]
    assert whole.complete
    assert len(whole.found) == 600


def test_a_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    with pytest.raises(RadiographError, match="gone"):
        list_radiographs(Sources((gone,)), reviews=tmp_path)
    # A picture that is not there is listed: whoever opens it says what is wrong.
    picture = tmp_path / "1.png"
    listing = list_radiographs(Sources((picture,)), reviews=tmp_path)
    assert listing.found[picture].picture is None


def test_a_folder_of_which_nothing_is_seen_any_more_is_lost_and_a_deleted_file_is_not(
    tmp_path: Path,
) -> None:
    drive, other = tmp_path / "drive", tmp_path / "other"
    gone, deleted, kept = drive / "1.png", other / "2.png", other / "3.png"
    before = {path: Marks() for path in (gone, deleted, kept)}

    lost, where = lost_since(before, {kept: Marks()}, Sources((drive, other)))

    assert (list(lost), where) == ([gone], drive)


def test_a_radiograph_opened_by_itself_that_was_deleted_is_no_lost_folder() -> None:
    deleted, kept = Path("/pictures/1.png"), Path("/pictures/2.png")
    opened = Sources((deleted, kept))

    before = {deleted: Marks(), kept: Marks()}
    assert lost_since(before, {kept: Marks()}, opened) == ({}, None)


def test_one_broken_project_does_not_hide_the_rest(tmp_path: Path) -> None:
    touch(tmp_path / "1.png")
    broken = tmp_path / "broken.json"
    broken.write_text("{")

    listing = list_radiographs(sources_of([tmp_path, broken]), reviews=tmp_path)

    assert len(listing.found) == 1
    assert "broken.json" in listing.problems[0]
    with pytest.raises(AnnotationFileError):
        list_radiographs(sources_of([broken]), reviews=tmp_path)


def test_what_a_mac_leaves_beside_a_project_is_no_problem(tmp_path: Path) -> None:
    picture = touch(tmp_path / "pictures" / "7.png")
    project = tmp_path / "project" / "p.json"
    project.parent.mkdir()
    image = {**COCO["images"][0], "file_name": "../pictures/7.png"}
    project.write_text(json.dumps({**COCO, "images": [image]}))
    project.with_name("._p.json").write_bytes(b"\0\x05\x16\x07\0\x02\0\0Mac OS X")

    listing = list_radiographs(sources_of([project.parent]), reviews=tmp_path)

    assert list(listing.found) == [picture]
    assert listing.problems == ()


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="here any folder can be read"
)
def test_a_folder_that_may_not_be_read_is_a_problem_of_its_own(tmp_path: Path) -> None:
    touch(tmp_path / "1.png")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    listing = list_radiographs(Sources((tmp_path,)), reviews=tmp_path)
    with pytest.raises(RadiographError):
        list_radiographs(Sources((closed,)), reviews=tmp_path)
    closed.chmod(0o700)

    assert len(listing.found) == 1
    assert "closed" in listing.problems[0]


def test_a_radiograph_may_have_any_name(tmp_path: Path) -> None:
    dicom = tmp_path / "1.2.840.113"
    dicom.write_bytes(bytes(128) + b"DICM")
    scanned = touch(tmp_path / "scan.txt")

    assert sources_of([dicom, scanned]) == Sources((dicom, scanned))


def test_annotations_may_have_any_name(tmp_path: Path) -> None:
    yolo = tmp_path / "7.txt"
    yolo.write_text("0 0.5 0.5 0.1 0.1\n")
    coco = tmp_path / "set.old"
    coco.write_text(json.dumps(COCO))

    assert sources_of([yolo, coco]) == Sources((), (yolo, coco))


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("wrong.txt", b"words", "not a PNG, JPEG, TIFF, BMP or DICOM picture, and"),
        ("x.pdf", b"%PDF-1.7", "not a PNG, JPEG, TIFF, BMP or DICOM picture, and"),
        ("words.jpg", b"words", "not a PNG, JPEG, TIFF, BMP or DICOM picture$"),
        ("empty.jpg", b"", "empty"),
        ("empty.txt", b"", "empty"),
        ("gone.png", None, "No such file"),
        ("gone\0.png", None, "null"),
    ],
)
def test_what_is_neither_is_left_out_and_said_why(
    tmp_path: Path, name: str, content: bytes | None, fault: str
) -> None:
    good, wrong = touch(tmp_path / "1.png"), tmp_path / name
    if content is not None:
        wrong.write_bytes(content)

    sources = sources_of([wrong, good, tmp_path])

    assert sources.paths == (good, tmp_path)
    (error,) = sources.left_out
    assert error.path == wrong
    assert re.search(fault, error.fault)
