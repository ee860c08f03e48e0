"""What stands below the dental chart: what its signs mean, in lines that fit."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics

from dentalviewer.dentition import Notation
from dentalviewer.reports.chart_drawing import Drawn, Role, draws

_DOUBT, _HOLLOW, _MISSING = "? in doubt", "hollow: to decide", "× missing"
_NOT_SEEN, _PALE = "× dashed: not seen", "not examined"
APART = "   "


def legend_of(teeth: Sequence[Drawn], notation: Notation, why_pale: str) -> list[str]:
    """The system of numbers, and the meaning of the signs that are drawn."""
    states = [drawn.state for drawn in teeth]
    signs = {
        _DOUBT: any(state.questioned for state in states),
        _HOLLOW: any(state.undecided for state in states),
        _MISSING: any(state.missing for state in states),
        _NOT_SEEN: any(state.seen is False and not state.missing for state in states),
        f"pale: {why_pale or _PALE}": draws(teeth, Role.UNKNOWN),
    }
    return [_numbers(notation), *(sign for sign, drawn in signs.items() if drawn)]


def fullest_legend(notation: Notation) -> list[str]:
    """With all signs of teeth that were examined."""
    return [_numbers(notation), _DOUBT, _HOLLOW, _MISSING, _NOT_SEEN]


def _numbers(notation: Notation) -> str:
    return f"Tooth numbers: {notation}"


def in_lines(
    parts: Sequence[str],
    metrics: QFontMetrics,
    room: int,
    *,
    between: str = APART,
    most: int | None = None,
) -> list[str]:
    """The parts, none of them divided, in lines that are no wider than there is room.

    A part that is wider ends early, and so does what goes beyond the `most` lines.
    """
    lines: list[str] = []
    for part in parts:
        longer = between.join([*lines[-1:], part])
        fits = metrics.horizontalAdvance(longer) <= room
        if lines and (fits or len(lines) == most):
            lines[-1] = longer
        else:
            lines.append(part)
    right = Qt.TextElideMode.ElideRight
    return [metrics.elidedText(line, right, room) for line in lines]
