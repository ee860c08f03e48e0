"""Whether a detector is judged by radiographs that it has learned from.

Importing this module does not import torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dentalviewer.detection.model_card import ModelCard, radiograph_digest

MOST_TOLD = 3


def note_on_known(card: ModelCard, radiographs: Sequence[Path]) -> str:
    """What to say if it has; empty if not, or if its card does not tell.

    A file that cannot be read is none that it is judged by.
    """
    learned = set(card.training.learned_from)
    known = [path.name for path in radiographs if learned and _digest(path) in learned]
    if not known:
        return ""
    more = ", ..." if len(known) > MOST_TOLD else ""
    return (
        f"{card.name} has learned from {len(known)} of these {len(radiographs)}"
        f" radiographs, so its scores flatter: {', '.join(known[:MOST_TOLD])}{more}"
    )


def _digest(path: Path) -> str | None:
    try:
        return radiograph_digest(path.read_bytes())
    except OSError:
        return None
