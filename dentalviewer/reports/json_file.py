"""The report as JSON, for other programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from dentalviewer.dentition import Notation, Tooth
from dentalviewer.reports import wording
from dentalviewer.reports.report import (
    Report,
    Row,
)
from dentalviewer.reports.tooth_states import SpanKind, ToothState, in_order
from dentalviewer.storage.files import write_atomically

FORMAT = "dentalviewer report"
# Raised when a field changes its meaning or goes; new fields may come without that.
VERSION = 1


def write_json(report: Report, path: Path) -> None:
    """Raises FileError if it cannot be saved."""
    text = json.dumps(content(report), indent=2, ensure_ascii=False, allow_nan=False)
    write_atomically(path, (text + "\n").encode("utf-8", "replace"))


def content(report: Report) -> dict[str, Any]:
    """Boxes in pixel edges of the upright radiograph; times with their zone.

    Sentences have FDI numbers, whatever the report has: programs rely on it. Where the
    reader's own words may have others, `in_short_notation` says so.
    """
    report = replace(report, notation=Notation.FDI)
    radiograph = report.radiograph
    return {
        "format": FORMAT,
        "version": VERSION,
        "created": _time(report.created),
        "program": {"name": "dentalviewer", "version": report.program_version},
        "disclaimer": wording.DISCLAIMER,
        "unreviewed": report.unreviewed,
        "undecided": report.undecided,
        "rejected": report.rejected,
        "status": wording.review_status(report),
        "cautions": list(wording.cautions(report)),
        "result": wording.result(report),
        "practice": asdict(report.practice),
        "patient": asdict(report.patient),
        "radiograph": {
            "name": report.radiograph_name,
            "width": radiograph.size.width,
            "height": radiograph.size.height,
            "bits": radiograph.bits,
            "sha256": radiograph.sha256,
        },
        "sides": str(report.sides_in_sight),
        "tooth_notation": str(report.notation),
        "tooth_detector": asdict(report.tooth_detector)
        if report.tooth_detector
        else None,
        "teeth_corrected": report.teeth_corrected,
        "teeth": [_tooth(report, state) for state in report.treated_teeth],
        "teeth_not_seen": _numbers(report.teeth_not_seen),
        "teeth_missing": _numbers(report.teeth_missing),
        "teeth_replaced": _numbers(report.teeth_replaced),
        "teeth_outside_picture": _numbers(report.teeth_off_picture),
        "dental_chart": [_place(report.teeth[t]) for t in in_order(report.teeth)],
        "findings": [_finding(row) for row in report.rows],
        "counts": dict(report.counts),
        "reading_mode": str(report.mode),
        "predictions_hidden": report.hidden,
        "agreement": _agreement(report),
        "detector": _detector(report),
        "readers": [
            {
                "name": reader.name,
                "decisions": reader.decisions,
                "first": _time(reader.first),
                "last": _time(reader.last),
            }
            for reader in report.readers
        ],
        "note": report.note,
    }


def _tooth(report: Report, state: ToothState) -> dict[str, Any]:
    return {
        "tooth": state.tooth.fdi_number,
        "universal": state.tooth.universal,
        "words": state.tooth.words,
        "snomed_ct": state.tooth.snomed_code,
        "in_short": report.in_short(state),
        "sentence": report.told_of(state),
        "in_short_notation": _notation_of(state),
        "classes": list(state.labels),
        "seen": state.seen,
        "in_doubt": state.doubtful,
        "bridge": _numbers(_bridge(state)),
        "spans": [
            {"teeth": _numbers(span.teeth), "kind": str(span.kind)}
            for span in state.spans
        ],
        "findings": list(report.numbers_on(state.tooth)),
    }


def _notation_of(state: ToothState) -> str | None:
    """Of the numbers in the sentence; None where the reader's own are of any system."""
    notation = state.reworded_in if state.reworded else Notation.FDI
    return notation and str(notation)


def _place(state: ToothState) -> dict[str, Any]:
    """One place of the mouth, whether or not anything was done there."""
    return {
        "tooth": state.tooth.fdi_number,
        "universal": state.tooth.universal,
        "seen": state.seen,
        "stated": state.stated,
        "state": state.in_words,
        "replaced": state.replaced,
        "treated": state.treated,
    }


def _numbers(teeth: Iterable[Tooth]) -> list[int]:
    return [tooth.fdi_number for tooth in teeth]


def _bridge(state: ToothState) -> tuple[Tooth, ...]:
    """The first, of a tooth that carries two; empty where crowns are only joined."""
    bridges = (s.teeth for s in state.spans if s.kind is not SpanKind.ADJOINING)
    return next(bridges, ())


def _finding(row: Row) -> dict[str, Any]:
    return {
        "number": row.number,
        "class": row.label,
        "tooth": row.tooth.fdi_number if row.tooth else None,
        "last_tooth": row.last_tooth.fdi_number if row.last_tooth else None,
        "tooth_in_doubt": row.placing.doubtful,
        "tooth_stated": row.placing.stated,
        "source": str(row.source),
        "corrected": row.corrected,
        "uncertain": row.uncertain,
        "score": row.score,
        "box": asdict(row.box),
        "decided_by": row.decided_by,
        "decided_at": _time(row.decided_at) if row.decided_at else None,
    }


def _agreement(report: Report) -> dict[str, Any] | None:
    counts = report.agreement
    return None if counts is None else {**asdict(counts), "f1": counts.f1}


def _detector(report: Report) -> dict[str, Any] | None:
    """While predictions are hidden, how many there are is kept back as well."""
    if report.detector is None:
        return None
    facts = {**asdict(report.detector), "thresholds": dict(report.detector.thresholds)}
    if report.hidden:
        facts["predictions"] = None
    return facts


def _time(when: datetime) -> str:
    return when.isoformat(timespec="seconds")
