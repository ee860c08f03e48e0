"""The dental chart as parts to be painted, the same in the window and in the report."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from dentalviewer.dentition import Tooth, successor_of
from dentalviewer.dicom import PERMANENT_TEETH_FROM
from dentalviewer.labels import ENDODONTIC, IMPLANT, KNOWN_LABELS, RESTORATION
from dentalviewer.reports.tooth_shapes import (
    CHART_HEIGHT,
    EDGE,
    NECK,
    Curve,
    Place,
    Shape,
    places,
    retained_place,
    shape_of,
)
from dentalviewer.reports.tooth_states import Span, ToothState, in_order

# The age in years at which the first permanent teeth come.
MIXED_FROM = 6
# More deciduous teeth than an adult keeps are a child's whose age is not known.
MOST_RETAINED = 4


class Role(StrEnum):
    """What a part shows; a painter gives each its colour and line."""

    TOOTH = "tooth"
    ABSENT = "absent"
    UNKNOWN = "unknown"
    MISSING = "missing"
    NOT_SEEN = "not seen"
    TREATED = "treated"
    CANAL = "canal"
    BAR = "bar"


@dataclass(frozen=True, slots=True)
class Part:
    """A curve in units of the chart; `label` is the treatment that gives the colour.

    It is `hollow` where nobody has decided about the treatment.
    """

    role: Role
    curve: Curve
    label: str = ""
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """One tooth of the chart, from the back to the front."""

    place: Place
    state: ToothState
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What a chart takes up, in its units: the columns and rows with teeth.

    `sides_y` is where R and L stand beside it: at the height of the numbers.
    """

    left: float
    top: float
    width: float
    height: float
    sides_y: float


def draw_chart(
    states: Mapping[Tooth, ToothState],
    *,
    deciduous: bool = False,
    known_only: bool = False,
    instead: Iterable[Tooth] = (),
    left: float = 0.0,
) -> tuple[Drawn, ...]:
    """The permanent or the deciduous teeth, from `left` on; perhaps only `states`.

    `instead` are deciduous teeth that stand where their successors would.
    """
    stay = {successor_of(tooth): tooth for tooth in instead}
    wanted = [
        place
        for place in places(deciduous=deciduous)
        if not known_only or place.tooth in states
    ]
    shift = left - min((place.left for place in wanted), default=0.0)
    stand = {}
    for place in wanted:
        tooth = stay.get(place.tooth)
        own = place if tooth is None else retained_place(tooth, place)
        stand[own.tooth] = replace(own, x=own.x + shift, left=own.left + shift)
    drawn = []
    for tooth, place in stand.items():
        state = states.get(tooth, ToothState(tooth))
        parts = tuple(
            replace(part, hollow=True) if part.label in state.undecided else part
            for part in _parts(place, state, shape_of(tooth), stand)
        )
        drawn.append(Drawn(place, state, parts))
    return tuple(drawn)


def report_charts(
    states: Mapping[Tooth, ToothState], age: int | None
) -> tuple[tuple[Drawn, ...], ...]:
    """What a report draws of a patient of that age in years, if it is known.

    Of the deciduous teeth of an adult only those of which something is known, where
    their successors would stand if nothing is known of these.
    """
    drawn = dentitions(states, age)
    instead = () if True in drawn else retained_teeth(states)
    return tuple(
        draw_chart(
            states,
            deciduous=deciduous,
            known_only=deciduous and not is_child(age),
            instead=() if deciduous else instead,
        )
        for deciduous in drawn
    )


def frame_of(chart: Sequence[Drawn]) -> Frame:
    """Of a chart with one tooth or more."""
    places = [drawn.place for drawn in chart]
    left = min(place.left for place in places)
    right = max(place.left + place.width for place in places)
    rows = {place.flipped_y for place in places}
    middle = CHART_HEIGHT / 2
    top = middle if rows == {True} else 0.0
    bottom = middle if rows == {False} else CHART_HEIGHT
    sides_y = middle if len(rows) == 2 else places[0].number_y
    return Frame(left, top, right - left, bottom - top, sides_y)


def dentitions(
    states: Mapping[Tooth, ToothState], age: int | None, chosen: bool | None = None
) -> tuple[bool, ...]:
    """Which charts there should be: False is the permanent teeth, True the deciduous.

    Those of which something is known, but for retained teeth that can stand among the
    permanent ones; else by the patient's age in years, or as the reader has `chosen`,
    True for the deciduous ones.
    """
    known = {tooth.deciduous for tooth in states if _is_known(tooth, states)}
    deciduous = chosen if chosen is not None else is_child(age)
    if deciduous:
        known.add(True)
    elif _stand_among_permanent(retained_teeth(states), states):
        known.discard(True)
    if not deciduous or (age is not None and age >= MIXED_FROM):
        known.add(False)
    return tuple(sorted(known))


def retained_teeth(states: Mapping[Tooth, ToothState]) -> tuple[Tooth, ...]:
    """Deciduous teeth of an adult; none where there are so many that it is a child."""
    deciduous = [t for t in states if t.deciduous and _is_known(t, states)]
    return tuple(in_order(deciduous)) if len(deciduous) <= MOST_RETAINED else ()


def _stand_among_permanent(
    retained: Sequence[Tooth], states: Mapping[Tooth, ToothState]
) -> bool:
    """Whether there are some, and nothing is known of any successor."""
    successors = map(successor_of, retained)
    return bool(retained) and not any(_is_known(each, states) for each in successors)


def _is_known(tooth: Tooth, states: Mapping[Tooth, ToothState]) -> bool:
    state = states.get(tooth, ToothState(tooth))
    return state.treated or bool(state.seen)


def is_child(age: int | None) -> bool:
    """Whether deciduous teeth are to be expected at an age in years."""
    return age is not None and age < PERMANENT_TEETH_FROM


def draws(chart: Iterable[Drawn], role: Role) -> bool:
    return any(part.role is role for drawn in chart for part in drawn.parts)


def _parts(
    place: Place, state: ToothState, shape: Shape, stand: Mapping[Tooth, Place]
) -> Iterator[Part]:
    absent = state.seen is False
    rooted = _rooted(state)
    if IMPLANT in state.labels:
        yield Part(Role.TREATED, place.put(shape.implant), IMPLANT)
    else:
        for root in shape.roots:
            yield Part(rooted, place.put(root))
    # Canals end, and bars begin, behind the crown.
    if ENDODONTIC in state.labels:
        for canal in shape.canals:
            yield Part(Role.CANAL, place.put(canal), ENDODONTIC)
    yield from _bars(place, state, stand)
    if RESTORATION in state.labels:
        yield Part(Role.TREATED, place.put(shape.crown), RESTORATION)
    else:
        crown = Role.ABSENT if IMPLANT in state.labels else rooted
        yield Part(crown, place.put(shape.crown))
    for number, label in enumerate(_others(state)):
        yield Part(Role.TREATED, place.put(_spot(number)), label)
    if absent and IMPLANT not in state.labels:
        cross = Role.MISSING if state.missing else Role.NOT_SEEN
        bottom = NECK - 1 if state.treated else EDGE
        for across in (-1, 1):
            reach = across * shape.width / 2
            line = _line((-reach, 2.0), (reach, bottom))
            yield Part(cross, place.put(line))


def _rooted(state: ToothState) -> Role:
    """A treated tooth is there even if nobody looked, unless a bridge replaces it."""
    if state.seen is False:
        return Role.ABSENT
    own = ENDODONTIC in state.labels or (state.treated and not state.spans)
    return Role.TOOTH if state.seen or own else Role.UNKNOWN


def _bars(
    place: Place, state: ToothState, stand: Mapping[Tooth, Place]
) -> Iterator[Part]:
    """In one piece to the next tooth of the chart that the same restoration reaches."""
    height = place.put(((0.0, EDGE - 4.5),))[0][1]
    for tooth in dict.fromkeys(
        _next_in(span, state.tooth, stand) for span in state.spans
    ):
        if tooth is not None:
            line = _line((place.x, height), (stand[tooth].x, height))
            yield Part(Role.BAR, line, RESTORATION)


def _next_in(span: Span, tooth: Tooth, stand: Container[Tooth]) -> Tooth | None:
    """Of a span, the first after a tooth that stands in the chart."""
    after = span.teeth[span.teeth.index(tooth) + 1 :]
    return next((each for each in after if each in stand), None)


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
