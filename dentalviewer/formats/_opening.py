"""Which format a file has, by what is in it and not by its name."""

from __future__ import annotations

import os
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from functools import lru_cache
from pathlib import Path

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._annotation_file import AnnotationFile
from dentalviewer.formats._review_json import FORMAT as REVIEW
from dentalviewer.formats._xml import parse_xml
from dentalviewer.formats.coco import read_coco
from dentalviewer.formats.csv_file import looks_like_csv, read_csv
from dentalviewer.formats.labelme import read_labelme
from dentalviewer.formats.labelme_xml import is_labelme, read_labelme_xml
from dentalviewer.formats.pascal_voc import read_pascal_voc
from dentalviewer.formats.vott_v1 import read_vott_v1
from dentalviewer.formats.vott_v2 import read_vott_v2, read_vott_v2_asset
from dentalviewer.formats.yolo import looks_like_yolo, read_yolo
from dentalviewer.storage.files import MIB, read_bytes
from dentalviewer.storage.json_object import JsonObject, parse_json

# About 100,000 boxes of VoTT 2; parsed, they take ten times that for a moment.
MAX_BYTES = 128 * MIB
# A class and a share of the picture, be it with a comma.
_LIKE_YOLO = re.compile(r"\d+[ \t]+\d?[.,]\d")
KNOWN = "VoTT 1, VoTT 2, Pascal VOC, COCO, YOLO, labelme or CSV"


def open_annotation_file(path: Path) -> AnnotationFile:
    """The file, parsed. The last few are kept as long as they do not change on disk.

    Raises AnnotationFileError if it has none of the formats, or is damaged.
    """
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return _open(path)  # Which says what is wrong.
    opened = _open_once(path, found.st_mtime_ns, found.st_size)
    if isinstance(opened, str):
        raise AnnotationFileError(path, opened)
    return opened


@lru_cache(maxsize=16)
def _open_once(path: Path, _mtime_ns: int, _size: int) -> AnnotationFile | str:
    """The file, or what is wrong with it, which it takes as long to find out."""
    content = _content(path)
    try:
        return _parsed(path, content)
    except AnnotationFileError as error:
        if isinstance(error.__cause__, MemoryError):  # There may be more next time.
            raise
        return error.fault


def _open(path: Path) -> AnnotationFile:
    return _parsed(path, _content(path))


def _content(path: Path) -> bytes:
    return read_bytes(path, error=AnnotationFileError, max_bytes=MAX_BYTES)


def _parsed(path: Path, content: bytes) -> AnnotationFile:
    start = content[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"<", b"\xff\xfe<", b"\xfe\xff\x00<")):
        root, notes = parse_xml(path, content)
        read_xml = read_labelme_xml if is_labelme(root) else read_pascal_voc
        return read_xml(path, root, notes)
    if start.startswith((b"{", b"[")):
        return _open_json(path, content)
    if path.suffix.casefold() == ".txt" and looks_like_yolo(content):
        return read_yolo(path, content)
    if looks_like_csv(content):
        return read_csv(path, content)
    raise AnnotationFileError(path, _why_not(path, content))


def _why_not(path: Path, content: bytes) -> str:
    """What keeps a file from being read, as far as its first line tells."""
    if not content:
        return "the file is empty"
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "the text is UTF-16: save it as UTF-8"
    first = content[:200].decode("utf-8-sig", "replace").lstrip().partition("\n")[0]
    if path.suffix.casefold() == ".txt" and _LIKE_YOLO.match(first):
        return f"line 1 is not a box of YOLO: {first.strip()[:60]!a}"
    for mark in (";", "\t"):
        if mark in first and looks_like_csv(first.replace(mark, ",").encode()):
            return f"the cells of the table are parted by {mark!r}: it should be ','"
    return f"these are not annotations of {KNOWN}"


def _open_json(path: Path, content: bytes) -> AnnotationFile:
    value = parse_json(path, content, AnnotationFileError)
    if isinstance(value, list):
        raise AnnotationFileError(
            path,
            "a list of results does not say which images it is about; open the COCO"
            " file with the images",
        )
    root = JsonObject.of(path, value, AnnotationFileError)
    for key, read in (
        ("frames", read_vott_v1),
        ("assets", read_vott_v2),
        ("regions", read_vott_v2_asset),
        ("shapes", read_labelme),
        ("images", read_coco),
        ("annotations", read_coco),
    ):
        if key in root.values:
            return read(path, root)
    if root.values.get("format") == REVIEW:
        raise root.fault("this is a saved review; open its radiograph instead")
    raise root.fault(f"these are not annotations of {KNOWN}")
