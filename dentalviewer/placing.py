"""Where findings belong, by their boxes and those of the teeth of a radiograph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from dentalviewer.arch import LOWER_ROW, UPPER_ROW
from dentalviewer.dentition import Notation, Tooth, successor_of
from dentalviewer.geometry import Box, iou, shared_area
from dentalviewer.labels import ENDODONTIC, IMPLANT
from dentalviewer.study import Finding
from dentalviewer.tooth_places import Places, places_of

# A bridge is at least so many teeth wide, and covers so much of each one's width.
WIDE = 1.4
COVERED = 0.55
# A tooth at the end of a span is rarely covered less than this: molars lean into gaps,
# and their boxes are as wide as their roots.
END_COVERED = 0.25
# In doubt: the next best tooth fits nearly as well, or even the best fits badly.
NEARLY_AS_WELL = 0.75
BADLY = 0.15
# Two implants never overlap so much; two readers' boxes of one implant do.
SAME_FIXTURE_IOU = 0.3
# Where a tooth was found, an implant is less likely: in widths of a tooth.
TAKEN = 0.6


@dataclass(frozen=True, slots=True)
class Placing:
    """The teeth of a finding, from the patient's right to left; a bridge has several.

    `stated` by a person rather than worked out; `doubtful` where another tooth would
    do nearly as well, or the number of one may be another.
    """

    teeth: tuple[Tooth, ...] = ()
    stated: bool = False
    doubtful: bool = False

    @property
    def ends(self) -> tuple[Tooth, ...]:
        """The first and the last tooth, which tell those between."""
        return (self.teeth[0], self.teeth[-1]) if self.teeth else ()

    def mirrored(self) -> Placing:
        """On the other side of the patient, unless a person stated it."""
        if self.stated:
            return self
        return replace(self, teeth=tuple(t.mirrored() for t in reversed(self.teeth)))

    def written(self, notation: Notation) -> str:
        """Such as "36", "34–36" for a bridge, "36?" where it is in doubt."""
        span = notation.span_of(self.teeth)
        return f"{span}?" if span and self.doubtful else span

    def __str__(self) -> str:
        """As `written` in FDI numbers."""
        return self.written(Notation.FDI)

    def is_far_from(self, other: Placing) -> bool:
        """Whether every tooth of it stands in the other jaw or on the other side.

        False where nothing is known of either.
        """
        pairs = [(a, b) for a in self.teeth for b in other.teeth]
        return bool(pairs) and all(a.is_far_from(b) for a, b in pairs)


def with_placing(finding: Finding, placing: Placing) -> Finding:
    """The finding as the placing has it; what it states itself stays."""
    if placing.stated or not placing.teeth:
        return finding
    return replace(
        finding,
        tooth=placing.teeth[0],
        last_tooth=placing.teeth[-1] if len(placing.teeth) > 1 else None,
        tooth_in_doubt=placing.doubtful,
    )


def place_findings(
    findings: Sequence[Finding],
    teeth: Sequence[Finding],
    vacant: Sequence[tuple[Tooth, Box]] = (),
) -> tuple[Placing, ...]:
    """Where each finding belongs, given the teeth of the radiograph.

    What a finding states itself stands; without numbered teeth nothing else is known.
    A `vacant` place has no tooth, as a person says of what lies there: a crown there
    may be part of a bridge, and a root filling is in doubt.
    """
    places = places_of(tuple(teeth), tuple(vacant))
    placings = [
        Placing(finding.teeth, stated=True) if finding.tooth else Placing()
        for finding in findings
    ]
    if places is None:
        return tuple(placings)
    open_still = [i for i, placing in enumerate(placings) if not placing.stated]
    implants = [i for i in open_still if findings[i].label == IMPLANT]
    for index, placing in _placed_implants(findings, implants, places).items():
        placings[index] = placing
    # What a span may end on.
    pillars = places.found.union(
        *(
            placing.teeth
            for finding, placing in zip(findings, placings, strict=True)
            if finding.label == IMPLANT
        )
    )
    for index in open_still:
        box = findings[index].box
        if findings[index].label == ENDODONTIC:
            on_implant = _on_implant(box, findings, placings)
            placings[index] = on_implant or _place_root(box, places)
        elif findings[index].label != IMPLANT:
            placings[index] = _place_crown(box, places, pillars)
        if not places.doubted.isdisjoint(placings[index].ends):
            placings[index] = replace(placings[index], doubtful=True)
    return tuple(placings)


def _on_implant(
    box: Box, findings: Sequence[Finding], placings: Sequence[Placing]
) -> Placing | None:
    """Where another says that an implant is, in doubt; None where nobody does."""
    for finding, placing in zip(findings, placings, strict=True):
        if finding.label == IMPLANT and iou(finding.box, box) >= SAME_FIXTURE_IOU:
            return replace(placing, stated=False, doubtful=True)
    return None


def _placed_implants(
    findings: Sequence[Finding], implants: Sequence[int], places: Places
) -> dict[int, Placing]:
    """The placing of each of the `implants`, by its index among the findings."""
    fixtures = _fixtures([findings[index].box for index in implants])
    apart = _place_implants([each[0] for each in fixtures], places)
    return {
        index: next(
            placing
            for placing, boxes in zip(apart, fixtures, strict=True)
            if findings[index].box in boxes
        )
        for index in implants
    }


def _place_root(box: Box, places: Places) -> Placing:
    fits = {tooth: iou(box, root) for tooth, root in places.roots.items()}
    placing = _best(fits)
    # No root is where no tooth is: the filling is of another, or the person erred.
    vacant = not places.vacant.isdisjoint(placing.teeth)
    return replace(placing, doubtful=placing.doubtful or vacant)


def _best(fits: Mapping[Tooth, float]) -> Placing:
    """The tooth that fits best, from 0 to 1; none where none does at all."""
    ranked = sorted(fits, key=lambda tooth: -fits[tooth])
    if not ranked or fits[ranked[0]] <= 0:
        return Placing()
    most = fits[ranked[0]]
    close = len(ranked) > 1 and fits[ranked[1]] >= NEARLY_AS_WELL * most
    return Placing((ranked[0],), doubtful=close or most < BADLY)


def _place_crown(box: Box, places: Places, pillars: AbstractSet[Tooth]) -> Placing:
    """By the crowns that the box lies on: those of one jaw, all that it covers.

    `pillars` are the teeth and implants that are there.
    """
    deciduous = (tooth for tooth in places.found if tooth.deciduous)
    # Where both are there, the one that the box lies on counts.
    held = set(map(successor_of, deciduous)) - places.found
    if box.width > WIDE * places.unit:
        # Between the teeth of a bridge there are gaps.
        known = pillars | places.vacant
        shares = _shares(box, places, lambda tooth: tooth not in held, known=known)
        if sum(shares.values()) > 0:
            span = _span(box, shares, places, pillars)
            if len(span.teeth) > 1:
                return span
    there = pillars | places.vacant
    shares = _shares(box, places, lambda tooth: tooth in there, known=there)
    if sum(shares.values()) < BADLY:
        return _in_a_gap(box, places)
    return _best(shares)


def _shares(
    box: Box,
    places: Places,
    asked: Callable[[Tooth], bool],
    *,
    known: AbstractSet[Tooth],
) -> Mapping[Tooth, float]:
    """How much of a box lies on each crown, 0 to 1: those asked for of one jaw.

    That is the one of which it covers more; a jaw of which it only covers places that
    are worked out gives way to one of which it lies on `known` ones.
    """
    rows = [
        {
            tooth: shared_area(box, crown) / box.area
            for tooth, crown in crowns.items()
            if asked(tooth)
        }
        for crowns in places.crowns
    ]
    return max(
        rows,
        key=lambda row: (
            any(share > 0 for tooth, share in row.items() if tooth in known),
            sum(row.values()),
        ),
    )


def _span(
    box: Box,
    shares: Mapping[Tooth, float],
    places: Places,
    pillars: AbstractSet[Tooth],
) -> Placing:
    """The teeth of a row that a box covers, with those between; perhaps none.

    A span ends on a tooth or an implant. Where none is under its end, the next tooth
    carries it if the box reaches well onto it; else the span is in doubt, though it may
    be a bridge with a free end.
    """
    row = _row_as_it_stands(shares)
    covers = [_covered_width(places.boxes[tooth], box) for tooth in row]
    covered = [i for i, share in enumerate(covers) if share >= COVERED]
    if not covered:
        return Placing()
    first, last = covered[0], covered[-1]
    if row[first] not in pillars and _carries(first - 1, row, covers, pillars):
        first -= 1
    if row[last] not in pillars and _carries(last + 1, row, covers, pillars):
        last += 1
    hanging = not {row[first], row[last]} <= pillars
    return Placing(row[first : last + 1], doubtful=hanging)


def _carries(
    index: int,
    row: Sequence[Tooth],
    covers: Sequence[float],
    pillars: AbstractSet[Tooth],
) -> bool:
    """Whether there is a tooth or an implant, and a span reaches well onto it."""
    there = 0 <= index < len(row) and row[index] in pillars
    return there and covers[index] >= END_COVERED


def _row_as_it_stands(shares: Mapping[Tooth, float]) -> tuple[Tooth, ...]:
    """The row of a jaw; a deciduous tooth stands in it where its successor would.

    Of both, the one that has the greater share.
    """
    row = UPPER_ROW if any(tooth in UPPER_ROW for tooth in shares) else LOWER_ROW
    held = {successor_of(tooth): tooth for tooth in shares if tooth.deciduous}
    return tuple(
        held[tooth]
        if tooth in held and shares[held[tooth]] >= shares.get(tooth, 0.0)
        else tooth
        for tooth in row
    )


def _in_a_gap(box: Box, places: Places) -> Placing:
    """A crown where no tooth was found: on an implant, or between two others."""
    fits = {
        tooth: iou(box, crown)
        for crowns in places.crowns
        for tooth, crown in crowns.items()
    }
    return replace(_best(fits), doubtful=True)


def _fixtures(boxes: Sequence[Box]) -> list[list[Box]]:
    """Boxes of one implant together: dentist and detector each mark it in their way."""
    fixtures: list[list[Box]] = []
    for box in boxes:
        same = [each for each in fixtures if iou(each[0], box) >= SAME_FIXTURE_IOU]
        if same:
            same[0].append(box)
        else:
            fixtures.append([box])
    return fixtures


def _place_implants(boxes: Sequence[Box], places: Places) -> list[Placing]:
    """Each implant at a place of its own, in the order of the row, the nearest ones.

    It replaces a permanent tooth.
    """
    costs = [
        {tooth: _distance(box, tooth, places) for tooth in (*UPPER_ROW, *LOWER_ROW)}
        for box in boxes
    ]
    placings: list[Placing] = [Placing()] * len(boxes)
    for row in (UPPER_ROW, LOWER_ROW):
        here = sorted(
            (
                i
                for i, cost in enumerate(costs)
                if min(cost, key=cost.__getitem__) in row
            ),
            key=lambda i: boxes[i].center[0],
        )
        chosen = _in_order([[costs[i][tooth] for tooth in row] for i in here])
        # More than the row has places for: the last of them get none.
        for i, place in zip(here, chosen, strict=False):
            own = costs[i][row[place]]
            others = [costs[i][tooth] for tooth in row if tooth != row[place]]
            doubtful = min(others) < own + (1 - NEARLY_AS_WELL)
            placings[i] = Placing((row[place],), doubtful=doubtful)
    return placings


def _distance(box: Box, tooth: Tooth, places: Places) -> float:
    """From an implant to a place, in widths of a tooth."""
    place = places.boxes[tooth]
    x, y = box.center
    distance = abs(x - place.center[0]) / places.unit
    distance += abs(y - place.center[1]) / place.height
    # What was taken for a tooth may be the implant itself.
    taken = tooth in places.found and iou(box, place) < 0.3
    return distance + (TAKEN if taken else 0.0)


def _in_order(costs: Sequence[Sequence[float]]) -> list[int]:
    """The cheapest place for each row of costs, each further on than the one before."""
    best: dict[int, tuple[float, list[int]]] = {-1: (0.0, [])}
    for row in costs[:16]:
        following: dict[int, tuple[float, list[int]]] = {}
        for place, cost in enumerate(row):
            options = [
                (worth + cost, [*chosen, place])
                for before, (worth, chosen) in best.items()
                if before < place
            ]
            if options:
                following[place] = min(options)
        best = following
    return min(best.values())[1] if best else []


def _covered_width(tooth: Box, box: Box) -> float:
    """The share of a tooth's width that lies under a box."""
    width = min(tooth.x_max, box.x_max) - max(tooth.x_min, box.x_min)
    return max(width, 0.0) / tooth.width
