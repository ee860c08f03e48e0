"""Which radiographs could not be examined, and why."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.gui.widgets.fitting import keep_fitting
from dentalviewer.gui.widgets.parts import muted
from dentalviewer.worklist.batch import Failure


class FailuresDialog(QDialog):
    """Stays beside the window until it is closed."""

    def __init__(self, failures: Sequence[Failure], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Not examined")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(760, 360)
        keep_fitting(self)
        self._failures = tuple(failures)
        self.table = _table(self._failures)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole)
        copy.setAutoDefault(False)
        copy.clicked.connect(self._copy)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.addWidget(muted("These radiographs were not examined, or only in part."))
        column.addWidget(self.table, 1)
        column.addWidget(buttons)

    def _copy(self) -> None:
        lines = [f"{each.path}\t{each.reason}" for each in self._failures]
        QGuiApplication.clipboard().setText("\n".join(lines))


def _table(failures: Sequence[Failure]) -> QTableWidget:
    table = QTableWidget(len(failures), 2)
    table.setAccessibleName("Radiographs that were not examined")
    table.setHorizontalHeaderLabels(["Radiograph", "Why"])
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    for row, failure in enumerate(failures):
        for column, text in enumerate((failure.path.name, failure.reason)):
            item = QTableWidgetItem(text)
            item.setToolTip(str(failure.path) if column == 0 else text)
            table.setItem(row, column, item)
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
    header.setStretchLastSection(True)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
    table.setColumnWidth(0, 260)
    return table
