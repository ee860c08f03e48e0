"""What annotators do beyond deciding: classes, many boxes at once, boxes used again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QInputDialog, QWidget

from dentalviewer.gui.actions import CLASS_ACTIONS
from dentalviewer.gui.canvas.marks import Mark
from dentalviewer.gui.canvas.shaping import overlapping
from dentalviewer.gui.reviewing.class_choice import ClassChoice
from dentalviewer.gui.widgets.palette import class_name, label_called
from dentalviewer.gui.widgets.parts import without_mnemonic
from dentalviewer.gui.window.clipboard_desk import ClipboardDesk
from dentalviewer.gui.window.desks import Desks
from dentalviewer.review import Verdict

_NEED_FINDING = (
    "next_overlapping", "hide_boxes", "hide_class", "lock_boxes", "copy", "duplicate",
)  # fmt: skip


class AnnotatorCommands(QObject):
    """`classes` and `clipboard` outlive the radiograph that is open."""

    def __init__(self, desks: Desks, window: QWidget) -> None:
        super().__init__(window)
        self._desks = desks
        self._window = window
        self.classes = ClassChoice(desks.session, self)
        self.clipboard = ClipboardDesk(desks.session, desks.review, desks.canvas, self)
        desks.side.card.label_chosen.connect(self.use_label)
        desks.canvas.mark_added.connect(desks.review.selection.toggle)
        desks.canvas.marks_framed.connect(self._on_marks_framed)
        desks.canvas.boxes_dragged.connect(desks.review.reshape)

    def callbacks(self) -> dict[str, Callable[[], object]]:
        states, clipboard = self._desks.review.states, self.clipboard
        return {
            "select_all": self._select_all,
            "next_overlapping": self._next_overlapping,
            "hide_boxes": states.hide_selected,
            "show_boxes": self._show_all,
            "hide_class": self._hide_class,
            "lock_boxes": states.toggle_lock,
            "copy": clipboard.copy,
            "paste": clipboard.paste,
            "duplicate": clipboard.duplicate,
            "take_over": clipboard.take_over,
            "other_class": self._ask_for_class,
            **{
                name: partial(self._use_number, number)
                for number, name in enumerate(CLASS_ACTIONS)
            },
        }

    def connect_actions(self, actions: Mapping[str, QAction]) -> None:
        """Show what the classes are, and what can be done, from now on."""
        self._actions = actions
        self.classes.changed.connect(self._show_classes)
        self.clipboard.changed.connect(self.update)
        self._desks.review.states.changed.connect(self.update)
        self._desks.side.display.hidden_labels_changed.connect(lambda _: self.update())
        self._show_classes()

    def use_label(self, label: str) -> None:
        """The class of what is selected, and of the next box that is drawn."""
        self.classes.use(label)
        if not self._actions["draw_tool"].isChecked():
            self._desks.review.relabel(label)

    def update(self) -> None:
        review, canvas = self._desks.review, self._desks.canvas
        chosen = review.selection.ids
        for name in _NEED_FINDING:
            self._actions[name].setEnabled(bool(chosen))
        is_open = self._desks.session.study is not None
        self._actions["lock_boxes"].setChecked(
            bool(chosen) and set(chosen) <= review.states.locked
        )
        self._actions["show_boxes"].setEnabled(
            bool(review.states.hidden or self._desks.side.display.hidden_labels)
        )
        self._actions["select_all"].setEnabled(bool(canvas.marks))
        self._actions["paste"].setEnabled(is_open and self.clipboard.can_paste)
        self._actions["take_over"].setEnabled(is_open and self.clipboard.can_take_over)

    # Selecting

    def _select_all(self) -> None:
        marks = self._desks.canvas.marks
        self._desks.review.selection.choose_among(_not_rejected(marks))

    def _on_marks_framed(self, marks: list[Mark]) -> None:
        selection = self._desks.review.selection
        framed = _not_rejected(marks)
        selection.choose_among(dict.fromkeys((*selection.ids, *framed)))

    def _next_overlapping(self) -> None:
        """Where boxes lie on each other, on to the next of them, small ones first."""
        item = self._desks.review.selected
        here = [m for m in self._desks.canvas.marks if item and m.item_id == item.id]
        if here:
            around = overlapping(self._desks.canvas.marks, here[0])
            following = around[(around.index(here[0]) + 1) % len(around)]
            self._desks.review.select(following.item_id)

    # Out of sight

    def _show_all(self) -> None:
        self._desks.side.display.show_all_labels()
        self._desks.review.states.show_all()

    def _hide_class(self) -> None:
        item = self._desks.review.selected
        if item is not None:
            self._desks.review.select(None)
            self._desks.side.display.hide_label(item.current.label)

    # Classes

    def _use_number(self, index: int) -> None:
        if index < len(self.classes.labels):
            self.use_label(self.classes.labels[index])

    def _ask_for_class(self) -> None:
        """One that has no number, or that nobody has used yet."""
        dialog = QInputDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("Class")
        dialog.setLabelText("Choose a class or name another:")
        dialog.setComboBoxEditable(True)
        dialog.setComboBoxItems(list(map(class_name, self.classes.labels)))
        dialog.setTextValue(class_name(self.classes.current))
        dialog.textValueSelected.connect(self._on_class_named)
        dialog.open()

    def _on_class_named(self, name: str) -> None:
        label = " ".join(name.split())
        if label:
            self.use_label(label_called(label))

    def _show_classes(self) -> None:
        labels = self.classes.labels
        for number, name in enumerate(CLASS_ACTIONS):
            action, there = self._actions[name], number < len(labels)
            action.setVisible(there)
            if there:
                words = class_name(labels[number])
                action.setText(without_mnemonic(f"Class: {words}"))
        self._desks.canvas.set_new_label(self.classes.current)
        self._desks.side.card.show_labels(labels)
        self._desks.side.display.show_labels(labels)
        self._desks.side.findings.renew()
        self._desks.side.detector.sliders.name_classes()


def _not_rejected(marks: Iterable[Mark]) -> list[int]:
    """The items' ids; what was rejected is not brought back with the rest."""
    return [mark.item_id for mark in marks if mark.verdict is not Verdict.REJECTED]
