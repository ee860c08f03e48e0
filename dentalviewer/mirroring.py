"""Signs that a radiograph is mirrored, for a person to decide.

The jaws cannot tell: they are alike on both sides. Burnt-in letters can, and annotated
tooth numbers. A DICOM file that says how it was stored is turned when it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dentalviewer.dentition import Tooth

if TYPE_CHECKING:
    from dentalviewer.radiograph import Radiograph
    from dentalviewer.side_letters import SideLetter
    from dentalviewer.study import Finding

# Incisors are left out: they lie close to the midline, be it straight or not.
FIRST_BESIDE_MIDLINE = 3
# So many annotated teeth have to be on the wrong side, and so large a share of all.
FEWEST, MOST_OF_THEM = 3, 0.9
# How far from the middle, in widths of the radiograph, a tooth surely is on one side.
BESIDE = 0.05
_RIGHT_QUADRANTS = (1, 4, 5, 8)


def sign_of_mirroring(radiograph: Radiograph, annotated: Iterable[Finding]) -> str:
    """Why a radiograph may be mirrored, to go on after a colon; empty if nothing says
    so. Takes a tenth of a second or two.
    """
    # OpenCV takes a while to import, and the window is on screen before.
    from dentalviewer.side_letters import find_side_letters

    letters = find_side_letters(radiograph.pixels)
    return said_by_letters(letters) or said_by_annotations(
        annotated, radiograph.size.width
    )


def said_by_letters(letters: Sequence[SideLetter]) -> str:
    """The reason that burnt-in letters give; empty where they contradict each other."""
    if any(map(_is_as_usual, letters)):
        return ""
    for each in letters:
        reason = _reason(each)
        if reason:
            return reason
    return ""


def said_by_annotations(annotated: Iterable[Finding], width: float) -> str:
    """The reason that annotated teeth give, on a radiograph so many pixels wide."""
    votes = []
    for finding in annotated:
        tooth = finding.tooth or _named_by_label(finding.label)
        if tooth is None or tooth.position < FIRST_BESIDE_MIDLINE:
            continue
        if finding.last_tooth is not None:
            continue
        off = finding.box.center[0] / width - 0.5
        if abs(off) >= BESIDE:
            votes.append((off > 0) == (tooth.quadrant in _RIGHT_QUADRANTS))
    if sum(votes) < max(FEWEST, MOST_OF_THEM * len(votes)):
        return ""
    return "teeth annotated as the patient's right lie on its right, or the reverse"


def _named_by_label(label: str) -> Tooth | None:
    """In annotations of teeth rather than treatments the class is the FDI number."""
    if not label.isdecimal():
        return None
    try:
        return Tooth.from_fdi(int(label))
    except ValueError:
        return None


def _is_as_usual(side: SideLetter) -> bool:
    """Whether it says that the patient's right is on the left."""
    letter = side.letter
    return not letter.mirrored and (letter.name == "L") == side.on_right


def _reason(side: SideLetter) -> str:
    letter = side.letter
    half = "right" if side.on_right else "left"
    if not letter.mirrored:
        return f"the letter {letter.name} is on its {half}"
    # Many things look like a mirrored L; beside the patient's left it is one.
    if letter.name == "R" or not side.on_right:
        return f"the letter {letter.name} on its {half} is written in mirror writing"
    return ""
