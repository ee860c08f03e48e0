"""What a network is shown of a radiograph."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pytest
import torch

from dentalviewer.detection.locator import ArchLocator
from dentalviewer.detection.preprocessing import Placement
from dentalviewer.detection.views import Scene, View, Viewer, viewer_with
from dentalviewer.geometry import Box, Size
from dentalviewer.radiograph import Radiograph
from tests.detection.conftest import drawn

FRAME = Size(128, 64)


def radiograph() -> Radiograph:
    pixels = drawn(Size(256, 128), [Box(40, 40, 80, 70)])
    return Radiograph(Path("drawn.png"), pixels, "0" * 64)


def locator(seed: int) -> ArchLocator:
    torch.manual_seed(seed)
    return ArchLocator().eval()


def test_what_is_found_on_a_mirrored_view_lies_on_the_other_side() -> None:
    # Twice as large in a frame 40 wide: 10 to 14 from its right end is 26 to 30.
    view = View(np.zeros((20, 40), np.uint8), Placement(2, 2, left=4, top=0))
    found = torch.tensor([[10.0, 6.0, 14.0, 8.0]])

    assert view.to_radiograph(found).tolist() == [[3, 3, 5, 4]]
    assert view.mirrored().to_radiograph(found).tolist() == [[11, 3, 13, 4]]
    assert view.mirrored().mirrored().to_radiograph(found).tolist() == [[3, 3, 5, 4]]


def test_a_closer_view_shows_the_middle_of_the_window_larger() -> None:
    scene = Scene(drawn(Size(256, 128), []), Box(0, 0, 256, 128))

    whole, half = scene.view(FRAME), scene.view(FRAME, window_share=0.5)

    assert (whole.placement.x_factor, half.placement.x_factor) == (0.5, 1)
    # The middle of the radiograph stays in the middle of the frame.
    assert half.placement.to_frame(Box(128, 64, 129, 65)) == Box(64, 32, 65, 33)


def test_a_radiograph_is_prepared_once_for_detectors_with_equal_locators() -> None:
    one, other = viewer_with(locator(1)), viewer_with(locator(1))
    seen = radiograph()

    assert other.view(seen, FRAME) is one.view(seen, FRAME)
    assert viewer_with(locator(2)).view(seen, FRAME) is not one.view(seen, FRAME)


def test_what_was_prepared_for_a_radiograph_is_not_shown_for_another_like_it() -> None:
    viewer, seen = Viewer(None), radiograph()
    inverse = Radiograph(seen.path, 255 - seen.pixels, seen.sha256)

    assert (viewer.view(inverse, FRAME).frame != viewer.view(seen, FRAME).frame).any()


def test_what_was_prepared_goes_with_the_radiograph() -> None:
    viewer, seen = Viewer(None), radiograph()
    viewer.view(seen, FRAME)
    assert len(viewer._shown) == 1

    del seen
    gc.collect()

    assert len(viewer._shown) == 0


@pytest.mark.parametrize("share", [0.96, 1.0])
def test_without_a_locator_all_of_the_radiograph_is_shown(share: float) -> None:
    view = Viewer(None).view(radiograph(), FRAME, window_share=share)

    assert view.placement == Placement(0.5, 0.5, left=0, top=0)
