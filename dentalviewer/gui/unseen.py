"""The main job on a sample where there is no display: a picture and a report of it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from dentalviewer.errors import FileError
from dentalviewer.gui.reporting.pdf import write_pdf
from dentalviewer.gui.window.main_window import MainWindow
from dentalviewer.gui.work.timers import single_shot

# A slow computer needs a while to load the network for the first time.
PATIENCE_MS = 300_000
# The worklist tells of a radiograph, and counts, a little after the detector answered.
SETTLED_MS = 3000


def run_sample(app: QApplication, window: MainWindow, output: Path) -> int:
    """Open a sample, wait for the detector, save what the window shows and the report.

    Returns 1, having said why, if something of it failed.
    """
    window.resize(1600, 900)
    window.show()
    window.opening.open_samples()
    _wait_for_detector(window)
    _wait_for_worklist(window)
    window.desk.selection.go_to_undecided()
    app.sendPostedEvents()
    messages = window.message_bar.messages
    status = _save(window, output) if window.session.study is not None else 1
    window.close()
    window.deleteLater()
    for message in messages:
        print(message)
    return status or int(bool(messages))


def _wait_for_detector(window: MainWindow) -> None:
    """Until it has answered or failed, or the sample could not be opened."""
    loop = QEventLoop()

    def look() -> None:
        settled = not window.opening.busy and not window.detection.busy
        if settled and window.detection.ready:
            loop.quit()

    window.detection.state_changed.connect(look)
    window.opening.failed.connect(loop.quit)
    window.opening.reported.connect(loop.quit)
    QTimer.singleShot(PATIENCE_MS, loop.quit)
    loop.exec()


def _wait_for_worklist(window: MainWindow) -> None:
    """Until it has had nothing to read for a while."""
    loop = QEventLoop()
    quiet = single_shot(loop, SETTLED_MS, loop.quit)
    looking = QTimer(loop, interval=SETTLED_MS // 10)
    looking.timeout.connect(lambda: window.worklist.reading and quiet.start())
    looking.start()
    quiet.start()
    QTimer.singleShot(PATIENCE_MS, loop.quit)
    loop.exec()


def _save(window: MainWindow, output: Path) -> int:
    picture, report = output / "window.png", output / "report.pdf"
    try:
        output.mkdir(parents=True, exist_ok=True)
        write_pdf(window.reports.report(), report)
    except (OSError, FileError) as error:
        print(error)
        return 1
    if not window.grab().save(str(picture)):
        print(f"{picture}: cannot be saved")
        return 1
    print("There is no display. The sample was opened off screen:")
    print(f"  detector    {window.detection.state}")
    print(f"  the window  {picture.resolve()}")
    print(f"  the report  {report.resolve()}")
    return 0
