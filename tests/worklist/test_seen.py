"""What was in sight once was seen, also after the program was closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from dentalviewer.worklist.seen import SeenPredictions

SHA256 = "ab" * 32


def test_what_was_seen_is_known_to_the_next_session(tmp_path: Path) -> None:
    file = tmp_path / "user" / "seen.txt"
    first = SeenPredictions(file)
    assert SHA256 not in first

    first.add(SHA256)
    first.add(SHA256)

    assert SHA256 in SeenPredictions(file)
    assert file.read_text() == f"{SHA256}\n"


@pytest.mark.parametrize("content", [b"\xff\xfe", b"half a line"])
def test_a_damaged_file_forgets_and_goes_on(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "seen.txt"
    file.write_bytes(content)
    seen = SeenPredictions(file)
    assert SHA256 not in seen

    seen.add(SHA256)

    assert SHA256 in seen


def test_where_it_cannot_be_kept_it_is_known_as_long_as_the_window_is_open(
    tmp_path: Path,
) -> None:
    (tmp_path / "seen.txt").mkdir()
    seen = SeenPredictions(tmp_path / "seen.txt")

    seen.add(SHA256)

    assert SHA256 in seen
