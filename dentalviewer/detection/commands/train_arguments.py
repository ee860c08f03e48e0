"""What can be typed after `dentalviewer train`, and what it is taken for."""

from __future__ import annotations

import math
from argparse import ArgumentParser, ArgumentTypeError, BooleanOptionalAction
from datetime import datetime, time
from pathlib import Path

from dentalviewer.curation.export_training_command import THREE_WAY_HELP
from dentalviewer.curation.training_runs import next_time
from dentalviewer.formats.patients_argument import PATIENTS_HELP, regular_expression
from dentalviewer.geometry import Size

# Highest rates, theirs of the backbone, and epochs: gentler and shorter for a detector
# that knows most of it already.
FROM_THE_START = (1e-3, 4e-4, 100)
FROM_A_DETECTOR = (3e-4, 1e-4, 30)
PATIENCE_FROM_A_DETECTOR = 10

AUGMENTATIONS = {
    "flip": "exchange left and right; teeth are renumbered",
    "upturn": "exchange up and down; teeth are renumbered (off by default)",
    "reframe": "zoom, shift, stretch and turn",
    "transplant": "bring rare treatments from other radiographs",
    "synthesis": "treat teeth that were not, where outlines of teeth are there",
    "cover": "black and white patches at the rims",
    "contrast": "brightness, gamma, CLAHE and inversion",
    "sharpness": "blur, sharpening and noise",
}
TORCHRUN_HELP = (
    "On several graphics cards: torchrun --nproc-per-node CARDS -m dentalviewer train"
    " ..., where the batch size is that of each card. On several machines (torchrun"
    " --help tells how) each reads the data at the same path, and the first keeps the"
    " run."
)


def add_train_arguments(parser: ArgumentParser) -> None:
    _add_data_arguments(parser)
    _add_output_arguments(parser)
    _add_network_arguments(parser)
    _add_schedule_arguments(parser)
    _add_augmentation_arguments(parser)


def _add_schedule_arguments(parser: ArgumentParser) -> None:
    schedule = parser.add_argument_group("how long and how fast", TORCHRUN_HELP)
    schedule.add_argument(
        "--epochs",
        type=_whole,
        help="default: 100, to train one further 30",
    )
    schedule.add_argument(
        "--cycles",
        type=_whole,
        default=1,
        help="let the learning rate rise and fall so often; the weights after the epoch"
        " in which it has fallen are tried in the mean that is published (default: 1)",
    )
    schedule.add_argument(
        "--patience",
        type=_whole,
        metavar="EPOCHS",
        help="end after so many epochs without a better score (default: never, to"
        f" train one further in one cycle {PATIENCE_FROM_A_DETECTOR})",
    )
    ends = schedule.add_mutually_exclusive_group()
    ends.add_argument(
        "--deadline-minutes",
        type=_above_zero,
        metavar="MINUTES",
        help="end after this long even if epochs are left; --resume goes on with what"
        " is left of it",
    )
    ends.add_argument(
        "--until",
        type=_time,
        metavar="TIME",
        help="end at this time even if epochs are left, however often it is resumed:"
        " 22:30, the next time that a clock shows it, or 2026-03-01T22:30",
    )
    schedule.add_argument("--batch-size", type=_whole, default=6, help="default: 6")
    schedule.add_argument(
        "--learning-rate",
        type=_above_zero,
        help="default: 0.001, to train one further 0.0003",
    )
    schedule.add_argument(
        "--backbone-learning-rate",
        type=_above_zero,
        help="default: 0.0004, to train one further 0.0001",
    )
    schedule.add_argument("--threads", type=_whole, default=2, help="default: 2")
    schedule.add_argument(
        "--mixed-precision",
        action=BooleanOptionalAction,
        default=True,
        help="compute with half the digits where that is faster: on graphics cards and"
        " processors with bfloat16",
    )


def _add_augmentation_arguments(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("augmentation, all by default but one")
    for name, text in AUGMENTATIONS.items():
        group.add_argument(
            f"--{name}",
            action=BooleanOptionalAction,
            default=name != "upturn",
            help=text,
        )


def _add_data_arguments(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("what to learn from")
    group.add_argument(
        "--data",
        type=Path,
        required=True,
        action="append",
        metavar="SET",
        help="annotated radiographs: a COCO file, a Pascal VOC or VoTT folder or"
        " project, or a folder with train.json and val.json and the radiographs in"
        " images/; may be given several times. Of a set that is not split, about a"
        " fifth is held out to judge by",
    )
    group.add_argument(
        "--only",
        choices=["accepted"],
        help="learn what was accepted in reviews, instead of the annotations",
    )
    group.add_argument(
        "--seed",
        type=int,
        default=0,
        help="decides what is held out, and all else that is drawn (default: 0)",
    )
    group.add_argument(
        "--patients", type=regular_expression, metavar="REGEX", help=PATIENTS_HELP
    )
    group.add_argument(
        "--three-way",
        action="store_true",
        help=f"{THREE_WAY_HELP}. For sets that are not split already",
    )
    group.add_argument(
        "--label-faults",
        type=Path,
        metavar="FILE",
        help="put the labels that are learned from right by this list of faults, such"
        " as resources/label_faults/akudental.json; those to judge by stay as they are,"
        " and the model card has the scores with their faults left out too",
    )
    group.add_argument(
        "--licence", help="of the radiographs and annotations, for the model card"
    )
    group.add_argument(
        "--attribution", help="whom they are owed to, for the model card"
    )
    group.add_argument(
        "--failure",
        action="append",
        default=[],
        metavar="TEXT",
        help="a fault that is known beforehand, for the model card; may be repeated",
    )


def _add_output_arguments(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("where to")
    group.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="folder for weights.safetensors and card.json, such as models/mine: a new"
        " or an empty one, or that of a detector, which is replaced",
    )
    group.add_argument(
        "--teeth-output",
        type=Path,
        metavar="DIR",
        help="learn the teeth too, or without --output alone, from teeth_train.json and"
        " teeth_val.json, and write a detector of teeth to this folder",
    )
    group.add_argument(
        "--run-folder",
        type=Path,
        metavar="DIR",
        help="folder for checkpoint and curves (default: runs/ and the output's name)",
    )
    group.add_argument(
        "--resume", action="store_true", help="go on from the run folder's checkpoint"
    )


def _add_network_arguments(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("which network")
    start = group.add_mutually_exclusive_group()
    start.add_argument(
        "--from",
        dest="start",
        metavar="NAME|DIR",
        help="train an installed detector, or the one in a folder, further",
    )
    group.add_argument(
        "--teeth-from",
        dest="teeth_start",
        metavar="NAME|DIR",
        help="with --teeth-output: the detector of teeth to train further; beside"
        " --output it needs --from",
    )
    start.add_argument(
        "--backbone",
        metavar="FILE|NAME|DIR",
        help="start from a safetensors file of ImageNet weights, or from what another"
        " detector has learned to see (default: random)",
    )
    group.add_argument(
        "--architecture",
        choices=["ssd_mobilenet", "faster_rcnn"],
        default="ssd_mobilenet",
        help="which network to train; to train one further that detector's own",
    )
    group.add_argument(
        "--proposals",
        type=_whole,
        metavar="COUNT",
        help="faster_rcnn: how many places it looks at closely (default: 300)",
    )
    group.add_argument(
        "--proposal-nms",
        type=_share,
        metavar="IOU",
        help="faster_rcnn: of places that overlap by more, only the best is looked at"
        " (default: 0.7). The suppression afterwards is chosen by the results",
    )
    group.add_argument(
        "--input-size",
        type=_size,
        metavar="WIDTHxHEIGHT",
        help="the frame that the dental arches are fitted into; treatments are learned"
        " in frames 0.85 and 1.31 times as large too (default: 704x384, to train one"
        " further that detector's own)",
    )


def _size(text: str) -> Size:
    try:
        width, height = map(int, text.lower().split("x"))
    except ValueError as error:
        raise ArgumentTypeError(f"not WIDTHxHEIGHT: {text}") from error
    if min(width, height) < 64:
        raise ArgumentTypeError("both sides must be at least 64")
    return Size(width, height)


def _time(text: str) -> datetime:
    try:
        if "T" in text or "-" in text:
            return datetime.fromisoformat(text).astimezone().replace(tzinfo=None)
        clock = time.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"not a time: {text}") from error
    if clock.tzinfo is not None:
        raise ArgumentTypeError(
            f"a clock shows the time of here, without a zone: {text}"
        )
    return next_time(clock, datetime.now())


def _whole(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"not a whole number above 0: {text}")
    return int(text)


def _share(text: str) -> float:
    number = _above_zero(text)
    if number > 1:
        raise ArgumentTypeError(f"not between 0 and 1: {text}")
    return number


def _above_zero(text: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise ArgumentTypeError(f"not a number: {text}") from error
    if not 0 < number < math.inf:
        raise ArgumentTypeError(f"not a number above 0: {text}")
    return number
