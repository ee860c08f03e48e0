"""Has a detector trained further beside the window, which stays quick meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QSettings, QTimer, Signal
from PySide6.QtWidgets import QWidget

from dentalviewer.curation.training_runs import (
    NO_EPOCH_BETTER,
    TrainingPlan,
    TrainingRun,
    begin_run,
    begun_runs,
    discard_run,
    name_fault,
    read_curves,
    run_of,
    tidy_up,
    tidy_up_finished,
    told_epochs,
    train_arguments,
    unfinished_runs,
)
from dentalviewer.errors import FileError
from dentalviewer.gui.training.longer_dialog import LongerDialog
from dentalviewer.gui.training.training_dialog import TrainingDialog
from dentalviewer.gui.training.training_words import (
    epochs_in,
    far_told,
    left_told,
    set_told,
    step_told,
    time_left,
    to_go_on_from,
)
from dentalviewer.gui.widgets.question import goes_ahead
from dentalviewer.gui.work.command_process import CommandProcess

LOOK_MS = 2_000
LOCK_FILE = "window.lock"
DATA_SETTING, EXPORT_SETTING = "training/data", "training/export"
_MENU_TEXT = "&Train further…"


class TrainingDesk(QObject):
    """At most one training at a time. `trained` names a new detector, `found` one that
    is there unawares; `compare_requested` names one and the set that it was trained
    with, `reviews_requested` asks for a set of what was reviewed. Of what was
    `reported`, `recovered` says that another training goes on since.
    """

    reported = Signal(str)
    told = Signal(str)
    recovered = Signal(str)
    trained = Signal(str)
    found = Signal(str)
    compare_requested = Signal(str, Path)
    reviews_requested = Signal()
    menu_text_changed = Signal(str)

    def __init__(
        self,
        detectors: Callable[[], tuple[tuple[str, ...], str]],
        members: Callable[[str], tuple[str, ...]],
        settings: QSettings,
        user_folder: Path,
        window: QWidget,
    ) -> None:
        """`detectors` gives the names of the installed ones, and the one in use;
        `members` those that an ensemble is made of, none for any other.
        """
        super().__init__(window)
        self._detectors = detectors
        self._members = members
        self._settings = settings
        self._user_folder = user_folder
        self._window = window
        self._dialog: TrainingDialog | None = None
        self._run: TrainingRun | None = None
        self._done: TrainingPlan | None = None
        self._nothing_gained = ""
        self._epochs_done = 0
        self._heard = (0, "", "")
        self._complaints: list[str] = []
        self._unended: TrainingRun | None = None
        self._lock: QLockFile | None = None
        self._seen: Sequence[object] = ()
        self._process = CommandProcess(self)
        self._process.progressed.connect(self._on_progressed)
        self._process.said.connect(self._on_said)
        self._process.ended.connect(self._on_ended)
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._show_curves)

    @property
    def busy(self) -> bool:
        return self._process.busy

    @property
    def pid(self) -> int | None:
        """The process number of the training, None while there is none."""
        return self._process.pid

    @property
    def dialog(self) -> TrainingDialog:
        """Made when it is first asked for."""
        if self._dialog is None:
            self._dialog = TrainingDialog(self._window)
            form, progress = self._dialog.form, self._dialog.progress
            form.begun.connect(self.begin)
            form.continued.connect(self.go_on)
            form.discarded.connect(self._on_discarded)
            form.reviews_requested.connect(self.reviews_requested)
            progress.stop_requested.connect(self.stop_training)
            progress.another_requested.connect(self._show_form)
            progress.go_on_requested.connect(self._on_go_on)
            progress.compare_requested.connect(self._on_compare)
        return self._dialog

    def open(self) -> None:
        """Ask for a training, or show the one that goes on."""
        if not self.busy:
            self._show_form()
        self.dialog.show()
        self.dialog.activateWindow()

    def open_with_export(self) -> None:
        """The same, with what was exported last; what is filled in besides stays."""
        dialog = self._dialog
        if dialog is None or not (dialog.isVisible() and dialog.shows_form):
            self.open()
            return
        dialog.form.show_data(self.last_export)
        dialog.activateWindow()

    def propose_data(self, path: Path) -> None:
        self._settings.setValue(DATA_SETTING, str(path))

    def note_export(self, path: Path) -> None:
        """What was exported last is what is trained with next."""
        self._settings.setValue(EXPORT_SETTING, str(path))
        self.propose_data(path)

    @property
    def last_export(self) -> Path | None:
        return self._path(EXPORT_SETTING)

    @property
    def proposed_data(self) -> Path | None:
        return self._path(DATA_SETTING)

    def _path(self, setting: str) -> Path | None:
        stated = str(self._settings.value(setting) or "")
        return Path(stated) if stated else None

    def begin(self, plan: TrainingPlan) -> None:
        run = run_of(plan, self._user_folder)
        # Another window may have stopped or begun one since the name was chosen.
        stopped, elsewhere = self._stopped_runs(), self._trained_elsewhere()
        names = [each.plan.name for each in stopped]
        fault = name_fault(plan.name, (), names, elsewhere)
        if fault:
            self._report(fault)
            self._show_form()
            return
        if self._is_free(run) and not self._is_there(run):
            # Of an earlier training of that name, whose detector is gone.
            discard_run(run)
            self.propose_data(Path(plan.data))
            self._start(run)

    def go_on(self, run: TrainingRun) -> None:
        """Go on from the checkpoint; where the time that was asked for has passed, the
        reader is asked anew how long.
        """
        if run.time_is_up(datetime.now()):
            asked = LongerDialog(run, self.dialog)
            goes_on = asked.exec() == LongerDialog.DialogCode.Accepted
            run = replace(run, plan=asked.plan)
            asked.deleteLater()
            if not goes_on:
                return
        self._start(run)

    def _start(self, run: TrainingRun) -> None:
        if not self._is_free(run) or self._is_there(run):
            return
        try:
            begin_run(run)
        except FileError as error:
            self._report(f"The training cannot begin. {error}")
            return
        lock = _lock_of(run)
        lock.tryLock(0)
        self._lock, self._run, self._seen = lock, run, ()
        self._nothing_gained, self._epochs_done = "", run.epochs_done
        self._heard = (0, "", "")
        while self._complaints:
            self.recovered.emit(self._complaints.pop())
        self.dialog.show_training(run.plan.name, run.plan.start)
        self._show_curves()
        self._process.start(train_arguments(run))
        self._look.start()
        self.menu_text_changed.emit(f"Training {run.plan.name} …")

    def _is_free(self, run: TrainingRun) -> bool:
        """Whether no other window is training it; if one is, that is said."""
        if not _is_held(run):
            return True
        self._report(f"Another window is training {run.plan.name} already.")
        return False

    def _is_there(self, run: TrainingRun) -> bool:
        """Whether there is a detector of that name by now, which would be lost; if so,
        that is said.
        """
        if not run.output.exists():
            return False
        name = run.plan.name
        self._report(f"Nothing is trained: {name_fault(name, [name])}")
        self.found.emit(name)
        self._show_form()
        return True

    def stop_training(self) -> None:
        """What the checkpoint holds stays, and can be resumed."""
        if self.busy:
            self.dialog.progress.show_stopping()
            self._process.stop()

    def may_close(self) -> bool:
        """Whether the window may be closed; a training that goes on ends with it."""
        if not self.busy or self._run is None:
            return True
        return goes_ahead(
            self._window,
            "A detector is being trained",
            f"{self._run.plan.name} is still being trained.",
            go="Stop it and close",
            more="The training ends with the window. You can resume it later from the"
            " last epoch that it finished.",
            loses=False,
        )

    def stop(self) -> None:
        self._process.ended.disconnect(self._on_ended)
        self._process.finish()
        self._look.stop()
        if self._dialog is not None:
            self._dialog.form.split.stop()
        self._release()

    # What happened

    def _on_progressed(self, percent: int, left: str, words: str) -> None:
        if self._run is None or self._process.stopped:
            return
        self._heard = (percent, left, words)
        left, until = time_left(left), self._run.plan.until
        step = step_told(words)
        if percent >= 100:
            percent, left, words = 0, "", step or "Finishing the last epoch …"
        elif step:
            words = step
        else:
            # It does not say so before it has finished one.
            self._note_epochs(epochs_in(words, 0))
            words = far_told(self._epochs_done, self._run.plan)
            if until is not None:
                # A pace tells little of when a clock shows a time.
                left = left_told((until - datetime.now()).total_seconds())
        self.dialog.progress.show_progress(percent, left, words)
        far = f": {percent} %…" if percent else " …"
        self.menu_text_changed.emit(f"Training {self._run.plan.name}{far}")

    def _note_epochs(self, done: int) -> None:
        """So many are done: beside the bar stand no fewer than in the curves, which are
        there a little earlier, nor more.
        """
        if done > self._epochs_done:
            self._epochs_done = done
            self._show_curves()

    def _report(self, fault: str) -> None:
        self._complaints.append(fault)
        self.reported.emit(fault)

    def _on_said(self, line: str) -> None:
        if line.startswith(NO_EPOCH_BETTER):
            self._nothing_gained = line
        elif not line.startswith("Wrote "):
            self.dialog.progress.add_words(set_told(line))

    def _on_ended(self, fault: str) -> None:
        run, self._run = self._run, None
        self._look.stop()
        self._release()
        self.menu_text_changed.emit(_MENU_TEXT)
        if run is None:
            return
        self.dialog.progress.show_rows(read_curves(run.curves))
        name = run.plan.name
        # What was written is there, even if a picture of the curves could not be drawn,
        # or it was stopped then.
        if run.is_published:
            tidy_up(run)
            self._done = run.plan
            done = "installed" if self._nothing_gained else "trained and installed"
            seen = self._nothing_gained or "Compare it to see whether it is better."
            self.dialog.show_end(f"{name} is {done}. {seen}", trained=True)
            self.trained.emit(name)
            gained = "; nothing was gained" if self._nothing_gained else ""
            self.told.emit(f"The detector {name} is {done}{gained}.")
            return
        self._unended = run if run.has_checkpoint else None
        if self._process.stopped:
            words = f"{name} was stopped. {to_go_on_from(run)}"
            self.dialog.show_end(words, trained=False, can_go_on=run.has_checkpoint)
            return
        self.dialog.show_end(fault, trained=False, can_go_on=run.has_checkpoint)
        self._report(f"{name} was not trained. {fault}")

    def _on_go_on(self) -> None:
        if self._unended is not None:
            self.go_on(self._unended)

    def _on_discarded(self, run: TrainingRun) -> None:
        """Ask, and delete what it has learned."""
        discards = goes_ahead(
            self.dialog,
            "Discard a training",
            f"Delete the training of {run.plan.name}?",
            go="Delete it",
            stay="Keep it",
            more=f"{told_epochs(run.epochs_done)}; it cannot be resumed then.",
        )
        if discards and self._is_free(run):
            discard_run(run)
            self._show_form()

    def _on_compare(self) -> None:
        if self._done is not None:
            self.compare_requested.emit(self._done.name, Path(self._done.data))

    def _show_curves(self) -> None:
        if self._run is None:
            return
        rows = read_curves(self._run.curves)
        if rows != self._seen:
            self._seen = rows
            self.dialog.progress.show_rows(rows)
            done = int(max((row.get("epoch", 0) for row in rows), default=0))
            if done > self._epochs_done:
                self._epochs_done = done
                self._on_progressed(*self._heard)

    def _show_form(self) -> None:
        names, current = self._detectors()
        tidy_up_finished(self._user_folder)
        form = self.dialog.form
        # An ensemble has nothing of its own that could learn.
        ensembles = [name for name in names if self._members(name)]
        alone = [name for name in names if name not in ensembles]
        start = next(iter(self._members(current)), current)
        form.show_detectors(alone, start, taken=ensembles)
        form.show_data(self.proposed_data)
        form.show_unfinished(self._stopped_runs(), self._trained_elsewhere())
        self.dialog.show_form()

    def _trained_elsewhere(self) -> list[str]:
        """The names of those that other windows train at present."""
        begun = begun_runs(self._user_folder)
        return [run.plan.name for run in begun if _is_held(run)]

    def _stopped_runs(self) -> list[TrainingRun]:
        return [run for run in unfinished_runs(self._user_folder) if not _is_held(run)]

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None


def _lock_of(run: TrainingRun) -> QLockFile:
    """Held by the window that trains it."""
    return QLockFile(str(run.folder / LOCK_FILE))


def _is_held(run: TrainingRun) -> bool:
    """Whether a window is training it. No window asks while it trains itself."""
    lock = _lock_of(run)
    if not run.folder.exists() or lock.tryLock(0):
        lock.unlock()
        return False
    return True
