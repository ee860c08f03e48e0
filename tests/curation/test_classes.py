"""Classes change in a whole project: previewed, undone, and nothing else touched."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image

from dentalviewer import agreement
from dentalviewer.cli import main
from dentalviewer.curation import class_journal
from dentalviewer.curation.class_journal import (
    Stage,
    apply_plan,
    finish,
    journals,
    roll_back,
)
from dentalviewer.curation.class_renaming import request_of
from dentalviewer.curation.classes import (
    ClassPlan,
    plan_change,
    read_project_classes,
)
from dentalviewer.curation.retraining_provenance import provenance
from dentalviewer.decisions import Decision, at_the_reveal, decisions_between
from dentalviewer.detector import Detection, DetectionSettings, DetectorIdentity
from dentalviewer.errors import AnnotationFileError, DentalViewerError
from dentalviewer.evaluation.open_readers import read_open_readers
from dentalviewer.formats import FORMATS, LabelledImage, write_annotations
from dentalviewer.formats.class_names import ClassChange
from dentalviewer.formats.class_settings import (
    ClassSettings,
    class_settings_of,
    settings_content,
)
from dentalviewer.formats.collecting import collect_annotations
from dentalviewer.formats.review_file import SavedReview, read_review, write_review
from dentalviewer.geometry import Box, Size
from dentalviewer.review import ReadingMode, Review, Source, Verdict
from dentalviewer.study import Finding
from tests.closed_folder import close

SIZE = Size(100, 50)
WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CROWN = Finding(Box(10, 5, 31, 20), "crown")
PIN = Finding(Box(40, 20, 50, 50), "pin")
ODD = Finding(Box(0, 0, 100, 50), "Brücke & <x> 'y'")
SAID = {"7.png": (CROWN, PIN), "8 b.png": (ODD, CROWN), "9.png": (PIN,)}


def project(folder: Path, format_name: str) -> Path:
    """Three radiographs with annotations; the last shows no crown."""
    images = []
    (folder / "pictures").mkdir(parents=True)
    for name, findings in SAID.items():
        path = folder / "pictures" / name
        Image.new("L", (SIZE.width, SIZE.height)).save(path)
        images.append(LabelledImage(path, SIZE, findings))
    copy = format_name not in ("coco", "csv")
    place = folder / "set" if copy else folder / "pictures"
    write_annotations(images, place, format_name, copy_images=copy)
    return place


def planned(
    folder: Path,
    names: dict[str, str] | None = None,
    colors: dict[str, str] | None = None,
) -> ClassPlan:
    """By a reader to whom a crown is a class of its own."""
    classes = read_project_classes(folder, user_folder=folder / "none", aliases={})
    change = ClassChange(names or {}, colors or {})
    request = request_of(
        change, classes.settings, occurring=classes.occurring, aliases={}, when=WHEN
    )
    return plan_change(classes, request)


def content(folder: Path) -> dict[Path, bytes]:
    return {
        path: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".dentalviewer-classes" not in path.parts
    }


def labels(folder: Path) -> dict[str, list[str]]:
    table = folder / "annotations.csv"
    folder = table if table.is_file() else folder
    return {
        image.path.name: [finding.label for finding in image.findings]
        for image in collect_annotations(folder).images
    }


@pytest.mark.parametrize("name", sorted(FORMATS))
@pytest.mark.parametrize("new", ["Krone & <ü>", "pin"])
def test_a_class_is_renamed_or_merged_in_every_format_and_back(
    name: str, new: str, tmp_path: Path
) -> None:
    folder = project(tmp_path, name)
    before = content(folder)

    plan = planned(folder, {"crown": new})
    assert content(folder) == before
    outcome = apply_plan(plan, "crown")

    assert outcome.failures == ()
    assert labels(folder) == {
        image: [new if f.label == "crown" else f.label for f in findings]
        for image, findings in SAID.items()
    }
    assert "crown" not in {
        row.name for row in read_project_classes(folder, user_folder=tmp_path).rows
    }
    after = content(folder)
    changed = {path for path in before.keys() | after.keys()
               if before.get(path) != after.get(path)}  # fmt: skip
    assert changed == {change.path for change in plan.changes}
    roll_back(outcome.journal)
    assert content(folder) == before


def test_what_was_deleted_from_a_drive_is_neither_read_nor_changed_with_it(
    tmp_path: Path,
) -> None:
    folder = project(tmp_path, "voc")
    deleted = folder / "$RECYCLE.BIN" / "S-1-5-21" / "$RF3K2QX"
    shutil.copytree(project(tmp_path / "other", "voc"), deleted)
    before = content(deleted)

    assert len(labels(folder)) == len(collect_annotations(folder).images) == len(SAID)
    outcome = apply_plan(planned(folder, {"crown": "pin"}), "crown")

    assert outcome.written
    assert content(deleted) == before


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - {"coco", "csv", "vott1"}))
def test_files_that_need_no_change_are_not_touched(name: str, tmp_path: Path) -> None:
    folder = project(tmp_path, name)
    times = {path: path.stat().st_mtime_ns for path in content(folder)}
    inodes = {path: path.stat().st_ino for path in content(folder)}

    apply_plan(planned(folder, {"crown": "cap"}), "")

    # Those that speak of the last radiograph, on which there is no crown, alone.
    own = [path for path in times if path.stem == "9"]
    own += [path for path in folder.glob("*-asset.json") if b"9.png" in
            path.read_bytes()]  # fmt: skip
    assert own
    for path in own:
        assert path.stat().st_mtime_ns == times[path], path
        assert path.stat().st_ino == inodes[path], path


def test_only_the_names_change_in_a_file_however_it_is_laid_out(tmp_path: Path) -> None:
    text = (
        '\ufeff{"shapes" :\r\n\t[ {"label":"cr\\u006fwn","points":[[1.50,2e0],[3,4]],'
        '"shape_type":"rectangle"} ,{"label" : "pin", "points":[[1,2],[3,4]],'
        '"note":"crown"}],"imagePath":"7.png","flags":{"crown":true} }  '
    )
    (tmp_path / "7.json").write_bytes(text.encode())

    apply_plan(planned(tmp_path, {"crown": "Krone ü"}), "")

    expected = text.replace('"cr\\u006fwn"', '"Krone \\u00fc"', 1)
    if not text.isascii():  # The mark at the start is no ASCII.
        expected = text.replace('"cr\\u006fwn"', '"Krone ü"', 1)
    assert (tmp_path / "7.json").read_bytes().decode() == expected


def test_parts_of_an_object_are_no_classes(tmp_path: Path) -> None:
    text = (
        "<annotation>\r\n<object><part><name>crown</name></part>\r\n"
        "\t<name> crown </name><bndbox/></object><owner><name>crown</name></owner>"
        "</annotation>"
    )
    (tmp_path / "7.xml").write_bytes(text.encode())

    plan = planned(tmp_path, {"crown": "A & B"})
    apply_plan(plan, "")

    assert plan.findings == 1
    expected = text.replace("<name> crown </name>", "<name> A &amp; B </name>")
    assert (tmp_path / "7.xml").read_bytes().decode() == expected


def test_merged_classes_of_yolo_get_new_numbers(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "7.txt").write_bytes(b"0 .1 .2 .3 .4\r\n2 .5 .5 .1 .1\n")
    (tmp_path / "labels" / "8.txt").write_text("0 .1 .2 .3 .4\n")
    yaml = "train: x  # mine\nnc: 3\nnames: ['crown', \"pin\", cap]\ntest: y\n"
    (tmp_path / "data.yaml").write_text(yaml)

    apply_plan(planned(tmp_path, {"pin": "crown"}), "")

    found = (tmp_path / "labels" / "7.txt").read_bytes()
    assert found == b"0 .1 .2 .3 .4\r\n1 .5 .5 .1 .1\n"
    assert (tmp_path / "data.yaml").read_text() == (
        'train: x  # mine\nnc: 2\nnames:\n  0: "crown"\n  1: "cap"\ntest: y\n'
    )


@pytest.mark.parametrize(
    ("file", "listed", "after"),
    [
        (
            "classes.txt",
            "implant\ncrown\nimplant\npin\n",
            "implant\ncap\nimplant\npin\n",
        ),
        (
            "data.yaml",
            "names: [implant, crown, implant, pin]\nnc: 4\n",
            'names:\n  0: "implant"\n  1: "cap"\n  2: "implant"\n  3: "pin"\nnc: 4\n',
        ),
    ],
)
def test_a_class_that_is_listed_twice_is_no_merge_when_another_is_renamed(
    file: str, listed: str, after: str, tmp_path: Path
) -> None:
    """As labelImg leaves a list that several people have opened."""
    (tmp_path / file).write_text(listed)
    (tmp_path / "7.txt").write_text("3 .5 .5 .1 .1\n1 .2 .2 .1 .1\n")

    apply_plan(planned(tmp_path, {"crown": "cap"}), "")

    assert (tmp_path / file).read_text() == after
    assert (tmp_path / "7.txt").read_text() == "3 .5 .5 .1 .1\n1 .2 .2 .1 .1\n"


def test_blank_lines_of_a_list_count_before_and_after_a_merge(tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_text("implant\n\n\ncrown\npin\n")
    (tmp_path / "7.txt").write_text("4 .5 .5 .1 .1\n0 .2 .2 .1 .1\n")

    apply_plan(planned(tmp_path, {"implant": "crown"}), "")

    assert (tmp_path / "classes.txt").read_text() == "\n\ncrown\npin\n"
    assert (tmp_path / "7.txt").read_text() == "3 .5 .5 .1 .1\n2 .2 .2 .1 .1\n"


def test_both_entries_of_a_class_that_coco_lists_twice_stay(tmp_path: Path) -> None:
    categories = [
        {"id": n, "name": name} for n, name in enumerate(["pin", "cap", "pin"])
    ]
    annotations = [
        {"id": n, "image_id": 1, "category_id": n, "bbox": [1, 1, 5, 5]}
        for n in range(3)
    ]
    images = [{"id": 1, "file_name": "7.png", "width": 100, "height": 50}]
    path = tmp_path / "set.json"
    path.write_text(
        json.dumps(
            {"images": images, "categories": categories, "annotations": annotations}
        )
    )

    apply_plan(planned(tmp_path, {"cap": "crown"}), "")

    after = json.loads(path.read_bytes())
    assert [each["name"] for each in after["categories"]] == ["pin", "crown", "pin"]
    assert [each["category_id"] for each in after["annotations"]] == [0, 1, 2]


@pytest.mark.parametrize(
    ("encoding", "written"),
    [("ISO-8859-1", "F&#252;llung"), ("utf-8", "Füllung"), ("UTF8", "Füllung")],
)
def test_a_name_is_written_so_as_the_file_says_that_it_is_encoded(
    encoding: str, written: str, tmp_path: Path
) -> None:
    path = tmp_path / "7.xml"
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<annotation>'
        "<object><name>crown</name></object></annotation>"
    )
    path.write_text(text)

    apply_plan(planned(tmp_path, {"crown": "Füllung"}), "")

    after = path.read_bytes()
    assert after.decode() == text.replace("crown", written)
    assert etree.fromstring(after).findtext("object/name") == "Füllung"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "names: [\n  it's, # a\n  pin\n]  # mine\nnc: 2 # two\n",
            'names:\n  0: "it\'s"\n  1: "post"  # mine\nnc: 2 # two\n',
        ),
        (
            "nc: 2\nnames:\n- 'a]b'\n# gold\n- pin\n\n# where\ntest: y\n",
            'nc: 2\nnames:\n  0: "a]b"\n  1: "post"\n\n# where\ntest: y\n',
        ),
        (
            "names:\n  1: crown # a\n  3: pin # b\ntest: names\nnc: 9",
            'names:\n  1: "crown"\n  3: "post" # b\ntest: names\nnc: 9',
        ),
        ("names: {0: pin}", 'names:\n  0: "post"'),
    ],
)
def test_the_names_in_a_data_yaml_change_and_nothing_else_there(
    before: str, after: str, tmp_path: Path
) -> None:
    (tmp_path / "data.yaml").write_text(before)

    apply_plan(planned(tmp_path, {"pin": "post"}), "")

    assert (tmp_path / "data.yaml").read_text() == after


@pytest.mark.parametrize(
    "text",
    [
        '{"nc": 3, "names": ["crown", "pin", "cap"]}\n',
        "ours: &ours [crown, pin, cap]\nnames: *ours\n",
        "names: &ours [crown, pin, cap]\ntheirs: *ours\n",
    ],
)
def test_where_names_cannot_be_changed_the_numbers_keep_their_meaning(
    text: str, tmp_path: Path
) -> None:
    path, label = tmp_path / "data.yaml", tmp_path / "7.txt"
    path.write_text(text)
    label.write_text("2 .5 .5 .1 .1\n")

    plan = planned(tmp_path, {"pin": "crown"})
    apply_plan(plan, "")

    (failure,) = plan.failures
    assert failure.startswith(f"{path}: line ")
    assert failure.endswith("the names cannot be changed where they stand")
    assert (path.read_text(), label.read_text()) == (text, "2 .5 .5 .1 .1\n")


def test_what_an_editor_of_windows_saved_is_changed_from_the_first_line_on(
    tmp_path: Path,
) -> None:
    """It begins with a byte order mark."""
    mark = b"\xef\xbb\xbf"
    files = {
        "classes.txt": (b"pin\r\ncrown\r\n", b"crown\r\n"),
        "7.txt": (b"1 .1 .2 .3 .4\r\n0 .5 .5 .1 .1\r\n",
                  b"0 .1 .2 .3 .4\r\n0 .5 .5 .1 .1\r\n"),
        # Lines end so where a text has been on old Macintoshes.
        "8.txt": (b"1 .1 .2 .3 .4\r1 .5 .5 .1 .1\r", b"0 .1 .2 .3 .4\r0 .5 .5 .1 .1\r"),
        "labelmap.txt": (b"pin:1,2,3::\ncrown:4,5,6::\n", b"crown:4,5,6::\n"),
        "sub/data.yaml": (b"names: [pin, crown]\n", b'names:\n  0: "crown"\n'),
    }  # fmt: skip
    (tmp_path / "sub").mkdir()
    for name, (before, _) in files.items():
        (tmp_path / name).write_bytes(mark + before)

    apply_plan(planned(tmp_path, {"pin": "crown"}), "")

    for name, (_, after) in files.items():
        assert (tmp_path / name).read_bytes() == mark + after, name


def test_coco_keeps_the_numbers_of_classes_that_stay(tmp_path: Path) -> None:
    folder = project(tmp_path, "coco")
    path = folder / "predictions.json"
    before = json.loads(path.read_bytes())

    apply_plan(planned(folder, {"crown": "implant"}), "")

    after = json.loads(path.read_bytes())
    numbers = {each["name"]: each["id"] for each in before["categories"]}
    assert {each["name"]: each["id"] for each in after["categories"]} == {
        name: number for name, number in numbers.items() if name != "crown"
    }
    assert after["annotations"][0]["category_id"] == numbers["implant"]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_lists_of_images_follow_their_class(mark: str, tmp_path: Path) -> None:
    folder = project(tmp_path, "voc")
    sets = folder / "ImageSets" / "Main"
    for stem, text in {
        "crown_train": "7.png 1\n8 b.png 1",
        "crown_val": "9.png -1",
        "pin_train": "7.png 1\n9.png 1",
        "pin_val": "8 b.png -1",
    }.items():
        (sets / f"{stem}.txt").write_text(mark + text, "utf-8")

    apply_plan(planned(folder, {"crown": "pin"}), "")

    assert not (sets / "crown_train.txt").exists()
    assert (sets / "pin_train.txt").read_text() == "7.png 1\n9.png 1"
    # On the side it had for pins, and now it shows one.
    assert (sets / "pin_val.txt").read_text() == "8 b.png 1"


def test_a_list_of_which_only_a_letter_case_changes_is_renamed_and_not_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a disk of Windows or macOS both names are one file, imitated by a link."""
    folder = tmp_path / "ImageSets" / "Main"
    folder.mkdir(parents=True)
    old, new = folder / "crown_train.txt", folder / "Crown_train.txt"
    old.write_text("7.png 1")
    plan = planned(tmp_path, {"crown": "Crown"})
    os.link(old, new)
    renamed: list[tuple[Path, Path]] = []
    monkeypatch.setattr(
        class_journal.os, "rename", lambda one, other: renamed.append((one, other))
    )

    outcome = apply_plan(plan, "")

    assert outcome.failures == ()
    assert renamed == [(old, new)]
    assert roll_back(outcome.journal).failures == ()
    assert renamed == [(old, new), (new, old)]
    assert old.read_text() == "7.png 1"


def test_a_change_beside_a_name_that_is_no_utf8_is_undone(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux takes such a name")
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/M\xfcller.json"))
    text = json.dumps({"shapes": [{"label": "crown", "points": []}]})
    path.write_text(text)

    outcome = apply_plan(planned(tmp_path, {"crown": "cap"}), "")

    assert '"cap"' in path.read_text()
    (journal,) = journals(tmp_path)
    assert journal.changes == outcome.journal.changes
    assert roll_back(journal).failures == ()
    assert path.read_text() == text


@pytest.mark.parametrize("name", ["vott1", "vott2"])
def test_colors_are_changed_in_vott_and_for_the_screen(
    name: str, tmp_path: Path
) -> None:
    folder = project(tmp_path, name)

    plan = planned(folder, {"crown": "cap"}, {"cap": "#112233"})
    apply_plan(plan, "")

    (path,) = folder.glob("pictures.json" if name == "vott1" else "*.vott")
    value = json.loads(path.read_bytes())
    if name == "vott1":
        place = value["inputTags"].split(",").index("cap")
        assert value["tag_colors"][place] == "#112233"
    else:
        assert {"name": "cap", "color": "#112233"} in value["tags"]
    assert class_settings_of(folder / "deeper").colors == {"cap": "#112233"}
    again = read_project_classes(folder, user_folder=tmp_path)
    assert {row.color for row in again.rows if row.name == "cap"} == {"#112233"}


def test_a_review_follows_and_its_log_tells_of_no_decision(tmp_path: Path) -> None:
    Image.new("L", (SIZE.width, SIZE.height)).save(tmp_path / "7.png")
    opened = Review().propose_annotations([CROWN, PIN])
    guess = opened._with_proposals([CROWN, CROWN], Source.DETECTOR)
    review = guess.accept([1, 3])
    saved = SavedReview("7.png", "", SIZE, (), review, guess)
    path = tmp_path / "7.png.review.json"
    write_review(path, saved, last=None)

    plan = planned(tmp_path, {"crown": "cap"})
    outcome = apply_plan(plan, "")

    changed, _ = read_review(path)
    items = changed.review.items
    assert [item.current.label for item in items] == ["cap", "pin", "cap", "cap"]
    assert not any(item.corrected for item in items)
    opened = [item.current.label for item in changed.opened.items]
    assert opened == ["cap", "pin", "cap", "cap"]
    # Who renames a class has decided about no finding, and reads no radiograph.
    assert changed.decisions == ()
    roll_back(outcome.journal)
    assert read_review(path)[0] == saved


def asked(name: str, *candidates: Finding) -> Detection:
    settings = DetectionSettings({"crown": 0.4, "pin": 0.7}, default_threshold=0.9)
    return Detection(DetectorIdentity(name, name * 64), settings, candidates)


def saved_beside(
    radiograph: Path,
    review: Review,
    opened: Review,
    log: tuple[Decision, ...] | None = None,
) -> Path:
    Image.new("L", (SIZE.width, SIZE.height)).save(radiograph)
    path = radiograph.with_name(f"{radiograph.name}.review.json")
    if log is None:
        log = decisions_between(
            opened, review, action="Accept", reader="Eve", when=WHEN
        )
    saved = SavedReview(radiograph.name, "", SIZE, (), review, opened, log)
    write_review(path, saved, last=None)
    return path


def relations(review: Review) -> list[str]:
    return [place.relation.value for place in agreement.compare(review)]


SEEN_CROWN = Finding(Box(11, 5, 33, 22), "crown", score=0.5)
SEEN_PIN = Finding(Box(40, 22, 50, 50), "pin", score=0.8)
UNSURE_PIN = Finding(Box(70, 20, 80, 50), "pin", score=0.6)


@pytest.mark.parametrize("new", ["cap", "pin"], ids=["renamed", "merged"])
def test_dentist_and_detector_agree_after_a_rename_as_before(
    new: str, tmp_path: Path
) -> None:
    opened = Review().propose_annotations([CROWN, PIN])
    opened = opened.propose(asked("d", SEEN_CROWN, SEEN_PIN, UNSURE_PIN))
    review = agreement.accept(opened, 1)
    path = saved_beside(tmp_path / "7.png", review, opened)
    before = path.read_bytes()

    outcome = apply_plan(planned(tmp_path, {"crown": new}), "")

    changed = read_review(path)[0].review
    assert [i.current.label for i in changed.items] == [new, "pin", "pin", new]
    assert relations(changed) == relations(review) == ["agree", "agree"]
    assert agreement.count_agreement(changed) == agreement.count_agreement(review)
    (accepted,) = agreement.accepted_items(changed)
    assert (accepted.source, accepted.current.box) == (Source.DENTIST, CROWN.box)
    assert [p.items[0].id for p in agreement.undecided_agreements(changed)] == [2]
    roll_back(outcome.journal)
    assert path.read_bytes() == before


def test_after_a_rename_the_detector_shows_what_it_showed_by_its_own_thresholds(
    tmp_path: Path,
) -> None:
    opened = Review().propose(asked("d", SEEN_CROWN, SEEN_PIN, UNSURE_PIN))
    path = saved_beside(tmp_path / "7.png", opened.accept([1]), opened)

    apply_plan(planned(tmp_path, {"crown": "cap", "pin": "cap"}), "")

    changed = read_review(path)[0].review
    detection = changed.detection
    assert detection is not None
    assert changed.with_settings(detection.settings) == changed
    assert changed.started_over().items == tuple(
        replace(item, verdict=Verdict.UNDECIDED) for item in changed.items
    )
    lower = replace(detection.settings, thresholds={"crown": 0.4, "pin": 0.5})
    shown = changed.with_settings(lower).items
    assert [(i.id, i.current.label) for i in shown] == [(1, "cap"), (2, "cap"),
                                                        (3, "cap")]  # fmt: skip


def test_after_a_rename_another_detector_asks_nothing_again(tmp_path: Path) -> None:
    opened = Review().propose_annotations([CROWN]).propose(asked("d", SEEN_CROWN))
    review = agreement.accept_all_that_agree(opened)
    path = saved_beside(tmp_path / "7.png", review, opened)

    apply_plan(planned(tmp_path, {"crown": "cap"}), "")

    changed = read_review(path)[0].review
    wider = replace(SEEN_CROWN, box=Box(11, 5, 34, 22))
    assert changed.propose(asked("e", wider)).items == changed.items


@pytest.mark.parametrize("opened", [Review(), Review().add(CROWN)],
                         ids=["nothing said", "a crown drawn"])  # fmt: skip
def test_a_detector_that_answers_only_after_a_rename_uses_the_new_name(
    opened: Review, tmp_path: Path
) -> None:
    path = saved_beside(tmp_path / "7.png", opened, opened)
    (tmp_path / "dentalviewer-classes.json").write_bytes(
        settings_content(ClassSettings({"crown": "#112233"}))
    )

    for old, new in (("crown", "cap"), ("cap", "hat")):
        apply_plan(planned(tmp_path, {old: new}), "")

    renamed = read_review(path)[0].review
    assert renamed.names == {"crown": "hat"}
    heard = renamed.propose(asked("d", SEEN_CROWN, SEEN_PIN))
    said = [i.current.label for i in heard.items if i.source is Source.DETECTOR]
    assert said == ["pin", "hat"]
    apply_plan(planned(tmp_path, {"hat": "crown"}), "")
    assert read_review(path)[0].review == opened


def test_a_class_that_is_renamed_back_leaves_nothing_behind(tmp_path: Path) -> None:
    opened = Review().propose_annotations([CROWN]).propose(asked("d", SEEN_CROWN))
    review = agreement.accept_all_that_agree(opened)
    path = saved_beside(tmp_path / "7.png", review, opened)

    for old, new in (("crown", "cap"), ("cap", "hat"), ("hat", "crown")):
        apply_plan(planned(tmp_path, {old: new}), "")

    changed, _ = read_review(path)
    assert (changed.review, changed.opened) == (review, opened)


def test_a_class_that_was_corrected_to_another_is_renamed_too(tmp_path: Path) -> None:
    opened = Review().propose_annotations([CROWN])
    corrected = opened.correct(1, replace(opened.item(1).current, label="pin"))
    path = saved_beside(tmp_path / "7.png", corrected, opened)

    apply_plan(planned(tmp_path, {"crown": "cap"}), "")

    (item,) = read_review(path)[0].review.items
    assert item.proposed is not None
    assert (item.proposed.label, item.current.label) == ("cap", "pin")


def test_a_decision_after_a_rename_tells_the_threshold_of_what_is_shown(
    tmp_path: Path,
) -> None:
    opened = Review().propose(asked("d", SEEN_CROWN))
    path = saved_beside(tmp_path / "7.png", opened, opened)
    apply_plan(planned(tmp_path, {"crown": "cap"}), "")
    changed = read_review(path)[0].review

    (decision,) = decisions_between(
        changed, changed.accept([1]), action="Accept", reader="Eve", when=WHEN
    )

    assert decision.threshold == 0.4


def read_first_and_accepted() -> tuple[Review, tuple[Decision, ...]]:
    """What Eve drew, before the detector's boxes were shown to her, and its log."""
    hidden = Review(mode=ReadingMode.READ_FIRST).propose(asked("d", SEEN_CROWN))
    steps = [hidden, drawn := hidden.add(CROWN), drawn.marked_read()]
    steps.append(agreement.accept(steps[-1], 1))
    log = [
        decision
        for was, is_now in pairwise(steps)
        for decision in decisions_between(
            was, is_now, action="Read", reader="Eve", when=WHEN
        )
    ]
    return steps[-1], tuple(log)


def test_after_a_rename_the_log_tells_of_the_same_findings_as_before(
    tmp_path: Path,
) -> None:
    review, log = read_first_and_accepted()
    path = saved_beside(tmp_path / "7.png", review, Review(), log)
    before = path.read_bytes()
    was, _ = read_review(path)

    outcome = apply_plan(planned(tmp_path, {"crown": "cap"}), "")

    changed, _ = read_review(path)
    alone = at_the_reveal(changed.review, changed.decisions)
    assert alone is not None
    assert [item.current.label for item in alone.items] == ["cap"]
    assert agreement.count_agreement(alone).both == 1
    for item in changed.review.items:
        now, then = (provenance(each.review.item(item.id), each)
                     for each in (changed, was))  # fmt: skip
        assert {**now, "proposed": None} == {**then, "proposed": None}
        assert now["by"] == "Eve"
    assert [d.reader for d in changed.decisions] == ["Eve"] * len(log)
    roll_back(outcome.journal)
    assert path.read_bytes() == before


def test_who_renames_a_class_becomes_no_reader(tmp_path: Path) -> None:
    review, log = read_first_and_accepted()
    path = saved_beside(tmp_path / "7.png", review, Review(), log)

    apply_plan(planned(tmp_path, {"crown": "cap"}), "")

    found = read_open_readers(
        [tmp_path / "7.png"],
        aliases={},
        reviews=tmp_path,
        detector="d",
        detection_of=lambda _path: None,
    )
    assert [each.title for each in found.sets] == ["Eve"]
    assert read_review(path)[0].decisions[0].reader == "Eve"


def test_a_broken_file_keeps_nothing_back(tmp_path: Path) -> None:
    folder = project(tmp_path, "labelme")
    (folder / "7.json").write_text('{"shapes": [')

    plan = planned(folder, {"crown": "cap"})

    (failure,) = plan.classes.failures
    assert "7.json: not valid JSON" in failure
    assert [change.path.name for change in plan.changes] == ["8 b.json"]


def test_a_class_of_coco_without_a_number_is_named_as_a_fault(tmp_path: Path) -> None:
    classes = [{"name": "cap"}, {"id": 1, "name": "pin"}, {"id": 2, "name": "crown"}]
    value = {"images": [], "categories": classes, "annotations": []}
    (tmp_path / "a.json").write_text(json.dumps(value))

    (failure,) = planned(tmp_path, {"pin": "crown"}).classes.failures

    assert failure.endswith("a.json: of the categories number 1: id is missing")


def test_a_file_changed_since_the_preview_stops_all(tmp_path: Path) -> None:
    folder = project(tmp_path, "labelme")
    plan = planned(folder, {"crown": "cap"})
    text = (folder / "7.json").read_text()
    (folder / "7.json").write_text(text + "\n")
    before = content(folder)

    with pytest.raises(AnnotationFileError, match="changed since the preview"):
        apply_plan(plan, "")

    assert content(folder) == before
    assert journals(folder) == []


def test_a_file_changed_since_is_not_undone(tmp_path: Path) -> None:
    folder = project(tmp_path, "labelme")
    outcome = apply_plan(planned(folder, {"crown": "cap"}), "")
    text = (folder / "7.json").read_text()
    (folder / "7.json").write_text(text + "\n")

    undone = roll_back(outcome.journal)

    assert undone.written == 1
    assert "somebody else has changed it" in undone.failures[0]
    assert (folder / "7.json").read_text() == text + "\n"
    assert labels(folder)["8 b.png"] == [ODD.label, "crown"]


class Stopped(Exception):
    pass


def stopping_at(count: int) -> Callable[[int, int], None]:
    def tell(done: int, _of: int) -> None:
        if done >= count:
            raise Stopped

    return tell


@pytest.mark.parametrize("count", range(4))
def test_stopping_leaves_everything_as_it_was(count: int, tmp_path: Path) -> None:
    folder = project(tmp_path, "labelme")
    before = content(folder)
    plan = planned(folder, {"crown": "cap"})

    with pytest.raises(Stopped):
        apply_plan(plan, "", tell=stopping_at(count))

    assert content(folder) == before
    assert journals(folder) == []


# Kills itself while files are replaced, as a power cut or a task manager would.
KILLED = """
import os, signal, sys
from pathlib import Path
from dentalviewer.curation.class_journal import apply_plan
from tests.curation.test_classes import planned

def tell(done, of):
    if done >= int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

apply_plan(planned(Path(sys.argv[1]), {"crown": "cap"}), "a change", tell=tell)
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no such signal on Windows")
@pytest.mark.parametrize("undo", [True, False])
@pytest.mark.parametrize("count", [1, 3])
def test_a_killed_change_is_finished_or_rolled_back(
    count: int, undo: bool, tmp_path: Path
) -> None:
    folder = project(tmp_path, "labelme")
    before = content(folder)
    command = [sys.executable, "-c", KILLED, str(folder), str(count)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == -9

    if count == 1:  # Nothing but the journal was written yet.
        assert journals(folder) == []
        assert content(folder) == before
        return
    assert content(folder) != before
    (journal,) = journals(folder)
    assert journal.stage is Stage.APPLYING
    if undo:
        roll_back(journal)
        assert content(folder) == before
    else:
        assert finish(journal).written == 1
        assert "crown" not in str(labels(folder))
        (journal,) = journals(folder)
        assert not journal.unfinished


@pytest.mark.parametrize("name", ["", " x", "a\nb"])
def test_names_that_no_class_can_have(name: str, tmp_path: Path) -> None:
    folder = project(tmp_path, "labelme")
    with pytest.raises(DentalViewerError, match="class"):
        planned(folder, {"crown": name})


def test_a_comma_has_no_place_in_vott_1(tmp_path: Path) -> None:
    folder = project(tmp_path, "vott1")
    plan = planned(folder, {"crown": "a,b"})
    assert plan.changes == ()
    assert "can have no comma" in plan.failures[0]


def test_an_alias_changes_how_files_are_read_and_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = project(tmp_path, "labelme")
    before = content(folder)

    assert main(["classes", str(folder), "--alias", "pin=implant"]) == 0
    assert class_settings_of(folder).aliases == {"pin": "implant"}
    assert content(folder).items() >= before.items()
    assert main(["classes", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "pin (means implant)" in said
    # By the user's own names.
    assert "#56b4e9  crown (means restoration)" in said


def test_a_class_that_no_file_has_is_asked_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = project(tmp_path, "labelme")

    def asked(*typed: str) -> bool:
        assert main(["classes", str(folder), *typed, "--dry-run"]) == 0
        return "no file of the project has a class" in capsys.readouterr().out

    assert asked("--color", "crwon=#112233")
    assert asked("--alias", "Kr=crwon")
    assert not asked("--color", "crown=#112233", "--alias", "Kr=crown")
    assert not asked("--color", "endodontic=#112233")
    assert not asked("--rename", "crown=Krone", "--color", "Krone=#112233")


def test_the_color_of_a_name_is_that_of_the_class_it_is_shown_as(
    tmp_path: Path,
) -> None:
    folder = project(tmp_path, "labelme")

    assert main(["classes", str(folder), "--color", "crown=#102030"]) == 0

    colors = {"crown": "#102030", "restoration": "#102030"}
    assert class_settings_of(folder).colors == colors


def test_the_command_previews_changes_and_undoes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = project(tmp_path, "labelme")
    before = content(folder)
    command = ["classes", str(folder), "--rename", "crown=cap"]

    assert main([*command, "--dry-run"]) == 0
    said = capsys.readouterr().out
    # The third is what is settled for the folder: crown was a restoration, so is cap.
    assert "2 findings in 3 files" in said
    assert "note: cap means restoration: the window shows it so" in said
    assert content(folder) == before
    assert main(command) == 0
    assert "Changed 3 files" in capsys.readouterr().out
    assert main(["classes", str(folder), "--undo"]) == 0
    assert "crown is now cap" in capsys.readouterr().out
    assert content(folder) == before
    assert main(["classes", str(folder), "--undo"]) == 1
    assert main(["classes", str(folder), "--rename", "nobody=x"]) == 1


def test_a_folder_that_is_closed_to_the_reader_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = project(tmp_path, "labelme")
    closed = folder / "closed"
    closed.mkdir()
    close(closed, monkeypatch)

    assert main(["classes", str(folder)]) == 1

    said = capsys.readouterr()
    assert "crown" in said.out
    assert f"{closed}: the folder cannot be read: Permission denied" in said.err


def test_a_file_is_no_project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "instances.json"
    file.write_text("{}")

    assert main(["classes", str(file)]) == 1

    assert f"{file}: this is a file" in capsys.readouterr().err
