"""Collects what one file says of one radiograph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dentalviewer.arch import teeth_between
from dentalviewer.dentition import Tooth
from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._annotations import (
    MAX_COORDINATE,
    Aliases,
    ImageAnnotations,
    reaches_outside,
)
from dentalviewer.formats._packing import packed, packed_text
from dentalviewer.formats._project import Rest
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import canonical
from dentalviewer.study import Finding, Origin

# A full mouth has 32 teeth; thousands of boxes are a mistake or an attack.
MAX_OBJECTS = 5_000
# A region thinner than this, in pixels, has no area that anybody drew.
MIN_SIDE = 0.001
MAX_NOTES = 20


@dataclass(slots=True)
class Gathering:
    """Collects the findings of one file on one radiograph, and the notes about them."""

    path: Path
    format_name: str
    aliases: Aliases
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    simplified: list[str] = field(default_factory=list)
    outlines: int = 0
    regions: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)

    def require_sensible_count(self, count: int) -> None:
        if count > MAX_OBJECTS:
            raise AnnotationFileError(
                self.path,
                f"{count} objects on one radiograph; more than {MAX_OBJECTS} are"
                " not read",
            )

    def add(
        self,
        place: str,
        corners: Sequence[float],
        labels: Sequence[str],
        *,
        tooth: Tooth | None = None,
        last_tooth: Tooth | None = None,
        score: float | None = None,
        said: bytes = b"",
        uncertain: bool = False,
    ) -> None:
        """One finding per label; a region without area or label leaves a note.

        `said` is the region as it is, packed, for a file of the same format.
        """
        self.regions += 1
        if max(map(abs, corners)) > MAX_COORDINATE:
            raise AnnotationFileError(
                self.path, f"{place}: a coordinate is beyond any radiograph: {corners}"
            )
        if not labels:
            self.notes.append(f"{place} was skipped: it has no label")
            return
        x_min, y_min, x_max, y_max = corners
        if x_max - x_min < MIN_SIDE or y_max - y_min < MIN_SIDE:
            thin_x = x_max - x_min < MIN_SIDE
            axis, low, high = ("x", x_min, x_max) if thin_x else ("y", y_min, y_max)
            self.notes.append(
                f"{place} ({', '.join(labels)}) was skipped: {axis}max {high:g} is not"
                f" greater than {axis}min {low:g}"
            )
            return
        if len(labels) > 1:
            self._simplify(
                f"{place} has {len(labels)} labels and became as many findings:"
                f" {', '.join(labels)}"
            )
        box = Box(x_min, y_min, x_max, y_max)
        origin = (
            Origin(self.format_name, self.regions, said, box, uncertain)
            if said
            else None
        )
        for label in labels:
            if self.aliases is not None:
                label = canonical(label, self.aliases)
            finding = Finding(
                box, label, tooth, score, last_tooth, origin, uncertain=uncertain
            )
            self.findings.append(finding)

    def add_outline(
        self,
        place: str,
        points: Sequence[tuple[float, float]],
        labels: Sequence[str],
        *,
        tooth: Tooth | None = None,
        last_tooth: Tooth | None = None,
        score: float | None = None,
        said: bytes = b"",
        uncertain: bool = False,
    ) -> None:
        """The upright box around a polygon or the like."""
        if not points:
            self.notes.append(f"{place} was skipped: it has no points")
            return
        before = len(self.findings)
        self.add(
            place,
            edges_around(points),
            labels,
            tooth=tooth,
            last_tooth=last_tooth,
            score=score,
            said=said,
            uncertain=uncertain,
        )
        self.outlines += len(self.findings) > before

    def tooth(self, place: str, stated: object) -> Tooth | None:
        """By its FDI number; what is none leaves a note."""
        try:
            return Tooth.from_fdi(int(str(stated)))
        except ValueError:
            self.notes.append(
                f"{place}: {str(stated)[:40]!a} is not the number of a tooth"
            )
            return None

    def last_tooth(
        self, place: str, first: Tooth | None, stated: object
    ) -> Tooth | None:
        """The other end of a span; what stands in no row with the first leaves a note.

        None where the span is one tooth.
        """
        last = self.tooth(place, stated)
        if first is None or last is None or last == first:
            return None
        try:
            teeth_between(first, last)
        except ValueError as fault:
            self.notes.append(f"{place}: {fault}")
            return None
        return last

    def _simplify(self, note: str) -> None:
        self.notes.append(note)
        self.simplified.append(note)

    def _rest(self, rest: Mapping[str, object] | str | None) -> Rest | None:
        if rest is None:
            return None
        said = packed_text(rest) if isinstance(rest, str) else packed(rest)
        return Rest(self.format_name, said)

    def finished(
        self,
        frame: Size | None,
        rest: Mapping[str, object] | str | None = None,
        *,
        radiograph_size: Size | None = None,
        cautions: tuple[str, ...] = (),
    ) -> ImageAnnotations:
        """`rest` is what the file says of the image besides, as JSON or as text."""
        if self.outlines:
            shapes = (
                "1 outline was"
                if self.outlines == 1
                else (f"{self.outlines} outlines were")
            )
            self._simplify(f"{shapes} read as the box around it")
        if frame is not None:
            outside = sum(reaches_outside(each.box, frame) for each in self.findings)
            if outside:
                boxes = "1 box reaches" if outside == 1 else f"{outside} boxes reach"
                self.notes.append(f"{boxes} outside the frame of {frame} pixels")
        return ImageAnnotations(
            self.path,
            self.format_name,
            tuple(self.findings),
            frame,
            _at_most(self.notes),
            left_out=_counted(self.left_out),
            simplified=tuple(self.simplified),
            lost=_counted(self.lost),
            rest=self._rest(rest),
            radiograph_size=radiograph_size,
            cautions=cautions,
        )


def edges_around(
    points: Sequence[tuple[float, float]],
) -> tuple[float, float, float, float]:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _counted(counter: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((what, n) for what, n in counter.items() if n > 0))


def _at_most(notes: Sequence[str]) -> tuple[str, ...]:
    if len(notes) <= MAX_NOTES:
        return tuple(notes)
    return (*notes[:MAX_NOTES], f"and {len(notes) - MAX_NOTES} more notes")
