"""Pascal VOC as VoTT 2 exports it, with what the VOC tools need besides."""

from __future__ import annotations

import html
import random
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from dentalviewer.formats._annotations import (
    LabelledImage,
    export_labels,
    exported,
    number_text,
    plain_text,
    safe_file_name,
    without_repeats,
)
from dentalviewer.formats._export import (
    Export,
    copy_radiograph,
    file_stems,
    notes_on,
    write_export,
)
from dentalviewer.formats.pascal_voc import NAME
from dentalviewer.study import Finding

VALIDATION_SHARE = 0.2


def write_pascal_voc(
    images: Sequence[LabelledImage],
    folder: Path,
    *,
    copy_images: bool = False,
    validation: Collection[Path] | None = None,
) -> Export:
    """Write Annotations, ImageSets and the label map; JPEGImages with `copy_images`.

    `validation` names the images that go into the lists `..._val.txt`; where it is
    None, `validation_images` chooses. Raises AnnotationFileError if something cannot
    be written.
    """
    images = without_repeats(images)
    stems = [plain_text(stem) for stem in file_stems(images)]
    if validation is None:
        validation = validation_images([image.path for image in images])
    for image, stem in zip(images, stems, strict=True):
        name = plain_text(stem + image.path.suffix)
        if copy_images:
            copy_radiograph(image.path, folder / "JPEGImages" / name)
        write_export(folder / "Annotations" / f"{stem}.xml", _annotation(image, name))
    held_out = [image.path in validation for image in images]
    for name, text in _image_sets(images, stems, held_out).items():
        write_export(folder / "ImageSets" / "Main" / name, text)
    labels = export_labels(images)
    write_export(folder / "pascal_label_map.pbtxt", _label_map(labels))
    # CVAT and datumaro take labels only from a list.
    label_list = "".join(f"{label}:::\n" for label in labels)
    write_export(
        folder / "labelmap.txt", f"# label:color_rgb:parts:actions\n{label_list}"
    )
    notes = notes_on(images, NAME, teeth=True, scores=True)
    return Export(folder, tuple(notes))


def _image_sets(
    images: Sequence[LabelledImage], stems: Sequence[str], held_out: Sequence[bool]
) -> dict[str, str]:
    """The lists by file name: VoTT's for each label, and those of the challenge."""
    rows = list(zip(images, stems, held_out, strict=True))
    sets = {
        "train.txt": "".join(f"{stem}\n" for _, stem, held in rows if not held),
        "val.txt": "".join(f"{stem}\n" for _, stem, held in rows if held),
        "trainval.txt": "".join(f"{stem}\n" for stem in stems),
    }
    for label in export_labels(images):
        lines: dict[bool, list[str]] = {True: [], False: []}
        for image, stem, held in rows:
            shown = any(finding.label == label for finding in exported(image))
            name = plain_text(stem + image.path.suffix)
            lines[held].append(f"{name} {1 if shown else -1}")
        name = safe_file_name(label)
        sets[f"{name}_train.txt"] = "\n".join(lines[False])
        sets[f"{name}_val.txt"] = "\n".join(lines[True])
    return sets


def validation_images(
    images: Sequence[Path],
    *,
    share: float = VALIDATION_SHARE,
    seed: int = 42,
    patients: Mapping[Path, str] | None = None,
) -> frozenset[Path]:
    """Which images are held out; the same ones for the same images and seed.

    Each image draws its own lot, from its patient where one is known or else from its
    name, so that it stays on its side when others are added.
    """
    known = patients or {}
    return frozenset(
        path
        for path in images
        if random.Random(f"{seed} {known.get(path, path.name)}").random() < share
    )


def _annotation(image: LabelledImage, name: str) -> str:
    findings = exported(image)
    # "Verified" is labelImg's word for a picture that a person has checked.
    predicted = any(finding.score is not None for finding in findings)
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
{"".join(map(_object, findings))}</annotation>
"""


def _object(finding: Finding) -> str:
    x_min, y_min, x_max, y_max = map(number_text, finding.box.corners)
    return f"""    <object>
        <name>{html.escape(finding.label, quote=False)}</name>
        <pose>Unspecified</pose>
        <truncated>0</truncated>
        <difficult>0</difficult>
        <bndbox>
            <xmin>{x_min}</xmin>
            <ymin>{y_min}</ymin>
            <xmax>{x_max}</xmax>
            <ymax>{y_max}</ymax>
        </bndbox>
{_attributes(finding)}    </object>
"""


def _attributes(finding: Finding) -> str:
    stated = {
        "tooth": "" if finding.tooth is None else str(finding.tooth),
        "score": "" if finding.score is None else repr(float(finding.score)),
    }
    attributes = "".join(
        f"            <attribute><name>{name}</name><value>{value}</value>"
        "</attribute>\n"
        for name, value in stated.items()
        if value
    )
    if not attributes:
        return ""
    return f"        <attributes>\n{attributes}        </attributes>\n"


def _label_map(labels: Sequence[str]) -> str:
    """Label numbers for TensorFlow, in its text form of a protocol buffer."""
    return "".join(
        f"item {{\n id: {number}\n name: '{_quoted(label)}'\n}}\n"
        for number, label in enumerate(labels, start=1)
    )


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
