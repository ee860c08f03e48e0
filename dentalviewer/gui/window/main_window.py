"""The window: makes its parts, each of what was made before, and connects them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow

from dentalviewer.detector import DetectorCatalogue
from dentalviewer.gui.batch.batch_bar import BatchBar
from dentalviewer.gui.batch.batch_desk import BatchDesk
from dentalviewer.gui.batch.prediction_news import PredictionNews
from dentalviewer.gui.canvas.canvas import Canvas
from dentalviewer.gui.chart.chart_desk import ChartDesk
from dentalviewer.gui.chart.dental_chart import DentalChart
from dentalviewer.gui.chart.tooth_menu import ToothMenu
from dentalviewer.gui.detecting.detection_desk import DetectionDesk
from dentalviewer.gui.detecting.detector_choice import DetectorChoice
from dentalviewer.gui.findings.side_panel import SidePanel
from dentalviewer.gui.opening.dropping import dropped_files, may_be_opened
from dentalviewer.gui.opening.file_dialogs import WindowQuestions
from dentalviewer.gui.opening.listed_classes import ListedClasses
from dentalviewer.gui.opening.opening_desk import OpeningDesk
from dentalviewer.gui.opening.recent import RecentlyOpened
from dentalviewer.gui.opening.turned_copies import TurnedCopies
from dentalviewer.gui.preferences.preferences import Preferences
from dentalviewer.gui.preferences.preferences_desk import PreferencesDesk
from dentalviewer.gui.project.project_bench import Project, ProjectBench
from dentalviewer.gui.reporting.report_desk import ReportDesk
from dentalviewer.gui.reviewing.autosave import Autosave
from dentalviewer.gui.reviewing.presence_desk import PresenceDesk
from dentalviewer.gui.reviewing.review_desk import ReviewDesk
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.gui.training.export_source import ExportSource
from dentalviewer.gui.training.training_bench import TrainingBench
from dentalviewer.gui.window.arrangement import Arrangement, Panels
from dentalviewer.gui.window.class_button import ClassButton
from dentalviewer.gui.window.clipboard_desk import Neighbourhood
from dentalviewer.gui.window.closing import Closing
from dentalviewer.gui.window.commands import Commands
from dentalviewer.gui.window.context_menus import ContextMenus
from dentalviewer.gui.window.desks import Desks
from dentalviewer.gui.window.file_commands import FileCommands
from dentalviewer.gui.window.message_bar import MessageBar
from dentalviewer.gui.window.paperwork import Paperwork
from dentalviewer.gui.window.preferences_in_force import PreferencesInForce
from dentalviewer.gui.window.radiograph_in_sight import RadiographInSight
from dentalviewer.gui.window.reading_switch import ReadingSwitch
from dentalviewer.gui.window.selected_radiographs import SelectedRadiographs
from dentalviewer.gui.window.sides_desk import SidesDesk
from dentalviewer.gui.window.status_desk import StatusDesk
from dentalviewer.gui.window.status_line import StatusLine
from dentalviewer.gui.window.view_desk import ViewDesk
from dentalviewer.gui.worklist.thumbnails import Thumbnails
from dentalviewer.gui.worklist.worklist_desk import WorklistDesk
from dentalviewer.gui.worklist.worklist_panel import WorklistPanel
from dentalviewer.resources import cache_folder
from dentalviewer.worklist.cache import FILE_NAME, WorklistCache
from dentalviewer.worklist.predictions import FILE_NAME as PREDICTIONS_FILE
from dentalviewer.worklist.predictions import PredictionStore
from dentalviewer.worklist.seen import FILE_NAME as SEEN_FILE
from dentalviewer.worklist.seen import SeenPredictions
from dentalviewer.worklist.standing import Status


class MainWindow(QMainWindow):
    def __init__(
        self, catalogue: DetectorCatalogue, settings: QSettings, user_folder: Path
    ) -> None:
        super().__init__()
        self.preferences = PreferencesDesk(settings, self)
        self.session = ReviewSession(
            reader=lambda: self._preferred().reader_name, parent=self
        )
        self.desk = ReviewDesk(self.session, self)
        cache = WorklistCache(cache_folder() / FILE_NAME)
        news = PredictionNews(self)
        store = news.open_store(user_folder / PREDICTIONS_FILE)
        self._make_panels(cache)
        self._make_viewing(SeenPredictions(user_folder / SEEN_FILE))
        self._make_detecting(catalogue, store)
        self._make_worklist(cache, user_folder)
        self._make_batch(catalogue, store, news)
        self._make_benches(catalogue, store, settings, user_folder)
        self.recent = RecentlyOpened(settings, self.open, user_folder, self)
        self.opening.listed.connect(self.recent.note)
        self._make_commands()
        self.arrangement = self._arranged(settings)
        self._make_in_sight()
        self._connect()
        self._connect_messages()
        self.closing = self._made_closing()
        self.detectors.begin(self._preferred().detector)

    # What others ask of it

    def open(self, paths: Sequence[Path]) -> None:
        """Whatever a reader may choose: radiographs, folders, annotations."""
        self.opening.open(paths)

    def end(self) -> str | None:
        """As closing it does, but nothing is asked. Returns why the newest decisions
        are not saved, if they are not.
        """
        return self.closing.end()

    # How it is put together: what comes later may use what was made before

    def _make_panels(self, cache: WorklistCache) -> None:
        self.canvas = Canvas()
        self.chart = DentalChart()
        self.side = SidePanel(self.session, self.desk)
        self.thumbnails = Thumbnails(cache, self)
        self.folder_list = WorklistPanel(self.thumbnails)
        self.message_bar = MessageBar()
        self.status_line = StatusLine()
        self.paperwork = Paperwork(
            self.session, self.desk, self.preferences, self.message_bar, self
        )

    def _make_viewing(self, seen: SeenPredictions) -> None:
        self.autosave = Autosave(self.session, self.session.snapshot, self)
        self.view = ViewDesk(
            self.session, self.desk, self.canvas, self.side.display, self
        )
        self.chart_desk = ChartDesk(
            self.session, self.desk, self.chart, self.canvas, self
        )
        self.tooth_menu = ToothMenu(self.session, self)
        self.sides = SidesDesk(self.session, self.canvas, self)
        self.reading = ReadingSwitch(self.session, self.preferences, seen, self)

    def _make_detecting(
        self, catalogue: DetectorCatalogue, store: PredictionStore
    ) -> None:
        self.detectors = DetectorChoice(catalogue, self.side.detector, self)
        self.detection = DetectionDesk(
            catalogue,
            self.detectors,
            store,
            self.session,
            self.desk,
            self.side.detector,
            self,
        )
        self.detection.held.connect(self.sides.look_now)
        self.sides.looked.connect(self.detection.bring_in)
        self.status = StatusDesk(
            self.status_line,
            self.session,
            self.autosave,
            self.view,
            self.canvas,
            self.side.display,
            self.detection,
            self,
        )

    def _make_worklist(self, cache: WorklistCache, user_folder: Path) -> None:
        self._questions = WindowQuestions(self, self.paperwork.save_copy)
        self.opening = OpeningDesk(
            self.session,
            self.autosave,
            preferences=self._preferred,
            mode_of=self.reading.mode_of,
            questions=self._questions,
            user_folder=user_folder,
            parent=self,
        )
        self.turned_copies = TurnedCopies(
            self.session, self.opening, lambda: len(self.folder_list.paths), self
        )
        self.worklist = WorklistDesk(
            self.folder_list,
            cache,
            self.session,
            self.desk.selection,
            self.detection,
            self.opening,
            preferences=self._preferred,
            user_folder=user_folder,
            parent=self,
        )

    def _make_batch(
        self, catalogue: DetectorCatalogue, store: PredictionStore, news: PredictionNews
    ) -> None:
        bar = BatchBar()
        self.folder_list.foot.addWidget(bar)
        self.batch = BatchDesk(
            catalogue,
            store,
            news,
            bar,
            lambda: self.folder_list.paths,
            self.detectors,
            self.worklist,
            self.opening,
            self,
        )

    def _make_benches(
        self,
        catalogue: DetectorCatalogue,
        store: PredictionStore,
        settings: QSettings,
        user_folder: Path,
    ) -> None:
        self.reports = ReportDesk(
            self.session,
            self.desk,
            self.detection,
            self._preferred,
            self.paperwork.edit_preferences,
            self,
        )
        source = ExportSource(
            lambda: self.folder_list.paths,
            user_folder / "reviews",
            lambda: self._preferred().aliases,
            self.autosave.flush,
            lambda: self.folder_list.model.counts()[Status.DONE],
        )
        self.bench = TrainingBench(
            catalogue, self.detectors, self.side, source, settings, user_folder, self
        )
        project = Project(
            lambda: self.folder_list.paths,
            self._preferred,
            lambda: self.detectors.name,
            self.autosave.flush,
            user_folder,
        )
        self.project = ProjectBench(
            project,
            catalogue,
            store,
            self.session,
            self.desk,
            self.opening,
            self.canvas,
            self,
        )
        self.selected = SelectedRadiographs(
            self.folder_list,
            self.batch,
            lambda paths: self.project.exporting.open_for(paths),
            self,
        )

    def _make_commands(self) -> None:
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
        self.preferences_in_force = PreferencesInForce(
            self.preferences,
            self.commands,
            self.canvas,
            (
                self.chart, self.side, self.view, self.desk, self.chart_desk,
                self.tooth_menu, self.folder_list,
            ),
            self.worklist,
            self.detectors,
            self,
        )  # fmt: skip
        self.preferences.use_actions(self.commands.actions)
        self.clipboard = self.commands.annotator.clipboard
        self.clipboard.use_neighbourhood(
            Neighbourhood(
                lambda: self.folder_list.neighbour(-1), self.project.label_source
            )
        )
        self.folder_list.model.modelReset.connect(self.clipboard.changed)
        self.listed_classes = ListedClasses(
            self.opening,
            self.project.label_source,
            self.commands.annotator.classes,
            self,
        )
        self.project.classes_changed.connect(self.listed_classes.renew)
        self.presence = PresenceDesk(cache_folder() / "open", self.session, self)
        for part in (
            self.recent, self.worklist, self.batch, self.selected, self.sides,
            self.reading, self.project, self.paperwork,
        ):  # fmt: skip
            part.use_actions(self.commands.actions)
        self.batch.look_ahead(self.detection, lambda: self.folder_list.neighbour(1))
        # A radiograph can be called read as soon as it has been clicked.
        self.folder_list.view.addAction(self.commands.actions["mark_read"])
        deciduous = self.commands.actions["deciduous"]
        self.chart_desk.deciduous_shown.connect(deciduous.setChecked)
        self.context_menus = ContextMenus(
            self.commands.actions,
            self.canvas,
            self.chart,
            self.chart_desk,
            self.tooth_menu,
            self.folder_list.view,
            self,
        )

    def _preferred(self) -> Preferences:
        return self.preferences.current

    def _arranged(self, settings: QSettings) -> Arrangement:
        self.setAcceptDrops(True)
        self.setStatusBar(self.status_line)
        panels = Panels(
            self.folder_list,
            self.message_bar,
            self.project.audit.bar,
            self.canvas,
            self.chart,
            self.side,
        )
        actions = self.commands.actions
        classes = ClassButton(self.commands.annotator.classes, actions)
        again = self.recent.latest
        return Arrangement(self, panels, actions, classes, again, settings)

    def _make_in_sight(self) -> None:
        self.in_sight = RadiographInSight(
            self.opening,
            self.view,
            self.canvas,
            self.folder_list,
            self.commands.annotator.classes,
            self.desk,
            self.preferences,
            self.arrangement,
            self.message_bar,
            self.status,
            self,
        )

    def _made_closing(self) -> Closing:
        return Closing(
            self.autosave,
            self.opening,
            self._questions,
            (self.bench, self.reports),
            (
                self.arrangement, self.autosave, self.opening, self.turned_copies,
                self.worklist, self.thumbnails, self.detectors, self.detection,
                self.view, self.reports, self.bench, self.project, self.batch,
                self.sides, self.clipboard, self.presence, self.listed_classes,
            ),
        )  # fmt: skip

    def _connect(self) -> None:
        opening, canvas = self.opening, self.canvas
        opening.reading.connect(partial(self.status.tell_while, lambda: opening.busy))
        opening.stayed.connect(lambda: self.folder_list.mark_current(opening.current))
        self.worklist.review_stirred.connect(opening.conflicts.look)
        self.bench.menu_text_changed.connect(self.commands.actions["train"].setText)
        for leaving in (self.folder_list, self.side, self.message_bar):
            leaving.returned.connect(canvas.setFocus)
        canvas.mark_clicked.connect(self.desk.select)
        canvas.mark_activated.connect(lambda _: self.view.zoom_to_finding())
        self.side.finished.connect(self.worklist.finish)
        self.side.heading.report_asked.connect(self.reports.ask)
        self.folder_list.counted.connect(self._show_what_follows)
        self.detection.awaited_changed.connect(self.side.show_awaited)
        self.detection.withheld_changed.connect(self.view.note_withheld)
        self.detection.state_changed.connect(
            lambda: self.chart_desk.tell_lack(self.detection.lacks_teeth)
        )
        self.detectors.described.connect(self.paperwork.show_model_card)

    def _connect_messages(self) -> None:
        """What goes wrong is said over the radiograph, and so is what goes well."""
        bar = self.message_bar
        for reporting in (
            self.opening, self.detectors, self.detection, self.reports, self.worklist,
            self.clipboard, self.presence, self.sides, self.bench, self.project,
            self.batch, self.view, self.thumbnails, self.listed_classes,
            self.turned_copies,
        ):  # fmt: skip
            reporting.reported.connect(bar.show_message)
        self.autosave.failed.connect(bar.show_message)
        for telling in (
            self.opening, self.worklist, self.clipboard, self.bench, self.reading,
            self.turned_copies, self.batch, self.selected, self.reports,
        ):  # fmt: skip
            telling.told.connect(bar.show_news)
        self.reports.saved.connect(bar.show_written)
        for recovering in (self.worklist, self.presence, self.autosave, self.bench):
            recovering.recovered.connect(bar.withdraw)
        self.session.history.indexChanged.connect(bar.follow_steps)
        self.sides.asked.connect(bar.ask)
        self.sides.settled.connect(bar.withdraw)

    def _show_what_follows(self) -> None:
        listed = self.folder_list
        follows = listed.neighbour_undone(1) is not None
        # Of a long list that is counted whenever more is known, and said at its end.
        self.side.heading.show_others(
            follows=follows, rest="" if follows else listed.rest
        )

    def _own_commands(self) -> dict[str, Callable[[], object]]:
        files = FileCommands(
            self.open,
            self.opening,
            self.worklist,
            self.folder_list,
            self.recent,
            self,
        )
        return {
            **files.commands(),
            **self.preferences.commands(),
            **self.bench.commands(),
            **self.project.commands(),
            **self.batch.commands(),
            **self.selected.commands(),
            **self.sides.commands(),
            **self.reading.commands(),
            **self.paperwork.commands(),
            "report": self.reports.ask,
            "turned_copy": self.turned_copies.ask,
            "quit": self.close,
            "hide_panels": lambda: self.arrangement.show_panels(),
            "show_chart": lambda: self.arrangement.show_chart(),
            "deciduous": lambda: self.chart_desk.show_deciduous(
                self.commands.actions["deciduous"].isChecked()
            ),
            "about_detector": self.detectors.describe,
        }

    # Qt's events

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if may_be_opened(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.open(dropped_files(event.mimeData()))

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.closing.may_close():
            event.ignore()
            return
        self.closing.stop()
        event.accept()
