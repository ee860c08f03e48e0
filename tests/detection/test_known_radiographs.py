from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dentalviewer.detection.cards.known_radiographs import notes_on_known
from dentalviewer.detection.cards.model_card import radiograph_digest
from tests.detection.conftest import card


@pytest.mark.parametrize(
    ("count", "named"),
    [(3, "0.png, 1.png, 2.png"), (5, "0.png, 1.png, 2.png and 2 more")],
)
def test_of_many_radiographs_that_are_known_some_are_named(
    tmp_path: Path, count: int, named: str
) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(count)]
    for path in paths:
        path.write_bytes(path.name.encode())
    digests = tuple(radiograph_digest(path.read_bytes()) for path in paths)
    plain = card(b"")
    knowing = replace(plain, training=replace(plain.training, learned_from=digests))

    (note,) = notes_on_known([knowing], paths)

    # Whoever tells it ends the sentence.
    assert note.endswith(f" so its scores flatter: {named}")
