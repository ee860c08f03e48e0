"""Whether sets are about the same: a table of zeros would say that readers disagree."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from dentalviewer.errors import AnnotationFileError
from dentalviewer.evaluation.annotation_set import AnnotationSet
from dentalviewer.evaluation.tooth_scores import are_teeth
from dentalviewer.labels import display_name
from dentalviewer.stated_teeth import UNNUMBERED_LABEL


def require_common_class(found: AnnotationSet, truth: AnnotationSet) -> None:
    """Raises AnnotationFileError where both have classes, and none in common."""
    if found.labels and truth.labels and not _asked_in(truth) & {*found.labels}:
        raise AnnotationFileError(
            found.path,
            f"nothing in it can be compared with {truth.path}: one is about"
            f" {_classes(found)}, the other about {_classes(truth)}",
        )


def require_some_in_common(sets: Sequence[AnnotationSet]) -> None:
    """Raises AnnotationFileError where no two of the sets that mark something can be
    compared.
    """
    marked = [each for each in sets if each.labels]
    pairs = list(combinations(marked, 2))
    if pairs and not any(_asked_in(one) & _asked_in(other) for one, other in pairs):
        require_common_class(marked[1], marked[0])


def _asked_in(said: AnnotationSet) -> set[str]:
    # A tooth without a number is found all the same.
    return {*said.labels, *([UNNUMBERED_LABEL] if are_teeth(said.labels) else [])}


def _classes(said: AnnotationSet) -> str:
    if are_teeth(said.labels):
        return "teeth by their numbers"
    return ", ".join(map(display_name, said.labels))
