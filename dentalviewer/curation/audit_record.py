"""What was decided in audits, so that nobody is asked twice."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

from dentalviewer.curation.audit import Contradiction
from dentalviewer.errors import FileError
from dentalviewer.formats.review_file import set_aside
from dentalviewer.storage.files import make_folder, write_atomically
from dentalviewer.storage.json_object import JsonObject, read_json

FILE_NAME = "audits.json"
_FORMAT = "dentalviewer audits"

Place = tuple[str, str, tuple[int, int, int, int]]
"""Radiograph, class and box, the box in whole pixels."""


def place_of(contradiction: Contradiction) -> Place:
    finding = contradiction.finding
    x_min, y_min, x_max, y_max = (round(value) for value in finding.box.corners)
    return contradiction.radiograph, finding.label, (x_min, y_min, x_max, y_max)


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """The places where the reader found the label right.

    Where the detector was right the review was changed, and nothing is contradicted
    there any more.
    """

    right: frozenset[Place] = frozenset()

    def is_decided(self, contradiction: Contradiction) -> bool:
        return place_of(contradiction) in self.right

    def with_right(self, contradiction: Contradiction) -> AuditRecord:
        return replace(self, right=self.right | {place_of(contradiction)})

    def without(self, contradiction: Contradiction) -> AuditRecord:
        return replace(self, right=self.right - {place_of(contradiction)})


def read_record(path: Path) -> AuditRecord:
    """Empty where there is none; one that makes no sense is set aside.

    Raises FileError, so that it can be told, once it was set aside, or where it cannot
    be opened just now.
    """
    if not path.exists():
        return AuditRecord()
    try:
        whole = JsonObject.of(path, read_json(path, error=FileError), FileError)
        if whole.text("format") != _FORMAT:
            raise whole.fault("this is not a record of audits")
        return AuditRecord(
            frozenset(
                place
                for each in whole.objects("radiographs", "radiograph")
                for place in _places(each)
            )
        )
    except FileError as error:
        if isinstance(error.__cause__, OSError):
            raise  # Another moment may read it.
        kept = set_aside(path)
        fault = f"what was decided in audits cannot be read; kept as {kept.name}"
        raise FileError(path, fault) from error


def write_record(path: Path, record: AuditRecord) -> None:
    """Raises FileError if it cannot be saved."""
    by_radiograph: defaultdict[str, list[dict[str, object]]] = defaultdict(list)
    for radiograph, label, box in sorted(record.right):
        by_radiograph[radiograph].append({"label": label, "box": list(box)})
    content = {
        "format": _FORMAT,
        "radiographs": [
            {"path": radiograph, "right": places}
            for radiograph, places in by_radiograph.items()
        ],
    }
    make_folder(path.parent)
    # What a path has that is no UTF-8 stays half characters, which escapes can write.
    write_atomically(path, json.dumps(content).encode())


def _places(record: JsonObject) -> list[Place]:
    radiograph = record.path_text("path")
    places: list[Place] = []
    for each in record.objects("right", "place"):
        values = [round(each.as_number(value, "box")) for value in each.items("box")]
        if len(values) != 4:
            raise each.fault("box should be four numbers")
        x_min, y_min, x_max, y_max = values
        places.append((radiograph, each.text("label"), (x_min, y_min, x_max, y_max)))
    return places
