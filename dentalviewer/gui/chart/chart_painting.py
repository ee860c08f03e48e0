"""Paints the dental chart, in the window and on the pages of a report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPalette, QPen

from dentalviewer.dentition import Notation
from dentalviewer.gui.widgets.palette import label_color
from dentalviewer.gui.widgets.side_plate import paint_side_plate
from dentalviewer.reports.chart_drawing import Drawn, Frame, Part, Role, frame_of
from dentalviewer.reports.tooth_shapes import Curve


@dataclass(frozen=True, slots=True)
class ChartColors:
    """`tooth` fills what is there, `line` outlines it; `faint` is for what is not,
    and for what nobody has looked for.

    `of_class` gives the color of a treatment.
    """

    tooth: QColor
    line: QColor
    faint: QColor
    text: QColor
    muted: QColor
    selected: QColor
    on_selected: QColor
    of_class: Callable[[str], QColor] = label_color


PAGE_COLORS = ChartColors(
    tooth=QColor("#fbfaf6"),
    line=QColor("#6b7280"),
    faint=QColor("#c3c8d0"),
    text=QColor("#1d2025"),
    muted=QColor("#5d646f"),
    selected=QColor("#cfe2f5"),
    on_selected=QColor("#0f1a26"),
)


def window_colors(palette: QPalette) -> ChartColors:
    """On a light or a dark ground, as the palette has it."""
    role = QPalette.ColorRole
    dark = palette.color(role.Window).lightness() < 128
    return ChartColors(
        tooth=QColor("#3a3f47" if dark else "#fffdf8"),
        line=QColor("#aab0ba" if dark else "#6b7280"),
        faint=QColor("#555b65" if dark else "#c3c8d0"),
        text=palette.color(role.WindowText),
        muted=palette.color(role.PlaceholderText),
        selected=palette.color(role.Highlight),
        on_selected=palette.color(role.HighlightedText),
    )


def paint_tooth(painter: QPainter, drawn: Drawn, colors: ChartColors) -> None:
    """One tooth; the painter works in the units of the chart."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for part in drawn.parts:
        _paint_part(painter, part, colors)
    painter.restore()


def paint_number(
    painter: QPainter,
    drawn: Drawn,
    colors: ChartColors,
    *,
    notation: Notation,
    font: QFont,
    selected: bool = False,
) -> None:
    """The number between the rows, bold where something was done to the tooth."""
    place, state = drawn.place, drawn.state
    area = QRectF(place.left, place.number_y - 2.4, place.width, 4.8)
    if selected:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.selected)
        painter.drawRoundedRect(area.adjusted(0.2, 0, -0.2, 0), 1.2, 1.2)
    font = QFont(font)
    font.setBold(state.treated)
    painter.setFont(font)
    quiet = not state.seen and not state.treated
    color = colors.muted if quiet else colors.text
    painter.setPen(colors.on_selected if selected else color)
    text = notation.number_of(place.tooth) + ("?" if state.questioned else "")
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)


def number_font(family: QFont) -> QFont:
    """For the units of the chart, where a pixel is about a millimetre."""
    font = QFont(family)
    font.setPixelSize(4)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def paint_chart(
    painter: QPainter,
    chart: Sequence[Drawn],
    colors: ChartColors,
    *,
    notation: Notation,
    family: QFont,
) -> None:
    """All of it, as for a page."""
    font = number_font(family)
    for drawn in chart:
        paint_tooth(painter, drawn, colors)
        paint_number(painter, drawn, colors, notation=notation, font=font)
    paint_sides(painter, frame_of(chart), colors, font)


def paint_ground(
    painter: QPainter,
    column: QRectF,
    colors: ChartColors,
    *,
    chosen: bool,
    focused: bool,
    hovered: bool,
) -> None:
    """Behind a tooth that is pointed at: by a finding, the keyboard or the mouse."""
    if not (chosen or focused or hovered):
        return
    ground = QColor(colors.selected)
    ground.setAlpha(110 if chosen else 50)
    painter.setBrush(ground if chosen or hovered else QColor(0, 0, 0, 0))
    painter.setPen(QPen(colors.line, 0.3) if focused else Qt.PenStyle.NoPen)
    painter.drawRoundedRect(column.adjusted(0.2, 0.2, -0.2, -0.2), 1.2, 1.2)


def paint_sides(
    painter: QPainter, frame: Frame, colors: ChartColors, font: QFont
) -> None:
    """The patient's right and left, beside the numbers of a chart."""
    painter.setFont(font)
    painter.setPen(colors.muted)
    for letter, area in _sides_of(frame):
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, letter)


def paint_side_plates(painter: QPainter, frame: Frame, font: QFont) -> None:
    """As `paint_sides`, where the radiograph has them the other way round."""
    font = QFont(font)
    font.setPixelSize(6)
    font.setBold(True)
    painter.setFont(font)
    for letter, area in _sides_of(frame):
        plate = QRectF(0, 0, 6.6, 8)
        plate.moveCenter(area.center())
        paint_side_plate(painter, letter, plate)


def _sides_of(frame: Frame) -> tuple[tuple[str, QRectF], ...]:
    """What stands on the left and on the right of a chart, and where."""
    right = frame.left + frame.width
    return tuple(
        (letter, QRectF(x, frame.sides_y - 3, 5, 6))
        for letter, x in (("R", frame.left - 6.0), ("L", right + 1.0))
    )


def path_of(curve: Curve) -> QPainterPath:
    path = QPainterPath(QPointF(*curve[0]))
    for i in range(1, len(curve), 3):
        path.cubicTo(*(QPointF(*point) for point in curve[i : i + 3]))
    return path


def _paint_part(painter: QPainter, part: Part, colors: ChartColors) -> None:
    fill: QColor | None = None
    pen = QPen(colors.line, 0.45)
    if part.role is Role.TOOTH:
        fill = colors.tooth
    elif part.role is Role.ABSENT:
        pen = QPen(colors.faint, 0.4, Qt.PenStyle.DashLine)
    elif part.role is Role.UNKNOWN:
        pen = QPen(colors.faint, 0.4)
    elif part.role is Role.MISSING:
        pen = QPen(colors.text, 0.65)
    elif part.role is Role.NOT_SEEN:
        pen = QPen(colors.muted, 0.35, Qt.PenStyle.DashLine)
    elif part.role is Role.TREATED:
        fill = colors.of_class(part.label)
        pen = QPen(fill.darker(160), 0.45)
        if part.hollow:
            fill, pen = colors.tooth, QPen(fill, 0.9)
    elif part.role is Role.CANAL:
        pen = QPen(colors.of_class(part.label), 1.25)
    elif part.role is Role.BAR:
        pen = QPen(colors.of_class(part.label).darker(115), 2.4)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if part.role is Role.CANAL:
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        # A dark rim, or the filling would be lost on a light tooth.
        rim = QPen(colors.of_class(part.label).darker(190), 1.75)
        rim.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.strokePath(path_of(part.curve), rim)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(fill if fill is not None else QColor(0, 0, 0, 0))
    painter.drawPath(path_of(part.curve))
    if part.hollow and part.role is not Role.TREATED:
        inner = QPen(colors.tooth, pen.widthF() * 0.55)
        inner.setCapStyle(pen.capStyle())
        painter.strokePath(path_of(part.curve), inner)
