"""The networks, by name. Each is a plain function that returns a module.

All follow torchvision's convention for detection: in training mode a network takes
images and targets and returns a dict of losses; in evaluation mode it takes images and
returns, per image, a dict of boxes, label_indices and scores for each head. Images are
float32 (N, 3, H, W); boxes are float32 (n, 4) pixel edges x_min, y_min, x_max, y_max of
the (H, W) frame.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from dentalviewer.detection.networks.backbone import MobilePyramid
from dentalviewer.detection.networks.heads import Frame, Head, HeadPlan
from dentalviewer.detection.networks.losses import Target
from dentalviewer.detection.networks.single_shot import SingleShotHead
from dentalviewer.detection.networks.two_stage import (
    PROPOSAL_NMS_IOU,
    PROPOSALS,
    TwoStageHead,
)


class PanoramicDetector(nn.Module):
    """A backbone, and one head for each set of labels.

    `options` are the keyword arguments, besides heads and backbone weights, of the
    function that made it.
    """

    def __init__(
        self,
        backbone: nn.Module,
        heads: Mapping[str, Head],
        options: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.heads = nn.ModuleDict(heads)
        self.options = dict(options or {})

    def head(self, name: str) -> Head:
        head = self.heads[name]
        assert isinstance(head, Head)
        return head

    def alone(self, name: str) -> PanoramicDetector:
        """The same backbone with one of the heads."""
        return PanoramicDetector(self.backbone, {name: self.head(name)}, self.options)

    def forward(
        self, images: Tensor, targets: Sequence[Mapping[str, Target]] | None = None
    ) -> Any:
        if self.training:
            assert targets is not None
            levels, frame = self.backbone(images), _frame(images)
            return {
                f"{name}_{kind}": loss
                for name in self.heads
                for kind, loss in self.head(name)
                .losses(levels, frame, [target[name] for target in targets])
                .items()
            }
        return self.candidates(self.answers(images), images)

    def answers(self, images: Tensor) -> tuple[tuple[Tensor, ...], ...]:
        """Of each head, what it computes for all images alike."""
        levels = self.backbone(images)
        return tuple(self.head(name).answers(levels) for name in self.heads)

    def candidates(
        self, answers: Sequence[Sequence[Tensor]], images: Tensor
    ) -> list[dict[str, dict[str, Tensor]]]:
        """What each head finds on each image, by its answers."""
        frame = _frame(images)
        found = {
            name: self.head(name).candidates(answer, frame)
            for name, answer in zip(self.heads, answers, strict=True)
        }
        return [
            {name: candidates[image] for name, candidates in found.items()}
            for image in range(len(images))
        ]

    def scored_boxes(self, images: Tensor) -> dict[str, tuple[Tensor, Tensor]]:
        """For each head all its boxes (N, n, 4), and their scores (N, n, labels).

        Nothing is left out yet, and boxes may reach outside the frame.
        """
        levels, frame = self.backbone(images), _frame(images)
        return {
            name: self.head(name).scored_boxes(levels, frame) for name in self.heads
        }


def ssd_mobilenet(
    heads: Mapping[str, HeadPlan], *, backbone_weights: Path | None = None
) -> PanoramicDetector:
    """SSD (Liu et al., ECCV 2016) on MobileNetV2 (Sandler et al., CVPR 2018).

    A feature pyramid (Lin et al., CVPR 2017) carries the layers to strides 8 to 64.
    `backbone_weights` is what read_backbone_weights takes; without it weights are
    random. Raises ModelError if it holds no such weights.
    """
    return PanoramicDetector(
        MobilePyramid(backbone_weights),
        {name: SingleShotHead(plan) for name, plan in heads.items()},
    )


def faster_rcnn(
    heads: Mapping[str, HeadPlan],
    *,
    proposals: int = PROPOSALS,
    proposal_nms_iou: float = PROPOSAL_NMS_IOU,
    backbone_weights: Path | None = None,
) -> PanoramicDetector:
    """Faster R-CNN (Ren et al., NeurIPS 2015) on the backbone of ssd_mobilenet.

    Each head looks closely at no more than `proposals` places, of those that overlap by
    no more than `proposal_nms_iou`; weights fit any of these. Raises ValueError if one
    of them makes no sense, ModelError if `backbone_weights` holds no such weights.
    """
    options: dict[str, Any] = {
        "proposals": proposals,
        "proposal_nms_iou": proposal_nms_iou,
    }
    return PanoramicDetector(
        MobilePyramid(backbone_weights),
        {name: TwoStageHead(plan, **options) for name, plan in heads.items()},
        options,
    )


ARCHITECTURES: Mapping[str, Callable[..., PanoramicDetector]] = {
    "ssd_mobilenet": ssd_mobilenet,
    "faster_rcnn": faster_rcnn,
}


def _frame(images: Tensor) -> Frame:
    return int(images.shape[2]), int(images.shape[3])
