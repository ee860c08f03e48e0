"""Which classes a project has, by what its files list, used or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats import find_sidecars
from dentalviewer.formats._opening import open_annotation_file
from dentalviewer.formats.class_settings import class_settings_of, settled_aliases
from dentalviewer.labels import canonical


def listed_classes(
    radiograph: Path, annotation_files: Iterable[Path], aliases: Mapping[str, str]
) -> tuple[str, ...]:
    """Those that the files about a radiograph list, in their order, as they are read.

    What is beside it, and `annotation_files`. What cannot be read lists nothing: it is
    told of when the radiograph is opened.
    """
    found: dict[str, None] = {}
    for path in dict.fromkeys([*annotation_files, *find_sidecars(radiograph)]):
        try:
            names = [
                *open_annotation_file(path).project().class_names,
                *class_settings_of(radiograph.parent, path.parent).colors,
            ]
            known = settled_aliases(aliases, radiograph.parent, path.parent)
        except AnnotationFileError:
            continue
        found.update(dict.fromkeys(canonical(name, known) for name in names))
    return tuple(found)
