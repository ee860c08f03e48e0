"""What a head is taught: which default boxes answer for a box, and how wrong they are.

Assignment is ATSS (Zhang et al., CVPR 2020); labels are trained with the quality focal
loss (Li et al., NeurIPS 2020), so that a score tells how well a box fits too; boxes
with generalised IoU (Rezatofighi et al., CVPR 2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional
from torchvision.ops import box_iou, generalized_box_iou_loss

NEAREST_PER_LEVEL = 9
FOCUS = 2.0
# A default box on an ignored one is neither a finding nor background.
IGNORED_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Target:
    """What is on one image: boxes (n, 4), label_indices (n,), ignored (n,) bool."""

    boxes: Tensor
    label_indices: Tensor
    ignored: Tensor


def head_losses(
    logits: Tensor,
    decoded: Tensor,
    default_boxes: Sequence[Tensor],
    targets: Sequence[Target],
) -> dict[str, Tensor]:
    """`label_loss` and `box_loss` of a batch.

    `logits` are (N, boxes, labels), `decoded` (N, boxes, 4) predicted boxes,
    `default_boxes` (n, 4) for each level; one target per image.
    """
    label_loss = logits.sum() * 0
    box_loss = decoded.sum() * 0
    positives, quality_sum = 0, logits.new_zeros(())
    everything = torch.cat(list(default_boxes))
    for image, target in enumerate(targets):
        wanted = torch.zeros_like(logits[image])
        asked = target.boxes[~target.ignored]
        matched = assign(default_boxes, asked)
        found = torch.where(matched >= 0)[0]
        if len(found):
            which = matched[found]
            predicted = decoded[image, found]
            quality = _paired_iou(predicted.detach(), asked[which])
            labels = target.label_indices[~target.ignored][which]
            wanted[found, labels] = quality
            loss = generalized_box_iou_loss(predicted, asked[which], reduction="none")
            box_loss = box_loss + (loss * quality.clamp(min=0.05)).sum()
            quality_sum = quality_sum + quality.clamp(min=0.05).sum()
            positives += len(found)
        ignored = target.boxes[target.ignored]
        judged = (matched >= 0) | ~lie_on_ignored(everything, ignored)
        label_loss = label_loss + _quality_focal_loss(
            logits[image][judged], wanted[judged]
        )
    return {
        "label_loss": label_loss / max(positives, 1),
        "box_loss": box_loss / quality_sum.clamp(min=1.0),
    }


@torch.no_grad()
def assign(default_boxes: Sequence[Tensor], boxes: Tensor) -> Tensor:
    """(all default boxes,) index of the box that each answers for, -1 for none.

    Of each level the NEAREST_PER_LEVEL default boxes are candidates; those that overlap
    at least as much as the candidates' mean plus one standard deviation, and whose
    centre lies inside the box, answer for it.
    """
    everything = torch.cat(list(default_boxes))
    nobody = torch.full(
        (len(everything),), -1, dtype=torch.int64, device=everything.device
    )
    if not len(boxes):
        return nobody
    overlaps = box_iou(everything, boxes)
    centers = (everything[:, :2] + everything[:, 2:]) / 2
    box_centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    distances = torch.cdist(centers, box_centers)
    chosen, start = [], 0
    for level in default_boxes:
        end = start + len(level)
        count = min(NEAREST_PER_LEVEL, len(level))
        nearest = distances[start:end].topk(count, dim=0, largest=False).indices
        chosen.append(nearest + start)
        start = end
    candidates = torch.cat(chosen)
    candidate_overlaps = overlaps.gather(0, candidates)
    least = candidate_overlaps.mean(dim=0) + candidate_overlaps.std(dim=0)
    inside = _margins(centers[candidates], boxes).amin(dim=-1) > 0.01
    positive = (candidate_overlaps >= least) & inside
    best = torch.full_like(overlaps, -1.0)
    best.scatter_(
        0,
        candidates,
        torch.where(positive, candidate_overlaps, best.gather(0, candidates)),
    )
    value, index = best.max(dim=1)
    return torch.where(value > 0, index, nobody)


def _margins(points: Tensor, boxes: Tensor) -> Tensor:
    """(c, n, 4): how far (c, n, 2) points lie inside the (n, 4) boxes, each side."""
    return torch.cat([points - boxes[:, :2], boxes[:, 2:] - points], dim=-1)


def lie_on_ignored(boxes: Tensor, ignored: Tensor) -> Tensor:
    """(n,) whether IGNORED_SHARE of each of the (n, 4) boxes lies on an ignored one."""
    if not len(ignored):
        return torch.zeros(len(boxes), dtype=torch.bool, device=boxes.device)
    left_top = torch.maximum(boxes[:, None, :2], ignored[:, :2])
    right_bottom = torch.minimum(boxes[:, None, 2:], ignored[:, 2:])
    shared = (right_bottom - left_top).clamp(min=0).prod(dim=-1)
    own = (boxes[:, 2:] - boxes[:, :2]).prod(dim=-1)
    return (shared / own[:, None]).amax(dim=1) >= IGNORED_SHARE


def _paired_iou(first: Tensor, second: Tensor) -> Tensor:
    left_top = torch.maximum(first[:, :2], second[:, :2])
    right_bottom = torch.minimum(first[:, 2:], second[:, 2:])
    shared = (right_bottom - left_top).clamp(min=0).prod(dim=1)
    areas = [(b[:, 2:] - b[:, :2]).prod(dim=1) for b in (first, second)]
    return shared / (areas[0] + areas[1] - shared).clamp(min=1e-6)


def _quality_focal_loss(logits: Tensor, quality: Tensor) -> Tensor:
    distance = (quality - logits.detach().sigmoid()).abs()
    loss = functional.binary_cross_entropy_with_logits(
        logits, quality, reduction="none"
    )
    return (loss * distance**FOCUS).sum()
