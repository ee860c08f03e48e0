"""A window on a folder of four radiographs, and what its worklist shows."""

from __future__ import annotations

from pathlib import Path

from dentalviewer.gui.worklist.choice_box import ChoiceBox
from dentalviewer.gui.worklist.worklist_model import LINE, Line
from tests.dentist import Dentist
from tests.gui.conftest import MakeWindow, write_radiograph
from tests.scripted_detector import ScriptedCatalogue

NO_DETECTOR = ScriptedCatalogue({})


def four_radiographs(folder: Path) -> Path:
    """The folder with them."""
    folder.mkdir()
    for name in ("1.png", "2.png", "3.png", "10.png"):
        write_radiograph(folder / name, (400, 200))
    return folder


def opened(make_window: MakeWindow, folder: Path, first: str = "1.png") -> Dentist:
    """A window on a folder, where it is known how every radiograph stands."""
    dentist = make_window(catalogue=NO_DETECTOR)
    dentist.window.open([folder])
    dentist.wait_for_radiograph(first)
    dentist.wait_until(lambda: not dentist.window.worklist.reading)
    return dentist


def shown(dentist: Dentist) -> list[str]:
    return [path.name for path in dentist.window.folder_list.model.shown]


def pick(box: ChoiceBox, name: str) -> str:
    """Choose an entry; says what it is called with its number."""
    texts = [box.itemText(index) for index in range(box.count())]
    (index,) = [i for i, text in enumerate(texts) if text.split(" (")[0] == name]
    box.setCurrentIndex(index)
    box.activated.emit(index)
    return box.itemText(index)


def line(dentist: Dentist, row: int) -> Line:
    model = dentist.window.folder_list.model
    found: Line = model.index(row).data(LINE)
    return found
