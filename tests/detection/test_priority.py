from __future__ import annotations

import os
import subprocess
import sys

import pytest

WORK = (
    "import sys, time\n"
    "from dentalviewer.detection.inference.priority import be_supervised\n"
    "be_supervised()\n"
    "print('working', flush=True)\n"
    "while True: time.sleep(0.01)\n"
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
