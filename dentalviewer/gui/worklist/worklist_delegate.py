"""Paints a line of the worklist: thumbnail, name, and how it stands."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QLineF,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from dentalviewer.gui.widgets.palette import CANVAS_COLOR
from dentalviewer.gui.worklist.worklist_model import LINE, Line
from dentalviewer.worklist.standing import Status
from dentalviewer.worklist.wording import status_line

# In points.
THUMBNAIL = QSize(88, 48)
# Of a narrow list the words take more.
_SMALL_THUMBNAIL = QSize(55, 30)
_NARROW = 240
_MARGIN = 6
_MARK = 11.0
# Of the radiograph in the window, which need not be among those that are selected.
_EDGE = 4
# Of the line at which the keyboard is.
_FRAME = 2
_PLACE = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
# Two words below each other, where they have no room beside each other.
_IN_FRAME = Qt.AlignmentFlag.AlignCenter.value | Qt.TextFlag.TextWordWrap.value

# The canvas is black, whatever the theme.
_ON_CANVAS = QColor("#9aa1ab")
# Each with a shape of its own, for those who do not see the colours.
_COLORS = {
    Status.NEW: QColor("#8a919c"),
    Status.FAILED: QColor("#d9534f"),
    Status.EXAMINED: QColor("#4a90d9"),
    Status.IN_REVIEW: QColor("#d99a2b"),
    Status.DONE: QColor("#3fa56b"),
}


def line_height(font: QFont) -> int:
    """In points: room for the thumbnail, and for three rows of words."""
    words = 3 * QFontMetrics(font).lineSpacing()
    return max(THUMBNAIL.height(), words) + 2 * _MARGIN


class WorklistDelegate(QStyledItemDelegate):
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        line: Line = index.data(LINE)
        given: Any = option
        painter.save()
        style = given.widget.style()
        style.drawPrimitive(
            QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, given.widget
        )
        area = given.rect.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        size = thumbnail_size(given.rect.width())
        _paint_thumbnail(painter, area, line, size)
        words = area.adjusted(size.width() + 8, 0, 0, 0)
        painter.setFont(given.font)
        _paint_words(painter, words, line, given.palette)
        accent = given.palette.color(QPalette.ColorRole.Highlight)
        if line.current:
            edge = QRect(given.rect.topLeft(), QSize(_EDGE, given.rect.height()))
            painter.fillRect(edge, accent)
        if given.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(accent, _FRAME))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(given.rect.adjusted(1, 1, -1, -1))
        painter.restore()


def thumbnail_size(width: int) -> QSize:
    """In a line of this width."""
    return _SMALL_THUMBNAIL if width < _NARROW else THUMBNAIL


def _paint_thumbnail(painter: QPainter, area: QRect, line: Line, size: QSize) -> None:
    frame = QRect(area.topLeft(), size)
    frame.moveTop(area.top() + (area.height() - size.height()) // 2)
    painter.fillRect(frame, CANVAS_COLOR)
    if line.thumbnail is not None:
        size = line.thumbnail.size().scaled(
            frame.size(), Qt.AspectRatioMode.KeepAspectRatio
        )
        place = QRect(frame.topLeft(), size)
        place.moveCenter(frame.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(place, line.thumbnail)
    elif line.faulty:
        painter.setPen(_ON_CANVAS)
        painter.drawText(frame, _IN_FRAME, "no picture")


def _paint_words(painter: QPainter, area: QRect, line: Line, palette: QPalette) -> None:
    plain_font, name_font = painter.font(), QFont(painter.font())
    name_font.setBold(line.current)
    metrics = painter.fontMetrics()
    rows = [line.name, *([line.folder] if line.folder else [])]
    height = metrics.lineSpacing()
    top = area.top() + (area.height() - height * (len(rows) + 1)) // 2
    plain = palette.color(QPalette.ColorRole.Text)
    muted = palette.color(QPalette.ColorRole.PlaceholderText)
    # Of a name both ends tell, of a folder the end.
    elisions = (Qt.TextElideMode.ElideMiddle, Qt.TextElideMode.ElideLeft)
    for number, text in enumerate(rows):
        painter.setPen(muted if number else plain)
        place = QRect(area.left(), top + number * height, area.width(), height)
        painter.setFont(plain_font if number else name_font)
        shown = painter.fontMetrics().elidedText(text, elisions[number], area.width())
        painter.drawText(place, _PLACE, shown)
    painter.setFont(plain_font)
    if line.standing is None:
        return
    place = QRect(area.left(), top + len(rows) * height, area.width(), height)
    middle = place.top() + height / 2
    mark = QRectF(place.left(), middle - _MARK / 2, _MARK, _MARK)
    _paint_mark(painter, mark, line.standing.status)
    place.setLeft(place.left() + round(_MARK) + 6)
    painter.setPen(muted)
    text = status_line(line.standing)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, place.width())
    painter.drawText(place, _PLACE, shown)


def _paint_mark(painter: QPainter, area: QRectF, status: Status) -> None:
    """A ring; crossed out when failed, with a dot when examined, half full in review,
    full with a tick.
    """
    color = _COLORS[status]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ring = area.adjusted(1, 1, -1, -1)
    painter.setPen(QPen(color, 1.5))
    painter.setBrush(color if status is Status.DONE else Qt.BrushStyle.NoBrush)
    painter.drawEllipse(ring)
    painter.setBrush(color)
    if status is Status.FAILED:
        inner = ring.adjusted(2.5, 2.5, -2.5, -2.5)
        painter.drawLine(inner.topLeft(), inner.bottomRight())
        painter.drawLine(inner.topRight(), inner.bottomLeft())
    elif status is Status.EXAMINED:
        painter.drawEllipse(ring.center(), 1.8, 1.8)
    elif status is Status.IN_REVIEW:
        painter.drawPie(ring, 90 * 16, 180 * 16)
    elif status is Status.DONE:
        painter.setPen(QPen(Qt.GlobalColor.white, 1.5))
        x, y, side = ring.left(), ring.top(), ring.width()
        corner = (x + 0.43 * side, y + 0.70 * side)
        painter.drawLine(QLineF(x + 0.25 * side, y + 0.52 * side, *corner))
        painter.drawLine(QLineF(*corner, x + 0.76 * side, y + 0.32 * side))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
