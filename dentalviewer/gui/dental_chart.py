"""The dental chart: every tooth as dentists draw it, and what was done to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from dentalviewer.dentition import Notation, Tooth
from dentalviewer.gui.chart_painting import (
    ChartColors,
    number_font,
    paint_number,
    paint_sides,
    paint_tooth,
)
from dentalviewer.reports.chart_drawing import Drawn, draw_chart
from dentalviewer.reports.tooth_shapes import CHART_HEIGHT, chart_width
from dentalviewer.reports.tooth_states import ToothState, sentence

_SIDE = 8.0
_CAPTION = 14
_KEYS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class DentalChart(QWidget):
    """Two rows of teeth, the patient's right on the left; tells which was chosen."""

    tooth_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Dental chart")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setMinimumHeight(120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._states: Mapping[Tooth, ToothState] = {}
        self._selected: frozenset[Tooth] = frozenset()
        self._notation = Notation.FDI
        self._deciduous = False
        self._hovered: Tooth | None = None
        self._chart = draw_chart({})
        self._cursor = self._chart[0].place.tooth

    # What is shown

    def show_teeth(
        self, states: Mapping[Tooth, ToothState], *, selected: Collection[Tooth] = ()
    ) -> None:
        """What is known of each tooth, and which belong to the selected finding."""
        if states == self._states and frozenset(selected) == self._selected:
            return
        if states != self._states:
            self._states = dict(states)
            self._chart = draw_chart(self._states, deciduous=self._deciduous)
        self._selected = frozenset(selected)
        if selected and self._cursor not in self._selected:
            self._cursor = min(self._selected)
        self.update()

    def set_notation(self, notation: Notation) -> None:
        self._notation = notation
        self.update()

    def set_deciduous(self, deciduous: bool) -> None:
        """The twenty teeth of children, or the thirty-two of adults."""
        self._deciduous = deciduous
        self._chart = draw_chart(self._states, deciduous=deciduous)
        self._cursor = self._chart[0].place.tooth
        self.update()

    def words_of(self, tooth: Tooth) -> str:
        """What a hovering reader is told of a tooth."""
        state = self._states.get(tooth, ToothState(tooth))
        told = sentence(state) or ("seen" if state.seen else "nothing known")
        number = self._notation.number_of(tooth)
        return f"{number}, {tooth.words}: {told}. {self._notation}."

    def sizeHint(self) -> QSize:
        return QSize(620, 220)

    # Where things are

    @property
    def _scale(self) -> float:
        width = chart_width(deciduous=self._deciduous) + 2 * _SIDE
        room = self.height() - _CAPTION
        return max(min(self.width() / width, room / CHART_HEIGHT), 0.1)

    @property
    def _origin(self) -> QPointF:
        width = chart_width(deciduous=self._deciduous) * self._scale
        rest = self.height() - _CAPTION - CHART_HEIGHT * self._scale
        return QPointF((self.width() - width) / 2, max(rest / 2, 0.0))

    def area_of(self, tooth: Tooth) -> QRectF:
        """Where a tooth is drawn, in pixels; empty if the chart does not show it."""
        for drawn in self._chart:
            if drawn.place.tooth == tooth:
                area = _column(drawn)
                origin, scale = self._origin, self._scale
                return QRectF(
                    origin.x() + area.x() * scale,
                    origin.y() + area.y() * scale,
                    area.width() * scale,
                    area.height() * scale,
                )
        return QRectF()

    def _tooth_at(self, position: QPointF) -> Tooth | None:
        for drawn in self._chart:
            if self.area_of(drawn.place.tooth).contains(position):
                return drawn.place.tooth
        return None

    # Qt's events

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self._colors()
        font = number_font(self.font())
        painter.save()
        painter.translate(self._origin)
        painter.scale(self._scale, self._scale)
        for drawn in self._chart:
            tooth = drawn.place.tooth
            chosen = tooth in self._selected
            self._paint_ground(painter, drawn, colors, chosen=chosen)
            paint_tooth(painter, drawn, colors)
            paint_number(
                painter, drawn, colors,
                notation=self._notation, font=font, selected=chosen,
            )  # fmt: skip
        paint_sides(painter, chart_width(deciduous=self._deciduous), colors, font)
        painter.restore()
        self._paint_caption(painter, colors)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hovered = self._tooth_at(event.position())
        if hovered != self._hovered:
            self._hovered = hovered
            if hovered is None:
                self.unsetCursor()
            else:
                self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = None
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        tooth = self._tooth_at(event.position())
        if tooth is not None and event.button() is Qt.MouseButton.LeftButton:
            self._cursor = tooth
            self.tooth_chosen.emit(tooth)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _KEYS:
            self._move_cursor(*_KEYS[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.tooth_chosen.emit(self._cursor)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            tooth = self._tooth_at(QPointF(event.pos()))
            QToolTip.showText(
                event.globalPos(), self.words_of(tooth) if tooth else "", self
            )
            return True
        return super().event(event)

    # Painting

    def _paint_ground(
        self, painter: QPainter, drawn: Drawn, colors: ChartColors, *, chosen: bool
    ) -> None:
        tooth = drawn.place.tooth
        focused = self.hasFocus() and tooth == self._cursor
        if not (chosen or focused or tooth == self._hovered):
            return
        ground = QColor(colors.selected)
        ground.setAlpha(110 if chosen else 50)
        painter.setBrush(
            ground if chosen or tooth == self._hovered else QColor(0, 0, 0, 0)
        )
        painter.setPen(QPen(colors.line, 0.3) if focused else Qt.PenStyle.NoPen)
        painter.drawRoundedRect(_column(drawn).adjusted(0.2, 0.2, -0.2, -0.2), 1.2, 1.2)

    def _paint_caption(self, painter: QPainter, colors: ChartColors) -> None:
        font = self.font()
        font.setPointSizeF(max(font.pointSizeF() * 0.8, 6.0))
        painter.setFont(font)
        painter.setPen(colors.muted)
        text = f"Tooth numbers: {self._notation}"
        if any(state.doubtful for state in self._states.values()):
            text += "   ? in doubt"
        if any(state.seen is False for state in self._states.values()):
            text += "   × not seen"
        area = QRectF(8, self.height() - _CAPTION, self.width() - 16, _CAPTION)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)

    def _colors(self) -> ChartColors:
        palette, role = self.palette(), QPalette.ColorRole
        dark = palette.color(role.Window).lightness() < 128
        text = palette.color(role.WindowText)
        return ChartColors(
            tooth=QColor("#3a3f47" if dark else "#fffdf8"),
            line=QColor("#aab0ba" if dark else "#6b7280"),
            faint=QColor("#555b65" if dark else "#c3c8d0"),
            text=text,
            muted=palette.color(role.PlaceholderText),
            selected=palette.color(role.Highlight),
            on_selected=palette.color(role.HighlightedText),
        )

    def _move_cursor(self, step: int, row: int) -> None:
        teeth = [drawn.place.tooth for drawn in self._chart]
        half = len(teeth) // 2
        here = teeth.index(self._cursor)
        if row:
            here = here % half + (half if row > 0 else 0)
        else:
            start = here // half * half
            here = min(max(here + step, start), start + half - 1)
        self._cursor = teeth[here]
        self.update()


def _column(drawn: Drawn) -> QRectF:
    """The tooth and its number, in units of the chart."""
    place = drawn.place
    top = CHART_HEIGHT / 2 if place.flipped_y else 0.0
    return QRectF(place.left, top, place.width, CHART_HEIGHT / 2)
