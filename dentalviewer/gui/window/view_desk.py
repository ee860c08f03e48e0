"""What is in sight: the radiograph as enhanced, and the marks that are not hidden."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, Signal

from dentalviewer import agreement
from dentalviewer.agreement import Relation
from dentalviewer.dentition import Notation
from dentalviewer.enhancement import Enhancement, Window
from dentalviewer.gui.canvas.canvas import Canvas
from dentalviewer.gui.canvas.display_panel import DisplayPanel
from dentalviewer.gui.canvas.marks import Mark, mark_of
from dentalviewer.gui.canvas.radiograph_image import RadiographImage
from dentalviewer.gui.reviewing.review_desk import ReviewDesk
from dentalviewer.gui.reviewing.session import ReviewSession
from dentalviewer.gui.work.background import Background, in_words
from dentalviewer.phrases import counted
from dentalviewer.review import Review, ReviewItem, Source, shown_of
from dentalviewer.scores import with_scores_of_named
from dentalviewer.tooth_assignment import teeth_of

# A drag over so many points takes the window across the whole range of greys.
DRAG_RANGE = 600.0


class ViewDesk(QObject):
    """Stands between the review, the canvas and the display panel."""

    view_changed = Signal()
    reported = Signal(str)

    def __init__(
        self,
        session: ReviewSession,
        desk: ReviewDesk,
        canvas: Canvas,
        panel: DisplayPanel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._desk = desk
        self._canvas = canvas
        self._panel = panel
        self._image: RadiographImage | None = None
        self._hidden: set[Source] = set()
        self._withheld = 0
        self._notation = Notation.FDI
        self._dragged_from: Window | None = None
        self._equaliser = Background("equaliser", self, failed=self._on_failed)
        self._equaliser.answered.connect(self._on_equalised)
        session.review_changed.connect(self.show_marks)
        desk.selection_changed.connect(self._on_selection_changed)
        desk.states.changed.connect(self.show_marks)
        panel.enhancement_changed.connect(self._on_enhancement_changed)
        panel.opacity_changed.connect(canvas.set_opacity)
        panel.hidden_labels_changed.connect(lambda _: self.show_marks())
        canvas.window_drag_started.connect(self._on_window_drag_started)
        canvas.window_dragged.connect(self._on_window_dragged)

    def show_radiograph(
        self, image: RadiographImage, *, same_part: bool = False
    ) -> None:
        """Whole, or the `same_part` and window as of the one before."""
        self._image = image
        self._panel.set_full_window(image.full_window, keep=same_part)
        self._enhance()
        self._canvas.show_radiograph(image, same_part=same_part)

    def show_message(self, message: str) -> None:
        """Say why there is no radiograph."""
        self._image = None
        self._equaliser.supersede()
        self._canvas.show_radiograph(None, message)

    def hide_source(self, source: Source, *, hidden: bool) -> None:
        """Take the marks of one reader out of sight, or bring them back."""
        if hidden:
            self._hidden.add(source)
        else:
            self._hidden.discard(source)
        self.show_marks()

    def set_notation(self, notation: Notation) -> None:
        self._notation = notation
        self.show_marks()

    def note_withheld(self, count: int) -> None:
        """How many findings thresholds that the reader changed keep out of sight."""
        self._withheld = count
        self._show_notes()

    def show_marks(self) -> None:
        self._canvas.show_marks(self._marks(), selected=self._desk.selection.ids)
        self._show_notes()

    def zoom_to_finding(self) -> None:
        """The selected finding with its surroundings, or the whole again."""
        item = self._desk.selected
        if item is not None:
            self._canvas.show_closely(item.current.box)

    def stop(self) -> None:
        self._equaliser.stop()

    def _marks(self) -> tuple[Mark, ...]:
        shown = with_scores_of_named(shown_of(self._session.review))
        selected, locked = self._desk.selection.ids, self._desk.states.locked
        placings = teeth_of(shown)
        return tuple(
            mark_of(
                each.item,
                placings[each.told.id],
                notation=self._notation,
                spoken_by=each.spoken_by,
                locked=each.item.id in locked,
            )
            for each in marked_items(shown, selected, self._is_shown)
        )

    def _show_notes(self) -> None:
        """An empty radiograph would look like one where nothing was found."""
        items = shown_of(self._session.review).items
        notes = [
            f"{counted(count, 'box', 'boxes')} of the {source} hidden"
            for source in sorted(self._hidden)
            if (count := sum(item.source is source for item in items))
        ]
        labels = self._panel.hidden_labels
        if count := sum(item.current.label in labels for item in items):
            notes.append(f"{counted(count, 'box', 'boxes')} of hidden classes")
        if self._withheld:
            findings = counted(self._withheld, "finding")
            notes.append(f"{findings} hidden by thresholds that were changed")
        self._canvas.show_notes(notes)

    def _is_shown(self, item: ReviewItem) -> bool:
        if item.id in self._desk.states.hidden:
            return item.id in self._desk.selection.ids
        hidden_labels = self._panel.hidden_labels
        return (
            item.source not in self._hidden and item.current.label not in hidden_labels
        )

    def _on_selection_changed(self) -> None:
        self.show_marks()
        item = self._desk.selected
        if item is not None:
            self._canvas.reveal(item.current.box)

    # Enhancement

    def _on_enhancement_changed(self, _enhancement: Enhancement) -> None:
        self._enhance()
        self._canvas.refresh()
        self.view_changed.emit()

    def _enhance(self) -> None:
        """As the panel says; local contrast takes a moment and follows by itself."""
        image, wanted = self._image, self._panel.enhancement
        if image is None:
            return
        if wanted.clahe and not image.is_equalised:
            self._equaliser.request(lambda: (image, image.equalise()))
        else:
            image.enhance(wanted)

    def _on_equalised(self, answer: tuple[RadiographImage, list[Any]]) -> None:
        image, levels = answer
        image.keep_equalised(levels)
        if image is self._image:
            image.enhance(self._panel.enhancement)
            self._canvas.refresh()

    def _on_failed(self, error: Exception) -> None:
        self.reported.emit(f"Local contrast cannot be shown. {in_words(error)}")

    def _on_window_drag_started(self) -> None:
        self._dragged_from = self._panel.window_level

    def _on_window_dragged(self, dx: float, dy: float) -> None:
        """To the right widens the window: softer. Up raises the level: darker."""
        start = self._dragged_from
        if start is None:
            return
        step = self._panel.full_window.width / DRAG_RANGE
        width = max(start.width + dx * step, step)
        self._panel.set_window(Window(start.level - dy * step, width))


class MarkedItem(NamedTuple):
    """An item that has a mark, by which item its tooth is told, and which item says the
    same of its place, if another does.
    """

    item: ReviewItem
    told: ReviewItem
    spoken_by: int | None


def marked_items(
    shown: Review,
    selected: Collection[int],
    in_sight: Callable[[ReviewItem], bool],
) -> list[MarkedItem]:
    """One mark for a place that is decided, both where there is still a choice. Who
    agrees has the tooth that the list has of the place.
    """
    items: list[MarkedItem] = []
    for place in agreement.compare(shown):
        agree = place.relation is Relation.AGREE
        seen = [
            item
            for item in place.items
            if in_sight(item)
            if not place.decided or item in place.voices or item.id in selected
        ]
        # One caption for a place, or it would be taken for that of a box beside it.
        speaker = None
        if agree and len(seen) > 1:
            chosen = place.annotation is not None and place.annotation.id in selected
            speaker = place.annotation if chosen else place.prediction
        for item in seen:
            told = place.standing if agree and item.id not in selected else item
            by = speaker.id if speaker is not None else item.id
            items.append(MarkedItem(item, told, by if by != item.id else None))
    return items
