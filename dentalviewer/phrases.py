"""How numbers and sentences are written for people."""

from __future__ import annotations

import os

_ON_WINDOWS = os.name == "nt"


def counted(number: int, singular: str, plural: str = "") -> str:
    """Such as "1 radiograph" and "2,000 radiographs"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def capitalised(text: str) -> str:
    """As a sentence begins; the rest stays as it is, names in it too."""
    return text[:1].upper() + text[1:]


def percent(share: float) -> str:
    """Such as "17 %"."""
    return f"{share:.0%}".replace("%", " %")


def pip_with(extra: str) -> str:
    """What adds the packages of an extra of this program, as on this system it is
    typed.
    """
    pip = r".venv\Scripts\pip" if _ON_WINDOWS else ".venv/bin/pip"
    return (
        "the pip of the program's own environment, in a checkout:"
        f' {pip} install "dentalviewer[{extra}]"'
    )
