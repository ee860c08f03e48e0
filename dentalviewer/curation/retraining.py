"""What people decided in reviews, as a set that `dentalviewer train` learns from.

Only radiographs that were reviewed to the end are taken: on the others a finding that
is missing may be one that nobody has looked at yet. Those where nothing was left are
taken too; they teach a detector where to be silent.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dentalviewer.agreement import accepted_items
from dentalviewer.curation.retraining_files import (
    Counts,
    EarlierExport,
    Progress,
    Reviewed,
    earlier_export,
    write_retraining_set,
)
from dentalviewer.curation.retraining_patients import (
    known_patients,
    patients_of_reviewed,
    stated_patient,
)
from dentalviewer.curation.splitting import (
    Side,
    Splitting,
    divided_patients,
    note_on_what_is_kept,
    notes_on_patients,
    sides_of,
)
from dentalviewer.errors import AnnotationFileError, FileError
from dentalviewer.formats._annotations import LabelledImage
from dentalviewer.formats.class_meanings import meant
from dentalviewer.formats.class_settings import SettledAliases
from dentalviewer.formats.collected import Collected
from dentalviewer.formats.collecting import stated_patients
from dentalviewer.formats.locating import radiographs_below, radiographs_meant
from dentalviewer.formats.review_file import (
    annotation_files,
    find_review,
    read_review,
    require_picture,
)
from dentalviewer.formats.reviewed_annotations import with_stated_doubts
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.patients import require_patients
from dentalviewer.radiograph import is_radiograph_name
from dentalviewer.storage.faults import of_folder


@dataclass(frozen=True, slots=True)
class RetrainingExport:
    """What was written to `path`, and what was left out or could not be read."""

    path: Path
    counts: Counts
    notes: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Gathered:
    reviewed: tuple[Reviewed, ...]
    notes: tuple[str, ...]
    failures: tuple[str, ...]


def radiographs_of(
    source: Path, fail: Callable[[str], object] = lambda _fault: None
) -> list[Path]:
    """Those below a folder, or that a file is about. Of folders that cannot be listed
    `fail` is told. Raises AnnotationFileError.
    """
    if source.is_dir():
        return list(radiographs_below(source, lambda fault: fail(of_folder(fault))))
    if is_radiograph_name(source):
        return [source]
    return list(radiographs_meant(source))


def collect_reviewed(
    source: Path, *, user_folder: Path, aliases: Mapping[str, str] = DEFAULT_ALIASES
) -> Collected:
    """Of radiographs that were reviewed to the end what was accepted.

    `user_folder` is where reviews lie that fit nowhere else; `aliases` are other names
    for classes, before which goes what was settled for the folder of a radiograph. The
    patients are those that annotations of the source state, or else the reviews.
    Faults of single radiographs are among the failures. Raises AnnotationFileError if
    the source itself cannot be read.
    """
    unread: list[str] = []
    radiographs = radiographs_of(source, unread.append)
    found = _gather(radiographs, user_folder, aliases, _unobserved)
    stated = stated_patients(source) if found.reviewed else {}
    known = known_patients(found.reviewed, stated)
    images = tuple(
        replace(
            each.image,
            findings=tuple(item.current for item in each.items),
            patient=known[each.image.path],
        )
        for each in found.reviewed
    )
    # What was accepted is a person's word, and no longer the detector's guess.
    certain = tuple(
        replace(i, findings=tuple(replace(f, score=None) for f in i.findings))
        for i in images
    )
    return Collected(certain, found.notes, (*unread, *found.failures))


def export_for_retraining(
    radiographs: Iterable[Path],
    destination: Path,
    *,
    user_folder: Path,
    aliases: Mapping[str, str] = DEFAULT_ALIASES,
    copy_images: bool = True,
    splitting: Splitting | None = None,
    progress: Progress | None = None,
) -> RetrainingExport:
    """Write train.json and val.json into `destination`, COCO with provenance.

    Every annotation says who proposed it, what became of it, by whom and when.
    Radiographs are copied into images/, or named where they lie. About a share of the
    patients, or of the radiographs where patients are not known, is held out in
    val.json, and in test.json what is kept for comparing; what an earlier export to the
    same folder held out, or did not, stays so, and what named the patient there does
    so where the splitting has no pattern of its own. From the first on that was split
    three ways, the folder stays split so.

    Raises AnnotationFileError if nothing was reviewed to the end, something cannot be
    written, or the folder holds a set that is no such export; PatternFindsNobody where
    the pattern names no patient.
    """
    observed, splitting = progress or _unobserved, splitting or Splitting()
    earlier = earlier_export(destination)
    paths = _outside(radiographs, destination)
    found = _gather(paths, user_folder, aliases, observed)
    _require_some(found, destination)
    pattern = splitting.patient_pattern or earlier.pattern
    three_way = splitting.three_way or earlier.three_way
    patients = patients_of_reviewed(found.reviewed, pattern)
    shown = [each.image.path for each in found.reviewed]
    require_patients(splitting.patient_pattern, shown, patients)
    sides = _sides(found.reviewed, splitting, earlier, patients)
    counts = write_retraining_set(
        found.reviewed,
        destination,
        sides=sides,
        patients=patients,
        pattern=pattern,
        three_way=three_way,
        copy_images=copy_images,
        earlier=earlier,
        progress=observed,
    )
    divided = divided_patients(sides, patients)
    notes = (
        *found.notes,
        *notes_on_patients(shown, patients, divided=divided),
        *_notes_on_pattern(found.reviewed, splitting, earlier, sides),
        *_notes_on_counts(counts, splitting, three_way=three_way),
    )
    return RetrainingExport(destination, counts, notes, found.failures)


def _require_some(found: _Gathered, destination: Path) -> None:
    """Raises AnnotationFileError where nothing was reviewed to the end."""
    if not found.reviewed:
        reason = "; ".join((*found.failures[:3], *found.notes)) or "there are none"
        raise AnnotationFileError(
            destination,
            f"nothing to export: no radiograph was reviewed to the end ({reason})",
        )


def _sides(
    reviewed: Sequence[Reviewed],
    splitting: Splitting,
    earlier: EarlierExport,
    patients: Mapping[Path, str],
) -> Mapping[Path, Side]:
    """What is held out, and was before; each class that few have is learned from."""
    labels = {
        each.image.path: {item.current.label for item in each.items}
        for each in reviewed
    }
    return sides_of(
        labels,
        splitting,
        patients=patients,
        settled=earlier.settled(reviewed, patients),
        was_three_way=earlier.three_way,
    )


def _notes_on_counts(
    counts: Counts, splitting: Splitting, *, three_way: bool
) -> Iterator[str]:
    """What there is to judge a detector by, and what is kept for comparing."""
    if not counts.held_out:
        yield "nothing is held out to judge a detector by: review more"
    elif three_way:
        yield note_on_what_is_kept(counts.kept, share=splitting.share)


def _notes_on_pattern(
    reviewed: Sequence[Reviewed],
    splitting: Splitting,
    earlier: EarlierExport,
    sides: Mapping[Path, Side],
) -> Iterator[str]:
    """What named the patient in the earlier export, where that is not asked for now."""
    before, now = earlier.pattern, splitting.patient_pattern
    if before is None:
        return
    if now is None:
        yield f'patients are named by "{before.text}", as in the earlier export'
    elif now.text != before.text:
        yield (
            f'patients are named by "{now.text}" from now on, no more by'
            f' "{before.text}" as in the earlier export'
        )
        divided = divided_patients(sides, patients_of_reviewed(reviewed, before))
        if divided:
            are = "1 patient is" if divided == 1 else f"{divided} patients are"
            yield (f'by "{before.text}" {are} on several sides of the split now')


def _outside(radiographs: Iterable[Path], folder: Path) -> list[Path]:
    """An earlier export's copies, which lie in its folder, are not exported again."""
    inside = Path(os.path.abspath(folder))
    return [
        path
        for path in radiographs
        if not Path(os.path.abspath(path)).is_relative_to(inside)
    ]


def _gather(
    radiographs: Sequence[Path],
    user_folder: Path,
    aliases: Mapping[str, str],
    progress: Progress,
) -> _Gathered:
    reviewed: list[Reviewed] = []
    failures: list[str] = []
    settled = SettledAliases(aliases, failures.append)
    left_out = Counter[str]()
    for number, radiograph in enumerate(radiographs, 1):
        progress("Reading reviews", number, len(radiographs))
        path = find_review(radiograph, user_folder)
        if path is None:
            left_out["without a review"] += 1
            continue
        try:
            found = _read(radiograph, path, settled)
        except (FileError, OSError) as fault:
            failures.append(str(fault))
            continue
        if isinstance(found, str):
            left_out[found] += 1
        else:
            reviewed.append(found)
    return _Gathered(tuple(reviewed), tuple(_left_out(left_out)), tuple(failures))


def _read(radiograph: Path, path: Path, settled: SettledAliases) -> Reviewed | str:
    """What it is left out as, if it is. Classes have the names that they mean."""
    saved, _ = read_review(path)
    if saved.left_out_as:
        return saved.left_out_as
    require_picture(saved, radiograph, path)
    annotated = annotation_files(saved, radiograph)
    names = settled.of(radiograph.parent, *(file.parent for file in annotated)) or {}
    saved = with_stated_doubts(saved, radiograph, names)
    items = accepted_items(meant(saved.review, names))
    findings = tuple(item.current for item in items)
    patient = stated_patient(radiograph, annotated)
    image = LabelledImage(radiograph, saved.size, findings, patient=patient)
    return Reviewed(image, items, saved)


def _left_out(counts: Mapping[str, int]) -> Iterator[str]:
    # In one order, whichever came first.
    for what, count in sorted(counts.items(), reverse=True):
        if count == 1:
            yield f"1 radiograph {what} was left out"
        else:
            yield f"{count} radiographs {what} were left out"


def _unobserved(_stage: str, _done: int, _total: int) -> None:
    pass
