"""What a run has learned from: it may be gone on with when its data have grown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dentalviewer.detection.cards.known_radiographs import (
    digest_of_file,
    digests_of_files,
)
from dentalviewer.detection.label_sets import TEETH
from dentalviewer.detection.training.lesson import Lesson
from dentalviewer.detection.training.training_config import NOT_STATED, TrainingConfig
from dentalviewer.labels import display_name

NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Learned:
    """The data that a run, or a part of it, learned one set of labels from, in words;
    whose they are; and the digests of their radiographs.
    """

    data: str
    licence: str
    attribution: str
    radiographs: tuple[str, ...]


def learned_now(config: TrainingConfig, lesson: Lesson, head: str) -> Learned:
    """What a run learns from that goes on with this lesson."""
    dataset = lesson.training[head]
    counts = ", ".join(
        f"{dataset.count(index)} {display_name(label)}"
        for index, label in enumerate(dataset.labels)
    )
    if head == TEETH:
        total = sum(dataset.count(index) for index in range(len(dataset.labels)))
        counts = f"{total} teeth"
    data = f"{config.data_name}: {len(dataset.samples)} radiographs with {counts}"
    if mending := lesson.mending[head]:
        data += f"; {mending}"
    digests = digests_of_files([sample.path for sample in dataset.samples])
    rights = config.rights
    return Learned(data, rights.licence, rights.attribution, tuple(sorted(digests)))


def learned_in(
    saved: Mapping[str, Any], config: TrainingConfig, lesson: Lesson
) -> dict[str, tuple[Learned, ...]]:
    """What a checkpoint says of each label set.

    Of one that has but the paths of the radiographs, as they were once saved, the rest
    is as it is now if these are the same. Raises TypeError if it is damaged.
    """
    if "learned" in saved:
        return {
            name: tuple(Learned(**each) for each in learned)
            for name, learned in saved["learned"].items()
        }
    return {
        name: (_learned_from(paths, learned_now(config, lesson, name)),)
        for name, paths in saved.get("learned_from", {}).items()
    }


def _learned_from(paths: Sequence[str], now: Learned) -> Learned:
    digests = [digest_of_file(Path(path)) for path in paths]
    known = {digest for digest in digests if digest is not None}
    lost = digests.count(None)
    data, rights = f"{len(paths)} radiographs", NOT_STATED
    if lost:
        data += f", {lost} of which cannot be read any more and may be among its judges"
        rights = NOT_KNOWN
    elif known == set(now.radiographs):
        return now
    return Learned(data, rights, rights, tuple(sorted(known)))


def with_earlier(now: Learned, earlier: Sequence[Learned]) -> tuple[Learned, ...]:
    """The newest first; without what `now` says all of."""
    return (now, *(each for each in earlier if not _says_all_of(now, each)))


def notes_on_other_data(
    now: Mapping[str, Learned], earlier: Mapping[str, Sequence[Learned]]
) -> list[str]:
    """Where a run goes on with other data than it had, for what was a slip of the pen
    would be learned from.
    """
    notes = []
    for name, learned in now.items():
        before = next(iter(earlier.get(name, ())), learned)
        if (before.data, before.radiographs) != (learned.data, learned.radiographs):
            data = learned.data
            if data == before.data:
                data += ", not all of them the same"
            notes.append(
                f"{name}: the run has learned from other data until now"
                f" ({before.data}), and goes on with these ({data})"
            )
    return notes


def _says_all_of(now: Learned, earlier: Learned) -> bool:
    """Their licence too, which may have been forgotten when the run was begun."""
    return (
        earlier.licence in (now.licence, NOT_STATED)
        and earlier.attribution in (now.attribution, NOT_STATED)
        and set(now.radiographs).issuperset(earlier.radiographs)
    )
