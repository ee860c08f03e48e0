from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dentalviewer.agreement import accepted_items
from dentalviewer.curation.audit import Contradiction, Kind
from dentalviewer.curation.audit_reading import standing_labels
from dentalviewer.curation.audit_record import (
    AuditRecord,
    read_record,
    write_record,
)
from dentalviewer.curation.audit_settling import detector_is_right, label_is_right
from dentalviewer.detector import Detection, DetectionSettings, DetectorIdentity
from dentalviewer.errors import FileError
from dentalviewer.geometry import Box
from dentalviewer.labels import ENDODONTIC, IMPLANT, RESTORATION
from dentalviewer.review import Review, Source, Verdict
from dentalviewer.study import Finding
from tests.held_files import held

CROWN = Finding(Box(0, 0, 10, 10), RESTORATION)
ROOT = Finding(Box(0, 10, 10, 30), ENDODONTIC)
SEEN = Finding(Box(50, 0, 60, 10), IMPLANT, score=0.9)


def review(*annotated: Finding, predicted: tuple[Finding, ...] = ()) -> Review:
    detection = Detection(
        DetectorIdentity("d", "0" * 64), DetectionSettings(), predicted
    )
    return Review().propose_annotations(annotated).propose(detection)


def place(
    kind: Kind, annotation: Finding | None, prediction: Finding | None
) -> Contradiction:
    return Contradiction(kind, "/clinic/1.png", annotation, prediction, 1.0)


def standing(found: Review) -> list[tuple[str, tuple[float, ...]]]:
    return [(f.label, f.box.corners) for f in standing_labels(found)]


def test_what_a_review_holds_for_true_counts_each_place_once() -> None:
    undecided = review(CROWN, ROOT, predicted=(replace(CROWN, score=0.9), SEEN))
    assert standing_labels(undecided) == (CROWN, ROOT), "of what is open, the dentist's"

    items = undecided.items
    decided = undecided.accept([items[0].id, items[2].id, items[3].id])
    decided = decided.reject([items[1].id])

    assert standing_labels(decided) == (CROWN, SEEN)


@pytest.mark.parametrize("shown", [(SEEN,), ()], ids=["shown", "below the threshold"])
def test_a_finding_that_is_not_marked_is_accepted_or_rejected(
    shown: tuple[Finding, ...],
) -> None:
    before = review(CROWN, predicted=shown)
    unmarked = place(Kind.NOT_MARKED, None, SEEN)

    accepted = detector_is_right(before, unmarked)
    rejected = label_is_right(before, unmarked)

    assert standing_labels(accepted) == (CROWN, SEEN)
    assert standing_labels(rejected) == (CROWN,)
    for after, verdict in ((accepted, Verdict.ACCEPTED), (rejected, Verdict.REJECTED)):
        (item,) = [i for i in after.items if i.source is Source.DETECTOR]
        assert (item.proposed, item.verdict) == (SEEN, verdict)


def test_an_annotation_of_nothing_is_rejected_and_one_of_two_as_well() -> None:
    copy = replace(CROWN, box=CROWN.box.moved(1, 0))

    gone = detector_is_right(review(CROWN, ROOT), place(Kind.NOTHING_THERE, ROOT, None))
    single = detector_is_right(
        review(CROWN, copy), place(Kind.MARKED_TWICE, copy, None)
    )

    assert standing_labels(gone) == (CROWN,)
    assert standing_labels(single) == (CROWN,)


SEEN_CROWN = replace(CROWN, box=CROWN.box.moved(1, 0), score=0.9)


def both_accepted(*annotated: Finding) -> Review:
    """Of the crown that the window's detector sees as well."""
    before = review(*annotated, predicted=(SEEN_CROWN,))
    return before.accept([item.id for item in before.items])


def test_where_another_detector_is_right_that_nothing_is_there_nothing_is_left() -> (
    None
):
    after = detector_is_right(
        both_accepted(CROWN, ROOT), place(Kind.NOTHING_THERE, CROWN, None)
    )

    assert standing_labels(after) == (ROOT,)
    assert [item.current for item in accepted_items(after)] == [ROOT]


@pytest.mark.parametrize("named", [0, 1])
def test_of_a_thing_marked_twice_one_mark_is_left_whichever_is_named(
    named: int,
) -> None:
    marks = (CROWN, replace(CROWN, box=CROWN.box.moved(0, 3)))

    after = detector_is_right(
        both_accepted(*marks), place(Kind.MARKED_TWICE, marks[named], None)
    )

    assert [item.current for item in accepted_items(after)] == [CROWN]
    assert standing_labels(after) == (CROWN,)


def test_a_thing_that_is_marked_only_once_by_now_stays() -> None:
    before = both_accepted(CROWN)

    assert detector_is_right(before, place(Kind.MARKED_TWICE, CROWN, None)) == before


def test_a_detector_that_agreed_with_a_wrong_class_or_box_is_wrong_as_well() -> None:
    named = replace(CROWN, label=IMPLANT, score=0.8)
    far = Finding(Box(4, 4, 30, 30), RESTORATION, score=0.8)

    renamed = detector_is_right(
        both_accepted(CROWN), place(Kind.OTHER_CLASS, CROWN, named)
    )
    redrawn = detector_is_right(
        both_accepted(CROWN), place(Kind.BOX_FITS_BADLY, CROWN, far)
    )

    assert standing(renamed) == [(IMPLANT, (0, 0, 10, 10))]
    assert standing(redrawn) == [(RESTORATION, (4, 4, 30, 30))]
    for after in (renamed, redrawn):
        assert [item.source for item in accepted_items(after)] == [Source.DENTIST]


def test_an_annotation_takes_over_the_detectors_class_or_box() -> None:
    named = replace(CROWN, label=IMPLANT, score=0.8)
    wider = Finding(Box(0, 0, 24, 10), RESTORATION, score=0.8)

    renamed = detector_is_right(
        review(CROWN, predicted=(named,)), place(Kind.OTHER_CLASS, CROWN, named)
    )
    redrawn = detector_is_right(
        review(CROWN, predicted=(wider,)), place(Kind.BOX_FITS_BADLY, CROWN, wider)
    )

    assert standing(renamed) == [(IMPLANT, (0, 0, 10, 10))]
    assert standing(redrawn) == [(RESTORATION, (0, 0, 24, 10))]
    assert renamed.items[0].proposed == CROWN, "it stays the dentist's, corrected"


def test_where_the_label_is_right_the_other_class_is_rejected() -> None:
    named = replace(CROWN, label=IMPLANT, score=0.8)

    after = label_is_right(
        review(CROWN, predicted=(named,)), place(Kind.OTHER_CLASS, CROWN, named)
    )

    assert [str(item.verdict) for item in after.items] == ["accepted", "rejected"]


def test_what_was_changed_meanwhile_is_left_alone() -> None:
    gone = review(ROOT)

    assert detector_is_right(gone, place(Kind.NOTHING_THERE, CROWN, None)) == gone


def test_what_was_decided_is_kept_from_one_day_to_the_next(tmp_path: Path) -> None:
    path = tmp_path / "user" / "audits.json"
    decided = place(Kind.NOT_MARKED, None, SEEN)
    moved = place(Kind.NOT_MARKED, None, replace(SEEN, box=SEEN.box.moved(9, 0)))

    assert read_record(path) == AuditRecord()
    write_record(path, AuditRecord().with_right(decided))

    assert read_record(path).is_decided(decided)
    assert not read_record(path).is_decided(moved)
    assert read_record(path).without(decided) == AuditRecord()


def test_a_record_that_cannot_be_read_just_now_stays_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "audits.json"
    decided = place(Kind.NOT_MARKED, None, SEEN)
    write_record(path, AuditRecord().with_right(decided))
    with monkeypatch.context() as patch:
        patch.setattr("builtins.open", held(open, 1, ending="audits.json"))
        with pytest.raises(FileError, match="cannot be opened: Permission denied"):
            read_record(path)

    assert read_record(path).is_decided(decided)


def test_a_record_that_makes_no_sense_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "audits.json"
    path.write_text('{"format": "something else"}')

    with pytest.raises(FileError, match="kept as"):
        read_record(path)

    assert read_record(path) == AuditRecord()
    assert len(list(tmp_path.iterdir())) == 1
