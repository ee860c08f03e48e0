"""Teeth by their FDI number (ISO 3950:2016), and the other names they go by.

"11" to "18", "21" to "28", "31" and "32" are valid in FDI and in Universal numbering
and mean different teeth: whoever shows a number says which system it is of.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

MIRRORED_QUADRANT = {1: 2, 2: 1, 3: 4, 4: 3, 5: 6, 6: 5, 7: 8, 8: 7}
UPTURNED_QUADRANT = {1: 4, 4: 1, 2: 3, 3: 2, 5: 8, 8: 5, 6: 7, 7: 6}
PERMANENT_POSITIONS = 8
DECIDUOUS_POSITIONS = 5
# Of the patient, not of the picture.
QUADRANT_WORDS = {1: "upper right", 2: "upper left", 3: "lower left", 4: "lower right"}
PERMANENT_WORDS = (
    "central incisor",
    "lateral incisor",
    "canine",
    "first premolar",
    "second premolar",
    "first molar",
    "second molar",
    "third molar",
)
DECIDUOUS_WORDS = (
    "central incisor",
    "lateral incisor",
    "canine",
    "first molar",
    "second molar",
)
# From the midline on.
KINDS = ("incisor", "canine", "premolar", "molar")

# SNOMED CT, as DICOM's context group 4018 lists them; it has no deciduous teeth.
_SNOMED_CODES = {
    11: "422653006", 12: "424877001", 13: "860767006", 14: "57826002",
    15: "36492000", 16: "865995000", 17: "863902006", 18: "68085002",
    21: "424399000", 22: "423185002", 23: "860780009", 24: "61897005",
    25: "23226009", 26: "865988009", 27: "863901004", 28: "87704003",
    31: "425106001", 32: "423331005", 33: "860782001", 34: "2400006",
    35: "24573005", 36: "866006002", 37: "863898000", 38: "74344005",
    41: "424575004", 42: "423937004", 43: "860785004", 44: "80140008",
    45: "8873007", 46: "866005003", 47: "863899008", 48: "38994002",
}  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Tooth:
    """A tooth by quadrant (1-4 permanent, 5-8 deciduous) and position from the midline.

    Quadrants count from the patient's upper right, clockwise as the dentist looks.
    Raises ValueError if there is no such tooth.
    """

    quadrant: int
    position: int

    def __post_init__(self) -> None:
        last = PERMANENT_POSITIONS if self.quadrant <= 4 else DECIDUOUS_POSITIONS
        if self.quadrant not in MIRRORED_QUADRANT or not 1 <= self.position <= last:
            raise ValueError(f"no tooth has the FDI number {self.fdi_number}")

    @classmethod
    def from_fdi(cls, fdi_number: int) -> Tooth:
        return cls(*divmod(fdi_number, 10))

    @classmethod
    def from_universal(cls, text: str) -> Tooth:
        """By Universal number, "1" to "32", or letter, "A" to "T".

        Raises ValueError if there is no such tooth.
        """
        try:
            return _BY_UNIVERSAL[text.strip().upper()]
        except KeyError:
            raise ValueError(f"no tooth is {text!r} in Universal numbering") from None

    @classmethod
    def from_words(cls, text: str) -> Tooth:
        """By quadrant words, such as "upper right first molar", in any case.

        Raises ValueError if there is no such tooth.
        """
        try:
            return _BY_WORDS[" ".join(re.findall("[a-z]+", text.casefold()))]
        except KeyError:
            raise ValueError(f"no tooth is called {text!r}") from None

    @classmethod
    def from_snomed(cls, code: str) -> Tooth:
        """By SNOMED CT code. Raises ValueError if it is not that of a tooth."""
        for fdi_number, known in _SNOMED_CODES.items():
            if known == code:
                return cls.from_fdi(fdi_number)
        raise ValueError(f"no tooth has the SNOMED CT code {code!r}")

    @property
    def fdi_number(self) -> int:
        return self.quadrant * 10 + self.position

    @property
    def deciduous(self) -> bool:
        return self.quadrant > 4

    @property
    def is_upper(self) -> bool:
        return self._side_and_jaw <= 2

    @property
    def universal(self) -> str:
        """Universal numbering (ADA): 1 to 32 and A to T, from the upper right molar.

        It runs along the upper jaw to the patient's left, and back along the lower.
        """
        jaw_length = 2 * (
            DECIDUOUS_POSITIONS if self.deciduous else PERMANENT_POSITIONS
        )
        half, position = jaw_length // 2, self.position
        place = {
            1: half + 1 - position,
            2: half + position,
            3: jaw_length + half + 1 - position,
            4: jaw_length + half + position,
        }[self._side_and_jaw]
        return chr(ord("A") + place - 1) if self.deciduous else str(place)

    @property
    def words(self) -> str:
        """Quadrant and kind: "upper right first molar"."""
        quadrant = QUADRANT_WORDS[self._side_and_jaw]
        if self.deciduous:
            return f"{quadrant} deciduous {DECIDUOUS_WORDS[self.position - 1]}"
        return f"{quadrant} {PERMANENT_WORDS[self.position - 1]}"

    @property
    def kind(self) -> str:
        """One of KINDS."""
        return self.words.rpartition(" ")[2]

    @property
    def snomed_code(self) -> str | None:
        """The SNOMED CT code; None for deciduous teeth, which DICOM does not list."""
        return _SNOMED_CODES.get(self.fdi_number)

    @property
    def _side_and_jaw(self) -> int:
        """The quadrant as 1 to 4, whichever the dentition."""
        return self.quadrant - 4 if self.deciduous else self.quadrant

    def mirrored(self) -> Tooth:
        """The same tooth on the other side of the midline: 13 becomes 23."""
        return Tooth(MIRRORED_QUADRANT[self.quadrant], self.position)

    def upturned(self) -> Tooth:
        """The tooth of the other jaw that takes its place upside down: 13 for 43."""
        return Tooth(UPTURNED_QUADRANT[self.quadrant], self.position)

    def is_far_from(self, other: Tooth) -> bool:
        """Whether it stands in the other jaw or on the other side of the patient.

        Two central incisors of one jaw are neighbours.
        """
        here, there = self._side_and_jaw, other._side_and_jaw
        other_jaw = (here <= 2) != (there <= 2)
        return other_jaw or (here != there and max(self.position, other.position) > 1)

    def __str__(self) -> str:
        return str(self.fdi_number)


PERMANENT_TEETH = tuple(
    Tooth(quadrant, position)
    for quadrant in (1, 2, 3, 4)
    for position in range(1, PERMANENT_POSITIONS + 1)
)
DECIDUOUS_TEETH = tuple(
    Tooth(quadrant, position)
    for quadrant in (5, 6, 7, 8)
    for position in range(1, DECIDUOUS_POSITIONS + 1)
)
ALL_TEETH = PERMANENT_TEETH + DECIDUOUS_TEETH


def successor_of(deciduous: Tooth) -> Tooth:
    """The permanent tooth that takes its place."""
    return Tooth(deciduous.quadrant - 4, deciduous.position)


_BY_FDI = {str(tooth): tooth for tooth in ALL_TEETH}
_BY_UNIVERSAL = {tooth.universal: tooth for tooth in ALL_TEETH}
_BY_WORDS = {tooth.words: tooth for tooth in ALL_TEETH}

# A letter means a tooth after a word that leads up to one, or as an end of a range. An
# initial ("T. Smith", "T Smith"), a part of a word ("C-shaped", "E.max", "O'Brien"), "A
# crown" and "I" mean none.
_LETTERED_TOOTH = re.compile(
    r"\b(?:(?i:tooth|teeth)\s+(?:[A-HJ-T]|I(?!\s+[a-z]))"
    r"|(?i:as|at|from|like|on|to)\s+(?:[B-HJ-T]|[AI](?!\s+[a-z])))\b"
    r"(?![-'’]|\.\s*\w|\s+[A-Z][a-z])"
    r"|\b[A-T]\s?[-–]\s?[A-T]\b(?![-.'’]\w)"
)


def is_fdi_number(label: str) -> bool:
    return label in _BY_FDI


def is_permanent_tooth(label: str) -> bool:
    """Whether a label is the FDI number of a permanent tooth."""
    return is_fdi_number(label) and not _BY_FDI[label].deciduous


class Notation(StrEnum):
    """How teeth are written; the value is the system's name, to stand beside them."""

    FDI = "FDI (ISO 3950)"
    UNIVERSAL = "Universal (ADA)"

    @property
    def short(self) -> str:
        """The system's name where there is room for one word: "FDI"."""
        return self.value.partition(" ")[0]

    def number_of(self, tooth: Tooth) -> str:
        return tooth.universal if self is Notation.UNIVERSAL else str(tooth)

    def occurs_in(self, text: str) -> bool:
        """Whether there is something in a text that may be a tooth of this system.

        Any number may be one, a letter only where it is said of a tooth: "tooth A",
        "as on T", "from A to C", "A-C".
        """
        known = _BY_FDI if self is Notation.FDI else _BY_UNIVERSAL
        if any(each in known for each in re.findall(r"\b\d+\b", text)):
            return True
        return self is Notation.UNIVERSAL and bool(_LETTERED_TOOTH.search(text))

    def span_of(self, teeth: Sequence[Tooth]) -> str:
        """The tooth, or both ends of several: "36", "34–36"; empty if there is none.

        `teeth` go from the patient's right to left.
        """
        ends = dict.fromkeys(teeth[:1]) | dict.fromkeys(teeth[-1:])
        return "–".join(map(self.number_of, ends))

    def read(self, text: str) -> Tooth:
        """By its number in this system, or in words such as "upper left canine".

        Raises ValueError if there is no such tooth.
        """
        # Words are read without whatever else stands there: a number contradicts them.
        if not re.search(r"\d", text) and " " in text.strip():
            return Tooth.from_words(text)
        if self is Notation.UNIVERSAL:
            return Tooth.from_universal(text)
        try:
            return _BY_FDI[text.strip()]
        except KeyError:
            raise ValueError(f"no tooth has the FDI number {text!r}") from None
