"""What was opened last is opened again, and the panels are as wide as they were."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QPushButton, QSplitter

from tests.dentist import Dentist
from tests.gui.conftest import MakeWindow, write_radiograph


def entries(dentist: Dentist) -> list[str]:
    menu = dentist.window.recent.menu
    menu.aboutToShow.emit()
    return [entry.text() for entry in menu.actions() if entry.text()]


def offered(dentist: Dentist) -> list[str]:
    buttons = dentist.window.arrangement.welcome.findChildren(QPushButton)
    return [b.text() for b in buttons if b.text().startswith("Continue")]


def test_what_was_opened_is_offered_again_the_newest_first(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    first, second = tmp_path / "March & April", tmp_path / "May"
    for folder in (first, second):
        folder.mkdir()
        for name in ("1.png", "2.png"):
            write_radiograph(folder / name)
    dentist = make_window()
    assert not dentist.window.commands.actions["open_recent"].isEnabled()
    assert offered(dentist) == []
    for folder in (first, second, first):
        dentist.window.open([folder])
        dentist.wait_until(
            lambda f=folder: dentist.window.opening.current == f / "1.png"
        )
    # Several files have no name to go by, and samples are the program's own.
    dentist.window.open([first / "1.png", second / "2.png"])
    dentist.wait_until(lambda: len(dentist.window.folder_list.paths) == 2)
    dentist.window.close()

    later = make_window()

    shown = [str(first).replace("&", "&&"), str(second)]
    assert entries(later) == [*shown, "&Forget these"]
    assert offered(later) == ["Continue with March && April"]
    later.window.recent.latest.trigger()
    later.wait_until(lambda: later.window.opening.current == first / "1.png")
    later.window.recent.menu.actions()[-1].trigger()
    assert entries(later) == ["&Forget these"]
    assert not later.window.commands.actions["open_recent"].isEnabled()


def test_panels_are_as_wide_as_they_were_and_are_never_drawn_shut(
    make_window: MakeWindow, tmp_path: Path
) -> None:
    for name in ("1.png", "2.png"):
        write_radiograph(tmp_path / name)
    dentist = make_window()
    dentist.window.open([tmp_path])
    dentist.wait_until(dentist.window.folder_list.isVisible)
    (columns,) = (s for s in dentist.window.findChildren(QSplitter) if s.count() == 3)
    columns.setSizes([0, 2000, 0])
    assert min(columns.sizes()) > 100
    # Both handles are there, the worklist's a moment after it.
    width = columns.width() - 2 * columns.handleWidth()
    dentist.wait_until(lambda: sum(columns.sizes()) == width)
    columns.setSizes([330, 500, 400])
    kept = columns.sizes()
    dentist.window.close()

    later = make_window()
    later.window.open([tmp_path])
    later.wait_until(later.window.folder_list.isVisible)

    (columns,) = (s for s in later.window.findChildren(QSplitter) if s.count() == 3)
    later.wait_until(lambda: columns.sizes() == kept)
