"""What is known about a radiograph on disk, for a report without the window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dentalviewer.decisions import Decision
from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats import find_sidecars, fitted, read_annotations
from dentalviewer.formats.review_file import (
    annotation_files,
    radiograph_of,
    read_review,
    review_path,
)
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.radiograph import Radiograph, read_radiograph
from dentalviewer.review import Review
from dentalviewer.study import Finding, Study


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A radiograph with its review; `problems` are files that could not be used."""

    study: Study
    review: Review
    decisions: tuple[Decision, ...]
    problems: tuple[str, ...]


def read_reviewed(
    subject: Path, user_folder: Path, *, aliases: Mapping[str, str] = DEFAULT_ALIASES
) -> Reviewed:
    """A radiograph with its saved review, or the annotations beside it, undecided.

    `subject` is the radiograph or the review beside it; `aliases` are other names for
    the classes of annotations. Annotations about which a
    reader would have to be asked are left out and named. Raises RadiographError or
    ReviewFileError, naming the file and the fault.
    """
    path = radiograph_of(subject)
    radiograph = read_radiograph(path)
    # A review that was named is meant, even where another one would be found.
    review_file = subject if subject != path else review_path(path, user_folder)
    if subject == path and not review_file.exists():
        return _annotated(radiograph, aliases)
    saved, _ = read_review(review_file)
    problems = []
    if saved.radiograph_sha256 != radiograph.sha256:
        problems.append(f"{path}: the picture has changed since its review was saved")
    return Reviewed(
        Study(radiograph, (), annotation_files(saved, path)),
        saved.review,
        saved.decisions,
        tuple(problems),
    )


def _annotated(radiograph: Radiograph, aliases: Mapping[str, str]) -> Reviewed:
    findings: list[Finding] = []
    used, problems = [], []
    for sidecar in find_sidecars(radiograph.path):
        try:
            found = read_annotations(sidecar, radiograph.path, aliases=aliases)
        except AnnotationFileError as error:
            problems.append(str(error))
            continue
        for said in found:
            if said.question is not None:
                problems.append(f"{sidecar} was left out: {said.question}")
                continue
            if said.frame not in (None, radiograph.size):
                problems.append(
                    f"{sidecar} was left out: it is about a picture of"
                    f" {said.frame} pixels, this one has {radiograph.size}"
                )
                continue
            used.append(sidecar)
            findings += fitted(said, radiograph.size)
    unique = tuple(dict.fromkeys(findings))
    study = Study(radiograph, unique, tuple(dict.fromkeys(used)))
    return Reviewed(study, Review().propose_annotations(unique), (), tuple(problems))
