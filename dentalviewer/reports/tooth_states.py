"""What is known of each tooth, for the dental chart and the report by tooth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from dentalviewer.arch import (
    ARCH_TEETH,
    LOWER_DECIDUOUS_ROW,
    LOWER_ROW,
    UPPER_DECIDUOUS_ROW,
    UPPER_ROW,
)
from dentalviewer.dentition import Notation, Tooth
from dentalviewer.labels import (
    ENDODONTIC,
    IMPLANT,
    KNOWN_LABELS,
    RESTORATION,
    display_name,
)
from dentalviewer.phrases import capitalised
from dentalviewer.placing import Placing
from dentalviewer.review import ToothWords
from dentalviewer.study import Finding

# The upper jaw from the patient's right, then the lower.
CHART_ORDER = (*UPPER_ROW, *UPPER_DECIDUOUS_ROW, *LOWER_ROW, *LOWER_DECIDUOUS_ROW)
ReadingOrder = tuple[int, float, int, str, float, float]
NOTHING_STATED: Mapping[Tooth, bool] = {}


@dataclass(frozen=True, slots=True)
class Placed:
    """What was found, and where it belongs."""

    label: str
    placing: Placing
    uncertain: bool = False
    decided: bool = True


class SpanKind(StrEnum):
    """What one box over several teeth shows, as far as the teeth tell.

    A bridge spans a tooth that is not there. Where all of them are, crowns are joined,
    or crowns and fillings only adjoin: a box does not tell. EITHER where it is not
    known which teeth are there.
    """

    BRIDGE = "bridge"
    ADJOINING = "joined or adjoining"
    EITHER = "bridge, joined or adjoining"


# Reviews keep the few words of a tooth, some as an earlier version put them.
_WORDED_EARLIER = {
    "the tooth is in doubt": "tooth number in doubt",
    ", yet a root filling is marked here: please": (
        ", but a root filling is marked there; please"
    ),
    "bridge or of adjoining restorations from": (
        "bridge, or of neighbouring restorations, from"
    ),
}


@dataclass(frozen=True, slots=True)
class Span:
    """The teeth under one restoration, from the patient's right to left."""

    teeth: tuple[Tooth, ...]
    kind: SpanKind


@dataclass(frozen=True, slots=True)
class ToothState:
    """One place of the chart: what stands there and what was done to it.

    `seen` tells whether the tooth was found, or a person has `stated` that it is there;
    None where nobody looked, or its place is `off_picture`. `spans` are the
    restorations over several teeth that the tooth is part of. `doubtful` where a
    finding may belong to its neighbour, or the tooth's number may be another.
    `reworded` is what the reader says of it, empty where they said nothing or said it
    of something else; its numbers are of the system `reworded_in`, if that is known. Of
    the `labels`, nobody has decided about those that are `undecided`, and nobody is
    sure of those that are `uncertain`.
    """

    tooth: Tooth
    seen: bool | None = None
    labels: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    doubtful: bool = False
    reworded: str = ""
    reworded_in: Notation | None = None
    stated: bool = False
    off_picture: bool = False
    undecided: frozenset[str] = frozenset()
    uncertain: frozenset[str] = frozenset()

    @property
    def questioned(self) -> bool:
        """Whether its number has a question mark: tooth or finding is in doubt."""
        return self.doubtful or bool(self.uncertain)

    @property
    def treated(self) -> bool:
        return bool(self.labels)

    @property
    def missing(self) -> bool:
        """Whether a person says that there is no tooth."""
        return self.stated and self.seen is False

    @property
    def replaced(self) -> bool:
        """Whether there is no tooth, but an implant or what a bridge has in its place.

        A single restoration replaces a tooth only if a person says that it is missing:
        else there may be one below it that was not seen.
        """
        if self.seen is not False:
            return False
        bridged = any(span.kind is SpanKind.BRIDGE for span in self.spans)
        crowned = self.missing and RESTORATION in self.labels
        return bridged or crowned or IMPLANT in self.labels

    @property
    def contradictory(self) -> bool:
        """Whether a root is filled that a person says is not there."""
        return self.missing and ENDODONTIC in self.labels

    @property
    def in_words(self) -> str:
        """What is known of the tooth itself."""
        if self.seen is None:
            return "not examined"
        if self.stated:
            return "present" if self.seen else "missing"
        return "seen" if self.seen else "not seen"


@dataclass(slots=True)
class _Gathered:
    labels: list[str] = field(default_factory=list)
    undecided: set[str] = field(default_factory=set)
    sure: set[str] = field(default_factory=set)
    spans: list[tuple[Tooth, ...]] = field(default_factory=list)
    doubtful: bool = False
    rooted: bool = False

    def take(self, found: Placed) -> None:
        label, placing = found.label, found.placing
        if label not in self.labels:
            self.labels.append(label)
        if not found.decided:
            self.undecided.add(label)
        if not found.uncertain:
            self.sure.add(label)
        spans = label == RESTORATION and len(placing.teeth) > 1
        if spans and placing.teeth not in self.spans:
            self.spans.append(placing.teeth)
        self.doubtful = self.doubtful or placing.doubtful
        if label == ENDODONTIC and placing.stated:
            self.rooted = True


def tooth_states(
    placed: Iterable[Placed],
    teeth: Sequence[Finding],
    words: Iterable[ToothWords] = (),
    stated: Mapping[Tooth, bool] = NOTHING_STATED,
    off_picture: AbstractSet[Tooth] = frozenset(),
) -> Mapping[Tooth, ToothState]:
    """Every permanent tooth, and deciduous ones of which something is known.

    `placed` are findings, `teeth` what the detector of teeth found; without numbers
    among them nobody knows which teeth are there.
    `words` are the reader's own, used where what they were said of still holds.
    `stated` tells of teeth whether a person says that they are there. Who states at
    which tooth a root filling is has said so too, if nobody says otherwise. Those
    `off_picture` need not be seen; where something was found on one, it is on it.
    """
    gathered: dict[Tooth, _Gathered] = {}
    for each in placed:
        for tooth in each.placing.teeth:
            gathered.setdefault(tooth, _Gathered()).take(each)
    there = {finding.tooth for finding in teeth if finding.tooth is not None}
    doubted = {finding.tooth for finding in teeth if finding.tooth_in_doubt}
    implants = {t for t, found in gathered.items() if IMPLANT in found.labels}
    said = {each.tooth: each for each in words if not each.in_doubt}
    states = {}
    mentioned = gathered.keys() | there | stated.keys()
    off = off_picture - mentioned
    seen = {
        tooth: tooth in there
        if tooth not in off and _looked_for(tooth, there, stated)
        else None
        for tooth in (*ARCH_TEETH, *sorted(mentioned - ARCH_TEETH.keys()))
    } | dict(stated)
    rooted = {tooth for tooth, found in gathered.items() if found.rooted}
    overlooked = {t for t in rooted - stated.keys() if seen[t] is False}
    seen |= dict.fromkeys(overlooked, True)
    for tooth in seen:
        known = gathered.get(tooth, _Gathered())
        kinds = [(span, _kind(span, seen, implants)) for span in known.spans]
        state = ToothState(
            tooth,
            seen[tooth],
            tuple(known.labels),
            tuple(Span(span, kind) for span, kind in kinds),
            known.doubtful or tooth in doubted,
            stated=tooth in stated or tooth in overlooked,
            off_picture=tooth in off,
            undecided=frozenset(known.undecided),
            uncertain=frozenset(known.labels) - known.sure,
        )
        states[tooth] = _in_own_words(state, said.get(tooth))
    return states


def _looked_for(
    tooth: Tooth, there: AbstractSet[Tooth], stated: Mapping[Tooth, bool]
) -> bool:
    """Whether the detector of teeth has looked for it, of those that are `there`.

    One that numbers permanent teeth has not looked for deciduous ones, and a person who
    speaks of one tooth has said nothing of the others.
    """
    return any(each.deciduous == tooth.deciduous for each in there - stated.keys())


def _kind(
    span: Sequence[Tooth],
    seen: Mapping[Tooth, bool | None],
    implants: AbstractSet[Tooth],
) -> SpanKind:
    natural = [seen[tooth] for tooth in span if tooth not in implants]
    if False in natural:
        return SpanKind.BRIDGE
    return SpanKind.ADJOINING if all(natural) else SpanKind.EITHER


def _in_own_words(state: ToothState, said: ToothWords | None) -> ToothState:
    if said is None:
        return state
    if said.instead_of is not None and not is_worked_out(said.instead_of, state):
        return state
    return replace(state, reworded=said.words, reworded_in=said.notation)


def is_worked_out(few: str, state: ToothState) -> bool:
    """Whether these are the few words of a tooth, be it in doubt or not: doubts come
    and go, and the question mark beside its number tells of them whatever is said.
    """
    for earlier, now in _WORDED_EARLIER.items():
        few = few.replace(earlier, now)
    return any(
        few_words(replace(state, doubtful=each)) == few for each in (False, True)
    )


def in_short(state: ToothState, notation: Notation = Notation.FDI) -> str:
    """A tooth in a few words: the reader's own, or else those worked out."""
    if not state.reworded:
        return few_words(state, notation)
    return own_words(state.reworded, state.tooth, state.reworded_in, notation)


def told_of(state: ToothState, notation: Notation = Notation.FDI) -> str:
    """A tooth in a sentence: the reader's own, or else the one worked out.

    Words that do not name the tooth follow its name.
    """
    if not state.reworded:
        return sentence(state, notation)
    words, name = in_short(state, notation), state.tooth.words
    if name in words.casefold():
        return words
    return f"{capitalised(_named(state.tooth, notation))}: {words}"


def own_words(
    words: str, tooth: Tooth, theirs: Notation | None, notation: Notation
) -> str:
    """What a reader said of a tooth, for a report in that notation.

    Where numbers of other teeth are of another system, its name follows.
    """
    if theirs is None or theirs is notation:
        return words
    if theirs.occurs_in(words.replace(f"({theirs.number_of(tooth)})", "")):
        return f"{words} (in {theirs.short} numbers)"
    return renumbered(words, tooth, theirs, notation)


def renumbered(words: str, tooth: Tooth, before: Notation, notation: Notation) -> str:
    """What is said of a tooth, with its own number, in brackets, in that notation."""
    now = f"({notation.number_of(tooth)})"
    return words.replace(f"({before.number_of(tooth)})", now)


def few_words(state: ToothState, notation: Notation = Notation.FDI) -> str:
    """Such as "root-filled and restored"; empty if nothing is known.

    A restoration may be a filling or a crown: a box does not tell. Reviews keep them,
    in FDI numbers, beside what a reader says instead: another wording here makes those
    words outdated.
    """
    parts = _treatments(state, notation)
    if not parts:
        return state.in_words if state.seen is False else ""
    return f"{_listed([part.words for part in parts])}{_reserve(state)}"


def sentence(state: ToothState, notation: Notation = Notation.FDI) -> str:
    """A sentence that a patient can read, such as "The upper right second premolar (15)
    is root-filled and restored."; empty if nothing is known.
    """
    parts = _treatments(state, notation)
    if not parts and state.seen is not False:
        return ""
    said, verb = [], ""
    for part in parts or [_Part("is" if state.missing else "was", state.in_words)]:
        # "is root-filled and restored"
        again = part.verb == verb
        said.append(part.words if again else f"{part.verb} {part.words}".strip())
        verb = part.verb
    told = f"{_listed(said)}{_reserve(state)}"
    return f"The {_named(state.tooth, notation)} {told}."


def _named(tooth: Tooth, notation: Notation) -> str:
    return f"{tooth.words} ({notation.number_of(tooth)})"


def renamed(said: ToothWords, tooth: Tooth) -> ToothWords:
    """The reader's words where their tooth has become another: they name that one."""
    notation = said.notation or Notation.FDI
    before, after = _named(said.tooth, notation), _named(tooth, notation)
    return replace(said, tooth=tooth, words=said.words.replace(before, after))


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _reserve(state: ToothState) -> str:
    """What is open about a tooth, to follow what is said of it."""
    if state.contradictory:
        # Who says both has to decide; this says that nobody has.
        return ", but a root filling is marked there; please check"
    doubts = _doubts(state)
    return f" ({', '.join(doubts)})" if doubts else ""


def _doubts(state: ToothState) -> list[str]:
    doubts = ["tooth number in doubt"] if state.doubtful else []
    if state.treated and state.uncertain == {*state.labels}:
        doubts.append("uncertain")
    elif state.uncertain:
        named = (display_name(each) for each in state.labels if each in state.uncertain)
        doubts.append(f"{' and '.join(named)} uncertain")
    return doubts


class _Part(NamedTuple):
    """One thing that was done to a tooth; the verb leads up to it in a sentence."""

    verb: str
    words: str


_IMPLANT = "is replaced by an"


def _treatments(state: ToothState, notation: Notation) -> list[_Part]:
    parts = _span_parts(state, notation)
    if not parts and IMPLANT in state.labels:
        crowned = RESTORATION in state.labels
        words = "implant with a crown" if crowned else "implant"
        parts.append(_Part(_IMPLANT, words))
    elif not parts and RESTORATION in state.labels:
        words = "missing and replaced" if state.missing else "restored"
        parts.append(_Part("is", words))
    elif not parts and state.contradictory:
        parts.append(_Part("is recorded as", "missing"))
    if ENDODONTIC in state.labels and not state.contradictory:
        parts.insert(0, _Part("is", "root-filled"))
    others = [each for each in state.labels if each not in KNOWN_LABELS]
    return parts + [_Part("is marked as", display_name(each)) for each in others]


def _span_parts(state: ToothState, notation: Notation) -> list[_Part]:
    """For each kind of span what the tooth has to do with it."""
    told = {
        kind: [
            " to ".join(map(notation.number_of, (span.teeth[0], span.teeth[-1])))
            for span in state.spans
            if span.kind is kind
        ]
        for kind in SpanKind
    }
    implant = IMPLANT in state.labels
    parts = []
    if bridges := told[SpanKind.BRIDGE]:
        each = " and ".join(f"a bridge from {ends}" for ends in bridges)
        if implant:
            parts.append(_Part(_IMPLANT, f"implant carrying {each}"))
        elif state.seen is False:
            parts.append(_Part("is", f"replaced by {each}"))
        else:
            parts.append(_Part("", f"carries {each}"))
    if unclear := told[SpanKind.EITHER]:
        ends = " and from ".join(unclear)
        if implant:
            words = f"implant carrying a bridge or joined crowns from {ends}"
            parts.append(_Part(_IMPLANT, words))
        else:
            words = f"part of a bridge, or of neighbouring restorations, from {ends}"
            parts.append(_Part("is", words))
    if adjoining := told[SpanKind.ADJOINING]:
        ends = f"({SpanKind.ADJOINING}, {' and '.join(adjoining)})"
        if implant:
            parts.append(_Part(_IMPLANT, f"implant with a crown {ends}"))
        else:
            parts.append(_Part("is", f"restored {ends}"))
    return parts


def reading_order(finding: Finding, placing: Placing) -> ReadingOrder:
    """What findings are sorted by, as dentists read: along the upper jaw from the
    patient's right, then along the lower, and by class on a tooth.

    Those without a tooth follow, from the left of the picture on.
    """
    x, y = finding.box.center
    known = finding.label in KNOWN_LABELS
    kind = KNOWN_LABELS.index(finding.label) if known else len(KNOWN_LABELS)
    tooth = placing.teeth[0] if placing.teeth else None
    place = len(CHART_ORDER) if tooth is None else CHART_ORDER.index(tooth)
    return place, x if tooth is None else 0.0, kind, finding.label, x, y


def in_order(teeth: Iterable[Tooth]) -> list[Tooth]:
    return sorted(teeth, key=CHART_ORDER.index)
