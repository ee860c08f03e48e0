"""`dentalviewer evaluate`: what the reader of a terminal types and sees.

Importing this module imports neither pycocotools nor matplotlib.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dentalviewer.detector import DetectionSettings, select
from dentalviewer.errors import AnnotationFileError, DentalViewerError
from dentalviewer.evaluation.annotation_files import read_annotation_set
from dentalviewer.evaluation.annotation_set import AnnotationSet, Reading, aligned
from dentalviewer.evaluation.bootstrap import RESAMPLES, resample
from dentalviewer.evaluation.charts import draw_froc, draw_precision_recall
from dentalviewer.evaluation.common_classes import require_common_class
from dentalviewer.evaluation.comparison import (
    Contender,
    compare_detectors,
)
from dentalviewer.evaluation.comparison_report import (
    comparison_markdown,
    encode_comparison,
)
from dentalviewer.evaluation.curves import curves_of
from dentalviewer.evaluation.evaluation import DetectorEvaluation, evaluate
from dentalviewer.evaluation.evaluation_report import (
    caveat_on,
    evaluation_markdown,
    left_out_markdown,
)
from dentalviewer.evaluation.finding_teeth import (
    FindingTeeth,
    finding_teeth_markdown,
    score_finding_teeth,
)
from dentalviewer.evaluation.gallery import worst_cases, write_gallery
from dentalviewer.evaluation.label_faults import excused, read_label_faults
from dentalviewer.evaluation.settings_arguments import (
    SignatureOf,
    Wish,
    add_settings_arguments,
    note_on_settings,
    settings_for,
    wished_settings,
)
from dentalviewer.evaluation.tables import as_json
from dentalviewer.evaluation.tooth_scores import (
    ToothScores,
    are_teeth,
    score_teeth,
    tooth_table,
)
from dentalviewer.formats.class_settings import class_settings_of
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.phrases import counted
from dentalviewer.storage.files import make_folder, write_atomically
from dentalviewer.study import Finding


def add_evaluate_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "truth", type=Path, help="annotations that are taken to be right"
    )
    parser.add_argument(
        "predictions",
        type=Path,
        help="predictions.json of `detect --all`, which has every candidate that AP and"
        " FROC need; or of `detect`, COCO results, or any annotations. What they call"
        " uncertain counts as not made, and is missed where it was to be found; what"
        " the truth calls uncertain counts neither for nor against (unlike in"
        " `agreement`, where each may be uncertain)",
    )
    parser.add_argument(
        "--against",
        type=Path,
        metavar="FILE",
        help="other predictions on the same radiographs: how they differ, paired",
    )
    add_settings_arguments(parser)
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="folder for evaluation.json, evaluation.md and pictures",
    )
    parser.add_argument(
        "--images",
        type=Path,
        metavar="DIR",
        help="folder of the radiographs, for a gallery of the worst faults (needs"
        " --output)",
    )
    parser.add_argument(
        "--label-faults",
        type=Path,
        metavar="FILE",
        help="measure a second time, with what this list of label faults calls plainly"
        " wrong in the truth counted neither for nor against",
    )


@dataclass(frozen=True, slots=True)
class _Predictions:
    """What a file predicts on each radiograph of the truth, and what of it is shown.

    `path` is as typed.
    """

    path: Path
    found: AnnotationSet
    candidates: Sequence[Sequence[Finding]]
    settings: DetectionSettings
    note: str


@dataclass(frozen=True, slots=True)
class _Section:
    """What was measured besides, to be read, and the file that holds the figures."""

    text: str
    file_name: str
    content: bytes


def run_evaluate(
    args: Namespace,
    signature_of: SignatureOf,
    aliases: Mapping[str, str] = DEFAULT_ALIASES,
) -> int:
    """Measure, print and write, and return 0.

    `signature_of` finds the settings of a detector by its name; `aliases` are the
    reader's other names for classes. Raises AnnotationFileError if a set cannot be read
    or the two do not belong together, FileError if the folder to write to cannot be
    made, and DentalViewerError if an optional library is missing or a gallery is asked
    for without a folder.
    """
    if args.images is not None and args.output is None:
        raise DentalViewerError("--images is for the gallery: give --output too.")
    if args.output is not None:
        make_folder(args.output)
    truth = read_annotation_set(args.truth, aliases=aliases)
    if not any(reading.findings for reading in truth.readings):
        raise AnnotationFileError(args.truth, "nothing is annotated there")
    wish = wished_settings(args, signature_of)
    predictions = _read(args.predictions, truth, wish, aliases)
    other = None
    if args.against is not None:
        other = _read(args.against, truth, wish, aliases, among_several=True)
    evaluation = _evaluated(truth, truth.readings, predictions)
    teeth = _of_teeth(truth, predictions) if are_teeth(truth.labels) else None
    sections = list(_sections(args, truth, predictions, other))
    text = evaluation_markdown(
        evaluation,
        truth=str(args.truth),
        predictions=str(args.predictions),
        resamples=RESAMPLES,
        teeth=teeth.text if teeth else "",
    ) + "".join(section.text for section in sections)
    print(text + _notes(truth, predictions, other))
    if args.output is not None:
        _write(args.output, evaluation, text, args.images, truth, predictions)
        for section in filter(None, (teeth, *sections)):
            write_atomically(args.output / section.file_name, section.content)
        print(f"Wrote the evaluation to {args.output}")
    return 0


def _read(
    path: Path,
    truth: AnnotationSet,
    wish: Wish,
    aliases: Mapping[str, str],
    *,
    among_several: bool = False,
) -> _Predictions:
    found = read_annotation_set(path, like=truth, aliases=aliases)
    require_common_class(found, truth)
    return _Predictions(
        path,
        found,
        [reading.findings for reading in aligned(truth, found)],
        settings_for(found, wish, among_several=among_several),
        note_on_settings(found, wish, among_several=among_several),
    )


def _evaluated(
    truth: AnnotationSet, readings: Sequence[Reading], predictions: _Predictions
) -> DetectorEvaluation:
    """By these readings of the truth, with a caveat where candidates may be missing."""
    measured = evaluate(
        readings, predictions.candidates, truth.labels, predictions.settings
    )
    return replace(measured, caveat=caveat_on(predictions.found))


def _sections(
    args: Namespace,
    truth: AnnotationSet,
    predictions: _Predictions,
    other: _Predictions | None,
) -> Iterator[_Section]:
    """What is measured only where it was asked for, or where it can be."""
    if args.label_faults is not None:
        yield from _without_faults(truth, predictions, args)
    placed = () if are_teeth(truth.labels) else _finding_teeth(truth, predictions)
    if placed:
        name = "teeth_of_findings.json"
        yield _Section(f"\n{finding_teeth_markdown(placed)}", name, as_json(placed))
    if other is not None:
        yield _against(truth, predictions, other)


def _without_faults(
    truth: AnnotationSet, predictions: _Predictions, args: Namespace
) -> Iterator[_Section]:
    faults = read_label_faults(args.label_faults)
    readings, count = excused(truth.readings, truth.labels, faults, args.truth)
    fair = _evaluated(truth, readings, predictions)
    text = left_out_markdown(fair, str(args.label_faults), count)
    yield _Section(f"\n{text}", "label_faults_left_out.json", as_json(fair))
    if are_teeth(truth.labels):
        teeth = _teeth(readings, predictions)
        name = "teeth_label_faults_left_out.json"
        yield _Section(f"\n{tooth_table(teeth)}\n", name, as_json(teeth))


def _of_teeth(truth: AnnotationSet, predictions: _Predictions) -> _Section:
    teeth = _teeth(truth.readings, predictions)
    return _Section(tooth_table(teeth), "teeth.json", as_json(teeth))


def _teeth(readings: Sequence[Reading], predictions: _Predictions) -> ToothScores:
    """A tooth that was found counts as such even where it got no number."""
    shown = _shown(predictions)
    return score_teeth(readings, shown, resample(len(shown), resamples=RESAMPLES))


def _finding_teeth(
    truth: AnnotationSet, predictions: _Predictions
) -> tuple[FindingTeeth, ...]:
    shown = _shown(predictions)
    weights = resample(len(shown), resamples=RESAMPLES)
    return score_finding_teeth(truth.readings, shown, truth.labels, weights)


def _shown(predictions: _Predictions) -> list[tuple[Finding, ...]]:
    return [select(found, predictions.settings) for found in predictions.candidates]


def _against(
    truth: AnnotationSet, predictions: _Predictions, other: _Predictions
) -> _Section:
    first, second = (
        Contender(str(each.path), each.candidates, each.settings)
        for each in (other, predictions)
    )
    comparison = compare_detectors(truth.readings, first, second, truth.labels)
    said = (comparison_markdown(comparison), caveat_on(other.found))
    text = "".join(f"\n{each}" for each in said if each)
    return _Section(text, "comparison.json", encode_comparison(comparison))


def _notes(
    truth: AnnotationSet, predictions: _Predictions, other: _Predictions | None
) -> str:
    lines = [*truth.notes, *_notes_on_doubts(truth), *_notes_on(predictions, truth)]
    lines += filter(None, (predictions.note, other.note if other else ""))
    if other is not None:
        lines += [f"{other.path}: {line}" for line in _notes_on(other, truth)]
    return "".join(f"\n{line}." for line in lines)


def _notes_on_doubts(truth: AnnotationSet) -> Iterator[str]:
    doubts = sum(len(reading.uncertain) for reading in truth.readings)
    if doubts:
        said = f"{counted(doubts, 'annotation')} that {truth.path} calls uncertain"
        yield f"Counted neither for nor against, and not in n: {said}"


def _notes_on(predictions: _Predictions, truth: AnnotationSet) -> Iterator[str]:
    found = predictions.found
    yield from found.notes
    unknown = [name for name in found.labels if name not in truth.labels]
    if unknown:
        yield f"Left out, for the truth does not know it: {', '.join(unknown)}"
    doubts = sum(len(reading.uncertain) for reading in found.readings)
    if doubts:
        said = f"{counted(doubts, 'prediction')} that {found.path} calls uncertain"
        yield f"Left out, as if not made: {said}"
    more = len(found.readings) - len(truth.readings)
    if more > 0:
        radiographs = counted(more, "radiograph")
        yield f"Left out: {radiographs} that the truth does not have"
    if not found.is_scored:
        yield "The predictions have no scores: all count, and AP and FROC say little"


def _write(
    folder: Path,
    evaluation: DetectorEvaluation,
    text: str,
    images: Path | None,
    truth: AnnotationSet,
    predictions: _Predictions,
) -> None:
    pictures = ""
    if evaluation.froc:
        curves = curves_of(evaluation)
        draw_froc(folder / "froc.png", curves)
        draw_precision_recall(folder / "precision_recall.png", curves)
        pictures = "\n![FROC](froc.png)\n\n![Precision](precision_recall.png)\n"
    if images is not None:
        readings = truth.readings
        candidates = predictions.candidates
        shown = [select(found, evaluation.settings) for found in candidates]
        known = [[f for f in found if f.label in truth.labels] for found in shown]
        cases = worst_cases(readings, candidates, known)
        colors = class_settings_of(images, truth.path.parent).colors
        write_gallery(folder / "gallery", cases, readings, known, images, colors)
        pictures += "\n[The worst misses and false alarms](gallery/index.html)\n"
    write_atomically(folder / "evaluation.json", as_json(evaluation))
    write_atomically(folder / "evaluation.md", (text + pictures).encode())
