"""Marks findings in labelme's window with keys and a mouse; prints the effort.

Run by labelme's Python. The first argument is the task; with "list" as the second the
class is chosen in labelme's list, else in the dialog that it shows for each box.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from labelme.app import MainWindow  # type: ignore[import-not-found]
from labelme.config import get_user_config_file  # type: ignore[import-not-found]
from loguru import logger  # type: ignore[import-not-found]
from PyQt5 import QtCore, QtWidgets  # type: ignore[import-not-found]
from PyQt5.QtTest import QTest  # type: ignore[import-not-found]

from tests.benchmarks.annotator import LABELS, Hand, Wanted, count_right, read_task

LEFT = QtCore.Qt.LeftButton


class Annotator:
    def __init__(self, app: object, window: MainWindow, *, from_list: bool) -> None:
        self.hand = Hand()
        self._window = window
        self._canvas = window._canvas_widgets.canvas
        self._from_list = from_list
        self._label = ""

    def press(self, key: int, held: int = QtCore.Qt.NoModifier) -> None:
        # Off screen no window manager gives the keys back after a dialog.
        self._window.activateWindow()
        QTest.qWait(1)
        QTest.keyClick(self._canvas, key, held)
        self.hand.key(1 if held == QtCore.Qt.NoModifier else 2)

    def draw(self, wanted: Wanted) -> None:
        changed = wanted.label != self._label
        self._label = wanted.label
        if self._from_list and changed:
            self._choose(wanted.label)
        x_min, y_min, x_max, y_max = wanted.box
        start, end = self._point(x_min, y_min), self._point(x_max, y_max)
        self._click(self._canvas, start)
        QTest.mouseMove(self._canvas, end)
        if not self._from_list:
            QtCore.QTimer.singleShot(0, lambda: self._name(wanted.label, changed))
        self._click(self._canvas, end)

    def _name(self, label: str, changed: bool) -> None:
        """The class used last stands there; the first letter completes another."""
        dialog, edit = self._window._label_dialog, self._window._label_dialog.edit
        if not dialog.isVisible():
            # It comes in the midst of the click that ends a box.
            QtCore.QTimer.singleShot(1, lambda: self._name(label, changed))
            return
        if changed:
            # As it is on a screen, where the dialog has the focus by now.
            edit.selectAll()
            QTest.keyClicks(edit, label[0])
            self.hand.key()
        # Where a class was completed, the first only takes it.
        while dialog.isVisible():
            QTest.keyClick(edit, QtCore.Qt.Key_Return)
            self.hand.key()

    def _choose(self, label: str) -> None:
        names = self._window._docks.unique_label_list
        (item,) = (
            names.item(row)
            for row in range(names.count())
            if names.item(row).data(QtCore.Qt.UserRole) == label
        )
        self._click(names.viewport(), names.visualItemRect(item).center())

    def _click(self, widget: QtWidgets.QWidget, point: QtCore.QPoint) -> None:
        there = widget.mapTo(self._window, point)
        self.hand.point(there.x(), there.y())
        self.hand.press()
        self.hand.release()
        QTest.mouseMove(widget, point)
        QTest.mouseClick(widget, LEFT, QtCore.Qt.NoModifier, point)

    def _point(self, x: float, y: float) -> QtCore.QPoint:
        origin = self._canvas._compute_image_origin_offset()
        return ((QtCore.QPointF(x, y) + origin) * self._canvas.scale).toPoint()


def main() -> None:
    task = read_task(Path(sys.argv[2]))
    from_list = "list" in sys.argv
    # As it is set by labelme's own main(), but for the terminal.
    logger.remove()
    app = QtWidgets.QApplication(sys.argv[:1])
    window = MainWindow(
        config_file=Path(get_user_config_file()),
        config_overrides={
            "labels": list(LABELS),
            "display_label_popup": not from_list,
        },
        file_or_dir=None,
        output_dir=None,
    )
    window.resize(1440, 860)
    window.show()
    window.activateWindow()
    app.processEvents()
    annotator = Annotator(app, window, from_list=from_list)
    start, busy = time.perf_counter(), time.process_time()
    window._import_images_from_dir(str(next(iter(task)).parent))
    window._open_next_image()
    app.processEvents()
    for number, (path, boxes) in enumerate(task.items()):
        assert Path(window._image_path) == path, window._image_path
        if number == 0:
            annotator.press(QtCore.Qt.Key_R, QtCore.Qt.ControlModifier)
        for wanted in boxes:
            annotator.draw(wanted)
        app.processEvents()
        if number + 1 < len(task):
            annotator.press(QtCore.Qt.Key_D)
            app.processEvents()
    window.close()
    seconds = time.perf_counter() - start
    busy = time.process_time() - busy
    right = sum(count_right(_saved(path), boxes) for path, boxes in task.items())
    print(annotator.hand.told(seconds, busy, right))


def _saved(path: Path) -> list[Wanted]:
    shapes = json.loads(path.with_suffix(".json").read_text())["shapes"]
    return [
        Wanted(
            shape["label"],
            (
                min(x for x, _ in shape["points"]),
                min(y for _, y in shape["points"]),
                max(x for x, _ in shape["points"]),
                max(y for _, y in shape["points"]),
            ),
        )
        for shape in shapes
    ]


main()
