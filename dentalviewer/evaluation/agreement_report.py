"""How readers agree, to be read."""

from __future__ import annotations

from dentalviewer.evaluation.readers import ReaderComparison, Standing
from dentalviewer.evaluation.tables import table


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
        "F1 counts findings of one class in the same place (IoU of 0.3 or more). Kappa,"
        " and F1 per tooth, count decisions: yes or no for each tooth where teeth are"
        " known, otherwise for each place that either of the two marked; such a kappa"
        " is low where classes seldom meet. In brackets: 95 % intervals from"
        f" {resamples} draws of whole radiographs with replacement.",
    ]
    if comparison.standings:
        parts += ["## Place among the readers", standings_table(comparison)]
        parts.append(
            'Mean F1 of a reader with each other person. "People" is the range of F1'
            " between people, without this reader: who lies inside it agrees with them"
            " as they do with each other. With fewer than two people all readers count."
        )
    return "\n\n".join(parts) + "\n"


def pairs_table(comparison: ReaderComparison) -> str:
    return table(
        ["reader", "reader", "class", "both", "only first", "only second", "F1",
         "F1 per tooth", "kappa", "decisions", "per"],
        [
            [p.first, p.second, p.label, p.both, p.only_first, p.only_second, p.f1,
             p.tooth_f1, p.kappa, p.decisions, p.unit]
            for p in comparison.pairs
        ],
        texts=3,
    )  # fmt: skip


def standings_table(comparison: ReaderComparison) -> str:
    ordered = sorted(
        comparison.standings,
        key=lambda s: ([*comparison.labels, s.label].index(s.label), s.rank),
    )
    return table(
        ["class", "reader", "place", "mean F1", "people", ""],
        [
            [s.label, s.reader, s.rank, s.mean_f1, _range(s), place_in_words(s)]
            for s in ordered
        ],
        texts=2,
    )


def _range(standing: Standing) -> str | None:
    if standing.others is None:
        return None
    low, high = standing.others
    return f"{low:.2f}-{high:.2f}"


def place_in_words(standing: Standing) -> str:
    """Whether a reader agrees with people as they agree among themselves."""
    if standing.others is None:
        return ""
    low, high = standing.others
    if standing.mean_f1.value < low:
        return "below"
    return "above" if standing.mean_f1.value > high else "within"
