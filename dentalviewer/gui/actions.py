"""Everything the reader can do, as a table: menus, keys and the shortcut sheet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenuBar, QWidget

# By the others macOS hides the program, and all windows.
_ON_MACOS = sys.platform == "darwin"
_SHOW = "Ctrl+Shift+H" if _ON_MACOS else "Ctrl+H"
_PANELS = "Ctrl+Shift+P" if _ON_MACOS else "F11"


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """`on_radiograph` keys work while the radiograph has the focus, which it has unless
    the reader is typing or moving a slider; the others work everywhere in the window.
    """

    id: str
    menu: str
    text: str
    keys: tuple[str, ...] = ()
    checkable: bool = False
    checked: bool = False
    on_radiograph: bool = False


ACTIONS = (
    ActionSpec("open", "&File", "&Open radiograph…", ("Ctrl+O",)),
    ActionSpec("open_folder", "&File", "Open &folder…", ("Ctrl+Shift+O",)),
    ActionSpec("open_recent", "&File", "Open r&ecent", ()),
    ActionSpec("open_annotations", "&File", "Open &annotations…", ("Ctrl+L",)),
    ActionSpec("previous_radiograph", "&File", "Pre&vious radiograph", ("A",)),
    ActionSpec("next_radiograph", "&File", "&Next radiograph", ("D",)),
    ActionSpec("reopen_radiograph", "&File", "&Read again from disk", ("Ctrl+R",)),
    ActionSpec("show_in_folder", "&File", "Sho&w in its folder", ()),
    ActionSpec("report", "&File", "Re&port…", ("Ctrl+E", "Ctrl+P")),
    ActionSpec("save_copy", "&File", "Save a &copy of the review…", ("Ctrl+Shift+S",)),
    ActionSpec("turned_copy", "&File", "Save a copy &turned by 180°…", ()),
    ActionSpec("preferences", "&File", "Preference&s…", ("Ctrl+,",)),
    ActionSpec("quit", "&File", "&Quit", ("Ctrl+Q",)),
    ActionSpec("undo", "&Edit", "&Undo", ("Ctrl+Z",)),
    ActionSpec("redo", "&Edit", "&Redo", ("Ctrl+Shift+Z", "Ctrl+Y")),
    ActionSpec("select_tool", "&Edit", "&Select and move", ("V",), True, True),
    ActionSpec("draw_tool", "&Edit", "&Draw a missed finding", ("R", "W"), True),
    ActionSpec("add_box", "&Edit", "Add a &box in the middle", ("B",)),
    ActionSpec("keep_drawing", "&Edit", "&Keep drawing", ("Shift+R",), True),
    ActionSpec("select_all", "&Edit", "Select &all in sight", ("Ctrl+A",)),
    ActionSpec("next_overlapping", "&Edit", "&Next box at this place", ("O",)),
    ActionSpec("copy", "&Edit", "&Copy", ("Ctrl+C",)),
    ActionSpec("paste", "&Edit", "&Paste", ("Ctrl+V",)),
    ActionSpec("duplicate", "&Edit", "Dupl&icate", ("Ctrl+D",)),
    ActionSpec("take_over", "&Edit", "Copy the pre&vious boxes", ("Ctrl+B",)),
    ActionSpec("copy_names", "&Edit", "Copy na&mes of radiographs", ("Ctrl+Shift+C",)),
    ActionSpec("lock_boxes", "&Edit", "&Lock", ("L",), True),
    ActionSpec("nudge_left", "&Edit", "Nudge left", ("Ctrl+Left",)),
    ActionSpec("nudge_right", "&Edit", "Nudge right", ("Ctrl+Right",)),
    ActionSpec("nudge_up", "&Edit", "Nudge up", ("Ctrl+Up",)),
    ActionSpec("nudge_down", "&Edit", "Nudge down", ("Ctrl+Down",)),
    ActionSpec("wider", "&Edit", "Wider", ("Ctrl+Shift+Right",)),
    ActionSpec("narrower", "&Edit", "Narrower", ("Ctrl+Shift+Left",)),
    ActionSpec("taller", "&Edit", "Taller", ("Ctrl+Shift+Down",)),
    ActionSpec("lower", "&Edit", "Shorter", ("Ctrl+Shift+Up",)),
    ActionSpec("zoom_in", "&View", "Zoom &in", ("+", "Ctrl++")),
    ActionSpec("zoom_out", "&View", "Zoom &out", ("-", "Ctrl+-")),
    ActionSpec("fit", "&View", "&Fit", ("=", "Ctrl+F", "Ctrl+0")),
    ActionSpec("actual_size", "&View", "Actual size (&1:1)", ("Ctrl+1",)),
    ActionSpec("zoom_to_finding", "&View", "&Zoom to the finding", ("Z",)),
    ActionSpec("invert", "&View", "In&vert", ("I",), True),
    ActionSpec("clahe", "&View", "Local contrast (C&LAHE)", ("C",), True),
    ActionSpec("reset_display", "&View", "&Reset display", ("Ctrl+Shift+R",)),
    ActionSpec("hide_predictions", "&View", "&Hide the detector's boxes", ("H",), True),
    ActionSpec("hide_annotations", "&View", "Hide the &dentist's boxes", ("G",), True),
    ActionSpec("hide_boxes", "&View", "Hide what is &selected", ("Shift+H",)),
    ActionSpec("hide_class", "&View", "Hide &all of its class", ("Shift+G",)),
    ActionSpec("show_boxes", "&View", "Sho&w all boxes", (_SHOW,)),
    ActionSpec("keep_view", "&View", "&Keep zoom and window", ("K",), True),
    ActionSpec("show_chart", "&View", "Dental &chart", ("Ctrl+T",), True, True),
    ActionSpec("tooth_numbers", "&View", "Tooth nu&mbers", ("Shift+T",), True),
    ActionSpec("deciduous", "&View", "D&eciduous teeth in the chart", (), True),
    ActionSpec("hide_panels", "&View", "Hide &panels", (_PANELS,), True),
    ActionSpec("light_theme", "&View", "Light &theme", (), True),
    ActionSpec("next_undecided", "&Review", "&Next to decide", ("N",)),
    ActionSpec(
        "next_finding", "&Review", "Finding &below", ("Down",), False, False, True
    ),
    ActionSpec(
        "previous_finding", "&Review", "Finding ab&ove", ("Up",), False, False, True
    ),
    ActionSpec(
        "accept", "&Review", "&Accept", ("Return", "Enter", "Y"), False, False, True
    ),
    ActionSpec(
        "reject", "&Review", "&Reject or delete", ("X", "Del", "Backspace"), False,
        False, True,
    ),
    ActionSpec("take_back", "&Review", "&Take decision back", ("U",)),
    ActionSpec("accept_agreeing", "&Review", "Accept what a&grees", ("Ctrl+Return",)),
    ActionSpec("restoration", "&Review", "Class: restoration", ("1",)),
    ActionSpec("endodontic", "&Review", "Class: endodontic treatment", ("2",)),
    ActionSpec("implant", "&Review", "Class: implant", ("3",)),
    ActionSpec("class_4", "&Review", "Class 4", ("4",)),
    ActionSpec("class_5", "&Review", "Class 5", ("5",)),
    ActionSpec("class_6", "&Review", "Class 6", ("6",)),
    ActionSpec("class_7", "&Review", "Class 7", ("7",)),
    ActionSpec("class_8", "&Review", "Class 8", ("8",)),
    ActionSpec("class_9", "&Review", "Class 9", ("9",)),
    ActionSpec("other_class", "&Review", "Class: another…", ("0",)),
    ActionSpec("tooth", "&Review", "Set the toot&h", ("T",)),
    ActionSpec("uncertain", "&Review", "&Uncertain", ("Q",), True),
    ActionSpec("deselect", "&Review", "Select nothing", ("Esc",)),
    ActionSpec("read_first", "&Review", "Read &first, then reveal", (), True),
    ActionSpec(
        "mark_read", "&Review", "&Mark as read", ("Space",), False, False, True
    ),
    ActionSpec("sides_usual", "&Review", "Patient's right is on the &left", (), True),
    ActionSpec(
        "sides_mirrored", "&Review", "Patient's right is on the r&ight (mirrored)", (),
        True,
    ),
    ActionSpec("panoramic", "&Review", "This is a panoramic radiograph", (), True),
    ActionSpec(
        "not_panoramic", "&Review", "This is not a panoramic radiograph", (), True
    ),
    ActionSpec("start_over", "&Review", "&Start this review over", ()),
    ActionSpec("next_undone", "&Project", "&Next not done", ("Shift+D",)),
    ActionSpec("previous_undone", "&Project", "&Previous not done", ("Shift+A",)),
    ActionSpec("finish", "&Project", "&Done, and on to the next", ("F",)),
    ActionSpec("search", "&Project", "&Search the worklist", ("/",)),
    ActionSpec("look_again", "&Project", "&Look for new radiographs", ("F6",)),
    ActionSpec("examine_all", "&Project", "E&xamine all radiographs", ("Shift+F5",)),
    ActionSpec("examine_selected", "&Project", "Examine t&he selected", ("Ctrl+F5",)),
    ActionSpec("pause_examining", "&Project", "Pa&use examining", ()),
    ActionSpec("cancel_examining", "&Project", "Cancel examinin&g", ()),
    ActionSpec("classes", "&Project", "&Classes…", ()),
    ActionSpec("merge", "&Project", "&Merge annotation sets…", ()),
    ActionSpec("agreement", "&Project", "&Agreement…", ()),
    ActionSpec("export", "&Project", "Export annotat&ions…", ()),
    ActionSpec(
        "export_selected", "&Project", "Export annotations o&f the selected…",
        ("Ctrl+Shift+E",),
    ),
    ActionSpec("export_training", "&Project", "&Export for retraining…", ()),
    ActionSpec("audit", "&Project", "Label audi&t…", ()),
    ActionSpec("audit_label", "&Project", "Label is &right", ("S",)),
    ActionSpec("audit_detector", "&Project", "Detect&or is right", ("P",)),
    ActionSpec("audit_skip", "&Project", "S&kip", (".",)),
    ActionSpec("audit_back", "&Project", "&Back", (",",)),
    ActionSpec("detect", "&Detector", "&Run again", ("F5",)),
    ActionSpec("cancel_detection", "&Detector", "&Cancel", ("Ctrl+.",)),
    ActionSpec("choose_detector", "&Detector", "C&hoose the detector", ()),
    ActionSpec("add_detector", "&Detector", "&Add a detector…", ()),
    ActionSpec("train", "&Detector", "&Train further…", ()),
    ActionSpec("compare_detectors", "&Detector", "C&ompare detectors…", ()),
    ActionSpec("sample", "&Help", "&Try a sample", ()),
    ActionSpec("shortcuts", "&Help", "&Keys", ("F1",)),
    ActionSpec("about_detector", "&Help", "About this &detector", ()),
    ActionSpec("about", "&Help", "&About dentalviewer", ()),
)  # fmt: skip

# In the order of their numbers; those after the glossary's are shown if they occur.
CLASS_ACTIONS = (
    "restoration", "endodontic", "implant", "class_4", "class_5", "class_6", "class_7",
    "class_8", "class_9",
)  # fmt: skip

# Where menus are divided: before these.
_DIVIDED = {
    "choose_detector", "train", "classes", "previous_radiograph", "report",
    "preferences", "quit", "select_tool", "select_all", "copy", "lock_boxes",
    "nudge_left", "invert", "hide_predictions", "keep_view", "hide_panels",
    "accept", "restoration", "tooth", "read_first", "sides_usual", "start_over",
    "finish", "search", "about_detector", "examine_all",
    "audit",
}  # fmt: skip

# On macOS these move to the menu of the program. All others are kept out of it: by its
# words alone Qt would take anything called "About" or "Options", and of each kind one.
_ROLES = {
    "about": QAction.MenuRole.AboutRole,
    "preferences": QAction.MenuRole.PreferencesRole,
    "quit": QAction.MenuRole.QuitRole,
}


def build_actions(
    window: QWidget, canvas: QWidget, callbacks: Mapping[str, Callable[[], object]]
) -> dict[str, QAction]:
    """An action for each row of the table, by id, with its keys and its callback."""
    actions: dict[str, QAction] = {}
    for spec in ACTIONS:
        action = QAction(spec.text, window)
        action.setObjectName(spec.id)
        action.setMenuRole(_ROLES.get(spec.id, QAction.MenuRole.NoRole))
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        action.setCheckable(spec.checkable)
        action.setChecked(spec.checked)
        action.triggered.connect(_ignoring_state(callbacks[spec.id]))
        if spec.on_radiograph:
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            canvas.addAction(action)
        else:
            window.addAction(action)
        actions[spec.id] = action
    return actions


def fill_menus(menu_bar: QMenuBar, actions: Mapping[str, QAction]) -> None:
    menus = {}
    for spec in ACTIONS:
        if spec.menu not in menus:
            menus[spec.menu] = menu_bar.addMenu(spec.menu)
            # Of the others what a tip would say stands in the menu itself.
            menus[spec.menu].setToolTipsVisible(spec.menu == "&Review")
        elif spec.id in _DIVIDED:
            menus[spec.menu].addSeparator()
        menus[spec.menu].addAction(actions[spec.id])


def shortcut_table(actions: Mapping[str, QAction]) -> list[tuple[str, str, str]]:
    """Menu, what is done, and the keys for it now, for the shortcut sheet."""
    return [
        (
            spec.menu.replace("&", ""),
            # Undo and redo bear the name of a step, classes that of a class.
            plain_text(actions[spec.id])
            if spec.id in CLASS_ACTIONS
            else spec.text.replace("&", "").rstrip("…"),
            keys,
        )
        for spec in ACTIONS
        if actions[spec.id].isVisible()
        for keys in [all_keys(actions[spec.id])]
        if keys
    ]


def plain_text(action: QAction) -> str:
    """What an action is called where there is no menu around it."""
    doubled = action.text().replace("&&", "\0").replace("&", "")
    return doubled.replace("\0", "&").rstrip("…")


def all_keys(action: QAction) -> str:
    form = QKeySequence.SequenceFormat.NativeText
    return "  or  ".join(key.toString(form) for key in action.shortcuts())


def first_key(action: QAction) -> str:
    return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)


def _ignoring_state(callback: Callable[[], object]) -> Callable[..., None]:
    def call(*_state: object) -> None:
        callback()

    return call
