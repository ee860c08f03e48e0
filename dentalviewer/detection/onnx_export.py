"""A detector's networks as ONNX, for programs that have no PyTorch.

What surrounds the networks stays with whoever uses them: finding the window, cropping
and stretching (detection/preprocessing.py), a second look at the mirrored frame
(detection/both_sides.py), calibration, thresholds and suppression (detector.py).
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor, nn

from dentalviewer.detection.architectures import PanoramicDetector
from dentalviewer.detection.locator import LOCATOR_FRAME, ArchLocator
from dentalviewer.detection.model_card import ModelCard
from dentalviewer.detection.torch_detector import PanoramicNetwork
from dentalviewer.errors import DentalViewerError
from dentalviewer.formats._files import write_atomically
from dentalviewer.geometry import Size

OPSET = 17
# The thresholds of the card are for scores after that.
RAW = (
    ", before calibration: the card's thresholds are for 1 / (1 + exp(-(slope *"
    " ln(score / (1 - score)) + offset)))"
)
INSTALL_HINT = 'install it with: pip install "dentalviewer[export]"'


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
    """From grey frames (N, 1, 128, 256), 0 to 255, to the landmarks of the arches."""

    def __init__(self, locator: ArchLocator) -> None:
        super().__init__()
        self.locator = locator

    def forward(self, frame: Tensor) -> Tensor:
        mean = frame.mean(dim=(2, 3), keepdim=True)
        variance = ((frame - mean) ** 2).sum(dim=(2, 3), keepdim=True)
        pixels = LOCATOR_FRAME.width * LOCATOR_FRAME.height
        deviation = (variance / (pixels - 1)).sqrt().clamp(min=1.0)
        points, _ = self.locator((frame - mean) / deviation)
        return points  # type: ignore[no-any-return]


def write_onnx(network: PanoramicNetwork, card: ModelCard, path: Path) -> list[Path]:
    """Write the detector to `path`, and beside it the locator if there is one.

    Returns what was written. Raises DentalViewerError without the onnx package,
    FileError if a file cannot be written.
    """
    assert isinstance(network.detector, PanoramicDetector)
    size = card.input_size
    several = network.detector.head(card.head).takes_several
    count = "N" if several else "1"
    written = [path]
    content = _encoded(
        FrameDetector(network.detector, card.head).eval(),
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
            "detector": f"{card.name}, sha256 {card.weights_sha256}",
            "licence": f"{card.training.licence}; {card.training.attribution}",
            "intended_use": card.intended_use,
        },
    )
    write_atomically(path, content)
    if network.locator is not None:
        beside = path.with_name(f"{path.stem}-locator{path.suffix}")
        write_atomically(beside, _encoded_locator(network.locator, card))
        written.append(beside)
    return written


def _encoded_locator(locator: ArchLocator, card: ModelCard) -> bytes:
    size = LOCATOR_FRAME
    return _encoded(
        FrameLocator(locator).eval(),
        size,
        outputs=("points",),
        notes={
            "frame": f"float32 (N, 1, {size.height}, {size.width}), grey, 0 to 255: the"
            " whole radiograph, or the window around the arches, between black margins",
            "points": "float32 (N, 3, 2): left end, right end and origin of the dental"
            " arches, x and y as shares of the frame",
            "detector": f"{card.name}, sha256 {card.weights_sha256}",
            "licence": f"{card.training.licence}; {card.training.attribution}",
        },
    )


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
        fault = f"Exporting needs the onnx package; {INSTALL_HINT}"
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
