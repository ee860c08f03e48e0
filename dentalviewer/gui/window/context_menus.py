"""What the right button asks for: of a finding, a tooth, and in chart and worklist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from dentalviewer.dentition import Tooth
from dentalviewer.gui.canvas.canvas import Canvas
from dentalviewer.gui.chart.chart_desk import ChartDesk
from dentalviewer.gui.chart.dental_chart import DentalChart
from dentalviewer.gui.chart.tooth_menu import ToothMenu
from dentalviewer.gui.worklist.worklist_view import WorklistView
from dentalviewer.study import Finding

_OF_A_FINDING = (
    "accept", "reject", "take_back", "", "restoration", "endodontic", "implant",
    "tooth", "uncertain", "", "zoom_to_finding", "reset_display",
)  # fmt: skip
_OF_RADIOGRAPHS = (
    "examine_selected", "export_selected", "", "show_in_folder", "copy_names",
)  # fmt: skip


class ContextMenus(QObject):
    """Of a tooth, the chart, the list and the radiograph point it out meanwhile."""

    def __init__(
        self,
        actions: Mapping[str, QAction],
        canvas: Canvas,
        chart: DentalChart,
        chart_desk: ChartDesk,
        tooth_menu: ToothMenu,
        worklist: WorklistView,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._actions = actions
        self._chart_desk = chart_desk
        self._tooth_menu = tooth_menu
        self._window = window
        canvas.menu_requested.connect(partial(self._pop_up, _OF_A_FINDING))
        canvas.tooth_menu_requested.connect(self._on_tooth_menu_requested)
        chart.menu_requested.connect(self._on_chart_menu_requested)
        worklist.menu_requested.connect(partial(self._pop_up, _OF_RADIOGRAPHS))

    def _pop_up(self, names: Iterable[str], position: QPoint) -> None:
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in names:
            if name:
                menu.addAction(self._actions[name])
            else:
                menu.addSeparator()
        menu.popup(position)

    def _on_tooth_menu_requested(self, found: Finding, position: QPoint) -> None:
        self._chart_desk.point_out(found.tooth)
        self._tooth_menu.popup_found(found, position)

    def _on_chart_menu_requested(self, tooth: Tooth, position: QPoint) -> None:
        self._chart_desk.point_out(tooth)
        self._tooth_menu.popup(tooth, position)
