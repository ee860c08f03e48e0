"""The sentences of a report, the same in every kind of file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from dentalviewer.dentition import Notation, Tooth
from dentalviewer.detector import DetectorIdentity
from dentalviewer.labels import ENDODONTIC, IMPLANT, RESTORATION, display_name
from dentalviewer.matching import SAME_PLACE_IOU
from dentalviewer.phrases import capitalised, counted, percent
from dentalviewer.reports.chart_drawing import (
    Role,
    draws,
    is_child,
    report_charts,
    retained_teeth,
)
from dentalviewer.reports.report import (
    DetectorFacts,
    Reader,
    Report,
    Row,
    RowSource,
)
from dentalviewer.reports.tooth_states import ToothState
from dentalviewer.review import ReadingMode, Sides
from dentalviewer.tooth_assignment import NO_TOOTH_DETECTOR

TITLE = "Findings on a panoramic radiograph"
WATERMARK = "UNREVIEWED"
DISCLAIMER = (
    "A detection aid, not a diagnosis; it may miss findings or mark things that are not"
    " there. A score says how sure the detector is, not how likely a disease is. What a"
    " finding means is for the dentist to decide."
)
SHORT_DISCLAIMER = "A detection aid, not a diagnosis"
NOTATIONS = {
    Notation.FDI: "Teeth by their FDI number (ISO 3950).",
    Notation.UNIVERSAL: "Teeth by their Universal number (ADA), not by FDI numbers.",
}
LINES = {
    RowSource.DENTIST: "solid: dentist",
    RowSource.DETECTOR: "dashed: detector",
    RowSource.BOTH: "double: both",
}

# Where each column begins, as a share of the width of the table.
TOOTH_COLUMN_STARTS = (0.0, 0.16, 0.89)
COLUMN_STARTS = (0.0, 0.06, 0.27, 0.40, 0.57, 0.64)
BY_TOOTH = "By tooth"
BY_FINDING = "By finding"
ORIGIN = "How this report came about"
_NOT_APART = (
    "The review does not record what was marked before the reveal, so anything the"
    " dentist drew or copied afterwards is counted as well."
)
_NONE_ASKED = "no detector of teeth was asked"
_SIGNS = {
    Role.MISSING: "Solid cross: missing, as the reader stated.",
    Role.NOT_SEEN: "Dashed cross: not seen.",
    Role.UNKNOWN: "Pale outline: not examined.",
}
_ALL_SEEN = "Every tooth that was looked for was seen on the radiograph."

_PLURALS = {
    RESTORATION: "restorations",
    ENDODONTIC: "endodontic treatments",
    IMPLANT: "implants",
}


def class_name(label: str, number: int = 1) -> str:
    return display_name(label) if number == 1 else _PLURALS.get(label, label)


def date(when: datetime) -> str:
    """Such as 24 November 2026; read the same everywhere."""
    return f"{when.day} {when:%B %Y}"


def date_and_time(when: datetime) -> str:
    return f"{date(when)}, {when:%H:%M}"


def time_zone(when: datetime) -> str:
    offset = f"{when:%z}"
    hours = f"{offset[:3]}:{offset[3:5]}" if offset.strip("+-0") else ""
    return f"UTC{hours}"


def source_of(row: Row) -> str:
    return f"{row.source}, corrected" if row.corrected else str(row.source)


def decided(row: Row) -> str:
    if row.decided_at is None:
        return ""
    when = f"{row.decided_at:%Y-%m-%d %H:%M}"
    return f"{row.decided_by}, {when}" if row.decided_by else when


def review_status(report: Report) -> str:
    """All that keeps the report from being final; empty where nothing does."""
    reasons = []
    if report.picture_changed:
        reasons.append(
            "the picture has changed since its review was saved, and these findings"
            " belong to the earlier picture"
        )
    if report.hidden:
        reasons.append(
            "the reading was not finished, and the detector's findings have not been"
            " revealed"
        )
    if report.undecided:
        verb = "is" if report.undecided == 1 else "are"
        what = counted(report.undecided, "finding")
        reasons.append(f"{what} {verb} still undecided and left out here")
    if report.awaited:
        reasons.append("the detector was still looking at the radiograph")
    if report.silent and not report.hidden:
        reasons.append("nobody has said that there is nothing to find")
    return f"Unreviewed: {'; '.join(reasons)}." if reasons else ""


def result(report: Report) -> str:
    """How many findings there are; above which scores, where there are none."""
    if report.rows:
        text = counted(len(report.rows), "accepted finding") + "."
    else:
        text = "No finding was accepted."
    if report.rejected:
        text += f" {counted(report.rejected, 'proposal')} rejected and left out."
    detector = report.detector
    if detector is None:
        waiting = " The detector had not answered yet."
        text += waiting if report.awaited else " No detector was asked."
    elif not report.hidden and not detector.predictions:
        text += f" The detector found nothing at {thresholds(detector)}."
    return text


def thresholds(detector: DetectorFacts) -> str:
    """Such as "scores of at least 50 % (restoration) and 40 % (implant)"."""
    named = [f"{percent(t)} ({class_name(n)})" for n, t in detector.thresholds.items()]
    return f"scores of at least {_listed(named)}"


def agreement(report: Report) -> str:
    counts = report.agreement
    if counts is None:
        return _who_proposed(report)
    if counts.f1 is None:
        return "Neither the dentist nor the detector had marked anything."
    if not counts.f1 and not (counts.labels_differ or counts.dentist_only):
        told = (
            "Before any correction, the dentist had marked nothing, and the detector"
            f" {counted(counts.detector_only, 'place')}."
        )
        return f"{told} {_who_proposed(report)}".strip()
    told = (
        f"Dentist and detector agreed on {counted(counts.both, 'place')} and named"
        f" {counts.labels_differ} differently; {counts.dentist_only}"
        f" {'was' if counts.dentist_only == 1 else 'were'} marked only by the dentist"
        f" and {counts.detector_only} only by the detector. Agreement before any"
        f" correction: F1 = {counts.f1:.2f} (an IoU of {SAME_PLACE_IOU:g} or more"
        " counts as the same place)."
    )
    return f"{told} {_NOT_APART}" if report.reveal_unknown else told


def _who_proposed(report: Report) -> str:
    """Where dentist and detector did not read apart: whose the findings are."""
    if report.detector is None or report.hidden or not report.rows:
        return ""
    added = sum(row.source is RowSource.DENTIST for row in report.rows)
    proposed = len(report.rows) - added
    return f"Of these, the detector proposed {proposed}, and the dentist added {added}."


def reading_mode(report: Report) -> str:
    if report.mode is ReadingMode.READ_FIRST:
        return (
            "Read first, then reveal: the detector's findings stay hidden until the"
            " dentist has finished reading alone."
        )
    if report.detector is None:
        if report.awaited:
            return "Concurrent, but the detector had not answered yet."
        return "Concurrent, but no detector was asked."
    return "Concurrent: the detector's findings were in sight while reading."


def readers(report: Report) -> str:
    """Who decided and when, or that nobody did."""
    if not report.readers:
        return "No decisions have been recorded yet."
    told = "; ".join(map(_reader, report.readers))
    return f"{told} ({time_zone(report.created)})."


def _reader(reader: Reader) -> str:
    name = reader.name or "Unnamed reader"
    told = f"{name}: {counted(reader.decisions, 'decision')}"
    first, last = date_and_time(reader.first), date_and_time(reader.last)
    if first == last:
        return f"{told}, {first}"
    if reader.first.date() == reader.last.date():
        last = f"{reader.last:%H:%M}"
    return f"{told}, {first} to {last}"


def class_and_count(label: str, count: int) -> str:
    return f"{count} {class_name(label, count)}"


def tooth_heading(report: Report) -> str:
    return f"Tooth ({report.notation.short})"


def columns(report: Report) -> tuple[str, ...]:
    """The headings of the table of findings."""
    return ("No.", "Class", tooth_heading(report), "Source", "Score", "Decided")


def tooth_columns(report: Report) -> tuple[str, ...]:
    """The headings of the table by tooth."""
    return (tooth_heading(report), "In plain words", "Findings")


def cells(report: Report, row: Row) -> tuple[str, ...]:
    """One finding under each of the `columns`."""
    return (
        str(row.number),
        f"{class_name(row.label)}{', uncertain' if row.uncertain else ''}",
        row.placing.written(report.notation) or "\u2013",
        source_of(row),
        "\u2013" if row.score is None else percent(row.score),
        decided(row) or "\u2013",
    )


def tooth_cells(report: Report, state: ToothState) -> tuple[str, ...]:
    """One tooth under each of the `tooth_columns`."""
    numbers = ", ".join(map(str, report.numbers_on(state.tooth)))
    doubt = "?" if state.questioned else ""
    number = f"{report.notation.number_of(state.tooth)}{doubt}"
    return (number, report.told_of(state), numbers)


def teeth_told(report: Report) -> str:
    """Where the numbers come from, and which teeth are not there."""
    detector = report.tooth_detector
    if detector is None:
        lack = NO_TOOTH_DETECTOR if report.lacks_teeth else _NONE_ASKED
        source = f"{capitalised(lack)}: only stated teeth are named."
    elif report.sides is Sides.DOUBTFUL:
        source = "The radiograph may be mirrored: only stated teeth are named."
    elif report.hidden:
        source = "Which teeth the detector saw stays hidden until the reveal."
    elif not any(state.seen for state in report.teeth.values()):
        source = f"The teeth could not be numbered by {_detector_of_teeth(detector)}."
    elif not report.numbered_by_detector:
        source = f"Teeth numbered by hand, none by {_detector_of_teeth(detector)}."
    else:
        by_hand = " and corrected by hand" if report.teeth_corrected else ""
        source = f"Teeth numbered by {_detector_of_teeth(detector)}{by_hand}."
        return f"{teeth_not_there(report) or _ALL_SEEN} {source}{doubt_told(report)}"
    told = " ".join(filter(None, (source, teeth_not_there(report))))
    return f"{told}{doubt_told(report)}"


def _detector_of_teeth(detector: DetectorIdentity) -> str:
    return f"the detector \u201c{detector.name}\u201d"


def teeth_not_there(report: Report) -> str:
    """Which teeth were not seen, are missing as a person says, or are replaced; empty
    if there are none.
    """
    kinds = (
        ("not seen on the radiograph and not replaced", report.teeth_not_seen),
        ("missing and not replaced", report.teeth_missing),
        ("replaced", report.teeth_replaced),
        (
            "outside the picture or cut off by its edge, so not examined",
            report.teeth_off_picture,
        ),
    )
    told = "; ".join(
        f"{what}: {_numbers(report, teeth)}" for what, teeth in kinds if teeth
    )
    return f"{capitalised(told)}." if told else ""


def doubt_told(report: Report) -> str:
    """What a question mark means, where there is one."""
    questioned = report.questioned_teeth
    if not questioned:
        return ""
    number = report.notation.number_of(questioned[0].tooth)
    doubtful = any(state.doubtful for state in questioned)
    meanings = ["the tooth number is in doubt"] if doubtful else []
    if any(state.uncertain for state in questioned):
        meanings.append("a finding on the tooth is uncertain")
    told = " or that ".join(meanings)
    return f" A question mark, as in {number}?, means that {told}."


def cautions(report: Report) -> tuple[str, ...]:
    """What to beware of in the whole report."""
    doubt = tuple(dict.fromkeys(filter(None, (report.doubt, *report.cautions))))
    if not report.child_numbered_as_adult:
        return doubt
    return (
        *doubt,
        f"The patient was {report.radiograph.patient_age} years old. The teeth were"
        " numbered by a detector that was trained on adults and mistakes deciduous"
        " teeth for permanent ones: please check the tooth numbers.",
    )


def contradictions(report: Report) -> str:
    """Which root fillings were accepted where a person says that no tooth is; empty if
    there are none.
    """
    teeth = report.contradictory_teeth
    if not teeth:
        return ""
    which = f"{_numbers(report, teeth)} ({report.notation.short})"
    if len(teeth) == 1:
        return (
            f"A root filling was accepted on tooth {which}, which is recorded as"
            " missing. Please check."
        )
    return (
        f"Root fillings were accepted on teeth {which}, which are recorded as missing."
        " Please check."
    )


def _numbers(report: Report, teeth: Sequence[Tooth]) -> str:
    return _listed(map(report.notation.number_of, teeth))


def notation_above_findings(report: Report) -> str:
    """Empty where it stands below the chart already."""
    return "" if report.knows_teeth else NOTATIONS[report.notation]


def chart_told(report: Report) -> str:
    """What stands below the dental chart."""
    told = f"{NOTATIONS[report.notation]} {teeth_told(report)}"
    charts = report_charts(report.teeth, report.radiograph.patient_age)
    for role, meaning in _SIGNS.items():
        if any(draws(chart, role) for chart in charts):
            told += f" {meaning}"
    return told + retained_told(report)


def retained_told(report: Report) -> str:
    """Which deciduous teeth an adult still has; empty if none."""
    teeth = retained_teeth(report.teeth)
    if not teeth or is_child(report.radiograph.patient_age):
        return ""
    numbers = ", ".join(map(report.notation.number_of, teeth))
    return f" Retained deciduous {'tooth' if len(teeth) == 1 else 'teeth'}: {numbers}."


def facts(report: Report) -> tuple[tuple[str, str], ...]:
    """Who and what the report is about: headings and what stands below them."""
    patient, radiograph = report.patient, report.radiograph
    identity = [
        f"born {patient.birth_date.strip()}" if patient.birth_date.strip() else "",
        f"no. {patient.number.strip()}" if patient.number.strip() else "",
    ]
    who = [patient.name.strip() or "not named", ", ".join(filter(None, identity))]
    names = ", ".join(reader.name or "unnamed reader" for reader in report.readers)
    return (
        ("Patient", "\n".join(filter(None, who))),
        (
            "Radiograph",
            f"{report.radiograph_name}\n"
            f"{radiograph.size} pixels, {radiograph.bits} bit",
        ),
        ("Reading", f"{names or 'no decisions yet'}\nmode: {report.mode}"),
    )


def origin(report: Report) -> tuple[tuple[str, str], ...]:
    """How the report came about: names and what to say of each, for the small print."""
    radiograph = report.radiograph
    rows = [
        ("Radiograph", f"{report.radiograph_name}, {radiograph.size} pixels,"
         f" {radiograph.bits} bit, sha256 {radiograph.sha256}"),
        ("Reading mode", reading_mode(report)),
        ("Decided by", readers(report)),
    ]  # fmt: skip
    detector = report.detector
    if detector is None:
        waiting = "It had not answered yet." if report.awaited else "None was asked."
        rows.append(("Detector", waiting))
    else:
        rows += [
            ("Detector", f"{detector.name}, sha256 {detector.sha256}"),
            ("Shown", f"{capitalised(thresholds(detector))}; overlap (IoU) within a"
             f" class of at most {detector.nms_iou:g}; at most {detector.max_findings}"
             " findings"),
            ("Preprocessing", detector.preprocessing or "not stated"),
        ]  # fmt: skip
    teeth = report.tooth_detector
    if teeth is not None:
        rows.append(("Tooth numbers", f"{teeth.name}, sha256 {teeth.sha256}"))
    rows.append(
        ("Report", f"{date_and_time(report.created)} ({time_zone(report.created)}),"
         f" dentalviewer {report.program_version}")
    )  # fmt: skip
    return tuple(rows)


def _listed(parts: Iterable[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last
