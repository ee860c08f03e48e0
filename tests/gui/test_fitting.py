"""Dialogs fit on small and enlarged screens, and whatever is in them can be reached."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from dentalviewer.gui.widgets.fitting import keep_fitting

ENLARGED = """
import json
from pathlib import Path
from dentalviewer.gui.project.agreement_dialog import AgreementDialog
from dentalviewer.gui.app import make_app
from dentalviewer.gui.project.classes_dialog import ClassesDialog
from dentalviewer.gui.training.comparison_dialog import ComparisonDialog
from dentalviewer.gui.project.merge_dialog import MergeDialog
from dentalviewer.gui.preferences.preferences import Preferences, practice_of
from dentalviewer.gui.preferences.preferences_dialog import PreferencesDialog
from dentalviewer.gui.reporting.report_dialog import ReportDialog
from dentalviewer.gui.training.training_dialog import TrainingDialog
from dentalviewer.gui.training.training_export_dialog import TrainingExportDialog
from dentalviewer.review import Patient

app = make_app()
report = ReportDialog(Patient(), "", Path("1.pdf"), practice=practice_of(Preferences()))
sizes = {"screen": app.primaryScreen().size().toTuple()}
for dialog in (
    AgreementDialog(), ClassesDialog(), ComparisonDialog(), MergeDialog(), report,
    PreferencesDialog(Preferences()), TrainingDialog(), TrainingExportDialog(),
):
    dialog.show()
    app.processEvents()
    sizes[type(dialog).__name__] = dialog.size().toTuple()
    dialog.close()
print(json.dumps(sizes))
"""

BY_TOOTH = """
from dentalviewer.evaluation.estimate import Estimate
from dentalviewer.evaluation.readers import PairAgreement, ReaderComparison, Unit
from dentalviewer.gui.app import make_app
from dentalviewer.gui.project.agreement_dialog import AgreementDialog

app = make_app()
readers = ("dentist's annotations", "ssd_mobilenet")
score = Estimate(0.93, 0.0, 1.0)
pair = PairAgreement(
    *readers, "endodontic", 13, 1, 1, score, score, score, Unit.TOOTH, 384
)
dialog = AgreementDialog()
dialog.show()
app.processEvents()
before = dialog.width()
dialog.show_comparison(ReaderComparison(readers, (), 12, (), (pair,), ()))
app.processEvents()
print(before, dialog.width(), dialog.pairs.horizontalScrollBar().maximum())
dialog.close()
"""


def lines(count: int) -> tuple[QDialog, list[QLineEdit]]:
    """A dialog with so many fields, each with its name, and buttons below."""
    dialog, form = QDialog(), QFormLayout()
    fields = [QLineEdit() for _ in range(count)]
    for number, field in enumerate(fields):
        form.addRow(f"Field {number}", field)
    layout = QVBoxLayout(dialog)
    layout.addLayout(form)
    layout.addWidget(QDialogButtonBox(QDialogButtonBox.StandardButton.Close))
    keep_fitting(dialog)
    return dialog, fields


def lines_with_words() -> tuple[QDialog, list[QLineEdit], QLabel]:
    """The same with three fields, and below them words that may become many."""
    dialog, fields = lines(3)
    words = QLabel(wordWrap=True)
    layout = dialog.layout()
    assert isinstance(layout, QVBoxLayout)
    layout.insertWidget(1, words)
    return dialog, fields, words


def about_to_grow(qtbot: QtBot) -> tuple[QWidget, QDialog]:
    """A window, and a dialog of it, not shown yet, that is too low for its words."""
    window = QWidget()
    qtbot.addWidget(window)
    window.setGeometry(200, 150, 400, 500)
    window.show()
    dialog, _, words = lines_with_words()
    dialog.setParent(window, dialog.windowFlags())
    words.setText("Words that need some lines. " * 20)
    dialog.resize(300, 100)
    return window, dialog


def is_in_sight(widget: QWidget) -> bool:
    """Wholly: no part of it is scrolled away, or beyond the dialog."""
    return widget.visibleRegion().boundingRect() == widget.rect()


def test_what_is_too_high_for_the_screen_scrolls_and_the_buttons_stay(
    qtbot: QtBot,
) -> None:
    dialog, fields = lines(60)
    qtbot.addWidget(dialog)
    dialog.show()
    screen = dialog.screen().availableGeometry()
    buttons = dialog.findChild(QDialogButtonBox)
    assert isinstance(buttons, QDialogButtonBox)

    qtbot.waitUntil(lambda: is_in_sight(buttons))
    assert dialog.height() < screen.height()
    assert is_in_sight(fields[0])
    assert not is_in_sight(fields[-1])
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    assert fields[0].hasFocus()
    # Whoever goes through the fields by key has each of them in sight.
    fields[-2].setFocus()
    qtbot.keyClick(fields[-2], "\t")
    qtbot.waitUntil(fields[-1].hasFocus)
    assert is_in_sight(fields[-1])
    assert is_in_sight(buttons)


def test_who_is_typing_as_words_become_too_many_goes_on_typing(qtbot: QtBot) -> None:
    dialog, fields, words = lines_with_words()
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    fields[1].setFocus()

    words.setText("Words that need some lines. " * 500)
    qtbot.waitUntil(lambda: dialog.findChild(QScrollArea) is not None)

    qtbot.waitUntil(lambda: fields[1].hasFocus() and is_in_sight(fields[1]))


def test_where_there_is_room_a_dialog_only_grows_with_its_words(qtbot: QtBot) -> None:
    dialog, fields, words = lines_with_words()
    qtbot.addWidget(dialog)
    dialog.show()
    before = dialog.height()

    words.setText("Words that need some lines. " * 20)

    qtbot.waitUntil(lambda: dialog.height() > before)
    corner = fields[0].mapTo(dialog, QPoint(0, 0))
    assert dialog.rect().contains(QRect(corner, fields[0].size()))
    assert is_in_sight(words)


def test_a_dialog_that_grows_with_its_words_stays_on_the_screen(qtbot: QtBot) -> None:
    dialog, _, words = lines_with_words()
    qtbot.addWidget(dialog)
    dialog.show()
    screen = dialog.screen().availableGeometry()
    dialog.move(screen.bottomLeft() - dialog.rect().bottomLeft())
    before = dialog.height()

    words.setText("Words that need some lines. " * 20)

    qtbot.waitUntil(lambda: dialog.height() > before)
    assert screen.contains(dialog.frameGeometry())


def test_a_dialog_that_grows_as_it_is_shown_stands_in_the_middle_of_its_window(
    qtbot: QtBot,
) -> None:
    window, dialog = about_to_grow(qtbot)

    dialog.show()

    assert dialog.height() > 100
    off = dialog.frameGeometry().center() - window.frameGeometry().center()
    assert off.manhattanLength() < 10


def test_a_dialog_that_was_put_somewhere_is_shown_there(qtbot: QtBot) -> None:
    _window, dialog = about_to_grow(qtbot)
    dialog.move(40, 60)

    dialog.show()

    assert dialog.height() > 100
    assert dialog.pos() == QPoint(40, 60)


def test_every_dialog_fits_on_a_small_screen_that_is_enlarged() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENLARGED],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": "2"},
        capture_output=True,
        text=True,
        check=True,
    )

    sizes = json.loads(done.stdout)
    width, height = sizes.pop("screen")
    assert (width, height) == (400, 400)
    assert len(sizes) == 8
    for name, (wide, high) in sizes.items():
        assert wide < width, name
        assert high < height, name


def test_an_agreement_by_tooth_has_all_its_columns_in_sight() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BY_TOOTH],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": "0.5"},
        capture_output=True,
        text=True,
        check=True,
    )

    before, after, out_of_sight = map(int, done.stdout.split())
    assert after > before
    assert out_of_sight == 0
