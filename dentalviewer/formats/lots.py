"""Which radiographs are held out, as far as can be the same ones as sets grow."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

# Of what is to be held out, between so much and so much is, whatever the lots: of a
# fifth between an eighth and three tenths.
_LEAST, _MOST = 5 / 8, 3 / 2


def drawn_by_lot(
    labels: Mapping[Path, Collection[str]],
    *,
    share: float,
    seed: int,
    patients: Mapping[Path, str],
    settled: Mapping[Path, bool] | None = None,
) -> frozenset[Path]:
    """About a `share` of the radiographs, whole patients, each by a lot of its own.

    `labels` says which classes each of the radiographs shows. A patient, or radiograph
    of none, whose lot is below the `share` is held out, so that it stays on its side as
    others are added; where these would be too few or too many, those with the least
    lots are. What alone shows a class is not held out; something that shows any is. At
    least one is held out, and never all, if there are two patients. What is `settled`,
    held out or not, stays so, and others of its patient join it.
    """
    fixed, keys = settled or {}, lot_keys(labels, patients)
    joining: dict[str, bool] = {}
    for path, is_held in fixed.items():
        joining.setdefault(keys[path], is_held)
    held = {p for p, key in keys.items() if fixed.get(p, joining.get(key, False))}
    count = len(set(keys.values()))
    groups: dict[str, list[Path]] = {}
    for path, key in keys.items():
        if key not in joining:
            groups.setdefault(key, []).append(path)
    shown = {key: _counted(labels, group) for key, group in groups.items()}
    learned = _counted(labels, labels.keys() - held)
    fewest, most = lot_bounds(share, count)
    lots = {key: drawn_lot(f"{seed} {key}") for key in groups}
    order = sorted(groups, key=lambda key: (lots[key], key))
    before, drawn = len({keys[path] for path in held}), list[str]()

    def hold_out(key: str) -> None:
        drawn.append(key)
        learned.subtract(shown[key])

    def may_go(key: str) -> bool:
        return all(learned[label] > times for label, times in shown[key].items())

    for key in order:
        enough = most if lots[key] < share else fewest
        if before + len(drawn) < enough and may_go(key):
            hold_out(key)
    if not any(labels[path] for path in held) and not any(map(shown.get, drawn)):
        showing = [key for key in order if shown[key]]
        others = [key for key in showing if may_go(key)]
        if others:
            # In the place of the one that was closest to staying.
            del drawn[-1:]
            hold_out(others[0])
        elif order and not drawn and not held and count > 1:
            hold_out((showing or order)[0])
    return frozenset(held.union(*(groups[key] for key in drawn)))


def _counted(
    labels: Mapping[Path, Collection[str]], radiographs: Iterable[Path]
) -> Counter[str]:
    """On how many of the radiographs each class is shown."""
    return Counter(label for path in radiographs for label in set(labels[path]))


def lot_bounds(share: float, count: int) -> tuple[int, int]:
    """How many of so many, each with a lot of its own, are drawn at least, and at most;
    never all.
    """
    # Half of 0.3 of 20 is 3, whatever the last digit.
    fewest = max(math.ceil(_LEAST * share * count - 1e-6), 1)
    most = max(math.floor(_MOST * share * count + 1e-6), fewest)
    return min(fewest, count - 1), min(most, count - 1)


def lot_keys(images: Iterable[Path], patients: Mapping[Path, str]) -> dict[Path, str]:
    """What each image draws its lot by: its patient where one is known, or its name.

    Where names are alike, as of patient1/opg.png and patient2/opg.png, with as many of
    its folders as tell them apart.
    """
    alike = list(dict.fromkeys(images))
    keys = {path: patients[path] for path in alike if path in patients}
    alike = [path for path in alike if path not in patients]
    count = 1
    while alike:
        named = {path: "/".join(path.parts[-count:]) for path in alike}
        keys |= named
        times = Counter(named.values())
        # The same path, spelled in two ways, has no more folders to go by.
        alike = [p for p in alike if times[named[p]] > 1 and len(p.parts) > count]
        count += 1
    return keys


def drawn_lot(text: str) -> float:
    """From 0 to 1, always the same for the same text."""
    # Names of files need not be UTF-8.
    return random.Random(text.encode(errors="backslashreplace")).random()
