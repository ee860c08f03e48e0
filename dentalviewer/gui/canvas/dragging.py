"""What a drag on the radiograph is about, and what has become of it. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from PySide6.QtCore import QPointF

from dentalviewer.geometry import Box, Size
from dentalviewer.gui.canvas.marks import Mark
from dentalviewer.gui.canvas.shaping import Handle, moved_inside, resized, spanned
from dentalviewer.gui.canvas.viewport import Viewport


class DragKind(Enum):
    PAN = "pan"
    MOVE = "move"
    RESIZE = "resize"
    DRAW = "draw"
    WINDOW = "window"
    # A frame around what is to be selected.
    FRAME = "frame"


@dataclass(frozen=True, slots=True)
class Drag:
    """`start` is in points of the widget, `frame` and `boxes` in radiograph pixels.

    `marks` are those moved or resized, `boxes` what has become of them, by their id.
    `pressed` is the mark that is to be selected at once, `clicked` that which it is a
    click on if it never gets under way; `on_mark` tells that it began on one, that was
    perhaps selected only then.
    """

    kind: DragKind
    start: QPointF
    viewport: Viewport
    marks: tuple[Mark, ...] = ()
    handle: Handle | None = None
    pressed: Mark | None = None
    clicked: Mark | None = None
    on_mark: bool = False
    boxes: Mapping[int, Box] = field(default_factory=dict)
    frame: Box | None = None
    under_way: bool = False

    def to(self, position: QPointF, viewport: Viewport, size: Size) -> Drag:
        """The drag with the pointer at `position` of the widget."""
        start = viewport.to_radiograph(self.start.x(), self.start.y())
        end = viewport.to_radiograph(position.x(), position.y())
        if self.kind in (DragKind.DRAW, DragKind.FRAME):
            return replace(self, frame=spanned(start, end, size))
        dx, dy = end[0] - start[0], end[1] - start[1]
        if self.handle is not None:
            boxes = {m.item_id: resized(m.box, self.handle, dx, dy) for m in self.marks}
        else:
            boxes = {m.item_id: moved_inside(m.box, dx, dy, size) for m in self.marks}
        return replace(self, boxes=boxes)

    def shown(self, marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
        """The marks with those that are dragged where they are now."""
        return tuple(
            replace(mark, box=self.boxes[mark.item_id])
            if mark.item_id in self.boxes
            else mark
            for mark in marks
        )
