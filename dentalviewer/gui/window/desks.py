"""The parts of the window that its commands are about."""

from __future__ import annotations

from dataclasses import dataclass

from dentalviewer.gui.canvas.canvas import Canvas
from dentalviewer.gui.detecting.detection_desk import DetectionDesk
from dentalviewer.gui.findings.side_panel import SidePanel
from dentalviewer.gui.opening.opening_desk import OpeningDesk
from dentalviewer.gui.reviewing.review_desk import ReviewDesk
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.gui.window.view_desk import ViewDesk


@dataclass(frozen=True)
class Desks:
    """The parts of the window that do the work."""

    session: ReviewSession
    review: ReviewDesk
    opening: OpeningDesk
    view: ViewDesk
    detection: DetectionDesk
    canvas: Canvas
    side: SidePanel
