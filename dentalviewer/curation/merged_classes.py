"""The classes of several sets as one list: one spelling and one color for each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dentalviewer.curation.merged import SourceSet
from dentalviewer.formats import ClassEntry, LabelledImage, Project, united_projects
from dentalviewer.labels import canonical


@dataclass(frozen=True, slots=True)
class Meaning:
    """What labels mean where sets are compared, so that "Endo" is "endodontic".

    `sharing` are pairs of classes that may lie in one place, such as a root and its
    filling.
    """

    aliases: Mapping[str, str]
    sharing: Collection[frozenset[str]] = ()

    def of(self, label: str) -> str:
        """One text for all names of a class."""
        return _spelling(canonical(label, self.aliases))

    def may_share(self, classes: frozenset[str]) -> bool:
        """Whether two of them, as `of` names them, may lie in one place."""
        return any(classes == frozenset(map(self.of, pair)) for pair in self.sharing)


def meaning_in(
    sets: Sequence[SourceSet], sharing: Collection[frozenset[str]] = ()
) -> Meaning:
    """Where a name means different classes, what it means in the first set counts."""
    aliases: dict[str, str] = {}
    for each in reversed(sets):
        aliases.update(each.aliases)
    return Meaning(aliases, sharing)


def _spelling(label: str) -> str:
    """One text for all ways to write a label: case, blanks and underscores are free."""
    return " ".join(label.replace("_", " ").casefold().split())


def with_one_spelling(
    sets: Sequence[SourceSet],
) -> tuple[list[SourceSet], Project, list[str]]:
    """The sets with each class as the first of them writes it, and all their classes.

    Other names for a class, such as "endo", stay: whether "crown" and "filling" are to
    be one is for a person to say. The notes tell what was rewritten, and which colors
    gave way.
    """
    spellings: dict[str, str] = {}
    notes: dict[str, None] = {}
    for each in sets:
        for label in _labels(each):
            first = spellings.setdefault(_spelling(label), label)
            if first != label:
                notes[f'{each.name}: the class "{label}" is written "{first}"'] = None
    one = [_respelt(each, spellings) for each in sets]
    project = united_projects(each.collected.project for each in one)
    notes.update(dict.fromkeys(_other_colors(one, project)))
    return one, project, list(notes)


def _labels(each: SourceSet) -> Iterator[str]:
    yield from each.collected.project.class_names
    for image in each.images:
        for finding in image.findings:
            yield finding.label


def _respelt(each: SourceSet, spellings: dict[str, str]) -> SourceSet:
    def spelt(label: str) -> str:
        return spellings[_spelling(label)]

    def respelt(image: LabelledImage) -> LabelledImage:
        if all(spelt(finding.label) == finding.label for finding in image.findings):
            return image
        return replace(
            image,
            findings=tuple(replace(f, label=spelt(f.label)) for f in image.findings),
        )

    found = each.collected
    classes = tuple(ClassEntry(spelt(c.name), c.color) for c in found.project.classes)
    project = replace(found.project, classes=classes)
    images = tuple(map(respelt, found.images))
    return replace(each, collected=replace(found, images=images, project=project))


def _other_colors(sets: Sequence[SourceSet], project: Project) -> Iterator[str]:
    """A color that another set states has to give way to that of the first."""
    colors = {entry.name: entry.color for entry in project.classes}
    for each in sets:
        for entry in each.collected.project.classes:
            if entry.color not in (None, colors[entry.name]):
                yield (
                    f'{each.name}: the class "{entry.name}" has the color'
                    f" {colors[entry.name]} of another set, not {entry.color}"
                )
