"""Alt and a letter does one thing; where two have one letter, it does neither."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QLabel, QMenu, QWidget

from dentalviewer.gui.window.main_window import MainWindow
from tests.gui.conftest import MakeWindow


def twice(texts: Iterable[str]) -> list[str]:
    """The letters that more than one of these is chosen by."""
    letters = Counter(QKeySequence.mnemonic(text).toString() for text in texts)
    return [letter for letter, count in letters.items() if letter and count > 1]


def named(place: QWidget) -> list[str]:
    """The words of what Alt and a letter could be pressed for there."""
    labels = [label for label in place.findChildren(QLabel) if label.buddy()]
    return [each.text() for each in (*place.findChildren(QAbstractButton), *labels)]


def test_no_menu_has_a_letter_twice(make_window: MakeWindow) -> None:
    bar = make_window().window.menuBar().actions()
    menus = {action.text(): action.menu() for action in bar}

    assert not twice(menus)
    for name, menu in menus.items():
        assert isinstance(menu, QMenu)
        assert len(menu.actions()) > 3
        assert not twice(action.text() for action in menu.actions()), name


@pytest.mark.parametrize(
    "dialog_of",
    [
        lambda window: window.project.merging.dialog,
        lambda window: window.project.classes.dialog,
        lambda window: window.project.agreement.dialog,
        lambda window: window.bench.exports.dialog,
        lambda window: window.bench.comparison.dialog,
        lambda window: window.bench.training.dialog.form,
    ],
)
def test_no_dialog_has_a_letter_twice_whatever_of_it_is_in_sight(
    dialog_of: Callable[[MainWindow], QWidget], make_window: MakeWindow
) -> None:
    texts = named(dialog_of(make_window().window))

    assert any("&" in text for text in texts)
    assert not twice(texts)
