from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load, save

from dentalviewer.detection import installed_detectors, load_detector
from dentalviewer.detection.cards.card_reading import (
    read_card,
    with_size,
)
from dentalviewer.detection.cards.model_card import (
    Evaluation,
    Measurement,
    Speed,
    WeightsSize,
    encode_card,
    sha256,
)
from dentalviewer.detection.cards.model_folder import read_model, write_model
from dentalviewer.detection.cards.tables import card_markdown
from dentalviewer.detection.looks import Look
from dentalviewer.errors import ModelError
from dentalviewer.evaluation.estimate import Estimate
from dentalviewer.geometry import Size
from tests.detection.conftest import FRAME, card
from tests.held_files import FOREVER, as_on_windows, held


def change_card(folder: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
    path = folder / "card.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    return path


def change_weights(folder: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
    """Other weights, whose hash the card knows."""
    path = folder / "weights.safetensors"
    weights = load(path.read_bytes())
    change(weights)
    data = save(weights)
    path.write_bytes(data)
    change_card(folder, lambda content: content.update(weights_sha256=sha256(data)))
    return path


def test_a_card_comes_back_as_it_was_written(
    model: Path, random_weights: bytes
) -> None:
    assert read_card(model) == card(random_weights)


def test_a_card_that_changes_is_read_anew_and_else_but_once(model: Path) -> None:
    first = read_card(model)
    assert read_card(model) is first
    change_card(model, lambda content: content.update(sweep="Much else was tried."))

    assert read_card(model).sweep == "Much else was tried."


def test_a_card_from_before_there_were_two_looks_and_calibrations_has_neither(
    model: Path,
) -> None:
    change_card(model, lambda content: content.pop("looks"))
    change_card(model, lambda content: content.pop("calibrations"))

    assert read_card(model).looks == (Look(FRAME),)
    assert read_card(model).calibrations == {}


def test_a_card_from_when_both_looks_were_of_one_size_has_these(model: Path) -> None:
    change_card(model, lambda content: content.pop("looks"))
    change_card(model, lambda content: content.update(both_sides=True))

    assert read_card(model).looks == (Look(FRAME), Look(FRAME, mirrored=True))


def test_the_looks_of_a_card_are_read_and_told(model: Path) -> None:
    looks = [
        {"size": {"width": 192, "height": 64}, "mirrored": False},
        {"size": {"width": 64, "height": 64}, "mirrored": True},
    ]
    change_card(model, lambda content: content.update(looks=looks))

    read = read_card(model)

    assert read.looks == (Look(Size(192, 64)), Look(Size(64, 64), mirrored=True))
    assert "looks in such of 192 x 64 and 64 x 64, mirrored" in card_markdown(read)
    assert json.loads(encode_card(read))["looks"] == looks


def test_a_card_from_before_sizes_were_told_learns_it_from_the_weights(
    model: Path,
) -> None:
    change_card(model, lambda content: content.pop("size"))
    with (model / "weights.safetensors").open("rb") as file:
        tensors = load(file.read())

    old = read_card(model)
    known = with_size(old, model)

    assert old.size is None
    assert known.size == WeightsSize(
        sum(tensor.numel() for tensor in tensors.values()),
        (model / "weights.safetensors").stat().st_size,
    )
    assert known == replace(old, size=known.size)


def test_a_card_can_be_read_where_the_weights_are_missing(model: Path) -> None:
    (model / "weights.safetensors").unlink()
    old = card(b"")

    assert with_size(old, model) is old


def test_a_size_that_is_told_comes_back_and_is_shown(model: Path) -> None:
    size = {"parameters": 2_345_678, "bytes": 4_700_000}
    change_card(model, lambda content: content.update(size=size))

    found = read_card(model)

    assert found.size == WeightsSize(2_345_678, 4_700_000)
    shown = "- **Size**: 2.35 million parameters, 4.7 MB of weights"
    assert shown in card_markdown(found)
    assert "**Size**" not in card_markdown(card(b""))


def test_a_speed_that_is_told_comes_back_and_is_shown(model: Path) -> None:
    speed = {
        "milliseconds": 183.4,
        "megabytes": 882.6,
        "threads": 2,
        "radiograph": {"width": 2900, "height": 1400},
    }
    change_card(model, lambda content: content.update(speed=speed))

    found = read_card(model)

    assert found.speed == Speed(183.4, 882.6, 2, Size(2900, 1400))
    told = "- **Speed**: 183 ms for a radiograph of 2900 x 1400 pixels with 2 threads"
    assert f"{told}; 883 MB of memory\n" in card_markdown(found)
    assert "**Speed**" not in card_markdown(card(b""))


MEASUREMENT = {
    "title": "As a reader among others",
    "results": "| | F1 |\n|---|---|\n| implant | 1.00 |",
    "command": "dentalviewer agreement A B",
}


def test_a_measurement_comes_back_and_is_shown_with_its_command(model: Path) -> None:
    assert read_card(model).measurements == ()
    change_card(model, lambda content: content.update(measurements=[MEASUREMENT]))

    found = read_card(model)

    assert found.measurements == (Measurement(**MEASUREMENT),)
    shown = card_markdown(found)
    assert "## As a reader among others\n\n| | F1 |\n" in shown
    assert "\n\nMeasured by `dentalviewer agreement A B`.\n" in shown


def test_a_measurement_without_its_command_is_named(model: Path) -> None:
    measurement = {**MEASUREMENT, "command": ""}
    change_card(model, lambda content: content.update(measurements=[measurement]))

    with pytest.raises(ModelError, match='"command" is not a text'):
        read_card(model)


def test_memory_that_the_system_does_not_tell_is_left_out() -> None:
    told = card_markdown(card(b"", speed=Speed(70.0, None, 1, Size(2900, 1400))))

    shown = "- **Speed**: 70 ms for a radiograph of 2900 x 1400 pixels with 1 thread\n"
    assert shown in told


def test_a_speed_that_makes_no_sense_is_named(model: Path) -> None:
    speed = {"milliseconds": "fast", "megabytes": None, "threads": 2}
    change_card(model, lambda content: content.update(speed=speed))

    with pytest.raises(ModelError, match='"speed" lacks the field "radiograph"'):
        read_card(model)


def test_f1_is_shown_for_boxes_that_overlap_less_too(random_weights: bytes) -> None:
    told = card(random_weights)
    loose = replace(
        told.evaluations["validation"].scores["implant"],
        f1_iou30=Estimate(0.8, 0.7, 0.9),
    )
    many = {str(number): loose for number in range(9)}
    evaluations = {
        "validation": Evaluation("drawn", 5, {"implant": loose}),
        "of few": Evaluation("drawn", 4, {"implant": loose}),
        "noisy": Evaluation("drawn", 2, many),
    }

    text = card_markdown(replace(told, evaluations=evaluations))

    assert "| F1 | F1 at IoU 0.3 |" in text
    assert "| – | 0.50 (0.25-0.75) | 0.80 (0.70-0.90) |" in text
    # Too few for intervals to be told.
    assert "| of few | implant | 3 | 0.50 | 0.50 | 0.50 | – | 0.50 | 0.80 |" in text
    assert "| mean of 9 | 27 | 0.50 | 0.50 | 0.50 | – | 0.50 | 0.80 |" in text


def test_a_calibration_that_would_turn_the_order_round_is_refused(model: Path) -> None:
    upside_down = {"implant": {"slope": -1.0, "offset": 0.0}}
    change_card(model, lambda content: content.update(calibrations=upside_down))

    with pytest.raises(ModelError, match='"slope" is not above 0'):
        read_card(model)


def test_a_card_tells_a_reader_what_it_knows(random_weights: bytes) -> None:
    text = card_markdown(card(random_weights))

    assert "| validation | implant | 3 | 0.50 (0.25-0.75) |" in text
    assert "| – |" in text
    assert "Thresholds: restoration 0.25, endodontic treatment 0.35." in text
    assert "- Finds things everywhere." in text
    assert "128 x 64 pixels" in text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: c.pop("labels"), 'lacks the field "labels"'),
        (lambda c: c.update(colour="blue"), 'unknown field "colour"'),
        (lambda c: c.update(format=2), "is 2; this program reads 1"),
        (lambda c: c.update(name=""), '"name" is not a text'),
        (lambda c: c.update(labels=["implant", "implant"]), "names a label twice"),
        (lambda c: c.update(labels=[]), "is empty"),
        (
            lambda c: c.update(head="teeth", labels=["11", "55"]),
            "names what is no FDI number of a permanent tooth",
        ),
        (lambda c: c.update(labels="implant"), "is not a list"),
        (lambda c: c["input_size"].update(width=0), '"width" is not a whole number'),
        (lambda c: c.update(looks=[]), '"looks" is empty'),
        (lambda c: c.update(both_sides=True), 'stands beside "both_sides"'),
        (lambda c: c["looks"][0].pop("mirrored"), 'lacks the field "mirrored"'),
        (lambda c: c["input_size"].update(width=True), '"width" is not a whole number'),
        (lambda c: c.update(finds_arches=1), "is not true or false"),
        (lambda c: c["settings"].update(nms_iou=1.5), "1.5, not between 0 and 1"),
        (lambda c: c["settings"].update(nms_iou="a"), '"nms_iou" is not a number'),
        (lambda c: c["settings"]["thresholds"].update(caries=0.5), "does not have"),
        (lambda c: c.update(weights_sha256="abc"), "is not a sha256"),
        (lambda c: c["training"].pop("licence"), 'lacks the field "licence"'),
        (lambda c: c.update(size={"parameters": 1}), 'lacks the field "bytes"'),
        (lambda c: c.update(evaluations=[]), '"evaluations" is not an object'),
    ],
)
def test_a_card_that_says_too_little_or_too_much_is_refused(
    model: Path, change: Callable[[dict[str, Any]], Any], words: str
) -> None:
    path = change_card(model, change)

    with pytest.raises(ModelError) as caught:
        read_card(model)
    assert caught.value.path == path
    assert words in caught.value.fault


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'"card"'])
def test_a_card_that_is_none_is_refused(model: Path, content: bytes) -> None:
    (model / "card.json").write_bytes(content)

    with pytest.raises(ModelError, match="card"):
        read_card(model)


def test_other_weights_than_the_card_describes_are_refused(model: Path) -> None:
    path = model / "weights.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)

    with pytest.raises(ModelError, match="not the weights that the model card") as at:
        load_detector(model)
    assert at.value.path == path


@pytest.mark.parametrize("name", ["card.json", "weights.safetensors"])
def test_a_missing_file_is_named(model: Path, name: str) -> None:
    (model / name).unlink()

    with pytest.raises(ModelError, match="missing") as caught:
        load_detector(model)
    assert caught.value.path == model / name


def test_weights_of_another_shape_are_refused(model: Path) -> None:
    name = "detector.heads.treatments.labels.bias"
    path = change_weights(model, lambda w: w.update({name: torch.zeros(5)}))

    with pytest.raises(ModelError, match=rf"{name} is \(5,\).* needs \(6,\)") as caught:
        load_detector(model)
    assert caught.value.path == path


def test_weights_that_lack_something_are_refused(model: Path) -> None:
    name = "detector.heads.treatments.labels.bias"
    change_weights(model, lambda w: w.pop(name))

    with pytest.raises(ModelError, match=f"lack {name}"):
        load_detector(model)


def test_weights_with_something_unknown_are_refused(model: Path) -> None:
    change_weights(model, lambda w: w.update(extra=torch.zeros(1)))

    with pytest.raises(ModelError, match="hold extra"):
        load_detector(model)


def test_weights_that_are_no_numbers_are_refused(model: Path) -> None:
    name = "detector.heads.treatments.labels.bias"
    change_weights(model, lambda w: w[name].fill_(float("nan")))

    with pytest.raises(ModelError, match="not finite"):
        load_detector(model)


def test_a_damaged_weights_file_is_refused_though_its_hash_fits(model: Path) -> None:
    (model / "weights.safetensors").write_bytes(b"damaged")
    change_card(model, lambda c: c.update(weights_sha256=sha256(b"damaged")))

    with pytest.raises(ModelError, match="damaged or not in safetensors format"):
        load_detector(model)


def test_an_unknown_architecture_is_refused(model: Path) -> None:
    change_card(model, lambda c: c.update(architecture="oracle"))

    with pytest.raises(ModelError, match='unknown architecture "oracle"'):
        load_detector(model)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda heads: heads.clear(), "must describe the head"),
        (lambda heads: heads["treatments"].update(num_labels=4), "must describe"),
        (lambda heads: heads["treatments"].update(depth=4), "depth"),
        (lambda heads: heads["treatments"].update(default_box_sizes=["a", "b"]), "fit"),
        (lambda heads: heads["treatments"].update(default_box_sizes=[[1, -1]]), "fit"),
        (lambda heads: heads["treatments"].update(first_level=9), "fit"),
        (lambda heads: heads.update(treatments=None), "fit"),
    ],
)
def test_parameters_that_describe_no_network_are_refused(
    model: Path, change: Callable[[dict[str, Any]], Any], words: str
) -> None:
    change_card(model, lambda c: change(c["architecture_parameters"]["heads"]))

    with pytest.raises(ModelError, match=words):
        load_detector(model)


def test_there_is_no_detector_of_a_name_that_is_not_installed(model: Path) -> None:
    with pytest.raises(ModelError, match=r"no such detector; installed: .*tiny"):
        load_detector("nobody", user_folder=model.parent)


def test_a_detector_is_loaded_by_name_from_the_user_s_folder(model: Path) -> None:
    detector = load_detector("tiny", user_folder=model.parent)

    assert detector.identity.name == "tiny"
    assert detector.labels == ("restoration", "endodontic", "implant")
    assert detector.settings.threshold("restoration") == 0.25


def test_a_model_folder_is_replaced_by_the_next(model: Path) -> None:
    new = card(b"new", input_size=Size(64, 64))
    write_model(model, b"new", encode_card(new))

    assert read_model(model) == (new, b"new")
    assert [path.name for path in model.parent.iterdir()] == ["tiny"]


def test_a_model_that_another_program_reads_for_a_moment_is_replaced_after_it(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = card(b"new", input_size=Size(64, 64))
    as_on_windows(monkeypatch)
    monkeypatch.setattr(os, "replace", held(os.replace, 3))

    write_model(model, b"new", encode_card(new))

    assert read_model(model) == (new, b"new")


def test_a_model_left_from_an_earlier_time_that_cannot_be_deleted_costs_no_model(
    model: Path, monkeypatch: pytest.MonkeyPatch, random_weights: bytes
) -> None:
    old = model.with_name(".tiny.old")
    old.mkdir()
    (old / "weights.safetensors").write_bytes(b"old")
    monkeypatch.setattr(os, "unlink", held(os.unlink, FOREVER))

    with pytest.raises(ModelError, match="cannot be written"):
        write_model(model, b"new", encode_card(card(b"new")))

    assert read_model(model)[1] == random_weights


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        ("tiny/thesis.txt", "holds other things than a detector, such as thesis.txt"),
        (".tiny.old/thesis.txt", "holds other things than a detector"),
        (".tiny.old", "is a file"),
    ],
)
def test_a_model_replaces_nothing_but_a_model(
    model: Path, random_weights: bytes, file: str, fault: str
) -> None:
    path = model.parent / file
    path.parent.mkdir(exist_ok=True)
    path.write_text("years of work")

    with pytest.raises(ModelError, match=fault):
        write_model(model, b"new", encode_card(card(b"new")))

    assert path.read_text() == "years of work"
    assert read_model(model)[1] == random_weights


@pytest.mark.parametrize("folder", ["tiny", ".tiny.old", "empty"])
def test_what_file_managers_leave_in_a_folder_is_in_no_detector_s_way(
    model: Path, folder: str
) -> None:
    (model.parent / folder).mkdir(exist_ok=True)
    for name in (".DS_Store", "._card.json", "desktop.ini", "Thumbs.db"):
        (model.parent / folder / name).write_bytes(b"where the icons lie")
    place = model.with_name("empty") if folder == "empty" else model
    new = card(b"new")

    write_model(place, b"new", encode_card(new))

    assert read_model(place) == (new, b"new")
    names = sorted(path.name for path in place.iterdir())
    assert names == ["card.json", "weights.safetensors"]
    assert not list(model.parent.glob(".*"))


def test_other_hidden_files_are_not_replaced_with_a_detector(model: Path) -> None:
    (model / ".git").mkdir()

    with pytest.raises(
        ModelError, match=r"other things than a detector, such as \.git"
    ):
        write_model(model, b"new", encode_card(card(b"new")))


def test_a_folder_with_half_a_detector_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text("a card of another kind")

    with pytest.raises(ModelError, match=r"holds card\.json alone"):
        write_model(tmp_path, b"new", b"{}")

    assert (tmp_path / "card.json").read_text() == "a card of another kind"


def test_a_model_is_written_through_a_link_to_its_folder(
    model: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(model)
    new = card(b"new")

    write_model(tmp_path / "link", b"new", encode_card(new))

    assert read_model(model) == (new, b"new")
    assert (tmp_path / "link").is_symlink()


def test_on_a_full_disk_the_old_model_stays(
    model: Path, monkeypatch: pytest.MonkeyPatch, random_weights: bytes
) -> None:
    def no_space(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)

    with pytest.raises(ModelError, match="No space left on device") as caught:
        write_model(model, b"new", b"{}")
    assert caught.value.path == model
    assert read_model(model)[1] == random_weights
    assert [path.name for path in model.parent.iterdir()] == ["tiny"]


def test_on_a_full_disk_no_new_model_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)

    with pytest.raises(ModelError):
        write_model(tmp_path / "new", b"new", b"{}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("step", range(5))
def test_whoever_is_killed_while_writing_leaves_a_whole_model(
    model: Path, monkeypatch: pytest.MonkeyPatch, random_weights: bytes, step: int
) -> None:
    class Killed(BaseException):
        pass

    left = [step]

    def until_killed(act: Callable[..., Any]) -> Callable[..., Any]:
        def acting(*arguments: Any) -> Any:
            if not left[0]:
                raise Killed
            left[0] -= 1
            return act(*arguments)

        return acting

    new = card(b"new")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", until_killed(os.fsync))
        patched.setattr(os, "replace", until_killed(os.replace))
        if step < 4:
            with pytest.raises(Killed):
                write_model(model, b"new", encode_card(new))
        else:
            write_model(model, b"new", encode_card(new))

    for folder in installed_detectors(model.parent):
        if folder.parent == model.parent:
            assert read_model(folder)[1] in (random_weights, b"new")
    write_model(model, b"new", encode_card(new))
    assert read_model(model) == (new, b"new")
    assert [path.name for path in model.parent.iterdir()] == ["tiny"]
