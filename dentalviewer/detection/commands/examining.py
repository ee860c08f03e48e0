"""Having detectors examine many radiographs, and going on where they were stopped.

Importing this module does not import torch.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from dentalviewer.detection.commands.unfinished_run import Answers, UnfinishedRun
from dentalviewer.detection.inference.crew import hands, in_order
from dentalviewer.detector import Detector
from dentalviewer.errors import DentalViewerError
from dentalviewer.phrases import counted
from dentalviewer.radiograph import Radiograph, read_radiograph
from dentalviewer.worklist.predictions import picture_stamp

Outcome = tuple[Radiograph, Answers] | DentalViewerError


def examine(
    paths: Sequence[Path],
    detectors: Sequence[Detector],
    run: UnfinishedRun | None = None,
) -> Generator[tuple[Path, Outcome]]:
    """Each path with its radiograph and what each detector finds, or what went wrong.

    Several at once where there are many: while one is decoded or prepared, the network
    works on another. What a `run` has is not asked again; what is new, it keeps.
    """

    def look(path: Path) -> tuple[Path, Outcome]:
        try:
            stamp = picture_stamp(path)
            radiograph = read_radiograph(path)
            known = None if run is None else run.answers(path)
            if known is not None:
                return path, (radiograph, known)
            answers = tuple(d.detect(radiograph) for d in detectors)
            if run is not None:
                run.keep(path, answers, stamp)
            return path, (radiograph, answers)
        except DentalViewerError as error:
            return path, error

    yield from in_order(look, paths, max(min(hands(), len(paths)), 1))


@contextmanager
def examined_going_on(
    paths: Sequence[Path],
    detector: Detector,
    tooth_detector: Detector | None,
    unfinished: Path,
) -> Iterator[Iterator[tuple[Path, Outcome]]]:
    """As `examine`; where what is done within does not come to its end, the next run
    goes on with what was found until then, kept in the file `unfinished`. Both are
    told.
    """
    asked = [detector] if tooth_detector is None else [detector, tooth_detector]
    with closing(UnfinishedRun(unfinished, detector, tooth_detector)) as run:
        if done := run.done(paths):
            print(f"Going on with a run that was stopped: {_of(done, paths)} examined")
        examined = examine(paths, asked, run)
        try:
            yield examined
        except (KeyboardInterrupt, Exception):
            # What is in work is finished first.
            examined.close()
            if done := run.done(paths):
                print(
                    f"{_of(done, paths)} examined; the same command goes on from there",
                    file=sys.stderr,
                )
            raise
        run.finish()


def _of(done: int, paths: Sequence[Path]) -> str:
    return f"{done} of {counted(len(paths), 'radiograph')}"
