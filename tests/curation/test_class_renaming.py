"""Files call a class of the glossary what they like; the program keeps its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from dentalviewer import agreement
from dentalviewer.cli import main
from dentalviewer.curation.class_renaming import Occurring, Request, request_of
from dentalviewer.curation.classes import read_project_classes
from dentalviewer.detector import Detection, DetectionSettings, DetectorIdentity
from dentalviewer.formats import LabelledImage, read_annotations, write_annotations
from dentalviewer.formats.class_names import ClassChange
from dentalviewer.formats.class_settings import (
    NOTHING_SETTLED,
    ClassSettings,
    class_settings_of,
    settings_content,
    settled_aliases,
)
from dentalviewer.formats.conversion import convert
from dentalviewer.formats.review_file import SavedReview, write_review
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.review import Review
from dentalviewer.study import Finding

SIZE = Size(100, 50)
ROOT = Finding(Box(10, 5, 31, 20), "endodontic")
NOTHING_ELSE = Occurring()
WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def renamed(
    names: Mapping[str, str],
    settings: ClassSettings = NOTHING_SETTLED,
    occurring: Occurring = NOTHING_ELSE,
) -> Request:
    change = ClassChange(names)
    return request_of(
        change, settings, occurring=occurring, aliases=DEFAULT_ALIASES, when=WHEN
    )


def test_a_class_of_the_glossary_goes_on_meaning_itself_by_any_name() -> None:
    asked = renamed({"endodontic": "kanalX"})

    assert asked.settings.aliases == {"kanalX": "endodontic"}
    assert asked.settings.names == {"endodontic": "kanalX"}
    assert asked.in_reviews == {}
    assert asked.notes == (
        "kanalX is what the window calls endodontic treatment here; reports keep"
        " endodontic treatment",
    )


def test_a_name_that_means_the_class_anyway_is_settled_for_other_readers_too() -> None:
    settings = renamed({"endodontic": "root filling"}).settings

    # Whatever names they have in their preferences.
    assert settings.aliases == {"root filling": "endodontic"}
    assert settings.names == {"endodontic": "root filling"}


def test_a_class_is_renamed_again_and_back() -> None:
    once = renamed({"endodontic": "kanalX"}).settings
    twice = renamed({"kanalX": "Wurzel"}, once)

    assert twice.settings.aliases == {"Wurzel": "endodontic"}
    assert twice.settings.names == {"endodontic": "Wurzel"}
    assert renamed({"Wurzel": "endodontic"}, twice.settings).settings == NOTHING_SETTLED


def test_another_name_for_a_crown_still_means_a_restoration() -> None:
    asked = renamed({"crown": "cap"})

    assert asked.settings == ClassSettings(aliases={"cap": "restoration"})
    assert asked.in_reviews == {}
    assert asked.notes == ("cap means restoration: the window shows it so",)


def test_what_reviews_call_by_the_old_name_is_the_class_that_it_means() -> None:
    occurring = Occurring(["crown"], ["crown", "restoration"])

    assert renamed({"crown": "cap"}, occurring=occurring).in_reviews == {
        "crown": "restoration"
    }


def test_a_class_that_is_there_already_takes_in_what_is_merged_into_it() -> None:
    occurring = Occurring(["implant", "other"], ["implant", "other"])

    asked = renamed({"implant": "other"}, occurring=occurring)

    assert asked.settings == NOTHING_SETTLED
    assert asked.in_reviews == {"implant": "other"}


@pytest.mark.parametrize(
    ("names", "in_reviews"),
    [
        # Who swaps the word of a class swaps the class.
        (
            {"restoration": "pin", "pin": "restoration"},
            {"restoration": "pin", "pin": "restoration"},
        ),
        (
            {"restoration": "implant", "implant": "restoration"},
            {"restoration": "implant", "implant": "restoration"},
        ),
        (
            {"implant": "pin", "crown": "implant"},
            {"implant": "pin", "crown": "implant"},
        ),
    ],
)
def test_a_word_of_the_glossary_that_goes_to_another_class_takes_its_meaning_along(
    names: dict[str, str], in_reviews: dict[str, str]
) -> None:
    asked = renamed(names, occurring=Occurring([*names]))

    assert asked.in_reviews == in_reviews
    assert asked.settings == NOTHING_SETTLED


def test_reviews_follow_a_class_that_goes_on_into_another_one() -> None:
    settings = renamed({"restoration": "Krone"}).settings
    occurring = Occurring(["Krone"], ["restoration"])

    asked = renamed({"Krone": "implant"}, settings, occurring)

    assert asked.settings == NOTHING_SETTLED
    assert asked.in_reviews == {"Krone": "implant", "restoration": "implant"}
    # As in one step, and where files write it with a capital.
    for name in ("restoration", "Restoration"):
        once = renamed({name: "implant"}, occurring=Occurring([name], ["restoration"]))
        assert once.in_reviews["restoration"] == "implant"


def test_a_chosen_name_whose_case_alone_changes_goes_on_meaning_the_class() -> None:
    settings = renamed({"restoration": "Krone"}).settings

    asked = renamed({"Krone": "KRONE"}, settings, Occurring(["Krone"], ["restoration"]))

    assert asked.settings.aliases == {"KRONE": "restoration"}
    assert asked.settings.names == {"restoration": "KRONE"}


def test_a_name_that_comes_to_mean_another_class_is_no_longer_the_first_ones() -> None:
    settings = renamed({"restoration": "Krone"}).settings
    other = replace(settings, aliases={"Krone": "implant"})

    assert renamed({}, other).settings == ClassSettings(aliases={"Krone": "implant"})
    assert renamed({}, replace(settings, aliases={})).settings == NOTHING_SETTLED


def test_classes_of_the_glossary_are_merged_in_reviews_too() -> None:
    asked = renamed({"endodontic": "restoration"})

    assert asked.settings == NOTHING_SETTLED
    assert asked.in_reviews == {"endodontic": "restoration"}


def test_a_class_that_means_none_of_ours_is_renamed_word_for_word() -> None:
    settings = ClassSettings({"pin": "#112233"}, {"stift": "pin"})

    asked = renamed({"pin": "post"}, settings)

    assert asked.settings == ClassSettings({"post": "#112233"}, {"stift": "post"})
    assert asked.in_reviews == {"pin": "post"}
    assert asked.notes == ()


def test_a_renamed_class_keeps_its_color_on_the_screen_and_in_files() -> None:
    before = ClassSettings({"endodontic": "#112233"})

    after = renamed({"endodontic": "kanalX"}, before).settings

    assert after.colors == {"endodontic": "#112233", "kanalX": "#112233"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A radiograph with a root filling as labelme has it, and a reviewed one."""
    place = tmp_path / "set"
    place.mkdir()
    for name in ("7.png", "8.png"):
        Image.new("L", (SIZE.width, SIZE.height)).save(place / name)
    write_annotations([LabelledImage(place / "7.png", SIZE, (ROOT,))], place, "labelme")
    opened = Review().propose_annotations([ROOT, ROOT])
    review = opened.accept([1]).reject([2])
    saved = SavedReview("8.png", "", SIZE, (), review, opened)
    write_review(place / "8.png.review.json", saved, last=None)
    return place


def detected() -> Detection:
    return Detection(
        DetectorIdentity("d", "d" * 64),
        DetectionSettings({"endodontic": 0.5}),
        (Finding(ROOT.box, "endodontic", score=0.9),),
    )


@pytest.mark.parametrize("name", ["kanalX", "root filling"])
def test_after_a_rename_dentist_detector_and_reviews_speak_of_one_class(
    folder: Path, name: str
) -> None:
    before = (folder / "8.png.review.json").read_bytes()

    assert main(["classes", str(folder), "--rename", f"endodontic={name}"]) == 0

    assert f'"label": "{name}"' in (folder / "7.json").read_text()
    known = settled_aliases(DEFAULT_ALIASES, folder)
    (said,) = read_annotations(folder / "7.json", folder / "7.png", aliases=known)
    review = Review().propose_annotations(said.findings).propose(detected())
    assert [p.relation for p in agreement.compare(review)] == [agreement.Relation.AGREE]
    assert (folder / "8.png.review.json").read_bytes() == before
    rows = read_project_classes(folder, user_folder=folder / "none").rows
    # One is in an annotation file, one was accepted; what was rejected is none.
    assert [(r.name, r.findings, r.reviewed) for r in rows] == [(name, 1, 1)]


def test_what_was_accepted_is_exported_by_the_name_of_the_folder(folder: Path) -> None:
    assert main(["classes", str(folder), "--rename", "endodontic=kanalX"]) == 0

    convert(folder, folder.parent / "out", format_name="csv", only_accepted=True)

    (table,) = (folder.parent / "out").glob("*.csv")
    assert "kanalX" in table.read_text()
    assert "endodontic" not in table.read_text()


def test_a_rename_is_taken_back_with_what_was_settled(folder: Path) -> None:
    assert main(["classes", str(folder), "--rename", "endodontic=kanalX"]) == 0
    assert main(["classes", str(folder), "--undo"]) == 0

    assert class_settings_of(folder) == NOTHING_SETTLED


def test_a_folder_keeps_what_was_settled_above_it_when_its_classes_change(
    folder: Path,
) -> None:
    above = folder.parent / "dentalviewer-classes.json"
    above.write_bytes(
        settings_content(ClassSettings({"implant": "#112233"}, {"pin": "implant"}))
    )

    assert main(["classes", str(folder), "--color", "endodontic=#445566"]) == 0

    settled = class_settings_of(folder)
    assert settled.aliases == {"pin": "implant"}
    assert settled.colors == {"implant": "#112233", "endodontic": "#445566"}
