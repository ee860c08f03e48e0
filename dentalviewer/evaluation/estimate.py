"""What was measured, with its interval, as reports and model cards have it."""

from __future__ import annotations

import math
from dataclasses import dataclass

# Draws of fewer radiographs are the same few again: their interval looks too sure.
ENOUGH_FOR_INTERVALS = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured value and the ends of its 95 % confidence interval.

    The ends are NaN where no interval is to be told.
    """

    value: float
    low: float
    high: float

    @property
    def alone(self) -> Estimate:
        """The value without its interval."""
        return Estimate(self.value, math.nan, math.nan)

    def __str__(self) -> str:
        if math.isnan(self.low):
            return f"{self.value:.2f}"
        # "-0.20--0.10" would be hard to read.
        between = "-" if self.low >= 0 else " to "
        return f"{self.value:.2f} ({self.low:.2f}{between}{self.high:.2f})"
