"""Small pictures with captions on one sheet, with a key to their lines and colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

LINES = "Solid: annotated. Dashed: predicted. Thick: the one in question."
CAPTION_HEIGHT = 50
KEY_HEIGHT = 28
GAP = 4
COLUMNS = 4
_LINE_HEIGHT = 16
_WHITE = (255, 255, 255)

Pixels = NDArray[np.uint8]
"""(height, width, 3) blue, green, red, as OpenCV draws."""

Color = tuple[int, int, int]
"""Blue, green, red."""


def bgr(color: str) -> Color:
    """Of #rrggbb."""
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return blue, green, red


def with_caption(tile: Pixels, *lines: str) -> Pixels:
    """A tile with up to three lines below it."""
    strip = np.zeros((CAPTION_HEIGHT, tile.shape[1], 3), np.uint8)
    for number, text in enumerate(lines):
        _write(strip, text, 5, 14 + number * _LINE_HEIGHT)
    return np.pad(np.vstack([tile, strip]), ((0, GAP), (0, GAP), (0, 0)))


def _write(picture: Pixels, text: str, x: int, y: int) -> int:
    """A line of text that ends, if need be in three dots, at the picture's edge.

    Returns where it ends.
    """
    import cv2

    look = (cv2.FONT_HERSHEY_SIMPLEX, 0.45)
    # OpenCV's fonts know no other letters.
    plain = text.encode("ascii", "replace").decode()
    room = picture.shape[1] - x - 5
    kept = len(plain)
    shown = plain
    while kept and cv2.getTextSize(shown, *look, 1)[0][0] > room:
        kept -= 1
        # The end of a file's name tells more than its middle.
        half = kept // 2
        shown = f"{plain[: kept - half]}...{plain[len(plain) - half :]}"
    cv2.putText(picture, shown, (x, y), *look, _WHITE, 1, cv2.LINE_AA)
    return x + int(cv2.getTextSize(shown, *look, 1)[0][0])


def sheet_of(tiles: Sequence[Pixels], key: Mapping[str, str]) -> Pixels:
    """Tiles of one size in rows, below what their lines and colours mean.

    `key` has the colour of each class, as #rrggbb, by its name.
    """
    blank = np.zeros_like(tiles[0])
    columns = min(COLUMNS, len(tiles))
    padded = [*tiles, *[blank] * (-len(tiles) % columns)]
    rows = [
        np.hstack(padded[start : start + columns])
        for start in range(0, len(padded), columns)
    ]
    return np.vstack([*_key_strips(key, rows[0].shape[1]), *rows])


def _key_strips(key: Mapping[str, str], width: int) -> list[Pixels]:
    """Above the tiles: what lines and colours mean, in as many rows as that takes."""
    import cv2

    strips = [np.zeros((KEY_HEIGHT, width, 3), np.uint8)]
    x = _write(strips[0], LINES, 5, 18) + 20
    for name, color in key.items():
        (long, _), _ = cv2.getTextSize(name, cv2.FONT_HERSHEY_SIMPLEX, 0.45, 1)
        if x + 22 + long > width - 5:
            strips.append(np.zeros_like(strips[0]))
            x = 5
        cv2.rectangle(strips[-1], (x, 8), (x + 16, 19), bgr(color), -1)
        x = _write(strips[-1], name, x + 22, 18) + 20
    return strips
