"""Which keys do what, as the reader has changed it. Pure values.

Keys are written as Qt does it in files, such as "Ctrl+Shift+Z".
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping

from PySide6.QtGui import QAction, QKeySequence

from dentalviewer.gui.actions import ACTIONS

Keys = Mapping[str, tuple[str, ...]]
"""Actions' ids and their keys, the first of which is named in menus."""

MOST_KEYS = 3


def default_keys() -> dict[str, tuple[str, ...]]:
    return {spec.id: spec.keys for spec in ACTIONS}


def keys_in_force(changed: Keys) -> dict[str, tuple[str, ...]]:
    """The keys of every action: what the reader changed goes before the defaults.

    So no key ever has two meanings, whatever a later version gives its actions.
    """
    table: dict[str, tuple[str, ...]] = {}
    taken: set[str] = set()
    for action_id, keys in changed.items():
        free = tuple(key for key in keys if key not in taken)
        table[action_id] = free
        taken.update(free)
    return {
        spec.id: table[spec.id]
        if spec.id in table
        else tuple(key for key in spec.keys if key not in taken)
        for spec in ACTIONS
    }


def changes(table: Keys) -> dict[str, tuple[str, ...]]:
    """What differs from the defaults, which is all that needs to be kept."""
    defaults = default_keys()
    return {i: keys for i, keys in table.items() if keys != defaults[i]}


def holder(table: Keys, key: str) -> str | None:
    """The action that a key belongs to."""
    return next((i for i, keys in table.items() if key in keys), None)


def menu_opened_by(key: str) -> str | None:
    """The menu that a key opens: such keys cannot be given to actions. On macOS menus
    have none.
    """
    if sys.platform == "darwin":
        return None
    menus = {f"Alt+{s.menu[s.menu.index('&') + 1].upper()}": s.menu for s in ACTIONS}
    menu = menus.get(key)
    return menu.replace("&", "") if menu else None


def words_of(action_id: str) -> str:
    """What an action is called where there is no menu around it."""
    text = next(spec.text for spec in ACTIONS if spec.id == action_id)
    return text.replace("&", "").rstrip("…")


def written(keys: Iterable[str], between: str = "  or  ") -> str:
    """Keys as this computer's users know them."""
    form = QKeySequence.SequenceFormat.NativeText
    return between.join(QKeySequence(key).toString(form) for key in keys)


def read_keys(raw: object) -> dict[str, tuple[str, ...]]:
    """What was kept of changed keys; what is unknown or damaged is left out."""
    if not isinstance(raw, dict):
        return {}
    known = default_keys()
    return {
        action_id: tuple(key for key in keys if isinstance(key, str) and _is_key(key))
        for action_id, keys in raw.items()
        if action_id in known and isinstance(keys, list)
    }


def use_keys(actions: Mapping[str, QAction], changed: Keys) -> None:
    for action_id, keys in keys_in_force(changed).items():
        actions[action_id].setShortcuts([QKeySequence(key) for key in keys])


def _is_key(key: str) -> bool:
    form = QKeySequence.SequenceFormat.PortableText
    return bool(key) and QKeySequence(key).toString(form) == key
