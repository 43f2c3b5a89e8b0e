"""What the tests of the app share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered for a person is not remembered for who runs the tests, nor does that person's choice count."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for variable in ("NO_COLOR", "TUI_TUNER_ASCII", "LC_ALL"):
        monkeypatch.delenv(variable, raising=False)
