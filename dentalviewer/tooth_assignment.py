"""Which tooth a finding belongs to, worked out from the teeth that were found.

Like agreement, it is computed and never stored: whatever a reader states about a tooth
stands, and the rest follows the boxes as they are moved. Where teeth are missing, their
places are estimated from the neighbours that are there and the template of the arch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from dentalviewer.arch import (
    ARCH_TEETH,
    LOWER_ROW,
    UPPER_ROW,
    USUAL_HEIGHT,
    USUAL_SCALE,
    USUAL_WIDTH,
    Arch,
    fit_arch,
)
from dentalviewer.dentition import Tooth
from dentalviewer.geometry import Box, iou
from dentalviewer.labels import ENDODONTIC, IMPLANT
from dentalviewer.review import Review, Sides
from dentalviewer.study import Finding

# The root region of a tooth's box is its apical 62 %, as the training data have it.
ROOT_SHARE = 0.62
# A restoration ends somewhere in the crown; roots of the tooth above do not reach here.
CROWN_SHARE = 0.5
# A bridge is at least so many teeth wide, and covers so much of each one's width.
WIDE = 1.4
COVERED = 0.55
# In doubt: the next best tooth fits nearly as well, or even the best fits badly.
NEARLY_AS_WELL = 0.75
BADLY = 0.15
# Two implants never overlap so much; two readers' boxes of one implant do.
SAME_FIXTURE_IOU = 0.3
# Where a tooth was found, an implant is less likely: in widths of a tooth.
TAKEN = 0.6

# The label of a tooth that was found and has no number.
UNNUMBERED_LABEL = "tooth"

NO_TEETH = "No teeth were found. Is this a panoramic radiograph?"
NO_ARCH = (
    "No tooth was numbered: what was found does not lie as teeth in upright jaws do. Is"
    " this a panoramic radiograph, the right way up?"
)


@dataclass(frozen=True, slots=True)
class Placing:
    """The teeth of a finding, from the patient's right to left; a bridge has several.

    `stated` by a person rather than worked out; `doubtful` where another tooth would
    do nearly as well.
    """

    teeth: tuple[Tooth, ...] = ()
    stated: bool = False
    doubtful: bool = False

    def mirrored(self) -> Placing:
        """On the other side of the patient, unless a person stated it."""
        if self.stated:
            return self
        return replace(self, teeth=tuple(t.mirrored() for t in reversed(self.teeth)))

    def __str__(self) -> str:
        """Such as "36", "34–36" for a bridge, "36?" where it is in doubt."""
        if not self.teeth:
            return ""
        ends = dict.fromkeys((self.teeth[0], self.teeth[-1]))
        return "–".join(map(str, ends)) + ("?" if self.doubtful else "")


def teeth_of(review: Review) -> Mapping[int, Placing]:
    """Where each item of a review belongs, by its id.

    Where it is in doubt whether the radiograph is mirrored, only what is stated.
    """
    teeth = review.detection.teeth if review.detection else ()
    items = review.items
    placings = _placed([item.current for item in items], teeth, review.sides)
    return {item.id: placing for item, placing in zip(items, placings, strict=True)}


def numbered_teeth(review: Review) -> tuple[Finding, ...]:
    """The teeth that were found, by the numbers that the sides of a review allow.

    A detector numbers them as if the patient's right were on the left.
    """
    teeth = review.detection.teeth if review.detection else ()
    return numbered_for(review.sides, teeth)


def numbered_for(sides: Sides, teeth: Iterable[Finding]) -> tuple[Finding, ...]:
    """Teeth by the numbers that they have if the sides are so; none if in doubt."""
    if sides is Sides.DOUBTFUL:
        return tuple(map(_without_number, teeth))
    if sides is Sides.MIRRORED:
        return tuple(map(_on_the_other_side, teeth))
    return tuple(teeth)


def _without_number(found: Finding) -> Finding:
    if found.tooth is None:
        return found
    return replace(found, tooth=None, label=UNNUMBERED_LABEL)


def _on_the_other_side(found: Finding) -> Finding:
    if found.tooth is None:
        return found
    tooth = found.tooth.mirrored()
    return replace(found, tooth=tooth, label=str(tooth))


def _placed(
    findings: Sequence[Finding], teeth: Sequence[Finding], sides: Sides
) -> tuple[Placing, ...]:
    """Where findings belong; `teeth` are numbered as if the sides were as usual."""
    placings = place_findings(findings, () if sides is Sides.DOUBTFUL else teeth)
    if sides is Sides.MIRRORED:
        return tuple(each.mirrored() for each in placings)
    return placings


def with_teeth(
    findings: Iterable[Finding],
    teeth: Sequence[Finding],
    sides: Sides = Sides.ASSUMED,
) -> tuple[Finding, ...]:
    """The findings with the teeth that they belong to."""
    findings = tuple(findings)
    return tuple(
        with_placing(finding, placing)
        for finding, placing in zip(
            findings, _placed(findings, teeth, sides), strict=True
        )
    )


def with_placing(finding: Finding, placing: Placing) -> Finding:
    """The finding as the placing has it; a bridge gets both ends of its span."""
    if not placing.teeth:
        return finding
    last = placing.teeth[-1] if len(placing.teeth) > 1 else None
    return replace(finding, tooth=placing.teeth[0], last_tooth=last)


def place_findings(
    findings: Sequence[Finding], teeth: Sequence[Finding]
) -> tuple[Placing, ...]:
    """Where each finding belongs, given the teeth of the radiograph.

    What a finding states itself stands; without numbered teeth nothing else is known.
    """
    places = _places_of(tuple(teeth))
    placings = [
        Placing(finding.teeth, stated=True) if finding.tooth else Placing()
        for finding in findings
    ]
    if places is None:
        return tuple(placings)
    implants = []
    for index, finding in enumerate(findings):
        if placings[index].stated:
            continue
        if finding.label == IMPLANT:
            implants.append(index)
        elif finding.label == ENDODONTIC:
            placings[index] = _place_root(finding.box, places)
        else:
            placings[index] = _place_crown(finding.box, places)
    fixtures = _fixtures([findings[index].box for index in implants])
    apart = _place_implants([each[0] for each in fixtures], places)
    for index in implants:
        box = findings[index].box
        where = next(i for i, each in enumerate(fixtures) if box in each)
        placings[index] = apart[where]
    return tuple(placings)


def doubt_about(teeth: Sequence[Finding]) -> str:
    """What to ask of a radiograph whose teeth look unusual; empty if nothing."""
    if not teeth:
        return NO_TEETH
    return "" if any(tooth.tooth for tooth in teeth) else NO_ARCH


def _arch_of(teeth: Mapping[Tooth, Box]) -> Arch:
    # The size of the arch, so far as the place of the teeth does not tell it.
    width = sum(box.width for box in teeth.values()) / len(teeth)
    return fit_arch(teeth, width / USUAL_WIDTH / USUAL_SCALE)


@dataclass(frozen=True, slots=True)
class _Places:
    """The box of every place of both jaws; `found` are those of teeth that are there.

    `unit` is the usual width of a tooth in pixels; `crowns` are the crown regions of
    the upper and the lower jaw, `roots` the root regions of the teeth that are there.
    """

    boxes: Mapping[Tooth, Box]
    found: frozenset[Tooth]
    unit: float
    crowns: tuple[Mapping[Tooth, Box], ...]
    roots: Mapping[Tooth, Box]


# While a review is edited its teeth stay the same.
@lru_cache(maxsize=8)
def _places_of(teeth: tuple[Finding, ...]) -> _Places | None:
    """None where no permanent tooth is numbered, or they lie as in no mouth."""
    known = {t.tooth: t.box for t in teeth if t.tooth and t.tooth in ARCH_TEETH}
    if not known:
        return None
    arch = _arch_of(known)
    if arch.scale <= 0:
        return None
    jaws = [_row_boxes(row, known, arch) for row in (UPPER_ROW, LOWER_ROW)]
    boxes = {tooth: box for jaw in jaws for tooth, box in jaw.items()}
    return _Places(
        boxes,
        frozenset(known),
        USUAL_WIDTH * arch.scale,
        tuple(
            {tooth: crown_region(tooth, box) for tooth, box in jaw.items()}
            for jaw in jaws
        ),
        {tooth: root_region(tooth, boxes[tooth]) for tooth in boxes if tooth in known},
    )


def _row_boxes(
    row: Sequence[Tooth], known: Mapping[Tooth, Box], arch: Arch
) -> dict[Tooth, Box]:
    """Every place of a row: as found, or as the template and the neighbours say."""
    there = [index for index, tooth in enumerate(row) if tooth in known]
    heights = [known[row[index]].height for index in there]
    height = sum(heights) / len(heights) if heights else USUAL_HEIGHT * arch.scale
    boxes = {}
    for index, tooth in enumerate(row):
        if tooth in known:
            boxes[tooth] = known[tooth]
            continue
        x, y = arch.place(tooth)
        dx, dy = _shift(index, row, there, known, arch)
        half = USUAL_WIDTH * arch.scale / 2
        x, y = x + dx, y + dy
        boxes[tooth] = Box(x - half, y - height / 2, x + half, y + height / 2)
    return boxes


def _shift(
    index: int,
    row: Sequence[Tooth],
    there: Sequence[int],
    known: Mapping[Tooth, Box],
    arch: Arch,
) -> tuple[float, float]:
    """How far from the template a missing tooth lies: as its neighbours do."""
    shifts = []
    for neighbour in (
        max((i for i in there if i < index), default=None),
        min((i for i in there if i > index), default=None),
    ):
        if neighbour is not None:
            (x, y), (own_x, own_y) = (
                known[row[neighbour]].center,
                arch.place(row[neighbour]),
            )
            shifts.append((abs(index - neighbour), x - own_x, y - own_y))
    if not shifts:
        return 0.0, 0.0
    # The nearer neighbour tells more.
    weights = [1 / distance for distance, _, _ in shifts]
    total = sum(weights)
    return (
        sum(w * dx for w, (_, dx, _) in zip(weights, shifts, strict=True)) / total,
        sum(w * dy for w, (_, _, dy) in zip(weights, shifts, strict=True)) / total,
    )


def root_region(tooth: Tooth, box: Box) -> Box:
    """The apical part of a tooth's box, where a root filling lies."""
    height = ROOT_SHARE * box.height
    if tooth in UPPER_ROW:
        return Box(box.x_min, box.y_min, box.x_max, box.y_min + height)
    return Box(box.x_min, box.y_max - height, box.x_max, box.y_max)


def crown_region(tooth: Tooth, box: Box) -> Box:
    """The part of a tooth's box where a restoration lies."""
    height = CROWN_SHARE * box.height
    if tooth in UPPER_ROW:
        return Box(box.x_min, box.y_max - height, box.x_max, box.y_max)
    return Box(box.x_min, box.y_min, box.x_max, box.y_min + height)


def _place_root(box: Box, places: _Places) -> Placing:
    return _best({tooth: iou(box, root) for tooth, root in places.roots.items()})


def _best(fits: Mapping[Tooth, float]) -> Placing:
    """The tooth that fits best, from 0 to 1; none where none does at all."""
    ranked = sorted(fits, key=lambda tooth: -fits[tooth])
    if not ranked or fits[ranked[0]] <= 0:
        return Placing()
    most = fits[ranked[0]]
    close = len(ranked) > 1 and fits[ranked[1]] >= NEARLY_AS_WELL * most
    return Placing((ranked[0],), doubtful=close or most < BADLY)


def _place_crown(box: Box, places: _Places) -> Placing:
    """By the crowns that the box lies on: those of one jaw, all that it covers."""
    wide = box.width > WIDE * places.unit
    rows = [
        {
            tooth: _shared_area(box, crown) / box.area
            for tooth, crown in crowns.items()
            # Between the teeth of a bridge there are gaps.
            if wide or tooth in places.found
        }
        for crowns in places.crowns
    ]
    shares = max(rows, key=lambda row: sum(row.values()))
    covered = [
        tooth
        for tooth in shares
        if wide and _covered_width(places.boxes[tooth], box) >= COVERED
    ]
    if len(covered) > 1 and sum(shares.values()) > 0:
        row = UPPER_ROW if covered[0] in UPPER_ROW else LOWER_ROW
        ends = sorted(map(row.index, covered))
        return Placing(row[ends[0] : ends[-1] + 1])
    if sum(shares.values()) < BADLY:
        return _in_a_gap(box, places)
    return _best(shares)


def _in_a_gap(box: Box, places: _Places) -> Placing:
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


def _place_implants(boxes: Sequence[Box], places: _Places) -> list[Placing]:
    """Each implant at a place of its own, in the order of the row, the nearest ones."""
    costs = [
        {tooth: _distance(box, tooth, places) for tooth in places.boxes}
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


def _distance(box: Box, tooth: Tooth, places: _Places) -> float:
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


def _shared_area(a: Box, b: Box) -> float:
    width = min(a.x_max, b.x_max) - max(a.x_min, b.x_min)
    height = min(a.y_max, b.y_max) - max(a.y_min, b.y_min)
    return max(width, 0.0) * max(height, 0.0)


def _covered_width(tooth: Box, box: Box) -> float:
    """The share of a tooth's width that lies under a box."""
    width = min(tooth.x_max, box.x_max) - max(tooth.x_min, box.x_min)
    return max(width, 0.0) / tooth.width
