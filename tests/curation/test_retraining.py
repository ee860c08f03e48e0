from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO

from dentalviewer.agreement import settle
from dentalviewer.cli import main
from dentalviewer.curation.retraining import (
    RetrainingExport,
    export_for_retraining,
    radiographs_of,
)
from dentalviewer.curation.splitting import Splitting
from dentalviewer.decisions import decisions_between
from dentalviewer.dentition import Tooth
from dentalviewer.detection.sets.training_data import read_learning_sets
from dentalviewer.detector import Detection, DetectionSettings, DetectorIdentity
from dentalviewer.errors import AnnotationFileError, DatasetError
from dentalviewer.formats import LabelledImage, write_annotations
from dentalviewer.formats.collecting_accepted import collect_accepted
from dentalviewer.formats.review_file import SavedReview, read_review, write_review
from dentalviewer.geometry import Box, Size
from dentalviewer.patients import patient_pattern
from dentalviewer.review import Patient, Review
from dentalviewer.stated_teeth import StatedTooth
from dentalviewer.study import Finding
from tests.closed_folder import close
from tests.held_files import FOREVER, held

SIZE = Size(200, 100)
CROWN = Finding(Box(10, 10, 40, 30), "restoration", score=0.9)
ROOT = Finding(Box(60, 40, 70, 70), "endodontic", score=0.6)
DETECTOR = DetectorIdentity("bundled", "ab" * 32)
DETECTION = Detection(DETECTOR, DetectionSettings(), (CROWN, ROOT))
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

Decide = Callable[[Review], Review]


def accept_all(review: Review) -> Review:
    return review.accept([item.id for item in review.items])


def reject_all(review: Review) -> Review:
    return review.reject([item.id for item in review.items])


def reviewed(
    path: Path,
    decide: Decide = accept_all,
    *,
    detection: Detection | None = DETECTION,
    patient: str = "",
    shade: int | None = None,
    annotations: tuple[PurePath, ...] = (),
    annotated: tuple[Finding, ...] = (),
) -> Path:
    """A radiograph, and the review in which Dr Test decided about two predictions."""
    path.parent.mkdir(parents=True, exist_ok=True)
    grey = sum(path.name.encode()) % 250 if shade is None else shade
    cv2.imwrite(str(path), np.full((SIZE.height, SIZE.width), grey, np.uint8))
    opened = Review(patient=Patient(number=patient))
    opened = opened.propose_annotations(annotated).propose(detection)
    review = decide(opened)
    decisions = decisions_between(
        opened, review, action="Decide", reader="Dr Test", when=NOON
    )
    saved = SavedReview(
        path.name,
        hashlib.sha256(path.read_bytes()).hexdigest(),
        SIZE,
        annotations,
        review,
        opened,
        decisions,
    )
    review_file = path.with_name(f"{path.name}.review.json")
    write_review(review_file, saved, last=None)
    return path


def export(folder: Path, destination: Path, **options: Any) -> RetrainingExport:
    return export_for_retraining(
        radiographs_of(folder), destination, user_folder=folder / "user", **options
    )


def contents(destination: Path) -> dict[str, Any]:
    return {
        name: json.loads((destination / f"{name}.json").read_text())
        for name in ("train", "val")
    }


def side(destination: Path) -> dict[str, str]:
    """Of each radiograph, by the name it had, the part that it is in."""
    return {
        image["radiograph"]: name
        for name, content in contents(destination).items()
        for image in content["images"]
    }


def only_annotation(destination: Path) -> dict[str, Any]:
    (found,) = (
        annotation
        for content in contents(destination).values()
        for annotation in content["annotations"]
    )
    assert isinstance(found, dict)
    return found


def test_what_people_accepted_is_learned_by_the_detector(tmp_path: Path) -> None:
    for number in range(8):
        reviewed(tmp_path / "clinic" / f"{number}.png")
    reviewed(tmp_path / "clinic" / "nothing.png", reject_all)

    done = export(tmp_path / "clinic", tmp_path / "set")

    assert (done.counts.radiographs, done.counts.findings) == (9, 16)
    assert done.counts.empty == 1
    assert not done.failures
    sets = read_learning_sets([tmp_path / "set"], seed=0)
    assert len(sets.validation.samples) == done.counts.held_out > 0
    samples = (*sets.training.samples, *sets.validation.samples)
    assert sorted(len(sample.boxes) for sample in samples) == [0] + [2] * 8
    assert {s.path.parent for s in samples} == {tmp_path / "set" / "images"}
    assert {b.box for s in samples for b in s.boxes} == {CROWN.box, ROOT.box}
    # Other programs read it as well.
    coco = COCO(str(tmp_path / "set" / "train.json"))
    assert len(coco.getImgIds()) == len(sets.training.samples)


@pytest.mark.parametrize("exported", [True, False])
def test_what_a_reader_is_not_sure_of_is_not_learned(
    exported: bool, tmp_path: Path
) -> None:
    def doubt_the_root(review: Review) -> Review:
        crown, root = review.items
        unsure = replace(root.current, uncertain=True)
        return review.accept([crown.id]).correct(root.id, unsure)

    for number in range(8):
        reviewed(tmp_path / "clinic" / f"{number}.png", doubt_the_root)
    if exported:
        export(tmp_path / "clinic", tmp_path / "set")
        sets = read_learning_sets([tmp_path / "set"], seed=0)
    else:
        clinic = [tmp_path / "clinic"]
        sets = read_learning_sets(clinic, seed=0, reviews=tmp_path / "user")

    boxes = [box for sample in sets.training.samples for box in sample.boxes]
    assert {(box.box, box.uncertain) for box in boxes} == {
        (CROWN.box, False),
        (ROOT.box, True),
    }


def test_what_the_annotations_doubt_is_not_learned_where_an_earlier_review_lacks_it(
    tmp_path: Path,
) -> None:
    clinic = tmp_path / "clinic"
    doubted = replace(ROOT, score=None, uncertain=True)
    image = LabelledImage(clinic / "a.png", SIZE, (doubted,))
    file = write_annotations([image], clinic, "coco").path
    reviewed(
        image.path,
        accept_all,
        detection=None,
        annotations=(PurePath(os.path.relpath(file, clinic)),),
        annotated=(replace(ROOT, score=None),),
    )

    export(clinic, tmp_path / "set")

    assert only_annotation(tmp_path / "set")["uncertain"] is True


def test_what_dentist_and_detector_both_marked_is_learned_once(tmp_path: Path) -> None:
    crown = Finding(Box(11, 10, 40, 30), "restoration")  # overlaps by 29 / 30
    bridge = Finding(Box(100, 10, 160, 30), "restoration")
    path = reviewed(tmp_path / "c" / "a.png", annotated=(crown, bridge))

    done = export(tmp_path / "c", tmp_path / "set")
    assert main(["convert", str(path), str(tmp_path / "coco"), "--to", "coco",
                 "--only", "accepted"]) == 0  # fmt: skip

    assert done.counts.findings == 3
    exported = [found["bbox"] for content in contents(tmp_path / "set").values()
                for found in content["annotations"]]  # fmt: skip
    (coco,) = (tmp_path / "coco").rglob("*.json")
    converted = json.loads(coco.read_text())["annotations"]
    boxes = [[11, 10, 29, 20], [100, 10, 60, 20], [60, 40, 10, 30]]
    assert exported == [found["bbox"] for found in converted] == boxes


def test_of_a_place_that_both_marked_the_corrected_box_is_learned(
    tmp_path: Path,
) -> None:
    crown = Finding(Box(11, 10, 40, 30), "restoration")
    wider = Finding(Box(8, 10, 44, 30), "restoration")

    reviewed(
        tmp_path / "c" / "a.png",
        lambda review: settle(review.correct(2, wider), 2).reject([3]),
        annotated=(crown,),
    )

    export(tmp_path / "c", tmp_path / "set")
    assert only_annotation(tmp_path / "set")["bbox"] == [8, 10, 36, 20]


def test_what_both_marked_by_two_names_of_one_class_is_learned_once(
    tmp_path: Path,
) -> None:
    """A place named differently, of which the reader accepted both."""
    mine = Finding(Box(12, 10, 42, 31), "Krone")
    reviewed(tmp_path / "clinic" / "1.png", annotated=(mine,),
             detection=Detection(DETECTOR, DetectionSettings(), (CROWN,)))  # fmt: skip

    export(tmp_path / "clinic", tmp_path / "set", aliases={"krone": "restoration"})

    said = only_annotation(tmp_path / "set")
    assert said["bbox"] == [12, 10, 30, 21]
    assert said["provenance"]["proposed_by"] == "dentist"


def test_radiographs_not_reviewed_to_the_end_are_left_out_and_counted(
    tmp_path: Path,
) -> None:
    clinic = tmp_path / "clinic"
    for name in ("a.png", "b.png"):
        reviewed(clinic / name)
    reviewed(clinic / "half.png", lambda review: review.accept([1]))
    reviewed(clinic / "found nothing.png", lambda r: r, detection=None)
    (clinic / "a.png").with_name("new.png").write_bytes((clinic / "a.png").read_bytes())

    done = export(clinic, tmp_path / "set")

    assert set(side(tmp_path / "set")) == {"a.png", "b.png"}
    assert done.notes[:2] == (
        "1 radiograph without a review was left out",
        "2 radiographs not reviewed to the end were left out",
    )


def test_what_a_person_says_is_no_panoramic_radiograph_is_not_learned_as_a_healthy_one(
    tmp_path: Path,
) -> None:
    """Whether its false alarms were rejected, or it was done before."""
    clinic = tmp_path / "clinic"
    for name in ("a.png", "b.png"):
        reviewed(clinic / name)
    reviewed(
        clinic / "photo.png",
        lambda review: reject_all(review).with_panoramic(False),
    )
    reviewed(
        clinic / "hand.png",
        lambda r: r.marked_read().with_panoramic(False),
        detection=None,
    )

    done = export(clinic, tmp_path / "set")

    assert set(side(tmp_path / "set")) == {"a.png", "b.png"}
    left_out = "2 radiographs said not to be panoramic were left out"
    assert done.notes[0] == left_out
    accepted = collect_accepted(clinic, user_folder=tmp_path / "user")
    assert {image.path.name for image in accepted.images} == {"a.png", "b.png"}
    assert left_out in accepted.notes


def test_who_only_corrected_a_tooth_has_not_said_that_nothing_is_there(
    tmp_path: Path,
) -> None:
    missing = (StatedTooth(Tooth(4, 6), seen=False),)
    for name in ("a.png", "b.png"):
        reviewed(tmp_path / "c" / name)
    reviewed(
        tmp_path / "c" / "teeth.png",
        lambda review: review.with_stated_teeth(missing),
        detection=None,
    )

    done = export(tmp_path / "c", tmp_path / "set")

    assert set(side(tmp_path / "set")) == {"a.png", "b.png"}
    assert done.notes[0] == "1 radiograph not reviewed to the end was left out"


def test_a_radiograph_marked_as_read_without_findings_is_a_negative(
    tmp_path: Path,
) -> None:
    for name in ("a.png", "b.png"):
        reviewed(tmp_path / "clinic" / name)
    read = reviewed(
        tmp_path / "clinic" / "healthy.png", Review.marked_read, detection=None
    )

    done = export(tmp_path / "clinic", tmp_path / "set")

    assert read.name in side(tmp_path / "set")
    assert done.counts.empty == 1


def test_each_finding_says_who_proposed_it_and_what_became_of_it(
    tmp_path: Path,
) -> None:
    wider = Finding(Box(8, 10, 44, 30), "restoration")
    reviewed(tmp_path / "c" / "a.png", lambda r: r.correct(1, wider).reject([2]))

    export(tmp_path / "c", tmp_path / "set")

    found = only_annotation(tmp_path / "set")
    assert found["bbox"] == [8, 10, 36, 20]
    assert "score" not in found
    assert found["provenance"] == {
        "outcome": "corrected",
        "proposed_by": "detector",
        "detector": {"name": "bundled", "sha256": "ab" * 32},
        "proposed": {"class": "restoration", "bbox": [10, 10, 30, 20], "score": 0.9},
        "by": "Dr Test",
        "when": "2026-03-01T12:00:00+00:00",
    }


def test_a_finding_is_of_the_detector_that_proposed_it_not_of_one_asked_before(
    tmp_path: Path,
) -> None:
    """A box was drawn and taken back before: the first prediction has its number."""
    path = reviewed(tmp_path / "c" / "a.png", lambda r: r.accept([1]).reject([2]))
    saved, stamp = read_review(path.with_name("a.png.review.json"))
    other = DetectorIdentity("other", "cd" * 32)
    silent = Review().propose(Detection(other, DetectionSettings(), ()))
    drawn = silent.add(Finding(Box(100, 20, 130, 60), "caries"))
    log = [
        decision
        for before, after in ((silent, drawn), (drawn, silent))
        for decision in decisions_between(
            before, after, action="Draw", reader="Dr Other", when=NOON
        )
    ]
    write_review(
        path.with_name("a.png.review.json"),
        replace(saved, decisions=(*log, *saved.decisions)),
        last=stamp,
    )

    export(tmp_path / "c", tmp_path / "set")

    found = only_annotation(tmp_path / "set")["provenance"]
    assert found["detector"] == {"name": "bundled", "sha256": "ab" * 32}
    assert found["by"] == "Dr Test"


def test_who_accepted_a_class_of_another_name_is_known(tmp_path: Path) -> None:
    filling = Finding(Box(100, 20, 130, 60), "restauration")
    reviewed(tmp_path / "c" / "a.png", detection=None, annotated=(filling,))

    export(tmp_path / "c", tmp_path / "set")

    found = only_annotation(tmp_path / "set")
    assert found["category_id"] == 1  # restoration
    assert found["provenance"]["by"] == "Dr Test"


def test_a_finding_that_nobody_proposed_is_the_reader_s_own(tmp_path: Path) -> None:
    drawn = Finding(Box(100, 20, 130, 60), "caries")
    reviewed(tmp_path / "c" / "a.png", lambda r: reject_all(r).add(drawn))

    done = export(tmp_path / "c", tmp_path / "set")

    assert only_annotation(tmp_path / "set")["provenance"] == {
        "outcome": "added",
        "proposed_by": "reader",
        "by": "Dr Test",
        "when": "2026-03-01T12:00:00+00:00",
    }
    assert done.counts.added == 1
    names = [c["name"] for c in contents(tmp_path / "set")["train"]["categories"]]
    assert names == ["restoration", "endodontic", "implant", "caries"]


def test_radiographs_stay_on_their_side_as_the_set_grows(tmp_path: Path) -> None:
    clinic, destination = tmp_path / "clinic", tmp_path / "set"
    for number in range(3):
        reviewed(clinic / f"{number}.png")
    export(clinic, destination)
    before = side(destination)
    for number in range(3, 40):
        reviewed(clinic / f"{number}.png", shade=number)

    done = export(clinic, destination)

    after = side(destination)
    assert before == {name: after[name] for name in before}
    assert 3 <= done.counts.held_out <= 15


def test_a_radiograph_that_was_renamed_stays_on_its_side(tmp_path: Path) -> None:
    clinic, destination = tmp_path / "clinic", tmp_path / "set"
    for number in range(12):
        reviewed(clinic / f"{number}.png", shade=number)
    export(clinic, destination)
    before = side(destination)
    for number in range(12):
        reviewed(clinic / f"new {number}.png", shade=number)
        (clinic / f"{number}.png").unlink()

    export(clinic, destination)

    assert side(destination) == {f"new {name}": part for name, part in before.items()}
    copies = {path.name for path in (destination / "images").iterdir()}
    assert copies == set(side(destination))


def test_an_export_is_made_though_an_earlier_copy_cannot_be_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic, destination = tmp_path / "clinic", tmp_path / "set"
    for number in range(12):
        reviewed(clinic / f"{number}.png", shade=number)
    export(clinic, destination)
    (clinic / "3.png").unlink()
    monkeypatch.setattr(Path, "unlink", held(Path.unlink, FOREVER, ending="3.png"))

    done = export(clinic, destination)

    assert done.counts.radiographs == 11
    assert "3.png" not in side(destination)


def test_all_radiographs_of_a_patient_are_on_one_side(tmp_path: Path) -> None:
    for number in range(20):
        patient = f"P{number // 2}"
        reviewed(tmp_path / "c" / f"{number}.png", patient=patient, shade=number)

    done = export(tmp_path / "c", tmp_path / "set")

    sides = side(tmp_path / "set")
    assert set(sides.values()) == {"train", "val"}
    for number in range(0, 20, 2):
        assert sides[f"{number}.png"] == sides[f"{number + 1}.png"]
    assert done.notes[-1] == (
        "20 radiographs are of 10 patients, each on one side of the split"
    )
    assert "P3" not in (tmp_path / "set" / "train.json").read_text()


def test_patients_may_be_stated_by_the_annotations_that_were_reviewed(
    tmp_path: Path,
) -> None:
    clinic = tmp_path / "c"
    coco = clinic / "whom.json"
    radiographs = [
        reviewed(clinic / f"{n}.png", shade=n, annotations=(PurePath("whom.json"),))
        for n in range(20)
    ]
    images = [
        {"id": n, "file_name": path.name, "patient_id": n // 2}
        for n, path in enumerate(radiographs)
    ]
    coco.write_text(json.dumps({"images": images, "categories": []}))

    done = export(clinic, tmp_path / "set")

    sides = side(tmp_path / "set")
    assert set(sides.values()) == {"train", "val"}
    for number in range(0, 20, 2):
        assert sides[f"{number}.png"] == sides[f"{number + 1}.png"]
    assert done.notes[-1] == (
        "20 radiographs are of 10 patients, each on one side of the split"
    )


def test_a_number_beside_several_stated_patients_means_none_of_them(
    tmp_path: Path,
) -> None:
    """Two patients have two radiographs each; all have the number of a placeholder."""
    clinic = tmp_path / "c"
    whom = (PurePath("whom.json"),)
    for n in range(20):
        reviewed(clinic / f"{n}.png", patient="ANON", shade=n, annotations=whom)
    images = [
        {"id": n, "file_name": f"{n}.png", "patient_id": f"p{n // 2}"} for n in range(4)
    ]
    content = json.dumps({"images": images, "categories": []})
    (clinic / "whom.json").write_text(content)

    export(clinic, tmp_path / "set")

    sides = side(tmp_path / "set")
    assert sides["0.png"] == sides["1.png"]
    assert sides["2.png"] == sides["3.png"]
    assert set(sides.values()) == {"train", "val"}


def test_patients_may_be_named_in_the_path(tmp_path: Path) -> None:
    for number in range(20):
        folder = tmp_path / "c" / f"patient {number // 4}"
        reviewed(folder / f"{number}.png", shade=number)

    export(
        tmp_path / "c",
        tmp_path / "set",
        splitting=Splitting(patient_pattern=patient_pattern(r"patient (\d)")),
    )

    sides = side(tmp_path / "set")
    for number in range(20):
        assert sides[f"{number}.png"] == sides[f"{number // 4 * 4}.png"]


def of_patients(folder: Path, radiographs: int) -> Path:
    """So many radiographs of each of five patients, who are named in their paths."""
    for patient in range(5):
        for number in range(radiographs):
            path = folder / f"patient {patient}" / f"{patient}-{number}.png"
            reviewed(path, shade=10 * patient + number)
    return folder


def divided(sides: dict[str, str]) -> set[str]:
    """Patients with radiographs on both sides."""
    on = {(name[0], side) for name, side in sides.items()}
    return {who for who, side in on if side == "val"} & {
        who for who, side in on if side == "train"
    }


def test_what_named_the_patient_still_does_where_nothing_else_is_said(
    tmp_path: Path,
) -> None:
    by_folder = Splitting(patient_pattern=patient_pattern(r"patient (\d)"))
    clinic, destination = of_patients(tmp_path / "c", 1), tmp_path / "set"
    first = export(clinic, destination, splitting=by_folder)
    assert not any("named by" in note for note in first.notes)

    for radiographs in (3, 4):
        done = export(of_patients(clinic, radiographs), destination)

        assert not divided(side(destination))
        assert 'patients are named by "patient (\\d)", as in the earlier export' in (
            done.notes
        )


def test_who_is_known_only_now_goes_where_the_patient_s_first_radiograph_is(
    tmp_path: Path,
) -> None:
    clinic, destination = of_patients(tmp_path / "c", 1), tmp_path / "set"
    export(clinic, destination)
    by_folder = Splitting(patient_pattern=patient_pattern(r"patient (\d)"))

    export(of_patients(clinic, 4), destination, splitting=by_folder)

    assert not divided(side(destination))


def test_another_pattern_and_the_patients_whom_it_divides_are_said(
    tmp_path: Path,
) -> None:
    by_folder = Splitting(patient_pattern=patient_pattern(r"patient (\d)"))
    by_name = Splitting(patient_pattern=patient_pattern(r"\d-\d"))
    clinic, destination = of_patients(tmp_path / "c", 1), tmp_path / "set"
    export(clinic, destination, splitting=by_folder)

    done = export(of_patients(clinic, 4), destination, splitting=by_name)

    count = len(divided(side(destination)))
    assert count > 1
    assert done.notes[-2:] == (
        'patients are named by "\\d-\\d" from now on, no more by "patient (\\d)" as in'
        " the earlier export",
        f'by "patient (\\d)" {count} patients are on several sides of the split now',
    )


def test_patients_who_are_on_both_sides_already_are_not_said_to_be_on_one(
    tmp_path: Path,
) -> None:
    clinic, destination = of_patients(tmp_path / "c", 4), tmp_path / "set"
    export(clinic, destination)
    count = len(divided(side(destination)))
    by_folder = Splitting(patient_pattern=patient_pattern(r"patient (\d)"))

    done = export(clinic, destination, splitting=by_folder)

    assert count
    assert done.notes[-1] == (
        f"20 radiographs are of 5 patients, {count} of them on several sides of the"
        " split, as before"
    )


def test_one_name_in_two_folders_becomes_two_copies(tmp_path: Path) -> None:
    one = reviewed(tmp_path / "c" / "a" / "pan.png", shade=1)
    other = reviewed(tmp_path / "c" / "b" / "pan.png", shade=2)

    export(tmp_path / "c", tmp_path / "set")

    copies = {path.read_bytes() for path in (tmp_path / "set" / "images").iterdir()}
    assert copies == {one.read_bytes(), other.read_bytes()}


def test_a_copy_holds_what_its_findings_are_about_once_another_of_its_name_has_gone(
    tmp_path: Path,
) -> None:
    """As bitmaps they are all of one length."""
    reopened = tmp_path / "c" / "a" / "1.bmp"
    for shade, folder in enumerate("abc"):
        reviewed(tmp_path / "c" / folder / "1.bmp", shade=shade)
    export(tmp_path / "c", tmp_path / "set")
    before = copies_by_content(tmp_path / "set")
    reopened.with_name("1.bmp.review.json").unlink()
    reviewed(reopened, lambda review: review, shade=0)

    export(tmp_path / "c", tmp_path / "set")

    after = copies_by_content(tmp_path / "set")
    assert len(before) == 3
    assert len(after) == 2
    # Those that stay keep their names, so that another program finds them again.
    assert after.items() <= before.items()


def copies_by_content(destination: Path) -> dict[str, str]:
    """Of each copy its name, by the sha256 that it is said to have, and has."""
    images = [i for part in contents(destination).values() for i in part["images"]]
    names = {image["sha256"]: image["file_name"] for image in images}
    copies = {path.name: path for path in (destination / "images").iterdir()}
    assert {
        hashlib.sha256(copies.pop(name).read_bytes()).hexdigest(): name
        for name in names.values()
    } == names
    assert not copies
    return names


def test_a_radiograph_that_was_replaced_and_reviewed_anew_is_copied_anew(
    tmp_path: Path,
) -> None:
    path = reviewed(tmp_path / "c" / "1.bmp", shade=1)
    reviewed(tmp_path / "c" / "2.bmp", shade=2)
    export(tmp_path / "c", tmp_path / "set")
    path.with_name("1.bmp.review.json").unlink()
    reviewed(path, shade=3)
    # Copied from a camera or a backup, it is older than the copy.
    os.utime(path, (0, 0))

    export(tmp_path / "c", tmp_path / "set")

    assert hashlib.sha256(path.read_bytes()).hexdigest() in copies_by_content(
        tmp_path / "set"
    )


def test_radiographs_of_one_name_in_folders_of_patients_are_held_out_and_stay_so(
    tmp_path: Path,
) -> None:
    clinic, destination = tmp_path / "c", tmp_path / "set"
    for number in range(15):
        reviewed(clinic / f"patient {number}" / "opg.png", shade=number)
    first = export(clinic, destination)
    before = side_by_content(destination)
    for number in range(15, 30):
        reviewed(clinic / f"patient {number}" / "opg.png", shade=number)

    done = export(clinic, destination)

    after = side_by_content(destination)
    assert set(before.values()) == set(after.values()) == {"train", "val"}
    assert {content: after[content] for content in before} == before
    # Nor are those that come later all learned from for their name.
    assert done.counts.held_out > first.counts.held_out
    sets = read_learning_sets([clinic], seed=0, reviews=tmp_path / "user")
    assert sets.validation.samples


def test_what_is_named_where_it_lies_stays_on_its_side_with_another_picture(
    tmp_path: Path,
) -> None:
    """Its content is another then, and its name is that of others."""
    clinic, destination = tmp_path / "c", tmp_path / "set"
    for number in range(15):
        reviewed(clinic / f"patient {number}" / "opg.png", shade=number)
    export(clinic, destination, copy_images=False)
    before = side_by_place(destination)
    for number in range(15):
        path = clinic / f"patient {number}" / "opg.png"
        path.with_name("opg.png.review.json").unlink()
        reviewed(path, shade=100 + number)

    # By another seed some of those that are not known would move.
    export(clinic, destination, copy_images=False, splitting=Splitting(seed=3))

    assert set(before.values()) == {"train", "val"}
    assert side_by_place(destination) == before


def test_another_picture_in_the_place_of_one_is_on_the_side_of_its_own_patient(
    tmp_path: Path,
) -> None:
    clinic, destination = tmp_path / "c", tmp_path / "set"
    for number in range(20):
        patient = f"P{number // 2}"
        reviewed(clinic / f"{number}.png", patient=patient, shade=number)
    export(clinic, destination, copy_images=False)
    before = {Path(name).stem: on for name, on in side_by_place(destination).items()}
    held = next(number for number in range(20) if before[f"{number}"] == "val")
    learned = next(number for number in range(20) if before[f"{number}"] == "train")
    path = clinic / f"{learned}.png"
    path.with_name(f"{path.name}.review.json").unlink()
    reviewed(path, patient=f"P{held // 2}", shade=100)

    done = export(clinic, destination, copy_images=False)

    after = {Path(name).stem: on for name, on in side_by_place(destination).items()}
    assert after == {**before, f"{learned}": "val"}
    assert done.notes[-1].endswith("of 10 patients, each on one side of the split")


def side_by_place(destination: Path) -> dict[str, str]:
    return {
        image["file_name"]: name
        for name, content in contents(destination).items()
        for image in content["images"]
    }


def test_radiographs_whose_content_a_review_does_not_know_are_not_taken_for_one(
    tmp_path: Path,
) -> None:
    clinic, destination = tmp_path / "c", tmp_path / "set"
    for number in range(15):
        path = reviewed(clinic / f"{number}.png")
        review_file = path.with_name(f"{path.name}.review.json")
        saved, on_disk = read_review(review_file)
        write_review(review_file, replace(saved, radiograph_sha256=""), last=on_disk)
    export(clinic, destination)
    before = side(destination)

    export(clinic, destination, splitting=Splitting(seed=3))

    assert set(before.values()) == {"train", "val"}
    assert side(destination) == before


def side_by_content(destination: Path) -> dict[str, str]:
    return {
        image["sha256"]: name
        for name, content in contents(destination).items()
        for image in content["images"]
    }


def test_radiographs_may_be_named_where_they_lie(tmp_path: Path) -> None:
    for number in range(6):
        reviewed(tmp_path / "c" / f"{number}.png")

    export(tmp_path / "c", tmp_path / "set", copy_images=False)

    assert not (tmp_path / "set" / "images").exists()
    sets = read_learning_sets([tmp_path / "set"], seed=0)
    assert all(
        s.path.samefile(tmp_path / "c" / s.path.name) for s in sets.training.samples
    )


def test_a_set_of_another_making_is_not_written_over(tmp_path: Path) -> None:
    reviewed(tmp_path / "c" / "a.png")
    other = tmp_path / "set" / "train.json"
    other.parent.mkdir()
    other.write_text('{"images": [], "categories": [], "annotations": []}')

    with pytest.raises(AnnotationFileError, match="another making"):
        export(tmp_path / "c", tmp_path / "set")
    assert json.loads(other.read_text())["images"] == []


def test_a_folder_that_holds_other_things_is_left_alone(tmp_path: Path) -> None:
    reviewed(tmp_path / "c" / "a.png")
    other = tmp_path / "set" / "treatments_train.json"
    other.parent.mkdir()
    other.write_text("{}")

    with pytest.raises(AnnotationFileError, match=r"such as treatments_train\.json"):
        export(tmp_path / "c", tmp_path / "set")
    assert [path.name for path in other.parent.iterdir()] == [other.name]


def test_an_export_is_made_again_though_a_file_manager_has_shown_its_folder(
    tmp_path: Path,
) -> None:
    reviewed(tmp_path / "a" / "pan.png")
    export(tmp_path / "a", tmp_path / "set")
    for left in (".DS_Store", "desktop.ini", "Thumbs.db"):
        (tmp_path / "set" / left).touch()

    export(tmp_path / "a", tmp_path / "set")

    assert contents(tmp_path / "set")


def test_an_export_that_was_killed_is_done_again(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        reviewed(tmp_path / "c" / name)
    (tmp_path / "set" / "images").mkdir(parents=True)
    copied = (tmp_path / "c" / "a.png").read_bytes()
    (tmp_path / "set" / "images" / "a.png").write_bytes(copied)

    export(tmp_path / "c", tmp_path / "set")

    assert set(side(tmp_path / "set")) == {"a.png", "b.png"}
    copies = sorted(path.name for path in (tmp_path / "set" / "images").iterdir())
    assert copies == ["a.png", "b.png"]


def test_a_copy_that_was_damaged_is_made_again(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        reviewed(tmp_path / "c" / name)
    export(tmp_path / "c", tmp_path / "set")
    copy = tmp_path / "set" / "images" / "a.png"
    copy.write_bytes(b"half")

    export(tmp_path / "c", tmp_path / "set")

    assert copy.read_bytes() == (tmp_path / "c" / "a.png").read_bytes()
    copies = sorted(path.name for path in copy.parent.iterdir())
    assert copies == ["a.png", "b.png"]


def test_a_picture_that_no_export_made_is_not_written_over(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        reviewed(tmp_path / "c" / name)
    other = tmp_path / "set" / "images" / "a.png"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"another radiograph")

    export(tmp_path / "c", tmp_path / "set")

    assert other.read_bytes() == b"another radiograph"
    images = [i for part in contents(tmp_path / "set").values() for i in part["images"]]
    (name,) = (i["file_name"] for i in images if i["radiograph"] == "a.png")
    copy = other.with_name(name)
    assert copy.read_bytes() == (tmp_path / "c" / "a.png").read_bytes()


def test_a_broken_review_is_named_and_the_rest_is_exported(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "c.png"):
        reviewed(tmp_path / "c" / name)
    (tmp_path / "c" / "b.png.review.json").write_text("{")
    cv2.imwrite(str(tmp_path / "c" / "c.png"), np.zeros((30, 30), np.uint8))

    done = export(tmp_path / "c", tmp_path / "set")

    assert set(side(tmp_path / "set")) == {"a.png"}
    assert len(done.failures) == 2
    assert "b.png.review.json" in done.failures[0]
    assert "had 200 x 100 pixels when reviewed, now 30 x 30" in done.failures[1]


def test_findings_of_a_radiograph_that_was_replaced_are_about_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By another patient's of the same size."""
    clinic = tmp_path / "c"
    for shade, name in enumerate(("a.png", "b.png", "c.png")):
        reviewed(clinic / name, shade=shade)
    replaced = reviewed(tmp_path / "other" / "b.png", shade=99)
    replaced.replace(clinic / "b.png")

    done = export(clinic, tmp_path / "set")
    with pytest.raises(DatasetError, match="another file than was reviewed"):
        read_learning_sets([clinic], seed=0, reviews=tmp_path / "user")
    converted = main(["convert", str(clinic), str(tmp_path / "coco"), "--to", "coco",
                      "--only", "accepted"])  # fmt: skip

    assert set(side(tmp_path / "set")) == {"a.png", "c.png"}
    (failure,) = done.failures
    assert failure.startswith(f"{clinic / 'b.png.review.json'}: ")
    assert "b.png is another file than was reviewed" in failure
    assert converted == 1
    assert "b.png is another file than was reviewed" in capsys.readouterr().err
    (coco,) = (tmp_path / "coco").rglob("*.json")
    images = json.loads(coco.read_text())["images"]
    assert {Path(image["file_name"]).name for image in images} == {"a.png", "c.png"}


def test_where_nothing_was_reviewed_nothing_is_written(tmp_path: Path) -> None:
    reviewed(tmp_path / "c" / "a.png", lambda review: review)

    with pytest.raises(AnnotationFileError, match="1 radiograph not reviewed to the"):
        export(tmp_path / "c", tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_the_command_says_what_it_wrote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(5):
        reviewed(tmp_path / "c" / f"{number}.png", shade=number)
    reviewed(tmp_path / "c" / "half.png", lambda review: review.accept([1]))

    status = main(["export-training", str(tmp_path / "c"), str(tmp_path / "set")])

    said = capsys.readouterr().out
    assert status == 0
    assert said.startswith("Wrote 10 findings on 5 radiographs")
    assert "1 radiograph not reviewed to the end was left out" in said


def test_a_pattern_that_is_none_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = ["export-training", str(tmp_path), str(tmp_path), "--patients", "("]

    assert main(typed) == 2
    assert "not a regular expression" in capsys.readouterr().err


def test_a_pattern_that_comes_to_no_end_is_given_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reviewed(tmp_path / "c" / f"{'a' * 60}!.png")
    typed = ["export-training", str(tmp_path / "c"), str(tmp_path / "set")]

    assert main([*typed, "--patients", "(a|a)*$"]) == 1
    assert "(a|a)*$ takes too long to find a patient" in capsys.readouterr().err
    assert not (tmp_path / "set").exists()


@pytest.mark.parametrize("pattern", ["patient=([0-9]+)", "pat"])
def test_a_pattern_that_names_nobody_is_refused_before_anything_is_written(
    pattern: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clinic = of_patients(tmp_path / "c", 4)
    typed = ["export-training", str(clinic), str(tmp_path / "set")]

    assert main([*typed, "--patients", pattern]) == 1
    said = capsys.readouterr().err
    assert f"The regular expression {pattern} names no patient in the path of" in said
    assert not (tmp_path / "set").exists()


def three_sides(destination: Path) -> dict[str, str]:
    """Of each radiograph, by the name it had, the file that it is in."""
    return {
        image["radiograph"]: path.stem
        for path in destination.glob("*.json")
        for image in json.loads(path.read_text())["images"]
    }


def test_a_part_can_be_kept_for_comparing_and_stays_kept(tmp_path: Path) -> None:
    for number in range(30):
        reviewed(tmp_path / "c" / f"{number}.png")
    three_ways = Splitting(three_way=True)

    first = export(tmp_path / "c", tmp_path / "set", splitting=three_ways)
    before = three_sides(tmp_path / "set")
    for number in range(30, 45):
        reviewed(tmp_path / "c" / f"{number}.png")
    # Not asked for again: the folder is split so.
    export(tmp_path / "c", tmp_path / "set")

    assert set(before.values()) == {"train", "val", "test"}
    assert list(before.values()).count("test") == first.counts.kept
    assert first.counts.held_out > first.counts.kept
    assert any("too few to tell detectors apart" in note for note in first.notes)
    after = three_sides(tmp_path / "set")
    assert len(after) == 45
    assert {name: after[name] for name in before} == before


def test_a_set_too_small_to_keep_any_for_comparing_is_split_so_as_it_grows(
    tmp_path: Path,
) -> None:
    for number in range(3):
        reviewed(tmp_path / "c" / f"{number}.png")
    three_ways = Splitting(three_way=True)

    first = export(tmp_path / "c", tmp_path / "set", splitting=three_ways)
    for number in range(3, 45):
        reviewed(tmp_path / "c" / f"{number}.png")
    sets = read_learning_sets([tmp_path / "set"], seed=0, with_kept=True)
    later = export(tmp_path / "c", tmp_path / "set")

    assert (first.counts.held_out, first.counts.kept) == (1, 0)
    assert sets.comparison is None
    assert later.counts.kept > 0


def test_what_is_not_reviewed_any_more_is_not_kept_for_comparing(
    tmp_path: Path,
) -> None:
    for number in range(20):
        reviewed(tmp_path / "old" / f"{number}.png")
    three_ways = Splitting(three_way=True)
    first = export(tmp_path / "old", tmp_path / "set", splitting=three_ways)
    for number in range(2):
        reviewed(tmp_path / "new" / f"new-{number}.png")

    second = export(tmp_path / "new", tmp_path / "set")

    assert first.counts.kept
    assert not second.counts.kept
    assert set(three_sides(tmp_path / "set")) == {"new-0.png", "new-1.png"}


def test_what_is_kept_is_neither_learned_from_nor_chosen_by(tmp_path: Path) -> None:
    for number in range(30):
        reviewed(tmp_path / "c" / f"{number}.png")
    export(tmp_path / "c", tmp_path / "set", splitting=Splitting(three_way=True))

    learned = read_learning_sets([tmp_path / "set"], seed=0)
    compared = read_learning_sets([tmp_path / "set"], seed=0, with_kept=True)

    assert learned.comparison is None
    assert compared.comparison is not None
    kept = {sample.path for sample in compared.comparison.samples}
    used = (*learned.training.samples, *learned.validation.samples)
    assert kept
    assert not kept & {sample.path for sample in used}
    assert len(kept) + len(used) == 30


def test_a_folder_that_is_closed_to_the_reader_is_named_and_the_others_exported(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("a", "b"):
        reviewed(tmp_path / "clinic" / name / f"{name}.png")
    closed = tmp_path / "clinic" / "b"
    close(closed, monkeypatch)

    typed = ["export-training", str(tmp_path / "clinic"), str(tmp_path / "set")]
    assert main(typed) == 1

    said = capsys.readouterr()
    assert "on 1 radiograph" in said.out
    assert said.err == (
        f"failed: {closed}: the folder cannot be read: Permission denied\n"
    )
