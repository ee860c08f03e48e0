"""Several annotation sets over the same radiographs become one."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from filecmp import cmp
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dentalviewer.cli import main
from dentalviewer.curation import same_radiographs
from dentalviewer.curation.merge import merge, read_sets
from dentalviewer.curation.merge_command import choices
from dentalviewer.curation.merge_writing import write_merge
from dentalviewer.curation.merged import ConflictId, ConflictKind, Merge, SourceSet
from dentalviewer.dentition import Tooth
from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats import FORMATS, LabelledImage, write_annotations
from dentalviewer.formats.collected import Collected
from dentalviewer.formats.collecting import collect_annotations
from dentalviewer.geometry import Box, Size
from dentalviewer.radiograph import Radiograph, read_radiograph
from dentalviewer.study import Finding
from tests.closed_folder import close
from tests.held_files import as_on_windows, held

SIZE = Size(200, 100)
CROWN = Finding(Box(20, 10, 40, 30), "restoration")
ROOT = Finding(Box(22, 32, 36, 70), "endodontic")


def moved(finding: Finding, dx: float, label: str | None = None) -> Finding:
    return Finding(finding.box.moved(dx, 0), label or finding.label)


def picture(path: Path, seed: int = 0, size: Size = SIZE) -> Path:
    """Pictures of one seed look alike, of two they do not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = np.random.default_rng(seed).integers(0, 255, (5, 10), np.uint8)
    Image.fromarray(coarse).resize((size.width, size.height)).save(path)
    return path


def source(name: str, *images: LabelledImage) -> SourceSet:
    return SourceSet(name, Path(f"{name}.json"), Collected(images))


def merged(tmp_path: Path, *sets: Sequence[Finding], **options: object) -> Merge:
    """Of sets that all speak of one radiograph."""
    path = picture(tmp_path / "pictures" / "7.png")
    sources = [
        source(name, LabelledImage(path, SIZE, tuple(findings)))
        for name, findings in zip("abc", sets, strict=False)
    ]
    return merge(sources, **options)  # type: ignore[arg-type]


def kinds(found: Merge) -> list[ConflictKind]:
    return [conflict.kind for conflict in found.conflicts.values()]


def labels(image: LabelledImage) -> list[str]:
    return sorted(finding.label for finding in image.findings)


# Findings


def test_what_two_sets_mark_alike_is_one_finding_with_the_box_of_the_first(
    tmp_path: Path,
) -> None:
    # 20 wide and moved by 4: 16 shared of 24, an IoU of 0.67.
    found = merged(tmp_path, [CROWN], [moved(CROWN, 4)])

    (finding,) = found.radiographs[0].settled
    assert finding.finding == CROWN
    assert finding.sets == (0, 1)
    assert finding.united == (moved(CROWN, 4),)
    assert found.conflicts == {}
    assert (found.united, found.only_from(0), found.only_from(1)) == (1, 0, 0)


def test_merging_again_changes_nothing(tmp_path: Path) -> None:
    once = merged(tmp_path, [CROWN, ROOT], [moved(CROWN, 4)])
    (image,) = once.decided({})

    again = merged(tmp_path, image.findings, [moved(CROWN, 4)])

    assert again.decided({}) == (image,)


def test_sets_of_one_class_each_are_added_to_each_other(tmp_path: Path) -> None:
    found = merged(tmp_path, [CROWN], [ROOT], [moved(CROWN, 100, "implant")])

    (image,) = found.decided({})
    assert labels(image) == ["endodontic", "implant", "restoration"]
    assert [found.only_from(number) for number in range(3)] == [1, 1, 1]


def test_what_any_of_the_sets_asks_of_a_radiograph_is_kept(tmp_path: Path) -> None:
    path = picture(tmp_path / "7.png")
    first = LabelledImage(path, SIZE, (CROWN,), cautions=("No teeth were found.",))
    second = replace(first, cautions=("May be mirrored.", "No teeth were found."))

    (image,) = merge([source("a", first), source("b", second)]).decided({})

    assert image.cautions == ("No teeth were found.", "May be mirrored.")


def test_another_class_in_the_same_place_is_a_conflict(tmp_path: Path) -> None:
    # Moved by 10: 10 shared of 30, an IoU of 0.33.
    other = moved(CROWN, 10, "implant")

    found = merged(tmp_path, [CROWN], [other, ROOT])

    (conflict,) = found.conflicts.values()
    assert conflict.kind is ConflictKind.CLASS
    assert [side.sets for side in conflict.sides] == [(0,), (1,)]
    assert conflict.box == Box(20, 10, 50, 30)
    assert [each.finding for each in found.radiographs[0].settled] == [ROOT]


def test_beside_each_other_is_not_the_same_place(tmp_path: Path) -> None:
    # Moved by 11: 9 shared of 31, an IoU of 0.29.
    found = merged(tmp_path, [CROWN], [moved(CROWN, 11), moved(CROWN, 11, "implant")])

    assert found.conflicts == {}
    assert len(found.radiographs[0].settled) == 3


def test_boxes_of_one_class_that_overlap_but_little_are_a_conflict(
    tmp_path: Path,
) -> None:
    # Moved by 8: 12 shared of 28, an IoU of 0.43.
    assert kinds(merged(tmp_path, [CROWN], [moved(CROWN, 8)])) == [ConflictKind.EXTENT]


def test_two_teeth_for_one_finding_are_a_conflict(tmp_path: Path) -> None:
    first = Finding(CROWN.box, "restoration", Tooth(3, 6))
    second = Finding(CROWN.box, "restoration", Tooth(3, 7))

    assert kinds(merged(tmp_path, [first], [second])) == [ConflictKind.TOOTH]


def test_a_tooth_that_only_the_second_set_knows_is_taken_over(tmp_path: Path) -> None:
    known = Finding(CROWN.box, "restoration", Tooth(3, 6))

    found = merged(tmp_path, [CROWN], [known])

    assert found.radiographs[0].settled[0].finding == known


@pytest.mark.parametrize("bridge_first", [True, False])
@pytest.mark.parametrize("widths", [(20, 20, 20), (33, 27)])
def test_a_bridge_and_its_units_are_one_conflict(
    tmp_path: Path, widths: tuple[int, ...], bridge_first: bool
) -> None:
    # Of 33 and 27 pixels, one unit overlaps the whole by an IoU of 0.55.
    edges = np.cumsum([20, *widths])
    units = [
        Finding(Box(float(a), 10, float(b), 30), "restoration")
        for a, b in pairwise(edges)
    ]
    bridge = [Finding(Box(20, 10, 80, 30), "restoration")]

    found = merged(tmp_path, *([bridge, units] if bridge_first else [units, bridge]))

    (conflict,) = found.conflicts.values()
    assert conflict.kind is ConflictKind.EXTENT
    counts = sorted(len(side.findings) for side in conflict.sides)
    assert counts == [1, len(units)]
    assert found.radiographs[0].settled == ()


def test_what_one_set_marks_twice_it_means_twice(tmp_path: Path) -> None:
    twice = [CROWN, moved(CROWN, 4)]

    assert len(merged(tmp_path, twice, twice).radiographs[0].settled) == 2
    assert merged(tmp_path, twice, twice).conflicts == {}


def test_other_words_for_a_class_are_no_conflict(tmp_path: Path) -> None:
    french = moved(CROWN, 1, "Restauration")

    found = merged(tmp_path, [french], [CROWN])

    assert found.radiographs[0].settled[0].finding == french
    assert found.united == 1


def test_classes_that_share_a_place_by_nature_are_no_conflict(tmp_path: Path) -> None:
    root = Finding(ROOT.box, "root")
    pair = frozenset({"Root", "endo"})

    assert kinds(merged(tmp_path, [root], [ROOT])) == [ConflictKind.CLASS]
    assert merged(tmp_path, [root], [ROOT], sharing=[pair]).conflicts == {}


def test_a_decision_keeps_the_sides_that_it_names(tmp_path: Path) -> None:
    found = merged(tmp_path, [CROWN], [moved(CROWN, 4, "implant"), ROOT])
    (place,) = found.conflicts

    def kept(*sides: int) -> list[str]:
        return labels(found.decided({place: sides})[0])

    assert kept(0) == ["endodontic", "restoration"]
    assert kept(1) == ["endodontic", "implant"]
    assert kept() == ["endodontic"]
    assert labels(found.decided({})[0]) == ["endodontic", "implant", "restoration"]
    assert choices(found, "first") == {ConflictId(0, 0): {0}}


# Radiographs


def test_pictures_of_one_name_that_look_different_are_kept_apart(
    tmp_path: Path,
) -> None:
    one = picture(tmp_path / "a" / "1.png", seed=1)
    other = picture(tmp_path / "b" / "1.png", seed=2)

    found = merge(
        [
            source("a", LabelledImage(one, SIZE, (CROWN,))),
            source("b", LabelledImage(other, SIZE, (CROWN,))),
        ]
    )

    assert [r.image.path for r in found.radiographs] == [one, other]
    assert found.notes == (f"{other} and {one} are kept apart: they look different",)


def test_a_copy_of_a_picture_is_the_same_radiograph_at_any_size(tmp_path: Path) -> None:
    one = picture(tmp_path / "a" / "1.png", seed=1)
    large = picture(tmp_path / "b" / "1.png", seed=1, size=Size(400, 200))
    twice = Finding(CROWN.box.scaled(2, 2), "restoration")

    found = merge(
        [
            source("a", LabelledImage(one, SIZE, (CROWN,))),
            source("b", LabelledImage(large, Size(400, 200), (twice,))),
        ]
    )

    (radiograph,) = found.radiographs
    assert radiograph.image.path == one
    assert [each.sets for each in radiograph.settled] == [(0, 1)]


def test_names_that_occur_in_several_folders_are_told_by_them(tmp_path: Path) -> None:
    places = [picture(tmp_path / f"{n}" / "1.png", seed=n) for n in (1, 2)]
    with_pictures = source(
        "a", *(LabelledImage(path, SIZE, (CROWN,)) for path in places)
    )
    absent = [tmp_path / "elsewhere" / f"{n}" / "1.png" for n in (2, 1)]
    without = source(
        "b",
        LabelledImage(absent[0], SIZE, (ROOT,)),
        LabelledImage(absent[1], SIZE, (ROOT, moved(ROOT, 50))),
    )

    found = merge([with_pictures, without])

    assert [r.image.path for r in found.radiographs] == places
    assert [len(r.settled) for r in found.radiographs] == [3, 2]


def test_what_may_be_any_of_several_radiographs_is_left_out_and_said(
    tmp_path: Path,
) -> None:
    places = [picture(tmp_path / f"{n}" / "1.png", seed=n) for n in (1, 2)]
    absent = tmp_path / "elsewhere" / "1.png"

    found = merge(
        [
            source("a", *(LabelledImage(path, SIZE, (CROWN,)) for path in places)),
            source("b", LabelledImage(absent, SIZE, (ROOT,))),
        ]
    )

    assert [len(r.settled) for r in found.radiographs] == [1, 1]
    assert found.failures == (f"{absent}: this may be any of {places[0]}, {places[1]}",)


def test_an_absent_picture_of_another_shape_is_another_radiograph(
    tmp_path: Path,
) -> None:
    one = picture(tmp_path / "a" / "1.png")
    absent = tmp_path / "b" / "1.png"

    found = merge(
        [
            source("a", LabelledImage(one, SIZE, (CROWN,))),
            source("b", LabelledImage(absent, Size(100, 100), (CROWN,))),
        ]
    )

    assert len(found.radiographs) == 2
    assert found.notes[0].endswith("they have 100 x 100 and 200 x 100 pixels")


def test_each_picture_is_looked_at_once_however_many_bear_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def noted(path: Path) -> Radiograph:
        read.append(path)
        return read_radiograph(path)

    monkeypatch.setattr(same_radiographs, "read_radiograph", noted)
    sets = [
        source(
            name,
            *(
                LabelledImage(picture(folder / "opg.png", n, size), size, (CROWN,))
                for n in range(8)
                for folder in [tmp_path / name / f"{name}{n}" / "patient"]
            ),
        )
        # Of another size, so that bytes do not tell that they are the same.
        for name, size in (("a", SIZE), ("b", Size(400, 200)))
    ]

    found = merge(sets)

    assert len(found.radiographs) == 8
    assert len(read) == len(set(read)) == 16


def test_of_thousands_in_folders_of_their_own_only_those_alike_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[Path, Path]] = []

    def noted(one: Path, other: Path, *, shallow: bool) -> bool:
        compared.append((one, other))
        return cmp(one, other, shallow=shallow)

    monkeypatch.setattr(same_radiographs, "cmp", noted)
    sets = [
        source(
            name,
            *(
                LabelledImage(
                    picture(tmp_path / name / f"{n}" / "1.png", seed=n), SIZE, (CROWN,)
                )
                for n in range(8)
            ),
        )
        for name in "ab"
    ]

    found = merge(sets)

    assert len(found.radiographs) == 8
    assert [(one.parent.name, other.parent.name) for one, other in compared] == [
        (f"{n}", f"{n}") for n in range(8)
    ]


# On the command line


def vott_v1(path: Path, frames: dict[str, Finding], tags: str) -> Path:
    """A project as VoTT 1 writes it, over the pictures in `images` beside it."""
    regions = {
        name: [
            dict(zip(("x1", "y1", "x2", "y2"), finding.box.corners, strict=True))
            | {
                "width": 200,
                "height": 100,
                "type": "Rectangle",
                "tags": [finding.label],
            }
        ]
        for name, finding in frames.items()
    }
    path.write_text(json.dumps({"frames": regions, "inputTags": tags}))
    return path


@pytest.fixture
def per_class(tmp_path: Path) -> list[Path]:
    """A project for each class over three pictures, as in 2018; names are hard."""
    names = ["1.png", "Über “7” 牙.png", f"{'x' * 200}.png"]
    for seed, name in enumerate(names):
        picture(tmp_path / "data" / "images" / name, seed)
    data = tmp_path / "data"
    other = moved(CROWN, 4, "implant")
    return [
        vott_v1(data / "crowns.json", dict.fromkeys(names, CROWN), "restoration"),
        vott_v1(data / "implants.json", {names[1]: other}, "implant,endo"),
    ]


@pytest.mark.parametrize("target", sorted(FORMATS))
def test_a_project_for_each_class_becomes_one_set_of_any_format(
    per_class: list[Path],
    target: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "merged"
    typed = ["merge", *map(str, per_class), "--output", str(out), "--to", target]

    assert main(typed) == 0

    said = capsys.readouterr().out
    assert "Wrote 4 findings on 3 radiographs" in said
    assert "0 findings united, 2 only in crowns, 0 only in implants; 1 conflict" in said
    assert (
        "conflict: Über “7” 牙.png: named differently: crowns has restoration,"
        " implants has implant" in said
    )
    # A table in a folder is read only where it is asked for.
    found = collect_annotations(out / "annotations.csv" if target == "csv" else out)
    assert found.failures == ()
    counts = sorted(len(image.findings) for image in found.images)
    assert counts == [1, 1, 2]
    assert all(image.path.is_relative_to(out) for image in found.images)


def test_each_finding_is_told_where_it_came_from(
    per_class: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "merged"
    main(["merge", *map(str, per_class), "--output", str(out), "--to", "coco",
          "--conflicts", "first"])  # fmt: skip

    lines = (out / "provenance.jsonl").read_text().splitlines()
    sets, *findings = map(json.loads, lines)
    assert [each["name"] for each in sets["sets"]] == ["crowns", "implants"]
    assert findings[0] == {
        "radiograph": "1.png",
        "label": "restoration",
        "box": [20, 10, 40, 30],
        "marked_by": ["crowns"],
    }
    dropped = [each for each in findings if each.get("kept") is False]
    assert [(each["label"], each["marked_by"]) for each in dropped] == [
        ("implant", ["implants"])
    ]
    assert "Kept: what crowns marked." in (out / "merge.md").read_text()


def test_sources_are_left_as_they_are_and_never_written_into(
    per_class: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def contents() -> dict[Path, bytes]:
        files = (tmp_path / "data").rglob("*.*")
        return {path: path.read_bytes() for path in files}

    before = contents()
    sources = [str(per_class[0].parent / "images"), str(per_class[1])]
    inside = per_class[0].parent / "images" / "merged"
    assert main(["merge", *sources, "--output", str(inside), "--to", "voc"]) == 1
    assert "this lies inside" in capsys.readouterr().err
    full = str(tmp_path / "data")
    assert main(["merge", *map(str, per_class), "--output", full, "--to", "voc"]) == 1
    assert "there is something in this folder" in capsys.readouterr().err
    assert contents() == before


@pytest.mark.parametrize("left", [".DS_Store", "desktop.ini", "Thumbs.db"])
def test_a_folder_is_empty_with_what_a_file_manager_left_in_it(
    per_class: list[Path], tmp_path: Path, left: str
) -> None:
    out = tmp_path / "merged"
    out.mkdir()
    (out / left).touch()

    assert (
        main(["merge", *map(str, per_class), "--output", str(out), "--to", "voc"]) == 0
    )

    assert (out / "merge.md").is_file()


def test_what_fails_is_listed_and_the_rest_is_done(
    per_class: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data" / "images" / "1.png").unlink()
    out = tmp_path / "merged"

    status = main(["merge", *map(str, per_class), "--output", str(out), "--to", "voc"])

    assert status == 1
    assert "the picture is not there and cannot be copied" in capsys.readouterr().err
    assert len(collect_annotations(out).images) == 2
    assert "## Left out" in (out / "merge.md").read_text()


def test_a_merge_that_is_stopped_leaves_nothing(
    per_class: list[Path], tmp_path: Path
) -> None:
    def stop(what: str, done: int, _total: int) -> None:
        if (what, done) == ("Writing", 2):
            raise KeyboardInterrupt

    found = merge(read_sets(per_class))
    with pytest.raises(KeyboardInterrupt):
        write_merge(found, {}, tmp_path / "merged", format_name="voc", tell=stop)

    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def _merge_slowly(sets: list[Path], destination: Path) -> None:
    def wait(what: str, done: int, _total: int) -> None:
        if (what, done) == ("Writing", 2):
            time.sleep(60)

    write_merge(merge(read_sets(sets)), {}, destination, format_name="coco", tell=wait)


def test_a_merge_that_is_killed_leaves_nothing_where_it_was_to_go(
    per_class: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "merged"
    process = multiprocessing.get_context("spawn").Process(
        target=_merge_slowly, args=(per_class, out)
    )
    process.start()
    until = time.monotonic() + 30
    while not list(tmp_path.rglob(".merged.unfinished/merged/images/*.png")):
        assert time.monotonic() < until, "nothing was ever written"
        time.sleep(0.02)
    process.kill()
    process.join()
    assert not out.exists()

    again = write_merge(merge(read_sets(per_class)), {}, out, format_name="coco")

    assert again.radiographs == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "merged"]


def test_a_merged_set_that_is_read_for_a_moment_appears_after_it(
    per_class: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a scanner of viruses, on Windows."""
    found = merge(read_sets(per_class))
    out = tmp_path / "merged"
    as_on_windows(monkeypatch)
    monkeypatch.setattr(os, "replace", held(os.replace, 3, ending="merged"))

    write_merge(found, {}, out, format_name="coco")

    assert len(collect_annotations(out).images) == 3


def test_a_place_that_cannot_be_written_is_named(
    per_class: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    found = merge(read_sets(per_class))

    with pytest.raises(AnnotationFileError, match="file/merged: cannot be written"):
        write_merge(found, {}, tmp_path / "file" / "merged", format_name="voc")


def test_numbered_frames_that_may_be_either_picture_are_not_guessed(
    per_class: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    numbered = vott_v1(tmp_path / "data" / "images.json", {"1": ROOT}, "endodontic")
    out = tmp_path / "merged"
    sets = [str(per_class[0]), str(numbered)]

    assert main(["merge", *sets, "--output", str(out), "--to", "coco"]) == 1

    assert "images.json" in capsys.readouterr().err
    assert all(
        labels(image) == ["restoration"] for image in collect_annotations(out).images
    )


def test_two_exports_of_one_set_unite_wholly(tmp_path: Path) -> None:
    path = picture(tmp_path / "images" / "7.png")
    image = LabelledImage(path, SIZE, (CROWN, ROOT))
    first = write_annotations([image], tmp_path / "voc", "voc", copy_images=True)
    second = write_annotations([image], tmp_path / "vott2", "vott2", copy_images=True)

    found = merge(read_sets([first.path, second.path]))

    assert (len(found.radiographs), found.united, len(found.conflicts)) == (1, 2, 0)
    assert [each.name for each in found.sets] == ["voc", "vott2"]


@pytest.mark.parametrize("target", ["voc", "vott2", "yolo", "labelme", "coco"])
def test_a_merged_set_with_sub_folders_is_read_again_and_merged_again(
    tmp_path: Path, target: str
) -> None:
    places = [picture(tmp_path / f"clinic {n}" / "1.png", seed=n) for n in (1, 2)]
    images = [LabelledImage(path, SIZE, (moved(CROWN, 5),)) for path in places]
    found = merge([source("a", images[0]), source("b", images[1])])

    first = write_merge(found, {}, tmp_path / "first", format_name=target)
    shutil.copytree(tmp_path / "first", tmp_path / "second")
    again = merge(read_sets([first.path, tmp_path / "second"]))

    assert again.failures == ()
    assert [r.sets for r in again.radiographs] == [(0, 1), (0, 1)]
    assert again.united == 2
    assert all(r.image.path.is_file() for r in again.radiographs)


def test_regions_of_copied_projects_keep_apart(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "7.png")
    sets = []
    for name, finding in (("one", CROWN), ("two", ROOT)):
        path = vott_v1(tmp_path / f"{name}.json", {"7.png": finding}, finding.label)
        text = path.read_text().replace('"type"', '"UID": "aaaa0001", "id": 0, "type"')
        path.write_text(text)
        sets.append(path)

    out = write_merge(
        merge(read_sets(sets)), {}, tmp_path / "merged", format_name="vott1"
    )

    regions = json.loads(out.path.read_text())["frames"]["7.png"]
    assert len({region["UID"] for region in regions}) == 2
    assert len({region["id"] for region in regions}) == 2
    assert regions[0]["UID"] == "aaaa0001"


# Classes


def test_tags_and_colours_are_united_and_the_first_set_has_its_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture(tmp_path / "images" / "7.png")
    sets = []
    for name, finding, tags, colors in (
        ("one", CROWN, "restoration,Root", ["#111111", "#222222"]),
        ("two", moved(ROOT, 0, "root"), "root,apical_lesion", ["#333333", "#444444"]),
    ):
        path = vott_v1(tmp_path / f"{name}.json", {"7.png": finding}, tags)
        value = json.loads(path.read_text())
        path.write_text(json.dumps({**value, "tag_colors": colors}))
        sets.append(str(path))
    out = tmp_path / "merged"

    assert main(["merge", *sets, "--output", str(out), "--to", "vott1"]) == 0

    (project,) = (json.loads(path.read_text()) for path in out.glob("*.json"))
    assert project["inputTags"] == "restoration,Root,apical_lesion"
    assert project["tag_colors"] == ["#111111", "#222222", "#444444"]
    regions = [region["tags"] for region in project["frames"]["7.png"]]
    assert regions == [["restoration"], ["Root"]]
    said = capsys.readouterr().out
    assert 'two: the class "root" is written "Root"' in said
    assert 'two: the class "Root" has the color #222222 of another set' in said


def test_what_is_lost_of_the_classes_is_told_once_of_the_merged_set(
    tmp_path: Path,
) -> None:
    picture(tmp_path / "images" / "7.png")
    tags = "restoration,endodontic,never"
    for name, finding in ("one", CROWN), ("two", ROOT):
        path = vott_v1(tmp_path / f"{name}.json", {"7.png": finding}, tags)
        value = json.loads(path.read_text())
        path.write_text(json.dumps({**value, "tag_colors": ["#111111"] * 3}))
    sets = [tmp_path / "one.json", tmp_path / "two.json"]

    found = merge(read_sets(sets))
    out = write_merge(found, {}, tmp_path / "merged", format_name="labelme")

    assert [note for note in out.notes if "class" in note] == [
        "labelme has no room for the colors of 3 classes",
        "labelme has no room for classes that do not occur: 'never'",
    ]


def test_a_set_that_says_nothing_of_any_radiograph_is_refused(
    per_class: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A slip of the pen would count as a reader who has read nothing."""
    empty, out = tmp_path / "empty", tmp_path / "merged"
    empty.mkdir()

    sets = [str(per_class[0]), str(empty)]
    assert main(["merge", *sets, "--output", str(out), "--to", "coco"]) == 1

    assert f"{empty}: there are no annotations" in capsys.readouterr().err
    assert not out.exists()


def test_a_set_in_a_folder_that_is_closed_to_the_reader_is_named(
    per_class: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    close(closed, monkeypatch)

    sets, out = [str(per_class[0]), str(closed)], str(tmp_path / "merged")
    assert main(["merge", *sets, "--output", out, "--to", "coco"]) == 1

    assert f"failed: closed: {closed}: Permission denied" in capsys.readouterr().err
