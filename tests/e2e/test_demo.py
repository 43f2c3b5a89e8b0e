"""`tui-tuner demo`: in a terminal, as lines, and what can be done with what it leaves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.terminal import Terminal

from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.view import SearchState, TrialState
from tui_tuner.worker.priority import BEHIND_THE_APP, VARIABLE

TUNER = [sys.executable, "-m", "tui_tuner.cli"]


def tuner(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*TUNER, *arguments], cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


def test_a_demo_in_a_terminal_is_labelled_and_its_keys_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    env = {"XDG_STATE_HOME": str(tmp_path / "state")}
    command = [*TUNER, "demo", "shown", "--trials", "200", "--pace", "0.05"]
    with Terminal(command, cwd=tmp_path, env=env) as terminal:
        terminal.until("demo: the training is made up")
        terminal.until("● running")
        terminal.until("best val_accuracy")
        workers = SearchReader(tmp_path / "shown").poll().workers
        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert {os.getpriority(os.PRIO_PROCESS, worker.pid) for worker in workers} == {min(19, own + BEHIND_THE_APP)}
        terminal.press("P")
        terminal.until("❚❚ paused")
        sessions = [Path(f"/proc/{worker.pid}/autogroup") for worker in workers]
        if all(session.exists() and session.read_text() for session in sessions):  # the kernel groups by session
            assert {session.read_text().split()[-1] for session in sessions} == {str(2 * BEHIND_THE_APP)}
        terminal.press("space")
        terminal.until("● running")
        terminal.press("x")
        terminal.until("■")
        terminal.press("q")
        terminal.until("Stop it and quit")
        terminal.press("s")
        assert terminal.until_exit() == 0
    written = bytes(terminal.raw)
    kept, titled, restored = (written.find(part) for part in (b"\x1b[22;2t", b"\x1b]2;", b"\x1b[23;2t"))
    assert 0 <= kept < titled < restored
    assert b"\x1b]9;tui-tuner: demo (made-up training): stopped, " in written
    view = SearchReader(tmp_path / "shown").poll()
    assert view.state is SearchState.STOPPED
    assert any(trial.status is TrialState.STOPPED for trial in view.trials.values())


def test_a_demo_ends_in_seconds_and_never_loads_keras(tmp_path: Path) -> None:
    done = tuner("demo", "here", "--trials", "8", "--pace", "0", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("demo (made-up training): bayesian search for the max of val_accuracy, up to 8 trials")
    assert "completed: all 8 trials were run" in lines
    view = SearchReader(tmp_path / "here").poll()
    assert view.best is not None
    log = (tmp_path / "here" / f"trial_{view.best.trial_id}" / "log.txt").read_text()
    assert "Epoch 1/12" in log
    assert "tensorflow" not in log.lower()
    again = tuner("resume", "here", "--headless", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "all 8 trials" in again.stdout


def test_a_demo_goes_on_with_more_trials_and_not_with_another_seed(tmp_path: Path) -> None:
    assert tuner("demo", "here", "--trials", "3", "--pace", "0", cwd=tmp_path).returncode == 0
    done = tuner("demo", "here", "--trials", "5", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "completed: all 5 trials were run" in done.stdout
    refused = tuner("demo", "here", "--seed", "8", cwd=tmp_path)
    assert refused.returncode == 2
    assert "the demo here was begun with the seed 7" in refused.stderr


def test_a_demo_does_not_touch_what_is_none(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    done = tuner("demo", "mine", cwd=tmp_path)
    assert done.returncode == 2
    assert "mine: is there already, and is no search." in done.stderr
