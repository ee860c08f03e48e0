"""The classes of the glossary and the other names they go by."""

from collections.abc import Mapping

RESTORATION = "restoration"
ENDODONTIC = "endodontic"
IMPLANT = "implant"

KNOWN_LABELS = (RESTORATION, ENDODONTIC, IMPLANT)

# How a label is written for a reader; "endodontic" is the dataset's short form.
DISPLAY_NAMES = {
    RESTORATION: "restoration",
    ENDODONTIC: "endodontic treatment",
    IMPLANT: "implant",
}

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
    return aliases.get(key, name)


def display_name(label: str) -> str:
    return DISPLAY_NAMES.get(label, label)
