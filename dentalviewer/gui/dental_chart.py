"""The dental chart: every tooth as dentists draw it, and what was done to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
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
from dentalviewer.reports.chart_drawing import (
    Drawn,
    draw_chart,
    retained_teeth,
    unexamined,
)
from dentalviewer.reports.tooth_shapes import CHART_HEIGHT, chart_width
from dentalviewer.reports.tooth_states import ToothState, in_short

_SIDE = 8.0
_CAPTION = 14
_KEYS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class DentalChart(QWidget):
    """Two rows of teeth, the patient's right on the left; tells which was chosen.

    Permanent and deciduous teeth stand side by side where both are drawn; else teeth
    that an adult retained stand where their successors would.
    """

    tooth_chosen = Signal(object)
    menu_requested = Signal(object, object)

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
        self._dentitions: tuple[bool, ...] = (False,)
        self._known_only = False
        self._hovered: Tooth | None = None
        self._chart = draw_chart({})
        self._cursor = self._chart[0].place.tooth

    # What is shown

    def show_teeth(
        self,
        states: Mapping[Tooth, ToothState],
        *,
        dentitions: Sequence[bool] = (False,),
        known_only: bool = False,
        selected: Collection[Tooth] = (),
    ) -> None:
        """What is known of each tooth, and which belong to the selected finding.

        `dentitions` are those to draw: False the permanent teeth, True the deciduous,
        of which perhaps `known_only`.
        """
        drawn = (self._states, self._dentitions, self._known_only)
        wanted = (states, tuple(dentitions), known_only)
        if drawn == wanted and self._selected == set(selected):
            return
        if drawn != wanted:
            self._states, self._dentitions = dict(states), tuple(dentitions)
            self._known_only = known_only
            self._chart = self._drawn()
        self._selected = frozenset(selected)
        teeth = [each.place.tooth for each in self._chart]
        reached = [tooth for tooth in teeth if tooth in self._selected] or teeth
        if self._cursor not in reached:
            self._cursor = reached[0]
        self.update()

    def _drawn(self) -> tuple[Drawn, ...]:
        instead = () if True in self._dentitions else retained_teeth(self._states)
        return tuple(
            each
            for deciduous, left in self._blocks
            for each in draw_chart(
                self._states,
                deciduous=deciduous,
                known_only=deciduous and self._known_only,
                instead=() if deciduous else instead,
                left=left,
            )
        )

    def set_notation(self, notation: Notation) -> None:
        self._notation = notation
        self.update()

    @property
    def selected(self) -> frozenset[Tooth]:
        """The teeth that are pointed out."""
        return self._selected

    def words_of(self, tooth: Tooth) -> str:
        """What a hovering reader is told of a tooth."""
        state = self._states.get(tooth, ToothState(tooth))
        told = in_short(state, self._notation) or (
            "seen" if state.seen else "not examined"
        )
        number = self._notation.number_of(tooth)
        return f"{number}, {tooth.words}: {told}. {self._notation}."

    def sizeHint(self) -> QSize:
        return QSize(620, 220)

    # Where things are

    @property
    def _blocks(self) -> list[tuple[bool, float]]:
        """Each dentition that is drawn, and where it begins, in units of the chart."""
        blocks, left = [], 0.0
        for deciduous in self._dentitions:
            blocks.append((deciduous, left))
            left += chart_width(deciduous=deciduous) + 2 * _SIDE
        return blocks

    @property
    def _chart_width(self) -> float:
        deciduous, left = self._blocks[-1]
        return left + chart_width(deciduous=deciduous)

    @property
    def _scale(self) -> float:
        width = self._chart_width + 2 * _SIDE
        room = self.height() - _CAPTION
        return max(min(self.width() / width, room / CHART_HEIGHT), 0.1)

    @property
    def _origin(self) -> QPointF:
        width = self._chart_width * self._scale
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
        # Before any tooth: the bar of a bridge reaches onto the next tooth's ground.
        for drawn in self._chart:
            chosen = drawn.place.tooth in self._selected
            self._paint_ground(painter, drawn, colors, chosen=chosen)
        for drawn in self._chart:
            chosen = drawn.place.tooth in self._selected
            paint_tooth(painter, drawn, colors)
            paint_number(
                painter, drawn, colors,
                notation=self._notation, font=font, selected=chosen,
            )  # fmt: skip
        for deciduous, left in self._blocks:
            width = chart_width(deciduous=deciduous)
            paint_sides(painter, width, colors, font, left=left)
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

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keyboard = event.reason() is QContextMenuEvent.Reason.Keyboard
        tooth = self._cursor if keyboard else self._tooth_at(QPointF(event.pos()))
        if tooth is None:
            return
        self._cursor = tooth
        below = self.area_of(tooth).center().toPoint()
        self.menu_requested.emit(
            tooth, self.mapToGlobal(below) if keyboard else event.globalPos()
        )

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
        states = [drawn.state for drawn in self._chart]
        if any(state.doubtful for state in states):
            text += "   ? in doubt"
        if any(state.seen is False for state in states):
            text += "   × not seen"
        if unexamined(self._chart):
            text += "   pale: not examined"
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
        here = next(d.place for d in self._chart if d.place.tooth == self._cursor)
        lower = row > 0 if row else here.flipped_y
        places = [d.place for d in self._chart if d.place.flipped_y == lower]
        if not places:
            return
        # Of deciduous teeth there may be some in one row alone.
        away = [abs(place.left - here.left) for place in places]
        index = min(max(away.index(min(away)) + step, 0), len(places) - 1)
        self._cursor = places[index].tooth
        self.update()


def _column(drawn: Drawn) -> QRectF:
    """The tooth and its number, in units of the chart."""
    place = drawn.place
    top = CHART_HEIGHT / 2 if place.flipped_y else 0.0
    return QRectF(place.left, top, place.width, CHART_HEIGHT / 2)
