"""What costs time is done once by detectors whose parts have equal weights."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

from torch import nn

_Module = TypeVar("_Module", bound=nn.Module | None)
_Made = TypeVar("_Made")


class SharedByWeights(Generic[_Module, _Made]):
    """Makes one thing for all modules of equal weights, as long as somebody has it.

    A module that was given must not be trained any further.
    """

    def __init__(self, make: Callable[[_Module], _Made]) -> None:
        self._make = make
        self._made: WeakValueDictionary[str, _Made] = WeakValueDictionary()
        self._lock = threading.Lock()

    def of(self, module: _Module) -> _Made:
        key = _digest(module)
        with self._lock:
            made = self._made.get(key)
            if made is None:
                made = self._made[key] = self._make(module)
            return made


def _digest(module: nn.Module | None) -> str:
    if module is None:
        return ""
    digest = hashlib.sha256()
    for name, value in module.state_dict().items():
        place = f"{name} {value.device} {tuple(value.shape)}"
        digest.update(place.encode() + value.cpu().numpy().tobytes())
    return digest.hexdigest()
