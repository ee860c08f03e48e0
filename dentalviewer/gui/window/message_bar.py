"""Messages that stay in the window until read and never steal the keyboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QMargins, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QAction,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.gui.widgets.parts import quiet_button
from dentalviewer.gui.widgets.scrolled_words import ScrolledWords
from dentalviewer.gui.widgets.wrapping import Wrapping
from dentalviewer.gui.widgets.written_file import WrittenFile

MAX_SHOWN = 5
_POINT = "• "
_MARGINS = QMargins(12, 6, 8, 6)


class MessageBar(QFrame):
    """Shows the newest messages, each until it is dismissed, and below them news.

    `returned` tells that it is gone, or its last answer, while the keyboard was there.
    """

    returned = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self._messages: list[str] = []
        self._news = ""
        self._step = 0
        self._label = QLabel(wordWrap=True)
        # File names and messages are text, never markup.
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
        )
        # Words as long as paths are must not make the window wider.
        self._label.setMinimumWidth(1)
        self._words = ScrolledWords(self._label, newest_last=True)
        self.setAccessibleName("Messages")
        self.written = WrittenFile()
        self._answers: dict[str, Mapping[str, QAction]] = {}
        self._offered: dict[str, QAction] = {}
        self._offered_buttons: dict[str, QPushButton] = {}
        self._buttons = Wrapping()
        self._dismiss = quiet_button("Dismiss")
        self._dismiss.clicked.connect(self.clear)
        self._row = QHBoxLayout()
        self._row.addWidget(self._words, 1)
        self._row.addWidget(self._dismiss, 0, Qt.AlignmentFlag.AlignTop)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(_MARGINS)
        self._column.addLayout(self._row, 1)
        self._buttons_beside = False
        self._column.addLayout(self._buttons)
        self._buttons.add_group([self.written])
        self.hide()

    @property
    def messages(self) -> tuple[str, ...]:
        return tuple(self._messages)

    @property
    def text(self) -> str:
        """What it says now, or said last."""
        return self._label.text()

    def show_news(self, news: str) -> None:
        """Something went well: said quietly, and gone with the next radiograph.

        What went wrong before stays above it.
        """
        self.written.withdraw()
        self._news = news
        self._show_newest()
        self._announce(news)

    def follow_steps(self, index: int) -> None:
        """So many steps are done now; with an undone one goes the news of it."""
        undone, self._step = index < self._step, index
        if undone and self._news:
            self.written.withdraw()
            self._news = ""
            self._show_newest()

    def show_written(self, news: str, file: Path) -> None:
        """A file was written, and here is the way to it."""
        self.show_news(news)
        self.written.show_file(file)

    def show_message(self, message: str) -> None:
        self.written.withdraw()
        self._news = ""
        if message not in self._messages:
            self._messages.append(message)
            self._announce(message)
        self._show_newest()

    def ask(self, question: str, answers: Mapping[str, QAction]) -> None:
        """A message with a button for each of the actions that answer it."""
        self._answers[question] = answers
        self.show_message(question)

    def withdraw(self, message: str) -> None:
        """It is not true any more."""
        if message in self._messages:
            self._messages.remove(message)
            self._answers.pop(message, None)
            self._show_newest()

    def width_within(self, room: int) -> int:
        """As wide as its longest line and, where that leaves room for them, the buttons
        beside it.
        """
        beside = self._width_with_buttons
        return beside if beside and beside <= room else min(self._width, room)

    def sizeHint(self) -> QSize:
        return QSize(self._width, self.heightForWidth(self._width))

    def heightForWidth(self, width: int) -> int:
        """With all words in sight."""
        words = width - self._beside_words
        return self._height(width, self._words.heightForWidth(words))

    @property
    def least_width(self) -> int:
        """With the widest answer in sight."""
        return self._buttons.minimumSize().width() + self._edges.width()

    def least_height(self, width: int) -> int:
        """With one line in sight, and all answers."""
        return self._height(width, self._words.minimumSizeHint().height())

    def _height(self, width: int, words: int) -> int:
        edges = self._edges
        buttons = self._buttons.heightForWidth(width - edges.width())
        row = max(words, self._dismiss.sizeHint().height())
        if self._fits_beside(width):
            return edges.height() + max(row, buttons)
        between = self._buttons.spacing() if buttons else 0
        return edges.height() + row + between + buttons

    @property
    def _width(self) -> int:
        """With the buttons below the longest line."""
        longest = self._words.longest_line + self._beside_words
        return max(longest, self._buttons.sizeHint().width() + self._edges.width())

    @property
    def _width_with_buttons(self) -> int:
        """With the way to what was written beside the words; 0 where there is more to
        read or to answer, which would be squeezed.
        """
        buttons = self._buttons.sizeHint().width()
        if self.written.isHidden() or self._offered or "\n" in self.text:
            return 0
        words = self._words.longest_line + self._beside_words
        return words + self._buttons.spacing() + buttons

    def _fits_beside(self, width: int) -> bool:
        return 0 < self._width_with_buttons <= width

    def _arrange(self) -> None:
        beside = self._fits_beside(self.width())
        if beside == self._buttons_beside:
            return
        self._buttons_beside = beside
        if beside:
            self._column.removeItem(self._buttons)
            self._row.insertLayout(1, self._buttons)
        else:
            self._row.removeItem(self._buttons)
            self._column.addLayout(self._buttons)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:
            self._arrange()
        return super().event(event)

    @property
    def _beside_words(self) -> int:
        """What of its width they do not have."""
        dismiss = self._dismiss.sizeHint()
        return self._edges.width() + dismiss.width() + self._buttons.spacing()

    @property
    def _edges(self) -> QSize:
        """What margins and line around it take, of both sides."""
        around = _MARGINS + self.contentsMargins()
        return QSize(around.left() + around.right(), around.top() + around.bottom())

    def _show_newest(self) -> None:
        shown = self._messages[-MAX_SHOWN:]
        hidden = len(self._messages) - len(shown)
        more = [f"... and {hidden} more"] if hidden else []
        news = [self._news] if self._news else []
        told = [*shown, *more, *news]
        # Lines are broken, and nothing else would show where the next one begins.
        points = [f"{_POINT}{each}" for each in told] if len(told) > 1 else told
        self._words.show_words("\n".join(points))
        self._show_answers()
        self._color(calm=not shown)
        if not shown and not news:
            self._vanish()
            return
        self.show()

    def _announce(self, words: str) -> None:
        """Have a screen reader say them: the keyboard is elsewhere."""
        said = QAccessibleAnnouncementEvent(self._label, words)
        QAccessible.updateAccessibility(said)

    def _show_answers(self) -> None:
        """Those of each question beside each other, each once."""
        answers = {t: a for each in self._answers.values() for t, a in each.items()}
        if answers == self._offered:
            return  # Whoever is at one of them stays there.
        former = list(self._offered_buttons.values())
        self._offered, self._offered_buttons = answers, {}
        for gone in former:
            self._buttons.removeWidget(gone)
        for each in self._answers.values():
            new = [text for text in each if text not in self._offered_buttons]
            made = {text: quiet_button(text) for text in new}
            for text, button in made.items():
                button.clicked.connect(answers[text].trigger)
            self._offered_buttons |= made
            self._buttons.add_group(made.values())
        self._order_tabs()
        self._go_on_from(former, self._offered_buttons)
        for gone in former:
            gone.hide()
            gone.deleteLater()

    def _order_tabs(self) -> None:
        """Tab comes to what answers before it comes to what dismisses the question."""
        before: QWidget = self.written.folder_button
        for following in (*self._offered_buttons.values(), self._dismiss):
            self.setTabOrder(before, following)
            before = following

    def _go_on_from(
        self, former: Sequence[QPushButton], offered: Mapping[str, QPushButton]
    ) -> None:
        """The keyboard, if it is at a former answer, goes to the same one or the first,
        else away: never to what dismisses a question that nobody has answered.
        """
        at = QApplication.focusWidget()
        if not isinstance(at, QPushButton) or at not in former:
            return
        if not offered:
            self.returned.emit()
            return
        button = offered.get(at.text(), next(iter(offered.values())))
        button.show()
        button.setFocus(Qt.FocusReason.OtherFocusReason)

    def clear(self) -> None:
        self._messages.clear()
        self._answers.clear()
        self._show_answers()
        self._news = ""
        self.written.withdraw()
        self._vanish()

    def _vanish(self) -> None:
        """The keyboard does not go on to whatever comes next."""
        at = QApplication.focusWidget()
        if at is not None and self.isAncestorOf(at):
            self.returned.emit()
        self.hide()

    def _color(self, *, calm: bool) -> None:
        self.setObjectName("newsBar" if calm else "messageBar")
        # A style sheet looks at names only when it is applied anew.
        for widget in (self, self._label):
            widget.style().unpolish(widget)
            widget.style().polish(widget)
