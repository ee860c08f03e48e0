"""Results as Markdown tables and as JSON."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dentalviewer.evaluation.estimate import ENOUGH_FOR_INTERVALS, Estimate

NOT_DEFINED = "-"


def table(header: Sequence[str], rows: Iterable[Sequence[object]], texts: int) -> str:
    """A Markdown table; the first `texts` columns are set left, the numbers right."""
    rules = ["---"] * texts + ["---:"] * (len(header) - texts)
    lines = [header, rules, *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(value: object) -> str:
    text = NOT_DEFINED if value is None else str(value)
    return text.replace("|", "\\|").replace("\n", " ")


def told(row: Iterable[object], images: int) -> tuple[object, ...]:
    """With intervals only where there are enough radiographs to draw from."""
    if images >= ENOUGH_FOR_INTERVALS:
        return tuple(row)
    return tuple(v.alone if isinstance(v, Estimate) else v for v in row)


def number(value: float, digits: int = 2) -> str:
    return NOT_DEFINED if math.isnan(value) else f"{value:.{digits}f}"


def value_of(estimate: Estimate | None) -> str:
    return NOT_DEFINED if estimate is None else f"{estimate.value:.2f}"


def as_json(result: object) -> bytes:
    """A result, a dataclass or a mapping of them, as JSON; what is NaN becomes null."""
    text = json.dumps(_plain(result), indent=2, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name))
            for field in dataclasses.fields(value)
        }
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
