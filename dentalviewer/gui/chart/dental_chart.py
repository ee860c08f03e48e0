"""The dental chart: every tooth as dentists draw it, and what was done to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QContextMenuEvent,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from dentalviewer.dentition import Notation, Tooth
from dentalviewer.gui.chart.chart_layout import (
    Fit,
    charts_beside,
    column_of,
    fit,
    tooth_by_key,
)
from dentalviewer.gui.chart.chart_legend import (
    APART,
    fullest_legend,
    in_lines,
    legend_of,
)
from dentalviewer.gui.chart.chart_painting import (
    ChartColors,
    number_font,
    paint_ground,
    paint_number,
    paint_side_plates,
    paint_sides,
    paint_tooth,
    window_colors,
)
from dentalviewer.gui.widgets.side_plate import paint_side_plate
from dentalviewer.reports.chart_drawing import Drawn, frame_of
from dentalviewer.reports.tooth_states import ToothState, few_words, told_of

_NAME = "Dental chart"
_CAPTION = 14
# Above a chart, where there is one: with the air around it.
_NOTE = 22
_MIRRORED = "The radiograph is mirrored; the chart shows R on the left."
_CHOOSING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class DentalChart(QWidget):
    """Two rows of teeth, the patient's right on the left; tells which was chosen.

    Permanent and deciduous teeth stand side by side where both are drawn; else teeth
    that an adult retained stand where their successors would. What is known of the
    tooth at which the keyboard is stands below while it is, and is said to readers who
    do not see it. Above stands a note where the radiograph has the sides the other way
    round.
    """

    tooth_chosen = Signal(object)
    menu_requested = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(_NAME)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setMinimumHeight(120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._states: Mapping[Tooth, ToothState] = {}
        self._selected: frozenset[Tooth] = frozenset()
        self._notation = Notation.FDI
        self._dentitions: tuple[bool, ...] = (False,)
        self._known_only = False
        self._why_pale = ""
        self._mirrored = False
        self._hovered: Tooth | None = None
        self._charts = charts_beside({}, self._dentitions)
        self._cursor = self._drawn[0].place.tooth
        self._tell()

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
            self._charts = charts_beside(
                self._states, self._dentitions, known_only=known_only
            )
        self._selected = frozenset(selected)
        teeth = [each.place.tooth for each in self._drawn]
        reached = [tooth for tooth in teeth if tooth in self._selected] or teeth
        self._go_to(self._cursor if self._cursor in reached else reached[0])

    def set_notation(self, notation: Notation) -> None:
        self._notation = notation
        self._go_to(self._cursor)

    def explain_pale(self, why: str) -> None:
        """Why teeth are pale, where not only because they were not examined."""
        self._why_pale = why
        self.update()

    def note_mirrored(self, mirrored: bool) -> None:
        """Whether the radiograph has the patient's right on its right."""
        if mirrored != self._mirrored:
            self._mirrored = mirrored
            self.setAccessibleName(" – ".join(filter(None, (_NAME, self.note))))
            self.update()

    @property
    def note(self) -> str:
        """What stands above the chart."""
        return _MIRRORED if self._mirrored else ""

    @property
    def selected(self) -> frozenset[Tooth]:
        """The teeth that are pointed out."""
        return self._selected

    def words_of(self, tooth: Tooth) -> str:
        """What a hovering reader is told of a tooth."""
        state = self._states.get(tooth, ToothState(tooth))
        number = self._notation.number_of(tooth)
        told = few_words(state, self._notation) or (
            "seen" if state.seen else "not examined"
        )
        if state.doubtful and not state.treated:
            told += ", its number in doubt"
        words = f"{number}, {tooth.words}: {told}"
        if state.reworded:
            # Their own words name the tooth.
            words = told_of(state, self._notation).removesuffix(".")
        if state.undecided:
            words += ", to decide"
        return f"{words}. {self._notation}."

    def sizeHint(self) -> QSize:
        return QSize(620, 220)

    # Where things are

    @property
    def _drawn(self) -> list[Drawn]:
        return [drawn for chart in self._charts for drawn in chart]

    @property
    def _fit(self) -> Fit:
        above = _NOTE if self._mirrored else 0
        laid = fit(self._charts, self.size() - QSize(0, self._caption_height + above))
        return replace(laid, origin=laid.origin + QPointF(0, above))

    def area_of(self, tooth: Tooth) -> QRectF:
        """Where a tooth is drawn, in pixels; empty if the chart does not show it."""
        for drawn in self._drawn:
            if drawn.place.tooth == tooth:
                return self._fit.area_of(drawn)
        return QRectF()

    def _tooth_at(self, position: QPointF) -> Tooth | None:
        laid = self._fit
        for drawn in self._drawn:
            if laid.area_of(drawn).contains(position):
                return drawn.place.tooth
        return None

    # Where the keyboard is

    def _go_to(self, tooth: Tooth) -> None:
        self._cursor = tooth
        self._tell()
        self.update()

    def _tell(self) -> None:
        """Have a screen reader know, and say if it is listening, what the tooth is."""
        words = self.words_of(self._cursor)
        if words == self.accessibleDescription():
            return
        # Qt sends the event that it has changed, of which readers say nothing.
        self.setAccessibleDescription(words)
        if self.hasFocus():
            said = QAccessibleAnnouncementEvent(self, words)
            QAccessible.updateAccessibility(said)

    # Qt's events

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = window_colors(self.palette())
        font = number_font(self.font())
        painter.save()
        laid = self._fit
        painter.translate(laid.origin)
        painter.scale(laid.scale, laid.scale)
        # Before any tooth: the bar of a bridge reaches onto the next tooth's ground.
        for drawn in self._drawn:
            tooth = drawn.place.tooth
            paint_ground(
                painter, column_of(drawn), colors,
                chosen=tooth in self._selected,
                focused=self.hasFocus() and tooth == self._cursor,
                hovered=tooth == self._hovered,
            )  # fmt: skip
        for drawn in self._drawn:
            chosen = drawn.place.tooth in self._selected
            paint_tooth(painter, drawn, colors)
            paint_number(
                painter, drawn, colors,
                notation=self._notation, font=font, selected=chosen,
            )  # fmt: skip
        for chart in self._charts:
            if self._mirrored:
                paint_side_plates(painter, frame_of(chart), font)
            else:
                paint_sides(painter, frame_of(chart), colors, font)
        painter.restore()
        self._paint_note(painter)
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
            self._go_to(tooth)
            self.tooth_chosen.emit(tooth)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keyboard = event.reason() is QContextMenuEvent.Reason.Keyboard
        tooth = self._cursor if keyboard else self._tooth_at(QPointF(event.pos()))
        if tooth is None:
            return
        self._go_to(tooth)
        below = self.area_of(tooth).center().toPoint()
        self.menu_requested.emit(
            tooth, self.mapToGlobal(below) if keyboard else event.globalPos()
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        led_to = tooth_by_key(key, self._cursor, self._charts)
        if led_to is not None:
            self._go_to(led_to)
        elif key in _CHOOSING:
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

    # What stands below

    @property
    def caption(self) -> str:
        """What the tooth at which the keyboard is, is; or else what the signs mean."""
        if self.hasFocus():
            return self.words_of(self._cursor)
        return APART.join(self._legend)

    @property
    def _legend(self) -> list[str]:
        return legend_of(self._drawn, self._notation, self._why_pale)

    def _paint_note(self, painter: QPainter) -> None:
        if not self._mirrored:
            return
        painter.setFont(self.font())
        metrics, room = painter.fontMetrics(), self.width() - 32
        text = metrics.elidedText(self.note, Qt.TextElideMode.ElideRight, room)
        width = metrics.horizontalAdvance(text) + 16
        area = QRectF((self.width() - width) / 2, 2, width, _NOTE - 4)
        paint_side_plate(painter, text, area)

    @property
    def _caption_font(self) -> QFont:
        font = self.font()
        font.setPointSizeF(max(font.pointSizeF() * 0.8, 6.0))
        return font

    @property
    def caption_lines(self) -> list[str]:
        """The caption as it is drawn, in no more lines than all signs would need: the
        teeth stay where they are whichever there are.
        """
        most = len(self._fullest_lines)
        if not self.hasFocus():
            return self._in_lines(self._legend, most=most)
        return self._in_lines(self.caption.split(), between=" ", most=most)

    @property
    def _fullest_lines(self) -> list[str]:
        return self._in_lines(fullest_legend(self._notation))

    def _in_lines(
        self, parts: Sequence[str], *, between: str = APART, most: int | None = None
    ) -> list[str]:
        metrics, room = QFontMetrics(self._caption_font), self.width() - 16
        return in_lines(parts, metrics, room, between=between, most=most)

    @property
    def _caption_height(self) -> int:
        line = max(QFontMetrics(self._caption_font).height(), _CAPTION)
        return line * len(self._fullest_lines)

    def _paint_caption(self, painter: QPainter, colors: ChartColors) -> None:
        painter.setFont(self._caption_font)
        painter.setPen(colors.text if self.hasFocus() else colors.muted)
        height = self._caption_height
        area = QRectF(8, self.height() - height, self.width() - 16, height)
        words = "\n".join(self.caption_lines)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, words)
