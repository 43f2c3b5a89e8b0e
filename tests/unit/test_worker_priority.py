"""How far workers stand back behind the processes of others."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tui_tuner.worker.priority import BEHIND_THE_APP, VARIABLE, let_workers_stand_back, wanted_steps

_CODE = """
import os
from tui_tuner.worker.priority import stand_back
before = os.nice(0)
stand_back()
print(os.nice(0) - before)
"""


@pytest.mark.parametrize(("value", "steps"), [("0", "0"), ("3", "3")])
def test_a_process_stands_back_as_far_as_the_environment_says(
    value: str, steps: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, value)
    code = [sys.executable, "-c", _CODE]
    assert subprocess.run(code, capture_output=True, text=True, check=True).stdout.split() == [steps]


@pytest.mark.parametrize(("value", "steps"), [("", 0), ("much", 0), ("-5", 0), ("7", 7), ("99", 19)])
def test_what_cannot_be_understood_counts_as_not_at_all(
    value: str, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, value)
    assert wanted_steps() == steps


def test_the_workers_of_an_app_stand_back_unless_the_person_has_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "2")
    let_workers_stand_back()
    assert wanted_steps() == 2
    monkeypatch.delenv(VARIABLE)
    assert (wanted_steps(), wanted_steps(3)) == (0, 3)
    let_workers_stand_back()
    assert wanted_steps() == BEHIND_THE_APP
    monkeypatch.delenv(VARIABLE)
