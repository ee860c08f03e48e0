"""Reading a model card strictly.

A card that says too little, or something unheard of, is an error.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, NoReturn, TypeVar

from dentalviewer.dentition import is_permanent_tooth
from dentalviewer.detection.cards.model_card import (
    CARD_FILE,
    ENSEMBLE,
    FORMAT_VERSION,
    WEIGHTS_FILE,
    Evaluation,
    LabelScore,
    Measurement,
    Member,
    ModelCard,
    Speed,
    Training,
    WeightsSize,
)
from dentalviewer.detection.label_sets import TEETH
from dentalviewer.detection.looks import Look
from dentalviewer.detector import Calibration, DetectionSettings
from dentalviewer.errors import ModelError
from dentalviewer.evaluation.estimate import Estimate
from dentalviewer.geometry import Size

# Cards once told so whether a frame of the one size was looked at mirrored too.
ONCE_SAID = "both_sides"
# What cards did not say when it was never otherwise, or do not say any more.
ONCE_UNSAID: Mapping[str, Any] = MappingProxyType(
    {
        "looks": None,
        ONCE_SAID: False,
        "calibrations": {},
        "size": None,
        "speed": None,
        "measurements": [],
        "members": [],
    }
)
# A safetensors file begins with the length of its header, little endian.
_HEADER_AT, _MOST_HEADER = 8, 1 << 24
_CARDS_KEPT = 32


def read_card(folder: Path) -> ModelCard:
    """Read a detector folder's card. Raises ModelError naming what is wrong with it."""
    path = folder / CARD_FILE
    try:
        known = path.stat()
        stamp = (known.st_ino, known.st_size, known.st_mtime_ns)
        return _card_as_it_was(path, stamp)
    except FileNotFoundError as error:
        raise ModelError(path, "the model card is missing") from error
    except (OSError, ValueError) as error:
        raise ModelError(path, f"the model card cannot be read: {error}") from error


@lru_cache(maxsize=_CARDS_KEPT)
def _card_as_it_was(path: Path, stamp: tuple[int, int, int]) -> ModelCard:
    """A batch asks for the cards before each radiograph, and they take 16 ms to read.

    `stamp` tells whether the file is still the one that was read.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    return _read_card(_Field(path, "the card", content))


def read_heading(folder: Path) -> str | None:
    """What the card's detector looks for; None if the card does not say so."""
    try:
        return read_card(folder).head
    except ModelError:
        return None


def with_size(card: ModelCard, folder: Path) -> ModelCard:
    """The card, with the size of the weights in its folder if it does not say so."""
    if card.size is not None:
        return card
    # Weights that are missing or damaged are told of where the detector is loaded.
    with (
        suppress(OSError, ValueError, LookupError, TypeError, AttributeError),
        (folder / WEIGHTS_FILE).open("rb") as file,
    ):
        return replace(card, size=weights_size(file))
    return card


def weights_size(file: BinaryIO) -> WeightsSize:
    """The size of a safetensors file, of which only the header is read.

    Raises ValueError, LookupError, TypeError or AttributeError if it is none.
    """
    length = int.from_bytes(file.read(_HEADER_AT), "little")
    if length > _MOST_HEADER:
        raise ValueError("not in safetensors format")
    header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    parameters = sum(math.prod(tensor["shape"]) for tensor in header.values())
    return WeightsSize(parameters, file.seek(0, os.SEEK_END))


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Field:
    """A value inside the card that knows its name, so that a fault can be named."""

    path: Path
    name: str
    value: Any

    def fail(self, fault: str) -> NoReturn:
        raise ModelError(self.path, f"{self.name} {fault}")

    def fields(
        self, *names: str, usual: Mapping[str, Any] = MappingProxyType({})
    ) -> tuple[_Field, ...]:
        """The fields of an object that has exactly these, or all but the usual ones."""
        found = self.items(lambda field: field)
        for name, value in usual.items():
            found.setdefault(name, _Field(self.path, f'"{name}"', value))
        for name in names:
            if name not in found:
                self.fail(f'lacks the field "{name}"')
        for name in found:
            if name not in names:
                self.fail(f'has the unknown field "{name}"')
        return tuple(found[name] for name in names)

    def items(self, read: Callable[[_Field], T]) -> dict[str, T]:
        if not isinstance(self.value, dict):
            self.fail("is not an object")
        return {
            key: read(_Field(self.path, f'"{key}"', value))
            for key, value in self.value.items()
        }

    def each(self, read: Callable[[_Field], T]) -> tuple[T, ...]:
        if not isinstance(self.value, list):
            self.fail("is not a list")
        return tuple(read(_Field(self.path, self.name, item)) for item in self.value)

    def texts(self) -> tuple[str, ...]:
        return self.each(_Field.text)

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value.strip():
            self.fail("is not a text")
        return self.value

    def whole(self, *, least: int = 0) -> int:
        if type(self.value) is not int or self.value < least:
            self.fail(f"is not a whole number of at least {least}")
        return self.value

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            self.fail("is not true or false")
        return bool(self.value)

    def number(self) -> float:
        if type(self.value) not in (int, float) or not math.isfinite(self.value):
            self.fail("is not a number")
        return float(self.value)

    def share(self) -> float:
        number = self.number()
        if not 0 <= number <= 1:
            self.fail(f"is {number}, not between 0 and 1")
        return number


def _read_card(card: _Field) -> ModelCard:
    names = ("format", *ModelCard.__dataclass_fields__, ONCE_SAID)
    said = dict(zip(names, card.fields(*names, usual=ONCE_UNSAID), strict=True))
    _require_to_fit(said)
    labels, learned = said["labels"].texts(), _read_size(said["input_size"])
    size, speed = said["size"], said["speed"]
    return ModelCard(
        name=said["name"].text(),
        architecture=said["architecture"].text(),
        architecture_parameters=said["architecture_parameters"].items(
            lambda field: field.value
        ),
        head=said["head"].text(),
        labels=labels,
        input_size=learned,
        finds_arches=said["finds_arches"].flag(),
        looks=_read_looks(said["looks"], said[ONCE_SAID], learned),
        calibrations=_read_calibrations(said["calibrations"], labels),
        preprocessing=said["preprocessing"].text(),
        settings=_read_settings(said["settings"], labels),
        intended_use=said["intended_use"].text(),
        training=_read_training(said["training"]),
        evaluations=said["evaluations"].items(_read_evaluation),
        sweep=said["sweep"].text(),
        failures=said["failures"].texts(),
        weights_sha256=said["weights_sha256"].text().lower(),
        size=None if size.value is None else _read_weights_size(size),
        speed=None if speed.value is None else _read_speed(speed),
        measurements=said["measurements"].each(_read_measurement),
        members=said["members"].each(partial(_read_member, labels=labels)),
    )


def _require_to_fit(said: Mapping[str, _Field]) -> None:
    """What the fields of a card have to be beside each other, or whatever is there."""
    version, labels, members = said["format"], said["labels"], said["members"]
    if version.value != FORMAT_VERSION:
        version.fail(f"is {version.value}; this program reads {FORMAT_VERSION}")
    if not labels.texts() or len(set(labels.texts())) < len(labels.texts()):
        labels.fail("is empty or names a label twice")
    if said["head"].text() == TEETH and not all(
        map(is_permanent_tooth, labels.texts())
    ):
        labels.fail("names what is no FDI number of a permanent tooth")
    if len(said["weights_sha256"].text()) != 64:
        said["weights_sha256"].fail("is not a sha256")
    architecture = said["architecture"].text()
    if bool(members.value) != (architecture == ENSEMBLE):
        members.fail(f"and the architecture {architecture} do not fit")


def _read_size(field: _Field) -> Size:
    width, height = field.fields("width", "height")
    return Size(width.whole(least=1), height.whole(least=1))


def _read_looks(looks: _Field, both_sides: _Field, learned: Size) -> tuple[Look, ...]:
    if looks.value is None:
        mirrored = (Look(learned, mirrored=True),) if both_sides.flag() else ()
        return (Look(learned), *mirrored)
    if both_sides.value is not ONCE_UNSAID[ONCE_SAID]:
        looks.fail(f'stands beside "{ONCE_SAID}", which it took the place of')
    return _read_some_looks(looks)


def _read_some_looks(looks: _Field) -> tuple[Look, ...]:
    found = looks.each(_read_look)
    if not found:
        looks.fail("is empty")
    return found


def _read_look(field: _Field) -> Look:
    size, mirrored = field.fields(*Look.__dataclass_fields__)
    return Look(_read_size(size), mirrored.flag())


def _read_weights_size(field: _Field) -> WeightsSize:
    parameters, length = field.fields(*WeightsSize.__dataclass_fields__)
    return WeightsSize(parameters.whole(), length.whole())


def _read_speed(field: _Field) -> Speed:
    milliseconds, megabytes, threads, radiograph = field.fields(
        *Speed.__dataclass_fields__
    )
    return Speed(
        milliseconds.number(),
        None if megabytes.value is None else megabytes.number(),
        threads.whole(least=1),
        _read_size(radiograph),
    )


def _read_measurement(field: _Field) -> Measurement:
    return Measurement(
        *map(_Field.text, field.fields(*Measurement.__dataclass_fields__))
    )


def _read_member(field: _Field, labels: tuple[str, ...]) -> Member:
    name, weights_sha256, looks, calibrations = field.fields(
        *Member.__dataclass_fields__
    )
    if name.text() != Path(name.value).name or name.value == os.pardir:
        name.fail("is not the name of a folder")
    return Member(
        name.value,
        weights_sha256.text().lower(),
        _read_some_looks(looks),
        _read_calibrations(calibrations, labels),
    )


def _read_settings(field: _Field, labels: tuple[str, ...]) -> DetectionSettings:
    thresholds, nms_iou, max_findings, default_threshold = field.fields(
        "thresholds", "nms_iou", "max_findings", "default_threshold"
    )
    by_label = thresholds.items(_Field.share)
    if set(by_label) - set(labels):
        thresholds.fail("names a label that the detector does not have")
    return DetectionSettings(
        by_label,
        nms_iou.share(),
        max_findings.whole(least=1),
        default_threshold.share(),
    )


def _read_calibrations(
    field: _Field, labels: tuple[str, ...]
) -> Mapping[str, Calibration]:
    if set(field.items(lambda found: found)) - set(labels):
        field.fail("names a label that the detector does not have")
    return field.items(_read_calibration)


def _read_calibration(field: _Field) -> Calibration:
    slope, offset = field.fields(*Calibration.__dataclass_fields__)
    if slope.number() <= 0:
        slope.fail("is not above 0")
    return Calibration(slope.number(), offset.number())


def _read_training(field: _Field) -> Training:
    *texts, learned_from = field.fields(
        *Training.__dataclass_fields__, usual={"learned_from": []}
    )
    data, licence, attribution, recipe, command, date = map(_Field.text, texts)
    return Training(
        data, licence, attribution, recipe, command, date, learned_from.texts()
    )


def _read_evaluation(field: _Field) -> Evaluation:
    data, images, scores = field.fields(*Evaluation.__dataclass_fields__)
    return Evaluation(data.text(), images.whole(), scores.items(_read_score))


def _read_score(field: _Field) -> LabelScore:
    count, *estimates = field.fields(*LabelScore.__dataclass_fields__)
    return LabelScore(count.whole(), *map(_read_estimate, estimates))


def _read_estimate(field: _Field) -> Estimate | None:
    if field.value is None:
        return None
    return Estimate(*map(_Field.share, field.fields("value", "low", "high")))
