"""Which radiographs are held out to judge a detector by; the same ones as sets grow.

In a split three ways half of them is there to choose by (the best epoch, thresholds and
overlap of a detector), and nothing is chosen by the other half, which is kept for
comparing detectors.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from dentalviewer.evaluation.comparison import ENOUGH_TO_COMPARE
from dentalviewer.formats.lots import drawn_by_lot, drawn_lot, lot_bounds, lot_keys
from dentalviewer.patients import PatientPattern
from dentalviewer.phrases import counted

HELD_OUT_SHARE = 0.2
KEPT_SHARE = 0.5


class Side(StrEnum):
    """Of a split; what the files of each are called everywhere."""

    LEARN = "train"
    CHOOSE = "val"
    COMPARE = "test"


@dataclass(frozen=True, slots=True)
class Splitting:
    """How a set is to be split: how much is held out, and by which seed it is drawn.

    What `patient_pattern` finds in a path names the patient. Split `three_way`, half of
    what is held out is kept for comparing.
    """

    share: float = HELD_OUT_SHARE
    seed: int = 0
    patient_pattern: PatientPattern | None = None
    three_way: bool = False


def sides_of(
    labels: Mapping[Path, Collection[str]],
    splitting: Splitting,
    *,
    patients: Mapping[Path, str],
    settled: Mapping[Path, Side] | None = None,
    was_three_way: bool = False,
) -> dict[Path, Side]:
    """The side of each radiograph; `labels` says which classes each of them shows.

    What is `settled` stays on its side. Where it `was_three_way` the set stays split
    so; otherwise what was held out before is divided as well.
    """
    fixed, keys = settled or {}, lot_keys(labels, patients)
    held = drawn_by_lot(
        labels,
        share=splitting.share,
        seed=splitting.seed,
        patients=patients,
        settled={path: side is not Side.LEARN for path, side in fixed.items()},
    )
    kept: frozenset[Path] = frozenset()
    if splitting.three_way or was_three_way:
        compared = {path: side is Side.COMPARE for path, side in fixed.items()}
        kept = kept_for_comparing(
            {path: shown for path, shown in labels.items() if path in held},
            seed=splitting.seed,
            keys=keys,
            settled=compared if was_three_way else None,
        )
    sides = dict.fromkeys(labels, Side.LEARN)
    sides |= dict.fromkeys(held, Side.CHOOSE)
    return sides | dict.fromkeys(kept, Side.COMPARE)


def kept_for_comparing(
    labels: Mapping[Path, Collection[str]],
    *,
    seed: int,
    keys: Mapping[Path, str],
    settled: Mapping[Path, bool] | None = None,
) -> frozenset[Path]:
    """About half of what is held out, whole patients, each by a second lot; neither
    part has less than the first lots would hold out at least, of as much.

    `labels` are those of what is held out, and of nothing else. Something that shows a
    class always remains to choose by. What is `settled` stays, kept or not, and others
    of its patient join it.
    """
    fixed = settled or {}
    joining: dict[str, bool] = {}
    groups: dict[str, list[Path]] = {}
    for path in labels:
        groups.setdefault(keys[path], []).append(path)
        if path in fixed:
            joining.setdefault(keys[path], fixed[path])
    kept = {p for p in labels if fixed.get(p, joining.get(keys[p], False))}
    lots = {
        key: drawn_lot(f"{seed} comparing {key}") for key in groups.keys() - joining
    }
    order = sorted(lots, key=lambda key: (lots[key], key))
    fewest, _ = lot_bounds(KEPT_SHARE, len(groups))
    before, drawn = len({keys[path] for path in kept}), list[str]()
    for key in order:
        enough = len(groups) - fewest if lots[key] < KEPT_SHARE else fewest
        if before + len(drawn) < enough:
            drawn.append(key)
    left = [path for path in labels.keys() - kept if keys[path] not in drawn]
    showing = [key for key in drawn if any(map(labels.get, groups[key]))]
    if showing and not any(labels[path] for path in left):
        # The lot that was closest to falling otherwise, for the next of the others.
        spared = showing[-1]
        others = [key for key in order if key not in drawn]
        drawn = [key for key in drawn if key != spared]
        drawn += others[: max(fewest - before - len(drawn), 0)]
    return frozenset(kept.union(*(groups[key] for key in drawn)))


def too_few_to_compare(kept: int, *, share: float = HELD_OUT_SHARE) -> str:
    """What is to be said of so many radiographs to compare by; empty if they do."""
    if kept >= ENOUGH_TO_COMPARE:
        return ""
    return (
        "too few to tell detectors apart, unless one is much better; it takes"
        f" {ENOUGH_TO_COMPARE} or more, which about {enough_radiographs(share)}"
        " radiographs leave"
    )


def enough_radiographs(share: float = HELD_OUT_SHARE) -> int:
    """How many make a split three ways worth while, where a `share` is held out."""
    return round(ENOUGH_TO_COMPARE / (share * KEPT_SHARE))


def note_on_what_is_kept(kept: int, *, share: float = HELD_OUT_SHARE) -> str:
    few = too_few_to_compare(kept, share=share)
    verb = "1 radiograph is" if kept == 1 else f"{kept or 'no'} radiographs are"
    return f"{verb} kept for comparing" + (f": {few}" if few else "")


def divided_patients(sides: Mapping[Path, Side], patients: Mapping[Path, str]) -> int:
    """How many patients have radiographs on several sides."""
    own: dict[str, set[Side]] = {}
    for path, side in sides.items():
        if path in patients:
            own.setdefault(patients[path], set()).add(side)
    return sum(len(each) > 1 for each in own.values())


def notes_on_patients(
    radiographs: Sequence[Path], patients: Mapping[Path, str], *, divided: int = 0
) -> tuple[str, ...]:
    """How many are known to be of how many patients; nothing where none is known.

    So many of the patients are `divided`: on several sides, as they were before.
    """
    known = [patients[path] for path in radiographs if path in patients]
    if not known:
        return ()
    count = len(set(known))
    of = counted(count, "patient")
    are = "1 radiograph is" if len(known) == 1 else f"{len(known)} radiographs are"
    if divided:
        on = f"{divided} of them on several sides of the split, as before"
        return (f"{are} of {of}, {on}",)
    return (f"{are} of {of}, each on one side of the split",)
