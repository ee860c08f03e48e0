"""Works out, off the GUI thread, how the readers of the open radiographs agree."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from dentalviewer.detector import Detection, DetectorCatalogue, Examiners
from dentalviewer.errors import DentalViewerError, FileError, ModelError
from dentalviewer.evaluation.annotation_files import read_annotation_set
from dentalviewer.evaluation.annotation_set import AnnotationSet
from dentalviewer.evaluation.open_readers import OpenReaders, read_open_readers
from dentalviewer.evaluation.readers import (
    ReaderComparison,
    compare_readers,
    distinct_names,
)
from dentalviewer.formats._files import write_atomically
from dentalviewer.gui.agreement_dialog import AgreementDialog
from dentalviewer.gui.background import Background
from dentalviewer.worklist.predictions import PredictionStore

TOO_FEW = "Two readers are needed: add another set, review, or detect over the folder."


@dataclass(frozen=True, slots=True)
class AgreementScope:
    """What the window has open, and which detector is in use.

    `save` writes the review in hand; it returns what went wrong, if anything did.
    """

    radiographs: Callable[[], Sequence[Path]]
    aliases: Callable[[], Mapping[str, str]]
    detector: Callable[[], str]
    save: Callable[[], str | None]


class _Cancelled(Exception):
    pass


class AgreementDesk(QObject):
    _progressed = Signal(int, int)

    def __init__(
        self,
        scope: AgreementScope,
        catalogue: DetectorCatalogue,
        store: PredictionStore,
        user_folder: Path,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._scope = scope
        self._catalogue = catalogue
        self._reviews = user_folder / "reviews"
        self._store = store
        self._window = window
        self._dialog: AgreementDialog | None = None
        self._open = OpenReaders((), None, ())
        self._added: list[AnnotationSet] = []
        self._news: list[str] = []
        self._cancelled = threading.Event()
        self._background = Background("agreement", self)
        self._background.answered.connect(self._on_answered)
        self._background.failed.connect(self._on_failed)
        self._progressed.connect(self._on_progressed)

    @property
    def dialog(self) -> AgreementDialog:
        """Made when it is first asked for."""
        if self._dialog is None:
            self._dialog = AgreementDialog(self._window)
            self._dialog.readers_chosen.connect(self.compare)
            self._dialog.set_added.connect(self.add_set)
            self._dialog.cancel_requested.connect(self._cancel)
            self._dialog.save_requested.connect(self._on_save)
        return self._dialog

    def open(self) -> None:
        """Read who read the open radiographs, and compare them."""
        paths = tuple(self._scope.radiographs())
        fault = self._scope.save()
        self._news = [fault] if fault else []
        self.dialog.show()
        self.dialog.activateWindow()
        if not paths:
            self.dialog.show_message("Open a folder of radiographs first.")
            return
        aliases, name = dict(self._scope.aliases()), self._scope.detector()
        cancelled, done = self._begin(), 0

        def tell(_radiograph: Path) -> None:
            nonlocal done
            if cancelled.is_set():
                raise _Cancelled
            self._progressed.emit(done, 2 * len(paths))
            done += 1

        def work() -> OpenReaders:
            examiners, fault = self._examiners(name)
            found = read_open_readers(
                paths,
                aliases=aliases,
                reviews=self._reviews,
                detector=name or "detector",
                detection_of=self._stored(examiners),
                tell=tell,
            )
            return replace(found, notes=(*fault, *found.notes))

        self.dialog.show_progress("Reading what was said", 0, 2 * len(paths))
        self._background.request(work)

    def add_set(self, path: Path) -> None:
        """Another reader, from a file or folder."""
        like = next((each for each in self._added if each.image_names), None)
        name = self._scope.detector()

        def work() -> AnnotationSet:
            found = read_annotation_set(path, like=like)
            if not found.is_scored:
                return found
            examiners, _ = self._examiners(name)
            return found.shown(examiners.settings) if examiners else found

        self._begin()
        self.dialog.show_progress(f"Reading {path.name}", 0, 0)
        self._background.request(work)

    def compare(self) -> None:
        """Compare those that are ticked; a second wish takes the place of the first."""
        sets = self.dialog.chosen
        if len(sets) < 2:
            self._background.supersede()
            self.dialog.show_message(TOO_FEW)
            return
        teeth = self._open.teeth if self.dialog.per_tooth.isChecked() else None
        self._begin()
        self.dialog.show_progress("Comparing", 0, 0)
        self._background.request(lambda: compare_readers(sets, teeth=teeth))

    def stop(self) -> None:
        self._cancelled.set()
        self._background.stop()

    def _begin(self) -> threading.Event:
        """Ends what is under way; returns what will tell that this is to end."""
        self._cancelled.set()
        self._cancelled = threading.Event()
        return self._cancelled

    def _cancel(self) -> None:
        if self._background.busy:
            self._cancelled.set()
            self._background.supersede()
            self.dialog.show_message("Cancelled.")

    def _examiners(self, name: str) -> tuple[Examiners | None, tuple[str, ...]]:
        """Of the detector in use; None with what went wrong, if anything did."""
        try:
            return (self._catalogue.examiners(name) if name else None), ()
        except ModelError as error:
            return None, (str(error),)

    def _stored(
        self, examiners: Examiners | None
    ) -> Callable[[Path], Detection | None]:
        """What this detector said of a radiograph, with its settings as shipped."""

        def look(path: Path) -> Detection | None:
            if examiners is None:
                return None
            found = self._store.get(path, examiners.identity)
            return found and replace(found, settings=examiners.settings)

        return look

    def _on_progressed(self, done: int, total: int) -> None:
        if self._background.busy:
            self.dialog.show_progress("Reading what was said", done, total)

    def _on_answered(
        self, answer: OpenReaders | AnnotationSet | ReaderComparison
    ) -> None:
        if isinstance(answer, ReaderComparison):
            self.dialog.show_comparison(answer)
            return
        if isinstance(answer, OpenReaders):
            self._open = answer
        else:
            self._added.append(answer)
        self._show_readers()
        self.compare()

    def _show_readers(self) -> None:
        sets = [*self._open.sets, *self._added]
        teeth = self._open.teeth
        names = distinct_names(sets)
        self.dialog.show_readers(sets, names, len(teeth.readings) if teeth else 0)
        notes = [note for each in self._added for note in each.notes]
        self.dialog.show_notes([*self._news, *self._open.notes, *notes])

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, _Cancelled):
            return
        expected = isinstance(error, DentalViewerError)
        self.dialog.show_message(
            str(error) if expected else f"It failed with {error!r}."
        )

    def _on_save(self, path: Path, text: str) -> None:
        try:
            write_atomically(path, text.encode())
        except FileError as error:
            self._news = [str(error)]
        else:
            self._news = [f"Saved: {path}"]
        self._show_readers()
