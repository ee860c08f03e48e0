from __future__ import annotations

import numpy as np
import pytest

from dentalviewer.detection.training.locator_training import for_locator, train_locator
from tests.detection.test_polarity import ARCH, radiograph


def test_how_far_it_is_stands_in_the_bar_of_all_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    train_locator([(radiograph(0), ARCH)], epochs=2, seed=0)

    last = capsys.readouterr().err.rstrip().rpartition("\r")[2]
    assert last.startswith("100% |")
    assert last.endswith(", learning where the arches are, 2 of 2")


def test_a_radiograph_is_seen_as_small_as_it_will_be_looked_at() -> None:
    """Halved while it stays twice as wide as the frame of 256 pixels, or wider."""
    small = np.zeros((500, 1000), np.uint8)
    assert for_locator(small, ARCH) == (small, ARCH)

    pixels, arch = for_locator(np.zeros((1400, 2900), np.uint8), ARCH)

    assert pixels.shape == (350, 725)
    assert arch.scale == ARCH.scale / 4
    assert (arch.x, arch.y) == (ARCH.x / 4, ARCH.y / 4)
