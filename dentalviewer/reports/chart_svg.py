"""The dental chart as SVG, for the report as a web page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from dentalviewer.dentition import Notation, Tooth
from dentalviewer.labels import NONE_CHOSEN, label_color
from dentalviewer.reports.chart_drawing import (
    Drawn,
    Part,
    Role,
    frame_of,
    report_charts,
)
from dentalviewer.reports.tooth_shapes import Curve, chart_width
from dentalviewer.reports.tooth_states import ToothState, told_of

_SIDE = 8.0
_LINES = {
    Role.TOOTH: 'fill="#fbfaf6" stroke="#6b7280" stroke-width=".45"',
    Role.ABSENT: 'fill="none" stroke="#c3c8d0" stroke-width=".4"'
    ' stroke-dasharray="1.6 .8"',
    Role.UNKNOWN: 'fill="none" stroke="#c3c8d0" stroke-width=".4"',
    Role.MISSING: 'fill="none" stroke="#1d2025" stroke-width=".65"',
    Role.NOT_SEEN: 'fill="none" stroke="#8a919c" stroke-width=".4"'
    ' stroke-dasharray="1.6 .8"',
}


def charts_svg(
    states: Mapping[Tooth, ToothState],
    class_colors: Mapping[str, str] = NONE_CHOSEN,
    notation: Notation = Notation.FDI,
    age: int | None = None,
) -> str:
    """A chart of the permanent teeth, of the deciduous ones, or of both."""
    charts = report_charts(states, age)
    return "".join(_chart(drawn, class_colors, notation) for drawn in charts)


def _chart(
    drawn: Sequence[Drawn], colors: Mapping[str, str], notation: Notation
) -> str:
    frame = frame_of(drawn)
    teeth = "".join(_tooth(each, colors, notation) for each in drawn)
    y = frame.sides_y + 1.4
    right = frame.left + frame.width
    sides = "".join(
        f'<text x="{x:.1f}" y="{y:.1f}" fill="#5d646f">{side}</text>'
        for side, x in (("R", frame.left - 4.0), ("L", right + 4.0))
    )
    # All charts at one scale: each as wide as that of the permanent teeth.
    width = chart_width() + 2 * _SIDE
    left = frame.left - (width - frame.width) / 2
    return (
        f'<svg class="chart" role="img" aria-label="Dental chart" viewBox="{left:.1f}'
        f' {frame.top:.1f} {width:.1f} {frame.height:.1f}" font-size="4"'
        f' text-anchor="middle">{teeth}{sides}</svg>'
    )


def _tooth(drawn: Drawn, colors: Mapping[str, str], notation: Notation) -> str:
    place, state = drawn.place, drawn.state
    weight = "700" if state.treated else "400"
    faint = not state.seen and not state.treated
    color = "#5d646f" if faint else "#1d2025"
    doubt = "?" if state.questioned else ""
    name, words = notation.number_of(place.tooth), told_of(state, notation)
    title = f"<title>{escape(words)}</title>" if words else ""
    number = (
        f'<text x="{place.x:.1f}" y="{place.number_y + 1.4:.1f}" fill="{color}"'
        f' font-weight="{weight}">{name}{doubt}</text>'
    )
    parts = "".join(line for part in drawn.parts for line in _part(part, colors))
    return f"<g>{title}{parts}{number}</g>"


def _part(part: Part, colors: Mapping[str, str]) -> Iterator[str]:
    path = _path(part.curve)
    if part.role in _LINES:
        yield f'<path d="{path}" {_LINES[part.role]}/>'
        return
    color = label_color(part.label, colors)
    if part.role is Role.TREATED:
        yield (
            f'<path d="{path}" fill="{color}" stroke="#000" stroke-opacity=".5"'
            ' stroke-width=".4"/>'
        )
    elif part.role is Role.BAR:
        yield f'<path d="{path}" fill="none" stroke="{color}" stroke-width="2.4"/>'
    else:
        line = 'fill="none" stroke-linecap="round"'
        yield f'<path d="{path}" {line} stroke="#6b4700" stroke-width="1.75"/>'
        yield f'<path d="{path}" {line} stroke="{color}" stroke-width="1.25"/>'


def _path(curve: Curve) -> str:
    start, *rest = (f"{x:.2f} {y:.2f}" for x, y in curve)
    pieces = (" ".join(rest[i : i + 3]) for i in range(0, len(rest), 3))
    return f"M{start}" + "".join(f"C{piece}" for piece in pieces)
