"""Whether a detector is judged by radiographs that it has learned from.

Importing this module does not import torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from dentalviewer.detection.cards.model_card import ModelCard, radiograph_digest

MOST_TOLD = 3


def notes_on_known(
    cards: Sequence[ModelCard], radiographs: Sequence[Path]
) -> tuple[str, ...]:
    """What to say of each detector that has, once; of those whose cards tell.

    A file that cannot be read is none that they are judged by.
    """
    told = [card for card in cards if card.training.learned_from]
    digests = [digest_of_file(path) for path in radiographs] if told else []
    notes = []
    for card in told:
        learned = set(card.training.learned_from)
        pairs = zip(radiographs, digests, strict=True)
        known = [path.name for path, digest in pairs if digest in learned]
        if known:
            untold = len(known) - MOST_TOLD
            more = f" and {untold} more" if untold > 0 else ""
            notes.append(
                f"{card.name} has learned from {len(known)} of these"
                f" {len(radiographs)} radiographs, so its scores flatter:"
                f" {', '.join(known[:MOST_TOLD])}{more}"
            )
    return tuple(dict.fromkeys(notes))


def count_known(card: ModelCard, radiographs: Sequence[Path]) -> int:
    """How many of them the detector has learned from; 0 if its card does not tell."""
    learned = set(card.training.learned_from)
    return sum(digest_of_file(path) in learned for path in radiographs if learned)


def digests_of_files(paths: Iterable[Path]) -> set[str]:
    """Of those that can be read: a drive may be gone by now."""
    return set(filter(None, map(digest_of_file, paths)))


def digest_of_file(path: Path) -> str | None:
    """None if it cannot be read."""
    try:
        return radiograph_digest(path.read_bytes())
    except OSError:
        return None
