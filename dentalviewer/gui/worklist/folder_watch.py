"""Notices that something in the folders of a worklist has changed."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from dentalviewer.gui.work.background import Background

# Copying files in, or saving one, is many changes in a row.
_SETTLE_MS = 400
# Changes by another computer on a network drive are not announced: look now and then.
_LOOK_MS = 30_000
# Systems watch a limited number of folders for all programs together.
_MAX_WATCHED = 200


class FolderWatch(QObject):
    """`stirred` says that it is worth looking again; not what has changed.

    The system's watcher asks the disk about what it is to watch, and does so on the GUI
    thread: it is only given what has answered on another.
    """

    stirred = Signal()

    def __init__(
        self, parent: QObject | None = None, *, look_ms: int = _LOOK_MS
    ) -> None:
        super().__init__(parent)
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self.stirred)
        # What is not watched is looked at now and then all the same.
        self._asker = Background("watching", self, failed=lambda _: None)
        self._asker.answered.connect(self._on_answered)
        self._watcher = QFileSystemWatcher(self)
        self._watcher.directoryChanged.connect(lambda _: self._settle_down())
        self._watcher.fileChanged.connect(lambda _: self._settle_down())
        self._look_ms = look_ms
        self._look = QTimer(self, singleShot=True)
        self._look.timeout.connect(self.stirred)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.applicationStateChanged.connect(self._on_state_changed)

    def watch(self, paths: Collection[Path]) -> None:
        """Watch these folders and files, as far as they are there, and no others."""
        wanted = {str(path) for path in list(paths)[:_MAX_WATCHED]}
        known = {*self._watcher.directories(), *self._watcher.files()}
        if known - wanted:
            self._watcher.removePaths(list(known - wanted))
        new = wanted - known
        if new:
            self._asker.request(lambda: [p for p in new if os.path.exists(p)])
        else:
            self._asker.supersede()

    def look_later(self, took_ms: float) -> None:
        """Look again in a while; the longer, the longer the last look took, also when
        something changes before.
        """
        self._settle.setInterval(max(_SETTLE_MS, round(5 * took_ms)))
        self._look.start(max(self._look_ms, round(50 * took_ms)))

    def stop(self) -> None:
        self._settle.stop()
        self._look.stop()
        self._asker.stop()

    def _on_answered(self, there: list[str]) -> None:
        if there:
            self._watcher.addPaths(there)

    def _settle_down(self) -> None:
        """Not put off by further changes: there may be no end of them."""
        if not self._settle.isActive():
            self._settle.start()

    def _on_state_changed(self, state: Qt.ApplicationState) -> None:
        """Who comes back from another program may have changed something there."""
        if state is Qt.ApplicationState.ApplicationActive and self._look.isActive():
            self._settle_down()
