"""Opens a picture in labelme's window several times; prints how long each took.

Run by labelme's Python.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from labelme.app import MainWindow  # type: ignore[import-not-found]
from labelme.config import get_user_config_file  # type: ignore[import-not-found]
from loguru import logger  # type: ignore[import-not-found]
from PyQt5 import QtWidgets  # type: ignore[import-not-found]

TIMES = 8


def main() -> None:
    picture = sys.argv[2]
    # As it is set by labelme's own main(), but for the terminal.
    logger.remove()
    app = QtWidgets.QApplication(sys.argv[:1])
    window = MainWindow(
        config_file=Path(get_user_config_file()),
        config_overrides={},
        file_or_dir=None,
        output_dir=None,
    )
    window.resize(1440, 860)
    window.show()
    app.processEvents()
    took = []
    for _ in range(TIMES):
        start = time.perf_counter()
        window._load_file(picture)
        window._canvas_widgets.canvas.repaint()
        took.append((time.perf_counter() - start) * 1000)
        app.processEvents()
    print(json.dumps({"milliseconds": took[1:]}))


main()
