from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from dentalviewer.detection.cards.card_reading import read_card
from dentalviewer.detection.label_sets import TEETH, TREATMENTS
from dentalviewer.detection.sets.label_mending import mended
from dentalviewer.detection.sets.training_data import read_learning_sets
from dentalviewer.detection.training.training import train
from dentalviewer.detection.training.training_config import TrainingConfig
from dentalviewer.errors import AnnotationFileError
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.label_faults import (
    FaultKind,
    LabelFault,
    excused,
    read_label_faults,
)
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import ENDODONTIC, IMPLANT, RESTORATION
from dentalviewer.study import Finding
from tests.detection.conftest import FRAME, write_faults, write_split

SIZE = Size(192, 96)
LISTED = Path(__file__).parents[2] / "resources" / "label_faults" / "akudental.json"
AKUDENTAL = Path(__file__).parents[3] / "shared" / "data" / "akudental"


def fault(
    kind: FaultKind, box: Box, label: str = RESTORATION, **more: Any
) -> LabelFault:
    fields = {"image": "train-0.png", "split": "train", "certain": True, **more}
    return LabelFault(
        size=SIZE, kind=kind, label=label, box=box, why="seen", found="here", **fields
    )


def boxes_on_the_first(folder: Path, *faults: LabelFault) -> list[tuple[str, Any]]:
    """What is learned of the radiograph train-0.png: class, corners, uncertain."""
    dataset = read_learning_sets([folder], seed=0).training
    changed, _ = mended(dataset, faults)
    return [
        (changed.labels[b.label_index], b.box.corners, b.uncertain)
        for b in changed.samples[0].boxes
    ]


def test_each_kind_of_fault_is_put_right_in_what_is_learned(data: Path) -> None:
    before = boxes_on_the_first(data)
    restoration, endodontic, implant = before
    of_restoration = Box(*restoration[1])

    assert boxes_on_the_first(data, fault(FaultKind.MISSING, Box(1, 1, 9, 9))) == [
        *before, (RESTORATION, (1, 1, 9, 9), False),
    ]  # fmt: skip
    assert boxes_on_the_first(data, fault(FaultKind.NOT_THERE, of_restoration)) == [
        endodontic, implant,
    ]  # fmt: skip
    renamed = fault(FaultKind.WRONG_CLASS, of_restoration, right_label=IMPLANT)
    assert boxes_on_the_first(data, renamed)[0] == (IMPLANT, restoration[1], False)
    redrawn = fault(FaultKind.WRONG_BOX, of_restoration, right_box=Box(2, 2, 8, 8))
    assert boxes_on_the_first(data, redrawn)[0] == (RESTORATION, (2, 2, 8, 8), False)


def test_of_two_boxes_on_one_thing_one_is_removed_and_never_the_last(
    data: Path,
) -> None:
    before = boxes_on_the_first(data)
    twice = fault(FaultKind.MARKED_TWICE, Box(*before[0][1]))
    copy = fault(FaultKind.MISSING, Box(*before[0][1]).moved(0.5, 0))

    assert boxes_on_the_first(data, twice) == before
    assert boxes_on_the_first(data, copy) == before, "a box of its class is there"


def test_what_is_doubtful_is_learned_neither_way(data: Path) -> None:
    before = boxes_on_the_first(data)
    missing = fault(FaultKind.MISSING, Box(1, 1, 9, 9), certain=False)
    wrong = fault(FaultKind.NOT_THERE, Box(*before[0][1]), certain=False)

    learned = boxes_on_the_first(data, missing, wrong)

    assert learned[0] == (RESTORATION, before[0][1], True)
    assert learned[-1] == (RESTORATION, (1, 1, 9, 9), True)


def test_of_two_teeth_with_one_number_the_wrong_one_gets_its_own(
    tmp_path: Path,
) -> None:
    tooth = {"image_id": 1, "category_id": 38}
    for split in ("train", "val"):
        content = {
            "images": [
                {"id": 1, "file_name": f"{split}.png", "width": 192, "height": 96,
                 "duplicate_tooth_numbers": [38]},
            ],
            "annotations": [
                {"id": 1, "bbox": [10, 10, 20, 30], **tooth},
                {"id": 2, "bbox": [150, 50, 20, 30], **tooth},
                {"id": 3, "bbox": [120, 50, 20, 30], "image_id": 1, "category_id": 37},
            ],
            "categories": [{"id": n, "name": str(n)} for n in (18, 37, 38)],
        }  # fmt: skip
        (tmp_path / f"teeth_{split}.json").write_text(json.dumps(content))
        cv2.imwrite(str(tmp_path / f"{split}.png"), np.zeros((96, 192), np.uint8))
    wrong = write_faults(
        tmp_path / "faults.json",
        {"image": "train.png", "label": "38", "box": [10, 10, 30, 40],
         "fault": "wrong class", "right_label": "18"},
    )  # fmt: skip

    sets = read_learning_sets([tmp_path], seed=0, label_set=TEETH, label_faults=wrong)

    (sample,) = sets.training.samples
    learned = [(sets.training.labels[b.label_index], b.uncertain) for b in sample.boxes]
    assert learned == [("18", False), ("38", True), ("37", False)]


def test_what_was_put_right_is_counted_and_what_judges_stays(
    data: Path, tmp_path: Path
) -> None:
    faults = write_faults(
        tmp_path / "faults.json",
        {},
        {"box": [150, 80, 160, 90], "certain": False},
        {"image": "val-0.png"},
    )

    plain = read_learning_sets([data], seed=0)
    sets = read_learning_sets([data], seed=0, label_faults=faults)

    assert sets.training.count(0) == plain.training.count(0) + 1
    assert sets.validation == plain.validation
    assert sets.mending == (
        "label faults of faults.json: 1 added, 1 left open as doubtful"
    )
    assert sets.mending in sets.notes


def test_another_picture_of_the_same_name_is_not_mended(
    data: Path, tmp_path: Path
) -> None:
    faults = write_faults(tmp_path / "faults.json", {"width": 400, "height": 200})

    with pytest.raises(AnnotationFileError, match="not the same picture"):
        read_learning_sets([data], seed=0, label_faults=faults)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fault": "ugly"}, "fault 1: fault should be one of: missing, not there"),
        ({"fault": "wrong class"}, "fault 1: right_label is missing"),
        ({"fault": "wrong box"}, "fault 1: right_box is missing"),
        ({"box": [300, 10, 310, 20]}, "lies outside the radiograph"),
        ({"box": [1, 2, 3]}, "box should be x_min, y_min, x_max, y_max"),
        ({"certain": "yes"}, "certain should be true or false"),
    ],
)
def test_a_list_that_makes_no_sense_is_refused(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    path = write_faults(tmp_path / "faults.json", change)

    with pytest.raises(AnnotationFileError, match=message):
        read_label_faults(path)


def test_in_the_truth_what_is_plainly_wrong_is_left_out_and_never_put_right() -> None:
    there = Finding(Box(50, 50, 60, 60), ENDODONTIC)
    truth = [Reading("train-0.png", SIZE, (there,))]
    faults = [
        fault(FaultKind.MISSING, Box(1, 1, 9, 9)),
        fault(FaultKind.NOT_THERE, there.box, ENDODONTIC),
        fault(FaultKind.MISSING, Box(80, 1, 90, 9), certain=False),
        fault(FaultKind.MISSING, Box(70, 1, 79, 9), IMPLANT),
    ]
    labels = (RESTORATION, ENDODONTIC)

    (found,), count = excused(truth, labels, faults, Path("truth.json"))

    assert found.findings == ()
    assert found.uncertain == (Finding(Box(1, 1, 9, 9), RESTORATION), there)
    assert count == 2


def test_who_sees_what_is_right_where_the_truth_is_wrong_is_not_blamed() -> None:
    crown, root = Box(50, 50, 60, 60), Box(80, 50, 90, 70)
    written = (Finding(crown, IMPLANT), Finding(root, ENDODONTIC))
    truth = [Reading("train-0.png", SIZE, written)]
    longer = Box(80, 50, 90, 85)
    faults = [
        fault(FaultKind.WRONG_CLASS, crown, IMPLANT, right_label=RESTORATION),
        fault(FaultKind.WRONG_BOX, root, ENDODONTIC, right_box=longer),
    ]
    labels = (RESTORATION, ENDODONTIC, IMPLANT)

    fair, count = excused(truth, labels, faults, Path("truth.json"))

    assert count == 2
    assert fair[0].findings == ()
    assert set(fair[0].uncertain) == {
        *written,
        Finding(crown, RESTORATION),
        Finding(longer, ENDODONTIC),
    }


def test_a_model_card_tells_what_was_put_right_and_both_scores(tmp_path: Path) -> None:
    data = tmp_path / "data"
    write_split(data, "train", radiographs=2)
    write_split(data, "val", radiographs=1)
    faults = write_faults(tmp_path / "faults.json", {}, {"image": "val-0.png"})

    folder = train(
        TrainingConfig(
            data=(data,),
            output=tmp_path / "models" / "tiny",
            run_folder=tmp_path / "run",
            label_faults=faults,
            input_size=FRAME,
            epochs=1,
            batch_size=2,
        )
    )

    card = read_card(folder)
    assert "2 radiographs with 3 restoration" in card.training.data
    assert "label faults of faults.json: 1 added" in card.training.data
    assert list(card.evaluations)[:2] == [
        "validation", "validation, 1 label fault left out",
    ]  # fmt: skip


def test_the_faults_that_come_with_the_program_are_inside_their_radiographs() -> None:
    faults = read_label_faults(LISTED)

    assert {fault.split for fault in faults} == {"train", "val"}
    for each in faults:
        assert each.box.clipped(each.size) == each.box, each


@pytest.mark.shared
def test_the_faults_that_come_with_the_program_are_faults_of_the_set() -> None:
    faults = [fault for fault in read_label_faults(LISTED) if fault.split == "train"]

    done = Counter[str]()
    for label_set in (TREATMENTS, TEETH):
        sets = read_learning_sets([AKUDENTAL], seed=0, label_set=label_set)
        done += mended(sets.training, faults)[1]

    assert done.total() == len(faults)
