"""What every test starts from, and what it may not leave behind.

A test has an empty home of its own. It shows no window (unless run with `--headed`),
opens no modal dialog that it does not expect, and leaves no widget.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# How long an example takes is the computer's business, and no test of the program.
settings.register_profile("dentalviewer", deadline=None)
settings.load_profile("dentalviewer")

# In the background of a script, or under nohup, these are ignored, in programs that a
# test starts too: nothing could show that they end one.
for name in ("SIGINT", "SIGHUP"):
    ending = getattr(signal, name, None)
    if ending and signal.getsignal(ending) is signal.SIG_IGN:
        usual = signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL
        signal.signal(ending, usual)

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"

# Where programs look for the user's folders, on Linux, macOS and Windows.
HOME_VARIABLES = {
    "HOME": "",
    "USERPROFILE": "",
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
    "XDG_CACHE_HOME": ".cache",
    "APPDATA": "AppData/Roaming",
    "LOCALAPPDATA": "AppData/Local",
}

# No folder can be called that everywhere, or be seen: Windows keeps some for itself.
NO_FOLDERS = (
    *("../up", "a/b", "..", ".hidden", "C:x", "a\tb", "a\x01", "new.", "new ", "x. "),
    *("NUL", "con", "Aux.2", "prn .x", "COM1", "lpt9.tar.gz", "COM¹"),
)

# The functions that show a dialog and come back only when the user has answered.
EXECUTE = {"exec", "exec_"}
BLOCKING_CALLS = {
    "QDialog": EXECUTE,
    "QMessageBox": EXECUTE
    | {"about", "critical", "information", "question", "warning"},
    "QFileDialog": EXECUTE
    | {
        "getExistingDirectory",
        "getExistingDirectoryUrl",
        "getOpenFileName",
        "getOpenFileNames",
        "getSaveFileName",
    },
    "QInputDialog": EXECUTE
    | {"getDouble", "getInt", "getItem", "getMultiLineText", "getText"},
}

PASSED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def qapp_cls() -> type:
    """The application that pytest-qt makes."""
    from dentalviewer.gui.app import Application

    return Application


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--headed", action="store_true", help="show the windows that the tests open"
    )


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("--headed"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if hasattr(config, "workerinput"):
        # One of several processes: torch and OpenCV need not fight over the cores.
        os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if (SHARED / "data").is_dir():
        return
    absent = pytest.mark.skip(reason="the real radiographs in ../shared are not here")
    for item in items:
        if item.get_closest_marker("shared"):
            item.add_marker(absent)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[PASSED] = report.passed
    return report


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """The real radiographs; for tests marked `shared`."""
    return SHARED


@pytest.fixture(autouse=True)
def home(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """An empty home, where settings and caches of this test go."""
    folder = tmp_path_factory.mktemp("home")
    for variable, place in HOME_VARIABLES.items():
        monkeypatch.setenv(variable, str(folder / place))
    if "qapp" in request.fixturenames:
        from PySide6.QtCore import QSettings

        # Qt looks at the environment for this only once.
        for kind in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
            QSettings.setPath(kind, QSettings.Scope.UserScope, str(folder / ".config"))
    return folder


class Dialogs:
    """The modal dialogs that a test expects, and how the user answers them."""

    def __init__(self) -> None:
        self.unexpected: list[str] = []
        self._answers: list[tuple[str, Any]] = []

    def expect(self, name: str, answer: Any) -> None:
        """Answer the next dialog called `name`, such as "QFileDialog.getOpenFileName".

        `answer` is what the call returns. For "QDialog.exec", which stands for every
        dialog that is executed, it may be a function, which is given the dialog and
        whose result the call returns.
        """
        self._answers.append((name, answer))

    def expect_question(self, words: str) -> None:
        """Answer the next question by the button that begins with these words."""

        def press(box: Any) -> int:
            (button,) = (b for b in box.buttons() if b.text().startswith(words))
            button.click()
            return 0

        self.expect("QDialog.exec", press)

    @property
    def unanswered(self) -> list[str]:
        return [name for name, _ in self._answers]

    def open(self, name: str, *arguments: Any) -> Any:
        """Stands in for the dialog: the answer, or AssertionError if unexpected."""
        for index, (expected, answer) in enumerate(self._answers):
            if expected == name:
                del self._answers[index]
                return answer(*arguments[:1]) if callable(answer) else answer
        texts = [text for text in map(_text_of, arguments) if text]
        self.unexpected.append(f"{name}: {' | '.join(texts)}")
        raise AssertionError(f"unexpected modal dialog {self.unexpected[-1]}")


def _text_of(argument: Any) -> str:
    if isinstance(argument, str):
        return argument
    text = getattr(argument, "text", None) or getattr(argument, "windowTitle", None)
    return str(text()) if callable(text) else ""


def _stand_in(dialogs: Dialogs, name: str) -> Callable[..., Any]:
    def opened(*arguments: Any, **options: Any) -> Any:
        return dialogs.open(name, *arguments, *options.values())

    return opened


@pytest.fixture(autouse=True)
def dialogs(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Generator[Dialogs]:
    """A modal dialog fails the test, unless it was expected."""
    expected = Dialogs()
    if "qapp" in request.fixturenames:
        from PySide6 import QtWidgets

        for kind, names in BLOCKING_CALLS.items():
            kind_class = getattr(QtWidgets, kind)
            for name in names & vars(kind_class).keys():
                called = "QDialog.exec" if name in EXECUTE else f"{kind}.{name}"
                monkeypatch.setattr(kind_class, name, _stand_in(expected, called))
    yield expected
    assert not expected.unexpected, "unexpected modal dialogs"
    if request.node.stash.get(PASSED, False):
        assert not expected.unanswered, "dialogs were expected that never opened"


@pytest.fixture(autouse=True)
def garbage_stays_on_this_thread(request: pytest.FixtureRequest) -> Generator[None]:
    """As in the program: a thread that finds a Qt object would destroy it there."""
    if "qapp" not in request.fixturenames:
        yield
        return
    gc.disable()
    yield
    # What the test made is all in the youngest generation.
    gc.collect(0)
    gc.enable()


@pytest.fixture(autouse=True)
def no_widget_survives(request: pytest.FixtureRequest) -> Generator[None]:
    """Every window that a test opened is gone when it ends."""
    if "qapp" not in request.fixturenames:
        yield
        return
    from PySide6.QtCore import QCoreApplication, QEvent
    from PySide6.QtWidgets import QApplication

    before = set(QApplication.topLevelWidgets())
    yield

    def survivors() -> list[Any]:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        return [w for w in QApplication.topLevelWidgets() if w not in before]

    if survivors():
        gc.collect()
    left = survivors()
    names = [f"{type(w).__name__}({w.windowTitle()!r})" for w in left]
    for widget in left:
        widget.hide()
        widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    # A test that failed has its frame kept, and with it every widget in it.
    if request.node.stash.get(PASSED, False):
        assert not names, f"widgets survived the test: {', '.join(names)}"


NEVER_MS = 2**30


@pytest.fixture
def looks_ahead_after_ms() -> int:
    """How long a dentist stays before the next radiograph is examined as well."""
    return NEVER_MS
