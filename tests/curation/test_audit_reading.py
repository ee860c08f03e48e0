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


def test_what_is_uncertain_stays_so_in_a_review_until_a_person_is_sure(
    radiograph: Path,
) -> None:
    other = replace(CROWN, box=Box(60, 10, 70, 40))
    file = coco(radiograph.parent, CROWN.box, other.box)
    source = LabelSource({}, radiograph.parent / "reviews")
    beside = source.labels_of(radiograph)
    assert beside is not None
    doubted = replace(CROWN, uncertain=True)
    assert (beside.findings, beside.uncertain) == ((other,), (doubted,))
    opened = Review().propose_annotations([doubted, other])

    for review in (opened, opened.accept([1])):
        save(radiograph, review, Path(file.name))
        said = source.labels_of(radiograph)
        assert said is not None
        assert (said.findings, said.uncertain) == ((other,), (doubted,))
    # Earlier versions knew no doubts.
    before = Review().propose_annotations([CROWN, other])
    corrected = before.correct(1, replace(CROWN, box=CROWN.box.moved(1, 0)))
    for review, held in ((before, CROWN), (corrected, corrected.item(1).current)):
        save(radiograph, review, Path(file.name))
        said = source.labels_of(radiograph)
        assert said is not None
        assert said.findings == (other,)
        assert said.uncertain == (replace(held, uncertain=True),)
    save(radiograph, opened.correct(1, CROWN), Path(file.name))
    sure = source.labels_of(radiograph)
    assert sure is not None
    assert (sure.findings, sure.uncertain) == ((CROWN, other), ())
