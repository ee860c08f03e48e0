from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dentalviewer.cli import main
from dentalviewer.detection import DEFAULT_MODEL, load_detector, read_card
from dentalviewer.detection.augmenting.variations import VARIATIONS
from dentalviewer.detection.cards.model_card import (
    Member,
    ModelCard,
    encode_card,
    sha256_of_members,
)
from dentalviewer.detection.cards.model_folder import (
    read_members,
    read_model,
    write_ensemble,
    write_model,
)
from dentalviewer.detection.cards.tables import card_markdown
from dentalviewer.detection.commands import ensemble_command
from dentalviewer.detection.inference.catalogue import InstalledDetectors
from dentalviewer.detection.inference.ensemble import EnsembleDetector
from dentalviewer.detection.inference.torch_detector import TorchDetector
from dentalviewer.detection.inference.weights import encode_weights
from dentalviewer.detection.looks import Look
from dentalviewer.detector import Calibration
from dentalviewer.errors import DetectionCancelled, ModelError
from dentalviewer.geometry import Box, Size
from dentalviewer.radiograph import Radiograph, read_radiograph
from dentalviewer.resources import models_folder, samples_folder
from dentalviewer.study import Finding
from tests.detection.conftest import FRAME, card, network, write_split

PIXELS = np.random.default_rng(1).integers(0, 255, (64, 128), np.uint8)
# As a card has a member that takes no look.
BLIND = {"name": "tiny", "weights_sha256": "0" * 64, "looks": [], "calibrations": {}}
RADIOGRAPH = Radiograph(Path("a.png"), PIXELS, "0" * 64)


@pytest.fixture(autouse=True)
def _speed_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ensemble_command, "speed_of", lambda _: None)


@pytest.fixture
def two_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are many radiographs, all ways of altering them take minutes."""
    few = [each for each in VARIATIONS if each.name in ("inverted", "noisy")]
    monkeypatch.setattr(ensemble_command, "VARIATIONS", few)


@pytest.fixture
def other(model: Path) -> Path:
    """Beside the first a detector with other random weights, which looks twice."""
    weights = encode_weights(network(seed=3))
    told = card(
        weights,
        name="other",
        looks=(Look(FRAME), Look(Size(64, 64), mirrored=True)),
        failures=("Finds things everywhere.", "And elsewhere."),
    )
    folder = model.parent / "other"
    write_model(folder, weights, encode_card(told))
    return folder


def ensemble_card(*members: Path, name: str = "both", **changes: Any) -> ModelCard:
    told = tuple(
        Member(each.name, found.weights_sha256, found.looks, found.calibrations)
        for each, found in ((each, read_card(each)) for each in members)
    )
    return replace(
        read_card(members[0]),
        name=name,
        architecture="ensemble",
        architecture_parameters={},
        looks=tuple(look for member in told for look in member.looks),
        weights_sha256=sha256_of_members(told, {}),
        members=told,
        **changes,
    )


@pytest.fixture
def both(model: Path, other: Path) -> Path:
    folder = model.parent / "both"
    write_ensemble(folder, encode_card(ensemble_card(model, other)))
    return folder


class Scripted:
    """A member that says what it was told to, look by look."""

    def __init__(self, *looks: tuple[Finding, ...]) -> None:
        self.looks = list(looks)
        self.asked = self.cancelled = False
        self.then: Callable[[], None] = lambda: None

    def look_by_look(self, radiograph: Radiograph) -> list[tuple[Finding, ...]]:
        self.asked = True
        self.then()
        return self.looks

    def cancel(self) -> None:
        self.cancelled = True


def ensemble_of(*members: Scripted, **calibrations: Calibration) -> EnsembleDetector:
    told = card(b"")
    return EnsembleDetector(
        tuple(members),  # type: ignore[arg-type]
        identity=told.identity,
        labels=told.labels,
        settings=told.settings,
        calibrations=calibrations,
    )


def restoration(score: float, x: float = 10) -> Finding:
    return Finding(Box(x, 10, x + 20, 30), "restoration", score=score)


def test_every_look_of_every_member_counts_alike() -> None:
    first = Scripted((restoration(0.9),), (restoration(0.6),))
    second = Scripted((restoration(0.3), restoration(0.6, x=60)))

    found = ensemble_of(first, second).detect(RADIOGRAPH)

    # (0.9 + 0.6 + 0.3) / 3, and 0.6 of one look in three.
    assert [f.score for f in found] == [pytest.approx(0.6), pytest.approx(0.2)]
    assert [f.box.x_min for f in found] == [pytest.approx(10), pytest.approx(60)]


def test_the_mean_of_the_members_is_calibrated_once_more() -> None:
    member = Scripted((restoration(0.5),))

    (found,) = ensemble_of(member, restoration=Calibration(1.0, 1.0)).detect(RADIOGRAPH)

    # 1 / (1 + exp(-1)): the logit of 0.5 is 0.
    assert found.score == pytest.approx(0.7311, abs=1e-4)


def test_what_next_to_no_member_sees_is_not_kept() -> None:
    member = Scripted((restoration(0.0021), restoration(0.0019, x=60)))

    (found,) = ensemble_of(member).detect(RADIOGRAPH)

    assert found.box.x_min == 10


def test_cancelling_between_two_members_ends_the_examination() -> None:
    first, second = Scripted(()), Scripted(())
    detector = ensemble_of(first, second)
    first.then = detector.cancel

    with pytest.raises(DetectionCancelled):
        detector.detect(RADIOGRAPH)

    assert first.cancelled
    assert second.cancelled
    assert not second.asked


def test_who_cancelled_once_can_examine_again() -> None:
    detector = ensemble_of(Scripted((restoration(0.9),)))
    detector.cancel()

    assert len(detector.detect(RADIOGRAPH)) == 1


def test_a_loaded_ensemble_finds_what_its_members_find_in_their_looks(
    both: Path, model: Path, other: Path
) -> None:
    found = load_detector(both).detect(RADIOGRAPH)

    members = [load_detector(folder) for folder in (model, other)]
    looks: list[tuple[Finding, ...]] = []
    for member in members:
        assert isinstance(member, TorchDetector)
        looks += member.look_by_look(RADIOGRAPH)
    assert len(looks) == 3
    expected = ensemble_of(Scripted(*looks), **read_card(both).calibrations)
    assert found == expected.detect(RADIOGRAPH)
    assert found


def test_a_detector_sees_in_each_look_what_it_takes_the_mean_of(other: Path) -> None:
    detector = load_detector(other)
    assert isinstance(detector, TorchDetector)

    straight, mirrored = detector.look_by_look(RADIOGRAPH)

    assert straight
    assert mirrored
    assert straight != mirrored


def test_a_member_may_take_fewer_looks_than_alone(
    model: Path, other: Path, both: Path
) -> None:
    told = ensemble_card(model, other)
    first, second = told.members
    once = replace(told, members=(first, replace(second, looks=second.looks[:1])))
    write_ensemble(both, encode_card(once))

    detector = load_detector(both)

    assert isinstance(detector, EnsembleDetector)
    assert [len(m.look_by_look(RADIOGRAPH)) for m in detector.members] == [1, 1]


def test_the_card_of_an_ensemble_comes_back_and_names_its_members(
    both: Path, model: Path, other: Path
) -> None:
    found = read_card(both)

    assert found == ensemble_card(model, other)
    shown = card_markdown(found)
    assert (
        "**Architecture**: ensemble of tiny, which looks in frames of 128 x 64; other,"
        " which looks in frames of 128 x 64 and 64 x 64, mirrored\n"
    ) in shown
    for folder in (model, other):
        digest = read_card(folder).weights_sha256
        assert f"**sha256 of the weights of {folder.name}**: `{digest}`" in shown


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"members": []}, "architecture ensemble do not fit"),
        ({"architecture": "faster_rcnn"}, "architecture faster_rcnn do not fit"),
        ({"members": {"tiny": 1}}, "is not a list"),
        ({"members": [{"name": "tiny"}]}, 'lacks the field "weights_sha256"'),
        ({"members": [BLIND]}, '"looks" is empty'),
    ],
)
def test_a_card_that_contradicts_itself_about_members_is_refused(
    both: Path, change: dict[str, Any], fault: str
) -> None:
    path = both / "card.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))

    with pytest.raises(ModelError, match=fault):
        read_card(both)


@pytest.mark.parametrize("name", ["../tiny", "..", "a/b", ""])
def test_a_member_cannot_lie_elsewhere(both: Path, name: str) -> None:
    path = both / "card.json"
    content = json.loads(path.read_text())
    content["members"][0]["name"] = name
    path.write_text(json.dumps(content))

    with pytest.raises(ModelError, match='"name"'):
        read_card(both)


def test_a_member_that_is_gone_is_named(both: Path, other: Path) -> None:
    other.rename(other.with_name("elsewhere"))

    with pytest.raises(ModelError, match="needs the detector other, which is not"):
        load_detector(both)


def test_a_member_that_was_trained_further_is_another(both: Path, other: Path) -> None:
    weights = encode_weights(network(seed=4))
    write_model(other, weights, encode_card(card(weights, name="other")))

    with pytest.raises(ModelError, match="is another other than both was made of"):
        load_detector(both)


def test_a_member_with_damaged_weights_is_named(both: Path, other: Path) -> None:
    (other / "weights.safetensors").write_bytes(b"")

    with pytest.raises(ModelError, match=r"other.*not the weights"):
        load_detector(both)


def test_a_bundled_member_need_not_lie_beside_the_ensemble(
    both: Path, other: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundled = tmp_path / "bundled" / "other"
    bundled.parent.mkdir()
    other.rename(bundled)
    monkeypatch.setattr(
        "dentalviewer.detection.cards.model_folder.resources.models_folder",
        lambda: bundled.parent,
    )

    assert len(read_members(both, read_card(both))) == 2


def test_a_detector_called_as_a_bundled_member_does_not_hide_it(
    both: Path, other: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundled = tmp_path / "bundled" / "other"
    bundled.parent.mkdir()
    other.rename(bundled)
    weights = encode_weights(network(seed=4))
    write_model(other, weights, encode_card(card(weights, name="other")))
    monkeypatch.setattr(
        "dentalviewer.detection.cards.model_folder.resources.models_folder",
        lambda: bundled.parent,
    )

    _, (found, _) = read_members(both, read_card(both))

    assert found == read_card(bundled)


def test_who_asks_an_ensemble_for_weights_is_told_its_members(
    both: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = "has no weights of its own; choose tiny or other"

    with pytest.raises(ModelError, match=asked):
        read_model(both)
    assert main(["export", str(both), "--onnx", str(tmp_path / "a.onnx")]) == 1
    assert asked in capsys.readouterr().err
    assert not list(tmp_path.glob("*.onnx"))


def test_an_ensemble_cannot_be_trained_further(
    both: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ["--run-folder", str(tmp_path / "run"), "--output", str(tmp_path / "new")]

    assert main(["train", "--from", str(both), "--data", str(data), *run]) == 1

    assert "choose tiny or other" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def made_of(
    *members: Path, data: Path, output: Path, more: tuple[str, ...] = ()
) -> int:
    return main(
        [
            "ensemble",
            *map(str, members),
            "--data",
            str(data),
            "--output",
            str(output),
            *more,
        ]
    )


@pytest.mark.usefixtures("two_ways")
def test_an_ensemble_is_made_and_measured_on_what_is_held_out(
    model: Path, other: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    write_split(data, "train")
    write_split(data, "val", radiographs=33)
    output = model.parent / "both"

    status = made_of(model, other, data=data, output=output, more=("--looks", "1", "1"))

    assert status == 0
    told = read_card(output)
    assert [(m.name, len(m.looks)) for m in told.members] == [("tiny", 1), ("other", 1)]
    assert told.evaluations["validation"].images == 33
    assert told.evaluations.keys() == {"validation", "inverted", "noisy"}
    assert told.evaluations["validation"].data == "data, held out, 33 radiographs"
    # Only what is known of both.
    assert told.failures == ("Finds things everywhere.",)
    assert told.training.recipe.startswith("nothing was learned anew")
    assert told.training.command.startswith("dentalviewer ensemble")
    assert "seen at 128 x 64 by tiny, at 128 x 64 by other" in told.preprocessing
    assert list(output.iterdir()) == [output / "card.json"]
    assert load_detector(output).identity == told.identity
    assert load_detector(output).detect(RADIOGRAPH)


def test_of_few_held_out_the_threshold_is_the_first_member_s(
    model: Path, other: Path, data: Path
) -> None:
    output = model.parent / "both"

    assert made_of(model, other, data=data, output=output) == 0

    told, first = read_card(output), read_card(model)
    assert list(told.evaluations)[1:] == [each.name for each in VARIATIONS]
    assert told.settings.thresholds == first.settings.thresholds
    assert told.calibrations == {}


def test_making_an_ensemble_again_replaces_it(
    both: Path, model: Path, other: Path, data: Path
) -> None:
    assert made_of(other, model, data=data, output=both) == 0

    assert [member.name for member in read_card(both).members] == ["other", "tiny"]


@pytest.mark.usefixtures("two_ways")
def test_an_ensemble_whose_scores_mean_something_else_is_another(
    model: Path, other: Path, tmp_path: Path
) -> None:
    """What the one found is not shown as if the other had found it."""
    made = []
    for name, radiographs in (("one", 33), ("two", 40)):
        write_split(tmp_path / name, "train")
        write_split(tmp_path / name, "val", radiographs=radiographs)
        output = model.parent / name
        assert made_of(model, other, data=tmp_path / name, output=output) == 0
        made.append(read_card(model.parent / name))

    assert made[0].calibrations != made[1].calibrations
    assert not made[0].identity.is_same_as(made[1].identity)


@pytest.mark.parametrize(
    ("names", "more", "fault"),
    [
        (["tiny"], (), "needs two or more different detectors"),
        (["tiny", "tiny"], (), "needs two or more different detectors"),
        (["tiny", "both"], (), "is an ensemble and has no weights of its own"),
        (["tiny", "nobody"], (), "no such detector"),
        (["tiny", "other"], ("--looks", "1"), "--looks needs 2 numbers"),
        (["tiny", "other"], ("--looks", "2", "1"), "tiny: takes 1 look, not 2"),
        (["tiny", "other"], ("--looks", "0", "1"), "tiny: takes 1 look, not 0"),
    ],
)
def test_what_cannot_be_an_ensemble_is_refused_before_any_work(
    both: Path,
    data: Path,
    capsys: pytest.CaptureFixture[str],
    names: list[str],
    more: tuple[str, ...],
    fault: str,
) -> None:
    members = [both.parent / name for name in names]

    assert made_of(*members, data=data, output=both.parent / "new", more=more) == 1

    assert fault in capsys.readouterr().err
    assert not (both.parent / "new").exists()


def test_a_list_of_label_faults_that_is_none_is_refused_before_any_work(
    model: Path,
    other: Path,
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(ensemble_command, "examine_altered", pytest.fail)
    told = ("--label-faults", str(model / "card.json"))

    assert (
        made_of(model, other, data=data, output=model.parent / "both", more=told) == 1
    )

    assert "card.json" in capsys.readouterr().err


def test_members_have_to_lie_where_the_ensemble_finds_them(
    model: Path,
    other: Path,
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert made_of(model, other, data=data, output=tmp_path / "far" / "both") == 1

    assert "needs the detector tiny, which is not installed" in capsys.readouterr().err


def test_detectors_of_other_classes_are_no_ensemble(
    model: Path, other: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = other / "card.json"
    content = json.loads(path.read_text())
    content["labels"] = ["restoration", "endodontic", "caries"]
    content["calibrations"] = {}
    path.write_text(json.dumps(content))

    assert made_of(model, other, data=data, output=model.parent / "both") == 1

    assert "looks for other classes than tiny" in capsys.readouterr().err


def test_a_member_is_not_replaced_by_the_ensemble(
    model: Path, other: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = read_model(other)

    assert made_of(model, other, data=data, output=other) == 1

    assert "is one of the members" in capsys.readouterr().err
    assert read_model(other) == before


def test_a_folder_with_other_things_is_not_replaced(
    model: Path, other: Path, data: Path
) -> None:
    output = model.parent / "both"
    output.mkdir()
    (output / "notes.txt").write_text("mine")

    assert made_of(model, other, data=data, output=output) == 1

    assert (output / "notes.txt").read_text() == "mine"


def test_an_ensemble_of_installed_detectors_can_be_installed(
    both: Path, model: Path, other: Path, tmp_path: Path
) -> None:
    catalogue = InstalledDetectors(tmp_path / "installed")
    with pytest.raises(ModelError, match="needs the detector tiny"):
        catalogue.add(both)
    for member in (model, other):
        catalogue.add(member)

    assert catalogue.add(both) == "both"

    assert catalogue.members("both") == ("tiny", "other")
    assert catalogue.members("tiny") == ()
    assert catalogue.members("nobody") == ()
    assert catalogue.load("both").detect(RADIOGRAPH)


def test_a_detector_that_an_ensemble_needs_is_not_removed(
    both: Path, model: Path, other: Path
) -> None:
    catalogue = InstalledDetectors(both.parent)

    with pytest.raises(ModelError, match="tiny: is a member of both: remove that"):
        catalogue.remove("tiny")

    assert catalogue.load("both").detect(RADIOGRAPH)
    catalogue.remove("both")
    catalogue.remove("tiny")
    assert catalogue.own_names() == ("other",)


def test_what_an_ensemble_was_not_made_of_can_be_removed(
    both: Path, other: Path
) -> None:
    weights = encode_weights(network(seed=4))
    write_model(other, weights, encode_card(card(weights, name="other")))
    catalogue = InstalledDetectors(both.parent)

    catalogue.remove("other")

    assert "other" not in catalogue.own_names()


@pytest.mark.weights
def test_the_bundled_ensemble_is_what_is_used_first_and_marks_the_sample() -> None:
    detector = load_detector(DEFAULT_MODEL)

    assert isinstance(detector, EnsembleDetector)
    members = read_members(models_folder() / DEFAULT_MODEL, read_card_of_default())
    assert [told.name for told, _ in members] == ["faster_rcnn", "ssd_mobilenet"]
    path = samples_folder() / "vott-v1" / "sample-1.png"
    found = detector.detect(read_radiograph(path))
    sure = [f for f in found if (f.score or 0) >= detector.settings.threshold(f.label)]
    assert {f.label for f in sure} >= {"restoration", "endodontic"}


def read_card_of_default() -> ModelCard:
    return read_card(models_folder() / DEFAULT_MODEL)
