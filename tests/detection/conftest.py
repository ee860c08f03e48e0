"""Radiographs of a few pixels, and detectors that have learned nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from dentalviewer.detection.cards.model_card import (
    Evaluation,
    LabelScore,
    ModelCard,
    Training,
    encode_card,
    sha256,
)
from dentalviewer.detection.cards.model_folder import write_model
from dentalviewer.detection.commands import assess_command
from dentalviewer.detection.inference.torch_detector import PanoramicNetwork
from dentalviewer.detection.inference.weights import encode_weights
from dentalviewer.detection.looks import one_look
from dentalviewer.detection.networks.architectures import (
    PanoramicDetector,
    faster_rcnn,
    ssd_mobilenet,
)
from dentalviewer.detection.networks.heads import HeadPlan
from dentalviewer.detection.networks.single_shot import SingleShotHead
from dentalviewer.detection.networks.two_stage import TwoStageHead
from dentalviewer.detection.training import publication
from dentalviewer.detector import Calibration, DetectionSettings
from dentalviewer.evaluation.estimate import Estimate
from dentalviewer.evaluation.label_faults import FORMAT
from dentalviewer.geometry import Box, Size
from dentalviewer.labels import KNOWN_LABELS
from dentalviewer.resources import models_folder

FRAME = Size(128, 64)
PLAN = HeadPlan(3, ((2.0, 2.0), (4.0, 4.0)))
BUNDLED = "ssd_mobilenet"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if (models_folder() / BUNDLED).is_dir():
        return
    absent = pytest.mark.skip(reason="no bundled weights in models/")
    for item in items:
        if item.get_closest_marker("weights"):
            item.add_marker(absent)


@pytest.fixture(autouse=True)
def _speed_is_not_measured(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each measurement starts PyTorch anew; those of test_speed.py are enough."""
    if request.module.__name__ != "tests.detection.test_speed":
        monkeypatch.setattr(publication, "speed_of_weights", lambda *_: None)
        monkeypatch.setattr(assess_command, "speed_of", lambda _: None)


def drawn(size: Size, fillings: Sequence[Box], *, ground: int = 90) -> NDArray[Any]:
    """A grey radiograph with white fillings, on a ground that is not quite even."""
    random = np.random.default_rng(size.width)
    pixels = random.integers(ground - 5, ground + 5, (size.height, size.width))
    for box in fillings:
        x_min, y_min, x_max, y_max = map(round, box.corners)
        pixels[y_min:y_max, x_min:x_max] = 255
    return pixels.astype(np.uint8)


def write_split(
    folder: Path, split: str, *, radiographs: int = 5, name: str = "treatments"
) -> Path:
    """COCO annotations in `folder`: on each radiograph one box of every class."""
    size = Size(192, 96)
    random = np.random.default_rng(len(split))
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for number in range(radiographs):
        boxes = []
        for category in (1, 2, 3):
            x = 60 * (category - 1) + int(random.integers(5, 25))
            y = int(random.integers(10, 60))
            box = Box(x, y, x + 12 + 6 * category, y + 30 - 5 * category)
            boxes.append(box)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": category,
                    "bbox": [x, y, box.width, box.height],
                }
            )
        file_name = f"{split}-{number}.png"
        cv2.imwrite(str(folder / "images" / file_name), drawn(size, boxes))
        images.append(
            {"id": number, "file_name": file_name, "width": 192, "height": 96}
        )
    content = {
        "images": images,
        "annotations": annotations,
        "categories": [
            {"id": index, "name": label} for index, label in enumerate(KNOWN_LABELS, 1)
        ],
    }
    path = folder / f"{name}_{split}.json"
    path.write_text(json.dumps(content))
    return path


def write_faults(path: Path, *faults: dict[str, Any]) -> Path:
    """A list of them; each is a missing restoration, but for what it says itself."""
    common = {
        "image": "train-0.png", "split": "train", "width": 192, "height": 96,
        "label": "restoration", "box": [100, 70, 110, 90], "fault": "missing",
        "certain": True, "why": "a bright filling", "found": "label audit",
    }  # fmt: skip
    content = {
        "format": FORMAT, "version": 1, "faults": [common | each for each in faults]
    }  # fmt: skip
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Five radiographs to learn from and two to be judged by."""
    write_split(tmp_path / "data", "train")
    write_split(tmp_path / "data", "val", radiographs=2)
    return tmp_path / "data"


def network(*, seed: int = 0) -> PanoramicNetwork:
    """Random weights, and so sure of itself that it finds something everywhere."""
    torch.manual_seed(seed)
    detector = ssd_mobilenet({"treatments": PLAN})
    head = detector.head("treatments")
    assert isinstance(head, SingleShotHead)
    assert head.labels.bias is not None
    torch.nn.init.normal_(head.labels.weight, std=0.1)
    torch.nn.init.zeros_(head.labels.bias)
    return PanoramicNetwork(detector, None).eval()


def faster_network(**options: Any) -> PanoramicDetector:
    """A Faster R-CNN that has learned nothing and sees differences everywhere."""
    torch.manual_seed(0)
    detector = faster_rcnn({"treatments": PLAN}, **options)
    head = detector.head("treatments")
    assert isinstance(head, TwoStageHead)
    torch.nn.init.normal_(head.rpn.head.cls_logits.weight, std=0.5)
    torch.nn.init.normal_(head.roi.box_predictor.cls_score.weight, std=0.5)
    return detector.eval()


def untrained_faster_rcnn(folder: Path, **options: Any) -> Path:
    """The folder of one, with `options` among its card's parameters."""
    content = encode_weights(PanoramicNetwork(faster_network(), None))
    parameters = {**card(content).architecture_parameters, **options}
    told = card(content, architecture="faster_rcnn", architecture_parameters=parameters)
    write_model(folder, content, encode_card(told))
    return folder


def card(weights: bytes, **changes: Any) -> ModelCard:
    estimate = Estimate(0.5, 0.25, 0.75)
    score = LabelScore(3, estimate, estimate, estimate, None, estimate, estimate)
    fields: dict[str, Any] = {
        "name": "tiny",
        "architecture": "ssd_mobilenet",
        "architecture_parameters": {
            "heads": {
                "treatments": {
                    "num_labels": 3,
                    "default_box_sizes": [[2.0, 2.0], [4.0, 4.0]],
                    "first_level": 0,
                    "sees_place": False,
                }
            }
        },
        "head": "treatments",
        "labels": KNOWN_LABELS,
        "input_size": FRAME,
        "finds_arches": False,
        "looks": one_look(FRAME),
        "calibrations": {"implant": Calibration(1.5, 0.25)},
        "preprocessing": "grey",
        "settings": DetectionSettings(
            {"restoration": 0.25, "endodontic": 0.35}, 0.5, 20, 0.5
        ),
        "intended_use": "To be tested.",
        "training": Training("drawn", "free", "nobody", "none", "none", "2020-01-01"),
        "evaluations": {"validation": Evaluation("drawn", 5, {"implant": score})},
        "sweep": "| a |\n|---|",
        "failures": ("Finds things everywhere.",),
        "weights_sha256": sha256(weights),
    }
    return ModelCard(**{**fields, **changes})


@pytest.fixture(scope="session")
def random_weights() -> bytes:
    return encode_weights(network())


@pytest.fixture
def model(tmp_path: Path, random_weights: bytes) -> Path:
    """The folder of a detector that has learned nothing."""
    folder = tmp_path / "detectors" / "tiny"
    write_model(folder, random_weights, encode_card(card(random_weights)))
    return folder
