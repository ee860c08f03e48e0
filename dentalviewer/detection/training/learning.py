"""One pass over the training radiographs: losses, gradients, weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager

import torch
from torch import Tensor, nn

from dentalviewer.detection.training.batches import Batch
from dentalviewer.detection.training.checkpoints import Run
from dentalviewer.errors import TrainingDiverged
from dentalviewer.supervision import is_supervised

CLIP_GRADIENT_NORM = 10.0
WARM_UP_SHARE = 0.06
BOX_LOSS_WEIGHT = 2.0


def train_one_epoch(
    run: Run,
    batches: Iterator[Batch],
    *,
    average_decay: float,
    cycles: int,
    progress: Callable[[float], float],
    forward: nn.Module,
    precision: AbstractContextManager[object],
) -> dict[str, float]:
    """One pass over the batches; returns the mean of each loss.

    `progress` tells from the batches done in this epoch how much of the whole run is
    done, 0 to 1, which sets the learning rate in one of the `cycles`. `forward` is the
    network, or what shares its gradients with other processes. Raises TrainingDiverged
    as soon as a loss or a gradient is not a finite number; the weights are then those
    of the batch before, or those of the last batch, if it is these that make no sense.
    """
    run.network.train()
    sums: dict[str, float] = {}
    count = 0
    for images, targets in batches:
        with precision:
            losses = forward(images, targets)
        loss = _weighted(losses)
        _require_finite("loss", loss, run, count)
        factor = rate_factor(progress(count), cycles)
        for group, rate in zip(
            run.optimizer.param_groups, run.highest_rates, strict=True
        ):
            group["lr"] = rate * factor
        run.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(run.network.parameters(), CLIP_GRADIENT_NORM)
        _require_finite("gradient", norm, run, count)
        run.optimizer.step()
        run.step += 1
        update_average(run, average_decay)
        for name, value in losses.items():
            sums[name] = sums.get(name, 0.0) + value.item()
        count += 1
    # No batch follows that would show what the last step has done.
    with torch.no_grad(), precision:
        _require_finite("loss", _weighted(forward(images, targets)), run, count - 1)
    return {name: total / count for name, total in sums.items()}


def _weighted(losses: Mapping[str, Tensor]) -> Tensor:
    weights = {name: BOX_LOSS_WEIGHT for name in losses if name.endswith("box_loss")}
    terms = (value * weights.get(name, 1.0) for name, value in losses.items())
    return sum(terms, start=torch.zeros(()))


def _require_finite(what: str, value: Tensor, run: Run, batches_done: int) -> None:
    if math.isfinite(value.item()):
        return
    raise TrainingDiverged(
        f"The {what} became {value.item()} in epoch {run.epoch + 1}, "
        f"batch {batches_done + 1}: {_way_on(run)}."
    )


def _way_on(run: Run) -> str:
    if is_supervised():
        # In a window no rate can be chosen.
        begun = "discard this training, and " if run.epoch else ""
        return f"{begun}begin again, perhaps from another detector"
    if run.epoch:
        # A run goes on only with its own rates.
        return (
            "begin anew with a lower learning rate, with another --run-folder or once"
            " checkpoint.pt in that of this run is deleted"
        )
    return "try a lower learning rate"


def rate_factor(progress: float, cycles: int = 1) -> float:
    """In each of the cycles a short rise from 4 % to 1, then half a cosine to 0."""
    done = progress * cycles % 1 if progress < 1 else 1.0
    if done < WARM_UP_SHARE:
        return 0.04 + 0.96 * done / WARM_UP_SHARE
    fallen = (done - WARM_UP_SHARE) / (1 - WARM_UP_SHARE)
    return 0.5 * (1 + math.cos(math.pi * fallen)) + 1e-3


def update_average(run: Run, decay: float) -> None:
    """Exponential moving average of the weights, young at first so it can catch up."""
    decay = min(decay, (1 + run.step) / (10 + run.step))
    with torch.no_grad():
        for mean, now in zip(
            run.average.parameters(), run.network.parameters(), strict=True
        ):
            mean.lerp_(now, 1 - decay)
