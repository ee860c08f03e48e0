"""At what size, and which way round, a network looks at a radiograph."""

from __future__ import annotations

from dataclasses import dataclass

from dentalviewer.geometry import Size

# Beside the size that a network learned at: larger, for what is small, and smaller, for
# what needs its surroundings.
LARGER, SMALLER = 1.31, 0.85
# The coarsest level of the networks has one value for so many pixels.
_STEP = 64


@dataclass(frozen=True, slots=True)
class Look:
    """One look: in a frame of `size`, which is `mirrored` or not."""

    size: Size
    mirrored: bool = False


def one_look(learned: Size) -> tuple[Look, ...]:
    return (Look(learned),)


def two_looks(learned: Size) -> tuple[Look, ...]:
    """Those of a network that learned at a size: two that differ are surer together."""
    return Look(_times(learned, LARGER)), Look(_times(learned, SMALLER), mirrored=True)


def _times(size: Size, factor: float) -> Size:
    return Size(_stepped(size.width * factor), _stepped(size.height * factor))


def _stepped(side: float) -> int:
    return max(round(side / _STEP), 1) * _STEP
