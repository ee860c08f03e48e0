"""What a report says, whatever kind of file it is written to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dentalviewer.agreement import AgreementCounts
from dentalviewer.dentition import Notation, Tooth
from dentalviewer.detector import DetectorIdentity
from dentalviewer.geometry import Box
from dentalviewer.labels import label_color
from dentalviewer.placing import Placing
from dentalviewer.radiograph import Radiograph
from dentalviewer.reports.chart_drawing import is_child
from dentalviewer.reports.tooth_states import ToothState, in_order, in_short, told_of
from dentalviewer.review import Patient, ReadingMode, Sides
from dentalviewer.tooth_assignment import sides_in_sight


class RowSource(StrEnum):
    """Who proposed an accepted finding."""

    DENTIST = "dentist"
    DETECTOR = "detector"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Practice:
    """Who hands the report out; every field may be empty, the address has lines."""

    name: str = ""
    address: str = ""
    dentist: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One accepted finding. `number` is what the picture calls it, from 1.

    `score` is the detector's, None where it did not propose the finding. `decided_by`
    is empty and `decided_at` None where no decision was logged.
    """

    number: int
    label: str
    placing: Placing
    source: RowSource
    corrected: bool
    score: float | None
    box: Box
    decided_by: str
    decided_at: datetime | None
    uncertain: bool = False

    @property
    def tooth(self) -> Tooth | None:
        """The first of a bridge."""
        return self.placing.teeth[0] if self.placing.teeth else None

    @property
    def last_tooth(self) -> Tooth | None:
        """The other end of a bridge, None for everything else."""
        return self.placing.teeth[-1] if len(self.placing.teeth) > 1 else None


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever decided what holds: how many such decisions, when first and last."""

    name: str
    decisions: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class DetectorFacts:
    """Which detector was asked, how its answer was shown, and how much was shown."""

    name: str
    sha256: str
    preprocessing: str
    thresholds: Mapping[str, float]
    nms_iou: float
    max_findings: int
    predictions: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a report says.

    `rejected` and `undecided` count places that are left out of `rows`. `agreement` and
    `detector` are None where no detector was asked; `agreement` also while its
    predictions were still `hidden` from the reader, and where the dentist had marked
    nothing before seeing them. `reveal_unknown` where the dentist read first, but what
    was marked since the reveal is in the `agreement`, since nothing tells it apart.
    `teeth` has every place of the mouth, `tooth_detector` what looked for them, None
    where nothing did, and `lacks_teeth` if no detector of teeth is installed. `sides`
    says where the patient's right is, `doubt` what is asked of a radiograph on which no
    tooth could be numbered, or that a person says that it is no panoramic one.
    `awaited` tells that a detector was asked and had not answered, `picture_changed`
    that the findings are of another picture and nobody vouches for them, `silent` that
    there is no finding and nobody has said so. `cautions` are what an annotation file
    says to beware of. Times are in the zone of `created`.
    """

    practice: Practice
    patient: Patient
    radiograph: Radiograph
    radiograph_name: str
    rows: tuple[Row, ...]
    counts: Mapping[str, int]
    rejected: int
    undecided: int
    mode: ReadingMode
    hidden: bool
    agreement: AgreementCounts | None
    detector: DetectorFacts | None
    readers: tuple[Reader, ...]
    note: str
    created: datetime
    program_version: str
    teeth: Mapping[Tooth, ToothState]
    tooth_detector: DetectorIdentity | None = None
    teeth_corrected: bool = False
    sides: Sides = Sides.ASSUMED
    doubt: str = ""
    class_colors: Mapping[str, str] = field(default_factory=dict)
    notation: Notation = Notation.FDI
    awaited: bool = False
    picture_changed: bool = False
    silent: bool = False
    reveal_unknown: bool = False
    lacks_teeth: bool = False
    cautions: tuple[str, ...] = ()

    def color(self, label: str) -> str:
        """Of a class, as #rrggbb: what was settled for the folder, or its own."""
        return label_color(label, self.class_colors)

    @property
    def classes_told(self) -> Mapping[str, int]:
        """How many findings of each class there are; none only of those that a
        detector has looked for in the reader's sight.
        """
        asked = self.detector.thresholds if self.detector and not self.hidden else ()
        counts = self.counts.items()
        return {label: n for label, n in counts if n or label in asked}

    @property
    def sources_drawn(self) -> tuple[RowSource, ...]:
        """Whose lines are on the picture."""
        drawn = {row.source for row in self.rows}
        return tuple(source for source in RowSource if source in drawn)

    @property
    def sides_in_sight(self) -> Sides:
        """As the letters R and L say; in doubt where the radiograph itself is."""
        return sides_in_sight(self.sides, self.doubt)

    @property
    def knows_teeth(self) -> bool:
        """Whether anything can be said by tooth."""
        return any(s.treated or s.seen is not None for s in self.teeth.values())

    @property
    def treated_teeth(self) -> tuple[ToothState, ...]:
        """Those that something was done to, from the upper right on."""
        treated = [tooth for tooth, state in self.teeth.items() if state.treated]
        return tuple(self.teeth[tooth] for tooth in in_order(treated))

    @property
    def questioned_teeth(self) -> tuple[ToothState, ...]:
        """Those whose numbers have question marks, treated or not, in that order."""
        questioned = [t for t, state in self.teeth.items() if state.questioned]
        return tuple(self.teeth[tooth] for tooth in in_order(questioned))

    @property
    def teeth_not_seen(self) -> tuple[Tooth, ...]:
        """Those that nothing replaces, and that nobody says are missing."""
        return self._those(lambda s: s.seen is False and not (s.stated or s.replaced))

    @property
    def teeth_missing(self) -> tuple[Tooth, ...]:
        """As a person says; those that nothing replaces."""
        return self._those(lambda state: state.missing and not state.replaced)

    @property
    def teeth_replaced(self) -> tuple[Tooth, ...]:
        return self._those(lambda state: state.replaced)

    @property
    def teeth_off_picture(self) -> tuple[Tooth, ...]:
        """Those that need not be seen: their places are not whole on the picture."""
        return self._those(lambda state: state.off_picture)

    @property
    def contradictory_teeth(self) -> tuple[Tooth, ...]:
        """Those that a person says are missing, and whose root filling is accepted."""
        return self._those(lambda state: state.contradictory)

    def _those(self, are_meant: Callable[[ToothState], bool]) -> tuple[Tooth, ...]:
        """From the upper right on."""
        return tuple(in_order(t for t, s in self.teeth.items() if are_meant(s)))

    @property
    def numbered_by_detector(self) -> bool:
        """Whether a tooth has its number from the detector, and not from a person."""
        return any(s.seen and not s.stated for s in self.teeth.values())

    @property
    def child_numbered_as_adult(self) -> bool:
        """Whether a detector, having learned from adults, numbered a child's teeth."""
        if self.tooth_detector is None or not is_child(self.radiograph.patient_age):
            return False
        return self.numbered_by_detector

    def in_short(self, state: ToothState) -> str:
        """A tooth in a few words: the reader's own, or else those worked out."""
        return in_short(state, self.notation)

    def told_of(self, state: ToothState) -> str:
        """A tooth in a sentence: the reader's own, or else the one worked out."""
        return told_of(state, self.notation)

    def numbers_on(self, tooth: Tooth) -> tuple[int, ...]:
        """The findings of a tooth, by their numbers in the picture."""
        return tuple(r.number for r in self.rows if tooth in r.placing.teeth)

    @property
    def unreviewed(self) -> bool:
        """Whether a decision or an answer is missing, the reading had not come to its
        end, or another picture was reviewed.
        """
        missing = self.undecided > 0 or self.silent or self.hidden or self.awaited
        return missing or self.picture_changed
