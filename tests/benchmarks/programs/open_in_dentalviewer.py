"""Opens a picture in dentalviewer's window several times; how long each took."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from PySide6.QtCore import QEventLoop

from dentalviewer.gui.app import make_app, make_window
from tests.scripted_detector import ScriptedCatalogue

TIMES = 8


def main() -> None:
    picture = Path(sys.argv[2])
    app = make_app()
    window = make_window(ScriptedCatalogue({}))
    window.resize(1440, 860)
    window.show()
    app.processEvents()
    took = []
    for _ in range(TIMES):
        start = time.perf_counter()
        window.opening.open_radiograph(picture)
        while window.opening.busy:
            app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        window.canvas.repaint()
        took.append((time.perf_counter() - start) * 1000)
        app.processEvents()
    print(json.dumps({"milliseconds": took[1:]}))
    window.close()


main()
