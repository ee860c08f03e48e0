"""The readers of the radiographs that are open, on the teeth as they were corrected."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePath

import numpy as np
from PIL import Image

from dentalviewer.agreement import accept_all_that_agree
from dentalviewer.decisions import Decision, decisions_between
from dentalviewer.dentition import Tooth
from dentalviewer.detector import Detection, DetectionSettings, DetectorIdentity
from dentalviewer.evaluation.open_readers import OpenReaders, read_open_readers
from dentalviewer.formats.class_settings import ClassSettings, settings_content
from dentalviewer.formats.review_file import SavedReview, write_review
from dentalviewer.geometry import Box, Size
from dentalviewer.review import ReadingMode, Review
from dentalviewer.stated_teeth import StatedTooth
from dentalviewer.study import Finding

T36, T37 = Tooth(3, 6), Tooth(3, 7)


def readers_of(radiograph: Path, detection: Detection | None) -> OpenReaders:
    return read_open_readers(
        [radiograph],
        aliases={},
        reviews=radiograph.parent / "reviews",
        detector="scripted",
        detection_of=lambda _path: detection,
    )


def test_findings_are_compared_by_the_numbers_that_a_person_gave(
    tmp_path: Path,
) -> None:
    radiograph = tmp_path / "1.png"
    Image.fromarray(np.zeros((50, 100), np.uint8)).save(radiograph)
    box = Box(10, 10, 20, 40)
    review = Review().with_stated_teeth((StatedTooth(T37, seen=True, box=box),))
    saved = SavedReview("1.png", "", Size(100, 50), (), review, review, ())
    write_review(tmp_path / "1.png.review.json", saved, last=None)
    detection = Detection(
        DetectorIdentity("scripted", "5c" * 32),
        DetectionSettings(),
        (),
        (Finding(box, "36", T36, 0.9),),
    )
    readers = readers_of(radiograph, detection)
    assert readers.teeth is not None
    (reading,) = readers.teeth.readings
    assert [each.tooth for each in reading.findings] == [T37]


def test_on_what_is_said_to_be_no_panoramic_radiograph_the_detector_names_no_tooth(
    tmp_path: Path,
) -> None:
    radiograph = tmp_path / "1.png"
    Image.fromarray(np.zeros((50, 100), np.uint8)).save(radiograph)
    review = Review().with_panoramic(False)
    saved = SavedReview("1.png", "", Size(100, 50), (), review, review, ())
    write_review(tmp_path / "1.png.review.json", saved, last=None)
    detection = Detection(
        DetectorIdentity("scripted", "5c" * 32),
        DetectionSettings(),
        (),
        (Finding(Box(10, 10, 20, 40), "36", T36, 0.9),),
    )

    assert readers_of(radiograph, detection).teeth is None


def test_who_corrects_a_tooth_alone_has_read_nothing(tmp_path: Path) -> None:
    """On 1.png Dr. A decided, too; on 2.png Dr. B did nothing but correct a tooth."""
    radiographs = [tmp_path / "1.png", tmp_path / "2.png"]
    for path in radiographs:
        Image.fromarray(np.zeros((50, 100), np.uint8)).save(path)
    tooth = StatedTooth(T37, seen=True, box=None)
    crown = Finding(Box(10, 10, 20, 40), "restoration")
    read = Review().add(crown)
    (drawn,) = read.items
    when = datetime(2026, 1, 2, tzinfo=UTC)
    decided = Decision(when, "Dr. A", "Draw", None, drawn)
    corrected = Decision(when, "Dr. B", "Present", None, None, tooth_after=tooth)
    plain = Review().with_stated_teeth((tooth,))
    for path, review, decisions in (
        (radiographs[0], read.with_stated_teeth((tooth,)), (decided, corrected)),
        (radiographs[1], plain, (corrected,)),
    ):
        saved = SavedReview(path.name, "", Size(100, 50), (), review, review, decisions)
        write_review(tmp_path / f"{path.name}.review.json", saved, last=None)

    readers = read_open_readers(
        radiographs,
        aliases={},
        reviews=tmp_path / "reviews",
        detector="scripted",
        detection_of=lambda _path: None,
    )

    assert [(s.path.name, [r.name for r in s.readings]) for s in readers.sets] == [
        ("Dr. A", ["1.png"])
    ]


def test_a_reader_says_once_what_the_detector_says_too(tmp_path: Path) -> None:
    radiograph = tmp_path / "1.png"
    Image.fromarray(np.zeros((50, 100), np.uint8)).save(radiograph)
    crown = Finding(Box(10, 10, 20, 40), "restoration")
    predicted = Finding(Box(11, 10, 20, 40), "restoration", score=0.9)
    detection = Detection(
        DetectorIdentity("scripted", "5c" * 32), DetectionSettings(), (predicted,)
    )
    opened = Review().propose_annotations([crown]).propose(detection)
    review = accept_all_that_agree(opened)
    saved = SavedReview("1.png", "", Size(100, 50), (), review, opened, ())
    write_review(tmp_path / "1.png.review.json", saved, last=None)

    readers = readers_of(radiograph, detection)

    reviewer, detector = readers.sets
    assert [reading.findings for reading in reviewer.readings] == [(crown,)]
    assert [reading.findings for reading in detector.readings] == [(predicted,)]


def test_what_the_dentist_was_uncertain_about_is_held_against_nobody(
    tmp_path: Path,
) -> None:
    radiograph = tmp_path / "1.png"
    Image.fromarray(np.zeros((50, 100), np.uint8)).save(radiograph)
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 10, 30]}
    content = {
        "images": [{"id": 1, "file_name": "1.png", "width": 100, "height": 50}],
        "categories": [{"id": 1, "name": "restoration"}],
        "annotations": [{**annotation, "uncertain": True}],
    }
    (tmp_path / "1.json").write_text(json.dumps(content))

    readers = readers_of(radiograph, None)

    ((reading,),) = (each.readings for each in readers.sets)
    crown = Finding(Box(10, 10, 20, 40), "restoration", uncertain=True)
    assert (reading.findings, reading.uncertain) == ((), (crown,))

    # Nor what a reviewer accepted in a version that knew no doubts.
    opened = Review().propose_annotations([replace(crown, uncertain=False)])
    files = (PurePath("1.json"),)
    saved = SavedReview(
        "1.png", "", Size(100, 50), files, opened.accept([1]), opened, ()
    )
    write_review(tmp_path / "1.png.review.json", saved, last=None)
    for each in readers_of(radiograph, None).sets:
        (reading,) = each.readings
        assert (reading.findings, reading.uncertain) == ((), (crown,))


def test_who_decided_after_the_reveal_is_not_independent_there(tmp_path: Path) -> None:
    """Dr. A finds a crown alone on both; on 2.png he accepts what was revealed, too."""
    radiographs = [tmp_path / "1.png", tmp_path / "2.png"]
    for path in radiographs:
        Image.fromarray(np.zeros((50, 100), np.uint8)).save(path)
    crown = Finding(Box(10, 10, 20, 40), "restoration")
    implant = Finding(Box(50, 10, 60, 40), "implant", score=0.9)
    identity, settings = DetectorIdentity("scripted", "5c" * 32), DetectionSettings()
    nothing = Detection(identity, settings, ())
    something = Detection(identity, settings, (implant,))
    when = datetime(2026, 1, 2, tzinfo=UTC)
    for path, said in zip(radiographs, (nothing, something), strict=True):
        opened = Review(mode=ReadingMode.READ_FIRST).propose(said)
        drawn = opened.add(crown)
        read = drawn.marked_read()
        done = read.accept([i.id for i in read.undecided])
        decisions = tuple(
            entry
            for before, after in ((opened, drawn), (drawn, read), (read, done))
            for entry in decisions_between(
                before, after, action="Edit", reader="Dr. A", when=when
            )
        )
        saved = SavedReview(path.name, "", Size(100, 50), (), done, opened, decisions)
        write_review(tmp_path / f"{path.name}.review.json", saved, last=None)

    readers = read_open_readers(
        radiographs,
        aliases={},
        reviews=tmp_path / "reviews",
        detector="scripted",
        detection_of=lambda _path: None,
    )

    (reader,) = readers.sets
    assert reader.notes == (
        "Dr. A read 1 of 2 radiographs first, but has decided there after the reveal as"
        " well: only what was found before is independent of the detector.",
    )


def test_a_detector_whose_class_was_renamed_agrees_as_before(tmp_path: Path) -> None:
    """Its stored answer knows nothing of the rename; the review does."""
    radiograph = tmp_path / "1.png"
    Image.fromarray(np.zeros((50, 100), np.uint8)).save(radiograph)
    crown = Finding(Box(10, 10, 20, 40), "cap")
    review = Review(names={"restoration": "cap"}).add(crown)
    saved = SavedReview("1.png", "", Size(100, 50), (), review, review, ())
    write_review(tmp_path / "1.png.review.json", saved, last=None)
    predicted = Finding(Box(11, 10, 20, 40), "restoration", score=0.9)
    detection = Detection(
        DetectorIdentity("scripted", "5c" * 32), DetectionSettings(), (predicted,)
    )

    readers = readers_of(radiograph, detection)

    reviewer, detector = readers.sets
    assert [f.label for r in reviewer.readings for f in r.findings] == ["cap"]
    assert [f.label for r in detector.readings for f in r.findings] == ["cap"]


def test_what_a_reader_accepted_by_two_names_of_one_class_is_said_once(
    tmp_path: Path,
) -> None:
    """The folder of the annotations settles what the dentist's name means."""
    radiograph, annotations = tmp_path / "1.png", tmp_path / "set" / "1.json"
    Image.fromarray(np.zeros((50, 100), np.uint8)).save(radiograph)
    annotations.parent.mkdir()
    (annotations.parent / "dentalviewer-classes.json").write_bytes(
        settings_content(ClassSettings(aliases={"Krone": "restoration"}))
    )
    detection = Detection(
        DetectorIdentity("scripted", "5c" * 32),
        DetectionSettings(),
        (Finding(Box(11, 10, 20, 40), "restoration", score=0.9),),
    )
    opened = Review().propose_annotations([Finding(Box(10, 10, 20, 40), "Krone")])
    review = opened.propose(detection).accept([1, 2])
    saved = SavedReview(
        "1.png", "", Size(100, 50), (Path("set/1.json"),), review, opened, ()
    )
    write_review(tmp_path / "1.png.review.json", saved, last=None)

    readers = readers_of(radiograph, detection)

    (reading,) = readers.sets[0].readings
    assert reading.findings == (Finding(Box(10, 10, 20, 40), "restoration"),)


def test_a_review_of_another_picture_says_nothing_of_this_one(tmp_path: Path) -> None:
    radiograph = tmp_path / "1.png"
    Image.fromarray(np.zeros((50, 100), np.uint8)).save(radiograph)
    review = Review().add(Finding(Box(10, 10, 20, 40), "restoration"))
    saved = SavedReview("1.png", "ab" * 32, Size(100, 50), (), review, review, ())
    write_review(tmp_path / "1.png.review.json", saved, last=None)

    readers = readers_of(radiograph, None)

    assert not readers.sets
    (note,) = readers.notes
    assert "1.png is another file than was reviewed" in note
