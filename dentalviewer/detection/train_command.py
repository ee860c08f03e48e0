"""`dentalviewer train`: what the reader of a terminal types and sees.

Importing this module does not import torch.
"""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

from dentalviewer.geometry import Size


def add_train_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--architecture", default="ssd_mobilenet", help="which network to train"
    )
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="folder with treatments_train.json and treatments_val.json (or train.json "
        "and val.json), in COCO's format, and the radiographs under images/",
    )
    parser.add_argument(
        "--backbone",
        type=Path,
        help="safetensors file of ImageNet weights to start from (default: random)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        help="folder for weights.safetensors and card.json, such as "
        "models/ssd_mobilenet",
    )
    parser.add_argument(
        "--teeth-output",
        type=Path,
        help="learn the teeth too, from teeth_train.json and teeth_val.json, and write "
        "a detector of teeth to this folder",
    )
    parser.add_argument(
        "--run-folder",
        type=Path,
        help="folder for checkpoint and curves (default: runs/ and the output's name)",
    )
    parser.add_argument(
        "--input-size",
        type=_size,
        default=Size(704, 384),
        metavar="WIDTHxHEIGHT",
        help="the frame the dental arches are fitted into (default: 704x384)",
    )
    parser.add_argument("--epochs", type=_positive, default=100)
    parser.add_argument("--batch-size", type=_positive, default=6)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--backbone-learning-rate", type=float, default=4e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=_positive, default=2)
    parser.add_argument(
        "--deadline-minutes",
        type=float,
        help="end after this long even if epochs are left",
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on from the run folder's checkpoint"
    )


def run_train(args: Namespace) -> int:
    """Train and return 0; raises what training.train raises."""
    from dentalviewer.detection.training import TrainingConfig, train

    folder = train(
        TrainingConfig(
            data=args.data,
            output=args.output,
            teeth_output=args.teeth_output,
            run_folder=args.run_folder or Path("runs") / args.output.name,
            architecture=args.architecture,
            backbone=args.backbone,
            input_size=args.input_size,
            epochs=args.epochs,
            batch_size=args.batch_size,
            learning_rate=args.learning_rate,
            backbone_learning_rate=args.backbone_learning_rate,
            seed=args.seed,
            threads=args.threads,
            deadline_minutes=args.deadline_minutes,
            resume=args.resume,
        )
    )
    print(f"Wrote weights and model card to {folder}")
    return 0


def _size(text: str) -> Size:
    try:
        width, height = map(int, text.lower().split("x"))
    except ValueError as error:
        raise ArgumentTypeError(f"not WIDTHxHEIGHT: {text}") from error
    if min(width, height) < 64:
        raise ArgumentTypeError("both sides must be at least 64")
    return Size(width, height)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"not a whole number above 0: {text}")
    return int(text)
