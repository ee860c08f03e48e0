"""A detection as compressed bytes, and strictly back.

One row of numbers for a finding: ten thousand radiographs have a million candidates.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from typing import Any

from dentalviewer.dentition import Tooth
from dentalviewer.detector import Detection, DetectionSettings, DetectorIdentity
from dentalviewer.geometry import Box
from dentalviewer.study import Finding

# Behind the numbers of teeth.
_IN_DOUBT = "?"


def pack(detection: Detection) -> bytes:
    settings, teeth = detection.settings, detection.tooth_detector
    content = {
        "detector": _identity_row(detection.identity),
        "thresholds": dict(settings.thresholds),
        "nms_iou": settings.nms_iou,
        "max_findings": settings.max_findings,
        "default_threshold": settings.default_threshold,
        "candidates": [_row(finding) for finding in detection.candidates],
        "teeth": [_row(finding) for finding in detection.teeth],
        "tooth_detector": teeth and _identity_row(teeth),
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode("utf-8"), 6)


def unpack(packed: bytes) -> Detection:
    """Raises ValueError if the bytes are not those of a detection."""
    try:
        content = json.loads(zlib.decompress(packed))
        teeth = content["tooth_detector"]
        return Detection(
            identity=DetectorIdentity(*content["detector"]),
            settings=DetectionSettings(
                content["thresholds"],
                content["nms_iou"],
                content["max_findings"],
                content["default_threshold"],
            ),
            candidates=tuple(map(_finding, content["candidates"])),
            teeth=tuple(map(_finding, content["teeth"])),
            tooth_detector=None if teeth is None else DetectorIdentity(*teeth),
        )
    except (zlib.error, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"this is no detection: {error}") from error


def _identity_row(identity: DetectorIdentity) -> list[str]:
    return [identity.name, identity.sha256, identity.preprocessing]


def _row(finding: Finding) -> list[Any]:
    row: list[Any] = [finding.label, *finding.box.corners, finding.score]
    if finding.tooth is not None:
        row.append(finding.tooth.fdi_number)
    if finding.last_tooth is not None:
        row.append(finding.last_tooth.fdi_number)
    if finding.tooth_in_doubt:
        row.append(_IN_DOUBT)
    return row


def _finding(row: Sequence[Any]) -> Finding:
    in_doubt = row[-1:] == [_IN_DOUBT]
    label, x_min, y_min, x_max, y_max, score, *teeth = row[:-1] if in_doubt else row
    tooth, last = (*map(Tooth.from_fdi, teeth), None, None)[:2]
    box = Box(x_min, y_min, x_max, y_max)
    return Finding(box, label, tooth, score, last, tooth_in_doubt=in_doubt)
