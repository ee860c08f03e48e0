"""How numbers and sentences are written for people."""

from __future__ import annotations


def counted(number: int, singular: str, plural: str = "") -> str:
    """Such as "1 radiograph" and "2,000 radiographs"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def capitalised(text: str) -> str:
    """As a sentence begins; the rest stays as it is, names in it too."""
    return text[:1].upper() + text[1:]


def percent(share: float) -> str:
    """Such as "17 %"."""
    return f"{share:.0%}".replace("%", " %")
