"""DICOM pictures are shown as their tags say they should be."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from dentalviewer.errors import RadiographError
from dentalviewer.geometry import Size
from dentalviewer.radiograph import read_radiograph

PANORAMIC = UID("1.2.840.10008.5.1.4.1.1.1.1")
# All 12 bit values that matter here, on a picture large enough to be a radiograph.
DEEP = np.zeros((16, 20), np.uint16)
DEEP[0, :5] = [0, 1000, 2000, 3000, 4095]
FLAT = np.zeros((16, 20), np.uint8)
FLAT[0, :4] = [0, 50, 100, 255]


def dicom(pixels: np.ndarray[Any, Any], *, bits: int = 0, **tags: Any) -> Dataset:
    """A panoramic radiograph; `tags` by DICOM's keywords, None to leave one out."""
    dataset = Dataset()
    dataset.SOPClassUID = PANORAMIC
    dataset.SOPInstanceUID = "1.2.3"
    dataset.Modality = "PX"
    dataset.PatientName = "Mouse^Mickey"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel = 3 if pixels.ndim == 3 else 1
    dataset.PhotometricInterpretation = "RGB" if pixels.ndim == 3 else "MONOCHROME2"
    if pixels.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated = pixels.itemsize * 8
    dataset.BitsStored = bits or pixels.itemsize * 8
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.PixelData = pixels.tobytes()
    for keyword, value in tags.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    return dataset


def table(values: list[int], *, first: int, bits: int) -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(values), first, bits])
    item.add_new("LUTData", "US", values)
    return item


def written(
    folder: Path, dataset: Dataset, syntax: UID = ExplicitVRLittleEndian
) -> Path:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = PANORAMIC
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    path = folder / "radiograph.dcm"
    dataset.save_as(path, enforce_file_format=True)
    return path


def read(folder: Path, dataset: Dataset, *arguments: Any) -> np.ndarray[Any, Any]:
    return read_radiograph(written(folder, dataset, *arguments)).pixels


def fault_of(path: Path) -> str:
    with pytest.raises(RadiographError) as caught:
        read_radiograph(path)
    assert caught.value.path == path
    return caught.value.fault


# Pictures


def test_8_bits_are_shown_as_stored(tmp_path: Path) -> None:
    radiograph = read_radiograph(written(tmp_path, dicom(FLAT)))

    assert np.array_equal(radiograph.pixels, FLAT)
    assert (radiograph.size, radiograph.bits) == (Size(20, 16), 8)


def test_12_of_16_bits_keep_their_values(tmp_path: Path) -> None:
    pixels = read(tmp_path, dicom(DEEP, bits=12))

    assert pixels.dtype == np.uint16
    assert np.array_equal(pixels, DEEP)


def test_6_bits_fill_the_8_that_are_shown(tmp_path: Path) -> None:
    few = np.clip(FLAT, 0, 63)

    # 255 / 63 times 50.
    assert read(tmp_path, dicom(few, bits=6))[0, :3].tolist() == [0, 202, 255]


@pytest.mark.parametrize("shape", [None, "INVERSE"])
def test_black_and_white_are_exchanged_once(shape: str | None, tmp_path: Path) -> None:
    """MONOCHROME1 says that zero is white; INVERSE says so again."""
    dataset = dicom(FLAT, PhotometricInterpretation="MONOCHROME1")
    if shape:
        dataset.PresentationLUTShape = shape

    assert np.array_equal(read(tmp_path, dataset), 255 - FLAT)


def test_how_the_sensor_counts_does_not_invert(tmp_path: Path) -> None:
    dataset = dicom(FLAT, PixelIntensityRelationshipSign=-1)

    assert np.array_equal(read(tmp_path, dataset), FLAT)


def test_signed_values_begin_at_black(tmp_path: Path) -> None:
    signed = np.zeros((16, 20), np.int16)
    signed[0, :3] = [-2048, 0, 2047]

    pixels = read(tmp_path, dicom(signed, bits=12))

    assert pixels[0, :3].tolist() == [0, 2048, 4095]


def test_a_window_spreads_what_is_of_interest(tmp_path: Path) -> None:
    dataset = dicom(
        FLAT, WindowCenter=75, WindowWidth=50, VOILUTFunction="LINEAR_EXACT"
    )

    # From 50 to 100: what lies outside is black or white.
    assert read(tmp_path, dataset)[0, :4].tolist() == [0, 0, 255, 255]


def test_the_common_window_follows_the_standards_arithmetic(tmp_path: Path) -> None:
    # PS3.3 C.11.2.1.2.1: ((x - (c - 0.5)) / (w - 1) + 0.5) * 255.
    dataset = dicom(FLAT, WindowCenter=100.5, WindowWidth=201)

    assert read(tmp_path, dataset)[0, :4].tolist() == [0, 64, 128, 255]


def test_a_sigmoid_window_bends(tmp_path: Path) -> None:
    dataset = dicom(FLAT, WindowCenter=50, WindowWidth=100, VOILUTFunction="SIGMOID")

    # 255 / (1 + exp(-4 (x - 50) / 100)) for 0, 50, 100 and 255.
    assert read(tmp_path, dataset)[0, :4].tolist() == [30, 128, 225, 255]


def test_of_several_windows_the_first_counts(tmp_path: Path) -> None:
    dataset = dicom(
        FLAT,
        WindowCenter=[75, 127.5],
        WindowWidth=[50, 255],
        VOILUTFunction="LINEAR_EXACT",
    )

    assert read(tmp_path, dataset)[0, :4].tolist() == [0, 0, 255, 255]


def test_a_window_of_no_width_is_ignored(tmp_path: Path) -> None:
    dataset = dicom(FLAT, WindowCenter=0, WindowWidth=0)

    assert np.array_equal(read(tmp_path, dataset), FLAT)


def test_the_window_counts_in_rescaled_values(tmp_path: Path) -> None:
    dataset = dicom(
        FLAT,
        RescaleSlope=2,
        RescaleIntercept=-100,
        WindowCenter=50,
        WindowWidth=100,
        VOILUTFunction="LINEAR_EXACT",
    )

    # -100, 0, 100 and 410, of which 0 to 100 is of interest.
    assert read(tmp_path, dataset)[0, :4].tolist() == [0, 0, 255, 255]


def test_rescaling_alone_changes_nothing_that_is_seen(tmp_path: Path) -> None:
    dataset = dicom(DEEP, bits=12, RescaleSlope=0.01, RescaleIntercept=-7)

    assert np.array_equal(read(tmp_path, dataset), DEEP)


def test_a_falling_rescale_turns_the_picture_round(tmp_path: Path) -> None:
    dataset = dicom(FLAT, RescaleSlope=-1, RescaleIntercept=255)

    assert np.array_equal(read(tmp_path, dataset), 255 - FLAT)


def test_a_window_over_a_falling_rescale_is_that_over_a_rising_one_turned_round(
    tmp_path: Path,
) -> None:
    # All of 255 - value, between its limits: the window changes nothing.
    window = {"WindowCenter": 128, "WindowWidth": 256}
    dataset = dicom(FLAT, RescaleSlope=-1, RescaleIntercept=255, **window)

    assert np.array_equal(read(tmp_path, dataset), 255 - FLAT)


def test_a_table_of_interest_is_preferred_to_a_window(tmp_path: Path) -> None:
    # Values up to 50 are black, 51 is the first of three steps, the last goes on.
    dataset = dicom(FLAT, WindowCenter=75, WindowWidth=50)
    dataset.VOILUTSequence = [table([0, 100, 200], first=50, bits=8)]

    assert read(tmp_path, dataset)[0, :4].tolist() == [0, 0, 200, 200]


def test_a_table_of_8_bits_serves_a_deep_picture(tmp_path: Path) -> None:
    dataset = dicom(DEEP, bits=12)
    dataset.VOILUTSequence = [table([n // 16 for n in range(4096)], first=0, bits=8)]

    # 8 bits spread over the 12 stored: 62, 125, 187, 255 times 4095 / 255.
    assert read(tmp_path, dataset)[0, :5].tolist() == [0, 996, 2007, 3003, 4095]


def test_the_modality_comes_before_what_is_of_interest(tmp_path: Path) -> None:
    dataset = dicom(
        FLAT, WindowCenter=50, WindowWidth=100, VOILUTFunction="LINEAR_EXACT"
    )
    dataset.ModalityLUTSequence = [
        table([255 - n for n in range(256)], first=0, bits=8)
    ]

    # 255, 205, 155 and 0, of which 0 to 100 is of interest.
    assert read(tmp_path, dataset)[0, :4].tolist() == [255, 255, 255, 0]


def test_a_presentation_table_comes_last(tmp_path: Path) -> None:
    dataset = dicom(FLAT)
    dataset.PresentationLUTSequence = [
        table([255 - n for n in range(256)], first=0, bits=8)
    ]

    assert np.array_equal(read(tmp_path, dataset), 255 - FLAT)


def test_colours_are_red_green_blue(tmp_path: Path) -> None:
    colour = np.dstack([FLAT, 255 - FLAT, FLAT // 2])

    assert np.array_equal(read(tmp_path, dicom(colour)), colour)


def test_a_grey_screenshot_in_colour_is_grey(tmp_path: Path) -> None:
    assert np.array_equal(read(tmp_path, dicom(np.dstack([FLAT] * 3))), FLAT)


def test_a_palette_is_resolved(tmp_path: Path) -> None:
    index = np.zeros((16, 20), np.uint8)
    index[0, :2] = [1, 2]
    dataset = dicom(index, PhotometricInterpretation="PALETTE COLOR")
    for name, data in (
        ("Red", bytes([0, 255, 0, 0])),
        ("Green", bytes([0, 0, 255, 0])),
        ("Blue", bytes([9, 0, 0, 0])),
    ):
        described = f"{name}PaletteColorLookupTableDescriptor"
        dataset.add_new(described, "US", [4, 0, 8])
        dataset.add_new(f"{name}PaletteColorLookupTableData", "OW", data)

    pixels = read(tmp_path, dataset)

    assert pixels[0, :3].tolist() == [[255, 0, 0], [0, 255, 0], [0, 0, 9]]


# The patient's right is on the left


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (["L", "F"], FLAT),
        (["R", "F"], FLAT[:, ::-1]),
        (["L", "H"], FLAT[::-1]),
        (["R", "H"], FLAT[::-1, ::-1]),
        (["A", "F"], FLAT),
        # Towards the right and the back, as the standard allows.
        (["RP", "FA"], FLAT[:, ::-1]),
        (None, FLAT),
    ],
)
def test_a_mirrored_picture_is_shown_as_the_dentist_looks(
    orientation: list[str] | None, expected: Any, tmp_path: Path
) -> None:
    dataset = dicom(FLAT)
    if orientation:
        dataset.PatientOrientation = orientation

    assert np.array_equal(read(tmp_path, dataset), expected)


def test_the_reader_is_told_that_a_picture_was_turned_round(tmp_path: Path) -> None:
    """Boxes that another program drew on it as stored would lie on the wrong side."""
    mirrored, usual = dicom(FLAT), dicom(FLAT)
    mirrored.PatientOrientation, usual.PatientOrientation = ["R", "F"], ["L", "F"]
    # Of the detector, before the orientation was written: no sign of anything.
    usual.FieldOfViewHorizontalFlip = "YES"
    for to_the_right in ("R", "RP"):
        mirrored.PatientOrientation = [to_the_right, "F"]
        (note,) = read_radiograph(written(tmp_path, mirrored)).notes
        assert "stored mirrored" in note
    assert read_radiograph(written(tmp_path, usual)).notes == ()


@pytest.mark.parametrize(
    ("stated", "age"),
    [
        ({"PatientAge": "008Y"}, 8),
        ({"PatientAge": "100M"}, 8),
        ({"PatientAge": "440W"}, 8),
        ({"PatientBirthDate": "20130625", "StudyDate": "20260624"}, 12),
        # What is stated counts more than what follows.
        ({"PatientAge": "009Y", "PatientBirthDate": "19610503",
          "StudyDate": "20260624"}, 9),
    ],
)  # fmt: skip
def test_the_reader_is_told_that_a_child_has_other_teeth(
    stated: dict[str, Any], age: int, tmp_path: Path
) -> None:
    (note,) = read_radiograph(written(tmp_path, dicom(FLAT, **stated))).notes
    assert f"{age} years old" in note
    assert "deciduous" in note


@pytest.mark.parametrize(
    "stated",
    [
        {"PatientAge": "013Y"},
        {"PatientBirthDate": "20130624", "StudyDate": "20260624"},
        # The age is not known, or cannot be.
        {"PatientBirthDate": "20200624"},
        {"PatientBirthDate": "20200624", "StudyDate": "19000101"},
        {"PatientBirthDate": "", "StudyDate": "20260624"},
        # What programs write that make files anonymous.
        {"PatientAge": "000Y"},
        {"PatientBirthDate": "19000101", "StudyDate": "19000101"},
    ],
)
def test_nothing_is_said_of_teeth_unless_it_is_a_child(
    stated: dict[str, Any], tmp_path: Path
) -> None:
    assert read_radiograph(written(tmp_path, dicom(FLAT, **stated))).notes == ()


@pytest.mark.parametrize(
    ("sound", "damaged"),
    [(b"008Y", b"old?"), (b"AS\x04\x00", b"FD\x04\x00"), (b"AS\x04", b"XX\x04")],
)
def test_an_age_that_is_none_leaves_the_picture_readable(
    sound: bytes, damaged: bytes, tmp_path: Path
) -> None:
    path = written(tmp_path, dicom(FLAT, PatientAge="008Y"))
    assert sound in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(sound, damaged))
    radiograph = read_radiograph(path)
    assert radiograph.notes == ()
    assert np.array_equal(radiograph.pixels, FLAT)


# Encodings


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
def test_plain_encodings_are_read(syntax: UID, tmp_path: Path) -> None:
    assert np.array_equal(read(tmp_path, dicom(DEEP, bits=12), syntax), DEEP)


def test_the_retired_big_endian_encoding_is_read(tmp_path: Path) -> None:
    dataset = dicom(DEEP, bits=12)
    dataset.PixelData = DEEP.astype(">u2").tobytes()

    assert np.array_equal(read(tmp_path, dataset, ExplicitVRBigEndian), DEEP)


def test_run_lengths_are_read(tmp_path: Path) -> None:
    dataset = dicom(DEEP, bits=12)
    path = written(tmp_path, dataset)
    dataset.compress(RLELossless)
    dataset.save_as(path, enforce_file_format=True)

    assert np.array_equal(read_radiograph(path).pixels, DEEP)


def test_a_jpeg_inside_is_read(tmp_path: Path) -> None:
    import io

    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(FLAT).save(stream, "JPEG", quality=100)
    dataset = dicom(FLAT)
    dataset.PixelData = encapsulate([stream.getvalue()])
    dataset["PixelData"].is_undefined_length = True

    pixels = read(tmp_path, dataset, JPEGBaseline8Bit)

    assert np.abs(pixels.astype(int) - FLAT).max() <= 4


def test_a_compression_nobody_decodes_is_named(tmp_path: Path) -> None:
    dataset = dicom(FLAT)
    dataset.PixelData = encapsulate([b"\xff\xd8\xff\xf7" + bytes(20)])
    dataset["PixelData"].is_undefined_length = True
    path = written(tmp_path, dataset, JPEGLSLossless)
    try:
        import gdcm  # noqa: F401
    except ImportError:
        fault = fault_of(path)
        assert "no decoder is installed" in fault
        assert "JPEG-LS Lossless" in fault
        assert "dentalviewer[dicom]" in fault
    else:
        assert "damaged, cut off" in fault_of(path)


def test_a_video_is_refused(tmp_path: Path) -> None:
    dataset = dicom(FLAT)
    dataset.PixelData = encapsulate([bytes(20)])
    dataset["PixelData"].is_undefined_length = True
    path = written(tmp_path, dataset, UID("1.2.840.10008.1.2.4.100"))

    assert "no decoder is installed" in fault_of(path)


def test_nobody_is_told_to_install_something_into_a_stand_alone_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    dataset = dicom(FLAT)
    dataset.PixelData = encapsulate([bytes(20)])
    dataset["PixelData"].is_undefined_length = True
    path = written(tmp_path, dataset, UID("1.2.840.10008.1.2.4.100"))

    fault = fault_of(path)

    assert "save it uncompressed" in fault
    assert "pip" not in fault


# Files


def test_content_counts_and_not_the_name(tmp_path: Path) -> None:
    path = written(tmp_path, dicom(FLAT)).rename(tmp_path / "radiograph.png")

    assert np.array_equal(read_radiograph(path).pixels, FLAT)


def test_nothing_of_the_patient_is_kept(tmp_path: Path) -> None:
    radiograph = read_radiograph(written(tmp_path, dicom(FLAT)))

    assert "Mouse" not in repr(vars(radiograph))


def test_a_fault_does_not_quote_the_file(tmp_path: Path) -> None:
    """What it quotes might be the patient's name."""
    path = written(tmp_path, dicom(FLAT))
    content = path.read_bytes().replace(b"Mouse^Mickey", b"Mouse^Mickey"[::-1])
    path.write_bytes(content[: content.index(b"yekciM") + 40])

    assert fault_of(path) == "this DICOM file contains no picture"


def test_several_pictures_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, dicom(FLAT, NumberOfFrames=4, Rows=4))

    assert fault_of(path) == (
        "this DICOM file contains 4 pictures; only single ones are read"
    )


def test_a_file_without_a_picture_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, dicom(FLAT, PixelData=None))

    assert fault_of(path) == "this DICOM file contains no picture"


def test_a_huge_picture_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = written(tmp_path, dicom(FLAT, Rows=10_000, Columns=10_000))

    assert fault_of(path).startswith("10000 x 10000 pixels is too large")


def test_samples_of_32_bits_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, dicom(DEEP.astype(np.uint32)))

    assert fault_of(path) == "samples of 32 bits are not read; use 8 or 16"


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_file_that_was_cut_off_is_refused(share: float, tmp_path: Path) -> None:
    path = written(tmp_path, dicom(DEEP, bits=12))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])

    fault_of(path)


def test_random_damage_never_ends_in_another_error(tmp_path: Path) -> None:
    chance = np.random.default_rng(2)
    dataset = dicom(FLAT, WindowCenter=75, WindowWidth=50, RescaleSlope=1)
    dataset.RescaleIntercept = 0
    dataset.PatientOrientation = ["L", "F"]
    path = written(tmp_path, dataset)
    whole = path.read_bytes()
    refused = 0
    for _ in range(200):
        content = bytearray(whole)
        for position in chance.integers(132, len(whole) - FLAT.size, 3):
            content[position] = chance.integers(0, 256)
        path.write_bytes(content)
        try:
            read_radiograph(path)
        except RadiographError:
            refused += 1
    assert 0 < refused < 200
