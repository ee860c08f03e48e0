"""The lines of the worklist, or why there are none."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from dentalviewer.gui.widgets.palette import class_name
from dentalviewer.gui.worklist.worklist_delegate import WorklistDelegate, line_height
from dentalviewer.gui.worklist.worklist_model import WorklistModel
from dentalviewer.worklist.wording import nothing_shown

_MARGIN = 16


class WorklistView(QTableView):
    """A table of one column: unlike a list it does not ask the model about every one
    of ten thousand lines whenever one of them changes.
    """

    def __init__(self, model: WorklistModel) -> None:
        super().__init__()
        self._model = model
        self.setObjectName("worklist")
        self.setAccessibleName("Radiographs")
        self.setModel(model)
        self.setItemDelegate(WorklistDelegate(self))
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(line_height(self.font()))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # The keys are the window's, so that they work wherever the focus is.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)

    @property
    def hint(self) -> str:
        """Why no radiograph is shown; empty where some are, or none is open."""
        model = self._model
        if model.shown or not model.paths:
            return ""
        return nothing_shown(model.chosen, class_name)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.hint:
            return
        painter = QPainter(self.viewport())
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        area = self.viewport().rect().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(area, flags, self.hint)
        painter.end()
