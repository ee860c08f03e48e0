"""An annotation file that is open: which images it speaks of, and what it says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from dentalviewer.dentition import Tooth
from dentalviewer.formats._annotations import Aliases, ImageAnnotations
from dentalviewer.formats._image_names import (
    base_name,
    folded,
    is_another,
    matching,
    same_name,
)
from dentalviewer.formats._project import NO_PROJECT, Project
from dentalviewer.geometry import Size


@dataclass(frozen=True, slots=True)
class Meant:
    """The image of a file, by key, that a radiograph may be; `question` if unsure."""

    key: str
    question: str | None = None


@dataclass(frozen=True, slots=True)
class AnnotationFile:
    """One file, parsed, but read only as far as each image is asked about.

    `images` gives for each key the name or path that the file states. `read` is given
    a key, the radiograph if it is known, and the aliases. `meant` tells which images
    a radiograph may be. `project` is what it, or files that belong to it, say of all
    its images; files with the same `project_path` say the same. `patients` tells for
    some keys whom the image shows. `read_at` reads the one image of a file that cannot
    be read without its size; None for all others. `notes` are what the user should know
    of the file as a whole. A file that `only_lists_pictures` knows no class and marks
    nothing: nobody looked for anything there.
    """

    path: Path
    format_name: str
    images: Mapping[str, str]
    read: Callable[[str, Path | None, Aliases], ImageAnnotations]
    meant: Callable[[Path], Iterable[Meant]]
    project: Callable[[], Project] = lambda: NO_PROJECT
    project_path: Path | None = None
    patients: Mapping[str, str] = field(default_factory=dict)
    read_at: Callable[[Size, Aliases], ImageAnnotations] | None = None
    only_lists_pictures: bool = False
    notes: tuple[str, ...] = ()

    @property
    def numbers_teeth(self) -> bool:
        """Whether its classes are FDI numbers, as a detector of teeth learns them."""
        names = self.project().class_names
        return bool(names) and all(map(_is_fdi_number, names))

    def about(self, radiograph: Path, aliases: Aliases) -> tuple[ImageAnnotations, ...]:
        """What is said about a radiograph: nothing, one thing, or several to ask of."""
        found = []
        for meant in self.meant(radiograph):
            annotations = self.read(meant.key, radiograph, aliases)
            found.append(asked(annotations, meant.question))
        return tuple(found)

    def patient_of(self, radiograph: Path) -> str:
        """Whom it shows; empty where the file does not say, or may mean another."""
        for meant in self.meant(radiograph) if self.patients else ():
            if meant.question is None and meant.key in self.patients:
                return self.patients[meant.key]
        return ""


def _is_fdi_number(name: str) -> bool:
    try:
        Tooth.from_fdi(int(name))
    except ValueError:
        return False
    return True


def asked(annotations: ImageAnnotations, question: str | None) -> ImageAnnotations:
    """With this question, if there is one and they have none of their own."""
    if question is None or annotations.question is not None:
        return annotations
    return replace(annotations, question=question)


def meant_by_name(images: Mapping[str, str]) -> Callable[[Path], list[Meant]]:
    """Tells images by file name, where they bear the same by the folders as well."""
    keys: dict[str, list[str]] = defaultdict(list)
    for key, stated in images.items():
        keys[folded(base_name(stated))].append(key)

    def meant(radiograph: Path) -> list[Meant]:
        alike = keys.get(folded(radiograph.name), [])
        if len(alike) == 1:
            return [Meant(alike[0])]
        closest = set(matching((images[key] for key in alike), radiograph))
        found = [key for key in alike if images[key] in closest]
        if len(found) == 1:
            return [Meant(found[0])]
        return [
            Meant(key, f"The file contains {len(found)} images with this name.")
            for key in found
        ]

    return meant


def meant_by_one_name(stated: str) -> Callable[[Path], list[Meant]]:
    """Of a file about one image: that of this name, but for the suffix of one that was
    converted since. Of any other it is asked.
    """
    name = base_name(stated)

    def meant(radiograph: Path) -> list[Meant]:
        if not name or (
            same_name(Path(name).stem, radiograph.stem)
            and not is_another(name, radiograph)
        ):
            return [Meant("")]
        return [Meant("", f'The file says that it is about "{name}".')]

    return meant
