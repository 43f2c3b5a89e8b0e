"""What signals ask of a search, and when one is the end of the process."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.headless.signals import PATIENCE_S, EndingSignals

DYING = """
import signal
from tui_tuner.headless.signals import PATIENCE_S, EndingSignals

now = 0.0
asked = []
signals = EndingSignals(asked.append, may_die=True, clock=lambda: now)
with signals:
    for _ in range(3):
        signal.raise_signal(signal.SIGINT)
    print([str(command.kind.value) for command in asked], flush=True)
    now += PATIENCE_S + 0.1
    signal.raise_signal(signal.SIGINT)
    print("still there")
"""


def test_a_signal_that_comes_when_all_should_long_have_ended_ends_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", DYING], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGINT
    assert done.stdout == "['stop', 'stop_now', 'stop_now']\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_app_is_only_ever_asked(number: signal.Signals) -> None:
    asked: list[Command] = []
    times = iter(range(0, 1000, int(PATIENCE_S) + 1))
    signals = EndingSignals(asked.append, clock=lambda: float(next(times)))
    for _ in range(4):
        signals.take(number)
    assert len(asked) == 4
    assert {command.kind for command in asked[1:]} == {CommandKind.STOP_NOW}
