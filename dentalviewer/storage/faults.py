"""Faults of one file, told together: who mends it wants to know of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from dentalviewer.errors import FileError

MAX_TOLD = 10


def of_folder(fault: OSError) -> str:
    """That a folder cannot be listed, which `fault` names."""
    return f"{fault.filename}: the folder cannot be read: {fault.strerror or fault}"


def told_together(faults: Sequence[str]) -> str:
    """The one fault; or how many there are, and the first of them."""
    told = "; ".join(faults[:MAX_TOLD])
    if len(faults) == 1:
        return told
    more = len(faults) - MAX_TOLD
    return f"{len(faults)} faults: {told}{f'; and {more} more' if more > 0 else ''}"


@dataclass(slots=True)
class Faults:
    """Those of the file at `path`. Within `with faults:` an `error` is kept to be told
    with the others, and what follows there is left out.
    """

    path: Path
    error: type[FileError]
    found: list[str] = field(default_factory=list)

    def add(self, fault: str) -> None:
        self.found.append(fault)

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if not isinstance(error, self.error):
            return False
        self.add(error.fault)
        return True

    def require_none(self) -> None:
        """Raises `error` with all that were found, or the first ones."""
        if self.found:
            raise self.error(self.path, told_together(self.found))
