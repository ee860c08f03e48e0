"""The report as a PDF: pages of A4 with text as text, painted without a window."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
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
from dentalviewer.gui.reporting.page_findings import findings_table
from dentalviewer.gui.reporting.page_legend import legend_block
from dentalviewer.gui.reporting.page_origin import origin_blocks
from dentalviewer.gui.reporting.page_panel import panel
from dentalviewer.gui.reporting.page_teeth import chart_blocks, teeth_table
from dentalviewer.gui.reporting.pages import (
    ACCENT,
    CLOSE,
    DOTS_PER_INCH,
    FIRST_PAGE,
    MARGIN,
    MM,
    MUTED,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    ROOMY,
    WIDTH,
    Block,
    Page,
    Setting,
    Style,
    Text,
    fill,
    kept_together,
    new_writer,
    paginate,
)
from dentalviewer.reports import wording
from dentalviewer.reports.picture import report_picture
from dentalviewer.reports.report import Report
from dentalviewer.reports.sides_words import sides_told
from dentalviewer.storage.files import write_atomically

WARNING, WARNING_TEXT, WARNING_EDGE = "#fff3cd", "#5c4600", "#e0a800"

_RIGHT = Qt.AlignmentFlag.AlignRight
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
    pages = _pages_of(report, writer)
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
    pages = _pages_of(report, writer)
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


def _pages_of(report: Report, writer: QPdfWriter) -> list[Page]:
    """One page if that can be read, on which the radiograph is as large as it can be;
    more are set with more room.
    """
    image = _image_of(report)
    roomy, close = (_Content(report, writer, each) for each in (ROOMY, CLOSE))
    for height in _heights(image):
        for content in (roomy, close):
            if height <= content.room_on_one_page:
                return paginate(content.blocks(image, height))
    return roomy.pages(image)


def _heights(image: QImage) -> list[float]:
    """What a radiograph may be shown in, from its full width down."""
    full = min(WIDTH * image.height() / image.width(), _MAX_PICTURE_HEIGHT)
    return [full * share for share in _SHARES_SHOWN]


class _Content:
    """What one report says, set for one writer."""

    def __init__(self, report: Report, writer: QPdfWriter, setting: Setting) -> None:
        self._report = report
        self._writer = writer
        self._setting = setting
        above, below, after = self._above(), self._below(), self._after()
        self._blocks = above, below, after
        self._first_room = FIRST_PAGE - _height_of([*above, *below])

    @property
    def room_on_one_page(self) -> float:
        """How high the radiograph may be with all else on its page."""
        return self._first_room - _height_of(self._blocks[-1])

    def blocks(self, image: QImage, height: float) -> list[Block]:
        """What shows the findings, radiograph and chart, stands before what lists them;
        `height` is that of the radiograph.
        """
        above, below, after = self._blocks
        shown = kept_together([_picture(image, height), *below[:1]])
        return [*above, *shown, *below[1:], *after]

    def pages(self, image: QImage) -> list[Page]:
        """The radiograph is as large as leaves all that shows the findings on the first
        page and makes no page more, but for what can no longer be read.
        """
        heights = _heights(image)
        fitting = [each for each in heights if each <= self._first_room] or heights[:1]
        layouts = (self.blocks(image, height) for height in fitting)
        return min(map(paginate, layouts), key=len)

    def _above(self) -> list[Block]:
        return [
            *self._letterhead(),
            self._title(),
            self._space(4),
            self._facts(),
            self._space(4),
            *self._warnings(),
        ]

    def _below(self) -> list[Block]:
        """What belongs on the page of the radiograph."""
        return [
            *self._legend(),
            self._space(4),
            *self._result(),
            *chart_blocks(*self._parts),
        ]

    def _after(self) -> list[Block]:
        return [
            *teeth_table(*self._parts),
            *findings_table(*self._parts),
            *self._note(),
            self._space(4),
            *origin_blocks(*self._parts),
        ]

    @property
    def _parts(self) -> tuple[Report, QPdfWriter, Setting]:
        return self._report, self._writer, self._setting

    def _space(self, millimetres: float) -> Block:
        return self._setting.space(millimetres)

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

        return [Block(height, paint), self._space(6)]

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
            words = panel(
                told,
                style,
                self._writer,
                color=WARNING,
                edge=WARNING_EDGE,
                air=2.4 * MM * self._setting.gap,
            )
            blocks += [words, self._space(4)]
        return blocks

    def _legend(self) -> list[Block]:
        return kept_together(
            [
                self._space(2),
                legend_block(*self._parts),
                self._space(1),
                self._block(sides_told(self._report), _CAPTION),
            ]
        )

    def _result(self) -> list[Block]:
        blocks = kept_together([self._block("Result", _HEADING), self._space(1)])
        told = wording.result(self._report), wording.agreement(self._report)
        paragraphs = [" ".join(told)] if self._setting.run_in else told
        for text in filter(None, map(str.strip, paragraphs)):
            blocks += self._text(text).blocks()
        return blocks

    def _note(self) -> list[Block]:
        if not self._report.note:
            return []
        lines = self._text(self._report.note).blocks()
        return [
            self._space(5),
            *kept_together([self._block("Note", _HEADING), self._space(1), lines[0]]),
            *lines[1:],
        ]


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


def _height_of(blocks: Iterable[Block]) -> float:
    return sum(block.height for block in blocks)
