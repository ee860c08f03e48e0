"""From what is open in the window to files that other programs read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton

from dentalviewer.formats import LabelledImage, write_annotations
from dentalviewer.geometry import Size
from dentalviewer.gui.project.export_dialog import ExportDialog
from dentalviewer.review import Source
from tests.conftest import Dialogs
from tests.dentist import Dentist
from tests.gui.conftest import ANNOTATED, MakeWindow, write_radiograph


@pytest.fixture
def dentist(make_window: MakeWindow, tmp_path: Path) -> Dentist:
    """Two radiographs with annotations. Of the first what the dentist said is accepted,
    and implants of the detector rejected; of the second nothing is decided.
    """
    clinic = tmp_path / "clinic"
    clinic.mkdir()
    for name in ("1.png", "2.png"):
        image = LabelledImage(
            write_radiograph(clinic / name), Size(1000, 500), ANNOTATED
        )
        write_annotations([image], clinic / name.removesuffix(".png"), "labelme")
        (clinic / name.removesuffix(".png") / f"{name[0]}.json").rename(
            clinic / f"{name[0]}.json"
        )
    dentist = make_window()
    dentist.window.open([clinic])
    dentist.wait_for_radiograph("1.png")
    dentist.wait_for_detector()
    dentist.press("Ctrl+A", "Y")
    (_, root), (_, implant, _) = (dentist.items(source) for source in Source)
    dentist.window.desk.select(root.id)
    dentist.press("Return")
    dentist.window.desk.select(implant.id)
    dentist.press("X")
    dentist.window.desk.select(dentist.items(Source.DETECTOR)[-1].id)
    dentist.press("X")
    dentist.wait_until_saved()
    return dentist


def exported(dentist: Dentist) -> ExportDialog:
    desk = dentist.window.project.exporting
    for button in desk.dialog.findChildren(QPushButton):
        if button.text() == "&Export":
            button.click()
    dentist.wait_until(lambda: not desk._job.busy)
    return desk.dialog


def test_what_was_accepted_is_exported_and_what_was_left_out_is_told(
    dentist: Dentist, tmp_path: Path
) -> None:
    dentist.choose("export")
    dialog = dentist.window.project.exporting.dialog
    assert dialog._count.text() == "2 radiographs are open."
    assert dialog.folder.text() == str(tmp_path / "export-coco")
    assert dialog.format.currentText() == "COCO"

    exported(dentist)

    told = dialog.message.splitlines()
    assert told == [
        "Wrote 2 findings on 1 radiograph.",
        "1 radiograph without a review was left out.",
    ]
    assert dialog.written.isVisible()
    written = tmp_path / "export-coco" / "annotations" / "instances_default.json"
    content = json.loads(written.read_text())
    names = {each["id"]: each["name"] for each in content["categories"]}
    assert sorted(names[a["category_id"]] for a in content["annotations"]) == [
        "endodontic", "restoration",
    ]  # fmt: skip
    assert (tmp_path / "export-coco" / "images" / "1.png").is_file()


def test_annotations_go_into_another_format_as_they_are_and_with_a_part_held_out(
    dentist: Dentist, tmp_path: Path
) -> None:
    dentist.choose("export")
    dialog = dentist.window.project.exporting.dialog
    dialog.as_they_are.click()
    dialog.format.setCurrentText("YOLO")
    dialog.split.click()
    dialog.folder.setText(str(tmp_path / "yolo"))

    exported(dentist)

    assert dialog.message.splitlines()[0] == "Wrote 4 findings on 2 radiographs."
    labels = sorted((tmp_path / "yolo").rglob("labels/**/*.txt"))
    assert [path.parent.name for path in labels] == ["train", "val"]
    # What was decided in the window is not in the files.
    assert all(len(path.read_text().splitlines()) == 2 for path in labels)


def test_what_names_the_patient_is_asked_where_a_part_is_held_out(
    dentist: Dentist, tmp_path: Path
) -> None:
    dentist.choose("export")
    dialog = dentist.window.project.exporting.dialog
    dialog.as_they_are.click()
    assert not dialog.patients.isVisible()
    dialog.split.click()
    assert dialog.patients.isVisible()

    dialog.patients.edit.setText("(")
    (button,) = (b for b in dialog.findChildren(QPushButton) if b.text() == "&Export")
    assert not button.isEnabled()
    dialog.patients.edit.setText("patient-([0-9]+)")
    assert "It finds no patient in all 2 paths" in dialog.patients.told
    exported(dentist)
    assert "names no patient in the path of any of 2 radiographs" in dialog.message
    assert not dialog.path.exists()
    dialog.patients.edit.setText(r"(\d)\.png")
    exported(dentist)
    assert "1 of 2 radiographs is held out" in dialog.message


def test_of_the_selected_alone_annotations_are_exported(
    dentist: Dentist, tmp_path: Path
) -> None:
    dentist.press("D")
    dentist.wait_for_radiograph("2.png")
    dentist.choose("export_selected")
    dialog = dentist.window.project.exporting.dialog
    assert dialog._count.text() == "1 radiograph is selected, of 2 that are open."
    dialog.as_they_are.click()
    exported(dentist)
    images = tmp_path / "export-coco" / "images"
    assert [path.name for path in images.iterdir()] == ["2.png"]

    dentist.choose("export")
    assert dialog._count.text() == "2 radiographs are open."
    exported(dentist)
    assert len(list(images.iterdir())) == 2


def test_why_nothing_could_be_exported_is_said(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window()
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()

    dentist.choose("export")
    dialog = exported(dentist)

    assert "nothing to write: 1 radiograph without a review was left out" in (
        dialog.message
    )
    assert not dialog.written.isVisible()
    assert not (tmp_path.parent / "export").exists()


def test_an_export_writes_over_no_other_picture(
    dentist: Dentist, tmp_path: Path
) -> None:
    there = tmp_path / "export-coco" / "images"
    there.mkdir(parents=True)
    write_radiograph(there / "1.png", (10, 10))

    dentist.choose("export")
    dialog = exported(dentist)

    assert "another picture is here already: choose another folder" in dialog.message
    assert not (tmp_path / "export-coco" / "annotations").exists()


@pytest.mark.parametrize("where", ["clinic", "clinic/export", "."])
def test_what_is_exported_is_never_written_over(
    dentist: Dentist, tmp_path: Path, where: str
) -> None:
    clinic = tmp_path / "clinic"
    before = {path: path.read_bytes() for path in clinic.glob("*.*")}
    dentist.choose("export")
    dialog = dentist.window.project.exporting.dialog
    dialog.format.setCurrentText("labelme")
    dialog.folder.setText(str(tmp_path / where))

    exported(dentist)

    assert "choose a folder apart from it" in dialog.message
    assert {path: path.read_bytes() for path in clinic.glob("*.*")} == before


def test_another_project_goes_to_another_folder_unless_one_was_typed(
    dentist: Dentist, tmp_path: Path
) -> None:
    dentist.choose("export")
    folder = dentist.window.project.exporting.dialog.folder
    assert folder.text() == str(tmp_path / "export-coco")

    other = tmp_path / "b" / "clinic"
    other.mkdir(parents=True)
    dentist.window.open([write_radiograph(other / "3.png")])
    dentist.wait_for_radiograph("3.png")
    dentist.choose("export")

    assert folder.text() == str(tmp_path / "b" / "export-coco")
    dentist.window.project.exporting.dialog.format.setCurrentText("YOLO")
    assert folder.text() == str(tmp_path / "b" / "export-yolo")
    folder.setText(str(tmp_path / "mine"))
    dentist.choose("export")
    assert folder.text() == str(tmp_path / "mine")


def test_annotations_of_a_project_are_exported_wherever_they_lie(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    clinic = tmp_path / "clinic"
    clinic.mkdir()
    image = LabelledImage(
        write_radiograph(clinic / "1.png"), Size(1000, 500), ANNOTATED
    )
    project = write_annotations([image], tmp_path / "labels", "coco").path
    content = json.loads(project.read_text())
    content["images"][0]["file_name"] = "../clinic/1.png"
    listed = tmp_path / "labels" / "all.json"
    listed.write_text(json.dumps(content))
    project.unlink()
    dentist = make_window()
    dentist.window.open([listed])
    dentist.wait_for_radiograph("1.png")

    dentist.choose("export")
    dialog = dentist.window.project.exporting.dialog
    dialog.as_they_are.click()
    dialog.folder.setText(str(tmp_path / "out"))
    exported(dentist)

    assert dialog.message.splitlines()[0] == "Wrote 2 findings on 1 radiograph."


def test_the_folder_is_chosen_in_the_dialog_of_the_system(
    dentist: Dentist, tmp_path: Path, dialogs: Dialogs
) -> None:
    dentist.choose("export")
    dialog = dentist.window.project.exporting.dialog
    (choose,) = (b for b in dialog.findChildren(QPushButton) if b.text() == "Ch&oose…")

    dialogs.expect("QFileDialog.getExistingDirectory", "")
    choose.click()
    assert dialog.path == tmp_path / "export-coco"

    dialogs.expect("QFileDialog.getExistingDirectory", str(tmp_path / "chosen"))
    choose.click()
    assert dialog.wish.folder == tmp_path / "chosen"
