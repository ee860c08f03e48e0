"""What a report says of R and L at the sides of its picture."""

from __future__ import annotations

from dentalviewer.reports.report import Report
from dentalviewer.review import Sides

SIDES = {
    Sides.ASSUMED: "R and L are assumed as in the usual view: the patient's right is on"
    " the left. Nobody has confirmed this, and no letter was read that contradicts it."
    " The picture is shown as stored, never mirrored.",
    Sides.USUAL: "R and L are the patient's right and left, as the reader stated. The"
    " picture is shown as stored, never mirrored.",
    Sides.MIRRORED: "This radiograph is mirrored, as the reader stated: the patient's"
    " right (R) is on the right. The picture is shown as stored.",
    Sides.DOUBTFUL: "This radiograph may be mirrored. Nobody has said which side is the"
    " patient's right, so only teeth named by a person are numbered.",
}
_UNTOLD = (
    "Nobody has said which side is the patient's right: R? and L? are as in the usual"
    " view of a panoramic radiograph. The picture is shown as stored, never mirrored."
)


def sides_told(report: Report) -> str:
    """What R and L at the sides of the picture mean."""
    untold = report.sides is not report.sides_in_sight
    return _UNTOLD if untold else SIDES[report.sides]
