"""What the pointer does on the radiograph, told in its own pixels."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dentalviewer.geometry import Box
from dentalviewer.gui.canvas.canvas import Canvas
from dentalviewer.gui.canvas.marks import Mark
from dentalviewer.gui.canvas.pointing import Tool
from dentalviewer.gui.canvas.radiograph_image import RadiographImage
from dentalviewer.gui.canvas.radiograph_part import RadiographPart
from dentalviewer.review import Source, Verdict

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
BOX = Box(300, 150, 420, 250)
INNER = Box(340, 180, 380, 220)


def mark(item_id: int, box: Box) -> Mark:
    return Mark(
        item_id, box, "implant", Source.DETECTOR, Verdict.UNDECIDED, "implant 80 %"
    )


@pytest.fixture
def canvas(qtbot: QtBot) -> Canvas:
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(1024, 524)  # 1000 x 500 pixels fit it one to one, 12 points inside.
    canvas.show()
    canvas.show_radiograph(RadiographImage(np.zeros((500, 1000), np.uint8)))
    canvas.show_marks([mark(1, BOX)], selected=())
    return canvas


def at(canvas: Canvas, x: float, y: float) -> QPoint:
    return QPointF(*canvas.viewport.to_widget(x, y)).toPoint()


def drag(
    canvas: Canvas, points: Iterable[tuple[float, float]], button: Qt.MouseButton = LEFT
) -> None:
    places = [at(canvas, *point) for point in points]
    QTest.mousePress(canvas, button, pos=places[0])
    for place in places[1:]:
        QTest.mouseMove(canvas, place)
    QTest.mouseRelease(canvas, button, pos=places[-1])


def test_a_drag_moves_a_box_once(canvas: Canvas, qtbot: QtBot) -> None:
    told: list[dict[int, Box]] = []
    canvas.boxes_dragged.connect(told.append)
    drag(canvas, [(360, 200), (380, 210), (400, 230)])

    assert told == [{1: BOX.moved(40, 30)}]


def test_a_click_that_trembles_moves_nothing(canvas: Canvas, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(canvas.boxes_dragged):
        drag(canvas, [(360, 200), (361, 201)])


def test_a_corner_is_dragged(canvas: Canvas) -> None:
    told: list[dict[int, Box]] = []
    canvas.boxes_dragged.connect(told.append)
    canvas.show_marks([mark(1, BOX)], selected={1})
    drag(canvas, [(420, 250), (440, 260), (450, 270)])

    assert told == [{1: Box(300, 150, 450, 270)}]


def test_a_small_box_can_still_be_moved_when_it_is_selected(canvas: Canvas) -> None:
    told: list[dict[int, Box]] = []
    canvas.boxes_dragged.connect(told.append)
    small = Box(300, 150, 312, 162)
    canvas.show_marks([mark(1, small)], selected={1})
    drag(canvas, [(306, 156), (320, 160), (346, 176)])

    assert told == [{1: small.moved(40, 20)}]


def test_escape_lets_go_of_a_drag(canvas: Canvas, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(canvas.boxes_dragged):
        QTest.mousePress(canvas, LEFT, pos=at(canvas, 360, 200))
        QTest.mouseMove(canvas, at(canvas, 400, 240))
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        QTest.mouseRelease(canvas, LEFT, pos=at(canvas, 400, 240))


def test_clicks_go_through_boxes_that_lie_on_each_other(canvas: Canvas) -> None:
    clicked: list[int] = []
    canvas.mark_clicked.connect(clicked.append)
    marks = [mark(1, BOX), mark(2, INNER)]
    canvas.mark_clicked.connect(lambda i: canvas.show_marks(marks, selected={i}))
    canvas.show_marks(marks, selected=())
    for _ in range(3):
        QTest.mouseClick(canvas, LEFT, pos=at(canvas, 360, 200))

    assert clicked == [2, 1, 2]


def test_a_selected_box_is_dragged_by_where_another_lies_over_it(
    canvas: Canvas,
) -> None:
    dragged: list[int] = []
    canvas.boxes_dragged.connect(lambda boxes: dragged.extend(boxes))
    canvas.show_marks([mark(1, BOX), mark(2, INNER)], selected={1})
    drag(canvas, [(370, 200), (390, 220)])

    assert dragged == [1]


def test_a_box_is_drawn_and_ends_at_the_edge(canvas: Canvas) -> None:
    drawn: list[Box] = []
    canvas.box_drawn.connect(drawn.append)
    canvas.set_tool(Tool.DRAW)
    drag(canvas, [(950, 450), (980, 480), (1010, 505)])

    assert drawn == [Box(950, 450, 1000, 500)]


def test_the_right_button_drags_the_window_and_clicks_the_menu(
    canvas: Canvas, qtbot: QtBot
) -> None:
    moved: list[tuple[float, float]] = []
    canvas.window_dragged.connect(lambda dx, dy: moved.append((dx, dy)))
    with qtbot.assertNotEmitted(canvas.menu_requested):
        drag(canvas, [(100, 100), (130, 80)], RIGHT)
    assert moved == [(30, -20)]
    with qtbot.waitSignals([canvas.menu_requested, canvas.mark_clicked]):
        drag(canvas, [(360, 200)], RIGHT)


def test_the_wheel_zooms_where_the_pointer_is(canvas: Canvas) -> None:
    pointer = QPointF(at(canvas, 700, 100))
    before = canvas.viewport.to_radiograph(pointer.x(), pointer.y())
    event = QWheelEvent(
        pointer,
        canvas.mapToGlobal(pointer),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)

    assert canvas.viewport.scale == pytest.approx(1.44)
    assert canvas.viewport.to_radiograph(pointer.x(), pointer.y()) == pytest.approx(
        before
    )


def test_beside_the_boxes_the_radiograph_is_panned(canvas: Canvas) -> None:
    canvas.zoom(2)
    x = canvas.viewport.x_offset
    QTest.mousePress(canvas, LEFT, pos=QPoint(100, 20))
    QTest.mouseMove(canvas, QPoint(150, 20))
    QTest.mouseRelease(canvas, LEFT, pos=QPoint(150, 20))

    assert canvas.viewport.x_offset == x + 50


def test_what_is_in_sight_does_not_move_when_it_is_selected(canvas: Canvas) -> None:
    before = canvas.viewport
    canvas.reveal(BOX)
    assert canvas.viewport == before
    canvas.zoom(8)
    canvas.reveal(Box(10, 10, 20, 20))
    x, y = canvas.viewport.to_widget(15, 15)
    assert (x, y) == (512, 262)


def test_a_part_of_a_radiograph_has_each_pixel_that_an_enlarged_screen_can_show(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As screens of Macs are, and those of Windows at 125 % and more."""
    stripes = np.zeros((400, 800), np.uint8)
    stripes[:, ::2] = 255
    Image.fromarray(stripes).save(tmp_path / "stripes.png")
    part = RadiographPart()
    qtbot.addWidget(part)
    part.resize(400, 300)
    part.show_part(tmp_path / "stripes.png", Box(240, 80, 560, 320), ())
    qtbot.waitUntil(lambda: part.is_shown)
    monkeypatch.setattr(RadiographPart, "devicePixelRatioF", lambda _: 2.0)
    screen = QImage(800, 600, QImage.Format.Format_RGB32)
    screen.setDevicePixelRatio(2)

    part.render(screen)

    seen = [screen.pixelColor(x, 300).lightness() for x in range(350, 450)]
    assert max(seen) - min(seen) > 200
    part.stop()
