from __future__ import annotations

import io
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pypdf import PdfReader
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QFontDatabase

from dentalviewer.dentition import Notation
from dentalviewer.detector import DetectorIdentity
from dentalviewer.errors import FileError
from dentalviewer.gui.reporting.pages import (
    PAGE_HEIGHT,
    WIDTH,
    Block,
    Style,
    Text,
    kept_together,
    new_writer,
    paginate,
)
from dentalviewer.gui.reporting.pdf import page_images, pdf_bytes, write_pdf
from dentalviewer.radiograph import Radiograph
from dentalviewer.reports import wording
from dentalviewer.reports.sides_words import SIDES
from dentalviewer.reports.summary import summarise
from dentalviewer.review import Review, Sides
from dentalviewer.study import Study
from tests.reports.conftest import (
    CREATED,
    PATIENT,
    PRACTICE,
    accept_all,
    answer,
    finding,
)
from tests.reports.conftest import empty as empty
from tests.reports.conftest import report as report
from tests.reports.conftest import review as review
from tests.reports.conftest import study as study
from tests.reports.conftest import unreviewed as unreviewed

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from dentalviewer.reports.report import (
        Report,
    )

pytestmark = pytest.mark.usefixtures("qapp")


def pages_of(report: Report) -> list[str]:
    """The text of each page, blanks and line breaks made alike."""
    reader = PdfReader(io.BytesIO(pdf_bytes(report)))
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def text_of(report: Report) -> str:
    return " ".join(pages_of(report))


def without_blanks(text: str) -> str:
    """A slanting word comes out of a PDF in pieces."""
    return "".join(text.split())


def test_a_child_whose_teeth_a_detector_numbered_is_cautioned_about(
    report: Report,
) -> None:
    child = replace(report.radiograph, patient_age=9)
    seen = {tooth: replace(state, seen=True) for tooth, state in report.teeth.items()}
    asked = DetectorIdentity("teeth", "7e" * 32)
    numbered = replace(report, tooth_detector=asked, teeth=seen)
    told = (
        "mistakes deciduous teeth for permanent ones: please check the tooth numbers."
    )
    assert told in pages_of(replace(numbered, radiograph=child))[0]
    assert told not in text_of(numbered)


def test_names_and_notes_can_be_read_in_the_pdf(report: Report) -> None:
    patient = replace(report.patient, name='Änne "Ali" <script>alert(1)</script>')

    text = text_of(replace(report, patient=patient))

    for said in (
        patient.name,
        "Zähne <b>& Söhne",
        "04109 <i>Leipzig",
        "pan <1>.png",
        "=SUM(A1)",
        '<b>"in six months"</b>',
        "Dr. Weiß, 2026-11-24 15:03",
        "Teeth by their FDI number (ISO 3950).",
    ):
        assert said in text


def test_a_chinese_name_can_be_read_in_the_pdf(report: Report) -> None:
    if not QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese):
        pytest.skip("this machine has no font with Chinese characters")
    patient = replace(report.patient, name="王小明")

    assert "王小明" in pages_of(replace(report, patient=patient))[0]


def test_each_accepted_finding_is_a_line(report: Report) -> None:
    page = text_of(report)

    assert "2 restoration 36 both 91 % Dr. Weiß" in page
    assert "1 endodontic treatment 46 dentist – Dr. Weiß" in page
    assert "3 implant – detector 70 % Dr. Weiß" in page


def test_universal_numbers_reach_tables_and_chart_of_the_pdf(report: Report) -> None:
    """36 is 19, 46 is 30; no tooth but in FDI is called 48."""
    text = text_of(replace(report, notation=Notation.UNIVERSAL))

    assert "2 restoration 19 both 91 % Dr. Weiß" in text
    assert "30 The lower right first molar (30) is root-filled. 1" in text
    assert "Tooth (Universal) In plain words Findings" in text
    assert "Teeth by their Universal number (ADA)" in text
    assert "32 31 30 29" in text
    assert "48" not in text.split("By tooth")[1].split("Teeth by")[0]


def test_the_pdf_says_that_it_is_no_diagnosis_and_how_it_was_made(
    report: Report,
) -> None:
    text = text_of(report)

    sides = SIDES[Sides.ASSUMED]
    for said in (wording.DISCLAIMER, sides, "9f" * 32, "grey, letterboxed"):
        assert said in text


def test_a_final_report_bears_no_watermark(report: Report) -> None:
    assert "UNREVIEWED" not in without_blanks(text_of(report))


def test_every_page_of_an_unreviewed_report_bears_the_watermark(
    unreviewed: Report,
) -> None:
    pages = pages_of(replace(unreviewed, note="A long story.\n" * 90))

    assert len(pages) > 1
    # Once across the page, and once in words at its foot.
    assert all(without_blanks(page).count("UNREVIEWED") == 2 for page in pages)
    assert all("UNREVIEWED · A detection aid" in page for page in pages)
    assert "2 findings are still undecided" in pages[0]


def test_nothing_found_is_said_with_the_thresholds(empty: Report) -> None:
    (page,) = pages_of(empty)

    assert wording.result(empty) in page
    assert "Tooth (FDI)" not in page


def test_nothing_is_counted_that_nobody_looked_for(empty: Report) -> None:
    assert "0 implants" in text_of(empty)
    assert "0 implants" not in text_of(replace(empty, hidden=True))
    assert "dashed: detector" not in text_of(empty)


def test_a_long_table_goes_on_under_its_head(study: Study) -> None:
    review = Review()
    for number in range(60):
        review = review.add(finding(number * 5, "restoration"))

    pages = pages_of(summarise(study, review, practice=PRACTICE, created=CREATED))

    assert len(pages) == 3
    assert all("No. Class Tooth (FDI)" in page for page in pages[:2])
    assert "Page 1 of 3" in pages[0]
    assert "Page 3 of 3" in pages[2]
    assert "60 restoration" in " ".join(pages)


def with_findings(study: Study, number: int) -> Report:
    """All of them on one tooth."""
    review = Review()
    for each in range(number):
        review = review.add(finding(each * 9, "restoration", tooth=36))
    return summarise(study, review, created=CREATED)


def test_radiograph_and_chart_share_the_first_page_and_the_tables_follow(
    study: Study,
) -> None:
    """Also where in its full width the radiograph would leave no room for the chart."""
    high = Radiograph(study.radiograph.path, np.zeros((300, 400), np.uint8), "")
    for shown, findings in ((study, 1), (study, 30), (Study(high), 30)):
        pages = pages_of(with_findings(shown, findings))

        in_order = ("Result", "By tooth", "18 17 16", "Teeth by their FDI number")
        places = [pages[0].index(said) for said in in_order]
        assert places == sorted(places)
        told = " ".join(pages)
        assert told.index("36 The lower left") < told.index("By finding")
        assert told.count("Teeth by their FDI number") == 1


def picture_width(report: Report) -> float:
    """Of the radiograph, in millimetres: along a line through its upper part."""
    image = page_images(report, 72)[0]
    mm = 72 / 25.4
    row = [
        image.pixelColor(x, round(70 * mm)).lightness() for x in range(image.width())
    ]
    return sum(lightness < 200 for lightness in row) / mm


def test_a_radiograph_shrinks_before_a_few_lines_take_a_page_of_their_own(
    study: Study,
) -> None:
    """From 174 mm to 70 % of them at the least, and is large again on three pages."""
    counts = {n: len(pages_of(with_findings(study, n))) for n in range(30, 40)}
    longer = next(n for n, pages in counts.items() if pages == 3)

    assert picture_width(with_findings(study, 3)) == pytest.approx(174, abs=1)
    assert 121 < picture_width(with_findings(study, longer - 1)) < 145
    assert picture_width(with_findings(study, longer)) == pytest.approx(174, abs=1)


def in_a_full_mouth(study: Study, number: int) -> Report:
    """The detector found all, and every tooth but those."""
    found = [finding(x * 45, "restoration", tooth=11 + x, score=0.9) for x in range(5)]
    review = Review(patient=PATIENT).propose(answer(*found[:number]))
    decided, log = accept_all(review)
    report = summarise(study, decided, log, practice=PRACTICE, created=CREATED)
    seen = {tooth: replace(state, seen=True) for tooth, state in report.teeth.items()}
    asked = DetectorIdentity("teeth", "7e" * 32)
    return replace(report, teeth=seen, tooth_detector=asked)


def test_one_finding_in_a_full_mouth_takes_one_page_with_all_that_is_said_of_it(
    study: Study,
) -> None:
    """Under the head of the practice, with a radiograph that is not too small to read,
    as a report of five findings in nearly as many teeth is not.
    """
    short, long = in_a_full_mouth(study, 1), in_a_full_mouth(study, 5)

    (page,) = pages_of(short)

    said = [text for facts in wording.origin(short) for text in facts]
    for each in (PRACTICE.name, wording.BY_TOOTH, wording.DISCLAIMER, *said):
        assert without_blanks(each.rstrip(".")) in without_blanks(page)
    assert picture_width(short) >= 0.7 * 174 - 1
    assert len(pages_of(long)) == 2
    assert picture_width(long) == pytest.approx(174, abs=2)


def test_no_line_of_a_long_note_is_lost(report: Report) -> None:
    lines = [f"line {number} of the note" for number in range(200)]

    text = " ".join(pages_of(replace(report, note="\n".join(lines))))

    assert all(line in text for line in lines)


def test_a_name_without_blanks_is_broken_to_fit(report: Report) -> None:
    patient = replace(report.patient, name="Donaudampfschifffahrt" * 12)

    text = without_blanks(pages_of(replace(report, patient=patient))[0])

    assert "Donaudampfschifffahrt" * 12 in text


def test_the_pages_are_a4(report: Report) -> None:
    pages = PdfReader(io.BytesIO(pdf_bytes(report))).pages

    # 210 x 297 mm in points.
    assert {(p.mediabox.width, p.mediabox.height) for p in pages} == {(595, 842)}


def test_what_stands_out_in_the_small_print_does_so_after_an_emoji_too() -> None:
    """Qt counts each as two characters, and the name begins at 5, not at 3."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    words = "\N{TOOTH}\N{GRINNING FACE} Reading mode: concurrent"

    text = Text(words, Style(), WIDTH, new_writer(buffer, "small print"), [(3, 15)])

    (bold,) = text._layout.formats()
    assert (bold.start, bold.length) == (5, len("Reading mode"))


def test_a_pdf_that_cannot_be_saved_leaves_the_old_one(
    report: Report, tmp_path: Path
) -> None:
    with pytest.raises(FileError, match="cannot be saved"):
        write_pdf(report, tmp_path / "gone" / "report.pdf")

    write_pdf(report, tmp_path / "report.pdf")
    assert [path.name for path in tmp_path.iterdir()] == ["report.pdf"]


def test_a_pdf_needs_no_display_and_no_application(tmp_path: Path) -> None:
    program = f"""
from datetime import UTC, datetime
from pathlib import Path
import numpy as np
from dentalviewer.gui.reporting.pdf import write_pdf
from dentalviewer.radiograph import Radiograph
from dentalviewer.reports.summary import summarise
from dentalviewer.review import Review
from dentalviewer.study import Study
study = Study(Radiograph(Path("a.png"), np.zeros((50, 90), np.uint8), "0" * 64))
report = summarise(study, Review(), created=datetime.now(UTC))
for name in ("1.pdf", "2.pdf"):
    write_pdf(report, Path({str(tmp_path)!r}) / name)
"""
    hidden = {"QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"}
    environment = {k: v for k, v in os.environ.items() if k not in hidden}

    subprocess.run([sys.executable, "-c", program], env=environment, check=True)

    for name in ("1.pdf", "2.pdf"):
        text = PdfReader(tmp_path / name).pages[0].extract_text()
        assert "No detector was asked" in " ".join(text.split())


def block(height: float, *, head: Block | None = None) -> Block:
    return Block(height, lambda painter, x, y: None, head=head)


def test_blocks_that_belong_together_go_to_the_next_page_together() -> None:
    tall, small = block(PAGE_HEIGHT * 0.7), block(PAGE_HEIGHT * 0.1)

    pages = paginate([tall, *kept_together([small, small, small])])

    assert [len(page) for page in pages] == [1, 3]


def test_a_block_higher_than_a_page_ends_no_loop() -> None:
    pages = paginate([block(PAGE_HEIGHT * 3), block(10)])

    assert [len(page) for page in pages] == [1, 1]


def test_the_pdf_is_the_same_from_another_thread(
    qapp: QApplication, report: Report
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as thread:
        content = thread.submit(pdf_bytes, report).result()

    text = PdfReader(io.BytesIO(content)).pages[0].extract_text()
    assert "3 accepted findings." in " ".join(text.split())
