"""Windows know of each other, leave nothing behind, and the dead do not count."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dentalviewer.worklist.presence import STALE_SECONDS, Holder, Presence
from tests.lost_drive import OnALostDrive

HERE = Holder(platform.node(), os.getpid())

HOLD = """
import sys
from pathlib import Path
from dentalviewer.worklist.presence import Presence
Presence(Path(sys.argv[1])).hold(Path(sys.argv[2]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "open"


@pytest.fixture
def radiograph(tmp_path: Path) -> Path:
    path = tmp_path / "clinic" / "1.png"
    path.parent.mkdir()
    path.touch()
    return path


def test_who_waits_for_a_lost_drive_can_end_and_leaves_nothing(folder: Path) -> None:
    presence = Presence(folder)
    path = OnALostDrive("/lost/1.png")
    holding = threading.Thread(target=presence.hold, args=(path,))
    holding.start()
    assert path.asked.wait(10)

    presence.end()

    assert holding.is_alive()
    path.answers.set()
    holding.join(10)
    assert not folder.exists()


def test_two_windows_on_one_radiograph_know_of_each_other(
    folder: Path, radiograph: Path
) -> None:
    first, second = Presence(folder), Presence(folder)

    assert first.hold(radiograph) == ()
    assert second.hold(radiograph) == (HERE,)
    assert first.look() == (HERE,)
    assert [*radiograph.parent.iterdir()] == [radiograph]


def test_one_that_went_on_or_closed_does_not_count(
    folder: Path, radiograph: Path
) -> None:
    first, second = Presence(folder), Presence(folder)
    first.hold(radiograph)
    second.hold(radiograph)

    first.hold(radiograph.with_name("2.png"))
    assert second.look() == ()
    second.release()
    first.release()

    assert [*folder.iterdir()] == []
    assert second.look() == ()


def test_a_link_to_a_radiograph_is_the_radiograph(
    folder: Path, radiograph: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(radiograph.parent)
    Presence(folder).hold(radiograph)

    assert Presence(folder).hold(tmp_path / "link" / "1.png") == (HERE,)


def test_a_program_that_was_killed_does_not_count_and_its_file_goes(
    folder: Path, radiograph: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), str(radiograph)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"held"
        window = Presence(folder)
        assert window.hold(radiograph) == (Holder(platform.node(), other.pid),)
        other.send_signal(signal.SIGKILL)

    assert window.look() == ()
    assert len([*folder.iterdir()]) == 1


def test_another_computer_counts_until_it_was_silent_for_long(
    folder: Path, radiograph: Path
) -> None:
    Presence(folder).hold(radiograph)
    (file,) = folder.iterdir()
    # This process has a number that nobody has here.
    far = file.rename(
        folder / f"{file.name.split('-')[0]}-4194999-0123abcd@Praxis%202%2Fb"
    )
    window = Presence(folder)

    assert window.hold(radiograph) == (Holder("Praxis 2/b", 4194999),)

    then = time.time() - STALE_SECONDS - 1
    os.utime(far, (then, then))
    assert window.look() == ()
    assert not far.exists()


def test_where_nothing_can_be_written_nobody_is_known_and_nothing_fails(
    tmp_path: Path, radiograph: Path
) -> None:
    (tmp_path / "cache").write_text("no folder")
    window = Presence(tmp_path / "cache" / "open")

    assert window.hold(radiograph) == ()
    window.release()


def test_other_files_in_the_folder_are_left_alone(
    folder: Path, radiograph: Path
) -> None:
    folder.mkdir(parents=True)
    (folder / "notes.txt").touch()
    os.utime(folder / "notes.txt", (0, 0))

    assert Presence(folder).hold(radiograph) == ()
    assert (folder / "notes.txt").exists()
