"""The classes of a project, and what the reader fills in beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QColorDialog,
    QComboBox,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from dentalviewer.curation.classes import ClassRow, ProjectClasses
from dentalviewer.labels import KNOWN_LABELS

NAME, NEW_NAME, MEANS, FINDINGS, REVIEWED, FILES = range(6)
_TITLES = ("Class", "New name", "Means", "Findings", "In reviews", "Files")
_EXPLAINED = {
    NEW_NAME: "Two classes with the same name are merged",
    MEANS: "The program's class that this name means; the files stay as they are",
}
SWATCH = 14
_USUALLY = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the reader filled in: other names, colors by new name, and all aliases."""

    names: Mapping[str, str] = field(default_factory=dict)
    colors: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)


class ClassesTable(QTableWidget):
    """`filled_in` tells that something else is wanted now."""

    filled_in = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(_TITLES), parent)
        self._rows: tuple[ClassRow, ...] = ()
        self._aliases: Mapping[str, str] = {}
        self._colors: dict[str, str] = {}
        self._filling = False
        self._arrange()
        self.itemChanged.connect(self._on_item_changed)

    @property
    def wanted(self) -> Wanted:
        names: dict[str, str] = {}
        aliases: dict[str, str] = {}
        for index, row in enumerate(self._rows):
            new = self._cell(index, NEW_NAME)
            if new and new != row.name:
                names[row.name] = new
            means = self._cell(index, MEANS)
            if means:
                aliases[row.name] = means
        colors = {names.get(n, n): color for n, color in self._colors.items()}
        return Wanted(names, colors, aliases)

    @property
    def is_filled(self) -> bool:
        """Whether anything is wanted that is not so already."""
        wanted = self.wanted
        return bool(wanted.names or wanted.colors or wanted.aliases != self._aliases)

    @property
    def selected(self) -> list[int]:
        """The rows, from the top."""
        return sorted({index.row() for index in self.selectedIndexes()})

    def show_classes(self, classes: ProjectClasses) -> None:
        """Begins anew: nothing is filled in."""
        self._rows, self._aliases = classes.rows, classes.settings.aliases
        self._colors = {}
        self._fill()

    def merge_selected(self) -> None:
        """Into the one with the most findings; its name can be changed afterwards."""
        chosen = self.selected
        best = max(
            chosen, key=lambda i: self._rows[i].findings + self._rows[i].reviewed
        )
        name = self._cell(best, NEW_NAME) or self._rows[best].name
        for index in chosen:
            own = self._rows[index].name == name
            self.set_new_name(index, "" if own else name)

    def set_new_name(self, index: int, name: str) -> None:
        item = self.item(index, NEW_NAME)
        if item is not None:
            item.setText(name)

    def set_color(self, index: int, color: str) -> None:
        """Of the class in a row, as #rrggbb, and of the one that its boxes are."""
        shown = self._rows[index].shown_as
        self._colors |= {self._rows[index].name: color, shown: color}
        for other, row in enumerate(self._rows):
            if row.shown_as == shown:
                self._show_swatch(other, color)
        self.filled_in.emit()

    def choose_color(self) -> None:
        """Ask for that of the selected class."""
        index = self.selected[0]
        row = self._rows[index]
        now = QColor(self._colors.get(row.shown_as, row.color))
        dialog = QColorDialog(now, self)
        dialog.setWindowTitle(f"Colour of {row.name}")
        dialog.setOption(QColorDialog.ColorDialogOption.DontUseNativeDialog)
        if dialog.exec():
            self.set_color(index, dialog.currentColor().name())
        dialog.deleteLater()

    def reset(self) -> None:
        """Take back what is filled in."""
        self._colors = {}
        self._fill()
        self.filled_in.emit()

    # How it is put together

    def _arrange(self) -> None:
        self.setAccessibleName("Classes")
        self.setHorizontalHeaderLabels(list(_TITLES))
        for column, title in enumerate(_TITLES):
            cell = QTableWidgetItem(title)
            cell.setToolTip(_EXPLAINED.get(column, ""))
            cell.setTextAlignment(_alignment(column))
            self.setHorizontalHeaderItem(column, cell)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        for column in range(len(_TITLES)):
            header.setSectionResizeMode(
                column,
                QHeaderView.ResizeMode.Stretch
                if column <= MEANS
                else QHeaderView.ResizeMode.ResizeToContents,
            )
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.AllEditTriggers)
        self.setItemDelegateForColumn(MEANS, _KnownLabels(self))

    def _fill(self) -> None:
        self._filling = True
        self.setRowCount(len(self._rows))
        for index, row in enumerate(self._rows):
            counts = (row.findings, row.reviewed, row.files)
            texts = (row.name, "", row.means or "", *(f"{n:,}" for n in counts))
            for column, text in enumerate(texts):
                self.setItem(index, column, _cell(row, column, text))
            self._show_swatch(index, row.color)
        self._filling = False

    def _show_swatch(self, index: int, color: str) -> None:
        swatch = QPixmap(SWATCH, SWATCH)
        swatch.fill(QColor(color))
        item = self.item(index, NAME)
        self._filling, before = True, self._filling
        if item is not None:
            item.setIcon(_untinted(swatch))
        self._filling = before

    def _cell(self, row: int, column: int) -> str:
        item = self.item(row, column)
        return item.text().strip() if item is not None else ""

    def _on_item_changed(self, _item: QTableWidgetItem) -> None:
        if not self._filling:
            self.filled_in.emit()


def _untinted(swatch: QPixmap) -> QIcon:
    """In a selected line, too, it shows the color of the boxes."""
    icon = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected, QIcon.Mode.Disabled):
        icon.addPixmap(swatch, mode)
    return icon


class _KnownLabels(QStyledItemDelegate):
    """Offers the classes of the glossary; another one can be typed.

    Where nothing is filled in, it quietly shows what a name means without.
    """

    def initStyleOption(
        self,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().initStyleOption(option, index)
        usually = index.data(_USUALLY)
        if usually and not str(index.data() or "").strip():
            text = QPalette.ColorRole.PlaceholderText
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDisplay
            option.text = usually
            option.palette.setBrush(QPalette.ColorRole.Text, option.palette.brush(text))

    def createEditor(
        self,
        parent: QWidget,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> QWidget:
        choice = QComboBox(parent)
        choice.setEditable(True)
        choice.addItems(["", *KNOWN_LABELS])
        line, usually = choice.lineEdit(), index.data(_USUALLY)
        if line is not None and usually:
            line.setPlaceholderText(usually)
        choice.activated.connect(lambda _: self._take(choice))
        return choice

    def setEditorData(
        self, editor: QWidget, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        cast("QComboBox", editor).setEditText(str(index.data()))

    def setModelData(
        self,
        editor: QWidget,
        model: QAbstractItemModel,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        model.setData(index, cast("QComboBox", editor).currentText())

    def _take(self, choice: QComboBox) -> None:
        """Whoever has chosen need not say so twice."""
        self.commitData.emit(choice)
        self.closeEditor.emit(choice)


def _cell(row: ClassRow, column: int, text: str) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    item.setTextAlignment(_alignment(column))
    known = column == MEANS and row.name in KNOWN_LABELS
    if column not in (NEW_NAME, MEANS) or known:
        item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEditable)
    elif column == MEANS and row.usually_means != row.name:
        item.setData(_USUALLY, row.usually_means)
        item.setToolTip(
            f"If nothing is filled in, it means {row.usually_means}, as in your"
            " preferences"
        )
    if known:
        item.setToolTip("This is one of the program's own classes")
    return item


def _alignment(column: int) -> Qt.AlignmentFlag:
    """Numbers to the right, under their title."""
    side = Qt.AlignmentFlag.AlignRight if column > MEANS else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
