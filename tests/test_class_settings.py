"""What was settled about classes holds in every command, as it does in the window."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from dentalviewer.cli import main
from dentalviewer.curation.retraining import export_for_retraining
from dentalviewer.detection.commands.detect_command import run_detect
from dentalviewer.detection.sets.training_data import read_learning_sets
from dentalviewer.evaluation.annotation_files import read_annotation_set
from dentalviewer.formats import LabelledImage, write_annotations
from dentalviewer.formats.class_settings import (
    FILE_NAME,
    ClassSettings,
    SettledAliases,
    class_settings_of,
    settings_content,
)
from dentalviewer.formats.collecting import collect_annotations
from dentalviewer.geometry import Box, Size
from dentalviewer.gui.preferences.preferences import (
    Preferences,
    save_preferences,
    user_settings,
)
from dentalviewer.gui.widgets.palette import use_classes
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.reports.html import html_page
from dentalviewer.review import Review
from dentalviewer.study import Finding
from tests.curation.test_retraining import reviewed
from tests.detection.test_detect_command import arguments
from tests.gui.conftest import MakeWindow, write_radiograph
from tests.gui.conftest import make_window as make_window
from tests.scripted_detector import ScriptedDetector

SIZE = Size(1000, 500)
BOX = Box(100, 100, 200, 180)
SETTINGS = ClassSettings(
    {"restoration": "#102030", "pin": "#405060"}, {"Krone": "restoration"}
)


def shaded(path: Path, grey: int) -> Path:
    """A radiograph that is no copy of another, for copies are one patient's."""
    Image.new("L", (SIZE.width, SIZE.height), grey).save(path)
    return path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Ten radiographs, each with a Krone and a pin; what a Krone is was settled."""
    folder = tmp_path / "project"
    (folder / "images").mkdir(parents=True)
    images = [
        LabelledImage(
            shaded(folder / "images" / f"{number}.png", 20 * number),
            SIZE,
            (Finding(BOX, "Krone"), Finding(BOX.moved(300, 0), "pin")),
        )
        for number in range(10)
    ]
    write_annotations(images, folder / "images", "labelme")
    written = write_annotations(images, folder, "coco").path
    written.rename(folder / "annotations.json")
    settle(folder)
    return folder


def settle(folder: Path, settings: ClassSettings = SETTINGS) -> None:
    (folder / FILE_NAME).write_bytes(settings_content(settings))


def test_the_radiographs_folder_decides_before_that_of_the_annotations(
    tmp_path: Path,
) -> None:
    for name, color in (("radiographs", "#111111"), ("annotations", "#222222")):
        (tmp_path / name).mkdir()
        settle(tmp_path / name, ClassSettings({"pin": color}))
    (tmp_path / "elsewhere").mkdir()
    near, also, far = (
        tmp_path / name for name in ("radiographs", "annotations", "elsewhere")
    )

    assert class_settings_of(near, also).colors == {"pin": "#111111"}
    assert class_settings_of(far, also).colors == {"pin": "#222222"}
    assert class_settings_of(far).colors == {}


def test_a_damaged_file_is_told_once_and_the_readers_own_names_hold(
    tmp_path: Path,
) -> None:
    (tmp_path / FILE_NAME).write_text("{")
    (tmp_path / "a").mkdir()
    told: list[str] = []
    settled = SettledAliases({"krone": "restoration"}, told.append)

    assert settled.of(tmp_path) == settled.of(tmp_path / "a")
    assert settled.of(tmp_path) == {"krone": "restoration"}
    assert [FILE_NAME in fault for fault in told] == [True]


def test_sets_are_collected_measured_and_learned_from_by_the_same_names(
    project: Path,
) -> None:
    collected = collect_annotations(project / "images", aliases=DEFAULT_ALIASES)
    measured = read_annotation_set(project / "annotations.json")
    learned = [
        read_learning_sets([source], seed=0).training.labels
        for source in (project / "images", project / "annotations.json")
    ]

    names = {f.label for image in collected.images for f in image.findings}
    assert names == {"restoration", "pin"}
    assert {f.label for r in measured.readings for f in r.findings} == names
    assert learned == [("restoration", "pin")] * 2


def test_a_set_that_is_split_already_is_learned_by_the_settled_names(
    tmp_path: Path,
) -> None:
    for split in ("train", "val"):
        path = write_radiograph(tmp_path / f"{split}.png")
        finding = Finding(BOX, "Krone")
        export = write_annotations(
            [LabelledImage(path, SIZE, (finding,))], tmp_path / "export", "coco"
        )
        export.path.rename(tmp_path / f"{split}.json")
    assert "Krone" in read_learning_sets([tmp_path], seed=0).training.labels
    settle(tmp_path)

    assert "Krone" not in read_learning_sets([tmp_path], seed=0).training.labels


def test_what_was_reviewed_is_exported_by_the_settled_names(tmp_path: Path) -> None:
    def named_freely(review: Review) -> Review:
        named = replace(review.items[0].current, label="Krone")
        return review.accept([i.id for i in review.items]).correct(1, named)

    settle(tmp_path)
    radiographs = [reviewed(tmp_path / f"{n}.png", named_freely) for n in range(2)]

    done = export_for_retraining(
        radiographs, tmp_path / "set", user_folder=tmp_path / "user"
    )

    found = set()
    for name in ("train.json", "val.json"):
        content = json.loads((done.path / name).read_text())
        names = {each["id"]: each["name"] for each in content["categories"]}
        found |= {names[each["category_id"]] for each in content["annotations"]}
    assert found == {"restoration", "endodontic"}


def test_detect_gives_pictures_and_tags_the_settled_colors(
    project: Path, tmp_path: Path
) -> None:
    detector = ScriptedDetector((Finding(BOX, "restoration", score=0.9),))
    out = tmp_path / "out"

    run_detect(
        arguments(
            project / "images" / "0.png", "--output", out, "--to", "vott2", "--pictures"
        ),
        lambda: (detector, None),
    )

    (written,) = out.glob("*.vott")
    tags = {t["name"]: t["color"] for t in json.loads(written.read_text())["tags"]}
    assert tags["restoration"] == "#102030"
    assert "pin" not in tags
    picture = np.asarray(Image.open(out / "pictures" / "0.jpg").convert("RGB"))
    near = np.abs(picture.astype(int) - (0x10, 0x20, 0x30)).max(axis=-1) < 12
    assert near.sum() > 300


def test_evaluate_and_agreement_name_classes_as_the_window_does(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = str(project / "annotations.json")
    # What only this reader calls so is known as well.
    save_preferences(user_settings(), Preferences(aliases={"pin": "implant"}))

    assert main(["evaluate", truth, truth]) == 0
    again = shutil.copy(truth, project / "again.json")
    assert main(["agreement", truth, str(again)]) == 0

    said = capsys.readouterr().out
    assert "Krone" not in said
    assert "| pin" not in said
    assert said.count("implant") > 1


def test_an_audit_names_and_draws_classes_as_the_window_does(
    project: Path, tmp_path: Path
) -> None:
    save_preferences(user_settings(), Preferences(aliases={"pin": "implant"}))
    settle(project, ClassSettings({"implant": "#e01080"}, {"Krone": "restoration"}))
    content = json.loads((project / "annotations.json").read_text())
    (pin,) = (c["id"] for c in content["categories"] if c["name"] == "pin")
    place = {"category_id": pin, "score": 0.9, "bbox": [600, 100, 100, 80]}
    results = [{"image_id": image["id"], **place} for image in content["images"]]
    (tmp_path / "results.json").write_text(json.dumps(results))
    out = tmp_path / "audit"

    truth = str(project / "annotations.json")
    typed = ["audit", truth, str(tmp_path / "results.json"), "--output", str(out)]
    assert main([*typed, "--images", str(project / "images")]) == 0

    found = json.loads((out / "audit.json").read_text())["contradictions"]
    assert {each["prediction"]["label"] for each in found} == {"implant"}
    picture = np.asarray(Image.open(out / found[0]["picture"]))
    near = np.abs(picture.astype(int) - (0xE0, 0x10, 0x80)).max(axis=-1) < 12
    assert near.sum() > 100


@pytest.mark.parametrize("settled", [True, False])
def test_sets_agree_on_a_class_that_each_names_as_was_settled(
    tmp_path: Path, settled: bool
) -> None:
    path = write_radiograph(tmp_path / "1.png")
    for name, label in (("first", "Krone"), ("second", "restoration")):
        images = [LabelledImage(path, SIZE, (Finding(BOX, label),))]
        write_annotations(images, tmp_path / name, "coco")
    if settled:
        settle(tmp_path / "first")
    else:
        save_preferences(user_settings(), Preferences(aliases={"krone": "restoration"}))

    typed = ["merge", str(tmp_path / "first"), str(tmp_path / "second")]
    assert main([*typed, "--output", str(tmp_path / "both"), "--to", "coco"]) == 0

    both = collect_annotations(tmp_path / "both")
    assert [f.label for image in both.images for f in image.findings] == ["Krone"]


def test_the_command_and_the_window_report_the_same_names_and_colors(
    project: Path, tmp_path: Path, make_window: MakeWindow, qtbot: QtBot
) -> None:
    radiograph = project / "images" / "0.png"
    dentist = make_window()
    dentist.window.open([radiograph])
    qtbot.waitUntil(lambda: dentist.window.session.study is not None)
    ids = [item.id for item in dentist.window.session.review.items]
    dentist.window.session.edit("Accept", dentist.window.session.review.accept(ids))
    in_window = dentist.window.reports.report()
    assert dentist.window.autosave.flush() is None
    use_classes({})

    main(["report", str(radiograph), "--output", str(tmp_path / "report.html")])

    by_command = (tmp_path / "report.html").read_text(encoding="utf-8")
    for page in (html_page(in_window), by_command):
        assert "Krone" not in page
        assert page.count("background: #102030") == 2
        assert page.count("background: #405060") == 2
        assert "color: #ffffff" in page
