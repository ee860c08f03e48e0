"""Several processes that train one detector together, as torchrun starts them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
from torch import distributed

from dentalviewer.errors import DentalViewerError

T = TypeVar("T")

# While one process measures and writes, the others wait for it.
PATIENCE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Team:
    """What one process knows: its number, of how many, and where it computes."""

    device: torch.device
    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process measures, saves and reports for all."""
        return self.rank == 0

    def agreed(self, value: float) -> float:
        """What the leading process says, in all of them."""
        if self.size == 1:
            return value
        told = torch.tensor([value], dtype=torch.float64, device=self.device)
        distributed.broadcast(told, src=0)
        return float(told.item())

    def shared(self, act: Callable[[], T]) -> T:
        """What the leading process alone does and gets, or raises, in all of them.

        The others may be on machines that do not have its files.
        """
        if self.size == 1:
            return act()
        told: list[Any] = [None, None]
        if self.leads:
            try:
                told[0] = act()
            except DentalViewerError as error:
                told[1] = error
        distributed.broadcast_object_list(told, src=0, device=self.device)
        result, fault = told
        if fault is not None:
            raise fault
        return result  # type: ignore[no-any-return]


def team_size() -> int:
    """How many processes train together, by the environment that torchrun gives."""
    return int(os.environ.get("WORLD_SIZE", "1"))


@contextmanager
def joined_team() -> Iterator[Team]:
    """The processes that torchrun started, by its environment; else this one alone."""
    size = team_size()
    device = torch.device("cpu")
    if torch.cuda.is_available():
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    if size == 1:
        yield Team(device)
        return
    backend = "nccl" if device.type == "cuda" else "gloo"
    distributed.init_process_group(backend, timeout=PATIENCE)
    try:
        yield Team(device, distributed.get_rank(), size)
    finally:
        distributed.destroy_process_group()
