from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torchvision.ops import box_iou

from dentalviewer import cli
from dentalviewer.detection import load_detector
from dentalviewer.detection.cards.card_reading import read_card
from dentalviewer.detection.cards.model_folder import read_model
from dentalviewer.detection.frames.locator import ArchLocator
from dentalviewer.detection.inference.torch_detector import PanoramicNetwork, to_images
from dentalviewer.detection.inference.weights import (
    build_network,
    encode_weights,
    fused,
)
from dentalviewer.detection.networks.architectures import PanoramicDetector, faster_rcnn
from dentalviewer.detection.networks.heads import HeadPlan
from dentalviewer.detection.networks.losses import Target
from dentalviewer.detection.networks.two_stage import TwoStageHead
from dentalviewer.detection.training import training
from dentalviewer.detection.training.training import train
from dentalviewer.detection.training.training_config import TrainingConfig
from dentalviewer.errors import ModelError
from dentalviewer.geometry import Box
from dentalviewer.radiograph import read_radiograph
from dentalviewer.resources import models_folder
from tests.detection.conftest import (
    BUNDLED,
    FRAME,
    PLAN,
    card,
    drawn,
    faster_network,
    untrained_faster_rcnn,
)

FILLING = Box(20, 20, 44, 40)
CROWN = Box(80, 10, 112, 44)
PATH = Path("weights.safetensors")
OPTIONS = {"proposals": 20, "proposal_nms_iou": 0.6}


def images() -> Tensor:
    return to_images([drawn(FRAME, [FILLING, CROWN])])


def target(
    *boxes: Box, labels: tuple[int, ...] = (), ignored: tuple[bool, ...] = ()
) -> Target:
    return Target(
        torch.tensor([box.corners for box in boxes]).reshape(-1, 4),
        torch.tensor(labels or (0,) * len(boxes), dtype=torch.int64),
        torch.tensor(ignored or (False,) * len(boxes), dtype=torch.bool),
    )


def head_of(network: PanoramicDetector) -> TwoStageHead:
    head = network.head("treatments")
    assert isinstance(head, TwoStageHead)
    return head


def answer(network: PanoramicDetector, head: str = "treatments") -> dict[str, Tensor]:
    with torch.inference_mode():
        (found,) = network(images())
    candidates = found[head]
    assert isinstance(candidates, dict)
    return candidates


@pytest.mark.weights
def test_it_learns_what_it_is_shown() -> None:
    torch.manual_seed(0)
    network = faster_rcnn(
        {"treatments": PLAN}, backbone_weights=models_folder() / BUNDLED
    )
    network.backbone.requires_grad_(requires_grad=False)
    optimizer = torch.optim.AdamW(network.heads.parameters(), lr=1e-3)
    shown = {"treatments": target(FILLING, CROWN, labels=(0, 2))}
    network.train()
    for _ in range(30):
        losses = network(images(), [shown])
        optimizer.zero_grad()
        sum(losses.values()).backward()
        optimizer.step()

    assert set(losses) == {
        "treatments_proposal_label_loss",
        "treatments_proposal_box_loss",
        "treatments_label_loss",
        "treatments_box_loss",
    }
    found = answer(network.eval())
    for box, label in ((FILLING, 0), (CROWN, 2)):
        of_label = found["label_indices"] == label
        best = found["boxes"][of_label][:1]
        assert found["scores"][of_label][0] > 0.5
        assert box_iou(best, torch.tensor([box.corners])).item() > 0.6


def test_candidates_are_inside_the_frame_and_best_first() -> None:
    found = answer(faster_network())

    assert len(found["scores"]) > 10
    assert (found["scores"].diff() <= 0).all()
    assert found["scores"].min() >= 0.05
    assert (found["boxes"] >= 0).all()
    assert (found["boxes"] <= torch.tensor([128, 64, 128, 64])).all()
    assert set(found["label_indices"].tolist()) <= {0, 1, 2}


def test_no_more_places_are_looked_at_than_are_asked_for() -> None:
    with torch.inference_mode():
        boxes, scores = faster_network(proposals=7).scored_boxes(images())["treatments"]

    assert boxes.shape == (1, 7, 4)
    assert scores.shape == (1, 7, 3)


def test_places_that_are_proposed_overlap_no_more_than_allowed() -> None:
    # Of one level, as those of different sizes may lie on each other.
    plan = replace(PLAN, first_level=3, default_box_sizes=((1.0, 1.0), (1.5, 1.0)))
    frame = torch.rand(1, 3, 256, 256, generator=torch.Generator().manual_seed(1))

    def most_shared(nms_iou: float) -> float:
        torch.manual_seed(0)
        network = faster_rcnn({"treatments": plan}, proposal_nms_iou=nms_iou).eval()
        # Places are then not adjusted.
        torch.nn.init.zeros_(head_of(network).roi.box_predictor.bbox_pred.weight)
        with torch.inference_mode():
            boxes, _ = network.scored_boxes(frame)["treatments"]
        (places,) = boxes
        shared = box_iou(places, places).fill_diagonal_(0)
        return shared.max().item()

    # Side by side the wider of two kinds lies on two thirds of the other.
    assert most_shared(0.9) > 0.6
    assert most_shared(0.3) <= 0.3


def test_the_number_of_proposals_may_change_after_training() -> None:
    content = encode_weights(PanoramicNetwork(faster_network(proposals=100), None))
    parameters = {**card(content).architecture_parameters, **OPTIONS}
    told = card(content, architecture="faster_rcnn", architecture_parameters=parameters)

    detector = build_network(told, content, PATH).detector

    assert isinstance(detector, PanoramicDetector)
    assert detector.options == OPTIONS
    assert detector.scored_boxes(images())["treatments"][0].shape == (1, 20, 4)


@pytest.mark.parametrize(
    "options",
    [
        {"proposals": 0},
        {"proposals": 2.5},
        {"proposals": "many"},
        {"proposal_nms_iou": 0.0},
        {"proposal_nms_iou": 1.5},
        {"proposal_nms_iou": None},
        {"anchors": 3},
        {"backbone_weights": "/etc/passwd"},
    ],
)
def test_a_card_that_asks_for_nonsense_is_refused(
    options: dict[str, Any], tmp_path: Path
) -> None:
    folder = untrained_faster_rcnn(tmp_path / "odd", **options)

    with pytest.raises(ModelError, match="do not fit faster_rcnn"):
        build_network(*read_model(folder), folder)


def test_weights_on_disk_answer_as_those_in_memory() -> None:
    network = faster_network()
    content = encode_weights(PanoramicNetwork(network, None))
    told = card(content, architecture="faster_rcnn")

    again = build_network(told, content, PATH)

    assert encode_weights(again) == content
    rounded = network.half().float()
    assert isinstance(again.detector, PanoramicDetector)
    for name, expected in answer(rounded).items():
        assert torch.equal(answer(again.detector)[name], expected)


def test_folded_weights_answer_as_those_that_were_trained() -> None:
    network = faster_network()
    boxes, scores = network.scored_boxes(images())["treatments"]

    folded = fused(PanoramicNetwork(network, None)).detector

    assert isinstance(folded, PanoramicDetector)
    again, scores_again = folded.scored_boxes(images())["treatments"]
    assert (boxes - again).abs().max() < 0.01
    assert (scores - scores_again).abs().max() < 1e-4


def test_a_detector_is_no_larger_than_eight_megabytes() -> None:
    plan = HeadPlan(3, ((2.0, 2.0),) * 4)
    whole = PanoramicNetwork(faster_rcnn({"treatments": plan}), ArchLocator())
    teeth = HeadPlan(52, ((2.0, 2.0),) * 2, first_level=1, sees_place=True)

    assert len(encode_weights(whole)) < 8_000_000
    whole.detector = faster_rcnn({"teeth": teeth})
    assert len(encode_weights(whole)) < 8_000_000


def test_what_is_ignored_is_neither_a_place_nor_none() -> None:
    head = head_of(faster_network())
    left, right = Box(0, 0, 10, 10), Box(50, 0, 60, 10)
    taught = {
        "boxes": torch.tensor([left.corners, right.corners]),
        "labels": torch.tensor([1, -1]),
    }
    boxes = torch.tensor(
        [
            [0.0, 0.0, 10.0, 10.0],  # what is asked
            [50.0, 0.0, 60.0, 10.0],  # what is ignored
            [55.0, 0.0, 65.0, 10.0],  # half on it
            [56.0, 0.0, 66.0, 10.0],  # two fifths on it
            [52.0, 2.0, 54.0, 4.0],  # a small part of it
            [90.0, 0.0, 99.0, 10.0],  # elsewhere
        ]
    )

    (proposed,), _ = head.rpn.assign_targets_to_anchors([boxes], [taught])
    _, (named,) = head.roi.assign_targets_to_proposals(
        [boxes], [taught["boxes"]], [taught["labels"]]
    )

    assert proposed.tolist() == [1, -1, -1, 0, -1, 0]
    assert named.tolist() == [1, -1, -1, 0, -1, 0]


@pytest.mark.parametrize(
    "shown",
    [
        target(),
        target(Box(0, 0, 128, 64), ignored=(True,)),
        target(Box(-200, -200, 400, 400), ignored=(True,)),
        target(Box(0, 0, 128, 64), Box(500, 500, 510, 510), ignored=(True, True)),
    ],
)
def test_a_radiograph_without_findings_can_be_learned_from(shown: Target) -> None:
    network = faster_network().train()

    loss = sum(network(images(), [{"treatments": shown}]).values())
    loss.backward()

    assert torch.isfinite(loss)
    gradients = [p.grad for p in network.parameters() if p.requires_grad]
    # Several processes wait for the gradient of every weight.
    assert all(gradient is not None for gradient in gradients)
    assert all(torch.isfinite(g).all() for g in gradients if g is not None)


def test_where_all_is_ignored_nothing_is_learned() -> None:
    network = faster_network().train()
    everywhere = target(Box(-200, -200, 400, 400), ignored=(True,))

    losses = network(images(), [{"treatments": everywhere}])

    assert {loss.item() for loss in losses.values()} == {0.0}


def test_half_the_digits_are_kept_from_the_pixels() -> None:
    network = faster_network().train()
    shown = {"treatments": target(FILLING, CROWN, labels=(0, 2))}

    def losses() -> list[float]:
        torch.manual_seed(1)
        return [loss.item() for loss in network(images(), [shown]).values()]

    exact = losses()
    with torch.autocast("cpu", torch.bfloat16):
        rough = losses()

    assert rough == pytest.approx(exact, rel=0.05, abs=0.01)


def test_treatments_and_teeth_share_a_backbone() -> None:
    torch.manual_seed(0)
    teeth = HeadPlan(4, ((2.0, 3.0),), first_level=1, sees_place=True)
    network = faster_rcnn({"treatments": PLAN, "teeth": teeth})
    shown = {"treatments": target(FILLING), "teeth": target(CROWN, labels=(3,))}

    losses = network.train()(images(), [shown])

    assert len(losses) == 8
    alone = network.alone("teeth").eval()
    assert list(alone.heads) == ["teeth"]
    expected = answer(network.eval(), "teeth")
    for name, value in answer(alone, "teeth").items():
        assert torch.equal(value, expected[name])


@pytest.fixture
def config(data: Path, tmp_path: Path) -> TrainingConfig:
    return TrainingConfig(
        data=(data,),
        output=tmp_path / "models" / "mine",
        run_folder=tmp_path / "run",
        architecture="faster_rcnn",
        architecture_options={"proposals": 30},
        input_size=FRAME,
        epochs=1,
        batch_size=3,
        threads=1,
    )


def test_a_run_leaves_a_detector_that_tells_how_it_proposes(
    config: TrainingConfig, data: Path
) -> None:
    folder = train(config)

    told = read_card(folder)
    assert told.architecture == "faster_rcnn"
    parameters = dict(told.architecture_parameters)
    assert parameters.pop("heads").keys() == {"treatments"}
    assert parameters == {"proposals": 30, "proposal_nms_iou": 0.7}
    load_detector(folder).detect(read_radiograph(data / "images" / "val-0.png"))


def test_a_run_that_was_killed_samples_as_if_it_had_not_been(
    config: TrainingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "_publish", lambda *arguments: None)
    train(replace(config, epochs=2))
    other = replace(config, run_folder=tmp_path / "other", epochs=2)
    # The schedule is that of two epochs; the clock ends it after one.
    with monkeypatch.context() as patched:
        patched.setattr(training, "_is_over", lambda run, *rest: run.epoch >= 1)
        train(other)

    train(replace(other, resume=True))

    one, two = (
        torch.load(folder / "checkpoint.pt", weights_only=True)
        for folder in (config.run_folder, other.run_folder)
    )
    assert (one["epoch"], two["epoch"]) == (2, 2)
    for name, weights in one["network"].items():
        assert torch.equal(weights, two["network"][name]), name


def test_it_is_trained_further_and_learns_a_new_class(
    config: TrainingConfig, data: Path, tmp_path: Path
) -> None:
    start = untrained_faster_rcnn(
        tmp_path / "before", proposals=25, proposal_nms_iou=0.5
    )
    for path in data.glob("*.json"):
        path.write_text(path.read_text().replace('"endodontic"', '"caries"'))
    still = replace(
        config, start=start, learning_rate=1e-12, backbone_learning_rate=1e-12
    )

    folder = train(still)

    told = read_card(folder)
    assert told.labels == ("restoration", "endodontic", "implant", "caries")
    # Asked for now, and as before.
    assert told.architecture_parameters["proposals"] == 30
    assert told.architecture_parameters["proposal_nms_iou"] == 0.5
    old, new = (build_network(*read_model(f), f).state_dict() for f in (start, folder))
    name = "detector.heads.treatments.roi.box_predictor.cls_score.weight"
    assert (old[name].shape, new[name].shape) == ((4, 256), (5, 256))
    assert (old[name] - new[name][:4]).abs().max() < 1e-3


def test_the_command_passes_on_how_many_places_are_proposed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[TrainingConfig] = []

    def listen(config: TrainingConfig) -> Path:
        asked.append(config)
        return config.output

    monkeypatch.setattr(training, "train", listen)
    words = ["train", "--data", "a", "--output", "b", "--architecture", "faster_rcnn"]

    assert cli.main([*words, "--proposals", "50", "--proposal-nms", "0.6"]) == 0
    assert cli.main(words) == 0

    first, second = asked
    assert first.architecture == "faster_rcnn"
    assert first.architecture_options == {"proposals": 50, "proposal_nms_iou": 0.6}
    assert second.architecture_options == {}


def test_proposals_cannot_be_asked_of_a_network_that_makes_none(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "--data", "a", "--output", "b", "--proposals", "50"]

    assert cli.main(words) == 1
    assert "ssd_mobilenet makes no proposals" in capsys.readouterr().err
    faster = ["--from", str(model), "--architecture", "faster_rcnn"]
    assert cli.main([*words, *faster]) == 1
    assert "ssd_mobilenet makes no proposals" in capsys.readouterr().err


@pytest.mark.parametrize("overlap", ["0", "1.5", "much"])
def test_an_overlap_that_makes_no_sense_is_not_understood(overlap: str) -> None:
    words = ["train", "--data", "a", "--output", "b", "--proposal-nms", overlap]

    assert cli.main(words) == 2
