from __future__ import annotations

from dentalviewer.dentition import Tooth
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.bootstrap import resample
from dentalviewer.evaluation.finding_teeth import (
    FindingTeeth,
    finding_teeth_markdown,
    score_finding_teeth,
)
from dentalviewer.labels import ENDODONTIC, RESTORATION
from dentalviewer.study import Finding
from tests.evaluation.conftest import FRAME, square

T14, T16, T36, T37 = (Tooth.from_fdi(number) for number in (14, 16, 36, 37))


def scored(
    truth: list[tuple[Finding, ...]], found: list[tuple[Finding, ...]]
) -> tuple[FindingTeeth, ...]:
    readings = [Reading(f"{n}.png", FRAME, said) for n, said in enumerate(truth)]
    labels = (RESTORATION, ENDODONTIC)
    return score_finding_teeth(readings, found, labels, resample(len(truth)))


def test_of_found_findings_the_share_with_the_right_tooth_is_told() -> None:
    """One has its tooth, one its neighbour's, one none; the last is not found."""
    truth = [
        (
            square(0, 0, ENDODONTIC, tooth=T36),
            square(20, 0, ENDODONTIC, tooth=T37),
            square(40, 0, ENDODONTIC, tooth=T37),
            square(60, 0, ENDODONTIC, tooth=T37),
        )
    ]
    found = [
        (
            square(0, 0, ENDODONTIC, tooth=T36, score=0.9),
            square(20, 0, ENDODONTIC, tooth=T36, score=0.9),
            square(40, 0, ENDODONTIC, score=0.9),
            square(80, 0, ENDODONTIC, tooth=T37, score=0.9),
        )
    ]

    (roots,) = scored(truth, found)

    assert (roots.label, roots.placed, roots.right) == (ENDODONTIC, 3, 1)
    assert roots.share is not None
    assert roots.share.value == 1 / 3
    # One radiograph is too few to draw from.
    assert "| endodontic treatment | 3 | 1 | 0.33 |" in finding_teeth_markdown([roots])


def test_a_bridge_is_right_with_both_its_ends() -> None:
    bridge = square(0, 0, tooth=T16, last_tooth=T14)
    for found, right in ((bridge, 1), (square(0, 0, tooth=T16), 0)):
        (crowns,) = scored([(bridge,)], [(found,)])
        assert (crowns.placed, crowns.right) == (1, right)


def test_where_nobody_names_a_tooth_nothing_is_told() -> None:
    without, on_36 = square(0, 0, ENDODONTIC), square(0, 0, ENDODONTIC, tooth=T36)
    assert scored([(without,)], [(on_36,)]) == ()
    assert scored([(on_36,)], [(without,)]) == ()
