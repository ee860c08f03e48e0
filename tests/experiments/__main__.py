"""Runs an experiment; what it has trained already is kept."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from tests.experiments import ablation, folds

DESCRIPTION = (
    "Other arguments go to `dentalviewer train`: for `ablation` with --data, for"
    " `folds` without."
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.experiments", description=DESCRIPTION)
    parser.add_argument("experiment", choices=["ablation", "folds"])
    parser.add_argument("output", type=Path, help="folder for detectors and results")
    parser.add_argument("--folds-of", type=Path, help="the set that is divided")
    args, arguments = parser.parse_known_args()
    try:
        if args.experiment == "ablation":
            print(ablation.measure(arguments, args.output))
        elif args.folds_of is None:
            parser.error("folds needs --folds-of")
        else:
            folds.measure(args.folds_of, arguments, args.output)
    except subprocess.CalledProcessError as error:
        print(f"{' '.join(error.cmd)} failed", file=sys.stderr)
        return 1
    return 0


sys.exit(main())
