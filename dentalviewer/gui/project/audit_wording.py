"""What the audit says of a contradiction."""

from __future__ import annotations

from dentalviewer.curation.audit import Contradiction, Kind
from dentalviewer.dentition import Notation
from dentalviewer.gui.widgets.palette import class_name
from dentalviewer.phrases import capitalised, percent
from dentalviewer.study import Finding


def title_of(contradiction: Contradiction, number: int, count: int) -> str:
    return f"Label audit, {number} of {count}: {_fault(contradiction)}"


def words_of(contradiction: Contradiction, notation: Notation = Notation.FDI) -> str:
    """What each side says, and how sure the detector is."""
    annotation, prediction = contradiction.annotation, contradiction.prediction
    marked = "nothing" if annotation is None else _marked(annotation, notation)
    if contradiction.kind is Kind.MARKED_TWICE:
        return f"Two boxes mark {marked} here."
    if prediction is None:
        return f"{capitalised(marked)} is marked; the detector sees nothing."
    if contradiction.kind is Kind.BOX_FITS_BADLY:
        return f"The detector draws another box around {marked}."
    score = "" if prediction.score is None else f" ({percent(prediction.score)})"
    seen = f"{_a(prediction.label)}{score}"
    return f"{capitalised(marked)} is marked; the detector sees {seen}."


def _marked(annotation: Finding, notation: Notation) -> str:
    """Such as "a restoration at 36 (FDI)", where the label names a tooth."""
    span = notation.span_of(annotation.teeth)
    where = f" at {span} ({notation.short})" if span else ""
    return f"{_a(annotation.label)}{where}"


def _a(label: str) -> str:
    name = class_name(label)
    return f"{'an' if name[:1].casefold() in 'aeiou' else 'a'} {name}"


def _fault(contradiction: Contradiction) -> str:
    match contradiction.kind:
        case Kind.NOT_MARKED:
            return f"{class_name(contradiction.finding.label)} not marked?"
        case Kind.NOTHING_THERE:
            return "marked where there is nothing?"
        case Kind.OTHER_CLASS:
            return "another class?"
        case Kind.BOX_FITS_BADLY:
            return "does the box fit?"
        case Kind.MARKED_TWICE:
            return "marked twice?"
