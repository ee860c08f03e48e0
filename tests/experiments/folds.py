"""How a recipe does on all radiographs of a set, each not learned from: five folds.

Best epoch, thresholds and calibration are chosen on the fold that is then examined.

The held-out fifth of a few hundred radiographs holds few implants; all five hold all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.experiments.running import dentalviewer, trained

FOLDS = 5
SPLITS = ("train", "val")


def measure(data: Path, arguments: Sequence[str], output: Path) -> None:
    """Train a detector without each fifth of `data`, and evaluate it on that fifth.

    `data` has `treatments_` and `teeth_train.json` and `_val.json` with the radiographs
    in images/. What is found on all of them is evaluated together, into `output`.
    Raises CalledProcessError if a command fails.
    """
    sets = {name: _joined(data, name) for name in ("treatments", "teeth")}
    names = sorted(image["file_name"] for image in sets["treatments"]["images"])
    order = np.random.default_rng(0).permutation(names).tolist()
    found: list[dict[str, Any]] = []
    for index in range(FOLDS):
        held_out = set(order[index::FOLDS])
        fold = _write_fold(output / f"fold {index}", data, sets, held_out)
        model = output / f"without fold {index}"
        trained(model, output / "runs", ["--data", fold, *arguments])
        predictions = output / f"on fold {index}"
        if not predictions.is_dir():
            images = fold / "images" / "val"
            dentalviewer(
                *("detect", images, "--model", model, "--output", predictions),
                # AP asks for everything that was found, not for what is shown.
                "--all",
            )
        found.append(json.loads((predictions / "predictions.json").read_text()))
    truth = output / "truth.json"
    truth.write_text(json.dumps(sets["treatments"]))
    together = output / "predictions.json"
    together.write_text(json.dumps(_together(found)))
    dentalviewer("evaluate", truth, together, "--output", output / "evaluation")


def _joined(data: Path, name: str) -> dict[str, Any]:
    """Both splits in one; `split` of an image says where it comes from."""
    joined: dict[str, Any] = {"images": [], "annotations": []}
    for split in SPLITS:
        content = json.loads((data / f"{name}_{split}.json").read_text())
        images = [{**image, "split": split} for image in content["images"]]
        # Two files number their images and annotations each for itself.
        start = len(joined["annotations"])
        numbers = {
            image["id"]: len(joined["images"]) + index + 1
            for index, image in enumerate(images)
        }
        joined["images"] += [{**i, "id": numbers[i["id"]]} for i in images]
        joined["annotations"] += [
            {**found, "id": start + index + 1, "image_id": numbers[found["image_id"]]}
            for index, found in enumerate(content["annotations"])
        ]
        joined["categories"] = content["categories"]
    return joined


def _write_fold(
    fold: Path, data: Path, sets: Mapping[str, Mapping[str, Any]], held_out: set[str]
) -> Path:
    for name, content in sets.items():
        for split in SPLITS:
            images = [
                image
                for image in content["images"]
                if (image["file_name"] in held_out) == (split == "val")
            ]
            kept = {image["id"] for image in images}
            (fold / "images" / split).mkdir(parents=True, exist_ok=True)
            for image in images:
                link = fold / "images" / split / image["file_name"]
                if not link.exists():
                    source = data / "images" / image["split"] / image["file_name"]
                    link.symlink_to(source.resolve())
            part = {
                **content,
                "images": images,
                "annotations": [
                    a for a in content["annotations"] if a["image_id"] in kept
                ],
            }
            (fold / f"{name}_{split}.json").write_text(json.dumps(part))
    return fold


def _together(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Predictions on several lots of images, as on one."""
    together: dict[str, Any] = {"images": [], "annotations": []}
    for predictions in found:
        images, annotations = together["images"], together["annotations"]
        first_image, first = len(images), len(annotations)
        images += [{**i, "id": i["id"] + first_image} for i in predictions["images"]]
        annotations += [
            {**a, "id": a["id"] + first, "image_id": a["image_id"] + first_image}
            for a in predictions["annotations"]
        ]
        together["categories"] = predictions["categories"]
    return together
