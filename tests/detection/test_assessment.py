from __future__ import annotations

from pathlib import Path

from dentalviewer.detection.sets.dataset import AnnotatedBox, Dataset, Sample
from dentalviewer.detection.training.assessment import with_calibrations_of
from dentalviewer.detection.training.settings_kept import (
    keeping_settings,
    notes_on_few_to_choose_by,
)
from dentalviewer.detector import Calibration
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import ENDODONTIC, IMPLANT, RESTORATION
from tests.detection.conftest import card

# The card's detector knows all three classes, and has calibrated implants.
OLD, NEW = Calibration(1.5, 0.25), Calibration(2.0, 1.0)


def test_what_keeps_its_threshold_keeps_the_scale_that_it_is_for() -> None:
    fitted = {RESTORATION: NEW, ENDODONTIC: NEW, IMPLANT: NEW}

    chosen = with_calibrations_of(card(b"").calibrations, fitted, [ENDODONTIC, IMPLANT])

    assert chosen == {RESTORATION: NEW, IMPLANT: OLD}


def test_where_there_is_too_little_to_fit_what_was_known_stays() -> None:
    assert with_calibrations_of(card(b"").calibrations, {}, []) == {IMPLANT: OLD}
    assert with_calibrations_of({}, {}, []) == {}


def held_out(**counts: int) -> Dataset:
    """On one radiograph so many boxes of each label."""
    labels = tuple(counts)
    boxes = tuple(
        AnnotatedBox(Box(0, 0, 10, 10), labels.index(label))
        for label, count in counts.items()
        for _ in range(count)
    )
    sample = Sample(Path("a.png"), Size(20, 20), boxes)
    return Dataset(Path("val.json"), labels, (sample,))


def test_a_class_of_which_few_are_held_out_keeps_what_was_chosen_by_more() -> None:
    few = held_out(restoration=30, endodontic=29, implant=0, caries=4)

    assert keeping_settings(few, card(b"")) == (ENDODONTIC, IMPLANT)
    assert notes_on_few_to_choose_by(few, card(b"")) == (
        "Of fewer than 30 held out, threshold and calibration stay those of tiny:"
        " endodontic treatment (29), implant (none).",
        "Of fewer than 30 held out, the threshold is mostly luck: caries (4).",
    )


def test_a_new_detector_has_nothing_to_keep() -> None:
    few = held_out(restoration=30, endodontic=29)

    assert keeping_settings(few, None) == ()
    assert notes_on_few_to_choose_by(few, None) == (
        "Of fewer than 30 held out, the threshold is mostly luck: endodontic treatment"
        " (29).",
    )


def test_of_many_classes_it_is_said_how_many_have_few() -> None:
    teeth = held_out(
        **{f"{quadrant}{n}": 3 for quadrant in (1, 2) for n in range(1, 9)}
    )

    assert notes_on_few_to_choose_by(teeth, None) == (
        "Of fewer than 30 held out, the threshold is mostly luck: 16 of 16 classes.",
    )
