"""Colours: of the classes, told apart by the colour-blind, and of the window."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from dentalviewer import labels
from dentalviewer.resources import icons_folder

# Those that were chosen for the folder whose radiograph is in the window.
_chosen_colors: dict[str, str] = {}
_chosen_names: dict[str, str] = {}


def use_classes(
    colors: Mapping[str, str], names: Mapping[str, str] = labels.NONE_CHOSEN
) -> bool:
    """From now on boxes of these classes are drawn, and classes are called, so; others
    have their own colours and names. Whether that is another choice than before.
    """
    before = dict(_chosen_colors), dict(_chosen_names)
    for chosen, wanted in ((_chosen_colors, colors), (_chosen_names, names)):
        chosen.clear()
        chosen.update(wanted)
    return before != (_chosen_colors, _chosen_names)


def class_name(label: str) -> str:
    return labels.display_name(label, _chosen_names)


def short_class_name(label: str) -> str:
    """Where there is little room: ours are not written in full."""
    return _chosen_names.get(label, label)


def label_called(name: str) -> str:
    """The class that is called so; a name that is none's is itself a class."""
    named = (*labels.KNOWN_LABELS, *_chosen_names)
    return {class_name(each).casefold(): each for each in named}.get(
        name.casefold(), name
    )


def class_colors() -> Mapping[str, str]:
    """Those chosen colors that are in use, as #rrggbb."""
    return dict(_chosen_colors)


def label_color(label: str) -> QColor:
    return QColor(labels.label_color(label, _chosen_colors))


# Behind the radiograph it is dark in either theme: grey beside grey misleads the eye.
CANVAS_COLOR = QColor("#0b0c0e")
CANVAS_TEXT = "#e4e6ea"
CANVAS_MUTED = "#9aa0aa"

_DARK = {
    "window": "#1c1e21",
    "base": "#15171a",
    "raised": "#26292e",
    "text": "#e4e6ea",
    "muted": "#9aa0aa",
    "line": "#363a41",
    "accent": "#3b82c4",
    "selected": "#26415c",
    "on_selected": "#ffffff",
    "on_accent": "#ffffff",
    "warning": "#4a3a12",
    "warning_text": "#f5d680",
}
_LIGHT = {
    "window": "#f2f3f5",
    "base": "#ffffff",
    "raised": "#e6e8ec",
    "text": "#1d2025",
    "muted": "#5d646f",
    "line": "#c9cdd4",
    "accent": "#1f6fb2",
    "selected": "#cfe2f5",
    "on_selected": "#0f1a26",
    "on_accent": "#ffffff",
    "warning": "#fff3cd",
    "warning_text": "#5c4600",
}

_STYLE = """
QToolBar {{ background: {window}; border: 0; border-bottom: 1px solid {line};
    padding: 4px 6px; spacing: 2px; }}
QToolBar QToolButton {{ padding: 5px 7px; border-radius: 4px; color: {text}; }}
QToolBar QToolButton#moreTools::menu-indicator {{ image: none; }}
QToolBar QToolButton:hover {{ background: {raised}; }}
QToolBar QToolButton:checked {{ background: {accent}; color: {on_accent}; }}
QToolBar QToolButton:disabled {{ color: {muted}; }}
QToolBar::separator {{ width: 1px; background: {line}; margin: 4px 6px; }}
QStatusBar {{ background: {window}; border-top: 1px solid {line}; color: {muted}; }}
QStatusBar QLabel {{ color: {muted}; padding: 1px 8px; }}
QStatusBar::item {{ border: 0; }}
QSplitter::handle {{ background: {line}; }}
QTreeWidget, QListWidget, QTableWidget {{ background: {base}; border: 0; }}
#worklist {{ background: {base}; border: 0; border-top: 1px solid {line};
    border-bottom: 1px solid {line}; }}
#worklist::item:hover {{ background: {raised}; }}
#worklist::item:selected {{ background: {selected}; }}
QTreeWidget::item, QListWidget::item {{ padding: 4px 2px; }}
QTreeWidget::item:selected, QListWidget::item:selected {{
    background: {selected}; color: {on_selected}; }}
QTableWidget::item:selected {{ background: {selected}; color: {on_selected}; }}
QHeaderView {{ background: {base}; }}
QHeaderView::section {{ background: {base}; color: {muted}; border: 0;
    border-bottom: 1px solid {line}; padding: 5px 4px; }}
QPushButton {{ padding: 6px 12px; border: 1px solid {line}; border-radius: 4px;
    background: {raised}; color: {text}; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QPushButton:hover {{ border-color: {accent}; }}
QPushButton:focus {{ border: 1px solid {accent}; }}
QPushButton:checked, QPushButton:default {{
    background: {accent}; color: {on_accent}; border-color: {accent}; }}
QPushButton:disabled {{ color: {muted}; background: {window};
    border-color: {line}; }}
QLineEdit, QPlainTextEdit {{ background: {base}; border: 1px solid {line};
    border-radius: 3px; padding: 3px 5px; color: {text}; }}
QLineEdit:focus, QPlainTextEdit:focus {{ border-color: {accent}; }}
QCheckBox::indicator, QAbstractItemView::indicator {{ width: 14px; height: 14px;
    border: 1px solid {muted}; border-radius: 3px; background: {base}; }}
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked {{
    background: {accent}; border-color: {accent}; image: url("{check}"); }}
QCheckBox::indicator:focus {{ border-color: {text}; }}
QRadioButton::indicator {{ width: 14px; height: 14px; border: 1px solid {muted};
    border-radius: 8px; background: {base}; }}
QRadioButton::indicator:checked {{ width: 6px; height: 6px;
    border: 5px solid {accent}; background: {on_accent}; }}
QRadioButton::indicator:unchecked:focus {{ border-color: {text}; }}
QRadioButton:focus {{ color: {accent}; }}
QTabWidget::pane {{ border: 0; border-top: 1px solid {line}; }}
QTabBar::tab {{ padding: 6px 12px; color: {muted}; border: 0;
    border-bottom: 2px solid transparent; background: {window}; }}
QTabBar::tab:selected {{ color: {text}; border-bottom: 2px solid {accent}; }}
QTabBar::tab:focus {{ color: {accent}; }}
#newsBar {{ background: {raised}; }}
#messageBar {{ background: {warning}; }}
MessageBar, AuditBar {{ border: 1px solid {line}; border-radius: 6px; }}
#scrolledWords {{ border: 1px solid transparent; }}
#scrolledWords:focus {{ border-color: {accent}; }}
#messageBar QLabel {{ color: {warning_text}; }}
#line {{ background: {line}; border: 0; max-height: 1px; }}
#welcomeTitle {{ color: {canvas_text}; font-size: 15pt; }}
#welcomeWords {{ color: {canvas_muted}; }}
#labelButton {{ padding: 6px 4px; }}
#labelButton:checked {{ background: {selected}; color: {on_selected};
    border-color: {accent}; }}
QProgressBar {{ background: {raised}; border: 0; border-radius: 2px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 2px; }}
#muted {{ color: {muted}; }}
#fault {{ color: {warning_text}; }}
#heading {{ font-weight: 600; }}
"""


def apply_theme(app: QApplication, *, dark: bool) -> None:
    """Give the whole application the dark (reading) or light (bright room) theme."""
    colors = _DARK if dark else _LIGHT
    app.setStyle("Fusion")
    palette = QPalette()
    role = QPalette.ColorRole
    for roles, name in (
        ((role.Window, role.AlternateBase), "window"),
        ((role.Base, role.ToolTipBase), "base"),
        ((role.Button,), "raised"),
        ((role.WindowText, role.Text, role.ButtonText, role.ToolTipText), "text"),
        ((role.PlaceholderText,), "muted"),
        ((role.Highlight, role.Link), "accent"),
        ((role.HighlightedText,), "on_accent"),
    ):
        for each in roles:
            palette.setColor(each, QColor(colors[name]))
    for each in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, QColor(colors["muted"]))
    app.setPalette(palette)
    app.setStyleSheet(
        _STYLE.format(
            **colors,
            canvas_text=CANVAS_TEXT,
            canvas_muted=CANVAS_MUTED,
            check=(icons_folder() / "check.svg").as_posix(),
        )
    )
