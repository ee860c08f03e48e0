"""Timers that wait once."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


def single_shot(
    parent: QObject, interval_ms: int, slot: Callable[[], object]
) -> QTimer:
    """Not started; it belongs to `parent` and ends with it."""
    timer = QTimer(parent, singleShot=True, interval=interval_ms)
    timer.timeout.connect(slot)
    return timer
