from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torchvision.models import mobilenet_v2

from dentalviewer import cli
from dentalviewer.detection.cards.card_reading import read_card
from dentalviewer.detection.cards.model_folder import read_model
from dentalviewer.detection.inference.weights import build_network
from dentalviewer.detection.networks.backbone import MobilePyramid
from dentalviewer.detection.training import training
from dentalviewer.detection.training.training import train
from dentalviewer.detection.training.training_config import Rights, TrainingConfig
from dentalviewer.errors import ModelError
from tests.detection.conftest import FRAME


def test_features_are_those_of_the_network_the_weights_are_from(tmp_path: Path) -> None:
    torch.manual_seed(0)
    features = mobilenet_v2(weights=None).features.eval()
    for module in features.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.5, 0.5)  # type: ignore[union-attr]
            module.running_var.uniform_(0.5, 1.5)  # type: ignore[union-attr]
    save_file(features.state_dict(), tmp_path / "imagenet.safetensors")
    images = torch.rand(1, 3, 64, 128)

    backbone = MobilePyramid(tmp_path / "imagenet.safetensors").eval()

    with torch.inference_mode():
        expected, found = images, images
        for index, block in enumerate(backbone.blocks):
            expected = features[index](expected)
            found = block(found)
    assert (expected - found).abs().max() < 1e-4 * expected.abs().max()


def test_a_backbone_is_taken_whole_from_a_detector(model: Path) -> None:
    whole = build_network(*read_model(model), model)

    taken = MobilePyramid(model)

    known = whole.detector.get_submodule("backbone").state_dict()
    for name, weights in taken.state_dict().items():
        assert torch.equal(weights, known[name])


def test_what_holds_no_backbone_is_refused(tmp_path: Path, model: Path) -> None:
    damaged, other = tmp_path / "damaged", tmp_path / "other"
    damaged.write_bytes(b"no weights")
    save_file({"layer": torch.zeros(3)}, other)

    with pytest.raises(ModelError, match="gone: cannot be read: No such file"):
        MobilePyramid(tmp_path / "gone")
    with pytest.raises(ModelError, match="damaged: is no safetensors file"):
        MobilePyramid(damaged)
    with pytest.raises(ModelError, match="other: does not hold the weights"):
        MobilePyramid(other)
    (model / "weights.safetensors").write_bytes(b"other weights")
    with pytest.raises(ModelError, match="not the weights that the model card"):
        MobilePyramid(model)


def test_a_detector_with_the_backbone_of_another_stays_under_its_licence(
    data: Path, model: Path, tmp_path: Path
) -> None:
    folder = train(
        TrainingConfig(
            data=(data,),
            output=tmp_path / "models" / "mine",
            run_folder=tmp_path / "run",
            backbone=model,
            architecture="faster_rcnn",
            input_size=FRAME,
            epochs=1,
            batch_size=3,
            threads=1,
            rights=Rights("CC0", "the clinic"),
        )
    )

    told = read_card(folder).training
    sha = read_card(model).weights_sha256
    assert f"from tiny ({sha[:12]}), of which the backbone;" in told.recipe
    assert told.licence == "free (detector it was trained from); new data: CC0"
    assert told.data.endswith("; before that: drawn")


def test_the_command_takes_a_backbone_by_file_by_folder_or_by_name(
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked: list[Path | None] = []

    def listen(config: TrainingConfig) -> Path:
        asked.append(config.backbone)
        return config.output

    monkeypatch.setattr(training, "train", listen)
    file = tmp_path / "imagenet.safetensors"
    file.write_bytes(b"weights")
    words = ["train", "--data", "a", "--output", "b"]

    for backbone in (file, model):
        assert cli.main([*words, "--backbone", str(backbone)]) == 0
    assert cli.main(words) == 0
    assert asked == [file, model, None]
    assert cli.main([*words, "--backbone", "gone"]) == 1
    assert "no such detector" in capsys.readouterr().err
