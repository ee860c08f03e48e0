"""The head of Faster R-CNN (Ren et al., NeurIPS 2015), from torchvision's parts.

First a few places are proposed where anything may be, then each is looked at closely:
its features are pooled from the level of the pyramid that suits its size (Lin et al.,
CVPR 2017), and two small layers name it and adjust its box. The labels share the
adjustment, so that a rare one has nothing of its own to learn there.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torchvision.models.detection.faster_rcnn import TwoMLPHead
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.roi_heads import RoIHeads, fastrcnn_loss
from torchvision.models.detection.rpn import RegionProposalNetwork, RPNHead
from torchvision.ops import MultiScaleRoIAlign

from dentalviewer.detection.networks.backbone import PYRAMID_CHANNELS, STRIDES
from dentalviewer.detection.networks.heads import (
    LEAST_SCORE,
    LOOSE_NMS_IOU,
    MAX_CANDIDATES,
    DefaultBoxes,
    Frame,
    Head,
    HeadPlan,
)
from dentalviewer.detection.networks.losses import Target, lie_on_ignored

PROPOSALS = 300
PROPOSAL_NMS_IOU = 0.7

# Of each level no more than this go into the suppression, or as many as are asked for.
PROPOSALS_BEFORE_NMS = 500
POOLED_SIDE = 7
# From this side on, in pixels, a proposal is pooled at stride 16 instead of 8, so that
# of every pooled feature about two by two samples are taken.
POOLED_FROM_STRIDE_16 = 112
HIDDEN_FEATURES = 256
NORM_GROUPS = 8

Taught = dict[str, Tensor]


class TwoStageHead(Head):
    """Proposes places, then names and adjusts each of them.

    At most `proposals` are looked at, of those that overlap each other by no more than
    `proposal_nms_iou`. Raises ValueError if one of them makes no sense.
    """

    label_groups = 1
    takes_several = False

    def __init__(
        self, plan: HeadPlan, *, proposals: int, proposal_nms_iou: float
    ) -> None:
        super().__init__()
        if type(proposals) is not int or proposals < 1:
            raise ValueError(f"{proposals} is not a number of proposals")
        if not 0 < proposal_nms_iou <= 1:
            raise ValueError(f"{proposal_nms_iou} is not an IoU above 0")
        self.plan = plan
        self.norm = nn.GroupNorm(NORM_GROUPS, PYRAMID_CHANNELS)
        before_nms = max(proposals, PROPOSALS_BEFORE_NMS)
        self.rpn = ProposalNetwork(
            _Anchors(plan),
            RPNHead(plan.channels, len(plan.default_box_sizes)),
            # With five findings on a radiograph, few default boxes would answer for one
            # at 0.7, and among 256 they would drown.
            fg_iou_thresh=0.5,
            bg_iou_thresh=0.4,
            batch_size_per_image=64,
            positive_fraction=0.5,
            pre_nms_top_n={"training": before_nms, "testing": before_nms},
            post_nms_top_n={"training": proposals, "testing": proposals},
            nms_thresh=proposal_nms_iou,
        )
        self.roi = RegionHeads(
            MultiScaleRoIAlign(
                _level_names(plan),
                POOLED_SIDE,
                sampling_ratio=2,
                canonical_scale=POOLED_FROM_STRIDE_16,
            ),
            TwoMLPHead(plan.channels * POOLED_SIDE**2, HIDDEN_FEATURES),
            _Predictor(plan.num_labels + 1),
            fg_iou_thresh=0.5,
            bg_iou_thresh=0.5,
            batch_size_per_image=64,
            positive_fraction=0.5,
            bbox_reg_weights=None,
            score_thresh=LEAST_SCORE,
            nms_thresh=LOOSE_NMS_IOU,
            detections_per_img=MAX_CANDIDATES,
        )

    def losses(
        self, levels: Sequence[Tensor], frame: Frame, targets: Sequence[Target]
    ) -> dict[str, Tensor]:
        taught = [_taught(target) for target in targets]
        with _all_digits(levels):
            features = self._features(levels)
            places, found = self.rpn(_sizes(levels, frame), features, taught)
            places, _, labels, wanted = self.roi.select_training_samples(places, taught)
            logits, offsets = self._look_closely(features, places, frame)
        if sum(map(len, labels)):
            label_loss, box_loss = fastrcnn_loss(logits, offsets, labels, wanted)
        else:
            label_loss, box_loss = logits.sum(), offsets.sum()
        return {
            "proposal_label_loss": found["loss_objectness"],
            "proposal_box_loss": found["loss_rpn_box_reg"],
            "label_loss": label_loss,
            "box_loss": box_loss,
        }

    def answers(self, levels: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """The levels themselves: where to look closely is chosen at once."""
        return tuple(levels)

    def candidates(
        self, answers: Sequence[Tensor], frame: Frame
    ) -> list[dict[str, Tensor]]:
        levels = answers
        with _all_digits(levels):
            features = self._features(levels)
            places, _ = self.rpn(_sizes(levels, frame), features)
            logits, offsets = self._look_closely(features, places, frame)
        boxes, scores, labels = self.roi.postprocess_detections(
            logits, offsets, places, [frame] * len(places)
        )
        return [
            # Label 0 is the background.
            {"boxes": b, "label_indices": i - 1, "scores": s}
            for b, i, s in zip(boxes, labels, scores, strict=True)
        ]

    def scored_boxes(
        self, levels: Sequence[Tensor], frame: Frame
    ) -> tuple[Tensor, Tensor]:
        """Of one image, as the number of proposals differs; boxes may reach outside."""
        features = self._features(levels)
        places, _ = self.rpn(_sizes(levels, frame), features)
        logits, offsets = self._look_closely(features, places, frame)
        boxes = self.roi.box_coder.decode_single(offsets[:, :4], places[0])
        return boxes.unsqueeze(0), logits.softmax(dim=-1)[:, 1:].unsqueeze(0)

    def _features(self, levels: Sequence[Tensor]) -> dict[str, Tensor]:
        # Backbones differ in how strong their features are.
        normed = [self.norm(level.float()) for level in levels]
        seen = self.plan.seen_levels(normed)
        return dict(zip(_level_names(self.plan), seen, strict=True))

    def _look_closely(
        self, features: dict[str, Tensor], places: list[Tensor], frame: Frame
    ) -> tuple[Tensor, Tensor]:
        """Logits (n, labels + 1) and offsets (n, 4 (labels + 1)) of all places."""
        pooled = self.roi.box_roi_pool(features, places, [frame] * len(places))
        logits, offsets = self.roi.box_predictor(self.roi.box_head(pooled))
        return logits, offsets


class ProposalNetwork(RegionProposalNetwork):  # type: ignore[misc]
    """Learns nothing from default boxes on what is to be ignored."""

    def assign_targets_to_anchors(
        self, anchors: list[Tensor], targets: list[Taught]
    ) -> tuple[list[Tensor], list[Tensor]]:
        asked = [target["labels"] >= 0 for target in targets]
        labels, matched = super().assign_targets_to_anchors(
            anchors,
            [{"boxes": t["boxes"][a]} for t, a in zip(targets, asked, strict=True)],
        )
        for image, target in enumerate(targets):
            ignored = target["boxes"][~asked[image]]
            covered = lie_on_ignored(anchors[image], ignored)
            labels[image][(labels[image] == 0) & covered] = -1.0
        return labels, matched

    def compute_loss(
        self,
        objectness: Tensor,
        pred_bbox_deltas: Tensor,
        labels: list[Tensor],
        regression_targets: list[Tensor],
    ) -> tuple[Tensor, Tensor]:
        if all((each < 0).all() for each in labels):
            return objectness.sum() * 0, pred_bbox_deltas.sum() * 0
        losses: tuple[Tensor, Tensor] = super().compute_loss(
            objectness, pred_bbox_deltas, labels, regression_targets
        )
        return losses


class RegionHeads(RoIHeads):  # type: ignore[misc]
    """Learns nothing from proposals on what is to be ignored, of label -1."""

    def assign_targets_to_proposals(
        self, proposals: list[Tensor], gt_boxes: list[Tensor], gt_labels: list[Tensor]
    ) -> tuple[list[Tensor], list[Tensor]]:
        # What is asked comes first, so that its indices hold for all boxes.
        asked = [labels >= 0 for labels in gt_labels]
        matched, labels = super().assign_targets_to_proposals(
            proposals,
            [boxes[a] for boxes, a in zip(gt_boxes, asked, strict=True)],
            [each[a] for each, a in zip(gt_labels, asked, strict=True)],
        )
        for image, boxes in enumerate(gt_boxes):
            covered = lie_on_ignored(proposals[image], boxes[~asked[image]])
            labels[image][(labels[image] == 0) & covered] = -1
        return matched, labels


class _Anchors(nn.Module):
    """The plan's default boxes as torchvision asks for them."""

    def __init__(self, plan: HeadPlan) -> None:
        super().__init__()
        self._default_boxes = DefaultBoxes(plan)

    def forward(self, images: ImageList, levels: list[Tensor]) -> list[Tensor]:
        frame = images.image_sizes[0]
        boxes = torch.cat(self._default_boxes.of(frame, levels[0].device))
        return [boxes] * len(images.image_sizes)


class _Predictor(nn.Module):
    """Logits (n, classes), the background first, and one box for all classes."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.cls_score = nn.Linear(HIDDEN_FEATURES, classes)
        self.bbox_pred = nn.Linear(HIDDEN_FEATURES, 4)
        nn.init.normal_(self.cls_score.weight, std=0.01)
        nn.init.normal_(self.bbox_pred.weight, std=0.001)
        for layer in (self.cls_score, self.bbox_pred):
            nn.init.zeros_(layer.bias)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.cls_score(features)
        return logits, self.bbox_pred(features).repeat(1, self.cls_score.out_features)


def _taught(target: Target) -> Taught:
    """A target as torchvision takes it: what is asked, then what is ignored."""
    asked = ~target.ignored
    ignored = torch.full_like(target.label_indices[target.ignored], -1)
    return {
        "boxes": torch.cat([target.boxes[asked], target.boxes[target.ignored]]),
        "labels": torch.cat([target.label_indices[asked] + 1, ignored]),
    }


def _level_names(plan: HeadPlan) -> list[str]:
    return [f"stride {stride}" for stride in STRIDES[plan.first_level :]]


def _sizes(levels: Sequence[Tensor], frame: Frame) -> ImageList:
    """Of the images, which is all that is asked of them."""
    return ImageList(levels[0], [frame] * len(levels[0]))


def _all_digits(levels: Sequence[Tensor]) -> torch.autocast:
    """Pixels need more digits than half of them."""
    return torch.autocast(levels[0].device.type, enabled=False)
