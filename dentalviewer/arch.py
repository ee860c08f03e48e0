"""Where the dental arches lie: one frame of reference for all panoramic radiographs.

Scanners show the jaws at different zooms and places. A detector that is always shown
the arches at one size needs to learn only that size. `ARCH_TEETH` is where the teeth
lie on average: each coordinate the mean over the 145 radiographs of AKUDENTAL's
training split that show 28 teeth or more, after generalised Procrustes alignment
(Gower 1975) and mirrored into symmetry. The unit is the arch's own; its origin lies on
the midline between the jaws, y down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dentalviewer.dentition import Tooth, successor_of
from dentalviewer.geometry import Box

# Centres of the patient's left teeth, position 1 to 8 from the midline.
_UPPER = (
    (0.033, -0.094), (0.090, -0.097), (0.146, -0.106), (0.197, -0.102),
    (0.253, -0.105), (0.327, -0.107), (0.411, -0.124), (0.476, -0.155),
)  # fmt: skip
_LOWER = (
    (0.022, 0.123), (0.065, 0.126), (0.119, 0.136), (0.173, 0.126),
    (0.232, 0.123), (0.320, 0.107), (0.417, 0.077), (0.511, 0.038),
)  # fmt: skip

# The part of the arch's own frame that a detector is shown: all of the treatments and
# 99 % of the teeth of the training data lie within it.
LEFT, TOP, RIGHT, BOTTOM = -0.68, -0.38, 0.68, 0.36

# Widths of the radiograph per arch unit, and how many squared units of teeth that
# expectation is worth where few teeth are left to tell the size.
USUAL_SCALE = 0.468
# The mean width and height of a tooth, in arch units.
USUAL_WIDTH, USUAL_HEIGHT = 0.078, 0.188
PRIOR_WEIGHT = 0.3


def _template() -> dict[Tooth, tuple[float, float]]:
    teeth = {}
    for quadrant, row in ((2, _UPPER), (3, _LOWER)):
        for position, (x, y) in enumerate(row, 1):
            tooth = Tooth(quadrant, position)
            teeth[tooth] = (x, y)
            teeth[tooth.mirrored()] = (-x, y)
    return teeth


ARCH_TEETH: Mapping[Tooth, tuple[float, float]] = _template()


def _row(right: int, left: int, positions: int) -> tuple[Tooth, ...]:
    return (
        *(Tooth(right, position) for position in range(positions, 0, -1)),
        *(Tooth(left, position) for position in range(1, positions + 1)),
    )


# The places of each jaw from the patient's right to left, as the picture shows them.
UPPER_ROW, LOWER_ROW = _row(1, 2, 8), _row(4, 3, 8)
UPPER_DECIDUOUS_ROW, LOWER_DECIDUOUS_ROW = _row(5, 6, 5), _row(8, 7, 5)
ROWS = (UPPER_ROW, LOWER_ROW, UPPER_DECIDUOUS_ROW, LOWER_DECIDUOUS_ROW)


def row_of(tooth: Tooth) -> tuple[Tooth, ...]:
    """The row that a tooth stands in."""
    return next(row for row in ROWS if tooth in row)


def teeth_between(first: Tooth, last: Tooth) -> tuple[Tooth, ...]:
    """Both and what lies between them, from the patient's right to left.

    A deciduous tooth stands where its successor would, beside permanent ones. Raises
    ValueError if they do not stand in one row.
    """
    row, there = row_of(first), {tooth: tooth for tooth in (first, last)}
    if last not in row:
        there = {_permanent_place(tooth): tooth for tooth in (first, last)}
        row = row_of(_permanent_place(first))
    if not there.keys() <= set(row) or (len(there) == 1 and first != last):
        raise ValueError(f"{first} and {last} do not stand in one row")
    ends = sorted(map(row.index, there))
    return tuple(there.get(tooth, tooth) for tooth in row[ends[0] : ends[-1] + 1])


def _permanent_place(tooth: Tooth) -> Tooth:
    return successor_of(tooth) if tooth.deciduous else tooth


@dataclass(frozen=True, slots=True)
class Arch:
    """The arches on a radiograph: where their origin lies, and pixels per arch unit."""

    x: float
    y: float
    scale: float

    @property
    def window(self) -> Box:
        """What a detector is shown, in pixels; may reach outside the radiograph."""
        return Box(
            self.x + LEFT * self.scale,
            self.y + TOP * self.scale,
            self.x + RIGHT * self.scale,
            self.y + BOTTOM * self.scale,
        )

    def place(self, tooth: Tooth) -> tuple[float, float]:
        """Where the template has the centre of a permanent tooth, in pixels."""
        x, y = ARCH_TEETH[tooth]
        return self.x + x * self.scale, self.y + y * self.scale

    @property
    def landmarks(self) -> tuple[tuple[float, float], ...]:
        """The left end, the right end and the origin, in pixels."""
        return (
            (self.x - self.scale / 2, self.y),
            (self.x + self.scale / 2, self.y),
            (self.x, self.y),
        )

    @classmethod
    def from_landmarks(cls, points: tuple[tuple[float, float], ...]) -> Arch:
        """The inverse of `landmarks`, by least squares where they do not quite fit."""
        (left, y_left), (right, y_right), (middle, y_middle) = points
        return cls(
            (left + right + middle) / 3,
            (y_left + y_right + y_middle) / 3,
            max(right - left, 1.0),
        )


def arch_in(window: Box) -> Arch:
    """The arch whose window it is."""
    scale = window.width / (RIGHT - LEFT)
    return Arch(window.x_min - LEFT * scale, window.y_min - TOP * scale, scale)


def fit_arch(teeth: Mapping[Tooth, Box], width: float) -> Arch:
    """The arch that fits numbered permanent teeth of a radiograph `width` pixels wide.

    Least squares over the centres, without rotation; the size leans towards the usual
    one the fewer teeth there are. Raises ValueError if there is no permanent tooth.
    """
    import numpy as np

    known = [tooth for tooth in teeth if tooth in ARCH_TEETH]
    if not known:
        raise ValueError("an arch needs at least one permanent tooth")
    template = np.array([ARCH_TEETH[tooth] for tooth in known])
    centers = np.array([teeth[tooth].center for tooth in known])
    template_mean, mean = template.mean(axis=0), centers.mean(axis=0)
    spread = template - template_mean
    shared = float((spread * (centers - mean)).sum())
    scale = (shared + PRIOR_WEIGHT * USUAL_SCALE * width) / (
        float((spread**2).sum()) + PRIOR_WEIGHT
    )
    x, y = mean - scale * template_mean
    return Arch(float(x), float(y), float(scale))
