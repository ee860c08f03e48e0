"""A reader counts once, though a file may be given and a folder that it is read in, or
a project of VoTT 2 and its own export.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats.vott_v2_repeats import Repeat, repeat_of

Heard = tuple[str, Iterable[Path]]
"""What a set is called, and the files that its findings are from."""


_WORDS = {
    Repeat.SURE: "is the export of {}, and says nothing else: one reader, who counts"
    " once",
    Repeat.SAYS_OTHERWISE: "lies beside {} as its export, but says something else, so"
    " both count: if it is of an earlier day, give only one of the two",
    Repeat.LIES_ELSEWHERE: "says what {} says, word for word, and both count: if it is"
    " its export and not another reader's, give only one of the two",
}


@dataclass(frozen=True, slots=True)
class Repetition:
    """Of a set and the `number`-th before it one is a VoTT 2 project, and the other,
    the later one if `is_later`, its JSON export; by one reader if that `is_sure`.
    """

    number: int
    is_later: bool
    is_sure: bool
    note: str


def repetition_of(
    files: Collection[Path], before: Sequence[Collection[Path]]
) -> Repetition | None:
    """Of the set that is read from the `files`, and those that were read before: with
    one that is surely by its reader, if there is any, or else with the first.
    """
    perhaps = None
    for number, others in enumerate(before):
        for is_later, pair in ((True, (files, others)), (False, (others, files))):
            found = repeat_of(*pair)
            if found is None:
                continue
            export, project, kind = found
            note = f"{export} {_WORDS[kind].format(project)}"
            repetition = Repetition(number, is_later, kind is Repeat.SURE, note)
            if repetition.is_sure:
                return repetition
            perhaps = perhaps or repetition
    return perhaps


def require_another_reader(
    path: Path, files: Iterable[Path], before: Iterable[Heard]
) -> None:
    """Raises AnnotationFileError if one of the `files` that the set at `path` is read
    from is one of another set's as well.
    """
    own = _real(files)
    for name, others in before:
        if not own.isdisjoint(_real(others)):
            raise AnnotationFileError(
                path,
                f"this is read from a file of {name} as well, so that one reader would"
                " count twice: give only one of the two",
            )


def _real(files: Iterable[Path]) -> set[str]:
    return {os.path.normcase(os.path.realpath(file)) for file in files}
