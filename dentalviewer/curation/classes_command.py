"""`dentalviewer classes`: what the reader of a terminal types and sees."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from dentalviewer.curation.class_journal import (
    Outcome,
    apply_plan,
    finish,
    journals,
    roll_back,
    spoken,
)
from dentalviewer.curation.class_renaming import Request, request_of
from dentalviewer.curation.classes import (
    ClassPlan,
    FileChange,
    ProjectClasses,
    plan_change,
    project_root,
    read_project_classes,
)
from dentalviewer.errors import DentalViewerError
from dentalviewer.formats.class_names import ClassChange
from dentalviewer.labels import DEFAULT_ALIASES, KNOWN_LABELS
from dentalviewer.phrases import counted


def add_classes_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help="the folder of a project"
    )
    for option, example, what in (
        ("--rename", "OLD=NEW", "give a class another name; two with one name are one"),
        ("--color", "CLASS=#RRGGBB", "the color of a class"),
        ("--alias", "NAME=CLASS", "a name in files that means one of the classes"),
    ):
        parser.add_argument(
            option,
            action="append",
            default=[],
            type=_pair,
            metavar=example,
            help=f"{what}; may be given several times",
        )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="say what would change; change nothing",
    )
    parser.add_argument("--undo", action="store_true", help="take the last change back")
    parser.add_argument(
        "--finish", action="store_true", help="do the rest of a change that was cut off"
    )


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise ArgumentTypeError(f"not two names with = between: {text}")
    return name.strip(), value.strip()


def run_classes(
    args: Namespace, user_folder: Path, aliases: Mapping[str, str] = DEFAULT_ALIASES
) -> int:
    """List the classes, or change them; 0, or 1 if some files failed. `aliases` are the
    user's own names for classes.

    Raises DentalViewerError if nothing can be done.
    """
    if args.undo or args.finish:
        return _settle(project_root(args.folder), undo=args.undo)
    classes = read_project_classes(
        args.folder, user_folder=user_folder, aliases=aliases
    )
    _tell(classes.failures)
    if not (args.rename or args.color or args.alias):
        _list(classes)
        return 1 if classes.failures else 0
    _refuse_while_unfinished(classes.root)
    colors = dict(args.color)
    for color in colors.values():
        if re.fullmatch("#[0-9a-fA-F]{6}", color) is None:
            raise DentalViewerError(f"not a color such as #56b4e9: {color}")
    plan = _plan(classes, dict(args.rename), colors, dict(args.alias))
    named = {*colors, *dict(args.alias).values()} - set(dict(args.rename).values())
    for name in _unknown(classes, named):
        print(f"no file of the project has a class {name}: is it meant?")
    _preview(plan)
    if args.dry_run or not plan.changes:
        return 1 if plan.failures else 0
    outcome = apply_plan(plan, said(plan.request))
    return _report(outcome, f"Changed {counted(outcome.written, 'file')}")


def _plan(
    classes: ProjectClasses,
    names: dict[str, str],
    colors: dict[str, str],
    aliases: dict[str, str],
) -> ClassPlan:
    unknown = names.keys() - {row.name for row in classes.rows}
    if unknown:
        raise DentalViewerError(f"there is no class {', '.join(sorted(unknown))}")
    # Boxes have the color of the class that they are shown as.
    shown = {r.shown_as: colors[r.name] for r in classes.rows if r.name in colors}
    colors = {**shown, **colors}
    settings = classes.settings
    request = request_of(
        ClassChange(names, colors),
        replace(settings, aliases={**settings.aliases, **aliases}),
        occurring=classes.occurring,
        aliases=classes.aliases,
        when=datetime.now(UTC),
    )
    return plan_change(classes, request)


def _unknown(classes: ProjectClasses, names: Collection[str]) -> list[str]:
    """Those that are neither in a file nor of the program's own."""
    known = {name for row in classes.rows for name in (row.name, row.shown_as)}
    return sorted({*names} - known - {*KNOWN_LABELS})


def said(request: Request) -> str:
    """The change in words, for the journal and for whoever undoes it."""
    names = [f"{old} is now {new}" for old, new in request.change.names.items()]
    colors = [f"{name} has another color" for name in request.change.colors]
    return "; ".join([*names, *colors]) or "other names that mean a class"


def _settle(root: Path, *, undo: bool) -> int:
    found = journals(root)
    wanted = found if undo else [each for each in found if each.unfinished]
    if not wanted:
        what = "undo" if undo else "finish"
        raise DentalViewerError(f"there is no change to {what} in {root}")
    newest = wanted[0]
    print(f"{spoken(newest.when)}: {newest.what}")
    outcome = roll_back(newest) if undo else finish(newest)
    done = "Restored" if undo else "Changed"
    return _report(outcome, f"{done} {counted(outcome.written, 'file')}")


def _refuse_while_unfinished(root: Path) -> None:
    for journal in journals(root):
        if journal.unfinished:
            raise DentalViewerError(
                f"a change of {spoken(journal.when)} was cut off ({journal.what});"
                " use --finish or --undo first"
            )


def _list(classes: ProjectClasses) -> None:
    print(f"{'findings':>8} {'reviews':>8} {'files':>6}  color    class")
    for row in classes.rows:
        means = f" (means {row.shown_as})" if row.shown_as != row.name else ""
        print(
            f"{row.findings:8} {row.reviewed:8} {row.files:6}  {row.color}"
            f"  {row.name}{means}"
        )


def _preview(plan: ClassPlan) -> None:
    print(
        f"{counted(plan.findings, 'finding')} in {counted(len(plan.changes), 'file')}"
    )
    for change in plan.changes:
        verb = (
            "new" if change.before is None else "gone" if change.after is None else ""
        )
        count = counted(change.findings, "finding") if change.findings else ""
        print(f"  {change.path}: {count or verb or 'lists'}")
    for note in plan.request.notes:
        print(f"note: {note}")
    _tell(plan.failures)


def what_of(change: FileChange) -> str:
    """What happens to a file, in a word or two."""
    if change.before is None:
        return "new"
    if change.after is None:
        return "goes"
    if not change.findings:
        return "list of classes"
    return counted(change.findings, "finding")


def _report(outcome: Outcome, done: str) -> int:
    print(done)
    _tell(outcome.failures)
    return 1 if outcome.failures else 0


def _tell(failures: Sequence[str]) -> None:
    for failure in failures:
        print(f"failed: {failure}", file=sys.stderr)
