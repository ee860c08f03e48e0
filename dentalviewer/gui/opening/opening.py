"""Everything that is read when a radiograph is opened. Runs off the GUI thread."""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dentalviewer.errors import (
    AnnotationFileError,
    NewerReviewError,
    RadiographError,
    ReviewFileError,
)
from dentalviewer.formats import ImageAnnotations, find_sidecars, read_annotations
from dentalviewer.formats.class_settings import (
    NOTHING_SETTLED,
    ClassSettings,
    SettledAliases,
    alias_table,
    class_settings_of,
)
from dentalviewer.formats.review_file import (
    FileStamp,
    SavedReview,
    read_review,
    review_path,
    set_aside,
)
from dentalviewer.formats.review_file import annotation_files as annotation_files_of
from dentalviewer.formats.reviewed_annotations import with_stated_doubts
from dentalviewer.gui.canvas.radiograph_image import RadiographImage
from dentalviewer.radiograph import Radiograph, find_radiographs, read_radiograph
from dentalviewer.resources import samples_folder


@dataclass(frozen=True)
class Opened:
    """A radiograph with what lay beside it.

    `annotations` are empty when a saved review was found, for it holds them already.
    `problems` are for the reader: files that could not be used, and why. `unread` says
    why the review that lies there could not be read, and was left untouched.
    """

    radiograph: Radiograph
    image: RadiographImage
    review_file: Path
    saved: SavedReview | None = None
    stamp: FileStamp | None = None
    annotations: tuple[ImageAnnotations, ...] = ()
    problems: tuple[str, ...] = ()
    unread: str = ""
    class_settings: ClassSettings = NOTHING_SETTLED

    @property
    def of_another_picture(self) -> SavedReview | None:
        """The saved review if it is of another picture than lies there now."""
        saved = self.saved
        if saved is None or saved.radiograph_sha256 == self.radiograph.sha256:
            return None
        return saved


def open_radiograph(
    path: Path,
    *,
    aliases: Mapping[str, str],
    user_folder: Path,
    annotation_files: Iterable[Path] = (),
) -> Opened:
    """Read a radiograph, its saved review or else the annotations beside it.

    `annotation_files` may speak of it too, wherever they lie.

    Raises RadiographError if the picture cannot be shown; all other faults are
    reported among the problems, so that the radiograph can be read all the same.
    """
    radiograph = read_radiograph(path)
    image = RadiographImage(radiograph.pixels)
    # Made here, so that neither the first look nor the first zoom has to wait for it.
    image.prepare()
    review_file = _review_file(path, user_folder)
    problems = [f"{path}: {note}" for note in radiograph.notes]
    unread = ""
    if review_file.exists():
        try:
            saved, stamp = read_review(review_file)
        except ReviewFileError as error:
            problems.append(_put_aside(review_file, error))
            unread = str(error) if review_file.exists() else ""
        else:
            if saved.radiograph_sha256 != radiograph.sha256:
                problems.append(_changed_since(path, saved, radiograph))
            annotated = annotation_files_of(saved, path)
            settings = _settled(path, annotated, problems)
            known = {**aliases, **alias_table(settings.aliases)}
            return Opened(
                radiograph,
                image,
                review_file,
                with_stated_doubts(saved, path, known),
                stamp,
                class_settings=settings,
                problems=tuple(problems),
            )
    sidecars = dict.fromkeys([*annotation_files, *find_sidecars(path)])
    annotations = read_sidecars(path, sidecars, aliases, problems)
    return Opened(
        radiograph,
        image,
        review_file,
        annotations=annotations,
        class_settings=_settled(path, sidecars, problems),
        problems=tuple(problems),
        unread=unread,
    )


def _settled(
    radiograph: Path, annotated: Iterable[Path], problems: list[str]
) -> ClassSettings:
    """What was settled for the radiograph, or else for what speaks of it."""
    folders = [radiograph.parent, *(file.parent for file in annotated)]
    try:
        return class_settings_of(*folders)
    except AnnotationFileError as error:
        problems.append(str(error))
        return NOTHING_SETTLED


def _review_file(radiograph: Path, user_folder: Path) -> Path:
    review_file = review_path(radiograph, user_folder / "reviews")
    if review_file.is_relative_to(user_folder):
        # If it cannot be made, the first attempt to save there says so.
        with suppress(OSError):
            review_file.parent.mkdir(parents=True, exist_ok=True)
    return review_file


def read_sidecars(
    radiograph: Path,
    sidecars: Iterable[Path],
    aliases: Mapping[str, str],
    problems: list[str],
) -> tuple[ImageAnnotations, ...]:
    """What annotation files say of a radiograph; faults are appended to `problems`."""
    found: list[ImageAnnotations] = []
    settled = SettledAliases(aliases, lambda _fault: None)  # Opening tells of it.
    for sidecar in sidecars:
        try:
            known = settled.of(radiograph.parent, sidecar.parent)
            found += read_annotations(sidecar, radiograph, aliases=known)
        except AnnotationFileError as error:
            problems.append(str(error))
    return tuple(found)


def sample_radiographs(user_folder: Path) -> tuple[Path, ...]:
    """The samples, as a copy of the user's own: the reviews of them are saved beside.

    Raises RadiographError if they cannot be copied.
    """
    folder = user_folder / "samples"
    try:
        shutil.copytree(
            samples_folder(), folder, dirs_exist_ok=True, copy_function=_copy_if_other
        )
    except (OSError, shutil.Error) as error:
        raise RadiographError(folder, f"cannot be written: {error}") from error
    folders = sorted({p.parent for p in folder.rglob("sample-*")})
    found = find_radiographs(folders)
    return tuple(sorted(found, key=lambda path: path.name))


def _copy_if_other(source: str, target: str) -> None:
    """What is there already may be open, here or elsewhere. Raises OSError."""
    if not (os.path.exists(target) and filecmp.cmp(source, target, shallow=False)):
        shutil.copy2(source, target)


def _put_aside(review_file: Path, error: ReviewFileError) -> str:
    """Only what was read and is damaged: another version, or another moment, may read
    the rest.
    """
    words = str(error).rstrip(".") + "."
    unread = isinstance(error.__cause__, OSError)
    if unread or isinstance(error, NewerReviewError):
        return (
            f"{words} The file was left untouched. Your decisions will not be saved to"
            " it; use File > Save a copy of the review."
        )
    try:
        kept = set_aside(review_file)
    except OSError as problem:
        return f"{words} It could not be set aside: {problem.strerror}."
    return f"{words} It is kept as {kept.name}; a new review was begun."


def _changed_since(path: Path, saved: SavedReview, radiograph: Radiograph) -> str:
    sizes = ""
    if saved.size != radiograph.size:
        sizes = f" ({saved.size} then, {radiograph.size} now)"
    return (
        f"{path}: the picture has changed since its review was saved{sizes}. Check"
        " every box, then choose Done: until then its findings are not exported."
    )
