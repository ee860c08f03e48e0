"""What an evaluation says of one radiograph, every number worked out by hand."""

from __future__ import annotations

from dataclasses import replace

from dentalviewer.detector import DetectionSettings
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.evaluation import DetectorEvaluation, evaluate
from dentalviewer.evaluation.evaluation_report import evaluation_markdown
from dentalviewer.geometry import Box
from dentalviewer.labels import IMPLANT, RESTORATION
from dentalviewer.study import Finding
from tests.evaluation.conftest import FRAME, square

SETTINGS = DetectionSettings(nms_iou=0.4, max_findings=7, default_threshold=0.5)
EVERYTHING = DetectionSettings(nms_iou=1.0, default_threshold=0.0)


def evaluated(settings: DetectionSettings, radiographs: int = 1) -> DetectorEvaluation:
    """Two restorations: one found by a box with an IoU of 0.62 and a score of 0.9, one
    by the very same box with 0.2; a false alarm with 0.8. There is no implant.
    """
    truth = Reading("1.png", FRAME, (square(0, 0), square(50, 0)))
    candidates = [
        Finding(Box(0, 0, 10, 6.2), RESTORATION, score=0.9),
        square(80, 80, score=0.8),
        square(50, 0, score=0.2),
    ]
    return evaluate(
        [truth] * radiographs,
        [candidates] * radiographs,
        [RESTORATION, IMPLANT],
        settings,
    )


def lines(evaluation: DetectorEvaluation) -> list[str]:
    return evaluation_markdown(
        evaluation, truth="a.json", predictions="b.json", resamples=1000
    ).splitlines()


def cells(line: str) -> list[str]:
    """Without the intervals, which have no width here."""
    return [cell.partition(" (")[0].strip() for cell in line.strip("|").split("|")]


def test_every_number_stands_under_its_own_heading() -> None:
    text = lines(evaluated(SETTINGS))
    measures = "precision | sensitivity | F1 | false alarms | missed |"
    head = text.index(f"| class | n | AP50 | AP | {measures}")

    # Recall 1/2 at precision 1, then 1 at precision 2/3: 51 of 101 readings of 1 and 50
    # of 2/3 are 0.83. Where the IoU of 0.62 is not enough, at seven of ten, recall 1/2
    # is reached at precision 1/3: (3 x 0.835 + 7 x 51 / 3 / 101) / 10 = 0.37.
    assert cells(text[head + 2]) == [
        *("restoration", "2", "0.83", "0.37"),
        *("0.50", "0.50", "0.50", "1", "1"),
    ]
    assert cells(text[head + 3]) == ["implant", "0", *"-----", "0", "0"]


def test_at_the_lower_overlap_a_box_is_right_that_is_not_at_the_higher() -> None:
    found = [Finding(Box(0, 0, 10, 4), RESTORATION, score=0.9)]
    truth = [Reading("1.png", FRAME, (square(0, 0),))]
    text = lines(evaluate(truth, [found], [RESTORATION], SETTINGS))

    rows = [cells(line) for line in text if line.startswith("| restoration |")]

    assert rows[0][4:] == ["0.00", "0.00", "0.00", "1", "1"]
    assert rows[1] == ["restoration", "1.00", "1.00", "1.00", "0", "0"]


def test_it_says_what_counts_as_shown() -> None:
    assert (
        "Findings are shown from these scores on: restoration 0.50, implant 0.50. Of"
        " two findings of one class that overlap by more than 0.4 the better is shown,"
        " and at most 7 on a radiograph. AP and FROC look at every finding."
    ) in lines(evaluated(SETTINGS))
    everything = evaluated(EVERYTHING)
    assert "Everything that the file holds counts as shown." in lines(everything)
    assert "Everything that the file holds counts as shown. It ends at 0.5." in lines(
        replace(everything, caveat="It ends at 0.5.")
    )


def test_radiographs_are_counted_in_words_that_fit() -> None:
    assert "b.json against a.json, 1 radiograph." in lines(evaluated(SETTINGS))
    assert "b.json against a.json, 3 radiographs." in lines(evaluated(SETTINGS, 3))


def test_no_rate_of_errors_is_told_of_fewer_than_ten_annotations() -> None:
    """Two restorations are on each radiograph, so that five have ten."""
    few = evaluated(SETTINGS, radiographs=5)
    truth = [Reading("1.png", FRAME, (square(0, 0),))] * 6
    none = evaluate(truth, [[]] * 6, [RESTORATION], SETTINGS)

    enough, too_few = ("\n".join(lines(each)) for each in (few, none))

    assert "leaves room for an error rate of about 3 / n" in enough
    assert "3 / n" not in too_few
    assert (
        "Of fewer than 10 annotations an interval tells next to nothing: restoration"
        " (6)." in too_few
    )
    assert "next to nothing" not in enough
