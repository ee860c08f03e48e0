"""Who made a COCO file of predictions: in its `info`, which other readers leave alone.

A file that was changed since it was signed, by merging or in another program, has no
signature any more: its detector does not answer for what is in it now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dentalviewer.detector import DetectionSettings, DetectorIdentity
from dentalviewer.formats._annotations import LabelledImage
from dentalviewer.formats._outgoing import outgoing
from dentalviewer.formats._packing import packed, unpacked_object
from dentalviewer.formats._project import Rest
from dentalviewer.formats.coco import NAME
from dentalviewer.labels import canonical
from dentalviewer.storage.json_object import JsonObject

DESCRIPTION = "Predictions of dentalviewer"
# Within `info`, whose other fields are COCO's.
_KEY = "dentalviewer"


@dataclass(frozen=True, slots=True)
class Signature:
    """A detector, and the settings that its candidates are shown with.

    `is_whole` tells that a file holds every candidate, and not only what is shown.
    """

    identity: DetectorIdentity
    settings: DetectionSettings
    is_whole: bool = False


def signed(signature: Signature, images: Sequence[LabelledImage]) -> Rest:
    """What a file with the findings of these images says, to be written with it."""
    identity, settings = signature.identity, signature.settings
    said = {
        "detector": {
            "name": identity.name,
            "sha256": identity.sha256,
            "preprocessing": identity.preprocessing,
        },
        "settings": {
            "thresholds": dict(settings.thresholds),
            "default_threshold": settings.default_threshold,
            "nms_iou": settings.nms_iou,
            "max_findings": settings.max_findings,
        },
        "every_candidate": signature.is_whole,
        "findings": sum(len(each.findings) for each in outgoing(images).images),
    }
    return Rest(NAME, packed({"info": {"description": DESCRIPTION, _KEY: said}}))


def is_signed(rests: Iterable[Rest]) -> bool:
    """Whether what is to be written with a file says that a detector made it."""
    return _said_in(rests) is not None


def notes_on_hidden(
    rests: Iterable[Rest], images: Sequence[LabelledImage]
) -> Iterator[str]:
    """How many of the findings, by the names of classes in their file, a detector would
    not show that has signed it: who asked it for all candidates may not want them.
    """
    said = _said_in(rests) or {}
    settings = said.get("settings")
    least = settings.get("thresholds") if isinstance(settings, dict) else None
    if not isinstance(least, dict):
        return
    # What is no number was written by somebody else, and tells nothing.
    limits = {n: v for n, v in least.items() if isinstance(v, int | float)}
    hidden = sum(
        finding.score is not None and finding.score < limits.get(finding.label, 0)
        for image in images
        for finding in image.findings
    )
    if hidden:
        are = (
            "1 of the findings is" if hidden == 1 else f"{hidden:,} of the findings are"
        )
        yield (
            f"{are} less sure than what the detector shows: `detect` without --all"
            " leaves them out"
        )


def _said_in(rests: Iterable[Rest]) -> Mapping[str, object] | None:
    for rest in rests:
        info = unpacked_object(rest.said).get("info") if rest.format_name == NAME else 0
        said = info.get(_KEY) if isinstance(info, dict) else None
        if isinstance(said, dict):
            return said
    return None


def read_signature(root: JsonObject, aliases: Mapping[str, str]) -> Signature | None:
    """Of a COCO file; None where it has none, or was changed since.

    Thresholds go by the names that `aliases` give the classes. Raises the error of
    `root` where the signature cannot be understood.
    """
    info = root.values.get("info")
    # COCO's own kind of info is of no concern here, however it is written.
    if not isinstance(info, dict) or not isinstance(info.get(_KEY), dict):
        return None
    said = root.object("info").object(_KEY)
    found = root.objects("annotations", "annotation")
    if len(found) != said.whole_number("findings") or not all(
        each.has("score") for each in found
    ):
        return None
    return Signature(
        _identity(said.object("detector")),
        _settings(said.object("settings"), aliases),
        said.flag("every_candidate"),
    )


def _identity(said: JsonObject) -> DetectorIdentity:
    return DetectorIdentity(
        said.text("name"), said.text("sha256"), said.text("preprocessing")
    )


def _settings(said: JsonObject, aliases: Mapping[str, str]) -> DetectionSettings:
    stated = said.object("thresholds")
    thresholds: dict[str, float] = {}
    for name in stated.values:
        label, least = canonical(name, aliases), stated.number(name)
        # Of two classes that became one, nothing that was shown is to be left out.
        thresholds[label] = min(least, thresholds.get(label, least))
    return DetectionSettings(
        thresholds,
        said.number("nms_iou"),
        said.whole_number("max_findings"),
        said.number("default_threshold"),
    )
