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
from dentalviewer.gui.window.message_bar import MessageBar
from dentalviewer.phrases import counted
from dentalviewer.review import shown_of

_ABOUT = """<h3>dentalviewer {version}</h3>
<p>A second opinion on panoramic dental radiographs.</p>
<p>A detection aid, not a diagnosis: it may miss findings or mark things that are
not there. Whoever reads the radiograph decides.</p>"""


class Paperwork:
    """The dialogs that the menus open over the window, and what comes of them."""

    def __init__(
        self,
        session: ReviewSession,
        desk: ReviewDesk,
        preferences: PreferencesDesk,
        bar: MessageBar,
        window: QWidget,
    ) -> None:
        self._session = session
        self._desk = desk
        self._preferences = preferences
        self._bar = bar
        self._window = window
        self._actions: Mapping[str, QAction] = {}

    def commands(self) -> dict[str, Callable[[], object]]:
        """What the menus' entries do, by the action's id."""
        return {
            "start_over": self._start_over,
            "save_copy": self.save_copy,
            "preferences": partial(self.edit_preferences, self._window),
            "shortcuts": self._show_shortcuts,
            "about": self._show_about,
        }

    def use_actions(self, actions: Mapping[str, QAction]) -> None:
        """Whose keys the sheet shows."""
        self._actions = actions

    def edit_preferences(self, over: QWidget, *, keys: bool = False) -> None:
        """All preferences, beginning with the `keys` or with the reader."""
        from dentalviewer.gui.preferences.preferences_dialog import PreferencesDialog

        dialog = PreferencesDialog(self._preferences.current, over)
        if keys:
            dialog.show_keys()
        if dialog.exec():
            self._preferences.use(dialog.preferences)
        dialog.deleteLater()

    def save_copy(self) -> bool:
        """Save the review as it stands under another name; whether it was."""
        study = self._session.study
        if study is None:
            return False
        radiograph = study.radiograph.path
        proposed = radiograph.with_name(f"{radiograph.name}.copy.review.json")
        path = ask_where_to_save(self._window, proposed)
        if path is None:
            return False
        try:
            # The file dialog has asked whether to replace what is there.
            last = stamp_of(path) if path.exists() else None
            write_review(path, self._session.snapshot(), last=last)
        except FileError as error:
            self._bar.show_message(str(error))
            return False
        return True

    def show_model_card(self, name: str, markdown: str) -> None:
        """What a detector was trained on, how well it does, under which licence."""
        _model_card(self._window, name, markdown).open()

    def _start_over(self) -> None:
        """Begin the review anew, and tell that it can be undone."""
        review = shown_of(self._session.review)
        decided = sum(place.decided for place in compare(review))
        self._desk.start_over()
        if decided:
            places = counted(decided, "place")
            self._bar.show_news(
                f"Started over: {places} undecided again. Undo brings them back."
            )

    def _show_shortcuts(self) -> None:
        """All keys on a sheet, and the way to change them."""
        from dentalviewer.gui.preferences.shortcut_sheet import ShortcutSheet

        sheet = ShortcutSheet(shortcut_table(self._actions), self._window)
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.change_wanted.connect(
            partial(self.edit_preferences, self._window, keys=True)
        )
        sheet.open()

    def _show_about(self) -> None:
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle("About dentalviewer")
        box.setText(_ABOUT.format(version=__version__))
        box.open()


def _model_card(window: QWidget, name: str, markdown: str) -> QDialog:
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
    return dialog
