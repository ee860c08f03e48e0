"""Loads PyTorch's own libraries without keeping the other threads from running.

`import torch` opens some 400 MB of them while it holds the interpreter's lock, and the
window stands still for as long. A call through ctypes lets the lock go.
"""

from __future__ import annotations

import ctypes
import importlib.util
import sys
from pathlib import Path

# In the order in which they need each other.
_NAMES = ("libc10.so", "libtorch_cpu.so", "libtorch_python.so")
_RESOLVE_NOW = 2  # RTLD_NOW of dlopen(3)


def load_libraries_of_torch() -> None:
    """For Linux; elsewhere, or where they are not found, `import torch` does it all."""
    found = importlib.util.find_spec("torch")
    if found is None or not sys.platform.startswith("linux") or "torch" in sys.modules:
        return
    try:
        open_library = ctypes.CDLL(None).dlopen
    except (OSError, AttributeError):
        return
    open_library.restype = ctypes.c_void_p
    open_library.argtypes = (ctypes.c_char_p, ctypes.c_int)
    for place in found.submodule_search_locations or ():
        for name in _NAMES:
            open_library(bytes(Path(place) / "lib" / name), _RESOLVE_NOW)
