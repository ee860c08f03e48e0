"""What a network is shown of a radiograph."""

from __future__ import annotations

import gc
from pathlib import Path

import torch

from dentalviewer.detection.locator import ArchLocator
from dentalviewer.detection.views import Viewer, viewer_with
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


def test_what_is_found_on_the_mirrored_radiograph_lies_on_the_other_side() -> None:
    # Half as large: 10 to 20 of the frame is 20 to 40 from the right end of 256.
    view = Viewer(None).mirrored(radiograph(), FRAME)
    found = torch.tensor([[10.0, 4.0, 20.0, 8.0]])

    placed = view.placement.corners_to_radiograph(found)

    assert placed.tolist() == [[216, 8, 236, 16]]


def test_a_radiograph_is_prepared_once_for_detectors_with_equal_locators() -> None:
    one, other = viewer_with(locator(1)), viewer_with(locator(1))
    seen = radiograph()

    assert other.view(seen, FRAME) is one.view(seen, FRAME)
    assert other.mirrored(seen, FRAME) is one.mirrored(seen, FRAME)
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
