"""With how many digits is learned: half of them where the hardware gains by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch


def mixed_precision(device: torch.device, *, wanted: bool) -> torch.autocast:
    """Within it, layers that bear it compute in bfloat16, if that is wanted and the
    device is made for it.
    """
    enabled = wanted and computes_in_bfloat16(device)
    return torch.autocast(device.type, torch.bfloat16, enabled=enabled)


def computes_in_bfloat16(device: torch.device) -> bool:
    """Whether it has instructions for that; without them it takes longer."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # Earlier versions of PyTorch do not tell what a processor has.
    told: Callable[[], Mapping[str, Any]]
    told = getattr(torch.cpu, "get_capabilities", dict)
    return any(told().get(name, False) for name in ("amx_bf16", "avx512_bf16"))
