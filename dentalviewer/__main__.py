"""`python -m dentalviewer` is the same as `dentalviewer`: both begin here.

Nothing is imported before Ctrl+C is heeded, for imports take the first second.
"""

import os
import signal
import sys
from types import FrameType

# For one who stops a command by Ctrl+C, as shells have it: 128 and the signal's number.
INTERRUPTED = 130


def run() -> None:
    # Who started the command in the background may want it to be ignored.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop)
    try:
        from dentalviewer.cli import run as run_what_was_typed

        run_what_was_typed()
    except KeyboardInterrupt:
        _say_stopped()
        sys.exit(INTERRUPTED)


def _stop(number: int, frame: FrameType | None) -> None:
    """As Python does it, but within an import: some libraries crash if their own is
    broken off, and there is nothing yet to be put in order.
    """
    if _is_importing(frame):
        _say_stopped()
        os._exit(INTERRUPTED)
    # Who presses it again does not wait for what threads are still at.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.default_int_handler(number, frame)


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__") == "importlib._bootstrap":
            return True
        frame = frame.f_back
    return False


def _say_stopped() -> None:
    print("dentalviewer: stopped", file=sys.stderr, flush=True)


# The detector's process imports this module too, and must not open a window.
if __name__ == "__main__":
    run()
