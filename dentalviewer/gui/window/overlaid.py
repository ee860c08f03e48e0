"""A notice over the top of a view, which stays as it is below."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dentalviewer.gui.window.message_bar import MessageBar

_MARGIN = 8
# Wider, lines are hard to read, and more is covered than the words need.
_WIDEST = 720
# As a share of the view, of which something is to be seen.
_HIGHEST = 0.5


class Overlaid(QWidget):
    """The notice is as large as its words need, in the middle of the upper edge, but no
    higher than half of the view.

    `covered_changed` tells which part of the view it covers, in points.
    """

    covered_changed = Signal(QRect)

    def __init__(self, view: QWidget, notice: MessageBar) -> None:
        super().__init__()
        self._notice = notice
        self._covered = QRect()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(view)
        notice.setParent(self)
        notice.raise_()
        notice.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kinds = QEvent.Type
        if event.type() in (kinds.Show, kinds.Hide, kinds.LayoutRequest):
            self._place()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        notice, covered = self._notice, QRect()
        if not notice.isHidden():
            room = min(self.width() - 2 * _MARGIN, _WIDEST)
            width = max(min(notice.sizeHint().width(), room), 1)
            most = max(int(self.height() * _HIGHEST), notice.least_height(width))
            height = min(notice.heightForWidth(width), most)
            covered = QRect((self.width() - width) // 2, _MARGIN, width, height)
            notice.setGeometry(covered)
        if covered != self._covered:
            self._covered = covered
            self.covered_changed.emit(covered)
