"""Commands of this program, run beside the window in a process of their own."""

from __future__ import annotations

import re
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from dentalviewer.supervision import SUPERVISED

PATIENCE_MS = 5_000
_COMPLAINT = "dentalviewer: "
_KEPT_LINES = 60
# As `train` draws its bar: "  3% |##   | 00:12, 06:30 left , epoch 1 of 30".
_BAR = re.compile(r"\s*(\d+)%\s*\|.*\|\s*(\S+), (\S+) left[ ,]*(.*)")
# As `compare` counts: "[3/40] 17.png".
_COUNT = re.compile(r"\[(\d+)/(\d+)\]")


def own_program() -> list[str]:
    """How this program is started; in a stand-alone one Python is not to be found."""
    if not getattr(sys, "frozen", False):
        return [sys.executable, "-m", "dentalviewer"]
    program = Path(sys.executable)
    # On Windows the windowed program has no output; its sister has.
    sister = program.with_name("dentalviewer-cli.exe")
    return [str(sister if sister.exists() else program)]


class CommandProcess(QObject):
    """One command at a time; says how far it is and how it ended.

    `progressed` gives percent, the time left as written, and what else is said.
    `ended` gives "" if all went well, or what went wrong. It ends with the window.
    """

    progressed = Signal(int, str, str)
    said = Signal(str)
    ended = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process = QProcess(self)
        self._process.readyReadStandardOutput.connect(self._on_output)
        self._process.readyReadStandardError.connect(self._on_errors)
        self._process.finished.connect(self._on_finished)
        self._process.errorOccurred.connect(self._on_error)
        # Of one command: the next may be begun before it is over.
        self._patience = QTimer(self, singleShot=True)
        self._patience.timeout.connect(self._process.kill)
        self._rest = {"out": "", "err": ""}
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._complaint = ""
        self._stopped = False

    @property
    def busy(self) -> bool:
        return self._process.state() is not QProcess.ProcessState.NotRunning

    @property
    def pid(self) -> int | None:
        """Its process number, None while there is none."""
        return self._process.processId() or None

    @property
    def stopped(self) -> bool:
        """Whether it ended, or is about to, because that was asked for."""
        return self._stopped

    def start(self, arguments: Sequence[str]) -> None:
        self._rest = {"out": "", "err": ""}
        self._lines.clear()
        self._complaint, self._stopped = "", False
        environment = QProcessEnvironment.systemEnvironment()
        for name in (SUPERVISED, "PYTHONUNBUFFERED", "PYTHONUTF8"):
            environment.insert(name, "1")
        self._process.setProcessEnvironment(environment)
        program, *first = own_program()
        self._process.start(program, [*first, *arguments])

    def stop(self) -> None:
        """Ask it to end; what it has saved stays."""
        if self.busy:
            self._stopped = True
            self._process.closeWriteChannel()
            self._patience.start(PATIENCE_MS)

    def finish(self) -> None:
        """Stop it and wait until it is gone, for closing."""
        if self.busy:
            self._stopped = True
            self._process.closeWriteChannel()
            if not self._process.waitForFinished(PATIENCE_MS):
                self._process.kill()
                self._process.waitForFinished(PATIENCE_MS)

    def _on_output(self) -> None:
        text = bytes(self._process.readAllStandardOutput().data())
        for line in self._split("out", text):
            self.said.emit(line)

    def _on_errors(self) -> None:
        text = bytes(self._process.readAllStandardError().data())
        for line in self._split("err", text):
            bar, counted = _BAR.match(line), _COUNT.match(line)
            if bar:
                self.progressed.emit(int(bar[1]), bar[3], bar[4].strip())
            elif counted:
                done, total = int(counted[1]), int(counted[2])
                words = f"{line[counted.end() :].strip()}, {done} of {total}"
                self.progressed.emit(100 * done // max(total, 1), "", words)
            elif line.startswith(_COMPLAINT):
                self._complaint = line.removeprefix(_COMPLAINT)
            else:
                self._lines.append(line)

    def _split(self, stream: str, new: bytes) -> list[str]:
        text = self._rest[stream] + new.decode("utf-8", "replace")
        *lines, self._rest[stream] = re.split(r"[\r\n]+", text)
        return [line for line in lines if line.strip()]

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self.ended.emit(f"It could not be started: {self._process.errorString()}.")

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._patience.stop()
        self._on_output()
        self._on_errors()
        last = self._rest["err"].strip()
        if last.startswith(_COMPLAINT):
            self._complaint = last.removeprefix(_COMPLAINT)
        self.ended.emit(self._fault(code, status))

    def _fault(self, code: int, status: QProcess.ExitStatus) -> str:
        if self._stopped:
            return "Stopped."
        if code == 0 and status is QProcess.ExitStatus.NormalExit:
            return ""
        if self._complaint:
            return self._complaint
        if status is QProcess.ExitStatus.CrashExit or code < 0:
            return "It ended unexpectedly; perhaps memory ran out."
        last = self._lines[-1] if self._lines else f"it ended with {code}"
        return f"It failed: {last.removeprefix('failed: ')}"
