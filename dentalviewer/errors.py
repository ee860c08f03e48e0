"""Everything that can go wrong, as a tree.

DentalViewerError
├── FileError                  names the file and the fault
│   ├── RadiographError        the picture cannot be shown
│   ├── AnnotationFileError    the annotations cannot be read
│   │   └── NothingInCommonError   no radiograph is in all of several sets
│   ├── ReviewFileError        the saved review cannot be read
│   │   └── NewerReviewError   a newer version of the program saved it
│   ├── NewerMergeError        a newer version kept what was decided on a merge
│   ├── ReviewConflictError    somebody else changed the saved review
│   ├── ModelError             the detector cannot be loaded
│   └── DatasetError           the training data cannot be used
├── DetectionError             the detector failed on a radiograph
│   ├── DetectionCancelled     the user asked it to stop
│   └── DetectorEnded          its process is gone, with all it was working on
├── PatternTooSlow             a regular expression of the user comes to no end
├── PatternFindsNobody         or names no patient anywhere
└── TrainingDiverged           the loss is no longer a number
"""

from __future__ import annotations

from pathlib import Path


class DentalViewerError(Exception):
    """An expected failure whose message may be shown to the user as it is."""


class FileError(DentalViewerError):
    """A file is at fault: `path` names it, `fault` says what is wrong."""

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(f"{path}: {fault}")
        self.path = path
        self.fault = fault

    def __reduce__(self) -> tuple[type[FileError], tuple[Path, str]]:
        # Errors travel between processes.
        return (type(self), (self.path, self.fault))


class RadiographError(FileError):
    pass


class AnnotationFileError(FileError):
    pass


class NothingInCommonError(AnnotationFileError):
    """No radiograph is in all of several annotation sets."""


class ReviewFileError(FileError):
    pass


class NewerReviewError(ReviewFileError):
    pass


class NewerMergeError(FileError):
    pass


class ReviewConflictError(FileError):
    pass


class ModelError(FileError):
    pass


class DatasetError(FileError):
    pass


class DetectionError(DentalViewerError):
    pass


class DetectionCancelled(DetectionError):
    pass


class DetectorEnded(DetectionError):
    pass


class PatternTooSlow(DentalViewerError):
    pass


class PatternFindsNobody(DentalViewerError):
    pass


class TrainingDiverged(DentalViewerError):
    pass
