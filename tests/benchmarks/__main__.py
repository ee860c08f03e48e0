"""Runs the benchmarks and prints their table."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.benchmarks import (
    annotating,
    converting,
    detecting,
    examining,
    learning,
    opening,
    painting,
    responding,
    starting,
    worklist,
)
from tests.benchmarks.measurement import Measurement, Setting, table
from tests.benchmarks.peer import has_labelme, install_labelme

BENCHMARKS = {
    "starting": starting.measure,
    "opening": opening.measure,
    "painting": painting.measure,
    "responding": responding.measure,
    "annotating": annotating.measure,
    "converting": converting.measure,
    "detecting": detecting.measure,
    "examining": examining.measure,
    "learning": learning.measure,
    "worklist": worklist.measure,
}
WITH_LABELME = {"starting", "opening", "annotating"}


def main() -> int:
    """Returns 1 if one of them could not be measured; goals that are missed are told,
    and are no fault.
    """
    args = _parser().parse_args()
    names = args.names or list(BENCHMARKS)
    with tempfile.TemporaryDirectory() as scratch:
        setting = _setting(args, names, Path(scratch))
        measurements: list[Measurement] = []
        failed = False
        for name in names:
            print(f"{name} ...", file=sys.stderr)
            try:
                measurements += BENCHMARKS[name](setting)
            except (RuntimeError, OSError) as error:
                print(f"{name}: {error}", file=sys.stderr)
                failed = True
    print(table(measurements))
    return int(failed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description=__doc__
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}"
    )
    parser.add_argument(
        "--labelme",
        type=Path,
        metavar="PYTHON",
        help="the Python of an environment with labelme; without it one is made in a"
        " temporary folder",
    )
    parser.add_argument(
        "--datumaro",
        type=Path,
        metavar="PYTHON",
        help="the Python of an environment with datumaro, for converting",
    )
    parser.add_argument(
        "--detectors",
        type=Path,
        metavar="FOLDER",
        help="a folder of detectors, tried before the bundled ones",
    )
    return parser


def _setting(args: argparse.Namespace, names: list[str], scratch: Path) -> Setting:
    unknown = set(names) - BENCHMARKS.keys()
    if unknown:
        sys.exit(f"no such benchmark: {', '.join(sorted(unknown))}")
    labelme, fault = None, ""
    if WITH_LABELME & set(names):
        try:
            labelme = args.labelme or install_labelme(scratch / "labelme")
            if not has_labelme(labelme):
                raise RuntimeError(f"{labelme} has no labelme")
        except (RuntimeError, OSError) as error:
            print(f"Without labelme: {error}", file=sys.stderr)
            labelme, fault = None, "labelme could not be had"
    detectors = args.detectors.absolute() if args.detectors else None
    return Setting(labelme, fault, detectors, args.datumaro)


sys.exit(main())
