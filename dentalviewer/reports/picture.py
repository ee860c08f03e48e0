"""A radiograph with findings drawn on it: colour by class, line style by source."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from dentalviewer.dentition import Notation
from dentalviewer.enhancement import full_window, shown
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import (
    KNOWN_LABELS,
    NONE_CHOSEN,
    display_name,
    ink_on,
    label_color,
)
from dentalviewer.phrases import percent
from dentalviewer.placing import Placing
from dentalviewer.reports.captions import place_captions
from dentalviewer.reports.report import (
    Report,
    RowSource,
)
from dentalviewer.review import Sides
from dentalviewer.study import Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

    Picture = NDArray[np.uint8]

# About 350 dots per inch across a page of A4, whatever the radiograph has.
REPORT_WIDTH = 2400
MAX_HEIGHT = 4 * REPORT_WIDTH
# In thousandths of the picture's width.
_LINE = 1.2
_NUMBER_HEIGHT = 13.0
_WORDS_HEIGHT = 8.5
_SIDE_HEIGHT = 24.0
_DASH, _GAP = 8.0, 5.0
_JPEG_QUALITY = 90


@dataclass(frozen=True, slots=True)
class Mark:
    """A box to draw, in pixels of the radiograph, and what to write at it.

    `color` is #rrggbb.
    """

    box: Box
    color: str
    caption: str
    source: RowSource


def report_picture(report: Report) -> Picture:
    """(H, W, 3) RGB: the accepted findings by number, and which side is which."""
    marks = [
        Mark(r.box, report.color(r.label), str(r.number), r.source) for r in report.rows
    ]
    pixels = report.radiograph.pixels
    height, width = pixels.shape[:2]
    scale = min(REPORT_WIDTH / width, MAX_HEIGHT / height)
    size = Size(max(round(width * scale), 1), max(round(height * scale), 1))
    sides = report.sides_in_sight
    return draw(pixels, marks, size=size, text_height=_NUMBER_HEIGHT, sides=sides)


def prediction_picture(
    pixels: NDArray[Any],
    findings: Sequence[Finding],
    class_colors: Mapping[str, str] = NONE_CHOSEN,
) -> Picture:
    """(H, W, 3) RGB: the radiograph as large as it is, and below it what the colours
    mean. Predictions have their tooth, if it is known, and percent, which cover less
    of small radiographs than the names of classes.
    """
    marks = [
        Mark(
            f.box,
            label_color(f.label, class_colors),
            _tooth_and_percent(f),
            RowSource.DETECTOR,
        )
        for f in findings
    ]
    return _above_key(draw(pixels, marks), _key(findings, class_colors))


def _tooth_and_percent(finding: Finding) -> str:
    placing = Placing(finding.teeth, doubtful=finding.tooth_in_doubt)
    # The font has no longer dash.
    teeth = str(placing).replace("\u2013", "-")
    told = [teeth or (finding.label if _is_number(finding) else "")]
    if finding.score is not None:
        told.append(percent(finding.score))
    return ", ".join(filter(None, told)) or display_name(finding.label)


def _is_number(finding: Finding) -> bool:
    """Whether the class is a tooth's number, as of a detector of teeth."""
    return finding.label.isdecimal()


def _key(
    findings: Sequence[Finding], class_colors: Mapping[str, str]
) -> Sequence[tuple[str, str]]:
    """Words with the colour that they explain, empty for words that explain none."""
    found = {f.label for f in findings if not _is_number(f)}
    labels = [each for each in KNOWN_LABELS if each in found]
    labels += sorted(found.difference(KNOWN_LABELS))
    key = [(label_color(each, class_colors), display_name(each)) for each in labels]
    if any(f.teeth or _is_number(f) for f in findings):
        key.append(("", f"Tooth numbers: {Notation.FDI}"))
    return key


def _above_key(picture: Picture, key: Sequence[tuple[str, str]]) -> Picture:
    """In as many rows below the picture as the key needs; none if it is empty."""
    from PIL import Image, ImageDraw

    width = picture.shape[1]
    font = _font(_text_height(width, _WORDS_HEIGHT))
    side = _extent(font, "")[3]
    rows: list[list[tuple[float, str, str]]] = []
    x = float(width)
    for color, words in key:
        indent = 1.6 * side if color else 0.0
        needed = indent + font.getlength(words)
        if x + needed > width - side:
            rows.append([])
            x = side
        rows[-1].append((x, color, words))
        x += needed + 2 * side
    strip = Image.new("RGB", (width, round(2 * side * len(rows))), "#15171a")
    brush = ImageDraw.Draw(strip)
    for number, row in enumerate(rows):
        middle = (2 * number + 1) * side
        for left, color, words in row:
            if color:
                corners = (left, middle - side / 2, left + side, middle + side / 2)
                brush.rectangle(corners, fill=color)
            start = left + (1.6 * side if color else 0.0)
            brush.text((start, middle), words, "#e4e6ea", font=font, anchor="lm")
    return np.vstack([picture, np.asarray(strip)])


def draw(
    pixels: NDArray[Any],
    marks: Sequence[Mark],
    *,
    size: Size | None = None,
    text_height: float = _WORDS_HEIGHT,
    sides: Sides | None = None,
) -> Picture:
    """Draw on a copy, resized to `size`; 16-bit pixels are windowed first.

    `text_height` is in thousandths of the width; `sides` has R and L written at the
    edges.
    """
    from PIL import Image, ImageDraw

    height, width = pixels.shape[:2]
    size = size or Size(width, height)
    picture = _prepared(pixels, size)
    marks = [
        replace(mark, box=mark.box.scaled(size.width / width, size.height / height))
        for mark in marks
    ]
    unit = size.width / 1000
    picture = _with_shadows(picture, marks, unit)
    image = Image.fromarray(picture)
    brush = ImageDraw.Draw(image)
    if sides:
        _draw_sides(brush, size, unit, sides)
    for mark in marks:
        _draw_box(brush, mark, unit)
    _draw_captions(brush, marks, size, unit=unit, text_height=text_height)
    return np.asarray(image)


def encode_jpeg(picture: Picture) -> bytes:
    """For a page: a tenth of the size of a PNG, with no difference to be seen."""
    from PIL import Image

    buffer = io.BytesIO()
    # Colour at full resolution, so that thin coloured lines stay sharp.
    Image.fromarray(picture).save(
        buffer, "JPEG", quality=_JPEG_QUALITY, subsampling=0, optimize=True
    )
    return buffer.getvalue()


def encode_png(picture: Picture) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", compress_level=4)
    return buffer.getvalue()


def _prepared(pixels: NDArray[Any], size: Size) -> Picture:
    import cv2

    grey: NDArray[Any] = shown(pixels, full_window(pixels), inverted=False)
    height, width = grey.shape[:2]
    if (width, height) != (size.width, size.height):
        smaller = size.width < width
        how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
        grey = cv2.resize(grey, (size.width, size.height), interpolation=how)
    return np.ascontiguousarray(np.dstack([grey] * 3) if grey.ndim == 2 else grey)


def _with_shadows(picture: Picture, marks: Iterable[Mark], unit: float) -> Picture:
    """Darkened where lines will be, to keep them visible on bright metal."""
    from PIL import Image, ImageDraw

    height, width = picture.shape[:2]
    mask = Image.new("L", (width, height))
    brush = ImageDraw.Draw(mask)
    spread = max(round(unit * 0.6), 1)
    for mark in marks:
        for outline in _outlines(mark, unit):
            thick = _line_width(unit) + 2 * spread
            brush.rectangle(_grown(outline, spread), outline=255, width=thick)
    shadow = np.asarray(mask)[:, :, None] > 0
    return np.where(shadow, picture // 5 * 2, picture).astype(np.uint8)


def _outlines(mark: Mark, unit: float) -> list[tuple[float, float, float, float]]:
    """Lines are drawn outside the box, so that what is inside stays to be seen."""
    step = _line_width(unit)
    inner = _grown(mark.box.corners, step)
    if mark.source is RowSource.BOTH:
        return [inner, _grown(inner, step * 2)]
    return [inner]


def _grown(
    corners: tuple[float, float, float, float], by: float
) -> tuple[float, float, float, float]:
    x_min, y_min, x_max, y_max = corners
    return (x_min - by, y_min - by, x_max + by, y_max + by)


def _line_width(unit: float) -> int:
    return max(round(_LINE * unit), 1)


def _draw_box(brush: ImageDraw, mark: Mark, unit: float) -> None:
    for outline in _outlines(mark, unit):
        if mark.source is RowSource.DETECTOR:
            _draw_dashed(brush, outline, mark.color, unit)
        else:
            brush.rectangle(outline, outline=mark.color, width=_line_width(unit))


def _draw_dashed(
    brush: ImageDraw,
    outline: tuple[float, float, float, float],
    color: str,
    unit: float,
) -> None:
    x_min, y_min, x_max, y_max = outline
    thick = _line_width(unit)
    for start, end in _dashes(x_min, x_max, unit):
        for y in (y_min, y_max - thick):
            brush.rectangle((start, y, end, y + thick - 1), fill=color)
    for start, end in _dashes(y_min, y_max, unit):
        for x in (x_min, x_max - thick):
            brush.rectangle((x, start, x + thick - 1, end), fill=color)


def _dashes(start: float, end: float, unit: float) -> list[tuple[float, float]]:
    """Whole dashes with one at either end, so that corners are always closed."""
    dash, gap = _DASH * unit, _GAP * unit
    count = max(round((end - start + gap) / (dash + gap)), 2)
    stretch = (end - start) / (count * dash + (count - 1) * gap)
    step = (dash + gap) * stretch
    return [(start + i * step, start + i * step + dash * stretch) for i in range(count)]


def _draw_captions(
    brush: ImageDraw,
    marks: Sequence[Mark],
    size: Size,
    *,
    unit: float,
    text_height: float,
) -> None:
    font = _font(_text_height(size.width, text_height))
    padding = max(text_height * unit * 0.2, 2)
    line_box = [Box(*_outlines(mark, unit)[-1]) for mark in marks]
    sizes = []
    for mark in marks:
        left, top, right, bottom = _extent(font, mark.caption)
        sizes.append((right - left + 3 * padding, bottom - top + 2 * padding))
    plates = place_captions(line_box, sizes, size)
    for mark, box, plate in zip(marks, line_box, plates, strict=True):
        _draw_leader(brush, box, plate, mark.color, unit)
        ink = ink_on(mark.color)
        brush.rounded_rectangle(
            plate.corners, radius=padding, fill=mark.color, outline=ink
        )
        brush.text(plate.center, mark.caption, ink, font=font, anchor="mm")


def _text_height(width: int, thousandths: float) -> int:
    """In pixels, of what can be read on a picture of that width."""
    return round(max(thousandths * width / 1000, 9))


def _extent(font: FreeTypeFont | ImageFont, text: str) -> tuple[float, ...]:
    """Of the text, as high as any text is, so that plates are all of one height."""
    left, _, right, _ = font.getbbox(text)
    _, top, _, bottom = font.getbbox("0123456789l")
    return left, top, right, bottom


def _draw_leader(
    brush: ImageDraw, box: Box, plate: Box, color: str, unit: float
) -> None:
    """A thin line from a caption that had to go elsewhere to the box it belongs to."""
    x = min(max(plate.center[0], box.x_min), box.x_max)
    y = min(max(plate.center[1], box.y_min), box.y_max)
    away = max(box.y_min - plate.y_max, plate.y_min - box.y_max)
    aside = max(box.x_min - plate.x_max, plate.x_min - box.x_max)
    if max(away, aside) > 2 * unit:
        brush.line((*plate.center, x, y), fill=color, width=_line_width(unit * 0.7))


def _draw_sides(brush: ImageDraw, size: Size, unit: float, sides: Sides) -> None:
    font, edge = _font(round(_SIDE_HEIGHT * unit)), 14 * unit
    left, right = sides.letters
    for text, x, anchor in ((left, edge, "lt"), (right, size.width - edge, "rt")):
        brush.text(
            (x, edge),
            text,
            "#ffffff",
            font=font,
            anchor=anchor,
            stroke_width=max(round(1.5 * unit), 1),
            stroke_fill="#000000",
        )


@cache
def _font(height: int) -> FreeTypeFont | ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(height)
