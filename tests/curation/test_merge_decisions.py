"""Decisions on a merge outlive the program, and fit only what they were made on."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dentalviewer.curation.merge import merge
from dentalviewer.curation.merge_decisions import (
    BegunMerge,
    begun_merges,
    conflict_keys,
    forget_begun,
    kept_by_key,
    kept_choices,
    read_begun,
    write_begun,
)
from dentalviewer.curation.merged import ConflictId, Merge, SourceSet
from dentalviewer.errors import FileError, NewerMergeError
from dentalviewer.formats import LabelledImage
from dentalviewer.formats.collected import Collected
from dentalviewer.geometry import Box, Size
from dentalviewer.study import Finding

WHEN = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
PLACES = [Box(100, 100, 200, 180), Box(300, 100, 400, 180), Box(500, 100, 600, 180)]


def merged(first: Sequence[str], second: Sequence[str]) -> Merge:
    """Two sets over one picture, which name what is in the three places."""
    sets = [
        SourceSet(
            name,
            Path("/sets", name),
            Collected(
                (
                    LabelledImage(
                        Path("/pictures/pan.png"),
                        Size(1000, 500),
                        tuple(map(Finding, PLACES, labels)),
                    ),
                )
            ),
        )
        for name, labels in (("a", first), ("b", second))
    ]
    return merge(sets)


def begun(sets: tuple[Path, ...], *, when: datetime = WHEN) -> BegunMerge:
    return BegunMerge(sets, "/out", "voc", when, 3, {"ab": [0, 1], "cd": []})


@pytest.fixture
def sets(tmp_path: Path) -> tuple[Path, ...]:
    found = (tmp_path / "Größe 1", tmp_path / '齿 "2"')
    for path in found:
        path.mkdir()
    return found


def test_what_was_written_is_read_again(tmp_path: Path, sets: tuple[Path, ...]) -> None:
    write_begun(tmp_path / "user", begun(sets))

    assert read_begun(tmp_path / "user", sets) == begun(sets)
    # Another order of trust is another merge.
    assert read_begun(tmp_path / "user", sets[::-1]) is None


def test_with_another_number_of_votes_it_is_another_merge(
    tmp_path: Path, sets: tuple[Path, ...]
) -> None:
    majority = replace(begun(sets), at_least=2, kept={"ef": [1]})
    write_begun(tmp_path, begun(sets))
    write_begun(tmp_path, majority)

    assert read_begun(tmp_path, sets) == begun(sets)
    assert read_begun(tmp_path, sets, 2) == majority
    forget_begun(tmp_path, sets)
    assert begun_merges(tmp_path) == (majority,)


def test_a_set_may_have_any_name(tmp_path: Path) -> None:
    sets = (tmp_path / os.fsdecode(b"gr\xfcn"), tmp_path / "other")

    write_begun(tmp_path / "user", begun(sets))

    assert read_begun(tmp_path / "user", sets) == begun(sets)


def test_what_was_forgotten_is_gone(tmp_path: Path, sets: tuple[Path, ...]) -> None:
    write_begun(tmp_path, begun(sets))
    forget_begun(tmp_path, sets)
    forget_begun(tmp_path, sets)

    assert read_begun(tmp_path, sets) is None


def test_the_newest_comes_first_and_none_whose_sets_are_gone(
    tmp_path: Path, sets: tuple[Path, ...]
) -> None:
    later = replace(begun(sets[::-1]), when=WHEN.replace(hour=6))
    for each in (begun(sets), later, begun((sets[0], tmp_path / "gone"))):
        write_begun(tmp_path / "user", each)

    assert begun_merges(tmp_path / "user") == (later, begun(sets))
    assert begun_merges(tmp_path / "nowhere") == ()


def test_a_damaged_file_is_set_aside_and_told_of(
    tmp_path: Path, sets: tuple[Path, ...]
) -> None:
    write_begun(tmp_path / "user", begun(sets))
    (path,) = (tmp_path / "user").iterdir()
    path.write_bytes(path.read_bytes()[:-9])

    with pytest.raises(FileError, match="set aside"):
        read_begun(tmp_path / "user", sets)

    assert read_begun(tmp_path / "user", sets) is None
    assert [p.name for p in path.parent.iterdir()] == [f"{path.name}.unreadable"]


def test_what_a_newer_program_kept_is_left_as_it_is(
    tmp_path: Path, sets: tuple[Path, ...]
) -> None:
    folder = tmp_path / "user"
    write_begun(folder, begun(sets))
    (path,) = folder.iterdir()
    newer = path.read_bytes().replace(b'"version": 1', b'"version": 2')
    path.write_bytes(newer)

    assert begun_merges(folder) == ()
    with pytest.raises(NewerMergeError, match="newer dentalviewer"):
        read_begun(folder, sets)
    with pytest.raises(NewerMergeError, match="newer dentalviewer"):
        write_begun(folder, begun(sets))
    forget_begun(folder, sets)

    assert [each.name for each in folder.iterdir()] == [path.name]
    assert path.read_bytes() == newer


def test_decisions_are_known_again_by_what_they_are_about(
    sets: tuple[Path, ...],
) -> None:
    before = merged(["restoration"] * 3, ["implant", "implant", "endodontic"])
    choices = {
        ConflictId(0, 0): frozenset({0}),
        ConflictId(0, 1): frozenset({0, 1}),
        ConflictId(0, 2): frozenset[int](),
    }
    kept = kept_by_key(conflict_keys(before), choices)
    state = replace(begun(sets), kept=kept)
    assert kept_choices(conflict_keys(before), state) == choices

    # The second set calls the first place as the first set does, and the second place
    # something else: what was the third conflict is now the second.
    after = merged(["restoration"] * 3, ["restoration", "endodontic", "endodontic"])

    assert kept_choices(conflict_keys(after), state) == {ConflictId(0, 1): frozenset()}
