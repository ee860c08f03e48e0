"""The colour of each class, told apart by the colour-blind."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

from dentalviewer.labels import ENDODONTIC, IMPLANT, RESTORATION

# From Okabe and Ito, Color Universal Design (2008), for a white page ...
_ON_WHITE = {RESTORATION: "#0072b2", ENDODONTIC: "#d98000", IMPLANT: "#009e73"}
_OTHERS_ON_WHITE = ("#cc79a7", "#5b5b5b", "#d55e00", "#56b4e9")
# ... and lightened, as in the window, for a radiograph.
_ON_RADIOGRAPH = {RESTORATION: "#56b4e9", ENDODONTIC: "#f0a202", IMPLANT: "#2bd9a0"}
_OTHERS_ON_RADIOGRAPH = ("#cc79a7", "#f0e442", "#e6e6e6", "#d55e00")


def color_on_white(label: str) -> str:
    """As #rrggbb; a class unknown to the glossary always gets the same."""
    return _color(label, _ON_WHITE, _OTHERS_ON_WHITE)


def color_on_radiograph(label: str) -> str:
    return _color(label, _ON_RADIOGRAPH, _OTHERS_ON_RADIOGRAPH)


def _color(label: str, known: Mapping[str, str], others: Sequence[str]) -> str:
    return known.get(label) or others[zlib.crc32(label.encode()) % len(others)]
