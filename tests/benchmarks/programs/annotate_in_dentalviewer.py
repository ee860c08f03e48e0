"""Marks findings in dentalviewer's window with keys and a mouse; prints the effort.

The first argument is the task; with "corrected" as the second, a scripted detector has
proposed most of the boxes.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtTest import QTest

from dentalviewer.agreement import accepted_items
from dentalviewer.formats.review_file import read_review, review_path
from dentalviewer.geometry import Box
from dentalviewer.gui.app import make_app
from dentalviewer.gui.window.main_window import MainWindow
from dentalviewer.review import Source
from dentalviewer.study import Finding
from tests.benchmarks.annotator import (
    FOUND,
    MISNAMED,
    Hand,
    Wanted,
    count_right,
    read_task,
)
from tests.scripted_detector import ScriptedCatalogue, ScriptedDetector

LEFT = Qt.MouseButton.LeftButton
KEYS = {
    "restoration": Qt.Key.Key_1,
    "endodontic": Qt.Key.Key_2,
    "implant": Qt.Key.Key_3,
}
NOTHING_THERE = Box(60, 60, 160, 140)


class Annotator:
    def __init__(self, window: MainWindow) -> None:
        self.hand = Hand()
        self._window = window
        self._label = "restoration"

    def press(self, *keys: Qt.Key, held: Qt.KeyboardModifier | None = None) -> None:
        modifiers = held or Qt.KeyboardModifier.NoModifier
        for key in keys:
            QTest.keyClick(self._window.canvas, key, modifiers)
            self.hand.key(1 if held is None else 2)

    def draw(self, wanted: Wanted) -> None:
        if wanted.label != self._label:
            self.press(KEYS[wanted.label])
            self._label = wanted.label
        x_min, y_min, x_max, y_max = wanted.box
        canvas, start = self._window.canvas, self._point(x_min, y_min)
        end = self._point(x_max, y_max)
        self._go(start)
        QTest.mousePress(canvas, LEFT, pos=start)
        self.hand.press()
        QTest.mouseMove(canvas, (start + end) / 2)
        QTest.mouseMove(canvas, end)
        self._go(end)
        QTest.mouseRelease(canvas, LEFT, pos=end)
        self.hand.release()

    def click(self, box: tuple[float, float, float, float]) -> None:
        point = self._point((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        self._go(point)
        QTest.mouseClick(self._window.canvas, LEFT, pos=point)
        self.hand.press()
        self.hand.release()

    def wait(self, condition: Callable[[], bool]) -> None:
        while not condition():
            QTest.qWait(1)

    def _point(self, x: float, y: float) -> QPoint:
        x, y = self._window.canvas.viewport.to_widget(x, y)
        return QPoint(round(x), round(y))

    def _go(self, point: QPoint) -> None:
        there = self._window.canvas.mapTo(self._window, point)
        self.hand.point(there.x(), there.y())


def main() -> None:
    task = read_task(Path(sys.argv[2]))
    corrected = "corrected" in sys.argv
    app = make_app()
    with tempfile.TemporaryDirectory() as folder:
        settings = QSettings(f"{folder}/settings.ini", QSettings.Format.IniFormat)
        detectors = {}
        if corrected:
            proposed = {path.name: _proposed(boxes) for path, boxes in task.items()}
            detectors = {"scripted": ScriptedDetector(by_name=proposed)}
        window = MainWindow(ScriptedCatalogue(detectors), settings, Path(folder))
        window.resize(1440, 860)
        window.show()
        window.activateWindow()
        annotator = Annotator(window)
        annotator.wait(window.isActiveWindow)
        start, busy = time.perf_counter(), time.process_time()
        window.open(list(task))
        for number, (path, boxes) in enumerate(task.items()):
            annotator.wait(partial(_is_open, window, path, corrected))
            if corrected:
                _correct(annotator, boxes)
            else:
                if number == 0:
                    annotator.press(
                        Qt.Key.Key_R, held=Qt.KeyboardModifier.ShiftModifier
                    )
                    annotator.press(Qt.Key.Key_R)
                for wanted in boxes:
                    annotator.draw(wanted)
            app.processEvents()
            if number + 1 < len(task):
                annotator.press(Qt.Key.Key_D)
        window.close()
        seconds = time.perf_counter() - start
        busy = time.process_time() - busy
        right = sum(count_right(_saved(path, folder), b) for path, b in task.items())
        print(annotator.hand.told(seconds, busy, right))


def _correct(annotator: Annotator, boxes: list[Wanted]) -> None:
    """Reject what is not there, rename, draw what was missed, accept the rest."""
    annotator.click(NOTHING_THERE.corners)
    annotator.press(Qt.Key.Key_X)
    for wanted in boxes[:MISNAMED]:
        annotator.click(wanted.box)
        annotator.press(KEYS[wanted.label])
        annotator._label = wanted.label
    annotator.press(Qt.Key.Key_Escape)
    for wanted in boxes[FOUND:]:
        annotator.press(Qt.Key.Key_R)
        annotator.draw(wanted)
    annotator.press(Qt.Key.Key_A, held=Qt.KeyboardModifier.ControlModifier)
    annotator.press(Qt.Key.Key_Return)


def _proposed(boxes: list[Wanted]) -> list[Finding]:
    """Most of what is wanted, the first few misnamed, and one where nothing is."""
    others = {
        "restoration": "implant",
        "endodontic": "restoration",
        "implant": "endodontic",
    }
    found = [
        Finding(
            Box(*each.box),
            others[each.label] if index < MISNAMED else each.label,
            score=0.9,
        )
        for index, each in enumerate(boxes[:FOUND])
    ]
    return [*found, Finding(NOTHING_THERE, "restoration", score=0.6)]


def _is_open(window: MainWindow, path: Path, with_predictions: bool) -> bool:
    study = window.session.study
    if study is None or study.radiograph.path != path:
        return False
    return not with_predictions or window.detection.ready


def _saved(path: Path, user_folder: str) -> list[Wanted]:
    file = review_path(path, Path(user_folder) / "reviews")
    items = accepted_items(read_review(file)[0].review)
    return [
        Wanted(item.current.label, item.current.box.corners)
        for item in items
        if item.source is Source.DENTIST or not item.added
    ]


main()
