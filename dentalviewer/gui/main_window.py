"""The window: puts the parts together, shows the review and passes on intentions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QPoint, QSettings, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLabel,
    QMainWindow,
    QMenu,
    QMessageBox,
    QPushButton,
    QSplitter,
    QTabWidget,
    QTextBrowser,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from dentalviewer import __version__
from dentalviewer.agreement import comparison_of
from dentalviewer.detector import Detection, DetectionSettings, DetectorCatalogue
from dentalviewer.enhancement import Enhancement, Window
from dentalviewer.errors import DentalViewerError, FileError, RadiographError
from dentalviewer.formats import ImageAnnotations
from dentalviewer.formats.review_file import SavedReview, write_review
from dentalviewer.gui.actions import build_actions, fill_menus
from dentalviewer.gui.annotations_dialog import AnnotationsDialog, needs_asking
from dentalviewer.gui.autosave import Autosave
from dentalviewer.gui.background import Background
from dentalviewer.gui.canvas import ZOOM_STEP, Canvas, Tool
from dentalviewer.gui.detection_runner import DetectionRunner
from dentalviewer.gui.detector_panel import DetectorPanel
from dentalviewer.gui.display_panel import DisplayPanel
from dentalviewer.gui.finding_card import FindingCard
from dentalviewer.gui.findings_list import FindingsList
from dentalviewer.gui.folder_list import FolderList
from dentalviewer.gui.marks import mark_of
from dentalviewer.gui.message_bar import MessageBar
from dentalviewer.gui.opening import (
    Opened,
    list_radiographs,
    open_radiograph,
    read_sidecars,
)
from dentalviewer.gui.palette import apply_theme
from dentalviewer.gui.preferences import (
    Preferences,
    load_preferences,
    save_preferences,
)
from dentalviewer.gui.preferences_dialog import PreferencesDialog
from dentalviewer.gui.review_desk import ReviewDesk, rows_of
from dentalviewer.gui.session import ReviewSession
from dentalviewer.gui.shortcut_sheet import ShortcutSheet
from dentalviewer.labels import ENDODONTIC, IMPLANT, KNOWN_LABELS, RESTORATION
from dentalviewer.radiograph import SUFFIXES
from dentalviewer.resources import samples_folder
from dentalviewer.review import ReadingMode, Review, ReviewItem, Source
from dentalviewer.study import Finding, Study
