"""A folder that nobody may look into, for the superuser too."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def close(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither can what is in it be seen, nor the folder be listed."""

    def refused(call: Callable[..., Any], *, itself: bool) -> Callable[..., Any]:
        def attempt(path: Any = ".", *arguments: Any, **options: Any) -> Any:
            asked = os.path.abspath(path) if isinstance(path, str | Path) else ""
            inside = asked.startswith(os.path.join(folder, ""))
            if inside or (itself and asked == str(folder)):
                raise PermissionError(errno.EACCES, "Permission denied", path)
            return call(path, *arguments, **options)

        return attempt

    monkeypatch.setattr(os, "stat", refused(os.stat, itself=False))
    for name in ("scandir", "listdir"):
        monkeypatch.setattr(os, name, refused(getattr(os, name), itself=True))
