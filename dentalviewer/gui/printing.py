"""Prints a report on paper: the pages of its PDF, painted off the GUI thread."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QImage, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QWidget

from dentalviewer.gui.background import Background
from dentalviewer.gui.pdf import page_images
from dentalviewer.reports.summary import Report

# What an eye can tell on paper.
DOTS_PER_INCH = 300


class ReportPrinting(QObject):
    """Asks for a printer, and prints one report after another."""

    reported = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._printer: QPrinter | None = None
        self._background = Background("printing", self, failed=self._on_failed)
        self._background.answered.connect(self._on_painted)

    @property
    def busy(self) -> bool:
        return self._background.busy

    def ask(self, report: Report) -> None:
        """Let the reader choose a printer, and print unless they cancel."""
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        # Margins, wider than those of any printer, are part of the page.
        printer.setFullPage(True)
        printer.setDocName(f"{report.radiograph_name}, report")
        dialog = QPrintDialog(printer, self._window)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self._printer = printer
            self._background.request(partial(page_images, report, DOTS_PER_INCH))
        dialog.deleteLater()

    def stop(self) -> None:
        self._background.stop()

    def _on_painted(self, pages: list[QImage]) -> None:
        printer = self._printer
        if printer is None:
            return
        self._printer = None
        if _print(asked_for(pages, printer), printer):
            self.reported.emit("The report is on its way to the printer.")
        else:
            self.reported.emit("The report is not printed: the printer did not begin.")

    def _on_failed(self, error: Exception) -> None:
        self.reported.emit(f"The report is not printed. It failed with {error!r}.")


def asked_for(pages: Sequence[QImage], printer: QPrinter) -> Sequence[QImage]:
    """Those from one page to another, where the reader chose some."""
    first, last = printer.fromPage(), printer.toPage()
    return pages[first - 1 : last] if first else pages


def _print(pages: Sequence[QImage], printer: QPrinter) -> bool:
    """Each as large as the paper allows. Whether the printer took it."""
    painter = QPainter()
    if not painter.begin(printer):
        return False
    try:
        for index, page in enumerate(pages):
            if index:
                printer.newPage()
            whole = QRectF(printer.pageLayout().fullRectPixels(printer.resolution()))
            size = QSizeF(page.size()).scaled(
                whole.size(), Qt.AspectRatioMode.KeepAspectRatio
            )
            left = (whole.width() - size.width()) / 2
            painter.drawImage(QRectF(left, 0, size.width(), size.height()), page)
    finally:
        painter.end()
    return True
