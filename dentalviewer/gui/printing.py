"""Prints a report on paper: the pages of its PDF, painted off the GUI thread."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QImage, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QMessageBox, QWidget

from dentalviewer.gui.background import Background, StillBusy
from dentalviewer.gui.pdf import page_images
from dentalviewer.reports.summary import Report

# What an eye can tell on paper.
DOTS_PER_INCH = 300
# How long closing the window waits for the pages.
PATIENCE_SECONDS = 3.0
_ON_ITS_WAY = "The report is on its way to the printer."


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

    def may_close(self) -> bool:
        """Whether the window may be closed, once the report in hand is printed; if it
        cannot be, only if the reader says so.
        """
        if not self.busy:
            return True
        try:
            pages = self._background.finish(PATIENCE_SECONDS)
        except StillBusy:
            fault = "The report is not printed yet: its pages take a while."
        except Exception as error:
            fault = _failed_with(error)
        else:
            fault = self._print(pages)
        if not fault:
            self.reported.emit(_ON_ITS_WAY)
            return True
        return self._may_close_without(fault)

    def stop(self) -> None:
        self._background.stop()

    def _on_painted(self, pages: list[QImage]) -> None:
        self.reported.emit(self._print(pages) or _ON_ITS_WAY)

    def _print(self, pages: Sequence[QImage]) -> str:
        """Why they are not printed, if so."""
        printer, self._printer = self._printer, None
        assert printer is not None
        asked = asked_for(pages, printer)
        if not asked:
            return (
                f"The report is not printed: it has {len(pages)} pages, and others were"
                " asked for."
            )
        if not _print(asked, printer):
            return "The report is not printed: the printer did not begin."
        return ""

    def _on_failed(self, error: Exception) -> None:
        self.reported.emit(_failed_with(error))

    def _may_close_without(self, fault: str) -> bool:
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("The report is not printed")
        box.setText(fault)
        close = box.addButton(
            "Close without printing", QMessageBox.ButtonRole.AcceptRole
        )
        stay = box.addButton("Stay", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(stay)
        box.setEscapeButton(stay)
        box.exec()
        closed = box.clickedButton() is close
        box.deleteLater()
        return closed


def _failed_with(error: Exception) -> str:
    return f"The report is not printed. It failed with {error!r}."


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
