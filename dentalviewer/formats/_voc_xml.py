"""The XML of Pascal VOC: made anew, or what a file said with what has changed since."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dentalviewer.formats._annotations import LabelledImage
from dentalviewer.formats._plain import number_text
from dentalviewer.formats._project import keeps_certainty, keeps_shape, text_of
from dentalviewer.formats.pascal_voc import (
    ATTRIBUTES,
    EDGES,
    NAME,
    counts_from_one,
    xml_text,
)
from dentalviewer.study import Finding

if TYPE_CHECKING:
    from lxml.etree import _Element


def object_text(finding: Finding) -> str:
    """The object of a finding in a file that counts from 0, as all tools do."""
    said = text_of(finding, NAME)
    return _kept_object(said, finding, 0) if said else _new_object(finding)


def kept_annotation(
    said: str, image: LabelledImage, name: str, findings: Sequence[Finding]
) -> str:
    """What a file said of an image, about the findings as they are now."""
    root = _parsed(said)
    first_pixel = 1 if counts_from_one(root) else 0
    _state(root, "filename", name)
    _state(root, "path", f"JPEGImages/{name}")
    size = root.find("size")
    if size is None:
        size = _added(root, "size")
    _state(size, "width", str(image.size.width))
    _state(size, "height", str(image.size.height))
    if any(finding.score is not None for finding in findings):
        root.attrib.pop("verified", "")
    for child in root:
        if child.tail is None:
            child.tail = "\n"
    head = xml_text(root)
    if not findings:
        return head + "\n"
    objects = "".join(
        _kept_object(said, finding, first_pixel)
        if (said := text_of(finding, NAME)) or first_pixel
        else _new_object(finding)
        for finding in findings
    )
    before, closing, _ = head.rpartition("</annotation>")
    return f"{before.rstrip()}\n{objects}{closing}\n"


def _kept_object(said: str, finding: Finding, first_pixel: int) -> str:
    element = _parsed(said or _new_object(finding))
    _state(element, "name", finding.label)
    bndbox = element.find("bndbox")
    if bndbox is None:
        bndbox = _added(element, "bndbox")
    if not said or not keeps_shape(finding):
        x_min, y_min, x_max, y_max = finding.box.corners
        edges = (x_min + first_pixel, y_min + first_pixel, x_max, y_max)
        for tag, value in zip(EDGES, edges, strict=True):
            _state(bndbox, tag, number_text(value))
    if not keeps_certainty(finding, NAME):
        _state(element, "difficult", _difficult(finding))
    _state_attributes(element, finding)
    return f"    {xml_text(element)}\n"


def _state_attributes(element: _Element, finding: Finding) -> None:
    """Those that are a finding's are written anew, the others left alone."""
    holder = element.find("attributes")
    stated = _attributes_of(finding)
    if holder is None:
        if not stated:
            return
        holder = _added(element, "attributes")
    for attribute in holder.findall("attribute"):
        name = (attribute.findtext("name") or "").strip()
        if name in ATTRIBUTES:
            value = stated.pop(name, None)
            if value is None:
                holder.remove(attribute)
            else:
                _state(attribute, "value", value)
    for name, value in stated.items():
        attribute = _added(holder, "attribute")
        _state(attribute, "name", name)
        _state(attribute, "value", value)


def _parsed(text: str) -> _Element:
    from lxml.etree import XMLParser, fromstring

    return fromstring(text, XMLParser(resolve_entities=False, no_network=True))


def _added(parent: _Element, tag: str) -> _Element:
    from lxml.etree import SubElement

    return SubElement(parent, tag)


def _state(parent: _Element, tag: str, text: str) -> None:
    """Give the child its text; one that says it already stays to the letter."""
    child = parent.find(tag)
    if child is None:
        child = _added(parent, tag)
    if (child.text or "").strip() != text:
        child.text = text


def _new_object(finding: Finding) -> str:
    x_min, y_min, x_max, y_max = map(number_text, finding.box.corners)
    return f"""    <object>
        <name>{html.escape(finding.label, quote=False)}</name>
        <pose>Unspecified</pose>
        <truncated>0</truncated>
        <difficult>{_difficult(finding)}</difficult>
        <bndbox>
            <xmin>{x_min}</xmin>
            <ymin>{y_min}</ymin>
            <xmax>{x_max}</xmax>
            <ymax>{y_max}</ymax>
        </bndbox>
{_attributes(finding)}    </object>
"""


def _difficult(finding: Finding) -> str:
    return str(int(finding.uncertain))


def _attributes(finding: Finding) -> str:
    attributes = "".join(
        f"            <attribute><name>{name}</name><value>{value}</value>"
        "</attribute>\n"
        for name, value in _attributes_of(finding).items()
    )
    if not attributes:
        return ""
    return f"        <attributes>\n{attributes}        </attributes>\n"


def _attributes_of(finding: Finding) -> dict[str, str]:
    stated: dict[str, str] = {}
    if finding.tooth is not None:
        stated["tooth"] = str(finding.tooth)
    if finding.last_tooth is not None:
        stated["last_tooth"] = str(finding.last_tooth)
    if finding.score is not None:
        stated["score"] = repr(float(finding.score))
    return stated
