"""Which radiographs are held out to judge a detector by; the same ones as sets grow."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from dentalviewer.formats.pascal_voc_export import validation_images


def held_out(
    labels: Mapping[Path, Collection[str]],
    *,
    share: float,
    seed: int,
    patients: Mapping[Path, str],
    settled: Mapping[Path, bool] | None = None,
) -> frozenset[Path]:
    """About a `share` of the radiographs, whole patients, each by a lot of its own.

    `labels` says which classes each of the radiographs shows. What alone shows a class
    is not held out, nor is everything; at least one is, if there are two patients or
    radiographs of none. What is `settled` stays on its side: held out or not.
    """
    fixed = settled or {}
    open_ = [path for path in labels if path not in fixed]
    held = frozenset(path for path in labels if fixed.get(path))
    growing = share
    while True:
        drawn = held | validation_images(
            open_, share=growing, seed=seed, patients=patients
        )
        if drawn or growing >= 1:
            break
        growing += share
    groups = _groups(labels, patients)
    for label in dict.fromkeys(label for each in labels.values() for label in each):
        showing = {path for path, shown in labels.items() if label in shown}
        if showing <= drawn:
            drawn -= {
                other
                for path in showing
                if path not in fixed
                for other in groups[path]
                if other not in fixed
            }
    return drawn


def _groups(
    radiographs: Collection[Path], patients: Mapping[Path, str]
) -> dict[Path, list[Path]]:
    """For each radiograph all that fall with it: those of its patient, or its name."""
    by_key: dict[str, list[Path]] = {}
    keys = {path: patients.get(path, path.name) for path in radiographs}
    for path, key in keys.items():
        by_key.setdefault(key, []).append(path)
    return {path: by_key[key] for path, key in keys.items()}


def notes_on_patients(
    radiographs: Sequence[Path], patients: Mapping[Path, str]
) -> tuple[str, ...]:
    """How many are known to be of how many patients; nothing where none is known."""
    known = [patients[path] for path in radiographs if path in patients]
    if not known:
        return ()
    count = len(set(known))
    of = f"{count} patient{'' if count == 1 else 's'}"
    return (f"{len(known)} radiographs are of {of}, each on one side of the split",)
