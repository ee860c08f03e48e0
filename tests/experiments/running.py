"""Runs the program's own commands, and reads what they leave."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from dentalviewer.detection.cards.card_reading import read_card
from dentalviewer.detection.cards.model_card import ModelCard

CARD = "card.json"


def dentalviewer(*arguments: object) -> None:
    """Raises CalledProcessError if the command fails."""
    words = [sys.executable, "-m", "dentalviewer", *map(str, arguments)]
    print("$ dentalviewer", *words[3:], flush=True)
    subprocess.run(words, check=True)


def trained(folder: Path, runs: Path, arguments: Sequence[object]) -> ModelCard:
    """The card of the detector in `folder`; trained first if it is not there.

    A run that was killed is gone on with.
    """
    if not (folder / CARD).is_file():
        run = runs / folder.name
        resume = ["--resume"] if (run / "checkpoint.pt").is_file() else []
        dentalviewer(
            *("train", *arguments, *resume, "--output", folder, "--run-folder", run)
        )
    return read_card(folder)
