"""Pictures that are no panoramic radiographs: the detector invents no numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from dentalviewer.detection import load_detector
from dentalviewer.radiograph import Radiograph
from dentalviewer.tooth_assignment import NO_ARCH, NO_TEETH, doubt_about

pytestmark = pytest.mark.weights

Picture = NDArray[Any]


def front_of_a_house() -> Picture:
    """Two rows of fourteen bright windows."""
    wall = np.full((700, 1400), 60, np.uint8)
    for row in (60, 410):
        for left in range(20, 1400, 100):
            wall[row : row + 220, left : left + 60] = 220
    return wall


def page_of_text() -> Picture:
    paper = np.full((700, 1400), 255, np.uint8)
    for line in range(40, 700, 40):
        words = "The patient was seen on the date above and a radiograph was taken."
        cv2.putText(paper, words, (40, line), cv2.FONT_HERSHEY_DUPLEX, 1.1, 0, 2)
    return paper


def teeth_in_a_grid() -> Picture:
    """Fourteen drawn teeth beside each other, twice, crown to crown and no jaws."""
    table = np.full((700, 1400), 70, np.uint8)
    for y, roots in ((175, -1), (525, 1)):
        for x in range(50, 1400, 100):
            cv2.ellipse(table, (x, y), (39, 44), 0, 0, 360, 230, -1)
            root = [(x - 36, y), (x + 36, y), (x + 3, y + roots * 165)]
            cv2.fillPoly(table, [np.array(root, np.int32)], 170)
            cv2.line(table, (x, y), (x, y + roots * 132), 110, 3)
    grain = np.random.default_rng(0).normal(0, 6, table.shape)
    blurred = cv2.GaussianBlur(table, (0, 0), 2).astype(np.float64)
    # The network finds eleven of them as narrow as this.
    return cv2.resize(np.clip(blurred + grain, 0, 255).astype(np.uint8), (1200, 700))


@pytest.mark.parametrize("drawn", [front_of_a_house, page_of_text, teeth_in_a_grid])
def test_what_is_no_radiograph_is_asked_about_and_not_numbered(drawn: Any) -> None:
    picture = Radiograph(Path("drawn.png"), drawn(), "ab" * 32)
    teeth = load_detector("teeth").detect(picture)
    assert all(tooth.tooth is None for tooth in teeth)
    assert doubt_about(teeth) in (NO_ARCH, NO_TEETH)
