"""What the pointer means where it is: which marks lie there, what a press begins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from PySide6.QtCore import QPointF, Qt

from dentalviewer.gui.canvas.dragging import Drag, DragKind
from dentalviewer.gui.canvas.mark_layer import HANDLE_SIZE
from dentalviewer.gui.canvas.marks import Mark
from dentalviewer.gui.canvas.shaping import Handle, handle_at, marks_at
from dentalviewer.gui.canvas.viewport import Viewport

HIT_REACH = 3.0
_SHAPES = {
    (0, 0): Qt.CursorShape.SizeAllCursor,
    (0, 1): Qt.CursorShape.SizeVerCursor,
    (1, 0): Qt.CursorShape.SizeHorCursor,
    (1, 1): Qt.CursorShape.SizeFDiagCursor,
    (1, -1): Qt.CursorShape.SizeBDiagCursor,
}


class Tool(Enum):
    """What the left button does on the radiograph."""

    SELECT = "select"
    DRAW = "draw"


@dataclass(frozen=True, slots=True)
class SeenMarks:
    """The marks as they lie in the widget; positions are in its points."""

    marks: tuple[Mark, ...]
    selected: tuple[Mark, ...]
    viewport: Viewport

    def under(self, position: QPointF) -> list[Mark]:
        """The smallest first."""
        x, y = self.viewport.to_radiograph(position.x(), position.y())
        return marks_at(self.marks, x, y, reach=HIT_REACH / self.viewport.scale)

    def handle_under(self, position: QPointF) -> Handle | None:
        """Of the one box that is selected and free to be moved."""
        if len(self.selected) != 1 or self.selected[0].locked:
            return None
        box = self.viewport.box_to_widget(self.selected[0].box)
        # The middle of a small box stays free: there it is taken to be moved.
        reach = min(HANDLE_SIZE * 0.75, min(box.width, box.height) / 4)
        return handle_at(box, position.x(), position.y(), reach=reach)

    def following(self, clicked: Mark, position: QPointF) -> Mark:
        """Each click on boxes that lie on each other goes on to the next of them; one
        of several that are selected is first selected alone.
        """
        under = self.under(position)
        if len(self.selected) > 1 or clicked not in under:
            return clicked
        return under[(under.index(clicked) + 1) % len(under)]

    def drag_from(
        self, start: QPointF, button: Qt.MouseButton, tool: Tool, *, adding: bool
    ) -> Drag | None:
        """What a press begins; None for a button that does nothing."""
        view, under = self.viewport, self.under(start)
        if button is Qt.MouseButton.MiddleButton:
            return Drag(DragKind.PAN, start, view)
        if button is Qt.MouseButton.RightButton:
            known = not under or any(mark in self.selected for mark in under)
            pressed = None if known else under[0]
            return Drag(DragKind.WINDOW, start, view, pressed=pressed)
        if button is not Qt.MouseButton.LeftButton:
            return None
        if tool is Tool.DRAW:
            return Drag(DragKind.DRAW, start, view)
        if adding:
            return Drag(DragKind.FRAME, start, view, clicked=next(iter(under), None))
        handle = self.handle_under(start)
        if handle is not None:
            return Drag(DragKind.RESIZE, start, view, self.selected, handle)
        if not under:
            return Drag(DragKind.PAN, start, view)
        clicked = next((mark for mark in under if mark in self.selected), None)
        if clicked is None:
            return replace(_move(start, view, under[:1]), pressed=under[0])
        # They may be dragged by where another lies over them; a mere click goes on to
        # that other one, on release.
        return _move(start, view, self.selected, clicked)

    def cursor_at(self, position: QPointF) -> Qt.CursorShape:
        """That of the tool that selects."""
        handle = self.handle_under(position)
        if handle is not None:
            return _cursor_for(handle)
        under = self.under(position)
        if under and not under[0].locked:
            return Qt.CursorShape.SizeAllCursor
        return Qt.CursorShape.ArrowCursor


def _move(
    start: QPointF,
    viewport: Viewport,
    marks: Iterable[Mark],
    clicked: Mark | None = None,
) -> Drag:
    """Of those that are not locked; where all are, the radiograph is panned."""
    free = tuple(mark for mark in marks if not mark.locked)
    kind = DragKind.MOVE if free else DragKind.PAN
    return Drag(kind, start, viewport, free, clicked=clicked, on_mark=True)


def _cursor_for(handle: Handle) -> Qt.CursorShape:
    if handle.x < 0:
        handle = Handle(-handle.x, -handle.y)
    return _SHAPES[handle.x, handle.y if handle.x else abs(handle.y)]
