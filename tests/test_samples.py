"""The sample radiographs, their annotations and the mistakes planted in them."""

import importlib.util
import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from hashlib import md5
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from dentalviewer.dentition import Tooth
from dentalviewer.geometry import Box, iou
from dentalviewer.labels import ENDODONTIC, IMPLANT, KNOWN_LABELS, canonical

if TYPE_CHECKING:
    from types import ModuleType

CHECKOUT = Path(__file__).parents[1]
SAMPLES = CHECKOUT / "resources" / "samples"
SCRIPT = CHECKOUT / "packaging" / "draw_samples.py"
TRUTH: dict[str, Any] = json.loads((SAMPLES / "truth.json").read_text("utf-8"))
NAMES = ("sample-1", "sample-2", "sample-3")

# The made-up dentist's hand is this unsteady, in pixels.
UNSTEADY = 5


@pytest.fixture(scope="module")
def script() -> "ModuleType":
    spec = importlib.util.spec_from_file_location("draw_samples", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their own module up.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def read_grey(name: str) -> np.ndarray:
    with Image.open(SAMPLES / TRUTH[name]["picture"]) as picture:
        assert picture.mode == "L"
        return np.asarray(picture)


def vott_v1_annotations() -> list[tuple[str, Box]]:
    project = json.loads((SAMPLES / "vott-v1.json").read_text("utf-8"))
    return [
        (
            region["tags"][0],
            Box(*(region["box"][key] for key in ("x1", "y1", "x2", "y2"))),
        )
        for region in project["frames"]["sample-1.png"]
    ]


def vott_v2_annotations() -> list[tuple[str, Box]]:
    (asset,) = (SAMPLES / "vott-v2").glob("*-asset.json")
    annotations = []
    for region in json.loads(asset.read_text("utf-8"))["regions"]:
        left, top, width, height = (
            region["boundingBox"][key] for key in ("left", "top", "width", "height")
        )
        annotations.append(
            (region["tags"][0], Box(left, top, left + width, top + height))
        )
    return annotations


def voc_annotations() -> list[tuple[str, Box]]:
    root = ElementTree.parse(SAMPLES / "voc/Annotations/sample-3.xml").getroot()
    return [
        (
            element.findtext("name", ""),
            Box(
                *(
                    float(element.findtext(f"bndbox/{edge}", ""))
                    for edge in ("xmin", "ymin", "xmax", "ymax")
                )
            ),
        )
        for element in root.iter("object")
    ]


READERS = dict(
    zip(NAMES, (vott_v1_annotations, vott_v2_annotations, voc_annotations), strict=True)
)


def annotations_of(name: str) -> list[tuple[str, Box]]:
    return [(canonical(label), box) for label, box in READERS[name]()]


def treatments_of(name: str) -> dict[str, dict[str, Any]]:
    return {treatment["name"]: treatment for treatment in TRUTH[name]["treatments"]}


def drawn_at(box: Box, target: Box) -> bool:
    """True where a hand has drawn `box` round `target`."""
    pairs = zip(box.corners, target.corners, strict=True)
    return all(abs(edge - aim) <= UNSTEADY for edge, aim in pairs)


def test_the_annotation_files_are_the_ones_the_script_writes(
    script: "ModuleType",
) -> None:
    for name, text in script.annotation_files().items():
        assert (SAMPLES / name).read_text("utf-8") == text, name


def test_nothing_but_the_script_writes_into_the_samples_folder(
    script: "ModuleType",
) -> None:
    expected = set(script.annotation_files()) | {"README.md"}
    expected |= {sample["picture"] for sample in TRUTH.values()}
    found = {
        path.relative_to(SAMPLES).as_posix()
        for path in SAMPLES.rglob("*")
        if path.is_file()
    }
    assert found == expected


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_as_large_as_its_annotations_say(name: str) -> None:
    height, width = read_grey(name).shape
    assert (width, height) == (2900, 1400)
    assert (TRUTH[name]["width"], TRUTH[name]["height"]) == (2900, 1400)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_small_enough_to_ship(name: str) -> None:
    assert (SAMPLES / TRUTH[name]["picture"]).stat().st_size < 2_500_000


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_uses_the_whole_range_of_grey(name: str) -> None:
    darkest, middle, brightest = np.percentile(read_grey(name), (1, 50, 99))
    assert darkest < 30
    assert 60 < middle < 140
    assert brightest > 230


def test_sample_1_uses_the_class_names_of_the_old_projects() -> None:
    assert {label for label, _ in vott_v1_annotations()} == {"endo", "restauration"}


def test_the_vott_1_project_lies_beside_its_picture_folder() -> None:
    project = json.loads((SAMPLES / "vott-v1.json").read_text("utf-8"))
    for picture, regions in project["frames"].items():
        assert (SAMPLES / "vott-v1" / picture).is_file()
        for region in regions:
            assert (region["width"], region["height"]) == (2900, 1400)
            assert region["box"] == {key: region[key] for key in region["box"]}


def test_the_vott_2_asset_is_named_after_the_md5_of_its_path() -> None:
    project = json.loads((SAMPLES / "vott-v2" / "samples.vott").read_text("utf-8"))
    ((key, asset),) = project["assets"].items()
    assert asset["path"] == "file:C:/Radiographs/samples/sample-2.jpg"
    assert key == asset["id"] == md5(asset["path"].encode()).hexdigest()
    metadata = json.loads(
        (SAMPLES / "vott-v2" / f"{key}-asset.json").read_text("utf-8")
    )
    assert metadata["asset"] == asset


def test_the_voc_label_map_numbers_the_classes_from_one() -> None:
    text = (SAMPLES / "voc" / "pascal_label_map.pbtxt").read_text("utf-8")
    items = re.findall(r"item \{\n id: (\d)\n name: '(\w+)'\n\}\n", text)
    assert items == [("1", "restoration"), ("2", "endodontic"), ("3", "implant")]


def test_the_voc_image_sets_name_the_picture_with_its_extension() -> None:
    image_sets = SAMPLES / "voc" / "ImageSets" / "Main"
    for path in image_sets.glob("*_val.txt"):
        assert path.read_text("utf-8") == "sample-3.png 1"


@pytest.mark.parametrize("name", NAMES)
def test_every_treatment_has_a_known_class_and_real_teeth(name: str) -> None:
    for treatment in TRUTH[name]["treatments"]:
        assert treatment["label"] in KNOWN_LABELS
        for fdi_number in treatment["teeth"]:
            assert Tooth.from_fdi(fdi_number).quadrant <= 4


@pytest.mark.parametrize("name", NAMES)
def test_implants_stand_in_gaps_and_root_fillings_in_teeth(name: str) -> None:
    missing = TRUTH[name]["missing_teeth"]
    for treatment in TRUTH[name]["treatments"]:
        if treatment["label"] == IMPLANT:
            assert treatment["teeth"][0] in missing
        if treatment["label"] == ENDODONTIC:
            assert treatment["teeth"][0] not in missing


@pytest.mark.parametrize("name", NAMES)
def test_every_treatment_is_inside_the_picture_where_jaws_are(name: str) -> None:
    for treatment in TRUTH[name]["treatments"]:
        box = Box(*treatment["box"])
        assert 0.12 * 2900 < box.x_min < box.x_max < 0.82 * 2900
        assert 0.15 * 1400 < box.y_min < box.y_max < 0.89 * 1400


@pytest.mark.parametrize("name", NAMES)
def test_every_treatment_is_brighter_than_its_surroundings(name: str) -> None:
    picture = read_grey(name)
    for treatment in TRUTH[name]["treatments"]:
        x_min, y_min, x_max, y_max = treatment["box"]
        inside = picture[y_min:y_max, x_min:x_max]
        around = picture[y_min - 40 : y_max + 40, x_min - 40 : x_max + 40]
        # A root filling is thin: its brightest tenth must stand out.
        brightest = np.percentile(inside, 95)
        assert brightest > np.median(around) + 30, treatment["name"]
        assert brightest > 190, treatment["name"]


@pytest.mark.parametrize("name", NAMES)
def test_two_treatments_are_missed(name: str) -> None:
    treatments = treatments_of(name)
    assert len(TRUTH[name]["planted"]["missed"]) == 2
    for missed in TRUTH[name]["planted"]["missed"]:
        treatment = treatments[missed]
        assert not [
            box
            for label, box in annotations_of(name)
            if label == treatment["label"] and iou(box, Box(*treatment["box"])) > 0.3
        ]


@pytest.mark.parametrize("name", NAMES)
def test_one_annotation_stands_on_a_sound_tooth(name: str) -> None:
    invented = TRUTH[name]["planted"]["invented"]
    assert (invented["label"], Box(*invented["box"])) in annotations_of(name)
    treated = {
        tooth for each in TRUTH[name]["treatments"] for tooth in each["teeth"]
    } | set(TRUTH[name]["missing_teeth"])
    assert invented["tooth"] not in treated


@pytest.mark.parametrize("name", NAMES)
def test_one_annotation_has_the_wrong_class(name: str) -> None:
    wrong = TRUTH[name]["planted"]["wrong_class"]
    treatment = treatments_of(name)[wrong["treatment"]]
    assert wrong["annotated_as"] != treatment["label"]
    labels = [
        label
        for label, box in annotations_of(name)
        if drawn_at(box, Box(*treatment["box"]))
    ]
    assert labels == [wrong["annotated_as"]]


@pytest.mark.parametrize("name", NAMES)
def test_one_box_is_badly_placed_but_still_touches_its_treatment(name: str) -> None:
    misplaced = TRUTH[name]["planted"]["misplaced"]
    treatment = treatments_of(name)[misplaced["treatment"]]
    aim = Box(*misplaced["annotated_at"])
    assert 0.1 < iou(aim, Box(*treatment["box"])) < 0.45
    labels = [label for label, box in annotations_of(name) if drawn_at(box, aim)]
    assert labels == [treatment["label"]]


@pytest.mark.parametrize("name", NAMES)
def test_all_other_annotations_are_right(name: str) -> None:
    planted = TRUTH[name]["planted"]
    treatments = treatments_of(name)
    faulty = {
        *planted["missed"],
        planted["wrong_class"]["treatment"],
        planted["misplaced"]["treatment"],
    }
    sound = [treatments[each] for each in treatments if each not in faulty]
    annotations = annotations_of(name)
    for treatment in sound:
        assert [
            label for label, box in annotations if drawn_at(box, Box(*treatment["box"]))
        ] == [treatment["label"]]
    # One invented, one of the wrong class, one misplaced.
    assert len(annotations) == len(sound) + 3
