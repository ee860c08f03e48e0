"""Readers are called as a person would tell them apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from dentalviewer.evaluation.annotation_set import AnnotationSet
from dentalviewer.evaluation.reader_names import distinct_names


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        # Nothing has to be told apart.
        (["anna/first.json", "berta/second.json"], ("first", "second")),
        (["anna/coco.json", "berta/coco.json"], ("anna", "berta")),
        # Two that share a folder's name, further up by the one that tells.
        (
            ["anna/annotations/all.json", "berta/annotations/all.json"],
            ("anna", "berta"),
        ),
        (["anna/coco.json", "berta/coco.json", "chris.json"],
         ("anna", "berta", "chris")),
        (["2024/anna/coco.json", "2025/anna/coco.json", "2025/berta/coco.json"],
         ("2024/anna", "2025/anna", "berta")),
        # A folder that is called as another set is.
        (["anna/coco.json", "berta/coco.json", "anna.json"],
         ("anna/coco", "berta", "anna")),
        # One set given twice.
        (["anna/coco.json", "anna/coco.json"], ("coco (1)", "coco (2)")),
        (["anna/coco.json", "anna/coco.json", "berta/coco.json"],
         ("anna/coco (1)", "anna/coco (2)", "berta")),
        (["anna/../berta/coco.json", "anna/coco.json"], ("berta", "anna")),
    ],
)  # fmt: skip
def test_readers_of_one_name_are_called_by_the_folder_that_tells_them_apart(
    paths: list[str], names: tuple[str, ...]
) -> None:
    sets = [AnnotationSet(Path("readers") / path, (), ()) for path in paths]

    assert distinct_names(sets) == names


def test_predictions_of_one_name_are_called_by_the_folder_above(tmp_path: Path) -> None:
    sets = []
    for name in ("monday", "friday"):
        path = tmp_path / name / "out" / "predictions.json"
        path.parent.mkdir(parents=True)
        path.touch()
        sets.append(AnnotationSet(path, (), ()))

    assert distinct_names(sets) == ("monday", "friday")


def test_readers_without_a_file_keep_their_names_and_get_their_place() -> None:
    sets = [AnnotationSet(Path("x"), (), (), title="Ada") for _ in range(2)]

    assert distinct_names(sets) == ("Ada (1)", "Ada (2)")
