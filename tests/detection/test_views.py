"""What a network is shown of a radiograph."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from dentalviewer.detection.frames import views
from dentalviewer.detection.frames.locator import ArchLocator, find_arches
from dentalviewer.detection.frames.preprocessing import Placement
from dentalviewer.detection.frames.views import View, Viewer, viewer_with
from dentalviewer.detection.looks import Look
from dentalviewer.geometry import Box, Size
from dentalviewer.radiograph import Radiograph
from tests.detection.conftest import drawn

FRAME = Size(128, 64)
LOOK = Look(FRAME)


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

    def placed(view: View) -> list[list[float]]:
        return view.placement.corners_to_radiograph(found).tolist()

    assert placed(view) == [[3, 3, 5, 4]]
    assert placed(view.mirrored()) == [[11, 3, 13, 4]]
    assert placed(view.mirrored().mirrored()) == [[3, 3, 5, 4]]


def test_what_is_found_on_the_mirrored_radiograph_lies_on_the_other_side() -> None:
    # Half as large: 10 to 20 of the frame is 20 to 40 from the right end of 256.
    view = Viewer(None).mirrored(radiograph(), FRAME)
    found = torch.tensor([[10.0, 4.0, 20.0, 8.0]])

    placed = view.placement.corners_to_radiograph(found)

    assert placed.tolist() == [[216, 8, 236, 16]]


def on_white_page(seen: Radiograph) -> Radiograph:
    """Beginning 100 pixels from the left and 60 from the top."""
    page = np.full((300, 500), 255, np.uint8)
    page[60 : 60 + 128, 100 : 100 + 256] = seen.pixels
    return Radiograph(Path("slide.png"), page, "1" * 64)


@pytest.mark.parametrize("seed", [None, 1])
def test_of_a_page_the_radiograph_alone_is_shown(seed: int | None) -> None:
    """Just as if it were alone, and what is found lies where it is on the page."""
    viewer = Viewer(None if seed is None else locator(seed))
    alone = viewer.view(radiograph(), LOOK)
    page = on_white_page(radiograph())

    shown = viewer.view(page, LOOK)

    assert (shown.frame == alone.frame).all()
    box = Box(10, 10, 30, 20)
    expected = alone.placement.to_radiograph(box).moved(100, 60)
    assert shown.placement.to_radiograph(box).corners == pytest.approx(expected.corners)
    assert viewer.extent(page) == Box(100, 60, 356, 188)
    mirrored, alone = (viewer.mirrored(r, FRAME) for r in (page, radiograph()))
    assert (mirrored.frame == alone.frame).all()
    found = torch.tensor([[10.0, 10.0, 30.0, 20.0]])
    placed, placed_alone = (
        view.placement.corners_to_radiograph(found) for view in (mirrored, alone)
    )
    shift = torch.tensor([100.0, 60.0, 100.0, 60.0])
    torch.testing.assert_close(placed, placed_alone + shift)
    turned, alone = (viewer.upside_down(r, FRAME) for r in (page, radiograph()))
    assert (turned.frame == alone.frame).all()
    # Of 300 rows 188 to 300 lie below the radiograph, and above it once turned over.
    expected = alone.placement.to_radiograph(box).moved(100, 112)
    placed_turned = turned.placement.to_radiograph(box)
    assert placed_turned.corners == pytest.approx(expected.corners)
    assert viewer.extent(radiograph()) == Box(0, 0, 256, 128)


def test_a_radiograph_is_prepared_once_for_detectors_with_equal_locators() -> None:
    one, other = viewer_with(locator(1)), viewer_with(locator(1))
    seen = radiograph()

    assert other.view(seen, LOOK) is one.view(seen, LOOK)
    assert viewer_with(locator(2)).view(seen, LOOK) is not one.view(seen, LOOK)


def test_the_arches_of_a_radiograph_are_looked_for_once_whatever_the_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def noted(
        locator: ArchLocator, grey: NDArray[np.uint8], *, in_parts: bool
    ) -> object:
        asked.append(grey.shape)
        return find_arches(locator, grey, in_parts=in_parts)

    monkeypatch.setattr(views, "find_arches", noted)
    viewer, seen = Viewer(locator(1)), radiograph()

    straight = viewer.view(seen, LOOK)
    mirrored = viewer.view(seen, Look(FRAME, mirrored=True))
    smaller = viewer.view(seen, Look(Size(64, 32)))

    assert len(asked) == 1
    assert (mirrored.frame == straight.frame[:, ::-1]).all()
    assert smaller.frame.shape == (32, 64)


def test_what_was_prepared_for_a_radiograph_is_not_shown_for_another_like_it() -> None:
    viewer, seen = Viewer(None), radiograph()
    inverse = Radiograph(seen.path, 255 - seen.pixels, seen.sha256)

    assert (viewer.view(inverse, LOOK).frame != viewer.view(seen, LOOK).frame).any()


def test_what_was_prepared_goes_with_the_radiograph() -> None:
    viewer, seen = Viewer(None), radiograph()
    viewer.view(seen, LOOK)
    assert len(viewer._shown) == 1

    del seen
    gc.collect()

    assert len(viewer._shown) == 0
