"""What lies over the top of a view, which stays as it is below."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dentalviewer.gui.project.audit_bar import AuditBar
from dentalviewer.gui.window.message_bar import MessageBar

_MARGIN = 8
# Wider, lines are hard to read, and more is covered than the words need.
_WIDEST = 720
# As a share of the view, of which something is to be seen.
_HIGHEST = 0.5


class Overlaid(QWidget):
    """In the middle of the upper edge a bar, as wide as may be so that it stays the
    same whatever it says; where it would be higher than the view, its words have to be
    scrolled. Below it a notice, as large as its words need. What of the notice would
    reach below the middle of the view has to be scrolled. Where its answers would not
    all be in sight there, it lies over the bar.

    `covered_changed` tells which part of the view they cover, in points.
    """

    covered_changed = Signal(QRect)

    def __init__(self, view: QWidget, notice: MessageBar, bar: AuditBar) -> None:
        super().__init__()
        self._notice = notice
        self._bar = bar
        self._covered = QRect()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(view)
        # Tab comes to what a notice asks first.
        for each in (notice, bar):
            each.setParent(self)
            each.installEventFilter(self)
        bar.raise_()
        notice.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kinds = QEvent.Type
        if event.type() in (kinds.Show, kinds.Hide, kinds.LayoutRequest):
            self._place()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        notice, bar, covered = self._notice, self._bar, QRect()
        room = max(min(self.width() - 2 * _MARGIN, _WIDEST), 1)
        if not bar.isHidden():
            most = max(self.height() - 2 * _MARGIN, bar.least_height(room))
            height = min(bar.heightForWidth(room), most)
            covered = self._placed(bar, room, height, top=_MARGIN)
        if not notice.isHidden():
            # Of the margins it takes what its widest answer needs.
            wanted = max(notice.width_within(room), notice.least_width)
            width = min(wanted, self.width())
            least = notice.least_height(width)
            below_bar = covered.top() + covered.height() + _MARGIN
            top = max(min(below_bar, self.height() - _MARGIN - least), _MARGIN)
            left = _MARGIN + int(self.height() * _HIGHEST) - top
            height = min(notice.heightForWidth(width), max(left, least))
            covered |= self._placed(notice, width, height, top=top)
        if covered != self._covered:
            self._covered = covered
            self.covered_changed.emit(covered)

    def _placed(self, widget: QWidget, width: int, height: int, *, top: int) -> QRect:
        place = QRect((self.width() - width) // 2, top, width, height)
        widget.setGeometry(place)
        return place
