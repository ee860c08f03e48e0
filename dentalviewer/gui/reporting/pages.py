"""Text and blocks set on pages of A4 and painted as a PDF, in tenths of a point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from PySide6.QtCore import QIODevice, QMarginsF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)

# One unit of the page is a tenth of a point.
DOTS_PER_INCH = 720
MM = DOTS_PER_INCH / 25.4
PAGE_WIDTH, PAGE_HEIGHT = 210 * MM, 297 * MM
MARGIN = 18 * MM
FIRST_TOP, TOP, BOTTOM = 14 * MM, 22 * MM, 18 * MM
WIDTH = PAGE_WIDTH - 2 * MARGIN
# The height that the first page has for blocks.
FIRST_PAGE = PAGE_HEIGHT - BOTTOM - FIRST_TOP

ACCENT, MUTED, RULE = "#1f6fb2", "#5d646f", "#d5d9df"

# What a system has of these; the last is a name that all of them understand.
_FAMILIES = ["Inter", "Segoe UI", "Helvetica Neue", "Noto Sans", "DejaVu Sans", "Sans"]

Paint = Callable[[QPainter, float, float], None]
"""Paints with its top left corner at x, y."""


@dataclass(frozen=True, slots=True)
class Style:
    """How text looks; `size` in points."""

    size: float = 9.0
    color: str = "#1d2025"
    bold: bool = False
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft


@dataclass(frozen=True, slots=True)
class Setting:
    """How closely a report is set, in units of the page; `fine_print` in points.

    `gap` is the share that is left of each space. Where it is `run_in`, small print,
    legend and result go on in one paragraph instead of beginning new lines.
    """

    gap: float
    least_row: float
    chart_width: float
    fine_print: float
    run_in: bool

    def space(self, millimetres: float) -> Block:
        return space(millimetres * self.gap)


ROOMY = Setting(1.0, 5.4 * MM, 150 * MM, 7.5, run_in=False)
CLOSE = Setting(0.5, 4.6 * MM, 112 * MM, 7.0, run_in=True)


@dataclass(frozen=True, slots=True)
class Block:
    """Something that stays in one piece. `head` is repeated above it on a new page.

    With `keep`, it is on one page with the block that follows.
    """

    height: float
    paint: Paint
    keep: bool = False
    head: Block | None = None


def new_writer(device: QIODevice, title: str) -> QPdfWriter:
    """An A4 writer whose painter works in the units of this module."""
    writer = QPdfWriter(device)
    writer.setResolution(DOTS_PER_INCH)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Point)
    writer.setTitle(title)
    writer.setCreator("dentalviewer")
    return writer


def font_of(style: Style) -> QFont:
    font = QFont(_FAMILIES)
    font.setPointSizeF(style.size)
    font.setBold(style.bold)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    # Drawn as one glyph, "ff" and "fi" could no longer be searched for in the PDF.
    font.setFeature(QFont.Tag("liga"), 0)
    return font


class Text:
    """Text broken into lines for a width; `height` is that of all of them.

    `names` are the places of words in it that stand out: where they begin and end.
    """

    def __init__(
        self,
        text: str,
        style: Style,
        width: float,
        device: QPdfWriter,
        names: Sequence[tuple[int, int]] = (),
    ) -> None:
        self._color = QColor(style.color)
        # Qt breaks lines within a paragraph at this character alone.
        lines = "\u2028".join(text.splitlines())
        self._layout = QTextLayout(lines, font_of(style), device)
        option = QTextOption(style.align)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._layout.setTextOption(option)
        self._layout.setFormats([_bold(lines, *name) for name in names])
        self.height = self._break(width)

    def _break(self, width: float) -> float:
        y = 0.0
        self._layout.beginLayout()
        while (line := self._layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPointF(0, y))
            y += line.height() * 1.08
        self._layout.endLayout()
        return y

    def paint(self, painter: QPainter, x: float, y: float) -> None:
        painter.setPen(self._color)
        self._layout.draw(painter, QPointF(x, y))

    def blocks(self) -> list[Block]:
        """A block for each line, so that a long text may go on on the next page."""
        count = self._layout.lineCount()
        tops = [self._layout.lineAt(i).y() for i in range(count)] + [self.height]
        return [
            Block(tops[i + 1] - tops[i], self._line_painter(i)) for i in range(count)
        ]

    def _line_painter(self, index: int) -> Paint:
        def paint(painter: QPainter, x: float, y: float) -> None:
            line = self._layout.lineAt(index)
            painter.setPen(self._color)
            line.draw(painter, QPointF(x, y - line.y()))

        return paint


def _bold(text: str, start: int, end: int) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start = _length_in_qt(text[:start])
    made.length = _length_in_qt(text[start:end])
    looks = QTextCharFormat()
    looks.setFontWeight(QFont.Weight.Bold)
    made.format = looks
    return made


def _length_in_qt(text: str) -> int:
    """Qt counts some characters, such as emoji, as two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def kept_together(blocks: Sequence[Block]) -> list[Block]:
    return [*(replace(block, keep=True) for block in blocks[:-1]), *blocks[-1:]]


def space(millimetres: float) -> Block:
    return Block(millimetres * MM, lambda painter, x, y: None)


def fill(painter: QPainter, rectangle: QRectF, color: str, radius: float = 0) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawRoundedRect(rectangle, radius, radius)
    painter.setBrush(Qt.BrushStyle.NoBrush)


Page = list[tuple[float, Block]]
"""What is on a page, each with its height there."""


def paginate(blocks: Sequence[Block]) -> list[Page]:
    """Blocks with their heights on the page, page by page; at least one page."""
    pages: list[Page] = [[]]
    y = FIRST_TOP
    for index, block in enumerate(blocks):
        needed = block.height
        for before, after in pairwise(blocks[index:]):
            if not before.keep:
                break
            needed += after.height
        if pages[-1] and y + needed > PAGE_HEIGHT - BOTTOM:
            pages.append([])
            y = TOP
            if block.head is not None:
                pages[-1].append((y, block.head))
                y += block.head.height
        pages[-1].append((y, block))
        y += block.height
    return pages
