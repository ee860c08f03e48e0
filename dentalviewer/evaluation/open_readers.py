"""Everyone who read the radiographs that are open: dentist, reviewers, detector."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from dentalviewer.agreement import accepted_items
from dentalviewer.decisions import first_read
from dentalviewer.detector import Detection
from dentalviewer.errors import FileError
from dentalviewer.evaluation.annotation_set import (
    AnnotationSet,
    Reading,
    reading_of,
    used_labels,
)
from dentalviewer.formats import LabelledImage
from dentalviewer.formats._annotations import Aliases
from dentalviewer.formats._image_names import stated_names
from dentalviewer.formats._image_size import upright_size
from dentalviewer.formats._saved_review import SavedReview
from dentalviewer.formats.class_meanings import meant
from dentalviewer.formats.class_settings import SettledAliases
from dentalviewer.formats.collecting import collect_beside
from dentalviewer.formats.review_file import (
    annotation_files,
    find_review,
    read_review,
    require_picture,
)
from dentalviewer.formats.reviewed_annotations import with_stated_doubts
from dentalviewer.geometry import Size
from dentalviewer.labels import canonical
from dentalviewer.phrases import counted
from dentalviewer.review import ReadingMode, Review, Source
from dentalviewer.study import Finding
from dentalviewer.tooth_assignment import as_stated_in, numbered_for

DENTIST = "dentist's annotations"
NAMELESS = "reader without a name"

DetectionOf = Callable[[Path], Detection | None]
"""What the detector said of a radiograph; None where that is not known."""


@dataclass(frozen=True, slots=True)
class OpenReaders:
    """The readings of the open radiographs, an annotation set for each reader.

    `teeth` has the numbered teeth of those that were looked at for them. `notes` are
    what the user should know, be it of radiographs that could not be read; what is to
    be known of one reader alone is in the notes of that set.
    """

    sets: tuple[AnnotationSet, ...]
    teeth: AnnotationSet | None
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Gathering:
    reviewers: dict[str, list[Reading]] = field(default_factory=dict)
    detector: list[Reading] = field(default_factory=list)
    teeth: list[Reading] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)
    revealed: dict[str, int] = field(default_factory=dict)
    unfinished: int = 0
    not_panoramic: int = 0
    notes: list[str] = field(default_factory=list)


def read_open_readers(
    radiographs: Sequence[Path],
    *,
    aliases: Aliases,
    reviews: Path,
    detector: str,
    detection_of: DetectionOf,
    tell: Callable[[Path], object] = lambda _radiograph: None,
) -> OpenReaders:
    """Read what lies beside the radiographs, their finished reviews and predictions.

    `reviews` is the folder of reviews that are not beside their radiographs, `detector`
    what the detector is called. `tell` is given each radiograph, twice; what it raises
    ends the work.
    """
    images = [LabelledImage(path, Size(1, 1), ()) for path in radiographs]
    names = dict(zip(radiographs, stated_names(images), strict=True))
    beside = collect_beside(radiographs, aliases=aliases, tell=tell)
    found = _Gathering(notes=[*beside.failures])
    settled = SettledAliases(aliases, lambda _fault: None)  # Told already.
    for path, name in names.items():
        tell(path)
        try:
            blank = Reading(name, upright_size(path), ())
            _gather(found, path, blank, reviews, detection_of, settled)
        except FileError as fault:
            found.notes.append(str(fault))
    dentist = [
        reading_of(names[image.path], image.size, image.findings)
        for image in beside.images
        if image.path in names
    ]
    sets = [
        replace(_set(DENTIST, dentist), files=beside.files),
        *(
            replace(_set(reader, readings), notes=_notes_on(reader, found))
            for reader, readings in found.reviewers.items()
        ),
        replace(_set(detector, found.detector), by_detector=True),
    ]
    teeth = _set("teeth", found.teeth) if found.teeth else None
    return OpenReaders(
        tuple(each for each in sets if each.readings), teeth, tuple(_notes(found))
    )


def _gather(
    found: _Gathering,
    path: Path,
    blank: Reading,
    reviews: Path,
    detection_of: DetectionOf,
    settled: SettledAliases,
) -> None:
    """`blank` is a reading of the radiograph without findings."""
    detection = detection_of(path)
    place, review = find_review(path, reviews), Review()
    aliases = settled.of(path.parent) or {}
    if place is not None:
        saved, _ = read_review(place)
        require_picture(saved, path, place)
        files = annotation_files(saved, path)
        aliases = settled.of(path.parent, *(file.parent for file in files)) or {}
        review = saved.review
        detection = detection and detection.with_names(review.names)
        if saved.is_reviewed_to_the_end:
            saved = with_stated_doubts(saved, path, aliases)
            _gather_review(found, saved, blank, aliases)
        elif review.panoramic is False:
            found.not_panoramic += 1
        else:
            found.unfinished += 1
    if detection is not None:
        said = tuple(_predicted(f, aliases) for f in detection.predictions)
        found.detector.append(replace(blank, findings=said))
        stated = as_stated_in(detection.teeth, review)
        teeth = numbered_for(review.sides, stated)
        numbered = tuple(tooth for tooth in teeth if tooth.tooth is not None)
        if numbered:
            found.teeth.append(replace(blank, findings=numbered))


def _gather_review(
    found: _Gathering, saved: SavedReview, blank: Reading, aliases: Mapping[str, str]
) -> None:
    reader, review = _reader_of(saved), saved.review
    said = _accepted(meant(review, aliases))
    reading = reading_of(blank.name, blank.size, said)
    found.reviewers.setdefault(reader, []).append(reading)
    saw = review.detection is not None and review.mode is ReadingMode.CONCURRENT
    found.seen[reader] = found.seen.get(reader, 0) + saw
    later = _decided_since_the_reveal(saved)
    found.revealed[reader] = found.revealed.get(reader, 0) + later


def _reader_of(saved: SavedReview) -> str:
    """All who decided about a finding, in the order in which they came; where there was
    none, who said so last.
    """
    readers = (d.reader.strip() for d in saved.decisions if d.of_finding)
    names = dict.fromkeys(filter(None, readers))
    said_read = [d.reader.strip() for d in saved.decisions if d.read]
    return " and ".join(names) or "".join(said_read[-1:]) or NAMELESS


def _decided_since_the_reveal(saved: SavedReview) -> bool:
    """Whether who read first has decided with the predictions in sight."""
    review = saved.review
    if review.detection is None or review.mode is not ReadingMode.READ_FIRST:
        return False
    reveal = first_read(saved.decisions)
    since = () if reveal is None else saved.decisions[reveal + 1 :]
    # Where the log does not tell when it was, a prediction was decided about since.
    predicted = any(i.decided and i.source is Source.DETECTOR for i in review.items)
    return predicted or any(decision.of_finding for decision in since)


def _accepted(review: Review) -> tuple[Finding, ...]:
    """By a person, whoever proposed it."""
    return tuple(replace(i.current, score=None) for i in accepted_items(review))


def _predicted(finding: Finding, aliases: Mapping[str, str]) -> Finding:
    return replace(finding, label=canonical(finding.label, aliases))


def _set(title: str, readings: Sequence[Reading]) -> AnnotationSet:
    labels = used_labels(readings)
    return AnnotationSet(Path(title), labels, tuple(readings), title=title)


def _notes(found: _Gathering) -> list[str]:
    notes = list(found.notes)
    if found.unfinished:
        reviews = counted(found.unfinished, "review is", "reviews are")
        notes.append(f"{reviews} not finished and left out.")
    if found.not_panoramic:
        say = counted(found.not_panoramic, "review says", "reviews say")
        notes.append(f"{say} that the picture is not a panoramic radiograph: left out.")
    return notes


def _notes_on(reader: str, found: _Gathering) -> tuple[str, ...]:
    seen, revealed = found.seen.get(reader, 0), found.revealed.get(reader, 0)
    of = len(found.reviewers[reader])
    notes = []
    if seen:
        notes.append(
            f"{reader} had the predictions in sight on {seen} of {of} radiographs,"
            " which brings reader and detector closer to each other."
        )
    if revealed:
        notes.append(
            f"{reader} read {revealed} of {of} radiographs first, but has decided there"
            " after the reveal as well: only what was found before is independent of"
            " the detector."
        )
    return tuple(notes)
