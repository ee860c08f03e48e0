"""How readers agree, to be read."""

from __future__ import annotations

import csv
import io
import math

from dentalviewer.evaluation.comparison import ENOUGH_TO_COMPARE
from dentalviewer.evaluation.estimate import ENOUGH_FOR_INTERVALS, Estimate
from dentalviewer.evaluation.reader_standings import Standing
from dentalviewer.evaluation.readers import ReaderComparison
from dentalviewer.evaluation.tables import table, told
from dentalviewer.labels import display_name

ABOUT_STANDINGS = (
    'Mean F1 of a reader with each other person. "People" is the range of F1 between'
    " people, without this reader, and the difference is the mean F1 less theirs, with"
    " 95 % intervals that draw the same radiographs for both: where the interval holds"
    " 0, chance alone may have made it. With fewer than two people, mean and place are"
    " over all readers, detectors too, and say nothing of people. With fewer than"
    f" {ENOUGH_TO_COMPARE} radiographs even the intervals are uncertain, and with fewer"
    f" than {ENOUGH_FOR_INTERVALS} there are none."
)


def about_pairs(resamples: int) -> str:
    """What the columns of the pairs mean."""
    return (
        "F1 counts findings of one class in the same place (IoU of 0.3 or more). Kappa,"
        " and F1 per tooth, count decisions: yes or no for each tooth where teeth are"
        " known, otherwise for each place that either of the two marked; such a kappa"
        " is low where classes seldom meet, and left out where there is a single one. A"
        " finding that names its tooth is taken at its word, so that a wrong number"
        " counts too. What one marks alone where the other is uncertain does not count."
        f" In brackets: 95 % intervals from {resamples} draws of whole"
        " radiographs with replacement, where there are at least"
        f" {ENOUGH_FOR_INTERVALS}."
    )


def agreement_markdown(comparison: ReaderComparison, *, resamples: int) -> str:
    """The tables of pairs and, from three readers on, of standings."""
    count = comparison.images
    radiographs = "1 radiograph" if count == 1 else f"{count} radiographs"
    readers = ", ".join(
        f"{name} (detector)" if name in comparison.detectors else name
        for name in comparison.readers
    )
    parts = [
        f"# Agreement\n\n{readers}: {radiographs} that all of them read.",
        pairs_table(comparison),
        about_pairs(resamples),
    ]
    if comparison.standings:
        parts += ["## Place among the readers", standings_table(comparison)]
        parts.append(ABOUT_STANDINGS)
    return "\n\n".join(parts) + "\n"


PAIR_COLUMNS = (
    "reader", "reader", "class", "both", "only first", "only second", "F1",
    "F1 per tooth", "kappa", "decisions", "per",
)  # fmt: skip
STANDING_COLUMNS = (
    "class", "reader", "place", "mean F1", "people", "difference", ""
)  # fmt: skip
# The columns of words, set left; numbers follow.
PAIR_WORDS, STANDING_WORDS = 3, 2

Row = tuple[object, ...]


def pair_rows(comparison: ReaderComparison) -> list[Row]:
    """A row of PAIR_COLUMNS for each pair and class; None where not defined."""
    rows = (
        (p.first, p.second, display_name(p.label), p.both, p.only_first, p.only_second,
         p.f1, p.tooth_f1, p.kappa, p.decisions, p.unit)
        for p in comparison.pairs
    )  # fmt: skip
    return [told(row, comparison.images) for row in rows]


def standing_rows(comparison: ReaderComparison) -> list[Row]:
    """A row of STANDING_COLUMNS for each class and reader, the first place first."""
    ordered = sorted(
        comparison.standings,
        key=lambda s: ([*comparison.labels, s.label].index(s.label), s.rank),
    )
    rows = (
        (display_name(s.label), s.reader, s.rank, s.mean_f1, _range(s), s.difference,
         place_in_words(comparison, s))
        for s in ordered
    )  # fmt: skip
    return [told(row, comparison.images) for row in rows]


def pairs_table(comparison: ReaderComparison) -> str:
    return table(PAIR_COLUMNS, pair_rows(comparison), texts=PAIR_WORDS)


def standings_table(comparison: ReaderComparison) -> str:
    return table(STANDING_COLUMNS, standing_rows(comparison), texts=STANDING_WORDS)


def agreement_csv(comparison: ReaderComparison) -> str:
    """Both tables for a spreadsheet, an empty line between them.

    Values and the ends of their intervals are columns of their own.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    for columns, rows in (
        (PAIR_COLUMNS, pair_rows(comparison)),
        (STANDING_COLUMNS, standing_rows(comparison)),
    ):
        if not rows:
            continue
        if columns is STANDING_COLUMNS:
            writer.writerow([])
        estimates = [
            any(isinstance(row[index], Estimate) for row in rows)
            for index in range(len(columns))
        ]
        header: list[str] = []
        for name, is_estimate in zip(columns, estimates, strict=True):
            ends = (f"{name} low", f"{name} high") if is_estimate else ()
            header += [name, *ends]
        writer.writerow(header)
        for row in rows:
            cells: list[object] = []
            for value, is_estimate in zip(row, estimates, strict=True):
                cells += _spread(value) if is_estimate else [_guarded(value)]
            writer.writerow(cells)
    return text.getvalue()


def _spread(value: object) -> list[object]:
    if not isinstance(value, Estimate):
        return ["", "", ""]
    ends = (value.value, value.low, value.high)
    return ["" if math.isnan(each) else f"{each:.4f}" for each in ends]


def _guarded(value: object) -> str:
    """A spreadsheet takes a text that begins so for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in tuple("=+-@\t\r") else text


def _range(standing: Standing) -> str | None:
    if standing.others is None:
        return None
    low, high = (f"{end:.2f}" for end in standing.others)
    return low if low == high else f"{low}-{high}"


def place_in_words(comparison: ReaderComparison, standing: Standing) -> str:
    """Whether a reader agrees with people as they agree among themselves."""
    people = {*comparison.readers} - {*comparison.detectors, standing.reader}
    if len(people) < 2:
        return "no verdict: fewer than two other people"
    if comparison.images < ENOUGH_FOR_INTERVALS:
        return f"no verdict: fewer than {ENOUGH_FOR_INTERVALS} radiographs"
    if standing.difference is None:
        return "no verdict: the other people mark none"
    if not standing.is_clear:
        return "not distinguishable from people"
    return "above people" if standing.difference.value > 0 else "below people"
