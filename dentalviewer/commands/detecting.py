"""Having detectors examine, learn and be judged."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from dentalviewer.commands.own import detectors_folder, own_aliases
from dentalviewer.errors import ModelError
from dentalviewer.resources import reviews_folder

if TYPE_CHECKING:
    from dentalviewer.detector import Detector


def add_detect(parser: ArgumentParser) -> None:
    from dentalviewer.detection.commands.detect_command import add_detect_arguments

    add_detect_arguments(parser)


def detect(args: Namespace) -> int:
    from dentalviewer.detection import find_model, load_detector
    from dentalviewer.detection.commands.detect_command import run_detect
    from dentalviewer.detection.inference.memory import keep_freed_memory

    keep_freed_memory()
    folder = find_model(args.model, detectors_folder())

    def load() -> tuple[Detector, Detector | None]:
        detector = load_detector(folder, user_folder=detectors_folder())
        return detector, _tooth_detector(detector)

    return run_detect(args, load)


def _tooth_detector(detector: Detector) -> Detector | None:
    """That of teeth, to name findings by; None if it is absent or was asked anyway."""
    from dentalviewer.detection.inference.catalogue import InstalledDetectors

    try:
        teeth = InstalledDetectors(detectors_folder()).load_teeth()
    except ModelError as error:
        print(f"dentalviewer: findings get no tooth. {error}", file=sys.stderr)
        return None
    if teeth is None or teeth.labels == detector.labels:
        return None
    return teeth


def add_crops(parser: ArgumentParser) -> None:
    from dentalviewer.detection.commands.crops_command import add_crops_arguments

    add_crops_arguments(parser)


def crops(args: Namespace) -> int:
    from dentalviewer.detection.commands.crops_command import run_crops
    from dentalviewer.detection.inference.catalogue import InstalledDetectors
    from dentalviewer.tooth_assignment import NO_TOOTH_DETECTOR

    installed = InstalledDetectors(detectors_folder())
    name = installed.tooth_detector()
    if not name:
        raise ModelError(Path("teeth"), NO_TOOTH_DETECTOR)
    return run_crops(args, lambda: installed.load(name), reviews_folder())


def add_train(parser: ArgumentParser) -> None:
    from dentalviewer.detection.commands.train_arguments import add_train_arguments

    add_train_arguments(parser)


def train(args: Namespace) -> int:
    from dentalviewer.detection.commands.train_command import run_train
    from dentalviewer.detection.inference.priority import be_supervised

    be_supervised()
    return run_train(
        args,
        user_folder=reviews_folder(),
        detectors_folder=detectors_folder(),
        aliases=own_aliases(),
    )


def add_compare(parser: ArgumentParser) -> None:
    from dentalviewer.detection.commands.compare_command import add_compare_arguments

    add_compare_arguments(parser)


def compare(args: Namespace) -> int:
    from dentalviewer.detection.commands.compare_command import run_compare
    from dentalviewer.detection.inference.memory import keep_freed_memory
    from dentalviewer.detection.inference.priority import be_supervised

    be_supervised()
    keep_freed_memory()
    return run_compare(
        args,
        user_folder=reviews_folder(),
        detectors_folder=detectors_folder(),
        aliases=own_aliases(),
    )


def add_assess(parser: ArgumentParser) -> None:
    from dentalviewer.detection.commands.assess_command import add_assess_arguments

    add_assess_arguments(parser)


def assess(args: Namespace) -> int:
    from dentalviewer.detection.commands.assess_command import run_assess
    from dentalviewer.detection.inference.memory import keep_freed_memory
    from dentalviewer.detection.inference.priority import be_supervised

    be_supervised()
    keep_freed_memory()
    return run_assess(
        args,
        user_folder=reviews_folder(),
        detectors_folder=detectors_folder(),
        aliases=own_aliases(),
    )


def add_ensemble(parser: ArgumentParser) -> None:
    from dentalviewer.detection.commands.ensemble_command import add_ensemble_arguments

    add_ensemble_arguments(parser)


def ensemble(args: Namespace) -> int:
    from dentalviewer.detection.commands.ensemble_command import run_ensemble
    from dentalviewer.detection.inference.memory import keep_freed_memory

    keep_freed_memory()
    return run_ensemble(
        args,
        user_folder=reviews_folder(),
        detectors_folder=detectors_folder(),
        aliases=own_aliases(),
    )


def add_export(parser: ArgumentParser) -> None:
    from dentalviewer.detection.commands.export_command import add_export_arguments

    add_export_arguments(parser)


def export(args: Namespace) -> int:
    from dentalviewer.detection.commands.export_command import run_export

    return run_export(args, detectors_folder())
