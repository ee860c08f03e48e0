"""`dentalviewer report`, which knows what the window's preferences say."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication

from dentalviewer.cli import main
from dentalviewer.formats import LabelledImage, write_annotations
from dentalviewer.formats.review_file import saved_review, write_review
from dentalviewer.geometry import Box, Size
from dentalviewer.gui.preferences.preferences import (
    Preferences,
    save_preferences,
    user_settings,
)
from dentalviewer.radiograph import read_radiograph
from dentalviewer.reports.reading import read_reviewed
from dentalviewer.resources import samples_folder
from dentalviewer.review import Review
from dentalviewer.study import Finding, Study
from dentalviewer.worklist.standing import Circumstances, StandingReader

VOC = """<annotation><filename>7.png</filename>
<size><width>2900</width><height>1400</height><depth>1</depth></size>
<object><name>Krone</name><bndbox><xmin>200</xmin><ymin>300</ymin>
<xmax>280</xmax><ymax>360</ymax></bndbox></object></annotation>"""


def test_a_report_bears_the_practice_of_the_preferences(
    qapp: QApplication, tmp_path: Path
) -> None:
    settings = user_settings()
    save_preferences(
        settings,
        Preferences(practice_name="Praxis Müller"),
    )
    settings.sync()
    shutil.copy(samples_folder() / "vott-v1" / "sample-1.png", tmp_path / "7.png")
    (tmp_path / "7.xml").write_text(VOC)
    report = tmp_path / "report.json"

    status = main(["report", str(tmp_path / "7.png"), "--output", str(report)])

    text = report.read_text(encoding="utf-8")
    assert status == 0
    assert json.loads(text)["practice"]["name"] == "Praxis Müller"
    # Nothing is decided yet: the report says so, and holds no finding.
    assert json.loads(text)["findings"] == []
    assert "1 finding is still undecided" in text


def test_what_a_detector_asked_is_a_caution_of_the_report(tmp_path: Path) -> None:
    Image.new("L", (200, 100), 90).save(tmp_path / "7.png")
    box = {"id": 1, "image_id": 7, "category_id": 1, "bbox": [10, 5, 20, 15]}
    value = {
        "images": [{"id": 7, "file_name": "7.png", "cautions": ["May be mirrored."]}],
        "categories": [{"id": 1, "name": "implant"}], "annotations": [box],
    }  # fmt: skip
    (tmp_path / "predictions.json").write_text(json.dumps(value))
    report = tmp_path / "report.json"
    assert main(["report", str(tmp_path / "7.png"), "--output", str(report)]) == 0
    said = json.loads(report.read_text(encoding="utf-8"))
    assert said["cautions"] == ["May be mirrored."]


def test_what_is_asked_in_the_second_of_two_files_is_a_caution_too(
    tmp_path: Path,
) -> None:
    Image.new("L", (500, 250), 90).save(tmp_path / "7.png")
    image = LabelledImage(tmp_path / "7.png", Size(500, 250), ())
    asked = replace(image, cautions=("May be mirrored.",))
    write_annotations([image], tmp_path, "voc")
    write_annotations([asked], tmp_path, "coco")
    report = tmp_path / "report.json"
    assert main(["report", str(tmp_path / "7.png"), "--output", str(report)]) == 0
    said = json.loads(report.read_text(encoding="utf-8"))
    assert said["cautions"] == ["May be mirrored."]


def test_findings_of_the_picture_before_make_no_final_report(tmp_path: Path) -> None:
    radiograph = tmp_path / "7.png"
    Image.new("L", (200, 100), 90).save(radiograph)
    study = Study(read_radiograph(radiograph))
    review = Review().add(Finding(Box(10, 10, 40, 30), "restoration"))
    saved = saved_review(study, review, opened=Review(), decisions=())
    write_review(tmp_path / "7.png.review.json", saved, last=None)
    written = []
    for shade in (90, 91):
        Image.new("L", (200, 100), shade).save(radiograph)
        report = tmp_path / "report.json"
        assert main(["report", str(radiograph), "--output", str(report)]) == 0
        written.append(json.loads(report.read_text(encoding="utf-8")))

    assert [each["unreviewed"] for each in written] == [False, True]
    assert written[1]["status"] == (
        "Unreviewed: the picture has changed since its review was saved, and these"
        " findings belong to the earlier picture."
    )


def test_the_notation_is_that_of_the_preferences_unless_another_is_asked_for(
    qapp: QApplication, tmp_path: Path
) -> None:
    settings = user_settings()
    save_preferences(settings, Preferences(notation="UNIVERSAL"))
    settings.sync()
    radiograph = tmp_path / "7.png"
    shutil.copy(samples_folder() / "vott-v1" / "sample-1.png", radiograph)

    written = []
    for asked in ([], ["--notation", "fdi"]):
        report = tmp_path / "report.csv"
        main(["report", str(radiograph), "--output", str(report), *asked])
        written.append((tmp_path / "report-teeth.csv").read_text(encoding="utf-8-sig"))

    assert "Universal (ADA)" in written[0]
    assert "FDI (ISO 3950)" not in written[0]
    assert "FDI (ISO 3950)" in written[1]


def test_of_annotations_that_say_otherwise_the_report_takes_the_first_and_tells_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    radiograph, voc = tmp_path / "7.png", tmp_path / "7.xml"
    shutil.copy(samples_folder() / "vott-v1" / "sample-1.png", radiograph)
    voc.write_text(VOC)
    other = labelme(tmp_path, left=900)

    status = main(["report", str(radiograph), "--output", str(tmp_path / "r.json")])

    assert status == 0
    assert "1 finding is still undecided" in (tmp_path / "r.json").read_text()
    said = capsys.readouterr().err
    assert f"{other} was left out: {voc} is about the same radiograph" in said
    standing = StandingReader(Circumstances(tmp_path / "none")).read(radiograph)
    assert standing.undecided == 1, "as in the worklist"


def test_annotations_that_say_the_same_are_reported_once(tmp_path: Path) -> None:
    radiograph = tmp_path / "7.png"
    shutil.copy(samples_folder() / "vott-v1" / "sample-1.png", radiograph)
    (tmp_path / "7.xml").write_text(VOC)
    labelme(tmp_path, left=200.2)

    reviewed = read_reviewed(radiograph, tmp_path)

    assert [item.current.label for item in reviewed.review.items] == ["Krone"]
    assert reviewed.study.annotation_paths == (tmp_path / "7.xml",)
    assert reviewed.problems == ()


def labelme(folder: Path, *, left: float) -> Path:
    """The crown of the VOC file, from `left` on."""
    shape = {
        "label": "Krone",
        "points": [[left, 300], [left + 80, 360]],
        "shape_type": "rectangle",
    }
    path = folder / "7.json"
    value = {"shapes": [shape], "imagePath": "7.png",
             "imageWidth": 2900, "imageHeight": 1400}  # fmt: skip
    path.write_text(json.dumps(value))
    return path


def test_annotations_are_read_by_the_users_own_names_for_classes(
    tmp_path: Path,
) -> None:
    shutil.copy(samples_folder() / "vott-v1" / "sample-1.png", tmp_path / "7.png")
    (tmp_path / "7.xml").write_text(VOC)

    reviewed = read_reviewed(
        tmp_path / "7.png", tmp_path, aliases={"krone": "restoration"}
    )

    assert [item.current.label for item in reviewed.review.items] == ["restoration"]


def test_annotations_about_which_one_would_be_asked_are_left_out_and_named(
    tmp_path: Path,
) -> None:
    """They are about 12.png, though they lie beside 7.png under its name."""
    shutil.copy(samples_folder() / "vott-v1" / "sample-1.png", tmp_path / "7.png")
    (tmp_path / "7.xml").write_text(VOC.replace("7.png", "12.png"))

    reviewed = read_reviewed(tmp_path / "7.png", tmp_path)

    assert reviewed.review.items == ()
    assert reviewed.study.annotation_paths == ()
    (problem,) = reviewed.problems
    assert problem.endswith(
        '7.xml was left out: The file says that it is about "12.png".'
    )


def test_annotations_of_another_size_or_damaged_are_left_out_and_named(
    tmp_path: Path,
) -> None:
    shutil.copy(samples_folder() / "vott-v1" / "sample-1.png", tmp_path / "7.png")
    (tmp_path / "7.xml").write_text(VOC.replace("2900", "2800"))
    (tmp_path / "7.json").write_text('{"shapes": [{"label": "crown"}]}')

    reviewed = read_reviewed(tmp_path / "7.png", tmp_path)

    assert reviewed.review.items == ()
    assert len(reviewed.problems) == 2
    size, damaged = sorted(reviewed.problems, key=lambda problem: "7.json" in problem)
    assert "it is about a picture of 2800 x 1400 pixels, this one has" in size
    assert "7.json" in damaged
