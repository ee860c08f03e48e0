"""What a review file holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from dentalviewer.decisions import Decision
from dentalviewer.geometry import Size
from dentalviewer.review import Review


@dataclass(frozen=True, slots=True)
class SavedReview:
    """A review as it is saved.

    `radiograph` is the file's name, `size` that of the upright radiograph, and
    `annotation_paths` lead from the radiograph's folder to the files that its
    annotations came from. `opened` is the review before the first decision, where
    starting over leads back to. `radiograph_changed` tells that it was saved while
    another picture lay there than the one that was reviewed.
    """

    radiograph: str
    radiograph_sha256: str
    size: Size
    annotation_paths: tuple[PurePath, ...]
    review: Review
    opened: Review
    decisions: tuple[Decision, ...] = ()
    radiograph_changed: bool = False

    @property
    def is_reviewed_to_the_end(self) -> bool:
        """Whether it is done, as the worklist has it.

        Nothing else is exported or learned from, nor is this, where the picture has
        changed since.
        """
        return self.review.done

    @property
    def left_out_as(self) -> str:
        """What those that are left out are, this among them; empty if it is not."""
        if self.review.panoramic is False:
            return "said not to be panoramic"
        return "" if self.is_reviewed_to_the_end else "not reviewed to the end"
