"""The training in a dialog of its own: asked for, going on, over."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.gui.training.training_curves import Row, TrainingCurves
from dentalviewer.gui.training.training_form import TrainingForm
from dentalviewer.gui.widgets.fitting import keep_fitting
from dentalviewer.gui.widgets.parts import heading, muted


class TrainingProgress(QWidget):
    """How a training goes; what can be done about it is announced.

    Its buttons stand where the dialog has them; those in `fitting` can be used.
    """

    stop_requested = Signal()
    compare_requested = Signal()
    another_requested = Signal()
    go_on_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = heading()
        self._said = muted()
        self.bar = QProgressBar(minimum=0, maximum=100, textVisible=False)
        self.bar.setFixedHeight(6)
        self.bar.setAccessibleName("Training")
        self.state = QLabel(wordWrap=True)
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self._has_rows = False
        self.curves = TrainingCurves()
        stays = self.curves.sizePolicy()
        stays.setRetainSizeWhenHidden(True)
        self.curves.setSizePolicy(stays)
        self.stop = QPushButton("&Stop")
        self.compare = QPushButton("&Compare with the one in use…")
        self.fitting: set[QPushButton] = set()
        self.another = QPushButton("&Another training")
        self.go_on = QPushButton("&Go on")
        self.stop.clicked.connect(self.stop_requested)
        self.compare.clicked.connect(self.compare_requested)
        self.another.clicked.connect(self.another_requested)
        self.go_on.clicked.connect(self.go_on_requested)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        for widget in (self._name, self._said, self.bar, self.state):
            layout.addWidget(widget)
        layout.addWidget(self.curves, 1)

    def show_run(self, name: str, start: str) -> None:
        self._name.setText(f"{name}, trained further from {start}")
        self._said.setText("")
        self._has_rows = False
        self.curves.show_rows(())
        self.curves.show()
        self.show_progress(0, "", "Reading the radiographs …")
        self._show_buttons(running=True, trained=False)

    @property
    def said(self) -> str:
        return self._said.text()

    def add_words(self, words: str) -> None:
        """What it says of the set: how much there is to learn from and judge by."""
        before = self._said.text()
        self._said.setText(f"{before}\n{words.strip()}" if before else words.strip())

    def show_progress(self, percent: int, left: str, words: str) -> None:
        # Until something is known, the bar only moves.
        self.bar.setRange(0, 100 if percent or left else 0)
        self.bar.setValue(percent)
        self.state.setText(" · ".join(filter(None, (words, left))))

    def show_rows(self, rows: Sequence[Row]) -> None:
        self._has_rows = bool(rows)
        self.curves.show_rows(rows)

    def show_stopping(self) -> None:
        self.state.setText("Stopping …")
        self.stop.setEnabled(False)

    def show_end(self, words: str, *, trained: bool, can_go_on: bool = False) -> None:
        self.bar.setRange(0, 100)
        self.bar.setValue(100 if trained else self.bar.value())
        self.state.setText(words)
        # What never began has no course to be seen.
        self.curves.setVisible(self._has_rows)
        self._show_buttons(running=False, trained=trained)
        if can_go_on:
            self.fitting.add(self.go_on)

    def _show_buttons(self, *, running: bool, trained: bool) -> None:
        self.bar.setVisible(running)
        if running:
            self.stop.setEnabled(True)
        self.fitting = {self.stop} if running else {self.another}
        if trained:
            self.fitting.add(self.compare)


class TrainingDialog(QDialog):
    """May be closed at any time: a training that goes on goes on without it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Train further")
        self.form = TrainingForm()
        self.progress = TrainingProgress()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.form)
        self._pages.addWidget(self.progress)
        self._close = QPushButton("Close")
        progress = self.progress
        for button in (self._close, progress.stop, progress.another, progress.go_on):
            button.setAutoDefault(False)
        self._close.clicked.connect(self.reject)
        self._hint = muted()
        row = QHBoxLayout()
        row.addWidget(self._hint, 1)
        self._buttons = (
            self.form.begin, progress.another, progress.go_on, progress.stop,
            progress.compare,
        )  # fmt: skip
        for button in (*self._buttons, self._close):
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.addWidget(self._pages, 1)
        layout.addLayout(row)
        self.resize(720, 520)
        keep_fitting(self)
        self.show_form()

    @property
    def shows_form(self) -> bool:
        return self._pages.currentWidget() is self.form

    def show_form(self) -> None:
        self._pages.setCurrentWidget(self.form)
        self._hint.setText("")
        self._show_buttons()

    def show_training(self, name: str, start: str) -> None:
        self.progress.show_run(name, start)
        self._pages.setCurrentWidget(self.progress)
        self._hint.setText("When this is closed, the training goes on.")
        self._show_buttons()

    def show_end(self, words: str, *, trained: bool, can_go_on: bool = False) -> None:
        self.progress.show_end(words, trained=trained, can_go_on=can_go_on)
        self._hint.setText("")
        self._show_buttons()

    def _show_buttons(self) -> None:
        fitting = {self.form.begin} if self.shows_form else self.progress.fitting
        at = self.focusWidget()
        for button in self._buttons:
            button.setVisible(button in fitting)
        if at in self._buttons and at not in fitting:
            # The keyboard goes to what comes next, not to what happens to stand there.
            progress = self.progress
            following = (progress.compare, progress.go_on, progress.another)
            shown = (each for each in following if each in fitting)
            field = self.form.data if self.shows_form else next(shown, progress.stop)
            field.setFocus()
