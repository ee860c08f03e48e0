"""How far a run has come: by its epochs or, where its time is limited, by the clock."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime

from dentalviewer.detection.training.training_config import TrainingConfig
from dentalviewer.errors import ModelError


@dataclass(frozen=True, slots=True)
class Pace:
    """Of a run that is as configured and began at `started`, by time.monotonic().

    One that is resumed began earlier, by as much as it has used of its time before.
    """

    config: TrainingConfig
    started: float

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self.started

    @property
    def time_used(self) -> float:
        """The share of its time: 0 where that is not limited, over 1 once over."""
        if self.config.deadline_minutes is None:
            return 0.0
        limit = self.config.deadline_minutes * 60
        used = self.seconds
        if self.config.until is not None:
            # Most clocks that count seconds stand still while the computer sleeps.
            used = max(used, limit - _seconds_until(self.config.until))
        return used / limit

    def share_done(self, epochs_done: float) -> float:
        """How much of the run is done, 0 to 1: by its epochs or by its time."""
        return max(epochs_done / self.config.epochs, self.time_used)


def paced(config: TrainingConfig, started: float) -> Pace:
    """With what is left until the time that was asked for, beside what is used."""
    pace = Pace(config, started)
    if config.until is None:
        return pace
    seconds = max(pace.seconds + _seconds_until(config.until), 1e-3)
    return replace(pace, config=replace(config, deadline_minutes=seconds / 60))


def require_time(config: TrainingConfig) -> None:
    """A run that is resumed is finished with what it has learned.

    Raises ModelError if another should go on until a time that has passed.
    """
    if config.until is None or config.resume or _seconds_until(config.until) > 0:
        return
    fault = f"cannot be trained until {config.until:%Y-%m-%d %H:%M}, which has passed"
    raise ModelError(config.outputs[config.leading], fault)


def _seconds_until(moment: datetime) -> float:
    return (moment - datetime.now()).total_seconds()
