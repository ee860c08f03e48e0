"""The folder of a detector: its weights and its model card, both or neither.

That of an ensemble holds a card alone; its members have folders of their own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Set
from contextlib import suppress
from pathlib import Path

from dentalviewer import resources
from dentalviewer.detection.cards.card_reading import read_card
from dentalviewer.detection.cards.model_card import (
    CARD_FILE,
    WEIGHTS_FILE,
    Member,
    ModelCard,
    sha256,
)
from dentalviewer.errors import ModelError
from dentalviewer.storage.disk import is_of_file_manager, is_writable, rename


def read_model(folder: Path) -> tuple[ModelCard, bytes]:
    """The card and the content of the weights file that it describes.

    Raises ModelError naming the file and the fault if one is missing or damaged, the
    weights are not those of the card, or it is an ensemble, which has none.
    """
    card = read_card(folder)
    if card.members:
        names = " or ".join(member.name for member in card.members)
        fault = f"is an ensemble and has no weights of its own; choose {names}"
        raise ModelError(folder, fault)
    path = folder / WEIGHTS_FILE
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise ModelError(path, "the weights are missing") from error
    except OSError as error:
        raise ModelError(path, f"the weights cannot be read: {error}") from error
    found = sha256(data)
    if found != card.weights_sha256:
        raise ModelError(
            path,
            "these are not the weights that the model card describes: "
            f"their sha256 begins with {found[:12]}, not {card.weights_sha256[:12]}",
        )
    return card, data


def read_members(folder: Path, card: ModelCard) -> tuple[tuple[ModelCard, bytes], ...]:
    """Of each member of an ensemble what `read_model` returns.

    A member lies beside the ensemble, or is bundled. Raises ModelError if one is
    missing, damaged, looks for something else or has other weights than it had when
    the ensemble was made.
    """
    return tuple(_read_member(folder, card, member) for member in card.members)


def needs(folder: Path, card: ModelCard, other: Path) -> bool:
    """Whether the detector in the `other` folder is a member of the ensemble in a
    folder, as it was made.
    """
    return any(
        _is_member(other, member) and _place_of(folder, member) == other.absolute()
        for member in card.members
    )


def _place_of(folder: Path, member: Member) -> Path | None:
    """Where the member of an ensemble lies; None if there is none so called.

    One beside it that has other weights does not hide the bundled one that is meant.
    """
    places = (folder.absolute().parent, resources.models_folder())
    found = [place / member.name for place in places if (place / member.name).is_dir()]
    meant = [each for each in found if _is_member(each, member)]
    return next(iter(meant or found), None)


def _is_member(folder: Path, member: Member) -> bool:
    with suppress(ModelError):
        return read_card(folder).weights_sha256 == member.weights_sha256
    return False


def _read_member(
    folder: Path, ensemble: ModelCard, member: Member
) -> tuple[ModelCard, bytes]:
    found = _place_of(folder, member)
    if found is None:
        fault = f"needs the detector {member.name}, which is not installed"
        raise ModelError(folder, fault)
    card, data = read_model(found)
    if card.weights_sha256 != member.weights_sha256:
        fault = f"is another {member.name} than {ensemble.name} was made of"
        raise ModelError(found, fault)
    if (card.head, set(card.labels)) != (ensemble.head, set(ensemble.labels)):
        fault = f"looks for other classes than {ensemble.name}"
        raise ModelError(found, fault)
    return card, data


def require_place_for(folder: Path, *, beside: bool) -> None:
    """Raises ModelError where the folder could not be made or written to.

    `beside` it files are written first, as write_model does, which then replaces it.
    """
    if beside:
        if Path.cwd().is_relative_to(folder.resolve()):
            raise ModelError(folder, "cannot be replaced: it is the folder you work in")
        _require_replaceable(folder)
    place = folder.absolute().parent if beside else folder.absolute()
    there = (each for each in (place, *place.parents) if each.exists())
    place = next(there, Path(place.anchor))
    if not place.is_dir():
        raise ModelError(folder, f"cannot be written: {place} is no folder")
    if not is_writable(place):
        raise ModelError(folder, f"cannot be written: {place} is read-only")


def write_model(folder: Path, weights: bytes, card: bytes) -> None:
    """Both files or neither: a folder beside it is filled, then takes its place.

    Raises ModelError if that fails, or if there is anything but a detector; what was in
    the folder is then still there.
    """
    _write(folder, {WEIGHTS_FILE: weights, CARD_FILE: card})


def write_ensemble(folder: Path, card: bytes) -> None:
    """The same of an ensemble, which has a card alone."""
    _write(folder, {CARD_FILE: card})


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    _require_replaceable(folder)
    folder = folder.resolve()
    # Hidden, so that a folder left by a process that was killed is no detector.
    new = folder.with_name(f".{folder.name}.new")
    old = folder.with_name(f".{folder.name}.old")
    try:
        _restore(folder, old)
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        for name, content in files.items():
            _write_through(new / name, content)
        if folder.exists():
            rename(folder, old)
        rename(new, folder)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        shutil.rmtree(new, ignore_errors=True)
        with suppress(OSError):  # Then the next who writes here puts it back.
            _restore(folder, old)
        reason = error.strerror or str(error)
        raise ModelError(folder, f"cannot be written: {reason}") from error


def _require_replaceable(folder: Path) -> None:
    """Raises ModelError where more than a detector would be lost by replacing it."""
    place = folder.resolve()
    files = {CARD_FILE, WEIGHTS_FILE}
    # Aside lies what a process that was killed had not put back, or not all deleted.
    _require_no_others(place.with_name(f".{place.name}.old"), files)
    found = _require_no_others(folder, files)
    if found and found != files and not _is_ensemble(folder):
        fault = f"holds {min(found)} alone, which is no detector"
        raise ModelError(folder, f"{fault}: choose a new or an empty folder")


def _is_ensemble(folder: Path) -> bool:
    with suppress(ModelError):
        return bool(read_card(folder).members)
    return False


def _require_no_others(folder: Path, files: Set[str]) -> Set[str]:
    """The names in a folder, if there is one, but for those of file managers; raises
    ModelError if others are there.
    """
    try:
        names = {each.name for each in folder.iterdir()}
    except FileNotFoundError:
        return set()
    except NotADirectoryError as error:
        if folder.parent.is_dir():
            raise ModelError(folder, "is a file: choose a new folder") from error
        return set()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ModelError(folder, f"cannot be written: {reason}") from error
    found = {name for name in names if not is_of_file_manager(name)}
    if others := sorted(found - files):
        fault = f"holds other things than a detector, such as {others[0]}"
        raise ModelError(folder, f"{fault}: choose a new or an empty folder")
    return found


def _restore(folder: Path, old: Path) -> None:
    """Put back what was moved aside; it is of no use where the folder is there."""
    if not old.exists():
        return
    if folder.exists():
        shutil.rmtree(old, ignore_errors=True)
    else:
        rename(old, folder)


def _write_through(path: Path, content: bytes) -> None:
    """Wait until the disk has it, lest the folder be there and the content not."""
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
