"""The report as a PDF: pages of A4 with text as text, painted without a window."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QRectF, Qt
from PySide6.QtGui import (
    QGuiApplication,
    QImage,
    QPainter,
    QPdfWriter,
)

from dentalviewer.gui.reporting.page_edges import paint_edges, paint_watermark
from dentalviewer.gui.reporting.page_legend import legend_block
from dentalviewer.gui.reporting.page_teeth import chart_blocks, teeth_table
from dentalviewer.gui.reporting.pages import (
    ACCENT,
    DOTS_PER_INCH,
    FIRST_PAGE,
    LEAST_ROW,
    MARGIN,
    MM,
    MUTED,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    RULE,
    WIDTH,
    Block,
    Page,
    Style,
    Text,
    fill,
    kept_together,
    new_writer,
    paginate,
    space,
)
from dentalviewer.labels import ink_on
from dentalviewer.reports import wording
from dentalviewer.reports.picture import report_picture
from dentalviewer.reports.report import (
    Report,
    Row,
)
from dentalviewer.reports.sides_words import sides_told
from dentalviewer.storage.files import write_atomically

WARNING, WARNING_TEXT, WARNING_EDGE = "#fff3cd", "#5c4600", "#e0a800"
PANEL = "#f2f4f7"

_RIGHT = Qt.AlignmentFlag.AlignRight
_CENTER = Qt.AlignmentFlag.AlignHCenter
_BODY = Style()
_HEADING = Style(11.0, bold=True)
_CAPTION = Style(7.0, MUTED)
_FINE = Style(7.5, MUTED)
_MAX_PICTURE_HEIGHT = 130 * MM
# Of its width, what a radiograph may be shown in to make room.
_SHARES_SHOWN = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)


def write_pdf(report: Report, path: Path) -> None:
    """Needs no display and may run on any thread. Raises FileError if not saved."""
    write_atomically(path, pdf_bytes(report))


def pdf_bytes(report: Report) -> bytes:
    _require_application()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = new_writer(buffer, wording.TITLE)
    pages = _Content(report, writer).pages()
    painter = QPainter(writer)
    try:
        for number in range(1, len(pages) + 1):
            if number > 1:
                writer.newPage()
            _paint_page(painter, report, writer, pages, number)
    finally:
        painter.end()
    return bytes(buffer.data().data())


def page_images(report: Report, dots_per_inch: int) -> list[QImage]:
    """The same pages as pictures, for a printer."""
    _require_application()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    # Text is set for it, as it is in the PDF; nothing is written.
    writer = new_writer(buffer, wording.TITLE)
    pages = _Content(report, writer).pages()
    scale = dots_per_inch / DOTS_PER_INCH
    width, height = round(PAGE_WIDTH * scale), round(PAGE_HEIGHT * scale)
    images = []
    for number in range(1, len(pages) + 1):
        image = QImage(width, height, QImage.Format.Format_RGB32)
        for set_dots in (image.setDotsPerMeterX, image.setDotsPerMeterY):
            set_dots(round(DOTS_PER_INCH / 0.0254))
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.scale(scale, scale)
            _paint_page(painter, report, writer, pages, number)
        finally:
            painter.end()
        images.append(image)
    return images


def _paint_page(
    painter: QPainter,
    report: Report,
    writer: QPdfWriter,
    pages: Sequence[Page],
    number: int,
) -> None:
    """One of the `pages`, counted from 1, whose text was set for `writer`."""
    for y, block in pages[number - 1]:
        painter.save()
        block.paint(painter, MARGIN, y)
        painter.restore()
    paint_edges(painter, report, writer, number=number, count=len(pages))
    if report.unreviewed:
        paint_watermark(painter)


@cache
def _require_application() -> QGuiApplication:
    """Fonts need an application; where there is none, one that shows nothing."""
    running = QGuiApplication.instance()
    if isinstance(running, QGuiApplication):
        return running
    # Elsewhere Qt's own platform always starts, and knows the system's fonts.
    hidden = ["-platform", "offscreen"] if sys.platform.startswith("linux") else []
    return QGuiApplication(["dentalviewer", *hidden])


class _Content:
    """The pages of one report, set for one writer."""

    def __init__(self, report: Report, writer: QPdfWriter) -> None:
        self._report = report
        self._writer = writer

    def pages(self) -> list[Page]:
        """What shows the findings, radiograph and chart, stands before what lists them.

        The radiograph is as large as leaves both on the first page and makes no page
        more, but for what can no longer be read.
        """
        above, below, after = self._above(), self._below(), self._after()
        image = _image_of(self._report)
        full = min(WIDTH * image.height() / image.width(), _MAX_PICTURE_HEIGHT)
        room = FIRST_PAGE - sum(block.height for block in (*above, *below))
        heights = [full * share for share in _SHARES_SHOWN]
        fitting = [height for height in heights if height <= room] or heights[:1]
        layouts = (
            [*above, *kept_together([_picture(image, height), *below[:1]])]
            for height in fitting
        )
        return min((paginate([*laid, *below[1:], *after]) for laid in layouts), key=len)

    def _above(self) -> list[Block]:
        return [
            *self._letterhead(),
            self._title(),
            space(4),
            self._facts(),
            space(4),
            *self._warnings(),
        ]

    def _below(self) -> list[Block]:
        """What belongs on the page of the radiograph."""
        return [
            *self._legend(),
            space(4),
            *self._result(),
            *chart_blocks(self._report, self._writer),
        ]

    def _after(self) -> list[Block]:
        return [
            *teeth_table(self._report, self._writer),
            *self._table(),
            *self._note(),
            space(4),
            *self._small_print(),
        ]

    def _text(self, text: str, style: Style = _BODY, width: float = WIDTH) -> Text:
        return Text(text, style, width, self._writer)

    def _block(self, text: str, style: Style = _BODY) -> Block:
        set_text = self._text(text, style)
        return Block(set_text.height, set_text.paint)

    def _letterhead(self) -> list[Block]:
        practice = self._report.practice
        if not (practice.name or practice.dentist or practice.address):
            return []
        width = WIDTH / 2 - 4 * MM
        name = self._text(practice.name, Style(14, ACCENT, bold=True), width)
        dentist = self._text(practice.dentist, Style(9), width)
        address = self._text(practice.address, Style(8, MUTED, align=_RIGHT), width)
        left = (name.height if practice.name else 0) + dentist.height
        height = max(left, address.height) + 4 * MM

        def paint(painter: QPainter, x: float, y: float) -> None:
            name.paint(painter, x, y)
            dentist.paint(painter, x, y + (name.height if practice.name else 0))
            address.paint(painter, x + WIDTH - width, y + 1 * MM)
            fill(painter, QRectF(x, y + height - 0.5 * MM, WIDTH, 0.5 * MM), ACCENT)

        return [Block(height, paint), space(6)]

    def _title(self) -> Block:
        created = self._report.created
        title = self._text(wording.TITLE, Style(16, bold=True), WIDTH * 0.8)
        date = self._text(
            wording.date(created), Style(9, MUTED, align=_RIGHT), WIDTH * 0.2
        )

        def paint(painter: QPainter, x: float, y: float) -> None:
            title.paint(painter, x, y)
            date.paint(painter, x + WIDTH * 0.8, y + 2.2 * MM)

        return Block(title.height, paint)

    def _facts(self) -> Block:
        """Patient, radiograph and reading beside each other."""
        width = WIDTH / 3 - 5 * MM
        columns = [
            (self._text(name, _FINE, width), self._text(value, _BODY, width))
            for name, value in wording.facts(self._report)
        ]
        head = columns[0][0].height + 0.6 * MM

        def paint(painter: QPainter, x: float, y: float) -> None:
            for index, (name, value) in enumerate(columns):
                left = x + index * WIDTH / 3
                name.paint(painter, left, y)
                value.paint(painter, left, y + head)

        return Block(head + max(value.height for _, value in columns), paint)

    def _warnings(self) -> list[Block]:
        status = wording.review_status(self._report)
        style = Style(9, WARNING_TEXT, bold=True)
        blocks: list[Block] = []
        for told in filter(None, (status, *wording.cautions(self._report))):
            blocks += [self._panel(told, style, WARNING, WARNING_EDGE), space(4)]
        return blocks

    def _panel(self, text: str, style: Style, color: str, edge: str) -> Block:
        padding = 2.4 * MM
        words = self._text(text, style, WIDTH - 2 * padding - 1 * MM)
        height = words.height + 2 * padding

        def paint(painter: QPainter, x: float, y: float) -> None:
            fill(painter, QRectF(x, y, WIDTH, height), color)
            fill(painter, QRectF(x, y, 1 * MM, height), edge)
            words.paint(painter, x + padding + 1 * MM, y + padding)

        return Block(height, paint)

    def _legend(self) -> list[Block]:
        return kept_together(
            [
                space(2),
                legend_block(self._report, self._writer),
                space(1),
                self._block(sides_told(self._report), _CAPTION),
            ]
        )

    def _result(self) -> list[Block]:
        blocks = kept_together([self._block("Result", _HEADING), space(1)])
        for text in (wording.result(self._report), wording.agreement(self._report)):
            if text:
                blocks += self._text(text).blocks()
        return blocks

    def _table(self) -> list[Block]:
        if not self._report.rows:
            return []
        head = self._table_row(
            wording.columns(self._report), Style(7.5, MUTED, bold=True)
        )
        rows = [self._finding(row, head) for row in self._report.rows]
        start = [self._block(wording.BY_FINDING, _HEADING), space(1)]
        if notation := wording.notation_above_findings(self._report):
            start.append(self._block(notation, _CAPTION))
        start += [head, *rows[:2]]
        return [space(4), *kept_together(start), *rows[2:]]

    def _finding(self, row: Row, head: Block) -> Block:
        words = wording.cells(self._report, row)
        cells = self._table_row(("", *words[1:]), Style(8.5))
        color = self._report.color(row.label)
        number = self._text(
            str(row.number), Style(8, ink_on(color), bold=True, align=_CENTER), 7 * MM
        )

        def paint(painter: QPainter, x: float, y: float) -> None:
            plate = QRectF(x, y + (LEAST_ROW - 4.2 * MM) / 2, 7 * MM, 4.2 * MM)
            fill(painter, plate, color, 0.8 * MM)
            number.paint(painter, x, y + LEAST_ROW / 2 - number.height / 2)
            cells.paint(painter, x, y)

        return Block(cells.height, paint, head=head)

    def _table_row(self, words: Sequence[str], style: Style) -> Block:
        lefts = [share * WIDTH for share in wording.COLUMN_STARTS] + [WIDTH]
        cells = [
            self._text(word, style, lefts[i + 1] - lefts[i] - 2 * MM)
            for i, word in enumerate(words)
        ]
        height = max(LEAST_ROW, max(cell.height for cell in cells) + 1.6 * MM)
        first_line = self._text("0", style).height

        def paint(painter: QPainter, x: float, y: float) -> None:
            for left, cell in zip(lefts, cells, strict=False):
                cell.paint(painter, x + left, y + LEAST_ROW / 2 - first_line / 2)
            fill(painter, QRectF(x, y + height - 2, WIDTH, 2), RULE)

        return Block(height, paint)

    def _note(self) -> list[Block]:
        if not self._report.note:
            return []
        lines = self._text(self._report.note).blocks()
        return [
            space(5),
            *kept_together([self._block("Note", _HEADING), space(1), lines[0]]),
            *lines[1:],
        ]

    def _small_print(self) -> list[Block]:
        """It goes on on the next page, if need be, rather than begin there."""
        width = 28 * MM
        lines = [
            _beside(
                self._text(name, _FINE, width),
                self._text(value, Style(7.5), WIDTH - width),
                width,
            )
            for name, value in wording.origin(self._report)
        ]
        start = [
            self._panel(wording.DISCLAIMER, Style(8.5), PANEL, ACCENT),
            space(3),
            self._block("How this report came about", Style(9, bold=True)),
            space(1),
            *lines[:2],
        ]
        return [*kept_together(start), *lines[2:]]


def _image_of(report: Report) -> QImage:
    pixels = report_picture(report)
    rows, columns = pixels.shape[:2]
    return QImage(
        pixels.tobytes(), columns, rows, columns * 3, QImage.Format.Format_RGB888
    ).copy()


def _picture(image: QImage, height: float) -> Block:
    width = height * image.width() / image.height()

    def paint(painter: QPainter, x: float, y: float) -> None:
        left = x + (WIDTH - width) / 2
        painter.drawImage(QRectF(left, y, width, height), image)

    return Block(height, paint)


def _beside(left: Text, right: Text, width: float) -> Block:
    def paint(painter: QPainter, x: float, y: float) -> None:
        left.paint(painter, x, y)
        right.paint(painter, x + width, y)

    return Block(max(left.height, right.height) + 0.6 * MM, paint)
