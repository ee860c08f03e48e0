"""Prints a report on paper: the pages of its PDF, off the GUI thread.

Qt's printers may be painted on from any thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QImage, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QWidget

from dentalviewer.errors import DentalViewerError
from dentalviewer.gui.reporting.pdf import page_images
from dentalviewer.gui.widgets.question import goes_ahead
from dentalviewer.gui.work.background import Background, StillBusy
from dentalviewer.phrases import counted
from dentalviewer.reports.report import Report

# What an eye can tell on paper.
DOTS_PER_INCH = 300
# How long closing the window waits, to tell of a failure.
PATIENCE_SECONDS = 3.0


class ReportPrinting(QObject):
    """Asks for a printer, and prints one report after another.

    What is on its way to the printer goes there even if the window is closed meanwhile.
    `reported` tells what went wrong, `told` that it went well, and `saved` that it did
    so to a file, which a reader may choose where there is no printer.
    """

    reported = Signal(str)
    told = Signal(str)
    saved = Signal(str, Path)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._background = Background("printing", self, failed=self._on_failed)
        self._background.answered.connect(self._on_printed)

    @property
    def busy(self) -> bool:
        return self._background.busy

    def ask(self, report: Report) -> None:
        """Let the reader choose a printer, and print unless they cancel."""
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        # Margins, wider than those of any printer, are part of the page.
        printer.setFullPage(True)
        # A file to print to is proposed by this name.
        printer.setDocName(f"{Path(report.radiograph_name).stem}-report")
        dialog = QPrintDialog(printer, self._window)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self._background.request(lambda: print_report(report, printer))
        dialog.deleteLater()

    def may_close(self) -> bool:
        """Whether the window may be closed. What takes long is printed all the same; if
        it failed, only if the reader says so.
        """
        if not self.busy:
            return True
        try:
            self._on_printed(self._background.finish(PATIENCE_SECONDS))
        except StillBusy:
            return True
        except Exception as error:
            return goes_ahead(
                self._window,
                "The report is not printed",
                _failed_with(error),
                go="Close without printing",
            )
        return True

    def stop(self) -> None:
        self._background.stop()

    def _on_printed(self, file: Path | None) -> None:
        if file is None:
            self.told.emit("The report is on its way to the printer.")
        else:
            self.saved.emit(f"The report is saved: {file}", file)

    def _on_failed(self, error: Exception) -> None:
        self.reported.emit(_failed_with(error))


def _failed_with(error: Exception) -> str:
    if isinstance(error, DentalViewerError):
        return f"The report is not printed. {error}"
    return f"The report is not printed. It failed with {error!r}."


def print_report(report: Report, printer: QPrinter) -> Path | None:
    """On any thread. Returns the file, if the reader chose to print to one.

    Raises DentalViewerError if nothing can be printed, and what painting raises.
    """
    pages = page_images(report, DOTS_PER_INCH)
    asked = asked_for(pages, printer)
    if not asked:
        raise DentalViewerError(
            f"It has {counted(len(pages), 'page')}, and only others were chosen."
        )
    painter = QPainter()
    if not painter.begin(printer):
        raise DentalViewerError("The printer did not begin.")
    try:
        _paint(painter, printer, asked)
    finally:
        painter.end()
    name = printer.outputFileName()
    return Path(name) if name else None


def asked_for(pages: Sequence[QImage], printer: QPrinter) -> Sequence[QImage]:
    """Those from one page to another, where the reader chose some."""
    first, last = printer.fromPage(), printer.toPage()
    return pages[first - 1 : last] if first else pages


def _paint(painter: QPainter, printer: QPrinter, pages: Sequence[QImage]) -> None:
    """Each page as large as the paper allows."""
    for index, page in enumerate(pages):
        if index:
            printer.newPage()
        whole = QRectF(printer.pageLayout().fullRectPixels(printer.resolution()))
        size = QSizeF(page.size()).scaled(
            whole.size(), Qt.AspectRatioMode.KeepAspectRatio
        )
        left = (whole.width() - size.width()) / 2
        painter.drawImage(QRectF(left, 0, size.width(), size.height()), page)
