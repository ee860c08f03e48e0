"""What the annotators of a folder settled about classes: `dentalviewer-classes.json`.

Colors are those of boxes, on the screen, in reports and in pictures; aliases are names
in files that mean one of our classes, so that the files themselves need not be changed.
What holds where is decided here, for the window and for every command.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._annotations import Aliases
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


def class_settings_of(*folders: Path) -> ClassSettings:
    """What holds for a radiograph or an annotation file; nothing if nothing is settled.

    `folders` are those it may belong to, that of the radiograph first, then those of
    the files that speak of it; the first for which something was settled decides.
    Raises AnnotationFileError if the file is damaged.
    """
    for folder in dict.fromkeys(folders):
        path = settings_file(folder)
        if path is not None:
            return read_class_settings(path)
    return ClassSettings()


def settled_aliases(own: Mapping[str, str], *folders: Path) -> Mapping[str, str]:
    """What names mean: what was settled goes before what the reader is used to.

    `folders` are as of `class_settings_of`. Raises AnnotationFileError if the file is
    damaged.
    """
    return {**own, **class_settings_of(*folders).alias_table}


class SettledAliases:
    """The same for many radiographs: each folder is looked at once.

    A damaged file is told once, by `tell`; then what the reader is used to holds. None,
    for labels word for word, stays None.
    """

    def __init__(self, own: Aliases, tell: Callable[[str], object]) -> None:
        self._own = own
        self._tell = tell
        self._known: dict[tuple[Path, ...], Aliases] = {}
        self._told: set[str] = set()

    def of(self, *folders: Path) -> Aliases:
        if self._own is None:
            return None
        if folders not in self._known:
            self._known[folders] = self._read(self._own, folders)
        return self._known[folders]

    def _read(self, own: Mapping[str, str], folders: tuple[Path, ...]) -> Aliases:
        try:
            return settled_aliases(own, *folders)
        except AnnotationFileError as fault:
            if str(fault) not in self._told:
                self._told.add(str(fault))
                self._tell(str(fault))
            return own


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
