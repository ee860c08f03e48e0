"""A detector's networks as ONNX, for programs that have no PyTorch.

What surrounds the networks stays with whoever uses them: finding the window, cropping
and stretching (detection/frames/preprocessing.py), the mean of several looks
(detection/inference/several_looks.py), calibration, thresholds and suppression
(detector.py). A file is for frames of one size, so that there is one for each size of
look. All that they need is in the metadata, and in a program that is written beside
them.
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dentalviewer.arch import BOTTOM, LEFT, RIGHT, TOP
from dentalviewer.detection.cards.model_card import ModelCard
from dentalviewer.detection.frames.locator import (
    CLEAR,
    CLEARER,
    CLEARNESS_WORTH,
    LOCATOR_FRAME,
    PARTS,
    SECOND_LOOK,
    SMALL,
    ArchLocator,
    pointed_at,
)
from dentalviewer.detection.frames.polarity import CLEARLY_BETTER, LOOK, SURE
from dentalviewer.detection.inference.several_looks import SAME_PLACE_IOU
from dentalviewer.detection.inference.torch_detector import LEAST_SIDE, PanoramicNetwork
from dentalviewer.detection.networks.architectures import PanoramicDetector
from dentalviewer.detection.networks.heads import (
    LEAST_SCORE,
    LOOSE_NMS_IOU,
    MAX_CANDIDATES,
)
from dentalviewer.detection.networks.single_shot import MAX_CANDIDATES_BEFORE_NMS
from dentalviewer.errors import DentalViewerError, FileError
from dentalviewer.geometry import Size
from dentalviewer.phrases import pip_with
from dentalviewer.resources import onnx_example
from dentalviewer.storage.files import write_atomically

OPSET = 17
# The thresholds of the card are for scores after that.
RAW = (
    ", before calibration: the card's thresholds are for 1 / (1 + exp(-(slope *"
    " ln(score / (1 - score)) + offset)))"
)
# What becomes of boxes and scores before the settings of the card are applied.
CANDIDATES = {
    "least_score": LEAST_SCORE,
    "most_before": MAX_CANDIDATES_BEFORE_NMS,
    "loose_nms_iou": LOOSE_NMS_IOU,
    "most": MAX_CANDIDATES,
    "least_side": LEAST_SIDE,
    "description": "boxes are clipped to the frame; of what scores at least least_score"
    " the most_before best are kept; of two of one label that overlap by more than"
    " loose_nms_iou the better; of these the most best, if at least least_side pixels"
    " wide and high",
}
LOOKS = (
    "what each look finds, its box moved back if its frame was mirrored, is joined"
    " label by label, best first: with the place whose mean box it overlaps most, by"
    " more than same_place_iou, unless that look has one there already, or else as a"
    " place of its own. A place's box is the mean of its boxes weighted by score, its"
    " score the sum of theirs divided by the number of looks; below least_score it is"
    " left out"
)
WINDOW = (
    "in pixels of the radiograph, with the origin at the mean of the three points and"
    " the distance of the two ends, in x, as unit: what lies from left to right and"
    " from top to bottom. Found in two steps: by points on the whole radiograph, then"
    " by points on that window second_look times as wide and high. Where the clearness"
    " of these is below clear, likewise from windows of the first of the parts of both"
    " sides, each half over the next, then of the second if it still is below;"
    " the clearest counts, if it is so by at least clearer and its unit at most small"
    " times the picture's height"
)
POLARITY = (
    "the window is shown in width x height pixels, black outside the radiograph; pixels"
    " inside it get mean 0 and standard deviation 1, those outside are 0; row by row,"
    " times weights, summed. Above sure, and with a clearness of clear or more, the"
    " radiograph is not inverted. Else the window is looked for on the inverse, 255 -"
    " grey, too, in parts only if the sum is below -sure; the inverse is used if its"
    " own sum, plus clearness_worth times its clearness, is greater by clearly_better"
)
TOLERANCE = 1e-4


class FrameDetector(nn.Module):
    """From grey frames (N, 1, H, W), 0 to 255, to all boxes and their scores.

    Of one frame alone if its head does not take several.
    """

    def __init__(self, detector: PanoramicDetector, head: str) -> None:
        super().__init__()
        self.detector = detector
        self.head = head

    def forward(self, frame: Tensor) -> tuple[Tensor, Tensor]:
        images = (frame / 127.5 - 1.0).expand(-1, 3, -1, -1)
        return self.detector.scored_boxes(images)[self.head]


class FrameLocator(nn.Module):
    """From grey frames (N, 1, 128, 256), 0 to 255, to the landmarks of the arches, and
    how clearly they are seen.
    """

    def __init__(self, locator: ArchLocator) -> None:
        super().__init__()
        self.locator = locator

    def forward(self, frame: Tensor) -> tuple[Tensor, Tensor]:
        mean = frame.mean(dim=(2, 3), keepdim=True)
        variance = ((frame - mean) ** 2).sum(dim=(2, 3), keepdim=True)
        pixels = LOCATOR_FRAME.width * LOCATOR_FRAME.height
        deviation = (variance / (pixels - 1)).sqrt().clamp(min=1.0)
        return pointed_at(self.locator, (frame - mean) / deviation)


@dataclass(frozen=True, slots=True)
class OnnxFiles:
    """What was written, and how far at the most its answers are from PyTorch's.

    Scores are from 0 to 1, places in shares of the frame; None where ONNX Runtime was
    not there to check it.
    """

    paths: tuple[Path, ...]
    difference: float | None


def write_onnx(network: PanoramicNetwork, card: ModelCard, path: Path) -> OnnxFiles:
    """Write the detector to `path`; beside it the locator, if any, and an example.

    Before, all networks are compared with what they were made from, if ONNX Runtime is
    installed. Raises DentalViewerError without the onnx package or if a network answers
    otherwise than that, FileError if a file cannot be written.
    """
    assert isinstance(network.detector, PanoramicDetector)
    exported = _exported_detector(network.detector, card, path)
    if network.locator is not None:
        beside = path.with_name(f"{path.stem}-locator{path.suffix}")
        exported[beside] = _exported_locator(network.locator, card)
    differences = [_checked(each, target) for target, each in exported.items()]
    for target, each in exported.items():
        write_atomically(target, each.content)
    example = path.with_name(f"{path.stem}-example.py")
    write_atomically(example, onnx_example().read_bytes())
    known = [each for each in differences if each is not None]
    return OnnxFiles((*exported, example), max(known, default=None))


@dataclass(frozen=True, slots=True)
class _Exported:
    """A network of frames of one size, and the same as an ONNX file."""

    network: nn.Module
    size: Size
    content: bytes
    has_proposals: bool = False


def _exported_detector(
    detector: PanoramicDetector, card: ModelCard, path: Path
) -> dict[Path, _Exported]:
    """A file for each size of look, the first at `path`, others named by their size."""
    files = {card.looks[0].size: path}
    for look in card.looks:
        size = f"{look.size.width}x{look.size.height}"
        files.setdefault(look.size, path.with_name(f"{path.stem}-{size}{path.suffix}"))
    looks = {
        "looks": [
            {"file": files[look.size].name, "mirrored": look.mirrored}
            for look in card.looks
        ],
        "same_place_iou": SAME_PLACE_IOU,
        "least_score": LEAST_SCORE,
        "description": LOOKS,
    }
    return {
        file: _exported_for(detector, card, size, {"looks": json.dumps(looks)})
        for size, file in files.items()
    }


def _exported_for(
    detector: PanoramicDetector, card: ModelCard, size: Size, notes: Mapping[str, str]
) -> _Exported:
    several = detector.head(card.head).takes_several
    count = "N" if several else "1"
    network = FrameDetector(detector, card.head).eval()
    content = _encoded(
        network,
        size,
        several=several,
        outputs=("boxes", "scores"),
        notes={
            "frame": f"float32 ({count}, 1, {size.height}, {size.width}), grey, 0 to"
            f" 255: {card.preprocessing}",
            "boxes": f"float32 ({count}, n, 4): x_min, y_min, x_max, y_max in pixel"
            " edges of the frame, before suppression; may reach outside",
            "scores": f"float32 ({count}, n, labels), 0 to 1, one for each label, of"
            f" one look{RAW if card.calibrations else ''}",
            "calibrations": json.dumps(asdict(card)["calibrations"]),
            "labels": ", ".join(card.labels),
            "label_list": json.dumps(card.labels),
            "candidates": json.dumps(CANDIDATES),
            "settings": json.dumps(asdict(card)["settings"]),
            "detector": f"{card.name}, sha256 {card.weights_sha256}",
            "licence": f"{card.training.licence}; {card.training.attribution}",
            "intended_use": card.intended_use,
            **notes,
        },
    )
    return _Exported(network, size, content, has_proposals=not several)


def _exported_locator(locator: ArchLocator, card: ModelCard) -> _Exported:
    size = LOCATOR_FRAME
    notes = {
        "frame": f"float32 (N, 1, {size.height}, {size.width}), grey, 0 to 255: the"
        " whole radiograph, or the window around the arches, between black margins",
        "points": "float32 (N, 3, 2): left end, right end and origin of the dental"
        " arches, x and y as shares of the frame",
        "clearness": "float32 (N,): how clearly they are seen, 0 to 1",
        "window": json.dumps(
            {
                "left": LEFT,
                "top": TOP,
                "right": RIGHT,
                "bottom": BOTTOM,
                "second_look": SECOND_LOOK,
                "clear": CLEAR,
                "clearer": CLEARER,
                "small": SMALL,
                "parts": PARTS,
                "description": WINDOW,
            }
        ),
        "detector": f"{card.name}, sha256 {card.weights_sha256}",
        "licence": f"{card.training.licence}; {card.training.attribution}",
    }
    if locator.polarity is not None:
        notes["polarity"] = _polarity(locator.polarity)
    network = FrameLocator(locator).eval()
    content = _encoded(network, size, outputs=("points", "clearness"), notes=notes)
    return _Exported(network, size, content)


def _polarity(polarity: nn.Linear) -> str:
    return json.dumps(
        {
            "width": LOOK.width,
            "height": LOOK.height,
            "sure": SURE,
            "clear": CLEAR,
            "clearness_worth": CLEARNESS_WORTH,
            "clearly_better": CLEARLY_BETTER,
            "description": POLARITY,
            "weights": polarity.weight.detach().flatten().tolist(),
        }
    )


def _checked(exported: _Exported, path: Path) -> float | None:
    """How far at the most the file's answers are from the network's.

    None without ONNX Runtime. Raises FileError, naming the file `path`, if one differs
    by more than TOLERANCE, of a box measured by the frame's longer side.
    """
    try:
        import onnxruntime
    except ImportError:
        return None
    frame = _frame(exported.size)
    session = onnxruntime.InferenceSession(
        exported.content, providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]
    found = dict(zip(names, session.run(None, {"frame": frame.numpy()}), strict=True))
    with torch.inference_mode():
        answer = exported.network(frame)
    answers = (answer,) if isinstance(answer, Tensor) else answer
    expected = {n: a.numpy() for n, a in zip(names, answers, strict=True)}
    if exported.has_proposals and found["boxes"].shape == expected["boxes"].shape:
        found = _in_the_order_of(expected["boxes"][0], found)
    most = 0.0
    for name, wanted in expected.items():
        off = _difference(found[name], wanted)
        if name == "boxes":
            off /= max(exported.size.width, exported.size.height)
        if not off <= TOLERANCE:
            fault = (
                f"is not written: its {name} would differ from PyTorch's by {off:.1g},"
                f" more than {TOLERANCE:g}"
            )
            raise FileError(path, fault)
        most = max(most, off)
    return most


def _in_the_order_of(
    boxes: NDArray[np.float32], found: Mapping[str, NDArray[np.float32]]
) -> dict[str, NDArray[np.float32]]:
    """Proposals that are as good to within rounding change places."""
    distances = np.abs(boxes[:, None] - found["boxes"][0][None]).sum(axis=2)
    order = distances.argmin(axis=1)
    return {name: values[:, order] for name, values in found.items()}


def _difference(found: NDArray[np.float32], wanted: NDArray[np.float32]) -> float:
    """The greatest; without end where the shapes differ."""
    if found.shape != wanted.shape:
        return math.inf
    return float(np.abs(found - wanted).max(initial=0))


def _frame(size: Size) -> Tensor:
    """(1, 1, H, W): grey clouds, as likely as anything to show a difference."""
    random = np.random.default_rng(0)
    coarse = random.uniform(0, 255, (8, 16)).astype(np.float32)
    clouds = cv2.resize(coarse, (size.width, size.height))
    return torch.from_numpy(clouds)[None, None]


def _encoded(
    network: nn.Module,
    size: Size,
    *,
    outputs: tuple[str, ...],
    notes: Mapping[str, str],
    several: bool = True,
) -> bytes:
    try:
        import onnx
    except ImportError as error:
        install = f"install it with {pip_with('export')}"
        fault = f"Exporting needs the onnx package; {install}"
        raise DentalViewerError(fault) from error
    with (
        TemporaryDirectory() as folder,
        warnings.catch_warnings(),
        torch.inference_mode(),
    ):
        path = Path(folder, "network.onnx")
        # The exporter that traces is the older one, and says so; the newer one needs
        # more packages. What it warns of otherwise, sizes that it takes as fixed, is
        # meant: the frame has one size.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (torch.zeros(2 if several else 1, 1, size.height, size.width),),
            path,
            input_names=["frame"],
            output_names=list(outputs),
            dynamic_axes=(
                {name: {0: "N"} for name in ("frame", *outputs)}
                if several
                else {name: {1: "n"} for name in outputs}
            ),
            opset_version=OPSET,
            dynamo=False,
        )
        model = onnx.load(path)
    for name, text in notes.items():
        model.metadata_props.add(key=name, value=text)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
