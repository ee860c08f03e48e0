"""The commands, in the order in which they are told of.

This is where the window meets the detectors. What is typed after a command stands
beside what does it, in `*_command.py`; here both get the user's own folders and
preferences. Nothing heavy is imported before it is known to be needed.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass

from dentalviewer.commands import annotation_sets, detecting, reviewing

__all__ = ["COMMANDS", "Command"]


@dataclass(frozen=True, slots=True)
class Command:
    """`run` returns the exit status of what was typed, as `add_arguments` has it."""

    name: str
    summary: str
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]


COMMANDS = (
    Command("view", "open the window", reviewing.add_view, reviewing.view),
    Command(
        "detect",
        "examine radiographs and save the findings",
        detecting.add_detect,
        detecting.detect,
    ),
    Command(
        "crops",
        "cut the teeth out, each as a picture",
        detecting.add_crops,
        detecting.crops,
    ),
    Command(
        "report", "write the report of a review", reviewing.add_report, reviewing.report
    ),
    Command(
        "convert",
        "turn annotations into another format",
        annotation_sets.add_convert,
        annotation_sets.convert,
    ),
    Command(
        "merge",
        "make several annotation sets into one",
        annotation_sets.add_merge,
        annotation_sets.merge,
    ),
    Command(
        "classes",
        "list or change the classes of a project",
        annotation_sets.add_classes,
        annotation_sets.classes,
    ),
    Command(
        "export-training",
        "write what was accepted in reviews as a set to train on",
        annotation_sets.add_export_training,
        annotation_sets.export_training,
    ),
    Command(
        "train",
        "train a detector on annotated radiographs",
        detecting.add_train,
        detecting.train,
    ),
    Command(
        "compare",
        "compare two detectors on one set",
        detecting.add_compare,
        detecting.compare,
    ),
    Command(
        "assess",
        "measure a detector on a set as it is and altered",
        detecting.add_assess,
        detecting.assess,
    ),
    Command(
        "ensemble",
        "make one detector of several",
        detecting.add_ensemble,
        detecting.ensemble,
    ),
    Command(
        "export",
        "write a detector for use elsewhere",
        detecting.add_export,
        detecting.export,
    ),
    Command(
        "evaluate",
        "measure predictions against the truth",
        annotation_sets.add_evaluate,
        annotation_sets.evaluate,
    ),
    Command(
        "agreement",
        "compare readers and detectors",
        annotation_sets.add_agreement,
        annotation_sets.agreement,
    ),
    Command(
        "audit",
        "list labels that a detector contradicts",
        annotation_sets.add_audit,
        annotation_sets.audit,
    ),
)
