"""`dentalviewer evaluate`: what the reader of a terminal types and sees.

Importing this module imports neither pycocotools nor matplotlib.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dentalviewer.detector import select
from dentalviewer.errors import AnnotationFileError
from dentalviewer.evaluation.annotation_files import read_annotation_set
from dentalviewer.evaluation.annotation_set import AnnotationSet, aligned
from dentalviewer.evaluation.bootstrap import RESAMPLES, resample
from dentalviewer.evaluation.charts import draw_froc, draw_precision_recall
from dentalviewer.evaluation.comparison import (
    Contender,
    compare_detectors,
)
from dentalviewer.evaluation.comparison_report import (
    comparison_markdown,
    encode_comparison,
)
from dentalviewer.evaluation.evaluation import DetectorEvaluation, evaluate
from dentalviewer.evaluation.evaluation_report import (
    caveat_on,
    evaluation_markdown,
    left_out_markdown,
)
from dentalviewer.evaluation.gallery import worst_cases, write_gallery
from dentalviewer.evaluation.label_faults import excused, read_label_faults
from dentalviewer.evaluation.settings_arguments import (
    SignatureOf,
    add_settings_arguments,
    note_on_settings,
    settings_for,
    wished_settings,
)
from dentalviewer.evaluation.tables import as_json
from dentalviewer.evaluation.tooth_scores import are_teeth, score_teeth, tooth_table
from dentalviewer.formats._files import write_atomically
from dentalviewer.formats.class_settings import class_settings_of
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.study import Finding


def add_evaluate_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "truth", type=Path, help="annotations that are taken to be right"
    )
    parser.add_argument(
        "predictions",
        type=Path,
        help="predictions.json of `detect --all`, which has every candidate that AP and"
        " FROC need; or of `detect`, COCO results, or any annotations",
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


def run_evaluate(
    args: Namespace,
    signature_of: SignatureOf,
    aliases: Mapping[str, str] = DEFAULT_ALIASES,
) -> int:
    """Measure, print and write, and return 0.

    `signature_of` finds the settings of a detector by its name; `aliases` are the
    reader's other names for classes. Raises AnnotationFileError if a set cannot be read
    or the two do not belong together, and DentalViewerError if an optional library is
    missing.
    """
    truth = read_annotation_set(args.truth, aliases=aliases)
    if not any(reading.findings for reading in truth.readings):
        raise AnnotationFileError(args.truth, "nothing is annotated there")
    predictions = read_annotation_set(args.predictions, like=truth, aliases=aliases)
    candidates = [reading.findings for reading in aligned(truth, predictions)]
    wish = wished_settings(args, signature_of)
    settings, caveat = settings_for(predictions, wish), caveat_on(predictions)
    evaluation = replace(
        evaluate(truth.readings, candidates, truth.labels, settings), caveat=caveat
    )
    text = evaluation_markdown(
        evaluation,
        truth=str(args.truth),
        predictions=str(args.predictions),
        resamples=RESAMPLES,
    )
    fair = None
    if args.label_faults is not None:
        faults = read_label_faults(args.label_faults)
        readings, count = excused(truth.readings, faults, args.truth)
        fair = replace(
            evaluate(readings, candidates, truth.labels, settings), caveat=caveat
        )
        text += "\n" + left_out_markdown(fair, str(args.label_faults), count)
    teeth = None
    if are_teeth(truth.labels):
        # A tooth that was found counts as such even where it got no number.
        shown = [select(found, settings) for found in candidates]
        weights = resample(len(shown), resamples=RESAMPLES)
        teeth = score_teeth(truth.readings, shown, weights)
        text += f"\n## Teeth\n\n{tooth_table(teeth)}\n"
    comparison = None
    notes = [note_on_settings(predictions, wish)]
    if args.against is not None:
        other = read_annotation_set(args.against, like=truth, aliases=aliases)
        notes.append(note_on_settings(other, wish, among_several=True))
        others = [reading.findings for reading in aligned(truth, other)]
        shown_as = settings_for(other, wish, among_several=True)
        comparison = compare_detectors(
            truth.readings,
            Contender(str(args.against), others, shown_as),
            Contender(str(args.predictions), candidates, settings),
            truth.labels,
        )
        said = (comparison_markdown(comparison), caveat_on(other))
        text += "".join(f"\n{each}" for each in said if each)
    print(text + _notes(truth, predictions, notes))
    if args.output is not None:
        _write(args.output, evaluation, text, args.images, truth, candidates)
        if fair is not None:
            write_atomically(args.output / "label_faults_left_out.json", as_json(fair))
        if teeth is not None:
            write_atomically(args.output / "teeth.json", as_json(teeth))
        if comparison is not None:
            path = args.output / "comparison.json"
            write_atomically(path, encode_comparison(comparison))
        print(f"Wrote the evaluation to {args.output}")
    return 0


def _notes(
    truth: AnnotationSet, predictions: AnnotationSet, notes: Sequence[str]
) -> str:
    lines = [*truth.notes, *predictions.notes, *filter(None, notes)]
    unknown = [name for name in predictions.labels if name not in truth.labels]
    if unknown:
        lines.append(f"Left out, for the truth does not know it: {', '.join(unknown)}")
    more = len(predictions.readings) - len(truth.readings)
    if more > 0:
        lines.append(f"Left out: {more} radiographs that are not in the truth")
    if not predictions.is_scored:
        lines.append(
            "The predictions have no scores: all count, and AP and FROC say little"
        )
    return "".join(f"\n{line}." for line in lines)


def _write(
    folder: Path,
    evaluation: DetectorEvaluation,
    text: str,
    images: Path | None,
    truth: AnnotationSet,
    candidates: Sequence[Sequence[Finding]],
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pictures = ""
    if evaluation.froc:
        draw_froc(folder / "froc.png", evaluation.froc)
        draw_precision_recall(folder / "precision_recall.png", evaluation.froc)
        pictures = "\n![FROC](froc.png)\n\n![Precision](precision_recall.png)\n"
    if images is not None:
        readings = truth.readings
        shown = [select(found, evaluation.settings) for found in candidates]
        known = [[f for f in found if f.label in truth.labels] for found in shown]
        cases = worst_cases(readings, candidates, known)
        colors = class_settings_of(images, truth.path.parent).colors
        write_gallery(folder / "gallery", cases, readings, known, images, colors)
        pictures += "\n[The worst misses and false alarms](gallery/index.html)\n"
    write_atomically(folder / "evaluation.json", as_json(evaluation))
    write_atomically(folder / "evaluation.md", (text + pictures).encode())
