"""Where captions go beside boxes: they cover neither each other, nor what another box
is about, nor the numbers of teeth.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from PySide6.QtGui import QFont

from dentalviewer.geometry import Box
from dentalviewer.gui.canvas.caption_plates import plate_height, plate_width
from dentalviewer.gui.canvas.caption_room import (
    CLEARANCE,
    EDGE,
    Room,
    Spot,
    distance,
    spots_apart,
    spots_at_corners,
    spots_beside,
)

# With so many captions there is room for few words only.
MANY = 60
# For a caption that must be painted a place costs its distance, in points, and as much
# for each square point of another box that it hides; besides, near another box, and
# where it was before:
_NEAR_ANOTHER, _AS_BEFORE = 20.0, -25.0


@dataclass(frozen=True, slots=True)
class Caption:
    """What is to be said beside a box: the first of `texts` that there is room for.

    One that `must` be painted comes before all others. The box is in points from the
    corner of the radiograph, so that panning moves no caption against its box.
    """

    texts: tuple[str, ...]
    label: str
    box: Box
    above: bool
    must: bool = False


class Placed(NamedTuple):
    """Which `caption`, by its index and by which of its texts, and where: in which of
    the spots around its box, and the corner of its plate.
    """

    caption: int
    text: str
    spot: int
    place: Spot


def plate_area(placed: Placed) -> Box:
    """What a caption that was arranged covers."""
    x, y = placed.place
    width = plate_width(placed.text, QFont().toString())
    return Box(x, y, x + width, y + plate_height())


def arrange(
    captions: tuple[Caption, ...],
    boxes: tuple[Box, ...],
    font_name: str,
    clear: tuple[Box, ...] = (),
    before: Mapping[int, int] | None = None,
    within: Box | None = None,
) -> tuple[Placed, ...]:
    """Find a place for each caption; those for which there is none are left out.

    What is to be kept `clear`, no caption covers but one that must be painted; that one
    alone reaches beyond what they all should lie `within`. Each stays in the spot where
    it was `before`, by its index, as long as it may.
    """
    return _Arranging(captions, boxes, font_name, clear, before or {}, within).placed()


@dataclass
class _Arranging:
    captions: tuple[Caption, ...]
    boxes: tuple[Box, ...]
    font_name: str
    clear: tuple[Box, ...]
    before: Mapping[int, int]
    within: Box | None = None
    height: float = field(default_factory=plate_height)

    @property
    def crowded(self) -> bool:
        """So many are tried at fewer places, so that zooming stays smooth."""
        return len(self.captions) > MANY

    def placed(self) -> tuple[Placed, ...]:
        order = sorted(range(len(self.captions)), key=self._comes_late)
        if self.crowded:
            return self._in_order(order, order)
        if self.before:
            return self._as_before(order)
        placed = self._in_order(order, ())
        found = {each.caption for each in placed}
        missing = [index for index in order if index not in found]
        if not missing:
            return placed
        # Now those first that found no room, in few words, before others spread.
        order.sort(key=lambda i: (self._comes_late(i), i in found))
        return self._in_order(order, missing)

    def _comes_late(self, index: int) -> bool:
        return not self.captions[index].must

    def _in_order(
        self, order: Iterable[int], brief: Container[int]
    ) -> tuple[Placed, ...]:
        room = Room(self.height, self.boxes, self.clear)
        placed = []
        for index in order:
            texts = self.captions[index].texts
            texts = texts[-1:] if index in brief else texts
            if (found := self._found(index, texts, room)) is not None:
                self._take(found, room)
                placed.append(found)
        return tuple(placed)

    def _as_before(self, order: Iterable[int]) -> tuple[Placed, ...]:
        """Whatever was said goes on to be where it was, or words would come and go;
        then all that is new, and then more words.
        """
        room = Room(self.height, self.boxes, self.clear)
        placed: dict[int, Placed] = {}

        def place(index: int, found: Placed | None) -> None:
            if found is not None:
                placed[index] = found
                self._take(found, room)

        for index in order:
            caption = self.captions[index]
            if caption.must:
                place(index, self._where_least_is_hidden(index, room))
            else:
                place(index, self._stays(index, caption.texts[-1], room))
        kept = [index for index in placed if not self.captions[index].must]
        for index in order:
            if index not in placed:
                place(index, self._found(index, self.captions[index].texts, room))
        for index in kept:
            brief = placed[index]
            room.leave(*brief.place, self._width(brief.text))
            place(index, self._found(index, self.captions[index].texts, room) or brief)
        return tuple(placed.values())

    def _width(self, text: str) -> int:
        return plate_width(text, self.font_name)

    def _take(self, placed: Placed, room: Room) -> None:
        room.take(*placed.place, self._width(placed.text))

    def _spots(self, index: int, text: str) -> list[Spot]:
        caption, width = self.captions[index], self._width(text)
        box, above = caption.box, caption.above
        spots = spots_beside(box, width, self.height, above=above)
        # Few words only, or most of them would stand beside another box.
        if text == caption.texts[-1] and not self.crowded:
            spots += spots_at_corners(box, width, self.height, above=above)
        return spots

    def _fits(
        self, index: int, text: str, spot: Spot, margin: float, room: Room
    ) -> bool:
        (x, y), width, box = spot, self._width(text), self.captions[index].box
        return (
            self._is_inside(x, y, width)
            and room.is_free(x, y, width)
            and room.hides_nothing(x, y, width, box, margin)
            and room.belongs(x, y, width, box)
        )

    def _is_inside(self, x: float, y: float, width: float) -> bool:
        area = self.within
        return area is None or (
            area.x_min <= x
            and x + width <= area.x_max
            and area.y_min <= y
            and y + self.height <= area.y_max
        )

    def _stays(self, index: int, text: str, room: Room) -> Placed | None:
        """In the spot where it was before, if it may."""
        spots, before = self._spots(index, text), self.before.get(index, -1)
        may_stay = 0 <= before < len(spots) and self._fits(
            index, text, spots[before], -EDGE, room
        )
        return Placed(index, text, before, spots[before]) if may_stay else None

    def _found(self, index: int, texts: tuple[str, ...], room: Room) -> Placed | None:
        if self.captions[index].must:
            return self._where_least_is_hidden(index, room)
        for text in texts:
            placed = self._stays(index, text, room)
            if placed is None and not self.crowded:
                placed = self._first(index, text, CLEARANCE, room)
            if placed is not None:
                return placed
        nearer = (self._first(index, text, -EDGE, room) for text in texts)
        return next(filter(None, nearer), None)

    def _first(self, index: int, text: str, margin: float, room: Room) -> Placed | None:
        for spot, place in enumerate(self._spots(index, text)):
            if self._fits(index, text, place, margin, room):
                return Placed(index, text, spot, place)
        return None

    def _where_least_is_hidden(self, index: int, room: Room) -> Placed:
        """It must be read: near its box, or else apart from it where nothing is."""
        caption = self.captions[index]
        found: list[tuple[float, Placed]] = []
        for text in caption.texts:
            width = plate_width(text, self.font_name)
            box, height = caption.box, self.height
            spots = [
                *spots_beside(box, width, height, above=caption.above),
                *spots_at_corners(box, width, height, above=caption.above),
                *spots_apart(box, width, height),
            ]
            cost, placed = self._cheapest(index, text, spots, room)
            found.append((cost, placed))
            place = placed.place
            if (
                room.hides_nothing(*place, width, box)
                and room.is_free(*place, width)
                and self._is_inside(*place, width)
            ):
                break
        return min(found)[1]

    def _cheapest(
        self, index: int, text: str, spots: list[Spot], room: Room
    ) -> tuple[float, Placed]:
        before, width = self.before.get(index, -1), plate_width(text, self.font_name)
        box = self.captions[index].box
        best = (inf, Placed(index, text, 0, spots[0]))
        first = [before] if 0 <= before < len(spots) else []
        for spot in (*first, *range(len(spots))):
            x, y = spots[spot]
            away = distance(Box(x, y, x + width, y + self.height), box)
            if away >= best[0]:
                break  # Those that follow lie further away still.
            cost = away + _AS_BEFORE * (spot == before)
            cost += room.hidden_by(x, y, width, box)
            if cost < best[0]:
                cost += self._misread(x, y, width, box, room)
            best = min(best, (cost, Placed(index, text, spot, (x, y))))
        return best

    def _misread(self, x: float, y: float, width: float, box: Box, room: Room) -> float:
        """What it costs to lie over other words or beyond the edge, or where one reads
        it with another box.
        """
        cost = 0.0 if room.is_free(x, y, width) else width * self.height
        cost += 0.0 if self._is_inside(x, y, width) else width * self.height
        if not room.hides_nothing(x, y, width, box, CLEARANCE):
            cost += _NEAR_ANOTHER
        if not room.belongs(x, y, width, box):
            cost += _NEAR_ANOTHER
        return cost
