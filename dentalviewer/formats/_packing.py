"""What files say beyond findings, packed while nobody asks for it.

Packed and unpacked in this process alone; nothing of it goes to the disk.
"""

from __future__ import annotations

import pickle


def packed(value: object) -> bytes:
    """Parsed JSON in a tenth of the memory."""
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def packed_text(text: str) -> bytes:
    return text.encode()


def unpacked_text(content: bytes) -> str:
    return content.decode()


def unpacked(content: bytes) -> object:
    value: object = pickle.loads(content)
    return value


def unpacked_object(content: bytes) -> dict[str, object]:
    value: dict[str, object] = pickle.loads(content)
    return value
