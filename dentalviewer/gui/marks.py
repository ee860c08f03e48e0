"""Marks over the radiograph: who said it by line style, what it is by colour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from dentalviewer.geometry import Box
from dentalviewer.gui.palette import label_color
from dentalviewer.gui.shaping import HANDLES, handle_point
from dentalviewer.gui.viewport import Viewport
from dentalviewer.review import ReviewItem, Source, Verdict

HANDLE_SIZE = 8.0
CAPTION_POINT_SIZE = 9.0
DECIDED_OPACITY = 0.5
REJECTED_OPACITY = 0.4
BACKGROUND_OPACITY = 0.75


@dataclass(frozen=True, slots=True)
class Mark:
    """A box as drawn; `box` is in pixels of the radiograph."""

    item_id: int
    box: Box
    label: str
    source: Source
    verdict: Verdict
    caption: str


def mark_of(item: ReviewItem, *, captioned: bool = True) -> Mark:
    """`captioned` is False where another mark of the same place says it already."""
    finding = item.current
    caption = caption_of(item) if captioned else ""
    return Mark(item.id, finding.box, finding.label, item.source, item.verdict, caption)


def caption_of(item: ReviewItem) -> str:
    """Tooth, class in its short form, and percent, as far as there are any."""
    finding = item.current
    tooth = "" if finding.tooth is None else str(finding.tooth)
    score = "" if finding.score is None else f"{finding.score:.0%}"
    return " ".join(filter(None, (tooth, finding.label, score)))


def pen_for(label: str, source: Source, width: float) -> QPen:
    """Colour by class; solid for the dentist, dashed for the detector."""
    pen = QPen(label_color(label), width)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    if source is Source.DETECTOR:
        pen.setDashPattern([4.0, 2.5])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def paint_marks(
    painter: QPainter,
    marks: Iterable[Mark],
    viewport: Viewport,
    *,
    selected: int | None,
    opacity: float,
) -> None:
    """Paint in widget coordinates; the selected mark comes last, with its handles."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = QFont(painter.font())
    font.setPointSizeF(CAPTION_POINT_SIZE)
    painter.setFont(font)
    ordered = sorted(marks, key=lambda mark: mark.item_id == selected)
    for mark in ordered:
        painter.setOpacity(_opacity(mark, selected, opacity))
        _paint_box(
            painter,
            mark,
            viewport.box_to_widget(mark.box),
            is_selected=mark.item_id == selected,
        )
    taken: list[QRectF] = []
    for mark in reversed(ordered):
        if mark.item_id != selected and mark.verdict is not Verdict.UNDECIDED:
            continue
        painter.setOpacity(_opacity(mark, selected, opacity))
        box = viewport.box_to_widget(mark.box)
        _paint_caption(painter, mark, box, taken, must=mark.item_id == selected)
    painter.setOpacity(1.0)


def paint_new_box(painter: QPainter, box: Box, viewport: Viewport, label: str) -> None:
    painter.setPen(pen_for(label, Source.DENTIST, 2.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(_rect(viewport.box_to_widget(box)))


def _opacity(mark: Mark, selected: int | None, opacity: float) -> float:
    if mark.item_id == selected:
        return 1.0
    if mark.verdict is Verdict.REJECTED:
        opacity *= REJECTED_OPACITY
    elif mark.verdict is Verdict.ACCEPTED:
        opacity *= DECIDED_OPACITY
    return opacity if selected is None else opacity * BACKGROUND_OPACITY


def _paint_box(painter: QPainter, mark: Mark, box: Box, *, is_selected: bool) -> None:
    rect = _rect(box)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # A dark line below keeps the coloured one visible on bright metal.
    painter.setPen(QPen(QColor(0, 0, 0, 150), 4.0 if is_selected else 3.2))
    painter.drawRect(rect)
    painter.setPen(pen_for(mark.label, mark.source, 2.4 if is_selected else 1.6))
    painter.drawRect(rect)
    if mark.verdict is Verdict.REJECTED:
        painter.drawLine(rect.topLeft(), rect.bottomRight())
    if is_selected:
        painter.setPen(QPen(QColor(0, 0, 0), 1.0))
        painter.setBrush(QColor(255, 255, 255))
        for handle in HANDLES:
            x, y = handle_point(box, handle)
            half = HANDLE_SIZE / 2
            painter.drawRect(QRectF(x - half, y - half, HANDLE_SIZE, HANDLE_SIZE))


def _paint_caption(
    painter: QPainter, mark: Mark, box: Box, taken: list[QRectF], *, must: bool
) -> None:
    """Where no caption in `taken` is; left out if that is nowhere, unless it `must` be.

    What is left out here appears when the reader zooms in.
    """
    text = mark.caption
    if not text:
        return
    if mark.verdict is not Verdict.UNDECIDED:
        text += f" ({mark.verdict})"
    metrics = QFontMetricsF(painter.font())
    width, height = metrics.horizontalAdvance(text) + 8, metrics.height() + 2
    plates = [
        QRectF(x, y, width, height) for x, y in _corners(mark, box, width, height)
    ]
    free = (p for p in plates if not any(p.intersects(other) for other in taken))
    plate = next(free, plates[0] if must else None)
    if plate is None:
        return
    taken.append(plate)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 190))
    painter.drawRoundedRect(plate, 3, 3)
    painter.setPen(label_color(mark.label))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)


def _corners(
    mark: Mark, box: Box, width: float, height: float
) -> Iterable[tuple[float, float]]:
    """Above the detector's box, below the dentist's, so that the two do not collide."""
    gap = HANDLE_SIZE / 2 + 1
    above, below = box.y_min - gap - height, box.y_max + gap
    rows = (above, below) if mark.source is Source.DETECTOR else (below, above)
    for y in rows:
        yield box.x_min, y
        yield box.x_max - width, y
    yield box.x_max + gap, box.y_min
    yield box.x_min - gap - width, box.y_min


def _rect(box: Box) -> QRectF:
    return QRectF(QPointF(box.x_min, box.y_min), QPointF(box.x_max, box.y_max))
