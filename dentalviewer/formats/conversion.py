"""From one annotation format to another, with an account of what was lost."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats import FORMATS
from dentalviewer.formats._annotations import LabelledImage
from dentalviewer.formats._export import (
    Export,
    telling_of_copies,
    wholly_or_not_at_all,
)
from dentalviewer.formats._opening import open_annotation_file
from dentalviewer.formats._outgoing import export_labels
from dentalviewer.formats._project import Project
from dentalviewer.formats.coco_export import write_coco
from dentalviewer.formats.collected import Collected, notes_on_classes
from dentalviewer.formats.collecting import collect_annotations, collect_beside
from dentalviewer.formats.collecting_accepted import (
    ONLY_REVIEWS,
    collect_accepted,
    collect_accepted_on,
)
from dentalviewer.formats.contradictions import MANY
from dentalviewer.formats.destination import (
    COCO_FILE,
    Copying,
    Counting,
    Tell,
    notes_on_earlier_files,
    real_path,
    require_apart,
    require_same_split,
)
from dentalviewer.formats.earlier_split import earlier_sides
from dentalviewer.formats.holding_out import (
    WITH_SIDES,
    HoldingOut,
    held_out_images,
    notes_on_sides,
    notes_on_split,
)
from dentalviewer.formats.pascal_voc_export import write_pascal_voc
from dentalviewer.formats.review_file import has_reviews
from dentalviewer.formats.yolo_export import write_yolo
from dentalviewer.patients import PatientPattern
from dentalviewer.phrases import counted

SEED = 42
# They name radiographs, and look for them where they themselves are.
_WITHOUT_PLACES = ("voc", "yolo", "csv", "vott1")


@dataclass(frozen=True, slots=True)
class Conversion:
    """What was converted, for people: `notes` on losses, `failures` by file."""

    path: Path
    radiographs: int
    findings: int
    notes: tuple[str, ...]
    failures: tuple[str, ...]

    @property
    def in_short(self) -> str:
        return (
            f"{counted(self.findings, 'finding')} on"
            f" {counted(self.radiographs, 'radiograph')}"
        )


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Within, memory is freed by count alone.

    What is read of thousands of files is all in use until it is written, and going
    through it again and again takes a fifth of the time.
    """
    searched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searched:
            gc.enable()


@_no_search_for_cycles()
def convert(
    source: Path,
    destination: Path,
    *,
    format_name: str,
    only_accepted: bool = False,
    split: float | None = None,
    seed: int = SEED,
    patient_pattern: PatientPattern | None = None,
    copy_images: bool = True,
    user_folder: Path | None = None,
    tell: Tell = lambda _what, _done, _total: None,
) -> Conversion:
    """Write all annotations of `source` into the folder `destination`.

    `source` is a folder, a project or an export; `format_name` one of FORMATS. With
    `only_accepted` the reviews are read instead, in `user_folder` too where it is
    given. `split` is the share held out for validation, whole patients where the source
    names them, `patient_pattern` finds them in paths, or DICOM files do; which
    radiographs these are depends on their names and `seed`, and on the others only
    where one side would be left empty; what an earlier export to the same folder has
    on a side stays there. Without it they are those that the source holds
    out, if it does. What the source says beyond findings stays in a file of the same
    format. `tell` is as of `export_annotations`. What does not come to its end leaves
    all as it was.

    Raises AnnotationFileError if the source cannot be read, or the destination
    written, and where it lies in the source, which would count twice then; faults of
    single radiographs are in the result. Raises PatternFindsNobody, or PatternTooSlow.
    """
    if source.is_dir() and real_path(destination).is_relative_to(real_path(source)):
        raise AnnotationFileError(
            destination,
            f"this lies in {source}, which is converted: choose a folder apart",
        )
    hold_out = None if split is None else HoldingOut(split, seed, patient_pattern)
    if destination.is_file():
        raise AnnotationFileError(destination, "is a file, not a folder to write to")
    count = Counting(tell, "Reading", 0)
    if only_accepted:
        # Without a folder for them, there are no reviews but those beside radiographs.
        reviews = user_folder or source
        collected = collect_accepted(source, user_folder=reviews, tell=count)
    else:
        collected = collect_annotations(source, tell=count)
    copying = Copying(tell, collected.images, destination, format_name)
    with wholly_or_not_at_all(), telling_of_copies(copying):
        return _converted(
            source,
            collected,
            destination,
            format_name=format_name,
            hold_out=hold_out,
            copy_images=copy_images,
        )


@_no_search_for_cycles()
def export_annotations(
    radiographs: Sequence[Path],
    destination: Path,
    *,
    format_name: str,
    user_folder: Path,
    annotation_files: Sequence[Path] = (),
    only_accepted: bool = True,
    split: float | None = None,
    patient_pattern: PatientPattern | None = None,
    copy_images: bool = True,
    tell: Tell = lambda _what, _done, _total: None,
) -> Conversion:
    """What was accepted on these radiographs, or what annotations of them say: those
    in `annotation_files`, and beside them.

    `tell` is given how far it is; what it raises ends the work. All else is as of
    `convert`. Raises AnnotationFileError, too, where the destination is a folder with
    these radiographs or within one: their own annotations may lie there.
    """
    require_apart(destination, (*radiographs, *annotation_files))
    hold_out = None if split is None else HoldingOut(split, SEED, patient_pattern)
    count = Counting(tell, "Reading", len(radiographs))
    if only_accepted:
        collected = collect_accepted_on(
            radiographs, user_folder=user_folder, tell=count
        )
    else:
        collected = collect_beside(
            radiographs, annotation_files=annotation_files, tell=count
        )
    copying = Copying(tell, collected.images, destination, format_name)
    with wholly_or_not_at_all(), telling_of_copies(copying):
        return _converted(
            destination,
            collected,
            destination,
            format_name=format_name,
            hold_out=hold_out,
            copy_images=copy_images,
        )


def _converted(
    source: Path,
    collected: Collected,
    destination: Path,
    *,
    format_name: str,
    hold_out: HoldingOut | None,
    copy_images: bool,
) -> Conversion:
    written, missing = _with_pictures(collected, copy_images=copy_images)
    if not written:
        faults = (*collected.failures, *missing)
        reason = "; ".join(faults[:3]) or _nothing(source, collected)
        raise AnnotationFileError(source, f"nothing to write: {reason}")
    settled: Mapping[Path, bool] = {}
    if hold_out is not None:
        settled = earlier_sides(written, destination, format_name)
    held_out = held_out_images(written, hold_out, collected.reviewed_patients, settled)
    name = FORMATS[format_name].name
    exports = _write(
        written,
        destination,
        format_name,
        copy_images=copy_images,
        held_out=held_out,
        by_wish=hold_out is not None,
        project=collected.project,
    )
    return Conversion(
        path=exports[0].path if len(exports) == 1 else destination,
        radiographs=len(written),
        findings=sum(len(image.findings) for image in written),
        notes=(
            *collected.notes_in(name),
            *notes_on_classes(collected.images, collected.project, name),
            *([] if copy_images else _note_on_places(format_name)),
            *(
                notes_on_sides(written, format_name)
                if hold_out is None
                else notes_on_split(written, held_out, len(settled))
            ),
            *(note for each in exports for note in each.notes),
            *notes_on_earlier_files(destination, format_name),
        ),
        failures=(*collected.failures, *missing),
    )


def _note_on_places(format_name: str) -> list[str]:
    if format_name not in _WITHOUT_PLACES:
        return []
    return [
        f"{FORMATS[format_name].name} does not say where radiographs lie: they are"
        " found only beside what is written"
    ]


def _nothing(source: Path, collected: Collected) -> str:
    if not collected.notes and has_reviews(source):
        return ONLY_REVIEWS
    told = collected.notes or tuple(islice(_passed_over(source), 3))
    return "; ".join(told) or "there are no annotations"


def _passed_over(folder: Path) -> Iterator[str]:
    """What in a folder is not looked into, and may be what was meant."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        suffix = path.suffix.casefold()
        if suffix not in (".csv", ".json", ".xml") or path.name.startswith("."):
            continue
        try:
            open_annotation_file(path)
        except AnnotationFileError as error:
            if suffix != ".csv":
                yield str(error)
        else:
            if suffix == ".csv":
                yield f"a table is read only where it is named: give {path} itself"


def _with_pictures(
    collected: Collected, *, copy_images: bool
) -> tuple[list[LabelledImage], list[str]]:
    """The images that can be written; those not there cannot be copied, of which a few
    are told one by one.
    """
    if not copy_images:
        return list(collected.images), []
    there: list[LabelledImage] = []
    missing: list[Path] = []
    for image in collected.images:
        # Names that no disk takes are stated too; `Path` fails at them.
        if os.path.isfile(image.path):
            there.append(image)
        else:
            missing.append(image.path)
    if len(missing) > MANY:
        return there, [
            f"{len(missing):,} pictures are not there and cannot be copied, such as"
            f" {missing[0]}"
        ]
    fault = "the picture is not there and cannot be copied"
    return there, [f"{path}: {fault}" for path in missing]


def _write(
    images: Sequence[LabelledImage],
    folder: Path,
    format_name: str,
    *,
    copy_images: bool,
    held_out: frozenset[Path] | None,
    by_wish: bool,
    project: Project,
) -> list[Export]:
    if format_name == "voc":
        # What is held out for some classes only, the images say themselves.
        validation = held_out if by_wish else None
        return [
            write_pascal_voc(
                images,
                folder,
                copy_images=copy_images,
                validation=validation,
                project=project,
            )
        ]
    if format_name == "yolo":
        return [
            write_yolo(
                images,
                folder,
                copy_images=copy_images,
                validation=held_out,
                project=project,
            )
        ]
    is_split = by_wish or format_name in WITH_SIDES
    parts = _parts(images, held_out if is_split else None)
    require_same_split(folder, format_name, parts)
    if format_name == "coco":
        return [
            write_coco(
                part,
                folder,
                copy_images=copy_images,
                file_name=COCO_FILE.format(name),
                labels=export_labels(images, project.class_names),
                among=images,
                refer=not copy_images,
                project=project,
            )
            for name, part in parts.items()
        ]
    # The other formats have no word for the parts of a set.
    write = FORMATS[format_name].write
    return [
        write(part, folder if len(parts) == 1 else folder / name,
              copy_images=copy_images, project=project)
        for name, part in parts.items()
    ]  # fmt: skip


def _parts(
    images: Sequence[LabelledImage], held_out: frozenset[Path] | None
) -> Mapping[str, Sequence[LabelledImage]]:
    """What goes into a file each, by its name; one for all where nothing is split."""
    if held_out is None:
        return {"default": images}
    sides = {
        "train": [image for image in images if image.path not in held_out],
        "val": [image for image in images if image.path in held_out],
    }
    # A source may be one part of a set alone, and one radiograph cannot be split.
    return {name: part for name, part in sides.items() if part} or sides
