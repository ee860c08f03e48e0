"""Where each finding of a merged set came from: for people, and for programs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from dentalviewer.curation.merged import (
    Choices,
    Conflict,
    ConflictId,
    Merge,
    MergedFinding,
    MergedRadiograph,
    Side,
)
from dentalviewer.dentition import Notation
from dentalviewer.formats._image_names import stated_names
from dentalviewer.formats._plain import plain_number, rounded
from dentalviewer.labels import display_name
from dentalviewer.phrases import counted
from dentalviewer.study import Finding

ABOUT_VOTES = (
    "A set that has a radiograph without findings has read it and marks nothing there;"
    " one that does not have it has not read it and is no vote against. A table (CSV)"
    " has no line for a radiograph without findings, so counts as not having read it."
    " Radiographs that too few have read are left out: without findings they would look"
    " healthy. A split vote is a place where enough sets mark something, but not in one"
    " class, on one tooth and by boxes that fit: none of it is kept."
)


def provenance_lines(merge: Merge, choices: Choices) -> Iterator[dict[str, object]]:
    """An object for each finding, after one that names the sets, most trusted first.

    What is not in the merged set, as too few sets mark it, is `outvoted`.
    """
    yield {"sets": [{"name": s.name, "path": str(s.path)} for s in merge.sets]}
    names = radiograph_names(merge)
    for number, radiograph in enumerate(merge.radiographs):
        for found in radiograph.settled:
            yield {"radiograph": names[number], **_provenance(merge, found)}
        for n, conflict in enumerate(radiograph.conflicts):
            keeps = choices.get(ConflictId(number, n))
            for s, side in enumerate(conflict.sides):
                for found in side.findings:
                    yield {
                        "radiograph": names[number],
                        **_provenance(merge, found),
                        "conflict": conflict.kind.value,
                        "decided": keeps is not None,
                        "kept": keeps is None or s in keeps,
                    }
        for found in radiograph.outvoted:
            outvoted = {**_provenance(merge, found), "outvoted": True, "kept": False}
            yield {"radiograph": names[number], **outvoted}
    for name, radiograph in _read_by_too_few(merge):
        for found in radiograph.outvoted:
            yield {"radiograph": name, **_provenance(merge, found), "kept": False}


def _provenance(merge: Merge, found: MergedFinding) -> dict[str, object]:
    names = [merge.sets[number].name for number in found.sets]
    line = {**_stated(found.finding), "marked_by": names}
    if found.united:
        line["united_with"] = [
            {"set": name, **_stated(finding)}
            for name, finding in zip(names[1:], found.united, strict=True)
        ]
    return line


def _stated(finding: Finding) -> dict[str, object]:
    box = [plain_number(rounded(edge)) for edge in finding.box.corners]
    line: dict[str, object] = {"label": finding.label, "box": box}
    if finding.tooth is not None:
        line["tooth"] = finding.tooth.fdi_number
    if finding.score is not None:
        line["score"] = finding.score
    return line


def radiograph_names(merge: Merge) -> list[str]:
    """What to call each radiograph; never two alike."""
    return stated_names([radiograph.image for radiograph in merge.radiographs])


def _read_by_too_few(merge: Merge) -> Iterator[tuple[str, MergedRadiograph]]:
    """With names that tell them from those that are merged, too."""
    both = (*merge.radiographs, *merge.read_by_too_few)
    names = stated_names([radiograph.image for radiograph in both])
    yield from zip(names[len(merge.radiographs) :], merge.read_by_too_few, strict=True)


def counts_in_words(merge: Merge) -> str:
    """Such as "31 findings united, 12 only in a, 7 only in b; 2 conflicts", or "31
    findings that at least 2 of the sets mark, 19 that fewer mark are left out; ...".
    """
    if merge.at_least > 1:
        return _votes_in_words(merge)
    alone = ", ".join(
        f"{merge.only_from(number)} only in {each.name}"
        for number, each in enumerate(merge.sets)
    )
    conflicts = len(merge.conflicts)
    return (
        f"{counted(merge.united, 'finding')} united, {alone};"
        f" {counted(conflicts, 'conflict')}"
    )


def _votes_in_words(merge: Merge) -> str:
    least = merge.at_least
    settled = sum(len(each.settled) for each in merge.radiographs)
    outvoted = sum(len(each.outvoted) for each in merge.radiographs)
    left_out = "is left out" if outvoted == 1 else "are left out"
    parts = [
        f"{counted(settled, 'finding')} that at least {least} of the sets mark,"
        f" {outvoted} that fewer mark {left_out}",
        counted(len(merge.conflicts), "conflict"),
    ]
    split = sum(len(each.split_votes) for each in merge.radiographs)
    if split:
        parts.append(f"{counted(split, 'split vote')}, where {least} or more disagree")
    few = len(merge.read_by_too_few)
    if few:
        are = "is" if few == 1 else "are"
        parts.append(
            f"{counted(few, 'radiograph')} that fewer than {least} have read"
            f" {are} left out"
        )
    return "; ".join(parts)


def split_votes_in_words(merge: Merge) -> list[str]:
    """Such as "7.png: drawn differently: a has restoration, b has restoration"."""
    return [
        f"{name}: {conflict_in_words(merge, conflict)}"
        for name, radiograph in zip(
            radiograph_names(merge), merge.radiographs, strict=True
        )
        for conflict in radiograph.split_votes
    ]


def conflict_in_words(merge: Merge, conflict: Conflict) -> str:
    """Such as "named differently: a has implant, b has endodontic treatment"."""
    sides = ", ".join(side_in_words(merge, side) for side in conflict.sides)
    return f"{conflict.kind}: {sides}"


def side_in_words(merge: Merge, side: Side, notation: Notation = Notation.FDI) -> str:
    verb = "has" if len(side.sets) == 1 else "have"
    return f"{_names(merge, side.sets)} {verb} {findings_in_words(side, notation)}"


def findings_in_words(side: Side, notation: Notation = Notation.FDI) -> str:
    """Such as "2 x restoration at 36, 37 (FDI)"."""
    by_label: dict[str, list[Finding]] = {}
    for each in side.findings:
        by_label.setdefault(each.finding.label, []).append(each.finding)
    parts = []
    for label, findings in by_label.items():
        count = f"{len(findings)} x " if len(findings) > 1 else ""
        teeth = ", ".join(filter(None, (notation.span_of(f.teeth) for f in findings)))
        where = f" at {teeth} ({notation.short})" if teeth else ""
        parts.append(f"{count}{display_name(label)}{where}")
    return ", ".join(parts)


def account_markdown(
    merge: Merge, choices: Choices, notes: Sequence[str], failures: Sequence[str]
) -> str:
    """What was merged, what was not, and what is left to be looked at."""
    radiographs = counted(len(merge.radiographs), "radiograph")
    parts = [
        "# Merged annotation sets",
        "\n".join(
            f"{number}. {each.name}:"
            f" {counted(sum(len(i.findings) for i in each.images), 'finding')}"
            f" on {counted(len(each.images), 'radiograph')} ({each.path})"
            for number, each in enumerate(merge.sets, 1)
        ),
        "The first set to mark a finding drew its box. `provenance.jsonl` says of each"
        " finding which sets marked it.",
        f"On {radiographs}: {counts_in_words(merge)}.",
    ]
    least = merge.at_least
    if least > 1:
        parts.append(ABOUT_VOTES)
    parts += _listed("Conflicts", _conflict_lines(merge, choices))
    parts += _listed("Split votes", [f"{s}." for s in split_votes_in_words(merge)])
    parts += _listed(f"Marked by fewer than {least}", _outvoted_lines(merge))
    parts += _listed(f"Read by fewer than {least}", _unread_lines(merge))
    parts += _listed("Left out", failures)
    parts += _listed("Notes", notes)
    return "\n\n".join(parts) + "\n"


def _conflict_lines(merge: Merge, choices: Choices) -> list[str]:
    names = radiograph_names(merge)
    return [
        f"{names[place.radiograph]}: {conflict_in_words(merge, conflict)}."
        f" {_decision(merge, conflict, choices.get(place))}"
        for place, conflict in merge.conflicts.items()
    ]


def _outvoted_lines(merge: Merge) -> list[str]:
    names = radiograph_names(merge)
    return [
        f"{name}: {_outvoted(merge, radiograph, found)}"
        for name, radiograph in zip(names, merge.radiographs, strict=True)
        for found in radiograph.outvoted
    ]


def _outvoted(merge: Merge, radiograph: MergedRadiograph, found: MergedFinding) -> str:
    """Such as "a has restoration at 36 (FDI), b and c do not; box 20, 10, 40, 30"."""
    others = [n for n in radiograph.sets if n not in found.sets]
    do_not = "does not" if len(others) == 1 else "do not"
    box = ", ".join(f"{edge:.0f}" for edge in found.finding.box.corners)
    return (
        f"{side_in_words(merge, Side(found.sets, (found,)))},"
        f" {_names(merge, others)} {do_not}; box {box}."
    )


def _unread_lines(merge: Merge) -> list[str]:
    return [
        f"{name}: {_names(merge, radiograph.sets)}"
        f" {'has' if len(radiograph.sets) == 1 else 'have'}"
        f" {counted(len(radiograph.outvoted), 'finding')}."
        for name, radiograph in _read_by_too_few(merge)
    ]


def _names(merge: Merge, sets: Collection[int]) -> str:
    """Such as "a, b and c"."""
    *others, last = (merge.sets[number].name for number in sets)
    return f"{', '.join(others)} and {last}" if others else last


def _decision(merge: Merge, conflict: Conflict, keeps: Collection[int] | None) -> str:
    if keeps is None:
        return "Not decided: all were kept."
    if not keeps:
        return "None was kept."
    if len(keeps) == len(conflict.sides):
        return "All were kept."
    sides = [side for s, side in enumerate(conflict.sides) if s in keeps]
    names = [merge.sets[number].name for side in sides for number in side.sets]
    return f"Kept: what {' and '.join(names)} marked."


def _listed(title: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    return [f"## {title}", "\n".join(f"- {line}" for line in lines)]
