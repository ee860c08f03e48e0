"""Files that are dragged over the window and let go there."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData

# A radiograph may have any suffix or none; these always mean something else.
_OTHER_SUFFIXES = (
    ".pdf", ".doc", ".docx", ".odt", ".rtf", ".xls", ".xlsx", ".ods", ".ppt", ".pptx",
    ".odp", ".htm", ".html", ".eml", ".msg", ".zip", ".gz", ".7z", ".rar", ".iso",
    ".exe", ".msi", ".dmg", ".lnk", ".url", ".mp3", ".mp4", ".mov", ".avi", ".webm",
    ".gif", ".svg", ".webp", ".heic", ".psd",
)  # fmt: skip


def dropped_files(data: QMimeData) -> list[Path]:
    """Those of this computer and its drives."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def may_be_opened(data: QMimeData) -> bool:
    """By the names alone, for a drive that does not answer would hold up the window."""
    return any(
        path.suffix.casefold() not in _OTHER_SUFFIXES for path in dropped_files(data)
    )
