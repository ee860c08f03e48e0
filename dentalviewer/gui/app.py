"""Starts the program: theme, log, the last place where errors end, the window."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QFileOpenEvent, QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from dentalviewer import __version__
from dentalviewer.detector import DetectorCatalogue
from dentalviewer.gui.preferences.preferences import user_settings
from dentalviewer.gui.widgets.palette import apply_theme
from dentalviewer.gui.window.main_window import MainWindow
from dentalviewer.gui.work.background import Background
from dentalviewer.gui.work.ending_signals import heeding_signals
from dentalviewer.gui.work.garbage import GarbageCollection
from dentalviewer.gui.work.reporting_errors import reporting_errors
from dentalviewer.gui.work.timers import single_shot
from dentalviewer.radiograph import get_ready
from dentalviewer.resources import icons_folder, user_folder
from dentalviewer.storage.disk import hurried

SWITCH_SECONDS = 0.0005
NO_DISPLAY = (
    "There is no display to show the window on. Without one:"
    " dentalviewer --sample, dentalviewer detect, dentalviewer report."
)
# Of a program that was ended by a signal the exit status is this and its number.
SIGNALLED = 128
# How often it is looked whether the window can open files by now.
AGAIN_MS = 200
# After the first painting, which is not to wait for it.
READY_MS = 100
# On these Qt paints nothing that anybody sees.
UNSEEN_PLATFORMS = ("offscreen", "minimal")


class Application(QApplication):
    """Opens what the system hands over, as macOS does what is opened with the program
    or dropped on its icon: once there is a window that asks nothing, all in one.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        super().__init__(list(arguments))
        self._handed: list[Path] = []
        self._opening = single_shot(self, 0, self._open_handed)

    def event(self, event: QEvent) -> bool:
        # Each file comes alone, also of those that are dropped together.
        if isinstance(event, QFileOpenEvent) and event.file():
            self._handed.append(Path(event.file()))
            self._opening.start(0)
            return True
        return super().event(event)

    def _open_handed(self) -> None:
        windows = [
            widget
            for widget in self.topLevelWidgets()
            if isinstance(widget, MainWindow) and widget.isVisible()
        ]
        if not windows or self.activeModalWidget() is not None:
            self._opening.start(AGAIN_MS)
            return
        paths, self._handed = self._handed, []
        windows[0].open(paths)


def run(
    paths: Sequence[Path], *, catalogue: DetectorCatalogue, sample: bool = False
) -> int:
    """Open the window and come back when it is closed; returns the exit status.

    Where nobody would see it a sample is done off screen; without a display anything
    else fails.
    """
    if sample and not is_seen():
        return run_unseen(catalogue=catalogue)
    if not has_display():
        print(NO_DISPLAY, file=sys.stderr)
        return 1
    return _run_seen(paths, catalogue, sample=sample)


def _run_seen(
    paths: Sequence[Path], catalogue: DetectorCatalogue, *, sample: bool
) -> int:
    app = make_app()

    def end(number: int) -> None:
        # At once, for a dialog that is open may hold up the rest.
        window.autosave.flush()
        app.exit(SIGNALLED + number)

    with heeding_signals(end):
        window = make_window(catalogue)
        window.show()
        # A thread that computes gives way to the window sooner than Python's usual
        # 5 ms: what is painted asks for the interpreter many times over.
        sys.setswitchinterval(SWITCH_SECONDS)
        if sample:
            window.opening.open_samples()
        else:
            window.open(paths)
        # What is here now stays; to search it for garbage would stop the window each
        # time.
        gc.freeze()
        readiness = _make_ready(window)
        with reporting_errors(window.message_bar.show_message), hurried():
            status = app.exec()
            readiness.stop()
            # After a signal it is still open, and nobody may be there to be asked.
            fault = window.end() if status else None
    if fault:
        print(f"dentalviewer: the review is not saved. {fault}", file=sys.stderr)
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)
    return status


def _make_ready(window: MainWindow) -> Background:
    """What reading a radiograph takes is imported once the window is painted, while the
    reader looks for one. What fails now is told when it is read.
    """
    importing = Background("getting ready", window, failed=lambda _: None)
    importing.answered.connect(lambda _: gc.freeze())
    single_shot(window, READY_MS, lambda: importing.request(get_ready)).start()
    return importing


def run_unseen(*, catalogue: DetectorCatalogue, output: Path | None = None) -> int:
    """Examine the first sample off screen; leave a picture and a report in ./out/."""
    from dentalviewer.gui.unseen import run_sample

    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    app = make_app()
    window = make_window(catalogue)
    with reporting_errors(window.message_bar.show_message):
        return run_sample(app, window, output or Path("out"))


def has_display() -> bool:
    """Whether a window can be shown; only on Linux and the like is that in question."""
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def is_seen() -> bool:
    """Whether somebody would see a window: Qt may be told to paint it for nobody."""
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    return has_display() and platform not in UNSEEN_PLATFORMS


def make_app() -> QApplication:
    """The application; the one that is already there in a test."""
    QGuiApplication.setApplicationName("dentalviewer")
    QGuiApplication.setApplicationVersion(__version__)
    QGuiApplication.setDesktopFileName("dentalviewer")
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = Application(sys.argv[:1])
    icon = QIcon()
    for picture in sorted(icons_folder().glob("dentalviewer-*.png")):
        icon.addFile(str(picture))
    app.setWindowIcon(icon)
    return app


def make_window(catalogue: DetectorCatalogue) -> MainWindow:
    window = MainWindow(catalogue, user_settings(), user_folder())
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    apply_theme(app, dark=window.preferences.current.theme == "dark")
    GarbageCollection(window)
    return window
