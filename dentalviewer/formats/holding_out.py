"""Which radiographs a conversion holds out for validation, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dentalviewer.formats import FORMATS
from dentalviewer.formats._annotations import LabelledImage
from dentalviewer.formats._project import VALIDATION
from dentalviewer.formats._voc_project import side_of
from dentalviewer.formats.lots import drawn_by_lot
from dentalviewer.patients import (
    PatientPattern,
    digest_of,
    patients_of,
    require_patients,
)
from dentalviewer.phrases import counted

# Formats that can say which radiographs are held out.
WITH_SIDES = ("coco", "voc", "yolo")


@dataclass(frozen=True, slots=True)
class HoldingOut:
    """The share that is held out, and what names the patients who stay together."""

    share: float
    seed: int
    patient_pattern: PatientPattern | None


def held_out_images(
    images: Sequence[LabelledImage],
    wish: HoldingOut | None,
    reviewed: Mapping[Path, str],
    settled: Mapping[Path, bool],
) -> frozenset[Path] | None:
    """Drawn by lot if a share is wished for, else as stated; None for no split.

    `reviewed` are the patients whom reviews name, where the images do not. What is
    `settled`, held out or not, is not drawn for.
    Raises PatternFindsNobody, or PatternTooSlow.
    """
    if wish is not None:
        patients = {**reviewed, **{i.path: i.patient for i in images if i.patient}}
        unsaid = [i.path for i in images if i.path not in patients]
        found = patients_of(unsaid, pattern=wish.patient_pattern)
        require_patients(wish.patient_pattern, unsaid, found)
        # Who is named in both ways is one patient.
        named = {digest_of(patient): patient for patient in patients.values()}
        found = {path: named.get(who, who) for path, who in found.items()}
        shown: dict[Path, set[str]] = {}
        for image in images:
            shown.setdefault(image.path, set()).update(f.label for f in image.findings)
        return drawn_by_lot(
            shown,
            share=wish.share,
            seed=wish.seed,
            patients={**patients, **found},
            settled=settled,
        )
    if not all(image.parts for image in images):
        return None
    stated = frozenset(i.path for i in images if side_of(i.parts) == VALIDATION)
    return stated or None


def notes_on_split(
    images: Sequence[LabelledImage],
    held_out: frozenset[Path] | None,
    settled: int,
) -> list[str]:
    """How many are held out; or why nothing is although a split was asked for.

    So many were `settled` before.
    """
    if held_out:
        are = "is" if len(held_out) == 1 else "are"
        stay = "1 stays" if settled == 1 else f"{settled} stay"
        before = f"{stay} on the side of the earlier export, " if settled else ""
        return [
            f"{len(held_out)} of {counted(len(images), 'radiograph')} {are} held out:"
            f" {before}each{' other' if settled else ''} draws its own lot, so that"
            " nearly all stay on their side as a set grows"
        ]
    if not images:
        return []
    if len(images) == 1:
        return ["nothing is held out: there is 1 radiograph alone"]
    if settled:
        return ["nothing is held out: the earlier export has these to learn from"]
    return [f"nothing is held out: all {len(images)} radiographs are of one patient"]


def notes_on_sides(images: Sequence[LabelledImage], format_name: str) -> list[str]:
    """What becomes of the sides that the source states, where they are changed."""
    if format_name == "voc":
        return []
    held = sum(side_of(image.parts) == VALIDATION for image in images)
    silent = sum(not image.parts for image in images)
    if held and silent and format_name in WITH_SIDES:
        return [
            f"{held} are held out in their source, but {silent} say nothing of that, so"
            " that none is held out: ask for a split"
        ]
    if format_name not in WITH_SIDES:
        name = FORMATS[format_name].name
        return [f"{name} has no room for which {held} are held out"] if held else []
    mixed = sum(len({part.side for part in image.parts}) > 1 for image in images)
    if not mixed:
        return []
    are, they_are = ("is", "it is") if mixed == 1 else ("are", "they are")
    return [
        f"{counted(mixed, 'radiograph')} {are} held out for some classes only;"
        f" {they_are} among those to learn from"
    ]
