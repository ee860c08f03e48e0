"""Numbers and texts as files have them."""

from __future__ import annotations

import re
from functools import lru_cache

# Of a pixel, in what is written.
DECIMALS = 4


def rounded(value: float) -> float:
    return round(value, DECIMALS)


def number_text(value: float) -> str:
    """A number as JavaScript tools write it: 12 and not 12.0."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def plain_number(value: float) -> int | float:
    return int(value) if float(value).is_integer() else float(value)


_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@lru_cache(maxsize=4096)
def plain_text(text: str) -> str:
    """The text without the characters that no XML file may hold."""
    return _NOT_IN_XML.sub("\ufffd", text)
