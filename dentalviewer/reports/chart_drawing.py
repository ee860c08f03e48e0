"""The dental chart as parts to be painted, the same in the window and in the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from dentalviewer.arch import row_of
from dentalviewer.dentition import Tooth
from dentalviewer.labels import ENDODONTIC, IMPLANT, KNOWN_LABELS, RESTORATION
from dentalviewer.reports.tooth_shapes import (
    EDGE,
    NECK,
    Curve,
    Place,
    Shape,
    places,
    shape_of,
)
from dentalviewer.reports.tooth_states import ToothState


class Role(StrEnum):
    """What a part shows; a painter gives each its colour and line."""

    TOOTH = "tooth"
    ABSENT = "absent"
    CROSS = "cross"
    TREATED = "treated"
    CANAL = "canal"
    BAR = "bar"


@dataclass(frozen=True, slots=True)
class Part:
    """A curve in units of the chart; `label` is the treatment that gives the colour."""

    role: Role
    curve: Curve
    label: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One tooth of the chart, from the back to the front."""

    place: Place
    state: ToothState
    parts: tuple[Part, ...]


def draw_chart(
    states: Mapping[Tooth, ToothState], *, deciduous: bool = False
) -> tuple[Drawn, ...]:
    drawn = []
    for place in places(deciduous=deciduous):
        state = states.get(place.tooth, ToothState(place.tooth))
        parts = tuple(_parts(place, state, shape_of(place.tooth)))
        drawn.append(Drawn(place, state, parts))
    return tuple(drawn)


def needs_deciduous(states: Mapping[Tooth, ToothState]) -> bool:
    """Whether something is known of a deciduous tooth."""
    return any(tooth.deciduous for tooth in states)


def _parts(place: Place, state: ToothState, shape: Shape) -> Iterator[Part]:
    absent = state.seen is False
    rooted = Role.ABSENT if absent else Role.TOOTH
    if IMPLANT in state.labels:
        yield Part(Role.TREATED, place.put(shape.implant), IMPLANT)
    else:
        for root in shape.roots:
            yield Part(rooted, place.put(root))
    # Canals end, and bars begin, behind the crown.
    if ENDODONTIC in state.labels:
        for canal in shape.canals:
            yield Part(Role.CANAL, place.put(canal), ENDODONTIC)
    yield from _bars(place, state)
    if RESTORATION in state.labels:
        yield Part(Role.TREATED, place.put(shape.crown), RESTORATION)
    else:
        gone = absent or IMPLANT in state.labels
        yield Part(Role.ABSENT if gone else Role.TOOTH, place.put(shape.crown))
    for number, label in enumerate(_others(state)):
        yield Part(Role.TREATED, place.put(_spot(number)), label)
    if absent and IMPLANT not in state.labels:
        bottom = NECK - 1 if state.treated else EDGE
        for across in (-1, 1):
            reach = across * shape.width / 2
            line = _line((-reach, 2.0), (reach, bottom))
            yield Part(Role.CROSS, place.put(line))


def _bars(place: Place, state: ToothState) -> Iterator[Part]:
    """Towards the neighbours that the same bridge reaches."""
    if not state.bridge:
        return
    row = row_of(state.tooth)
    here = row.index(state.tooth)
    height = place.put(((0.0, EDGE - 4.5),))[0][1]
    for step, edge in ((-1, place.left), (1, place.left + place.width)):
        neighbour = here + step
        if 0 <= neighbour < len(row) and row[neighbour] in state.bridge:
            yield Part(Role.BAR, _line((place.x, height), (edge, height)), RESTORATION)


def _others(state: ToothState) -> list[str]:
    return [label for label in state.labels if label not in KNOWN_LABELS]


def _spot(number: int) -> Curve:
    """A diamond on the crown, for what has no drawing of its own."""
    y, r = EDGE - 5.0 - 3.2 * number, 1.4
    top, right, bottom, left = (0.0, y - r), (r, y), (0.0, y + r), (-r, y)
    return (
        top, top, right, right, right, bottom, bottom, bottom, left, left, left, top,
        top,
    )  # fmt: skip


def _line(start: tuple[float, float], end: tuple[float, float]) -> Curve:
    return (start, start, end, end)
