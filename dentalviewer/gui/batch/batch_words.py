"""How far a batch is, in words."""

from __future__ import annotations

from dentalviewer.gui.batch.batch_bar import BatchState
from dentalviewer.worklist.batch import Progress


def state_under_way(progress: Progress, name: str, *, paused: bool) -> BatchState:
    """Of a batch by the detector of that name."""
    failures = len(progress.failures)
    share = (progress.done + failures) / max(progress.total, 1)
    words = f"{progress.done:,} of {progress.total:,} examined"
    if paused:
        words = f"Paused, {words}"
    elif progress.seconds_left is None:
        words = f"{words} · {name}"
    else:
        words = f"{words} · {time_left(progress.seconds_left)} left"
    return BatchState(words, min(share, 1.0), paused=paused, failures=failures)


def state_at_rest(fresh: int, failures: int, total: int) -> BatchState:
    """With what there is to begin."""
    if fresh >= total:
        return BatchState(f"All {total:,} examined", failures=failures)
    if fresh + failures >= total:
        begin = "Try again"
    else:
        begin = "Examine the rest" if fresh or failures else "Examine all"
    words = f"{fresh:,} of {total:,} examined"
    return BatchState(words, begin=begin, failures=failures)


def time_left(seconds: float) -> str:
    """Roughly, as people say it: "1 min", "2 h 10 min"."""
    if seconds < 60:
        return "under 1 min"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(round(minutes, -1), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
