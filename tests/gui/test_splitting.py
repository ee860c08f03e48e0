"""How a set is to be split, asked in the dialogs that export, train and compare."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from dentalviewer.curation.set_facts import SetFacts
from dentalviewer.curation.splitting import Side, enough_radiographs
from dentalviewer.curation.training_runs import (
    SplitPlan,
    TrainingPlan,
    begin_run,
    compare_arguments,
    run_of,
    train_arguments,
)
from dentalviewer.gui.training.comparison_dialog import ComparisonDialog
from dentalviewer.gui.training.split_fields import told_of_set
from dentalviewer.gui.training.training_dialog import TrainingDialog
from dentalviewer.gui.training.training_export_dialog import TrainingExportDialog
from dentalviewer.gui.training.training_form import TrainingForm
from tests.dentist import Dentist
from tests.gui.conftest import MakeWindow, write_radiograph
from tests.gui.test_training_bench import catalogue as catalogue
from tests.gui.test_training_bench import settled
from tests.scripted_detector import ScriptedCatalogue


def clinic(folder: Path) -> Path:
    """Two radiographs of each of three patients."""
    for number in range(6):
        place = folder / f"patient-{number // 2}"
        place.mkdir(parents=True, exist_ok=True)
        write_radiograph(place / f"{number}.png", (200 + number, 100))
    return folder


def review(dentist: Dentist, clinic: Path) -> None:
    """All six radiographs to the end."""
    dentist.window.open([clinic])
    for number in range(6):
        dentist.wait_for_radiograph(f"{number}.png")
        dentist.wait_for_detector()
        dentist.press("Ctrl+A", "Y")
        if number < 5:
            dentist.choose("next_radiograph")


def split_set(folder: Path, **sides: int) -> Path:
    """As an export leaves it, without the radiographs."""
    folder.mkdir()
    for name, count in sides.items():
        content = {"images": [{} for _ in range(count)]}
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


@pytest.fixture
def dialog(qtbot: QtBot) -> TrainingDialog:
    dialog = TrainingDialog()
    qtbot.addWidget(dialog)
    return dialog


@pytest.fixture
def form(dialog: TrainingDialog) -> TrainingForm:
    dialog.form.show_detectors(["bundled"], "bundled")
    return dialog.form


def show(form: TrainingForm, data: Path, qtbot: QtBot) -> None:
    form.data.setText(str(data))
    qtbot.waitUntil(lambda: not form.split.busy)


def test_patients_are_counted_as_the_pattern_is_typed(
    form: TrainingForm, tmp_path: Path, qtbot: QtBot
) -> None:
    show(form, clinic(tmp_path / "clinic"), qtbot)
    patients = form.split.patients
    assert "recognised without it" in patients.told

    patients.edit.setText("patient-([0-9]+)")
    assert patients.told.startswith("3 patients on 6 radiographs of all 6")
    patients.edit.setText("nobody")
    assert patients.told.startswith("It finds no patient in all 6 paths")
    assert form.begin.isEnabled()

    assert form.plan.split == SplitPlan("nobody")


def test_nothing_begins_with_what_is_no_pattern(
    form: TrainingForm, tmp_path: Path, qtbot: QtBot
) -> None:
    show(form, clinic(tmp_path / "clinic"), qtbot)

    form.split.patients.edit.setText("patient-(")

    assert "not a regular expression: missing )" in form.split.patients.told
    assert not form.begin.isEnabled()


def test_a_pattern_that_comes_to_no_end_is_refused_and_the_window_stays_up(
    form: TrainingForm, tmp_path: Path, qtbot: QtBot
) -> None:
    place = clinic(tmp_path / "clinic")
    write_radiograph(place / f"{'a' * 60}!.png", (200, 100))
    form.split.patients.edit.setText("(a|a)*$")
    show(form, place, qtbot)

    assert "takes too long to find a patient" in form.split.patients.told
    assert not form.begin.isEnabled()
    form.split.patients.edit.setText("patient-([0-9]+)")
    assert form.begin.isEnabled()


def test_a_set_that_is_split_already_asks_for_nothing_and_says_how(
    form: TrainingForm, tmp_path: Path, qtbot: QtBot
) -> None:
    form.split.patients.edit.setText("patient-(")
    show(form, split_set(tmp_path / "set", train=160, val=21, test=19), qtbot)

    assert form.split.patients.isHidden()
    assert form.begin.isEnabled()
    assert form.plan.split == SplitPlan()
    assert form.split.told.startswith(
        "The set is split: 160 to learn from, 21 to choose the best epoch and"
        " thresholds by, 19 kept for comparing: too few"
    )


def test_a_set_that_was_exported_anew_is_looked_at_anew(
    form: TrainingForm, tmp_path: Path, qtbot: QtBot
) -> None:
    data = split_set(tmp_path / "set", train=80, val=20)
    form.show_data(data)
    qtbot.waitUntil(lambda: form.split.told.startswith("The set is split: 80 "))
    (data / "train.json").write_text(json.dumps({"images": [{}] * 90}))

    form.show_data(data)

    qtbot.waitUntil(lambda: form.split.told.startswith("The set is split: 90 "))


def test_too_few_to_compare_by_is_said_before_anything_is_done() -> None:
    facts = SetFacts(radiographs=tuple(Path(f"{n}.png") for n in range(30)))
    many = SetFacts({Side.LEARN: 800, Side.CHOOSE: 100, Side.COMPARE: 100})

    # A fifth of 30, and half of that.
    assert told_of_set(facts, three_way=True).startswith(
        "Of 30 radiographs about 6 are held out, 3 to choose the best epoch and"
        " thresholds by and 3 for comparing: too few to tell detectors apart"
    )
    assert "too few" not in told_of_set(facts, three_way=False)
    assert told_of_set(many, three_way=False).endswith("100 kept for comparing.")


def test_a_single_radiograph_leaves_nothing_to_judge_by_and_is_refused(
    form: TrainingForm, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "clinic").mkdir()
    write_radiograph(tmp_path / "clinic" / "1.png", (200, 100))
    show(form, tmp_path / "clinic", qtbot)
    assert form.split.told.startswith("The set leaves no radiograph to judge")
    assert not form.begin.isEnabled()

    write_radiograph(tmp_path / "clinic" / "2.png", (200, 100))
    form.show_data(tmp_path / "clinic")
    # A fifth of two is less than one, and at least one is held out.
    qtbot.waitUntil(lambda: form.split.told.startswith("Of 2 radiographs about 1 is"))
    assert form.begin.isEnabled()


def test_a_split_that_holds_nothing_out_is_refused(
    form: TrainingForm, tmp_path: Path, qtbot: QtBot
) -> None:
    show(form, split_set(tmp_path / "set", train=1, val=0), qtbot)

    assert form.split.told.startswith("The set leaves no radiograph to judge")
    assert not form.begin.isEnabled()


def test_what_is_kept_for_comparing_is_enough_to_compare_by(
    qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = ComparisonDialog()
    qtbot.addWidget(dialog)
    dialog.show_detectors(["bundled", "mine"], "bundled", "mine")

    for name, kept, can in (("set", 3, True), ("none", 0, False)):
        data = split_set(tmp_path / name, train=1, val=0, test=kept)
        dialog.data.setText(str(data))
        qtbot.waitUntil(lambda: not dialog.split.busy)
        assert dialog.go.isEnabled() == can
        assert ("3 kept for comparing" in dialog.split.told) == can
        assert dialog.split.told.startswith("The set leaves no") != can


def test_a_comparison_splits_the_set_as_the_training_did(
    make_window: MakeWindow, catalogue: ScriptedCatalogue, tmp_path: Path
) -> None:
    dentist = settled(make_window(catalogue=catalogue))
    desk = dentist.window.bench.comparison
    data = str(clinic(tmp_path / "clinic"))
    split = SplitPlan("patient-([0-9]+)", three_way=True)
    plan = TrainingPlan("mine", "bundled", data, 3, split=split)
    begin_run(run_of(plan, desk._user_folder))
    dentist.window.bench.training.propose_data(Path(data))

    dentist.choose("compare_detectors")
    dentist.wait_until(lambda: not desk.dialog.split.busy)

    assert desk.dialog.plan.split == split
    typed = compare_arguments(desk.dialog.plan, tmp_path / "result.json")
    asked = ["--patients=patient-([0-9]+)", "--three-way"]
    assert [word for word in typed if word in asked] == asked
    run = run_of(plan, tmp_path)
    assert set(asked) < set(train_arguments(run))


def test_an_export_keeps_patients_together_and_a_part_for_comparing(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window()
    review(dentist, clinic(tmp_path / "clinic"))
    dentist.choose("export_training")
    dialog = dentist.window.bench.exports.dialog
    assert not dialog.three_way.isChecked()
    # Beside the folder that was opened, not among its radiographs.
    assert dialog.path == tmp_path / "retraining"

    dialog.patients.edit.setText("patient-(")
    assert not dialog.export.isEnabled()
    dialog.patients.edit.setText("patient-([0-9]+)")
    assert dialog.patients.told.startswith("3 patients on 6 radiographs")
    dialog.three_way.setChecked(True)
    dialog.export.click()
    dentist.wait_until(lambda: not dentist.window.bench.exports.busy)

    assert "6 radiographs are of 3 patients" in dialog.message
    assert "too few to tell detectors apart" in dialog.message
    by_side = _patients(dialog.path)
    assert sum(map(len, by_side)) == len(set().union(*by_side)) == 3


def test_how_an_earlier_export_to_the_folder_was_split_is_proposed(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window()
    review(dentist, clinic(tmp_path / "clinic"))
    exports = dentist.window.bench.exports
    dentist.choose("export_training")
    exports.dialog.patients.edit.setText("patient-([0-9]+)")
    exports.dialog.three_way.setChecked(True)
    exports.dialog.export.click()
    dentist.wait_until(lambda: not exports.busy)
    first = exports.dialog.path
    dentist.window.close()

    dentist = make_window()
    dentist.window.open([tmp_path / "clinic"])
    dentist.wait_for_radiograph("0.png")
    dentist.choose("export_training")
    dialog = dentist.window.bench.exports.dialog
    assert dialog.path == first
    dentist.wait_until(lambda: dialog.patients.text == "patient-([0-9]+)")
    assert dialog.three_way.isChecked()

    # Another folder knows nothing of it, and what was typed stays.
    dialog.folder.setText(str(tmp_path / "other"))
    dentist.wait_until(lambda: dialog.patients.text == "")
    assert not dialog.three_way.isChecked()
    dialog.patients.edit.setText("mine")
    dialog.folder.setText(str(first))
    dentist.wait_until(dialog.three_way.isChecked)
    assert dialog.patients.text == "mine"


def test_who_keeps_nothing_for_comparing_is_not_asked_to_again(qtbot: QtBot) -> None:
    dialog = TrainingExportDialog()
    qtbot.addWidget(dialog)
    many = [Path(f"{number}.png") for number in range(enough_radiographs())]
    dialog.show_radiographs(many, len(many))
    assert dialog.three_way.isChecked()

    dialog.three_way.click()
    dialog.show_radiographs(many, len(many))

    assert not dialog.plan.splitting.three_way


def _patients(folder: Path) -> list[set[str]]:
    return [
        {image["patient_id"] for image in json.loads(path.read_text())["images"]}
        for path in folder.glob("*.json")
    ]
