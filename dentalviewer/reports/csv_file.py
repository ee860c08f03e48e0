"""The report as CSV, safe to open in a spreadsheet: a line for each finding.

Sorted by tooth, from the upper right on; findings without one come last.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from dentalviewer.formats._files import write_atomically
from dentalviewer.reports import wording
from dentalviewer.reports.summary import Report, Row
from dentalviewer.reports.tooth_states import CHART_ORDER

COLUMNS = (
    "radiograph",
    "patient",
    "patient_number",
    "number",
    "class",
    "tooth_fdi",
    "last_tooth_fdi",
    "tooth_in_doubt",
    "tooth_in_short",
    "source",
    "corrected",
    "score",
    "x_min",
    "y_min",
    "x_max",
    "y_max",
    "decided_by",
    "decided_at",
    "status",
    "result",
    "reading_mode",
    "detector",
    "detector_sha256",
    "threshold",
    "radiograph_sha256",
    "created",
    "program_version",
)
# A cell that begins so is a formula to a spreadsheet, full-width forms included. See
# OWASP, CSV injection.
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


def write_csv(report: Report, path: Path) -> None:
    """Where there is no finding, one line says so. Raises FileError if not saved."""
    table = io.StringIO(newline="")
    writer = csv.writer(table, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    rows = sorted(report.rows, key=_by_tooth)
    lines = [_line(report, row) for row in rows] or [_line(report, None)]
    writer.writerows([line[column] for column in COLUMNS] for line in lines)
    # With a byte order mark, or Excel takes the text for the local code page.
    write_atomically(path, table.getvalue().encode("utf-8-sig", "replace"))


def _line(report: Report, row: Row | None) -> dict[str, str]:
    texts = {
        "radiograph": report.radiograph_name,
        "patient": report.patient.name,
        "patient_number": report.patient.number,
        "status": wording.review_status(report) or "reviewed",
        "result": wording.result(report),
        "reading_mode": str(report.mode),
        "radiograph_sha256": report.radiograph.sha256,
        "created": report.created.isoformat(timespec="seconds"),
        "program_version": report.program_version,
    }
    numbers: dict[str, str] = {}
    if report.detector is not None:
        texts["detector"] = report.detector.name
        texts["detector_sha256"] = report.detector.sha256
    if row is not None:
        texts |= _texts_of(report, row)
        numbers = _numbers_of(report, row)
    safe = {column: _harmless(text) for column, text in texts.items()}
    return dict.fromkeys(COLUMNS, "") | safe | numbers


def _by_tooth(row: Row) -> tuple[bool, int, int]:
    if row.tooth is None:
        return (True, 0, row.number)
    return (False, CHART_ORDER.index(row.tooth), row.number)


def _texts_of(report: Report, row: Row) -> dict[str, str]:
    when = row.decided_at
    return {
        "class": row.label,
        "tooth_in_doubt": "yes" if row.placing.doubtful else "no",
        "tooth_in_short": report.in_short(report.teeth[row.tooth]) if row.tooth else "",
        "source": str(row.source),
        "corrected": "yes" if row.corrected else "no",
        "decided_by": row.decided_by,
        "decided_at": when.isoformat(timespec="seconds") if when else "",
    }


def _numbers_of(report: Report, row: Row) -> dict[str, str]:
    """Numbers are no formulas, even where they begin with a minus."""
    box = dict(zip(("x_min", "y_min", "x_max", "y_max"), row.box.corners, strict=True))
    numbers: dict[str, float | int | None] = {
        "number": row.number,
        "tooth_fdi": row.tooth.fdi_number if row.tooth else None,
        "last_tooth_fdi": row.last_tooth.fdi_number if row.last_tooth else None,
        "score": row.score,
        "threshold": None,
        **box,
    }
    if report.detector is not None:
        numbers["threshold"] = report.detector.thresholds.get(row.label)
    return {name: "" if n is None else f"{n:.10g}" for name, n in numbers.items()}


def _harmless(text: str) -> str:
    if text.startswith(_FORMULA_STARTS) or text.lstrip().startswith(_FORMULA_STARTS):
        return f"'{text}"
    return text
