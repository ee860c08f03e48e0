"""The lines of many boxes, painted quickly: on whole pixels of the screen.

To copy a line from a small image takes a tenth of the time that Qt needs for a pen that
is dashed or lets through what is below it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtGui import QColor, QImage, QPainter

# Longer sides are put together.
STRIP_LENGTH = 1024

Edges = tuple[int, int, int, int]
"""Left, top, right and bottom of a box in pixels of the screen."""


@dataclass(frozen=True, slots=True)
class Line:
    """`rgba` is as of QColor; `width` and the `dashes`, drawn and left out, are in
    pixels of the screen. Without dashes it is solid.
    """

    rgba: int
    width: int
    dashes: tuple[int, int] | None = None


def paint_boxes(
    painter: QPainter, boxes: Iterable[Edges], line: Line, sight: tuple[int, int]
) -> None:
    """Paint in pixels of the screen; `sight` is the width and height that is seen.

    Sides begin with a dash, so that there is a corner to be seen. No pixel is painted
    twice, so that translucent lines are even.
    """
    along, down = _strips(line)
    width, half = line.width, line.width // 2
    for left, top, right, bottom in boxes:
        x, y = left - half, top - half
        length, height = right - left + width, bottom - top - width
        for at in (y, bottom - half):
            if -width < at < sight[1]:
                for start, skipped, part in _parts(x, length, line, sight[0]):
                    painter.drawImage(start, at, along, skipped, 0, part, width)
        for at in (x, right - half):
            if -width < at < sight[0]:
                for start, skipped, part in _parts(y + width, height, line, sight[1]):
                    painter.drawImage(at, start, down, 0, skipped, width, part)


def _parts(
    start: int, length: int, line: Line, sight: int
) -> Iterable[tuple[int, int, int]]:
    """Of one side as far as it is seen: where to paint, from where in the strip, and
    how much.
    """
    period = sum(line.dashes) if line.dashes is not None else 1
    end = min(start + length, sight)
    skipped = 0
    if start < 0:
        skipped = -start % period
        start = 0
    whole = STRIP_LENGTH - STRIP_LENGTH % period
    while start < end:
        part = min(end - start, whole - skipped)
        yield start, skipped, part
        start, skipped = start + part, 0


@lru_cache(maxsize=64)
def _strips(line: Line) -> tuple[QImage, QImage]:
    """A long piece of the line, lying and standing."""
    color = QColor.fromRgba(line.rgba)
    drawn, left_out = line.dashes or (STRIP_LENGTH, 1)
    starts = range(0, STRIP_LENGTH, drawn + left_out)
    lying, standing = (
        QImage(*size, QImage.Format.Format_ARGB32_Premultiplied)
        for size in ((STRIP_LENGTH, line.width), (line.width, STRIP_LENGTH))
    )
    lying.fill(0)
    painter = QPainter(lying)
    for start in starts:
        painter.fillRect(start, 0, drawn, line.width, color)
    painter.end()
    standing.fill(0)
    painter = QPainter(standing)
    for start in starts:
        painter.fillRect(0, start, line.width, drawn, color)
    painter.end()
    return lying, standing
