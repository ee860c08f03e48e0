"""`dentalviewer detect`: what the reader of a terminal types and sees.

Importing this module does not import torch.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dentalviewer.detection import DEFAULT_MODEL
from dentalviewer.detection.commands.examining import Outcome, examined_going_on
from dentalviewer.detection.commands.given_radiographs import (
    PICTURE_SUFFIX,
    PICTURES_FOLDER,
    given_radiographs,
    real_path,
)
from dentalviewer.detection.commands.sides_telling import (
    add_sides_argument,
    in_a_file,
    told_or_doubted,
)
from dentalviewer.detection.commands.stems import stems_apart
from dentalviewer.detector import (
    DetectionSettings,
    Detector,
    DetectorIdentity,
    left_out,
    select,
)
from dentalviewer.errors import DentalViewerError, FileError, RadiographError
from dentalviewer.evaluation.settings_arguments import EVERYTHING, share
from dentalviewer.formats import FORMATS, LabelledImage, write_annotations
from dentalviewer.formats._outgoing import export_labels
from dentalviewer.formats._project import OUR_CLASSES, ClassEntry, Project
from dentalviewer.formats.class_settings import class_settings_of
from dentalviewer.formats.signature import Signature, signed
from dentalviewer.phrases import counted
from dentalviewer.radiograph import (
    Radiograph,
)
from dentalviewer.review import Sides
from dentalviewer.storage.files import make_folder, write_atomically
from dentalviewer.study import Finding
from dentalviewer.tooth_assignment import numbered_for, with_teeth

UNFINISHED = "unfinished-detect.sqlite"


def add_detect_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="radiographs, or folders at any depth",
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="folder for results"
    )
    parser.add_argument(
        "--model",
        default=DEFAULT_MODEL,
        metavar="NAME|DIR",
        help="an installed detector, or the folder of one; `teeth` numbers the teeth"
        f" (default: {DEFAULT_MODEL})",
    )
    parser.add_argument(
        "--threshold",
        type=share,
        metavar="SCORE",
        help="least score, 0 to 1, for all classes (default: the model card's)",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        dest="every_candidate",
        help="write every candidate that the network scores at least 0.05, as"
        " `evaluate` and `audit` need them; what would be shown is noted in the file,"
        " and counts for F1 and in `agreement` (COCO alone; other formats and pictures"
        " have what is shown)",
    )
    parser.add_argument(
        "--to",
        nargs="+",
        choices=sorted(FORMATS),
        default=["coco"],
        metavar="FORMAT",
        help=f"one or more of {', '.join(sorted(FORMATS))} (default: coco)",
    )
    add_sides_argument(parser)
    parser.add_argument(
        "--pictures",
        action="store_true",
        help="save each radiograph with its findings drawn, class and percent",
    )


def run_detect(
    args: Namespace, load: Callable[[], tuple[Detector, Detector | None]]
) -> int:
    """Examine the radiographs; 0, or 1 if some of them failed. If all did, nothing is
    written.

    Whenever it ends before all is written, the next run into the same folder takes up
    what was found until then. `load` gives the detector, and perhaps one of teeth; it
    is asked once nothing else is in the way, for it takes seconds. With one of teeth,
    each finding gets the tooth that it belongs to, unless the radiograph may be
    mirrored and the reader has not said how it is. Raises FileError if the results
    cannot be written or nothing was to be examined, DentalViewerError if every
    candidate is wished for and COCO is not among the formats.
    """
    if args.every_candidate and "coco" not in args.to:
        raise DentalViewerError("Candidates are written as COCO: give --to coco too.")
    paths = given_radiographs(args.paths, args.output)
    stems = stems_apart(paths)
    if args.pictures:
        _refuse_to_draw_over(stems, args.output)
    make_folder(args.output)
    detector, tooth_detector = load()
    settings = detector.settings
    if args.threshold is not None:
        settings = DetectionSettings(
            {}, settings.nms_iou, settings.max_findings, args.threshold
        )
    unfinished = args.output / UNFINISHED
    with examined_going_on(paths, detector, tooth_detector, unfinished) as examined:
        failures = _report(args, settings, detector, stems, examined)
    if failures:
        print(f"{failures} of {len(paths)} radiographs failed.", file=sys.stderr)
    return 1 if failures else 0


def _report(
    args: Namespace,
    settings: DetectionSettings,
    detector: Detector,
    stems: Mapping[Path, str],
    examined: Iterator[tuple[Path, Outcome]],
) -> int:
    """Tell and write what was found; how many radiographs failed."""
    images: list[LabelledImage] = []
    whole: list[LabelledImage] = []
    failures = 0
    for number, (path, outcome) in enumerate(examined, 1):
        progress = f"[{number}/{len(stems)}] {path.name}"
        if isinstance(outcome, DentalViewerError):
            failures += 1
            print(f"{progress}: failed. {outcome}", file=sys.stderr, flush=True)
            continue
        radiograph, (candidates, *teeth) = outcome
        shown, every, doubt = _told(
            radiograph, candidates, teeth, settings, args.sides, _numbers(detector)
        )
        print(f"{progress}: {counted(len(shown), 'finding')}", flush=True)
        cut = _left_out(candidates, settings)
        for note in filter(None, (cut, *radiograph.notes, doubt)):
            print(f"  {note}", flush=True)
        cautions = (in_a_file(doubt),) if doubt else ()
        image = LabelledImage(path, radiograph.size, shown, cautions=cautions)
        images.append(image)
        whole.append(replace(image, findings=every))
        if args.pictures:
            _save_picture(args.output, stems[path], radiograph, shown)
    if failures == len(stems):
        # What an earlier run found may lie there.
        print("Nothing was written.", file=sys.stderr)
    else:
        _write(args, detector.identity, settings, images, whole)
    return failures


def _left_out(candidates: Sequence[Finding], settings: DetectionSettings) -> str:
    """What is to be said where the maximum hides something; empty if it does not."""
    count = left_out(candidates, settings)
    if not count:
        return ""
    are = (
        "1 more above its threshold is"
        if count == 1
        else (f"{count} more above their thresholds are")
    )
    return f"{are} left out: this detector shows at most {settings.max_findings}"


def _refuse_to_draw_over(stems: Mapping[Path, str], output: Path) -> None:
    """Raises FileError if a picture would take the place of a radiograph."""
    folder = real_path(output / PICTURES_FOLDER)
    drawn = {f"{stem}{PICTURE_SUFFIX}" for stem in stems.values()}
    for path in stems:
        real = real_path(path)
        if real.parent == folder and real.name in drawn:
            fault = "a picture would be written over it: choose another --output"
            raise FileError(path, fault)


def _write(
    args: Namespace,
    identity: DetectorIdentity,
    settings: DetectionSettings,
    images: Sequence[LabelledImage],
    whole: Sequence[LabelledImage],
) -> None:
    """In each format what is shown of the `images`, or of `whole` every candidate."""
    is_whole = args.every_candidate or all(
        len(shown.findings) == len(every.findings)
        for shown, every in zip(images, whole, strict=True)
    )
    signature = Signature(identity, settings, is_whole)
    for name in dict.fromkeys(args.to):
        # Formats without scores could not tell a candidate from what is shown.
        told = whole if args.every_candidate and name == "coco" else images
        project = replace(_project(told), rests=(signed(signature, told),))
        export = write_annotations(told, args.output, name, project=project)
        print(f"Wrote {export.path}")
        for note in export.notes:
            print(f"  {note}")


def _told(
    radiograph: Radiograph,
    candidates: Sequence[Finding],
    teeth: Sequence[Sequence[Finding]],
    settings: DetectionSettings,
    told_sides: str | None,
    finds_teeth: bool,
) -> tuple[tuple[Finding, ...], tuple[Finding, ...], str]:
    """What is shown, every candidate, and what is to be asked, all with their teeth.

    `teeth` is what a detector of teeth found, if one was asked; with `finds_teeth` the
    candidates are teeth themselves.
    """
    findings = select(candidates, settings)
    found_teeth = next(iter(teeth), findings if finds_teeth else None)
    sides, doubt = Sides.ASSUMED, ""
    if found_teeth is not None:
        sides, doubt = told_or_doubted(radiograph, found_teeth, told_sides)
    shown = _numbered(findings, teeth, sides)
    # What is shown competes for teeth with nothing that is not.
    rest = _numbered(_hidden(candidates, settings), teeth, sides)
    return shown, select((*shown, *rest), EVERYTHING), doubt


def _hidden(
    candidates: Sequence[Finding], settings: DetectionSettings
) -> tuple[Finding, ...]:
    """The candidates that these settings do not show."""
    shown = set(map(id, select(candidates, settings)))
    return tuple(each for each in candidates if id(each) not in shown)


def _numbered(
    findings: Sequence[Finding], teeth: Sequence[Sequence[Finding]], sides: Sides
) -> tuple[Finding, ...]:
    """Each finding with the tooth that it belongs to, if `teeth` were looked for."""
    numbered = numbered_for(sides, findings)
    for found in teeth:
        numbered = with_teeth(numbered, found, sides)
    return numbered


def _numbers(detector: Detector) -> bool:
    """Whether it is a detector of teeth, whose classes are FDI numbers."""
    return all(label.isdecimal() for label in detector.labels)


def _project(images: Sequence[LabelledImage]) -> Project:
    """The classes that were found, in the colors settled for their radiographs.

    Teeth have no class but their number, which the format knows what to do with.
    """
    found = {finding.label for image in images for finding in image.findings}
    if all(label.isdecimal() for label in found):
        return OUR_CLASSES
    colors = class_settings_of(*(image.path.parent for image in images)).colors
    labels = export_labels(images)
    return Project(tuple(ClassEntry(each, colors.get(each)) for each in labels))


def _save_picture(
    folder: Path,
    stem: str,
    radiograph: Radiograph,
    findings: tuple[Finding, ...],
) -> None:
    from dentalviewer.reports.picture import encode_jpeg, prediction_picture

    target = folder / PICTURES_FOLDER / f"{stem}{PICTURE_SUFFIX}"
    try:
        target.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise RadiographError(target, f"cannot be saved: {error.strerror}") from error
    colors = class_settings_of(radiograph.path.parent).colors
    picture = prediction_picture(radiograph.pixels, findings, colors)
    write_atomically(target, encode_jpeg(picture))
