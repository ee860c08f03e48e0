"""Where a run keeps its things and writes its detectors."""

from __future__ import annotations

from dentalviewer.detection.cards.model_folder import require_place_for
from dentalviewer.detection.training.checkpoints import forget_kept
from dentalviewer.detection.training.training_config import TrainingConfig
from dentalviewer.errors import ModelError


def require_places(config: TrainingConfig) -> None:
    """Before hours of work that could not be written.

    Raises ModelError where it could not be, or would cost what is there.
    """
    for folder in config.outputs.values():
        require_place_for(folder, beside=True)
    require_place_for(config.run_folder, beside=False)
    _require_apart(config)


def _require_apart(config: TrainingConfig) -> None:
    """A detector replaces its folder, and with it whatever else would lie there."""
    output, teeth, run = config.output, config.teeth_output, config.run_folder
    for outer, *others in ((output, teeth, run), (teeth, output, run)):
        for inner in others:
            if outer and inner and inner.resolve().is_relative_to(outer.resolve()):
                fault = f"is or lies in {outer}, where a detector is written"
                raise ModelError(inner, f"{fault}: choose another folder")


def make_run_folder(config: TrainingConfig) -> None:
    """Not before the data are known to be of use. Raises ModelError."""
    if config.resume:
        return
    forget_kept(config.run_folder)
    try:
        config.run_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fault = f"cannot be made: {error.strerror}"
        raise ModelError(config.run_folder, fault) from error
