"""Reports as HTML, JSON and CSV, read back."""

from __future__ import annotations

import base64
import csv
import io
import json
from pathlib import Path

import pytest
from lxml import html
from PIL import Image

from dentalviewer.errors import FileError
from dentalviewer.reports.csv_file import write_csv
from dentalviewer.reports.html import write_html
from dentalviewer.reports.json_file import write_json
from dentalviewer.reports.summary import Report, summarise
from dentalviewer.reports.writing import write_report
from dentalviewer.review import Patient, Review
from dentalviewer.study import Study
from tests.reports.conftest import CREATED, PATIENT, finding


def read_html(report: Report, path: Path) -> html.HtmlElement:
    write_html(report, path)
    return html.document_fromstring(path.read_text(encoding="utf-8"))


def read_csv(report: Report, path: Path) -> list[dict[str, str]]:
    write_csv(report, path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def no_pdf(report: Report, path: Path) -> None:
    raise AssertionError("no PDF was asked for")


def test_names_and_notes_are_shown_and_not_obeyed(
    report: Report, tmp_path: Path
) -> None:
    page = read_html(report, tmp_path / "report.html")

    assert not page.xpath("//script | //main//i[not(@class)] | //u")
    assert not page.xpath("//b[contains(., 'months')]")
    text = page.text_content()
    practice = ("Zähne <b>& Söhne", "04109 <i>Leipzig", "Dr. <u> Weiß")
    for said in (PATIENT.name, *practice, '<b>"in six months"</b>', "pan <1>"):
        assert said in text


def test_the_page_needs_nothing_beside_it(report: Report, tmp_path: Path) -> None:
    page = read_html(report, tmp_path / "report.html")

    assert not page.xpath("//link | //*[@href]")
    (source,) = page.xpath("//@src")
    head, _, data = source.partition(",")
    assert head == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert picture.size == (2400, 1200)
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'")


def test_the_page_lists_each_accepted_finding(report: Report, tmp_path: Path) -> None:
    page = read_html(report, tmp_path / "report.html")

    cells = [[td.text_content() for td in tr] for tr in page.xpath("//table/tbody/tr")]
    assert [row[:5] for row in cells] == [
        ["1", "restoration", "36", "both", "91 %"],
        ["2", "endodontic treatment", "46", "dentist", "–"],
        ["3", "implant", "–", "detector", "70 %"],
        ["46", "lower right first molar", "root-filled", "no. 2"],
        ["36", "lower left first molar", "restored", "no. 1"],
    ]
    assert len(page.xpath("//svg[@class='chart']")) == 1
    assert "FDI number (ISO 3950)" in page.text_content()


def test_only_an_unreviewed_page_bears_the_watermark(
    report: Report, unreviewed: Report, tmp_path: Path
) -> None:
    final = read_html(report, tmp_path / "final.html")
    draft = read_html(unreviewed, tmp_path / "draft.html")

    assert not final.xpath("//div[@class='watermark']")
    assert draft.xpath("string(//div[@class='watermark'])") == "UNREVIEWED"
    assert "2 findings are still undecided" in draft.text_content()


def test_the_page_says_that_it_is_no_diagnosis_and_how_it_was_made(
    report: Report, tmp_path: Path
) -> None:
    text = read_html(report, tmp_path / "report.html").text_content()

    for said in (
        "A detection aid, not a diagnosis; it may miss or over-mark findings.",
        "R and L are the patient's right and left",
        "Concurrent: the detector's findings were in sight",
        "ssd-mobilenet, sha256 " + "9f" * 32,
        "45 % (restoration)",
        "grey, letterboxed",
    ):
        assert said in text


def test_the_json_has_the_fields_that_programs_rely_on(
    report: Report, tmp_path: Path
) -> None:
    write_json(report, tmp_path / "report.json")

    said = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))

    assert (said["format"], said["version"]) == ("dentalviewer report", 1)
    assert said["teeth"][1] == {
        "tooth": 36,
        "universal": "19",
        "words": "lower left first molar",
        "snomed_ct": "866006002",
        "in_short": "restored",
        "classes": ["restoration"],
        "seen": None,
        "in_doubt": False,
        "bridge": [],
        "findings": [1],
    }
    assert list(said) == [
        "format", "version", "created", "program", "disclaimer", "unreviewed",
        "undecided", "rejected", "status", "result", "practice", "patient",
        "radiograph", "tooth_notation", "tooth_detector", "teeth", "teeth_not_seen",
        "findings", "counts", "reading_mode",
        "predictions_hidden", "agreement", "detector", "readers", "note",
    ]  # fmt: skip
    assert said["findings"][0] == {
        "number": 1,
        "class": "restoration",
        "tooth": 36,
        "last_tooth": None,
        "tooth_in_doubt": False,
        "tooth_stated": True,
        "source": "both",
        "corrected": False,
        "score": 0.91,
        "box": {"x_min": 200, "y_min": 60, "x_max": 240, "y_max": 90},
        "decided_by": "Dr. Weiß",
        "decided_at": "2026-11-24T15:03:00+01:00",
    }
    assert said["patient"]["name"] == PATIENT.name
    assert said["detector"]["thresholds"] == {
        "restoration": 0.45, "endodontic": 0.5, "implant": 0.55
    }  # fmt: skip
    assert said["agreement"]["f1"] == 0.5


def test_no_cell_is_a_formula_to_a_spreadsheet(report: Report, tmp_path: Path) -> None:
    rows = read_csv(report, tmp_path / "report.csv")

    assert {row["patient_number"] for row in rows} == {"'=1+1"}
    assert rows[0]["patient"] == PATIENT.name


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "＝"])
def test_a_class_that_begins_like_a_formula_is_disarmed(
    start: str, study: Study, tmp_path: Path
) -> None:
    review = Review().add(finding(20, f"{start}cmd"))

    (row,) = read_csv(
        summarise(study, review, created=CREATED), tmp_path / "report.csv"
    )

    assert row["class"] == f"'{start}cmd"


def test_numbers_stay_numbers_even_below_zero(study: Study, tmp_path: Path) -> None:
    review = Review().add(finding(-3.5, "implant", tooth=46))

    (row,) = read_csv(
        summarise(study, review, created=CREATED), tmp_path / "report.csv"
    )

    assert (row["x_min"], row["x_max"], row["tooth_fdi"]) == ("-3.5", "36.5", "46")


def test_excel_is_told_that_the_table_is_utf_8(report: Report, tmp_path: Path) -> None:
    write_csv(report, tmp_path / "report.csv")

    assert (tmp_path / "report.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_table_without_findings_says_so_in_one_line(
    empty: Report, tmp_path: Path
) -> None:
    (row,) = read_csv(empty, tmp_path / "report.csv")

    assert row["number"] == ""
    assert "found nothing at scores of at least 45 %" in row["result"]


def test_every_line_of_an_unreviewed_table_says_so(
    unreviewed: Report, tmp_path: Path
) -> None:
    rows = read_csv(unreviewed, tmp_path / "report.csv")

    assert len(rows) == 1
    assert rows[0]["status"].startswith("Unreviewed: 2 findings")


def test_the_name_of_the_file_says_what_is_written(
    report: Report, tmp_path: Path
) -> None:
    for name, start in (("a.HTML", "<!DOCTYPE"), ("a.json", "{"), ("a.csv", "\ufeff")):
        write_report(report, tmp_path / name, write_pdf=no_pdf)
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)


def test_a_name_that_tells_no_kind_is_refused(report: Report, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"report\.doc: .*\.pdf, \.html"):
        write_report(report, tmp_path / "report.doc", write_pdf=no_pdf)

    assert not list(tmp_path.iterdir())


def test_a_report_into_a_missing_folder_names_the_file(
    report: Report, tmp_path: Path
) -> None:
    with pytest.raises(FileError, match=r"gone.*report\.csv: cannot be saved"):
        write_csv(report, tmp_path / "gone" / "report.csv")


def test_a_patient_who_is_not_named_is_said_to_be_so(
    study: Study, tmp_path: Path
) -> None:
    report = summarise(study, Review(patient=Patient()), created=CREATED)

    assert "not named" in read_html(report, tmp_path / "a.html").text_content()
