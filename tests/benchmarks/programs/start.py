"""Starts dentalviewer or labelme; once its window answers, says how long that took.

Run by the Python of either program, so it may use neither.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from typing import Any

QT = {"dentalviewer": "PySide6", "labelme": "PyQt5"}
MAIN = {"dentalviewer": "dentalviewer.cli", "labelme": "labelme.__main__"}


def main() -> None:
    started, program = float(sys.argv[1]), sys.argv[2]
    core = importlib.import_module(f"{QT[program]}.QtCore")
    widgets = importlib.import_module(f"{QT[program]}.QtWidgets")
    run_events = widgets.QApplication.exec

    def is_shown(widget: Any) -> bool:
        handle = widget.windowHandle()
        return handle is not None and handle.isExposed()

    def look() -> None:
        windows = widgets.QApplication.topLevelWidgets()
        if any(isinstance(w, widgets.QMainWindow) and is_shown(w) for w in windows):
            # Comes after all that is waiting, the first painting included.
            core.QTimer.singleShot(0, tell)
        else:
            core.QTimer.singleShot(1, look)

    def tell() -> None:
        took = (time.time() - started) * 1000
        print(json.dumps({"milliseconds": took, "megabytes": resident_megabytes()}))
        sys.stdout.flush()
        os._exit(0)

    def execute(*_: Any) -> int:
        core.QTimer.singleShot(0, look)
        return int(run_events())

    widgets.QApplication.exec = execute
    widgets.QApplication.exec_ = execute
    sys.argv = [program]
    importlib.import_module(MAIN[program]).main()


def resident_megabytes() -> float:
    """Memory in use; 0 where the system does not tell it as Linux does."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            lines = dict(line.split(":", 1) for line in status)
    except OSError:
        return 0.0
    return int(lines["VmRSS"].split()[0]) / 1024


main()
