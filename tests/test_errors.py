"""What goes wrong is told so that it may be shown as it is."""

from pathlib import Path

import pytest

from dentalviewer import errors
from dentalviewer.errors import DentalViewerError, FileError, RadiographError


def test_a_file_at_fault_is_named_with_its_fault() -> None:
    error = RadiographError(Path("pan.png"), "the file is empty (0 bytes)")

    assert str(error) == "pan.png: the file is empty (0 bytes)"
    assert (error.path, error.fault) == (Path("pan.png"), "the file is empty (0 bytes)")
    assert isinstance(error, FileError)


@pytest.mark.parametrize(
    "kind",
    [
        each
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, Exception)
    ],
)
def test_every_expected_failure_is_drawn_in_the_tree(kind: type[Exception]) -> None:
    assert issubclass(kind, DentalViewerError)
    assert kind.__name__ in (errors.__doc__ or "")
