"""How what is being trained will look at radiographs, so that it learns to."""

from __future__ import annotations

from dentalviewer.detection.label_sets import TREATMENTS
from dentalviewer.detection.looks import Look, one_look, two_looks
from dentalviewer.detection.training.lesson import Lesson
from dentalviewer.evaluation.tooth_scores import are_teeth
from dentalviewer.geometry import Size


def looks_for(lesson: Lesson, name: str, learned: Size) -> tuple[Look, ...]:
    """Of the detector of a label set: as it is used, and therefore judged.

    Numbers change with the side: the detector of teeth turns its own looks.
    """
    if name == TREATMENTS and not are_teeth(lesson.labels[name]):
        return two_looks(learned)
    return one_look(learned)


def frame_sizes(lesson: Lesson, learned: Size) -> tuple[Size, ...]:
    """What is learned from has one of these sizes, smallest first: that of each look,
    and the one in between that stands on the card.
    """
    looks = [
        look for name in lesson.labels for look in looks_for(lesson, name, learned)
    ]
    sizes = {learned, *(look.size for look in looks)}
    return tuple(sorted(sizes, key=lambda size: (size.width, size.height)))
