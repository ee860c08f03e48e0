"""Brings annotations into the review in hand, and asks where they leave a choice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from dentalviewer.formats import ImageAnnotations, fitted, united_cautions
from dentalviewer.gui.opening.annotations_dialog import needs_asking
from dentalviewer.gui.opening.opening import read_sidecars
from dentalviewer.gui.preferences.preferences import Preferences
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.gui.work.background import Background, in_words
from dentalviewer.radiograph import Radiograph
from dentalviewer.study import Finding

Chosen = tuple[tuple[Finding, ...], tuple[Path, ...]]
"""Findings in pixels of the radiograph, and the annotation files they came from."""


class AnnotationQuestions(Protocol):
    def choose_annotations(
        self, annotations: tuple[ImageAnnotations, ...], radiograph: Radiograph
    ) -> Chosen | None:
        """None to go on without annotations."""
        ...


@dataclass(frozen=True)
class _Added:
    radiograph: Radiograph
    annotations: tuple[ImageAnnotations, ...]
    problems: tuple[str, ...]


class AnnotationAdding(QObject):
    """Reads files off the GUI thread; not while `occupied` says that another radiograph
    is being opened.
    """

    reported = Signal(str)

    def __init__(
        self,
        session: ReviewSession,
        preferences: Callable[[], Preferences],
        questions: AnnotationQuestions,
        occupied: Callable[[], bool],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._preferences = preferences
        self._questions = questions
        self._occupied = occupied
        self._reader = Background("annotations", self, failed=self._on_failed)
        self._reader.answered.connect(self._on_added)

    @property
    def busy(self) -> bool:
        return self._reader.busy

    def add(self, files: Iterable[Path]) -> None:
        """Read annotation files for the radiograph in hand, on top of what it has."""
        study = self._session.study
        if study is None:
            self.reported.emit("Open the radiograph first, then its annotations.")
            return
        if self._occupied():
            self.reported.emit("Wait until the radiograph is open.")
            return
        wanted, aliases = tuple(files), self._preferences().aliases
        radiograph = study.radiograph

        def read() -> _Added:
            problems: list[str] = []
            found = read_sidecars(radiograph.path, wanted, aliases, problems)
            return _Added(radiograph, found, tuple(problems))

        self._reader.request(read)

    def propose(
        self, radiograph: Radiograph, annotations: tuple[ImageAnnotations, ...]
    ) -> None:
        """Propose what is said of the radiograph in hand, once it is clear what is."""
        if not annotations:
            return
        asking = needs_asking(annotations, radiograph.size)
        if asking:
            chosen = self._questions.choose_annotations(annotations, radiograph)
        else:
            # Several files that say the same count once.
            first = annotations[0]
            chosen = fitted(first, radiograph.size), (first.path,)
        study = self._session.study
        if chosen is None or study is None or study.radiograph is not radiograph:
            return
        findings, paths = chosen
        used = [each for each in annotations if each.path in paths]
        # Of the others of these it is only the findings that are not needed.
        heeded = used if asking else annotations
        self._session.propose_annotations(findings, paths, united_cautions(heeded))
        for each in annotations:
            notes = each.notes if each in used else ()
            for note in (*notes, *(each.cautions if each in heeded else ())):
                self.reported.emit(f"{each.path.name}: {note}")

    def drop(self) -> None:
        """Another radiograph is wished for: what is being read comes too late."""
        self._reader.supersede()

    def stop(self) -> None:
        self._reader.stop()

    def _on_added(self, added: _Added) -> None:
        study = self._session.study
        if study is None or study.radiograph is not added.radiograph:
            return
        if not added.annotations and not added.problems:
            self.reported.emit("The file says nothing about this radiograph.")
        self.propose(added.radiograph, added.annotations)
        for problem in added.problems:
            self.reported.emit(problem)

    def _on_failed(self, error: Exception) -> None:
        self.reported.emit(f"The annotations cannot be read. {in_words(error)}")
