"""The detectors that are installed, for the window and the command line."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from dentalviewer.detection import installed_detectors, load_detector
from dentalviewer.detection.dataset import TREATMENTS
from dentalviewer.detection.model_card import ModelCard, read_card, read_heading
from dentalviewer.detection.tables import card_markdown
from dentalviewer.detector import Detector
from dentalviewer.errors import ModelError


@dataclass(frozen=True, slots=True)
class InstalledDetectors:
    """A DetectorCatalogue: detectors of treatments, the bundled ones first.

    `user_folder` holds those that the user has added.
    """

    user_folder: Path | None = None

    def names(self) -> tuple[str, ...]:
        """A detector whose card is damaged is named too: it is shown why it fails."""
        folders = installed_detectors(self.user_folder)
        bundled_first = sorted(folders, key=self._is_users_own)
        return tuple(
            dict.fromkeys(
                f.name for f in bundled_first if read_heading(f) == TREATMENTS
            )
        )

    def load(self, name: str) -> Detector:
        return load_detector(name, user_folder=self.user_folder)

    def describe(self, name: str) -> str:
        return card_markdown(self.card(name))

    def card(self, name: str) -> ModelCard:
        """Raises ModelError if there is no such detector or its card is damaged."""
        for folder in installed_detectors(self.user_folder):
            if folder.name == name:
                return read_card(folder)
        raise ModelError(Path(name), "no such detector")

    def add(self, folder: Path) -> str:
        """Install a trained detector for this user and return its name.

        Raises ModelError if it is none, or is called as one that is there already.
        """
        if self.user_folder is None:
            raise ModelError(folder, "there is no folder for detectors of your own")
        name = read_card(folder).name
        load_detector(folder)
        target = self.user_folder / name
        if name in self.names() or target.exists():
            raise ModelError(folder, f'a detector called "{name}" is installed already')
        try:
            shutil.copytree(folder, target)
        except OSError as error:
            shutil.rmtree(target, ignore_errors=True)
            raise ModelError(target, f"cannot be installed: {error}") from error
        return name

    def _is_users_own(self, folder: Path) -> bool:
        return self.user_folder is not None and folder.is_relative_to(self.user_folder)
