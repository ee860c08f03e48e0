"""What a class is called, and what it is told by."""

import re

import pytest

from dentalviewer.labels import (
    DEFAULT_ALIASES,
    ENDODONTIC,
    IMPLANT,
    KNOWN_LABELS,
    RESTORATION,
    canonical,
    display_name,
    ink_on,
    label_color,
)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("restoration", RESTORATION),
        ("Restauration", RESTORATION),
        ("Filling", RESTORATION),
        ("crown", RESTORATION),
        ("BRIDGE", RESTORATION),
        ("endo", ENDODONTIC),
        (" Root_Canal  Treatment ", ENDODONTIC),
        ("endodontic", ENDODONTIC),
        ("Implants", IMPLANT),
    ],
)
def test_names_that_dentists_and_tools_use_are_understood(
    name: str, label: str
) -> None:
    assert canonical(name) == label


@pytest.mark.parametrize(
    "name", ["Racine", "apical_lesion", "36", " Karies ", "牙", ""]
)
def test_other_names_are_kept_word_for_word(name: str) -> None:
    assert canonical(name) == name


def test_a_class_of_the_glossary_is_no_alias_of_another() -> None:
    aliases = {"implant": RESTORATION}

    assert canonical("Implant", aliases) == IMPLANT
    assert set(DEFAULT_ALIASES.values()) == set(KNOWN_LABELS)


@pytest.mark.parametrize("name", ["my_crown", "My_Crown", " MY_CROWN "])
def test_the_users_own_names_may_have_underscores(name: str) -> None:
    assert canonical(name, {"my_crown": RESTORATION}) == RESTORATION


def test_only_endodontic_is_written_out_for_readers() -> None:
    shown = [display_name(label) for label in (*KNOWN_LABELS, "Racine")]

    assert shown == ["restoration", "endodontic treatment", "implant", "Racine"]


def test_classes_are_told_apart_by_colour() -> None:
    assert len({label_color(label) for label in KNOWN_LABELS}) == 3
    assert label_color("Racine") == label_color("Racine")
    assert label_color("Racine") not in map(label_color, KNOWN_LABELS)
    assert re.fullmatch("#[0-9a-f]{6}", label_color("Racine"))


@pytest.mark.parametrize(
    ("color", "ink"),
    [
        ("#56b4e9", "#000000"),
        ("#f0e442", "#000000"),
        ("#102030", "#ffffff"),
        ("#7a0000", "#ffffff"),
    ],
)
def test_what_is_written_on_a_color_can_be_read(color: str, ink: str) -> None:
    assert ink_on(color) == ink
