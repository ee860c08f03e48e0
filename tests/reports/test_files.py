"""Reports as HTML, JSON and CSV, read back."""

from __future__ import annotations

import base64
import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html
from PIL import Image

from dentalviewer.dentition import PERMANENT_TEETH, Notation, Tooth
from dentalviewer.detector import DetectorIdentity
from dentalviewer.errors import FileError
from dentalviewer.geometry import Box
from dentalviewer.placing import Placing
from dentalviewer.reports import wording
from dentalviewer.reports.csv_file import write_csv
from dentalviewer.reports.html import write_html
from dentalviewer.reports.json_file import content, write_json
from dentalviewer.reports.report import Report
from dentalviewer.reports.summary import summarise
from dentalviewer.reports.tooth_states import Placed, ToothState, tooth_states
from dentalviewer.reports.writing import write_report
from dentalviewer.review import Patient, Review, Sides, ToothWords
from dentalviewer.study import Finding, Study
from tests.reports.conftest import CREATED, PATIENT, accept_all, finding


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
        ["46", "The lower right first molar (46) is root-filled.", "1"],
        ["36", "The lower left first molar (36) is restored.", "2"],
        ["1", "endodontic treatment", "46", "dentist", "–"],
        ["2", "restoration", "36", "both", "91 %"],
        ["3", "implant", "–", "detector", "70 %"],
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
        "not a diagnosis; it may miss findings or mark things that are not there.",
        "R and L are assumed as in the usual view: the patient's right is on the left.",
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
        "sentence": "The lower left first molar (36) is restored.",
        "in_short_notation": "FDI (ISO 3950)",
        "classes": ["restoration"],
        "seen": None,
        "in_doubt": False,
        "bridge": [],
        "spans": [],
        "findings": [2],
    }
    assert list(said) == [
        "format", "version", "created", "program", "disclaimer", "unreviewed",
        "undecided", "rejected", "status", "cautions", "result", "practice",
        "patient", "radiograph", "sides", "tooth_notation",
        "tooth_detector", "teeth_corrected", "teeth", "teeth_not_seen", "teeth_missing",
        "teeth_replaced", "teeth_outside_picture", "dental_chart",
        "findings", "counts", "reading_mode",
        "predictions_hidden", "agreement", "detector", "readers", "note",
    ]  # fmt: skip
    assert said["findings"][1] == {
        "number": 2,
        "class": "restoration",
        "tooth": 36,
        "last_tooth": None,
        "tooth_in_doubt": False,
        "tooth_stated": True,
        "source": "both",
        "corrected": False,
        "uncertain": False,
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


def test_every_line_names_the_detector_and_the_threshold_of_its_class(
    report: Report, tmp_path: Path
) -> None:
    lines = read_csv(report, tmp_path / "report.csv")

    assert {(line["detector"], line["detector_sha256"]) for line in lines} == {
        ("ssd-mobilenet", "9f" * 32)
    }
    assert {line["class"]: line["threshold"] for line in lines} == {
        "restoration": "0.45",
        "endodontic": "0.5",
        "implant": "0.55",
    }
    undetected = replace(report, detector=None)
    for line in read_csv(undetected, tmp_path / "none.csv"):
        assert line["detector"] == line["detector_sha256"] == line["threshold"] == ""


def test_programs_learn_how_many_findings_were_shown_only_once_they_are(
    report: Report,
) -> None:
    def shown(report: Report) -> object:
        return content(report)["detector"]["predictions"]

    assert shown(report) == 2
    assert shown(replace(report, hidden=True)) is None


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


def with_teeth(report: Report, *labels: str, span: tuple[int, ...]) -> Report:
    """35 to 37 were looked for, 35 was not found; the findings lie on `span`."""
    teeth = [Finding(Box(0, 0, 1, 1), str(n), Tooth.from_fdi(n)) for n in (36, 37)]
    placing = Placing(tuple(map(Tooth.from_fdi, span)))
    states = tooth_states([Placed(label, placing) for label in labels], teeth)
    return replace(report, teeth=states)


def test_the_json_calls_joined_crowns_no_bridge(report: Report) -> None:
    def of_36(span: tuple[int, ...]) -> tuple[object, object]:
        said = content(with_teeth(report, "restoration", span=span))
        (tooth,) = (each for each in said["teeth"] if each["tooth"] == 36)
        return tooth["bridge"], tooth["spans"]

    assert of_36((36, 37)) == ([], [{"teeth": [36, 37], "kind": "joined or adjoining"}])
    assert of_36((35, 36)) == ([35, 36], [{"teeth": [35, 36], "kind": "bridge"}])


def test_the_chart_of_a_page_says_what_the_table_says(
    study: Study, review: Review, tmp_path: Path
) -> None:
    """A chart that is pointed at tells the reader's own words too."""
    words = (ToothWords(Tooth(3, 6), "gold crown", "restored"),)
    decided, _ = accept_all(replace(review, tooth_words=words))
    report = summarise(study, decided, created=CREATED)
    page = read_html(report, tmp_path / "report.html")
    titles = [each.text_content() for each in page.xpath("//svg//title")]
    cells = [td.text_content() for td in page.xpath("//table/tbody/tr/td")]
    assert "Lower left first molar (36): gold crown" in titles
    assert "Lower left first molar (36): gold crown" in cells


def test_a_page_says_which_teeth_were_not_examined(
    report: Report, tmp_path: Path
) -> None:
    """In `report` nobody has looked for teeth, in the other somebody has."""
    pale = "Pale outline: not examined."
    unknown = read_html(report, tmp_path / "a.html").text_content()
    known = with_teeth(report, span=())
    assert pale in unknown
    assert pale not in read_html(known, tmp_path / "b.html").text_content()


def test_the_legend_counts_no_class_that_nobody_looked_for_in_the_readers_sight(
    report: Report, empty: Report, tmp_path: Path
) -> None:
    """In `empty` a detector looked for three classes and found nothing."""

    def legend(report: Report) -> list[str]:
        page = read_html(report, tmp_path / "a.html")
        entries = page.xpath("//div[@class='legend']/span")
        return [each.text_content() for each in entries]

    none = ["0 restorations", "0 endodontic treatments", "0 implants"]
    assert legend(empty) == none
    assert legend(replace(empty, hidden=True)) == []
    assert legend(replace(empty, detector=None)) == []
    root = report.rows[0]
    drawn = replace(report, rows=(root,), counts={**empty.counts, "endodontic": 1})
    assert legend(replace(drawn, detector=None)) == [
        "1 endodontic treatment",
        "solid: dentist",
    ]
    assert legend(drawn)[:3] == [none[0], "1 endodontic treatment", none[2]]


def test_a_page_explains_the_crosses_that_it_draws(
    report: Report, tmp_path: Path
) -> None:
    solid, dashed = "Solid cross: missing", "Dashed cross: not seen."
    whole = {tooth: ToothState(tooth, True) for tooth in PERMANENT_TEETH}
    gone = ToothState(Tooth(1, 8), False)
    for state, signs in (
        (gone, [False, True]),
        (replace(gone, stated=True), [True, False]),
        (ToothState(gone.tooth, True), [False, False]),
    ):
        shown = replace(report, teeth={**whole, gone.tooth: state})
        told = read_html(shown, tmp_path / "a.html").text_content()
        assert [solid in told, dashed in told] == signs


@pytest.mark.parametrize("sides", Sides)
def test_programs_are_told_on_which_side_the_patients_right_is(
    sides: Sides, report: Report, tmp_path: Path
) -> None:
    report = replace(report, sides=sides)
    (*rows,) = read_csv(report, tmp_path / "report.csv")
    teeth = read_teeth(tmp_path / "report-teeth.csv").values()
    assert content(report)["sides"] == sides.value
    assert {line["sides"] for line in (*rows, *teeth)} == {sides.value}


def test_a_child_whose_teeth_a_detector_numbered_is_cautioned_about(
    report: Report, tmp_path: Path
) -> None:
    child = replace(report.radiograph, patient_age=9)
    asked = DetectorIdentity("teeth", "7e" * 32)
    told = "The patient was 9 years old. The teeth were numbered by a detector"
    numbered = replace(with_teeth(report, span=()), tooth_detector=asked)
    of_child = replace(numbered, radiograph=child)
    for shown, cautioned in (
        (of_child, True),
        (numbered, False),
        (replace(of_child, tooth_detector=None), False),
        (replace(of_child, teeth=report.teeth), False),
    ):
        page = read_html(shown, tmp_path / "a.html").text_content()
        assert (told in page) is cautioned
        assert [told in each for each in content(shown)["cautions"]] == (
            [True] if cautioned else []
        )


def test_programs_are_told_of_which_system_the_numbers_in_own_words_are(
    study: Study, review: Review
) -> None:
    def told(notation: Notation | None) -> tuple[str, str | None]:
        words = ToothWords(Tooth(3, 6), "as on 30", "restored", notation)
        decided, _ = accept_all(replace(review, tooth_words=(words,)))
        tooth = content(summarise(study, decided, created=CREATED))["teeth"][1]
        return tooth["in_short"], tooth["in_short_notation"]

    assert told(Notation.UNIVERSAL) == (
        "as on 30 (in Universal numbers)", "Universal (ADA)"
    )  # fmt: skip
    assert told(Notation.FDI) == ("as on 30", "FDI (ISO 3950)")
    assert told(None) == ("as on 30", None)


def test_a_retained_deciduous_tooth_is_drawn_among_the_permanent_ones_and_told_of(
    report: Report, tmp_path: Path
) -> None:
    """Of a child all deciduous teeth are drawn, and none is retained."""
    stated = with_teeth(report, "restoration", span=(85,))
    child = replace(report.radiograph, patient_age=9)
    for shown, charts, count in (
        (stated, 1, 32),
        (replace(stated, radiograph=child), 2, 52),
    ):
        page = read_html(shown, tmp_path / "a.html")
        assert len(page.xpath("//svg[@class='chart']")) == charts
        assert len(page.xpath("//svg[@class='chart']/g")) == count
        retained = "Retained deciduous tooth: 85." in page.text_content()
        assert retained is (charts == 1)


def test_a_page_in_universal_numbers_has_no_others(
    report: Report, tmp_path: Path
) -> None:
    """46 is 30 and 36 is 19."""
    universal = replace(report, notation=Notation.UNIVERSAL)
    page = read_html(universal, tmp_path / "report.html")

    text = page.text_content()
    headings = [[th.text_content() for th in tr] for tr in page.xpath("//thead/tr")]
    cells = [[td.text_content() for td in tr] for tr in page.xpath("//table/tbody/tr")]
    drawn = [each.text_content() for each in page.xpath("//svg//text")]
    assert headings == [
        ["Tooth (Universal)", "In plain words", "Findings"],
        ["No.", "Class", "Tooth (Universal)", "Source", "Score", "Decided"],
    ]
    assert [row[0] for row in cells[:2]] == ["30", "19"]
    assert [row[2] for row in cells[2:]] == ["30", "19", "–"]
    assert drawn[:32] == [*map(str, range(1, 17)), *map(str, range(32, 16, -1))]
    assert "The lower left first molar (19) is restored." in text
    assert "Teeth by their Universal number (ADA), not by FDI numbers." in text


def test_the_json_keeps_to_fdi_numbers_whatever_the_report_has(
    report: Report, tmp_path: Path
) -> None:
    write_json(report, tmp_path / "fdi.json")
    write_json(replace(report, notation=Notation.UNIVERSAL), tmp_path / "other.json")

    assert (tmp_path / "fdi.json").read_text() == (tmp_path / "other.json").read_text()


def read_teeth(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["tooth_fdi"]: row for row in csv.DictReader(file)}


def test_both_systems_stand_in_the_table_of_findings(
    report: Report, tmp_path: Path
) -> None:
    rows = read_csv(report, tmp_path / "report.csv")

    assert [(row["tooth_fdi"], row["tooth_universal"]) for row in rows] == [
        ("46", "30"),
        ("36", "19"),
        ("", ""),
    ]
    assert rows[0]["tooth_name"] == "lower right first molar"
    # The columns that there were before are where they were.
    assert list(rows[0])[:7] == [
        "radiograph", "patient", "patient_number", "number", "class", "tooth_fdi",
        "last_tooth_fdi",
    ]  # fmt: skip


def test_beside_the_table_of_findings_lies_one_with_a_line_for_each_tooth(
    study: Study, tmp_path: Path
) -> None:
    """A bridge from 17 to 14 spans four teeth; nobody looked which are there."""
    bridge = replace(
        finding(20, "restoration", tooth=17), last_tooth=Tooth.from_fdi(14)
    )
    review = Review(patient=PATIENT).add(bridge).add(finding(300, "implant", tooth=85))
    report = summarise(study, review, notation=Notation.UNIVERSAL, created=CREATED)

    write_csv(report, tmp_path / "report.csv")

    teeth = read_teeth(tmp_path / "report-teeth.csv")
    assert len(teeth) == 33
    assert list(teeth)[:4] == ["18", "17", "16", "15"]
    assert [teeth[n]["findings"] for n in ("18", "17", "16", "15", "14", "13")] == [
        "", "1", "1", "1", "1", ""
    ]  # fmt: skip
    pontic = teeth["15"]
    assert pontic["tooth_universal"] == "4"
    assert pontic["tooth_name"] == "upper right second premolar"
    assert pontic["classes"] == "restoration"
    assert pontic["spans_fdi"] == "17 to 14"
    assert pontic["spans_universal"] == "2 to 5"
    assert pontic["seen"] == "not known"
    assert "from 2 to 5" in pontic["tooth_in_short"]
    assert pontic["tooth_notation"] == "Universal (ADA)"
    assert pontic["patient_number"] == "'=1+1"
    assert teeth["85"]["tooth_universal"] == "T"


def test_a_tooth_that_was_not_seen_has_a_line_of_its_own(
    report: Report, tmp_path: Path
) -> None:
    gone = replace(report.teeth[Tooth(1, 8)], seen=False)
    report = replace(report, teeth={**report.teeth, gone.tooth: gone})

    write_csv(report, tmp_path / "report.CSV")

    line = read_teeth(tmp_path / "report-teeth.CSV")["18"]
    assert (line["seen"], line["tooth_in_short"]) == ("no", "not seen")
    assert (line["classes"], line["findings"]) == ("", "")


def test_a_web_page_of_few_findings_is_printed_as_close_as_the_pdf(
    study: Study, tmp_path: Path
) -> None:
    """Two findings in two teeth; with a third, or a note, it is set as others are."""

    def is_short(*teeth: int, note: str = "") -> bool:
        found = [finding(t, "restoration", tooth=t) for t in teeth]
        review, log = accept_all(Review(note=note).propose_annotations(found))
        report = summarise(study, review, log, created=CREATED)
        (main,) = read_html(report, tmp_path / "report.html").iter("main")
        return main.get("class") == "short"

    assert is_short()
    assert is_short(36, 46)
    assert not is_short(36, 46, 47)
    assert not is_short(36, note="In six months.")


def test_both_tables_say_which_teeth_are_in_doubt(
    report: Report, tmp_path: Path
) -> None:
    root, crown, implant = report.rows
    doubt = replace(crown, placing=replace(crown.placing, doubtful=True))
    tooth = replace(report.teeth[Tooth(3, 6)], doubtful=True)
    report = replace(
        report, rows=(root, doubt, implant), teeth={**report.teeth, tooth.tooth: tooth}
    )

    rows = read_csv(report, tmp_path / "report.csv")

    assert {row["class"]: row["tooth_in_doubt"] for row in rows} == {
        "restoration": "yes",
        "endodontic": "no",
        "implant": "no",
    }
    assert wording.tooth_cells(report, tooth)[0] == "36?"
    assert wording.tooth_cells(report, report.teeth[Tooth(4, 6)])[0] == "46"
    teeth = read_teeth(tmp_path / "report-teeth.csv")
    assert [n for n, row in teeth.items() if row["tooth_in_doubt"] == "yes"] == ["36"]
    assert teeth["46"]["tooth_in_doubt"] == "no"


def test_the_detector_of_teeth_is_named_and_a_question_mark_explained_if_there_is_one(
    report: Report,
) -> None:
    asked = DetectorIdentity("teeth", "7e" * 32)
    seen = {tooth: replace(state, seen=True) for tooth, state in report.teeth.items()}
    doubt = replace(seen[Tooth(3, 6)], doubtful=True)
    sure = replace(
        report, tooth_detector=asked, teeth=seen, notation=Notation.UNIVERSAL
    )
    unsure = replace(sure, teeth={**seen, doubt.tooth: doubt})
    unnumbered = replace(sure, teeth=report.teeth)

    assert wording.teeth_told(sure) == (
        "Every tooth that was looked for was seen on the radiograph. Teeth numbered by"
        " the detector “teeth”."
    )
    assert wording.teeth_told(unsure) == (
        "Every tooth that was looked for was seen on the radiograph. Teeth numbered by"
        " the detector “teeth”."
        " A question mark, as in 19?, means that the tooth number is in doubt."
    )
    assert wording.teeth_told(unnumbered) == (
        "The teeth could not be numbered by the detector “teeth”."
    )
