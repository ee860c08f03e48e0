from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import pytest

from dentalviewer.cli import main
from dentalviewer.detection.sets.training_data import (
    read_judging_set,
    read_learning_sets,
)
from dentalviewer.errors import (
    AnnotationFileError,
    DatasetError,
    DentalViewerError,
    FileError,
    PatternFindsNobody,
)
from dentalviewer.formats import LabelledImage, write_annotations
from dentalviewer.formats.review_file import SavedReview, write_review
from dentalviewer.geometry import Box, Size
from dentalviewer.patients import patient_pattern, patients_of
from dentalviewer.review import Patient, Review
from dentalviewer.study import Finding
from tests.closed_folder import close
from tests.detection.conftest import drawn, write_split
from tests.test_dicom import dicom, written

SIZE = Size(200, 100)


def clinic(
    folder: Path,
    labels: Sequence[str] = ("restoration",) * 8,
    *,
    format_name: str = "voc",
    prefix: str = "r",
) -> Path:
    """A set in one of the formats: a radiograph with one box for each label."""
    images = []
    (folder / "images").mkdir(parents=True)
    for number, label in enumerate(labels):
        path = folder / "images" / f"{prefix}{number}.png"
        box = Box(10 + number, 20, 50 + number, 60)
        cv2.imwrite(str(path), drawn(SIZE, [box]))
        images.append(LabelledImage(path, SIZE, (Finding(box, label),)))
    export = write_annotations(images, folder / "export", format_name, copy_images=True)
    return export.path if format_name == "coco" else folder / "export"


@pytest.mark.parametrize("format_name", ["voc", "vott2", "coco", "labelme", "yolo"])
def test_a_set_of_any_format_is_read_and_a_part_held_out(
    tmp_path: Path, format_name: str
) -> None:
    source = clinic(tmp_path, format_name=format_name)

    sets = read_learning_sets([source], seed=0)

    names = [
        {sample.path.name for sample in dataset.samples}
        for dataset in (sets.training, sets.validation)
    ]
    assert len(names[0]) + len(names[1]) == 8
    assert not names[0] & names[1]
    assert min(map(len, names)) > 0
    assert sets.training.labels == ("restoration",)
    by_name = {sample.path.name: sample for sample in sets.training.samples}
    name = min(names[0])
    (found,) = by_name[name].boxes
    assert found.box.x_min == pytest.approx(10 + int(name[1]), abs=0.5)


def test_what_is_held_out_depends_on_the_seed_alone(tmp_path: Path) -> None:
    source = clinic(tmp_path)

    def held(seed: int) -> list[str]:
        sets = read_learning_sets([source], seed=seed)
        return [sample.path.name for sample in sets.validation.samples]

    assert held(3) == held(3)
    assert len({tuple(held(seed)) for seed in range(6)}) > 1


def test_a_set_that_is_split_stays_split(data: Path) -> None:
    sets = read_learning_sets([data], seed=5)

    assert len(sets.training.samples) == 5
    assert [s.path.name for s in sets.validation.samples] == ["val-0.png", "val-1.png"]


def test_of_a_set_with_nothing_to_judge_by_a_part_is_held_out(tmp_path: Path) -> None:
    write_split(tmp_path, "train", radiographs=8)

    sets = read_learning_sets([tmp_path], seed=0)

    assert 0 < len(sets.validation.samples) < 8
    assert len(sets.training.samples) + len(sets.validation.samples) == 8


def test_several_sets_are_joined_class_by_class(data: Path, tmp_path: Path) -> None:
    other = clinic(tmp_path / "other", ["Crown", "caries", "caries", "crown"] * 2)

    sets = read_learning_sets([data, other], seed=0)

    assert sets.training.labels == ("restoration", "endodontic", "implant", "caries")
    first = sets.training.samples[0]
    assert [box.label_index for box in first.boxes] == [0, 1, 2]
    labels = {
        sets.training.labels[box.label_index]
        for sample in (*sets.training.samples[5:], *sets.validation.samples[2:])
        for box in sample.boxes
    }
    assert labels == {"restoration", "caries"}


def test_the_classes_of_the_detector_to_start_from_come_first(tmp_path: Path) -> None:
    source = clinic(tmp_path, ["implant"] * 6)

    sets = read_learning_sets([source], seed=0, known_labels=("endodontic", "implant"))

    assert sets.training.labels == ("endodontic", "implant")
    assert {b.label_index for s in sets.training.samples for b in s.boxes} == {1}


@pytest.mark.parametrize("seed", range(6))
def test_the_only_radiograph_with_a_class_is_learned_from(
    tmp_path: Path, seed: int
) -> None:
    source = clinic(tmp_path, ["restoration"] * 7 + ["implant"])

    training = read_learning_sets([source], seed=seed).training

    assert training.count(training.labels.index("implant")) == 1


def test_a_class_that_is_asked_for_but_never_shown_is_refused(data: Path) -> None:
    path = data / "treatments_train.json"
    content = json.loads(path.read_text())
    content["annotations"] = [
        each for each in content["annotations"] if each["category_id"] != 3
    ]
    path.write_text(json.dumps(content))

    with pytest.raises(DatasetError, match='"implant", of which nothing') as caught:
        read_learning_sets([data], seed=0)
    assert caught.value.path == data / "treatments_val.json"


@pytest.mark.parametrize("given", ["file", "folder"])
def test_what_is_uncertain_in_a_coco_file_stays_so(tmp_path: Path, given: str) -> None:
    """Of eight two are called uncertain, one a crowd and one has a number twice."""
    file = clinic(tmp_path, ["36"] * 7 + ["37"], format_name="coco")
    content = json.loads(file.read_text())
    for annotation in content["annotations"][:2]:
        annotation["uncertain"] = True
    content["annotations"][2]["iscrowd"] = 1
    content["images"][3]["duplicate_tooth_numbers"] = [36]
    content["images"][7]["duplicate_tooth_numbers"] = [36]
    file.write_text(json.dumps(content))
    source = file if given == "file" else tmp_path / "export"

    sets = read_learning_sets([source], seed=0)

    learned = (*sets.training.samples, *sets.validation.samples)
    judged, _ = read_judging_set([source])
    uncertain = ["r0.png", "r1.png", "r2.png", "r3.png"]
    for samples in (learned, judged.samples):
        found = {s.path.name: b.uncertain for s in samples for b in s.boxes}
        assert sorted(name for name, is_so in found.items() if is_so) == uncertain
    assert sets.notes == ()


def test_a_box_without_area_in_a_coco_file_is_left_out_and_told_of(
    tmp_path: Path,
) -> None:
    """As of other formats."""
    file = clinic(tmp_path, ["36"] * 8, format_name="coco")
    content = json.loads(file.read_text())
    content["annotations"][0]["bbox"][2] = 0
    file.write_text(json.dumps(content))

    sets = read_learning_sets([file], seed=0)
    judged, notes = read_judging_set([file])

    assert sum(len(sample.boxes) for sample in judged.samples) == 7
    for told in (sets.notes, notes):
        assert f"Left out of {file}: 1 box without area" in told[0]


def review_two(images: Path) -> None:
    """Of two of the radiographs a crown was accepted and a caries rejected."""
    proposed = [
        Finding(Box(10, 10, 30, 30), "Crown", score=0.9),
        Finding(Box(50, 10, 70, 30), "caries", score=0.9),
    ]
    for name in ("r1.png", "r2.png"):
        opened = Review().propose_annotations(proposed)
        review = opened.accept([1]).reject([2])
        saved = SavedReview(name, "", SIZE, (), review, opened)
        write_review(images / f"{name}.review.json", saved, last=None)


def test_of_reviewed_radiographs_what_was_accepted_is_learned(tmp_path: Path) -> None:
    clinic(tmp_path)
    review_two(tmp_path / "images")

    sets = read_learning_sets([tmp_path / "images"], seed=0, reviews=tmp_path / "user")

    assert sets.training.labels == ("restoration",)
    samples = (*sets.training.samples, *sets.validation.samples)
    assert sorted(sample.path.name for sample in samples) == ["r1.png", "r2.png"]
    assert {b.box for s in samples for b in s.boxes} == {Box(10, 10, 30, 30)}
    assert "6 radiographs without a review were left out" in sets.notes


def test_who_judges_by_what_was_accepted_is_told_what_was_left_out(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clinic(tmp_path)
    review_two(tmp_path / "images")
    command = ["assess", str(model), "--data", str(tmp_path / "images")]

    assert main([*command, "--only", "accepted"]) == 0

    said = capsys.readouterr()
    assert "6 radiographs without a review were left out" in said.err
    assert "2 radiographs, each as it is and altered" in said.out


def test_a_radiograph_cannot_be_learned_from_and_judged_by(data: Path) -> None:
    (data / "treatments_val.json").write_text(
        (data / "treatments_train.json").read_text()
    )

    with pytest.raises(DatasetError, match="both to learn from and to judge"):
        read_learning_sets([data], seed=0)


def test_nothing_is_chosen_by_what_is_kept_for_comparing(data: Path) -> None:
    shutil.copy(data / "treatments_val.json", data / "treatments_test.json")

    with pytest.raises(DatasetError, match="to choose by and kept for comparing"):
        read_learning_sets([data], seed=0, with_kept=True)


def test_a_box_that_reaches_over_the_rim_stops_no_training(tmp_path: Path) -> None:
    source = clinic(tmp_path, format_name="coco")
    content = json.loads(source.read_text())
    content["annotations"][0]["bbox"] = [190, 20, 40, 20]
    source.write_text(json.dumps(content))

    sets = read_learning_sets([source], seed=0)

    samples = (*sets.training.samples, *sets.validation.samples)
    assert Box(190, 20, 200, 40) in {b.box for s in samples for b in s.boxes}
    assert sets.notes == (
        f"{source}: 1 box reaches over the rim of the radiograph, and ends there",
    )


def test_a_missing_radiograph_is_named(tmp_path: Path) -> None:
    source = clinic(tmp_path, format_name="coco")
    for path in tmp_path.rglob("r3.png"):
        path.unlink()

    with pytest.raises(DatasetError, match=r"r3\.png is missing"):
        read_learning_sets([source], seed=0)


def test_all_that_is_malformed_in_a_file_is_told_at_one_start(tmp_path: Path) -> None:
    path = clinic(tmp_path, format_name="coco")
    content = json.loads(path.read_text())
    del content["annotations"][0]["bbox"]
    del content["annotations"][1]["category_id"]
    path.write_text(json.dumps(content))

    with pytest.raises(AnnotationFileError) as caught:
        read_learning_sets([path], seed=0)

    assert caught.value.fault == (
        "2 faults: annotation 1: bbox is missing; annotation 2: category_id is missing"
    )


def test_one_damaged_file_is_named_before_hours_are_spent(tmp_path: Path) -> None:
    source = clinic(tmp_path)
    (source / "Annotations" / "r2.xml").write_text("<annotation>")

    with pytest.raises(DatasetError, match=r"r2\.xml: not well-formed"):
        read_learning_sets([source], seed=0)


@pytest.mark.parametrize("content", ["", "[]", '{"images": [], "categories": []}'])
def test_a_file_without_annotations_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "set.json"
    path.write_text(content)

    with pytest.raises(DentalViewerError, match=r"set\.json"):
        read_learning_sets([path], seed=0)


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds no annotated radiograph"):
        read_learning_sets([tmp_path], seed=0)


def test_where_there_are_only_reviews_the_way_to_learn_from_them_is_told(
    tmp_path: Path,
) -> None:
    clinic(tmp_path)
    review_two(tmp_path / "images")
    folder = tmp_path / "reviewed"
    folder.mkdir()
    for path in (tmp_path / "images").glob("r[12].png*"):
        shutil.copy(path, folder)

    with pytest.raises(DatasetError) as caught:
        read_learning_sets([folder], seed=0)

    assert caught.value.fault == (
        "holds no annotated radiograph, only reviews: what was accepted in them is"
        " learned from with `train --only accepted`, or as a set that Project > Export"
        " for retraining writes"
    )


def test_a_single_radiograph_is_too_few(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="at least two are needed"):
        read_learning_sets([clinic(tmp_path, ["implant"])], seed=0)


def test_classes_that_are_each_seen_once_leave_nothing_to_judge_by(
    tmp_path: Path,
) -> None:
    with pytest.raises(DatasetError, match="more radiographs are needed that show it"):
        read_learning_sets([clinic(tmp_path, ["implant", "restoration"])], seed=0)


def sides(source: Path, *, seed: int = 0, **options: Any) -> dict[str, bool]:
    """Of each radiograph whether it is held out."""
    sets = read_learning_sets([source], seed=seed, **options)
    return {
        sample.path.name: held
        for dataset, held in ((sets.training, False), (sets.validation, True))
        for sample in dataset.samples
    }


def test_all_radiographs_of_one_patient_fall_on_one_side(tmp_path: Path) -> None:
    source = clinic(tmp_path, ["restoration"] * 20, format_name="coco")
    content = json.loads(source.read_text())
    for image in content["images"]:
        image["patient_id"] = int(image["file_name"][1:-4]) // 2
    source.write_text(json.dumps(content))

    held = sides(source)

    assert set(held.values()) == {True, False}
    for number in range(0, 20, 2):
        assert held[f"r{number}.png"] == held[f"r{number + 1}.png"]
    notes = read_learning_sets([source], seed=0).notes
    assert "20 radiographs are of 10 patients, each on one side of the split" in notes


@pytest.mark.parametrize("seed", range(6))
def test_copies_of_one_radiograph_fall_on_one_side(tmp_path: Path, seed: int) -> None:
    source = clinic(tmp_path, ["restoration"] * 12, format_name="coco")
    pairs = [(f"r{number}.png", f"r{number + 6}.png") for number in range(6)]
    where = {path.name: path for path in source.parent.rglob("*.png")}
    for first, second in pairs:
        shutil.copyfile(where[first], where[second])

    sets = read_learning_sets([source], seed=seed)

    learned = {sample.path.name for sample in sets.training.samples}
    assert 0 < len(learned) < 12
    for first, second in pairs:
        assert (first in learned) is (second in learned)
    assert "12 radiographs are of 6 patients, each on one side of the split" in (
        sets.notes
    )
    told = "r0.png and r6.png; r1.png and r7.png; r2.png and r8.png, ..."
    assert f"6 radiographs are there more than once: {told}" in sets.notes


def test_copies_under_the_names_of_different_patients_fall_on_one_side(
    tmp_path: Path,
) -> None:
    source = clinic(tmp_path, ["restoration"] * 12, format_name="coco")
    where = {path.name: path for path in source.parent.rglob("*.png")}
    for number in range(6):
        shutil.copyfile(where[f"r{number}.png"], where[f"r{number + 6}.png"])
    state_patients(source, list("abcdefghijkl"))

    for seed in range(6):
        held = sides(source, seed=seed)
        assert all(held[f"r{n}.png"] == held[f"r{n + 6}.png"] for n in range(6))


def test_a_radiograph_that_a_split_has_on_both_sides_is_told_of(data: Path) -> None:
    images = data / "images"
    shutil.copyfile(images / "train-0.png", images / "val-0.png")

    sets = read_learning_sets([data], seed=0)

    assert sets.shared_patients == 1
    assert any("1 patient is both learned from and judged by" in n for n in sets.notes)


def state_patients(path: Path, patients: Sequence[object]) -> None:
    """Whom the radiographs of a COCO file show, in its order."""
    content = json.loads(path.read_text())
    for image, patient in zip(content["images"], patients, strict=True):
        image["patient_id"] = patient
    path.write_text(json.dumps(content))


def coco_of_couples(folder: Path) -> Path:
    """A COCO file that says of twenty radiographs, two by two, whom they show."""
    path = clinic(folder, ["restoration"] * 20, format_name="coco")
    content = json.loads(path.read_text())
    state_patients(
        path, [int(image["file_name"][1:-4]) // 2 for image in content["images"]]
    )
    return path


def are_together(held: dict[str, bool]) -> bool:
    """Whether the couples are, and something is held out and something is not."""
    return set(held.values()) == {True, False} and all(
        held[f"r{number}.png"] == held[f"r{number + 1}.png"]
        for number in range(0, 20, 2)
    )


def test_a_folder_that_holds_a_coco_file_is_split_by_its_patients(
    tmp_path: Path,
) -> None:
    folder = coco_of_couples(tmp_path).parent

    assert are_together(sides(folder))
    # And nothing is said of ids that were left out.
    assert read_learning_sets([folder], seed=0).notes == (
        "20 radiographs are of 10 patients, each on one side of the split",
    )


@pytest.mark.parametrize("place", [".", "annotations"])
def test_a_coco_file_tells_the_patients_of_what_other_files_annotate(
    tmp_path: Path, place: str
) -> None:
    path = coco_of_couples(tmp_path)
    project = tmp_path / "project"
    shutil.copytree(path.parent / "images", project / "images")
    images = [
        LabelledImage(picture, SIZE, (Finding(Box(10, 20, 50, 60), "restoration"),))
        for picture in sorted((project / "images").iterdir())
    ]
    write_annotations(images, project / "images", "labelme")
    (project / place).mkdir(exist_ok=True)
    shutil.copy(path, project / place / "whom.json")

    assert are_together(sides(project))


def accept_everything(folder: Path, *, numbers: Sequence[str] = ("",) * 20) -> None:
    """Reviews of r0.png to r19.png, each with the number of a patient."""
    for number, patient in enumerate(numbers):
        name = f"r{number}.png"
        opened = Review(patient=Patient(number=patient)).propose_annotations(
            [Finding(Box(10, 10, 30, 30), "restoration")]
        )
        saved = SavedReview(name, "", SIZE, (), opened.accept([1]), opened)
        write_review(folder / f"{name}.review.json", saved, last=None)


@pytest.mark.parametrize("is_file", [True, False])
def test_what_was_accepted_is_split_by_the_patients_of_a_coco_file(
    tmp_path: Path, is_file: bool
) -> None:
    path = coco_of_couples(tmp_path)
    accept_everything(path.parent / "images")

    source = path if is_file else path.parent
    assert are_together(sides(source, reviews=tmp_path / "user"))


def test_what_was_accepted_is_split_by_the_patients_that_reviews_name(
    tmp_path: Path,
) -> None:
    clinic(tmp_path, ["restoration"] * 20)
    folder = tmp_path / "images"
    accept_everything(folder, numbers=[f"P{number // 2}" for number in range(20)])

    assert are_together(sides(folder, reviews=tmp_path / "user"))


def test_who_has_a_number_in_some_reviews_is_the_one_that_a_file_states(
    tmp_path: Path,
) -> None:
    path = coco_of_couples(tmp_path)
    folder = path.parent / "images"
    # Of every couple the file says of the first alone whom it shows.
    state_patients(path, [None if n % 2 else f"p{n}" for n in range(20)])
    accept_everything(folder, numbers=[f"P{number // 2}" for number in range(20)])

    assert are_together(sides(path, reviews=tmp_path / "user"))


def test_a_folder_with_nothing_to_judge_by_is_split_by_patient(tmp_path: Path) -> None:
    path = write_split(tmp_path, "train", radiographs=20)
    state_patients(path, [number // 2 for number in range(20)])

    held = sides(tmp_path)

    assert set(held.values()) == {True, False}
    for number in range(0, 20, 2):
        assert held[f"train-{number}.png"] == held[f"train-{number + 1}.png"]


def test_patients_on_both_sides_of_a_split_are_told_of(data: Path) -> None:
    state_patients(data / "treatments_train.json", ["a", "b", "c", "d", None])
    state_patients(data / "treatments_val.json", ["c", "a"])

    sets = read_learning_sets([data], seed=0)

    assert len(sets.training.samples) == 5
    assert sets.shared_patients == 2
    assert sets.notes == (
        "2 patients are both learned from and judged by, so the scores may flatter:"
        " train-2.png and val-0.png; train-0.png and val-1.png",
    )


def test_patients_on_both_sides_may_be_known_by_file_names(data: Path) -> None:
    sets = read_learning_sets(
        [data], seed=0, patient_pattern=patient_pattern(r"-(1)\.png")
    )

    assert sets.notes == (
        "1 patient is both learned from and judged by, so the scores may flatter:"
        " train-1.png and val-1.png",
    )


def test_a_patient_of_several_sets_is_on_the_side_that_a_split_gives(
    data: Path, tmp_path: Path
) -> None:
    state_patients(data / "treatments_train.json", ["a", "b", "c", "d", "e"])
    state_patients(data / "treatments_val.json", ["f", "g"])
    other = clinic(tmp_path / "other", format_name="coco")
    state_patients(other, ["a", "b", "c", "d", "e", "f", "g", "h"])

    for sources in ([data, other], [other, data]):
        sets = read_learning_sets(sources, seed=0)

        assert sets.shared_patients == 0
        held = {sample.patient for sample in sets.validation.samples}
        assert {"f", "g"} <= held <= {"f", "g", "h"}
        assert "8 radiographs are of 8 patients, each on one side of the split" in (
            sets.notes
        )


def test_whom_one_set_keeps_for_comparing_is_not_learned_from_in_another(
    data: Path, tmp_path: Path
) -> None:
    write_split(data, "test", radiographs=2)
    for split, patients in (("train", "abcde"), ("val", "fg"), ("test", "pq")):
        state_patients(data / f"treatments_{split}.json", list(patients))
    other = clinic(tmp_path / "other", format_name="coco")
    state_patients(other, list("ahijklpq"))

    learned = read_learning_sets([data, other], seed=0)
    compared = read_learning_sets([data, other], seed=0, with_kept=True)

    assert learned.comparison is None
    assert not {s.patient for s in learned.training.samples} & {"p", "q"}
    assert compared.training == learned.training
    assert compared.comparison is not None
    assert [s.patient for s in compared.comparison.samples] == ["p", "q", "p", "q"]


def test_what_is_kept_for_comparing_need_not_be_annotated_to_learn_from_the_rest(
    data: Path,
) -> None:
    kept = json.loads(write_split(data, "test", radiographs=1).read_text())
    (data / "treatments_test.json").write_text(json.dumps({**kept, "annotations": []}))

    sets = read_learning_sets([data], seed=0)

    assert (len(sets.training.samples), sets.comparison) == (5, None)
    (note,) = sets.notes
    assert note.startswith("what is kept for comparing is not looked at: ")
    with pytest.raises(DatasetError, match="holds no annotated radiograph"):
        read_learning_sets([data], seed=0, with_kept=True)


def test_a_patient_of_two_sets_that_are_split_now_is_on_one_side(
    tmp_path: Path,
) -> None:
    # Only the other set's first patient shows an implant, and so is learned from.
    one = clinic(tmp_path / "one", format_name="coco")
    other = clinic(
        tmp_path / "other", ["implant"] + ["restoration"] * 7, format_name="coco"
    )
    for path in (one, other):
        state_patients(path, list("abcdefgh"))

    for seed in range(8):
        for sources in ([one, other], [other, one]):
            assert read_learning_sets(sources, seed=seed).shared_patients == 0


def test_patients_that_two_splits_put_on_different_sides_are_told_of(
    data: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    for split, count in (("train", 3), ("val", 1)):
        write_split(other, split, radiographs=count)
    for path in (other / "images").iterdir():
        cv2.imwrite(str(path), 255 - cv2.imread(str(path)))
    state_patients(data / "treatments_train.json", ["a", "b", "c", "d", "e"])
    state_patients(data / "treatments_val.json", ["f", "g"])
    state_patients(other / "treatments_train.json", ["f", "h", "i"])
    state_patients(other / "treatments_val.json", ["j"])

    sets = read_learning_sets([data, other], seed=0)

    assert sets.shared_patients == 1
    assert sets.notes == (
        "1 patient is both learned from and judged by, so the scores may flatter:"
        " train-0.png and val-0.png",
    )


def test_a_split_between_patients_needs_no_word(data: Path) -> None:
    state_patients(data / "treatments_train.json", ["a", "a", "b", "b", "c"])
    state_patients(data / "treatments_val.json", ["d", "d"])

    sets = read_learning_sets([data], seed=0)

    assert (sets.notes, sets.shared_patients) == ((), 0)


def name_categories(folder: Path, names: Sequence[str]) -> None:
    for split in ("train", "val"):
        path = folder / f"teeth_{split}.json"
        content = json.loads(path.read_text())
        for category, name in zip(content["categories"], names, strict=True):
            category["name"] = name
        path.write_text(json.dumps(content))


def test_teeth_without_a_number_are_neither_learned_nor_background(
    tmp_path: Path,
) -> None:
    for split in ("train", "val"):
        write_split(tmp_path, split, radiographs=2, name="teeth")
    name_categories(tmp_path, ["11", "supernumerary", "21"])

    sets = read_learning_sets([tmp_path], seed=0, label_set="teeth")

    assert sets.training.labels == sets.validation.labels == ("11", "21")
    first, extra, other = sets.training.samples[0].boxes
    assert (first.label_index, first.uncertain) == (0, False)
    assert extra.uncertain
    assert (other.label_index, other.uncertain) == (1, False)
    # Two radiographs on either side, one such tooth on each.
    assert sets.notes == (
        "deciduous teeth, and those without an FDI number, are not learned:"
        ' 4 "supernumerary"',
    )


@pytest.mark.parametrize(
    ("format_name", "unsought"),
    [
        # Lists its classes, which are all of the program's where nothing else is known.
        ("coco", set()),
        ("voc", set()),
        ("yolo", set()),
        # Shows those alone that occur.
        ("labelme", {"endodontic", "implant"}),
    ],
)
def test_nobody_looked_for_what_a_set_neither_shows_nor_lists(
    tmp_path: Path, format_name: str, unsought: set[str]
) -> None:
    source = clinic(tmp_path, format_name=format_name)
    known = ("restoration", "endodontic", "implant")

    training = read_learning_sets([source], seed=0, known_labels=known).training

    for sample in training.samples:
        assert {training.labels[index] for index in sample.unsought} == unsought


def test_each_set_is_asked_for_what_was_looked_for_in_it(tmp_path: Path) -> None:
    crowns = clinic(tmp_path / "a", format_name="labelme")
    roots = clinic(
        tmp_path / "b", ["endodontic"] * 8, format_name="labelme", prefix="s"
    )

    training = read_learning_sets([crowns, roots], seed=0).training

    assert {
        (sample.path.name[0], training.labels[index])
        for sample in training.samples
        for index in sample.unsought
    } == {("r", "endodontic"), ("s", "restoration")}


def test_deciduous_teeth_become_uncertain_and_are_no_class_to_learn(
    tmp_path: Path,
) -> None:
    for split in ("train", "val"):
        write_split(tmp_path, split, radiographs=2, name="teeth")
    name_categories(tmp_path, ["11", "55", "21"])

    sets = read_learning_sets([tmp_path], seed=0, label_set="teeth")

    assert sets.training.labels == ("11", "21")
    assert [box.uncertain for box in sets.training.samples[0].boxes] == [
        False, True, False,
    ]  # fmt: skip
    assert sets.notes == (
        'deciduous teeth, and those without an FDI number, are not learned: 4 "55"',
    )


def test_of_teeth_none_is_unsought_for_those_that_are_not_annotated_are_not_there(
    tmp_path: Path,
) -> None:
    for name, numbers in (("a", ["11", "55", "21"]), ("b", ["11", "21", "12"])):
        for split in ("train", "val"):
            write_split(tmp_path / name, split, name="teeth")
        name_categories(tmp_path / name, numbers)

    training = read_learning_sets(
        [tmp_path / "a", tmp_path / "b"],
        seed=0,
        label_set="teeth",
        known_labels=("11", "18", "21"),
    ).training

    assert training.labels == ("11", "18", "21", "12")
    assert {sample.unsought for sample in training.samples} == {frozenset()}


def test_teeth_of_which_none_has_a_number_are_refused(tmp_path: Path) -> None:
    for split in ("train", "val"):
        write_split(tmp_path, split, name="teeth")
    name_categories(tmp_path, ["incisor", "molar", "99"])

    with pytest.raises(DatasetError, match="none of its categories is the FDI"):
        read_learning_sets([tmp_path], seed=0, label_set="teeth")


def test_patients_may_be_known_by_their_file_names(tmp_path: Path) -> None:
    source = clinic(tmp_path, ["restoration"] * 40, format_name="voc")

    held = sides(source, patient_pattern=patient_pattern(r"r(\d)\d\.png"))

    for number in range(11, 40):
        assert held[f"r{number}.png"] == held[f"r{number // 10 * 10}.png"]


def test_an_expression_that_names_no_patient_is_refused(tmp_path: Path) -> None:
    source = clinic(tmp_path, ["restoration"] * 12, format_name="voc")

    with pytest.raises(PatternFindsNobody, match=r"in the path of any of 12 radiogra"):
        sides(source, patient_pattern=patient_pattern("patient-([0-9]+)"))


def test_patients_are_known_from_dicom_files(tmp_path: Path) -> None:
    pixels = drawn(Size(40, 20), [])
    for number in range(12):
        path = tmp_path / f"{number}.dcm"
        patient = f"P{number // 3}" if number < 9 else "ANONYMOUS"
        written(tmp_path, dicom(pixels, PatientID=patient)).rename(path)

    known = patients_of(sorted(tmp_path.iterdir()))

    assert len(known) == 12
    assert len(set(known.values())) == 4
    assert "P1" not in known.values()


def test_a_patient_that_somebody_stated_is_one_however_often() -> None:
    a, b, c = Path("a.png"), Path("b.png"), Path("c.png")

    patients = patients_of([a, b, c], known={a: "P1", b: "P1", c: "P2"})

    assert patients[a] == patients[b] != patients[c]
    same = patients_of([a, b], known={a: "P1", b: "P1"})
    assert same[a] == same[b]


def test_of_three_radiographs_two_may_be_of_one_patient(tmp_path: Path) -> None:
    for number, patient in enumerate(["P1", "P1", "P2"]):
        dataset = dicom(drawn(Size(40, 20), []), PatientID=patient)
        written(tmp_path, dataset).rename(tmp_path / f"{number}.dcm")

    patients = patients_of(sorted(tmp_path.iterdir()))

    assert len(patients) == 3
    assert patients[tmp_path / "0.dcm"] == patients[tmp_path / "1.dcm"]


def test_an_id_that_most_radiographs_bear_is_no_patient(tmp_path: Path) -> None:
    for number in range(5):
        patient = "ANONYMOUS" if number else "P1"
        dataset = dicom(drawn(Size(40, 20), []), PatientID=patient)
        written(tmp_path, dataset).rename(tmp_path / f"{number}.dcm")

    assert list(patients_of(sorted(tmp_path.iterdir()))) == [tmp_path / "0.dcm"]


def test_a_set_in_a_folder_that_is_closed_to_the_reader_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    close(closed, monkeypatch)

    with pytest.raises(FileError, match=r"closed: .*Permission denied"):
        read_learning_sets([closed], seed=0)
