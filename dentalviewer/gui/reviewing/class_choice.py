"""The classes that a box can be given, and the one that the next box gets."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.labels import KNOWN_LABELS, RESTORATION
from dentalviewer.review import shown_of


class ClassChoice(QObject):
    """Those of the glossary come first, then those that the project lists, then others
    in the order in which they occur: so a number means the same class on every
    radiograph that is open.
    """

    changed = Signal()

    def __init__(self, session: ReviewSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._listed: tuple[str, ...] = ()
        self._occurring: tuple[str, ...] = ()
        self._labels: tuple[str, ...] = KNOWN_LABELS
        self._current = RESTORATION
        session.review_changed.connect(self._on_review_changed)

    @property
    def labels(self) -> tuple[str, ...]:
        return self._labels

    @property
    def current(self) -> str:
        """The class used last; the next box that is drawn gets it."""
        return self._current

    def use(self, label: str) -> None:
        self._learn([label])
        if label != self._current:
            self._current = label
            self.changed.emit()

    def list_classes(self, listed: Iterable[str]) -> None:
        """Offer those that files of the project name, used or not."""
        self._listed = tuple(listed)
        self._learn(())

    def renew(self) -> None:
        """They are called otherwise by now, or have other colours."""
        self.changed.emit()

    def forget(self) -> None:
        """Other radiographs are opened: only the glossary's classes are sure."""
        self._listed = self._occurring = ()
        self._labels = KNOWN_LABELS
        if self._current not in KNOWN_LABELS:
            self._current = RESTORATION
        self.changed.emit()

    def _learn(self, labels: Iterable[str]) -> None:
        self._occurring = tuple(dict.fromkeys((*self._occurring, *labels)))
        known = dict.fromkeys((*KNOWN_LABELS, *self._listed, *self._occurring))
        if tuple(known) != self._labels:
            self._labels = tuple(known)
            self.changed.emit()

    def _on_review_changed(self) -> None:
        shown = shown_of(self._session.review)
        self._learn(item.current.label for item in shown.items)
