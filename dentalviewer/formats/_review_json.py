"""A saved review as JSON values, and strictly back."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path, PurePath
from typing import TypeVar

from dentalviewer import __version__
from dentalviewer.decisions import Decision
from dentalviewer.dentition import Tooth
from dentalviewer.detector import Detection, DetectionSettings, DetectorIdentity
from dentalviewer.errors import NewerReviewError, ReviewFileError
from dentalviewer.formats._files import JsonObject
from dentalviewer.formats._saved_review import SavedReview
from dentalviewer.geometry import Box, Size
from dentalviewer.review import (
    Patient,
    ReadingMode,
    Review,
    ReviewItem,
    Sides,
    Source,
    ToothWords,
    Verdict,
)
from dentalviewer.stated_teeth import StatedTooth
from dentalviewer.study import Finding

FORMAT = "dentalviewer review"
VERSION = 1

_Value = TypeVar("_Value")
_Choice = TypeVar("_Choice", bound=StrEnum)


def review_json(saved: SavedReview) -> dict[str, object]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "program": f"dentalviewer {__version__}",
        "radiograph": {
            "name": saved.radiograph,
            "sha256": saved.radiograph_sha256,
            "width": saved.size.width,
            "height": saved.size.height,
        },
        "annotation_paths": [path.as_posix() for path in saved.annotation_paths],
        "review": _review_json(saved.review),
        "opened": _review_json(saved.opened),
        "decisions": [_decision_json(decision) for decision in saved.decisions],
    }


def _review_json(review: Review) -> dict[str, object]:
    patient = review.patient
    return {
        "mode": review.mode.value,
        "read": review.read,
        "patient": {
            "name": patient.name,
            "number": patient.number,
            "birth_date": patient.birth_date,
        },
        "note": review.note,
        "next_id": review.next_id,
        **_tooth_words_json(review),
        **_sides_json(review),
        **_stated_teeth_json(review),
        "items": [_item_json(item) for item in review.items],
        "detection": review.detection and _detection_json(review.detection),
    }


def _tooth_words_json(review: Review) -> dict[str, object]:
    """Only where a reader worded something, so that earlier versions can read it."""
    if not review.tooth_words:
        return {}
    return {"tooth_words": list(map(_worded_json, review.tooth_words))}


def _worded_json(said: ToothWords) -> dict[str, object]:
    about = {} if said.instead_of is None else {"instead_of": said.instead_of}
    return {"tooth": said.tooth.fdi_number, "words": said.words, **about}


def _sides_json(review: Review) -> dict[str, object]:
    """Only where there was a question, so that earlier versions can read the rest."""
    return {} if review.sides is Sides.ASSUMED else {"sides": review.sides.value}


def _stated_teeth_json(review: Review) -> dict[str, object]:
    """Only where a person corrected a tooth, so that earlier versions read the rest."""
    if not review.stated_teeth:
        return {}
    return {"stated_teeth": list(map(_stated_tooth_json, review.stated_teeth))}


def _stated_tooth_json(stated: StatedTooth) -> dict[str, object]:
    return {
        "tooth": stated.tooth.fdi_number,
        "seen": stated.seen,
        "box": stated.box and list(stated.box.corners),
    }


def _item_json(item: ReviewItem) -> dict[str, object]:
    return {
        "id": item.id,
        "source": item.source.value,
        "verdict": item.verdict.value,
        "proposed": item.proposed and _finding_json(item.proposed),
        "current": _finding_json(item.current),
    }


def _finding_json(finding: Finding) -> dict[str, object]:
    return {
        "box": list(finding.box.corners),
        "label": finding.label,
        "tooth": finding.tooth and finding.tooth.fdi_number,
        "score": finding.score,
        **_span_json(finding),
    }


def _span_json(finding: Finding) -> dict[str, object]:
    """Only bridges have it: what earlier versions can read stays readable to them."""
    last = finding.last_tooth
    return {} if last is None else {"last_tooth": last.fdi_number}


def _detection_json(detection: Detection) -> dict[str, object]:
    settings, teeth = detection.settings, detection.tooth_detector
    return {
        "detector": _identity_json(detection.identity),
        "settings": {
            "thresholds": dict(settings.thresholds),
            "default_threshold": settings.default_threshold,
            "nms_iou": settings.nms_iou,
            "max_findings": settings.max_findings,
        },
        "candidates": [_finding_json(finding) for finding in detection.candidates],
        "teeth": [_finding_json(finding) for finding in detection.teeth],
        "tooth_detector": teeth and _identity_json(teeth),
    }


def _identity_json(identity: DetectorIdentity) -> dict[str, object]:
    return {
        "name": identity.name,
        "sha256": identity.sha256,
        "preprocessing": identity.preprocessing,
    }


def _decision_json(decision: Decision) -> dict[str, object]:
    return {
        "when": decision.when.astimezone(UTC).isoformat(),
        "reader": decision.reader,
        "action": decision.action,
        "before": decision.before and _item_json(decision.before),
        "after": decision.after and _item_json(decision.after),
        "detector": decision.detector,
        "detector_sha256": decision.detector_sha256,
        "threshold": decision.threshold,
        **_of_tooth_json(decision),
    }


def _of_tooth_json(decision: Decision) -> dict[str, object]:
    """Only of a decision about a tooth, so that earlier versions read the others."""
    if not decision.of_tooth:
        return {}
    before, after = decision.tooth_before, decision.tooth_after
    return {
        "tooth_before": before and _stated_tooth_json(before),
        "tooth_after": after and _stated_tooth_json(after),
    }


def saved_review_of(path: Path, value: object) -> SavedReview:
    """Raises ReviewFileError unless every field is there and understood."""
    root = JsonObject.of(path, value, ReviewFileError)
    if not root.has("format") or root.value("format") != FORMAT:
        raise root.fault("this is not a review of dentalviewer")
    version = root.whole_number("version")
    if version > VERSION:
        raise NewerReviewError(
            path,
            f"version {version} of the review file cannot be read: a newer"
            " dentalviewer wrote it.",
        )
    if version != VERSION:
        raise root.fault(f"version {version} of the review file is unknown")
    _require_fields(
        root,
        "format version program radiograph annotation_paths review opened decisions",
    )
    root.text("program")
    radiograph = root.object("radiograph")
    _require_fields(radiograph, "name sha256 width height")
    return SavedReview(
        radiograph=radiograph.text("name"),
        radiograph_sha256=radiograph.text("sha256"),
        size=Size(_count(radiograph, "width"), _count(radiograph, "height")),
        annotation_paths=tuple(map(PurePath, root.texts("annotation_paths"))),
        review=_review(root.object("review")),
        opened=_review(root.object("opened")),
        decisions=tuple(map(_decision, root.objects("decisions", "decision"))),
    )


def _review(source: JsonObject) -> Review:
    _require_fields(
        source,
        "mode read patient note next_id items detection",
        optional="tooth_words sides stated_teeth",
    )
    patient = source.object("patient")
    _require_fields(patient, "name number birth_date")
    items = tuple(map(_item, source.objects("items", "item")))
    ids = {item.id for item in items}
    next_id = source.whole_number("next_id")
    if len(ids) < len(items):
        raise source.fault("two items have the same id")
    if next_id <= max(ids, default=next_id - 1):
        raise source.fault(f"next_id {next_id} is not above the ids of all items")
    return Review(
        items=items,
        detection=_optional(source, "detection", _detection),
        mode=_choice(source, "mode", ReadingMode),
        read=source.flag("read"),
        patient=Patient(
            patient.text("name"), patient.text("number"), patient.text("birth_date")
        ),
        note=source.text("note"),
        next_id=next_id,
        tooth_words=tuple(map(_worded, source.objects("tooth_words", "sentence")))
        if source.has("tooth_words")
        else (),
        sides=_choice(source, "sides", Sides) if source.has("sides") else Sides.ASSUMED,
        stated_teeth=_stated_teeth(source),
    )


def _stated_teeth(source: JsonObject) -> tuple[StatedTooth, ...]:
    if not source.has("stated_teeth"):
        return ()
    stated = tuple(map(_stated_tooth, source.objects("stated_teeth", "stated tooth")))
    if len({each.tooth for each in stated}) < len(stated):
        raise source.fault("one tooth is stated twice")
    return stated


def _stated_tooth(source: JsonObject) -> StatedTooth:
    _require_fields(source, "tooth seen box")
    try:
        tooth = Tooth.from_fdi(source.whole_number("tooth"))
        box = _box(source) if source.has("box") else None
    except ValueError as fault:
        raise source.fault(str(fault)) from fault
    return StatedTooth(tooth, source.flag("seen"), box)


def _box(source: JsonObject) -> Box:
    """Raises ValueError if it has no area."""
    corners = [source.as_number(each, "box") for each in source.items("box")]
    if len(corners) != 4:
        raise source.fault(f"box should have 4 numbers, not {len(corners)}")
    return Box(*corners)


def _worded(source: JsonObject) -> ToothWords:
    # Earlier reviews do not tell what the words were written for.
    _require_fields(source, "tooth words", optional="instead_of")
    try:
        return ToothWords(
            Tooth.from_fdi(source.whole_number("tooth")),
            source.text("words"),
            _optional_text(source, "instead_of"),
        )
    except ValueError as fault:
        raise source.fault(str(fault)) from fault


def _item(source: JsonObject) -> ReviewItem:
    _require_fields(source, "id source verdict proposed current")
    return ReviewItem(
        id=source.whole_number("id"),
        source=_choice(source, "source", Source),
        proposed=_optional(source, "proposed", _finding),
        current=_finding(source.object("current")),
        verdict=_choice(source, "verdict", Verdict),
    )


def _finding(source: JsonObject) -> Finding:
    _require_fields(source, "box label tooth score", optional="last_tooth")
    tooth, last = (
        source.whole_number(key) if source.has(key) else None
        for key in ("tooth", "last_tooth")
    )
    try:
        return Finding(
            box=_box(source),
            label=source.text("label"),
            tooth=None if tooth is None else Tooth.from_fdi(tooth),
            score=_optional_number(source, "score"),
            last_tooth=None if last is None else Tooth.from_fdi(last),
        )
    except ValueError as fault:
        raise source.fault(str(fault)) from fault


def _detection(source: JsonObject) -> Detection:
    # Reviews of versions that knew no teeth lack the last two.
    _require_fields(
        source, "detector settings candidates", optional="teeth tooth_detector"
    )
    settings = source.object("settings")
    _require_fields(settings, "thresholds default_threshold nms_iou max_findings")
    thresholds = settings.object("thresholds")
    return Detection(
        identity=_identity(source.object("detector")),
        settings=DetectionSettings(
            thresholds={
                thresholds.as_text(label, "a label"): thresholds.number(label)
                for label in thresholds.values
            },
            nms_iou=settings.number("nms_iou"),
            max_findings=settings.whole_number("max_findings"),
            default_threshold=settings.number("default_threshold"),
        ),
        candidates=tuple(map(_finding, source.objects("candidates", "candidate"))),
        teeth=tuple(map(_finding, source.objects("teeth", "tooth")))
        if source.has("teeth")
        else (),
        tooth_detector=_optional(source, "tooth_detector", _identity),
    )


def _identity(source: JsonObject) -> DetectorIdentity:
    _require_fields(source, "name sha256 preprocessing")
    return DetectorIdentity(
        source.text("name"), source.text("sha256"), source.text("preprocessing")
    )


def _decision(source: JsonObject) -> Decision:
    _require_fields(
        source,
        "when reader action before after detector detector_sha256 threshold",
        optional="tooth_before tooth_after",
    )
    return Decision(
        when=_time(source, "when"),
        reader=source.text("reader"),
        action=source.text("action"),
        before=_optional(source, "before", _item),
        after=_optional(source, "after", _item),
        detector=_optional_text(source, "detector"),
        detector_sha256=_optional_text(source, "detector_sha256"),
        threshold=_optional_number(source, "threshold"),
        tooth_before=_optional(source, "tooth_before", _stated_tooth),
        tooth_after=_optional(source, "tooth_after", _stated_tooth),
    )


def _require_fields(source: JsonObject, names: str, *, optional: str = "") -> None:
    required: Collection[str] = names.split()
    for name in required:
        source.value(name)
    for name in source.values:
        if name not in required and name not in optional.split():
            raise source.fault(f"the field {name[:40]!a} is not known")


def _optional(
    source: JsonObject, key: str, read: Callable[[JsonObject], _Value]
) -> _Value | None:
    return read(source.object(key)) if source.has(key) else None


def _optional_text(source: JsonObject, key: str) -> str | None:
    return source.text(key) if source.has(key) else None


def _optional_number(source: JsonObject, key: str) -> float | None:
    return source.number(key) if source.has(key) else None


def _choice(source: JsonObject, key: str, kind: type[_Choice]) -> _Choice:
    text = source.text(key)
    try:
        return kind(text)
    except ValueError as fault:
        raise source.fault(
            f"{key} should be one of {', '.join(kind)}, not {text[:40]!a}"
        ) from fault


def _count(source: JsonObject, key: str) -> int:
    number = source.whole_number(key)
    if number < 1:
        raise source.fault(f"{key} should be 1 or more, not {number}")
    return number


def _time(source: JsonObject, key: str) -> datetime:
    text = source.text(key)
    try:
        when = datetime.fromisoformat(text)
    except ValueError as fault:
        raise source.fault(f"{key} is not a time: {text[:40]!a}") from fault
    if when.tzinfo is None:
        raise source.fault(f"{key} has no time zone: {text[:40]!a}")
    return when.astimezone(UTC)
