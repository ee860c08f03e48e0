"""The marks over a radiograph, painted: quickly enough to follow zoom and pan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from dentalviewer.geometry import Box, Size, around
from dentalviewer.gui.canvas.box_lines import Edges, Line, paint_boxes
from dentalviewer.gui.canvas.caption_painting import paint_placed
from dentalviewer.gui.canvas.captions import Caption, Placed, arrange, plate_area
from dentalviewer.gui.canvas.marks import DASHES, Mark
from dentalviewer.gui.canvas.shaping import HANDLES, handle_point
from dentalviewer.gui.canvas.viewport import Viewport
from dentalviewer.gui.widgets.palette import label_color
from dentalviewer.review import Source, Verdict

HANDLE_SIZE = 8.0
LEAST_HANDLE_SIZE = 4.0
DECIDED_OPACITY = 0.5
REJECTED_OPACITY = 0.5
# Of no class: it was said not to be there.
REJECTED_COLOR = QColor("#b8bec8")
BACKGROUND_OPACITY = 0.75
LINE_WIDTH = 1.6
SELECTED_LINE_WIDTH = 2.4
SHADOW = QColor(0, 0, 0, 150)
SHADOW_WIDTH = 0.8

_Look = tuple[str, Source, Verdict]


class MarkLayer:
    """What is selected lies above the others, and has handles if it is the only one.

    Captions keep their places until the scale changes, or what they keep clear of; then
    each stays in its spot beside its box if it can. `spots` are those that captions had
    before, by their items.
    """

    def __init__(
        self,
        marks: Iterable[Mark] = (),
        selected: Collection[int] = (),
        spots: Mapping[int, int] | None = None,
    ) -> None:
        self.marks = tuple(marks)
        self.selected = frozenset(selected)
        # Then what was accepted is what the radiograph shows, and no longer recedes.
        self._all_decided = all(
            mark.verdict is not Verdict.UNDECIDED for mark in self.marks
        )
        self._alike: dict[_Look, list[Mark]] = defaultdict(list)
        for mark in self.marks:
            if mark.item_id not in self.selected:
                self._alike[mark.label, mark.source, mark.verdict].append(mark)
        self._spots = dict(spots or {})
        self._captions: tuple[Caption, ...] = ()
        self._placed: tuple[Placed, ...] = ()
        self._clear: tuple[Box, ...] = ()
        self._within: Box | None = None
        self._placed_for: tuple[object, ...] = ()

    @property
    def selected_marks(self) -> tuple[Mark, ...]:
        return tuple(mark for mark in self.marks if mark.item_id in self.selected)

    def keep_clear(self, areas: Iterable[Box]) -> None:
        """Have captions leave these readable, in points from the radiograph's corner.

        That of the one selected is painted all the same.
        """
        self._clear = tuple(areas)

    def keep_within(self, area: Box | None) -> None:
        """Have captions lie there, if they may not lie anywhere."""
        self._within = area

    @property
    def plates(self) -> tuple[Box, ...]:
        """What the captions that were painted last cover, as for `keep_clear`."""
        return tuple(map(plate_area, self._placed))

    @property
    def spots(self) -> Mapping[int, int]:
        """Those of the captions that were painted last."""
        return self._spots

    def places(self, scale: float) -> tuple[Box, ...]:
        """What nothing should hide: all that is marked of each place, in points."""
        return tuple(self._places(scale).values())

    def paint(
        self, painter: QPainter, viewport: Viewport, sight: Size, *, opacity: float
    ) -> None:
        """Paint in widget coordinates, of which `sight` is what is seen."""
        for hint in (
            QPainter.RenderHint.Antialiasing,
            QPainter.RenderHint.SmoothPixmapTransform,
        ):
            painter.setRenderHint(hint, on=False)
        screen = _Screen(painter, viewport, sight)
        recede = bool(self.selected)
        for look, marks in self._alike.items():
            painter.setOpacity(self._opacity(look[2], opacity, recede=recede))
            screen.paint(marks, look, LINE_WIDTH)
        painter.setOpacity(1.0)
        for mark in self.selected_marks:
            look = mark.label, mark.source, mark.verdict
            screen.paint([mark], look, SELECTED_LINE_WIDTH)
            box = viewport.box_to_widget(mark.box)
            if mark.locked:
                _paint_lock(painter, QPointF(box.x_max, box.y_min))
            elif len(self.selected) == 1:
                _paint_handles(painter, box)
        self._arrange(viewport.scale)
        offset = viewport.x_offset, viewport.y_offset
        opacity = self._opacity(Verdict.UNDECIDED, opacity, recede=recede)
        paint_placed(
            painter, self._captions, self._placed, offset=offset, opacity=opacity
        )
        painter.setOpacity(1.0)

    def _arrange(self, scale: float) -> None:
        font_name = QFont().toString()
        wanted = scale, font_name, self._clear, self._within
        if wanted == self._placed_for:
            return
        # What was rejected has a place only where nothing else is marked there.
        others = self._places(scale)
        places = _boxes_of_places(self.marks, scale) | others
        # Of several there is no room to say all of each.
        chosen = self.selected if len(self.selected) == 1 else ()
        speaking = [
            mark
            for mark in reversed(self.marks)
            if mark.item_id in self.selected or self._speaks(mark.verdict)
            if mark.caption
        ]
        self._captions = tuple(
            _caption(mark, places[mark.speaker], chosen=mark.item_id in chosen)
            for mark in speaking
        )
        before = {
            index: self._spots[mark.item_id]
            for index, mark in enumerate(speaking)
            if mark.item_id in self._spots
        }
        self._placed = arrange(
            self._captions,
            tuple(others.values()),
            font_name,
            self._clear,
            before,
            self._within,
        )
        self._spots = {speaking[p.caption].item_id: p.spot for p in self._placed}
        self._placed_for = wanted

    def _places(self, scale: float) -> dict[int, Box]:
        there = (m for m in self.marks if m.verdict is not Verdict.REJECTED)
        return _boxes_of_places(there, scale)

    def _speaks(self, verdict: Verdict) -> bool:
        """What is decided is silent, so that what is left to do stands out."""
        if verdict is Verdict.ACCEPTED:
            return self._all_decided
        return verdict is Verdict.UNDECIDED

    def _opacity(self, verdict: Verdict, opacity: float, *, recede: bool) -> float:
        """What is decided recedes, as does all but the selected mark."""
        if verdict is Verdict.REJECTED:
            opacity *= REJECTED_OPACITY
        elif not self._speaks(verdict):
            opacity *= DECIDED_OPACITY
        return opacity * BACKGROUND_OPACITY if recede else opacity


class _Screen:
    """Paints boxes in the pixels of the screen, `ratio` of which make up a point."""

    def __init__(self, painter: QPainter, viewport: Viewport, sight: Size) -> None:
        self.ratio = painter.device().devicePixelRatioF()
        self._painter = painter
        self._scale = viewport.scale * self.ratio
        self._offset = viewport.x_offset * self.ratio, viewport.y_offset * self.ratio
        self._sight = (
            round(sight.width * self.ratio) + 1,
            round(sight.height * self.ratio) + 1,
        )

    def paint(self, marks: Iterable[Mark], look: _Look, width: float) -> None:
        """Paint marks that look alike, with lines `width` points wide."""
        label, source, verdict = look
        edges = [self._edges(mark.box) for mark in marks]
        thick = max(1, round(width * self.ratio))
        dashes = None
        if source is Source.DETECTOR:
            drawn, left_out = (round(part * width * self.ratio) for part in DASHES)
            dashes = drawn, left_out
        # A dark line below keeps the coloured one visible on bright metal.
        shadow = thick + 2 * max(1, round(SHADOW_WIDTH * self.ratio))
        painter = self._painter
        painter.save()
        painter.scale(1 / self.ratio, 1 / self.ratio)
        paint_boxes(painter, edges, Line(SHADOW.rgba(), shadow), self._sight)
        rejected = verdict is Verdict.REJECTED
        color = (REJECTED_COLOR if rejected else label_color(label)).rgba()
        paint_boxes(painter, edges, Line(color, thick, dashes), self._sight)
        if rejected:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
            painter.setPen(QPen(REJECTED_COLOR, width * self.ratio))
            for left, top, right, bottom in edges:
                painter.drawLine(left, top, right, bottom)
        painter.restore()

    def _edges(self, box: Box) -> Edges:
        scale, (x, y) = self._scale, self._offset
        return (
            round(box.x_min * scale + x),
            round(box.y_min * scale + y),
            round(box.x_max * scale + x),
            round(box.y_max * scale + y),
        )


def _boxes_of_places(marks: Iterable[Mark], scale: float) -> dict[int, Box]:
    """By the item whose caption the place has."""
    boxes: dict[int, list[Box]] = defaultdict(list)
    for mark in marks:
        boxes[mark.speaker].append(mark.box)
    return {
        speaker: around(marked).scaled(scale, scale)
        for speaker, marked in boxes.items()
    }


def _caption(mark: Mark, box: Box, *, chosen: bool) -> Caption:
    texts = tuple(filter(None, (mark.caption, mark.brief)))
    if chosen:
        told = f"{mark.caption} ({mark.outcome})" if mark.outcome else mark.caption
        texts = tuple(dict.fromkeys((told, *texts)))
    # The detector's above, the dentist's below, so that the two do not collide.
    above = mark.source is Source.DETECTOR
    return Caption(texts, mark.label, box, above, chosen)


def _paint_handles(painter: QPainter, box: Box) -> None:
    painter.setPen(QPen(QColor(0, 0, 0), 1.0))
    painter.setBrush(QColor(255, 255, 255))
    # Handles must not hide what a small box is about.
    side = min(HANDLE_SIZE, max(min(box.width, box.height) / 4, LEAST_HANDLE_SIZE))
    for handle in HANDLES:
        x, y = handle_point(box, handle)
        if side == HANDLE_SIZE or (handle.x and handle.y):
            painter.drawRect(QRectF(x - side / 2, y - side / 2, side, side))


def _paint_lock(painter: QPainter, corner: QPointF) -> None:
    """A small padlock at the upper right corner of a box, half outside it."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
    painter.translate(corner)
    painter.setBrush(QColor(0, 0, 0, 200))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawRoundedRect(QRectF(-8, -9, 16, 18), 3, 3)
    painter.setPen(QPen(QColor(255, 255, 255), 1.6))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(QRectF(-3, -6, 6, 8), 0, 180 * 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(255, 255, 255))
    painter.drawRoundedRect(QRectF(-4.5, -1.5, 9, 7), 1, 1)
    painter.restore()
