"""What Windows does while another program has a file open, on any system."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Any

import pytest

from dentalviewer.storage import disk

FOREVER = 10**9


def as_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts are repeated, and without waiting between them."""
    monkeypatch.setattr(disk, "ON_WINDOWS", True)
    monkeypatch.setattr(disk, "_PAUSES_SECONDS", (0.0,) * 7)


def held(
    call: Callable[..., Any], moments: int, *, ending: str = ""
) -> Callable[..., Any]:
    """`call`, which is refused the next `moments` times that it is about a file whose
    name has that ending.
    """

    def attempt(*arguments: Any, **options: Any) -> Any:
        nonlocal moments
        if moments and os.fspath(arguments[0]).endswith(ending):
            moments -= 1
            raise PermissionError(errno.EACCES, "Permission denied", arguments[0])
        return call(*arguments, **options)

    return attempt
