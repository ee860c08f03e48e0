from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path

import pytest

from dentalviewer.cli import main
from dentalviewer.curation.training_runs import (
    ComparisonPlan,
    SplitPlan,
    TrainingPlan,
    TrainingRun,
    begin_run,
    compare_arguments,
    discard_run,
    name_fault,
    next_time,
    note_published,
    read_curves,
    run_of,
    split_of,
    tidy_up,
    tidy_up_finished,
    told_time,
    train_arguments,
    unfinished_runs,
)
from dentalviewer.errors import FileError
from tests.conftest import NO_FOLDERS
from tests.held_files import FOREVER, held

PLAN = TrainingPlan("mine", "bundled", "/sets/one", 12)
EIGHT = datetime(2026, 3, 1, 20, 0)


def stopped(plan: TrainingPlan, user_folder: Path) -> TrainingRun:
    """After two epochs."""
    run = run_of(plan, user_folder)
    begin_run(run)
    run.curves.write_text("epoch,loss\n1,0.5\n2,0.4\n")
    (run.folder / "checkpoint.pt").write_bytes(b"weights")
    return run


def install(folder: Path, *, card: bytes) -> None:
    folder.mkdir(parents=True)
    (folder / "card.json").write_bytes(card)


def test_a_run_that_was_stopped_is_found_again_until_its_detector_is_there(
    tmp_path: Path,
) -> None:
    run = stopped(PLAN, tmp_path)

    assert unfinished_runs(tmp_path) == [run]
    assert run.epochs_done == 2

    run.output.mkdir(parents=True)
    assert unfinished_runs(tmp_path) == []


def test_a_run_that_failed_before_its_first_epoch_is_nothing_to_go_on_with(
    tmp_path: Path,
) -> None:
    run = run_of(PLAN, tmp_path)
    begin_run(run)
    run.curves.write_text("epoch,loss\n0,0.5\n")

    assert unfinished_runs(tmp_path) == []
    assert run.epochs_done == 0


def test_a_finished_run_was_not_stopped_even_once_its_detector_is_removed(
    tmp_path: Path,
) -> None:
    split = SplitPlan(three_way=True)
    # The window was gone before it could see it end.
    run = stopped(replace(PLAN, split=split), tmp_path)
    note_published(run.folder, b"its card", error=FileError)
    install(run.output, card=b"its card")

    tidy_up_finished(tmp_path)
    shutil.rmtree(run.output)

    assert unfinished_runs(tmp_path) == []
    assert split_of(["mine"], PLAN.data, tmp_path) == split


def test_a_checkpoint_that_another_program_has_open_is_tidied_up_another_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = stopped(PLAN, tmp_path)
    (run.folder / "kept_0001.pt").write_bytes(b"weights")
    note_published(run.folder, b"its card", error=FileError)
    install(run.output, card=b"its card")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", held(Path.unlink, FOREVER, ending="point.pt"))
        tidy_up_finished(tmp_path)
    assert [path.name for path in run.folder.glob("*.pt")] == ["checkpoint.pt"]

    tidy_up_finished(tmp_path)

    assert not list(run.folder.glob("*.pt"))


@pytest.mark.parametrize("wrote_one", [True, False])
def test_a_run_that_was_stopped_stays_beside_another_detector_of_its_name(
    tmp_path: Path, wrote_one: bool
) -> None:
    run = stopped(PLAN, tmp_path)
    if wrote_one:
        note_published(run.folder, b"its card", error=FileError)
    install(run.output, card=b"a colleague's")

    tidy_up_finished(tmp_path)
    shutil.rmtree(run.output)

    assert unfinished_runs(tmp_path) == [run]


def test_a_run_that_was_stopped_is_not_tidied_up(tmp_path: Path) -> None:
    run = stopped(PLAN, tmp_path)

    tidy_up_finished(tmp_path)

    assert unfinished_runs(tmp_path) == [run]


def test_a_damaged_plan_is_passed_over(tmp_path: Path) -> None:
    run = stopped(PLAN, tmp_path)
    (run.folder / "plan.json").write_text("{")

    assert unfinished_runs(tmp_path) == []


def test_a_run_with_a_checkpoint_is_gone_on_with(tmp_path: Path) -> None:
    run = run_of(PLAN, tmp_path)
    begin_run(run)
    first = train_arguments(run)
    (run.folder / "checkpoint.pt").write_bytes(b"weights")

    assert "--resume" not in first
    assert first[first.index("--epochs") + 1] == "12"
    assert train_arguments(run) == [*first, "--resume"]


def test_a_clock_shows_a_time_next_today_or_tomorrow() -> None:
    assert next_time(time(22, 30), EIGHT) == datetime(2026, 3, 1, 22, 30)
    assert next_time(time(6, 0), EIGHT) == datetime(2026, 3, 2, 6, 0)
    assert told_time(datetime(2026, 3, 1, 22, 30), EIGHT) == "22:30"
    assert told_time(datetime(2026, 3, 2, 6, 0), EIGHT) == "06:00 tomorrow"
    assert told_time(datetime(2026, 2, 27, 6, 0), EIGHT) == "06:00 on 2026-02-27"


def test_a_run_that_is_gone_on_with_ends_at_the_time_that_was_asked_for(
    tmp_path: Path,
) -> None:
    until = datetime(2026, 3, 1, 22, 30)
    run = stopped(replace(PLAN, until=until), tmp_path)

    assert unfinished_runs(tmp_path) == [run]
    typed = train_arguments(run)
    assert typed[typed.index("--until") + 1] == "2026-03-01T22:30:00"
    assert "--deadline-minutes" not in typed
    assert not run.time_is_up(EIGHT)
    assert run.time_is_up(until)


def test_what_is_asked_for_is_understood_by_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = TrainingPlan("mine", "nobody", str(tmp_path), 12, EIGHT)

    assert main(train_arguments(run_of(plan, tmp_path))) == 1
    assert "no such detector" in capsys.readouterr().err


def test_how_a_set_is_split_is_understood_by_both_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    split = SplitPlan("-([0-9]+)", three_way=True)
    training = TrainingPlan("mine", "nobody", str(tmp_path), 12, split=split)
    comparison = ComparisonPlan("nobody", "mine", str(tmp_path), split)

    assert main(train_arguments(run_of(training, tmp_path))) == 1
    assert main(compare_arguments(comparison, tmp_path / "result.json")) == 1

    assert capsys.readouterr().err.count("no such detector") == 2


def test_the_split_of_a_training_is_known_for_its_set_alone(tmp_path: Path) -> None:
    split = SplitPlan("patient-([0-9]+)", three_way=True)
    begin_run(run_of(TrainingPlan("mine", "bundled", "/a", 3, split=split), tmp_path))

    assert split_of(["bundled", "mine"], "/a", tmp_path) == split
    assert split_of(["bundled", "mine"], "/b", tmp_path) == SplitPlan()
    assert split_of(["bundled"], "/a", tmp_path) == SplitPlan()


def test_a_plan_that_says_nothing_of_a_split_is_read(tmp_path: Path) -> None:
    run = stopped(PLAN, tmp_path)
    content = json.loads((run.folder / "plan.json").read_text())
    del content["split"]
    (run.folder / "plan.json").write_text(json.dumps(content))

    assert unfinished_runs(tmp_path) == [run]


def test_a_finished_run_keeps_its_curves_and_no_checkpoint(tmp_path: Path) -> None:
    run = run_of(PLAN, tmp_path)
    begin_run(run)
    run.curves.write_text("epoch,loss\n1,0.5\n2,\n")
    for name in ("checkpoint.pt", "best_treatments.pt", "kept_0001.pt"):
        (run.folder / name).write_bytes(b"weights")

    tidy_up(run)

    assert not list(run.folder.glob("*.pt"))
    assert read_curves(run.curves) == [{"epoch": 1, "loss": 0.5}, {"epoch": 2}]
    discard_run(run)
    assert not run.folder.exists()
    assert read_curves(run.curves) == []


@pytest.mark.parametrize("name", ["", "  ", "-v", *NO_FOLDERS])
def test_a_name_that_is_no_folder_is_refused(name: str) -> None:
    assert name_fault(name, ())


def test_a_name_that_is_taken_is_refused_whatever_its_case() -> None:
    assert "already" in name_fault("Mine", ("mine",))
    assert not name_fault("mine-2", ("mine",))


def test_what_has_the_name_already_is_said_truly() -> None:
    assert "There is a detector called mine" in name_fault("mine", ["mine"], ["old"])
    assert "A training of old was stopped" in name_fault("old", ["mine"], ["old"])
    assert "in another window" in name_fault("Old", ["mine"], ["b"], ["old"])
