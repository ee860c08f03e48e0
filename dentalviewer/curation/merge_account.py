"""Where each finding of a merged set came from: for people, and for programs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from dentalviewer.curation.merged import (
    Choices,
    Conflict,
    ConflictId,
    Merge,
    MergedFinding,
    Side,
)
from dentalviewer.dentition import Notation
from dentalviewer.formats._image_names import stated_names
from dentalviewer.formats._plain import counted, plain_number, rounded
from dentalviewer.labels import display_name
from dentalviewer.study import Finding


def provenance_lines(merge: Merge, choices: Choices) -> Iterator[dict[str, object]]:
    """An object for each finding, after one that names the sets, most trusted first."""
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


def counts_in_words(merge: Merge) -> str:
    """Such as "31 findings united, 12 only in a, 7 only in b; 2 conflicts"."""
    alone = ", ".join(
        f"{merge.only_from(number)} only in {each.name}"
        for number, each in enumerate(merge.sets)
    )
    conflicts = len(merge.conflicts)
    return (
        f"{merge.united} finding{'' if merge.united == 1 else 's'} united, {alone};"
        f" {conflicts} conflict{'' if conflicts == 1 else 's'}"
    )


def conflict_in_words(merge: Merge, conflict: Conflict) -> str:
    """Such as "named differently: a has implant, b has endodontic treatment"."""
    sides = ", ".join(side_in_words(merge, side) for side in conflict.sides)
    return f"{conflict.kind}: {sides}"


def side_in_words(merge: Merge, side: Side, notation: Notation = Notation.FDI) -> str:
    names = " and ".join(merge.sets[number].name for number in side.sets)
    verb = "has" if len(side.sets) == 1 else "have"
    return f"{names} {verb} {findings_in_words(side, notation)}"


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
    parts += _listed("Conflicts", _conflict_lines(merge, choices))
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
