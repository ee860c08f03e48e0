from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from dentalviewer.radiograph import read_radiograph
from tests.conftest import Dialogs
from tests.dentist import Dentist
from tests.gui.conftest import MakeWindow, write_radiograph
from tests.test_dicom import FLAT, dicom, written


def opened(make_window: MakeWindow, path: Path) -> Dentist:
    dentist = make_window()
    dentist.window.open([path])
    dentist.wait_for_detector()
    return dentist


def turn(dentist: Dentist, dialogs: Dialogs, copy: Path) -> None:
    dialogs.expect("QFileDialog.getSaveFileName", (str(copy), ""))
    dentist.choose("turned_copy")


def test_a_radiograph_that_is_upside_down_is_turned_in_a_copy_which_is_opened(
    make_window: MakeWindow, tmp_path: Path, dialogs: Dialogs
) -> None:
    path = write_radiograph(tmp_path / "1.png")
    before = path.read_bytes()
    dentist = opened(make_window, path)

    turn(dentist, dialogs, tmp_path / "up")

    dentist.wait_for_radiograph("up.png")
    turned = read_radiograph(tmp_path / "up.png").pixels
    assert np.array_equal(turned[::-1, ::-1], read_radiograph(path).pixels)
    assert path.read_bytes() == before


def test_a_copy_is_opened_among_the_radiographs_of_its_folder(
    make_window: MakeWindow, tmp_path: Path, dialogs: Dialogs
) -> None:
    for name in ("1.png", "2.png"):
        write_radiograph(tmp_path / name)
    dentist = opened(make_window, tmp_path)
    copy = tmp_path / "1_turned.png"

    turn(dentist, dialogs, copy)

    dentist.wait_for_radiograph("1_turned.png")
    panel = dentist.window.folder_list
    dentist.wait_until(lambda: copy in panel.paths)
    dentist.wait_until(lambda: panel.neighbour(1) is not None)
    dentist.press("D")
    dentist.wait_for_radiograph("2.png")


def test_whoever_has_gone_on_stays_there_and_is_told_where_the_copy_is(
    make_window: MakeWindow, tmp_path: Path, dialogs: Dialogs
) -> None:
    first, second = (write_radiograph(tmp_path / name) for name in ("1.png", "2.png"))
    dentist = opened(make_window, first)
    copies = dentist.window.turned_copies
    late: list[object] = []
    copies._writer.answered.disconnect()
    copies._writer.answered.connect(late.append)
    turn(dentist, dialogs, tmp_path / "up.png")
    dentist.wait_until(lambda: late)
    # The copy is on the disk while the next radiograph is still being read.
    dentist.window.opening.open_radiograph(second)
    news: list[str] = []
    copies.told.connect(news.append)

    copies._on_written(late[0])  # type: ignore[arg-type]

    assert [n for n in news if "up.png" in n] == news != []
    dentist.wait_for_radiograph("2.png")


def test_what_the_file_says_of_the_patients_age_is_missed_in_the_copy(
    make_window: MakeWindow, tmp_path: Path, dialogs: Dialogs
) -> None:
    file = written(tmp_path, dicom(FLAT, PatientAge="009Y"))
    dentist = opened(make_window, file)

    turn(dentist, dialogs, tmp_path / "up.png")

    dentist.wait_for_radiograph("up.png")
    dentist.wait_until(
        lambda: "does not contain the patient's age (9)" in dentist.messages
    )


def test_a_name_without_an_ending_writes_over_no_other_picture_unasked(
    make_window: MakeWindow, tmp_path: Path, dialogs: Dialogs
) -> None:
    path = write_radiograph(tmp_path / "1.png")
    other = shutil.copy(path, tmp_path / "up.png")
    before = other.read_bytes()
    dentist = opened(make_window, path)
    dialogs.expect_question("Cancel")

    turn(dentist, dialogs, tmp_path / "up")

    assert other.read_bytes() == before
    assert not dentist.window.turned_copies.busy
