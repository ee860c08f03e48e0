"""From what was reviewed to another detector in use, as far as no network is needed."""

from __future__ import annotations

import json
import sys
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QLockFile, QTime
from PySide6.QtWidgets import QDialogButtonBox, QPushButton
from pytestqt.qtbot import QtBot

from dentalviewer.curation.training_runs import (
    ComparisonPlan,
    TrainingPlan,
    TrainingRun,
    begin_run,
    run_of,
    unfinished_runs,
)
from dentalviewer.evaluation.comparison import Comparison, Difference
from dentalviewer.evaluation.estimate import Estimate
from dentalviewer.gui.training import split_fields
from dentalviewer.gui.training.comparison_dialog import ComparisonDialog
from dentalviewer.gui.training.length_fields import LengthFields
from dentalviewer.gui.training.longer_dialog import LongerDialog
from dentalviewer.gui.training.training_curves import (
    TrainingCurves,
    loss_curve,
    score_curves,
)
from dentalviewer.gui.training.training_desk import LOCK_FILE
from dentalviewer.gui.training.training_export_dialog import told_of_open
from dentalviewer.gui.training.training_form import TrainingForm
from dentalviewer.gui.training.training_words import time_left
from dentalviewer.gui.work import command_process
from dentalviewer.gui.work.command_process import CommandProcess
from dentalviewer.worklist.standing import Status
from tests.conftest import Dialogs
from tests.dentist import Dentist
from tests.gui.conftest import (
    PREDICTED,
    MakeWindow,
    write_numbered_radiographs,
    write_radiograph,
)
from tests.gui.test_fitting import is_in_sight
from tests.held_files import FOREVER, held
from tests.scripted_detector import ScriptedCatalogue, ScriptedDetector

ROWS = (
    {"epoch": 0.0, "treatments_mean_ap50": 0.5, "ap50_implant": 0.4},
    {
        "epoch": 1.0,
        "treatments_label_loss": 0.25,
        "treatments_box_loss": 0.5,
        "treatments_mean_ap50": 0.6,
        "ap50_implant": 0.7,
    },
)


@pytest.fixture
def catalogue() -> ScriptedCatalogue:
    return ScriptedCatalogue(
        {"bundled": ScriptedDetector(PREDICTED), "mine": ScriptedDetector(())},
        own=["mine"],
    )


def settled(dentist: Dentist) -> Dentist:
    dentist.wait_until(lambda: not dentist.window.bench.shelf.busy)
    dentist.wait_until(lambda: dentist.window.detectors.names)
    return dentist


def choices(dentist: Dentist) -> list[str]:
    choice = dentist.window.side.detector._choice
    return [choice.itemText(index) for index in range(choice.count())]


def reviewed(dentist: Dentist, folder: Path) -> Dentist:
    """At two radiographs, of which the first is done."""
    dentist.window.open([write_numbered_radiographs(folder, 2)])
    dentist.wait_for_radiograph("1.png")
    dentist.wait_for_detector()
    dentist.press("Ctrl+A", "Y")
    done = dentist.window.folder_list.model.counts
    dentist.wait_until(lambda: done()[Status.DONE] == 1)
    return dentist


def test_what_was_reviewed_is_exported_and_offered_for_training(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = reviewed(make_window(), tmp_path / "clinic")
    dentist.choose("export_training")
    dialog = dentist.window.bench.exports.dialog
    assert dialog.folder.text() == str(tmp_path / "retraining")
    assert dialog._count.text() == (
        "2 radiographs are open, 1 of them with a review that is done."
    )
    dialog.export.click()
    dentist.wait_until(lambda: not dentist.window.bench.exports.busy)

    assert "Wrote 3 findings on 1 radiograph" in dialog.message
    assert "1 radiograph without a review was left out." in dialog.message
    content = json.loads((tmp_path / "retraining" / "train.json").read_text())
    assert len(content["annotations"]) == 3
    dialog.train.click()
    training = dentist.window.bench.training.dialog
    assert training.isVisible()
    assert training.form.data.text() == str(tmp_path / "retraining")
    # The one radiograph can be learned from, and then there is none to judge by.
    dentist.wait_until(lambda: "leaves no radiograph" in training.form.split.told)
    assert not training.form.begin.isEnabled()


def test_a_training_is_given_what_was_reviewed_from_where_it_is_asked_for(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = reviewed(make_window(), tmp_path / "clinic")
    dentist.choose("train")
    training, export = dentist.window.bench.training, dentist.window.bench.exports
    form = training.dialog.form
    assert not form.data.text()
    form.name.setText("ours")
    form.length.epochs.setValue(7)

    form.reviews.click()
    assert export.dialog.isVisible()
    export.dialog.export.click()
    dentist.wait_until(lambda: not export.busy)
    export.dialog.train.click()

    assert not export.dialog.isVisible()
    assert training.dialog.shows_form
    assert form.data.text() == str(tmp_path / "retraining")
    # What was filled in before is not to be filled in again.
    assert (form.name.text(), form.length.epochs.value()) == ("ours", 7)


@pytest.mark.parametrize(
    ("count", "done", "words"),
    [
        (1, 0, "1 radiograph is open, and not done yet."),
        (1, 1, "1 radiograph is open, and its review is done."),
        (24, 22, "24 radiographs are open, 22 of them with a review that is done."),
        (24, 0, "24 radiographs are open, none of them with a review that is done."),
    ],
)
def test_what_will_be_exported_is_said_beforehand(
    count: int, done: int, words: str
) -> None:
    assert told_of_open(count, done) == words


def test_an_export_that_cannot_be_made_says_why(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    dentist = make_window()
    dentist.window.open([write_radiograph(tmp_path / "1.png")])
    dentist.wait_for_detector()
    dentist.choose("export_training")
    dialog = dentist.window.bench.exports.dialog
    dialog.export.click()
    dentist.wait_until(lambda: not dentist.window.bench.exports.busy)

    assert "no radiograph was reviewed to the end" in dialog.message
    assert dialog.train.isHidden()


def test_a_plan_is_begun_only_when_it_is_whole(
    make_window: MakeWindow, catalogue: ScriptedCatalogue, tmp_path: Path
) -> None:
    dentist = settled(make_window(catalogue=catalogue))
    dentist.choose("train")
    form = dentist.window.bench.training.dialog.form

    assert not form.begin.isEnabled()
    form.data.setText(str(tmp_path / "nowhere"))
    dentist.wait_until(lambda: not form.begin.isEnabled())
    form.data.setText(str(tmp_path))
    assert form.begin.isEnabled()
    form.name.setText("MINE")
    assert not form.begin.isEnabled()
    form.name.setText("better")
    form.length.clock.setTime(QTime(22, 30))

    assert form.begin.isEnabled()
    until = form.plan.until
    assert form.plan.start == "bundled"
    assert until is not None
    assert (until.hour, until.minute) == (22, 30)
    assert until > datetime.now()


def test_the_proposed_name_is_that_of_what_is_trained_further_until_one_is_typed(
    qtbot: QtBot,
) -> None:
    form = TrainingForm()
    qtbot.addWidget(form)
    form.show_detectors(["bundled", "mine"], "mine")
    assert form.name.text().startswith("mine-20")

    form.start.setCurrentText("bundled")
    assert form.name.text().startswith("bundled-20")

    form.name.setText("better")
    form.start.setCurrentText("mine")
    assert form.name.text() == "better"


def stopped(tmp_path: Path, plan: TrainingPlan, *, epochs: int) -> TrainingRun:
    """As a training leaves its folder that was stopped after so many epochs."""
    run = run_of(plan, tmp_path / "user")
    begin_run(run)
    rows = "".join(f"{epoch},0.5\n" for epoch in range(1, epochs + 1))
    run.curves.write_text(f"epoch,loss\n{rows}")
    (run.folder / "checkpoint.pt").write_bytes(b"weights")
    return run


def old_plan(tmp_path: Path, name: str = "old") -> TrainingPlan:
    """With no detector to start from: begun in earnest, it fails at once."""
    return TrainingPlan(name, "nobody", str(tmp_path), 12)


def test_of_an_ensemble_in_use_its_first_member_is_what_is_trained_further(
    make_window: MakeWindow, catalogue: ScriptedCatalogue
) -> None:
    catalogue.detectors = {"both": ScriptedDetector(PREDICTED), **catalogue.detectors}
    catalogue.ensembles = {"both": ("mine", "bundled")}
    dentist = settled(make_window(catalogue=catalogue))

    dentist.choose("train")

    form = dentist.window.bench.training.dialog.form
    offered = [form.start.itemText(index) for index in range(form.start.count())]
    assert offered == ["bundled", "mine"]
    assert form.start.currentText() == "mine"
    # The name of the ensemble is taken all the same.
    form.name.setText("both")
    assert not form.begin.isEnabled()


def test_every_training_that_was_stopped_can_be_gone_on_with(
    make_window: MakeWindow, catalogue: ScriptedCatalogue, tmp_path: Path
) -> None:
    dentist = settled(make_window(catalogue=catalogue))
    stopped(tmp_path, old_plan(tmp_path), epochs=3)
    stopped(tmp_path, old_plan(tmp_path, "older"), epochs=1)
    dentist.choose("train")
    form = dentist.window.bench.training.dialog.form
    asked: list[str] = []
    form.continued.disconnect(dentist.window.bench.training.go_on)
    form.continued.connect(lambda run: asked.append(run.plan.name))

    told = {}
    for name in ("old", "older"):
        form.stopped.setCurrentText(name)
        told[name] = form._again_words.text()
        form.go_on.click()

    assert asked == ["old", "older"]
    assert told == {
        "old": "The training of old was stopped before its end. 3 epochs are done.",
        "older": "The training of older was stopped before its end. 1 epoch is done.",
    }


def test_a_training_that_goes_on_in_another_window_is_not_called_stopped(
    make_window: MakeWindow, catalogue: ScriptedCatalogue, tmp_path: Path
) -> None:
    dentist = settled(make_window(catalogue=catalogue))
    desk = dentist.window.bench.training
    run = stopped(tmp_path, old_plan(tmp_path), epochs=3)
    # As the other window does as long as it trains.
    other = QLockFile(str(run.folder / LOCK_FILE))
    assert other.tryLock(0)
    dentist.choose("train")
    form = desk.dialog.form
    form.data.setText(str(tmp_path))
    form.name.setText("old")

    assert form._again_words.isVisible()
    assert form._again_words.text() == "old is being trained in another window."
    assert not form.go_on.isVisible()
    assert not form.discard.isVisible()
    assert form._fault.text() == (
        "old is being trained in another window: choose another name."
    )
    desk.begin(old_plan(tmp_path))
    assert not desk.busy
    assert "old is being trained in another window" in dentist.messages

    other.unlock()
    desk.open()
    assert form._again_words.text().startswith("The training of old was stopped")
    assert form.go_on.isVisible()


def test_a_training_that_is_stopped_is_gone_on_with_from_the_same_page(
    make_window: MakeWindow, catalogue: ScriptedCatalogue, tmp_path: Path
) -> None:
    dentist = settled(make_window(catalogue=catalogue))
    desk = dentist.window.bench.training
    dentist.choose("train")
    desk.go_on(stopped(tmp_path, old_plan(tmp_path), epochs=2))
    desk.dialog.progress.stop.click()
    dentist.wait_until(lambda: not desk.busy)

    progress = desk.dialog.progress
    assert progress.state.text() == (
        "old was stopped. 2 epochs are done, and it can be resumed from there."
    )
    assert progress.go_on.isVisible()
    progress.go_on.click()
    assert desk.busy
    assert not progress.go_on.isVisible()
    progress.stop.click()
    dentist.wait_until(lambda: not desk.busy)


def test_a_training_is_discarded_only_once_that_was_asked(
    make_window: MakeWindow,
    catalogue: ScriptedCatalogue,
    dialogs: Dialogs,
    tmp_path: Path,
) -> None:
    dentist = settled(make_window(catalogue=catalogue))
    run = stopped(tmp_path, old_plan(tmp_path), epochs=3)
    dentist.choose("train")
    form = dentist.window.bench.training.dialog.form

    dialogs.expect_question("Keep it")
    form.discard.click()
    assert run.has_checkpoint
    dialogs.expect_question("Delete it")
    form.discard.click()

    assert not run.folder.exists()
    assert not form.go_on.isVisible()


def test_a_training_that_never_began_leaves_nothing_to_go_on_with_and_its_name_free(
    make_window: MakeWindow, catalogue: ScriptedCatalogue, tmp_path: Path
) -> None:
    dentist = settled(make_window(catalogue=catalogue))
    desk = dentist.window.bench.training
    dentist.choose("train")
    desk.begin(old_plan(tmp_path))
    dentist.wait_until(lambda: not desk.busy)
    assert "old was not trained" in dentist.messages
    assert not desk.dialog.progress.go_on.isVisible()
    # There is no course of it to be seen.
    assert not desk.dialog.progress.curves.isVisible()

    desk.dialog.progress.another.click()
    form = desk.dialog.form
    form.data.setText(str(tmp_path))
    form.name.setText("old")

    assert not form.go_on.isVisible()
    assert form.begin.isEnabled()


def test_no_training_takes_the_place_of_one_that_was_stopped(
    make_window: MakeWindow, catalogue: ScriptedCatalogue, tmp_path: Path
) -> None:
    dentist = settled(make_window(catalogue=catalogue))
    desk = dentist.window.bench.training
    dentist.choose("train")
    # In another window, after the name was chosen in this one.
    run = stopped(tmp_path, old_plan(tmp_path), epochs=3)
    desk.begin(old_plan(tmp_path))

    assert not desk.busy
    assert run.epochs_done == 3
    assert "A training of old was stopped" in dentist.messages


@pytest.mark.parametrize(
    ("choice", "epochs", "counts"),
    [("no_longer", 3, True), ("by_epochs", 7, True), ("by_clock", 12, False)],
)
def test_where_the_time_has_passed_the_reader_is_asked_anew_how_long(
    make_window: MakeWindow,
    catalogue: ScriptedCatalogue,
    dialogs: Dialogs,
    tmp_path: Path,
    choice: str,
    epochs: int,
    counts: bool,
) -> None:
    dentist = settled(make_window(catalogue=catalogue))
    desk = dentist.window.bench.training
    until = datetime.now() - timedelta(hours=1)
    run = stopped(tmp_path, replace(old_plan(tmp_path), until=until), epochs=3)

    dialogs.expect("QDialog.exec", 0)
    desk.go_on(run)
    assert not desk.busy

    def chosen(dialog: LongerDialog) -> int:
        dialog.length.epochs.setValue(4)
        widget = getattr(dialog, choice, None) or getattr(dialog.length, choice)
        widget.setChecked(True)
        return 1

    dialogs.expect("QDialog.exec", chosen)
    desk.go_on(run)
    (begun,) = unfinished_runs(tmp_path / "user")
    desk.dialog.progress.stop.click()
    dentist.wait_until(lambda: not desk.busy)

    assert begun.plan.epochs == epochs
    assert (begun.plan.until is None) == counts
    assert not begun.time_is_up(datetime.now())


def test_a_longer_training_is_not_until_tomorrow_unsaid_either(
    qtbot: QtBot, tmp_path: Path
) -> None:
    until = datetime.now() - timedelta(hours=1)
    run = stopped(tmp_path, replace(old_plan(tmp_path), until=until), epochs=1)
    dialog = LongerDialog(run)
    qtbot.addWidget(dialog)
    now = datetime(2026, 3, 1, 22, 0)
    dialog.length._now = lambda: now
    dialog.length.clock.setTime(QTime(22, 30))

    now = datetime(2026, 3, 1, 22, 31)
    go_on = dialog.findChild(QDialogButtonBox).button(
        QDialogButtonBox.StandardButton.Ok
    )
    go_on.click()
    assert dialog.result() == 0
    assert "That is tomorrow." in dialog.length._told.text()

    go_on.click()
    assert dialog.result() == 1


def test_until_a_time_it_is_as_long_as_the_clock_says(
    make_window: MakeWindow, catalogue: ScriptedCatalogue, tmp_path: Path
) -> None:
    dentist = settled(make_window(catalogue=catalogue))
    desk = dentist.window.bench.training
    until = datetime.now() + timedelta(hours=2, minutes=10, seconds=5)
    run = stopped(tmp_path, replace(old_plan(tmp_path), until=until), epochs=1)
    desk.go_on(run)
    # What the bar tells is the pace of the first seconds.
    desk._process.progressed.emit(3, "00:05", "")
    shown = desk.dialog.progress.state.text()
    desk.dialog.progress.stop.click()
    dentist.wait_until(lambda: not desk.busy)

    assert shown.startswith(f"1 epoch done, until {until:%H:%M}")
    assert shown.endswith(" · about 2 h 10 min left")


def test_epochs_are_counted_by_the_bar_and_not_read_from_the_disk_each_time(
    make_window: MakeWindow, catalogue: ScriptedCatalogue, tmp_path: Path
) -> None:
    dentist = settled(make_window(catalogue=catalogue))
    desk = dentist.window.bench.training
    run = stopped(tmp_path, old_plan(tmp_path), epochs=2)
    desk.go_on(run)
    run.curves.unlink()
    shown = []
    for words in ("", "epoch 3 of 12, loss 0.5", ""):
        desk._process.progressed.emit(20, "", words)
        shown.append(desk.dialog.progress.state.text())
    desk.dialog.progress.stop.click()
    dentist.wait_until(lambda: not desk.busy)

    assert shown == [f"{done} of 12 epochs done" for done in (2, 3, 3)]


def test_epochs_beside_the_bar_are_those_that_the_curves_show(
    make_window: MakeWindow, catalogue: ScriptedCatalogue, tmp_path: Path
) -> None:
    """What is in the curves already is said before the bar says so."""
    dentist = settled(make_window(catalogue=catalogue))
    desk = dentist.window.bench.training
    run = stopped(tmp_path, old_plan(tmp_path), epochs=2)
    desk.go_on(run)
    desk._process.progressed.emit(20, "", "epoch 2 of 12, loss 0.5")
    run.curves.write_text("epoch,loss\n1,0.5\n2,0.4\n3,0.3\n")
    desk._show_curves()
    shown = desk.dialog.progress.state.text()
    desk.dialog.progress.stop.click()
    dentist.wait_until(lambda: not desk.busy)

    assert shown == "3 of 12 epochs done"
    assert desk.dialog.progress.curves.in_words == "loss 0.30"


def test_what_went_wrong_with_a_training_is_withdrawn_when_the_next_goes_on(
    make_window: MakeWindow, catalogue: ScriptedCatalogue, tmp_path: Path
) -> None:
    dentist = settled(make_window(catalogue=catalogue))
    desk = dentist.window.bench.training
    dentist.choose("train")
    desk.begin(old_plan(tmp_path))
    dentist.wait_until(lambda: not desk.busy)
    assert "old was not trained" in dentist.messages

    desk.go_on(stopped(tmp_path, old_plan(tmp_path), epochs=2))
    assert not dentist.messages
    assert desk.dialog.progress.curves.isVisible()
    desk.dialog.progress.stop.click()
    dentist.wait_until(lambda: not desk.busy)


def test_a_time_that_passes_before_it_is_begun_is_not_taken_for_tomorrow_unsaid(
    make_window: MakeWindow, catalogue: ScriptedCatalogue, tmp_path: Path
) -> None:
    dentist = settled(make_window(catalogue=catalogue))
    dentist.choose("train")
    form = dentist.window.bench.training.dialog.form
    form.begun.disconnect(dentist.window.bench.training.begin)
    begun: list[TrainingPlan] = []
    form.begun.connect(begun.append)
    now = datetime(2026, 3, 1, 22, 0)
    form.length._now = lambda: now
    form.data.setText(str(tmp_path))
    form.length.clock.setTime(QTime(22, 30))
    assert form.length._told.text() == (
        "It ends sooner if the detector no longer improves. The computer must stay"
        " awake."
    )

    now = datetime(2026, 3, 1, 22, 31)
    form.begin.click()
    assert begun == []
    assert form.length._told.text() == (
        "22:30 has passed meanwhile. That is tomorrow. It ends sooner if the"
        " detector no longer improves. The computer must stay awake."
    )
    form.begin.click()

    assert [plan.until for plan in begun] == [datetime(2026, 3, 2, 22, 30)]


def test_what_is_tomorrow_is_told_when_the_form_is_shown_again(qtbot: QtBot) -> None:
    now = datetime(2026, 3, 1, 22, 0)
    length = LengthFields("epochs", now=lambda: now)
    for widget in (length.by_epochs, length.epochs, length.by_clock, length.clock):
        qtbot.addWidget(widget)
    qtbot.addWidget(length._told)
    length.clock.setTime(QTime(22, 30))

    now = datetime(2026, 3, 1, 22, 31)
    length.propose_time()

    assert length._told.text().startswith("That is tomorrow.")
    assert not length.moved()
    # Past midnight it is the same time.
    now = datetime(2026, 3, 2, 0, 10)
    assert not length.moved()


def test_what_is_done_besides_epochs_is_told_in_plain_words_and_counted(
    make_window: MakeWindow, catalogue: ScriptedCatalogue, tmp_path: Path
) -> None:
    dentist = settled(make_window(catalogue=catalogue))
    desk = dentist.window.bench.training
    desk.go_on(stopped(tmp_path, old_plan(tmp_path), epochs=1))
    shown = []
    for percent, left, words in (
        (3, "01:30", "looking for what nobody looked for, 3 of 100"),
        (100, "00:00", "epoch 12 of 12, loss 0.5"),
        (
            40,
            "01:30",
            "treatments: choosing among the weights of several epochs, 2 of 5",
        ),
        (
            25,
            "02:30",
            "treatments: measuring on radiographs as they are and altered, 20 of 80",
        ),
        (
            100,
            "00:00",
            "treatments: measuring on radiographs as they are and altered, 80 of 80",
        ),
    ):
        desk._process.progressed.emit(percent, left, words)
        shown.append(desk.dialog.progress.state.text())
    desk.dialog.progress.stop.click()
    dentist.wait_until(lambda: not desk.busy)

    assert shown == [
        "Filling in classes that were not annotated: 3 of 100 radiographs"
        " · about 2 min left",
        "Finishing the last epoch …",
        "Choosing the best of what was learned: 2 of 5 trials · about 2 min left",
        "Measuring the new detector on what is held out, as it is and altered:"
        " 20 of 80 radiographs · about 2 min left",
        "Measuring how long a radiograph takes …",
    ]


def test_the_better_detector_is_used_and_the_one_before_can_be_had_again(
    make_window: MakeWindow, catalogue: ScriptedCatalogue
) -> None:
    dentist = settled(make_window(catalogue=catalogue))
    dentist.choose("compare_detectors")
    dialog = dentist.window.bench.comparison.dialog
    assert (dialog.first.currentText(), dialog.second.currentText()) == (
        "bundled",
        "mine",
    )
    better = Difference(
        "implant",
        "F1",
        0.3,
        Estimate(0.5, 0.4, 0.6),
        Estimate(0.8, 0.7, 0.9),
        Estimate(0.3, 0.1, 0.4),
    )
    dialog.show_comparison(
        Comparison("bundled", "mine", 40, {"implant": 12}, (better,))
    )

    cells = [dialog.table.item(0, column) for column in range(7)]
    assert [cell.text() if cell else None for cell in cells] == [
        "implant",
        "12",
        "F1, IoU 0.3",
        "0.50 (0.40-0.60)",
        "0.80 (0.70-0.90)",
        "+0.30 (+0.10 to +0.40)",
        "better",
    ]
    assert dialog.verdict.text().startswith("mine is clearly better at implant")
    dialog.use.click()
    assert dentist.window.detectors.name == "mine"
    assert dentist.window.preferences.current.detector == "mine"
    assert not dialog.isVisible()
    dentist.window.side.detector.detector_chosen.emit("bundled")
    assert dentist.window.preferences.current.detector == "bundled"


def test_an_earlier_comparison_that_cannot_be_deleted_is_not_taken_for_the_next(
    make_window: MakeWindow,
    catalogue: ScriptedCatalogue,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dentist = settled(make_window(catalogue=catalogue))
    dentist.choose("compare_detectors")
    desk = dentist.window.bench.comparison
    earlier = tmp_path / "user" / "comparison.json"
    earlier.parent.mkdir(exist_ok=True)
    earlier.write_text("{}")
    monkeypatch.setattr(Path, "unlink", held(Path.unlink, FOREVER, ending="son.json"))

    desk.compare(ComparisonPlan("bundled", "mine", str(tmp_path)))

    assert not desk.busy
    assert "comparison.json: cannot be removed: Permission" in desk.dialog.state.text()
    assert not desk.dialog.bar.isVisible()


def test_of_one_radiograph_the_dialog_tells_no_interval_and_calls_none_better(
    qtbot: QtBot,
) -> None:
    dialog = ComparisonDialog()
    qtbot.addWidget(dialog)
    same = [Estimate(value, value, value) for value in (0.5, 0.8, 0.3)]
    better = Difference("implant", "F1", 0.3, *same)

    dialog.show_comparison(Comparison("bundled", "mine", 1, {"implant": 2}, (better,)))

    cells = [dialog.table.item(0, column) for column in range(3, 7)]
    texts = [cell.text() for cell in cells if cell is not None]
    assert texts == ["0.50", "0.80", "+0.30", ""]
    assert not any(cell.font().bold() for cell in cells if cell is not None)
    assert dialog.verdict.text().endswith("cannot be told: 1 radiograph is too few.")
    assert "In brackets" not in dialog.caution.text()


def test_a_class_of_which_few_are_annotated_is_called_neither_better_nor_worse(
    qtbot: QtBot,
) -> None:
    dialog = ComparisonDialog()
    qtbot.addWidget(dialog)
    estimate = Estimate(0.2, 0.1, 0.3)
    measures = [
        Difference("implant", "F1", iou, estimate, estimate, estimate)
        for iou in (0.3, 0.5)
    ]

    dialog.show_comparison(
        Comparison("bundled", "mine", 40, {"implant": 4}, tuple(measures))
    )

    cells = [dialog.table.item(row, 6) for row in range(2)]
    texts = [cell.text() for cell in cells if cell is not None]
    assert texts == ["too few to tell: 4", ""]
    assert "better than bundled cannot be told: fewer than 10" in dialog.verdict.text()


def test_what_was_compared_is_used_whatever_is_chosen_for_the_next_comparison(
    qtbot: QtBot,
) -> None:
    dialog = ComparisonDialog()
    qtbot.addWidget(dialog)
    dialog.show_detectors(["bundled", "mine", "third"], "bundled", "mine")
    dialog.ask()
    dialog.show_comparison(Comparison("bundled", "mine", 40, {}, ()))
    dialog.second.setCurrentText("third")

    with qtbot.waitSignal(dialog.use_requested) as used:
        dialog.use.click()

    assert used.args == ["mine"]


def test_what_keeps_two_from_being_compared_is_said(
    qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = ComparisonDialog()
    qtbot.addWidget(dialog)
    dialog.show()

    def said() -> str:
        assert dialog._fault.isVisible() is not dialog.go.isEnabled()
        return dialog._fault.text().replace("\u200b", "")

    dialog.show_detectors(["bundled"], "bundled", "bundled")
    assert said() == "There is no other detector to compare with."
    dialog.show_detectors(["bundled", "mine"], "bundled", "bundled")
    assert said() == "Choose two different detectors."
    dialog.second.setCurrentText("mine")
    assert said() == "Choose the set that both are to examine."
    dialog.data.setText(str(tmp_path / "nowhere"))
    qtbot.waitUntil(lambda: said() == f"There is nothing at {tmp_path / 'nowhere'}.")
    dialog.data.setText(str(tmp_path))
    assert said() == ""

    dialog.show_state("Reading the radiographs …", busy=True)
    assert not dialog._fault.isVisible()


def test_a_set_on_a_drive_that_does_not_answer_holds_up_nobody(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked, answers = threading.Event(), threading.Event()

    def exists(_path: object) -> bool:
        asked.set()
        assert answers.wait(10)
        return False

    dialog = ComparisonDialog()
    qtbot.addWidget(dialog)
    dialog.show_detectors(["bundled", "mine"], "bundled", "mine")
    monkeypatch.setattr(split_fields.os.path, "exists", exists)

    dialog.data.setText(str(tmp_path / "lost"))

    qtbot.waitUntil(asked.is_set)
    assert not answers.is_set(), "whoever types has not waited for it"
    answers.set()
    qtbot.waitUntil(lambda: "There is nothing at" in dialog._fault.text())


def test_a_fault_of_one_set_is_not_said_of_another(
    make_window: MakeWindow, catalogue: ScriptedCatalogue, tmp_path: Path
) -> None:
    dentist = settled(make_window(catalogue=catalogue))
    dentist.choose("compare_detectors")
    dialog = dentist.window.bench.comparison.dialog
    dialog.data.setText(str(tmp_path))
    dialog.show_state("It has no annotations.", busy=False)
    dialog.close()

    dentist.choose("compare_detectors")
    assert not dialog.state.isVisible()

    dialog.show_state("It has no annotations.", busy=False)
    dialog.data.setText(str(tmp_path / "other"))
    assert not dialog.state.isVisible()


def test_a_set_to_compare_by_is_chosen_as_a_file_too(
    qtbot: QtBot, dialogs: Dialogs, tmp_path: Path
) -> None:
    dialog = ComparisonDialog()
    qtbot.addWidget(dialog)
    dialogs.expect("QFileDialog.getOpenFileName", (str(tmp_path / "val.json"), ""))
    (button,) = (
        each for each in dialog.findChildren(QPushButton) if each.text() == "Fi&le…"
    )

    button.click()

    assert dialog.plan.data == str(tmp_path / "val.json")


FLATTERS = (
    "bundled has learned from 4 of these 4 radiographs, so its scores flatter: 1.png,"
    " 2.png, 3.png and 1 more.",
    "Left out: 3 radiographs in /a/practice/with/a/long/name that are not annotated.",
)


def shown_in_the_corner(qtbot: QtBot) -> ComparisonDialog:
    """As small as it opens, and at the lower right of the screen."""
    dialog = ComparisonDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    screen = dialog.screen().availableGeometry()
    dialog.move(screen.bottomRight() - dialog.rect().bottomRight())
    return dialog


def test_what_is_to_be_known_of_a_comparison_stands_beside_its_verdict(
    qtbot: QtBot,
) -> None:
    dialog = shown_in_the_corner(qtbot)

    dialog.show_comparison(Comparison("bundled", "mine", 4, {}, (), notes=FLATTERS))

    qtbot.waitUntil(lambda: is_in_sight(dialog.notes))
    shown = dialog.notes.text().replace("\u200b", "")
    assert shown == "\n".join(FLATTERS)
    needed = dialog.notes.heightForWidth(dialog.notes.width())
    assert dialog.notes.height() >= needed

    dialog.show_comparison(Comparison("bundled", "mine", 4, {}, ()))
    assert dialog.notes.isHidden()


def test_a_comparison_stays_on_the_screen_as_it_grows(qtbot: QtBot) -> None:
    dialog = shown_in_the_corner(qtbot)
    before = dialog.size()
    screen = dialog.screen().availableGeometry()

    dialog.show_comparison(Comparison("bundled", "mine", 4, {}, (), notes=FLATTERS))

    assert dialog.height() > before.height()
    qtbot.waitUntil(lambda: is_in_sight(dialog.use))
    assert screen.contains(dialog.frameGeometry())


def test_a_detector_is_added_from_its_folder_and_removed_again(
    make_window: MakeWindow,
    catalogue: ScriptedCatalogue,
    dialogs: Dialogs,
    tmp_path: Path,
) -> None:
    dentist = settled(make_window(catalogue=catalogue))
    (tmp_path / "colleague").mkdir()
    (tmp_path / "colleague" / "card.json").write_text("{}")
    dialogs.expect("QFileDialog.getExistingDirectory", str(tmp_path / "colleague"))
    dentist.choose("add_detector")
    dentist.wait_until(lambda: "colleague" in choices(dentist))
    assert dentist.window.detectors.name == "bundled"
    panel = dentist.window.side.detector
    assert not panel.remove_button.isEnabled()

    dentist.window.detectors.choose("colleague")
    assert panel.remove_button.isEnabled()
    dialogs.expect_question("Delete it")
    panel.remove_button.click()
    dentist.wait_until(lambda: "colleague" not in choices(dentist))

    assert dentist.window.detectors.name == "bundled"
    assert "colleague is not installed any more. bundled is used" in dentist.messages


def test_that_a_detector_is_gone_is_said_once_and_not_at_every_start(
    make_window: MakeWindow, catalogue: ScriptedCatalogue, dialogs: Dialogs
) -> None:
    dentist = settled(make_window(catalogue=catalogue))
    dentist.window.detectors.choose("mine")
    dialogs.expect_question("Delete it")
    dentist.window.side.detector.remove_button.click()
    dentist.wait_until(lambda: "mine" not in choices(dentist))
    assert "mine is not installed any more. bundled is used" in dentist.messages
    assert dentist.news.endswith("mine is removed.")
    dentist.window.close()

    again = settled(make_window(catalogue=catalogue))

    assert again.window.detectors.name == "bundled"
    assert not again.messages


def test_two_that_are_added_at_once_are_both_in_the_list(
    make_window: MakeWindow,
    catalogue: ScriptedCatalogue,
    dialogs: Dialogs,
    tmp_path: Path,
) -> None:
    dentist = settled(make_window(catalogue=catalogue))
    (tmp_path / "colleague").mkdir()
    (tmp_path / "colleague" / "card.json").write_text("{}")
    # The first is installed and not announced, for the second is asked for meanwhile.
    for folder in ("colleague", "nothing"):
        dialogs.expect("QFileDialog.getExistingDirectory", str(tmp_path / folder))
        dentist.choose("add_detector")
        dentist.window.bench.shelf._clerk._executor.submit(lambda: None).result()

    dentist.wait_until(lambda: "the model card is missing" in dentist.messages)
    assert "colleague" in choices(dentist)


def test_a_folder_without_a_detector_is_named(
    make_window: MakeWindow, dialogs: Dialogs, tmp_path: Path
) -> None:
    dentist = settled(make_window())
    dialogs.expect("QFileDialog.getExistingDirectory", str(tmp_path))
    dentist.choose("add_detector")

    dentist.wait_until(lambda: "the model card is missing" in dentist.messages)


def test_a_command_that_is_not_understood_fails_in_its_own_words(qtbot: QtBot) -> None:
    process = CommandProcess()
    with qtbot.waitSignal(process.ended, timeout=20_000) as ended:
        process.start(["export-training", "here", "there", "--held-out", "0"])

    assert ended.args is not None
    assert "not a percentage from 1 to 99: 0" in ended.args[0]


def test_a_command_that_is_stopped_ends_soon(qtbot: QtBot) -> None:
    process = CommandProcess()
    with qtbot.waitSignal(process.ended, timeout=20_000) as ended:
        process.start(["--version"])
        process.stop()

    assert ended.args == ["Stopped."]
    assert not process.busy


# Instead of hours of training: it installs a detector as `train` does.
INSTALLS = """
import sys
from pathlib import Path
from dentalviewer.curation.training_runs import note_published
from dentalviewer.errors import ModelError
output, run_folder = (
    Path(sys.argv[sys.argv.index(name) + 1]) for name in ("--output", "--run-folder")
)
note_published(run_folder, b"{}", error=ModelError)
output.mkdir(parents=True)
(output / "card.json").write_bytes(b"{}")
"""
# It says what `train` would.
TRAINS_IN_VAIN = f"""
print("treatments: 20 radiographs, 4 to judge by")
print("No epoch did better than bundled. Only settings were chosen anew.")
{INSTALLS}
print("Wrote weights and model card to mine")
"""
# It still measures, draws and tells when it is stopped.
GOES_ON_AFTERWARDS = f"""
{INSTALLS}
print("installed")
sys.stdin.read()
"""
# Of that name a detector is added meanwhile, and its own is not written.
FAILS_BESIDE_ANOTHER = """
import sys
from pathlib import Path
output = Path(sys.argv[sys.argv.index("--output") + 1])
output.mkdir(parents=True)
(output / "card.json").write_bytes(b"a colleague's")
sys.exit("dentalviewer: memory ran out")
"""


def train_by(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> None:
    """Run the script instead of the command."""
    path = tmp_path / "train.py"
    path.write_text(script)
    program = [sys.executable, str(path)]
    monkeypatch.setattr(command_process, "own_program", lambda: program)


def test_a_training_that_gained_nothing_says_so_instead_of_raising_hopes(
    make_window: MakeWindow,
    catalogue: ScriptedCatalogue,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    train_by(monkeypatch, tmp_path, TRAINS_IN_VAIN)
    dentist = settled(make_window(catalogue=catalogue))
    dentist.choose("train")
    training = dentist.window.bench.training
    training.dialog.form.data.setText(str(tmp_path))
    training.dialog.form.name.setText("better")
    told: list[str] = []
    training.told.connect(told.append)

    training.dialog.form.begin.click()
    dentist.wait_until(lambda: not training.busy)

    progress = training.dialog.progress
    assert progress.state.text() == (
        "better is installed. No epoch did better than bundled. Only settings were"
        " chosen anew."
    )
    assert progress.said == "20 radiographs to learn from, 4 to judge by"
    assert told == ["The detector better is installed; nothing was gained."]


def test_no_training_takes_the_place_of_a_detector_that_was_added_meanwhile(
    make_window: MakeWindow, catalogue: ScriptedCatalogue, tmp_path: Path
) -> None:
    dentist = settled(make_window(catalogue=catalogue))
    desk = dentist.window.bench.training
    dentist.choose("train")
    run = run_of(old_plan(tmp_path), tmp_path / "user")
    begin_run(run)
    run.curves.write_text("epoch,loss\n1,0.5\n")
    # In another window, after the name was chosen in this one.
    run.output.mkdir(parents=True)

    for start in (lambda: desk.begin(run.plan), lambda: desk.go_on(run)):
        start()
        assert not desk.busy
        assert "There is a detector called old already" in dentist.messages

    # Nothing of what belongs to that detector is deleted either.
    assert run.curves.exists()
    assert desk.dialog.shows_form


def test_a_detector_that_was_added_meanwhile_is_not_taken_for_the_one_that_failed(
    make_window: MakeWindow,
    catalogue: ScriptedCatalogue,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    train_by(monkeypatch, tmp_path, FAILS_BESIDE_ANOTHER)
    dentist = settled(make_window(catalogue=catalogue))
    dentist.choose("train")
    desk = dentist.window.bench.training
    trained: list[str] = []
    desk.trained.connect(trained.append)

    desk.begin(old_plan(tmp_path))
    dentist.wait_until(lambda: not desk.busy)

    assert desk.dialog.progress.state.text() == "memory ran out"
    assert trained == []


def test_a_training_that_is_stopped_after_its_detector_was_written_is_trained(
    make_window: MakeWindow,
    catalogue: ScriptedCatalogue,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    train_by(monkeypatch, tmp_path, GOES_ON_AFTERWARDS)
    dentist = settled(make_window(catalogue=catalogue))
    dentist.choose("train")
    desk = dentist.window.bench.training
    trained: list[str] = []
    desk.trained.connect(trained.append)

    desk.begin(old_plan(tmp_path))
    dentist.wait_until(lambda: desk.dialog.progress.said == "installed")
    desk.dialog.progress.stop.click()
    dentist.wait_until(lambda: not desk.busy)

    assert trained == ["old"]
    assert desk.dialog.progress.state.text().startswith("old is trained and installed")
    assert not desk.dialog.progress.go_on.isVisible()


def test_what_is_begun_after_a_command_was_stopped_is_not_ended_with_it(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_process, "PATIENCE_MS", 1_000)
    process = CommandProcess()
    with qtbot.waitSignal(process.ended, timeout=20_000):
        process.start(["--version"])
        process.stop()

    # It loads torch, and is not done when the patience with the first would end.
    with qtbot.waitSignal(process.ended, timeout=60_000) as ended:
        process.start(["train", "--data", str(tmp_path), "--output", str(tmp_path)])

    assert ended.args is not None
    assert "unexpectedly" not in ended.args[0]
    assert str(tmp_path) in ended.args[0]


def test_curves_say_in_words_what_they_show(qtbot: QtBot) -> None:
    curves = TrainingCurves()
    qtbot.addWidget(curves)
    curves.show_rows(ROWS)

    assert loss_curve(ROWS).points == ((1.0, 0.75),)
    (implant,) = score_curves(ROWS)
    assert implant.points == ((0.0, 0.4), (1.0, 0.7))
    assert curves.in_words == "loss 0.75, implant 0.70"
    assert not curves.grab().isNull()


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        ("00:20", "less than a minute left"),
        ("06:31", "about 7 min left"),
        ("1:02:03", "about 1 h 2 min left"),
        ("?", ""),
        ("", ""),
    ],
)
def test_the_time_left_is_said_in_words(clock: str, words: str) -> None:
    assert time_left(clock) == words
