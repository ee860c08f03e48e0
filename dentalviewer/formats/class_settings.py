"""What the annotators of a folder settled about classes: `dentalviewer-classes.json`.

Colors are those of boxes, on the screen, in reports and in pictures; aliases are names
in files that mean one of our classes, so that the files themselves need not be changed;
names are what the window, and what is exported, calls a class of ours.
What holds where is decided here, for the window and for every command.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._annotations import Aliases
from dentalviewer.storage.files import MIB, read_bytes
from dentalviewer.storage.json_object import JsonObject, parse_json

FILE_NAME = "dentalviewer-classes.json"
FORMAT = "dentalviewer classes"
VERSION = 1
# How far above a radiograph the folder may be that was opened.
LEVELS = 4


@dataclass(frozen=True, slots=True)
class ClassSettings:
    """Colors as #rrggbb by class; the class that each other name means; what classes of
    the glossary are called here, where that is another name.
    """

    colors: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


NOTHING_SETTLED = ClassSettings()


def alias_table(aliases: Mapping[str, str]) -> Mapping[str, str]:
    """By names as `labels.canonical` looks for them: case makes no difference."""
    return {name.casefold().strip(): means for name, means in aliases.items()}


def settings_file(folder: Path) -> Path | None:
    """The file that holds for a folder: its own, or the nearest above."""
    for place in [folder, *folder.absolute().parents][: LEVELS + 1]:
        if os.path.isfile(place / FILE_NAME):  # Not there, too, if it may not be seen.
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
    return NOTHING_SETTLED


def settled_aliases(own: Mapping[str, str], *folders: Path) -> Mapping[str, str]:
    """What names mean: what was settled goes before what the reader is used to.

    `folders` are as of `class_settings_of`. Raises AnnotationFileError if the file is
    damaged.
    """
    return {**own, **alias_table(class_settings_of(*folders).aliases)}


class SettledAliases:
    """The same for many radiographs: each folder is looked at once.

    A damaged file is told once, by `tell`; then what the reader is used to holds. None,
    for labels word for word, stays None.
    """

    def __init__(self, own: Aliases, tell: Callable[[str], object]) -> None:
        self._own = own
        self._tell = tell
        self._known: dict[tuple[Path, ...], tuple[Aliases, Mapping[str, str]]] = {}
        self._told: set[str] = set()

    def of(self, *folders: Path) -> Aliases:
        return None if self._own is None else self._settled(folders)[0]

    def names(self, *folders: Path) -> Mapping[str, str]:
        """What classes of the glossary are called there."""
        return self._settled(folders)[1]

    def _settled(self, folders: tuple[Path, ...]) -> tuple[Aliases, Mapping[str, str]]:
        if folders not in self._known:
            settings = self._read(folders)
            known = {**(self._own or {}), **alias_table(settings.aliases)}
            self._known[folders] = known, settings.names
        return self._known[folders]

    def _read(self, folders: tuple[Path, ...]) -> ClassSettings:
        try:
            return class_settings_of(*folders)
        except AnnotationFileError as fault:
            if str(fault) not in self._told:
                self._told.add(str(fault))
                self._tell(str(fault))
            return NOTHING_SETTLED


def read_class_settings(path: Path) -> ClassSettings:
    """Raises AnnotationFileError if it is no such file, or of a newer version."""
    content = read_bytes(path, error=AnnotationFileError, max_bytes=MIB)
    value = parse_json(path, content, AnnotationFileError)
    root = JsonObject.of(path, value, AnnotationFileError)
    if root.text("format") != FORMAT:
        raise root.fault(f"this is not a file of {FORMAT}")
    if root.whole_number("version") > VERSION:
        raise root.fault("a newer version of the program saved it")
    colors, aliases = root.object("colors"), root.object("aliases")
    for name in colors.values:
        if re.fullmatch("#[0-9a-fA-F]{6}", colors.text(name)) is None:
            raise colors.fault(f"{name} should be a color such as #56b4e9")
    names = root.object("names") if root.has("names") else None
    return ClassSettings(
        {name: colors.text(name) for name in colors.values},
        {name: aliases.text(name) for name in aliases.values},
        {label: names.text(label) for label in names.values} if names else {},
    )


def settings_content(settings: ClassSettings) -> bytes:
    value = {
        "format": FORMAT,
        "version": VERSION,
        "colors": dict(sorted(settings.colors.items())),
        "aliases": dict(sorted(settings.aliases.items())),
        "names": dict(sorted(settings.names.items())),
    }
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
