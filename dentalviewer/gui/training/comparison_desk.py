"""Has two detectors compared beside the window, and the better one used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from dentalviewer.curation.training_runs import (
    ComparisonPlan,
    compare_arguments,
    split_of,
)
from dentalviewer.errors import FileError
from dentalviewer.evaluation.comparison_report import read_comparison
from dentalviewer.gui.training.comparison_dialog import ComparisonDialog
from dentalviewer.gui.work.command_process import CommandProcess

RESULT_FILE = "comparison.json"


class ComparisonDesk(QObject):
    """`use_requested` names the detector that the user decided for."""

    use_requested = Signal(str)

    def __init__(
        self,
        detectors: Callable[[], tuple[tuple[str, ...], str]],
        proposed_data: Callable[[], Path | None],
        user_folder: Path,
        window: QWidget,
    ) -> None:
        """`detectors` gives the names of the installed ones, and the one in use."""
        super().__init__(window)
        self._detectors = detectors
        self._proposed_data = proposed_data
        self._user_folder = user_folder
        self._result = user_folder / RESULT_FILE
        self._window = window
        self._dialog: ComparisonDialog | None = None
        self._process = CommandProcess(self)
        self._process.progressed.connect(self._on_progressed)
        self._process.ended.connect(self._on_ended)

    @property
    def busy(self) -> bool:
        return self._process.busy

    @property
    def dialog(self) -> ComparisonDialog:
        """Made when it is first asked for."""
        if self._dialog is None:
            self._dialog = ComparisonDialog(self._window)
            self._dialog.compare_requested.connect(self.compare)
            self._dialog.stop_requested.connect(self._process.stop)
            self._dialog.use_requested.connect(self.use_requested)
        return self._dialog

    def open(self) -> None:
        """Ask which two are to be compared, or show how the comparison goes."""
        if not self.busy:
            names, current = self._detectors()
            others = [name for name in names if name != current]
            other = others[-1] if others else current
            self.dialog.show_detectors(names, current, other)
            self._show_data(self._proposed_data())
        self._show()

    def open_with(self, new: str, data: Path) -> None:
        """Compare a new detector with the one in use, at once."""
        if not self.busy:
            names, current = self._detectors()
            self.dialog.show_detectors(names, current, new)
            self._show_data(data)
            if new != current:
                self.dialog.ask()
        self._show()

    def compare(self, plan: ComparisonPlan) -> None:
        try:
            self._result.unlink(missing_ok=True)
        except OSError as error:
            # Else it would be taken for what this comparison comes to.
            fault = f"{self._result}: cannot be removed: {error.strerror}"
            self.dialog.show_state(fault, busy=False)
            return
        self.dialog.show_state("Reading the radiographs …", busy=True)
        self._process.start(compare_arguments(plan, self._result))

    def _show_data(self, data: Path | None) -> None:
        """With the split that one of the two was trained with, if it was."""
        self.dialog.show_data(data)
        plan = self.dialog.plan
        names = (plan.second, plan.first)
        self.dialog.split.show_plan(split_of(names, plan.data, self._user_folder))

    def stop(self) -> None:
        if self._dialog is not None:
            self._dialog.split.stop()
        self._process.ended.disconnect(self._on_ended)
        self._process.finish()

    def _show(self) -> None:
        self.dialog.show()
        self.dialog.activateWindow()

    def _on_progressed(self, percent: int, _left: str, words: str) -> None:
        self.dialog.show_progress(percent, f"Examining {words}")

    def _on_ended(self, fault: str) -> None:
        if self._process.stopped:
            self.dialog.show_state("Stopped.", busy=False)
            return
        try:
            comparison = read_comparison(self._result)
        except FileError as error:
            self.dialog.show_state(fault or str(error), busy=False)
            return
        # One radiograph that could not be examined does not keep the others from it.
        self.dialog.show_state(fault, busy=False)
        self.dialog.show_comparison(comparison)
