"""A report on paper; the printer is one that writes a PDF."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Timer
from typing import Any

import numpy as np
import pytest
from pypdf import PdfReader
from pypdf.errors import PdfReadError
from PySide6.QtGui import QImage
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QMessageBox, QPushButton

from dentalviewer.gui.reporting.pages import MM, PAGE_WIDTH
from dentalviewer.gui.reporting.pdf import page_images
from dentalviewer.gui.reporting.printing import asked_for
from dentalviewer.reports.report import Report
from tests.conftest import Dialogs
from tests.dentist import Dentist
from tests.gui.conftest import MakeWindow, write_radiograph
from tests.gui.test_pdf import pages_of
from tests.reports.conftest import report as report
from tests.reports.conftest import review as review
from tests.reports.conftest import study as study

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What comes out of the printer."""
    paper = tmp_path / "paper.pdf"

    def choose(dialog: QPrintDialog) -> int:
        dialog.printer().setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        dialog.printer().setOutputFileName(str(paper))
        return int(QDialog.DialogCode.Accepted.value)

    monkeypatch.setattr(QPrintDialog, "exec", choose)
    return paper


def grey_of(image: QImage) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(grey.constBits(), np.uint8).copy()
    return rows.reshape(grey.height(), grey.bytesPerLine())[:, : grey.width()]


def test_paper_has_the_pages_of_the_pdf_in_its_margins(report: Report) -> None:
    images = page_images(report, dots_per_inch=100)

    assert len(images) == len(pages_of(report))
    for image in images:
        # A4 is 8.27 by 11.69 inches.
        assert (image.width(), image.height()) == (827, 1169)
        inked = np.flatnonzero((grey_of(image) < 200).any(axis=0))
        # The lines of foot and table go from margin to margin, 18 mm wide.
        margin = 18 * MM / PAGE_WIDTH * 827
        assert inked[0] == pytest.approx(margin, abs=3)
        assert inked[-1] == pytest.approx(827 - margin, abs=3)


@pytest.mark.parametrize(
    ("first", "last", "printed"), [(0, 0, [1, 2, 3]), (2, 3, [2, 3]), (1, 1, [1])]
)
def test_the_pages_that_were_asked_for_are_printed(
    first: int, last: int, printed: list[int]
) -> None:
    printer = QPrinter()
    printer.setFromTo(first, last)
    pages = [QImage(number, 1, QImage.Format.Format_RGB32) for number in (1, 2, 3)]

    assert [page.width() for page in asked_for(pages, printer)] == printed


def test_pages_that_the_report_does_not_have_are_not_printed() -> None:
    printer = QPrinter()
    printer.setFromTo(5, 6)

    assert asked_for([QImage(1, 1, QImage.Format.Format_RGB32)], printer) == []


def print_from(dialog: QDialog) -> int:
    (button,) = (b for b in dialog.findChildren(QPushButton) if "rint" in b.text())
    button.click()
    return dialog.result()


def asked_to_print(make_window: MakeWindow, folder: Path, dialogs: Dialogs) -> Dentist:
    """In the report dialog, of a radiograph that the detector has examined."""
    dentist = make_window()
    dentist.window.open([write_radiograph(folder / "1.png")])
    dentist.wait_for_detector()
    dialogs.expect("QDialog.exec", print_from)
    dentist.choose("report")
    return dentist


def test_a_report_is_printed_without_being_saved(
    make_window: MakeWindow, tmp_path: Path, dialogs: Dialogs, paper: Path
) -> None:
    dentist = asked_to_print(make_window, tmp_path, dialogs)

    dentist.wait_until(lambda: "paper.pdf" in dentist.news)
    assert len(PdfReader(paper).pages) >= 1
    assert not list(tmp_path.glob("*report*"))


def test_who_prints_to_a_file_is_told_where_it_is(
    make_window: MakeWindow, tmp_path: Path, dialogs: Dialogs, paper: Path
) -> None:
    dentist = asked_to_print(make_window, tmp_path, dialogs)

    dentist.wait_until(lambda: dentist.news == f"The report is saved: {paper}")
    metadata = PdfReader(paper).metadata
    assert metadata is not None
    # By which a file is proposed too.
    assert metadata.title == "1-report"
    assert dentist.window.message_bar.written.folder_button.isVisible()


def test_that_a_report_goes_to_the_printer_is_no_warning(
    make_window: MakeWindow,
    tmp_path: Path,
    dialogs: Dialogs,
    paper: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A real printer has no file; the one that writes a PDF stands in for it.
    monkeypatch.setattr(QPrinter, "outputFileName", lambda _: "")
    dentist = asked_to_print(make_window, tmp_path, dialogs)

    dentist.wait_until(lambda: "way to the printer" in dentist.news)
    assert dentist.messages == ""
    assert len(PdfReader(paper).pages) >= 1


def test_who_chooses_no_printer_prints_nothing(
    make_window: MakeWindow,
    tmp_path: Path,
    dialogs: Dialogs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(QPrintDialog, "exec", lambda _: 0)
    dentist = asked_to_print(make_window, tmp_path, dialogs)

    assert dentist.news == ""
    # Nothing is under way: the next may be asked for.
    dialogs.expect("QDialog.exec", 0)
    dentist.choose("report")


# Closing the window meanwhile


@pytest.fixture
def may_paint(monkeypatch: pytest.MonkeyPatch) -> Event:
    """The pages are painted once this is set."""
    may_paint = Event()

    def paint_later(*wanted: Any) -> list[QImage]:
        assert may_paint.wait(10)
        return page_images(*wanted)

    monkeypatch.setattr("dentalviewer.gui.reporting.printing.page_images", paint_later)
    return may_paint


@pytest.fixture
def printing(
    make_window: MakeWindow,
    tmp_path: Path,
    dialogs: Dialogs,
    paper: Path,
    may_paint: Event,
) -> Dentist:
    """With a report on its way to paper, whose pages are being painted."""
    return asked_to_print(make_window, tmp_path, dialogs)


def test_who_closes_the_window_gets_the_report_that_is_being_printed(
    printing: Dentist, may_paint: Event, paper: Path
) -> None:
    Timer(0.2, may_paint.set).start()

    assert printing.window.close()

    assert len(PdfReader(paper).pages) >= 1


def test_what_takes_long_is_printed_although_the_window_is_gone(
    printing: Dentist,
    may_paint: Event,
    paper: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dentalviewer.gui.reporting.printing.PATIENCE_SECONDS", 0.05)

    assert printing.window.close()
    assert not paper.exists()
    may_paint.set()

    printing.wait_until(lambda: paper.exists() and has_pages(paper))


def has_pages(paper: Path) -> bool:
    """Whether all of it is written."""
    try:
        return len(PdfReader(paper).pages) >= 1
    except PdfReadError:
        return False


def stays(dialogs: Dialogs) -> list[str]:
    """Who is asked stays; returns what the question will say."""
    told: list[str] = []

    def stay(box: QDialog) -> int:
        assert isinstance(box, QMessageBox)
        told.append(box.text())
        return 0

    dialogs.expect("QDialog.exec", stay)
    return told


@pytest.mark.qt_log_ignore("QPdfEngine", "QPainter")
def test_a_printer_that_does_not_begin_is_told_of_before_the_window_closes(
    printing: Dentist, dialogs: Dialogs, may_paint: Event, paper: Path
) -> None:
    paper.mkdir()
    told = stays(dialogs)
    may_paint.set()

    assert not printing.window.close()

    assert told == ["The report is not printed. The printer did not begin."]


def test_a_report_that_cannot_be_painted_is_told_of_before_the_window_closes(
    printing: Dentist,
    dialogs: Dialogs,
    may_paint: Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = stays(dialogs)

    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(f"{__name__}.page_images", fail)
    may_paint.set()

    assert not printing.window.close()

    assert told == ["The report is not printed. It failed with MemoryError()."]
