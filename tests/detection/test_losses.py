from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from dentalviewer.detection.networks.losses import Target, assign, head_losses

# Nine default boxes of 10 by 10, side by side in a frame of 30 by 30.
GRID = torch.tensor(
    [
        [x, y, x + 10, y + 10]
        for y in (0.0, 10.0, 20.0)
        for x in (0.0, 10.0, 20.0)
    ]
)  # fmt: skip
MIDDLE = torch.tensor([[10.0, 10.0, 20.0, 20.0]])


def target(boxes: Tensor, *, label: int = 0, ignored: bool = False) -> Target:
    count = len(boxes)
    return Target(boxes, torch.full((count,), label), torch.full((count,), ignored))


def losses(logits: Tensor, decoded: Tensor, wanted: Target) -> dict[str, float]:
    found = head_losses(logits[None], decoded[None], [GRID], [wanted])
    return {name: loss.item() for name, loss in found.items()}


def test_the_default_box_on_a_box_answers_for_it() -> None:
    # IoU 1 for one, 0 for eight: mean 1/9, deviation 1/3, so 4/9 is asked.
    assert assign([GRID], MIDDLE).tolist() == [-1, -1, -1, -1, 0, -1, -1, -1, -1]


def test_where_there_is_nothing_nobody_answers() -> None:
    assert assign([GRID], torch.zeros(0, 4)).tolist() == [-1] * 9


def test_a_default_box_answers_for_the_box_that_it_overlaps_more() -> None:
    boxes = torch.tensor([[11.0, 10.0, 21.0, 20.0], [10.0, 10.0, 20.0, 20.0]])

    # The middle one overlaps the first by 9/11, the second wholly.
    assert assign([GRID], boxes)[4].item() == 1


def test_a_default_box_whose_centre_is_outside_does_not_answer() -> None:
    # Nearest to the default box at (15, 15), but ends before that point.
    narrow = torch.tensor([[11.0, 11.0, 14.0, 19.0]])

    assert assign([GRID], narrow).tolist() == [-1] * 9


def test_each_level_may_answer() -> None:
    finer = GRID / 2
    box = torch.tensor([[5.0, 5.0, 20.0, 20.0]])

    matched = assign([finer, GRID], box)

    # 18 candidates; the middle of the coarse level overlaps by 100/225 and is best.
    assert matched[9 + 4].item() == 0
    assert matched[0].item() == -1


def test_a_perfect_answer_has_no_box_loss() -> None:
    found = losses(torch.zeros(9, 2), GRID.clone(), target(MIDDLE))

    assert found["box_loss"] == pytest.approx(0)


def test_not_knowing_costs_the_same_for_every_default_box_and_label() -> None:
    found = losses(torch.zeros(9, 2), GRID.clone(), target(MIDDLE))

    # Logit 0 says 0.5: ln 2 times the squared distance 1/4, 9 boxes, 2 labels.
    assert found["label_loss"] == pytest.approx(18 * math.log(2) / 4)


def test_half_a_hit_costs_what_generalised_iou_lacks() -> None:
    decoded = GRID.clone()
    decoded[4] = torch.tensor([15.0, 10.0, 25.0, 20.0])

    found = losses(torch.zeros(9, 2), decoded, target(MIDDLE))

    # IoU and GIoU are 50/150 = 1/3; the loss of 2/3 weighs 1/3.
    assert found["box_loss"] == pytest.approx(2 / 9, rel=1e-4)


def test_the_label_that_is_there_is_asked_for_and_no_other() -> None:
    sure = torch.full((9, 2), -20.0)
    right, wrong = sure.clone(), sure.clone()
    right[4, 1], wrong[4, 0] = 20.0, 20.0

    wanted = target(MIDDLE, label=1)
    assert losses(right, GRID.clone(), wanted)["label_loss"] == pytest.approx(0)
    # One missed and one invented, 20 each.
    assert losses(wrong, GRID.clone(), wanted)["label_loss"] == pytest.approx(40)


def test_what_is_said_of_an_uncertain_box_costs_nothing() -> None:
    logits = torch.full((9, 2), -20.0)
    logits[4, 0] = 20.0

    uncertain = losses(logits, GRID.clone(), target(MIDDLE, ignored=True))
    absent = losses(logits, GRID.clone(), target(torch.zeros(0, 4)))

    assert uncertain["label_loss"] == pytest.approx(0)
    assert absent["label_loss"] == pytest.approx(20)


def test_an_image_without_findings_teaches_too() -> None:
    logits = torch.zeros(1, 9, 2, requires_grad=True)
    decoded = GRID.clone()[None].requires_grad_()

    found = head_losses(logits, decoded, [GRID], [target(torch.zeros(0, 4))])
    (found["label_loss"] + found["box_loss"]).backward()  # type: ignore[no-untyped-call]

    assert logits.grad is not None
    assert (logits.grad > 0).all()
    assert decoded.grad is not None
    assert not decoded.grad.any()
