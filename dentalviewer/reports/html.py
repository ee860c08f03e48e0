"""The report as one HTML file that needs nothing beside it, made to be printed too."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path

from dentalviewer.labels import ink_on
from dentalviewer.phrases import counted
from dentalviewer.reports import wording
from dentalviewer.reports.chart_svg import charts_svg
from dentalviewer.reports.picture import encode_jpeg, report_picture
from dentalviewer.reports.report import (
    Report,
    Row,
)
from dentalviewer.reports.sides_words import sides_told
from dentalviewer.storage.files import write_atomically

# Lines of both tables together that one page has room for, in a full mouth and under
# the head of a practice.
_SHORT = 4
# Nothing is loaded and no script runs, whatever a name or a note may hold.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

_STYLE = """
@page { size: A4; margin: 14mm 18mm 16mm; }
* { box-sizing: border-box; }
:root { color-scheme: light; }
body { margin: 0; background: #e9ecf0; color: #1d2025;
  font: 10pt/1.45 Inter, "Segoe UI", "Helvetica Neue", "Noto Sans", sans-serif; }
main { position: relative; overflow: hidden; width: 210mm; max-width: 100%;
  margin: 8mm auto; padding: 15mm 18mm; background: #fff;
  box-shadow: 0 1px 8px rgb(0 0 0 / 15%); overflow-wrap: anywhere; }
header { display: flex; justify-content: space-between; gap: 8mm;
  padding-bottom: 3mm; margin-bottom: 6mm; border-bottom: .5mm solid #1f6fb2; }
header b { display: block; color: #1f6fb2; font-size: 14pt; line-height: 1.2; }
address { font-style: normal; font-size: 8pt; color: #5d646f; text-align: right;
  white-space: pre-line; }
h1 { font-size: 16pt; line-height: 1.2; margin: 0; }
h2 { font-size: 11pt; margin: 6mm 0 1mm; break-after: avoid; }
p { margin: 0 0 1mm; }
.title { display: flex; justify-content: space-between; align-items: baseline;
  gap: 6mm; }
.muted, .title span, dt { color: #5d646f; }
.fine { font-size: 7pt; color: #5d646f; margin: 2mm 0; }
.facts { display: grid; grid-template-columns: repeat(3, 1fr); gap: 5mm;
  margin: 4mm 0; }
.facts h3 { margin: 0; font-size: 7.5pt; font-weight: normal; color: #5d646f; }
.facts p, .note { white-space: pre-line; }
.panel { padding: 2.4mm 3mm; margin: 4mm 0; background: #f2f4f7;
  border-left: 1mm solid #1f6fb2; break-inside: avoid; }
.warning { background: #fff3cd; border-color: #e0a800; color: #5c4600;
  font-weight: 600; }
img { display: block; max-width: 100%; max-height: 130mm; margin: 0 auto 2mm; }
.chart { display: block; width: 150mm; max-width: 100%; margin: 2mm auto 3mm;
  break-inside: avoid; }
.legend { display: flex; flex-wrap: wrap; gap: 0 5mm; font-size: 8pt; }
.legend i { display: inline-block; width: 5.2mm; margin-right: 1.6mm;
  vertical-align: middle; }
.legend i.class { height: 2.2mm; border-radius: .5mm; }
.dentist { border-top: .4mm solid; }
.detector { border-top: .4mm dashed; }
.both { border-top: 1.2mm double; }
table { width: 100%; border-collapse: collapse; font-size: 8.5pt; line-height: 1.2; }
th { font-size: 7.5pt; color: #5d646f; overflow-wrap: normal; }
th, td { text-align: left; vertical-align: baseline; padding: .8mm 2mm .8mm 0;
  border-bottom: 1px solid #d5d9df; }
td { font-variant-numeric: tabular-nums; }
tr { break-inside: avoid; }
td:first-child b { display: inline-block; min-width: 7mm; padding: 0 1mm;
  border-radius: .8mm; text-align: center; color: #000; }
dl { display: grid; grid-template-columns: 28mm 1fr; gap: .6mm 0; margin: 0;
  font-size: 7.5pt; }
dd { margin: 0; }
.watermark { position: absolute; inset: 0; pointer-events: none; display: flex;
  align-items: center; justify-content: center; font-size: 80pt; font-weight: 700;
  color: #b42318; opacity: .14; transform: rotate(-50deg); white-space: nowrap; }
@media print {
  body { background: none; font-size: 9pt; line-height: 1.3; }
  main { width: auto; margin: 0; padding: 0; box-shadow: none; overflow: visible; }
  header { margin-bottom: 4mm; }
  .facts, .panel { margin: 3mm 0; }
  .panel { padding: 1.8mm 3mm; }
  h2 { margin-top: 3mm; }
  h2 + .fine { break-after: avoid; }
  th { white-space: nowrap; }
  dl { break-inside: avoid; }
  .watermark { position: fixed; }
  .short { line-height: 1.2; }
  .short header { margin-bottom: 3mm; padding-bottom: 2mm; }
  .short .facts, .short .panel { margin: 2mm 0; }
  .short .fine { margin: 1mm 0; }
  .short h2 { margin: 2mm 0 .5mm; }
  .short .legend { display: inline-flex; margin-right: 5mm; }
  .short th, .short td { padding: .4mm 2mm .4mm 0; }
  .short .run-in { display: inline; }
  .short img { max-width: 70%; margin-bottom: 1mm; }
  .short .chart { width: 112mm; margin: .5mm auto; }
  .short dl { display: block; font-size: 7pt; }
  .short dt, .short dd { display: inline; }
  .short dt { font-weight: 600; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
"""


def write_html(report: Report, path: Path) -> None:
    """Raises FileError if it cannot be saved."""
    write_atomically(path, html_page(report).encode("utf-8", "replace"))


def html_page(report: Report) -> str:
    parts = [
        _letterhead(report),
        _title(report),
        _facts(report),
        _paragraph(wording.review_status(report), "panel warning"),
        *(_paragraph(told, "panel warning") for told in wording.cautions(report)),
        _picture(report),
        _legend(report),
        _paragraph(sides_told(report), "fine"),
        "<h2>Result</h2>",
        _paragraph(wording.result(report), "run-in"),
        _paragraph(wording.agreement(report), "run-in"),
        *_by_tooth(report),
        *_table(report),
        _note(report),
        _paragraph(wording.DISCLAIMER, "panel"),
        f"<h2>{wording.ORIGIN}</h2>",
        _origin(report),
        f'<div class="watermark">{wording.WATERMARK}</div>'
        if report.unreviewed
        else "",
    ]
    body = "\n".join(filter(None, parts))
    kind = ' class="short"' if _is_short(report) else ""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width">
<title>{wording.TITLE}</title>
<style>{_STYLE}</style>
</head>
<body>
<main{kind}>
{body}
</main>
</body>
</html>
"""


def _is_short(report: Report) -> bool:
    """Whether it has room on one printed page that is set as close as in the PDF."""
    lines = len(report.rows) + len(report.treated_teeth)
    return lines <= _SHORT and not report.note


def _letterhead(report: Report) -> str:
    practice = report.practice
    if not (practice.name or practice.dentist or practice.address):
        return ""
    return (
        f"<header><div><b>{escape(practice.name)}</b>{escape(practice.dentist)}</div>"
        f"<address>{escape(practice.address)}</address></header>"
    )


def _title(report: Report) -> str:
    return (
        f'<div class="title"><h1>{wording.TITLE}</h1>'
        f"<span>{wording.date(report.created)}</span></div>"
    )


def _facts(report: Report) -> str:
    columns = (
        f"<div><h3>{name}</h3><p>{escape(value)}</p></div>"
        for name, value in wording.facts(report)
    )
    return f'<div class="facts">{"".join(columns)}</div>'


def _paragraph(text: str, kind: str = "") -> str:
    if not text:
        return ""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def _picture(report: Report) -> str:
    picture = report_picture(report)
    height, width = picture.shape[:2]
    data = base64.b64encode(encode_jpeg(picture)).decode("ascii")
    return (
        f'<img width="{width}" height="{height}" style="height: auto"'
        f' alt="The radiograph with {escape(_drawn(report))}"'
        f' src="data:image/jpeg;base64,{data}">'
    )


def _drawn(report: Report) -> str:
    return f"{counted(len(report.rows), 'accepted finding')} drawn on it"


def _legend(report: Report) -> str:
    classes = [
        f'<span><i class="class" style="background: {report.color(label)}"></i>'
        f"{escape(wording.class_and_count(label, count))}</span>"
        for label, count in report.classes_told.items()
    ]
    lines = [
        f'<span><i class="{source}"></i>{wording.LINES[source]}</span>'
        for source in report.sources_drawn
    ]
    return "".join(
        f'<div class="legend">{"".join(entries)}</div>'
        for entries in (classes, lines)
        if entries
    )


def _table(report: Report) -> list[str]:
    lines = [_line(report, row) for row in report.rows]
    if not lines:
        return []
    head = "".join(f'<th scope="col">{name}</th>' for name in wording.columns(report))
    return [
        f"<h2>{wording.BY_FINDING}</h2>",
        _paragraph(wording.notation_above_findings(report), "fine"),
        f"<table><thead><tr>{head}</tr></thead><tbody>",
        *lines,
        "</tbody></table>",
    ]


def _by_tooth(report: Report) -> list[str]:
    """The chart and a line for each treated tooth, from the upper right on."""
    if not report.knows_teeth:
        return []
    names = wording.tooth_columns(report)
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    lines = []
    for state in report.treated_teeth:
        cells = map(escape, wording.tooth_cells(report, state))
        lines.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    start = f"<table><thead><tr>{head}</tr></thead><tbody>"
    return [
        f"<h2>{wording.BY_TOOTH}</h2>",
        charts_svg(
            report.teeth,
            report.class_colors,
            report.notation,
            report.radiograph.patient_age,
        ),
        _paragraph(wording.chart_told(report), "fine"),
        *((start, *lines, "</tbody></table>") if lines else ()),
    ]


def _line(report: Report, row: Row) -> str:
    color = report.color(row.label)
    number, *cells = map(escape, wording.cells(report, row))
    plate = f'<b style="background: {color}; color: {ink_on(color)}">{number}</b>'
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in (plate, *cells))}</tr>"


def _note(report: Report) -> str:
    if not report.note:
        return ""
    return f"<h2>Note</h2>{_paragraph(report.note, 'note')}"


def _origin(report: Report) -> str:
    # The lines between keep them apart where they run on in print.
    rows = (
        f"<dt>{escape(name)}</dt>\n<dd>{escape(value)}</dd>"
        for name, value in wording.origin(report)
    )
    return "<dl>{}</dl>".format("\n".join(rows))
