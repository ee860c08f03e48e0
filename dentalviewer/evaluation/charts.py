"""Curves as PNG: FROC, precision and recall, and how a training went."""

from __future__ import annotations

import csv
import io
import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dentalviewer.dentition import KINDS
from dentalviewer.errors import DatasetError, DentalViewerError
from dentalviewer.evaluation.curves import Curve
from dentalviewer.evaluation.froc import RATES
from dentalviewer.labels import ENDODONTIC, IMPLANT, RESTORATION, display_name
from dentalviewer.phrases import pip_with
from dentalviewer.storage.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito, Color Universal Design (2008); the window's own are for dark ground.
_ON_WHITE = {RESTORATION: "#0072b2", ENDODONTIC: "#d98000", IMPLANT: "#009e73"}
_KINDS_ON_WHITE = dict(
    zip(KINDS, ("#0072b2", "#d98000", "#009e73", "#cc79a7"), strict=True)
)
_OTHERS_ON_WHITE = ("#cc79a7", "#5b5b5b", "#d55e00", "#56b4e9")
_MEAN = "#222222"
_NAMES_IN_A_COLUMN = 10
# A curve on which another lies is still to be seen.
_LOOKS: tuple[dict[str, Any], ...] = (
    {"linestyle": "solid", "linewidth": 3.5},
    {"linestyle": "dashed", "linewidth": 2.5},
    {"linestyle": "dotted", "linewidth": 2.0},
)
_DOT: dict[str, Any] = {
    "marker": "o",
    "markersize": 9,
    "markeredgecolor": "white",
    "markeredgewidth": 1.5,
    "linestyle": "none",
}
_INCHES = (6.4, 4.4)
_DOTS_PER_INCH = 150


def color_on_white(label: str) -> str:
    """As #rrggbb; a class unknown to the glossary always gets the same."""
    other = _OTHERS_ON_WHITE[zlib.crc32(label.encode()) % len(_OTHERS_ON_WHITE)]
    return (_ON_WHITE | _KINDS_ON_WHITE).get(label, other)


def draw_froc(path: Path, curves: Sequence[Curve]) -> None:
    """Sensitivity against false alarms per radiograph, with what is shown as a dot.

    Raises what `_drawn` raises.
    """

    def draw(axes: Axes) -> None:
        for curve, look in zip(curves, cycle(_LOOKS)):
            froc, color = curve.froc, color_on_white(curve.froc.label)
            end = max([RATES[-1], *froc.false_alarms[-1:]])
            axes.step(
                [0.0, *froc.false_alarms, end],
                [0.0, *froc.sensitivity, *(froc.sensitivity[-1:] or (0.0,))],
                where="post",
                color=color,
                label=_name_of(curve),
                **look,
            )
            _mark(axes, curve.alarms_each, curve.sensitivity, color)
        _explain_marks(axes)
        axes.set_xscale("symlog", base=2, linthresh=RATES[0])
        axes.set_xticks([0, *RATES], ["0", *(f"{rate:g}" for rate in RATES)])
        axes.set_xlim(0, max(RATES))
        axes.set_xlabel("false alarms per radiograph")
        axes.set_ylabel(f"sensitivity (IoU {curves[0].froc.min_iou:g})")
        axes.set_ylim(0, 1.02)

    write_atomically(path, _drawn(draw))


def draw_precision_recall(path: Path, curves: Sequence[Curve]) -> None:
    """Precision against sensitivity, from the highest threshold on, with what is shown
    as a dot. Raises what `_drawn` raises.
    """

    def draw(axes: Axes) -> None:
        for curve, look in zip(curves, cycle(_LOOKS)):
            froc, color = curve.froc, color_on_white(curve.froc.label)
            known = [
                (x, y)
                for x, y in zip(froc.sensitivity, froc.precision, strict=True)
                if not math.isnan(y)
            ]
            axes.plot(
                [x for x, _ in known],
                [y for _, y in known],
                color=color,
                label=_name_of(curve),
                **look,
            )
            if curve.precision is not None:
                _mark(axes, curve.sensitivity, curve.precision, color)
        _explain_marks(axes)
        axes.set_xlabel(f"sensitivity, or recall (IoU {curves[0].froc.min_iou:g})")
        axes.set_ylabel("precision")
        axes.set_xlim(0, 1.02)
        axes.set_ylim(0, 1.02)

    write_atomically(path, _drawn(draw))


def _name_of(curve: Curve) -> str:
    """With how much was to be found, and from which score on it is shown."""
    told = f"{curve.name}, n = {curve.annotations}"
    return f"{told}, shown from {curve.threshold:.2f}" if curve.threshold else told


def _mark(axes: Axes, x: float, y: float, color: str) -> None:
    # At the edge of the panel it is whole, too.
    axes.plot([x], [y], color=color, clip_on=False, zorder=5, **_DOT)


def _explain_marks(axes: Axes) -> None:
    axes.plot([], [], color=_MEAN, label="as shown", **_DOT)


def draw_learning_curves(path: Path, curves_csv: Path) -> None:
    """The losses and the scores of a training, by epoch, from its curves.csv.

    Columns with "loss" in their name are losses; those like "ap50_implant" or
    "mean_ap50" are scores. Raises DatasetError if the table has no epochs, and what
    `_drawn` raises.
    """
    rows = _read_curves(curves_csv)
    epochs = [row["epoch"] for row in rows]
    losses = [name for name in rows[0] if "loss" in name]
    scores = [n for n in rows[0] if n.startswith("ap50_") or n.endswith("mean_ap50")]

    def draw_losses(axes: Axes) -> None:
        for name in losses:
            axes.plot(epochs, [row[name] for row in rows], label=_in_words(name))
        axes.set_ylabel("loss")
        axes.set_ylim(bottom=0)
        _count_epochs(axes)

    def draw_scores(axes: Axes) -> None:
        styles = cycle(("solid", "dashed", "dotted"))
        for name in scores:
            is_mean = name.endswith("mean_ap50")
            axes.plot(
                epochs,
                [row[name] for row in rows],
                color=_MEAN if is_mean else color_on_white(name.removeprefix("ap50_")),
                label=_in_words(name),
                linestyle=next(styles) if is_mean else "solid",
                linewidth=2.0 if is_mean else 1.2,
            )
        axes.set_ylabel("on validation")
        _count_epochs(axes)
        axes.set_ylim(0, 1.02)

    write_atomically(path, _drawn(draw_losses, draw_scores))


def _count_epochs(axes: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _in_words(column: str) -> str:
    if column.startswith("ap50_"):
        return f"AP50 {display_name(column.removeprefix('ap50_'))}"
    words = column.replace("_", " ").replace("ap50", "AP50")
    return words.removesuffix(" loss") if words != "loss" else "all losses"


def _read_curves(path: Path) -> list[Mapping[str, float]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = [
                {name: float(value or "nan") for name, value in row.items()}
                for row in csv.DictReader(file)
            ]
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise DatasetError(path, f"not learning curves: {error}") from error
    if not rows or "epoch" not in rows[0]:
        raise DatasetError(path, "not learning curves: no epochs in it")
    return list(rows)


def _drawn(*draws: Callable[[Any], None]) -> bytes:
    """A PNG with one panel each. Raises DentalViewerError without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        fault = f"Charts need matplotlib; install it with {pip_with('train')}"
        raise DentalViewerError(fault) from error
    width, height = _INCHES
    figure = Figure(
        figsize=(width * len(draws), height), dpi=_DOTS_PER_INCH, layout="constrained"
    )
    for position, draw in enumerate(draws, 1):
        axes = figure.add_subplot(1, len(draws), position)
        draw(axes)
        axes.grid(visible=True, color="#e3e3e3", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        named = len(axes.get_legend_handles_labels()[0])
        if named:
            # The names of many classes stand small, in columns, or fill the panel.
            columns = math.ceil(named / _NAMES_IN_A_COLUMN)
            size = "medium" if columns == 1 else "x-small"
            axes.legend(frameon=False, loc="best", ncols=columns, fontsize=size)
    png = io.BytesIO()
    # A figure of its own, not pyplot's, draws with Agg and needs no screen.
    figure.savefig(png, format="png")
    return png.getvalue()
