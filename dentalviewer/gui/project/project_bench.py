"""What is done to all that is open: merge, classes, export, agreement, audit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from dentalviewer.curation.audit_reading import LabelSource
from dentalviewer.detector import DetectorCatalogue
from dentalviewer.gui.canvas.canvas import Canvas
from dentalviewer.gui.opening.opening_desk import OpeningDesk
from dentalviewer.gui.preferences.preferences import Preferences
from dentalviewer.gui.project.agreement_desk import AgreementDesk, AgreementScope
from dentalviewer.gui.project.audit_desk import AuditDesk, AuditScope
from dentalviewer.gui.project.classes_desk import ClassesDesk, ClassesScope
from dentalviewer.gui.project.export_desk import ExportDesk, ExportScope
from dentalviewer.gui.project.merge_desk import MergeDesk
from dentalviewer.gui.reviewing.review_desk import ReviewDesk
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.worklist.predictions import PredictionStore


@dataclass(frozen=True, slots=True)
class Project:
    """All that is open, and what is known of it; `save` returns a fault, if any."""

    paths: Callable[[], tuple[Path, ...]]
    preferences: Callable[[], Preferences]
    detector: Callable[[], str]
    save: Callable[[], str | None]
    user_folder: Path

    @property
    def reviews(self) -> Path:
        return self.user_folder / "reviews"


class ProjectBench(QObject):
    reported = Signal(str)

    def __init__(
        self,
        project: Project,
        catalogue: DetectorCatalogue,
        store: PredictionStore,
        session: ReviewSession,
        desk: ReviewDesk,
        opening: OpeningDesk,
        canvas: Canvas,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        preferences, folder = project.preferences, project.user_folder
        self._project, self._opening = project, opening
        self.merging = MergeDesk(
            folder / "merges",
            lambda: preferences().aliases,
            lambda: preferences().tooth_notation,
            window,
        )
        self.classes = ClassesDesk(
            ClassesScope(
                project.paths,
                project.reviews,
                lambda: preferences().aliases,
                project.save,
            ),
            window,
        )
        self.agreement = AgreementDesk(
            AgreementScope(
                project.paths,
                lambda: preferences().aliases,
                project.detector,
                project.save,
            ),
            catalogue,
            store,
            folder,
            window,
        )
        self.audit = AuditDesk(
            AuditScope(
                project.paths,
                self.label_source,
                project.detector,
                project.save,
                lambda: preferences().tooth_notation,
            ),
            catalogue,
            store,
            session,
            desk,
            opening,
            canvas,
            folder,
            window,
        )
        self.exporting = ExportDesk(
            ExportScope(
                project.paths,
                lambda: opening.annotation_files,
                project.reviews,
                project.save,
            ),
            window,
        )
        self.classes.reported.connect(self.reported)
        self.classes.changed.connect(opening.reopen)
        self.audit.reported.connect(self.reported)
        self.merging.open_requested.connect(opening.open_project)

    def label_source(self) -> LabelSource:
        """Where it is read what was found on a radiograph that is not open."""
        aliases = self._project.preferences().aliases
        return LabelSource(
            aliases, self._project.reviews, self._opening.annotation_files
        )

    def commands(self) -> dict[str, Callable[[], object]]:
        """What the menus' entries do, by the action's id."""
        return {
            "classes": self.classes.open,
            "merge": self.merging.open,
            "export": self.exporting.open,
            "agreement": self.agreement.open,
            **self.audit.commands(),
        }

    def use_actions(self, actions: Mapping[str, QAction]) -> None:
        self.audit.use_actions(actions)

    def stop(self) -> None:
        for desk in (
            self.merging, self.classes, self.agreement, self.audit, self.exporting,
        ):  # fmt: skip
            desk.stop()
