"""A dentist at the program: real keys, a real mouse, a real window off screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from dentalviewer import cli
from dentalviewer.geometry import Box
from dentalviewer.gui.batch.batch_bar import BatchBar
from dentalviewer.gui.window.main_window import MainWindow
from dentalviewer.review import ReviewItem, Source

LEFT = Qt.MouseButton.LeftButton
PATIENCE_MS = 5_000


@dataclass
class Dentist:
    window: MainWindow
    qtbot: QtBot

    def open_folder(self, folder: Path) -> BatchBar:
        """With 1.png examined, the first; what is returned tells of the others."""
        self.window.open([folder])
        self.wait_for_radiograph("1.png")
        self.wait_for_detector()
        bar = self.window.findChild(BatchBar)
        assert isinstance(bar, BatchBar)
        return bar

    # Waiting

    def wait_until(self, condition: Callable[[], object]) -> None:
        def holds() -> bool:
            return bool(condition())

        self.qtbot.waitUntil(holds, timeout=PATIENCE_MS)

    def wait_for_radiograph(self, name: str) -> None:
        self.wait_until(lambda: self.open_name == name)

    def wait_for_detector(self) -> None:
        self.wait_until(lambda: self.window.detection.ready)

    def wait_until_saved(self) -> None:
        self.wait_until(lambda: not self.window.autosave.unsaved)

    # Seeing

    @property
    def open_name(self) -> str:
        study = self.window.session.study
        return study.radiograph.path.name if study is not None else ""

    @property
    def to_decide(self) -> str:
        return self.window.side.heading.text

    @property
    def messages(self) -> str:
        return "\n".join(self.window.message_bar.messages)

    @property
    def news(self) -> str:
        """What the bar above the radiograph says."""
        bar = self.window.message_bar
        return bar.text if bar.isVisible() else ""

    @property
    def selected(self) -> ReviewItem:
        item = self.window.desk.selected
        assert item is not None, "nothing is selected"
        return item

    def items(self, source: Source) -> list[ReviewItem]:
        return [i for i in self.window.session.review.items if i.source is source]

    def verdicts(self) -> list[str]:
        return [str(item.verdict) for item in self.window.session.review.items]

    def shown_sources(self) -> set[Source]:
        """Whose boxes are on the radiograph."""
        return {mark.source for mark in self.window.canvas.marks}

    # Doing

    def press(self, *keys: str) -> None:
        """Press keys, such as "N" or "Ctrl+Z", wherever the focus is."""
        for key in keys:
            combination = QKeySequence(key)[0]
            QTest.keyClick(
                self._focus, combination.key(), combination.keyboardModifiers()
            )

    def choose(self, action: str) -> None:
        """Choose an entry of the menus."""
        assert self.window.commands.actions[action].isEnabled(), f"{action} is grey"
        self.window.commands.actions[action].trigger()

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag with the left button between two points of the radiograph."""
        canvas = self.window.canvas
        begin, finish = self._point(start), self._point(end)
        QTest.mousePress(canvas, LEFT, pos=begin)
        for step in (0.3, 0.7, 1.0):
            QTest.mouseMove(canvas, begin + (finish - begin) * step)
        QTest.mouseRelease(canvas, LEFT, pos=finish)

    def click(self, point: tuple[float, float]) -> None:
        QTest.mouseClick(self.window.canvas, LEFT, pos=self._point(point))

    def _point(self, point: tuple[float, float]) -> QPoint:
        x, y = self.window.canvas.viewport.to_widget(*point)
        return QPoint(round(x), round(y))

    @property
    def _focus(self) -> QWidget:
        return self.window.focusWidget() or self.window


def use_program(
    script: Callable[[Dentist], None],
    typed: Sequence[str],
    *,
    qtbot: QtBot,
) -> int:
    """Start the program as typed, do what the script says in its window, close it.

    Returns the exit status; raises what the script raised.
    """
    raised: list[BaseException] = []

    def act() -> None:
        (window,) = (
            w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)
        )
        try:
            # The screen there is without a display is smaller than any in a practice.
            window.resize(1440, 860)
            window.activateWindow()
            qtbot.waitUntil(window.isActiveWindow)
            script(Dentist(window, qtbot))
        except BaseException as error:
            raised.append(error)
        finally:
            # The last window to close ends the program; one that stays open must not
            # keep the test from ending.
            if not window.close():
                QApplication.quit()

    QTimer.singleShot(0, act)
    # The script sees it, though Qt paints it for nobody.
    with patch("dentalviewer.gui.app.is_seen", return_value=True):
        status = cli.main(typed)
    if raised:
        raise raised[0]
    return status


def near(box: Box, *, dx: float = 0, dy: float = 0) -> tuple[float, float]:
    """A point of the box: its middle, or beside it by pixels of the radiograph."""
    x, y = box.center
    return x + dx, y + dy
