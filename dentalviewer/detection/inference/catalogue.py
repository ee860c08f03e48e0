"""The detectors that are installed, for the window and the command line."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dentalviewer.detection import (
    DEFAULT_MODEL,
    find_model,
    installed_detectors,
    load_detector,
)
from dentalviewer.detection.cards.card_reading import (
    read_card,
    read_heading,
    with_size,
)
from dentalviewer.detection.cards.model_card import (
    ModelCard,
    encode_card,
)
from dentalviewer.detection.cards.model_folder import (
    needs,
    read_members,
    read_model,
    write_ensemble,
    write_model,
)
from dentalviewer.detection.cards.tables import card_markdown
from dentalviewer.detection.label_sets import TEETH, TREATMENTS
from dentalviewer.detector import Detector, Examiners
from dentalviewer.errors import ModelError
from dentalviewer.formats._image_names import safe_file_name
from dentalviewer.formats.signature import Signature
from dentalviewer.storage.disk import rename


@dataclass(frozen=True, slots=True)
class InstalledDetectors:
    """A DetectorCatalogue: detectors of treatments, the bundled ones first.

    `user_folder` holds those that the user has added.
    """

    user_folder: Path | None = None

    def names(self) -> tuple[str, ...]:
        """A detector whose card is damaged is named too: it is shown why it fails."""
        return self._looking_for(TREATMENTS, None)

    def _looking_for(self, *headings: str | None) -> tuple[str, ...]:
        folders = installed_detectors(self.user_folder)
        bundled_first = sorted(
            folders, key=lambda f: (self._is_users_own(f), f.name != DEFAULT_MODEL)
        )
        names = (f.name for f in bundled_first if read_heading(f) in headings)
        return tuple(dict.fromkeys(names))

    def members(self, name: str) -> tuple[str, ...]:
        try:
            return tuple(member.name for member in self.card(name).members)
        except ModelError:
            return ()

    def load_teeth(self) -> Detector | None:
        name = self.tooth_detector()
        return self.load(name) if name else None

    def tooth_detector(self) -> str:
        """The name of the detector of teeth; empty if there is none."""
        return next(iter(self._looking_for(TEETH)), "")

    def examiners(self, name: str) -> Examiners:
        card, teeth = self.card(name), self.tooth_detector()
        return Examiners(
            card.identity, card.settings, self.card(teeth).identity if teeth else None
        )

    def load(self, name: str) -> Detector:
        return load_detector(name, user_folder=self.user_folder)

    def describe(self, name: str) -> str:
        return card_markdown(with_size(self.card(name), self._folder(name)))

    def card(self, name: str) -> ModelCard:
        """Raises ModelError if there is no such detector or its card is damaged."""
        return read_card(self._folder(name))

    def _folder(self, name: str) -> Path:
        for folder in installed_detectors(self.user_folder):
            if folder.name == name:
                return folder
        raise ModelError(Path(name), "no such detector")

    def signature(self, name_or_folder: str) -> Signature:
        """Its identity, and how its findings are shown as shipped: of one that is
        installed, or of one in a folder.

        Raises what `card` raises.
        """
        from dentalviewer.detection.inference.tooth_detector import SETTINGS

        card = read_card(find_model(name_or_folder, self.user_folder))
        settings = SETTINGS if card.head == TEETH else card.settings
        return Signature(card.identity, settings)

    def add(self, folder: Path) -> str:
        """Install a trained detector for this user and return its name.

        Raises ModelError if it is none, or is called as one that is there already.
        """
        if self.user_folder is None:
            raise ModelError(folder, "there is no folder for detectors of your own")
        card = read_card(folder)
        if card.head != TREATMENTS:
            raise ModelError(folder, f"this detector looks for {card.head}")
        # A card is written by anybody; its name must not lead out of the folder.
        if card.name != safe_file_name(card.name):
            raise ModelError(folder, f'"{card.name}" cannot be the name of a folder')
        load_detector(folder)
        target = self.user_folder / card.name
        if target.exists() or card.name in self.names():
            fault = f'a detector called "{card.name}" is installed already'
            raise ModelError(folder, fault)
        if card.members:
            # Where it will lie it has to find the same members.
            read_members(target, card)
            write_ensemble(target, encode_card(card))
        else:
            write_model(target, read_model(folder)[1], encode_card(card))
        return card.name

    def own_names(self) -> tuple[str, ...]:
        """Of anything: also those whose card is damaged."""
        if self.user_folder is None:
            return ()
        folders = installed_detectors(self.user_folder)
        return tuple(f.name for f in folders if self._is_users_own(f))

    def remove(self, name: str) -> None:
        """Delete one of the user's own. Raises ModelError if it cannot be deleted, or
        an ensemble needs it.
        """
        if self.user_folder is None or name not in self.own_names():
            raise ModelError(Path(name), "is none of your own detectors")
        folder = self.user_folder / name
        if needing := self._ensembles_of(folder):
            fault = f"is a member of {' and '.join(needing)}: remove that first"
            raise ModelError(folder, fault)
        # Hidden first: what is half deleted is no detector.
        gone = folder.with_name(f".{name}.removed")
        try:
            shutil.rmtree(gone, ignore_errors=True)
            rename(folder, gone)
        except OSError as error:
            fault = f"cannot be removed: {error.strerror or error}"
            raise ModelError(folder, fault) from error
        shutil.rmtree(gone, ignore_errors=True)

    def _ensembles_of(self, folder: Path) -> list[str]:
        """The installed ensembles that would lack the detector in a folder."""
        found = []
        for ensemble in installed_detectors(self.user_folder):
            with suppress(ModelError):
                if needs(ensemble, read_card(ensemble), folder):
                    found.append(ensemble.name)
        return found

    def _is_users_own(self, folder: Path) -> bool:
        return self.user_folder is not None and folder.is_relative_to(self.user_folder)
