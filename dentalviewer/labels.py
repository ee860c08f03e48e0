"""The classes of the glossary, the other names they go by and their colours."""

import zlib
from collections.abc import Mapping

RESTORATION = "restoration"
ENDODONTIC = "endodontic"
IMPLANT = "implant"

KNOWN_LABELS = (RESTORATION, ENDODONTIC, IMPLANT)
# The set of all of them. Files of such a set need not be named after it.
TREATMENTS = "treatments"

# How a label is written for a reader; "endodontic" is the dataset's short form.
DISPLAY_NAMES = {
    RESTORATION: "restoration",
    ENDODONTIC: "endodontic treatment",
    IMPLANT: "implant",
}

# Told apart by the colour-blind: from Okabe and Ito, Color Universal Design (2008);
# their green lightened for dark radiographs.
_COLORS = {
    RESTORATION: "#56b4e9",
    ENDODONTIC: "#f0a202",
    IMPLANT: "#2bd9a0",
}
_OTHER_COLORS = ("#cc79a7", "#f0e442", "#e6e6e6", "#d55e00")
NONE_CHOSEN: Mapping[str, str] = {}

# Of red, green and blue, and where the contrast ratios of WCAG 2 meet.
_LUMINANCE = (0.2126, 0.7152, 0.0722)
_AS_FAR_FROM_BLACK_AS_FROM_WHITE = 0.179

# Names seen in the 2018 data sets (French included), in AKUDENTAL and in common tools.
DEFAULT_ALIASES: Mapping[str, str] = {
    "restauration": RESTORATION,
    "restorations": RESTORATION,
    "filling": RESTORATION,
    "fillings": RESTORATION,
    "filling - crown": RESTORATION,
    "crown": RESTORATION,
    "bridge": RESTORATION,
    "onlay": RESTORATION,
    "inlay": RESTORATION,
    "couronne": RESTORATION,
    "endo": ENDODONTIC,
    "endodontic treatment": ENDODONTIC,
    "endodontics": ENDODONTIC,
    "root canal": ENDODONTIC,
    "root canal treatment": ENDODONTIC,
    "root filling": ENDODONTIC,
    "rct": ENDODONTIC,
    "implants": IMPLANT,
    "dental implant": IMPLANT,
}


def canonical(name: str, aliases: Mapping[str, str] = DEFAULT_ALIASES) -> str:
    """The glossary's class for a name, the name itself, verbatim, where it is unknown.

    Case, blanks around and underscores do not matter: " Root_Canal " is endodontic.
    """
    key = " ".join(name.replace("_", " ").casefold().split())
    if key in KNOWN_LABELS:
        return key
    # Users write their own aliases as their files have them, underscores included.
    return aliases.get(key) or aliases.get(name.casefold().strip()) or name


def display_name(label: str, chosen: Mapping[str, str] = NONE_CHOSEN) -> str:
    """For a reader: the name that was chosen for a class, or else its own."""
    return chosen.get(label) or DISPLAY_NAMES.get(label, label)


def label_color(label: str, chosen: Mapping[str, str] = NONE_CHOSEN) -> str:
    """As #rrggbb: the color that was chosen for a class, or else its own.

    An unknown class always gets the same one.
    """
    known = chosen.get(label) or _COLORS.get(label)
    if known is None:
        known = _OTHER_COLORS[zlib.crc32(label.encode()) % len(_OTHER_COLORS)]
    return known


def ink_on(color: str) -> str:
    """Black or white, whichever is easier to read on a color; both as #rrggbb."""
    light = sum(
        weight * (value / 255) ** 2.2
        for weight, value in zip(
            _LUMINANCE, bytes.fromhex(color.removeprefix("#")), strict=True
        )
    )
    return "#000000" if light > _AS_FAR_FROM_BLACK_AS_FROM_WHITE else "#ffffff"
