"""Pascal VOC as VoTT 2 exports it, with what the VOC tools need besides."""

from __future__ import annotations

import html
from collections.abc import Collection, Sequence
from pathlib import Path

from dentalviewer.formats._annotations import LabelledImage
from dentalviewer.formats._export import (
    Export,
    copy_radiograph,
    file_stems,
    notes_on,
    write_export,
)
from dentalviewer.formats._image_names import folded
from dentalviewer.formats._outgoing import export_labels, outgoing
from dentalviewer.formats._packing import unpacked_text
from dentalviewer.formats._plain import plain_text
from dentalviewer.formats._project import (
    ALL_CLASSES,
    OUR_CLASSES,
    VALIDATION,
    Project,
)
from dentalviewer.formats._voc_project import (
    IMAGE_SETS,
    LABEL_LIST,
    LABEL_MAP,
    list_name,
    side_of,
)
from dentalviewer.formats._voc_xml import kept_annotation, object_text
from dentalviewer.formats.pascal_voc import NAME


def write_pascal_voc(
    images: Sequence[LabelledImage],
    folder: Path,
    *,
    copy_images: bool = False,
    validation: Collection[Path] | None = None,
    project: Project = OUR_CLASSES,
) -> Export:
    """Write Annotations, ImageSets and the label map; JPEGImages with `copy_images`.

    `validation` names the images that go into the lists `..._val.txt`. Where it is
    None they go where their `parts` say, and those without any into `..._train.txt`.
    Raises AnnotationFileError if something cannot be written.
    """
    going = outgoing(images)
    images = going.images
    stems = [plain_text(stem) for stem in file_stems(images)]
    names = [
        plain_text(stem + image.path.suffix)
        for image, stem in zip(images, stems, strict=True)
    ]
    if copy_images:
        for image, name in zip(images, names, strict=True):
            copy_radiograph(image.path, folder / "JPEGImages" / name)
    for image, stem, name in zip(images, stems, names, strict=True):
        write_export(folder / "Annotations" / f"{stem}.xml", _annotation(image, name))
    labels = export_labels(images, project.class_names)
    for name, text in _image_sets(images, stems, labels, validation).items():
        write_export(folder.joinpath(*IMAGE_SETS) / name, text)
    write_export(folder / LABEL_MAP, _label_map(labels))
    # CVAT and datumaro take labels only from a list.
    colors = {name: _rgb(color) for name, color in project.colors.items()}
    lines = "".join(f"{label}:{colors.get(label, '')}::\n" for label in labels)
    write_export(folder / LABEL_LIST, f"# label:color_rgb:parts:actions\n{lines}")
    notes = notes_on(going, NAME, teeth=True, scores=True, doubts=True)
    return Export(folder, tuple(notes))


def _rgb(color: str) -> str:
    return ",".join(map(str, bytes.fromhex(color.removeprefix("#"))))


def _image_sets(
    images: Sequence[LabelledImage],
    stems: Sequence[str],
    labels: Sequence[str],
    validation: Collection[Path] | None,
) -> dict[str, str]:
    """The lists by file name: VoTT's for each label, and those of the challenge."""
    overall = [_is_held_out(image, ALL_CLASSES, validation) for image in images]
    rows = list(zip(stems, overall, strict=True))
    sets = {
        "train.txt": "".join(f"{stem}\n" for stem, held in rows if not held),
        "val.txt": "".join(f"{stem}\n" for stem, held in rows if held),
        "trainval.txt": "".join(f"{stem}\n" for stem in stems),
    }
    shown = [{finding.label for finding in image.findings} for image in images]
    # Classes whose names make one file name have one list.
    alike: dict[str, list[str]] = {}
    for label in labels:
        alike.setdefault(folded(list_name(label)), []).append(label)
    for first, *more in alike.values():
        lines: dict[bool, list[str]] = {True: [], False: []}
        for image, stem, seen in zip(images, stems, shown, strict=True):
            name = plain_text(stem + image.path.suffix)
            held = _is_held_out(image, first, validation)
            lines[held].append(f"{name} {-1 if seen.isdisjoint((first, *more)) else 1}")
        name = list_name(first)
        sets[f"{name}_train.txt"] = "\n".join(lines[False])
        sets[f"{name}_val.txt"] = "\n".join(lines[True])
    return sets


def _is_held_out(
    image: LabelledImage, label: str, validation: Collection[Path] | None
) -> bool:
    if validation is not None:
        return image.path in validation
    own = [part for part in image.parts if part.label == label]
    return side_of(own or image.parts) == VALIDATION


def _annotation(image: LabelledImage, name: str) -> str:
    findings = image.findings
    # "Verified" is labelImg's word for a picture that a person has checked.
    predicted = any(finding.score is not None for finding in findings)
    if image.rest is not None and image.rest.format_name == NAME:
        return kept_annotation(unpacked_text(image.rest.said), image, name, findings)
    objects = "".join(map(object_text, findings))
    text = html.escape(name, quote=False)
    return f"""<annotation{"" if predicted else ' verified="yes"'}>
    <folder>Annotation</folder>
    <filename>{text}</filename>
    <path>JPEGImages/{text}</path>
    <source>
        <database>Unknown</database>
    </source>
    <size>
        <width>{image.size.width}</width>
        <height>{image.size.height}</height>
        <depth>3</depth>
    </size>
    <segmented>0</segmented>
{objects}</annotation>
"""


def _label_map(labels: Sequence[str]) -> str:
    """Label numbers for TensorFlow, in its text form of a protocol buffer."""
    return "".join(
        f"item {{\n id: {number}\n name: '{_quoted(label)}'\n}}\n"
        for number, label in enumerate(labels, start=1)
    )


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
