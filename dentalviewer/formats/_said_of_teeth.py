"""What a reader said of teeth, as a review file has it.

Everything here is written only where there is something to say: earlier versions refuse
a file with a field that they do not know, and can read those without.
"""

from __future__ import annotations

from dentalviewer.dentition import Notation, Tooth
from dentalviewer.formats._review_fields import (
    box,
    optional_text,
    require_fields,
)
from dentalviewer.review import Review, ToothWords
from dentalviewer.stated_teeth import StatedTooth
from dentalviewer.storage.json_object import JsonObject

# As earlier reviews have it, which is how it was displayed then.
_EARLIER_NOTATIONS = {
    "FDI (ISO 3950)": Notation.FDI,
    "Universal (ADA)": Notation.UNIVERSAL,
}


def tooth_words_json(review: Review) -> dict[str, object]:
    if not review.tooth_words:
        return {}
    return {"tooth_words": list(map(_worded_json, review.tooth_words))}


def _worded_json(said: ToothWords) -> dict[str, object]:
    about = {} if said.instead_of is None else {"instead_of": said.instead_of}
    numbers = {} if said.notation is None else {"notation": said.notation.name}
    doubt = {"in_doubt": True} if said.in_doubt else {}
    tooth = {"tooth": said.tooth.fdi_number, "words": said.words}
    return {**tooth, **about, **numbers, **doubt}


def tooth_words(source: JsonObject) -> tuple[ToothWords, ...]:
    if not source.has("tooth_words"):
        return ()
    return tuple(map(_worded, source.objects("tooth_words", "sentence")))


def _worded(source: JsonObject) -> ToothWords:
    # Earlier reviews tell neither what the words are about nor their numbers' system.
    require_fields(source, "tooth words", optional="instead_of notation in_doubt")
    notation = _notation(source) if source.has("notation") else None
    try:
        return ToothWords(
            Tooth.from_fdi(source.whole_number("tooth")),
            source.text("words"),
            optional_text(source, "instead_of"),
            notation,
            source.has("in_doubt") and source.flag("in_doubt"),
        )
    except ValueError as fault:
        raise source.fault(str(fault)) from fault


def _notation(source: JsonObject) -> Notation:
    text = source.text("notation")
    known = {**Notation.__members__, **_EARLIER_NOTATIONS}
    if text not in known:
        names = ", ".join(Notation.__members__)
        raise source.fault(f"notation should be one of {names}, not {text[:40]!a}")
    return known[text]


def stated_teeth_json(review: Review) -> dict[str, object]:
    if not review.stated_teeth:
        return {}
    return {"stated_teeth": list(map(stated_tooth_json, review.stated_teeth))}


def stated_tooth_json(stated: StatedTooth) -> dict[str, object]:
    return {
        "tooth": stated.tooth.fdi_number,
        "seen": stated.seen,
        "box": stated.box and list(stated.box.corners),
    }


def stated_teeth(source: JsonObject) -> tuple[StatedTooth, ...]:
    if not source.has("stated_teeth"):
        return ()
    stated = tuple(map(stated_tooth, source.objects("stated_teeth", "stated tooth")))
    if len({each.tooth for each in stated}) < len(stated):
        raise source.fault("one tooth is stated twice")
    return stated


def stated_tooth(source: JsonObject) -> StatedTooth:
    require_fields(source, "tooth seen box")
    try:
        tooth = Tooth.from_fdi(source.whole_number("tooth"))
        place = box(source) if source.has("box") else None
    except ValueError as fault:
        raise source.fault(str(fault)) from fault
    return StatedTooth(tooth, source.flag("seen"), place)
