"""Annotation files of other programs, and our own review file.

Reading goes by what is in a file. `FORMATS` has what can be written, by the name that
the command line knows it by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dentalviewer.formats import (
    coco,
    csv_file,
    labelme,
    pascal_voc,
    vott_v1,
    vott_v2,
    yolo,
)
from dentalviewer.formats._annotation_file import AnnotationFile
from dentalviewer.formats._annotations import (
    Aliases,
    ImageAnnotations,
    LabelledImage,
    fitted,
    say_the_same,
    united_cautions,
)
from dentalviewer.formats._export import Export
from dentalviewer.formats._opening import open_annotation_file
from dentalviewer.formats._project import (
    OUR_CLASSES,
    ClassEntry,
    Project,
    united_projects,
)
from dentalviewer.formats.coco_export import write_coco
from dentalviewer.formats.pascal_voc_export import write_pascal_voc
from dentalviewer.formats.sidecars import find_sidecars
from dentalviewer.formats.vott_v1_export import write_vott_v1
from dentalviewer.formats.vott_v2_export import write_vott_v2
from dentalviewer.formats.yolo_export import write_yolo

__all__ = [
    "FORMATS",
    "OUR_CLASSES",
    "AnnotationFile",
    "ClassEntry",
    "Export",
    "Format",
    "ImageAnnotations",
    "LabelledImage",
    "Project",
    "find_sidecars",
    "fitted",
    "open_annotation_file",
    "read_annotations",
    "say_the_same",
    "united_cautions",
    "united_projects",
    "write_annotations",
]


@dataclass(frozen=True, slots=True)
class Format:
    """A format that can be written: its name for a reader, and how."""

    name: str
    write: Callable[..., Export]


FORMATS: Mapping[str, Format] = {
    "coco": Format(coco.NAME, write_coco),
    "voc": Format(pascal_voc.NAME, write_pascal_voc),
    "vott1": Format(vott_v1.NAME, write_vott_v1),
    "vott2": Format(vott_v2.NAME, write_vott_v2),
    "yolo": Format(yolo.NAME, write_yolo),
    "labelme": Format(labelme.NAME, labelme.write_labelme),
    "csv": Format(csv_file.NAME, csv_file.write_csv),
}


def read_annotations(
    path: Path, radiograph: Path, *, aliases: Aliases
) -> tuple[ImageAnnotations, ...]:
    """What a file of any format says about a radiograph; nothing if it does not.

    More than one answer, each with a question, where it is not clear which of them is
    meant. `aliases` are other names for the classes; None keeps labels word for word.
    Raises AnnotationFileError, naming the file and the fault.
    """
    return open_annotation_file(path).about(radiograph, aliases)


def write_annotations(
    images: Sequence[LabelledImage],
    folder: Path,
    format_name: str,
    *,
    copy_images: bool = False,
    project: Project = OUR_CLASSES,
) -> Export:
    """Write into `folder` in one of FORMATS.

    Annotations that are there already are replaced. Pictures are copied before, and
    over no other picture: where that is refused, all annotations stay as they were.
    The classes have the order and the colors of the `project`, and files of a format
    that it was read from say all that those said. Raises AnnotationFileError if
    something cannot be written.
    """
    return FORMATS[format_name].write(
        images, folder, copy_images=copy_images, project=project
    )
