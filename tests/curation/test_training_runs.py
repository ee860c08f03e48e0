from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from dentalviewer.cli import main
from dentalviewer.curation.training_runs import (
    ComparisonPlan,
    SplitPlan,
    TrainingPlan,
    begin_run,
    compare_arguments,
    discard_run,
    minutes_until,
    name_fault,
    read_curves,
    run_of,
    split_of,
    tidy_up,
    train_arguments,
    unfinished_runs,
)

PLAN = TrainingPlan("mine", "bundled", "/sets/one", 12)
EIGHT = datetime(2026, 3, 1, 20, 0)


def test_a_run_that_was_stopped_is_found_again_until_its_detector_is_there(
    tmp_path: Path,
) -> None:
    run = run_of(PLAN, tmp_path)
    begin_run(run)

    assert unfinished_runs(tmp_path) == [run]

    run.output.mkdir(parents=True)
    assert unfinished_runs(tmp_path) == []


def test_a_damaged_plan_is_passed_over(tmp_path: Path) -> None:
    run = run_of(PLAN, tmp_path)
    begin_run(run)
    (run.folder / "plan.json").write_text("{")

    assert unfinished_runs(tmp_path) == []


def test_a_run_with_a_checkpoint_is_gone_on_with(tmp_path: Path) -> None:
    run = run_of(PLAN, tmp_path)
    begin_run(run)
    first = train_arguments(run, EIGHT)
    (run.folder / "checkpoint.pt").write_bytes(b"weights")

    assert "--resume" not in first
    assert first[first.index("--epochs") + 1] == "12"
    assert train_arguments(run, EIGHT) == [*first, "--resume"]


def test_until_a_time_is_minutes_from_now_also_past_midnight(tmp_path: Path) -> None:
    assert minutes_until("22:30", EIGHT) == 150
    assert minutes_until("06:00", EIGHT) == 600
    run = run_of(TrainingPlan("mine", "bundled", "/sets/one", 12, "22:30"), tmp_path)

    typed = train_arguments(run, EIGHT)

    assert typed[typed.index("--deadline-minutes") + 1] == "150.0"


def test_what_is_asked_for_is_understood_by_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = TrainingPlan("mine", "nobody", str(tmp_path), 12, "22:30")

    assert main(train_arguments(run_of(plan, tmp_path), EIGHT)) == 1
    assert "no such detector" in capsys.readouterr().err


def test_how_a_set_is_split_is_understood_by_both_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    split = SplitPlan("-([0-9]+)", three_way=True)
    training = TrainingPlan("mine", "nobody", str(tmp_path), 12, split=split)
    comparison = ComparisonPlan("nobody", "mine", str(tmp_path), split)

    assert main(train_arguments(run_of(training, tmp_path), EIGHT)) == 1
    assert main(compare_arguments(comparison, tmp_path / "result.json")) == 1

    assert capsys.readouterr().err.count("no such detector") == 2


def test_the_split_of_a_training_is_known_for_its_set_alone(tmp_path: Path) -> None:
    split = SplitPlan("patient-([0-9]+)", three_way=True)
    begin_run(run_of(TrainingPlan("mine", "bundled", "/a", 3, split=split), tmp_path))

    assert split_of(["bundled", "mine"], "/a", tmp_path) == split
    assert split_of(["bundled", "mine"], "/b", tmp_path) == SplitPlan()
    assert split_of(["bundled"], "/a", tmp_path) == SplitPlan()


def test_a_plan_that_says_nothing_of_a_split_is_read(tmp_path: Path) -> None:
    run = run_of(PLAN, tmp_path)
    begin_run(run)
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


@pytest.mark.parametrize("name", ["", "  ", "../up", "a/b", ".hidden", "-v", "C:x"])
def test_a_name_that_is_no_folder_is_refused(name: str) -> None:
    assert name_fault(name, ())


def test_a_name_that_is_taken_is_refused_whatever_its_case() -> None:
    assert "already" in name_fault("Mine", ("mine",))
    assert not name_fault("mine-2", ("mine",))
