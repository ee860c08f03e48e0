"""What the user has added: detectors, and other names for classes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dentalviewer.resources import user_folder


def detectors_folder() -> Path:
    """Where the detectors lie that the user has added."""
    return user_folder() / "detectors"


def own_aliases() -> Mapping[str, str]:
    """The other names for classes that the window's preferences have."""
    from dentalviewer.labels import DEFAULT_ALIASES

    try:
        from dentalviewer.gui.preferences.preferences import (
            load_preferences,
            user_settings,
        )
    except ImportError:
        # On a server without the libraries of a window nobody has preferences.
        return DEFAULT_ALIASES
    return load_preferences(user_settings()).aliases
