"""The review file: everything comes back, and nobody's work is written over."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path, PurePath
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dentalviewer.decisions import Decision
from dentalviewer.dentition import Notation, Tooth
from dentalviewer.detector import Detection, DetectionSettings, DetectorIdentity
from dentalviewer.errors import ReviewConflictError, ReviewFileError
from dentalviewer.formats import review_file
from dentalviewer.formats.review_file import (
    SavedReview,
    annotation_files,
    find_review,
    path_in_user_folder,
    read_review,
    review_path,
    saved_review,
    set_aside,
    stamp_of,
    write_review,
)
from dentalviewer.geometry import Box, Size
from dentalviewer.radiograph import Radiograph
from dentalviewer.review import Patient, ReadingMode, Review, Sides, ToothWords
from dentalviewer.stated_teeth import StatedTooth
from dentalviewer.study import Finding, Study
from tests.held_files import FOREVER, as_on_windows, held

CROWN = Finding(Box(10.25, 20, 30.5, 41), "restoration", Tooth(3, 6))
ROOT = Finding(Box(0.1, 0.2, 0.30000000000000004, 7), "endodontic", None, 0.1)
STRANGE = Finding(Box(-5, -5, 1e6, 2), "Brücke 牙 \U0001f9b7 <&>\n", Tooth(8, 5))
DETECTION = Detection(
    DetectorIdentity("ssd_mobilenet", "ab" * 32, "CLAHE 2.0, 16 x 16"),
    DetectionSettings({"implant": 0.62, "restoration": 0.25}, 0.45, 40, 0.3),
    (ROOT, replace(CROWN, tooth=None, score=1 / 3)),
)
WHEN = datetime(2026, 11, 24, 16, 30, 5, 123456, tzinfo=UTC)


def a_review() -> SavedReview:
    opened = Review(mode=ReadingMode.READ_FIRST).propose_annotations([CROWN, STRANGE])
    review = opened.propose(DETECTION).accept([1]).reject([2])
    review = review.correct(1, replace(CROWN, label="implant")).add(ROOT).marked_read()
    review = replace(review, note='"quoted"\t', patient=Patient("M. Mouse", "17", "?"))
    decision = Decision(WHEN, "Dr. X", "Accept", opened.item(1), review.item(1))
    appeared = Decision(
        WHEN, "", "Add", None, review.item(4), "ssd_mobilenet", "ab" * 32, 0.5
    )
    return SavedReview(
        radiograph="1.png",
        radiograph_sha256="cd" * 32,
        size=Size(2900, 1400),
        annotation_paths=(PurePath("../images.json"), PurePath("1.xml")),
        review=review,
        opened=opened,
        decisions=(decision, appeared),
    )


def test_everything_comes_back(tmp_path: Path) -> None:
    saved, path = a_review(), tmp_path / "1.png.review.json"

    stamp = write_review(path, saved, last=None)

    assert read_review(path) == (saved, stamp)
    assert stamp == stamp_of(path)


def test_the_file_names_no_folder_of_this_computer(tmp_path: Path) -> None:
    radiograph = Radiograph(
        tmp_path / "images" / "1.png", np.zeros((14, 29), np.uint8), "ef" * 32
    )
    sidecars = (tmp_path / "images.json", tmp_path / "images" / "1.xml")
    study = Study(radiograph, (CROWN,), sidecars)

    saved = saved_review(study, Review(), opened=Review())

    assert saved.size == Size(29, 14)
    assert saved.annotation_paths == (PurePath("../images.json"), PurePath("1.xml"))
    assert annotation_files(saved, radiograph.path) == sidecars


def test_a_file_that_somebody_else_has_changed_is_not_written_over(
    tmp_path: Path,
) -> None:
    path, saved = tmp_path / "1.png.review.json", a_review()
    stamp = write_review(path, saved, last=None)
    theirs = replace(saved, review=replace(saved.review, note="theirs"))
    write_review(path, theirs, last=stamp)

    ours = replace(saved, review=replace(saved.review, note="ours"))
    with pytest.raises(ReviewConflictError, match="somebody else"):
        write_review(path, ours, last=stamp)
    with pytest.raises(ReviewConflictError, match="saved there already"):
        write_review(path, ours, last=None)

    assert read_review(path)[0] == theirs
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_was_only_touched_is_written(tmp_path: Path) -> None:
    path, saved = tmp_path / "1.png.review.json", a_review()
    stamp = write_review(path, saved, last=None)
    os.utime(path, ns=(0, 0))

    changed = replace(saved, decisions=())
    write_review(path, changed, last=stamp)

    assert read_review(path)[0] == changed


def test_saving_again_what_is_already_there_is_no_conflict(tmp_path: Path) -> None:
    path, saved = tmp_path / "1.png.review.json", a_review()
    stamp = write_review(path, saved, last=None)

    assert write_review(path, saved, last=None) == stamp


def test_a_review_deleted_meanwhile_is_saved_anew(tmp_path: Path) -> None:
    path, saved = tmp_path / "1.png.review.json", a_review()
    stamp = write_review(path, saved, last=None)
    path.unlink()

    write_review(path, saved, last=stamp)

    assert read_review(path)[0] == saved


def test_no_folder_is_made_where_the_drive_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "1.png.review.json"

    with pytest.raises(ReviewFileError, match=r"1\.png\.review\.json: cannot be saved"):
        write_review(path, a_review(), last=None)

    assert not path.parent.exists()


def test_the_users_own_folder_is_made_when_needed(tmp_path: Path) -> None:
    path = tmp_path / "data" / "reviews" / "1.png-0123.review.json"

    write_review(path, a_review(), last=None)

    assert read_review(path)[0] == a_review()


def test_half_a_character_in_a_name_does_not_spoil_the_file(tmp_path: Path) -> None:
    path = tmp_path / "1.png.review.json"

    write_review(path, replace(a_review(), radiograph="caf\udce9.png"), last=None)

    assert read_review(path)[0].radiograph == "caf\ufffd.png"


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_what_could_not_be_read_again_is_not_written(
    score: float, tmp_path: Path
) -> None:
    path = tmp_path / "1.png.review.json"
    review = Review().propose_annotations([replace(CROWN, score=score)])

    with pytest.raises(ReviewFileError, match="cannot be saved"):
        write_review(path, replace(a_review(), review=review), last=None)

    assert not path.exists()


def test_times_are_kept_in_utc(tmp_path: Path) -> None:
    path, saved = tmp_path / "1.png.review.json", a_review()
    paris = WHEN.astimezone(timezone(timedelta(hours=1)))
    local = replace(saved.decisions[0], when=paris)

    write_review(path, replace(saved, decisions=(local,)), last=None)

    (decision,) = read_review(path)[0].decisions
    assert decision.when.isoformat() == "2026-11-24T16:30:05.123456+00:00"


class TestWhereItLies:
    def test_beside_the_radiograph(self, tmp_path: Path) -> None:
        path = review_path(tmp_path / "1.png", tmp_path / "user")

        assert path == tmp_path / "1.png.review.json"

    @pytest.mark.skipif(os.name == "nt", reason="read-only folders are another matter")
    def test_in_the_users_folder_where_nothing_can_be_written(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # The superuser may write into read-only folders, so the answer is given here.
        disc = tmp_path / "disc"
        monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != disc)

        path = review_path(disc / "1.png", tmp_path / "user")

        assert path.parent == tmp_path / "user"
        assert path.name.startswith("1.png-")
        assert path.name.endswith(".review.json")

    def test_a_folder_that_refuses_new_files_is_tried_once_and_known_for_a_while(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """On Windows, where only trying tells: nothing is to be seen there for it."""
        as_on_windows(monkeypatch)
        tried: list[str] = []
        open_held = held(os.open, FOREVER)

        def count(path: Path, flags: int) -> int:
            tried.append(path.name)
            return int(open_held(path, flags))

        monkeypatch.setattr(os, "open", count)
        monkeypatch.setattr(time, "monotonic", lambda: 100.0)

        paths = [
            review_path(tmp_path / f"{number}.png", tmp_path / "user")
            for number in range(100)
        ]

        assert {path.parent for path in paths} == {tmp_path / "user"}
        assert len(tried) == 1

    def test_a_folder_is_not_tried_where_the_review_lies_there(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        as_on_windows(monkeypatch)
        beside = tmp_path / "1.png.review.json"
        beside.touch()
        tried: list[Path] = []
        monkeypatch.setattr(os, "open", lambda path, flags: tried.append(path))

        assert review_path(tmp_path / "1.png", tmp_path / "user") == beside
        assert tried == []

    def test_looking_for_a_review_changes_nothing_in_the_folder(
        self, tmp_path: Path
    ) -> None:
        radiograph, own = tmp_path / "pictures" / "1.png", tmp_path / "user"
        radiograph.parent.mkdir()
        os.utime(radiograph.parent, (0, 0))

        assert find_review(radiograph, own) is None
        assert radiograph.parent.stat().st_mtime == 0

    @pytest.mark.parametrize("places", [["beside"], ["own"], ["beside", "own"]])
    def test_a_review_is_found_where_it_is_saved_next(
        self, places: list[str], tmp_path: Path
    ) -> None:
        radiograph, own = tmp_path / "pictures" / "1.png", tmp_path / "user"
        known = {
            "beside": tmp_path / "pictures" / "1.png.review.json",
            "own": path_in_user_folder(radiograph, own),
        }
        for place in places:
            known[place].parent.mkdir()
            known[place].touch()

        found = find_review(radiograph, own)

        assert found == known[places[0]] == review_path(radiograph, own)

    def test_a_folder_that_takes_files_is_left_as_it_was(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        as_on_windows(monkeypatch)
        # A scanner looks at the file that was made there to see whether one can be.
        monkeypatch.setattr(Path, "unlink", held(Path.unlink, 3, ending=".tmp"))

        path = review_path(tmp_path / "1.png", tmp_path / "user")

        assert path == tmp_path / "1.png.review.json"
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.skipif(os.name == "nt", reason="paths are others there")
    def test_in_the_users_folder_it_has_the_name_that_it_always_had(
        self, tmp_path: Path
    ) -> None:
        """Or the reviews that are there would not be found any more."""
        # The start of the SHA-256 of "/pictures/1.png".
        assert path_in_user_folder(Path("/pictures/1.png"), tmp_path) == (
            tmp_path / "1.png-9de60a2df852c7a5.review.json"
        )

    @pytest.mark.skipif(os.name == "nt", reason="read-only folders are another matter")
    def test_one_that_came_with_a_read_only_folder_is_found(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "access", lambda path, mode: False)
        beside = tmp_path / "1.png.review.json"
        beside.touch()

        assert review_path(tmp_path / "1.png", tmp_path / "user") == beside

    def test_one_begun_while_the_folder_was_read_only_is_kept_to(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(os, "access", lambda path, mode: False)
            begun = review_path(tmp_path / "1.png", tmp_path / "user")
        begun.parent.mkdir()
        begun.touch()

        assert review_path(tmp_path / "1.png", tmp_path / "user") == begun

    def test_radiographs_of_one_name_do_not_share_a_review(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "access", lambda path, mode: False)

        one, other = (
            review_path(tmp_path / folder / "1.png", tmp_path / "user")
            for folder in ("mouse", "duck")
        )

        assert one != other

    def test_a_name_as_long_as_a_name_can_be(self, tmp_path: Path) -> None:
        radiograph = tmp_path / ("ä" * 125 + ".png")
        radiograph.touch()

        path = review_path(radiograph, tmp_path / "user")
        write_review(path, replace(a_review(), radiograph=radiograph.name), last=None)

        assert read_review(path)[0].radiograph == radiograph.name

    def test_beside_a_radiograph_deep_in_folders_the_path_is_too_long_for_windows(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        deep = tmp_path / "practice"
        while len(os.fspath(deep)) < 195:
            deep /= "folder"
        deep.mkdir(parents=True)
        pictures = [deep / f"{n * 50}.png" for n in "ab"]
        pictures += [deep / "c.png"]
        for picture in pictures:
            picture.touch()
        kept = deep / f"{pictures[1].name}.review.json"
        write_review(kept, a_review(), last=None)
        as_on_windows(monkeypatch)
        user = tmp_path / "user"

        assert [review_path(picture, user) for picture in pictures] == [
            path_in_user_folder(pictures[0], user),
            # Where Windows was told to take longer ones.
            kept,
            deep / "c.png.review.json",
        ]


class TestSettingAside:
    def test_a_damaged_file_is_kept_under_another_name(self, tmp_path: Path) -> None:
        path = tmp_path / "1.png.review.json"
        path.write_bytes(b"{")

        aside = set_aside(path)

        assert aside == tmp_path / "1.png.review.json.unreadable"
        assert aside.read_bytes() == b"{"
        assert not path.exists()

    def test_an_earlier_one_is_not_written_over(self, tmp_path: Path) -> None:
        path = tmp_path / "1.png.review.json"
        for content in (b"first", b"second", b"third"):
            path.write_bytes(content)
            set_aside(path)

        assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {
            "1.png.review.json.unreadable": b"first",
            "1.png.review.json.unreadable-2": b"second",
            "1.png.review.json.unreadable-3": b"third",
        }

    def test_a_file_that_is_held_for_a_moment_is_set_aside_after_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "1.png.review.json"
        path.write_bytes(b"{")
        as_on_windows(monkeypatch)
        monkeypatch.setattr(os, "replace", held(os.replace, 3))

        assert set_aside(path).read_bytes() == b"{"
        assert not path.exists()

    def test_a_file_that_is_gone_leaves_no_empty_one(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            set_aside(tmp_path / "1.png.review.json")

        assert list(tmp_path.iterdir()) == []


def _set(*keys: str | int, to: Any) -> Callable[[Any], None]:
    def change(value: Any) -> None:
        for key in keys[:-1]:
            value = value[key]
        value[keys[-1]] = to

    return change


def _drop(*keys: str | int) -> Callable[[Any], None]:
    def change(value: Any) -> None:
        for key in keys[:-1]:
            value = value[key]
        del value[keys[-1]]

    return change


FAULTS = [
    (_set("version", to=2), "version 2 .* newer dentalviewer"),
    (_set("version", to=0), "version 0 .* unknown"),
    (_set("version", to=True), "version should be a number, not true"),
    (_set("format", to="labelme"), "not a review of dentalviewer"),
    (_drop("format"), "not a review of dentalviewer"),
    (_drop("decisions"), "decisions is missing"),
    (_set("colour", to="red"), "'colour' is not known"),
    (_set("radiograph", "width", to=0), "radiograph: width should be 1 or more"),
    (_set("radiograph", "name", to=None), "name should be a text, not null"),
    (_set("annotation_paths", to=[1]), "annotation_paths 1 should be a text"),
    (_set("review", "mode", to="fast"), "mode should be one of concurrent, read fi"),
    (_set("review", "read", to=1), "read should be true or false"),
    (_set("review", "next_id", to=4), "next_id 4 is not above"),
    (_set("review", "items", 1, "id", to=1), "two items have the same id"),
    (_set("review", "items", 0, "id", to=1.5), "id should be a whole number"),
    (_set("review", "items", 0, "verdict", to="ok"), "item 1: verdict should be one"),
    (_drop("review", "items", 0, "proposed"), "review, item 1: proposed is missing"),
    (_set("review", "items", 0, "current", to=None), "should be an object, not null"),
    (_set("opened", "items", 0, "current", "box", to=[1, 2, 3]), "4 numbers, not 3"),
    (_set("opened", "items", 0, "current", "box", 2, to=1), "max > min"),
    (_set("opened", "items", 0, "current", "box", 2, to=True), "number, not true"),
    (_set("opened", "items", 0, "current", "tooth", to=19), "FDI number 19"),
    (_set("opened", "items", 0, "current", "score", to="0.5"), "the text '0.5'"),
    (_set("review", "detection", "settings", "thresholds", to=[]), "an object"),
    (_set("review", "detection", "candidates", to={}), "candidates should be a list"),
    (_set("decisions", 0, "when", to="yesterday"), "when is not a time"),
    (_set("decisions", 0, "when", to="2026-11-24T16:30:05"), "no time zone"),
    (_set("decisions", 1, "threshold", to=False), "decision 2: threshold should be"),
]


@pytest.mark.parametrize(("damage", "fault"), FAULTS)
def test_a_file_with_a_fault_is_refused_saying_where_it_is(
    damage: Callable[[Any], None], fault: str, tmp_path: Path
) -> None:
    path = tmp_path / "1.png.review.json"
    write_review(path, a_review(), last=None)
    value = json.loads(path.read_bytes())
    damage(value)
    path.write_text(json.dumps(value), "utf-8")

    with pytest.raises(ReviewFileError, match=fault) as caught:
        read_review(path)

    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "not valid JSON"),
        (b"\x00\xff\xfe", "not UTF-8"),
        (b"[]", "the file should be an object, not a list"),
        (b'{"format": NaN}', "NaN is not a number"),
        (b"[" * 10_000, "more than 200 deep"),
    ],
)
def test_a_file_that_is_no_json_is_refused(
    content: bytes, fault: str, tmp_path: Path
) -> None:
    path = tmp_path / "1.png.review.json"
    path.write_bytes(content)

    with pytest.raises(ReviewFileError, match=fault):
        read_review(path)


def test_a_truncated_file_is_refused_wherever_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "1.png.review.json"
    write_review(path, a_review(), last=None)
    whole = path.read_bytes()

    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        with pytest.raises(ReviewFileError):
            read_review(path)


def test_teeth_and_the_span_of_a_bridge_come_back(tmp_path: Path) -> None:
    bridge = replace(CROWN, last_tooth=Tooth(3, 4))
    detection = replace(
        DETECTION,
        teeth=(CROWN, replace(CROWN, tooth=Tooth(3, 7), tooth_in_doubt=True)),
        tooth_detector=DetectorIdentity("teeth", "ef" * 32),
    )
    review = Review().propose_annotations([bridge]).propose(detection)
    words = (
        ToothWords(Tooth(3, 6), "crown of 2019", "restored"),
        ToothWords(Tooth(3, 7), "as on 30", "restored", Notation.UNIVERSAL),
        ToothWords(Tooth(3, 8), "as on 36", None, Notation.FDI, in_doubt=True),
    )
    review = replace(review, tooth_words=words)
    saved = replace(a_review(), review=review, opened=review, decisions=())
    path = tmp_path / "1.png.review.json"
    write_review(path, saved, last=None)
    assert read_review(path)[0] == saved


def test_a_span_that_ends_where_it_begins_is_one_tooth(tmp_path: Path) -> None:
    bridge = replace(CROWN, last_tooth=Tooth(3, 4))
    review = Review().propose_annotations([bridge])
    saved = replace(a_review(), review=review, opened=review, decisions=())
    path = tmp_path / "1.png.review.json"
    write_review(path, saved, last=None)
    path.write_text(path.read_text().replace('"last_tooth":34', '"last_tooth":36'))

    (item,) = read_review(path)[0].review.items

    assert (item.proposed, item.current) == (CROWN, CROWN)


def test_own_words_from_before_it_was_kept_what_they_are_about_can_be_read(
    tmp_path: Path,
) -> None:
    """They are saved as they were, so that the version that wrote them can too."""
    words = ToothWords(Tooth(3, 6), "crown of 2019")
    saved = replace(a_review(), review=replace(Review(), tooth_words=(words,)))
    path = tmp_path / "1.png.review.json"
    write_review(path, saved, last=None)
    content = json.loads(path.read_text())
    assert content["review"]["tooth_words"] == [{"tooth": 36, "words": "crown of 2019"}]
    assert read_review(path)[0] == saved


@pytest.mark.parametrize(
    ("earlier", "notation"),
    [("FDI (ISO 3950)", Notation.FDI), ("Universal (ADA)", Notation.UNIVERSAL)],
)
def test_the_system_of_own_words_is_kept_by_its_name_not_by_what_is_displayed(
    tmp_path: Path, earlier: str, notation: Notation
) -> None:
    """What was displayed once was written once, and can still be read."""
    words = ToothWords(Tooth(3, 6), "as on 30", None, notation)
    saved = replace(a_review(), review=replace(Review(), tooth_words=(words,)))
    path = tmp_path / "1.png.review.json"
    write_review(path, saved, last=None)
    content = json.loads(path.read_text())
    (said,) = content["review"]["tooth_words"]
    assert said["notation"] == notation.name
    said["notation"] = earlier
    path.write_text(json.dumps(content))
    assert read_review(path)[0] == saved


def test_a_system_of_own_words_that_is_not_known_is_refused(tmp_path: Path) -> None:
    words = ToothWords(Tooth(3, 6), "as on 30", None, Notation.UNIVERSAL)
    saved = replace(a_review(), review=replace(Review(), tooth_words=(words,)))
    path = tmp_path / "1.png.review.json"
    write_review(path, saved, last=None)
    content = json.loads(path.read_text())
    content["review"]["tooth_words"][0]["notation"] = "Palmer"
    path.write_text(json.dumps(content))
    fault = "notation should be one of FDI, UNIVERSAL, not 'Palmer'"
    with pytest.raises(ReviewFileError, match=fault):
        read_review(path)


def test_what_was_stated_of_teeth_comes_back(tmp_path: Path) -> None:
    stated = (
        StatedTooth(Tooth(1, 8), seen=False),
        StatedTooth(Tooth(3, 6), seen=True),
        StatedTooth(Tooth(3, 7), seen=True, box=Box(10, 20, 30.5, 60)),
    )
    review = replace(a_review().review, stated_teeth=stated)
    saved = replace(a_review(), review=review)
    path = tmp_path / "1.png.review.json"
    write_review(path, saved, last=None)
    assert read_review(path)[0] == saved
    # Where nothing was stated, earlier versions can read the file.
    assert "stated_teeth" not in json.loads(path.read_text())["opened"]


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"tooth": 19, "seen": True, "box": None}, "no tooth has the FDI number 19"),
        ({"tooth": 36, "seen": "yes", "box": None}, "seen"),
        ({"tooth": 36, "seen": True, "box": [1, 2, 3]}, "box should have 4 numbers"),
        ({"tooth": 36, "seen": True, "box": [5, 5, 5, 9]}, "max > min"),
        ({"tooth": 37, "seen": True, "box": None}, "one tooth is stated twice"),
    ],
)
def test_what_cannot_be_stated_of_a_tooth_is_refused(
    tmp_path: Path, said: dict[str, object], fault: str
) -> None:
    path = tmp_path / "1.png.review.json"
    write_review(path, a_review(), last=None)
    content = json.loads(path.read_text())
    known = {"tooth": 37, "seen": False, "box": None}
    content["review"]["stated_teeth"] = [known, said]
    path.write_text(json.dumps(content))
    with pytest.raises(ReviewFileError, match=fault):
        read_review(path)


def written_decisions(saved: SavedReview, path: Path) -> list[dict[str, Any]]:
    """Those in the file, once the review has come back from it as it was."""
    write_review(path, saved, last=None)
    assert read_review(path)[0] == saved
    decisions: list[dict[str, Any]] = json.loads(path.read_text())["decisions"]
    return decisions


def test_decisions_about_teeth_come_back(tmp_path: Path) -> None:
    was = StatedTooth(Tooth(3, 6), seen=False, box=Box(10, 20, 30.5, 60))
    other = a_review().decisions[0]
    about_tooth = Decision(other.when, "Dr Ada", "Undo", tooth_before=was)
    saved = replace(a_review(), decisions=(other, about_tooth))

    first, second = written_decisions(saved, tmp_path / "1.png.review.json")

    # Earlier versions can read the decisions about findings.
    assert "tooth_before" not in first
    assert second["tooth_before"]["tooth"] == 36
    assert second["tooth_after"] is None


def test_a_decision_about_the_sides_comes_back(tmp_path: Path) -> None:
    other = a_review().decisions[0]
    said = {"sides_before": Sides.DOUBTFUL, "sides_after": Sides.USUAL}
    about_sides = Decision(other.when, "Dr Ada", "Patient's right", **said)
    saved = replace(a_review(), decisions=(other, about_sides))

    first, second = written_decisions(saved, tmp_path / "1.png.review.json")

    assert "sides_before" not in first
    assert (second["sides_before"], second["sides_after"]) == ("in doubt", "usual")


def test_a_decision_about_the_picture_comes_back(tmp_path: Path) -> None:
    other = a_review().decisions[0]
    none = Decision(other.when, "Dr Ada", "Panoramic", panoramic_after=False)
    saved = replace(a_review(), decisions=(other, none))

    first, second = written_decisions(saved, tmp_path / "1.png.review.json")

    assert "panoramic_before" not in first
    assert (second["panoramic_before"], second["panoramic_after"]) == (None, False)


def test_a_decision_about_the_reading_mode_comes_back(tmp_path: Path) -> None:
    other = a_review().decisions[0]
    said = {
        "mode_before": ReadingMode.CONCURRENT,
        "mode_after": ReadingMode.READ_FIRST,
    }
    about_mode = Decision(other.when, "Dr Ada", "Reading mode", **said)
    saved = replace(a_review(), decisions=(other, about_mode))

    first, second = written_decisions(saved, tmp_path / "1.png.review.json")

    assert "mode_before" not in first
    assert (second["mode_before"], second["mode_after"]) == (
        "concurrent",
        "read first, then reveal",
    )


def test_a_decision_about_the_reading_comes_back(tmp_path: Path) -> None:
    other = a_review().decisions[0]
    done = Decision(other.when, "Dr Ada", "Done", read=True, next_id=3)
    taken_back = Decision(other.when, "Dr Ada", "Undo: Done", read=False)
    saved = replace(a_review(), decisions=(other, done, taken_back))

    first, *about_reading = written_decisions(saved, tmp_path / "1.png.review.json")

    assert "read" not in first
    assert [each["read"] for each in about_reading] == [True, False]


@pytest.mark.parametrize("said", ["yes", None, 1])
def test_what_cannot_be_said_of_the_reading_is_refused(
    tmp_path: Path, said: object
) -> None:
    path = tmp_path / "1.png.review.json"
    write_review(path, a_review(), last=None)
    content = json.loads(path.read_text())
    content["decisions"][0]["read"] = said
    path.write_text(json.dumps(content))
    with pytest.raises(ReviewFileError, match="read should be true or false"):
        read_review(path)


def test_other_names_of_classes_come_back(tmp_path: Path) -> None:
    saved, path = a_review(), tmp_path / "1.png.review.json"
    plain = json.loads(write_and_read(path, saved))
    assert "names" not in plain["review"]
    names = {"restoration": "Füllung", "pin": "post"}
    renamed = replace(saved.review, names=names).propose(DETECTION)
    saved = replace(saved, review=renamed)

    value = json.loads(write_and_read(path, saved))

    assert value["review"]["names"] == names
    assert read_review(path)[0] == saved
    # For a while they stood with what the detector had said.
    del value["review"]["names"]
    value["review"]["detection"]["names"] = {"restoration": "Füllung"}
    path.write_text(json.dumps(value))
    review = read_review(path)[0].review
    assert review.names == {"restoration": "Füllung"}
    assert review.detection == saved.review.detection


@pytest.mark.parametrize("names", [["restoration"], {"restoration": 1}])
def test_what_is_no_name_of_a_class_is_refused(tmp_path: Path, names: object) -> None:
    path = tmp_path / "1.png.review.json"
    value = json.loads(write_and_read(path, a_review()))
    value["review"]["names"] = names
    path.write_text(json.dumps(value))

    with pytest.raises(ReviewFileError, match=r"names|restoration"):
        read_review(path)


def write_and_read(path: Path, saved: SavedReview) -> str:
    write_review(path, saved, last=stamp_of(path) if path.exists() else None)
    return path.read_text(encoding="utf-8")


def test_a_review_from_before_teeth_were_found_can_still_be_read(
    tmp_path: Path,
) -> None:
    path = tmp_path / "1.png.review.json"
    write_review(path, a_review(), last=None)
    content = json.loads(path.read_text())
    for part in ("review", "opened"):
        if content[part]["detection"]:
            del content[part]["detection"]["teeth"]
            del content[part]["detection"]["tooth_detector"]
    path.write_text(json.dumps(content))
    assert read_review(path)[0] == a_review()


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
coordinates = st.floats(-1e7, 1e7)
scores = st.none() | st.floats(allow_nan=False, allow_infinity=False)
teeth = st.none() | st.builds(Tooth, st.integers(1, 8), st.integers(1, 5))


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x_min, x_max = sorted(draw(st.tuples(coordinates, coordinates)))
    y_min, y_max = sorted(draw(st.tuples(coordinates, coordinates)))
    return Box(x_min, y_min, max(x_max, x_min + 1), max(y_max, y_min + 1))


findings = st.builds(Finding, boxes(), texts, teeth, scores)
detections = st.builds(
    Detection,
    st.builds(DetectorIdentity, texts, texts, texts),
    st.builds(
        DetectionSettings,
        st.dictionaries(texts, st.floats(0, 1), max_size=3),
        st.floats(0, 1),
        st.integers(0, 100),
        st.floats(0, 1),
    ),
    st.lists(findings, max_size=3).map(tuple),
    st.lists(findings, max_size=3).map(tuple),
    st.none() | st.builds(DetectorIdentity, texts, texts, texts),
)


@given(
    proposed=st.lists(findings, max_size=4),
    drawn=st.lists(findings, max_size=2),
    detection=st.none() | detections,
    note=texts,
    sides=st.sampled_from(Sides),
    panoramic=st.none() | st.booleans(),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_review_comes_back(
    tmp_path: Path,
    proposed: list[Finding],
    drawn: list[Finding],
    detection: Detection | None,
    note: str,
    sides: Sides,
    panoramic: bool | None,
) -> None:
    blank = Review(note=note, sides=sides, panoramic=panoramic)
    opened = blank.propose_annotations(proposed)
    review = opened.propose(detection).accept([1, 3]).reject([2])
    for finding in drawn:
        review = review.add(finding)
    log = tuple(
        Decision(WHEN, note, note, None, item, note, None, item.current.score)
        for item in review.items
    )
    saved = SavedReview("1.png", "", Size(1, 1), (), review, opened, log)
    path = tmp_path / "1.png.review.json"
    path.unlink(missing_ok=True)

    write_review(path, saved, last=None)

    assert read_review(path)[0] == saved


def test_of_many_who_save_at_once_nobody_writes_over_another(tmp_path: Path) -> None:
    path = tmp_path / "pan.png.review.json"
    saved = a_review()
    write_review(path, saved, last=None)
    written: list[str] = []

    def add_notes(reader: int) -> None:
        for number in range(5):
            note = f"{reader}-{number};"
            while True:
                now, stamp = read_review(path)
                review = replace(now.review, note=now.review.note + note)
                try:
                    write_review(path, replace(now, review=review), last=stamp)
                except ReviewConflictError:
                    continue
                written.append(note)
                break

    with ThreadPoolExecutor(4) as readers:
        list(readers.map(add_notes, range(4)))

    kept = read_review(path)[0].review.note.removeprefix(saved.review.note)
    assert sorted(kept.split(";")[:-1]) == sorted(note[:-1] for note in written)
    assert len(written) == 20
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def left_locked(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lock of a program that died while saving the review there."""
    monkeypatch.setattr(review_file, "LOCK_SECONDS", 0.2)
    with review_file._alone_with(path):
        (lock,) = path.parent.iterdir()
    lock.touch()
    return lock


def test_a_program_that_died_while_saving_keeps_nobody_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "pan.png.review.json"
    lock = left_locked(path, monkeypatch)

    write_review(path, a_review(), last=None)

    assert not lock.exists()
    assert read_review(path)[0] == a_review()


def test_a_dead_lock_falls_where_the_drive_numbers_a_file_otherwise_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As drives of a network do that Windows has mapped."""
    path = tmp_path / "pan.png.review.json"
    lock = left_locked(path, monkeypatch)
    told, numbers = Path.stat, iter(range(1, 200))

    def renumbered(self: Path, **options: Any) -> Any:
        status = told(self, **options)
        if self != lock:
            return status
        when = status.st_mtime_ns
        return SimpleNamespace(st_ino=next(numbers), st_mtime_ns=when)

    monkeypatch.setattr(Path, "stat", renumbered)
    write_review(path, a_review(), last=None)

    assert read_review(path)[0] == a_review()


def test_a_lock_that_cannot_be_deleted_makes_nobody_a_stranger_to_the_own_review(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, saved = tmp_path / "pan.png.review.json", a_review()
    monkeypatch.setattr(review_file, "LOCK_SECONDS", 0.2)
    with monkeypatch.context() as patch:
        as_on_windows(patch)
        patch.setattr(Path, "unlink", held(Path.unlink, FOREVER, ending=".lock"))
        stamp = write_review(path, saved, last=None)
    assert [each.suffix for each in tmp_path.iterdir() if each != path] == [".lock"]

    write_review(path, replace(saved, decisions=()), last=stamp)

    assert read_review(path)[0] == replace(saved, decisions=())
    assert list(tmp_path.iterdir()) == [path]


def test_a_lock_that_is_still_being_deleted_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows refuses its name until whoever has it open lets go of it."""
    path = tmp_path / "pan.png.review.json"
    as_on_windows(monkeypatch)
    monkeypatch.setattr(os, "open", held(os.open, 3, ending=".lock"))

    write_review(path, a_review(), last=None)

    assert read_review(path)[0] == a_review()


def test_a_lock_of_an_ended_program_that_cannot_be_deleted_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "pan.png.review.json"
    monkeypatch.setattr(review_file, "LOCK_SECONDS", 0.2)
    with review_file._alone_with(path):
        (lock,) = tmp_path.iterdir()
    lock.touch()
    monkeypatch.setattr(Path, "unlink", held(Path.unlink, FOREVER, ending=".lock"))

    with pytest.raises(ReviewFileError, match="cannot be saved: Permission denied"):
        write_review(path, a_review(), last=None)

    assert not path.exists()
