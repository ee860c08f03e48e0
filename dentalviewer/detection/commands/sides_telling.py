"""How the sides of a radiograph are told or doubted where there is no window to ask in.

Importing this module does not import torch.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence

from dentalviewer.mirroring import sign_of_mirroring
from dentalviewer.radiograph import Radiograph
from dentalviewer.review import Review, Sides
from dentalviewer.study import Finding
from dentalviewer.tooth_assignment import (
    LEFT_OPEN,
    NOT_PANORAMIC,
    doubt_about,
    doubt_about_sides,
)

_ANSWERED_BY = " --sides says how it is."


def add_sides_argument(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--sides",
        choices=["usual", "mirrored"],
        help="usual: the patient's right is on the left; without it, burnt-in letters"
        " are asked, and teeth get no numbers where they say that it may be mirrored",
    )


def told_or_doubted(
    radiograph: Radiograph,
    teeth: Sequence[Finding],
    told: str | None,
    review: Review | None = None,
) -> tuple[Sides, str]:
    """How to number the teeth of a radiograph, and what to ask or to beware of, if
    anything.

    `teeth` are numbered as if the sides were as usual, `told` is what --sides says. A
    `review` may answer both questions.
    """
    review = review or Review()
    stated = Sides(told or review.sides)
    if review.panoramic is False:
        return stated, NOT_PANORAMIC
    doubt = "" if review.panoramic else doubt_about(teeth)
    if doubt or stated in (Sides.USUAL, Sides.MIRRORED):
        return stated, doubt
    is_open = stated is Sides.DOUBTFUL
    sign = LEFT_OPEN if is_open else sign_of_mirroring(radiograph, ())
    if not sign:
        return stated, ""
    return Sides.DOUBTFUL, f"{doubt_about_sides(sign)}{_ANSWERED_BY}"


def in_a_file(doubt: str) -> str:
    """What is asked as a file has it, whose readers have no option to answer it by."""
    return doubt.removesuffix(_ANSWERED_BY)
