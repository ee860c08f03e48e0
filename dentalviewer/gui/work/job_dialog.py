"""What dialogs have in common that start one piece of slow work after another."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.gui.widgets.fitting import keep_fitting, room_on_screen
from dentalviewer.gui.widgets.written_file import WrittenFile


class JobDialog(QDialog):
    """Announces what is asked for; whoever does the work shows how far it is.

    While work is under way, Esc and the last button end that, and not the dialog.
    """

    cancel_requested = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self._busy = False
        self._may_cancel = True
        self._asked_by: QWidget | None = None
        self._message = QLabel(wordWrap=True)
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        # Words as long as paths are must not make the dialog wider.
        self._message.setMinimumWidth(1)
        self._progress = QProgressBar(textVisible=False)
        self._progress.setAccessibleName("Progress")
        self._progress.setFixedHeight(6)
        self.written = WrittenFile()
        self.close_button = QPushButton("Close")
        self.close_button.clicked.connect(self.reject)
        keep_fitting(self)

    @property
    def message(self) -> str:
        return self._message.text()

    def take_size(self, width: int, height: int) -> None:
        """As large as this, but with its frame inside a small or enlarged screen."""
        self.resize(QSize(width, height).boundedTo(room_on_screen(self)))

    def bring_up(self) -> None:
        self.show()
        self.activateWindow()

    def allow_cancelling(self, allowed: bool) -> None:
        """Whether the work that begins now can be cancelled."""
        self._may_cancel = allowed

    def show_progress(self, what: str, done: int, total: int) -> None:
        """While this is shown, nothing but cancelling can be asked for.

        `total` is 0 where it is not known.
        """
        if not self._busy:
            self._asked_by = self.focusWidget()
        self._busy = True
        self.written.withdraw()
        words = f"{what} …"
        if done or total:
            words = f"{what}: {done:,} of {total:,}" if total else f"{what}: {done:,}"
        self._message.setText(words)
        self._progress.setRange(0, total)
        self._progress.setValue(done if total else -1)
        self._update()

    def show_message(self, message: str) -> None:
        """No work is under way any more, and why not."""
        self._busy = False
        self.written.withdraw()
        self._message.setText(message)
        self._update()
        self._give_focus_back()

    def _give_focus_back(self) -> None:
        """From Close, which had it as Cancel while what was pressed could not be."""
        asked_by, self._asked_by = self._asked_by, None
        if asked_by is not None and self.focusWidget() is self.close_button:
            asked_by.setFocus()

    def reject(self) -> None:
        if self._busy:
            self.cancel_requested.emit()
        else:
            super().reject()

    def build_foot(
        self, left: Sequence[QPushButton], right: Sequence[QPushButton]
    ) -> QVBoxLayout:
        """What is told, and below it the buttons; none is pressed by Enter unless it
        is the default.
        """
        row = QHBoxLayout()
        for button in left:
            row.addWidget(button)
        row.addWidget(self.written)
        row.addStretch(1)
        for button in (*right, self.close_button):
            row.addWidget(button)
        for button in (*left, *right, self.close_button):
            button.setAutoDefault(False)
        foot = QVBoxLayout()
        foot.addWidget(self._message)
        foot.addWidget(self._progress)
        foot.addLayout(row)
        return foot

    def _update(self) -> None:
        """Say what can be done now; overridden by dialogs with more than this."""
        self._progress.setVisible(self._busy)
        self._message.setVisible(bool(self._message.text()))
        self.close_button.setText("Cancel" if self._busy else "Close")
        self.close_button.setEnabled(self._may_cancel or not self._busy)
