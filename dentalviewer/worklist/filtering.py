"""Which radiographs of a worklist are shown: by status, class, tooth and name."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from dentalviewer.dentition import Notation, Tooth
from dentalviewer.worklist.standing import Standing, Status

UNDONE = frozenset(Status) - {Status.DONE}
_TOOTH = re.compile(r"(?:^|(?<=\s))tooth:\s*(\S*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Search:
    """What was typed into the search field.

    All of `words` are to be in the name, and a finding at each of `teeth`; `unknown` is
    what was typed as the number of a tooth, and is none.
    """

    text: str = ""
    words: tuple[str, ...] = ()
    teeth: tuple[Tooth, ...] = ()
    unknown: str = ""

    def is_borne_by(self, name: str) -> bool:
        """Whether all words are in it."""
        folded = _folded(name)
        return all(word in folded for word in self.words)


NO_SEARCH = Search()


def read_search(text: str, notation: Notation) -> Search:
    """Teeth are typed as "tooth:36", by their numbers in the notation."""
    teeth: list[Tooth] = []
    unknown = ""
    for number in _TOOTH.findall(text):
        try:
            teeth.append(notation.read(number))
        except ValueError:
            # Of a word that has only been begun nothing is looked for yet.
            unknown = unknown or number
    words = tuple(_folded(word) for word in _TOOTH.sub("", text).split())
    return Search(text.strip(), words, tuple(teeth), unknown)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which radiographs are shown: those for which all of this holds.

    With a `label` they have a finding of that class, and at each tooth of the search
    one of it. The `unannotated` are those of which no person has been heard.
    """

    statuses: frozenset[Status] = frozenset(Status)
    label: str | None = None
    unannotated: bool = False
    search: Search = NO_SEARCH

    @property
    def searches_only(self) -> bool:
        """Whether nothing but the search keeps radiographs away."""
        any_status = len(self.statuses) == len(Status)
        return any_status and self.label is None and not self.unannotated

    def passes(self, standing: Standing | None) -> bool:
        """Whether a radiograph that stands so is shown, if its name bears the words.

        One whose standing is not known yet counts as new; of its findings nothing is
        known, nor that there are none.
        """
        known = _NOT_READ if standing is None else standing
        if known.status not in self.statuses or self.search.unknown:
            return False
        if self.unannotated and known.annotated:
            return False
        if self.label is not None and self.label not in known.classes:
            return False
        return self._has_teeth(known)

    def _has_teeth(self, standing: Standing) -> bool:
        if not self.search.teeth:
            return True
        classes = standing.classes
        some = classes.values() if self.label is None else [classes[self.label]]
        numbers = set().union(*some)
        return all(tooth.fdi_number in numbers for tooth in self.search.teeth)


_NOT_READ = Standing(Status.NEW, annotated=True)


def _folded(text: str) -> str:
    """Alike however a system writes its umlauts."""
    return unicodedata.normalize("NFC", text).casefold()
