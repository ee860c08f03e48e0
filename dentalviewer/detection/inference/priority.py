"""Long work beside a window, which comes first and ends what it has started."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

from dentalviewer.supervision import is_supervised

_BELOW_NORMAL_PRIORITY_CLASS = 0x4000
_NICE = 5
# How often a pipe of Windows is looked at.
_LOOK_SECONDS = 0.5


def step_back() -> None:
    """With two cores the window would stutter otherwise."""
    if sys.platform == "win32":
        import ctypes
        from ctypes.wintypes import BOOL, DWORD, HANDLE

        kernel = ctypes.WinDLL("kernel32")
        # A handle has 64 bits, of which an undeclared function keeps 32.
        kernel.GetCurrentProcess.restype = HANDLE
        kernel.SetPriorityClass.argtypes = (HANDLE, DWORD)
        kernel.SetPriorityClass.restype = BOOL
        kernel.SetPriorityClass(
            kernel.GetCurrentProcess(), _BELOW_NORMAL_PRIORITY_CLASS
        )
    else:
        os.nice(_NICE)


def be_supervised() -> None:
    """Where a window started this command: step back, and end when its pipe closes,
    as by Ctrl+C.

    It closes when the window wants that, and when the window is gone, however that came
    about. Files are written wholly or not at all, so nothing is lost but the work since
    the last.
    """
    if is_supervised():
        step_back()
        # A program that was started in the background ignores it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Thread(target=_end_with_the_pipe, daemon=True).start()


def _end_with_the_pipe() -> None:
    try:
        if sys.platform == "win32":
            import _winapi
            import msvcrt

            pipe = msvcrt.get_osfhandle(0)
            _look_until_closed(lambda: _winapi.PeekNamedPipe(pipe, 0), _LOOK_SECONDS)
        else:
            # Not sys.stdin, whose lock would be held while the interpreter shuts down.
            while os.read(0, 1024):
                pass
    except OSError:
        return
    _thread.interrupt_main()


def _look_until_closed(look: Callable[[], object], pause: float) -> None:
    """Come back once the other end of a pipe is closed; `pause` is in seconds.

    On Windows whoever asks about a pipe, as libraries do while they are loaded, waits
    for the thread that waits to read from it: it would be forever. Raises OSError where
    it cannot be looked at.
    """
    while True:
        try:
            look()
        except BrokenPipeError:
            return
        time.sleep(pause)
