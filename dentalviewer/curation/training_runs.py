"""Trainings that were begun: what was asked for, how far they are, what is missing."""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path

from dentalviewer.errors import FileError
from dentalviewer.formats._image_names import safe_file_name
from dentalviewer.storage.files import write_atomically
from dentalviewer.storage.json_object import JsonObject, read_json

PLAN_FILE = "plan.json"
CURVES_FILE = "curves.csv"
CHECKPOINT_FILE = "checkpoint.pt"
CARD_FILE = "card.json"
# By which a run knows its own detector from another of that name.
PUBLISHED_FILE = "published.sha256"
# Ended by the clock, so that there are always epochs left.
EPOCHS_UNTIL = 1000
# How `train` begins the sentence that nothing was gained, by which a window knows it.
NO_EPOCH_BETTER = "No epoch did better than"
# Of the extra `train`, without which hours would be spent for nothing.
NEEDED_PACKAGES = ("tqdm", "pycocotools", "matplotlib")


@dataclass(frozen=True, slots=True)
class SplitPlan:
    """The pattern that names patients, if any, and whether the split is three ways."""

    patients: str = ""
    three_way: bool = False

    @property
    def arguments(self) -> list[str]:
        """As the commands take it."""
        # In one word: a pattern may begin with a hyphen.
        named = [f"--patients={self.patients}"] if self.patients else []
        return [*named, "--three-way"] if self.three_way else named


@dataclass(frozen=True, slots=True)
class ComparisonPlan:
    """Two detectors, by name, and the set whose held out radiographs they examine."""

    first: str
    second: str
    data: str
    split: SplitPlan = field(default_factory=SplitPlan)


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """A training as asked for in the window.

    `start` is the name of the detector that is trained further, `data` an annotated
    set. It ends after so many `epochs` or, if there is an `until`, then, however often
    it was stopped. A set that is not split yet is split as `split` says.
    """

    name: str
    start: str
    data: str
    epochs: int
    until: datetime | None = None
    split: SplitPlan = field(default_factory=SplitPlan)


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """A plan with its folder, and where its detector goes."""

    plan: TrainingPlan
    folder: Path
    output: Path

    @property
    def has_checkpoint(self) -> bool:
        return (self.folder / CHECKPOINT_FILE).is_file()

    @property
    def curves(self) -> Path:
        return self.folder / CURVES_FILE

    @property
    def epochs_done(self) -> int:
        """Those that it can be gone on from."""
        rows = read_curves(self.curves) if self.has_checkpoint else []
        return int(rows[-1].get("epoch", 0)) if rows else 0

    @property
    def is_published(self) -> bool:
        """Whether the detector at `output` is the one that this run wrote."""
        try:
            card = (self.output / CARD_FILE).read_bytes()
            noted = (self.folder / PUBLISHED_FILE).read_text(encoding="ascii")
        except (OSError, ValueError):
            return False
        return noted == _digest(card)

    def time_is_up(self, now: datetime) -> bool:
        return self.plan.until is not None and self.plan.until <= now


def note_published(folder: Path, card: bytes, *, error: type[FileError]) -> None:
    """Before a run writes its detector: where that fails, the note is of none.

    Raises `error`.
    """
    write_atomically(folder / PUBLISHED_FILE, _digest(card).encode(), error=error)


def _digest(card: bytes) -> str:
    return hashlib.sha256(card).hexdigest()


def run_of(plan: TrainingPlan, user_folder: Path) -> TrainingRun:
    """Where a run keeps its things; its detector is installed where it is written."""
    return TrainingRun(
        plan, user_folder / "runs" / plan.name, user_folder / "detectors" / plan.name
    )


def begin_run(run: TrainingRun) -> None:
    """Write the plan down. Raises FileError."""
    try:
        run.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(run.folder, f"cannot be made: {error.strerror}") from error
    until = run.plan.until.isoformat() if run.plan.until else ""
    plan = {**asdict(run.plan), "until": until}
    content = json.dumps(plan, indent=1, ensure_ascii=False)
    write_atomically(run.folder / PLAN_FILE, content.encode())


def unfinished_runs(user_folder: Path) -> list[TrainingRun]:
    """Those that can be gone on with unless a window trains them, the newest first.

    A run that is finished has no checkpoint any more, one that failed before its first
    epoch has none yet. What cannot be read is passed over.
    """
    return [
        run
        for run in begun_runs(user_folder)
        if run.has_checkpoint and not run.output.exists()
    ]


def tidy_up_finished(user_folder: Path) -> None:
    """Runs whose detector is there are over, also where nobody saw them end: were it
    removed one day, they would seem to have been stopped. Another detector of that name
    ends none.
    """
    for run in begun_runs(user_folder):
        if run.has_checkpoint and run.is_published:
            tidy_up(run)


def begun_runs(user_folder: Path) -> list[TrainingRun]:
    """All, finished or not, the newest first."""
    found: list[tuple[float, TrainingRun]] = []
    for path in (user_folder / "runs").glob(f"*/{PLAN_FILE}"):
        try:
            run = run_of(_read_plan(path), user_folder)
            changed = path.stat().st_mtime
        except (FileError, OSError):
            continue
        if run.folder == path.parent:
            found.append((changed, run))
    return [run for _, run in sorted(found, key=lambda each: each[0], reverse=True)]


def _read_plan(path: Path) -> TrainingPlan:
    content = JsonObject.of(path, read_json(path, error=FileError), FileError)
    return TrainingPlan(
        content.text("name"),
        content.text("start"),
        content.text("data"),
        content.whole_number("epochs"),
        _read_until(path, content.text("until")),
        _read_split(content.object("split")) if content.has("split") else SplitPlan(),
    )


def _read_until(path: Path, text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError as error:
        raise FileError(path, f"{text} is not a time") from error


def _read_split(content: JsonObject) -> SplitPlan:
    return SplitPlan(content.text("patients"), content.value("three_way") is True)


def split_of(names: Iterable[str], data: str, user_folder: Path) -> SplitPlan:
    """How the set was split when one of the detectors was trained with it."""
    for name in names:
        try:
            plan = _read_plan(user_folder / "runs" / name / PLAN_FILE)
        except FileError:
            continue
        if plan.data == data:
            return plan.split
    return SplitPlan()


def discard_run(run: TrainingRun) -> None:
    """Delete what a run keeps; its detector, if there is one, stays."""
    shutil.rmtree(run.folder, ignore_errors=True)


def tidy_up(run: TrainingRun) -> None:
    """Delete what only an unfinished run needs; the curves stay, and so does what
    somebody has open, until the next time.
    """
    # The checkpoint, and the weights of the epochs that did best.
    for path in run.folder.glob("*.pt"):
        with suppress(OSError):
            path.unlink()


def train_arguments(run: TrainingRun) -> list[str]:
    """What to type after `dentalviewer` to begin the run, or to go on with it."""
    plan = run.plan
    arguments = ["train", "--data", plan.data, *plan.split.arguments]
    arguments += ["--from", plan.start]
    arguments += ["--output", str(run.output), "--run-folder", str(run.folder)]
    if plan.until:
        arguments += ["--epochs", str(EPOCHS_UNTIL)]
        arguments += ["--until", plan.until.isoformat()]
    else:
        arguments += ["--epochs", str(plan.epochs)]
    arguments += ["--threads", str(max(2, (os.cpu_count() or 2) // 2))]
    if run.has_checkpoint:
        arguments.append("--resume")
    return arguments


def compare_arguments(plan: ComparisonPlan, result: Path) -> list[str]:
    """What to type after `dentalviewer` to have `result` written."""
    arguments = ["compare", plan.first, plan.second, "--data", plan.data]
    return [*arguments, *plan.split.arguments, "--output", str(result)]


def next_time(clock: time, now: datetime) -> datetime:
    """When a clock shows that next after `now`."""
    wanted = datetime.combine(now.date(), clock, now.tzinfo)
    return wanted if wanted > now else wanted + timedelta(days=1)


def told_time(until: datetime, now: datetime) -> str:
    """Such as "22:30", or "06:00 tomorrow"."""
    days = (until.date() - now.date()).days
    near = {-1: " yesterday", 0: "", 1: " tomorrow"}
    return f"{until:%H:%M}{near.get(days, f' on {until.date().isoformat()}')}"


def told_epochs(done: int) -> str:
    return "1 epoch is done" if done == 1 else f"{done or 'No'} epochs are done"


def read_curves(path: Path) -> list[Mapping[str, float]]:
    """The rows of a run's curves by epoch; none where there are none yet."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [
                {name: float(value) for name, value in row.items() if value}
                for row in csv.DictReader(file)
            ]
    except (OSError, ValueError, TypeError, AttributeError):
        return []


def missing_packages() -> tuple[str, ...]:
    """Those that a training needs and that are not installed."""
    return tuple(n for n in NEEDED_PACKAGES if importlib.util.find_spec(n) is None)


def name_fault(
    name: str,
    detectors: Sequence[str],
    stopped: Sequence[str] = (),
    elsewhere: Sequence[str] = (),
) -> str:
    """Why a new detector cannot be called that; empty if it can.

    Names are taken by `detectors`, and by trainings that were `stopped` or that go on
    `elsewhere`, in other windows.
    """
    if not name.strip():
        return "The new detector needs a name."
    if name.startswith("-") or name != safe_file_name(name):
        return (
            'Its name is that of a folder: without / \\ : * ? " < > |, no dot first or'
            " last, and none that Windows keeps for itself, such as CON."
        )
    folded = name.casefold()
    if folded in map(str.casefold, detectors):
        return f"There is a detector called {name} already."
    if folded in map(str.casefold, elsewhere):
        return f"{name} is being trained in another window: choose another name."
    if folded in map(str.casefold, stopped):
        return (
            f"A training of {name} was stopped: go on with it, discard it, or choose"
            " another name."
        )
    return ""
