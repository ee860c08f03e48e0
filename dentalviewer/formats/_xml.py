"""The XML of annotation files, parsed with nothing that it asks for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._annotations import MAX_COORDINATE, stated_frame
from dentalviewer.geometry import Size
from dentalviewer.storage.files import MIB

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_BYTES = 5 * MIB
_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
_NOT_ESCAPED = re.compile(rb"&(?!(amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)")


def parse_xml(path: Path, content: bytes) -> tuple[_Element, tuple[str, ...]]:
    """The root, and notes. Raises AnnotationFileError.

    VoTT escapes nothing, so that "crown & bridge" makes its file ill-formed; such a
    file is read all the same, with a note.
    """
    if len(content) > MAX_BYTES:
        raise AnnotationFileError(
            path, f"the file is too large (over {MAX_BYTES / MIB:.0f} MB)"
        )
    from lxml.etree import XMLSyntaxError

    try:
        return _parse_strictly(path, content), ()
    except XMLSyntaxError as fault:
        try:
            root = _parse_strictly(path, _escaped(content))
        except XMLSyntaxError:
            raise AnnotationFileError(
                path, f"not well-formed XML: {fault.msg or 'nothing in it'}"
            ) from fault
    return root, ('the file has "&" or "<" in names where XML allows none',)


def _parse_strictly(path: Path, content: bytes) -> _Element:
    from lxml.etree import XMLParser, fromstring

    parser = XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
    )
    root = fromstring(content, parser)
    if root.getroottree().docinfo.internalDTD is not None:
        raise AnnotationFileError(path, "XML with a DOCTYPE is not read")
    return root


def _escaped(content: bytes) -> bytes:
    """The names escaped, and every "&" that begins no entity."""
    *parts, rest = _NOT_ESCAPED.sub(b"&amp;", content).split(b"</name>")
    escaped = []
    for part in parts:
        before, tag, name = part.rpartition(b"<name>")
        plain = name.replace(b"<", b"&lt;").replace(b">", b"&gt;") if tag else name
        escaped.append(before + tag + plain)
    return b"</name>".join([*escaped, rest])


def text_at(element: _Element, tag: str) -> str:
    return (element.findtext(tag) or "").strip()


def number_of(path: Path, element: _Element | None, tag: str, place: str) -> float:
    if element is None:
        raise AnnotationFileError(path, f"{place}: {tag} is missing")
    text = element.text or ""
    if _NUMBER.fullmatch(text) is None:
        raise AnnotationFileError(
            path, f"{place}: {tag} should be a number, not {text[:40]!a}"
        )
    number = float(text)
    if abs(number) > MAX_COORDINATE:
        raise AnnotationFileError(
            path, f"{place}: {tag} is beyond any radiograph: {text[:40]}"
        )
    return number


def frame_at(
    path: Path, root: _Element, place: str, width: str, height: str
) -> Size | None:
    """The size of the image that an element states below `place`; None where it does
    not. Raises AnnotationFileError if it is no size.
    """
    size = root.find(place)
    if size is None or not (text_at(size, width) and text_at(size, height)):
        return None
    return stated_frame(
        path,
        place,
        number_of(path, size.find(width), width, place),
        number_of(path, size.find(height), height, place),
    )
