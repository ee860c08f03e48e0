from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from ctypes import c_int, c_uint32, c_void_p
from types import SimpleNamespace

import pytest

from dentalviewer.detection.inference import priority

WORK = (
    "import sys, time\n"
    "from dentalviewer.detection.inference.priority import be_supervised\n"
    "be_supervised()\n"
    "print('working', flush=True)\n"
    "while True: time.sleep(0.01)\n"
)
# Ends before anything is written that was only kept to be.
SAY = (
    "import os, sys\n"
    "from dentalviewer import cli\n"
    "def main():\n"
    "    print('Röntgen \N{RIGHTWARDS ARROW} 1')\n"
    "    print('dentalviewer: Müller \N{RIGHTWARDS ARROW} 2', file=sys.stderr)\n"
    "    os._exit(0)\n"
    "cli.main = main\n"
    "cli.run()\n"
)


@pytest.mark.skipif(sys.platform == "win32", reason="processes have classes there")
def test_what_a_window_started_steps_back_and_ends_with_it() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WORK],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "DENTALVIEWER_SUPERVISED": "1"},
    ) as work:
        assert work.stdout is not None
        assert work.stderr is not None
        assert work.stdin is not None
        work.stdout.readline()
        assert os.getpriority(os.PRIO_PROCESS, work.pid) > os.getpriority(
            os.PRIO_PROCESS, 0
        )
        work.stdin.close()

        assert work.wait(timeout=20) != 0
        assert b"KeyboardInterrupt" in work.stderr.read()


def test_what_a_window_started_speaks_at_once_and_in_its_letters() -> None:
    # As in a stand-alone program of Windows, where no variable says otherwise.
    spoken = {"DENTALVIEWER_SUPERVISED": "1", "PYTHONIOENCODING": "cp1252"}
    work = subprocess.run(
        [sys.executable, "-c", SAY], capture_output=True, env={**os.environ, **spoken}
    )

    assert work.stdout.decode().strip() == "Röntgen → 1"
    assert work.stderr.decode().strip() == "dentalviewer: Müller → 2"


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What Windows says, each time it is asked, of the pipe that a command reads."""
    said: list[object] = []

    def peek(pipe: int, size: int) -> object:
        assert (pipe, size) == (40, 0)
        answer = said.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    def read(*_: object) -> bytes:
        raise AssertionError("a thread that waits to read holds up all who ask")

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(os, "read", read)
    monkeypatch.setattr(priority, "_LOOK_SECONDS", 0)
    handles = SimpleNamespace(get_osfhandle={0: 40}.__getitem__)
    monkeypatch.setitem(sys.modules, "msvcrt", handles)
    monkeypatch.setitem(sys.modules, "_winapi", SimpleNamespace(PeekNamedPipe=peek))
    return said


def test_on_windows_the_pipe_is_looked_at_and_its_end_noticed(
    looks: list[object],
) -> None:
    looks += [(0, 0), (0, 0), BrokenPipeError(), (0, 0)]

    with pytest.raises(KeyboardInterrupt):
        priority._end_with_the_pipe()

    assert looks == [(0, 0)]


def test_on_windows_a_pipe_that_cannot_be_looked_at_ends_nothing(
    looks: list[object],
) -> None:
    looks += [(0, 0), OSError("no pipe")]

    priority._end_with_the_pipe()

    assert looks == []


def test_on_windows_the_whole_handle_of_the_process_is_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handle, asked = 0x1_0000_0004, []
    current = ctypes.CFUNCTYPE(c_void_p)(lambda: handle)
    slow_down = ctypes.CFUNCTYPE(c_int, c_void_p, c_uint32)(
        lambda process, priority: asked.append((process, priority)) or 1
    )
    # As Windows has them: functions of which nothing is known but where they lie.
    untyped = ctypes.pythonapi._FuncPtr
    kernel = SimpleNamespace(
        GetCurrentProcess=untyped(ctypes.cast(current, c_void_p).value),
        SetPriorityClass=untyped(ctypes.cast(slow_down, c_void_p).value),
    )
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "WinDLL", lambda _name: kernel, raising=False)

    priority.step_back()

    below_normal = 0x4000
    assert asked == [(handle, below_normal)]
