"""Merges annotation sets off the GUI thread; what was decided is kept till then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from dentalviewer.curation.merge import merge, read_sets
from dentalviewer.curation.merge_decisions import (
    BegunMerge,
    conflict_keys,
    kept_by_key,
    kept_choices,
    read_begun,
)
from dentalviewer.curation.merge_writing import (
    WrittenMerge,
    require_new_folder,
    write_merge,
)
from dentalviewer.curation.merged import Choices, ConflictId, Merge
from dentalviewer.dentition import Notation
from dentalviewer.errors import DentalViewerError, FileError
from dentalviewer.gui.project.merge_dialog import RESULT, SETS, MergeDialog
from dentalviewer.gui.project.merge_keeping import MergeKeeping
from dentalviewer.gui.work.job import Job, Tell


@dataclass(frozen=True, slots=True)
class _Compared:
    """`message` is about the decisions that were made before."""

    paths: tuple[Path, ...]
    at_least: int
    merge: Merge
    keys: Mapping[ConflictId, str]
    choices: Choices
    message: str


class MergeDesk(QObject):
    """`open_requested` gives the merged set that the reader wants to see."""

    open_requested = Signal(Path)

    def __init__(
        self,
        folder: Path,
        aliases: Callable[[], Mapping[str, str]],
        notation: Callable[[], Notation],
        window: QWidget,
    ) -> None:
        """`folder` is where decisions are kept, `aliases` the reader's other names for
        classes, `notation` how they prefer teeth to be written.
        """
        super().__init__(window)
        self._folder = folder
        self._aliases = aliases
        self._notation = notation
        self._window = window
        self._dialog: MergeDialog | None = None
        self._compared: _Compared | None = None
        self._job = Job("merge", self, cancelled="Cancelled. Nothing was written.")
        self._job.answered.connect(self._on_answered)
        self._keeping = MergeKeeping(folder, self)

    @property
    def dialog(self) -> MergeDialog:
        """Made when it is first asked for."""
        if self._dialog is None:
            self._dialog = MergeDialog(self._window)
            self._job.show_in(self._dialog)
            self._dialog.compare_requested.connect(self.compare)
            self._dialog.write_requested.connect(self.write)
            self._dialog.open_requested.connect(self.open_requested)
            self._dialog.decided.connect(self._on_decided)
            self._dialog.forget_requested.connect(
                lambda begun: self._keeping.forget(begun.sets, begun.at_least)
            )
            self._keeping.found.connect(self._dialog.show_begun)
            self._keeping.failed.connect(self._dialog.show_keeping)
            self._keeping.kept.connect(lambda: self.dialog.show_keeping(""))
        return self._dialog

    def open(self) -> None:
        self.dialog.conflicts.set_notation(self._notation())
        if self.dialog.step == RESULT and not self.dialog.isVisible():
            self.dialog.begin_anew()
        self.dialog.bring_up()
        if self.dialog.step == SETS:
            self._keeping.look()

    def compare(self, paths: tuple[Path, ...]) -> None:
        destination, folder = self.dialog.sets.destination, self._folder
        at_least = self.dialog.sets.at_least
        aliases = self._aliases()

        def work(tell: Tell) -> _Compared:
            if destination is not None:
                require_new_folder(destination, paths)
            sets = read_sets(paths, aliases=aliases, tell=tell)
            if at_least > len(sets):
                raise DentalViewerError(_too_few(len(sets), len(paths)))
            merged = merge(sets, at_least=at_least, tell=tell)
            keys = conflict_keys(merged)
            try:
                begun = read_begun(folder, paths, at_least)
            except FileError as error:
                return _Compared(paths, at_least, merged, keys, {}, f"{error}.")
            choices = kept_choices(keys, begun) if begun else {}
            message = _about(begun, choices) if begun else ""
            return _Compared(paths, at_least, merged, keys, choices, message)

        self._job.begin("Reading", work)

    def write(self, choices: Choices, folder: Path, format_name: str) -> None:
        compared = self._compared
        if compared is None:
            return
        merged = compared.merge
        self._job.begin(
            "Writing",
            lambda tell: write_merge(
                merged, choices, folder, format_name=format_name, tell=tell
            ),
        )

    def stop(self) -> None:
        self._job.stop()
        self._keeping.stop()
        if self._dialog is not None:
            self._dialog.stop()

    def _on_decided(self) -> None:
        compared, sets = self._compared, self.dialog.sets
        if compared is None:
            return
        self._keeping.keep(
            BegunMerge(
                compared.paths,
                sets.folder.text(),
                sets.format_name,
                datetime.now(UTC),
                len(compared.keys),
                kept_by_key(compared.keys, self.dialog.conflicts.choices),
                compared.at_least,
            )
        )

    def _on_answered(self, answer: _Compared | WrittenMerge) -> None:
        if isinstance(answer, _Compared):
            self._compared = answer
            self.dialog.conflicts.set_notation(self._notation())
            self.dialog.show_merge(answer.merge, answer.choices, answer.message)
        else:
            compared = self._compared
            if compared is not None:
                self._keeping.forget(compared.paths, compared.at_least)
            self.dialog.show_written(answer)


def _too_few(sets: int, given: int) -> str:
    return (
        f"These {given} sets count as {sets}, since a VoTT 2 project and its own export"
        " are by one reader: choose again what to keep."
    )


def _about(begun: BegunMerge, choices: Choices) -> str:
    """What has become of decisions that were made before."""
    before, now = len(begun.kept), len(choices)
    if now < before:
        return (
            f"{now:,} of {before:,} earlier decisions were restored; where the others"
            " were made, the sets have changed."
        )
    if now == 1:
        return "1 earlier decision was restored."
    return f"{now:,} earlier decisions were restored."
