"""How far a training is, in words: those of the command made plain for the reader."""

from __future__ import annotations

import re
from datetime import datetime

from dentalviewer.curation.training_runs import (
    TrainingPlan,
    TrainingRun,
    told_epochs,
    told_time,
)
from dentalviewer.phrases import counted

# What `train` says of the set, and beside its bar.
_COUNTED = re.compile(r"^treatments: (\d+ radiographs)")
_STEP = re.compile(r"(looking|choosing|measuring).*, (\d+) of (\d+)")
_STEPS = {
    "looking": "Filling in classes that were not annotated: {} of {} radiographs",
    "choosing": "Choosing the best of what was learned: {} of {} trials",
    "measuring": "Measuring the new detector on what is held out, as it is and altered:"
    " {} of {} radiographs",
}
_EPOCH = re.compile(r"epoch (\d+) of")


def set_told(line: str) -> str:
    """What `train` says of the set, as the reader is told it."""
    return _COUNTED.sub(r"\1 to learn from", line)


def epochs_in(words: str, before: int) -> int:
    """How many epochs are done by what stands beside the bar; `before` where it does
    not say.
    """
    found = _EPOCH.search(words)
    return int(found[1]) if found else before


def to_go_on_from(run: TrainingRun) -> str:
    """What a training that was stopped leaves to go on with."""
    if not run.has_checkpoint:
        return "No epoch was finished, so there is nothing to resume."
    return f"{told_epochs(run.epochs_done)}, and it can be resumed from there."


def step_told(words: str) -> str:
    """What is done besides epochs, if it is that which the command speaks of."""
    found = _STEP.search(words)
    if found is None:
        return ""
    step, done, total = found.groups()
    if step == "measuring" and done == total:
        return "Measuring how long a radiograph takes …"
    return _STEPS[step].format(done, total)


def far_told(done: int, plan: TrainingPlan) -> str:
    """How many epochs are done, and of how many or until when."""
    if plan.until is None:
        return f"{done} of {plan.epochs} epochs done"
    until = told_time(plan.until, datetime.now())
    return f"{counted(done, 'epoch')} done, until {until}"


def time_left(clock: str) -> str:
    """In words, of "06:30" or "1:02:03"; empty where it is not known yet."""
    parts = clock.split(":")
    if not all(part.isdecimal() for part in parts):
        return ""
    seconds = 0
    for part in parts:
        seconds = 60 * seconds + int(part)
    return left_told(seconds)


def left_told(seconds: float) -> str:
    """How long it takes still."""
    if seconds < 60:
        return "less than a minute left"
    hours, minutes = divmod(round(seconds / 60), 60)
    return (
        f"about {hours} h {minutes} min left" if hours else f"about {minutes} min left"
    )
