"""Odd names, many faults at once, folders that vanish, and a program that is killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image

from dentalviewer.formats import (
    FORMATS,
    LabelledImage,
    find_sidecars,
    write_annotations,
)
from dentalviewer.formats.collecting import collect_annotations
from dentalviewer.formats.conversion import convert
from dentalviewer.geometry import Box, Size
from dentalviewer.study import Finding

SIZE = Size(100, 50)
ODD_NAMES = (
    "with blanks  two.png",
    "Zähne Größe.png",
    "牙齿.png",
    'it\'s "so".png',
    "a.b.c.png",
    "100%#?&.png",
    "n" * 251 + ".png",
    "牙" * 83 + ".png",
)


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (SIZE.width, SIZE.height)).save(path)
    return path


def labelled(paths: list[Path]) -> list[LabelledImage]:
    """Each picture with one box of its own."""
    return [
        LabelledImage(path, SIZE, (Finding(Box(1, 2, 10 + n, 20), "implant"),))
        for n, path in enumerate(paths)
    ]


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_odd_names_in_two_folders_each_keep_their_box(
    name: str, tmp_path: Path
) -> None:
    paths = [picture(tmp_path / "in" / f / odd) for f in "ab" for odd in ODD_NAMES]
    images = labelled(paths)
    once = write_annotations(images, tmp_path / "once", name, copy_images=True)
    # A table in a folder may be anything; it is read where it is named.
    source = once.path if name == "csv" else tmp_path / "once"

    result = convert(source, tmp_path / "twice", format_name=name)

    assert result.failures == ()
    found = collect_annotations(
        result.path if name == "csv" else tmp_path / "twice",
    )
    assert found.failures == ()
    assert len(found.images) == len(images)
    edges = sorted(round(f.box.x_max) for i in found.images for f in i.findings)
    assert edges == [10 + n for n in range(len(images))]


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_pictures_that_a_mac_named_keep_the_boxes_of_files_from_elsewhere(
    name: str, tmp_path: Path
) -> None:
    """A Mac writes ä as a and two points; here that is another name."""
    paths = [picture(tmp_path / "in" / f / "Zähne.png") for f in ("Jürg", "b")]
    written = write_annotations(
        labelled(paths), tmp_path / "set", name, copy_images=True
    )
    for copy in sorted((tmp_path / "set").rglob("*.png")):
        copy.rename(copy.with_name(unicodedata.normalize("NFD", copy.name)))
    for folder in sorted((tmp_path / "set").rglob("Jürg")):
        if list(folder.glob("*.png")):
            folder.rename(folder.with_name(unicodedata.normalize("NFD", folder.name)))

    found = collect_annotations(written.path if name == "csv" else tmp_path / "set")

    assert (found.failures, found.notes) == ((), ())
    assert sorted(image.path for image in found.images) == sorted(
        (tmp_path / "set").rglob("*.png")
    )
    edges = sorted(round(f.box.x_max) for i in found.images for f in i.findings)
    assert edges == [10, 11]


# As a Mac keeps what its files have besides, where a disk has no room for it.
BESIDES = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        \x00\x02" + bytes(4000)


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - {"csv"}))
def test_what_a_mac_leaves_beside_each_file_is_taken_for_nothing(
    name: str, tmp_path: Path
) -> None:
    paths = [picture(tmp_path / "in" / f"{number}.png") for number in (7, 8)]
    write_annotations(labelled(paths), tmp_path / "set", name, copy_images=True)
    before = collect_annotations(tmp_path / "set")
    sidecars = [find_sidecars(image.path) for image in before.images]
    for path in [path for path in (tmp_path / "set").rglob("*") if path.is_file()]:
        path.with_name(f"._{path.name}").write_bytes(BESIDES)

    found = collect_annotations(tmp_path / "set")

    assert found == before
    assert (found.failures, found.notes) == ((), ())
    assert [find_sidecars(image.path) for image in found.images] == sidecars


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse the name")
@pytest.mark.parametrize("name", sorted(FORMATS))
def test_names_of_an_old_archive_that_are_no_utf_8_each_keep_their_box(
    name: str, tmp_path: Path
) -> None:
    names = [os.fsdecode(f"{each}.png".encode("latin-1")) for each in ("Öl", "Äl")]
    images = labelled([picture(tmp_path / "in" / each) for each in names])

    once = write_annotations(images, tmp_path / "once", name, copy_images=True)

    source = once.path if name == "csv" else tmp_path / "once"
    found = collect_annotations(source).images
    edges = [[round(each.box.x_max) for each in image.findings] for image in found]
    assert sorted(edges) == [[10], [11]]


def test_a_terminal_that_lacks_the_letters_does_not_end_a_conversion(
    tmp_path: Path,
) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    picture(source / "牙齿.png")
    # No list of classes: a note names the picture.
    (source / "牙齿.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    words = ["convert", str(source), str(out), "--to", "coco"]

    done = subprocess.run(
        [sys.executable, "-m", "dentalviewer", *words],
        env={**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
        capture_output=True,
        check=False,
    )

    assert done.stderr == b""
    assert b"\\u7259\\u9f7f.png: no classes.txt" in done.stdout
    assert done.returncode == 0


def test_a_broken_file_about_many_pictures_is_named_once(tmp_path: Path) -> None:
    paths = [picture(tmp_path / f"{n}.png") for n in range(5)]
    coco = write_annotations(labelled(paths), tmp_path, "coco").path
    whole = coco.read_bytes()
    coco.write_bytes(whole[:-9])

    (failure,) = collect_annotations(tmp_path).failures
    assert failure.startswith(f"{coco}: not valid JSON")

    coco.write_bytes(whole)
    mended = collect_annotations(tmp_path)
    assert (len(mended.images), mended.failures) == (5, ())


def test_of_hundreds_in_mixed_formats_only_the_broken_ones_are_missing(
    tmp_path: Path,
) -> None:
    source = tmp_path / "in"
    kinds = ("labelme", "voc", "yolo")
    broken = set()
    for place, kind in enumerate(kinds):
        paths = [picture(source / f"{kind}-{n}.png") for n in range(60)]
        write_annotations(labelled(paths), tmp_path / kind, kind)
        folder = {"voc": "Annotations", "yolo": "labels"}.get(kind, "")
        for n, file in enumerate(sorted((tmp_path / kind / folder).iterdir())):
            if n % 10 == place:
                file.write_bytes(file.read_bytes()[:-12] + b"\x00")
                broken.add(file.stem)
            shutil.copy(file, source)
        if kind == "yolo":
            shutil.copy(tmp_path / kind / "classes.txt", source)

    result = convert(source, tmp_path / "out", format_name="coco")

    written = json.loads(result.path.read_bytes())["images"]
    assert {Path(each["file_name"]).stem for each in written} == {
        f"{kind}-{n}" for kind in kinds for n in range(60)
    } - broken
    assert len(result.failures) == len(broken) == 18
    assert all(any(stem in fault for fault in result.failures) for stem in broken)


def test_a_folder_that_vanishes_meanwhile_is_named_and_the_rest_is_gathered(
    tmp_path: Path,
) -> None:
    for folder in "abc":
        paths = [picture(tmp_path / folder / f"{folder}{n}.png") for n in range(3)]
        write_annotations(labelled(paths), tmp_path / folder, "labelme")

    def unplug(radiograph: Path) -> None:
        if radiograph.name == "a1.png":
            shutil.rmtree(tmp_path / "b")

    found = collect_annotations(tmp_path, tell=unplug)

    names = [image.path.name for image in found.images]
    assert names == ["a0.png", "a1.png", "a2.png", "c0.png", "c1.png", "c2.png"]
    (failure,) = found.failures
    assert failure == f"{tmp_path / 'b'}: No such file or directory"


def test_pictures_that_vanish_after_they_were_listed_are_named(tmp_path: Path) -> None:
    paths = [picture(tmp_path / f"{n}.png") for n in range(3)]
    write_annotations(labelled(paths), tmp_path, "labelme")

    def unplug(radiograph: Path) -> None:
        if radiograph.name == "1.png":
            radiograph.unlink()
            radiograph.with_suffix(".json").unlink()

    found = collect_annotations(tmp_path, tell=unplug)

    assert [image.path.name for image in found.images] == ["0.png", "2.png"]
    (failure,) = found.failures
    assert str(tmp_path / "1.json") in failure


CONVERT = """
import sys
from pathlib import Path
from dentalviewer.formats.conversion import convert
print("started", flush=True)
convert(Path(sys.argv[1]), Path(sys.argv[2]), format_name=sys.argv[3])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("name", ["voc", "labelme", "yolo", "vott2"])
def test_what_a_killed_conversion_has_written_is_whole(
    name: str, tmp_path: Path
) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    first = picture(source / "0.png")
    paths = [first]
    for n in range(1, 400):
        shutil.copy(first, source / f"{n}.png")
        paths.append(source / f"{n}.png")
    write_annotations(labelled(paths), source, "labelme")
    program = [sys.executable, "-c", CONVERT, str(source), str(out), name]

    with subprocess.Popen(program, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        deadline = time.monotonic() + 60
        while len(list(out.rglob("*"))) < 40 and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)

    assert process.returncode == -signal.SIGKILL
    for file in out.rglob("*"):
        if file.is_file() and not file.name.startswith("."):
            assert_whole(file, first)
    again = convert(source, out, format_name=name)
    assert (again.radiographs, again.findings, again.failures) == (400, 400, ())


def assert_whole(file: Path, first: Path) -> None:
    content = file.read_bytes()
    match file.suffix:
        case ".png":
            assert content == first.read_bytes()
        case ".json" | ".vott":
            assert json.loads(content)
        case ".xml":
            assert len(etree.fromstring(content).findall("object")) == 1
        case ".txt":
            assert content.endswith(b"\n")
