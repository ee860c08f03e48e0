"""What was opened last, to be opened again: kept by name, in the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QSettings
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from dentalviewer.gui.widgets.parts import without_mnemonic
from dentalviewer.worklist.listing import Listing, Sources

KEPT = 8
_KEY = "opening/recent"


class RecentlyOpened(QObject):
    """The newest first. `latest` opens what was open last, and is visible where there
    is such a thing.
    """

    def __init__(
        self,
        settings: QSettings,
        open_all: Callable[[Sequence[Path]], None],
        own_folder: Path,
        window: QWidget,
    ) -> None:
        """Nothing in `own_folder`, as samples are, is kept."""
        super().__init__(window)
        self._settings = settings
        self._open_all = open_all
        self._own_folder = own_folder
        self._menu = QMenu(window)
        self._menu.aboutToShow.connect(self._fill)
        self._action: QAction | None = None
        self.latest = QAction(self)
        self.latest.triggered.connect(lambda: self._open_all(self.paths[:1]))
        self._show()

    @property
    def paths(self) -> tuple[Path, ...]:
        kept = self._settings.value(_KEY)
        # One alone comes back from a file as a text.
        return tuple(map(Path, [kept] if isinstance(kept, str) else kept or []))

    @property
    def menu(self) -> QMenu:
        return self._menu

    def use_actions(self, actions: Mapping[str, QAction]) -> None:
        self._action = actions["open_recent"]
        self._action.setMenu(self._menu)
        self._show()

    def note(self, _listing: Listing, sources: Sources) -> None:
        """Keep what is open now; a choice of several files has no name to go by."""
        opened = (*sources.paths, *sources.annotation_files)
        if len(opened) == 1 and not opened[0].is_relative_to(self._own_folder):
            others = [path for path in self.paths if path != opened[0]]
            self._keep([opened[0], *others][:KEPT])

    def pop_up(self) -> None:
        """By a key: the menu, in the middle of the window."""
        window = self.parent()
        assert isinstance(window, QWidget)
        self._menu.popup(window.mapToGlobal(window.rect().center()))

    def _keep(self, paths: Sequence[Path]) -> None:
        self._settings.setValue(_KEY, [str(path) for path in paths])
        self._show()

    def _show(self) -> None:
        paths = self.paths
        self.latest.setVisible(bool(paths))
        self.latest.setText(
            without_mnemonic(f"Continue with {paths[0].name}") if paths else ""
        )
        self.latest.setToolTip(str(paths[0]) if paths else "")
        if self._action is not None:
            self._action.setEnabled(bool(paths))

    def _fill(self) -> None:
        self._menu.clear()
        for path in self.paths:
            entry = self._menu.addAction(without_mnemonic(str(path)))
            entry.triggered.connect(
                lambda _=False, chosen=path: self._open_all([chosen])
            )
        self._menu.addSeparator()
        self._menu.addAction("&Forget these").triggered.connect(lambda: self._keep([]))
