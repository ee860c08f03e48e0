"""How it stands with one radiograph: what was found, decided, and is in dispute."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from dentalviewer.agreement import Relation, compare
from dentalviewer.detector import Detection, DetectorIdentity
from dentalviewer.errors import AnnotationFileError, FileError, ReviewFileError
from dentalviewer.formats import ImageAnnotations, fitted, read_annotations
from dentalviewer.formats._image_size import upright_size
from dentalviewer.formats._listings import Listings
from dentalviewer.formats.class_settings import SettledAliases
from dentalviewer.formats.review_file import (
    SavedReview,
    find_review,
    read_review,
    require_picture,
)
from dentalviewer.formats.sidecars import FolderOfSidecars
from dentalviewer.review import ReadingMode, Review, Source, shown_of
from dentalviewer.worklist.cache import WorklistCache
from dentalviewer.worklist.classes_shown import classes_shown
from dentalviewer.worklist.listing import UNMARKED, Marks
from dentalviewer.worklist.predictions import PredictionState, PredictionStore

# With the version of the fields of a standing, and of what they mean.
_KIND = "standing-9"
# Of these the dentist and the detector do not disagree.
_NO_DISPUTE = {Relation.AGREE, Relation.UNASKED}


class Status(StrEnum):
    """How far a radiograph has come."""

    NEW = "new"
    FAILED = "failed"
    EXAMINED = "examined"
    IN_REVIEW = "in review"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Standing:
    """The facts of one line of the worklist.

    `findings` are those that were not rejected, `undecided` the places that are still
    to decide, of `places` in all. `disagreements` are undecided places where dentist
    and detector do not agree, None unless both have been heard. `least_score` is that
    of the prediction the detector is least sure of among the undecided. `stale` tells
    that another detector made the stored predictions. `fault` says why something is not
    known, or why the detector failed. `unheard` tells that the review was saved before
    any detector was heard, though its reader did not ask to read first.
    `picture_changed` tells that another picture was reviewed than lies there now.
    `hidden` tells that the reader reads first: what was predicted is not counted yet.
    `classes` are those of the findings, each with the FDI numbers of its teeth: until a
    review says where the patient's right is, as if it were on the left of the picture.
    `annotated` tells that a person has been heard: an annotation file speaks of it, or
    there is a review.
    """

    status: Status
    findings: int = 0
    undecided: int = 0
    places: int = 0
    disagreements: int | None = None
    least_score: float | None = None
    stale: bool = False
    fault: str = ""
    unheard: bool = False
    picture_changed: bool = False
    hidden: bool = False
    classes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    annotated: bool = False

    def unfinished(self) -> Standing:
        """The same, though something is left to do besides deciding."""
        if self.status is Status.DONE:
            return replace(self, status=Status.IN_REVIEW)
        return self


@dataclass(frozen=True, slots=True)
class Predictions:
    """The stored answers of the detectors that are asked at present."""

    store: PredictionStore
    identity: DetectorIdentity
    teeth: DetectorIdentity | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the standing of a radiograph depends on besides its own files.

    `reviews` is the folder of reviews that are not beside their radiographs;
    `annotation_files` speak of them too. In the mode READ_FIRST nothing of what the
    detector said is told before a review was begun.
    """

    reviews: Path
    aliases: Mapping[str, str] | None = None
    annotation_files: tuple[Path, ...] = ()
    mode: ReadingMode = ReadingMode.CONCURRENT
    predictions: Predictions | None = None


def standing_of(review: Review, *, begun: bool, annotated: bool) -> Standing:
    """Of a review in memory or from its file.

    `begun` tells whether anything was decided and saved; `annotated`, whether the
    dentist has been heard, be it to say that nothing is there.
    """
    hidden, done = review.predictions_hidden, review.done
    shown = shown_of(review)
    places = compare(shown)
    still_open = [place for place in places if not place.decided]
    scores = [
        place.prediction.current.score
        for place in still_open
        if place.prediction is not None and place.prediction.current.score is not None
    ]
    heard = annotated and review.detection is not None and not hidden
    if begun:
        status = Status.DONE if done else Status.IN_REVIEW
    else:
        status = Status.NEW if review.detection is None else Status.EXAMINED
    return Standing(
        status,
        findings=sum(len(place.accepted) if place.decided else 1 for place in places),
        undecided=len(still_open),
        places=len(places),
        disagreements=sum(p.relation not in _NO_DISPUTE for p in still_open)
        if heard
        else None,
        least_score=min(scores, default=None),
        hidden=hidden and review.detection is not None,
        classes=classes_shown(shown, places),
        annotated=annotated or begun,
    )


def standing_of_saved(saved: SavedReview) -> Standing:
    dentist = any(item.source is Source.DENTIST for item in saved.opened.items)
    review = saved.review
    standing = standing_of(
        review, begun=True, annotated=dentist or bool(saved.annotation_paths)
    )
    concurrent = review.mode is ReadingMode.CONCURRENT
    return replace(standing, unheard=concurrent and review.detection is None)


class StandingReader:
    """Reads standings from the disk, one radiograph after another.

    Looks only once at each folder for the files that may speak of all its radiographs,
    so make a new one for each round. What reviews say is kept in the `cache`.
    """

    def __init__(
        self, circumstances: Circumstances, cache: WorklistCache | None = None
    ) -> None:
        self._circumstances = circumstances
        self._cache = cache
        self._folders: dict[Path, FolderOfSidecars] = {}
        self._listings = Listings()
        # A damaged file is told of where the radiograph is opened.
        self._aliases = SettledAliases(circumstances.aliases, lambda _fault: None)

    def read(self, radiograph: Path, marks: Marks = UNMARKED) -> Standing:
        """Faults of single files are told in the standing.

        `marks` are those of the radiograph and its saved review as they were listed.
        """
        standing = self._kept(radiograph, marks)
        if standing is None:
            standing = self._read(radiograph, marks)
        settled = not standing.undecided and not standing.picture_changed
        if standing.unheard and settled:
            return self._with_answer(radiograph, standing)
        return standing

    def _read(self, radiograph: Path, marks: Marks) -> Standing:
        review_file = find_review(radiograph, self._circumstances.reviews)
        if review_file is None:
            return self._before_review(radiograph)
        try:
            saved, _ = read_review(review_file)
        except ReviewFileError as error:
            return _unreadable(error)
        standing = standing_of_saved(saved)
        if saved.radiograph_changed or _written_later(marks):
            fault = _other_picture(saved, radiograph, review_file)
            if fault:
                changed = replace(standing, picture_changed=True, fault=fault)
                standing = changed.unfinished()
        if self._cache is not None and marks.review is not None:
            content = json.dumps(asdict(standing)).encode()
            self._cache.put(_KIND, radiograph, _both(marks), content)
        return standing

    def _with_answer(self, radiograph: Path, standing: Standing) -> Standing:
        """What was decided before the detector answered, with its answer, if there is
        one by now: as it will be where the radiograph is opened.
        """
        detection, _ = self._predicted(radiograph)
        review_file = find_review(radiograph, self._circumstances.reviews)
        if detection is None or review_file is None:
            return standing
        try:
            saved, _ = read_review(review_file)
        except ReviewFileError as error:
            return _unreadable(error)
        heard = replace(saved, review=saved.review.propose(detection))
        return standing_of_saved(heard)

    def _kept(self, radiograph: Path, marks: Marks) -> Standing | None:
        if self._cache is None or marks.review is None:
            return None
        content = self._cache.get(_KIND, radiograph, _both(marks))
        if content is None:
            return None
        try:
            return _unpacked(json.loads(content))
        except (ValueError, TypeError, KeyError, AttributeError):
            return None

    def _before_review(self, radiograph: Path) -> Standing:
        detection, state = self._predicted(radiograph)
        said = self._annotated(radiograph)
        review = Review(mode=self._circumstances.mode)
        fault = ""
        if said is not None:
            try:
                findings = fitted(said, upright_size(radiograph))
            except FileError as error:
                findings, fault = said.findings, str(error)
            review = review.propose_annotations(findings)
        standing = standing_of(
            review.propose(detection), begun=False, annotated=said is not None
        )
        if state is PredictionState.FAILED:
            reason = self._why_failed(radiograph)
            return replace(standing, status=Status.FAILED, fault=reason)
        stale = state is PredictionState.STALE
        if stale:
            standing = replace(standing, status=Status.EXAMINED)
        return replace(standing, stale=stale, fault=fault)

    def _predicted(
        self, radiograph: Path
    ) -> tuple[Detection | None, PredictionState | None]:
        """What is stored, and how it stands with it."""
        predictions = self._circumstances.predictions
        if predictions is None:
            return None, None
        store, asked = predictions.store, (predictions.identity, predictions.teeth)
        detection = store.get(radiograph, *asked)
        if detection is not None:
            return detection, PredictionState.FRESH
        return None, store.states([radiograph], *asked).get(radiograph)

    def _why_failed(self, radiograph: Path) -> str:
        predictions = self._circumstances.predictions
        assert predictions is not None
        asked = predictions.identity, predictions.teeth
        return predictions.store.failures([radiograph], *asked).get(radiograph, "")

    def _annotated(self, radiograph: Path) -> ImageAnnotations | None:
        """What the first annotation file says that is clear and can be read."""
        folder = radiograph.parent
        if folder not in self._folders:
            find_file = self._listings.find_file
            self._folders[folder] = FolderOfSidecars(folder, find_file)
        sidecars = self._folders[folder].find(radiograph)
        for file in (*self._circumstances.annotation_files, *sidecars):
            aliases = self._aliases.of(folder, file.parent)
            try:
                said = read_annotations(file, radiograph, aliases=aliases)
            except AnnotationFileError:
                continue
            for each in said:
                if each.question is None:
                    return each
        return None


def _unreadable(error: ReviewFileError) -> Standing:
    """Of a review that cannot be read: somebody has reviewed, who knows what."""
    return Standing(Status.NEW, fault=str(error), annotated=True)


def _unpacked(values: dict[str, Any]) -> Standing:
    """From what was kept. Raises ValueError, TypeError, KeyError or AttributeError."""
    classes = {label: tuple(teeth) for label, teeth in values["classes"].items()}
    status = Status(values["status"])
    return Standing(**{**values, "status": status, "classes": classes})


def _written_later(marks: Marks) -> bool:
    """The picture than its review. To compare all would be to read them all."""
    if marks.picture is None or marks.review is None:
        return False
    return marks.picture[1] > marks.review[1]


def _other_picture(saved: SavedReview, radiograph: Path, review_file: Path) -> str:
    """Why the review is not one of what lies there now; empty where it is."""
    try:
        require_picture(saved, radiograph, review_file)
    except FileError as error:
        return str(error)
    except OSError:
        return ""  # Told where the radiograph is opened.
    return ""


def _both(marks: Marks) -> tuple[int, ...]:
    return (*(marks.review or ()), *(marks.picture or ()))
