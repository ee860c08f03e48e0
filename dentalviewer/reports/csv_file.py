"""The report as CSV, safe to open in a spreadsheet: two tables, by tooth.

The file that was asked for has a line for each finding, that beside it one for each
tooth: a bridge is one finding, and a missing tooth none.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from dentalviewer.dentition import Notation
from dentalviewer.reports import wording
from dentalviewer.reports.report import (
    Report,
    Row,
)
from dentalviewer.reports.tooth_states import ToothState, in_order
from dentalviewer.storage.files import write_atomically

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
    "tooth_universal",
    "last_tooth_universal",
    "tooth_name",
    "tooth_notation",
    "sides",
    "cautions",
    "uncertain",
)
TOOTH_COLUMNS = (
    "radiograph",
    "patient",
    "patient_number",
    "tooth_fdi",
    "tooth_universal",
    "tooth_name",
    "seen",
    "classes",
    "spans_fdi",
    "spans_universal",
    "tooth_in_doubt",
    "tooth_in_short",
    "tooth_notation",
    "findings",
    "status",
    "radiograph_sha256",
    "created",
    "program_version",
    "sides",
    "state",
    "replaced",
    "cautions",
    "outside_picture",
    "tooth_sentence",
)
# A cell that begins so is a formula to a spreadsheet, full-width forms included. See
# OWASP, CSV injection.
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


def write_csv(report: Report, path: Path) -> None:
    """Write the table of findings, and beside it that of teeth, at `teeth_path`.

    Where there is no finding, one line says so. Findings without a tooth come last.
    Raises FileError if one of the two is not saved.
    """
    lines = [_line(report, row) for row in report.rows] or [_line(report, None)]
    _write(path, COLUMNS, lines)
    teeth = [_tooth_line(report, report.teeth[t]) for t in in_order(report.teeth)]
    _write(teeth_path(path), TOOTH_COLUMNS, teeth)


def teeth_path(path: Path) -> Path:
    """Where the table of teeth goes that belongs to a table of findings."""
    return path.with_name(f"{path.stem}-teeth{path.suffix}")


def _write(
    path: Path, columns: Sequence[str], lines: Iterable[Mapping[str, str]]
) -> None:
    table = io.StringIO(newline="")
    writer = csv.writer(table, quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    writer.writerows([line[column] for column in columns] for line in lines)
    # With a byte order mark, or Excel takes the text for the local code page.
    write_atomically(path, table.getvalue().encode("utf-8-sig", "replace"))


def _common(report: Report) -> dict[str, str]:
    """What stands in every line of both tables."""
    return {
        "radiograph": report.radiograph_name,
        "patient": report.patient.name,
        "patient_number": report.patient.number,
        "status": wording.review_status(report) or "reviewed",
        "cautions": " ".join(wording.cautions(report)),
        "radiograph_sha256": report.radiograph.sha256,
        "created": report.created.isoformat(timespec="seconds"),
        "program_version": report.program_version,
        # Of the sentences; the columns of numbers name their system themselves.
        "tooth_notation": str(report.notation),
        "sides": str(report.sides_in_sight),
    }


def _tooth_line(report: Report, state: ToothState) -> dict[str, str]:
    tooth = state.tooth
    texts = _common(report) | {
        "tooth_fdi": str(tooth),
        "tooth_universal": tooth.universal,
        "tooth_name": tooth.words,
        "seen": {True: "yes", False: "no", None: "not known"}[state.seen],
        "state": state.in_words,
        "replaced": "yes" if state.replaced else "no",
        "outside_picture": "yes" if state.off_picture else "no",
        "classes": "; ".join(state.labels),
        "spans_fdi": _spans(state, Notation.FDI),
        "spans_universal": _spans(state, Notation.UNIVERSAL),
        "tooth_in_doubt": "yes" if state.doubtful else "no",
        "tooth_in_short": report.in_short(state),
        "tooth_sentence": report.told_of(state),
        "findings": "; ".join(map(str, report.numbers_on(tooth))),
    }
    return {column: _harmless(text) for column, text in texts.items()}


def _spans(state: ToothState, notation: Notation) -> str:
    """In words: a spreadsheet takes "12-11" for a day in November."""
    ends = [(span.teeth[0], span.teeth[-1]) for span in state.spans]
    return "; ".join(" to ".join(map(notation.number_of, each)) for each in ends)


def _line(report: Report, row: Row | None) -> dict[str, str]:
    texts = _common(report) | {
        "result": wording.result(report),
        "reading_mode": str(report.mode),
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


def _texts_of(report: Report, row: Row) -> dict[str, str]:
    when = row.decided_at
    return {
        "class": row.label,
        "tooth_in_doubt": "yes" if row.placing.doubtful else "no",
        "tooth_in_short": report.in_short(report.teeth[row.tooth]) if row.tooth else "",
        "tooth_universal": row.tooth.universal if row.tooth else "",
        "last_tooth_universal": row.last_tooth.universal if row.last_tooth else "",
        "tooth_name": row.tooth.words if row.tooth else "",
        "source": str(row.source),
        "corrected": "yes" if row.corrected else "no",
        "uncertain": "yes" if row.uncertain else "no",
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
