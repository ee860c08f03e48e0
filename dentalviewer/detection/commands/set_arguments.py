"""Which set a detector is judged on, as typed."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path


def add_set_arguments(parser: ArgumentParser, *, otherwise: str) -> None:
    """`--data` and `--only`; `otherwise` says what is examined of a set that keeps
    nothing for comparing.
    """
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        action="append",
        metavar="SET",
        help="a set as `train --data` takes it; examined is what it keeps for"
        f" comparing, or else {otherwise}. May be given several times",
    )
    parser.add_argument(
        "--only",
        choices=["accepted"],
        help="take what was accepted in reviews, instead of the annotations",
    )
