"""Every tooth under every name it has, by tables written down by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dentalviewer.dentition import ALL_TEETH, DECIDUOUS_TEETH, PERMANENT_TEETH, Tooth

# As in an American chart: along the upper jaw from the patient's right to the left,
# and back along the lower jaw from the left to the right.
UPPER_PERMANENT = (18, 17, 16, 15, 14, 13, 12, 11, 21, 22, 23, 24, 25, 26, 27, 28)
LOWER_PERMANENT = (38, 37, 36, 35, 34, 33, 32, 31, 41, 42, 43, 44, 45, 46, 47, 48)
UPPER_DECIDUOUS = (55, 54, 53, 52, 51, 61, 62, 63, 64, 65)
LOWER_DECIDUOUS = (75, 74, 73, 72, 71, 81, 82, 83, 84, 85)
UNIVERSAL = {
    **{fdi: str(n) for n, fdi in enumerate(UPPER_PERMANENT + LOWER_PERMANENT, 1)},
    **dict(
        zip(
            UPPER_DECIDUOUS + LOWER_DECIDUOUS,
            "A B C D E F G H I J K L M N O P Q R S T".split(),
            strict=True,
        )
    ),
}

WORDS = {
    11: "upper right central incisor", 21: "upper left central incisor",
    12: "upper right lateral incisor", 22: "upper left lateral incisor",
    13: "upper right canine", 23: "upper left canine",
    14: "upper right first premolar", 24: "upper left first premolar",
    15: "upper right second premolar", 25: "upper left second premolar",
    16: "upper right first molar", 26: "upper left first molar",
    17: "upper right second molar", 27: "upper left second molar",
    18: "upper right third molar", 28: "upper left third molar",
    31: "lower left central incisor", 41: "lower right central incisor",
    32: "lower left lateral incisor", 42: "lower right lateral incisor",
    33: "lower left canine", 43: "lower right canine",
    34: "lower left first premolar", 44: "lower right first premolar",
    35: "lower left second premolar", 45: "lower right second premolar",
    36: "lower left first molar", 46: "lower right first molar",
    37: "lower left second molar", 47: "lower right second molar",
    38: "lower left third molar", 48: "lower right third molar",
    51: "upper right deciduous central incisor",
    52: "upper right deciduous lateral incisor",
    53: "upper right deciduous canine",
    54: "upper right deciduous first molar",
    55: "upper right deciduous second molar",
    61: "upper left deciduous central incisor",
    62: "upper left deciduous lateral incisor",
    63: "upper left deciduous canine",
    64: "upper left deciduous first molar",
    65: "upper left deciduous second molar",
    71: "lower left deciduous central incisor",
    72: "lower left deciduous lateral incisor",
    73: "lower left deciduous canine",
    74: "lower left deciduous first molar",
    75: "lower left deciduous second molar",
    81: "lower right deciduous central incisor",
    82: "lower right deciduous lateral incisor",
    83: "lower right deciduous canine",
    84: "lower right deciduous first molar",
    85: "lower right deciduous second molar",
}  # fmt: skip

teeth = st.sampled_from(ALL_TEETH)


def test_there_are_52_teeth() -> None:
    assert len(PERMANENT_TEETH) == 32
    assert len(DECIDUOUS_TEETH) == 20
    assert {tooth.fdi_number for tooth in ALL_TEETH} == UNIVERSAL.keys()


@pytest.mark.parametrize(("fdi_number", "universal"), UNIVERSAL.items())
def test_a_tooth_has_its_universal_number(fdi_number: int, universal: str) -> None:
    assert Tooth.from_fdi(fdi_number).universal == universal
    assert Tooth.from_universal(universal).fdi_number == fdi_number


@pytest.mark.parametrize(("fdi_number", "words"), WORDS.items())
def test_a_tooth_has_its_words(fdi_number: int, words: str) -> None:
    assert Tooth.from_fdi(fdi_number).words == words
    assert Tooth.from_words(words).fdi_number == fdi_number


def test_the_tables_know_every_tooth() -> None:
    assert WORDS.keys() == UNIVERSAL.keys()


def test_the_snomed_codes_are_those_of_dicom() -> None:
    """Against the words of DICOM's own context group, as pydicom carries them."""
    from pydicom.sr._cid_dict import cid_concepts
    from pydicom.sr._concepts_dict import concepts

    meanings = {}
    for name in cid_concepts[4018]["SCT"]:
        ((code, (meaning, _)),) = concepts["SCT"][name].items()
        meanings[code] = meaning.lower()

    for tooth in PERMANENT_TEETH:
        meaning = meanings.pop(tooth.snomed_code or "")
        jaw, side, *kind = tooth.words.split()
        assert {"upper": "maxillary", "lower": "mandibular"}[jaw] in meaning
        assert f" {side} " in meaning
        # DICOM calls tooth 32 "mandibular left lateral tooth".
        expected = "lateral" if tooth.fdi_number == 32 else " ".join(kind)
        assert expected in meaning
    assert not meanings


@pytest.mark.parametrize(
    ("fdi_number", "code"), [(11, "422653006"), (34, "2400006"), (48, "38994002")]
)
def test_a_tooth_is_found_by_its_snomed_code(fdi_number: int, code: str) -> None:
    assert Tooth.from_fdi(fdi_number).snomed_code == code
    assert Tooth.from_snomed(code).fdi_number == fdi_number


def test_deciduous_teeth_have_no_snomed_code_here() -> None:
    assert {tooth.snomed_code for tooth in DECIDUOUS_TEETH} == {None}


@pytest.mark.parametrize(
    ("tooth", "opposite"),
    [(13, 23), (28, 18), (36, 46), (41, 31), (55, 65), (61, 51), (74, 84), (82, 72)],
)
def test_a_mirrored_tooth_lies_on_the_other_side(tooth: int, opposite: int) -> None:
    assert Tooth.from_fdi(tooth).mirrored() == Tooth.from_fdi(opposite)


@given(teeth)
def test_mirroring_twice_leads_back(tooth: Tooth) -> None:
    assert tooth.mirrored() != tooth
    assert tooth.mirrored().mirrored() == tooth


@given(teeth)
def test_a_mirrored_tooth_changes_sides_and_nothing_else(tooth: Tooth) -> None:
    swapped = {"left": "right", "right": "left"}
    words = [swapped.get(word, word) for word in tooth.words.split()]

    assert tooth.mirrored().words == " ".join(words)


@pytest.mark.parametrize(
    "fdi_number", [0, 1, 10, 19, 20, 29, 49, 50, 56, 60, 66, 86, 90, 91, 111, -11]
)
def test_other_numbers_are_no_teeth(fdi_number: int) -> None:
    with pytest.raises(ValueError, match="no tooth has the FDI number"):
        Tooth.from_fdi(fdi_number)


@pytest.mark.parametrize("text", ["0", "33", "U", "", "1.0", "AA"])
def test_other_texts_are_no_universal_numbers(text: str) -> None:
    with pytest.raises(ValueError, match="in Universal numbering"):
        Tooth.from_universal(text)


def test_universal_letters_and_words_may_be_written_in_any_case() -> None:
    assert Tooth.from_universal(" t ") == Tooth(8, 5)
    assert Tooth.from_words("Upper-Right  FIRST molar") == Tooth(1, 6)


@pytest.mark.parametrize("text", ["", "first molar", "upper right deciduous premolar"])
def test_half_a_name_is_no_tooth(text: str) -> None:
    with pytest.raises(ValueError, match="no tooth is called"):
        Tooth.from_words(text)


def test_an_unknown_code_is_no_tooth() -> None:
    with pytest.raises(ValueError, match="SNOMED"):
        Tooth.from_snomed("1")


def test_only_the_quadrants_from_five_on_are_deciduous() -> None:
    assert Tooth(5, 1).deciduous
    assert not Tooth(4, 1).deciduous


def test_a_tooth_is_written_by_its_fdi_number() -> None:
    assert str(Tooth(3, 6)) == "36"
