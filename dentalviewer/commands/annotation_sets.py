"""Writing annotation sets, making one of several, and measuring by them."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from dentalviewer.commands.own import detectors_folder, own_aliases
from dentalviewer.resources import reviews_folder


def add_convert(parser: ArgumentParser) -> None:
    from dentalviewer.formats.convert_command import add_convert_arguments

    add_convert_arguments(parser)


def convert(args: Namespace) -> int:
    from dentalviewer.formats.convert_command import run_convert

    return run_convert(args, reviews_folder())


def add_merge(parser: ArgumentParser) -> None:
    from dentalviewer.curation.merge_command import add_merge_arguments

    add_merge_arguments(parser)


def merge(args: Namespace) -> int:
    from dentalviewer.curation.merge_command import run_merge

    return run_merge(args, own_aliases())


def add_classes(parser: ArgumentParser) -> None:
    from dentalviewer.curation.classes_command import add_classes_arguments

    add_classes_arguments(parser)


def classes(args: Namespace) -> int:
    from dentalviewer.curation.classes_command import run_classes

    return run_classes(args, reviews_folder(), own_aliases())


def add_export_training(parser: ArgumentParser) -> None:
    from dentalviewer.curation.export_training_command import (
        add_export_training_arguments,
    )

    add_export_training_arguments(parser)


def export_training(args: Namespace) -> int:
    from dentalviewer.curation.export_training_command import run_export_training

    return run_export_training(args, reviews_folder(), own_aliases())


def add_evaluate(parser: ArgumentParser) -> None:
    from dentalviewer.evaluation.evaluate_command import add_evaluate_arguments

    add_evaluate_arguments(parser)


def evaluate(args: Namespace) -> int:
    from dentalviewer.detection.inference.catalogue import InstalledDetectors
    from dentalviewer.evaluation.evaluate_command import run_evaluate

    catalogue = InstalledDetectors(detectors_folder())
    return run_evaluate(args, catalogue.signature, own_aliases())


def add_agreement(parser: ArgumentParser) -> None:
    from dentalviewer.evaluation.agreement_command import add_agreement_arguments

    add_agreement_arguments(parser)


def agreement(args: Namespace) -> int:
    from dentalviewer.detection.inference.catalogue import InstalledDetectors
    from dentalviewer.evaluation.agreement_command import run_agreement

    catalogue = InstalledDetectors(detectors_folder())
    return run_agreement(args, catalogue.signature, own_aliases())


def add_audit(parser: ArgumentParser) -> None:
    from dentalviewer.curation.audit_command import add_audit_arguments

    add_audit_arguments(parser)


def audit(args: Namespace) -> int:
    from dentalviewer.curation.audit_command import run_audit

    return run_audit(args, own_aliases())
