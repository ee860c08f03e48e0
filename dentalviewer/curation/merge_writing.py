"""Writes a merged set, wholly or not at all, with an account of where all came from."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from dentalviewer.curation.merge import Tell, tell_nobody
from dentalviewer.curation.merge_account import account_markdown, provenance_lines
from dentalviewer.curation.merged import Choices, Merge
from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats import FORMATS, Export, LabelledImage, Project
from dentalviewer.formats._export import (
    copy_radiograph,
    file_stems,
    telling_of_copies,
    write_export,
)
from dentalviewer.formats._outgoing import without_repeats
from dentalviewer.formats.coco_export import write_coco
from dentalviewer.formats.collected import notes_on_classes
from dentalviewer.formats.vott_v2_export import write_vott_v2
from dentalviewer.storage.disk import is_of_file_manager, rename

# Neither is taken for annotations by what reads the folder.
ACCOUNT = "merge.md"
PROVENANCE = "provenance.jsonl"


@dataclass(frozen=True, slots=True)
class WrittenMerge:
    """What was written, for people: `notes` on losses, `failures` by file."""

    path: Path
    radiographs: int
    findings: int
    notes: tuple[str, ...]
    failures: tuple[str, ...]


def write_merge(
    merge: Merge,
    choices: Choices,
    destination: Path,
    *,
    format_name: str,
    tell: Tell = tell_nobody,
) -> WrittenMerge:
    """Write the merged set, with its pictures, into the new folder `destination`.

    Until all is written, it lies in a hidden folder beside; then it is renamed. So the
    destination has all of it or nothing, whatever happens; what `tell` raises ends the
    work. Conflicts without a choice keep all of their findings. Raises
    AnnotationFileError if the folder is in use or a part of what is merged, if no
    picture is there, or something cannot be written.
    """
    require_new_folder(destination, [each.path for each in merge.sets])
    images, missing = _readable(merge.decided(choices))
    failures = (*merge.failures, *missing)
    if not images:
        reason = "; ".join(failures[:3]) or _why_nothing(merge)
        raise AnnotationFileError(destination, f"nothing to merge: {reason}")
    total, done = len(images), 0

    def count(_radiograph: Path, _copy: Path) -> None:
        nonlocal done
        tell("Writing", done, total)
        done += 1

    with _appearing(destination) as folder:
        with telling_of_copies(count):
            export = _write(images, folder, destination, format_name, merge.project)
        name = FORMATS[format_name].name
        notes = (
            *_notes_on_sets(merge, name),
            *notes_on_classes(images, merge.project, name),
            *merge.notes,
            *export.notes,
        )
        for name, text in (
            (PROVENANCE, "".join(f"{json.dumps(line, ensure_ascii=False)}\n"
                                 for line in provenance_lines(merge, choices))),
            (ACCOUNT, account_markdown(merge, choices, notes, failures)),
        ):  # fmt: skip
            write_export(folder / name, text)
        tell("Writing", total, total)
        place = destination / export.path.relative_to(folder)
    findings = sum(len(image.findings) for image in images)
    return WrittenMerge(place, len(images), findings, notes, failures)


def _why_nothing(merge: Merge) -> str:
    if merge.read_by_too_few:
        return f"no radiograph was read by {merge.at_least} of the sets"
    return "there are no annotations in the sets"


def require_new_folder(destination: Path, sources: Collection[Path]) -> None:
    """Raises AnnotationFileError unless it is new or empty, and inside no source."""
    place = Path(os.path.realpath(destination))
    for source in sources:
        if source.is_dir() and place.is_relative_to(os.path.realpath(source)):
            raise AnnotationFileError(
                destination, f"this lies inside {source}, which is merged; choose"
                " another folder"
            )  # fmt: skip
    try:
        there = destination.iterdir() if destination.exists() else ()
        if not all(is_of_file_manager(each.name) for each in there):
            raise AnnotationFileError(
                destination, "there is something in this folder; choose a new one"
            )
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise AnnotationFileError(destination, f"cannot be used: {reason}") from fault


def _notes_on_sets(merge: Merge, format_name: str) -> list[str]:
    return [
        f"{each.name}: {note}"
        for each in merge.sets
        for note in each.collected.notes_in(format_name)
    ]


def _readable(
    images: Sequence[LabelledImage],
) -> tuple[list[LabelledImage], list[str]]:
    """Those whose pictures can be copied, and why the others cannot."""
    there: list[LabelledImage] = []
    missing: list[str] = []
    for image in images:
        try:
            with image.path.open("rb"):
                there.append(image)
        except FileNotFoundError:
            missing.append(
                f"{image.path}: the picture is not there and cannot be copied"
            )
        except OSError as fault:
            missing.append(
                f"{image.path}: the picture cannot be copied: {fault.strerror}"
            )
    return there, missing


@contextmanager
def _appearing(destination: Path) -> Iterator[Path]:
    """A folder that becomes `destination` if all goes well, and vanishes if not."""
    destination = Path(os.path.abspath(destination))
    # Cleared by the next merge to here, if this one is killed.
    shelter = destination.with_name(f".{destination.name[:200]}.unfinished")
    try:
        shutil.rmtree(shelter, ignore_errors=True)
        # Some formats state the name of their folder.
        folder = shelter / destination.name
        folder.mkdir(parents=True)
        yield folder
        if destination.exists():
            for left in destination.iterdir():
                if is_of_file_manager(left.name):
                    left.unlink()
            destination.rmdir()
        rename(folder, destination)
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise AnnotationFileError(
            destination, f"cannot be written: {reason}"
        ) from fault
    finally:
        shutil.rmtree(shelter, ignore_errors=True)


def _write(
    images: Sequence[LabelledImage],
    folder: Path,
    destination: Path,
    format_name: str,
    project: Project,
) -> Export:
    if format_name == "vott2":
        return _write_vott_v2(images, folder, destination, project)
    if format_name == "coco":
        return write_coco(
            images,
            folder,
            copy_images=True,
            file_name="annotations/instances_default.json",
            project=project,
        )
    return FORMATS[format_name].write(images, folder, copy_images=True, project=project)


def _write_vott_v2(
    images: Sequence[LabelledImage], folder: Path, destination: Path, project: Project
) -> Export:
    """VoTT 2 states whole paths, which are to be those where pictures will lie."""
    images = without_repeats(images)
    placed = []
    for image, stem in zip(images, file_stems(images), strict=True):
        name = stem + image.path.suffix
        copy_radiograph(image.path, folder / name)
        placed.append(replace(image, path=Path(os.path.abspath(destination)) / name))
    return write_vott_v2(placed, folder, project=project)
