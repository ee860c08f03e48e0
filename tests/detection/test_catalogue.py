from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from dentalviewer.detection import DEFAULT_MODEL
from dentalviewer.detection.cards.model_card import encode_card
from dentalviewer.detection.cards.model_folder import write_model
from dentalviewer.detection.inference.catalogue import InstalledDetectors
from dentalviewer.detector import DetectionSettings
from dentalviewer.errors import ModelError
from tests.conftest import NO_FOLDERS
from tests.detection.conftest import BUNDLED, card
from tests.held_files import as_on_windows, held


@pytest.fixture
def catalogue(tmp_path: Path) -> InstalledDetectors:
    return InstalledDetectors(tmp_path / "own")


def rename(model: Path, name: str) -> Path:
    path = model / "card.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "name": name}))
    return model


def test_an_added_detector_is_named_described_and_loaded(
    catalogue: InstalledDetectors, model: Path
) -> None:
    assert "tiny" not in catalogue.names()

    assert catalogue.add(model) == "tiny"

    assert catalogue.names()[-1] == "tiny"
    assert catalogue.describe("tiny").startswith("# tiny\n\nTo be tested.")
    assert "million parameters" in catalogue.describe("tiny")
    assert catalogue.load("tiny").identity.name == "tiny"
    assert catalogue.card("tiny").failures == ("Finds things everywhere.",)


def test_a_detector_is_not_added_twice(
    catalogue: InstalledDetectors, model: Path
) -> None:
    catalogue.add(model)

    with pytest.raises(ModelError, match='"tiny" is installed already'):
        catalogue.add(model)


def test_a_damaged_detector_is_not_added(
    catalogue: InstalledDetectors, model: Path
) -> None:
    (model / "weights.safetensors").write_bytes(b"no weights")

    with pytest.raises(ModelError, match="not the weights"):
        catalogue.add(model)
    assert "tiny" not in catalogue.names()


@pytest.mark.parametrize("name", NO_FOLDERS)
def test_a_card_s_name_is_that_of_a_folder_on_every_system(
    catalogue: InstalledDetectors, model: Path, name: str
) -> None:
    with pytest.raises(ModelError, match="cannot be the name of a folder"):
        catalogue.add(rename(model, name))
    assert not (model.parent.parent / "own").exists()


def test_a_detector_of_something_else_is_not_offered_for_treatments(
    catalogue: InstalledDetectors, model: Path, random_weights: bytes
) -> None:
    assert catalogue.user_folder is not None
    teeth = card(
        random_weights,
        name="incisors",
        head="teeth",
        labels=("11", "21", "31"),
        calibrations={},
        settings=DetectionSettings(),
    )
    write_model(catalogue.user_folder / "incisors", random_weights, encode_card(teeth))

    assert "incisors" not in catalogue.names()
    with pytest.raises(ModelError, match="looks for teeth"):
        catalogue.add(catalogue.user_folder / "incisors")


def test_a_detector_whose_card_is_damaged_is_named_and_says_why_it_fails(
    catalogue: InstalledDetectors, model: Path
) -> None:
    assert catalogue.user_folder is not None
    catalogue.add(model)
    (catalogue.user_folder / "tiny" / "card.json").write_text("{")

    assert "tiny" in catalogue.names()
    with pytest.raises(ModelError, match=r"card\.json"):
        catalogue.load("tiny")
    with pytest.raises(ModelError, match=r"card\.json"):
        catalogue.describe("tiny")


def test_a_folder_that_is_still_being_written_is_no_detector(
    catalogue: InstalledDetectors, model: Path
) -> None:
    assert catalogue.user_folder is not None
    catalogue.user_folder.mkdir()
    model.rename(catalogue.user_folder / ".tiny.new")

    assert not any("tiny" in name for name in catalogue.names())


def test_what_a_detector_shows_is_known_of_one_in_any_folder(
    catalogue: InstalledDetectors, model: Path
) -> None:
    there = catalogue.signature(str(model))

    catalogue.add(model)
    assert there == catalogue.signature("tiny")
    with pytest.raises(ModelError, match=r"no such detector; installed: .*tiny"):
        catalogue.signature("nobody")


def test_nobody_is_known_by_a_name_that_is_not_installed(
    catalogue: InstalledDetectors,
) -> None:
    with pytest.raises(ModelError, match="no such detector"):
        catalogue.describe("nobody")


def test_without_a_folder_of_one_s_own_nothing_can_be_added(model: Path) -> None:
    with pytest.raises(ModelError, match="no folder for detectors of your own"):
        InstalledDetectors().add(model)


def test_a_detector_of_one_s_own_is_removed(
    catalogue: InstalledDetectors, model: Path
) -> None:
    catalogue.add(model)
    assert catalogue.own_names() == ("tiny",)

    catalogue.remove("tiny")

    assert catalogue.own_names() == ()
    assert "tiny" not in catalogue.names()
    assert catalogue.add(model) == "tiny"


def test_a_detector_whose_files_are_read_for_a_moment_is_removed_after_it(
    catalogue: InstalledDetectors, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue.add(model)
    as_on_windows(monkeypatch)
    monkeypatch.setattr(os, "replace", held(os.replace, 3))

    catalogue.remove("tiny")

    assert catalogue.own_names() == ()


def test_a_damaged_detector_can_be_removed_too(
    catalogue: InstalledDetectors, model: Path
) -> None:
    assert catalogue.user_folder is not None
    catalogue.add(model)
    (catalogue.user_folder / "tiny" / "card.json").write_text("{")

    catalogue.remove("tiny")

    assert list(catalogue.user_folder.iterdir()) == []


@pytest.mark.parametrize("name", [BUNDLED, "nobody", "..", ""])
def test_only_what_is_one_s_own_can_be_removed(
    catalogue: InstalledDetectors, model: Path, name: str
) -> None:
    catalogue.add(model)

    with pytest.raises(ModelError, match="none of your own"):
        catalogue.remove(name)
    assert model.is_dir()


@pytest.mark.weights
def test_the_bundled_detector_comes_first(
    catalogue: InstalledDetectors, model: Path
) -> None:
    catalogue.add(model)

    assert catalogue.names()[0] == DEFAULT_MODEL
    assert "CC BY-NC-SA" in catalogue.describe(DEFAULT_MODEL)


@pytest.mark.weights
def test_the_detector_that_is_used_first_is_the_default_one() -> None:
    names = InstalledDetectors().names()

    assert names[0] == DEFAULT_MODEL
    assert set(names) == {"ensemble", "faster_rcnn", "ssd_mobilenet"}
