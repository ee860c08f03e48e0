"""`dentalviewer train`: what was typed becomes a training.

Importing this module does not import torch.
"""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from dentalviewer.detection import find_model
from dentalviewer.detection.cards.card_reading import read_card
from dentalviewer.detection.cards.model_card import ModelCard
from dentalviewer.detection.commands.train_arguments import (
    FROM_A_DETECTOR,
    FROM_THE_START,
    PATIENCE_FROM_A_DETECTOR,
)
from dentalviewer.errors import DentalViewerError
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.phrases import pip_with

if TYPE_CHECKING:
    from dentalviewer.detection.training.training_config import Rights, TrainingConfig


def run_train(
    args: Namespace,
    *,
    user_folder: Path,
    detectors_folder: Path,
    aliases: Mapping[str, str] = DEFAULT_ALIASES,
) -> int:
    """Train and return 0; raises what training.train raises.

    `user_folder` is where reviews lie that fit nowhere else, `detectors_folder` where
    the user's own detectors do; `aliases` are the user's other names for classes.
    """
    _require_a_place_for_each(args)
    start = _read_start(args, detectors_folder)
    try:
        from dentalviewer.detection.training.checkpoints import CHECKPOINT_FILE
        from dentalviewer.detection.training.training import train
    except ModuleNotFoundError as error:
        install = f"install it with {pip_with('train')}"
        fault = f"Training needs the package {error.name}; {install}"
        raise DentalViewerError(fault) from error
    places = _Places(user_folder, detectors_folder)
    config = _config(args, start, places, aliases)
    try:
        folder = train(config)
    except KeyboardInterrupt:
        if _tells():
            print(_what_is_kept(config.run_folder / CHECKPOINT_FILE), file=sys.stderr)
        raise
    if _tells():
        print(f"Wrote weights and model card to {folder}")
    return 0


def _tells() -> bool:
    """Of several processes the first does."""
    return os.environ.get("RANK", "0") == "0"  # torchrun's number of the process.


def _what_is_kept(checkpoint: Path) -> str:
    if checkpoint.exists():
        said = "What was learned is kept: the same command with --resume goes on with"
        return f"\n{said} {checkpoint}"
    return "\nNo epoch was finished: nothing is kept"


def _require_a_place_for_each(args: Namespace) -> None:
    """Or it would be learned for nothing, or from another start than was meant."""
    fault = ""
    if not (args.output or args.teeth_output):
        fault = "--output, for a detector of treatments, or --teeth-output is needed."
    elif args.teeth_start and not args.teeth_output:
        fault = "--teeth-from needs --teeth-output, where what it learns is written."
    elif args.start and not args.output:
        fault = (
            "--from needs --output, where what it learns is written. To train a"
            " detector of teeth alone, say --teeth-from."
        )
    elif args.teeth_start and args.output and not args.start:
        fault = (
            "--teeth-from beside --output needs --from too, the detector of treatments"
            " that is trained further along with it."
        )
    elif args.teeth_start and args.backbone:
        fault = "--teeth-from starts from what that detector sees: no --backbone."
    elif args.only and not args.output:
        fault = "--only accepted is about treatments, so it needs --output."
    if fault:
        raise DentalViewerError(fault)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where reviews lie that fit nowhere else, and the user's own detectors."""

    reviews: Path
    detectors: Path


@dataclass(frozen=True, slots=True)
class _Start:
    """The detector to train further, that of teeth, and the card of the one that leads;
    None to begin anew.
    """

    folder: Path | None
    teeth: Path | None
    card: ModelCard | None


def _read_start(args: Namespace, detectors_folder: Path) -> _Start:
    folder, teeth = (
        find_model(name, detectors_folder) if name else None
        for name in (args.start, args.teeth_start)
    )
    leading = folder or teeth
    return _Start(folder, teeth, read_card(leading) if leading else None)


def _config(
    args: Namespace, start: _Start, places: _Places, aliases: Mapping[str, str]
) -> TrainingConfig:
    """What was asked for; the rest is the detector's own, or the default."""
    from dentalviewer.detection.augmenting.augmentation import Augmentation
    from dentalviewer.detection.training.training_config import (
        INPUT_SIZE,
        TrainingConfig,
    )

    card = start.card
    rate, backbone_rate, epochs = FROM_A_DETECTOR if card else FROM_THE_START
    architecture = card.architecture if card else args.architecture
    return TrainingConfig(
        data=tuple(args.data),
        output=args.output,
        teeth_output=args.teeth_output,
        run_folder=args.run_folder
        or Path("runs") / (args.output or args.teeth_output).name,
        reviews=places.reviews if args.only == "accepted" else None,
        patient_pattern=args.patients,
        three_way=args.three_way,
        label_faults=args.label_faults,
        aliases=aliases,
        start=start.folder,
        teeth_start=start.teeth,
        architecture=architecture,
        architecture_options=_options(args, architecture),
        backbone=_backbone(args.backbone, places.detectors),
        input_size=args.input_size or (card.input_size if card else INPUT_SIZE),
        epochs=args.epochs or epochs,
        cycles=args.cycles,
        batch_size=args.batch_size,
        learning_rate=args.learning_rate or rate,
        backbone_learning_rate=args.backbone_learning_rate or backbone_rate,
        seed=args.seed,
        threads=args.threads,
        deadline_minutes=args.deadline_minutes,
        until=args.until,
        # Within a cycle scores fall before they rise.
        patience=args.patience
        or (PATIENCE_FROM_A_DETECTOR if card and args.cycles == 1 else None),
        mixed_precision=args.mixed_precision,
        resume=args.resume,
        augmentation=Augmentation(
            **{each.name: getattr(args, each.name) for each in fields(Augmentation)}
        ),
        rights=_rights(args),
    )


def _rights(args: Namespace) -> Rights:
    from dentalviewer.detection.training.training_config import Rights

    unstated = Rights()
    return Rights(
        args.licence or unstated.licence,
        args.attribution or unstated.attribution,
        tuple(args.failure),
    )


def _options(args: Namespace, architecture: str) -> dict[str, float]:
    """What was asked of the architecture; its defaults where nothing was."""
    asked = {"proposals": args.proposals, "proposal_nms_iou": args.proposal_nms}
    options = {name: value for name, value in asked.items() if value is not None}
    if options and architecture != "faster_rcnn":
        raise DentalViewerError(
            f"--proposals and --proposal-nms are for faster_rcnn; {architecture} makes"
            " no proposals."
        )
    return options


def _backbone(word: str | None, detectors_folder: Path) -> Path | None:
    if word is None or Path(word).is_file():
        return Path(word) if word else None
    return find_model(word, detectors_folder)
