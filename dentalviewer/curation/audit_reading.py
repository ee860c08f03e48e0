"""What an audit of radiographs compares: their labels, and what a detector said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dentalviewer.agreement import compare
from dentalviewer.curation.audit import (
    Contradiction,
    best_of_each_place,
    find_contradictions,
)
from dentalviewer.detector import (
    Detection,
    DetectorCatalogue,
    DetectorIdentity,
    renamed,
)
from dentalviewer.errors import DentalViewerError
from dentalviewer.evaluation.annotation_set import Reading, reading_of
from dentalviewer.formats import (
    find_sidecars,
    fitted,
    read_annotations,
)
from dentalviewer.formats._image_size import upright_size
from dentalviewer.formats.class_settings import settled_aliases
from dentalviewer.formats.review_file import (
    annotation_files,
    find_review,
    read_review,
)
from dentalviewer.formats.reviewed_annotations import with_stated_doubts
from dentalviewer.radiograph import read_radiograph
from dentalviewer.review import Review, ReviewItem, Source, Verdict
from dentalviewer.study import Finding
from dentalviewer.worklist.predictions import PredictionStore, picture_stamp


@dataclass(frozen=True, slots=True)
class Audit:
    """The contradictions on many radiographs, the strongest first.

    Each names its radiograph by its whole path. `radiographs` counts those that were
    compared; `problems` say what could not be.
    """

    contradictions: tuple[Contradiction, ...]
    radiographs: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LabelSource:
    """Where the labels of a radiograph are: in its review, or else beside it.

    `reviews` is the folder of reviews that fit nowhere else; `annotation_files` may
    speak of the radiographs too, wherever they lie.
    """

    aliases: Mapping[str, str]
    reviews: Path
    annotation_files: Sequence[Path] = ()

    def labels_of(self, path: Path) -> Reading | None:
        """None where there are none, and where its reader is still to read it first.

        Raises FileError if review or annotations cannot be read, or leave a choice.
        """
        size = upright_size(path)
        review_file = find_review(path, self.reviews)
        if review_file is not None:
            saved, _ = read_review(review_file)
            if saved.review.predictions_hidden:
                return None
            folders = (file.parent for file in annotation_files(saved, path))
            aliases = settled_aliases(self.aliases, path.parent, *folders)
            saved = with_stated_doubts(saved, path, aliases)
            return reading_of(str(path), size, standing_labels(saved.review))
        for file in dict.fromkeys([*self.annotation_files, *find_sidecars(path)]):
            aliases = settled_aliases(self.aliases, path.parent, file.parent)
            for said in read_annotations(file, path, aliases=aliases):
                if said.question is None:
                    return reading_of(str(path), size, fitted(said, size))
        return None

    def called(self, path: Path, said: Sequence[Finding]) -> tuple[Finding, ...]:
        """What a detector says of a radiograph, by the names that its review has for
        the classes; without one, as the window does, by the detector's own.

        Raises ReviewFileError if the review cannot be read.
        """
        review_file = find_review(path, self.reviews)
        if review_file is None:
            return tuple(said)
        return renamed(said, read_review(review_file)[0].review.names)


def standing_labels(review: Review) -> tuple[Finding, ...]:
    """What a review holds for true as it stands, each place once.

    What was accepted, and of what is undecided the dentist's part.
    """
    return tuple(item.current for item in _standing_items(review))


def _standing_items(review: Review) -> list[ReviewItem]:
    found: list[ReviewItem] = []
    for place in compare(review):
        if place.verdict is Verdict.ACCEPTED:
            found += place.accepted
        elif place.verdict is Verdict.UNDECIDED:
            found += [
                item
                for item in place.items
                if item.source is Source.DENTIST and item.verdict is Verdict.UNDECIDED
            ]
    return found


class Examiner:
    """What a detector says of radiographs; none is examined twice."""

    def __init__(
        self, catalogue: DetectorCatalogue, name: str, store: PredictionStore
    ) -> None:
        """Slow. Raises ModelError if the detector cannot be loaded."""
        self._detector = catalogue.load(name)
        self._store = store

    @property
    def identity(self) -> DetectorIdentity:
        return self._detector.identity

    def candidates(self, path: Path) -> tuple[Finding, ...]:
        """Raises RadiographError or DetectionError; FileError if it cannot be kept."""
        known = self._store.get(path, self._detector.identity)
        if known is not None:
            return known.candidates
        stamp = picture_stamp(path)
        candidates = self._detector.detect(read_radiograph(path))
        detection = Detection(
            self._detector.identity, self._detector.settings, candidates
        )
        self._store.put(path, detection, stamp)
        return candidates


def audit_radiographs(
    paths: Iterable[Path],
    source: LabelSource,
    candidates: Callable[[Path], tuple[Finding, ...]],
    *,
    tell: Callable[[int], object] = lambda _done: None,
) -> Audit:
    """Compare labels and detector on each radiograph that has labels.

    `tell` is given how many are done before each; what it raises ends the work.
    """
    readings: list[Reading] = []
    found: list[tuple[Finding, ...]] = []
    problems: list[str] = []
    for done, path in enumerate(paths):
        tell(done)
        try:
            labels = source.labels_of(path)
            if labels is None:
                continue
            said = best_of_each_place(source.called(path, candidates(path)))
        except DentalViewerError as error:
            problems.append(str(error))
            continue
        readings.append(labels)
        found.append(said)
    return Audit(find_contradictions(readings, found), len(readings), tuple(problems))
