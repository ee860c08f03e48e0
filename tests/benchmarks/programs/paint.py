"""Pans and zooms over a sample with 200 boxes; prints how long each frame took."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator

from PySide6.QtCore import QEventLoop, QPointF
from PySide6.QtWidgets import QApplication

from dentalviewer.detector import Detection, DetectionSettings
from dentalviewer.geometry import Box
from dentalviewer.gui.app import make_app, make_window
from dentalviewer.gui.window.main_window import MainWindow
from dentalviewer.labels import KNOWN_LABELS
from dentalviewer.resources import samples_folder
from dentalviewer.study import Finding
from tests.scripted_detector import IDENTITY, ScriptedCatalogue

FRAMES = 200
SAMPLE = "vott-v1/sample-1.png"


def main() -> None:
    app = make_app()
    window = make_window(ScriptedCatalogue({}))
    window.resize(1920, 1080)
    window.show()
    window.opening.open_radiograph(samples_folder() / SAMPLE)

    def settled() -> bool:
        return window.session.study is not None and not window.sides.busy

    while window.opening.busy or not settled():
        app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    _draw_boxes(window)
    canvas = window.canvas
    assert len(canvas.marks) >= 200
    app.processEvents()
    middle = QPointF(canvas.width() / 2, canvas.height() / 2)
    # In and out again, between the whole radiograph and a tooth or two.
    zoom = _frames(app, lambda t: canvas.zoom(1.0 + 0.06 * math.cos(t), middle))
    canvas.fit()
    canvas.zoom(2.0, middle)
    pan = _frames(app, lambda t: canvas.pan(9 * math.cos(t), 5 * math.sin(t)))
    size = f"{canvas.width()} x {canvas.height()} points"
    print(json.dumps({"pan": pan, "zoom": zoom, "canvas": size}))
    window.close()


def _frames(app: QApplication, move: Callable[[float], None]) -> list[float]:
    """Milliseconds from each movement until its frame is painted."""
    took = []
    for index in range(FRAMES):
        start = time.perf_counter()
        move(2 * math.pi * index / FRAMES * 2)
        app.processEvents()
        took.append((time.perf_counter() - start) * 1000)
    return took


def _draw_boxes(window: MainWindow) -> None:
    """100 by the dentist, and 100 by the detector that differ from them."""
    dentist = tuple(Finding(box, label) for box, label in _places(shift=0.0))
    window.session.propose_annotations(dentist, ())
    detector = tuple(
        Finding(box, label, score=0.9 - 0.001 * index)
        for index, (box, label) in enumerate(_places(shift=12.0))
    )
    settings = DetectionSettings(nms_iou=1.0, max_findings=len(detector))
    window.session.propose(Detection(IDENTITY, settings, detector))


def _places(*, shift: float) -> Iterator[tuple[Box, str]]:
    for row in range(5):
        for column in range(20):
            x, y = 150 + column * 130 + shift, 200 + row * 200 + shift
            label = KNOWN_LABELS[(row + column) % len(KNOWN_LABELS)]
            yield Box(x, y, x + 100, y + 150), label


main()
