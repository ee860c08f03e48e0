"""What a pattern finds in the paths of radiographs, in words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dentalviewer.curation.patient_pattern import (
    Told,
    compiled_pattern,
    told_of_pattern,
)

PATHS = [Path(f"/clinic/patient-{n // 2}/{n}.png") for n in range(6)]


def finds(text: str, paths: list[Path] = PATHS) -> Told:
    pattern = compiled_pattern(text)
    assert pattern is not None
    return told_of_pattern(pattern, paths)


def told(text: str, paths: list[Path] = PATHS) -> str:
    return finds(text, paths).words


def test_only_a_pattern_that_keeps_something_together_helps() -> None:
    assert finds("patient-([0-9]+)").helps
    assert not finds("pat_([0-9]+)").helps
    assert not finds("clinic").helps


def test_patients_are_counted_with_an_example() -> None:
    assert told("patient-([0-9]+)") == (
        '3 patients on 6 radiographs of all 6, such as "0" in patient-0/0.png.'
    )


def test_that_no_two_are_of_one_patient_is_said() -> None:
    assert told(r"(\d+)\.png").endswith("No two are of one patient.")


def test_a_pattern_that_finds_nothing_says_so_with_a_path() -> None:
    words = "It finds no patient in all 6 paths, such as /clinic/patient-0/0.png."
    assert told("pat_([0-9]+)") == words


def test_what_is_the_same_everywhere_is_nobody() -> None:
    assert told("clinic").startswith(
        'It finds "clinic" in 6 of 6 paths, which is taken'
    )


def test_radiographs_in_whose_paths_nobody_is_found_are_told_of() -> None:
    paths = [*PATHS, Path("/clinic/scan.png")]

    assert told("patient-([0-9]+)", paths).endswith(
        "In 1 it finds none, such as scan.png."
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("(", "not a regular expression: missing ), unterminated subpattern"),
        ("a**", "not a regular expression: multiple repeat at character 3"),
        ("a{99999999999}", "not a regular expression: the repetition number is too"),
        ("(" * 3000, "not a regular expression: "),
    ],
)
def test_what_is_no_pattern_is_refused_with_its_place(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        compiled_pattern(text)


def test_nothing_typed_is_no_pattern() -> None:
    assert compiled_pattern("  ") is None
