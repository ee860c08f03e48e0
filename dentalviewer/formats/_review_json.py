"""A saved review as JSON values, and strictly back."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path, PurePath

from dentalviewer import __version__
from dentalviewer.decisions import Decision
from dentalviewer.dentition import Tooth
from dentalviewer.detector import Detection, DetectionSettings, DetectorIdentity
from dentalviewer.errors import NewerReviewError, ReviewFileError
from dentalviewer.formats._review_fields import (
    box,
    choice,
    count,
    optional,
    optional_number,
    optional_text,
    require_fields,
    time,
)
from dentalviewer.formats._said_of_teeth import (
    stated_teeth,
    stated_teeth_json,
    stated_tooth,
    stated_tooth_json,
    tooth_words,
    tooth_words_json,
)
from dentalviewer.formats._saved_review import SavedReview
from dentalviewer.geometry import Size
from dentalviewer.review import (
    Patient,
    ReadingMode,
    Review,
    ReviewItem,
    Sides,
    Source,
    Verdict,
)
from dentalviewer.storage.json_object import JsonObject
from dentalviewer.study import Finding

FORMAT = "dentalviewer review"
VERSION = 1


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
            **({"changed": True} if saved.radiograph_changed else {}),
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
        **tooth_words_json(review),
        **_sides_json(review),
        **_panoramic_json(review),
        **stated_teeth_json(review),
        **_names_json(review),
        "items": [_item_json(item) for item in review.items],
        "detection": review.detection and _detection_json(review.detection),
    }


def _sides_json(review: Review) -> dict[str, object]:
    """Only where there was a question, so that earlier versions can read the rest."""
    return {} if review.sides is Sides.ASSUMED else {"sides": review.sides.value}


def _panoramic_json(review: Review) -> dict[str, object]:
    """Only where a person has said it, as of sides."""
    return {} if review.panoramic is None else {"panoramic": review.panoramic}


def _names_json(review: Review) -> dict[str, object]:
    """Only where the project has renamed classes, as of sides."""
    return {"names": dict(review.names)} if review.names else {}


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
        **({"uncertain": True} if finding.uncertain else {}),
    }


def _tooth_json(found: Finding) -> dict[str, object]:
    """A tooth that was found. Only a doubt about its number is kept: where findings
    belong is worked out anew.
    """
    doubt = {"tooth_in_doubt": True} if found.tooth_in_doubt else {}
    return {**_finding_json(found), **doubt}


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
        "teeth": [_tooth_json(finding) for finding in detection.teeth],
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
        **_of_sides_json(decision),
        **_of_picture_json(decision),
        **_of_mode_json(decision),
        **_of_reading_json(decision),
    }


def _of_tooth_json(decision: Decision) -> dict[str, object]:
    """Only of a decision about a tooth, so that earlier versions read the others."""
    if not decision.of_tooth:
        return {}
    before, after = decision.tooth_before, decision.tooth_after
    return {
        "tooth_before": before and stated_tooth_json(before),
        "tooth_after": after and stated_tooth_json(after),
    }


def _of_sides_json(decision: Decision) -> dict[str, object]:
    """Only of a decision about the sides, as of teeth."""
    before, after = decision.sides_before, decision.sides_after
    if before is None or after is None:
        return {}
    return {"sides_before": before.value, "sides_after": after.value}


def _of_picture_json(decision: Decision) -> dict[str, object]:
    """Only of a decision about the picture, as of teeth."""
    if not decision.of_picture:
        return {}
    before, after = decision.panoramic_before, decision.panoramic_after
    return {"panoramic_before": before, "panoramic_after": after}


def _of_mode_json(decision: Decision) -> dict[str, object]:
    """Only of a decision about the reading mode, as of teeth."""
    before, after = decision.mode_before, decision.mode_after
    if before is None or after is None:
        return {}
    return {"mode_before": before.value, "mode_after": after.value}


def _of_reading_json(decision: Decision) -> dict[str, object]:
    """Only of a decision about the reading, as of teeth."""
    if decision.read is None:
        return {}
    bound = {} if decision.next_id is None else {"next_id": decision.next_id}
    return {"read": decision.read, **bound}


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
    require_fields(
        root,
        "format version program radiograph annotation_paths review opened decisions",
    )
    root.text("program")
    radiograph = root.object("radiograph")
    require_fields(radiograph, "name sha256 width height", optional="changed")
    return SavedReview(
        radiograph=radiograph.text("name"),
        radiograph_sha256=radiograph.text("sha256"),
        size=Size(count(radiograph, "width"), count(radiograph, "height")),
        annotation_paths=tuple(map(PurePath, root.texts("annotation_paths"))),
        review=_review(root.object("review")),
        opened=_review(root.object("opened")),
        decisions=tuple(map(_decision, root.objects("decisions", "decision"))),
        radiograph_changed=radiograph.has("changed") and radiograph.flag("changed"),
    )


def _review(source: JsonObject) -> Review:
    require_fields(
        source,
        "mode read patient note next_id items detection",
        optional="tooth_words sides panoramic stated_teeth names",
    )
    patient = source.object("patient")
    require_fields(patient, "name number birth_date")
    items = tuple(map(_item, source.objects("items", "item")))
    ids = {item.id for item in items}
    next_id = source.whole_number("next_id")
    if len(ids) < len(items):
        raise source.fault("two items have the same id")
    if next_id <= max(ids, default=next_id - 1):
        raise source.fault(f"next_id {next_id} is not above the ids of all items")
    detection = optional(source, "detection", _detection)
    names = _names(source) or (detection.names if detection else {})
    return Review(
        items=items,
        detection=detection and detection.with_names(names),
        mode=choice(source, "mode", ReadingMode),
        read=source.flag("read"),
        patient=Patient(
            patient.text("name"), patient.text("number"), patient.text("birth_date")
        ),
        note=source.text("note"),
        next_id=next_id,
        tooth_words=tooth_words(source),
        sides=_sides(source, "sides") or Sides.ASSUMED,
        stated_teeth=stated_teeth(source),
        names=names,
        panoramic=_panoramic(source, "panoramic"),
    )


def _panoramic(source: JsonObject, key: str) -> bool | None:
    return source.flag(key) if source.has(key) else None


def _sides(source: JsonObject, key: str) -> Sides | None:
    return choice(source, key, Sides) if source.has(key) else None


def _mode(source: JsonObject, key: str) -> ReadingMode | None:
    return choice(source, key, ReadingMode) if source.has(key) else None


def _item(source: JsonObject) -> ReviewItem:
    require_fields(source, "id source verdict proposed current")
    return ReviewItem(
        id=source.whole_number("id"),
        source=choice(source, "source", Source),
        proposed=optional(source, "proposed", _finding),
        current=_finding(source.object("current")),
        verdict=choice(source, "verdict", Verdict),
    )


def _finding(source: JsonObject) -> Finding:
    optional = "last_tooth uncertain tooth_in_doubt"
    require_fields(source, "box label tooth score", optional=optional)
    tooth, last = (
        source.whole_number(key) if source.has(key) else None
        for key in ("tooth", "last_tooth")
    )
    if last == tooth:  # Earlier reviews have it so where a file of COCO had.
        last = None
    try:
        return Finding(
            box=box(source),
            label=source.text("label"),
            tooth=None if tooth is None else Tooth.from_fdi(tooth),
            score=optional_number(source, "score"),
            last_tooth=None if last is None else Tooth.from_fdi(last),
            tooth_in_doubt=_is_set(source, "tooth_in_doubt"),
            uncertain=_is_set(source, "uncertain"),
        )
    except ValueError as fault:
        raise source.fault(str(fault)) from fault


def _is_set(source: JsonObject, key: str) -> bool:
    return source.has(key) and source.flag(key)


def _detection(source: JsonObject) -> Detection:
    # Reviews of versions that knew no teeth lack both of them; names were here once.
    require_fields(
        source, "detector settings candidates", optional="teeth tooth_detector names"
    )
    settings = source.object("settings")
    require_fields(settings, "thresholds default_threshold nms_iou max_findings")
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
        tooth_detector=optional(source, "tooth_detector", _identity),
        names=_names(source),
    )


def _names(source: JsonObject) -> dict[str, str]:
    if not source.has("names"):
        return {}
    names = source.object("names")
    return {names.as_text(own, "a label"): names.text(own) for own in names.values}


def _identity(source: JsonObject) -> DetectorIdentity:
    require_fields(source, "name sha256 preprocessing")
    return DetectorIdentity(
        source.text("name"), source.text("sha256"), source.text("preprocessing")
    )


def _decision(source: JsonObject) -> Decision:
    require_fields(
        source,
        "when reader action before after detector detector_sha256 threshold",
        optional="tooth_before tooth_after sides_before sides_after read next_id"
        " mode_before mode_after panoramic_before panoramic_after",
    )
    return Decision(
        when=time(source, "when"),
        reader=source.text("reader"),
        action=source.text("action"),
        before=optional(source, "before", _item),
        after=optional(source, "after", _item),
        detector=optional_text(source, "detector"),
        detector_sha256=optional_text(source, "detector_sha256"),
        threshold=optional_number(source, "threshold"),
        tooth_before=optional(source, "tooth_before", stated_tooth),
        tooth_after=optional(source, "tooth_after", stated_tooth),
        sides_before=_sides(source, "sides_before"),
        sides_after=_sides(source, "sides_after"),
        read=source.flag("read") if "read" in source.values else None,
        next_id=source.whole_number("next_id") if source.has("next_id") else None,
        mode_before=_mode(source, "mode_before"),
        mode_after=_mode(source, "mode_after"),
        panoramic_before=_panoramic(source, "panoramic_before"),
        panoramic_after=_panoramic(source, "panoramic_after"),
    )
