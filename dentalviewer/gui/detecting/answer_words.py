"""A detector's answer in words, for the panel and the status line."""

from __future__ import annotations

from dentalviewer.detector import Detection, left_out
from dentalviewer.gui.widgets.palette import class_name
from dentalviewer.phrases import counted, percent
from dentalviewer.review import Review, Sides
from dentalviewer.tooth_assignment import NO_TOOTH_DETECTOR, numbered_teeth


def whose(name: str, *, asked: str, lack: str) -> str:
    """That it is not the answer of the detector that is asked, and what is amiss with
    the one that gave it.

    One that was trained anew may have the name of the one before.
    """
    told = f"another {name}" if name == asked else name
    which = f", which {lack}" if lack else ""
    return f"These findings and thresholds come from {told}{which}."


def found(detection: Detection, *, named: bool) -> str:
    """What was found, or that nothing was, and above which threshold, and how many more
    there are than may be shown; if it is to be `named`, by which detector.
    """
    by = f" by {detection.identity.name}" if named else ""
    count = len(detection.predictions)
    if count:
        more = left_out(detection.candidates, detection.settings)
        are = "is" if more == 1 else "are"
        limit = f" {more} more {are} left out by the limit “most findings”."
        cut = limit if more else ""
        return f"{counted(count, 'finding')}{by} above the thresholds.{cut}"
    limits = ", ".join(
        f"{class_name(label)} {percent(threshold)}"
        for label, threshold in detection.settings.thresholds.items()
    )
    limits = limits or percent(detection.settings.default_threshold)
    return f"Nothing found{by} above the thresholds ({limits})."


def numbered(review: Review, *, lacks_teeth: bool) -> str:
    """How many teeth were numbered, and of how many that is in doubt; where no detector
    of teeth was asked, that there is none if the program `lacks_teeth`, or else
    nothing.
    """
    if review.detection is None or review.detection.tooth_detector is None:
        return f" No tooth is numbered: {NO_TOOTH_DETECTOR}." if lacks_teeth else ""
    if review.sides is Sides.DOUBTFUL:
        return " No tooth is numbered: the radiograph may be mirrored."
    teeth = [tooth for tooth in numbered_teeth(review) if tooth.tooth is not None]
    doubts = sum(tooth.tooth_in_doubt for tooth in teeth)
    doubted = f", {doubts} in doubt" if doubts else ""
    return f" {len(teeth)} {'tooth' if len(teeth) == 1 else 'teeth'} numbered{doubted}."
