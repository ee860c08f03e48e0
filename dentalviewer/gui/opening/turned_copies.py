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

    A copy is opened, beside those that are `listed` if they are several, unless the
    reader goes on to another radiograph meanwhile.
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
        self._cautions: dict[Path, str] = {}
        self._writer = Background(
            "turned copy",
            self,
            failed=lambda error: self.reported.emit(in_words(error)),
        )
        self._writer.answered.connect(self._on_written)
        session.study_changed.connect(self._on_study_changed)

    @property
    def busy(self) -> bool:
        return self._writer.busy

    def ask(self) -> None:
        """Where to save a copy of the radiograph in hand, and write it there."""
        study = self._session.study
        if study is None:
            return
        if self.busy:
            self.reported.emit("Another turned copy is still being saved.")
            return
        radiograph = study.radiograph
        path = ask_where_to_save_turned(self._window, turned_copy_path(radiograph.path))
        if path is not None:
            self._writer.request(lambda: _written(radiograph, path))

    def stop(self) -> None:
        self._writer.stop()

    def _on_written(self, written: tuple[Radiograph, Path]) -> None:
        radiograph, path = written
        self._cautions.pop(path, None)
        if radiograph.patient_age is not None:
            self._cautions[path] = (
                "This copy does not contain the patient's age"
                f" ({radiograph.patient_age}); the file that it was made from does."
            )
        study, opening = self._session.study, self._opening
        in_hand = study is not None and study.radiograph is radiograph
        if not in_hand or opening.busy or opening.current != radiograph.path:
            self.told.emit(f"The turned copy is saved as {path}.")
        elif self._listed() > 1:
            opening.open_radiograph(path)
        else:
            opening.open([path])

    def _on_study_changed(self) -> None:
        study = self._session.study
        if study is None:
            return
        caution = self._cautions.get(study.radiograph.path)
        if caution is not None:
            self.reported.emit(caution)


def _written(radiograph: Radiograph, path: Path) -> tuple[Radiograph, Path]:
    write_turned_copy(radiograph, path)
    return radiograph, path
