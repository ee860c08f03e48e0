"""Where the models and resources lie: in the checkout, or inside the wheel."""

from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).parent


def _data_folder() -> Path:
    bundled = _PACKAGE / "_data"
    return bundled if bundled.is_dir() else _PACKAGE.parent


def models_folder() -> Path:
    """The folder of bundled detectors, one sub-folder each."""
    return _data_folder() / "models"


def samples_folder() -> Path:
    """The folder of sample radiographs and their annotations."""
    return _data_folder() / "resources" / "samples"


def icons_folder() -> Path:
    return _data_folder() / "resources" / "icons"


def onnx_example() -> Path:
    """The program that shows how an exported detector is used."""
    return _data_folder() / "resources" / "onnx_example.py"


def reviews_folder() -> Path:
    """Where reviews are saved that cannot lie beside their radiographs."""
    return user_folder() / "reviews"


def user_folder() -> Path:
    """Where this user's own files go: reviews that fit nowhere else, and samples."""
    return platformdirs.user_data_path("dentalviewer", appauthor=False)


def cache_folder() -> Path:
    """Where this user's files go that can be made again."""
    return platformdirs.user_cache_path("dentalviewer", appauthor=False)
