"""Several annotation sets over the same radiographs, made into one.

The order of the sets is the order of trust. Findings of two sets are *united* where
they are of one class and overlap by an IoU of `SAME_FINDING_IOU` or more: the box of
the first set stands. A mean of boxes would be a box that nobody drew, and merging a
second time would move it again; the first set's box is in a file, and stays the same
however often sets are merged. Where sets contradict each other, both findings are kept
until a person decides; a *conflict* lists them.

Where a finding needs the votes of several sets, it has those of the sets in which it is
united. A set that has a radiograph without findings has read it, and votes for none;
one that does not have it has not read it. On what too few have read there is no vote,
and a picture without findings would look as if there had been one: it is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

from dentalviewer.curation.merged import (
    Conflict,
    ConflictKind,
    Merge,
    MergedFinding,
    MergedRadiograph,
    Side,
    SourceSet,
)
from dentalviewer.curation.merged_classes import Meaning, meaning_in, with_one_spelling
from dentalviewer.curation.same_radiographs import Place, find_same_radiographs
from dentalviewer.errors import AnnotationFileError
from dentalviewer.formats import LabelledImage, united_cautions
from dentalviewer.formats.class_settings import settled_aliases
from dentalviewer.formats.collected import Collected
from dentalviewer.formats.collecting import collect_annotations
from dentalviewer.formats.collecting_accepted import ONLY_REVIEWS
from dentalviewer.formats.heard_once import repetition_of, require_another_reader
from dentalviewer.formats.review_file import has_reviews
from dentalviewer.geometry import Box, Size, iou
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.matching import SAME_PLACE_IOU, match
from dentalviewer.study import Finding

# As in COCO. Between this and SAME_PLACE_IOU a person has to look. In AKUDENTAL no two
# findings of different classes overlap by SAME_PLACE_IOU, none of one class by less
# than this and more than that: what does is a contradiction, not a neighbour.
SAME_FINDING_IOU = 0.5
# A unit of a bridge lies so far inside the box around the whole of it.
INSIDE = 0.8

Tell = Callable[[str, int, int], object]
"""Given what is done, how many of it are done, and how many there are (0: unknown)."""


def tell_nobody(_what: str, _done: int, _total: int) -> None:
    pass


def set_names(paths: Sequence[Path]) -> tuple[str, ...]:
    """What to call each set: the end of its path that tells it from the others."""
    parts = [(*path.absolute().parent.parts, _stem(path)) for path in paths]
    names = []
    for number, each in enumerate(parts):
        others = [p for n, p in enumerate(parts) if n != number and p != each]
        length = 1
        while length < len(each) and any(o[-length:] == each[-length:] for o in others):
            length += 1
        names.append("/".join(each[-length:]))
    return tuple(
        f"{name} ({number})" if names.count(name) > 1 else name
        for number, name in enumerate(names, 1)
    )


def _stem(path: Path) -> str:
    return path.name if path.is_dir() else path.stem


def read_sets(
    paths: Sequence[Path],
    *,
    aliases: Mapping[str, str] = DEFAULT_ALIASES,
    tell: Tell = tell_nobody,
) -> list[SourceSet]:
    """Read each set; a VoTT 2 project and its own export are one, with a note.

    `aliases` are other names for classes; before them goes what was settled for a set.
    Raises AnnotationFileError if one cannot be read at all, says nothing of any
    radiograph, or is read from a file of another one, whose reader would vote twice, or
    only one is left.
    """
    sets: list[SourceSet] = []
    for name, path in zip(set_names(paths), paths, strict=True):
        folder = path if path.is_dir() else path.parent
        found = _collected(name, path, tell)
        if not (found.images or found.failures):
            # A slip of the pen would be taken for a reader who has read nothing.
            nothing = ONLY_REVIEWS if has_reviews(path) else "there are no annotations"
            raise AnnotationFileError(path, nothing)
        files = [each.collected.files for each in sets]
        repetition = repetition_of(found.files, files)
        own = SourceSet(name, path, found, settled_aliases(aliases, folder))
        if repetition is not None and repetition.is_sure:
            number = repetition.number
            # The project may say more by now.
            kept = sets[number] if repetition.is_later else own
            sets[number] = _noted(kept, repetition.note)
            continue
        before = ((str(each.path), each.collected.files) for each in sets)
        require_another_reader(path, found.files, before)
        sets.append(own if repetition is None else _noted(own, repetition.note))
    if len(sets) == 1 < len(paths):
        raise AnnotationFileError(sets[0].path, sets[0].collected.notes[-1])
    return sets


def _noted(found: SourceSet, note: str) -> SourceSet:
    collected = found.collected
    noted = replace(collected, notes=(*collected.notes, note))
    return replace(found, collected=noted)


def _collected(name: str, path: Path, tell: Tell) -> Collected:
    done = 0

    def count(_radiograph: Path) -> None:
        nonlocal done
        tell(f"Reading {name}", done, 0)
        done += 1

    return collect_annotations(path, tell=count)


def merge(
    sets: Sequence[SourceSet],
    *,
    sharing: Collection[frozenset[str]] = (),
    at_least: int = 1,
    tell: Tell = tell_nobody,
) -> Merge:
    """Merge sets, the most trusted first.

    `sharing` are pairs of classes that may lie in one place, such as a root and its
    filling; they are in no conflict. A finding is kept that `at_least` so many sets
    mark. What `tell` raises ends the work.
    """
    total = sum(len(each.images) for each in sets)
    done = 0

    def count(_radiograph: Path) -> None:
        nonlocal done
        tell("Comparing radiographs", done, total)
        done += 1

    sets, project, renamed = with_one_spelling(sets)
    same = find_same_radiographs([each.images for each in sets], tell=count)
    meaning = meaning_in(sets, sharing)
    radiographs = []
    for number, places in enumerate(same.groups):
        tell("Comparing findings", number, len(same.groups))
        radiographs.append(_merged(sets, places, meaning, at_least))
    return Merge(
        tuple(sets),
        tuple(each for each in radiographs if len(each.sets) >= at_least),
        project,
        (*renamed, *same.notes),
        (
            *(f"{s.name}: {fault}" for s in sets for fault in s.collected.failures),
            *same.failures,
        ),
        at_least,
        tuple(each for each in radiographs if len(each.sets) < at_least),
    )


def _merged(
    sets: Sequence[SourceSet],
    places: Sequence[Place],
    meaning: Meaning,
    at_least: int,
) -> MergedRadiograph:
    images = [sets[place.set].images[place.image] for place in places]
    first = next((image for image in images if image.path.is_file()), images[0])
    found: list[MergedFinding] = []
    for place, image in zip(places, images, strict=True):
        findings = _in_pixels_of(first.size, image)
        found = _united(found, place.set, findings, meaning)
    chosen = [each for each in found if len(each.sets) >= at_least]
    outvoted = [each for each in found if len(each.sets) < at_least]
    conflicts = _conflicts(chosen, meaning)
    disputed = {id(each) for conflict in conflicts for each in conflict.findings}
    return MergedRadiograph(
        replace(first, cautions=united_cautions(images)),
        tuple(dict.fromkeys(place.set for place in places)),
        tuple(each for each in chosen if id(each) not in disputed),
        conflicts,
        tuple(outvoted),
        tuple(
            conflict
            for conflict in _conflicts(outvoted, meaning)
            if len({number for side in conflict.sides for number in side.sets})
            >= at_least
        ),
    )


def _in_pixels_of(size: Size, image: LabelledImage) -> tuple[Finding, ...]:
    if image.size == size:
        return image.findings
    x_factor = size.width / image.size.width
    y_factor = size.height / image.size.height
    return tuple(
        replace(finding, box=finding.box.scaled(x_factor, y_factor))
        for finding in image.findings
    )


def _united(
    found: Sequence[MergedFinding],
    number: int,
    findings: Sequence[Finding],
    meaning: Meaning,
) -> list[MergedFinding]:
    """What was found so far, and what the next set adds or confirms."""
    before = [_by_class(each.finding, meaning) for each in found]
    after = [_by_class(finding, meaning) for finding in findings]
    matching = match(before, after, min_iou=SAME_FINDING_IOU)
    left_before = [before[i] for i in matching.only_first]
    left_after = [after[j] for j in matching.only_second]
    united = list(found)
    confirmed = set()
    for i, j in matching.pairs:
        if (
            number in found[i].sets  # What one set marks twice are two findings.
            or _other_tooth(found[i], findings[j])
            or _is_one_of_several(after[j], before[i], left_after)
            or _is_one_of_several(before[i], after[j], left_before)
        ):
            continue
        united[i] = _confirmed(found[i], number, findings[j])
        confirmed.add(j)
    added = [f for j, f in enumerate(findings) if j not in confirmed]
    return [*united, *(MergedFinding(finding, (number,)) for finding in added)]


def _is_one_of_several(
    finding: Finding, whole: Finding, others: Iterable[Finding]
) -> bool:
    """Whether another one has part in the whole: units, where it is a bridge."""
    return any(
        other.label == whole.label
        and _in_one_place(other.box, whole.box)
        and not _in_one_place(other.box, finding.box)
        for other in others
    )


def _confirmed(by: MergedFinding, number: int, finding: Finding) -> MergedFinding:
    """The box and the label stand; a tooth, or a person's word, is taken over."""
    own = by.finding
    if own.tooth is None and finding.tooth is not None:
        own = replace(own, tooth=finding.tooth, last_tooth=finding.last_tooth)
    if finding.score is None:
        own = replace(own, score=None)
    # A set may have a radiograph twice, where its files name it in two ways.
    sets = by.sets if number in by.sets else (*by.sets, number)
    return MergedFinding(own, sets, (*by.united, finding))


def _other_tooth(one: MergedFinding, other: Finding) -> bool:
    return bool(one.finding.teeth and other.teeth) and not (
        set(one.finding.teeth) & set(other.teeth)
    )


def _by_class(finding: Finding, meaning: Meaning) -> Finding:
    return replace(finding, label=meaning.of(finding.label))


def _conflicts(
    found: Sequence[MergedFinding], meaning: Meaning
) -> tuple[Conflict, ...]:
    """Findings that contradict each other, and all that contradict these."""
    group = list(range(len(found)))
    kinds: dict[int, list[ConflictKind]] = {}
    for i, j in combinations(range(len(found)), 2):
        kind = _contradiction(found[i], found[j], meaning)
        if kind is not None:
            kinds.setdefault(i, []).append(kind)
            group = [group[i] if each == group[j] else each for each in group]
    conflicts = []
    for root in dict.fromkeys(group):
        members = [i for i, each in enumerate(group) if each == root]
        if len(members) > 1:
            said = [kind for i in members for kind in kinds.get(i, ())]
            kind = next(each for each in ConflictKind if each in said)
            conflicts.append(Conflict(kind, _sides([found[i] for i in members])))
    return tuple(conflicts)


def _sides(members: Sequence[MergedFinding]) -> tuple[Side, ...]:
    by_sets: dict[tuple[int, ...], list[MergedFinding]] = {}
    for member in sorted(members, key=lambda each: each.sets):
        by_sets.setdefault(member.sets, []).append(member)
    return tuple(Side(sets, tuple(each)) for sets, each in by_sets.items())


def _contradiction(
    one: MergedFinding, other: MergedFinding, meaning: Meaning
) -> ConflictKind | None:
    """Whether not both can be meant; a set that marks both says that they can."""
    if set(one.sets) & set(other.sets):
        return None
    a, b = one.finding, other.finding
    classes = frozenset({meaning.of(a.label), meaning.of(b.label)})
    if len(classes) > 1:
        # One class may lie inside another, as a post in a root filling.
        meets = iou(a.box, b.box) >= SAME_PLACE_IOU
        return ConflictKind.CLASS if meets and not meaning.may_share(classes) else None
    if not _in_one_place(a.box, b.box):
        return None
    return ConflictKind.TOOTH if _other_tooth(one, b) else ConflictKind.EXTENT


def _in_one_place(a: Box, b: Box) -> bool:
    """Whether two boxes of one class overlap much, or one lies inside the other."""
    overlap = iou(a, b)
    shared = overlap / (1 + overlap) * (a.area + b.area)
    return overlap >= SAME_PLACE_IOU or shared >= INSIDE * min(a.area, b.area)
