"""Asks how long is trained: so many epochs, or until a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

from PySide6.QtCore import QObject, QTime
from PySide6.QtWidgets import (
    QButtonGroup,
    QFormLayout,
    QHBoxLayout,
    QRadioButton,
    QSizePolicy,
    QSpinBox,
    QTimeEdit,
    QWidget,
)

from dentalviewer.curation.training_runs import next_time
from dentalviewer.gui.widgets.explaining import explained
from dentalviewer.gui.widgets.parts import muted

EPOCHS = 30
PROPOSED_SECONDS = 3600


class LengthFields(QObject):
    """Two rows of a form."""

    def __init__(
        self,
        epochs_words: str,
        parent: QObject | None = None,
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        super().__init__(parent)
        self._now = now
        self.by_epochs = QRadioButton(epochs_words)
        self.epochs = QSpinBox(minimum=1, maximum=1000, value=EPOCHS)
        self.epochs.setAccessibleName("Epochs")
        self.by_clock = QRadioButton("&until")
        self.clock = QTimeEdit()
        self.clock.setDisplayFormat("HH:mm")
        self.clock.setAccessibleName("Until")
        self._told = muted()
        self.choices = QButtonGroup(self)
        for button in (self.by_epochs, self.by_clock):
            self.choices.addButton(button)
        self.propose_time()
        self.by_epochs.setChecked(True)
        self.epochs.valueChanged.connect(lambda _: self.by_epochs.setChecked(True))
        self.clock.timeChanged.connect(lambda _: self.by_clock.setChecked(True))
        self.clock.timeChanged.connect(lambda _: self._tell())

    @property
    def until(self) -> datetime | None:
        """The next time that the clock shows so; None where epochs are counted."""
        return self._time if self.by_clock.isChecked() else None

    @property
    def _time(self) -> datetime:
        wanted = self.clock.time()
        return next_time(time(wanted.hour(), wanted.minute()), self._now())

    def moved(self) -> bool:
        """Whether the time that was told has passed meanwhile, so that another day is
        meant now, which is told then.
        """
        moved = self.by_clock.isChecked() and self._time != self._told_time
        if moved:
            self._tell(f"{self._told_time:%H:%M} has passed meanwhile. ")
        return moved

    def propose_time(self) -> None:
        """An hour from now, unless a time was chosen; its day is told anew."""
        if not self.by_clock.isChecked():
            blocked = self.clock.blockSignals(True)
            soon = self._now() + timedelta(seconds=PROPOSED_SECONDS)
            self.clock.setTime(QTime(soon.hour, soon.minute))
            self.clock.blockSignals(blocked)
        self._tell()

    def add_rows(self, form: QFormLayout) -> None:
        form.addRow("", _in_row(self.by_epochs, self.epochs))
        form.addRow("", explained(_in_row(self.by_clock, self.clock), self._told))

    def _tell(self, news: str = "") -> None:
        self._told_time = self._time
        is_today = self._told_time.date() == self._now().date()
        day = "" if is_today else "That is tomorrow. "
        self._told.setText(
            f"{news}{day}It ends sooner if the detector no longer improves. The"
            " computer must stay awake."
        )


def _in_row(*widgets: QWidget) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    holder.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
    return holder
