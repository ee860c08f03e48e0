"""Warns early that another window has the radiograph in hand open, too."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.gui.work.background import Background, in_words
from dentalviewer.worklist.presence import Holder, Presence

BEAT_MS = 20_000


class PresenceDesk(QObject):
    """`recovered` takes the warning back, once the other window has gone on."""

    reported = Signal(str)
    recovered = Signal(str)

    def __init__(
        self, folder: Path, session: ReviewSession, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._presence = Presence(folder)
        self._told = ""
        self._looker = Background("presence", self, failed=self._on_failed)
        self._looker.answered.connect(self._on_looked)
        self._beat = QTimer(self, interval=BEAT_MS)
        self._beat.timeout.connect(self.look)
        session.study_changed.connect(self._on_study_changed)

    @property
    def looking(self) -> bool:
        return self._looker.busy

    def look(self) -> None:
        """See who has the radiograph open now; others learn that it is open here."""
        if not self._looker.busy:
            self._looker.request(self._presence.look)

    def stop(self) -> None:
        self._beat.stop()
        self._looker.stop()
        self._presence.end()

    def _on_study_changed(self) -> None:
        # The window has dismissed what was said of the one before.
        self._told = ""
        study = self._session.study
        if study is None:
            self._beat.stop()
            self._looker.request(self._leave)
        else:
            path = study.radiograph.path
            self._beat.start()
            self._looker.request(lambda: self._presence.hold(path))

    def _leave(self) -> tuple[Holder, ...]:
        self._presence.release()
        return ()

    def _on_looked(self, others: tuple[Holder, ...]) -> None:
        study = self._session.study
        self._tell(_warning(study.radiograph.path.name, others) if study else "")

    def _on_failed(self, error: Exception) -> None:
        self._tell(
            "Could not check whether another window has the radiograph open."
            f" {in_words(error)}"
        )

    def _tell(self, words: str) -> None:
        """Once, and nothing else than this."""
        if words == self._told:
            return
        told, self._told = self._told, words
        if told:
            self.recovered.emit(told)
        if words:
            self.reported.emit(words)


def _warning(name: str, others: tuple[Holder, ...]) -> str:
    if not others:
        return ""
    elsewhere = [each.host for each in others if not each.is_here]
    where = f"on the computer {elsewhere[0]}" if elsewhere else "in another window"
    return (
        f"{name} is open {where}, too. If both change it at once, you will be asked"
        " whose review is kept."
    )
