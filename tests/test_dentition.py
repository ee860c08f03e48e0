"""All 52 teeth, by FDI number, Universal numbering, words and SNOMED CT."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.sr.codedict import Collection

from dentalviewer.dentition import ALL_TEETH, PERMANENT_TEETH, Notation, Tooth

# Universal numbering walks along the upper jaw from the patient's right, then back
# along the lower: 1 to 16 and 17 to 32, A to J and K to T.
WALK = {
    **dict(
        zip(
            map(str, range(1, 33)),
            [
                *(18, 17, 16, 15, 14, 13, 12, 11),
                *(21, 22, 23, 24, 25, 26, 27, 28),
                *(38, 37, 36, 35, 34, 33, 32, 31),
                *(41, 42, 43, 44, 45, 46, 47, 48),
            ],
            strict=True,
        )
    ),
    **dict(
        zip(
            "ABCDEFGHIJKLMNOPQRST",
            [
                *(55, 54, 53, 52, 51, 61, 62, 63, 64, 65),
                *(75, 74, 73, 72, 71, 81, 82, 83, 84, 85),
            ],
            strict=True,
        )
    ),
}


def test_there_are_52_teeth() -> None:
    assert len(WALK) == len(ALL_TEETH) == 52


@pytest.mark.parametrize(("universal", "fdi"), WALK.items())
def test_universal_and_fdi_name_the_same_tooth(universal: str, fdi: int) -> None:
    assert Tooth.from_fdi(fdi).universal == universal
    assert Tooth.from_universal(universal) == Tooth.from_fdi(fdi)


@pytest.mark.parametrize(
    ("fdi", "words"),
    [
        (11, "upper right central incisor"),
        (23, "upper left canine"),
        (36, "lower left first molar"),
        (48, "lower right third molar"),
        (54, "upper right deciduous first molar"),
        (62, "upper left deciduous lateral incisor"),
        (75, "lower left deciduous second molar"),
        (83, "lower right deciduous canine"),
    ],
)
def test_a_tooth_is_called_by_quadrant_and_kind(fdi: int, words: str) -> None:
    assert Tooth.from_fdi(fdi).words == words
    assert Tooth.from_words(words.upper()) == Tooth.from_fdi(fdi)


@pytest.mark.parametrize("fdi", [0, 9, 10, 19, 49, 50, 56, 86, 91, 99, 111, -11])
def test_there_is_no_tooth_of_any_other_number(fdi: int) -> None:
    with pytest.raises(ValueError, match="no tooth has the FDI number"):
        Tooth.from_fdi(fdi)


@pytest.mark.parametrize("text", ["0", "33", "U", "", "1.0"])
def test_universal_numbering_has_no_others_either(text: str) -> None:
    with pytest.raises(ValueError, match="Universal"):
        Tooth.from_universal(text)


@pytest.mark.parametrize(
    ("fdi", "upturned"), [(11, 41), (28, 38), (36, 26), (44, 14), (51, 81), (75, 65)]
)
def test_a_tooth_upside_down_is_that_of_the_other_jaw(fdi: int, upturned: int) -> None:
    assert Tooth.from_fdi(fdi).upturned() == Tooth.from_fdi(upturned)


@pytest.mark.parametrize(
    ("fdi", "mirrored"), [(11, 21), (28, 18), (36, 46), (44, 34), (51, 61), (85, 75)]
)
def test_a_tooth_is_mirrored_across_the_midline(fdi: int, mirrored: int) -> None:
    assert Tooth.from_fdi(fdi).mirrored() == Tooth.from_fdi(mirrored)


@given(st.sampled_from(ALL_TEETH))
def test_a_tooth_upside_down_keeps_its_side_and_turning_back_gives_it_again(
    tooth: Tooth,
) -> None:
    upturned = tooth.upturned()
    assert upturned.is_far_from(tooth)
    assert ("right" in upturned.words) == ("right" in tooth.words)
    assert upturned.upturned() == tooth


@given(st.sampled_from(ALL_TEETH))
def test_mirroring_twice_changes_nothing(tooth: Tooth) -> None:
    assert tooth.mirrored() != tooth
    assert tooth.mirrored().mirrored() == tooth


@pytest.mark.parametrize(
    ("fdi", "code"), [(11, "422653006"), (36, "866006002"), (48, "38994002")]
)
def test_permanent_teeth_have_the_codes_that_dicom_lists(fdi: int, code: str) -> None:
    assert Tooth.from_fdi(fdi).snomed_code == code
    assert Tooth.from_snomed(code) == Tooth.from_fdi(fdi)


def test_dicom_calls_the_tooth_of_a_code_by_the_same_side_jaw_and_kind() -> None:
    """By the tables that pydicom has from the standard."""
    jaws = {"maxillary": "upper", "mandibular": "lower"}
    listed = {}
    for concept in Collection("CID4018").concepts.values():
        jaw, side, *kind = re.findall(
            "[a-z]+",
            concept.meaning.casefold().removeprefix("permanent "),
        )[:-1]
        listed[concept.value] = " ".join((jaws[jaw], side, *kind))
    # Of one of them the standard leaves a word out.
    assert listed["423331005"] == "lower left lateral"
    listed["423331005"] = "lower left lateral incisor"

    assert {tooth.snomed_code: tooth.words for tooth in PERMANENT_TEETH} == listed


def test_every_code_and_every_name_belongs_to_one_tooth() -> None:
    codes = [tooth.snomed_code for tooth in PERMANENT_TEETH]
    assert None not in codes
    assert len(set(codes)) == 32
    assert len({tooth.words for tooth in ALL_TEETH}) == 52
    assert all(Tooth.from_words(tooth.words) == tooth for tooth in ALL_TEETH)
    assert Tooth.from_fdi(51).snomed_code is None


@pytest.mark.parametrize(
    ("notation", "typed", "fdi"),
    [
        (Notation.FDI, "14", 14),
        (Notation.UNIVERSAL, "14", 26),
        (Notation.UNIVERSAL, " 3", 16),
        (Notation.UNIVERSAL, "a", 55),
        (Notation.UNIVERSAL, " T ", 85),
        (Notation.FDI, "Upper left  first molar", 26),
        (Notation.UNIVERSAL, "lower right deciduous canine", 83),
    ],
)
def test_what_is_typed_is_read_in_the_chosen_system_or_as_words(
    notation: Notation, typed: str, fdi: int
) -> None:
    assert notation.read(typed) == Tooth.from_fdi(fdi)


@pytest.mark.parametrize(
    ("notation", "typed"),
    [
        (Notation.FDI, "A"),
        (Notation.FDI, "3"),
        (Notation.FDI, "1_4"),
        (Notation.FDI, ""),
        (Notation.UNIVERSAL, "36"),
        (Notation.UNIVERSAL, "molar"),
        # The number and the words are of different teeth.
        (Notation.FDI, "14 upper left first molar"),
    ],
)
def test_what_names_no_tooth_in_the_chosen_system_is_refused(
    notation: Notation, typed: str
) -> None:
    with pytest.raises(ValueError, match="no tooth"):
        notation.read(typed)


def test_a_bridge_is_written_by_its_ends_in_either_system() -> None:
    """34, 35, 36 are 21, 20, 19."""
    span = [Tooth(3, 4), Tooth(3, 5), Tooth(3, 6)]
    assert Notation.FDI.span_of(span) == "34–36"
    assert Notation.UNIVERSAL.span_of(span) == "21–19"
    assert Notation.UNIVERSAL.span_of(span[:1]) == "21"
    assert Notation.FDI.span_of([]) == ""


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [
        (14, 26, True),
        (36, 26, True),
        (11, 31, True),
        (12, 21, True),
        (11, 21, False),
        (18, 11, False),
        (16, 55, False),
        (65, 55, True),
    ],
)
def test_the_other_jaw_and_the_other_side_are_far_away(
    one: int, other: int, far: bool
) -> None:
    assert Tooth.from_fdi(one).is_far_from(Tooth.from_fdi(other)) == far
    assert Tooth.from_fdi(other).is_far_from(Tooth.from_fdi(one)) == far


@pytest.mark.parametrize(
    "words",
    [
        "crown as on 12",
        "crown as on T.",
        "tooth A is sound",
        "bridge from A to C",
        "bridge A-C",
        "bridge A–C of 2019",
    ],
)
def test_universal_numbers_and_letters_that_are_said_of_teeth_are_told(
    words: str,
) -> None:
    assert Notation.UNIVERSAL.occurs_in(words)


@pytest.mark.parametrize(
    "words",
    [
        "Plan B",
        "crown by Dr. T. Smith",
        "referred to T. Smith",
        "referred to T Smith",
        "refer to C-shaped canal",
        "C-shaped canal",
        "E.max crown",
        "made from E.max",
        "as I said",
        "the tooth I restored",
        "as a crown",
        "vitamin D",
        "referred to O'Brien",
    ],
)
def test_letters_that_are_said_of_other_things_are_no_teeth(words: str) -> None:
    assert not Notation.UNIVERSAL.occurs_in(words)
