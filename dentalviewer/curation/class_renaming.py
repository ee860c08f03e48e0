"""What a change of classes means for the program: what names mean, and for reviews.

Files can call a class of the glossary what they like: the program goes on with its own
class, so that detector and dentist speak of the same, and shows it by the new name. A
class that means none of ours is another one in reviews as well once it is renamed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
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


def request_of(
    change: ClassChange,
    settings: ClassSettings,
    *,
    reviewed: Collection[str],
    aliases: Mapping[str, str],
    when: datetime,
) -> Request:
    """What becomes of what is settled for a folder once its classes change so.

    `settings` are those that hold now, with the aliases that are wanted; `reviewed` are
    the labels in reviews, and `aliases` the reader's own names for classes.
    """
    renaming = _Renaming(change.names, settings, reviewed, aliases)
    for old, new in change.names.items():
        renaming.take(old, new)
    return Request(
        change,
        renaming.in_reviews,
        renaming.settled(change.colors),
        when,
        tuple(renaming.notes),
    )


class _Renaming:
    """Takes one renamed class after the other."""

    def __init__(
        self,
        names: Mapping[str, str],
        settings: ClassSettings,
        reviewed: Collection[str],
        own: Mapping[str, str],
    ) -> None:
        self._names = names
        self._before = settings
        self._reviewed = reviewed
        self._own = own
        self._aliases = dict(settings.aliases)
        self._called = dict(settings.names)
        self.in_reviews: dict[str, str] = {}
        self.notes: list[str] = []

    def take(self, old: str, new: str) -> None:
        was, now = self._meaning(old, self._before.aliases), self._meaning(new)
        if now not in KNOWN_LABELS and self._is_settled(old, was) and now == new:
            # A name that says nothing yet goes on meaning what the old one meant.
            now = was
            if new in self._reviewed and new not in self._names:
                self.in_reviews[new] = was
        # What means the same as before is the same to a detector, too.
        if old != now and (was != now or old in self._reviewed):
            self.in_reviews[old] = now
        if self._meaning(new) != now:
            self._aliases[new] = now
        is_its_name = old in (was, self._called.get(was))
        if is_its_name and was in KNOWN_LABELS:
            self._call(was, new if now == was else was)
        if now in KNOWN_LABELS and new != now:
            self.notes.append(_note(new, now, called=self._called.get(now)))

    def settled(self, colors: Mapping[str, str]) -> ClassSettings:
        """`colors` are those that are chosen now, by the names of files."""
        gone = self._names.keys() - {*self._names.values()}
        aliases = {
            name: self.in_reviews.get(means, means)
            for name, means in self._aliases.items()
            if name not in gone
        }
        aliases = {name: means for name, means in aliases.items() if name != means}
        painted: dict[str, str] = {}
        for name, color in self._before.colors.items():
            painted.setdefault(self._names.get(name, name), color)
            painted.setdefault(self.in_reviews.get(name, name), color)
        # Boxes have the color of the class that they are shown as.
        painted |= {self._meaning(name, aliases): c for name, c in colors.items()}
        painted |= colors
        return ClassSettings(painted, aliases, self._called)

    def _meaning(self, name: str, aliases: Mapping[str, str] | None = None) -> str:
        settled = self._aliases if aliases is None else aliases
        return canonical(name, {**self._own, **alias_table(settled)})

    @staticmethod
    def _is_settled(name: str, meaning: str) -> bool:
        return meaning in KNOWN_LABELS or meaning != name

    def _call(self, label: str, name: str) -> None:
        if name == label:
            self._called.pop(label, None)
        else:
            self._called[label] = name


def _note(name: str, label: str, *, called: str | None) -> str:
    ours = display_name(label)
    if called != name:
        return f"{name} means {ours}: the window shows it so"
    return f"{name} is what the window calls {ours} here; reports keep {ours}"
