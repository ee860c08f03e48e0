"""Reviewed, exported, trained, killed, gone on with, compared, used: the loop."""

from __future__ import annotations

import hashlib
import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import cv2
import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from dentalviewer.decisions import decisions_between
from dentalviewer.detection.cards.card_reading import read_card
from dentalviewer.detection.cards.model_card import encode_card
from dentalviewer.detection.cards.model_folder import write_model
from dentalviewer.detection.inference.catalogue import InstalledDetectors
from dentalviewer.formats.review_file import SavedReview, write_review
from dentalviewer.geometry import Box, Size
from dentalviewer.gui.window.main_window import MainWindow
from dentalviewer.resources import user_folder
from dentalviewer.review import Review
from dentalviewer.study import Finding
from tests.conftest import Dialogs
from tests.dentist import Dentist

SIZE = Size(192, 96)
LABELS = ("restoration", "endodontic", "implant")
# A network is loaded in another process, on a computer that may be busy.
PATIENCE_MS = 200_000


def write_reviewed(folder: Path, number: int) -> None:
    """A drawn radiograph with a box of each class, all accepted."""
    from tests.detection.conftest import drawn

    boxes = [Box(60 * i + 5 + number, 20, 60 * i + 30 + number, 60) for i in range(3)]
    path = folder / f"{number}.png"
    cv2.imwrite(str(path), drawn(SIZE, boxes))
    findings = [Finding(b, label) for b, label in zip(boxes, LABELS, strict=True)]
    opened = Review().propose_annotations(findings)
    review = opened.accept([1, 2, 3])
    decisions = decisions_between(
        opened, review, action="Accept", reader="Dr Test", when=datetime.now(UTC)
    )
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    saved = SavedReview(path.name, sha256, SIZE, (), review, opened, decisions)
    write_review(path.with_name(f"{path.name}.review.json"), saved, last=None)


@pytest.mark.weights
def test_the_loop_from_reviews_to_another_detector_in_use(
    qtbot: QtBot,
    dialogs: Dialogs,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dentalviewer.detection.inference.weights import encode_weights
    from tests.detection.conftest import card, network

    # Threads that wait for each other would take the cores from other tests.
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    weights = encode_weights(network())
    own = user_folder() / "detectors"
    write_model(own / "tiny", weights, encode_card(card(weights)))
    (tmp_path / "clinic").mkdir()
    for number in range(8):
        write_reviewed(tmp_path / "clinic", number)
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    window = MainWindow(InstalledDetectors(own), settings, user_folder())
    qtbot.addWidget(window)
    window.show()
    dentist, bench = Dentist(window, qtbot), window.bench
    dentist.wait_until(lambda: "tiny" in window.detectors.names)
    window.detectors.choose("tiny")
    window.open([tmp_path / "clinic"])
    dentist.wait_until(lambda: len(window.folder_list.paths) == 8)

    dentist.choose("export_training")
    bench.exports.dialog.export.click()
    dentist.wait_until(lambda: not bench.exports.busy)
    bench.exports.dialog.train.click()
    form, progress = bench.training.dialog.form, bench.training.dialog.progress
    assert form.start.currentText() == "tiny"
    form.name.setText("better")
    form.length.epochs.setValue(2)
    form.begin.click()
    run = user_folder() / "runs" / "better"
    qtbot.waitUntil((run / "checkpoint.pt").is_file, timeout=PATIENCE_MS)
    assert bench.training.pid is not None
    os.kill(bench.training.pid, signal.SIGTERM)
    qtbot.waitUntil(lambda: not bench.training.busy, timeout=PATIENCE_MS)

    assert "ended unexpectedly" in dentist.messages
    assert not (own / "better").exists()
    progress.another.click()
    form.go_on.click()
    # Closing the window is asked about first.
    dialogs.expect("QDialog.exec", 0)
    assert not window.close()
    assert bench.training.busy
    bench.training.dialog.reject()
    qtbot.waitUntil((own / "better" / "card.json").is_file, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not bench.training.busy, timeout=PATIENCE_MS)

    assert read_card(own / "better").training.recipe.startswith(
        "ssd_mobilenet from tiny"
    )
    assert "to learn from" in progress.said
    assert progress.curves.in_words.startswith("loss ")
    dentist.wait_until(lambda: "better" in window.detectors.names)
    progress.compare.click()
    comparison = bench.comparison.dialog
    qtbot.waitUntil(lambda: not bench.comparison.busy, timeout=PATIENCE_MS)
    assert comparison.table.rowCount() == 3 * 8
    comparison.use.click()

    assert window.detectors.name == "better"
    assert window.preferences.current.detector == "better"
