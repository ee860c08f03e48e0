"""Detectors: finding the installed ones, and loading one.

Importing this package does not import torch; loading a detector does.
"""

from __future__ import annotations

from pathlib import Path

from dentalviewer import resources
from dentalviewer.detection.cards.card_reading import read_card
from dentalviewer.detection.cards.model_card import (
    CARD_FILE,
    WEIGHTS_FILE,
    ModelCard,
)
from dentalviewer.detection.cards.model_folder import read_members, read_model
from dentalviewer.detector import Detector
from dentalviewer.errors import ModelError

# Of the bundled detectors, the one that is used unless another is chosen.
DEFAULT_MODEL = "ensemble"

__all__ = [
    "DEFAULT_MODEL",
    "ModelCard",
    "find_model",
    "installed_detectors",
    "load_detector",
    "read_card",
]


def installed_detectors(user_folder: Path | None = None) -> tuple[Path, ...]:
    """The folders of detectors: the user's own, then the bundled ones, by name.

    A folder is a detector's if it holds a model card, be it a faulty one; a missing
    `user_folder` holds none. Hidden folders are not looked at: they are being written.
    """
    return tuple(
        card.parent
        for place in (user_folder, resources.models_folder())
        if place is not None
        for card in sorted(place.glob(f"*/{CARD_FILE}"))
        if not card.parent.name.startswith(".")
    )


def load_detector(
    name_or_folder: str | Path, *, user_folder: Path | None = None
) -> Detector:
    """Load an installed detector by the name of its folder, or the one in a folder.

    The user's own detector wins over a bundled one of that name. Slow: imports torch.
    Raises ModelError naming the file and the fault if there is no such detector, a file
    is missing or damaged, or the weights are not those that the card describes.
    """
    folder = find_model(name_or_folder, user_folder)
    card = read_card(folder)
    read = read_members(folder, card) if card.members else (read_model(folder),)
    try:
        from dentalviewer.detection.inference.tooth_detector import ToothDetector
        from dentalviewer.detection.inference.weights import (
            build_detector,
            build_ensemble,
        )
        from dentalviewer.detection.label_sets import TEETH
    except (ImportError, OSError) as error:
        raise ModelError(folder, f"PyTorch cannot be started: {error}") from error
    if card.members:
        return build_ensemble(card, read, folder)
    detector = build_detector(card, read[0][1], folder / WEIGHTS_FILE)
    return ToothDetector(detector) if card.head == TEETH else detector


def find_model(name_or_folder: str | Path, user_folder: Path | None = None) -> Path:
    """The folder of a detector, by its name or as it is. Raises ModelError if none."""
    if isinstance(name_or_folder, str):
        for folder in installed_detectors(user_folder):
            if folder.name == name_or_folder:
                return folder
    folder = Path(name_or_folder)
    if not folder.is_dir():
        installed = ", ".join(f.name for f in installed_detectors(user_folder))
        raise ModelError(folder, f"no such detector; installed: {installed or 'none'}")
    return folder
