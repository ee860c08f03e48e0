"""What `train` held out of which sets, as typed.

Importing this module does not import torch.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

from dentalviewer.detection.cards.model_card import ModelCard
from dentalviewer.detection.commands.set_arguments import add_set_arguments
from dentalviewer.detection.sets.training_data import LearningSets, read_learning_sets
from dentalviewer.formats.patients_argument import PATIENTS_HELP, regular_expression


def add_held_out_arguments(parser: ArgumentParser) -> None:
    """`--data` and `--only`, and how the training split them."""
    add_set_arguments(parser, otherwise="what `train` holds out of it")
    parser.add_argument(
        "--seed", type=int, default=0, help="the seed of the training (default: 0)"
    )
    parser.add_argument(
        "--patients", type=regular_expression, metavar="REGEX", help=PATIENTS_HELP
    )
    parser.add_argument(
        "--three-way",
        action="store_true",
        help="if the training had it, of a set that is not split already",
    )


def read_held_out(
    args: Namespace,
    cards: Sequence[ModelCard],
    *,
    user_folder: Path,
    aliases: Mapping[str, str],
) -> LearningSets:
    """The sets, as split by the training, for detectors with these cards; notes on them
    are printed. Raises what read_learning_sets raises.
    """
    sets = read_learning_sets(
        args.data,
        seed=args.seed,
        reviews=user_folder if args.only == "accepted" else None,
        # One that was trained further may know more than the set has to learn from.
        known_labels=[name for card in cards for name in card.labels],
        patient_pattern=args.patients,
        three_way=args.three_way,
        with_kept=True,
        aliases=aliases,
    )
    for note in sets.notes:
        print(f"  {note}", flush=True)
    return sets
