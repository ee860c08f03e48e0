"""The classes of a whole project: which there are, and what becomes of their files.

A project is a folder with radiographs and everything that speaks of them: annotation
files of any format at any depth, lists of classes and of images, and reviews. First
all is looked through, then a plan says which files would change. Nothing is written
here; `class_journal` does that.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dentalviewer.agreement import compare
from dentalviewer.curation.class_image_sets import image_set_drafts
from dentalviewer.curation.class_renaming import Occurring, Request
from dentalviewer.curation.class_reviews import changed_review
from dentalviewer.curation.drafts import Draft
from dentalviewer.errors import AnnotationFileError, DentalViewerError, FileError
from dentalviewer.formats._opening import MAX_BYTES
from dentalviewer.formats.class_names import (
    ClassChange,
    ClassFile,
    changed_content,
    read_class_file,
    shrinks,
)
from dentalviewer.formats.class_settings import (
    FILE_NAME,
    NOTHING_SETTLED,
    ClassSettings,
    alias_table,
    class_settings_of,
    settings_content,
)
from dentalviewer.formats.review_file import (
    REVIEW_SUFFIX,
    path_in_user_folder,
    read_review,
)
from dentalviewer.labels import DEFAULT_ALIASES, canonical, label_color
from dentalviewer.radiograph import is_hidden_folder, is_radiograph_name
from dentalviewer.storage.faults import of_folder
from dentalviewer.storage.files import read_bytes

# Told before each file: how many are done, and of how many. What it raises ends it.
Progress = Callable[[int, int], object]
_PICTURE_FOLDERS = ("JPEGImages", "images")


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class of the project, by its name in the files.

    `findings` are those in annotation files, each once, and `reviewed` the places in
    reviews, those that were rejected left out; `means` is the class that an alias of
    the project says the name stands for, `usually_means` the one by the reader's own
    names, which may be the name itself. The color is that of its boxes.
    """

    name: str
    color: str
    means: str | None
    usually_means: str
    findings: int
    reviewed: int
    files: int

    @property
    def shown_as(self) -> str:
        """The class that its boxes are in the window."""
        return self.means or self.usually_means


@dataclass(frozen=True, slots=True)
class ProjectClasses:
    """What was found in the project; `failures` are files that could not be read, and
    `aliases` the reader's own names for classes.
    """

    root: Path
    files: tuple[ClassFile, ...]
    reviews: Mapping[Path, Counter[str]]
    settings: ClassSettings = NOTHING_SETTLED
    failures: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=lambda: DEFAULT_ALIASES)

    @property
    def occurring(self) -> Occurring:
        in_files = {name for file in self.files for name in file.names}
        labels = {label for counts in self.reviews.values() for label in counts}
        return Occurring(in_files, labels)

    @property
    def rows(self) -> tuple[ClassRow, ...]:
        """The classes by their names."""
        findings: Counter[str] = Counter()
        reviewed: Counter[str] = Counter()
        files: Counter[str] = Counter()
        colors: dict[str, str] = {}
        for file in self.files:
            if not file.repeats:
                findings.update(file.counts)
            files.update(file.names)
            for entry in file.listed:
                if entry.hex_color:
                    colors.setdefault(entry.name, entry.hex_color)
        for counts in self.reviews.values():
            # Reviews keep the glossary's classes, whatever files call them.
            for label, count in counts.items():
                reviewed[self.settings.names.get(label, label)] += count
            files.update({self.settings.names.get(label, label) for label in counts})
        hidden = self.settings.names.keys() - files.keys()
        names = {*files, *self.settings.colors, *self.settings.aliases} - hidden
        settled = alias_table(self.settings.aliases)
        rows = []
        for name in sorted(names, key=lambda name: (name.casefold(), name)):
            means = settled.get(name.casefold().strip())
            usually = canonical(name, self.aliases)
            shown = means or usually
            # Only what is shown under its own name has the color that files give it.
            listed = colors.get(name) if shown == name else None
            color = self.settings.colors.get(shown) or listed or label_color(shown)
            numbers = findings[name], reviewed[name], files[name]
            rows.append(ClassRow(name, color, means, usually, *numbers))
        return tuple(rows)


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that would change; None for the hash of one that is not there."""

    path: Path
    before: str | None
    after: str | None
    findings: int


@dataclass(frozen=True, slots=True)
class ClassPlan:
    """Which files would change, and how many findings in them would."""

    classes: ProjectClasses
    request: Request
    changes: tuple[FileChange, ...]
    failures: tuple[str, ...] = ()

    @property
    def findings(self) -> int:
        repeats = {file.path for file in self.classes.files if file.repeats}
        return sum(c.findings for c in self.changes if c.path not in repeats)


def project_root(folder: Path) -> Path:
    """Where the annotations of an opened folder lie: above one of mere pictures."""
    folder = Path(os.path.abspath(folder))
    return folder.parent if folder.name in _PICTURE_FOLDERS else folder


def read_project_classes(
    folder: Path,
    *,
    user_folder: Path,
    aliases: Mapping[str, str] = DEFAULT_ALIASES,
    tell: Progress = lambda _done, _of: None,
) -> ProjectClasses:
    """Look through a project; `user_folder` has reviews that fit nowhere else, and
    `aliases` are the reader's own names for classes.

    Faults of single files are among the failures. Raises AnnotationFileError if the
    folder cannot be read.
    """
    root = project_root(folder)
    if not root.is_dir():
        what = "this is a file" if root.exists() else "the folder is not there"
        raise AnnotationFileError(root, what)
    failures: list[str] = []
    paths = _paths(root, failures)
    files: list[ClassFile] = []
    reviews: dict[Path, Counter[str]] = {}
    settings = NOTHING_SETTLED
    try:
        # Of a folder above, too: once this one has its own, only that is asked.
        settings = class_settings_of(root)
    except FileError as fault:
        failures.append(str(fault))
    candidates = [*paths, *_reviews_elsewhere(paths, user_folder)]
    for done, path in enumerate(candidates):
        tell(done, len(candidates))
        try:
            if path.name.endswith(REVIEW_SUFFIX):
                reviews[path] = _labels_of_review(path)
            elif path.name != FILE_NAME and (file := read_class_file(path)):
                files.append(file)
        except FileError as fault:
            failures.append(str(fault))
        except OSError as fault:
            failures.append(f"{path}: {fault.strerror or fault}")
    return ProjectClasses(
        root, tuple(files), reviews, settings, tuple(failures), aliases
    )


def _paths(root: Path, failures: list[str]) -> list[Path]:
    def fail(fault: OSError) -> None:
        failures.append(of_folder(fault))

    found = []
    for place, folders, names in os.walk(root, onerror=fail):
        folders[:] = sorted(name for name in folders if not is_hidden_folder(name))
        found += [Path(place, name) for name in sorted(names) if name[:1] != "."]
    # VoTT 1 has its project beside the folder of its pictures.
    beside = root.with_name(f"{root.name}.json")
    return [*found, beside] if beside.is_file() else found


def _reviews_elsewhere(paths: Sequence[Path], user_folder: Path) -> list[Path]:
    if not user_folder.is_dir():
        return []
    own = (path_in_user_folder(p, user_folder) for p in paths if is_radiograph_name(p))
    return [path for path in own if path.is_file()]


def _labels_of_review(path: Path) -> Counter[str]:
    saved, _ = read_review(path)
    counts: Counter[str] = Counter()
    for place in compare(saved.review):
        standing = place.accepted if place.decided else place.items[:1]
        counts.update(item.current.label for item in standing)
    # What was rejected or corrected stands in the file, and counts for nothing.
    for item in saved.review.items:
        counts.setdefault(item.current.label, 0)
        if item.proposed is not None:
            counts.setdefault(item.proposed.label, 0)
    return counts


def plan_change(
    classes: ProjectClasses,
    request: Request,
    *,
    tell: Progress = lambda _done, _of: None,
) -> ClassPlan:
    """Which files would change, without writing anything.

    Faults of single files are among the failures. Raises DentalViewerError for a name
    that no class can have.
    """
    _require_names(request.change.names)
    failures: list[str] = []
    changes = tuple(
        FileChange(
            draft.path, digest(draft.before), digest(draft.after), draft.findings
        )
        for draft in drafts(classes, request, failures, tell)
    )
    return ClassPlan(classes, request, changes, tuple(failures))


def _require_names(names: Mapping[str, str]) -> None:
    for name in names.values():
        if not name.strip() or name != name.strip():
            raise DentalViewerError("a class needs a name without blanks around it")
        if any(ord(character) < 32 for character in name):
            raise DentalViewerError("the name of a class goes on one line")


def drafts(
    classes: ProjectClasses,
    request: Request,
    failures: list[str],
    tell: Progress = lambda _done, _of: None,
) -> Iterator[Draft]:
    """Each file that changes, as it is now and as it would be.

    Faults of single files are added to the failures.
    """
    change = request.change
    steps: list[tuple[Path, Callable[[], Draft | None]]] = []
    shorter = _lists_that_shrink(classes, change)
    for file in classes.files:
        if file.kind != "image set" and _concerns(file, change, shorter):
            steps.append((file.path, lambda file=file: _draft(file, change)))  # type: ignore[misc]
    # Also where nothing is of such a class: a detector may say it later.
    for path in classes.reviews if request.in_reviews else ():
        steps.append((path, lambda path=path: _review_draft(path, request.in_reviews)))  # type: ignore[misc]
    sets = [file.path for file in classes.files if file.kind == "image set"]
    for done, (path, step) in enumerate(steps):
        tell(done, len(steps))
        try:
            draft = step()
        except FileError as fault:
            failures.append(str(fault))
        except (OSError, ValueError) as fault:
            failures.append(f"{path}: {fault}")
        else:
            if draft is not None:
                yield draft
    yield from image_set_drafts(sets, change.names, failures)
    settings = _settings_draft(classes, request.settings)
    if settings is not None:
        yield settings


def _lists_that_shrink(classes: ProjectClasses, change: ClassChange) -> set[Path]:
    """Lists of which a class goes: numbers after it mean another one then.

    Where the list cannot be changed, the numbers still mean what they meant.
    """
    shorter = set()
    for file in classes.files:
        try:
            if shrinks(file, change) and _draft(file, change):
                shorter.add(file.path)
        except (FileError, OSError, ValueError):
            continue  # Its own draft says why.
    return shorter


def _concerns(file: ClassFile, change: ClassChange, shorter: set[Path]) -> bool:
    if file.kind == "yolo":
        return file.list_path in shorter
    if any(name in change.names for name in file.names):
        return True
    return any(entry.name in change.colors for entry in file.listed)


def _draft(file: ClassFile, change: ClassChange) -> Draft | None:
    before = read_bytes(file.path, error=AnnotationFileError, max_bytes=MAX_BYTES)
    after = changed_content(file, before, change)
    if after == before:
        return None
    findings = sum(n for name, n in file.counts.items() if name in change.names)
    return Draft(file.path, before, after, findings)


def _review_draft(path: Path, names: Mapping[str, str]) -> Draft | None:
    before = read_bytes(path, error=AnnotationFileError, max_bytes=MAX_BYTES)
    changed = changed_review(path, names)
    return None if changed is None else Draft(path, before, *changed)


def _settings_draft(classes: ProjectClasses, settings: ClassSettings) -> Draft | None:
    if settings == classes.settings:
        return None
    path = classes.root / FILE_NAME
    before = path.read_bytes() if path.is_file() else None
    return Draft(path, before, settings_content(settings), 0)


def digest(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()
