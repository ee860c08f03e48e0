"""What a report says of R and L at the sides of its picture."""

from __future__ import annotations

from dentalviewer.reports.report import Report
from dentalviewer.review import Sides

SIDES = {
    Sides.ASSUMED: "R and L are assumed to be the patient's right and left, as in the"
    " usual view of a panoramic radiograph: nobody has stated it, and no letter was"
    " read that says otherwise. The picture is shown as it was stored, never mirrored.",
    Sides.USUAL: "R and L are the patient's right and left, as the reader stated. The"
    " picture is shown as it was stored, never mirrored.",
    Sides.MIRRORED: "This radiograph is mirrored, as the reader stated: the patient's"
    " right (R) is on the right. The picture is shown as it was stored.",
    Sides.DOUBTFUL: "This radiograph may be mirrored: nobody has said on which side the"
    " patient's right is, so no tooth is numbered that was not named by a person.",
}
_UNTOLD = (
    "Nobody has said on which side the patient's right is: R? and L? are as in the"
    " usual view of a panoramic radiograph. The picture is shown as it was stored,"
    " never mirrored."
)


def sides_told(report: Report) -> str:
    """What R and L at the sides of the picture mean."""
    untold = report.sides is not report.sides_in_sight
    return _UNTOLD if untold else SIDES[report.sides]
