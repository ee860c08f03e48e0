"""The files of a set for retraining: COCO, and beyond it where each finding is from."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from dentalviewer import __version__
from dentalviewer.curation.retraining_provenance import provenance
from dentalviewer.curation.splitting import Side
from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._annotations import LabelledImage
from dentalviewer.formats._export import copy_radiograph, path_between, write_export
from dentalviewer.formats._image_names import folded
from dentalviewer.formats._outgoing import export_labels, exported
from dentalviewer.formats._plain import plain_text
from dentalviewer.formats._saved_review import SavedReview
from dentalviewer.formats.coco_export import annotation_fields
from dentalviewer.patients import PatientPattern, patient_pattern
from dentalviewer.review import ReviewItem
from dentalviewer.storage.disk import is_of_file_manager, patiently
from dentalviewer.storage.files import MIB, content_digest
from dentalviewer.storage.json_object import JsonObject, read_json
from dentalviewer.study import Finding

FILES = {side: f"{side}.json" for side in Side}
IMAGES = "images"
# By this an export is known again, and no other set is written over.
DESCRIPTION = "Reviewed with dentalviewer, for training"
MAX_BYTES = 512 * MIB


Progress = Callable[[str, int, int], None]
"""Told the stage, and how many of how many are done; what it raises ends the work."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A radiograph that was reviewed to the end; `items` are those accepted."""

    image: LabelledImage
    items: tuple[ReviewItem, ...]
    saved: SavedReview


@dataclass(frozen=True, slots=True)
class Counts:
    """How much was written; `empty` are radiographs on which nothing was left.

    Of those `held_out`, so many are `kept` for comparing.
    """

    radiographs: int
    findings: int
    empty: int
    held_out: int
    kept: int
    corrected: int
    added: int


@dataclass(frozen=True, slots=True)
class EarlierExport:
    """On which side an export to the same folder put what: by content, by the place of
    what was not copied, by patient and by name; `three_way` tells whether it was to
    keep a part for comparing, and `pattern` is what named the patient.

    `names` are those of its copies, by the content and name of the radiograph.
    """

    sides: Mapping[str, Side] = field(default_factory=dict)
    copies: frozenset[str] = frozenset()
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)
    three_way: bool = False
    pattern: PatientPattern | None = None

    def settled(
        self, reviewed: Sequence[Reviewed], patients: Mapping[Path, str]
    ) -> dict[Path, Side]:
        """The side of each radiograph that was there, or is of a patient who was.

        A name that several have, as patient1/opg.png and patient2/opg.png, tells of
        none of them that it was there.
        """
        settled = {}
        times = Counter(each.image.path.name for each in reviewed)
        for each in reviewed:
            path = each.image.path
            keys = [f"sha256 {each.saved.radiograph_sha256}"]
            if path in patients:
                keys.append(f"patient {patients[path]}")
            # Another picture there may be of another patient.
            keys.append(_place(path))
            if path not in patients and times[path.name] == 1:
                keys.append(f"name {path.name}")
            sides = [self.sides[key] for key in keys if key in self.sides]
            if sides:
                settled[path] = sides[0]
        # Patients may be known now who were not when their first radiograph came.
        of_patients = {
            patients[path]: side for path, side in settled.items() if path in patients
        }
        joining = {p: of_patients[w] for p, w in patients.items() if w in of_patients}
        return joining | settled


def earlier_export(folder: Path) -> EarlierExport:
    """Raises AnnotationFileError if the folder holds anything but an earlier export.

    What an export that was killed has copied is let pass.
    """
    _require_own(folder)
    files = {side: _read(folder / FILES[side]) for side in Side}
    roots = [root for root in files.values() if root is not None]
    found = [
        (image, side)
        for side, root in files.items()
        if root is not None
        for image in root.objects("images", "image")
    ]
    names: dict[tuple[str, str], str] = {}
    for image, _ in found:
        if image.has("sha256") and image.has("radiograph"):
            known = image.text("sha256"), image.text("radiograph")
            names.setdefault(known, image.text("file_name"))
    return EarlierExport(
        _sides(found, folder),
        frozenset(image.text("file_name") for image, _ in found),
        names,
        files[Side.COMPARE] is not None or any(_is_three_way(root) for root in roots),
        next((_pattern(root) for root in roots), None),
    )


def _read(path: Path) -> JsonObject | None:
    """A file of an earlier export, if it is there."""
    if not path.exists():
        return None
    content = read_json(path, error=AnnotationFileError, max_bytes=MAX_BYTES)
    root = JsonObject.of(path, content, AnnotationFileError)
    if not _is_ours(root):
        fault = "is a set of another making, which is not written over"
        raise AnnotationFileError(path, f"{fault}: choose another folder")
    return root


def _is_three_way(root: JsonObject) -> bool:
    """Though there were too few to keep any of them."""
    return root.object("info").values.get("three_way") is True


def _pattern(root: JsonObject) -> PatientPattern | None:
    info = root.object("info")
    if not info.has("patient_pattern"):
        return None
    try:
        return patient_pattern(info.text("patient_pattern"))
    except ValueError as error:
        raise AnnotationFileError(root.path, f"patient_pattern is {error}") from error


def _sides(found: Sequence[tuple[JsonObject, Side]], folder: Path) -> dict[str, Side]:
    sides: dict[str, Side] = {}
    names: Counter[str] = Counter()
    for image, side in found:
        for key, stated in (
            ("sha256", "sha256"),
            ("patient", "patient_id"),
            ("name", "radiograph"),
        ):
            # Of what is not known many have the same.
            if image.has(stated) and image.text(stated):
                sides[f"{key} {image.text(stated)}"] = side
        name = image.text("file_name")
        if Path(name).name != name:  # That of a copy leads to no other folder.
            sides[_place(folder / name)] = side
        if image.has("radiograph"):
            names[f"name {image.text('radiograph')}"] += 1
    return {key: side for key, side in sides.items() if names[key] <= 1}


def _place(radiograph: Path) -> str:
    return f"place {os.path.normcase(os.path.realpath(radiograph))}"


def _require_own(folder: Path) -> None:
    ours = {*FILES.values(), IMAGES}
    try:
        names = {path.name for path in folder.iterdir()} if folder.exists() else set()
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise AnnotationFileError(folder, f"cannot be written to: {reason}") from fault
    others = sorted(
        n for n in names - ours if not n.startswith(".") and not is_of_file_manager(n)
    )
    if others:
        raise AnnotationFileError(
            folder,
            f"holds other things, such as {others[0]}: choose an empty folder, or that"
            " of an earlier export",
        )


def _is_ours(root: JsonObject) -> bool:
    if not root.has("info"):
        return False
    info = root.object("info")
    return info.has("description") and info.value("description") == DESCRIPTION


def write_retraining_set(
    reviewed: Sequence[Reviewed],
    folder: Path,
    *,
    sides: Mapping[Path, Side],
    patients: Mapping[Path, str],
    pattern: PatientPattern | None,
    three_way: bool,
    copy_images: bool,
    earlier: EarlierExport,
    progress: Progress,
) -> Counts:
    """Copy first, then write the files, each wholly or not at all.

    There is one for each side that is among the `sides` or was in the `earlier` export,
    and always those to learn from and to choose by. Raises AnnotationFileError if
    something cannot be written; the files of an earlier export are then as they were.
    """
    names = _copy_names(reviewed, folder / IMAGES, earlier)
    if copy_images:
        for number, each in enumerate(reviewed, 1):
            progress("Copying radiographs", number, len(reviewed))
            _copy(each, folder / IMAGES / names[each.image.path])
    else:
        names = {
            each.image.path: path_between(folder, each.image.path) for each in reviewed
        }
    labels = export_labels([each.image for each in reviewed])
    for side in _written(sides, folder):
        part = [each for each in reviewed if sides[each.image.path] is side]
        info = _info(pattern, three_way=three_way)
        value = {"info": info, **_coco(part, labels, names, patients)}
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        write_export(folder / FILES[side], text)
    # Copies that the earlier export had and this has not.
    for name in earlier.copies - set(names.values()):
        if not Path(name).is_absolute() and ".." not in Path(name).parts:
            # One that somebody has open is in no file any more.
            with suppress(OSError):
                patiently((folder / IMAGES / name).unlink)
    items = [item for each in reviewed for item in each.items]
    return Counts(
        radiographs=len(reviewed),
        findings=len(items),
        empty=sum(not each.items for each in reviewed),
        held_out=sum(side is not Side.LEARN for side in sides.values()),
        kept=sum(side is Side.COMPARE for side in sides.values()),
        corrected=sum(item.corrected for item in items),
        added=sum(item.added for item in items),
    )


def _written(sides: Mapping[Path, Side], folder: Path) -> tuple[Side, ...]:
    """What is learned from last: one who looks meanwhile finds nothing there twice."""
    # Else what the earlier export kept would outlive its copies.
    was_kept = (folder / FILES[Side.COMPARE]).exists()
    kept = (Side.COMPARE,) if was_kept or Side.COMPARE in sides.values() else ()
    return (*kept, Side.CHOOSE, Side.LEARN)


def _copy_names(
    reviewed: Sequence[Reviewed], folder: Path, earlier: EarlierExport
) -> dict[Path, str]:
    """The file names, with a part of their content's hash where two are alike.

    A copy that is there keeps its name, and none gets the name of another's: until the
    files are written, what the earlier ones say of a copy still holds. Nor is a file
    of `folder` written over that no export speaks of, unless it is the same.
    """
    names: dict[Path, str] = {}
    taken = {folded(name) for name in earlier.copies}
    kept = dict(earlier.names)
    for each in reviewed:
        path = each.image.path
        name = plain_text(path.name)
        known = kept.pop((each.saved.radiograph_sha256, name), "")
        # That of a radiograph that was named where it lay leads elsewhere.
        if known and Path(known).name == known:
            names[path] = known
            continue
        number = 1
        while folded(name) in taken or _is_another(folder / name, each):
            mark = each.saved.radiograph_sha256[:8] or str(number)
            mark = mark if number == 1 else f"{mark}-{number}"
            name = plain_text(f"{path.stem}-{mark}{path.suffix}")
            number += 1
        taken.add(folded(name))
        names[path] = name
    return names


def _is_another(path: Path, each: Reviewed) -> bool:
    """Whether something else than a copy of this radiograph is there."""
    try:
        return content_digest(path) != each.saved.radiograph_sha256
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _copy(each: Reviewed, target: Path) -> None:
    """Unless it is there already, as from an earlier export."""
    try:
        if content_digest(target) == each.saved.radiograph_sha256:
            return
    except OSError:
        pass  # Not there; or what is wrong with it is said when it is written over.
    # What is there is a damaged copy: `_copy_names` gives no other file's name.
    copy_radiograph(each.image.path, target, replace=True)


def _coco(
    reviewed: Sequence[Reviewed],
    labels: Sequence[str],
    names: Mapping[Path, str],
    patients: Mapping[Path, str],
) -> dict[str, object]:
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for number, each in enumerate(reviewed, 1):
        images.append(_image(number, each, names, patients))
        for item in each.items:
            for finding in exported(_alone(each.image, item.current)):
                annotations.append(
                    {
                        "id": len(annotations) + 1,
                        "image_id": number,
                        "category_id": labels.index(finding.label) + 1,
                        **annotation_fields(finding),
                        "provenance": provenance(item, each.saved),
                    }
                )
    return {
        "images": images,
        "categories": [
            {"id": number, "name": label} for number, label in enumerate(labels, 1)
        ],
        "annotations": annotations,
    }


def _info(pattern: PatientPattern | None, *, three_way: bool) -> dict[str, object]:
    """By which a later export to the same folder splits as this one did."""
    stated: dict[str, object] = {
        "description": DESCRIPTION,
        "version": __version__,
        "date_created": datetime.now(UTC).isoformat(timespec="seconds"),
        "three_way": three_way,
    }
    if pattern is not None:
        stated["patient_pattern"] = pattern.text
    return stated


def _image(
    number: int,
    each: Reviewed,
    names: Mapping[Path, str],
    patients: Mapping[Path, str],
) -> dict[str, object]:
    path = each.image.path
    stated: dict[str, object] = {
        "id": number,
        "file_name": names[path],
        "width": each.image.size.width,
        "height": each.image.size.height,
        "radiograph": plain_text(path.name),
        "sha256": each.saved.radiograph_sha256,
    }
    if path in patients:
        stated["patient_id"] = patients[path]
    if each.saved.annotation_paths:
        stated["annotation_files"] = [
            plain_text(file.name) for file in each.saved.annotation_paths
        ]
    return stated


def _alone(image: LabelledImage, finding: Finding) -> LabelledImage:
    # A person's word, and no longer the detector's guess.
    said = replace(finding, score=None, origin=None, tooth_in_doubt=False)
    return LabelledImage(image.path, image.size, (said,))
