"""What an audit compares: the labels as they stand, and what the detector said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from dentalviewer.curation.audit_reading import LabelSource, audit_radiographs
from dentalviewer.formats.review_file import SavedReview, write_review
from dentalviewer.geometry import Box, Size
from dentalviewer.review import Review
from dentalviewer.study import Finding

SIZE = Size(100, 50)
CROWN = Finding(Box(10, 10, 20, 40), "restoration")
PREDICTED = Finding(Box(11, 10, 20, 40), "restoration", score=0.9)


@pytest.fixture
def radiograph(tmp_path: Path) -> Path:
    path = tmp_path / "1.png"
    Image.new("L", (SIZE.width, SIZE.height)).save(path)
    return path


def save(radiograph: Path, review: Review, *annotations: Path) -> None:
    saved = SavedReview(radiograph.name, "", SIZE, annotations, review, review, ())
    write_review(
        radiograph.with_name(f"{radiograph.name}.review.json"), saved, last=None
    )


def test_a_class_that_the_project_renamed_is_contradicted_nowhere(
    radiograph: Path,
) -> None:
    """On the other one the detector itself says caps, so that its silence tells."""
    cap, other = replace(CROWN, label="cap"), radiograph.with_name("2.png")
    Image.new("L", (SIZE.width, SIZE.height)).save(other)
    save(radiograph, Review(names={"restoration": "cap"}).add(cap))
    save(other, Review().add(cap))
    said = {radiograph: PREDICTED, other: replace(PREDICTED, label="cap")}
    source = LabelSource({}, radiograph.parent / "reviews")

    audit = audit_radiographs([radiograph, other], source, lambda path: (said[path],))

    assert (audit.radiographs, audit.problems) == (2, ())
    assert audit.contradictions == ()
