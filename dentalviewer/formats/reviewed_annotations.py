"""The annotations that a saved review is about, as their files say them now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats._annotation_file import AnnotationFile
from dentalviewer.formats._annotations import ImageAnnotations
from dentalviewer.formats._opening import open_annotation_file
from dentalviewer.formats._origins import with_doubts
from dentalviewer.formats._saved_review import SavedReview
from dentalviewer.formats.review_file import annotation_files


def reviewed_annotations(
    files: Iterable[Path], radiograph: Path
) -> tuple[AnnotationFile, ImageAnnotations] | None:
    """Of the files that were reviewed the first that still speaks of the radiograph, by
    its own names for classes; None if they are gone.
    """
    for path in files:
        try:
            file = open_annotation_file(path)
            about = [each for each in file.about(radiograph, None) if not each.question]
        except AnnotationFileError:
            continue  # The review holds the findings; only what is besides is missing.
        if about:
            return file, about[0]
    return None


def with_stated_doubts(
    saved: SavedReview, radiograph: Path, aliases: Mapping[str, str]
) -> SavedReview:
    """With the doubts that the annotations have now, of what was proposed as sure.

    A review may be of a version that knew no doubts, or its file may have got them
    since: as reviews say only what is uncertain, the two cannot be told apart.
    `aliases` are what the names of classes mean.
    """
    found = reviewed_annotations(annotation_files(saved, radiograph), radiograph)
    if found is None:
        return saved
    _, said = found
    review, opened = (
        with_doubts(each, said, saved.size, aliases)
        for each in (saved.review, saved.opened)
    )
    return replace(saved, review=review, opened=opened)
