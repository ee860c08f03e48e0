"""What a pattern finds in the paths of radiographs, in words."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from dentalviewer.curation.patient_pattern import Told, told_of_pattern
from dentalviewer.errors import PatternTooSlow
from dentalviewer.patients import patient_pattern, patients_of

PATHS = [Path(f"/clinic/patient-{n // 2}/{n}.png") for n in range(6)]


def finds(text: str, paths: list[Path] = PATHS) -> Told:
    pattern = patient_pattern(text)
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
        ("(" * 900, "not a regular expression: "),
    ],
)
def test_what_is_no_pattern_is_refused_with_its_place(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        patient_pattern(text)


def test_nothing_typed_is_no_pattern() -> None:
    assert patient_pattern("  ") is None


# Each `a` may be the one or the other, so that there are 2 to the 60th ways to try.
ENDLESS = "(a|a)*$"
LONG_NAME = Path("/clinic") / f"{'a' * 60}!.png"


def test_what_would_take_years_is_given_up_and_named_with_the_path() -> None:
    begun = time.monotonic()

    with pytest.raises(PatternTooSlow, match=re.escape(ENDLESS)) as raised:
        finds(ENDLESS, [LONG_NAME])

    assert str(LONG_NAME) in str(raised.value)
    assert time.monotonic() - begun < 5
    with pytest.raises(PatternTooSlow, match="takes too long"):
        patients_of([LONG_NAME], pattern=patient_pattern(ENDLESS))


def test_what_is_slow_on_each_path_is_told_of_those_that_were_tried() -> None:
    # Some milliseconds for each, which is too much for thousands.
    paths = [Path(f"/clinic/{'a' * 150}/{n}.png") for n in range(5_000)]
    begun = time.monotonic()

    words = told("a.*a.*b|([0-9]+).png", paths)

    assert re.search(r"of the first [\d,]+ of 5,000, such as", words)
    assert time.monotonic() - begun < 5


def test_what_is_slow_on_each_of_many_paths_is_given_up_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dentalviewer.patients.WHOLE_PATIENCE_SECONDS", 0.2)
    paths = [Path(f"/clinic/{'a' * 150}/{n}.png") for n in range(5_000)]

    with pytest.raises(PatternTooSlow):
        patients_of(paths, pattern=patient_pattern("a.*a.*b|([0-9]+).png"))


@pytest.mark.parametrize(
    "text", ["a{5000000}", "((a{100}){100}){100}", "(?:(a{3})|b){99999}"]
)
def test_what_would_take_all_memory_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="repeats too often"):
        patient_pattern(text)


PLACE = "C:/clinic/Müller_{Hans}/2026-01-02/patient 7-A/0f8fad5b-d9cb.png"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"(\d{4})-(\d{2})-(\d{2})/.{1,99}/[0-9a-f]{8}-[0-9a-f]{4}\.", "2026"),
        (
            r"/([0-9a-f]{8}-[0-9a-f]{4}(?:-[0-9a-f]{4}){0,3}(?:-[0-9a-f]{12})?)",
            "0f8fad5b-d9cb",
        ),
        (r"^(\d{4})[-_]", ""),
        (r"patient[ _-]?(?P<id>\w+)", "7"),
        (r"(?i)PATIENT (\d+)(?=-)", "7"),
        (r"(?<=clinic/)[^\W\d_]+(?!/)", "Müller"),
        (r"(m)?ü(l+)er", ""),
        (r"([^/]+)/[^/]+$", "patient 7-A"),
        (r"_{(\w+)}/", "Hans"),
        (r"clinik{e}", ""),
        (r"\N{LATIN SMALL LETTER U WITH DIAERESIS}l{2}er", "üller"),
        (r"[{](?:[A-Z]a|[(]{99})ns", "{Hans"),
    ],
)
def test_what_python_finds_is_found(text: str, found: str) -> None:
    pattern = patient_pattern(text)
    assert pattern is not None

    assert pattern.patient_in(Path(PLACE)) == found


def test_a_text_longer_than_any_pattern_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than 1,000 characters"):
        patient_pattern("a" * 1_001)
