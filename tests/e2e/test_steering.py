"""People steer one search at once: from two terminals, with `tui-tuner ctl`, and from Python; a third only watches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.simulated import SimulatedSearch
from support.terminal import Terminal
from support.watching import Watched, is_running, until

import tui_tuner
from tui_tuner.engine.commands import CommandKind
from tui_tuner.engine.view import SearchState, TrialState
from tui_tuner.errors import CommandRefusedError, NoEngineError


def ctl(search: SimulatedSearch, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a shell runs it."""
    command = [sys.executable, "-m", "tui_tuner.cli", "ctl", str(search.root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def asked(search: SimulatedSearch, *arguments: str) -> str:
    """What the engine answered; it did not refuse."""
    done = ctl(search, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


@contextmanager
def headless(search: SimulatedSearch) -> Iterator[subprocess.Popen[bytes]]:
    """The search in a process without a terminal."""
    process = subprocess.Popen(search.run("--headless"), cwd=search.folder, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_three_terminals_see_the_same_and_two_of_them_steer(search: SimulatedSearch, watched: Watched) -> None:
    search = replace(search, seconds_per_epoch=0.1, trials=30)
    with ExitStack() as stack:
        first = stack.enter_context(Terminal(search.run(), cwd=search.folder))
        watched.until_epoch()
        second = stack.enter_context(Terminal(search.attach(), cwd=search.folder, size=(80, 24)))
        third = stack.enter_context(Terminal(search.attach("--read-only"), cwd=search.folder))
        everyone = (first, second, third)
        for terminal in everyone:
            terminal.until("● running")

        second.press("space")
        for terminal in everyone:
            terminal.until("❚❚ paused")
        third.until("read-only")
        third.press("e", "space", "P")

        second.press("e")
        second.until("other value")
        second.press("64", "enter")
        second.until("will be run next")
        first.press("+")
        first.until("2 trials at once")
        first.press("space")
        for terminal in everyone:
            terminal.until("● running")
            terminal.until("✎")
        first.until("2 workers")
        third.until("2 workers")

        second.press("d")
        assert second.until_exit() == 0
        assert second.is_restored
        first.press("q")
        first.until("The search is running")
        first.press("s")
        assert first.until_exit() == 0
        third.until("■ stopped")
        third.press("q")
        assert third.until_exit() == 0
    by_hand = [trial for trial in watched.view().trials.values() if trial.origin == "by hand"]
    assert [trial.hyperparameters["units"] for trial in by_hand] == [64]
    answers = watched.events("command_answered")
    assert all(answer["ok"] for answer in answers)
    assert {(answer["command"], answer["who"].rsplit(" with ", 1)[1]) for answer in answers} == {
        ("pause", "attach"),
        ("enqueue", "attach"),
        ("set_workers", "the app"),
        ("resume", "the app"),
        ("stop_now", "the app"),
    }


def test_ctl_steers_a_search_from_any_terminal(search: SimulatedSearch, watched: Watched) -> None:
    search = replace(search, seconds_per_epoch=0.1, trials=50)
    with headless(search):
        watched.until_epoch()
        assert asked(search, "pause") == "paused"
        assert watched.view().state is SearchState.PAUSED
        asked(search, "enqueue", "units=64", "learning_rate=1e-3")
        asked(search, "limit", "units", "16", "24")
        asked(search, "trials", "9")
        asked(search, "time", "8h")
        asked(search, "workers", "2")
        view = watched.view()
        assert (view.max_trials, view.max_time_s, view.wanted_workers) == (9, 28800, 2)
        assert (view.limits["units"].min_value, view.limits["units"].max_value) == (16, 24)

        refused = ctl(search, "skip", "99")
        assert (refused.returncode, refused.stdout) == (2, "")
        assert refused.stderr == "error: there is no trial 99\n"
        first = next(iter(view.trials))
        assert ctl(search, "skip", f"{int(first):03}").stderr.endswith(f"; did you mean {first}?\n")
        assert json.loads(asked(search, "resume", "--json"))["ok"] is True
        view = watched.until_state(SearchState.COMPLETED)
    trials = list(view.trials.values())
    assert len(trials) == 9
    (wished,) = [trial for trial in trials if trial.origin == "by hand"]
    assert wished.tuned == {"units": 64, "learning_rate": 0.001}
    assert all(16 <= float(trial.hyperparameters["units"]) <= 24 for trial in trials[wished.number + 1 :])
    over = ctl(search, "pause")
    assert over.returncode == 2
    assert "no engine runs this search; it is completed.\nFor more trials give it a higher max_trials" in over.stderr
    assert "resume" not in over.stderr


def test_python_steers_a_search_and_reruns_its_best(search: SimulatedSearch, watched: Watched) -> None:
    search = replace(search, seconds_per_epoch=0.1, trials=3)
    with headless(search):
        watched.until(lambda view: any(trial.status is TrialState.COMPLETED for trial in view.trials.values()))
        with tui_tuner.load(search.root) as remote:
            assert remote.pause(hard=True).startswith("paused")
            until(lambda: not any(map(is_running, watched.worker_pids)))  # the memory of their devices is free
            best = remote.view.best_trial_id
            assert "2 more times" in remote.rerun(times=2)
            remote.limit("learning_rate", 1e-4, 1e-3)
            with pytest.raises(CommandRefusedError, match="there is no trial nobody"):
                remote.skip("nobody")
            remote.resume()
            watched.until_state(SearchState.COMPLETED)
            with pytest.raises(NoEngineError):
                remote.pause()
            again = [trial for trial in remote.view.trials.values() if trial.rerun_of == best]
    assert len(again) == 2
    assert best is not None
    assert all(trial.tuned == watched.view().trials[best].tuned for trial in again)


def set_back(change_s: float) -> None:
    """Let what is remembered of this search be older."""
    (file,) = [
        file
        for file in (Path(os.environ["XDG_STATE_HOME"]) / "tui-tuner" / "seen").glob("*.json")
        if json.loads(file.read_text())["time"] > time.time() - 3600
    ]
    stored: dict[str, Any] = json.loads(file.read_text())
    stored["time"] -= change_s
    file.write_text(json.dumps(stored))


def test_who_detaches_is_told_on_return_what_happened(
    search: SimulatedSearch, watched: Watched, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    search = replace(search, seconds_per_epoch=0.1, trials=5)
    with Terminal(search.run(), cwd=search.folder, size=(80, 24)) as terminal:
        watched.until_epoch()
        terminal.press("space")
        terminal.until("❚❚ paused")
        watched.until_state(SearchState.PAUSED)
        seen = sum(trial.status is TrialState.COMPLETED for trial in watched.view().trials.values())
        terminal.press("d")
        assert terminal.until_exit() == 0
        assert terminal.is_restored
        assert f"tui-tuner attach {watched.root}" in terminal.text.replace("\n", "")
    assert watched.is_held
    watched.send(CommandKind.RESUME)
    watched.until_state(SearchState.COMPLETED)
    set_back(7200)
    with Terminal(search.attach(), cwd=search.folder, size=(80, 24)) as terminal:
        terminal.until("While you were away   2 h 00 min")
        terminal.until("✓ completed, was paused")
        terminal.until(f"{5 - seen} ended: {5 - seen} completed")
        terminal.press("escape")
        terminal.until(lambda text: "While you were away" not in text)
        terminal.press("q")
        assert terminal.until_exit() == 0
    set_back(7200)
    with Terminal(search.attach(), cwd=search.folder, size=(80, 24)) as terminal:
        terminal.until("✓ completed")
        terminal.settle(0.5)
        assert "While you were away" not in terminal.text
        terminal.press("q")
        assert terminal.until_exit() == 0
