"""Takes the pictures of the README: the window on the samples, off screen.

    .venv/bin/python packaging/take_pictures.py docs/pictures

No patient's radiograph is in them: the samples are drawn.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image

SIZE = (1600, 900)
PATIENCE_MS = 120_000


def main() -> int:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        os.environ["HOME"] = os.environ["XDG_DATA_HOME"] = home
        os.environ["XDG_CONFIG_HOME"] = home
        os.environ["LOGNAME"] = "Dr. Roth"
        _take(folder.resolve(), Path(home))
    return 0


def _take(folder: Path, scratch: Path) -> None:
    from dentalviewer.detection.inference.child_process import (
        DetectorProcess,
        DetectorsInChild,
    )
    from dentalviewer.gui.app import make_app, make_window
    from dentalviewer.gui.reporting.pdf import write_pdf

    make_app()
    process = DetectorProcess()
    window = make_window(DetectorsInChild(None, process))
    window.resize(*SIZE)
    window.show()
    window.opening.open_samples()
    _wait(lambda: window.session.review.detection is not None)
    window.desk.selection.go_to_undecided()
    _settle()
    window.grab().save(str(folder / "window.png"))

    window.desk.accept_all_that_agree()
    window.desk.selection.go_to_undecided()
    window.desk.relabel("endodontic")
    while window.session.review.undecided:
        window.desk.selection.go_to_undecided()
        window.view.zoom_to_finding()
        _settle()
        if len(window.session.review.undecided) == 4:
            window.grab().save(str(folder / "deciding.png"))
        # The samples' annotations have faults on purpose: this crown is none.
        item = window.desk.selected
        assert item is not None
        alone = item.source == "dentist" and item.current.box.center[0] < 1450
        window.desk.reject() if alone else window.desk.accept()
    _settle()
    report = scratch / "report.pdf"
    write_pdf(window.reports.report(), report)
    subprocess.run(
        ["pdftoppm", "-r", "80", "-png", "-singlefile", str(report), folder / "report"],
        check=True,
    )
    window.close()
    process.stop()
    for picture in folder.glob("*.png"):
        with Image.open(picture) as taken:
            # The colours of small areas, as in a legend, are kept.
            small = taken.convert("RGB").quantize(
                256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
            )
        small.save(picture, optimize=True)


def _wait(ready: Callable[[], bool]) -> None:
    from PySide6.QtTest import QTest

    for _ in range(PATIENCE_MS // 50):
        if ready():
            return
        QTest.qWait(50)
    raise SystemExit("The detector did not answer.")


def _settle() -> None:
    from PySide6.QtTest import QTest

    QTest.qWait(300)


if __name__ == "__main__":
    sys.exit(main())
