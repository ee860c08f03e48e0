"""How it stands with a radiograph is told from its review, its annotations, and what
the detector said of it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dentalviewer.decisions import decisions_between
from dentalviewer.dentition import Tooth
from dentalviewer.detector import Detection, DetectionSettings, DetectorIdentity
from dentalviewer.formats.review_file import (
    SavedReview,
    review_path,
    saved_review,
    write_review,
)
from dentalviewer.geometry import Box
from dentalviewer.radiograph import read_radiograph
from dentalviewer.review import Patient, ReadingMode, Review
from dentalviewer.stated_teeth import StatedTooth
from dentalviewer.study import Finding, Study
from dentalviewer.worklist.cache import WorklistCache
from dentalviewer.worklist.listing import Sources, list_radiographs
from dentalviewer.worklist.predictions import PredictionStore
from dentalviewer.worklist.standing import (
    Circumstances,
    Predictions,
    Standing,
    StandingReader,
    Status,
    standing_of,
)
from dentalviewer.worklist.wording import described, status_line

IDENTITY = DetectorIdentity("d", "aa")
OTHER = DetectorIdentity("d", "bb")
A, B, C = Box(10, 10, 30, 30), Box(50, 10, 70, 30), Box(90, 10, 110, 30)
# The detector says A too, calls B otherwise, and is least sure of C.
PREDICTED = (
    Finding(A, "restoration", score=0.9),
    Finding(B, "implant", score=0.8),
    Finding(C, "implant", score=0.6),
)
DETECTION = Detection(IDENTITY, DetectionSettings(), PREDICTED)
# Boxes A and B by the dentist.
VOC = """<annotation><filename>1.png</filename><size><width>200</width>
<height>100</height><depth>1</depth></size>{}</annotation>"""
OBJECT = """<object><name>{}</name><bndbox><xmin>{}</xmin><ymin>11</ymin>
<xmax>{}</xmax><ymax>30</ymax></bndbox></object>"""
ANNOTATED = VOC.format(
    OBJECT.format("restoration", 11, 30) + OBJECT.format("endodontic", 51, 70)
)


@pytest.fixture
def radiograph(tmp_path: Path) -> Path:
    path = tmp_path / "pictures" / "1.png"
    path.parent.mkdir()
    Image.fromarray(np.full((100, 200), 90, np.uint8)).save(path)
    return path


@pytest.fixture
def store(tmp_path: Path) -> PredictionStore:
    return PredictionStore(tmp_path / "predictions.sqlite")


def read(
    radiograph: Path,
    store: PredictionStore | None = None,
    *,
    identity: DetectorIdentity = IDENTITY,
    mode: ReadingMode = ReadingMode.CONCURRENT,
) -> Standing:
    predictions = None if store is None else Predictions(store, identity)
    reviews = radiograph.parents[1] / "user"
    circumstances = Circumstances(reviews, mode=mode, predictions=predictions)
    return StandingReader(circumstances).read(radiograph)


def save(
    radiograph: Path, review: Review, opened: Review, *, between: Review | None = None
) -> SavedReview:
    """Over what was saved before; `between` is what was taken back."""
    study = Study(read_radiograph(radiograph))
    path = review_path(radiograph, radiograph.parents[1] / "user")
    steps = (opened, review) if between is None else (opened, between, review)
    decisions = [
        decision
        for before, after in pairwise(steps)
        for decision in decisions_between(
            before, after, action="Edit", reader="Dr Test", when=datetime.now(UTC)
        )
    ]
    saved = saved_review(study, review, opened=opened, decisions=decisions)
    path.unlink(missing_ok=True)
    write_review(path, saved, last=None)
    return saved


def test_what_nobody_has_looked_at_is_new(radiograph: Path) -> None:
    assert read(radiograph) == Standing(Status.NEW)


def test_annotations_alone_are_counted_and_leave_it_new(radiograph: Path) -> None:
    radiograph.with_suffix(".xml").write_text(ANNOTATED)

    assert read(radiograph) == Standing(
        Status.NEW,
        findings=2,
        undecided=2,
        places=2,
        classes={"restoration": (), "endodontic": ()},
        annotated=True,
    )


def test_what_the_detector_said_makes_it_examined(
    radiograph: Path, store: PredictionStore
) -> None:
    store.put(radiograph, DETECTION)

    assert read(radiograph, store) == Standing(
        Status.EXAMINED,
        findings=3,
        undecided=3,
        places=3,
        least_score=0.6,
        classes={"restoration": (), "implant": ()},
    )


def test_disagreements_are_places_where_both_were_heard_and_differ(
    radiograph: Path, store: PredictionStore
) -> None:
    radiograph.with_suffix(".xml").write_text(ANNOTATED)
    store.put(radiograph, DETECTION)

    standing = read(radiograph, store)

    # Three places: both say A; B is named differently; only the detector says C.
    assert (standing.findings, standing.disagreements) == (3, 2)


def test_a_class_that_the_detector_does_not_know_is_in_no_dispute() -> None:
    carious = Review().propose_annotations([Finding(A, "caries")]).propose(DETECTION)

    standing = standing_of(carious, begun=False, annotated=True)

    assert len(DETECTION.predictions) == standing.disagreements
    assert standing.findings == len(DETECTION.predictions) + 1


def test_two_findings_that_were_accepted_at_one_place_are_counted_as_two() -> None:
    crown, root = Finding(A, "restoration"), Finding(A, "endodontic", score=0.9)
    detection = replace(DETECTION, candidates=(root,))
    both = Review().propose_annotations([crown]).propose(detection).accept([1, 2])

    standing = standing_of(both, begun=True, annotated=True)

    assert (standing.status, standing.findings) == (Status.DONE, 2)


def test_what_another_detector_said_is_out_of_date(
    radiograph: Path, store: PredictionStore
) -> None:
    store.put(radiograph, DETECTION)

    standing = read(radiograph, store, identity=OTHER)

    assert (standing.status, standing.stale) == (Status.EXAMINED, True)
    assert "out of date" in status_line(standing)


def test_where_the_detector_failed_it_is_told_with_why(
    radiograph: Path, store: PredictionStore
) -> None:
    store.put_failure(radiograph, "It is too dark.", DETECTION.identity)

    standing = read(radiograph, store)
    assert standing == Standing(Status.FAILED, fault="It is too dark.")
    assert status_line(standing) == "failed"
    assert described(radiograph, standing).splitlines()[1:] == [
        "Failed",
        "The detector did not examine it, or only in part, because:",
        "It is too dark.",
    ]
    assert status_line(replace(standing, findings=2)) == "failed, 2 marked"


def test_who_reads_first_is_told_nothing_of_the_detector(
    radiograph: Path, store: PredictionStore
) -> None:
    store.put(radiograph, DETECTION)
    radiograph.with_suffix(".xml").write_text(ANNOTATED)

    standing = read(radiograph, store, mode=ReadingMode.READ_FIRST)

    assert standing == Standing(
        Status.EXAMINED,
        findings=2,
        undecided=2,
        places=2,
        hidden=True,
        classes={"restoration": (), "endodontic": ()},
        annotated=True,
    )
    # Nothing of its own says either that the detector found something or that not.
    assert status_line(standing) == "not read yet, 2 marked"
    radiograph.with_suffix(".xml").unlink()
    standing = read(radiograph, store, mode=ReadingMode.READ_FIRST)
    assert status_line(standing) == "not read yet"
    assert (standing.classes, standing.annotated) == ({}, False)


def test_a_saved_review_is_in_review_until_all_is_decided(radiograph: Path) -> None:
    opened = Review().propose_annotations(
        [Finding(A, "restoration"), Finding(B, "endodontic")]
    )
    opened = opened.propose(DETECTION)
    save(radiograph, opened.accept([1, 3]), opened)
    standing = read(radiograph)

    assert standing.status is Status.IN_REVIEW
    assert (standing.findings, standing.undecided) == (3, 2)
    assert (standing.disagreements, standing.least_score) == (2, 0.6)
    assert status_line(standing) == "2 differ · 2 to decide"


def test_it_is_done_once_nothing_is_left_to_decide(radiograph: Path) -> None:
    opened = Review().propose_annotations([Finding(A, "restoration")])
    opened = opened.propose(DETECTION)
    save(radiograph, opened.accept([1, 2, 3]).reject([4]), opened)

    assert read(radiograph) == Standing(
        Status.DONE,
        findings=2,
        places=3,
        disagreements=0,
        classes={"restoration": (), "implant": ()},
        annotated=True,
    )


def test_its_classes_are_those_that_stand_or_are_proposed_with_their_teeth(
    radiograph: Path,
) -> None:
    """A restoration is stated to be a bridge from 34 to 36. Where the dentist says
    endodontic, the detector says implant at B, which lies where 47 would be. Of C, on a
    tooth that the detector of teeth calls 46, the reader makes caries.
    """
    bridge = Finding(A, "restoration", tooth=Tooth(3, 6), last_tooth=Tooth(3, 4))
    found = Finding(C, "46", tooth=Tooth(4, 6), score=0.9)
    opened = Review().propose_annotations([bridge, Finding(B, "endodontic")])
    opened = opened.propose(replace(DETECTION, teeth=(found,)))
    disputed = opened.correct(5, Finding(C, "caries"))
    save(radiograph, disputed, opened)

    standing = read(radiograph)
    assert standing.classes == {
        "restoration": (34, 35, 36),
        "endodontic": (47,),
        "implant": (47,),
        "caries": (46,),
    }

    save(radiograph, disputed.reject([4]), opened)
    assert "implant" not in read(radiograph).classes


def test_who_has_not_finished_the_first_reading_is_not_done() -> None:
    review = Review(mode=ReadingMode.READ_FIRST)

    assert standing_of(review, begun=True, annotated=False).status is Status.IN_REVIEW
    read = review.marked_read()
    assert standing_of(read, begun=True, annotated=False).status is Status.DONE


def test_a_prediction_that_was_decided_counts_where_the_others_are_hidden() -> None:
    review = Review(mode=ReadingMode.READ_FIRST).propose(DETECTION)
    assert review.predictions_hidden

    def counts(review: Review) -> tuple[int, int]:
        standing = standing_of(review, begun=True, annotated=False)
        return standing.findings, standing.undecided

    assert counts(review) == (0, 0)
    assert counts(review.accept([1])) == (1, 0)


def test_what_the_detector_says_after_all_was_decided_is_still_to_decide(
    radiograph: Path, store: PredictionStore, tmp_path: Path
) -> None:
    opened = Review().propose_annotations([Finding(A, "restoration")])
    save(radiograph, opened.accept([1]), opened)
    reviews = tmp_path / "user"
    cache = WorklistCache(tmp_path / "cache.sqlite")
    sources = Sources((radiograph,))
    mark = list_radiographs(sources, reviews=reviews).found[radiograph]
    circumstances = Circumstances(reviews, predictions=Predictions(store, IDENTITY))
    reader = StandingReader(circumstances, cache)
    assert reader.read(radiograph, mark).status is Status.DONE
    store.put(radiograph, DETECTION)
    # It says A too, and B and C. What was kept of the review does not hide that.
    standing = reader.read(radiograph, mark)
    cache.close()

    assert standing.status is Status.IN_REVIEW
    assert (standing.findings, standing.undecided) == (3, 3)


def test_what_the_detector_says_of_another_picture_does_not_hide_that_it_changed(
    radiograph: Path, store: PredictionStore, tmp_path: Path
) -> None:
    opened = Review().propose_annotations([Finding(A, "restoration")])
    save(radiograph, opened.accept([1]), opened)
    Image.fromarray(np.full((100, 200), 91, np.uint8)).save(radiograph)
    later = time.time() + 60
    os.utime(radiograph, (later, later))
    store.put(radiograph, replace(DETECTION, candidates=PREDICTED[:1]))
    reviews = tmp_path / "user"
    circumstances = Circumstances(reviews, predictions=Predictions(store, IDENTITY))
    listed = list_radiographs(Sources((radiograph,)), reviews=reviews)

    standing = StandingReader(circumstances).read(radiograph, listed.found[radiograph])

    assert (standing.status, standing.picture_changed) == (Status.IN_REVIEW, True)
    assert (standing.findings, standing.undecided) == (1, 0)


def test_a_detector_that_says_a_renamed_class_has_nothing_to_add(
    radiograph: Path, store: PredictionStore
) -> None:
    opened = Review(names={"restoration": "cap"})
    opened = opened.propose_annotations([Finding(A, "cap")])
    save(radiograph, opened.accept([1]), opened)
    store.put(radiograph, replace(DETECTION, candidates=PREDICTED[:1]))

    standing = read(radiograph, store)

    # One place, which both name alike: with another name, it would be a disagreement.
    assert (standing.findings, standing.disagreements) == (1, 0)


def test_a_detector_that_has_nothing_to_add_leaves_it_done(
    radiograph: Path, store: PredictionStore
) -> None:
    save(radiograph, Review().marked_read(), Review())
    store.put(radiograph, replace(DETECTION, candidates=()))

    assert read(radiograph, store).status is Status.DONE


def test_where_no_detector_is_asked_what_is_decided_is_done(radiograph: Path) -> None:
    opened = Review().propose_annotations([Finding(A, "restoration")])
    save(radiograph, opened.accept([1]), opened)

    assert read(radiograph).status is Status.DONE


@pytest.mark.parametrize(
    "opened", [Review(), Review().propose(replace(DETECTION, candidates=()))]
)
def test_who_says_nothing_of_findings_has_done_nothing_with_them(
    radiograph: Path, opened: Review
) -> None:
    """Be it that no detector was heard, or that it found nothing."""
    drawn = opened.add(Finding(A, "restoration"))
    missing = StatedTooth(Tooth(4, 6), seen=False)
    for review, between in (
        (replace(opened, patient=Patient(name="Ada")), None),
        (opened.with_stated_teeth((missing,)), None),
        (opened, drawn),
    ):
        saved = save(radiograph, review, opened, between=between)
        assert read(radiograph).status is Status.IN_REVIEW
        assert not saved.is_reviewed_to_the_end
        # Saying so makes it done, here and where it is exported.
        saved = save(radiograph, review.marked_read(), opened)
        assert read(radiograph).status is Status.DONE
        assert saved.is_reviewed_to_the_end


def test_a_threshold_that_hides_all_findings_decides_about_none(
    radiograph: Path,
) -> None:
    opened = Review().propose(DETECTION)
    settings = DetectionSettings(default_threshold=0.95)
    saved = save(radiograph, opened.with_settings(settings), opened)

    assert not saved.review.items
    assert read(radiograph).status is Status.IN_REVIEW
    assert not saved.is_reviewed_to_the_end


def test_what_a_detector_found_where_only_the_patient_was_typed_is_counted(
    radiograph: Path, store: PredictionStore
) -> None:
    save(radiograph, Review(patient=Patient(name="Ada")), Review())
    store.put(radiograph, DETECTION)

    standing = read(radiograph, store)
    assert (standing.status, standing.undecided) == (Status.IN_REVIEW, 3)


def test_who_read_first_and_has_finished_stays_done(
    radiograph: Path, store: PredictionStore
) -> None:
    first = Review(mode=ReadingMode.READ_FIRST)
    save(radiograph, first.marked_read(), first)
    store.put(radiograph, DETECTION)

    assert read(radiograph, store).status is Status.DONE


def test_what_the_list_is_ordered_by_is_said_first() -> None:
    begun = Standing(Status.IN_REVIEW, 12, 11, 14, disagreements=1)
    examined = Standing(Status.EXAMINED, 4, 4, 4, least_score=0.62)

    assert status_line(begun) == "1 differs · 11 to decide"
    assert "11 of 14 places to decide" in described(Path("7.png"), begun)
    assert status_line(examined) == "≥ 62 % · 4 findings"
    assert "Examined: ≥ 62 % · 4 findings" in described(Path("7.png"), examined)
    assert status_line(replace(examined, stale=True)).endswith(" · out of date")


def test_in_review_with_nothing_left_says_how_much_there_is_so_far() -> None:
    assert status_line(Standing(Status.IN_REVIEW, findings=1)) == "1 finding so far"


def test_a_damaged_review_is_told_with_its_fault(radiograph: Path) -> None:
    radiograph.with_name("1.png.review.json").write_text("{half")

    standing = read(radiograph)

    assert "1.png.review.json" in standing.fault
    # Somebody has reviewed it.
    assert standing.annotated
    assert "not valid JSON" in described(radiograph, standing)


def test_a_damaged_annotation_file_does_not_keep_the_next_from_being_read(
    radiograph: Path,
) -> None:
    radiograph.with_suffix(".xml").write_text("<annotation><half")
    (radiograph.parent / "Annotations").mkdir()
    (radiograph.parent / "1.txt").write_text("0 0.1 0.2 0.1 0.2\n")

    assert read(radiograph).findings == 1


def test_reading_standings_changes_nothing_in_the_folder(
    radiograph: Path, store: PredictionStore
) -> None:
    os.utime(radiograph.parent, (0, 0))

    read(radiograph, store)

    assert radiograph.parent.stat().st_mtime == 0


def test_a_folder_that_has_just_changed_is_not_listed_for_each_of_its_radiographs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[str] = []

    def counted(list_folder: Callable[[str], Any]) -> Callable[[str], Any]:
        def list_it(folder: str) -> Any:
            listed.append(folder)
            return list_folder(folder)

        return list_it

    radiographs = [tmp_path / f"Müller {number}.png" for number in range(50)]
    for path in radiographs:
        path.touch()
    reader = StandingReader(Circumstances(tmp_path / "user"))
    monkeypatch.setattr(os, "listdir", counted(os.listdir))
    monkeypatch.setattr(os, "scandir", counted(os.scandir))

    for path in radiographs:
        reader.read(path)

    assert 0 < len(listed) < len(radiographs)


def test_the_standing_of_a_review_is_kept_until_the_review_changes(
    radiograph: Path, tmp_path: Path
) -> None:
    opened = Review().propose_annotations([Finding(A, "restoration")])
    save(radiograph, opened, opened)
    reviews = tmp_path / "user"
    cache = WorklistCache(tmp_path / "cache.sqlite")
    reader = StandingReader(Circumstances(reviews), cache)
    sources = Sources((radiograph,))
    mark = list_radiographs(sources, reviews=reviews).found[radiograph]
    first = reader.read(radiograph, mark)
    review_path(radiograph, reviews).write_text("damaged")

    # By its mark it is still the same, so it is not opened again.
    assert reader.read(radiograph, mark) == first
    changed = list_radiographs(sources, reviews=reviews).found[radiograph]
    assert "review.json" in reader.read(radiograph, changed).fault
    cache.close()


def test_a_review_of_another_picture_than_lies_there_now_is_not_done(
    radiograph: Path, tmp_path: Path
) -> None:
    opened = Review().propose_annotations([Finding(A, "restoration")])
    save(radiograph, opened.accept([1]), opened)
    cache = WorklistCache(tmp_path / "cache.sqlite")
    reviews = tmp_path / "user"
    reader = StandingReader(Circumstances(reviews), cache)
    sources = Sources((radiograph,))
    before = list_radiographs(sources, reviews=reviews).found[radiograph]
    assert reader.read(radiograph, before).status is Status.DONE
    Image.fromarray(np.full((100, 200), 91, np.uint8)).save(radiograph)
    soon = time.time() + 60
    os.utime(radiograph, (soon, soon))
    now = list_radiographs(sources, reviews=reviews).found[radiograph]
    standing = reader.read(radiograph, now)
    cache.close()

    assert standing.status is Status.IN_REVIEW
    assert status_line(standing) == "picture changed · 1 finding so far"
    assert "1.png is another file than was reviewed" in described(radiograph, standing)


def test_a_radiograph_that_was_only_copied_anew_is_still_done(radiograph: Path) -> None:
    opened = Review().propose_annotations([Finding(A, "restoration")])
    save(radiograph, opened.accept([1]), opened)
    reviews = radiograph.parents[1] / "user"
    soon = time.time() + 60
    os.utime(radiograph, (soon, soon))
    marks = list_radiographs(Sources((radiograph,)), reviews=reviews).found[radiograph]

    standing = StandingReader(Circumstances(reviews)).read(radiograph, marks)
    assert standing.status is Status.DONE
