"""What an audit compares: the labels as they stand, and what the detector said."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from dentalviewer.curation.audit_reading import LabelSource, audit_radiographs
from dentalviewer.formats.review_file import SavedReview, stamp_of, write_review
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
    path = radiograph.with_name(f"{radiograph.name}.review.json")
    write_review(path, saved, last=stamp_of(path) if path.exists() else None)


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


def coco(folder: Path, *boxes: Box) -> Path:
    """Annotations of which the first is uncertain."""
    path = folder / "set.json"
    annotations = [
        {
            "id": number,
            "image_id": 1,
            "category_id": 1,
            "bbox": [box.x_min, box.y_min, box.width, box.height],
            "iscrowd": int(number == 1),
        }
        for number, box in enumerate(boxes, 1)
    ]
    value = {
        "images": [{"id": 1, "file_name": "1.png", "width": 100, "height": 50}],
        "categories": [{"id": 1, "name": "restoration"}],
        "annotations": annotations,
    }
    path.write_text(json.dumps(value))
    return path


def test_what_is_uncertain_stays_so_in_a_review_until_it_is_decided(
    radiograph: Path,
) -> None:
    other = replace(CROWN, box=Box(60, 10, 70, 40))
    file = coco(radiograph.parent, CROWN.box, other.box)
    source = LabelSource({}, radiograph.parent / "reviews")
    beside = source.labels_of(radiograph)
    assert beside is not None
    opened = Review().propose_annotations([CROWN, other])

    save(radiograph, opened, Path(file.name))
    undecided = source.labels_of(radiograph)
    save(radiograph, opened.accept([1]), Path(file.name))
    accepted = source.labels_of(radiograph)
    file.unlink()

    assert undecided is not None
    assert undecided.findings == (other,)
    assert undecided.uncertain == (CROWN,)
    assert [f.box for f in beside.uncertain] == [CROWN.box]
    assert accepted is not None
    assert (accepted.findings, accepted.uncertain) == ((CROWN, other), ())
    assert source.labels_of(radiograph) == accepted
