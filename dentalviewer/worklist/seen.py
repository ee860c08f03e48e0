"""Of which radiographs the predictions were in sight, in this session or before."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

FILE_NAME = "seen.txt"


class SeenPredictions:
    """By the sha256 of the radiograph, a line each; what was seen is never unseen.

    Where the file cannot be read or written, it is known as long as the window is open.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: set[str] | None = None

    def __contains__(self, sha256: str) -> bool:
        return sha256 in self._read()

    def add(self, sha256: str) -> None:
        known = self._read()
        if sha256 in known:
            return
        known.add(sha256)
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="ascii") as file:
                file.write(f"{sha256}\n")

    def _read(self) -> set[str]:
        if self._known is None:
            self._known = set()
            with suppress(OSError, ValueError):
                self._known.update(self._file.read_text("ascii").split())
        return self._known
