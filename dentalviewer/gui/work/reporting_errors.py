"""Where errors end that nobody expected: in the window, and in a log without names."""

from __future__ import annotations

import atexit
import faulthandler
import logging
import os
import re
import sys
import threading
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any

import platformdirs
from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

MAX_LOG_BYTES = 1_000_000
_log = logging.getLogger("dentalviewer")

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
# What is quoted, and what looks like a path or a file's name, may name a patient.
_PRIVATE = re.compile(r"""'[^']*'|"[^"]*"|\S*[/\\]\S*|\S+\.\w{2,5}\b""")


def log_file() -> Path:
    return platformdirs.user_log_path("dentalviewer", appauthor=False) / "log.txt"


@contextmanager
def reporting_errors(show_message: Callable[[str], None]) -> Generator[None]:
    """While this lasts, errors are shown and logged, and the program goes on.

    Whoever looked after errors before is told of them as well.
    """
    handler = _open_log()
    before, before_threads = sys.excepthook, threading.excepthook

    def on_error(
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            _log.error("%s", described(error))
            show_message(f"Something went wrong: {kind.__name__}: {error}")
        before(kind, error, trace)

    def on_thread_error(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            _log.error("%s", described(arguments.exc_value))
        before_threads(arguments)

    def on_qt_message(
        kind: QtMsgType, context: QMessageLogContext, message: str
    ) -> None:
        _log.log(_LEVELS.get(kind, logging.WARNING), "Qt: %s", redacted(message))
        if callable(qt_before):
            qt_before(kind, context, message)

    sys.excepthook, threading.excepthook = on_error, on_thread_error
    qt_before: Any = qInstallMessageHandler(on_qt_message)
    try:
        yield
    finally:
        qInstallMessageHandler(qt_before)
        sys.excepthook, threading.excepthook = before, before_threads
        if handler is not None:
            _close_log(handler)


def described(error: BaseException) -> str:
    """The kind of error and the lines of the program it went through, no more.

    Its message is left out: it may hold the name of a file, and so of a patient.
    """
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]
    return " < ".join([type(error).__name__, *reversed(lines)])


def redacted(message: str) -> str:
    return _PRIVATE.sub("…", message)


def _open_log() -> RotatingFileHandler | None:
    """None where no log can be written, which keeps the program from nothing else."""
    path = log_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            path, maxBytes=MAX_LOG_BYTES, backupCount=2, encoding="utf-8"
        )
    except OSError:
        return None
    handler.rotator = _rename_unless_held
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    _log.propagate = False
    if not faulthandler.is_enabled():
        # Should a library crash, it names lines of the program, never their values.
        with suppress(OSError, ValueError):
            crash_log = path.with_name("crash.txt").open("a")
            faulthandler.enable(crash_log)
            atexit.register(crash_log.close)
            atexit.register(faulthandler.disable)
    return handler


def _rename_unless_held(source: str, target: str) -> None:
    """Windows renames no log that another window has open, too: then it grows on, for
    what is to be logged would be lost otherwise.
    """
    with suppress(OSError):
        os.replace(source, target)


def _close_log(handler: RotatingFileHandler) -> None:
    _log.removeHandler(handler)
    handler.close()
