"""A comparison of two detectors, to be read, and as JSON and back."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dentalviewer.errors import FileError
from dentalviewer.evaluation.comparison import (
    ENOUGH_TO_COMPARE,
    ENOUGH_TO_JUDGE,
    Comparison,
    Difference,
)
from dentalviewer.evaluation.estimate import ENOUGH_FOR_INTERVALS, Estimate
from dentalviewer.evaluation.tables import table
from dentalviewer.labels import display_name
from dentalviewer.phrases import counted
from dentalviewer.storage.json_object import read_json

EXPLANATION = (
    "In brackets: 95 % intervals from draws of whole radiographs with replacement, the"
    " same for both. Where the interval of the difference holds 0, chance alone may"
    " have made it."
)
NO_INTERVALS = (
    f"With fewer than {ENOUGH_FOR_INTERVALS} radiographs there are no intervals, and no"
    " verdict."
)


def measure_name(difference: Difference) -> str:
    if difference.min_iou is None:
        return difference.measure
    return f"{difference.measure}, IoU {difference.min_iou:g}"


def signed(estimate: Estimate | None) -> str:
    """A difference with its sign, such as "+0.05 (-0.01 to +0.11)"."""
    if estimate is None:
        return "–"
    if math.isnan(estimate.low):
        return f"{estimate.value:+.2f}"
    return f"{estimate.value:+.2f} ({estimate.low:+.2f} to {estimate.high:+.2f})"


def comparison_markdown(comparison: Comparison) -> str:
    rows = [
        [
            display_name(each.label),
            comparison.counts[each.label],
            measure_name(each),
            each.first,
            each.second,
            signed(each.difference),
            verdict(each, comparison),
        ]
        for each in comparison.told.differences
    ]
    header = ["class", "n", "", comparison.first, comparison.second, "difference", ""]
    count = comparison.images
    radiographs = "1 radiograph" if count == 1 else f"{count} radiographs"
    explained = EXPLANATION if comparison.has_intervals else ""
    return (
        f"# {comparison.second} against {comparison.first}\n\n"
        f"On the same {radiographs}.\n\n{table(header, rows, texts=1)}\n\n"
        + " ".join(filter(None, (explained, fairness(comparison))))
        + f"\n\n{conclusion(comparison)}\n"
    )


def fairness(comparison: Comparison) -> str:
    """What the radiographs are worth for a comparison, and whether they are enough."""
    said = []
    if comparison.kept:
        said.append(
            "These radiographs are kept for comparing: a detector that was trained with"
            " this set has chosen nothing by them."
        )
    elif comparison.kept is False:
        said.append(
            "Thresholds and best epoch of a detector are chosen on what is held out of"
            " its own set, so that it does a little better there than elsewhere; a set"
            " that is split three ways keeps radiographs for comparing."
        )
    if comparison.has_intervals:
        said.append(few_radiographs(comparison.images))
    else:
        said.append(NO_INTERVALS)
    return " ".join(filter(None, said))


def verdict(difference: Difference, comparison: Comparison) -> str:
    """Of one difference of a comparison, as it is told."""
    found = difference.difference
    if found is None or not comparison.has_intervals:
        return ""
    if not comparison.is_judged(difference.label):
        return f"too few to tell: {comparison.counts[difference.label]}"
    if math.isnan(found.low):
        return ""
    if not difference.is_clear:
        return "no clear difference"
    return "better" if found.value > 0 else "worse"


def conclusion(comparison: Comparison) -> str:
    """In a sentence, by F1 at an IoU of 0.3 alone, which is what a reader sees."""
    judged = [
        each
        for each in comparison.differences
        if each.measure == "F1" and each.min_iou == 0.3
    ]
    if all(each.difference is None for each in judged):
        return (
            f"{comparison.second} and {comparison.first} cannot be compared: no class"
            " that both know is annotated on these radiographs."
        )
    if not comparison.has_intervals:
        return (
            f"Whether {comparison.second} is better than {comparison.first} cannot be"
            f" told: {_radiographs(comparison.images)} too few."
        )
    told = [each for each in judged if comparison.is_judged(each.label)]
    if all(each.difference is None for each in told):
        return (
            f"Whether {comparison.second} is better than {comparison.first} cannot be"
            f" told: fewer than {ENOUGH_TO_JUDGE} are annotated of each class that both"
            " know."
        )
    clear: dict[str, list[str]] = {}
    for each in told:
        if each.is_clear:
            word = verdict(each, comparison)
            clear.setdefault(word, []).append(display_name(each.label))
    said = [f"{word} at {' and '.join(names)}" for word, names in clear.items()]
    # Other measures of the table may differ clearly where this one does not.
    by = "in F1 (IoU 0.3)"
    if not said:
        return (
            f"Between {comparison.second} and {comparison.first} there is no clear"
            f" difference {by} on these radiographs."
        )
    if comparison.images < ENOUGH_TO_COMPARE:
        return (
            f"{comparison.second} looks {', '.join(said)} {by}, but"
            f" {_radiographs(comparison.images)} too few to be sure."
        )
    what = f"{', '.join(said)} {by} on these radiographs"
    return f"{comparison.second} is clearly {what}."


def few_radiographs(count: int) -> str:
    """What to say of intervals from so many radiographs; empty if they do."""
    if count >= ENOUGH_TO_COMPARE:
        return ""
    return f"{_radiographs(count)} few: even the intervals are uncertain."


def _radiographs(count: int) -> str:
    """How many there are, with their verb."""
    return counted(count, "radiograph is", "radiographs are")


def encode_comparison(comparison: Comparison) -> bytes:
    text = json.dumps(asdict(comparison), indent=1, ensure_ascii=False)
    return f"{text}\n".encode()


def read_comparison(path: Path) -> Comparison:
    """Raises FileError if the file is none."""
    content = read_json(path, error=FileError)
    try:
        return _comparison(content)
    except (KeyError, TypeError) as error:
        raise FileError(path, f"is no comparison: {error!r}") from error


def _comparison(content: Any) -> Comparison:
    return Comparison(
        content["first"],
        content["second"],
        content["images"],
        dict(content["counts"]),
        tuple(
            Difference(
                each["label"],
                each["measure"],
                each["min_iou"],
                *(
                    None if each[key] is None else Estimate(**each[key])
                    for key in ("first", "second", "difference")
                ),
            )
            for each in content["differences"]
        ),
        content.get("kept"),
        _notes(content.get("notes", [])),
    )


def _notes(content: Any) -> tuple[str, ...]:
    if not isinstance(content, list) or not all(isinstance(n, str) for n in content):
        raise TypeError("its notes are not a list of texts")
    return tuple(content)
