"""Which image a stated name or path means, and how images are named in files."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import takewhile
from pathlib import Path, PurePosixPath

from dentalviewer.formats._annotations import LabelledImage
from dentalviewer.formats._plain import plain_text


def base_name(stated: str) -> str:
    """The file name at the end of a path of any system."""
    return stated.replace("\\", "/").rpartition("/")[2]


def same_name(one: str, other: str) -> bool:
    """Whether two file names are one on some system: case and composition are free."""
    return folded(one) == folded(other)


def is_another(name: str, radiograph: Path) -> bool:
    """Whether a stated file name means the picture of that name beside the radiograph,
    which is there itself, and not the radiograph, as a 1.png beside a 1.bmp.
    """
    # Names that no disk takes are stated too; `Path` fails at them.
    return not same_name(name, radiograph.name) and os.path.isfile(
        os.path.join(radiograph.parent, name)
    )


def folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def matching(stated: Iterable[str], image: Path) -> list[str]:
    """Those of the stated names or paths that may mean the image, the closest alone.

    Closest is the same letters before another case, then all folders that are stated,
    then as many as there are, for paths may be of another computer.
    """
    found = [name for name in stated if same_name(base_name(name), image.name)]
    for is_close in (_has_same_letters, agrees_with_folders):
        closest = [name for name in found if is_close(name, image)]
        found = closest or found
    most = max((_shared_folders(name, image) for name in found), default=0)
    return [name for name in found if _shared_folders(name, image) == most]


def _has_same_letters(stated: str, image: Path) -> bool:
    composed = unicodedata.normalize("NFC", base_name(stated))
    return composed == unicodedata.normalize("NFC", image.name)


def agrees_with_folders(stated: str, image: Path) -> bool:
    """Whether the image lies in the folders that a relative path states."""
    parts = [part for part in stated.replace("\\", "/").split("/") if part != "."]
    actual = Path(os.path.abspath(image)).parts[-len(parts) :]
    return list(map(folded, parts)) == list(map(folded, actual))


def _shared_folders(stated: str, image: Path) -> int:
    """How many folders agree, from the name up."""
    parts = [folded(part) for part in stated.replace("\\", "/").split("/") if part]
    actual = [folded(part) for part in Path(os.path.abspath(image)).parts]
    pairs = zip(reversed(parts), reversed(actual), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def stated_names(images: Sequence[LabelledImage]) -> list[str]:
    """How each image is named in a file about all of them; never two alike.

    The file name where all lie in one folder, else the path below the folder that
    they have in common.
    """
    stated = [os.path.abspath(image.path) for image in images]
    folders = set(map(os.path.dirname, stated))
    if len(folders) <= 1:
        return _told_apart(map(os.path.basename, stated))
    paths = [Path(each) for each in stated]
    try:
        common = Path(os.path.commonpath(folders))
        relative = [path.relative_to(common) for path in paths]
    except ValueError:  # They lie on several drives of Windows.
        relative = [
            Path(path.drive.strip(":\\/"), *path.relative_to(path.anchor).parts)
            for path in paths
        ]
    return _told_apart(PurePosixPath(*path.parts).as_posix() for path in relative)


def _told_apart(names: Iterable[str]) -> list[str]:
    """The names as plain text, with a number where only that makes them alike."""
    meant: dict[str, str] = {}
    plain = []
    for name in names:
        free = plain_text(name)
        stem, suffix = os.path.splitext(free)
        number = 2
        while meant.setdefault(free, name) != name:
            free = f"{stem}-{number}{suffix}"
            number += 1
        plain.append(free)
    return plain


# File systems take 255 bytes for a name, of which a number and a suffix need some.
MAX_STEM_BYTES = 245
# What Windows takes for a device, whatever follows a point.
_DEVICE = re.compile(
    r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[1-9¹²³])(?=\s*(\.|$))",
    re.IGNORECASE,
)


def safe_file_name(text: str) -> str:
    """A name that every system takes for a file, made from any text.

    What is one already comes back as it is, but for points and blanks around it.
    """
    name = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", plain_text(text)).strip(". ")
    return _DEVICE.sub(r"\1_", name, count=1) if _DEVICE.match(name) else name or "_"


def short_name(stem: str) -> str:
    """A stem with another end where the name would leave no room for a suffix."""
    folder, slash, name = stem.rpartition("/")
    content = name.encode(errors="surrogateescape")
    if len(content) <= MAX_STEM_BYTES:
        return stem
    digest = hashlib.sha256(content).hexdigest()[:8]
    start = content[: MAX_STEM_BYTES - len(digest) - 1].decode(errors="ignore")
    return f"{folder}{slash}{start}-{digest}"
