"""What is known of each tooth, for the dental chart and the report by tooth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dentalviewer.arch import (
    ARCH_TEETH,
    LOWER_DECIDUOUS_ROW,
    LOWER_ROW,
    UPPER_DECIDUOUS_ROW,
    UPPER_ROW,
)
from dentalviewer.dentition import Tooth
from dentalviewer.labels import ENDODONTIC, IMPLANT, RESTORATION, display_name
from dentalviewer.study import Finding
from dentalviewer.tooth_assignment import Placing

# The upper jaw from the patient's right, then the lower.
CHART_ORDER = (*UPPER_ROW, *UPPER_DECIDUOUS_ROW, *LOWER_ROW, *LOWER_DECIDUOUS_ROW)


@dataclass(frozen=True, slots=True)
class ToothState:
    """One place of the chart: what stands there and what was done to it.

    `seen` tells whether the tooth was found, None where nobody looked. `bridge` is the
    span of the bridge that the tooth is part of. `doubtful` where a finding may belong
    to its neighbour.
    """

    tooth: Tooth
    seen: bool | None = None
    labels: tuple[str, ...] = ()
    bridge: tuple[Tooth, ...] = ()
    doubtful: bool = False

    @property
    def treated(self) -> bool:
        return bool(self.labels)


@dataclass(slots=True)
class _Gathered:
    labels: list[str] = field(default_factory=list)
    bridge: tuple[Tooth, ...] = ()
    doubtful: bool = False


def tooth_states(
    placed: Iterable[tuple[str, Placing]], teeth: Sequence[Finding]
) -> Mapping[Tooth, ToothState]:
    """Every permanent tooth, and deciduous ones of which something is known.

    `placed` are the labels of findings and where they belong, `teeth` what the detector
    of teeth found; without numbers among them nobody knows which teeth are there.
    """
    gathered: dict[Tooth, _Gathered] = {}
    for label, placing in placed:
        for tooth in placing.teeth:
            found = gathered.setdefault(tooth, _Gathered())
            if label not in found.labels:
                found.labels.append(label)
            if len(placing.teeth) > 1:
                found.bridge = placing.teeth
            found.doubtful = found.doubtful or placing.doubtful
    there = {finding.tooth for finding in teeth if finding.tooth is not None}
    states = {}
    for tooth in (*ARCH_TEETH, *sorted((gathered.keys() | there) - ARCH_TEETH.keys())):
        known = gathered.get(tooth, _Gathered())
        seen = None if not there else tooth in there
        states[tooth] = ToothState(
            tooth, seen, tuple(known.labels), known.bridge, known.doubtful
        )
    return states


def sentence(state: ToothState) -> str:
    """In plain language, such as "root-filled and restored"; empty if nothing is known.

    A restoration may be a filling or a crown: a box does not tell.
    """
    parts = []
    if IMPLANT in state.labels:
        crowned = RESTORATION in state.labels
        parts.append("implant with a crown" if crowned else "implant")
    elif state.bridge:
        first, last = state.bridge[0], state.bridge[-1]
        pillar = "replaced by" if state.seen is False else "carries"
        parts.append(f"{pillar} a bridge from {first} to {last}")
    elif RESTORATION in state.labels:
        parts.append("restored")
    if ENDODONTIC in state.labels:
        parts.insert(0, "root-filled")
    known = (RESTORATION, ENDODONTIC, IMPLANT)
    parts += [display_name(label) for label in state.labels if label not in known]
    if not parts:
        return "not seen" if state.seen is False else ""
    words = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"{words} (the tooth is in doubt)" if state.doubtful else words


def in_order(teeth: Iterable[Tooth]) -> list[Tooth]:
    return sorted(teeth, key=CHART_ORDER.index)
