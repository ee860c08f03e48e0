"""A project of VoTT 2 and its own export are one reader; who may be another is two."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dentalviewer.formats.heard_once import Repetition, repetition_of
from dentalviewer.formats.vott_v2_repeats import Repeat, repeat_of

FILES = Path(__file__).parent / "files"
ASSET = "0c4b8b0e5b1f4b0d9f2d8e7a6c5b4a39"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """As VoTT wrote it, with the export that it wrote beside it."""
    folder = tmp_path / "anna"
    shutil.copytree(FILES / "vott-v2", folder)
    (folder / "vott-json-export").mkdir()
    shutil.copy(FILES / "vott-v2-export.json", export_of(folder / "P.vott"))
    return folder / "P.vott"


def export_of(project: Path) -> Path:
    return project.parent / "vott-json-export" / "P-export.json"


def change(path: Path, act: Callable[[dict[str, Any]], object]) -> Path:
    content = json.loads(path.read_text("utf-8"))
    act(content)
    path.write_text(json.dumps(content), "utf-8")
    return path


def move_a_box(content: dict[str, Any]) -> None:
    content["assets"][ASSET]["regions"][0]["boundingBox"]["left"] += 1


def test_the_export_beside_a_project_is_by_the_same_reader(project: Path) -> None:
    export = export_of(project)

    assert repeat_of([export], [project]) == (export, project, Repeat.SURE)
    assert repetition_of([project], [[], [export]]) == Repetition(
        1,
        is_later=False,
        is_sure=True,
        note=f"{export} is the export of {project}, and says nothing else: one reader,"
        " who counts once",
    )


def test_a_project_is_known_by_the_files_of_its_images(project: Path) -> None:
    asset = project.with_name(f"{ASSET}-asset.json")

    found = repeat_of([export_of(project)], [asset])

    assert found == (export_of(project), project, Repeat.SURE)


def test_an_export_that_was_renamed_or_lies_beside_the_project_itself_is_its_own(
    project: Path,
) -> None:
    moved = export_of(project).rename(project.with_name("of-today.json"))

    assert repeat_of([moved], [project]) == (moved, project, Repeat.SURE)


def test_a_project_may_say_more_than_when_its_export_was_written(project: Path) -> None:
    """Only of the radiographs that the export speaks of it has to say the same."""
    other = "11111111111111111111111111111111"
    asset = json.loads(project.with_name(f"{ASSET}-asset.json").read_text("utf-8"))
    asset["asset"] |= {"id": other, "name": "8.png", "path": "file:C:/8.png"}
    project.with_name(f"{other}-asset.json").write_text(json.dumps(asset), "utf-8")

    found = repeat_of([export_of(project)], [project])

    assert found is not None
    assert found[2] is Repeat.SURE


def test_an_export_that_says_something_else_may_be_another_readers(
    project: Path,
) -> None:
    change(export_of(project), move_a_box)

    found = repetition_of([export_of(project)], [[project]])

    assert found is not None
    assert not found.is_sure
    assert "says something else, so both count" in found.note


def test_an_export_that_lies_elsewhere_may_be_another_readers(
    project: Path, tmp_path: Path
) -> None:
    (tmp_path / "berta").mkdir()
    copied = Path(shutil.copy(export_of(project), tmp_path / "berta"))

    found = repetition_of([copied], [[project]])

    assert found is not None
    assert not found.is_sure
    assert "word for word, and both count" in found.note


def test_who_got_a_copy_of_the_project_and_drew_otherwise_is_another_reader(
    project: Path, tmp_path: Path
) -> None:
    (tmp_path / "berta").mkdir()
    copied = Path(shutil.copy(export_of(project), tmp_path / "berta"))

    assert repeat_of([change(copied, move_a_box)], [project]) is None


def test_the_export_of_another_project_is_another_readers(project: Path) -> None:
    export = change(export_of(project), lambda content: content.update(id="Other-1de"))

    assert repeat_of([export], [project]) is None


def test_two_copies_of_a_project_are_two_readers(project: Path, tmp_path: Path) -> None:
    shutil.copytree(project.parent, tmp_path / "berta")

    assert repeat_of([tmp_path / "berta" / "P.vott"], [project]) is None


def test_an_export_is_of_the_project_beside_it_though_a_copy_was_given_before(
    project: Path, tmp_path: Path
) -> None:
    shutil.copytree(project.parent, tmp_path / "berta")
    copied = tmp_path / "berta" / "P.vott"

    for before in ([[copied], [project]], [[project], [copied]]):
        found = repetition_of([export_of(project)], before)

        assert found is not None
        assert found.is_sure
        assert before[found.number] == [project]


def test_a_damaged_export_is_no_repeat(project: Path) -> None:
    export_of(project).write_text("{")

    assert repeat_of([export_of(project)], [project]) is None
