"""The dialogs of the window: report, copy of the review, preferences, help."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QTextOption
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QMessageBox,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from dentalviewer import __version__
from dentalviewer.agreement import compare
from dentalviewer.errors import FileError
from dentalviewer.formats.review_file import stamp_of, write_review
from dentalviewer.gui.actions import shortcut_table
from dentalviewer.gui.opening.file_dialogs import ask_where_to_save
from dentalviewer.gui.preferences.preferences_desk import PreferencesDesk
from dentalviewer.gui.reviewing.review_desk import ReviewDesk
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.gui.widgets.fitting import keep_fitting
from dentalviewer.phrases import counted
from dentalviewer.review import shown_of

_ABOUT = """<h3>dentalviewer {version}</h3>
<p>A second opinion on panoramic dental radiographs.</p>
<p>A detection aid, not a diagnosis: it may miss findings and mark what is not there.
Whoever reads the radiograph decides.</p>"""


def edit_preferences(
    preferences: PreferencesDesk, window: QWidget, *, keys: bool = False
) -> None:
    """All preferences, beginning with the `keys` or with the reader."""
    from dentalviewer.gui.preferences.preferences_dialog import PreferencesDialog

    dialog = PreferencesDialog(preferences.current, window)
    if keys:
        dialog.show_keys()
    if dialog.exec():
        preferences.use(dialog.preferences)
    dialog.deleteLater()


def start_over(
    session: ReviewSession, desk: ReviewDesk, tell: Callable[[str], object]
) -> None:
    """Begin the review anew; `tell` that it can be undone."""
    decided = sum(place.decided for place in compare(shown_of(session.review)))
    desk.start_over()
    if decided:
        places = counted(decided, "place")
        tell(f"Started over: {places} undecided again. Undo brings them back.")


def save_copy(
    session: ReviewSession, report: Callable[[str], object], window: QWidget
) -> bool:
    """Save the review as it stands under another name; whether it was.

    `report` is told of what goes wrong.
    """
    study = session.study
    if study is None:
        return False
    radiograph = study.radiograph.path
    proposed = radiograph.with_name(f"{radiograph.name}.copy.review.json")
    path = ask_where_to_save(window, proposed)
    if path is None:
        return False
    try:
        # The file dialog has asked whether to replace what is there.
        last = stamp_of(path) if path.exists() else None
        write_review(path, session.snapshot(), last=last)
    except FileError as error:
        report(str(error))
        return False
    return True


def show_shortcuts(
    actions: Mapping[str, QAction], preferences: PreferencesDesk, window: QWidget
) -> None:
    """All keys on a sheet, and the way to change them."""
    from dentalviewer.gui.preferences.shortcut_sheet import ShortcutSheet

    sheet = ShortcutSheet(shortcut_table(actions), window)
    sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    sheet.change_wanted.connect(
        partial(edit_preferences, preferences, window, keys=True)
    )
    sheet.open()


def show_about(window: QWidget) -> None:
    box = QMessageBox(window)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle("About dentalviewer")
    box.setText(_ABOUT.format(version=__version__))
    box.open()


def show_model_card(window: QWidget, name: str, markdown: str) -> None:
    """What the detector was trained on, how well it does, and under which licence."""
    dialog = QDialog(window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(f"About the detector {name}")
    # Its tables are wide.
    dialog.resize(940, 680)
    keep_fitting(dialog)
    text = QTextBrowser(openExternalLinks=True)
    # Numbers in narrow columns stay whole; a table too wide for that is scrolled.
    text.setWordWrapMode(QTextOption.WrapMode.WordWrap)
    text.setMarkdown(markdown)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.addWidget(text)
    layout.addWidget(buttons)
    dialog.open()
