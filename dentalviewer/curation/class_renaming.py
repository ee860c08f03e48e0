"""What a change of classes means for the program: what names mean, and for reviews.

Files can call a class of the glossary what they like: the program goes on with its own
class, so that detector and dentist speak of the same, and shows it by the new name. A
class that means none of ours is another one in reviews as well once it is renamed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from dentalviewer.formats.class_names import ClassChange
from dentalviewer.formats.class_settings import ClassSettings, alias_table
from dentalviewer.labels import KNOWN_LABELS, canonical, display_name


@dataclass(frozen=True, slots=True)
class Request:
    """What is wanted: `change` in annotation files, `in_reviews` other labels of
    findings, and what is settled for the folder from then on. `notes` tell what that
    means to the reader. `when`, in UTC, is when the change is said to be made.
    """

    change: ClassChange
    in_reviews: Mapping[str, str]
    settings: ClassSettings
    when: datetime
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Occurring:
    """The names of classes that annotation files have, and the labels of reviews."""

    in_files: Collection[str] = ()
    in_reviews: Collection[str] = ()

    def __contains__(self, name: str) -> bool:
        return name in self.in_files or name in self.in_reviews


def request_of(
    change: ClassChange,
    settings: ClassSettings,
    *,
    occurring: Occurring,
    aliases: Mapping[str, str],
    when: datetime,
) -> Request:
    """What becomes of what is settled for a folder once its classes change so.

    `settings` are those that hold now, with the aliases that are wanted; `aliases` are
    the reader's own names for classes.
    """
    renaming = _Renaming(change.names, settings, occurring, aliases)
    return Request(
        change,
        renaming.in_reviews,
        renaming.settled(change.colors),
        when,
        tuple(renaming.notes),
    )


class _Renaming:
    """All that is renamed at once: what each name means before, and afterwards."""

    def __init__(
        self,
        names: Mapping[str, str],
        settings: ClassSettings,
        occurring: Occurring,
        own: Mapping[str, str],
    ) -> None:
        self._names = names
        self._before = settings
        self._occurring = occurring
        self._own = own
        self._was = {old: self._meaning(old, settings.aliases) for old in names}
        self._now = {new: self._meant_by(new) for new in names.values()}
        self._called = dict(settings.names)
        self.in_reviews: dict[str, str] = {}
        self.notes: list[str] = []
        for old, new in names.items():
            self._take(old, new)

    def settled(self, colors: Mapping[str, str]) -> ClassSettings:
        """`colors` are those that are chosen now, by the names of files."""
        stay = {n: m for n, m in self._before.aliases.items() if n not in self._names}
        stay = {name: self.in_reviews.get(m, m) for name, m in stay.items()}
        given = {new: m for new, m in self._now.items() if not self._stays(new)}
        aliases = {n: m for n, m in {**stay, **given}.items() if n != m}
        painted: dict[str, str] = {}
        for name, color in self._before.colors.items():
            painted.setdefault(self._names.get(name, name), color)
            painted.setdefault(self.in_reviews.get(name, name), color)
        # Boxes have the color of the class that they are shown as.
        painted |= {self._meaning(name, aliases): c for name, c in colors.items()}
        painted |= colors
        known = alias_table(aliases)
        called = {
            label: name
            for label, name in self._called.items()
            if known.get(_folded(name)) == label
        }
        return ClassSettings(painted, aliases, called)

    def _take(self, old: str, new: str) -> None:
        was, now = self._was[old], self._now[new]
        is_its_name = _folded(old) in _all_folded((was, self._called.get(was, was)))
        if was != now:
            self.in_reviews[old] = now
            if is_its_name:
                # Reviews have the class, by whatever name files have it.
                self.in_reviews[was] = now
        elif old != now and old in self._occurring.in_reviews:
            self.in_reviews[old] = now
        if is_its_name and was in KNOWN_LABELS:
            self._called.pop(was, None)
            if was == now != new:
                self._called[was] = new
        if now in KNOWN_LABELS and new != now:
            note = _note(new, now, called=self._called.get(now))
            self.notes += [note] if note not in self.notes else []

    def _meant_by(self, new: str) -> str:
        """What a name means afterwards that classes get now."""
        word = canonical(new, {})
        if word in KNOWN_LABELS:
            return word
        if self._stays(new):
            # What is there already gives its meaning to what is merged into it.
            return self._meaning(new, self._before.aliases)
        # What was settled of a name that goes is about what had it.
        known = {n: m for n, m in self._before.aliases.items() if n not in self._names}
        settled = self._meaning(new, known)
        if settled != new:
            return settled
        return self._inherited(new)

    def _inherited(self, new: str) -> str:
        """A name that says nothing yet goes on meaning what the old one meant, unless
        another class gets the word for that.
        """
        words = {canonical(name, {}) for name in self._names.values()}
        meanings = [
            self._was[old]
            for old, name in self._names.items()
            if name == new and self._was[old] not in words
        ]
        settled = (m for m in meanings if m in KNOWN_LABELS)
        aliased = (
            self._was[old]
            for old, name in self._names.items()
            if name == new and self._was[old] not in (old, *words)
        )
        return next(settled, None) or next(aliased, None) or new

    def _stays(self, new: str) -> bool:
        """Whether the project has the name already, and goes on having it."""
        return new in self._occurring and new not in self._names

    def _meaning(self, name: str, aliases: Mapping[str, str]) -> str:
        return canonical(name, {**self._own, **alias_table(aliases)})


def _folded(name: str) -> str:
    return name.casefold().strip()


def _all_folded(names: Iterable[str]) -> set[str]:
    return {_folded(name) for name in names}


def _note(name: str, label: str, *, called: str | None) -> str:
    ours = display_name(label)
    if called != name:
        return f"{name} means {ours}: the window shows it so"
    return f"{name} is what the window calls {ours} here; reports keep {ours}"
