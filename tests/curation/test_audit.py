from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from dentalviewer.curation import audit_report
from dentalviewer.curation.audit import (
    Contradiction,
    Kind,
    best_of_each_place,
    find_contradictions,
    measure_sureness,
)
from dentalviewer.curation.audit_command import add_audit_arguments, run_audit
from dentalviewer.errors import AnnotationFileError, FileError
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.evaluate_command import add_evaluate_arguments
from dentalviewer.evaluation.gallery import draw_place
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import ENDODONTIC, IMPLANT, RESTORATION
from dentalviewer.study import Finding

FRAME = Size(400, 200)


def box(
    x: float, label: str = RESTORATION, *, width: float = 10, **more: Any
) -> Finding:
    return Finding(Box(x, 50, x + width, 60), label, **more)


def confirmed() -> tuple[list[Reading], list[tuple[Finding, ...]]]:
    """Twenty restorations that the detector finds, sure from 0.305 to 0.495."""
    truth = [Reading(f"{n}.png", FRAME, (box(0),)) for n in range(20)]
    found = [(box(0, score=0.305 + n / 100),) for n in range(20)]
    return truth, found


def contradictions(
    annotated: list[Finding],
    predicted: list[Finding],
    uncertain: tuple[Finding, ...] = (),
) -> tuple[Contradiction, ...]:
    """Those on one more radiograph, beside twenty where all is well."""
    truth, found = confirmed()
    truth.append(Reading("here.png", FRAME, tuple(annotated), uncertain))
    found.append(tuple(predicted))
    return find_contradictions(truth, found)


def test_a_score_is_sure_by_what_the_detector_gives_to_its_class() -> None:
    sureness = measure_sureness(*confirmed())

    assert sureness.of(RESTORATION, 0.4) == pytest.approx(0.5), "surer than of ten"
    assert sureness.of(RESTORATION, 0.2) == 0
    assert sureness.of(RESTORATION, 0.9) == 1
    assert sureness.of(IMPLANT, 0.4) == pytest.approx(0.5), "too few: as of all classes"


def test_silence_tells_little_of_a_class_that_is_often_missed() -> None:
    truth, found = confirmed()
    missed = [Reading(f"m{n}.png", FRAME, (box(0),)) for n in range(20)]

    sureness = measure_sureness(truth, found)
    careless = measure_sureness([*truth, *missed], [*found, *[()] * 20])

    assert sureness.of_silence(RESTORATION, 0.0) == 1
    assert careless.of_silence(RESTORATION, 0.0) == 0.5
    assert sureness.of_silence(RESTORATION, 0.4) == 0, "it is not silent at all"


def test_where_all_is_well_nothing_is_contradicted() -> None:
    assert find_contradictions(*confirmed()) == ()


def test_what_the_detector_is_sure_of_and_nobody_marked_is_found() -> None:
    seen = box(100, score=0.45)

    (found,) = contradictions([box(0)], [box(0, score=0.4), seen])

    assert (found.kind, found.radiograph) == (Kind.NOT_MARKED, "here.png")
    assert (found.annotation, found.prediction) == (None, seen)
    # Surer than of fifteen of the twenty-one: 0.305 to 0.445, and the 0.4 here.
    assert found.strength == pytest.approx(16 / 21)


def test_an_annotation_where_the_detector_sees_nothing_is_contradicted() -> None:
    invented = box(100)

    (found,) = contradictions([invented], [])

    assert (found.kind, found.annotation) == (Kind.NOTHING_THERE, invented)
    assert found.strength == pytest.approx(20 / 21), "20 of 21 annotations are found"


def test_an_annotation_that_the_detector_names_otherwise_is_contradicted() -> None:
    named = box(100, ENDODONTIC)
    seen = box(101, RESTORATION, score=0.6)
    truth, found = confirmed()
    more = [Reading(f"e{n}.png", FRAME, (box(0, ENDODONTIC),)) for n in range(20)]
    truth += [*more, Reading("here.png", FRAME, (named,))]
    found += [*[(box(0, ENDODONTIC, score=0.5),)] * 20, (seen,)]

    (contradiction,) = find_contradictions(truth, found)

    assert contradiction.kind is Kind.OTHER_CLASS
    assert (contradiction.annotation, contradiction.prediction) == (named, seen)
    assert contradiction.strength == pytest.approx(20 / 21)


def test_of_two_boxes_on_one_thing_one_is_contradicted() -> None:
    first, second = box(100), box(100.5)

    (found,) = contradictions([first, second], [box(100, score=0.4)])

    assert (found.kind, found.annotation) == (Kind.MARKED_TWICE, second)
    assert found.strength == pytest.approx(0.95), "the share that both have in common"


def test_a_box_beside_its_place_weighs_more_than_a_part_of_it() -> None:
    (beside,) = contradictions([box(100)], [box(104, score=0.6)])
    (part,) = contradictions([box(100, width=40)], [box(110, score=0.6)])

    assert beside.kind is part.kind is Kind.BOX_FITS_BADLY
    # They share 6 of 10 and cover 14: IoU 3 / 7. The score is the best of 21, itself
    # counted by half.
    assert beside.strength == pytest.approx((4 / 7 + 0.4) / 2 * 20.5 / 21)
    # All of it lies inside: IoU 1 / 4.
    assert part.strength == pytest.approx((3 / 4 + 0) / 2)


def test_each_annotation_is_listed_once() -> None:
    bridge = box(100, width=60)

    found = contradictions([bridge], [box(100, score=0.4), box(150, score=0.45)])

    assert [each.annotation for each in found] == [bridge]


def test_on_something_uncertain_nothing_is_contradicted() -> None:
    assert contradictions([], [box(100, score=0.6)], (box(98, width=14),)) == ()


def test_a_weaker_second_name_for_what_is_confirmed_is_passed_over() -> None:
    crown = [box(100, score=0.49), box(101, IMPLANT, score=0.35)]

    assert contradictions([box(100)], crown) == ()


def test_the_strongest_contradiction_comes_first() -> None:
    found = contradictions([box(300)], [box(100, score=0.32), box(200, score=0.42)])

    strengths = [each.strength for each in found]
    assert [each.finding.box.x_min for each in found] == [300, 200, 100]
    assert strengths == sorted(strengths, reverse=True)


def test_of_candidates_in_one_place_the_best_is_asked() -> None:
    best = box(100, score=0.5)

    assert best_of_each_place([box(101, score=0.1), best]) == (best,)


def write_set(path: Path, *annotations: dict[str, Any]) -> Path:
    """COCO of two radiographs of 400 by 200, each box 20 by 20 at y 50."""
    content = {
        "images": [
            {"id": n, "file_name": f"{n}.png", "width": 400, "height": 200}
            for n in (1, 2)
        ],
        "categories": [{"id": 1, "name": RESTORATION}],
        "annotations": [
            {"category_id": 1, "bbox": [each.pop("x"), 50, 20, 20], **each}
            for each in annotations
        ],
    }
    path.write_text(json.dumps(content))
    return path


def arguments(*words: object) -> Namespace:
    parser = ArgumentParser()
    add_audit_arguments(parser)
    return parser.parse_args([str(word) for word in words])


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    for name in ("1.png", "2.png"):
        cv2.imwrite(str(tmp_path / "images" / name), np.full((200, 400), 60, np.uint8))
    return write_set(tmp_path / "truth.json", {"image_id": 1, "x": 20})


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    return write_set(
        tmp_path / "found.json",
        {"image_id": 1, "x": 20, "score": 0.5},
        {"image_id": 2, "x": 200, "score": 0.8},
        {"image_id": 2, "x": 300, "score": 0.1},
    )


def test_the_command_writes_the_list_and_a_picture_of_each_place(
    truth: Path, predictions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "audit"

    assert run_audit(arguments(truth, predictions, "--output", folder)) == 0

    (first,) = json.loads((folder / "audit.json").read_text())["contradictions"]
    assert first == {
        "number": 1,
        "strength": 1.0,
        "kind": "not marked",
        "radiograph": "2.png",
        "annotation": None,
        "prediction": {
            "label": RESTORATION, "box": [200.0, 50.0, 220.0, 70.0], "score": 0.8,
        },
        "picture": "cut-outs/001.png",
    }  # fmt: skip
    assert cv2.imread(str(folder / "cut-outs" / "001.png")) is not None
    text = (folder / "audit.md").read_text()
    assert (
        "| 1 | 1.00 | not marked | nothing | restoration at 200, 50 to 220, 70" in text
    )
    assert text in capsys.readouterr().out


def test_a_file_where_cut_outs_go_is_named(
    truth: Path, predictions: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "audit"
    folder.mkdir()
    (folder / "cut-outs").write_text("mine")

    with pytest.raises(FileError, match=r"cut-outs: is a file, not a folder"):
        run_audit(arguments(truth, predictions, "--output", folder))

    assert (folder / "cut-outs").read_text() == "mine"
    assert not (folder / "audit.json").exists()


def test_only_the_strongest_are_cut_out(
    truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    predictions = write_set(
        tmp_path / "found.json",
        {"image_id": 1, "x": 20, "score": 0.5},
        *({"image_id": 2, "x": 50 * n, "score": 0.6 + n / 10} for n in range(3)),
    )
    folder = tmp_path / "audit"

    run_audit(arguments(truth, predictions, "--output", folder, "--most", 2))

    assert len(json.loads((folder / "audit.json").read_text())["contradictions"]) == 3
    assert len(list((folder / "cut-outs").iterdir())) == 2
    assert "holds nothing below" not in capsys.readouterr().out


def test_a_radiograph_that_is_missing_costs_its_cut_out_alone(
    truth: Path, predictions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "images" / "2.png").unlink()
    folder = tmp_path / "audit"

    assert run_audit(arguments(truth, predictions, "--output", folder)) == 1

    assert "No cut-out." in capsys.readouterr().out
    (first,) = json.loads((folder / "audit.json").read_text())["contradictions"]
    assert first["picture"] is None


def test_it_is_said_where_weak_candidates_were_thrown_away(
    truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    strong = write_set(tmp_path / "found.json", {"image_id": 1, "x": 20, "score": 0.5})

    run_audit(arguments(truth, strong, "--output", tmp_path / "audit"))

    said = capsys.readouterr().out
    assert "nothing below a score of 0.50" in said
    assert "`detect --all` keeps that too." in said


def test_predictions_of_detect_all_are_asked_for_by_audit_and_by_evaluate() -> None:
    """Of a threshold of 0 all would count as shown in an evaluation."""
    for add in (add_audit_arguments, add_evaluate_arguments):
        parser = ArgumentParser()
        add(parser)
        assert "`detect --all`" in parser.format_help()
        assert "--threshold 0" not in parser.format_help()


def test_a_faulty_box_is_left_out_and_told_of(
    truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = write_set(
        tmp_path / "found.json",
        {"image_id": 1, "x": 20, "score": 0.5},
        {"image_id": 2, "x": 500, "score": 0.8},
    )

    assert run_audit(arguments(truth, found, "--output", tmp_path / "audit")) == 0

    assert f"Left out of {found}: 1 box without area" in capsys.readouterr().out


def test_what_has_no_scores_cannot_contradict(truth: Path, tmp_path: Path) -> None:
    reader = write_set(tmp_path / "reader.json", {"image_id": 1, "x": 20})

    with pytest.raises(AnnotationFileError, match="has no scores"):
        run_audit(arguments(truth, reader, "--output", tmp_path / "audit"))


def test_what_shares_no_class_with_the_labels_contradicts_none_of_them(
    truth: Path, predictions: Path, tmp_path: Path
) -> None:
    text = predictions.read_text().replace(RESTORATION, "36")
    predictions.write_text(text)

    with pytest.raises(AnnotationFileError, match="nothing in it can be compared"):
        run_audit(arguments(truth, predictions, "--output", tmp_path / "audit"))


def test_of_radiographs_on_which_nothing_is_marked_all_that_was_found_is_listed(
    truth: Path, predictions: Path, tmp_path: Path
) -> None:
    """Of formats that declare no classes they have none."""
    said = json.loads(truth.read_text())
    truth.write_text(json.dumps({**said, "annotations": [], "categories": []}))

    run_audit(arguments(truth, predictions, "--output", tmp_path / "audit"))

    (audit,) = (tmp_path / "audit").glob("*.json")
    kinds = {each["kind"] for each in json.loads(audit.read_text())["contradictions"]}
    assert kinds == {"not marked"}


def test_an_audit_that_is_stopped_leaves_no_cut_outs(
    truth: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = write_set(
        tmp_path / "found.json",
        {"image_id": 1, "x": 200, "score": 0.5},
        {"image_id": 2, "x": 200, "score": 0.8},
    )
    drawn: list[object] = []

    def stopped_at_the_second(*shown: object) -> object:
        drawn.append(shown)
        if len(drawn) == 2:
            raise KeyboardInterrupt
        return draw_place(*shown)  # type: ignore[arg-type]

    monkeypatch.setattr(audit_report, "draw_place", stopped_at_the_second)

    with pytest.raises(KeyboardInterrupt):
        run_audit(arguments(truth, found, "--output", tmp_path / "audit"))

    assert list((tmp_path / "audit").rglob("*")) == []
