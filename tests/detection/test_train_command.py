"""What `dentalviewer train` says to who stops it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dentalviewer import cli
from dentalviewer.detection.training import training
from dentalviewer.detection.training.training_config import TrainingConfig


@pytest.mark.parametrize(
    ("epochs", "said"),
    [
        (1, "the same command with --resume goes on with"),
        (0, "No epoch was finished: nothing is kept"),
    ],
)
def test_who_stops_a_training_by_ctrl_c_is_told_how_to_go_on(
    epochs: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = tmp_path / "run"
    run.mkdir()

    def stopped(config: TrainingConfig) -> Path:
        if epochs:
            (config.run_folder / "checkpoint.pt").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "train", stopped)
    words = ["train", "--data", "a", "--output", str(tmp_path / "mine")]

    with pytest.raises(KeyboardInterrupt):
        cli.main([*words, "--run-folder", str(run)])

    assert said in capsys.readouterr().err
