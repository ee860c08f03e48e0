"""Draw the sample radiographs and write the annotations that come with them.

Run `python packaging/draw_samples.py`. Every pixel is drawn from the numbers in this
file: no radiograph of a patient is read. The surroundings of the teeth are sketched in
units of two pixels, so 1450 x 700 units fill the frame; teeth are drawn in pixels.
"""

import argparse
import base64
import hashlib
import json
import math
import random
import zlib
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Points = NDArray[np.float64]
Layer = NDArray[np.float32]
PixelBox = tuple[int, int, int, int]

WIDTH, HEIGHT = 2900, 1400
UNIT = 2  # pixels per design unit
SAMPLES_FOLDER = Path(__file__).parents[1] / "resources" / "samples"

RESTORATION, ENDODONTIC, IMPLANT = "restoration", "endodontic", "implant"

# The share of a tooth that counts as its root region in an endodontic box.
ROOT_SHARE = 0.62


# --- Teeth -----------------------------------------------------------------------

# Crown width and length in pixels, positions 1 to 8 from the midline.
UPPER_SIZES = (
    (90, 272), (70, 258), (82, 292), (78, 256), (76, 246), (116, 238), (106, 228),
    (92, 198),
)  # fmt: skip
LOWER_SIZES = (
    (58, 226), (63, 238), (74, 276), (75, 256), (80, 250), (134, 250), (128, 234),
    (120, 200),
)  # fmt: skip

# Right halves of the outlines, x in crown widths, y in tooth lengths from the tip.
INCISOR = (
    (0.0, 0.004), (0.3, 0.0), (0.45, 0.015), (0.5, 0.08), (0.49, 0.17), (0.44, 0.28),
    (0.385, 0.37), (0.36, 0.5), (0.32, 0.68), (0.235, 0.85), (0.12, 0.97), (0.0, 1.0),
)  # fmt: skip
LOWER_INCISOR = (
    (0.0, 0.0), (0.34, 0.0), (0.46, 0.02), (0.49, 0.08), (0.45, 0.2), (0.39, 0.33),
    (0.37, 0.42), (0.36, 0.6), (0.31, 0.77), (0.22, 0.9), (0.1, 0.98), (0.0, 1.0),
)  # fmt: skip
CANINE = (
    (0.0, 0.0), (0.14, 0.016), (0.36, 0.075), (0.5, 0.15), (0.49, 0.23), (0.42, 0.33),
    (0.4, 0.42), (0.38, 0.58), (0.33, 0.75), (0.22, 0.9), (0.1, 0.98), (0.0, 1.0),
)  # fmt: skip
PREMOLAR = (
    (0.0, 0.028), (0.13, 0.004), (0.27, 0.004), (0.42, 0.045), (0.5, 0.12),
    (0.48, 0.2), (0.4, 0.31), (0.365, 0.42), (0.345, 0.58), (0.3, 0.75), (0.21, 0.9),
    (0.1, 0.98), (0.0, 1.0),
)  # fmt: skip
UPPER_MOLAR = (
    (0.0, 0.045), (0.1, 0.022), (0.22, 0.0), (0.34, 0.006), (0.45, 0.05), (0.5, 0.13),
    (0.485, 0.22), (0.43, 0.33), (0.4, 0.43), (0.3, 0.53), (0.0, 0.56),
)  # fmt: skip
LOWER_MOLAR = (
    (0.0, 0.042), (0.1, 0.022), (0.22, 0.0), (0.36, 0.008), (0.46, 0.055),
    (0.5, 0.13), (0.48, 0.22), (0.42, 0.33), (0.395, 0.42), (0.3, 0.48), (0.0, 0.47),
)  # fmt: skip

# Roots of a molar: the centre line (x grows mesially), then half widths along it.
UPPER_ROOTS = (
    (((0.0, 0.36), (0.0, 0.6), (0.02, 0.84), (0.03, 1.0)), (0.2, 0.15, 0.11, 0.025)),
    (((0.24, 0.34), (0.31, 0.52), (0.36, 0.72), (0.29, 0.93)),
     (0.17, 0.12, 0.085, 0.02)),
    (((-0.24, 0.34), (-0.32, 0.52), (-0.37, 0.7), (-0.36, 0.89)),
     (0.17, 0.115, 0.08, 0.02)),
)  # fmt: skip
LOWER_ROOTS = (
    (((0.21, 0.34), (0.26, 0.53), (0.28, 0.76), (0.15, 0.99)),
     (0.2, 0.135, 0.105, 0.025)),
    (((-0.21, 0.34), (-0.26, 0.53), (-0.29, 0.76), (-0.24, 0.97)),
     (0.2, 0.135, 0.11, 0.025)),
)  # fmt: skip
SINGLE_CANAL = ((0.0, 0.3), (0.0, 0.55), (0.0, 0.8), (0.0, 0.965))


def smooth_outline(points: Points, rounds: int = 3) -> Points:
    """A closed outline with its corners cut (Chaikin 1974)."""
    for _ in range(rounds):
        following = np.roll(points, -1, axis=0)
        cut = np.stack([0.75 * points + 0.25 * following,
                        0.25 * points + 0.75 * following], axis=1)  # fmt: skip
        points = cut.reshape(-1, 2)
    return points


def smooth_line(points: Points, count: int = 40) -> Points:
    """`count` points on the Catmull-Rom curve through an open row of points."""
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    at = np.linspace(0, len(points) - 1 - 1e-9, count)
    first = at.astype(int)
    t = (at - first)[:, None]
    a, b, c, d = (padded[first + offset] for offset in range(4))
    return 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
        + (3 * (b - c) + d - a) * t**3
    )  # fmt: skip


def ribbon(line: Points, half_widths: Points) -> Points:
    """The outline of a stroke along `line`, as wide as told at each point."""
    along = np.gradient(line, axis=0)
    along /= np.maximum(np.hypot(along[:, :1], along[:, 1:]), 1e-9)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) * half_widths[:, None]
    return np.vstack([line + across, (line - across)[::-1]])


@dataclass(frozen=True)
class Tooth:
    """A tooth's form and where it stands."""

    fdi: int
    tip: tuple[float, float]
    width: float
    length: float
    tilt: float  # radians; positive leans the apex away from the midline
    seed: str

    @property
    def position(self) -> int:
        return self.fdi % 10

    @property
    def is_upper(self) -> bool:
        return self.fdi < 30

    @property
    def is_molar(self) -> bool:
        return self.position >= 6

    @property
    def mesial(self) -> int:
        """The x direction, in the picture, towards the midline."""
        return 1 if self.fdi // 10 in (1, 4) else -1

    def random(self, purpose: str) -> random.Random:
        return random.Random(f"{self.seed} {self.fdi} {purpose}")

    @cached_property
    def matrix(self) -> Points:
        """From pixels along the tooth's own axes to pixels of the picture."""
        down = -1 if self.is_upper else 1
        cos, sin = math.cos(self.tilt), math.sin(self.tilt)
        return np.array([[self.mesial * cos, -self.mesial * sin, self.tip[0]],
                         [down * sin, down * cos, self.tip[1]]])  # fmt: skip

    def placed(self, points: Points) -> Points:
        """Points in crown widths and tooth lengths, in pixels of the picture."""
        own = points * (self.width, self.length)
        return own @ self.matrix[:, :2].T + self.matrix[:, 2]

    def bent(self, points: Points) -> Points:
        """Roots curve a little, each in its own way, mostly distally."""
        bend = self.random("bend").uniform(-0.45, 0.1)
        depth = np.maximum(points[:, 1] - 0.4, 0)
        return points + np.stack([bend * depth**2, np.zeros(len(points))], axis=1)

    def _half_outline(self) -> tuple[tuple[float, float], ...]:
        if self.is_molar:
            return UPPER_MOLAR if self.is_upper else LOWER_MOLAR
        if self.position >= 4:
            return PREMOLAR
        if self.position == 3:
            return CANINE
        return INCISOR if self.is_upper else LOWER_INCISOR

    @cached_property
    def body(self) -> Points:
        """The whole outline, or a molar's crown and root trunk."""
        rng = self.random("outline")
        half = self._half_outline()
        sides = []
        for side in (1, -1):
            wobble = [
                (side * x * rng.uniform(0.965, 1.035), y + rng.uniform(-0.006, 0.006))
                for x, y in half
            ]
            sides.append(wobble)
        outline = smooth_outline(np.array(sides[0] + sides[1][-2:0:-1]))
        # Cutting corners shrinks an outline: back to its full size.
        outline[:, 0] /= np.ptp(outline[:, 0])
        outline[:, 1] -= outline[:, 1].min()
        return self.bent(outline)

    @cached_property
    def root_lines(self) -> tuple[tuple[Points, Points], ...]:
        """Per root, the canal's centre line and the root's half widths along it."""
        if not self.is_molar:
            line = self.bent(smooth_line(np.array(SINGLE_CANAL)))
            return ((line, np.interp(line[:, 1], (0.3, 1), (0.36, 0.06))),)
        rng = self.random("roots")
        # Wisdom teeth have their roots close together.
        spread = {6: 1.0, 7: 0.82, 8: 0.6}[self.position] * rng.uniform(0.9, 1.1)
        roots = []
        for centres, half_widths in UPPER_ROOTS if self.is_upper else LOWER_ROOTS:
            centres = np.array([
                (x * (1 + (spread - 1) * max(y - 0.3, 0) / 0.4) if y < 0.7
                 else x * spread, y + rng.uniform(-0.012, 0.012))
                for x, y in centres
            ])  # fmt: skip
            line = self.bent(smooth_line(centres))
            at = np.linspace(0, len(half_widths) - 1, len(line))
            roots.append((line, np.interp(at, range(len(half_widths)), half_widths)))
        return tuple(roots)

    @cached_property
    def outlines(self) -> tuple[Points, ...]:
        if not self.is_molar:
            return (self.body,)
        stretch = np.array([1.0, self.length / self.width])
        return (
            self.body,
            *(ribbon(line * stretch, widths) / stretch
              for line, widths in self.root_lines),
        )  # fmt: skip

    def crown(self, depth: float, growth: float = 1.0) -> Points:
        """The crown's outline down to `depth`, with a scalloped margin."""
        upper_part = self.body[self.body[:, 1] <= depth]
        order = np.argsort(np.arctan2(depth - upper_part[:, 1], upper_part[:, 0]))
        arc = upper_part[order] * (growth, 1)
        across = np.linspace(arc[-1, 0], arc[0, 0], 12)[1:-1]
        dip = 0.035 * np.cos(across / max(arc[0, 0], 0.1) * math.pi / 2)
        margin = np.stack([across, depth + dip], axis=1)
        return np.vstack([arc, margin])

    @property
    def box(self) -> PixelBox:
        return bounding_box([self.placed(outline) for outline in self.outlines])

    @property
    def root_box(self) -> PixelBox:
        x_min, y_min, x_max, y_max = self.box
        root = round((y_max - y_min) * ROOT_SHARE)
        if self.is_upper:
            return (x_min, y_min, x_max, y_min + root)
        return (x_min, y_max - root, x_max, y_max)


def moved(points: Points, right: float, down: float) -> Points:
    return points + np.array([right, down])


def bounding_box(outlines: list[Points]) -> PixelBox:
    points = np.vstack(outlines)
    x_min, y_min = (math.floor(low) for low in points.min(axis=0))
    x_max, y_max = (math.ceil(high) for high in points.max(axis=0))
    return (x_min, y_min, x_max, y_max)


# --- What a sample shows ---------------------------------------------------------


@dataclass(frozen=True)
class Treatment:
    """A treatment in the picture, named so that mistakes can refer to it."""

    name: str
    kind: str  # amalgam, composite, crown, bridge, root filling, implant, implant crown
    teeth: tuple[int, ...]
    place: str = ""  # for a filling: occlusal, mo, do, mod, incisal, cervical

    @property
    def label(self) -> str:
        return {"root filling": ENDODONTIC, "implant": IMPLANT}.get(
            self.kind, RESTORATION
        )


@dataclass(frozen=True)
class Mistakes:
    """Where the annotations disagree with the picture on purpose."""

    missed: tuple[str, str]
    invented: tuple[str, int]  # a label and the sound tooth it is put on
    wrong_class: tuple[str, str]
    misplaced: tuple[str, tuple[float, float]]  # moved by shares of the box's size


@dataclass(frozen=True)
class Sample:
    name: str
    picture: str  # below resources/samples
    annotations: str
    missing: tuple[int, ...]
    treatments: tuple[Treatment, ...]
    mistakes: Mistakes
    spread: float = 1.0
    smile: float = 0.00034  # how fast the occlusal line rises to the sides
    occlusal: float = 905.0
    gap: float = 34.0
    ghost: float = 1.0
    tongue_air: float = 1.0
    exposure: float = 1.0
    frame: str = "black"
    vertebrae: float = 1.0

    def occlusal_y(self, x: float) -> float:
        return self.occlusal - self.smile * (x - WIDTH / 2) ** 2

    @cached_property
    def places(self) -> dict[int, Tooth]:
        """All 32 places of a dentition, the missing teeth's too."""
        places = {}
        for quadrant, sizes in enumerate(
            (UPPER_SIZES, UPPER_SIZES, LOWER_SIZES, LOWER_SIZES), start=1
        ):
            side = -1 if quadrant in (1, 4) else 1
            along = 1.0
            for position, (width, length) in enumerate(sizes, start=1):
                fdi = quadrant * 10 + position
                rng = random.Random(f"{self.name} {fdi}")
                width *= self.spread * rng.uniform(0.97, 1.03)
                x = WIDTH / 2 + side * (along + width / 2)
                slope = math.atan(2 * self.smile * abs(x - WIDTH / 2))
                along += width * math.cos(slope) * (0.985 if position < 4 else 0.945)
                is_upper = quadrant < 3
                tilt = slope * (
                    -0.62 if is_upper else 1.0 + 0.09 * max(position - 5, 0)
                )
                down = -1 if is_upper else 1
                # Upper lateral incisors are a little short.
                away = self.gap / 2 + (9 if is_upper and position == 2 else 0)
                y = self.occlusal_y(x) + down * away + rng.uniform(-7, 7)
                places[fdi] = Tooth(
                    fdi=fdi,
                    tip=(x, y),
                    width=width,
                    length=length * rng.uniform(0.96, 1.04) * self.spread,
                    tilt=tilt + rng.uniform(-0.055, 0.055),
                    seed=self.name,
                )  # fmt: skip
        return places

    @property
    def present(self) -> list[Tooth]:
        return [tooth for fdi, tooth in self.places.items() if fdi not in self.missing]

    def shapes(self, treatment: Treatment) -> list[Points]:
        """The treatment's outlines in pixels of the picture."""
        teeth = [self.places[fdi] for fdi in treatment.teeth]
        if treatment.kind in ("amalgam", "composite"):
            return [teeth[0].placed(filling_outline(teeth[0], treatment))]
        if treatment.kind == "crown":
            return [teeth[0].placed(teeth[0].crown(0.34, 1.03))]
        if treatment.kind == "implant crown":
            return [teeth[0].placed(implant_crown_outline(teeth[0]))]
        if treatment.kind == "implant":
            return [fixture_outline(teeth[0])]
        if treatment.kind == "bridge":
            return bridge_outlines(teeth, self.missing)
        return root_filling_outlines(teeth[0])

    def box(self, treatment: Treatment) -> PixelBox:
        if treatment.kind == "root filling":
            return self.places[treatment.teeth[0]].root_box
        return bounding_box(self.shapes(treatment))


def filling_outline(tooth: Tooth, treatment: Treatment) -> Points:
    rng = tooth.random(f"filling {treatment.place}")
    floor = 0.15 if tooth.is_molar else 0.13
    outline = {
        "occlusal": [(-0.27, 0.035), (-0.1, 0.05), (0.08, 0.045), (0.26, 0.03),
                     (0.3, 0.08), (0.16, floor), (0.02, floor - 0.03), (-0.14, floor),
                     (-0.29, 0.09)],
        "mo": [(-0.2, 0.035), (0.1, 0.045), (0.34, 0.015), (0.47, 0.06), (0.5, 0.14),
               (0.46, 0.24), (0.32, 0.24), (0.26, floor), (0.0, floor - 0.02),
               (-0.18, 0.1)],
        "do": [(0.2, 0.035), (-0.1, 0.045), (-0.34, 0.015), (-0.47, 0.06),
               (-0.5, 0.14), (-0.46, 0.24), (-0.32, 0.24), (-0.26, floor),
               (0.0, floor - 0.02), (0.18, 0.1)],
        "mod": [(-0.48, 0.07), (-0.34, 0.02), (-0.12, 0.045), (0.1, 0.045),
                (0.32, 0.015), (0.47, 0.06), (0.49, 0.15), (0.45, 0.25), (0.3, 0.245),
                (0.24, 0.165), (0.02, 0.15), (-0.22, 0.165), (-0.3, 0.235),
                (-0.46, 0.24), (-0.5, 0.15)],
        "incisal": [(-0.1, 0.01), (0.1, 0.004), (0.3, 0.006), (0.44, 0.03), (0.48, 0.1),
                    (0.47, 0.2), (0.4, 0.29), (0.2, 0.3), (0.06, 0.24), (-0.02, 0.12)],
        "cervical": [(-0.24, 0.24), (0.0, 0.22), (0.22, 0.24), (0.24, 0.3),
                     (0.02, 0.335), (-0.22, 0.31)],
    }[treatment.place]  # fmt: skip
    ragged = [
        (x + rng.uniform(-0.025, 0.025), y + rng.uniform(-0.009, 0.009))
        for x, y in outline
    ]
    return smooth_outline(np.array(ragged), rounds=1)


def pontic_outline(tooth: Tooth) -> Points:
    """A crown without a root below it: rounded towards the gum."""
    crown = tooth.crown(0.29, 1.0)
    lower = crown[:, 1] > 0.28
    crown[lower, 1] += 0.02
    return smooth_outline(crown, rounds=1)


def implant_crown_outline(tooth: Tooth) -> Points:
    """A crown that narrows to the neck of its screw."""
    crown = tooth.crown(0.24)
    arc = crown[crown[:, 1] <= 0.24]
    neck = 24 / tooth.width
    below = [(arc[-1, 0] * 0.8, 0.3), (-neck, 0.36), (-neck, 0.375), (neck, 0.375),
             (neck, 0.36), (arc[0, 0] * 0.8, 0.3)]  # fmt: skip
    return smooth_outline(np.vstack([arc, below]), rounds=1)


def bridge_outlines(teeth: list[Tooth], missing: tuple[int, ...]) -> list[Points]:
    """Crowns, the teeth that hang between them, and the bars that join them."""
    outlines = []
    for tooth in teeth:
        is_gap = tooth.fdi in missing
        crown = pontic_outline(tooth) if is_gap else tooth.crown(0.33, 1.03)
        outlines.append(tooth.placed(crown))
    for left, right in pairwise(teeth):
        middle = [tooth.placed(np.array([(0.0, 0.06), (0.0, 0.24)]))
                  for tooth in (left, right)]  # fmt: skip
        outlines.append(np.array([*middle[0], *middle[1][::-1]]))
    return outlines


def fixture_outline(tooth: Tooth) -> Points:
    """A screw from the gum line towards where the apex was."""
    length, half = 176.0, 27.0
    top = tooth.length * 0.37
    y = np.arange(0.0, length, 1.5)
    taper = np.interp(y, (0, 20, length - 16, length), (half, half - 2, half - 9, 9))
    thread = np.where(y > 24, 3.0 * (2 * ((y / 12) % 1) - 1), 0.0)
    thread[y > length - 10] = 0
    right = np.stack([taper + thread, top + y], axis=1)
    own = np.vstack([right, (right * (-1, 1))[::-1]])
    return own @ tooth.matrix[:, :2].T + tooth.matrix[:, 2]


def root_filling_outlines(tooth: Tooth) -> list[Points]:
    rng = tooth.random("root filling")
    stretch = np.array([tooth.width, tooth.length])
    outlines = []
    for line, _ in tooth.root_lines:
        from_top = line[line[:, 1] > 0.32] * stretch
        short = rng.randint(1, 3)
        along = smooth_line(from_top[: -short or None])
        wide = np.linspace(rng.uniform(6.5, 8.5), 2.8, len(along))
        outlines.append(tooth.placed(ribbon(along, wide) / stretch))
    if tooth.is_molar:
        chamber = [(-0.2, 0.17), (0.0, 0.15), (0.2, 0.17), (0.26, 0.28), (0.25, 0.4),
                   (0.17, 0.4), (0.08, 0.345), (-0.08, 0.345), (-0.17, 0.4),
                   (-0.25, 0.4), (-0.26, 0.28)]  # fmt: skip
        outlines.append(tooth.placed(smooth_outline(np.array(chamber), rounds=2)))
    return outlines


SAMPLES = (
    Sample(
        name="sample-1",
        picture="vott-v1/sample-1.png",
        annotations="vott-v1.json",
        missing=(18, 28, 48),
        treatments=(
            Treatment("amalgam 17", "amalgam", (17,), "occlusal"),
            Treatment("amalgam 16", "amalgam", (16,), "mo"),
            Treatment("root filling 25", "root filling", (25,)),
            Treatment("crown 25", "crown", (25,)),
            Treatment("amalgam 26", "amalgam", (26,), "do"),
            Treatment("root filling 36", "root filling", (36,)),
            Treatment("crown 36", "crown", (36,)),
            Treatment("composite 35", "composite", (35,), "mo"),
            Treatment("amalgam 37", "amalgam", (37,), "occlusal"),
            Treatment("root filling 46", "root filling", (46,)),
            Treatment("amalgam 46", "amalgam", (46,), "mod"),
            Treatment("root filling 12", "root filling", (12,)),
            Treatment("composite 12", "composite", (12,), "incisal"),
        ),
        mistakes=Mistakes(
            missed=("root filling 12", "amalgam 37"),
            invented=(RESTORATION, 44),
            wrong_class=("root filling 46", RESTORATION),
            misplaced=("amalgam 26", (0.4, 0.35)),
        ),
        frame="white",
    ),
    Sample(
        name="sample-2",
        picture="vott-v2/sample-2.jpg",
        annotations="vott-v2/samples.vott",
        missing=(15, 18, 28, 36, 38, 46, 48),
        treatments=(
            Treatment("bridge 14-16", "bridge", (14, 15, 16)),
            Treatment("root filling 14", "root filling", (14,)),
            Treatment("root filling 21", "root filling", (21,)),
            Treatment("composite 21", "composite", (21,), "incisal"),
            Treatment("amalgam 26", "amalgam", (26,), "mo"),
            Treatment("amalgam 27", "amalgam", (27,), "occlusal"),
            Treatment("implant 36", "implant", (36,)),
            Treatment("crown 36", "implant crown", (36,)),
            Treatment("root filling 35", "root filling", (35,)),
            Treatment("crown 35", "crown", (35,)),
            Treatment("implant 46", "implant", (46,)),
            Treatment("crown 46", "implant crown", (46,)),
            Treatment("amalgam 47", "amalgam", (47,), "do"),
        ),
        mistakes=Mistakes(
            missed=("amalgam 27", "root filling 35"),
            invented=(ENDODONTIC, 43),
            wrong_class=("implant 46", ENDODONTIC),
            misplaced=("root filling 21", (0.5, -0.15)),
        ),
        spread=1.03,
        smile=0.00029,
        occlusal=900,
        gap=46,
        ghost=1.25,
        tongue_air=0.6,
        exposure=1.05,
    ),
    Sample(
        name="sample-3",
        picture="voc/JPEGImages/sample-3.png",
        annotations="voc/Annotations/sample-3.xml",
        missing=(17, 18, 24, 28, 37, 38, 46, 48),
        treatments=(
            Treatment("amalgam 16", "amalgam", (16,), "mod"),
            Treatment("root filling 16", "root filling", (16,)),
            Treatment("root filling 11", "root filling", (11,)),
            Treatment("crown 11", "crown", (11,)),
            Treatment("implant 24", "implant", (24,)),
            Treatment("crown 24", "implant crown", (24,)),
            Treatment("amalgam 27", "amalgam", (27,), "mod"),
            Treatment("amalgam 36", "amalgam", (36,), "do"),
            Treatment("root filling 34", "root filling", (34,)),
            Treatment("amalgam 34", "amalgam", (34,), "mo"),
            Treatment("bridge 45-47", "bridge", (45, 46, 47)),
            Treatment("root filling 45", "root filling", (45,)),
            Treatment("root filling 47", "root filling", (47,)),
        ),
        mistakes=Mistakes(
            missed=("implant 24", "amalgam 34"),
            invented=(RESTORATION, 22),
            wrong_class=("root filling 11", IMPLANT),
            misplaced=("amalgam 36", (-0.3, 0.5)),
        ),
        spread=0.98,
        smile=0.0004,
        occlusal=925,
        gap=28,
        ghost=0.8,
        tongue_air=1.2,
        exposure=0.94,
        frame="white",
    ),
)


# --- Noise and brushes -----------------------------------------------------------


def noise(
    rng: np.random.Generator, shape: tuple[int, int], across: float, down: float
) -> Layer:
    """Smooth noise of mean 0 and deviation 1, with blobs `across` by `down` wide."""
    height, width = shape
    grid = rng.standard_normal(
        (max(3, round(height / down) + 3), max(3, round(width / across) + 3)),
        dtype=np.float32,
    )
    large = cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
    return (large - large.mean()) / large.std()


def trabeculae(rng: np.random.Generator, shape: tuple[int, int]) -> Layer:
    """The meshwork of spongy bone: thin bright struts around darker marrow."""
    mesh = np.zeros(shape, np.float32)
    for across, down, weight in ((6, 4, 0.36), (10, 7, 0.45), (17, 11, 0.3)):
        ridge = np.exp(-((noise(rng, shape, across, down) / 0.9) ** 2))
        # The struts come and go.
        mesh += weight * (ridge - ridge.mean()) * (1 + 0.5 * noise(rng, shape, 60, 50))
    for size, weight in (
        (4, 0.12),
        (14, 0.1),
        (30, 0.16),
        (60, 0.2),
        (120, 0.24),
        (260, 0.36),
    ):
        mesh += weight * noise(rng, shape, size * 1.4, size)
    return mesh


def blurred(layer: Layer, sigma: float) -> Layer:
    return cv2.GaussianBlur(layer, (0, 0), sigma) if sigma > 0 else layer


def widely_blurred(layer: Layer, sigma: float) -> Layer:
    """A blur too wide to be worth every pixel."""
    small = cv2.resize(layer, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
    height, width = layer.shape
    return cv2.resize(
        blurred(small, sigma / 8), (width, height), interpolation=cv2.INTER_LINEAR
    )


def filled(outlines: list[Points], shape: tuple[int, int], scale: float = 1) -> Layer:
    """Coverage, 0 to 1, of outlines drawn together on a patch `scale` times as fine."""
    canvas = np.zeros(shape, np.uint8)
    for outline in outlines:
        fixed = np.round(outline * scale * 16).astype(np.int32)
        cv2.fillPoly(canvas, [fixed], 255, cv2.LINE_AA, 4)
    return canvas.astype(np.float32) / 255


class Plate:
    """What absorbs the rays in a sketch of one unit a pixel."""

    def __init__(self, rng: np.random.Generator, sample: Sample) -> None:
        self.shape = (HEIGHT // UNIT, WIDTH // UNIT)
        self.rng = rng
        self.sample = sample
        self.absorbed = np.full(self.shape, 0.24, np.float32)

    def both_sides(self, points: list[tuple[float, float]]) -> list[Points]:
        """The points, and their mirror image; no face is quite symmetric."""
        middle = self.shape[1] / 2
        sides = []
        for side in (1, -1):
            outline = np.array(points, float)
            stretch = side * self.sample.spread
            outline[:, 0] = middle + stretch * (outline[:, 0] - middle)
            sides.append(outline + self.rng.normal(0, 2.5, 2))
        return sides

    def area(self, outline: Points, soft: float) -> Layer:
        return blurred(filled([smooth_outline(outline)], self.shape), soft)

    def stroke(self, line: Points, width: float, soft: float) -> Layer:
        curve = smooth_line(line, 80)
        fade = np.sin(np.linspace(0.15, math.pi - 0.15, len(curve)))
        jitter = self.rng.uniform(0.85, 1.15)
        line = filled([ribbon(curve, width * jitter / 2 * fade)], self.shape)
        # A sheet of bone shows where it lies along the rays, and fades elsewhere,
        # sharp on one side and trailing off on the other.
        shows = np.clip(0.85 + 0.4 * noise(self.rng, self.shape, 55, 55), 0.3, 1.5)
        trail = np.roll(blurred(line, soft + 3.5), self.rng.choice((-4, 4)), axis=1)
        return (0.75 * blurred(line, soft) + 0.5 * trail) * shows

    def add(self, layer: Layer, amount: float) -> None:
        self.absorbed += layer * np.float32(amount)

    def thin(self, layer: Layer, share: float) -> None:
        """Let `share` of the rays' absorption vanish: air."""
        self.absorbed *= 1 - layer * np.float32(share)


# --- The jaws around the teeth ---------------------------------------------------

# Down from behind the last molar, round coronoid and condyle, to the chin.
MANDIBLE_BORDER = [
    (366, 440), (354, 412), (346, 372), (342, 320), (340, 276), (334, 246), (318, 226),
    (292, 236), (256, 264), (222, 276), (203, 262), (193, 232), (191, 196), (182, 166),
    (162, 148), (139, 156), (129, 185), (138, 225), (147, 270), (150, 330), (151, 400),
    (157, 460), (172, 510), (200, 548), (242, 572), (300, 594), (380, 622), (460, 645),
    (550, 660), (640, 670), (725, 673),
]  # fmt: skip
SINUS = [
    (432, 120), (470, 96), (540, 100), (590, 150), (612, 205), (606, 244), (580, 264),
    (535, 272), (485, 272), (448, 248), (432, 190),
]  # fmt: skip
ZYGOMA = [
    (200, 196), (290, 196), (370, 196), (430, 210), (446, 250), (438, 290), (414, 296),
    (384, 262), (330, 236), (260, 226), (200, 216),
]  # fmt: skip
CANAL = [(262, 388), (288, 450), (330, 510), (390, 555), (460, 580), (530, 578),
         (560, 556)]  # fmt: skip


def crest(sample: Sample, quadrants: tuple[int, int]) -> Points:
    """The rim of the bone between the teeth, in units, from left to right."""
    first, second = quadrants
    order = [first * 10 + n for n in range(8, 0, -1)]
    order += [second * 10 + n for n in range(1, 9)]
    rim = []
    for fdi in order:
        tooth = sample.places[fdi]
        depth = 0.45 if fdi in sample.missing else 0.37
        for x in (-0.5, 0.5):
            rim.append(tooth.placed(np.array([(x * tooth.mesial, depth)]))[0])
    return np.array(rim) / UNIT


def draw_head(plate: Plate) -> None:
    """Skull base, nose, sinuses and neck, all out of focus."""
    rng, shape = plate.rng, plate.shape
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    plate.absorbed += 0.03 * noise(rng, shape, 240, 200)
    # What lies in front of and behind the layer in focus is smeared sideways.
    top = np.clip((270 - y) / 130, 0, 1)
    smear = 0.05 * noise(rng, shape, 170, 40) + 0.03 * noise(rng, shape, 55, 24)
    smear += 0.04 * noise(rng, shape, 45, 120)
    plate.absorbed += top * (0.1 + 1.5 * smear)
    for _ in range(26):
        start = np.array([rng.uniform(250, 1200), rng.uniform(-20, 190)])
        turn, bend = rng.uniform(0, math.pi), rng.uniform(-0.5, 0.5)
        step = rng.uniform(18, 45)
        arc = [start]
        for _ in range(5):
            arc.append(arc[-1] + step * np.array([math.cos(turn), math.sin(turn)]))
            turn += bend
        soft = rng.uniform(2.5, 8)
        line = plate.stroke(np.array(arc), soft * 2.4, soft)
        plate.add(line * top, rng.uniform(0.06, 0.2))
    septa = np.exp(-((noise(rng, shape, 110, 80) / 0.16) ** 2))
    septa *= np.clip(noise(rng, shape, 120, 120), 0, 1.5)
    plate.add(blurred(septa, 2.2) * top, 0.1)
    # The skull base and the mastoid: a tangle of bone above the joints.
    tangle = sum(
        weight * np.exp(-((noise(rng, shape, size, size * 0.6) / width) ** 2))
        for size, width, weight in ((5, 0.9, 0.5), (10, 0.8, 0.6), (22, 0.5, 0.5),
                                    (60, 0.3, 0.6))
    )  # fmt: skip
    sides = np.clip((np.abs(x - 725) - 420) / 200, 0, 1)
    base = sides * np.clip((185 + 70 * sides + 30 * smear * 10 - y) / 80, 0, 1)
    base *= np.clip(1 + 0.35 * noise(rng, shape, 130, 80), 0.2, 2)
    plate.add(base * (0.3 + 0.22 * blurred(tangle, 0.9)), plate.sample.vertebrae)

    for sinus in plate.both_sides(SINUS):
        plate.thin(plate.area(sinus, 9), 0.42)
        rim = np.vstack([sinus[4:], sinus[:2]])
        plate.add(plate.stroke(rim, 3.6, 1.3), 0.36)
    for cavity in plate.both_sides(
        [
            (712, 30),
            (722, 110),
            (716, 190),
            (690, 205),
            (662, 180),
            (668, 90),
            (684, 40),
        ]
    ):
        plate.thin(plate.area(cavity, 9), 0.7)
    for turbinate in plate.both_sides(
        [(655, 128), (692, 134), (700, 165), (678, 192), (640, 190), (622, 160)]
    ):
        plate.thin(plate.stroke(turbinate[[5, 0, 1, 2, 3]], 18, 7), 0.4)
        smeared = turbinate + np.sign(turbinate[:, :1] - 725) * (26, 6)
        plate.add(plate.area(turbinate, 8), 0.26)
        plate.add(plate.area(smeared, 15), 0.16)
    septum = np.array([(727, 5), (724, 70), (728, 130), (724, 212)], float)
    plate.add(plate.stroke(septum, 9, 2.5), 0.36)
    for orbit in plate.both_sides(
        [(450, -5), (470, 45), (520, 78), (580, 80), (635, 50), (655, -5)]
    ):
        plate.thin(plate.area(orbit, 12), 0.26)
        plate.add(plate.stroke(orbit, 5, 1.8), 0.32)
    for wall in (
        [(438, -30), (430, 60), (434, 130), (440, 200), (452, 262)],
        [(486, -30), (478, 60), (474, 120), (480, 170), (504, 222)],
        [(404, -30), (374, 60), (362, 130), (364, 190), (382, 240), (424, 268)],
    ):
        for line in plate.both_sides(wall):
            plate.add(plate.stroke(line, 3.6, 1.3), 0.42)


def draw_neck(plate: Plate) -> None:
    rng, shape = plate.rng, plate.shape
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    below = np.array([*MANDIBLE_BORDER[19:], *[(1450 - a, b) for a, b in
                     MANDIBLE_BORDER[19:-1][::-1]], (1290, 720), (160, 720)],
                     float)  # fmt: skip
    plate.thin(plate.area(below, 16), 0.72)
    columns = np.clip((np.abs(x - 725) - 505 - 20 * np.sin(y / 130)) / 12, 0, 1)
    plate.add(blurred(columns, 4), 0.18)
    strength = plate.sample.vertebrae
    texture = 1 + 0.3 * trabeculae(rng, shape)
    for level, start in enumerate((196, 326, 452, 574)):
        top = start + rng.uniform(-14, 14)
        lean = 7 * level
        for body in plate.both_sides([
            (-60, top + 16), (-10, top + 12), (50, top + 8), (100 + lean, top),
            (122 + lean, top + 3), (128 + lean, top + 14), (116 + lean, top + 34),
            (110 + lean, top + 56), (116 + lean, top + 82), (132 + lean, top + 98),
            (128 + lean, top + 110), (110 + lean, top + 112), (50, top + 96),
            (-10, top + 92), (-60, top + 92),
        ]):  # fmt: skip
            inside = plate.area(body, 1.6)
            plate.add(blurred(inside, 3) * texture, 0.22 * strength)
            rim = np.clip(blurred(inside, 0.8) - plate.area(body, 5.5), 0, 1)
            rim *= np.clip(0.7 + 0.5 * noise(rng, shape, 40, 40), 0, 1.5)
            plate.add(rim, 0.34 * strength)
        for facet in plate.both_sides([
            (-20, top + 20), (44, top + 26), (62, top + 60), (48, top + 130),
            (-20, top + 150),
        ]):  # fmt: skip
            plate.add(plate.area(facet, 7) * texture, 0.2 * strength)
    for horn in plate.both_sides([(270, 652), (330, 634), (392, 640), (440, 668),
                                  (400, 676), (330, 662)]):  # fmt: skip
        plate.add(plate.area(horn, 4), 0.12)


def draw_mandible(plate: Plate) -> Layer:
    """Add rami and borders to the plate; return the bone that holds the teeth."""
    sample, shape = plate.sample, plate.shape
    left, right = plate.both_sides(MANDIBLE_BORDER)
    outline = np.vstack([crest(sample, (4, 3)), right, left[::-1][1:]])
    mask = plate.area(outline, 1.2)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    inside = cv2.distanceTransform((mask > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    # The body is thick, the rami thin, the gland's hollow below the molars thinner.
    side = np.abs(x - 725)
    thick = 0.34 - 0.13 * np.clip((side - 330) / 110, 0, 1)
    thick += 0.05 * np.clip((160 - side) / 120, 0, 1)
    hollow = np.exp(-(((side - 300) / 130) ** 2) - ((y - 575) / 42) ** 2)
    thick -= 0.1 * hollow
    bone = mask * thick * np.clip((inside + 5) / 14, 0.3, 1)
    border = np.zeros(shape, np.float32)
    for half in (left, right):
        lower = half[20:]
        border += plate.stroke(moved(lower, 0, -7), 13, 2.6)
        border += 0.5 * plate.stroke(half[4:21], 5, 1.4)
        border += 0.65 * plate.stroke(moved(half[:5], 0, 2), 7, 2.2)
    bone += 0.3 * border * mask
    for ridge in plate.both_sides([(318, 330), (330, 390), (362, 440), (410, 478),
                                   (460, 492)]):  # fmt: skip
        bone += 0.13 * plate.stroke(ridge, 20, 6) * mask
    for canal in plate.both_sides(CANAL):
        bone -= 0.09 * plate.stroke(canal, 13, 2.5) * mask
        for offset in (-8, 8):
            bone += 0.06 * plate.stroke(moved(canal, 0, offset), 3, 1.2) * mask
        hole = canal[-1]
        bone -= 0.12 * np.exp(-(((x - hole[0]) / 11) ** 2) - ((y - hole[1]) / 8) ** 2)
    rim = plate.stroke(crest(sample, (4, 3)), 4, 1.2)
    return np.clip(bone + 0.1 * rim * mask, 0, None)


def draw_maxilla(plate: Plate) -> Layer:
    sample = plate.sample
    rim = crest(sample, (1, 2))
    top = [(rim[-1, 0] + 14, rim[-1, 1] - 10), (1078, 322), (1076, 268), (1048, 238),
           (960, 226), (725, 222), (490, 226), (402, 238), (374, 268), (372, 322),
           (rim[0, 0] - 14, rim[0, 1] - 10)]  # fmt: skip
    outline = np.vstack([rim, np.array(top, float)])
    mask = plate.area(outline, 3)
    y, x = np.mgrid[: plate.shape[0], : plate.shape[1]].astype(np.float32)
    mask *= np.clip((y - 200) / 90, 0, 1)
    mask *= np.clip((375 - np.abs(x - 725)) / 70, 0, 1)
    bone = 0.3 * mask
    for sinus in plate.both_sides(SINUS):
        bone *= 1 - 0.6 * plate.area(sinus, 3)
    bone -= 0.1 * mask * np.exp(-(((x - 725) / 26) ** 2) - ((y - 330) / 60) ** 2)
    for spine in plate.both_sides([(725, 276), (716, 250), (700, 226), (660, 214)]):
        bone += 0.22 * plate.stroke(spine, 6, 1.8)
    bone += 0.09 * plate.stroke(rim, 4, 1.2) * mask
    return np.clip(bone, 0, None)


def draw_palate_and_air(plate: Plate) -> None:
    sample = plate.sample
    for side in plate.both_sides([(372, 236), (450, 222), (560, 216), (660, 213),
                                  (735, 214)]):  # fmt: skip
        plate.add(plate.stroke(side, 11, 2.2), 0.5)
        plate.add(plate.stroke(moved(side, 20, 17), 10, 3.4), 0.26)
        under = np.vstack([moved(side, 10, 26), (moved(side, 16, 62))[::-1]])
        plate.thin(plate.area(under, 9), 0.25 * sample.tongue_air)
    for zygoma in plate.both_sides(ZYGOMA):
        plate.add(plate.area(zygoma, 7), 0.2)
        plate.add(plate.stroke(zygoma[3:], 9, 3), 0.22)
    gap = np.vstack([crest(sample, (1, 2)), crest(sample, (4, 3))[::-1]])
    plate.thin(plate.area(gap, 12), 0.1)
    for quadrants in ((1, 2), (4, 3)):
        gum = crest(sample, quadrants)
        plate.add(plate.stroke(gum, 30, 5), 0.07)
    for cheek in plate.both_sides(
        [
            (366, 296),
            (384, 312),
            (400, 350),
            (398, 392),
            (372, 420),
            (348, 396),
            (338, 350),
            (344, 310),
        ]
    ):
        plate.thin(plate.area(cheek, 12), 0.12)
    for cheek in plate.both_sides([(150, 300), (330, 250), (360, 420), (300, 560),
                                   (180, 520)]):  # fmt: skip
        plate.add(plate.area(cheek, 26), 0.1)
    for throat in plate.both_sides([(262, 250), (330, 256), (338, 330), (312, 420),
                                    (280, 500), (240, 580), (196, 570), (222, 470),
                                    (250, 360)]):  # fmt: skip
        plate.thin(plate.area(throat, 11), 0.42)


def draw_ghosts(plate: Plate) -> None:
    """Spine and far jaw, smeared across the middle and the corners."""
    y, x = np.mgrid[: plate.shape[0], : plate.shape[1]].astype(np.float32)
    streaks = noise(plate.rng, plate.shape, 16, 900)
    streaks += noise(plate.rng, plate.shape, 60, 900)
    half = 138 + 6 * np.sin(y / 60)
    column = np.clip((half + 9 - np.abs(x - 725)) / 18, 0, 1)
    core = np.exp(-(((x - 725) / 75) ** 2))
    low = 1 / (1 + np.exp((455 - y) / 26))
    strength = plate.sample.ghost
    amount = column * (0.05 + 0.17 * low) + core * (0.04 + 0.11 * low)
    plate.add(amount * (1 + 0.11 * streaks), strength)
    for side in plate.both_sides([(160, 460), (380, 486), (560, 500), (560, 560),
                                  (380, 560), (160, 530)]):  # fmt: skip
        plate.add(plate.area(side, 14), 0.06)


# --- Teeth and treatments --------------------------------------------------------

FINE = 2  # strokes per pixel in a tooth's own patch


def smooth_step(values: Layer, low: float, high: float) -> Layer:
    t = np.clip((values - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


@dataclass(frozen=True)
class ToothPatch:
    """A tooth's layers on the picture, from pixel (left, top)."""

    left: int
    top: int
    density: Layer
    cover: Layer
    ligament: Layer
    lamina: Layer

    @property
    def window(self) -> tuple[slice, slice]:
        height, width = self.cover.shape
        return (
            slice(self.top, self.top + height),
            slice(self.left, self.left + width),
        )


def tooth_patch(tooth: Tooth, rng: np.random.Generator) -> ToothPatch:
    half_width, margin = 0.85 * tooth.width + 20, 26.0
    shape = (int((tooth.length + 2 * margin) * FINE), int(2 * half_width * FINE))
    stretch = np.array([tooth.width, tooth.length])
    origin = np.array([half_width, margin])

    def own(points: Points) -> Points:
        return points * stretch + origin

    solid = filled([own(outline) for outline in tooth.outlines], shape, FINE)
    # Rounds the crotch between the roots.
    mask = (blurred(solid, 3.5 * FINE) > 0.5) | (solid > 0.5)
    inner = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5) / FINE
    outer = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5) / FINE
    y = np.mgrid[: shape[0], : shape[1]][0].astype(np.float32)
    y = (y / FINE - margin) / tooth.length
    x = np.mgrid[: shape[0], : shape[1]][1].astype(np.float32)
    x = (x / FINE - half_width) / tooth.width

    crown = 1 - smooth_step(y, 0.27, 0.37)
    # Enamel keeps a crown bright to its edge; a root thins out.
    radius = ((0.2 if tooth.is_molar else 0.3) - 0.13 * crown) * tooth.width
    roundness = np.sqrt(1 - (1 - np.clip(inner / radius, 0, 1)) ** 2)
    dentine = roundness * (0.68 - 0.08 * crown - 0.16 * smooth_step(y, 0.5, 1.0))
    thickness = np.maximum(0.17 * tooth.width * (1 - (y / 0.37) ** 2), 0.01)
    if not tooth.is_molar and tooth.position < 4:
        thickness *= 0.85
    enamel = 1 / (1 + np.exp(np.clip((inner - thickness) / 2.6, -30, 30)))
    enamel *= crown * np.clip(inner / 4.5, 0, 1) ** 0.7
    # Cusps in front and behind hide the dip between them.
    cusp = 0.2 * crown * roundness * (1 - smooth_step(y, 0.12, 0.24))
    pulp = blurred(filled([own(p) for p in pulp_outlines(tooth)], shape, FINE), 4.0)
    density = dentine + 0.56 * enamel + cusp - 0.17 * pulp * roundness
    density *= 1 + 0.035 * noise(rng, shape, 40, 70) + 0.02 * noise(rng, shape, 8, 20)
    fade = 0.86 if tooth.position <= 2 else 1.0
    below = smooth_step(y, 0.33, 0.42)
    shows = np.clip(0.75 + 0.45 * noise(rng, shape, 90, 130), 0.05, 1.3)
    layers = (
        np.clip(density, 0, None) * mask * fade,
        mask.astype(np.float32),
        np.exp(-(((outer - 3.0) / 2.4) ** 2)) * below * shows,
        np.exp(-(((outer - 9.5) / 2.6) ** 2)) * below * shows,
    )
    x_min, y_min, x_max, y_max = bounding_box([
        tooth.placed((np.array(corner) - origin) / stretch)
        for corner in np.array([[(0, 0), (2 * half_width, 0),
                                 (0, tooth.length + 2 * margin),
                                 (2 * half_width, tooth.length + 2 * margin)]])
    ])  # fmt: skip
    to_picture = tooth.matrix.copy()
    to_picture[:, 2] += -tooth.matrix[:, :2] @ origin - (x_min, y_min)
    to_picture[:, :2] /= FINE
    warped = [
        cv2.warpAffine(
            blurred(layer.astype(np.float32), 1.0),
            to_picture,
            (x_max - x_min, y_max - y_min),
            flags=cv2.INTER_LINEAR,
        )
        for layer in layers
    ]
    return ToothPatch(x_min, y_min, *warped)


def pulp_outlines(tooth: Tooth) -> list[Points]:
    rng = tooth.random("pulp")
    stretch = np.array([tooth.width, tooth.length])
    outlines = []
    for line, _ in tooth.root_lines:
        first = 0.3 if tooth.is_molar else 0.0
        along = line[line[:, 1] > first]
        if not tooth.is_molar:
            along = np.vstack([[(0.0, 0.19), (0.0, 0.25)], along])
        widest = rng.uniform(0.055, 0.075) * tooth.width
        widths = np.linspace(widest * (0.7 if tooth.is_molar else 1), 1.2, len(along))
        outlines.append(ribbon(along * stretch, widths) / stretch)
    if tooth.is_molar:
        outlines.append(smooth_outline(np.array([
            (-0.26, 0.23), (-0.2, 0.28), (0.0, 0.285), (0.2, 0.28), (0.26, 0.23),
            (0.24, 0.34), (0.2, 0.4), (0.1, 0.36), (-0.1, 0.36), (-0.2, 0.4),
            (-0.24, 0.34),
        ])))  # fmt: skip
    return outlines


def draw_treatment(absorbed: Layer, sample: Sample, treatment: Treatment,
                   rng: np.random.Generator) -> None:  # fmt: skip
    shapes = sample.shapes(treatment)
    x_min, y_min, x_max, y_max = bounding_box(shapes)
    left, top = x_min - 40, y_min - 40
    shape = (y_max + 40 - top, x_max + 40 - left)
    window = (slice(top, top + shape[0]), slice(left, left + shape[1]))
    local = [outline - (left, top) for outline in shapes]
    below = absorbed[window]

    def cover(outlines: list[Points]) -> Layer:
        fine = filled(outlines, (shape[0] * 4, shape[1] * 4), 4)
        return cv2.resize(fine, shape[::-1], interpolation=cv2.INTER_AREA)

    mask = cover(local)
    depth = cv2.distanceTransform((mask > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    rounded = np.sqrt(1 - (1 - np.clip(depth / 9, 0, 1)) ** 2)
    grain = 1 + 0.05 * noise(rng, shape, 9, 9) + 0.04 * noise(rng, shape, 30, 30)
    if treatment.kind == "root filling":
        below += blurred(mask, 1.3) * grain * 0.9
        return
    if treatment.kind == "composite":
        below += blurred(mask, 1.2) * grain * 0.75
        return
    if treatment.kind == "amalgam":
        metal = (1.6 + 2.2 * rounded) * grain
    elif treatment.kind == "implant":
        metal = fixture_shading(sample.places[treatment.teeth[0]], left, top, shape)
    else:
        # A metal shell: the stump shows, a little darker, at its open end.
        tooth = sample.places[treatment.teeth[0]]
        metal = (2.2 + 1.9 * rounded) * grain
        stumps = cover([
            sample.places[fdi].placed(
                (sample.places[fdi].crown(0.3)) * (0.62, 0.42) + (0, 0.21))
            - (left, top)
            for fdi in treatment.teeth if fdi not in sample.missing
        ] or [np.zeros((3, 2))])  # fmt: skip
        metal -= 1.3 * blurred(stumps, 5)
        ceramic = blurred(mask, 1.0)
        below += ceramic * 0.55 * (tooth.position > 0)
        down = -1 if tooth.is_upper else 1
        shift = np.float32([[1, 0, 0], [0, 1, 7 * down]])
        mask = mask * cv2.warpAffine(mask, shift, shape[::-1])
    mask = blurred(mask, 0.9)
    below += mask * (np.maximum(metal, below) - below)


def fixture_shading(tooth: Tooth, left: int, top: int, shape: tuple[int, int]) -> Layer:
    """A titanium screw: brighter threads, a hollow for the inner screw."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    inverse = np.linalg.inv(tooth.matrix[:, :2])
    dx, dy = x + left - tooth.tip[0], y + top - tooth.tip[1]
    across = inverse[0, 0] * dx + inverse[0, 1] * dy
    along = inverse[1, 0] * dx + inverse[1, 1] * dy - tooth.length * 0.37
    metal = 1.75 + 0.22 * np.cos(2 * math.pi * along / 12) * (along > 24)
    metal += 0.3 * np.sqrt(np.clip(1 - (across / 28) ** 2, 0, 1))
    metal -= 0.55 * ((np.abs(across) < 9) & (along > 6) & (along < 70))
    metal -= 0.4 * ((np.abs(across) < 13) & (along > 88) & (along < 112))
    return blurred(metal.astype(np.float32), 1.5)


def uneven(rng: np.random.Generator, *layers: Layer) -> tuple[Layer, ...]:
    """The layers with every line a little crooked, as bone is."""
    shape = layers[0].shape
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    for size, amount in ((110, 3.0), (38, 1.3), (14, 0.5)):
        x += amount * noise(rng, shape, size, size)
        y += amount * noise(rng, shape, size, size)
    return tuple(
        cv2.remap(layer, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for layer in layers
    )


# --- Film ------------------------------------------------------------------------


def draw(sample: Sample) -> NDArray[np.uint8]:
    rng = np.random.default_rng(zlib.crc32(sample.name.encode()))
    plate = Plate(rng, sample)
    draw_head(plate)
    draw_neck(plate)
    draw_palate_and_air(plate)
    draw_ghosts(plate)
    bone = draw_mandible(plate) + draw_maxilla(plate)

    size = (WIDTH, HEIGHT)
    plate.absorbed, bone = uneven(rng, plate.absorbed, bone)
    absorbed = cv2.resize(plate.absorbed, size, interpolation=cv2.INTER_CUBIC)
    bone = cv2.resize(bone, size, interpolation=cv2.INTER_CUBIC)
    bone *= np.clip(1 + 0.36 * trabeculae(rng, bone.shape), 0.15, None)
    teeth = np.zeros_like(bone)
    patches = [tooth_patch(tooth, rng) for tooth in sample.present]
    for patch in patches:
        bone[patch.window] *= 1 - 0.6 * patch.cover
    for patch in patches:
        window = patch.window
        bone[window] *= (1 - 0.5 * patch.ligament) * (1 + 0.3 * patch.lamina)
        teeth[window] += patch.density * (1 - 0.45 * np.clip(teeth[window] / 0.4, 0, 1))
    absorbed += bone + teeth
    absorbed *= sample.exposure * (
        1
        + 0.07 * noise(rng, absorbed.shape, 500, 400)
        + 0.03 * noise(rng, absorbed.shape, 700, 90)
        + 0.025 * noise(rng, absorbed.shape, 45, 1500)
    )
    absorbed *= 1 + upper_face(sample) * (
        0.035 * noise(rng, absorbed.shape, 60, 24)
        + 0.03 * noise(rng, absorbed.shape, 17, 13)
        + 0.02 * noise(rng, absorbed.shape, 8, 20)
    )
    absorbed = blurred(absorbed, 1.4)
    for treatment in sample.treatments:
        draw_treatment(absorbed, sample, treatment, rng)
    return developed(absorbed, sample, rng)


def upper_face(sample: Sample) -> Layer:
    """1 above the palate, 0 from the teeth down."""
    y = np.arange(HEIGHT, dtype=np.float32)[:, None]
    return np.clip((sample.occlusal - 330 - y) / 200, 0, 1)


def developed(
    absorbed: Layer, sample: Sample, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Film curve, the scanner's edge enhancement, grain, frame and mark."""
    image = 255 * (1 - np.exp(-np.clip(absorbed, 0, None)))
    image = blurred(image, 0.8)
    image += 0.2 * (image - widely_blurred(image, 90))
    image += 0.22 * (image - blurred(image, 8))
    grain = blurred(rng.standard_normal(image.shape, dtype=np.float32), 1.0)
    image += grain / grain.std() * 2.4
    image = with_frame(np.clip(image, 3, 252), sample, rng)
    burn_mark(image, (WIDTH - 150, HEIGHT - 170))
    return np.clip(np.round(image), 0, 255).astype(np.uint8)


def with_frame(image: Layer, sample: Sample, rng: np.random.Generator) -> Layer:
    margin = 34
    inside = np.zeros_like(image)
    cv2.rectangle(
        inside, (margin, margin), (WIDTH - margin, HEIGHT - margin), 1, cv2.FILLED
    )
    inside = blurred(inside, 9)
    edge = 250.0 if sample.frame == "white" else 2.0
    return image * inside + edge * (1 - inside)


def burn_mark(image: Layer, corner: tuple[int, int]) -> None:
    """The letter L for the patient's left, a hollow stencil as scanners burn it in."""
    letter = np.array([(0, 0), (16, 0), (16, 78), (44, 78), (44, 94), (0, 94)], float)
    stencil = filled([letter + corner], image.shape)
    halo = blurred(cv2.dilate(stencil, np.ones((17, 17), np.uint8)), 1)
    image += (halo * 250 - image) * halo
    image *= 1 - 0.97 * stencil


# --- Annotations -----------------------------------------------------------------

# Where the made-up dentist kept the pictures, as VoTT on Windows would name it.
DENTISTS_FOLDER = "C:/Radiographs/samples"
VOTT_V1_TAGS = {RESTORATION: "restauration", ENDODONTIC: "endo", IMPLANT: "implant"}
TAG_COLOURS = ("#0cc0aa", "#e8891a", "#5db300")


@dataclass(frozen=True)
class Annotation:
    label: str
    x_min: float
    y_min: float
    x_max: float
    y_max: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        return (self.x_min, self.y_min, self.x_max, self.y_max)


def invented_box(sample: Sample) -> PixelBox:
    label, fdi = sample.mistakes.invented
    tooth = sample.places[fdi]
    if label == RESTORATION:
        return bounding_box([tooth.placed(tooth.crown(0.3))])
    return tooth.root_box


def misplaced_box(sample: Sample) -> PixelBox:
    name, (right, down) = sample.mistakes.misplaced
    (treatment,) = (t for t in sample.treatments if t.name == name)
    x_min, y_min, x_max, y_max = sample.box(treatment)
    dx, dy = round(right * (x_max - x_min)), round(down * (y_max - y_min))
    return (x_min + dx, y_min + dy, x_max + dx, y_max + dy)


def annotated(sample: Sample) -> list[Annotation]:
    """What the made-up dentist drew, mistakes included."""
    mistakes = sample.mistakes
    annotations = []
    for treatment in sample.treatments:
        if treatment.name in mistakes.missed:
            continue
        label, box = treatment.label, sample.box(treatment)
        if treatment.name == mistakes.wrong_class[0]:
            label = mistakes.wrong_class[1]
        if treatment.name == mistakes.misplaced[0]:
            box = misplaced_box(sample)
        rng = random.Random(f"{sample.name} {treatment.name} by hand")
        by_hand = (round(edge + rng.uniform(-4, 4), 2) for edge in box)
        annotations.append(Annotation(label, *by_hand))
    annotations.append(
        Annotation(mistakes.invented[0], *map(float, invented_box(sample)))
    )
    return annotations


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def short_id(text: str) -> str:
    """Nine letters and digits, as VoTT's ids look."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
    return digest.decode()[:9]


def written_number(value: float) -> str:
    """As JavaScript writes it: no point where there is no fraction."""
    return str(int(value)) if value == int(value) else str(value)


def as_json_number(value: float) -> float | int:
    return int(value) if value == int(value) else value


def vott_v1_project(sample: Sample) -> str:
    regions = []
    for index, annotation in enumerate(annotated(sample), start=1):
        corners = dict(
            zip(("x1", "y1", "x2", "y2"), map(as_json_number, annotation.box),
                strict=True)
        )  # fmt: skip
        regions.append(
            {
                **corners,
                "width": WIDTH,
                "height": HEIGHT,
                "box": corners,
                "UID": md5(f"{sample.name} {index}")[:8],
                "id": index - 1,
                "type": "Rectangle",
                "tags": [VOTT_V1_TAGS[annotation.label]],
                "name": index,
            }
        )
    picture = Path(sample.picture).name
    project = {
        "frames": {picture: regions},
        "framerate": "1",
        "inputTags": ",".join(VOTT_V1_TAGS.values()),
        "suggestiontype": "track",
        "scd": False,
        "visitedFrames": [picture],
        "tag_colors": list(TAG_COLOURS),
    }
    return json.dumps(project, separators=(",", ":"))


def placeholder_options(name: str) -> dict[str, str]:
    """Provider options look encrypted in a project; nothing hides in these."""
    secret = {
        "ciphertext": hashlib.sha256(name.encode()).hexdigest(),
        "iv": md5(name)[:24],
    }
    return {
        "encrypted": base64.b64encode(
            json.dumps(secret, separators=(",", ":")).encode()
        ).decode()
    }


def vott_v2_files(sample: Sample) -> dict[str, str]:
    picture = Path(sample.picture)
    path = "file:" + quote(f"{DENTISTS_FOLDER}/{picture.name}", safe="/:")
    asset = {
        "format": picture.suffix[1:],
        "id": md5(path),
        "name": picture.name,
        "path": path,
        "size": {"width": WIDTH, "height": HEIGHT},
        "state": 2,
        "type": 1,
    }
    regions = []
    for index, annotation in enumerate(annotated(sample)):
        x_min, y_min, x_max, y_max = map(as_json_number, annotation.box)
        regions.append({
            "id": short_id(f"{sample.name} {index}"),
            "type": "RECTANGLE",
            "tags": [annotation.label],
            "boundingBox": {
                "height": as_json_number(round(y_max - y_min, 2)),
                "width": as_json_number(round(x_max - x_min, 2)),
                "left": x_min,
                "top": y_min,
            },
            "points": [
                {"x": x, "y": y}
                for x, y in (
                    (x_min, y_min), (x_max, y_min), (x_max, y_max), (x_min, y_max),
                )
            ],
        })  # fmt: skip
    connection = {
        "name": "samples",
        "providerType": "localFileSystemProxy",
        "providerOptions": placeholder_options("connection"),
        "id": short_id("connection"),
    }
    project = {
        "name": "samples",
        "securityToken": "samples Token",
        "useSecurityToken": True,
        "videoSettings": {"frameExtractionRate": 15},
        "tags": [
            {"name": label, "color": colour}
            for label, colour in zip(VOTT_V1_TAGS, TAG_COLOURS, strict=True)
        ],
        "id": short_id("samples"),
        "activeLearningSettings": {
            "autoDetect": False,
            "predictTag": True,
            "modelPathType": "coco",
        },
        "version": "2.2.0",
        "sourceConnection": connection,
        "targetConnection": connection,
        "exportFormat": {
            "providerType": "vottJson",
            "providerOptions": placeholder_options("export"),
        },
        "autoSave": True,
        "assets": {asset["id"]: asset},
        "lastVisitedAssetId": asset["id"],
    }
    metadata = {"asset": asset, "regions": regions, "version": "2.2.0"}
    folder = picture.parent.as_posix()
    return {
        sample.annotations: json.dumps(project, indent=4),
        f"{folder}/{asset['id']}-asset.json": json.dumps(metadata, indent=4),
    }


VOC_OBJECT = """<object>
    <name>{name}</name>
    <pose>Unspecified</pose>
    <truncated>0</truncated>
    <difficult>0</difficult>
    <bndbox>
        <xmin>{box[0]}</xmin>
        <ymin>{box[1]}</ymin>
        <xmax>{box[2]}</xmax>
        <ymax>{box[3]}</ymax>
    </bndbox>
</object>"""
# VoTT 2 names the picture's own folder wrongly and calls grey pictures three deep.
VOC_ANNOTATION = """<annotation verified="yes">
    <folder>Annotation</folder>
    <filename>{picture}</filename>
    <path>samples-PascalVOC-export/Annotations/{picture}</path>
    <source>
        <database>Unknown</database>
    </source>
    <size>
        <width>{width}</width>
        <height>{height}</height>
        <depth>3</depth>
    </size>
    <segmented>0</segmented>
    {objects}
</annotation>
"""


def voc_files(sample: Sample) -> dict[str, str]:
    annotations = annotated(sample)
    picture = Path(sample.picture).name
    objects = "".join(
        VOC_OBJECT.format(
            name=annotation.label, box=[written_number(edge) for edge in annotation.box]
        )
        for annotation in annotations
    )
    files = {
        sample.annotations: VOC_ANNOTATION.format(
            picture=picture, width=WIDTH, height=HEIGHT, objects=objects
        ),
        "voc/pascal_label_map.pbtxt": "".join(
            f"item {{\n id: {number}\n name: '{label}'\n}}\n"
            for number, label in enumerate(VOTT_V1_TAGS, start=1)
        ),
    }
    used = {annotation.label for annotation in annotations}
    for label in VOTT_V1_TAGS:
        if label in used:
            # A fifth of one picture, rounded up, is all of it: none is left to train.
            files[f"voc/ImageSets/Main/{label}_val.txt"] = f"{picture} 1"
            files[f"voc/ImageSets/Main/{label}_train.txt"] = ""
    return files


def truth(sample: Sample) -> dict[str, object]:
    mistakes = sample.mistakes
    return {
        "picture": sample.picture,
        "annotations": sample.annotations,
        "width": WIDTH,
        "height": HEIGHT,
        "missing_teeth": sorted(sample.missing),
        "treatments": [
            {
                "name": treatment.name,
                "label": treatment.label,
                "teeth": list(treatment.teeth),
                "box": list(sample.box(treatment)),
            }
            for treatment in sample.treatments
        ],
        "planted": {
            "missed": list(mistakes.missed),
            "invented": {
                "label": mistakes.invented[0],
                "tooth": mistakes.invented[1],
                "box": list(invented_box(sample)),
            },
            "wrong_class": {
                "treatment": mistakes.wrong_class[0],
                "annotated_as": mistakes.wrong_class[1],
            },
            "misplaced": {
                "treatment": mistakes.misplaced[0],
                "annotated_at": list(misplaced_box(sample)),
            },
        },
    }


def annotation_files() -> dict[str, str]:
    """Every text file of the samples, by its path below their folder."""
    first, second, third = SAMPLES
    truths = {sample.name: truth(sample) for sample in SAMPLES}
    return {
        first.annotations: vott_v1_project(first),
        **vott_v2_files(second),
        **voc_files(third),
        "truth.json": json.dumps(truths, indent=2) + "\n",
    }


def save(image: NDArray[np.uint8], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".jpg":
        Image.fromarray(image).save(path, quality=92)
    else:
        Image.fromarray(image).save(path, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=SAMPLES_FOLDER)
    parser.add_argument(
        "--annotations-only", action="store_true", help="leave the pictures alone"
    )
    options = parser.parse_args()
    if not options.annotations_only:
        for sample in SAMPLES:
            save(draw(sample), options.folder / sample.picture)
    for name, text in annotation_files().items():
        path = options.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
