"""The window: puts the parts together, and shows which radiograph is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, QSettings, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QMenu,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.dentition import Notation
from dentalviewer.detector import DetectorCatalogue
from dentalviewer.formats.review_file import SavedReview, saved_review
from dentalviewer.gui import paperwork
from dentalviewer.gui.actions import fill_menus
from dentalviewer.gui.autosave import Autosave
from dentalviewer.gui.batch_bar import BatchBar
from dentalviewer.gui.batch_desk import BatchDesk
from dentalviewer.gui.canvas import Canvas
from dentalviewer.gui.chart_desk import ChartDesk
from dentalviewer.gui.class_button import ClassButton
from dentalviewer.gui.clipboard_desk import Neighbourhood
from dentalviewer.gui.commands import Commands, Desks
from dentalviewer.gui.dental_chart import DentalChart
from dentalviewer.gui.detection_desk import DetectionDesk
from dentalviewer.gui.file_dialogs import (
    WindowQuestions,
    ask_for_annotations,
    ask_for_folder,
    ask_for_radiographs,
)
from dentalviewer.gui.listed_classes import ListedClasses
from dentalviewer.gui.message_bar import MessageBar
from dentalviewer.gui.opening import Opened
from dentalviewer.gui.opening_desk import OpeningDesk
from dentalviewer.gui.palette import apply_theme, use_class_colors
from dentalviewer.gui.prediction_news import PredictionNews
from dentalviewer.gui.preferences import (
    Preferences,
    load_preferences,
    save_preferences,
)
from dentalviewer.gui.presence_desk import PresenceDesk
from dentalviewer.gui.project_bench import Project, ProjectBench
from dentalviewer.gui.report_desk import ReportDesk
from dentalviewer.gui.review_desk import ReviewDesk
from dentalviewer.gui.session import ReviewSession
from dentalviewer.gui.side_panel import WIDTH, SidePanel
from dentalviewer.gui.sides_desk import SidesDesk
from dentalviewer.gui.status_line import StatusLine
from dentalviewer.gui.thumbnails import Thumbnails
from dentalviewer.gui.tool_bar import ToolBar
from dentalviewer.gui.training_bench import TrainingBench
from dentalviewer.gui.training_export_desk import ExportSource
from dentalviewer.gui.view_desk import ViewDesk
from dentalviewer.gui.welcome import Welcome
from dentalviewer.gui.worklist_desk import WorklistDesk
from dentalviewer.gui.worklist_panel import WIDTH as LIST_WIDTH
from dentalviewer.gui.worklist_panel import WorklistPanel
from dentalviewer.resources import cache_folder
from dentalviewer.worklist.cache import FILE_NAME, WorklistCache
from dentalviewer.worklist.listing import sources_of
from dentalviewer.worklist.predictions import FILE_NAME as PREDICTIONS_FILE

_CONTEXT_MENU = (
    "accept", "reject", "take_back", "", "restoration", "endodontic", "implant",
    "tooth", "", "zoom_to_finding", "reset_display",
)  # fmt: skip


class MainWindow(QMainWindow):
    radiograph_shown = Signal()

    def __init__(
        self, catalogue: DetectorCatalogue, settings: QSettings, user_folder: Path
    ) -> None:
        super().__init__()
        self._settings = settings
        self._preferences = load_preferences(settings)
        self.session = ReviewSession(
            reader=lambda: self._preferences.reader_name, parent=self
        )
        self.desk = ReviewDesk(self.session, self)
        self.canvas = Canvas()
        self.chart = DentalChart()
        self.side = SidePanel(self.session, self.desk)
        cache = WorklistCache(cache_folder() / FILE_NAME)
        self.thumbnails = Thumbnails(cache, self)
        self.folder_list = WorklistPanel(self.thumbnails)
        self.message_bar = MessageBar()
        self.status_line = StatusLine()
        self.autosave = Autosave(self.session, self._snapshot, self)
        self.view = ViewDesk(
            self.session, self.desk, self.canvas, self.side.display, self
        )
        self.chart_desk = ChartDesk(
            self.session, self.desk, self.chart, self.canvas, self
        )
        news = PredictionNews(self)
        self.sides = SidesDesk(self.session, self.canvas, self)
        store = news.open_store(user_folder / PREDICTIONS_FILE)
        self.detection = DetectionDesk(
            catalogue, store, self.session, self.desk, self.side.detector, self
        )
        self._questions = WindowQuestions(
            self, lambda: paperwork.save_copy(self, self._snapshot())
        )
        self.opening = OpeningDesk(
            self.session,
            self.autosave,
            preferences=lambda: self._preferences,
            questions=self._questions,
            user_folder=user_folder,
            parent=self,
        )
        self.worklist = WorklistDesk(
            self.folder_list,
            cache,
            self.session,
            self.opening,
            preferences=lambda: self._preferences,
            user_folder=user_folder,
            parent=self,
        )
        bar = BatchBar()
        self.folder_list.foot.addWidget(bar)
        self.batch = BatchDesk(
            catalogue,
            store,
            news,
            bar,
            lambda: self.folder_list.paths,
            self.detection,
            self.worklist,
            self.opening,
            self,
        )
        self.reports = ReportDesk(
            self.session, self.desk, lambda: self._preferences, self
        )
        self.bench = TrainingBench(
            catalogue,
            self.detection,
            self.side,
            ExportSource(
                lambda: self.folder_list.paths,
                user_folder / "reviews",
                lambda: self._preferences.aliases,
                self.autosave.flush,
            ),
            settings,
            user_folder,
            self,
        )
        self.project = ProjectBench(
            Project(
                lambda: self.folder_list.paths,
                lambda: self._preferences,
                lambda: self.detection.name,
                self.autosave.flush,
                user_folder,
            ),
            catalogue,
            store,
            self.session,
            self.desk,
            self.opening,
            self.canvas,
            self,
        )
        desks = Desks(
            self.session,
            self.desk,
            self.opening,
            self.view,
            self.detection,
            self.canvas,
            self.side,
        )
        self.commands = Commands(desks, self._own_commands(), self)
        self.commands.use_preferences(self._preferences)
        self.clipboard = self.commands.annotator.clipboard
        self.clipboard.use_neighbourhood(
            Neighbourhood(
                lambda: self.folder_list.neighbour(-1), self.project.label_source
            )
        )
        self.listed_classes = ListedClasses(
            self.opening,
            self.project.label_source,
            self.commands.annotator.classes,
            self,
        )
        self.project.classes.changed.connect(self.listed_classes.renew)
        self.presence = PresenceDesk(cache_folder() / "open", self.session, self)
        self.batch.use_actions(self.commands.actions)
        self.sides.use_actions(self.commands.actions)
        self.project.use_actions(self.commands.actions)
        self._arrange()
        self._connect()
        self._show_title()
        self.detection.begin(self._preferences.detector)

    # What others ask of it

    @property
    def preferences(self) -> Preferences:
        return self._preferences

    def open(self, paths: Sequence[Path]) -> None:
        """Open radiographs and folders, or annotations of the radiograph in hand; with
        none in hand, the radiographs that the annotations are about.
        """
        sources = sources_of(paths)
        if sources.paths or (sources.annotation_files and not self.session.study):
            self.opening.open(paths)
        elif sources.annotation_files:
            self.opening.add_annotations(sources.annotation_files)

    def show_message(self, message: str) -> None:
        self.message_bar.show_message(message)

    def use_preferences(self, preferences: Preferences) -> None:
        if preferences.theme != self._preferences.theme:
            apply_theme(_application(), dark=preferences.theme == "dark")
        self._preferences = preferences
        self.worklist.use_preferences()
        self.chart.set_notation(Notation[preferences.notation])
        save_preferences(self._settings, preferences)
        self.commands.use_preferences(preferences)
        self.commands.actions["light_theme"].setChecked(preferences.theme == "light")

    # How it is put together

    def _arrange(self) -> None:
        self.setWindowTitle("dentalviewer")
        self.setAcceptDrops(True)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.message_bar)
        column.addWidget(self.project.audit.bar)
        actions = self.commands.actions
        welcome = Welcome([actions["open"], actions["open_folder"], actions["sample"]])
        self._stack = QStackedWidget()
        self._stack.addWidget(welcome)
        self._stack.addWidget(self.canvas)
        self._halves = QSplitter(Qt.Orientation.Vertical)
        self._halves.addWidget(self._stack)
        self._halves.addWidget(self.chart)
        self._halves.setStretchFactor(0, 1)
        self._halves.setHandleWidth(1)
        self._halves.setSizes([620, 190])
        self._halves.setChildrenCollapsible(False)
        self.chart.set_notation(Notation[self._preferences.notation])
        self.chart.hide()
        column.addWidget(self._halves, 1)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        for widget in (self.folder_list, middle, self.side):
            self._splitter.addWidget(widget)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setHandleWidth(1)
        self._splitter.setSizes([LIST_WIDTH, 900, WIDTH])
        self.setCentralWidget(self._splitter)
        self.setStatusBar(self.status_line)
        fill_menus(self.menuBar(), self.commands.actions)
        classes = ClassButton(self.commands.annotator.classes, self.commands.actions)
        self._toolbar = ToolBar(self.commands.actions, classes)
        self.addToolBar(self._toolbar)
        self.commands.actions["light_theme"].setChecked(
            self._preferences.theme == "light"
        )
        # With its frame inside the screen, also of a small or much enlarged one.
        room = self.screen().availableSize()
        self.resize(min(1440, room.width()), min(860, room.height() - 40))
        geometry = self._settings.value("window/geometry")
        if geometry is not None:
            self.restoreGeometry(geometry)
        self.canvas.setFocus()

    def _connect(self) -> None:
        opening, canvas = self.opening, self.canvas
        opening.opened.connect(self._on_opened)
        opening.failed.connect(self._on_failed)
        opening.stayed.connect(self._on_stayed)
        for reporting in (
            opening,
            self.detection,
            self.reports,
            self.worklist,
            self.clipboard,
            self.presence,
        ):
            reporting.reported.connect(self.show_message)
        self.sides.reported.connect(self.show_message)
        self.sides.settled.connect(self.message_bar.withdraw)
        self.reports.saved.connect(self.message_bar.show_news)
        self.bench.reported.connect(self.show_message)
        self.project.reported.connect(self.show_message)
        self.batch.reported.connect(self.show_message)
        self.bench.told.connect(self.message_bar.show_news)
        self.bench.menu_text_changed.connect(self.commands.actions["train"].setText)
        for telling in (opening, self.worklist, self.clipboard):
            telling.told.connect(self.message_bar.show_news)
        for recovering in (self.worklist, self.presence):
            recovering.recovered.connect(self.message_bar.withdraw)
        self.worklist.review_stirred.connect(opening.look_at_review)
        self.folder_list.returned.connect(self.canvas.setFocus)
        self.autosave.failed.connect(self.show_message)
        self.autosave.failed.connect(lambda _: self._show_saved())
        self.autosave.recovered.connect(self.message_bar.withdraw)
        self.autosave.saved.connect(self._show_saved)
        self.session.edited.connect(self._show_saved)
        canvas.mark_clicked.connect(self.desk.select)
        canvas.mark_activated.connect(lambda _: self.view.zoom_to_finding())
        canvas.menu_requested.connect(self._on_menu_requested)
        canvas.view_changed.connect(self._show_view)
        self.view.view_changed.connect(self._show_view)
        self.side.returned.connect(canvas.setFocus)
        self.detection.state_changed.connect(self._on_detection_state)
        self.detection.described.connect(
            lambda name, card: paperwork.show_model_card(self, name, card)
        )

    def _own_commands(self) -> dict[str, Callable[[], object]]:
        return {
            "open": lambda: self.open(ask_for_radiographs(self, self._folder)),
            "open_folder": self._open_folder,
            "open_annotations": lambda: self.opening.add_annotations(
                ask_for_annotations(self, self._folder)
            ),
            "previous_radiograph": lambda: self._go(-1),
            "next_radiograph": lambda: self._go(1),
            "previous_undone": lambda: self.worklist.open_undone(-1),
            "next_undone": lambda: self.worklist.open_undone(1),
            "finish": self.worklist.finish,
            "search": self.folder_list.begin_search,
            "look_again": self.worklist.look_again,
            "reopen_radiograph": self.opening.reopen,
            "report": self.reports.ask,
            "save_copy": lambda: paperwork.save_copy(self, self._snapshot()),
            "preferences": lambda: paperwork.edit_preferences(self),
            "quit": self.close,
            "hide_panels": self._hide_panels,
            "show_chart": self._show_chart,
            "deciduous": lambda: self.chart.set_deciduous(
                self.commands.actions["deciduous"].isChecked()
            ),
            "light_theme": self._change_theme,
            "keep_view": self._keep_switches,
            "keep_drawing": self._keep_switches,
            "sample": self.opening.open_samples,
            **self.bench.commands(),
            **self.project.commands(),
            **self.batch.commands(),
            **self.sides.commands(),
            "shortcuts": lambda: paperwork.show_shortcuts(self),
            "about": lambda: paperwork.show_about(self),
        }

    # Commands of its own

    @property
    def _folder(self) -> Path | None:
        current = self.opening.current
        return current.parent if current is not None else None

    def _open_folder(self) -> None:
        folder = ask_for_folder(self, self._folder)
        if folder is not None:
            self.open([folder])

    def _go(self, step: int) -> None:
        path = self.folder_list.neighbour(step)
        if path is not None:
            self.opening.open_radiograph(path)

    def _hide_panels(self) -> None:
        hidden = self.commands.actions["hide_panels"].isChecked()
        self.side.setVisible(not hidden)
        self.folder_list.setVisible(not hidden and len(self.folder_list.paths) > 1)
        self._toolbar.setVisible(not hidden)
        self._show_chart()

    def _show_chart(self) -> None:
        """Where a radiograph is open and the panels are not hidden."""
        actions = self.commands.actions
        wanted = actions["show_chart"].isChecked()
        hidden = actions["hide_panels"].isChecked()
        is_open = self.canvas.has_radiograph
        self.chart.setVisible(wanted and is_open and not hidden)

    def _change_theme(self) -> None:
        light = self.commands.actions["light_theme"].isChecked()
        theme = "light" if light else "dark"
        self.use_preferences(paperwork.with_theme(self._preferences, theme))

    def _keep_switches(self) -> None:
        on = {
            name: self.commands.actions[name].isChecked()
            for name in ("keep_view", "keep_drawing")
        }
        self.use_preferences(paperwork.with_switches(self._preferences, **on))

    def _snapshot(self) -> SavedReview:
        study = self.session.study
        assert study is not None
        return saved_review(
            study,
            self.session.review,
            opened=self.session.opened,
            decisions=self.session.decisions,
        )

    # What happened

    def _on_opened(self, opened: Opened) -> None:
        self.message_bar.clear()
        use_class_colors(opened.class_colors)
        self.view.show_radiograph(opened.image, same_part=self._preferences.keep_view)
        self.status_line.show_radiograph(opened.radiograph)
        self.status_line.show_saved(
            "Saved" if opened.saved is not None else "", opened.review_file
        )
        self._show_title()
        self._show_view()
        self._stack.setCurrentWidget(self.canvas)
        self._show_chart()
        self.canvas.setFocus()
        self.radiograph_shown.emit()

    def _on_failed(self, path: Path, message: str) -> None:
        self.message_bar.clear()
        self.view.show_message(f"{path.name} cannot be shown")
        self._stack.setCurrentWidget(self.canvas)
        self.status_line.show_radiograph(None)
        self._show_chart()
        self.show_message(message)
        self._show_title()

    def _on_stayed(self) -> None:
        self.folder_list.mark_current(self.opening.current)

    def _on_detection_state(self) -> None:
        self.status_line.show_detector(self.detection.state)
        name = self.detection.name
        if name and name != self._preferences.detector and self.detection.chosen:
            self.use_preferences(paperwork.with_detector(self._preferences, name))

    def _on_menu_requested(self, position: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in _CONTEXT_MENU:
            if name:
                menu.addAction(self.commands.actions[name])
            else:
                menu.addSeparator()
        menu.popup(position)

    def _show_view(self) -> None:
        if self.canvas.has_radiograph:
            scale = self.canvas.viewport.scale * self.devicePixelRatioF()
            self.status_line.show_view(scale, self.side.display.window_level)

    def _show_saved(self) -> None:
        text = "Saving …" if self.autosave.unsaved else "Saved"
        if self.autosave.failing:
            text = "Not saved"
        self.status_line.show_saved(text, self.autosave.path)

    def _show_title(self) -> None:
        current = self.opening.current
        self.setWindowTitle(
            f"{current.name} – dentalviewer" if current else "dentalviewer"
        )

    # Qt's events

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        urls = event.mimeData().urls()
        self.open([Path(u.toLocalFile()) for u in urls if u.isLocalFile()])

    def closeEvent(self, event: QCloseEvent) -> None:
        fault = self.autosave.flush()
        if fault and not self._questions.may_leave_unsaved(fault):
            event.ignore()
            return
        if not self.bench.may_close():
            event.ignore()
            return
        self._settings.setValue("window/geometry", self.saveGeometry())
        for part in (
            self.autosave,
            self.opening,
            self.worklist,
            self.thumbnails,
            self.detection,
            self.view,
            self.reports,
            self.bench,
            self.project,
            self.batch,
            self.sides,
            self.clipboard,
            self.presence,
            self.listed_classes,
        ):
            part.stop()
        event.accept()


def _application() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app
