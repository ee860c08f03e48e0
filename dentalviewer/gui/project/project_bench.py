"""What is done to all that is open: merge, classes, export, agreement, audit.

Each has a desk of its own. But for the audit, whose bar is part of the window, none is
imported and made before it is asked for: the window is there sooner without them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from dentalviewer.curation.audit_reading import LabelSource
from dentalviewer.detector import DetectorCatalogue
from dentalviewer.gui.canvas.canvas import Canvas
from dentalviewer.gui.opening.opening_desk import OpeningDesk
from dentalviewer.gui.preferences.preferences import Preferences
from dentalviewer.gui.project.audit_desk import AuditDesk, AuditScope
from dentalviewer.gui.reviewing.review_desk import ReviewDesk
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.worklist.predictions import PredictionStore

if TYPE_CHECKING:
    from dentalviewer.gui.project.agreement_desk import AgreementDesk
    from dentalviewer.gui.project.classes_desk import ClassesDesk
    from dentalviewer.gui.project.export_desk import ExportDesk
    from dentalviewer.gui.project.merge_desk import MergeDesk


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
    """`classes_changed` tells that the files of the project name other classes now."""

    reported = Signal(str)
    classes_changed = Signal()

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
        self._project, self._opening = project, opening
        self._catalogue, self._store = catalogue, store
        self._window = window
        self.audit = AuditDesk(
            AuditScope(
                project.paths,
                self.label_source,
                project.detector,
                project.save,
                lambda: project.preferences().tooth_notation,
            ),
            catalogue,
            store,
            session,
            desk,
            opening,
            canvas,
            project.user_folder,
            window,
        )
        self.audit.reported.connect(self.reported)
        self._made: list[
            AuditDesk | MergeDesk | ClassesDesk | AgreementDesk | ExportDesk
        ] = [self.audit]

    @cached_property
    def merging(self) -> MergeDesk:
        from dentalviewer.gui.project.merge_desk import MergeDesk

        preferences = self._project.preferences
        desk = MergeDesk(
            self._project.user_folder / "merges",
            lambda: preferences().aliases,
            lambda: preferences().tooth_notation,
            self._window,
        )
        desk.open_requested.connect(self._opening.open_project)
        self._made.append(desk)
        return desk

    @cached_property
    def classes(self) -> ClassesDesk:
        from dentalviewer.gui.project.classes_desk import ClassesDesk, ClassesScope

        project = self._project
        scope = ClassesScope(
            project.paths,
            project.reviews,
            lambda: project.preferences().aliases,
            project.save,
        )
        desk = ClassesDesk(scope, self._window)
        desk.reported.connect(self.reported)
        desk.changed.connect(self._opening.reopen)
        desk.changed.connect(self.classes_changed)
        self._made.append(desk)
        return desk

    @cached_property
    def agreement(self) -> AgreementDesk:
        from dentalviewer.gui.project.agreement_desk import (
            AgreementDesk,
            AgreementScope,
        )

        project = self._project
        scope = AgreementScope(
            project.paths,
            lambda: project.preferences().aliases,
            project.detector,
            project.save,
        )
        desk = AgreementDesk(
            scope, self._catalogue, self._store, project.user_folder, self._window
        )
        self._made.append(desk)
        return desk

    @cached_property
    def exporting(self) -> ExportDesk:
        from dentalviewer.gui.project.export_desk import ExportDesk, ExportScope

        project = self._project
        scope = ExportScope(
            project.paths,
            lambda: self._opening.annotation_files,
            project.reviews,
            project.save,
        )
        desk = ExportDesk(scope, self._window)
        self._made.append(desk)
        return desk

    def label_source(self) -> LabelSource:
        """Where it is read what was found on a radiograph that is not open."""
        aliases = self._project.preferences().aliases
        return LabelSource(
            aliases, self._project.reviews, self._opening.annotation_files
        )

    def commands(self) -> dict[str, Callable[[], object]]:
        """What the menus' entries do, by the action's id."""
        return {
            "classes": lambda: self.classes.open(),
            "merge": lambda: self.merging.open(),
            "export": lambda: self.exporting.open(),
            "agreement": lambda: self.agreement.open(),
            **self.audit.commands(),
        }

    def use_actions(self, actions: Mapping[str, QAction]) -> None:
        self.audit.use_actions(actions)

    def stop(self) -> None:
        for desk in self._made:
            desk.stop()
