"""Asks what heads a report and where it goes; writes it off the GUI thread."""

from __future__ import annotations

import os
from collections.abc import Sequence
from html import escape
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from dentalviewer.dentition import Notation, Tooth
from dentalviewer.errors import FileError
from dentalviewer.gui.reporting.pdf import write_pdf
from dentalviewer.gui.reporting.tooth_sentences import ToothLine, ToothSentences
from dentalviewer.gui.widgets.explaining import explained
from dentalviewer.gui.widgets.fitting import keep_fitting
from dentalviewer.gui.widgets.question import goes_ahead
from dentalviewer.gui.work.background import Background
from dentalviewer.reports.report import (
    Practice,
    Report,
)
from dentalviewer.reports.writing import SUFFIXES, files_of, write_report
from dentalviewer.review import Patient

_KINDS = {
    ".pdf": "A PDF, to print or to hand out.",
    ".htm": "A web page in one file, to read on a screen or to print.",
    ".html": "A web page in one file, to read on a screen or to print.",
    ".json": "JSON, for other programs; teeth by their FDI numbers.",
    ".csv": "A table of findings for a spreadsheet, and beside it one of teeth.",
}
_CHANGED = (
    "The findings or numbers of some teeth have changed since you reworded their"
    " sentences. The report uses the program's new sentences unless you choose your own"
    " again."
)
# A name, number and date of birth that a DICOM file holds stay in it.
_TYPED_ALONE = "typed by you, never taken from the file"
_ENDINGS = f"{', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
_FORMATS = {".pdf": "PDF", ".html": "Web page", ".json": "JSON", ".csv": "Table"}
_FILTERS = ";;".join(f"{name} (*{suffix})" for suffix, name in _FORMATS.items())


class ReportDialog(QDialog):
    """Values in, values out: `patient`, `note`, `notation` and `path` are what the
    reader left, and `printing` tells that they want paper instead of a file.

    `preferences_wanted` asks for what heads every report; `use_preferences` tells what
    came of it, and nothing that was typed is lost.

    `status` says why the report will be marked as unreviewed, `contradiction` what of
    teeth cannot both be; empty if nothing does.
    """

    preferences_wanted = Signal()

    def __init__(
        self,
        patient: Patient,
        note: str,
        path: Path,
        *,
        practice: Practice,
        notation: Notation = Notation.FDI,
        teeth: Sequence[ToothLine] = (),
        status: str = "",
        contradiction: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Report")
        self.setMinimumWidth(540)
        self.resize(560, 430)
        keep_fitting(self)
        self.printing = False
        self._preferred = notation
        # Where the file dialog has already asked whether to replace a file.
        self._may_replace: Path | None = None
        self._make_fields(patient, note, notation)
        self._make_path(path)
        buttons = self._make_buttons()
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        for told in filter(None, (status, contradiction)):
            layout.addWidget(_warning(told))
        layout.addLayout(self._form(), 1)
        self._add_sentences(layout, teeth)
        layout.addWidget(buttons)
        self._on_path_changed()
        self.use_preferences(practice, notation)
        self._name.setFocus()
        self._left_as = self._typed

    @property
    def patient(self) -> Patient:
        return Patient(
            name=self._name.text().strip(),
            number=self._number.text().strip(),
            birth_date=self._birth_date.text().strip(),
        )

    @property
    def note(self) -> str:
        return self._note.toPlainText().strip()

    @property
    def notation(self) -> Notation:
        """How the report is to write teeth."""
        return Notation[self._notation.currentData()]

    @property
    def tooth_words(self) -> tuple[tuple[Tooth, str], ...]:
        """What the reader worded otherwise than it was worked out."""
        return self._sentences.said

    @property
    def path(self) -> Path:
        # Unlike Path's, this leaves "~nobody" as it is, half typed as it may be. A name
        # alone lies where it was proposed to save: what is clicked on works in a folder
        # of the system.
        return self._folder / os.path.expanduser(self._path.text().strip())

    def use_preferences(self, practice: Practice, notation: Notation) -> None:
        """What heads a report, and how teeth are written unless this one differs."""
        heads = ", ".join(filter(None, (practice.name, practice.dentist)))
        self._practice.setText(heads or "None yet")
        self._practice.setToolTip(escape(heads))
        before, self._preferred = self._preferred, notation
        if self.notation is before:
            self._notation.setCurrentText(str(notation))
        self._show_notation()

    def accept(self) -> None:
        path = self.path
        # Path.exists raises an error if the name is too long.
        there = [each for each in files_of(path) if os.path.exists(each)]
        replaced = [each for each in there if each != self._may_replace]
        if replaced and not self._ask(replaced):
            return
        super().accept()

    def reject(self) -> None:
        """Esc is soon pressed, and what was typed is kept nowhere else."""
        if self._left_as == self._typed or goes_ahead(
            self,
            "Report",
            "Discard what you have typed for this report?",
            go="Discard it",
            stay="Go on typing",
        ):
            super().reject()

    @property
    def _typed(self) -> tuple[object, ...]:
        return self.patient, self.note, self.tooth_words

    def _on_print(self) -> None:
        self.printing = True
        # No file is written, and none need be replaced.
        super().accept()

    def _make_fields(self, patient: Patient, note: str, notation: Notation) -> None:
        self._name = QLineEdit(patient.name)
        self._name.setPlaceholderText(_TYPED_ALONE)
        self._birth_date = QLineEdit(patient.birth_date)
        self._birth_date.setPlaceholderText("such as 3 May 1961")
        self._number = QLineEdit(patient.number)
        self._note = QPlainTextEdit(note)
        self._note.setTabChangesFocus(True)
        self._note.setMinimumHeight(70)
        self._notation = QComboBox()
        self._notation.setObjectName("system")
        for each in Notation:
            self._notation.addItem(str(each), each.name)
        self._notation.setCurrentText(str(notation))
        self._notation.currentIndexChanged.connect(self._show_notation)

    def _make_path(self, path: Path) -> None:
        self._folder = path.parent
        self._path = QLineEdit(str(path))
        self._path.setObjectName("path")
        self._path.setAccessibleName("File to save the report in")
        self._path.textChanged.connect(self._on_path_changed)
        self._kind = _words("")
        self._format = QComboBox()
        self._format.setObjectName("format")
        self._format.setAccessibleName("Format of the report")
        for suffix, name in _FORMATS.items():
            self._format.addItem(name, suffix)
        self._format.activated.connect(self._on_format)

    def _make_buttons(self) -> QDialogButtonBox:
        standard, role = QDialogButtonBox.StandardButton, QDialogButtonBox.ButtonRole
        buttons = QDialogButtonBox(standard.Save | standard.Cancel)
        self._save = buttons.button(standard.Save)
        self._save.setText("Save report")
        # The two most likely next steps stand side by side.
        printing = buttons.addButton("P&rint…", role.ActionRole)
        printing.clicked.connect(self._on_print)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        return buttons

    def _add_sentences(self, layout: QVBoxLayout, teeth: Sequence[ToothLine]) -> None:
        self._sentences = ToothSentences(teeth, self._preferred)
        self._told = QLabel(wordWrap=True)
        if self._sentences.outdated:
            layout.addWidget(_warning(_CHANGED))
        layout.addWidget(self._told)
        layout.addWidget(self._sentences, 2)
        for part in (self._told, self._sentences):
            part.setVisible(bool(teeth))
        if teeth:
            self.resize(760 if self._sentences.outdated else 560, 640)

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Practice", self._practice_row())
        form.addRow("&Patient", self._name)
        form.addRow("&Born", self._birth_date)
        form.addRow("N&umber", self._number)
        form.addRow("&Note", self._note)
        form.addRow("&Tooth numbers", self._notation)
        browse = QPushButton("&Choose…")
        # Enter saves, also after a file was chosen.
        browse.setAutoDefault(False)
        browse.clicked.connect(self._on_choose)
        destination = QWidget()
        row = QHBoxLayout(destination)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._path, 1)
        row.addWidget(self._format)
        row.addWidget(browse)
        told = explained(destination, self._kind)
        form.addRow("Save &as", told)
        label = form.labelForField(told)
        if isinstance(label, QLabel):
            label.setBuddy(self._path)
            # A form has a label level with the middle of 7/4 of its height: here, with
            # that of the path, not of the words below it.
            browse.ensurePolished()
            label.setMinimumHeight(destination.sizeHint().height() * 4 // 7)
        # On an enlarged screen its width is rounded down, into the last letter.
        widest = form.labelForField(self._notation)
        widest.setMinimumWidth(widest.sizeHint().width() + 1)
        return form

    def _practice_row(self) -> QWidget:
        self._practice = _words("")
        change = QPushButton("Pre&ferences…")
        # Enter saves, also after a look at them.
        change.setAutoDefault(False)
        change.clicked.connect(self.preferences_wanted)
        whole = QWidget()
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._practice, 1)
        row.addWidget(change)
        return whole

    def _on_path_changed(self) -> None:
        kind = _KINDS.get(self.path.suffix.lower())
        self._save.setEnabled(kind is not None)
        suffix = ".html" if self.path.suffix.lower() == ".htm" else self.path.suffix
        self._format.setCurrentIndex(self._format.findData(suffix.lower()))
        self._kind.setText(kind or f"The name should end in {_ENDINGS}.")

    def _show_notation(self) -> None:
        alone = "" if self.notation is self._preferred else ", for this report alone"
        self._told.setText(
            f"Said of each tooth, in {self.notation} numbers;"
            f" double-click or F2 to reword{alone}:"
        )
        self._sentences.show_in(self.notation)

    def _on_choose(self) -> None:
        chosen, kind = QFileDialog.getSaveFileName(
            self, "Choose where to save the report", str(self.path), _FILTERS
        )
        if not chosen:
            return
        path = Path(chosen)
        if path.suffix:
            self._may_replace = path
        else:
            # The dialog asked about another name than the one that it becomes here.
            path = path.with_suffix(_suffix_of(kind))
        self._path.setText(str(path))
        self._save.setFocus()

    def _on_format(self) -> None:
        if not self._path.text().strip():
            return
        self._path.setText(str(self.path.with_suffix(self._format.currentData())))

    def _ask(self, there: Sequence[Path]) -> bool:
        names = " and ".join(path.name for path in there)
        exist, them = ("exist", "them") if len(there) > 1 else ("exists", "it")
        return goes_ahead(
            self,
            "Report",
            f"{names} {exist} already. Replace {them}?",
            go=f"Replace {them}",
            stay="Cancel",
        )


class ReportExport(QObject):
    """Writes one report after another; each is announced when it is on the disk.

    While one is `busy` being written, no other may be asked for.
    """

    exported = Signal(Path)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background("report", self, failed=self._on_failed)
        self._background.answered.connect(self.exported)

    @property
    def busy(self) -> bool:
        return self._background.busy

    def export(self, report: Report, path: Path) -> None:
        def write() -> Path:
            write_report(report, path, write_pdf=write_pdf)
            return path

        self._background.request(write)

    def finish(self) -> None:
        """Wait for the report in hand, for closing. Raises FileError if not saved."""
        self._background.finish()

    def stop(self) -> None:
        self._background.stop()

    def _on_failed(self, error: Exception) -> None:
        said = error if isinstance(error, FileError) else f"It failed with {error!r}."
        self.failed.emit(f"The report is not saved. {said}")


def _suffix_of(kind: str) -> str:
    """Of a line of the file dialog's filter, such as "PDF (*.pdf)"."""
    return kind.partition("*")[2].rstrip(")") or ".pdf"


def _words(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("muted")
    label.setTextFormat(Qt.TextFormat.PlainText)
    # A long name is cut off rather than making the dialog wider than the screen.
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    label.setToolTip(escape(text))
    return label


def _warning(text: str) -> QFrame:
    bar = QFrame()
    bar.setObjectName("messageBar")
    layout = QHBoxLayout(bar)
    label = QLabel(text, wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    layout.addWidget(label)
    return bar
