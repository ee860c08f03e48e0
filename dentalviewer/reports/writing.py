"""One report, in the kind of file that its name asks for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dentalviewer.errors import FileError
from dentalviewer.reports.csv_file import teeth_path, write_csv
from dentalviewer.reports.html import write_html
from dentalviewer.reports.json_file import write_json
from dentalviewer.reports.report import Report

Write = Callable[[Report, Path], None]

SUFFIXES = (".pdf", ".html", ".json", ".csv")


def files_of(path: Path) -> tuple[Path, ...]:
    """The files that a report of this name becomes: two if it is a table."""
    return (path, teeth_path(path)) if path.suffix.lower() == ".csv" else (path,)


def write_report(report: Report, path: Path, *, write_pdf: Write) -> None:
    """`write_pdf` is given in, for only the window knows how to make one.

    Raises FileError if the file cannot be saved or its name tells no kind.
    """
    writers: dict[str, Write] = {
        ".pdf": write_pdf,
        ".html": write_html,
        ".htm": write_html,
        ".json": write_json,
        ".csv": write_csv,
    }
    suffix = path.suffix.lower()
    if suffix not in writers:
        raise FileError(path, f"a report's name ends in one of {', '.join(SUFFIXES)}")
    writers[suffix](report, path)
