"""The picture in a DICOM file, as it is meant to be shown.

Only the tags named here are read: of the patient the age or what it follows from; to
tell whether two radiographs show one patient, the PatientID alone.
"""

from __future__ import annotations

import io
import re
import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dentalviewer.errors import RadiographError
from dentalviewer.phrases import pip_with

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom import Dataset

_TAGS = [
    "PatientAge",
    "PatientBirthDate",
    "StudyDate",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PatientOrientation",
    "ModalityLUTSequence",
    "RescaleSlope",
    "RescaleIntercept",
    "VOILUTSequence",
    "VOILUTFunction",
    "WindowCenter",
    "WindowWidth",
    "PresentationLUTSequence",
    "PresentationLUTShape",
    "RedPaletteColorLookupTableDescriptor",
    "GreenPaletteColorLookupTableDescriptor",
    "BluePaletteColorLookupTableDescriptor",
    "RedPaletteColorLookupTableData",
    "GreenPaletteColorLookupTableData",
    "BluePaletteColorLookupTableData",
    "PixelData",
]
# The age in years from which on few deciduous teeth are left.
PERMANENT_TEETH_FROM = 13
# Of the units in which an age is stated.
_IN_A_YEAR = {"D": 365, "W": 52, "M": 12, "Y": 1}


def is_dicom(content: bytes) -> bool:
    return content[128:132] == b"DICM"


def read_patient_id(path: Path) -> str:
    """The PatientID of a DICOM file; empty where none is stated, or for other files."""
    from pydicom import dcmread

    try:
        with path.open("rb") as file:
            if not is_dicom(file.read(132)):
                return ""
        with warnings.catch_warnings(action="ignore"):
            header = dcmread(path, specific_tags=["PatientID"], stop_before_pixels=True)
            return str(header.get("PatientID") or "").strip()
    except Exception:  # A damaged file is named where its picture is read.
        return ""


def read_dicom_header(path: Path, content: bytes) -> Dataset:
    """What describes the one picture of a DICOM file, which is not decoded yet.

    `Columns` and `Rows` hold its size. Raises RadiographError if the file is damaged,
    or holds no picture, or several.
    """
    from pydicom import dcmread

    with _damage_named(path, "the DICOM file is damaged"):
        header = dcmread(io.BytesIO(content), specific_tags=list(_TAGS))
        # Values are looked at only when first asked for.
        frames = int(header.get("NumberOfFrames") or 1)
        has_picture = "PixelData" in header and int(header.Rows) * int(header.Columns)
    if not has_picture:
        raise RadiographError(path, "this DICOM file contains no picture")
    if frames != 1:
        raise RadiographError(
            path,
            f"this DICOM file contains {frames} pictures; only single ones are read",
        )
    return header


def decode_dicom(path: Path, header: Dataset) -> NDArray[Any]:
    """Its pixels, (H, W) or (H, W, 3) RGB, uint8 or uint16, as they are to be shown.

    The modality, value-of-interest and presentation transformations are applied in this
    order (DICOM PS3.3 C.8.11.3, C.11). White is the highest value: pictures stored with
    black and white exchanged are turned round. Grey values span 0 to 255, or from 0 to
    2 to the power of the bits stored. The patient's right is on the left, the head on
    top, where the file says how it was stored.

    Raises RadiographError if the pixels are cut off or damaged, or compressed in a way
    for which no decoder is installed.
    """
    fault = "the picture in the DICOM file is damaged, cut off or of an unknown kind"
    with _damage_named(path, fault):
        _require_decoder(path, header)
        pixels = _shown(path, header)
        orientation = _orientation(header)
    return _turned(pixels, orientation)


def notes_on(header: Dataset) -> Generator[str]:
    """What the reader should know of the picture, each to go on after a colon."""
    if _is_stored_mirrored(header):
        yield (
            "the file says that it is stored mirrored; it is shown the usual way"
            " round, with the patient's right on the left"
        )
    age = patient_age(header)
    if age is not None and age < PERMANENT_TEETH_FROM:
        yield (
            f"the patient was {age} years old; detectors trained on adults mistake"
            " deciduous teeth for permanent ones: please check the tooth numbers"
        )


def _is_stored_mirrored(header: Dataset) -> bool:
    """Whether the file says that its rows lead to the patient's right.

    FieldOfViewHorizontalFlip tells of a flip against the detector, not the patient;
    PatientOrientation holds after it.
    """
    return _orientation(header)[:1] == ["R"]


def patient_age(header: Dataset) -> int | None:
    """In whole years, on the day of the study; None where the file does not tell."""
    # Of babies there are no such radiographs; 0 is what stands for no age.
    return _stated_age(header) or None


def _stated_age(header: Dataset) -> int | None:
    stated = re.fullmatch(r"(\d{3})([DWMY])", _text(header, "PatientAge"))
    if stated:
        return int(stated[1]) // _IN_A_YEAR[stated[2]]
    # As numbers such as 20260131, days later in the year are larger.
    dates = [_text(header, tag) for tag in ("PatientBirthDate", "StudyDate")]
    if not all(re.fullmatch(r"\d{8}", date) for date in dates):
        return None
    born, studied = map(int, dates)
    return (studied - born) // 10_000 if studied >= born else None


def _text(header: Dataset, tag: str) -> str:
    """Empty where it is missing, or damaged: the picture is shown all the same."""
    try:
        return str(header.get(tag) or "")
    except Exception:  # Values are read only here, and pydicom raises all kinds.
        return ""


def _orientation(header: Dataset) -> list[str]:
    return [str(way)[:1] for way in header.get("PatientOrientation") or ()]


@contextmanager
def _damage_named(path: Path, fault: str) -> Generator[None]:
    """Raise RadiographError for whatever goes wrong inside.

    What pydicom says is not shown: it may quote the file, and with it the patient.
    """
    # What breaks the standard but can be shown all the same is no news to a reader.
    with warnings.catch_warnings(action="ignore"):
        try:
            yield
        except RadiographError:
            raise
        except Exception as error:  # pydicom raises too many kinds to be named.
            raise RadiographError(path, fault) from error


def _require_decoder(path: Path, header: Dataset) -> None:
    from pydicom.pixels.decoders.base import get_decoder

    syntax = header.file_meta.get("TransferSyntaxUID")
    if syntax is None:
        raise RadiographError(path, "the DICOM file does not say how it is encoded")
    try:
        decodable = get_decoder(syntax).is_available
    except NotImplementedError:
        decodable = False
    if not decodable:
        # To a stand-alone program nothing can be added.
        stands_alone = getattr(sys, "frozen", False)
        install = f"add more with {pip_with('dicom')}"
        raise RadiographError(
            path,
            f"no decoder is installed for its compression, {syntax.name};"
            f" {'save it uncompressed' if stands_alone else install}",
        )


def _shown(path: Path, header: Dataset) -> NDArray[Any]:
    import numpy as np
    from pydicom.pixels.processing import apply_color_lut

    if header.BitsStored > 16:
        raise RadiographError(
            path, f"samples of {header.BitsStored} bits are not read; use 8 or 16"
        )
    stored = header.pixel_array
    if header.PhotometricInterpretation == "PALETTE COLOR":
        stored = apply_color_lut(stored, header)
    if stored.ndim == 3:
        return stored.astype(f"u{stored.itemsize}")  # colours have no sign
    # Every value that can be stored, once: far fewer than there are pixels.
    every = _stored_values(header)
    grey = _of_interest(header, _modality(header, every))
    table = _for_screen(_presented(header, grey))
    lowest, highest = int(every.lowest), int(every.highest)
    return table[np.clip(stored.astype(np.int64), lowest, highest) - lowest]


@dataclass(frozen=True, slots=True)
class _Grey:
    """What becomes of each value that can be stored, at one step of the way.

    `values` lie between `lowest` and `highest`, which are black and white, of `bits`.
    """

    values: NDArray[Any]
    lowest: float
    highest: float
    bits: int


def _stored_values(header: Dataset) -> _Grey:
    import numpy as np

    bits = header.BitsStored
    lowest = -(2 ** (bits - 1)) if header.PixelRepresentation else 0
    highest = lowest + 2**bits - 1
    return _Grey(np.arange(lowest, highest + 1), lowest, highest, bits)


def _modality(header: Dataset, grey: _Grey) -> _Grey:
    if header.get("ModalityLUTSequence"):
        return _looked_up(grey, header.ModalityLUTSequence[0])
    if header.get("RescaleSlope") is None or header.get("RescaleIntercept") is None:
        return grey
    values = grey.values * _slope(header) + float(header.RescaleIntercept)
    return _Grey(values, values.min(), values.max(), grey.bits)


def _slope(header: Dataset) -> float:
    """1 unless both numbers of the rescaling are there, as pydicom has it."""
    slope, intercept = header.get("RescaleSlope"), header.get("RescaleIntercept")
    return 1.0 if slope is None or intercept is None else float(slope)


def _of_interest(header: Dataset, grey: _Grey) -> _Grey:
    from pydicom.pixels.processing import apply_windowing

    if header.get("VOILUTSequence"):
        return _looked_up(grey, header.VOILUTSequence[0])
    if _has_window(header):
        values = apply_windowing(grey.values, header)
        # By a negative slope pydicom turns the limits of what it gives, too.
        if not header.get("ModalityLUTSequence") and _slope(header) < 0:
            values = grey.lowest + grey.highest - values
        return replace(grey, values=values)
    return grey


def _presented(header: Dataset, grey: _Grey) -> _Grey:
    if header.get("PresentationLUTSequence"):
        item = header.PresentationLUTSequence[0]
        last = (item.LUTDescriptor[0] or 65536) - 1
        share = (grey.values - grey.lowest) / (grey.highest - grey.lowest)
        return _looked_up(replace(grey, values=share * last), item)
    # Both say the same: a file that says it twice is still to be inverted once.
    if (
        header.PhotometricInterpretation == "MONOCHROME1"
        or header.get("PresentationLUTShape") == "INVERSE"
    ):
        return replace(grey, values=grey.lowest + grey.highest - grey.values)
    return grey


def _for_screen(grey: _Grey) -> NDArray[Any]:
    import numpy as np

    white = 255 if grey.bits <= 8 else 2**grey.bits - 1
    scaled = (grey.values - grey.lowest) * (white / (grey.highest - grey.lowest))
    grey_type = np.uint8 if white == 255 else np.uint16
    return np.clip(np.rint(scaled), 0, white).astype(grey_type)


def _has_window(header: Dataset) -> bool:
    """Whether there is a window that shows anything; some devices write zeros."""
    width = header.get("WindowWidth")
    if width is None or header.get("WindowCenter") is None:
        return False
    first = width[0] if header["WindowWidth"].VM > 1 else width
    return float(first) > 1


def _looked_up(grey: _Grey, item: Dataset) -> _Grey:
    """Values put through a lookup table (C.11.1.1.1); its entries are unsigned."""
    import numpy as np

    count, first, bits = item.LUTDescriptor
    data = item.LUTData
    if isinstance(data, bytes):
        data = np.frombuffer(data, "<u2" if len(data) >= 2 * count else "u1")
    table = np.asarray(data, dtype=np.int64)[: count or 65536]
    index = np.rint(grey.values).astype(np.int64) - first
    values = table[np.clip(index, 0, len(table) - 1)]
    return _Grey(values, 0, 2**bits - 1, max(bits, grey.bits))


def _turned(pixels: NDArray[Any], orientation: list[str]) -> NDArray[Any]:
    """Show the patient from the front, upright (PS3.3 C.7.6.1.1.1).

    `orientation` is where rows and columns lead: left (L), right (R), foot (F), head
    (H). A dentist's view is L, F.
    """
    along_row, along_column = (*orientation, "", "")[:2]
    if along_row.startswith("R"):
        pixels = pixels[:, ::-1]
    if along_column.startswith("H"):
        pixels = pixels[::-1]
    return pixels
