from __future__ import annotations

import pytest

from dentalviewer import phrases


@pytest.mark.parametrize(
    ("on_windows", "typed"),
    [
        (False, '.venv/bin/pip install "dentalviewer[train]"'),
        (True, '.venv\\Scripts\\pip install "dentalviewer[train]"'),
    ],
)
def test_what_adds_packages_is_named_as_it_is_typed_on_this_system(
    on_windows: bool, typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phrases, "_ON_WINDOWS", on_windows)

    assert phrases.pip_with("train").endswith(typed)
