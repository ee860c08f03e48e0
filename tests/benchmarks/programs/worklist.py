"""Opens a folder of very many radiographs, scrolls through it; prints times, memory."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QEventLoop, QObject
from PySide6.QtWidgets import QApplication

from dentalviewer.dentition import Notation
from dentalviewer.gui.app import make_app, make_window
from dentalviewer.gui.window.main_window import MainWindow
from dentalviewer.worklist.filtering import Filter, read_search
from dentalviewer.worklist.ordering import Order
from tests.scripted_detector import ScriptedCatalogue

FRAMES = 600
# Of a turn of the wheel, in points.
STEP = 45


class _FirstPaint(QObject):
    """When the list was first painted with something in it."""

    at: float | None = None

    def eventFilter(self, view: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() is QEvent.Type.Paint and self.at is None and self.has_rows():
            self.at = time.perf_counter()
        return False

    has_rows: Callable[[], bool]


def main() -> None:
    few, folder = map(Path, sys.argv[2:])
    app = make_app()
    window = make_window(ScriptedCatalogue({}))
    window.resize(1440, 860)
    window.show()
    _wait(app, lambda: window.detection.state.startswith("No detector"))
    panel = window.folder_list
    # What any list takes, and showing a radiograph at all, does not count.
    window.open([few])
    _wait(app, lambda: bool(window.session.study and panel.model.shown))
    _wait(app, lambda: not window.worklist.reading)
    _scroll(app, window)
    first = _FirstPaint()
    known = panel.paths
    first.has_rows = lambda: bool(panel.paths) and panel.paths != known
    panel.view.viewport().installEventFilter(first)
    before = _megabytes()
    start, work = time.perf_counter(), time.process_time()
    window.open([folder])
    _wait(app, lambda: first.at is not None)
    assert first.at is not None
    work = time.process_time() - work
    rows = (first.at - start) * 1000
    _wait(app, lambda: _is_shown(window, folder))
    shown = (time.perf_counter() - start) * 1000
    reading = _scroll(app, window)
    _wait(app, lambda: not window.worklist.reading)
    read = time.perf_counter() - start
    after = _megabytes()
    quiet = _scroll(app, window)
    answer = {
        "count": len(panel.paths),
        "rows_ms": rows,
        "rows_work_ms": work * 1000,
        "radiograph_ms": shown,
        "read_s": read,
        "frames_reading": reading,
        "frames": quiet,
        "search_ms": _search(app, window),
        "growth_mb": after - before,
        "growth_scrolled_mb": _megabytes() - after,
        "memory_mb": _megabytes(),
    }
    window.close()
    print(json.dumps(answer))


def _is_shown(window: MainWindow, folder: Path) -> bool:
    study = window.session.study
    return study is not None and study.radiograph.path.parent == folder


def _scroll(app: QApplication, window: MainWindow) -> list[tuple[float, float]]:
    """Milliseconds for each frame, and of them at work: by the wheel, then in leaps
    through the list.
    """
    bar = window.folder_list.view.verticalScrollBar()
    took = []
    for index in range(FRAMES):
        leap = bar.maximum() * index // FRAMES
        start, work = time.perf_counter(), time.thread_time()
        bar.setValue(index * STEP if index < FRAMES // 2 else leap)
        app.processEvents()
        elapsed, worked = time.perf_counter() - start, time.thread_time() - work
        took.append((elapsed * 1000, worked * 1000))
        app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)
    return took


def _search(app: QApplication, window: MainWindow) -> tuple[float, float]:
    """Milliseconds, and of them at work."""
    start, work = time.perf_counter(), time.thread_time()
    search = read_search("99", Notation.FDI)
    window.folder_list.model.choose(Filter(search=search), Order.FOLDER)
    app.processEvents()
    work = time.thread_time() - work
    return (time.perf_counter() - start) * 1000, work * 1000


def _wait(app: QApplication, condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 240
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


def _megabytes() -> float:
    """What is in memory now; the most there ever was where that is not known."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * 4096 / 1e6
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


main()
