from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from dentalviewer.errors import RadiographError
from dentalviewer.evaluation.annotation_set import Reading
from dentalviewer.evaluation.contact_sheet import (
    CAPTION_HEIGHT,
    GAP,
    KEY_HEIGHT,
    sheet_of,
    with_caption,
)
from dentalviewer.evaluation.gallery import (
    TILE,
    Fault,
    worst_cases,
    write_gallery,
)
from dentalviewer.geometry import Size
from dentalviewer.labels import ENDODONTIC
from dentalviewer.study import Finding
from tests.evaluation.conftest import FRAME, square


def test_what_was_least_suspected_and_most_believed_comes_first() -> None:
    truth = [
        Reading("1.png", FRAME, (square(0, 0), square(20, 0), square(40, 0))),
        Reading("2.png", FRAME, (), (square(80, 80),)),
    ]
    right = square(0, 0, score=0.9)
    weak = square(20, 0, score=0.2)
    alarms = [square(50, 50, score=0.6), square(70, 0, score=0.8)]
    on_doubtful = square(80, 80, score=0.95)
    candidates: list[list[Finding]] = [[right, weak], [*alarms, on_doubtful]]
    predictions = [[right], [*alarms, on_doubtful]]

    cases = worst_cases(truth, candidates, predictions)

    assert [(c.fault, c.finding.box.x_min, c.score) for c in cases] == [
        (Fault.MISSED, 40, None),
        (Fault.MISSED, 20, 0.2),
        (Fault.FALSE_ALARM, 70, 0.8),
        (Fault.FALSE_ALARM, 50, 0.6),
    ]


def test_no_more_than_so_many_of_each_are_kept() -> None:
    many = tuple(square(15 * n, 0) for n in range(5))
    truth = [Reading("1.png", FRAME, many)]

    assert len(worst_cases(truth, [[]], [[]], most=3)) == 3


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """One dark radiograph, twice as large as its annotations say, in a sub-folder."""
    folder = tmp_path / "images" / "val"
    folder.mkdir(parents=True)
    cv2.imwrite(str(folder / "1.png"), np.full((400, 800), 40, np.uint8))
    return folder.parent


def test_the_gallery_shows_each_fault_where_it_is(images: Path, tmp_path: Path) -> None:
    annotation = square(100, 100, ENDODONTIC)
    truth = [Reading("1.JPG", Size(400, 200), (annotation,))]
    alarm = square(300, 100, score=0.9)
    cases = worst_cases(truth, [[alarm]], [[alarm]])
    folder = tmp_path / "gallery"

    write_gallery(folder, cases, truth, [[alarm]], images)

    assert sorted(path.name for path in folder.iterdir()) == [
        "001.png", "002.png", "false_alarm.png", "index.html", "missed.png",
    ]  # fmt: skip
    crop = cv2.imread(str(folder / "001.png"))
    assert crop.shape == (TILE.height, TILE.width, 3)
    # The case lies in the middle; its frame is the only thing that is not grey.
    colored = np.argwhere(np.ptp(crop.astype(int), axis=2) > 60)
    middle = colored.mean(axis=0)
    assert middle == pytest.approx((TILE.height / 2, TILE.width / 2), abs=3)
    sheet = cv2.imread(str(folder / "missed.png"))
    # The names of both classes do not fit beside what the lines mean.
    height = 2 * KEY_HEIGHT + TILE.height + CAPTION_HEIGHT + GAP
    assert sheet.shape[:2] == (height, TILE.width + GAP)
    page = (folder / "index.html").read_text("utf-8")
    assert "1. endodontic treatment: missed, no candidate there; 1.JPG" in page
    assert "2. restoration: false alarm, score 90 %; 1.JPG" in page
    assert '<i style="background: #f0a202"></i>endodontic treatment' in page


def test_a_caption_ends_before_the_edge_of_its_tile() -> None:
    """The right half of the last line is written on, and its last columns are not."""
    tile = np.zeros((10, TILE.width, 3), np.uint8)

    told = with_caption(tile, "8. restoration", "Missed", f"{'panoramic ' * 20}8.jpg")

    line = told[10 + 34 : 10 + CAPTION_HEIGHT].max(axis=(0, 2))
    assert line[TILE.width // 2 : TILE.width - 5].any()
    assert not line[TILE.width - 5 :].any()


def test_a_sheet_says_which_colour_is_which_class() -> None:
    tile = np.zeros((10, TILE.width, 3), np.uint8)

    sheet = sheet_of([tile], {"restoration": "#56b4e9"})

    # Blue, green, red.
    assert (sheet[: 2 * KEY_HEIGHT] == (0xE9, 0xB4, 0x56)).all(axis=2).sum() > 100


def test_the_colours_of_teeth_mean_nothing_and_are_not_explained(
    images: Path, tmp_path: Path
) -> None:
    truth = [Reading("1.png", Size(400, 200), (square(100, 100, "36"),))]
    cases = worst_cases(truth, [[]], [[]])

    write_gallery(tmp_path / "gallery", cases, truth, [[]], images)

    page = (tmp_path / "gallery" / "index.html").read_text("utf-8")
    assert "1. tooth 36 (FDI): missed, no candidate there; 1.png" in page
    assert "<i style=" not in page


def test_a_file_name_cannot_break_the_page(images: Path, tmp_path: Path) -> None:
    (images / "val" / "1.png").rename(images / "val" / "<b>&1.png")
    truth = [Reading("<b>&1.png", Size(400, 200), (square(100, 100),))]
    folder = tmp_path / "gallery"

    write_gallery(folder, worst_cases(truth, [[]], [[]]), truth, [[]], images)

    page = (folder / "index.html").read_text("utf-8")
    assert "&lt;b&gt;&amp;1.png" in page
    assert "<b>" not in page


def test_nothing_at_fault_is_said(images: Path, tmp_path: Path) -> None:
    write_gallery(tmp_path / "gallery", (), (), (), images)

    page = (tmp_path / "gallery" / "index.html").read_text("utf-8")
    assert "Nothing was missed" in page


def test_a_radiograph_that_is_not_there_is_named(images: Path, tmp_path: Path) -> None:
    truth = [Reading("9.png", FRAME, (square(0, 0),))]
    cases = worst_cases(truth, [[]], [[]])

    with pytest.raises(RadiographError, match=r"holds no radiograph 9\.png"):
        write_gallery(tmp_path / "gallery", cases, truth, [[]], images)
