"""Marks over the radiograph: who said it by line style, what it is by colour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from dentalviewer.geometry import Box
from dentalviewer.gui.caption_plates import Caption, paint_captions
from dentalviewer.gui.palette import label_color
from dentalviewer.gui.shaping import HANDLES, handle_point
from dentalviewer.gui.viewport import Viewport
from dentalviewer.review import ReviewItem, Source, Verdict
from dentalviewer.tooth_assignment import Placing

_NOWHERE = Placing()
# Of the detector's lines, in widths of the line: drawn, and left out.
DASHES = [4.0, 2.5]
HANDLE_SIZE = 8.0
LEAST_HANDLE_SIZE = 4.0
DECIDED_OPACITY = 0.5
REJECTED_OPACITY = 0.4
BACKGROUND_OPACITY = 0.75


@dataclass(frozen=True, slots=True)
class Mark:
    """A box as drawn; `box` is in pixels of the radiograph.

    `brief` stands for the caption where there is no room for it. No pointer moves a
    `locked` one.
    """

    item_id: int
    box: Box
    label: str
    source: Source
    verdict: Verdict
    caption: str
    brief: str = ""
    locked: bool = False


def mark_of(
    item: ReviewItem,
    placing: Placing = _NOWHERE,
    *,
    captioned: bool = True,
    locked: bool = False,
) -> Mark:
    """`captioned` is False where another mark of the same place says it already."""
    finding = item.current
    caption = caption_of(item, placing) if captioned else ""
    brief = caption_of(item, placing, named=False) if captioned else ""
    return Mark(
        item.id,
        finding.box,
        finding.label,
        item.source,
        item.verdict,
        caption,
        brief,
        locked,
    )


def caption_of(
    item: ReviewItem, placing: Placing = _NOWHERE, *, named: bool = True
) -> str:
    """Tooth, class in its short form, and percent, as far as there are any.

    Without the class unless it is `named`: its colour tells it.
    """
    finding = item.current
    tooth = str(placing) or ("" if finding.tooth is None else str(finding.tooth))
    score = "" if finding.score is None else f"{finding.score:.0%}"
    label = finding.label if named else ""
    return " ".join(filter(None, (tooth, label, score)))


def pen_for(label: str, source: Source, width: float) -> QPen:
    """Colour by class; solid for the dentist, dashed for the detector."""
    pen = QPen(label_color(label), width)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    if source is Source.DETECTOR:
        pen.setDashPattern(DASHES)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def paint_marks(
    painter: QPainter,
    marks: Iterable[Mark],
    viewport: Viewport,
    *,
    selected: Collection[int],
    opacity: float,
) -> None:
    """Paint in widget coordinates; what is selected comes last, one with handles."""
    # Upright lines need no smoothing: they are sharper without, and painted in a fifth
    # of the time.
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    shown = [(mark, viewport.box_to_widget(mark.box)) for mark in marks]
    alike: dict[tuple[str, Source, Verdict], list[QRectF]] = defaultdict(list)
    for mark, box in shown:
        if mark.item_id not in selected:
            alike[mark.label, mark.source, mark.verdict].append(_rect(box))
    # Those that look alike go to the painter together, which is much faster.
    for (label, source, verdict), rects in alike.items():
        painter.setOpacity(_opacity(verdict, opacity, recede=bool(selected)))
        _paint_boxes(painter, rects, pen_for(label, source, 1.6), 3.2, verdict)
    for mark, box in shown:
        if mark.item_id in selected:
            painter.setOpacity(1.0)
            _paint_selected(painter, mark, box, alone=len(selected) == 1)
    opacity = _opacity(Verdict.UNDECIDED, opacity, recede=bool(selected))
    _paint_captions(painter, [m for m, _ in shown], viewport, selected, opacity)
    painter.setOpacity(1.0)


def _paint_captions(
    painter: QPainter,
    marks: list[Mark],
    viewport: Viewport,
    selected: Collection[int],
    opacity: float,
) -> None:
    scale = viewport.scale
    captions = tuple(
        # Of several there is no room to say all of each.
        _caption(mark, scale, chosen=mark.item_id in selected and len(selected) == 1)
        for mark in reversed(marks)
        # What is decided is silent, so that what is left to do stands out.
        if mark.item_id in selected or mark.verdict is Verdict.UNDECIDED
        if mark.caption
    )
    boxes = tuple(
        mark.box.scaled(scale, scale)
        for mark in marks
        # Where one place has two marks, that without a caption is no other finding.
        if mark.caption and mark.verdict is not Verdict.REJECTED
    )
    offset = viewport.x_offset, viewport.y_offset
    paint_captions(painter, captions, boxes, offset=offset, opacity=opacity)


def _caption(mark: Mark, scale: float, *, chosen: bool) -> Caption:
    texts = tuple(filter(None, (mark.caption, mark.brief)))
    if chosen:
        decided = mark.verdict is not Verdict.UNDECIDED
        texts = (f"{mark.caption} ({mark.verdict})" if decided else mark.caption,)
    # The detector's above, the dentist's below, so that the two do not collide.
    above = mark.source is Source.DETECTOR
    return Caption(texts, mark.label, mark.box.scaled(scale, scale), above, chosen)


def paint_new_box(painter: QPainter, box: Box, viewport: Viewport, label: str) -> None:
    painter.setPen(pen_for(label, Source.DENTIST, 2.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(_rect(viewport.box_to_widget(box)))


def paint_frame(painter: QPainter, box: Box, viewport: Viewport) -> None:
    """Around what is to be selected."""
    painter.setPen(QPen(QColor(255, 255, 255, 220), 1.0, Qt.PenStyle.DashLine))
    painter.setBrush(QColor(255, 255, 255, 30))
    painter.drawRect(_rect(viewport.box_to_widget(box)))


def paint_tooth_outline(painter: QPainter, box: Box, viewport: Viewport) -> None:
    """A dotted outline, unlike that of any finding."""
    for color, width in ((QColor(0, 0, 0, 160), 3.0), (QColor("#ffffff"), 1.4)):
        pen = QPen(color, width, Qt.PenStyle.DotLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(_rect(viewport.box_to_widget(box)), 5, 5)


def _opacity(verdict: Verdict, opacity: float, *, recede: bool) -> float:
    """What is decided recedes, as does all but the selected mark, if there is one."""
    if verdict is Verdict.REJECTED:
        opacity *= REJECTED_OPACITY
    elif verdict is Verdict.ACCEPTED:
        opacity *= DECIDED_OPACITY
    return opacity * BACKGROUND_OPACITY if recede else opacity


def _paint_boxes(
    painter: QPainter,
    rects: list[QRectF],
    pen: QPen,
    shadow_width: float,
    verdict: Verdict,
) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # A dark line below keeps the coloured one visible on bright metal.
    painter.setPen(QPen(QColor(0, 0, 0, 150), shadow_width))
    painter.drawRects(rects)
    if pen.style() is Qt.PenStyle.CustomDashLine:
        _paint_dashed(painter, rects, pen)
    else:
        painter.setPen(pen)
        painter.drawRects(rects)
    if verdict is Verdict.REJECTED:
        painter.setPen(pen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
        for rect in rects:
            painter.drawLine(rect.topLeft(), rect.bottomRight())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def _paint_dashed(painter: QPainter, rects: list[QRectF], pen: QPen) -> None:
    """As the pen would, by lines of one device pixel in each other.

    Qt dashes those in a third of the time that it takes for a wide pen.
    """
    device_pixel = 1 / painter.device().devicePixelRatioF()
    thin = QPen(pen.color(), 0)
    thin.setDashPattern([part * pen.widthF() / device_pixel for part in DASHES])
    thin.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(thin)
    lines = max(1, round(pen.widthF() / device_pixel))
    for line in range(lines):
        inset = (line - (lines - 1) / 2) * device_pixel
        painter.drawRects([r.adjusted(inset, inset, -inset, -inset) for r in rects])


def _paint_selected(painter: QPainter, mark: Mark, box: Box, *, alone: bool) -> None:
    """Over all others; with its handles if it is the only one."""
    pen = pen_for(mark.label, mark.source, 2.4)
    _paint_boxes(painter, [_rect(box)], pen, 4.0, mark.verdict)
    if mark.locked:
        _paint_lock(painter, QPointF(box.x_max, box.y_min))
        return
    if not alone:
        return
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


def _rect(box: Box) -> QRectF:
    return QRectF(QPointF(box.x_min, box.y_min), QPointF(box.x_max, box.y_max))
