"""Signals that end a program, such as Ctrl+C in its terminal, heard by Qt's loop."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

from PySide6.QtCore import QSocketNotifier

# From the terminal, from who shuts the computer down, from a terminal that is closed.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
SIGNALS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))


@contextmanager
def heeding_signals(end: Callable[[int], object]) -> Generator[None]:
    """Within, `end` is called by Qt's loop, and given the number, when a signal comes
    that ends programs. Those that are ignored, as after nohup, stay so.

    While Qt waits, Python handles no signal, and what its handlers raise within Qt
    crashes or is lost. But each signal has a byte sent to a socket, which Qt hears.
    """
    receiving, sending = socket.socketpair()
    with receiving, sending:
        for each in (receiving, sending):
            each.setblocking(False)
        notifier = QSocketNotifier(receiving.fileno(), QSocketNotifier.Type.Read)

        def receive() -> None:
            for number in receiving.recv(64):
                if number in SIGNALS:
                    end(number)

        notifier.activated.connect(lambda *_: receive())
        woken = signal.set_wakeup_fd(sending.fileno(), warn_on_full_buffer=False)
        before = {each: signal.getsignal(each) for each in SIGNALS}
        heeded = [each for each in SIGNALS if before[each] is not signal.SIG_IGN]
        for each in heeded:
            signal.signal(each, _end_at_once_next_time)
        try:
            yield
        finally:
            for each in heeded:
                signal.signal(each, before[each] or signal.SIG_DFL)
            signal.set_wakeup_fd(woken)
            notifier.setEnabled(False)


def _end_at_once_next_time(number: int, _frame: FrameType | None) -> None:
    """Who sends it again does not wait for what the loop is still at."""
    signal.signal(number, signal.SIG_DFL)
