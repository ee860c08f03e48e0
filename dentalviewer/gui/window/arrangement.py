"""Where everything is in the window, which panels are in sight, and how large it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, QSettings, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QMainWindow,
    QSplitter,
    QStackedWidget,
)

from dentalviewer.gui.actions import fill_menus
from dentalviewer.gui.canvas.canvas import Canvas
from dentalviewer.gui.chart.dental_chart import DentalChart
from dentalviewer.gui.findings.side_panel import WIDTH, SidePanel
from dentalviewer.gui.project.audit_bar import AuditBar
from dentalviewer.gui.window.class_button import ClassButton
from dentalviewer.gui.window.message_bar import MessageBar
from dentalviewer.gui.window.overlaid import Overlaid
from dentalviewer.gui.window.tool_bar import ToolBar
from dentalviewer.gui.window.welcome import Welcome
from dentalviewer.gui.worklist.worklist_panel import WIDTH as LIST_WIDTH
from dentalviewer.gui.worklist.worklist_panel import WorklistPanel

_GEOMETRY = "window/geometry"
_COLUMNS, _HALVES = "window/columns", "window/halves"


@dataclass(frozen=True)
class Panels:
    """What is arranged; `notice` and `bar` lie over the radiograph."""

    worklist: WorklistPanel
    notice: MessageBar
    bar: AuditBar
    canvas: Canvas
    chart: DentalChart
    side: SidePanel


class Arrangement(QObject):
    """The worklist, the radiograph over the chart, and the findings; menus and tools
    above them, a line below.
    """

    def __init__(
        self,
        window: QMainWindow,
        panels: Panels,
        actions: Mapping[str, QAction],
        class_button: ClassButton,
        again: QAction,
        settings: QSettings,
    ) -> None:
        """`again` opens what was open last."""
        super().__init__(window)
        self._window = window
        self._panels = panels
        self._actions = actions
        self._settings = settings
        self._stack = QStackedWidget()
        offered = [actions["open"], actions["open_folder"], actions["sample"]]
        self.welcome = Welcome(offered, again)
        self._stack.addWidget(self.welcome)
        self._stack.addWidget(panels.canvas)
        self._halves = self._made_halves()
        splitter = self._columns = QSplitter(Qt.Orientation.Horizontal)
        for widget in (panels.worklist, self._halves, panels.side):
            splitter.addWidget(widget)
        splitter.setStretchFactor(1, 1)
        splitter.setHandleWidth(1)
        # One that was drawn shut by accident would be hard to find again.
        splitter.setChildrenCollapsible(False)
        splitter.setSizes([LIST_WIDTH, 900, WIDTH])
        window.setCentralWidget(splitter)
        fill_menus(window.menuBar(), actions)
        self._tool_bar = ToolBar(actions, class_button)
        window.addToolBar(self._tool_bar)
        self._restore_geometry()
        panels.canvas.setFocus()

    def show_radiograph(self) -> None:
        """The radiograph, or why there is none, in place of the welcome."""
        self._stack.setCurrentWidget(self._panels.canvas)
        self.show_chart()

    def show_panels(self) -> None:
        """Those that are wanted; a list of one radiograph is none."""
        hidden = self._actions["hide_panels"].isChecked()
        panels = self._panels
        panels.side.setVisible(not hidden)
        panels.worklist.setVisible(not hidden and len(panels.worklist.paths) > 1)
        self._tool_bar.setVisible(not hidden)
        self.show_chart()

    def show_chart(self) -> None:
        """Where a radiograph is open and the panels are not hidden."""
        wanted = self._actions["show_chart"].isChecked()
        hidden = self._actions["hide_panels"].isChecked()
        is_open = self._panels.canvas.has_radiograph
        self._panels.chart.setVisible(wanted and is_open and not hidden)

    def stop(self) -> None:
        """For the next time."""
        self._settings.setValue(_GEOMETRY, self._window.saveGeometry())
        self._settings.setValue(_COLUMNS, self._columns.saveState())
        self._settings.setValue(_HALVES, self._halves.saveState())

    def _made_halves(self) -> QSplitter:
        halves = QSplitter(Qt.Orientation.Vertical)
        # What comes and goes must not move the radiograph under the eye.
        upper = Overlaid(self._stack, self._panels.notice, self._panels.bar)
        upper.covered_changed.connect(self._panels.canvas.show_covered)
        halves.addWidget(upper)
        halves.addWidget(self._panels.chart)
        halves.setStretchFactor(0, 1)
        halves.setHandleWidth(1)
        halves.setSizes([620, 190])
        halves.setChildrenCollapsible(False)
        self._panels.chart.hide()
        return halves

    def _restore_geometry(self) -> None:
        # With its frame inside the screen, also of a small or much enlarged one.
        room = self._window.screen().availableSize()
        self._window.resize(min(1440, room.width()), min(860, room.height() - 40))
        geometry = self._settings.value(_GEOMETRY)
        if geometry is not None:
            self._window.restoreGeometry(geometry)
        for splitter, key in ((self._columns, _COLUMNS), (self._halves, _HALVES)):
            state = self._settings.value(key)
            if state is not None:
                splitter.restoreState(state)
