"""Carries a plan out, so that it can be undone, or finished after the program died.

Everything is staged in a hidden folder of the project first: each file as it was and
as it is to be. Only then are files replaced, each at once. Until all are, the journal
says so, and another run can finish the work or roll it back.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from dentalviewer.curation.classes import (
    ClassPlan,
    FileChange,
    Progress,
    digest,
    drafts,
)
from dentalviewer.errors import AnnotationFileError, FileError
from dentalviewer.formats._image_names import same_name
from dentalviewer.storage.files import read_bytes, write_atomically
from dentalviewer.storage.json_object import JsonObject, read_json

FOLDER = ".dentalviewer-classes"
JOURNAL = "journal.json"
FORMAT = "dentalviewer class journal"
MAX_BYTES = 512 * 1024 * 1024
# Older changes cannot be undone any more.
KEPT = 5


class Stage(StrEnum):
    """`STAGING` has touched no file of the project yet."""

    STAGING = "staging"
    APPLYING = "applying"
    DONE = "done"
    UNDOING = "undoing"


@dataclass(frozen=True, slots=True)
class Journal:
    """One change of classes, on disk; `when` as ISO 8601, `what` for a reader."""

    folder: Path
    root: Path
    stage: Stage
    what: str
    when: str
    changes: tuple[FileChange, ...] = ()

    @property
    def unfinished(self) -> bool:
        return self.stage in (Stage.APPLYING, Stage.UNDOING)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many files were written, and why some were not."""

    journal: Journal
    written: int
    failures: tuple[str, ...] = ()


def apply_plan(
    plan: ClassPlan, what: str, *, tell: Progress = lambda _done, _of: None
) -> Outcome:
    """Make the change. What `tell` raises ends it and leaves everything as it was.

    Faults of single files are among the failures, and the others are done. Raises
    AnnotationFileError if the journal cannot be written, or a file is no longer as it
    was planned.
    """
    journal = _staged(plan, what, tell)
    try:
        outcome = _replace_all(journal, tell)
    except BaseException:
        roll_back(journal)
        raise
    _forget_old(journal.root)
    return outcome


def finish(journal: Journal, *, tell: Progress = lambda _done, _of: None) -> Outcome:
    """Do the rest of a change that was interrupted."""
    return _replace_all(journal, tell)


def roll_back(journal: Journal, *, tell: Progress = lambda _done, _of: None) -> Outcome:
    """Make every file what it was before the change: undo.

    A file that was changed since is left alone, and is among the failures; then the
    journal is kept.
    """
    if journal.stage is not Stage.STAGING:
        journal = _recorded(journal, Stage.UNDOING)
    written, failures = 0, []
    for index in range(len(journal.changes)):
        tell(index, len(journal.changes))
        try:
            written += _put(journal, index, undo=True)
        except FileError as fault:
            failures.append(str(fault))
    if not failures:
        shutil.rmtree(journal.folder, ignore_errors=True)
    else:
        journal = _recorded(journal, Stage.DONE)
    return Outcome(journal, written, tuple(failures))


def journals(root: Path) -> list[Journal]:
    """The changes of a project that can be undone or are unfinished, newest first.

    What was staged and never begun is cleared away. Raises AnnotationFileError if a
    journal is damaged.
    """
    found = []
    folder = root / FOLDER
    for place in sorted(folder.iterdir() if folder.is_dir() else [], reverse=True):
        if not (place / JOURNAL).is_file():
            continue
        journal = _read(root, place)
        if journal.stage is Stage.STAGING:
            shutil.rmtree(place, ignore_errors=True)
        else:
            found.append(journal)
    return found


def _staged(plan: ClassPlan, what: str, tell: Progress) -> Journal:
    root = plan.classes.root
    when = plan.request.when.isoformat(timespec="seconds")
    # In their order, of two within a second as well.
    moment = plan.request.when.astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")
    name = f"{moment}-{secrets.token_hex(3)}"
    journal = Journal(root / FOLDER / name, root, Stage.STAGING, what, when)
    try:
        journal.folder.mkdir(parents=True)
        _write(journal)
        failures: list[str] = []
        total = 2 * len(plan.changes)
        found = []
        for index, draft in enumerate(drafts(plan.classes, plan.request, failures)):
            tell(index, total)
            for suffix, content in (("before", draft.before), ("after", draft.after)):
                if content is not None:
                    place = journal.folder / f"{index}.{suffix}"
                    write_atomically(
                        place, content, error=AnnotationFileError, lasting=False
                    )
            before, after = digest(draft.before), digest(draft.after)
            found.append(FileChange(draft.path, before, after, draft.findings))
        if tuple(found) != plan.changes:
            raise AnnotationFileError(
                root, "files have changed since the preview; nothing was written"
            )
        return _recorded(
            Journal(journal.folder, root, Stage.STAGING, what, when, tuple(found)),
            Stage.APPLYING,
        )
    except OSError as fault:
        shutil.rmtree(journal.folder, ignore_errors=True)
        reason = fault.strerror or str(fault)
        raise AnnotationFileError(root, f"cannot be changed: {reason}") from fault
    except BaseException:
        shutil.rmtree(journal.folder, ignore_errors=True)
        raise


def _replace_all(journal: Journal, tell: Progress) -> Outcome:
    written, failures = 0, []
    total = 2 * len(journal.changes)
    for index in range(len(journal.changes)):
        tell(len(journal.changes) + index, total)
        try:
            written += _put(journal, index, undo=False)
        except FileError as fault:
            failures.append(str(fault))
    return Outcome(_recorded(journal, Stage.DONE), written, tuple(failures))


def _put(journal: Journal, index: int, *, undo: bool) -> bool:
    """Replace one file; whether that was still to be done.

    Raises AnnotationFileError if somebody else changed it, or it cannot be written.
    """
    change = journal.changes[index]
    staged = journal.folder / f"{index}.{'before' if undo else 'after'}"
    old, new = change.before, change.after
    if undo:
        old, new = new, old
    found = _digest_of(change.path)
    if found == new:
        return False
    if found != old:
        raise AnnotationFileError(
            change.path, "somebody else has changed it meanwhile; it is left alone"
        )
    if new is None:
        try:
            if (other := _other_case(journal, change.path)) is not None:
                os.rename(change.path, other)
            else:
                change.path.unlink()
        except OSError as fault:
            reason = fault.strerror or str(fault)
            raise AnnotationFileError(
                change.path, f"cannot be removed: {reason}"
            ) from fault
        return True
    content = read_bytes(staged, error=AnnotationFileError, max_bytes=MAX_BYTES)
    write_atomically(change.path, content, error=AnnotationFileError, lasting=False)
    return True


def _other_case(journal: Journal, path: Path) -> Path | None:
    """Another path of the change that is this very file, on a disk that takes capitals
    and small letters for one.
    """
    alike = [
        each.path for each in journal.changes if same_name(str(each.path), str(path))
    ]
    return next(
        (p for p in alike if p != path and p.exists() and p.samefile(path)), None
    )


def _digest_of(path: Path) -> str | None:
    if not path.exists():
        return None
    return digest(read_bytes(path, error=AnnotationFileError, max_bytes=MAX_BYTES))


def _recorded(journal: Journal, stage: Stage) -> Journal:
    changed = Journal(
        journal.folder,
        journal.root,
        stage,
        journal.what,
        journal.when,
        journal.changes,
    )
    _write(changed)
    return changed


def _write(journal: Journal) -> None:
    value = {
        "format": FORMAT,
        "version": 1,
        "stage": journal.stage.value,
        "what": journal.what,
        "when": journal.when,
        "changes": [
            {
                # From the project, which may be moved before it is undone.
                "path": seen_from(journal.root, change.path),
                "before": change.before,
                "after": change.after,
                "findings": change.findings,
            }
            for change in journal.changes
        ],
    }
    # What a path has that is no UTF-8 stays half characters, which escapes can write.
    content = json.dumps(value).encode()
    write_atomically(journal.folder / JOURNAL, content, error=AnnotationFileError)


def seen_from(root: Path, path: Path) -> str:
    """A path from a project on; the whole one where it cannot be told from there."""
    try:
        return os.path.relpath(path, root)
    except ValueError:  # On another drive of Windows.
        return str(path)


def _read(root: Path, folder: Path) -> Journal:
    path = folder / JOURNAL
    value = read_json(path, error=AnnotationFileError)
    journal = JsonObject.of(path, value, AnnotationFileError)
    if journal.text("format") != FORMAT or journal.whole_number("version") != 1:
        raise journal.fault("this is not a journal of class changes that can be read")
    changes = tuple(_changes(journal.objects("changes", "change"), root))
    return Journal(
        folder,
        root,
        Stage(journal.text("stage")),
        journal.text("what"),
        journal.text("when"),
        changes,
    )


def _changes(entries: Sequence[JsonObject], root: Path) -> Iterator[FileChange]:
    for entry in entries:
        yield FileChange(
            Path(os.path.normpath(root / entry.path_text("path"))),
            entry.text("before") if entry.has("before") else None,
            entry.text("after") if entry.has("after") else None,
            entry.whole_number("findings"),
        )


def _forget_old(root: Path) -> None:
    done = [each for each in journals(root) if not each.unfinished]
    for journal in done[KEPT:]:
        shutil.rmtree(journal.folder, ignore_errors=True)


def spoken(when: str) -> str:
    """The time of a journal for a reader, in the reader's own zone."""
    return f"{datetime.fromisoformat(when).astimezone():%d %B %Y, %H:%M}"
