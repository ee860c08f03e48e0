"""A merged set keeps what enough of the sets mark; what becomes of the rest is told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from dentalviewer.cli import main
from dentalviewer.curation.merge import merge
from dentalviewer.curation.merged import ConflictKind, Merge
from dentalviewer.dentition import Tooth
from dentalviewer.formats import LabelledImage, write_annotations
from dentalviewer.formats.coco_export import write_coco
from dentalviewer.formats.collecting import collect_annotations
from dentalviewer.formats.conversion import convert
from dentalviewer.geometry import Size
from dentalviewer.study import Finding
from tests.curation.test_merge import CROWN, ROOT, SIZE, moved, picture, source


def voted(tmp_path: Path, at_least: int, *sets: Sequence[Finding]) -> Merge:
    """Of sets that have all read one radiograph."""
    path = picture(tmp_path / "pictures" / "7.png")
    sources = [
        source(name, LabelledImage(path, SIZE, tuple(findings)))
        for name, findings in zip("abcd", sets, strict=False)
    ]
    return merge(sources, at_least=at_least)


def kept(found: Merge) -> list[Finding]:
    return [each.finding for each in found.radiographs[0].settled]


def outvoted(found: Merge) -> list[Finding]:
    return [each.finding for each in found.radiographs[0].outvoted]


def test_what_a_majority_marks_is_kept_with_the_box_of_the_most_trusted_of_it(
    tmp_path: Path,
) -> None:
    # Moved by 2 of a width of 20: 18 shared of 22, an IoU of 0.82.
    found = voted(tmp_path, 2, [ROOT], [CROWN], [moved(CROWN, 2)])

    assert kept(found) == [CROWN]
    assert outvoted(found) == [ROOT]


@pytest.mark.parametrize(("at_least", "count"), [(1, 3), (2, 2), (3, 1)])
def test_the_more_votes_a_finding_needs_the_fewer_are_kept(
    tmp_path: Path, at_least: int, count: int
) -> None:
    far = moved(CROWN, 100)

    found = voted(tmp_path, at_least, [CROWN, ROOT, far], [CROWN, ROOT], [CROWN])

    assert len(kept(found)) == count
    assert len(outvoted(found)) == 3 - count


def test_what_one_set_marks_twice_has_one_vote(tmp_path: Path) -> None:
    found = voted(tmp_path, 2, [CROWN, moved(CROWN, 1)], [], [])

    assert kept(found) == []
    assert len(outvoted(found)) == 2


def test_a_majority_decides_what_would_be_a_conflict(tmp_path: Path) -> None:
    implant = moved(CROWN, 0, "implant")

    found = voted(tmp_path, 2, [implant], [CROWN], [CROWN])

    assert found.conflicts == {}
    assert kept(found) == [CROWN]
    assert outvoted(found) == [implant]


def test_two_against_two_are_still_a_conflict(tmp_path: Path) -> None:
    implant = moved(CROWN, 0, "implant")

    found = voted(tmp_path, 2, [CROWN], [implant], [CROWN], [implant])

    (conflict,) = found.conflicts.values()
    assert conflict.kind is ConflictKind.CLASS
    assert [side.sets for side in conflict.sides] == [(0, 2), (1, 3)]


def test_a_place_that_enough_mark_but_none_alike_is_a_split_vote(
    tmp_path: Path,
) -> None:
    # Moved by 8: 12 shared of 28, an IoU of 0.43.
    found = voted(tmp_path, 2, [CROWN], [moved(CROWN, 8)], [])

    (split,) = found.radiographs[0].split_votes
    assert split.kind is ConflictKind.EXTENT
    assert kept(found) == []
    assert found.conflicts == {}


def test_a_set_without_the_radiograph_is_no_vote_and_one_without_findings_is_against(
    tmp_path: Path,
) -> None:
    """Two of three sets: one marks a crown, the third never saw the radiograph."""
    both = [picture(tmp_path / "pictures" / f"{n}.png", seed=n) for n in (1, 2)]
    first, second = (LabelledImage(path, SIZE, (CROWN,)) for path in both)
    sets = [
        source("a", first, second),
        source("b", first, LabelledImage(both[1], SIZE, ())),
        source("c", LabelledImage(both[1], SIZE, ())),
    ]

    found = merge(sets, at_least=2)

    assert [each.sets for each in found.radiographs] == [(0, 1), (0, 1, 2)]
    assert [len(each.settled) for each in found.radiographs] == [1, 0]
    assert [len(each.outvoted) for each in found.radiographs] == [0, 1]


def test_a_radiograph_that_too_few_have_read_is_left_out(tmp_path: Path) -> None:
    paths = [picture(tmp_path / "pictures" / f"{n}.png", seed=n) for n in (1, 2)]
    first, second = (LabelledImage(path, SIZE, (CROWN,)) for path in paths)

    found = merge([source("a", first, second), source("b", first)], at_least=2)

    assert [image.path for image in found.decided({})] == [paths[0]]
    assert [each.image.path for each in found.read_by_too_few] == [paths[1]]


@pytest.fixture
def readers(tmp_path: Path) -> list[Path]:
    """Three, of the radiographs 1, 2 and 3; the third has read the first alone.

    Of 1 all mark the crown and the second reader a root, of 2 the first marks a crown
    and the second nothing, of 3 none but the first says anything.
    """
    size = Size(200, 100)
    root = Finding(ROOT.box, ROOT.label, Tooth(3, 6))
    said: dict[str, list[tuple[Finding, ...]]] = {
        "anna": [(CROWN,), (CROWN,), (CROWN, ROOT)],
        "berta": [(moved(CROWN, 2), root), ()],
        "chris": [(moved(CROWN, 4),)],
    }
    paths = []
    for name, radiographs in said.items():
        images = [
            LabelledImage(picture(tmp_path / "in" / f"{n}.png", seed=n), size, findings)
            for n, findings in enumerate(radiographs, 1)
        ]
        folder = tmp_path / name
        write_annotations(images, folder, "coco", copy_images=True)
        paths.append(folder)
    return paths


def merge_of(readers: list[Path], out: Path, *words: str) -> list[str]:
    return ["merge", *map(str, readers), "--output", str(out), "--to", "coco", *words]


def test_what_too_few_mark_is_counted_and_listed(
    readers: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "merged"

    assert main(merge_of(readers, out, "--at-least", "2")) == 0

    said = capsys.readouterr().out
    assert "Wrote 1 finding on 2 radiographs" in said
    assert (
        "1 finding that at least 2 of the sets mark, 2 that fewer mark are left out;"
        " 0 conflicts; 1 radiograph that fewer than 2 have read is left out" in said
    )
    account = (out / "merge.md").read_text()
    assert "no vote against" in account
    assert (
        "## Marked by fewer than 2\n\n"
        "- 1.png: berta has endodontic treatment at 36 (FDI), anna and chris do not;"
        " box 22, 32, 36, 70.\n"
        "- 2.png: anna has restoration, berta does not; box 20, 10, 40, 30.\n"
    ) in account
    assert "## Read by fewer than 2\n\n- 3.png: anna has 2 findings.\n" in account
    images = collect_annotations(out).images
    assert sorted((i.path.name, len(i.findings)) for i in images) == [
        ("1.png", 1),
        ("2.png", 0),
    ]


def test_the_provenance_has_what_was_outvoted_as_not_kept(
    readers: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "merged"
    main(merge_of(readers, out, "--at-least", "2"))

    _, *lines = map(json.loads, (out / "provenance.jsonl").read_text().splitlines())
    said = [(each["radiograph"], each["label"], each.get("kept")) for each in lines]
    assert said == [
        ("1.png", "restoration", None),
        ("1.png", "endodontic", False),
        ("2.png", "restoration", False),
        ("3.png", "restoration", False),
        ("3.png", "endodontic", False),
    ]


def test_a_split_vote_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = picture(tmp_path / "in" / "1.png")
    readers = []
    for name, finding in (("anna", CROWN), ("berta", moved(CROWN, 0, "implant"))):
        image = LabelledImage(path, SIZE, (finding,))
        write_annotations([image], tmp_path / name, "coco", copy_images=True)
        readers.append(tmp_path / name)

    main(merge_of(readers, tmp_path / "merged", "--at-least", "2"))

    line = "1.png: named differently: anna has restoration, berta has implant"
    assert f"split vote: {line}" in capsys.readouterr().out
    account = (tmp_path / "merged" / "merge.md").read_text()
    assert f"## Split votes\n\n- {line}.\n" in account


def test_sets_without_a_radiograph_in_common_have_nothing_to_vote_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    readers = []
    for number, name in enumerate(("anna", "berta")):
        path = picture(tmp_path / "in" / f"{number}.png", seed=number)
        image = LabelledImage(path, SIZE, (CROWN,))
        write_annotations([image], tmp_path / name, "coco", copy_images=True)
        readers.append(tmp_path / name)

    status = main(merge_of(readers, tmp_path / "merged", "--at-least", "2"))

    assert status == 1
    assert "no radiograph was read by 2 of the sets" in capsys.readouterr().err
    assert not (tmp_path / "merged").exists()


@pytest.mark.parametrize("words", [(), ("--at-least", "2")])
def test_a_reader_does_not_vote_twice_by_a_set_and_by_a_file_within_it(
    words: tuple[str, ...],
    readers: list[Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    anna = readers[0]
    spelled = anna.parent / "." / ".." / anna.parent.name / anna.name
    (file,) = anna.rglob("*.json")
    for one, other in ((anna, anna), (anna, spelled), (anna, file), (file, anna)):
        given = [one, *readers[1:], other]

        assert main(merge_of(given, tmp_path / "merged", *words)) == 1

        told = f"{other}: this is read from a file of {one} as well"
        assert told in capsys.readouterr().err
        assert not (tmp_path / "merged").exists()


@pytest.mark.parametrize("exported", ["coco", "voc"])
def test_a_reader_does_not_vote_twice_by_a_project_and_by_an_export_in_its_folder(
    exported: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = tmp_path / "images"
    image = LabelledImage(picture(images / "1.png"), SIZE, (CROWN,))
    write_annotations([image], images, "labelme")
    for name in ("vott2", exported):
        convert(images, tmp_path / "anna", format_name=name, copy_images=False)
    folders = {"coco": "annotations", "voc": "Annotations"}
    given = [tmp_path / "anna", tmp_path / "anna" / folders[exported]]

    assert main(merge_of(given, tmp_path / "merged")) == 1

    assert "one reader would count twice" in capsys.readouterr().err


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (1, 2, 0)])
def test_a_project_of_vott_and_the_export_beside_it_have_one_vote(
    order: tuple[int, int, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = LabelledImage(picture(tmp_path / "images" / "1.png"), SIZE, (CROWN, ROOT))
    project = write_annotations([image], tmp_path / "anna", "vott2").path
    export = tmp_path / "anna" / "vott-json-export" / "anna-export.json"
    other = replace(image, findings=(moved(CROWN, 2),))
    berta = write_annotations([other], tmp_path / "berta", "coco").path
    given = [(project, export, berta)[number] for number in order]

    assert main(merge_of(given, tmp_path / "merged", "--at-least", "2")) == 0

    said = capsys.readouterr().out
    assert f"{export} is the export of {project}, and says nothing else" in said
    # What both readers mark, and not the root that anna has in two files.
    assert "1 finding that at least 2 of the sets mark, 1 that fewer mark" in said


def test_a_project_of_vott_and_its_export_alone_are_no_two_sets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = LabelledImage(picture(tmp_path / "images" / "1.png"), SIZE, (CROWN,))
    project = write_annotations([image], tmp_path / "anna", "vott2").path
    export = tmp_path / "anna" / "vott-json-export" / "anna-export.json"
    berta = write_annotations([image], tmp_path / "berta", "coco").path

    assert main(merge_of([project, export], tmp_path / "merged")) == 1
    assert "one reader, who counts once" in capsys.readouterr().err

    given = [project, export, berta]
    assert main(merge_of(given, tmp_path / "merged", "--at-least", "3")) == 1
    assert "--at-least 3: there are only 2 sets" in capsys.readouterr().err
    assert not (tmp_path / "merged").exists()


def test_who_drew_otherwise_in_a_copy_of_the_project_keeps_the_vote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = LabelledImage(picture(tmp_path / "images" / "1.png"), SIZE, (CROWN,))
    project = write_annotations([image], tmp_path / "anna", "vott2").path
    other = replace(image, findings=(moved(CROWN, 2),))
    write_annotations([other], tmp_path / "copy" / "anna", "vott2")
    copied = tmp_path / "copy" / "anna" / "vott-json-export" / "anna-export.json"

    assert main(merge_of([project, copied], tmp_path / "one", "--at-least", "2")) == 0
    assert "1 finding that at least 2" in capsys.readouterr().out

    # Nor is it lost where it lies beside the project, but that is said.
    beside = copied.rename(project.with_name("of-berta.json"))
    assert main(merge_of([project, beside], tmp_path / "two", "--at-least", "2")) == 0
    said = capsys.readouterr().out
    assert "1 finding that at least 2" in said
    assert f"{beside} lies beside {project} as its export, but says something" in said


def test_what_lies_in_the_folder_of_a_set_and_is_no_part_of_it_is_another_reader(
    tmp_path: Path,
) -> None:
    image = LabelledImage(picture(tmp_path / "anna" / "1.png"), SIZE, (CROWN,))
    write_annotations([image], tmp_path / "anna", "labelme")
    found = replace(image, findings=(moved(CROWN, 2),))
    (tmp_path / "anna" / "found").mkdir()
    write_coco([found], tmp_path / "anna", file_name="found/said.json", refer=True)
    given = [tmp_path / "anna", tmp_path / "anna" / "found"]

    assert main(merge_of(given, tmp_path / "merged", "--at-least", "2")) == 0


def test_a_set_that_has_a_radiograph_twice_has_one_vote(tmp_path: Path) -> None:
    image = LabelledImage(picture(tmp_path / "7.png"), SIZE, (CROWN,))

    found = merge([source("a", image, image), source("b")], at_least=2)

    assert found.radiographs == ()
    assert [each.finding for each in found.read_by_too_few[0].settled] == []


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("4", "--at-least 4: there are only 3 sets."),
        ("0", "not a whole number above 0: 0"),
        ("-1", "not a whole number above 0: -1"),
        ("half", "not a whole number above 0: half"),
    ],
)
def test_more_votes_than_sets_or_less_than_one_are_refused(
    readers: list[Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    number: str,
    fault: str,
) -> None:
    try:
        status = main(merge_of(readers, tmp_path / "merged", f"--at-least={number}"))
    except SystemExit as end:
        status = int(end.code or 0)

    assert status != 0
    assert fault in capsys.readouterr().err
    assert not (tmp_path / "merged").exists()
