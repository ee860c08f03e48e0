"""Annotation files of 10,000 radiographs into another format, beside datumaro.

Pictures are not copied, so that it is the annotations that are measured. Counted is the
time of the processor, which other programs at work make longer, but for both alike.
datumaro reads neither VoTT 1 nor the JSON of labelme, and of VoTT 2 only the export.
Both look at each picture for its size, and write it; for VOC, datumaro decodes it.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from dentalviewer.formats import LabelledImage, write_annotations
from dentalviewer.formats.coco_export import write_coco
from dentalviewer.formats.vott_v2_export import file_url
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import KNOWN_LABELS
from dentalviewer.study import Finding
from tests.benchmarks.measurement import Measurement, Setting, answer_of, ours

COUNT = 10_000
FINDINGS = 10
# For a picture; each of the sets gives it as many more, and disks take 65,000.
NAMES = 2_500
SIZE = Size(2900, 1400)
# For each format what it becomes, and what datumaro calls the two.
WAYS = {
    "voc": ("coco", "voc:coco_instances"),
    "coco": ("voc", "coco_instances:voc"),
    "yolo": ("coco", "yolo:coco_instances"),
    "vott2": ("coco", "vott_json:coco_instances"),
    "vott2 project": ("coco", ""),
    "vott1": ("coco", ""),
    "labelme": ("coco", ""),
}
# The one file with all images, where it is not the folder that is converted.
FILES = {
    "coco": "annotations/instances_default.json",
    "vott2": "vott-json-export/set-vott2-export.json",
}


def measure(setting: Setting) -> list[Measurement]:
    with tempfile.TemporaryDirectory() as folder:
        images = _images(Path(folder) / "images", COUNT)
        return [_measure(name, images, Path(folder), setting) for name in WAYS]


def _images(folder: Path, count: int) -> list[LabelledImage]:
    """Few pictures under many names; their pixels are never looked at."""
    folder.mkdir()
    luck = random.Random(0)
    found = []
    for number in range(count):
        path = folder / f"{number:05}.png"
        if number % NAMES:
            os.link(folder / f"{number - number % NAMES:05}.png", path)
        else:
            Image.new("L", (SIZE.width, SIZE.height)).save(path)
        found.append(LabelledImage(path, SIZE, tuple(_findings(luck))))
    return found


def _findings(luck: random.Random) -> list[Finding]:
    corners = [(luck.uniform(0, 2700), luck.uniform(0, 1200)) for _ in range(FINDINGS)]
    return [
        Finding(Box(x, y, x + 80.25, y + 120.5), luck.choice(KNOWN_LABELS))
        for x, y in corners
    ]


def _measure(
    name: str, images: Sequence[LabelledImage], folder: Path, setting: Setting
) -> Measurement:
    target, names = WAYS[name]
    source = folder / f"set-{name.removesuffix(' project')}"
    if not source.exists():
        _write(name, images, source)
    place = source / FILES.get(name, "")
    mine = ours("convert_in_dentalviewer.py", str(place), str(folder / "a"), target)
    what = f"{COUNT:,} {name} to {target}"
    seconds = f"{mine['seconds']:.1f} s, {mine['mib']:.0f} MiB"
    why = "does not read it" if not names else setting.no_datumaro
    if not names or setting.datumaro is None:
        return Measurement(what, seconds, why, mine["seconds"], unit="s")
    place = source / "vott-json-export" if name == "vott2" else source
    theirs = answer_of(
        setting.datumaro,
        "convert_in_datumaro.py",
        str(place),
        str(folder / name),
        names,
    )
    if theirs["findings"] != mine["findings"]:
        raise RuntimeError(f"{what}: {mine['findings']} and {theirs['findings']} boxes")
    peer = f"{theirs['seconds']:.1f} s, {theirs['mib']:.0f} MiB"
    return Measurement(what, seconds, peer, mine["seconds"] / theirs["seconds"], 1.0)


def _write(name: str, images: Sequence[LabelledImage], source: Path) -> None:
    """The set as each of the two expects it, with links in place of copies."""
    pictures = {"voc": "JPEGImages", "coco": "images/default", "vott1": "images"}
    pictures["yolo"] = "images/train"
    place = source / pictures.get(name, "")
    if name == "vott2":
        place = source / "vott-json-export"
    place.mkdir(parents=True)
    moved = []
    for image in images:
        os.link(image.path, place / image.path.name)
        moved.append(LabelledImage(place / image.path.name, SIZE, image.findings))
    if name == "coco":
        write_coco(moved, source, file_name="annotations/instances_default.json")
    elif name == "yolo":
        write_annotations(moved, source, name)
        (source / "labels" / "train").mkdir()
        for image in moved:
            text = source / "labels" / f"{image.path.stem}.txt"
            text.rename(source / "labels" / "train" / text.name)
        yaml = source / "data.yaml"
        yaml.write_text(yaml.read_text().replace("train: images", "train: images/train")
                        .replace("val: images\n", "val: images/train\n"))  # fmt: skip
    else:
        write_annotations(moved, source, name)
        # datumaro would read the same boxes once more for the union of two lists.
        (source / "ImageSets" / "Main" / "trainval.txt").unlink(missing_ok=True)
    if name == "vott2":
        _name_without_folders(source / FILES[name], place)


def _name_without_folders(export: Path, place: Path) -> None:
    """Where a path begins with "file:", as all of VoTT's do, datumaro does not find the
    picture, looks in vain, and writes a size of 0 x 0 pixels.
    """
    text = export.read_text()
    export.write_text(text.replace(f'"{file_url(place)}/', '"'))
