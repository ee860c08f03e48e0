"""`dentalviewer ensemble`: detectors that differ become one that is surer.

Nothing is learned: how the scores are to be read and what is shown is chosen on what
`train` holds out. Importing this module does not import torch.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from dentalviewer.detection import find_model
from dentalviewer.detection.augmenting.variations import VARIATIONS
from dentalviewer.detection.cards.model_card import (
    ENSEMBLE,
    Member,
    ModelCard,
    Training,
    WeightsSize,
    encode_card,
    sha256_of_members,
)
from dentalviewer.detection.cards.model_folder import (
    read_members,
    read_model,
    require_place_for,
    write_ensemble,
)
from dentalviewer.detection.commands.altered_radiographs import (
    annotated_truth,
    examine_altered,
    require_packages,
)
from dentalviewer.detection.commands.assess_report import PLAIN, Examined
from dentalviewer.detection.commands.held_out_arguments import (
    add_held_out_arguments,
    read_held_out,
)
from dentalviewer.detection.frames.preprocessing import CALIBRATED, in_words
from dentalviewer.detection.inference.speed import speed_of
from dentalviewer.detection.label_sets import TREATMENTS
from dentalviewer.detection.sets.dataset import Dataset, named_sets
from dentalviewer.errors import DentalViewerError, ModelError
from dentalviewer.evaluation.label_faults import (
    LabelFault,
    read_label_faults,
)
from dentalviewer.labels import DEFAULT_ALIASES
from dentalviewer.phrases import counted


def add_ensemble_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "members",
        nargs="+",
        metavar="NAME|DIR",
        help="two or more detectors of treatments: installed ones, or folders that lie"
        " beside the one of --output. They stay as they are, and are needed there",
    )
    add_held_out_arguments(parser)
    parser.add_argument(
        "--looks",
        type=int,
        nargs="+",
        metavar="COUNT",
        help="how many of its looks each of them takes, in their order (default: all"
        " that it takes alone)",
    )
    parser.add_argument(
        "--label-faults",
        type=Path,
        metavar="FILE",
        help="give the scores without what this list calls plainly wrong too",
    )
    parser.add_argument(
        "--failure",
        action="append",
        default=[],
        metavar="TEXT",
        help="a known failure, for the card. May be given several times",
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="such as models/NAME"
    )


def run_ensemble(
    args: Namespace,
    *,
    user_folder: Path,
    detectors_folder: Path,
    aliases: Mapping[str, str] = DEFAULT_ALIASES,
) -> int:
    """Choose, measure, write; 0, or 1 if some radiographs could not be examined.

    Folders and `aliases` are as of `run_train`. Raises ModelError if the detectors
    cannot be loaded or do not fit together, or the folder cannot be written, and what
    `run_compare` raises because of the set.
    """
    require_packages("Making an ensemble")
    # Before the long work, for the file may be none.
    faults = () if args.label_faults is None else read_label_faults(args.label_faults)
    draft = _draft(args, detectors_folder)
    members = read_members(args.output, draft)
    require_place_for(args.output, beside=True)
    dataset = read_held_out(
        args, [draft], user_folder=user_folder, aliases=aliases
    ).validation
    from dentalviewer.detection.inference.weights import build_ensemble

    detector = build_ensemble(draft, members, args.output)
    truth, _ = annotated_truth(dataset, None)
    examined, failures = examine_altered(dataset, truth, detector, VARIATIONS)
    card = _settled(draft, dataset, examined, faults, named_sets(args.data))
    write_ensemble(args.output, encode_card(card))
    # Measured as it is loaded, from its folder.
    speed = speed_of(args.output)
    write_ensemble(args.output, encode_card(replace(card, speed=speed)))
    print(f"Wrote the model card to {args.output}")
    return 1 if failures else 0


def _draft(args: Namespace, detectors_folder: Path) -> ModelCard:
    """The card before anything is measured: its findings are those of the members."""
    folders = [find_model(name, detectors_folder) for name in args.members]
    cards = [read_model(folder)[0] for folder in folders]
    if len({folder.resolve() for folder in folders}) < max(len(folders), 2):
        raise DentalViewerError("An ensemble needs two or more different detectors.")
    if args.output.resolve() in [folder.resolve() for folder in folders]:
        raise ModelError(args.output, "is one of the members, which stay as they are")
    _require_alike(folders, cards)
    first = cards[0]
    taken = args.looks or [len(card.looks) for card in cards]
    if len(taken) != len(cards):
        fault = f"--looks needs {counted(len(cards), 'number')}, one for each detector."
        raise DentalViewerError(fault)
    members = tuple(map(_member, folders, cards, taken))
    looks = tuple(look for member in members for look in member.looks)
    return replace(
        first,
        name=args.output.absolute().name,
        architecture=ENSEMBLE,
        architecture_parameters={},
        finds_arches=all(card.finds_arches for card in cards),
        looks=looks,
        calibrations={},
        preprocessing=_preprocessing(first, members),
        training=_training(cards, members),
        evaluations={},
        failures=_failures(args, cards),
        weights_sha256=sha256_of_members(members, {}),
        size=_size(cards),
        speed=None,
        measurements=(),
        members=members,
    )


def _require_alike(folders: Sequence[Path], cards: Sequence[ModelCard]) -> None:
    """All look for the same treatments."""
    for folder, card in zip(folders, cards, strict=True):
        if card.head != TREATMENTS:
            raise ModelError(folder, f"this detector looks for {card.head}")
        if set(card.labels) != set(cards[0].labels):
            raise ModelError(folder, f"looks for other classes than {cards[0].name}")


def _member(folder: Path, card: ModelCard, looks: int) -> Member:
    if not 1 <= looks <= len(card.looks):
        raise ModelError(
            folder, f"takes {counted(len(card.looks), 'look')}, not {looks}"
        )
    return Member(
        folder.name, card.weights_sha256, card.looks[:looks], card.calibrations
    )


def _preprocessing(first: ModelCard, members: Sequence[Member]) -> str:
    """As of the first; the locators of the others may be of their own."""
    shown = first.preprocessing.removesuffix(CALIBRATED)
    shown = shown.removesuffix(in_words(first.looks))
    seen = [
        f"{'mirrored ' if look.mirrored else ''}at {look.size} by {member.name}"
        for member in members
        for look in member.looks
    ]
    return f"{shown}; seen {', '.join(seen)}, of which the mean is taken"


def _training(cards: Sequence[ModelCard], members: Sequence[Member]) -> Training:
    """What the members learned from, and that nothing was learned beyond that."""
    from dentalviewer.detection.training.provenance import command_typed

    told = [card.training for card in cards]
    made_of = ", ".join(
        f"{each.name} ({each.weights_sha256[:12]}), {counted(len(each.looks), 'look')}"
        for each in members
    )
    return Training(
        data=_joined(each.data for each in told),
        licence=_joined(each.licence for each in told),
        attribution=_joined(each.attribution for each in told),
        recipe=f"nothing was learned anew: the mean of what these find: {made_of}",
        command=command_typed("ensemble"),
        date=datetime.now(UTC).date().isoformat(),
        learned_from=tuple(sorted({d for each in told for d in each.learned_from})),
    )


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(texts))


def _failures(args: Namespace, cards: Sequence[ModelCard]) -> tuple[str, ...]:
    """What was typed, and what is known of every member."""
    shared = (
        failure
        for failure in cards[0].failures
        if all(failure in card.failures for card in cards)
    )
    return tuple(dict.fromkeys((*args.failure, *shared)))


def _size(cards: Sequence[ModelCard]) -> WeightsSize | None:
    """Of the weights of all members together."""
    sizes = [card.size for card in cards if card.size is not None]
    if len(sizes) < len(cards):
        return None
    return WeightsSize(
        sum(size.parameters for size in sizes), sum(size.bytes for size in sizes)
    )


def _settled(
    draft: ModelCard,
    dataset: Dataset,
    examined: Mapping[str, Examined],
    faults: Sequence[LabelFault],
    data_name: str,
) -> ModelCard:
    """The card, set by what was found and measured with that."""
    from dentalviewer.detection.training.assessment import (
        choose_on,
        measured,
        validation_ways,
    )
    from dentalviewer.detection.training.settings_kept import keeping_settings

    plain = examined[PLAIN]
    ways = chain(
        validation_ways(plain.truth, plain.candidates, dataset, faults),
        (
            (name, each.truth, each.candidates)
            for name, each in examined.items()
            if name != PLAIN
        ),
    )
    choice = choose_on(
        plain.truth,
        plain.candidates,
        dataset.labels,
        start=draft.settings,
        kept=keeping_settings(dataset, draft),
        known={},
    )
    return replace(
        draft,
        calibrations=choice.calibrations,
        weights_sha256=sha256_of_members(draft.members, choice.calibrations),
        preprocessing=f"{draft.preprocessing}{CALIBRATED}",
        settings=choice.settings,
        evaluations=measured(ways, dataset.labels, choice, data_name),
        sweep=choice.sweep,
    )
