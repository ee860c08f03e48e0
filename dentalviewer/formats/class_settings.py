"""What the annotators of a folder settled about classes: `dentalviewer-classes.json`.

Colors are those of the boxes on the screen; aliases are names in files that mean one
of our classes, so that the files themselves need not be changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._files import MIB, JsonObject, parse_json, read_bytes

FILE_NAME = "dentalviewer-classes.json"
FORMAT = "dentalviewer classes"
VERSION = 1
# How far above a radiograph the folder may be that was opened.
LEVELS = 4


@dataclass(frozen=True, slots=True)
class ClassSettings:
    """Colors as #rrggbb by class; the class that each other name means."""

    colors: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def alias_table(self) -> Mapping[str, str]:
        """By names as `labels.canonical` looks for them: case makes no difference."""
        return {n.casefold().strip(): means for n, means in self.aliases.items()}

    def renamed(self, names: Mapping[str, str]) -> ClassSettings:
        """With other names of classes; one that kept its name keeps its color."""
        moved = {names[n]: color for n, color in self.colors.items() if n in names}
        stayed = {n: color for n, color in self.colors.items() if n not in names}
        aliases = {
            name: names.get(means, means) for name, means in self.aliases.items()
        }
        return ClassSettings({**moved, **stayed}, aliases)


def settings_file(folder: Path) -> Path | None:
    """The file that holds for a folder: its own, or the nearest above."""
    for place in [folder, *folder.absolute().parents][: LEVELS + 1]:
        if (place / FILE_NAME).is_file():
            return place / FILE_NAME
    return None


def class_settings_of(folder: Path) -> ClassSettings:
    """What holds for the radiographs of a folder; nothing where nothing was settled.

    Raises AnnotationFileError if the file is damaged.
    """
    path = settings_file(folder)
    return ClassSettings() if path is None else read_class_settings(path)


def read_class_settings(path: Path) -> ClassSettings:
    """Raises AnnotationFileError if it is no such file, or of a newer version."""
    content = read_bytes(path, error=AnnotationFileError, max_bytes=MIB)
    value = parse_json(path, content, AnnotationFileError)
    root = JsonObject.of(path, value, AnnotationFileError)
    if root.text("format") != FORMAT:
        raise root.fault(f"this is no file of {FORMAT}")
    if root.whole_number("version") > VERSION:
        raise root.fault("a newer version of the program saved it")
    colors, aliases = root.object("colors"), root.object("aliases")
    for name in colors.values:
        if re.fullmatch("#[0-9a-fA-F]{6}", colors.text(name)) is None:
            raise colors.fault(f"{name} should be a color such as #56b4e9")
    return ClassSettings(
        {name: colors.text(name) for name in colors.values},
        {name: aliases.text(name) for name in aliases.values},
    )


def settings_content(settings: ClassSettings) -> bytes:
    value = {
        "format": FORMAT,
        "version": VERSION,
        "colors": dict(sorted(settings.colors.items())),
        "aliases": dict(sorted(settings.aliases.items())),
    }
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
