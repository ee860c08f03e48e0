"""The list that is the work: disagreements first, what is decided last."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelectionModel, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from dentalviewer.agreement import Relation
from dentalviewer.dentition import Notation
from dentalviewer.gui.canvas.source_icon import ICON_SIZE, source_icon
from dentalviewer.gui.reviewing.working_order import Row, row_of, score_at
from dentalviewer.gui.widgets.palette import short_class_name
from dentalviewer.phrases import percent
from dentalviewer.review import Verdict

_GROUP_TITLES = {
    Relation.LABELS_DIFFER: "Named differently",
    Relation.DETECTOR_ONLY: "Only the detector",
    Relation.DENTIST_ONLY: "Only the dentist",
    Relation.UNASKED: "Not asked of the detector",
    Relation.AGREE: "Both agree",
}
# Whether the detector agrees is not known.
_UNHEARD_TITLE = "Marked by the dentist"
# Of the remarks.
_WIDEST = "✓ corrected"
_ITEM_ID = Qt.ItemDataRole.UserRole


class FindingsList(QTreeWidget):
    """Shows rows in groups; tells which findings were chosen."""

    items_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Findings")
        self.setColumnCount(3)
        self.setRootIsDecorated(False)
        self.setIndentation(6)
        self.setIconSize(ICON_SIZE)
        self.setUniformRowHeights(True)
        self.setExpandsOnDoubleClick(False)
        self.setItemsExpandable(False)
        header = self.header()
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        # As wide as any remark, so that no decision moves the other columns.
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(2, self.fontMetrics().horizontalAdvance(_WIDEST) + 12)
        # The arrow keys are the window's, so that they work wherever the focus is.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSelectionMode(QTreeWidget.SelectionMode.ExtendedSelection)
        self.itemClicked.connect(self._on_clicked)
        self._shown: tuple[Row, ...] = ()
        self._heard = False
        self._notation = Notation.FDI
        self._name_columns()

    def set_notation(self, notation: Notation) -> None:
        """How the teeth are written, which the header tells."""
        if notation is not self._notation:
            self._notation = notation
            self._name_columns()
            self.renew()

    def renew(self) -> None:
        """Classes, teeth or colors are written otherwise by now."""
        shown, self._shown = self._shown, ()
        self.show_rows(shown, heard=self._heard)

    def show_rows(self, rows: tuple[Row, ...], *, heard: bool) -> None:
        """`heard` tells whether the reader knows what the detector says."""
        if rows == self._shown and heard == self._heard:
            return
        self._shown, self._heard = rows, heard
        scrolled = self.verticalScrollBar().value()
        self.clear()
        group: QTreeWidgetItem | None = None
        title = ""
        for row in rows:
            wanted = self._group_title(row)
            if group is None or wanted != title:
                title = wanted
                places = {r.place for r in rows if self._group_title(r) == wanted}
                group = self._add_group(f"{title} ({len(places)})")
            group.addChild(_line(row, self._notation))
        self.expandAll()
        self.verticalScrollBar().setValue(scrolled)

    def mark_selected(self, item_ids: tuple[int, ...]) -> None:
        """Highlight the rows of these items, and bring that of the last into sight."""
        rows = [row_of(self._shown, item_id) for item_id in item_ids]
        lines = self._lines()
        self.selectionModel().clear()
        for index in rows:
            if index is not None:
                lines[index].setSelected(True)
        if rows and rows[-1] is not None:
            self.selectionModel().setCurrentIndex(
                self.indexFromItem(lines[rows[-1]]),
                QItemSelectionModel.SelectionFlag.NoUpdate,
            )
            self.scrollToItem(lines[rows[-1]])

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            for group in self._groups():
                self._color(group)

    def _groups(self) -> list[QTreeWidgetItem]:
        found = map(self.topLevelItem, range(self.topLevelItemCount()))
        return [group for group in found if group is not None]

    def _lines(self) -> list[QTreeWidgetItem]:
        """Of the rows, in their order."""
        return [
            line
            for group in self._groups()
            for line in map(group.child, range(group.childCount()))
            if line is not None
        ]

    def _name_columns(self) -> None:
        self.setHeaderLabels([f"Tooth ({self._notation.short}) and class", "Score", ""])
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self.headerItem().setTextAlignment(1, right)

    def _add_group(self, title: str) -> QTreeWidgetItem:
        group = QTreeWidgetItem([title])
        group.setFlags(Qt.ItemFlag.ItemIsEnabled)
        font = self.font()
        font.setBold(True)
        group.setFont(0, font)
        self._color(group)
        self.addTopLevelItem(group)
        group.setFirstColumnSpanned(True)
        return group

    def _color(self, group: QTreeWidgetItem) -> None:
        group.setForeground(0, self.palette().placeholderText())

    def _group_title(self, row: Row) -> str:
        if row.decided:
            return "Decided"
        if row.place.relation is Relation.DENTIST_ONLY and not self._heard:
            return _UNHEARD_TITLE
        return _GROUP_TITLES[row.place.relation]

    def _on_clicked(self, clicked: QTreeWidgetItem) -> None:
        """The one that was clicked comes last, for the card is about it."""
        chosen = [line for line in self.selectedItems() if line is not clicked]
        if clicked.isSelected() and clicked.data(0, _ITEM_ID) is not None:
            chosen.append(clicked)
        self.items_chosen.emit(tuple(line.data(0, _ITEM_ID) for line in chosen))


def _line(row: Row, notation: Notation) -> QTreeWidgetItem:
    finding = row.item.current
    tooth = f"{row.placing.written(notation)}  " if row.placing.teeth else ""
    score = score_at(row.item, row.place)
    line = QTreeWidgetItem(
        [
            # In full it is cut off beside the score; the card says it.
            tooth + short_class_name(finding.label),
            "" if score is None else percent(score),
            _remark(row),
        ]
    )
    line.setIcon(0, source_icon(finding.label, row.item.source))
    line.setData(0, _ITEM_ID, row.item.id)
    line.setTextAlignment(1, Qt.AlignmentFlag.AlignRight)
    return line


def _remark(row: Row) -> str:
    outcome = _outcome(row)
    if not row.item.current.uncertain or outcome.startswith("✗"):
        return outcome
    # What became of it is in the card.
    return "✓ uncertain" if row.decided else "uncertain"


def _outcome(row: Row) -> str:
    if Verdict.REJECTED in (row.item.verdict, row.place.verdict):
        return f"✗ {Verdict.REJECTED}"
    if row.decided:
        return f"✓ {row.item.outcome or Verdict.ACCEPTED}"
    if row.place.relation is Relation.LABELS_DIFFER:
        return str(row.item.source)
    return ""
