"""What the reader prefers, kept between sessions in a plain INI file."""

from __future__ import annotations

import getpass
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from PySide6.QtCore import QSettings

from dentalviewer.dentition import Notation
from dentalviewer.gui.preferences.key_map import Keys, read_keys
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.reports.report import Practice

THEMES = ("dark", "light")


@dataclass(frozen=True, slots=True)
class Preferences:
    """`aliases` maps names of classes, case folded, to classes of the glossary.

    `keys` holds the actions whose keys the reader has changed.
    """

    reader: str = ""
    practice_name: str = ""
    practice_address: str = ""
    dentist: str = ""
    theme: str = "dark"
    read_first: bool = False
    detector: str = ""
    notation: str = Notation.FDI.name
    keep_view: bool = False
    keep_drawing: bool = False
    tooth_numbers: bool = False
    aliases: Mapping[str, str] = field(default_factory=lambda: DEFAULT_ALIASES)
    keys: Keys = field(default_factory=dict)

    @property
    def reader_name(self) -> str:
        """The name that decisions are logged under; never empty."""
        return self.reader or _account_name()

    @property
    def tooth_notation(self) -> Notation:
        return Notation[self.notation]


def user_settings() -> QSettings:
    """Where this user's preferences lie, and how the window was left."""
    return QSettings(
        QSettings.Format.IniFormat,
        QSettings.Scope.UserScope,
        "dentalviewer",
        "dentalviewer",
    )


def practice_of(preferences: Preferences) -> Practice:
    return Practice(
        preferences.practice_name, preferences.practice_address, preferences.dentist
    )


def load_preferences(settings: QSettings) -> Preferences:
    """Whatever is missing or damaged falls back to its default."""
    found: dict[str, object] = {}
    defaults = Preferences()
    for each in fields(Preferences):
        value = settings.value(f"preferences/{each.name}")
        default = getattr(defaults, each.name)
        if isinstance(default, bool):
            found[each.name] = str(value).lower() == "true"
        elif isinstance(default, str):
            found[each.name] = value if isinstance(value, str) else default
        elif each.name == "keys":
            found[each.name] = read_keys(_json(value))
        else:
            found[each.name] = _aliases(value)
    if found["notation"] not in Notation.__members__:
        found["notation"] = defaults.notation
    if found["theme"] not in THEMES:
        found["theme"] = defaults.theme
    return Preferences(**found)  # type: ignore[arg-type]


def save_preferences(settings: QSettings, preferences: Preferences) -> None:
    for each in fields(Preferences):
        value = getattr(preferences, each.name)
        if isinstance(value, Mapping):
            value = json.dumps(dict(value), ensure_ascii=False, sort_keys=True)
        settings.setValue(f"preferences/{each.name}", value)
    settings.sync()


def _aliases(value: object) -> Mapping[str, str]:
    table = _json(value)
    if not isinstance(table, dict):
        return DEFAULT_ALIASES
    return {k: v for k, v in table.items() if isinstance(k, str) and isinstance(v, str)}


def _json(value: object) -> object:
    """What was kept as JSON; None where there is nothing or it is damaged."""
    try:
        return json.loads(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _account_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unnamed reader"
