"""Works out, off the GUI thread, how the readers of the open radiographs agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from dentalviewer.detector import Detection, DetectorCatalogue, Examiners
from dentalviewer.errors import (
    DentalViewerError,
    FileError,
    ModelError,
    NothingInCommonError,
)
from dentalviewer.evaluation.annotation_files import like_which, read_annotation_set
from dentalviewer.evaluation.annotation_set import (
    AnnotationSet,
    heard_with,
    with_most_in_common,
)
from dentalviewer.evaluation.open_readers import OpenReaders, read_open_readers
from dentalviewer.evaluation.reader_names import distinct_names
from dentalviewer.evaluation.readers import ReaderComparison, compare_readers
from dentalviewer.gui.project.agreement_dialog import AgreementDialog
from dentalviewer.gui.work.job import Job, Tell
from dentalviewer.storage.files import write_atomically
from dentalviewer.worklist.predictions import PredictionStore

READING = "Reading what was said"
COMPARING = "Comparing"
TOO_FEW = (
    "Two readers are needed: add another set, review, or let the detector look at the"
    " folder (Project > Examine all radiographs)."
)
UNEXAMINED = (
    "{} has not examined {} of the {} open radiographs; choose Project > Examine all"
    " radiographs"
)
FAILED = "{} could not examine {} of the {} open radiographs; the worklist says why"
NOTHING_IN_COMMON = "No radiograph was read by all the ticked readers; untick one."
NO_TEETH_IN_COMMON = (
    "No radiograph with numbered teeth was read by all the ticked readers; untick one,"
    " or do not compare by tooth."
)


@dataclass(frozen=True, slots=True)
class AgreementScope:
    """What the window has open, and which detector is in use.

    `save` writes the review in hand; it returns what went wrong, if anything did.
    """

    radiographs: Callable[[], Sequence[Path]]
    aliases: Callable[[], Mapping[str, str]]
    detector: Callable[[], str]
    save: Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class _Heard:
    """All readers that are there now: those of what is open, and those `added`.

    `proposed` are the places, among both in line, of those to be compared at first.
    """

    open: OpenReaders
    added: tuple[AnnotationSet, ...]
    faults: tuple[str, ...]
    proposed: frozenset[int]


def _heard(
    found: OpenReaders, added: Sequence[AnnotationSet], faults: Sequence[str]
) -> _Heard:
    proposed = with_most_in_common([*found.sets, *added])
    return _Heard(found, tuple(added), tuple(faults), proposed)


def _told_of(
    reader: AnnotationSet, unexamined: int, failed: int, radiographs: int
) -> AnnotationSet:
    """With a word on those that it has not examined, where it is the detector.

    Of them some `failed`, which it would not examine either if it were asked again.
    """
    if not reader.by_detector:
        return reader
    notes = [
        words.format(reader.name, count, radiographs)
        for words, count in ((UNEXAMINED, unexamined - failed), (FAILED, failed))
        if count
    ]
    return replace(reader, notes=(*reader.notes, *notes))


class AgreementDesk(QObject):
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
        self._added: tuple[AnnotationSet, ...] = ()
        self._proposed: frozenset[int] = frozenset()
        self._news: list[str] = []
        self._job = Job("agreement", self)
        self._job.answered.connect(self._on_answered)

    @property
    def dialog(self) -> AgreementDialog:
        """Made when it is first asked for."""
        if self._dialog is None:
            self._dialog = AgreementDialog(self._window)
            self._job.show_in(self._dialog)
            self._dialog.readers_chosen.connect(self.compare)
            self._dialog.sets_added.connect(self.add_sets)
            self._dialog.cancel_requested.connect(self._cancel)
            self._dialog.save_requested.connect(self._on_save)
        return self._dialog

    def open(self) -> None:
        """Read who read the open radiographs, and compare them."""
        paths = tuple(self._scope.radiographs())
        fault = self._scope.save()
        self._news = [fault] if fault else []
        self.dialog.bring_up()
        if not paths:
            self.dialog.show_message("Open a folder of radiographs first.")
            return
        aliases, name = dict(self._scope.aliases()), self._scope.detector()

        added, news = self._added, tuple(self._news)

        def work(tell: Tell) -> _Heard:
            heard = 0

            def count(_radiograph: Path) -> None:
                nonlocal heard
                tell(READING, heard, 2 * len(paths))
                heard += 1

            examiners, fault = self._examiners(name)
            stored, unexamined = self._stored(examiners), list[Path]()

            def answer(radiograph: Path) -> Detection | None:
                said = stored(radiograph)
                if said is None:
                    unexamined.append(radiograph)
                return said

            found = read_open_readers(
                paths,
                aliases=aliases,
                reviews=self._reviews,
                detector=name or "detector",
                detection_of=answer,
                tell=count,
            )
            counts = (len(unexamined), self._failed(examiners, unexamined), len(paths))
            found = replace(
                found,
                sets=tuple(_told_of(each, *counts) for each in found.sets),
                notes=(*fault, *found.notes),
            )
            return _heard(found, added, news)

        self._job.begin(READING, work, total=2 * len(paths))

    def add_sets(self, paths: Sequence[Path]) -> None:
        """Further readers, from files or folders."""
        opened, before, name = self._open, self._added, self._scope.detector()
        aliases = dict(self._scope.aliases())

        def work(_tell: Tell) -> _Heard:
            own, faults = len(opened.sets), list[str]()
            sets = [*opened.sets, *before]
            for path in paths:
                like = like_which((*sets[own:], *sets[:own]))
                try:
                    said = read_annotation_set(path, like=like, aliases=aliases)
                    sets = heard_with(path, self._shown(said, name), sets)
                except FileError as error:
                    faults.append(str(error))
            return _heard(replace(opened, sets=tuple(sets[:own])), sets[own:], faults)

        self._job.begin(f"Reading {' and '.join(path.name for path in paths)}", work)

    def compare(self) -> None:
        """Compare those that are ticked; a second wish takes the place of the first."""
        if self._job.doing not in ("", COMPARING):
            return  # Once all is read, what is ticked then is compared.
        self._show_notes()
        sets = self.dialog.chosen
        if len(sets) < 2:
            self._job.drop()
            self.dialog.show_message(TOO_FEW)
            return
        teeth = self._open.teeth if self.dialog.per_tooth.isChecked() else None

        def work(_tell: Tell) -> ReaderComparison:
            try:
                return compare_readers(sets, teeth=teeth)
            except NothingInCommonError as error:
                words = NO_TEETH_IN_COMMON if teeth else NOTHING_IN_COMMON
                raise DentalViewerError(words) from error

        self._job.begin(COMPARING, work)

    def stop(self) -> None:
        self._job.stop()

    def _cancel(self) -> None:
        """At once: comparing has no half that would have to be taken back."""
        self._job.drop()
        self.dialog.show_message("Cancelled.")

    def _examiners(self, name: str) -> tuple[Examiners | None, tuple[str, ...]]:
        """Of the detector in use; None with what went wrong, if anything did."""
        try:
            return (self._catalogue.examiners(name) if name else None), ()
        except ModelError as error:
            return None, (str(error),)

    def _shown(self, found: AnnotationSet, name: str) -> AnnotationSet:
        """A detector's answers as it shows them: as their file says, or else as the
        detector in use has it.
        """
        if found.signature is not None:
            return found.shown(found.signature.settings)
        examiners = self._examiners(name)[0] if found.is_scored else None
        return found.shown(examiners.settings) if examiners else found

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

    def _failed(self, examiners: Examiners | None, unexamined: Sequence[Path]) -> int:
        """How many it could not examine as they are now."""
        if examiners is None:
            return 0
        who = (examiners.identity, examiners.teeth)
        return len(self._store.failures(unexamined, *who))

    def _on_answered(self, answer: _Heard | ReaderComparison) -> None:
        if isinstance(answer, ReaderComparison):
            self.dialog.show_comparison(answer)
            return
        self._open, self._added = answer.open, answer.added
        self._news, self._proposed = list(answer.faults), answer.proposed
        self._show_readers()
        self.compare()

    def _show_readers(self) -> None:
        sets = [*self._open.sets, *self._added]
        teeth = self._open.teeth
        names = distinct_names(sets)
        self.dialog.show_readers(
            sets, names, len(teeth.readings) if teeth else 0, self._proposed
        )
        self._show_notes()

    def _show_notes(self) -> None:
        """What is to be known of all, and of those that are ticked."""
        own = [note for each in self.dialog.chosen for note in each.notes]
        self.dialog.show_notes([*self._news, *self._open.notes, *own])

    def _on_save(self, path: Path, text: str) -> None:
        try:
            write_atomically(path, text.encode())
        except FileError as error:
            self._news = [str(error)]
            self._show_readers()
        else:
            self._news = [f"Saved: {path}"]
            self._show_readers()
            self.dialog.written.show_file(path)
