"""Has a sample examined in the window; prints the longest time without an answer."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from dentalviewer import cli
from dentalviewer.commands.own import detectors_folder
from dentalviewer.gui.app import make_app
from dentalviewer.gui.window.main_window import MainWindow
from dentalviewer.resources import samples_folder

SAMPLE = "vott-v1/sample-1.png"
BEAT_MS = 2
IDLE_SECONDS = 1.0


class Heartbeat:
    """Beats on the GUI thread, and remembers the longest pause between two beats."""

    def __init__(self) -> None:
        self._timer = QTimer(interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()
        self.start()

    def start(self) -> None:
        self._last = self._started = time.perf_counter()
        self._worst = 0.0

    def stop(self) -> tuple[float, float]:
        """The longest pause in milliseconds, and the seconds since the start."""
        self._beat()
        return self._worst * 1000, self._last - self._started

    def _beat(self) -> None:
        now = time.perf_counter()
        self._worst = max(self._worst, now - self._last)
        self._last = now


def main() -> int:
    if len(sys.argv) > 2:
        # As a reader's own, so that the window is opened the way that readers do.
        shutil.copytree(sys.argv[2], detectors_folder())
    app = make_app()
    QTimer.singleShot(0, lambda: _measure(app))
    return cli.main([str(samples_folder() / SAMPLE)])


def _measure(app: QApplication) -> None:
    (window,) = (w for w in app.topLevelWidgets() if isinstance(w, MainWindow))
    heart = Heartbeat()
    # The radiograph is shown, and only then is the detector's turn.
    window.in_sight.shown.connect(heart.start)
    _wait(app, lambda: window.detection.ready)
    loading, loading_seconds = heart.stop()
    fault = window.session.review.detection is None
    heart.start()
    window.detection.run()
    _wait(app, lambda: not window.detection.busy)
    detecting, detecting_seconds = heart.stop()
    heart.start()
    end = time.perf_counter() + IDLE_SECONDS
    _wait(app, lambda: time.perf_counter() > end)
    idle, _ = heart.stop()
    answer = {
        "loading": loading,
        "loading_seconds": loading_seconds,
        "detecting": detecting,
        "detecting_seconds": detecting_seconds,
        "idle": idle,
    }
    if fault:
        print(f"The detector did not run: {window.detection.state}", file=sys.stderr)
    else:
        print(json.dumps(answer))
    window.close()


def _wait(app: QApplication, condition: Callable[[], bool]) -> None:
    while not condition():
        app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


if __name__ == "__main__":
    sys.exit(main())
