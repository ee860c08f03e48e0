"""`dentalviewer export`: what the reader of a terminal types and sees.

Importing this module does not import torch.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from dentalviewer.detection import find_model
from dentalviewer.detection.cards.model_card import WEIGHTS_FILE
from dentalviewer.detection.cards.model_folder import read_model
from dentalviewer.phrases import pip_with
from dentalviewer.storage.files import make_room_for


def add_export_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "model",
        metavar="NAME|DIR",
        help="an installed detector, or the folder of one",
    )
    parser.add_argument(
        "--onnx",
        type=Path,
        required=True,
        metavar="FILE",
        help="where to write the network; beside it are written the same for looks of"
        " another size, the one that finds the arches, and a Python program that shows"
        " how they are used. What goes in and comes out is told in their metadata",
    )


def run_export(args: Namespace, user_folder: Path) -> int:
    """Export and return 0.

    Raises ModelError, FileError if there is no place for the files, and what write_onnx
    raises.
    """
    folder = find_model(args.model, user_folder)
    card, weights = read_model(folder)
    make_room_for(args.onnx)
    from dentalviewer.detection.inference.onnx_export import TOLERANCE, write_onnx
    from dentalviewer.detection.inference.weights import build_network, fused

    network = fused(build_network(card, weights, folder / WEIGHTS_FILE))
    files = write_onnx(network, card, args.onnx)
    for path in files.paths:
        print(f"Wrote {path}")
    if files.difference is not None:
        print(
            "Checked: the networks answer as they do in PyTorch, to within"
            f" {files.difference:.1g} in scores and in places as shares of the frame"
            f" ({TOLERANCE:g} is allowed)."
        )
    else:
        install = f"install it with {pip_with('export')}"
        print(f"Not checked: ONNX Runtime is not installed; {install}")
    return 0
