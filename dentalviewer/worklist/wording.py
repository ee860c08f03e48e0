"""The standing of a radiograph in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dentalviewer.phrases import counted, percent
from dentalviewer.worklist.filtering import UNDONE, Filter
from dentalviewer.worklist.standing import Standing, Status

_NONE = {
    UNDONE: "All are done.",
    frozenset({Status.NEW}): "None is new.",
    frozenset({Status.FAILED}): "None has failed.",
    frozenset({Status.EXAMINED}): "None is examined and not yet reviewed.",
    frozenset({Status.IN_REVIEW}): "None is in review.",
    frozenset({Status.DONE}): "None is done yet.",
}


def status_line(standing: Standing | None) -> str:
    """A few words; the most pressing first."""
    if standing is None:
        return ""
    if standing.fault and standing.status is Status.NEW and not standing.findings:
        return "cannot be read"
    parts = _most_pressing(standing)
    if standing.picture_changed:
        parts.append("picture changed")
    if standing.status is Status.IN_REVIEW:
        left = f"{standing.undecided} to decide"
        so_far = f"{_counted(standing.findings)} so far"
        parts.append(left if standing.undecided else so_far)
    elif standing.status is Status.NEW:
        parts.append(_marked("new", standing.findings))
    elif standing.status is Status.FAILED:
        parts.append(_marked("failed", standing.findings))
    elif standing.hidden:
        parts.append(_marked("not read yet", standing.findings))
    elif not standing.stale or standing.findings:
        parts.append(_counted(standing.findings))
    if standing.stale:
        parts.append("out of date")
    return " · ".join(parts)


def _most_pressing(standing: Standing) -> list[str]:
    """What the worklist may be ordered by, which a narrow list must not cut off."""
    if standing.disagreements:
        verb = "differs" if standing.disagreements == 1 else "differ"
        return [f"{standing.disagreements} {verb}"]
    if standing.least_score is not None:
        return [f"≥ {percent(standing.least_score)}"]
    return []


def none_follows(known: int, *, done: int, to_do: int, elsewhere: int) -> str:
    """That no other radiograph in sight is left to do, of those `known`; `to_do` are
    left, and `elsewhere` those of them that the list does not show.
    """
    if elsewhere:
        are = "is" if elsewhere == 1 else "are"
        return f"Nothing else is to do in this list; {elsewhere} not shown {are}."
    if to_do:
        return "No other radiograph in the list is still to be done."
    if done < known:
        return f"{done} of {known} radiographs are done; no other can be shown."
    return f"All {known} radiographs are done."


def nothing_shown(chosen: Filter, class_name: Callable[[str], str]) -> str:
    """Why none of the radiographs of a worklist is shown; classes are called as
    `class_name` says.
    """
    search = chosen.search
    if search.unknown:
        return f"No tooth has the number “{search.unknown}”. Esc ends the search."
    if search.text:
        if search.teeth:
            end = "Esc ends the search"
            return f"No finding fits “{search.text}” where that is known. {end}."
        verb = "is called"
        if chosen.searches_only:
            return f"No radiograph {verb} “{search.text}”. Esc in the search shows all."
        return f"None of these {verb} “{search.text}”. Esc ends the search."
    if chosen.label is not None:
        return f"None of these has a finding of class {class_name(chosen.label)}."
    if chosen.unannotated:
        return "None of these is without annotations."
    return _NONE.get(chosen.statuses, "")


def described(path: Path, standing: Standing | None) -> str:
    """All that is known, in lines of plain text."""
    lines = [str(path)]
    if standing is not None:
        words, failed = status_line(standing), standing.status is Status.FAILED
        status = standing.status.value.capitalize()
        lines.append(words.capitalize() if failed else f"{status}: {words}")
        if standing.undecided:
            places = "place" if standing.places == 1 else "places"
            lines.append(
                f"{standing.undecided} of {standing.places} {places} to decide"
            )
        if standing.least_score is not None:
            lines.append(
                f"The detector is least sure of one at {percent(standing.least_score)}"
            )
        if standing.stale:
            lines.append("Another detector examined it, or its file has changed since")
        if failed:
            lines.append("The detector did not examine it, or only in part, because:")
        if standing.fault:
            lines.append(standing.fault)
    return "\n".join(lines)


def _marked(status: str, count: int) -> str:
    return f"{status}, {count} marked" if count else status


def _counted(count: int) -> str:
    if not count:
        return "no findings"
    return counted(count, "finding")
