"""Who reads, how, which names of classes mean what, and which keys do what."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.dentition import Notation
from dentalviewer.gui.preferences.alias_rows import (
    AliasRow,
    aliases_of,
    fault_of,
    told_of,
)
from dentalviewer.gui.preferences.keys_page import KeysPage
from dentalviewer.gui.preferences.preferences import THEMES, Preferences
from dentalviewer.gui.widgets.explaining import explained, label_of, show_as_fault
from dentalviewer.gui.widgets.fitting import keep_fitting
from dentalviewer.gui.widgets.parts import muted
from dentalviewer.labels import DEFAULT_ALIASES


class _AliasTable(QTableWidget):
    """While names are typed, Tab goes from cell to cell, and ends with the last."""

    def closeEditor(
        self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint
    ) -> None:
        here, hints = self.currentIndex(), QAbstractItemDelegate.EndEditHint
        last = (self.rowCount() - 1, self.columnCount() - 1)
        if hint is hints.EditNextItem and (here.row(), here.column()) == last:
            hint = hints.NoHint
        super().closeEditor(editor, hint)


class PreferencesDialog(QDialog):
    """Edits a copy; `preferences` is what the reader left it at."""

    def __init__(self, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Preferences")
        self.resize(620, 560)
        self._before = preferences
        self._reader = QLineEdit(preferences.reader)
        self._reader.setPlaceholderText(Preferences().reader_name)
        self._practice = QLineEdit(preferences.practice_name)
        self._practice.setObjectName("practice")
        self._address = QPlainTextEdit(preferences.practice_address)
        self._address.setMaximumHeight(90)
        self._address.setTabChangesFocus(True)
        self._dentist = QLineEdit(preferences.dentist)
        self._theme = QComboBox()
        self._theme.addItems(list(THEMES))
        self._theme.setCurrentText(preferences.theme)
        self._notation = QComboBox()
        self._notation.setObjectName("system")
        for notation in Notation:
            self._notation.addItem(str(notation), notation.name)
        self._notation.setCurrentText(str(preferences.tooth_notation))
        self._read_first = QCheckBox(
            "&Read first, then reveal: the detector's boxes stay hidden\n"
            "until the radiograph is marked as read"
        )
        self._read_first.setChecked(preferences.read_first)
        self._aliases = _AliasTable(0, 2)
        self._aliases.setHorizontalHeaderLabels(["A class named", "means"])
        self._aliases.setAccessibleName("Class names")
        self._aliases.setTabKeyNavigation(False)
        self._aliases.verticalHeader().hide()
        self._aliases.horizontalHeader().setSectionResizeMode(
            QHeaderView.ResizeMode.Stretch
        )
        self._told = muted()
        self._fill_aliases(dict(preferences.aliases))
        self._aliases.itemChanged.connect(self._tell_of_names)
        self._aliases.model().rowsRemoved.connect(self._tell_of_names)
        self._tell_of_names()
        tabs = QTabWidget()
        tabs.addTab(self._reader_page(), "Reader and practice")
        self._names_page = self._aliases_page()
        tabs.addTab(self._names_page, "Class names")
        self.keys = KeysPage(preferences.keys)
        tabs.addTab(self.keys, "Keys")
        self._tabs = tabs
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(tabs, 1)
        layout.addWidget(buttons)
        keep_fitting(self)

    @property
    def preferences(self) -> Preferences:
        return replace(
            self._before,
            reader=self._reader.text().strip(),
            practice_name=self._practice.text().strip(),
            practice_address=self._address.toPlainText().strip(),
            dentist=self._dentist.text().strip(),
            theme=self._theme.currentText(),
            notation=self._notation.currentData(),
            read_first=self._read_first.isChecked(),
            aliases=aliases_of(self._rows()),
            keys=self.keys.changed,
        )

    @property
    def told(self) -> str:
        """What is to be said of the names of classes; "" if nothing is."""
        return self._told.text()

    def accept(self) -> None:
        """Not while a row of the names would be lost."""
        if fault_of(self._rows()):
            self._tabs.setCurrentWidget(self._names_page)
        else:
            super().accept()

    def show_keys(self) -> None:
        self._tabs.setCurrentWidget(self.keys)

    def _reader_page(self) -> QWidget:
        page, form = QWidget(), QFormLayout()
        column = QVBoxLayout(page)
        column.addLayout(form)
        column.addStretch(1)
        logged = muted("Decisions are logged under this name.")
        reader = label_of(self._reader, "&Your name")
        form.addRow(reader, explained(self._reader, logged))
        form.addRow("&Practice", self._practice)
        form.addRow("&Address", self._address)
        head = muted("Practice, address and dentist head the report.")
        dentist = label_of(self._dentist, "&Dentist")
        form.addRow(dentist, explained(self._dentist, head))
        form.addRow("&Theme", self._theme)
        where = muted("In the window and in reports.")
        numbers = label_of(self._notation, "Tooth &numbers")
        form.addRow(numbers, explained(self._notation, where))
        form.addRow("", self._read_first)
        return page

    def _aliases_page(self) -> QWidget:
        page = QWidget()
        add = QPushButton("&Add")
        add.clicked.connect(lambda: self.add_alias("", ""))
        remove = QPushButton("&Remove")
        remove.clicked.connect(self._remove_alias)
        restore = QPushButton("Restore &defaults")
        restore.clicked.connect(lambda: self._fill_aliases(dict(DEFAULT_ALIASES)))
        buttons = QHBoxLayout()
        for button in (add, remove, restore):
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(page)
        layout.addWidget(
            muted(
                "Class names in annotation files, and what they mean here. A name that"
                " is not listed is kept as it is."
            )
        )
        layout.addWidget(self._aliases, 1)
        layout.addWidget(self._told)
        layout.addLayout(buttons)
        return page

    def _fill_aliases(self, aliases: dict[str, str]) -> None:
        self._aliases.setRowCount(0)
        for name, label in sorted(aliases.items()):
            self.add_alias(name, label)

    def add_alias(self, name: str, label: str) -> None:
        row = self._aliases.rowCount()
        self._aliases.insertRow(row)
        first = QTableWidgetItem(name)
        self._aliases.setItem(row, 0, first)
        self._aliases.setItem(row, 1, QTableWidgetItem(label))
        if not name:
            # Tab goes on from the current one, which would be that of another name.
            self._aliases.setCurrentItem(first)
            self._aliases.editItem(first)

    def _remove_alias(self) -> None:
        self._aliases.removeRow(self._aliases.currentRow())

    def _tell_of_names(self) -> None:
        rows = self._rows()
        fault = fault_of(rows)
        self._told.setText(fault or told_of(aliases_of(rows)))
        self._told.setVisible(bool(self._told.text()))
        show_as_fault(self._told, bool(fault))

    def _rows(self) -> list[AliasRow]:
        return [
            (self._cell(row, 0), self._cell(row, 1))
            for row in range(self._aliases.rowCount())
        ]

    def _cell(self, row: int, column: int) -> str:
        item = self._aliases.item(row, column)
        return item.text() if item is not None else ""
