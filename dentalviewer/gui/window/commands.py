"""What each entry of the menus does, and when it can be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from dentalviewer.agreement import undecided_agreements
from dentalviewer.geometry import Box
from dentalviewer.gui.actions import all_keys, build_actions, first_key
from dentalviewer.gui.canvas.pointing import Tool
from dentalviewer.gui.canvas.radiograph_view import ZOOM_STEP
from dentalviewer.gui.preferences.key_map import use_keys
from dentalviewer.gui.preferences.preferences import Preferences
from dentalviewer.gui.window.annotator_commands import AnnotatorCommands
from dentalviewer.gui.window.desks import Desks
from dentalviewer.review import Source, shown_of
from dentalviewer.study import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

# Of the part in sight, for a box that is put there with a key.
NEW_BOX_SHARE = 0.06

_NEED_RADIOGRAPH = (
    "open_annotations", "reopen_radiograph", "report", "save_copy",
    "turned_copy", "draw_tool", "add_box", "zoom_in", "zoom_out", "fit", "actual_size",
    "start_over", "detect", "other_class",
)  # fmt: skip
_NEED_FINDING = (
    "accept", "reject", "nudge_left", "nudge_right", "nudge_up", "nudge_down",
    "wider", "narrower", "taller", "lower", "tooth", "uncertain", "zoom_to_finding",
    "deselect",
)  # fmt: skip
_NEED_ROWS = ("next_finding", "previous_finding", "next_undecided")


class Commands(QObject):
    """`own` are the callbacks that only the window can give, by the action's id."""

    def __init__(
        self,
        desks: Desks,
        own: Mapping[str, Callable[[], object]],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._desks = desks
        self.annotator = AnnotatorCommands(desks, window)
        table = {
            **self._editing(), **self._viewing(), **self._reviewing(),
            **self.annotator.callbacks(), **own,
        }  # fmt: skip
        self.actions: dict[str, QAction] = build_actions(window, desks.canvas, table)
        self._accept_agreeing = self.actions["accept_agreeing"].text()
        self.annotator.connect_actions(self.actions)
        history = desks.session.history
        history.undoTextChanged.connect(lambda t: self._name("undo", "&Undo", t))
        history.redoTextChanged.connect(lambda t: self._name("redo", "&Redo", t))
        # An edit is counted only after the review has changed.
        history.canUndoChanged.connect(self.actions["undo"].setEnabled)
        history.canRedoChanged.connect(self.actions["redo"].setEnabled)
        desks.session.review_changed.connect(self.update)
        desks.session.review_changed.connect(self._count_agreeing)
        desks.review.selection_changed.connect(self.update)
        desks.detection.state_changed.connect(self.update)
        desks.side.display.enhancement_changed.connect(lambda _: self._show_switches())
        desks.canvas.box_drawn.connect(self._on_box_drawn)
        self.actions["undo"].setEnabled(False)
        self.actions["redo"].setEnabled(False)
        self._count_agreeing()
        self.update()

    def use_preferences(self, preferences: Preferences) -> None:
        """Have keys do what the reader wants, and name them wherever they are told."""
        use_keys(self.actions, preferences.keys)
        self._desks.side.show_keys(
            {name: all_keys(action) for name, action in self.actions.items()}
        )
        self._desks.detection.show_keys(
            {name: first_key(action) for name, action in self.actions.items()}
        )

    # What is done

    def _editing(self) -> dict[str, Callable[[], object]]:
        desks = self._desks
        return {
            "undo": desks.session.history.undo,
            "redo": desks.session.history.redo,
            "select_tool": lambda: self.take_tool(Tool.SELECT),
            "draw_tool": lambda: self.take_tool(Tool.DRAW),
            "add_box": self._add_box,
            "nudge_left": lambda: self._nudge(-1, 0),
            "nudge_right": lambda: self._nudge(1, 0),
            "nudge_up": lambda: self._nudge(0, -1),
            "nudge_down": lambda: self._nudge(0, 1),
            "wider": lambda: self._stretch(1, 0),
            "narrower": lambda: self._stretch(-1, 0),
            "taller": lambda: self._stretch(0, 1),
            "lower": lambda: self._stretch(0, -1),
        }

    def _viewing(self) -> dict[str, Callable[[], object]]:
        canvas, display = self._desks.canvas, self._desks.side.display
        return {
            "zoom_in": lambda: canvas.zoom(ZOOM_STEP),
            "zoom_out": lambda: canvas.zoom(1 / ZOOM_STEP),
            "fit": canvas.fit,
            "actual_size": canvas.actual_size,
            "zoom_to_finding": self._desks.view.zoom_to_finding,
            "invert": display.toggle_inverted,
            "clahe": display.toggle_clahe,
            "reset_display": display.reset,
            "hide_predictions": lambda: self._hide("hide_predictions", Source.DETECTOR),
            "hide_annotations": lambda: self._hide("hide_annotations", Source.DENTIST),
        }

    def _reviewing(self) -> dict[str, Callable[[], object]]:
        review, detection = self._desks.review, self._desks.detection
        return {
            "next_undecided": review.selection.go_to_undecided,
            "next_finding": lambda: review.selection.go(1),
            "previous_finding": lambda: review.selection.go(-1),
            "accept": review.accept,
            "reject": review.reject,
            "take_back": review.reopen,
            "uncertain": review.toggle_uncertain,
            "accept_agreeing": review.accept_all_that_agree,
            "tooth": self._edit_tooth,
            "deselect": self._deselect,
            "mark_read": review.mark_read,
            "detect": detection.run,
            "cancel_detection": detection.cancel,
        }

    def take_tool(self, tool: Tool) -> None:
        self._desks.canvas.set_tool(tool)
        self.actions["select_tool"].setChecked(tool is Tool.SELECT)
        self.actions["draw_tool"].setChecked(tool is Tool.DRAW)

    def _on_box_drawn(self, box: Box) -> None:
        self._draw(box)
        if not self.actions["keep_drawing"].isChecked():
            self.take_tool(Tool.SELECT)

    def _add_box(self) -> None:
        """For hands that stay on the keyboard: draw in the middle, then nudge."""
        canvas = self._desks.canvas
        view = canvas.viewport
        x, y = view.to_radiograph(canvas.width() / 2, canvas.height() / 2)
        side = NEW_BOX_SHARE * canvas.width() / view.scale
        box = Box(x - side / 2, y - side / 2, x + side / 2, y + side / 2)
        self._draw(box)

    def _draw(self, box: Box) -> None:
        label = self.annotator.classes.current
        # Nobody draws what they do not want to see.
        self._desks.side.display.hide_label(label, hidden=False)
        self._desks.review.draw([Finding(box, label)])

    def _step(self) -> float:
        """A pixel of the screen, but never less than one of the radiograph."""
        return max(1.0, 1.0 / self._desks.canvas.viewport.scale)

    def _nudge(self, dx: int, dy: int) -> None:
        self._desks.review.nudge(dx * self._step(), dy * self._step())

    def _stretch(self, dx: int, dy: int) -> None:
        self._desks.review.stretch(dx * self._step(), dy * self._step())

    def _hide(self, action: str, source: Source) -> None:
        self._desks.view.hide_source(source, hidden=self.actions[action].isChecked())

    def _deselect(self) -> None:
        """Out of whatever is under way, and back to the radiograph."""
        self.take_tool(Tool.SELECT)
        self._desks.review.select(None)
        self._desks.canvas.setFocus()

    def _edit_tooth(self) -> None:
        self._desks.side.setCurrentIndex(0)
        self._desks.side.card.edit_tooth()

    # When it can be done

    def update(self) -> None:
        desks = self._desks
        session, item = desks.session, desks.review.selected
        review, is_open = session.review, session.study is not None
        for name in _NEED_RADIOGRAPH:
            self.actions[name].setEnabled(is_open)
        for name in _NEED_FINDING:
            self.actions[name].setEnabled(item is not None)
        for name in _NEED_ROWS:
            self.actions[name].setEnabled(bool(shown_of(review).items))
        self.actions["deselect"].setEnabled(True)
        chosen = desks.review.selection.items
        self.actions["tooth"].setEnabled(len(chosen) == 1)
        doubted = bool(chosen) and all(each.current.uncertain for each in chosen)
        self.actions["uncertain"].setChecked(doubted)
        self.actions["take_back"].setEnabled(any(each.decided for each in chosen))
        self.actions["mark_read"].setEnabled(is_open and review.predictions_hidden)
        self.actions["cancel_detection"].setEnabled(desks.detection.busy)
        self.annotator.update()

    def _count_agreeing(self) -> None:
        """Nobody can accept what agrees while the predictions are hidden."""
        count = len(undecided_agreements(shown_of(self._desks.session.review)))
        action = self.actions["accept_agreeing"]
        action.setEnabled(count > 0)
        words = self._accept_agreeing
        action.setText(f"{words} ({count})" if count else words)

    def _show_switches(self) -> None:
        enhancement = self._desks.side.display.enhancement
        self.actions["invert"].setChecked(enhancement.inverted)
        self.actions["clahe"].setChecked(enhancement.clahe)

    def _name(self, action: str, verb: str, what: str) -> None:
        words = what[:1].lower() + what[1:]
        self.actions[action].setText(f"{verb} {words}".strip())
