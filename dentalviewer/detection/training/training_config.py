"""What decides how a training goes. Importing this module does not import torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from dentalviewer.curation.training_runs import EPOCHS_UNTIL
from dentalviewer.detection.augmenting.augmentation import Augmentation
from dentalviewer.detection.label_sets import TEETH, TREATMENTS
from dentalviewer.detection.sets.dataset import named_sets
from dentalviewer.geometry import Size
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.patients import PatientPattern
from dentalviewer.phrases import counted

INPUT_SIZE = Size(704, 384)
NOT_STATED = "not stated"


@dataclass(frozen=True, slots=True)
class Rights:
    """What the model card says of the data, and of faults that are known beforehand."""

    licence: str = NOT_STATED
    attribution: str = NOT_STATED
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """Everything that decides how a run goes.

    `data` are sets that read_learning_sets takes; with `reviews`, the folder where
    reviews lie that fit nowhere else, only what was accepted is learned. What
    `patient_pattern` finds in a path names the patient; split `three_way`, a set leaves
    something for comparing. `run_folder` keeps checkpoint
    and curves. The labels that are learned from are put right by the list in
    `label_faults`; `aliases` are the user's other names for classes. `start` is the
    folder of a detector that is trained further, with its architecture, default boxes
    and arch locator; otherwise `backbone` is the safetensors file of ImageNet weights
    or the folder of a detector whose backbone and arch locator are taken, None for
    random ones. `architecture_options` are further arguments of the architecture; those
    not given are the start's or the default. With `teeth_output`, teeth are learned
    along with treatments, or alone where there is no `output`; from those of the
    detector in `teeth_start`, if there is one. A locator is trained where teeth are
    annotated; without one the whole radiograph is shown.

    Learning rates are the highest of a one-cycle schedule (Smith & Topin 2019) or of
    several `cycles`, whose ends may be averaged (Izmailov et al., UAI 2018). It ends
    after `epochs` or, where that is sooner, after `deadline_minutes`, of which a
    run that is resumed has used some, or at the time `until`, also when it is resumed;
    or after `patience` epochs without a better score. Under torchrun `batch_size` is
    that of each process.
    """

    data: tuple[Path, ...]
    output: Path | None
    run_folder: Path
    teeth_output: Path | None = None
    reviews: Path | None = None
    patient_pattern: PatientPattern | None = None
    three_way: bool = False
    label_faults: Path | None = None
    aliases: Mapping[str, str] = field(default_factory=lambda: DEFAULT_ALIASES)
    start: Path | None = None
    teeth_start: Path | None = None
    architecture: str = "ssd_mobilenet"
    architecture_options: Mapping[str, Any] = field(default_factory=dict)
    backbone: Path | None = None
    input_size: Size = INPUT_SIZE
    epochs: int = 100
    cycles: int = 1
    locator_epochs: int = 40
    batch_size: int = 6
    learning_rate: float = 1e-3
    backbone_learning_rate: float = 4e-4
    weight_decay: float = 0.02
    average_decay: float = 0.998
    seed: int = 0
    threads: int = 2
    resume: bool = False
    deadline_minutes: float | None = None
    until: datetime | None = None
    patience: int | None = None
    mixed_precision: bool = True
    augmentation: Augmentation = field(default_factory=Augmentation)
    rights: Rights = field(default_factory=Rights)

    @property
    def label_sets(self) -> tuple[str, ...]:
        return tuple(self.outputs)

    @property
    def outputs(self) -> dict[str, Path]:
        """Where the detector of each label set is written, the leading one first."""
        folders = {TREATMENTS: self.output, TEETH: self.teeth_output}
        return {name: folder for name, folder in folders.items() if folder is not None}

    @property
    def leading(self) -> str:
        """The label set whose radiographs are learned from, and whose start leads."""
        return self.label_sets[0]

    @property
    def starts(self) -> dict[str, Path]:
        """The folders of the detectors that are trained further, likewise."""
        folders = {TREATMENTS: self.start, TEETH: self.teeth_start}
        return {
            name: folder
            for name, folder in folders.items()
            if folder is not None and name in self.outputs
        }

    @property
    def cycle(self) -> str:
        """What the schedule is over, in words: its time where that is limited."""
        epochs = counted(self.epochs, "epoch")
        if self.deadline_minutes is None:
            return epochs
        minutes = max(round(self.deadline_minutes), 1)
        time = counted(minutes, "minute")
        if self.epochs >= EPOCHS_UNTIL:
            return time
        return f"{time}, or {epochs} if they are done sooner"

    @property
    def data_name(self) -> str:
        return named_sets(self.data)
