"""Saves a radiograph that is upside down the right way up, as a copy, and opens it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from dentalviewer.formats.turned_copy import turned_copy_path, write_turned_copy
from dentalviewer.gui.opening.file_dialogs import ask_where_to_save_turned
from dentalviewer.gui.work.background import Background, in_words

if TYPE_CHECKING:
    from dentalviewer.gui.opening.opening_desk import OpeningDesk
    from dentalviewer.gui.reviewing.session import ReviewSession
    from dentalviewer.radiograph import Radiograph


class TurnedCopies(QObject):
    """The radiograph stays as it is, and so does its review.

    A copy is opened among the radiographs that are `listed`, unless the reader has gone
    on to another one meanwhile.
    """

    reported = Signal(str)
    told = Signal(str)

    def __init__(
        self,
        session: ReviewSession,
        opening: OpeningDesk,
        listed: Callable[[], int],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session = session
        self._opening = opening
        self._listed = listed
        self._window = window
        self._writer = Background(
            "turned copy",
            self,
            failed=lambda error: self.reported.emit(in_words(error)),
        )
        self._writer.answered.connect(self._on_written)

    def ask(self) -> None:
        """Where to save a copy of the radiograph in hand, and write it there."""
        study = self._session.study
        if study is None:
            return
        radiograph = study.radiograph
        path = ask_where_to_save_turned(self._window, turned_copy_path(radiograph.path))
        if path is not None:
            self._writer.request(lambda: _written(radiograph, path))

    def stop(self) -> None:
        self._writer.stop()

    def _on_written(self, written: tuple[Radiograph, Path]) -> None:
        radiograph, path = written
        study = self._session.study
        if study is None or study.radiograph is not radiograph:
            self.told.emit(f"The turned copy is saved as {path}.")
        elif self._listed() > 1:
            self._opening.open_radiograph(path)
        else:
            self._opening.open([path])


def _written(radiograph: Radiograph, path: Path) -> tuple[Radiograph, Path]:
    write_turned_copy(radiograph, path)
    return radiograph, path
