"""Where the teeth of the dental chart lie in the window, and how keys go over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt

from dentalviewer.dentition import Tooth
from dentalviewer.reports.chart_drawing import (
    Drawn,
    draw_chart,
    frame_of,
    retained_teeth,
)
from dentalviewer.reports.tooth_shapes import CHART_HEIGHT
from dentalviewer.reports.tooth_states import ToothState

# Beside each chart, in its units: room for R and L.
SIDE = 8.0
_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
    # Further than any row is long.
    Qt.Key.Key_Home: (-99, 0),
    Qt.Key.Key_End: (99, 0),
}

Charts = tuple[tuple[Drawn, ...], ...]
"""One for each dentition, from left to right."""


def charts_beside(
    states: Mapping[Tooth, ToothState],
    dentitions: Sequence[bool],
    *,
    known_only: bool = False,
) -> Charts:
    """The charts of the `dentitions`, True being deciduous teeth, of which perhaps
    `known_only`; where these are not wished for, retained teeth stand among the others.
    """
    instead = () if True in dentitions else retained_teeth(states)
    charts, left = [], 0.0
    for deciduous in dentitions:
        chart = draw_chart(
            states,
            deciduous=deciduous,
            known_only=deciduous and known_only,
            instead=() if deciduous else instead,
            left=left,
        )
        if chart:
            charts.append(chart)
            left += frame_of(chart).width + 2 * SIDE
    return tuple(charts)


@dataclass(frozen=True, slots=True)
class Fit:
    """How charts lie in a room: the pixels per unit, and where their units begin."""

    scale: float
    origin: QPointF

    def area_of(self, drawn: Drawn) -> QRectF:
        """The column of a tooth, in pixels."""
        area = column_of(drawn)
        return QRectF(
            self.origin + area.topLeft() * self.scale, area.size() * self.scale
        )


def fit(charts: Charts, room: QSize) -> Fit:
    """As large as they can be, in the middle of the room."""
    last = frame_of(charts[-1])
    width = last.left + last.width
    scale = max(
        min(room.width() / (width + 2 * SIDE), room.height() / CHART_HEIGHT), 0.1
    )
    rest = room.height() - CHART_HEIGHT * scale
    return Fit(scale, QPointF((room.width() - width * scale) / 2, max(rest / 2, 0.0)))


def column_of(drawn: Drawn) -> QRectF:
    """The tooth and its number, in units of the chart."""
    place = drawn.place
    top = CHART_HEIGHT / 2 if place.flipped_y else 0.0
    return QRectF(place.left, top, place.width, CHART_HEIGHT / 2)


def tooth_by_key(key: Qt.Key, here: Tooth, charts: Charts) -> Tooth | None:
    """Where a key leads from a tooth that is drawn; None for a key that leads nowhere.

    Left and right go along the row, up and down to the other one, Home and End to the
    ends of the row.
    """
    if key not in _STEPS:
        return None
    step, down = _STEPS[key]
    places = [drawn.place for chart in charts for drawn in chart]
    own = next(place for place in places if place.tooth == here)
    lower = down > 0 if down else own.flipped_y
    row = [place for place in places if place.flipped_y == lower]
    if not row:
        return here
    # Of deciduous teeth there may be some in one row alone.
    away = [abs(place.left - own.left) for place in row]
    index = min(max(away.index(min(away)) + step, 0), len(row) - 1)
    return row[index].tooth
