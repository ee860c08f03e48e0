"""What is known about a radiograph on disk, for a report without the window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from dentalviewer.decisions import Decision
from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats import (
    ImageAnnotations,
    find_sidecars,
    fitted,
    read_annotations,
    say_the_same,
    united_cautions,
)
from dentalviewer.formats.class_settings import SettledAliases, class_settings_of
from dentalviewer.formats.review_file import (
    annotation_files,
    find_review,
    radiograph_of,
    read_review,
)
from dentalviewer.formats.reviewed_annotations import with_stated_doubts
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.radiograph import Radiograph, read_radiograph
from dentalviewer.review import Review
from dentalviewer.study import Study


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A radiograph with its review; `problems` are files that could not be used.

    `class_colors` are those that were settled for it, as #rrggbb. `picture_changed`
    tells that another picture was reviewed. `cautions` are what the annotation file
    says to beware of in the radiograph, where nobody has reviewed it.
    """

    study: Study
    review: Review
    decisions: tuple[Decision, ...]
    problems: tuple[str, ...]
    class_colors: Mapping[str, str]
    picture_changed: bool = False
    cautions: tuple[str, ...] = ()


def read_reviewed(
    subject: Path, user_folder: Path, *, aliases: Mapping[str, str] = DEFAULT_ALIASES
) -> Reviewed:
    """A radiograph with its saved review, or the annotations beside it, undecided.

    `subject` is the radiograph or the review beside it; `aliases` are other names for
    the classes of annotations, before which goes what was settled for the folder.
    Annotations about which a reader would have to be asked are left out and named; of
    several files that say otherwise the first is taken, as in the worklist.
    Raises RadiographError or ReviewFileError, naming the file and the fault.
    """
    path = radiograph_of(subject)
    radiograph = read_radiograph(path)
    # A review that was named is meant, even where another one would be found.
    review_file = subject if subject != path else find_review(path, user_folder)
    if review_file is None:
        return _annotated(radiograph, aliases)
    saved, _ = read_review(review_file)
    saved = with_stated_doubts(saved, path, aliases)
    problems: list[str] = []
    changed = saved.radiograph_sha256 != radiograph.sha256
    if changed:
        problems.append(f"{path}: the picture has changed since its review was saved")
    study = Study(radiograph, (), annotation_files(saved, path))
    colors = _class_colors(study, problems)
    told = tuple(problems)
    return Reviewed(study, saved.review, saved.decisions, told, colors, changed)


def _annotated(radiograph: Radiograph, aliases: Mapping[str, str]) -> Reviewed:
    used: ImageAnnotations | None = None
    problems: list[str] = []
    settled = SettledAliases(aliases, lambda _fault: None)  # The colors tell of it.
    for sidecar in find_sidecars(radiograph.path):
        try:
            known = settled.of(radiograph.path.parent, sidecar.parent)
            found = read_annotations(sidecar, radiograph.path, aliases=known)
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
            if used is None:
                used = said
            elif say_the_same(used, said):
                used = replace(used, cautions=united_cautions((used, said)))
            else:
                problems.append(
                    f"{sidecar} was left out: {used.path} is about the same"
                    " radiograph and says otherwise"
                )
    findings = fitted(used, radiograph.size) if used else ()
    study = Study(radiograph, findings, (used.path,) if used else ())
    review = Review().propose_annotations(findings)
    colors = _class_colors(study, problems)
    cautions = used.cautions if used else ()
    return Reviewed(study, review, (), tuple(problems), colors, cautions=cautions)


def _class_colors(study: Study, problems: list[str]) -> Mapping[str, str]:
    paths = (study.radiograph.path, *study.annotation_paths)
    try:
        return class_settings_of(*(path.parent for path in paths)).colors
    except AnnotationFileError as error:
        problems.append(str(error))
        return {}
