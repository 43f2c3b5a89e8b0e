"""Signals that stop a process for a while, or end it: the search outlives the first and ends in order by the second."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from support.simulated import SimulatedSearch
from support.terminal import Terminal
from support.watching import Ended, Watched, is_running, until

from tui_tuner.engine.view import SearchState, TrialState


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[Ended]:
    """The trials of the search when nobody touches it."""
    search = SimulatedSearch(tmp_path_factory.mktemp("undisturbed"), seconds_per_epoch=0)
    subprocess.run(search.run("--headless"), cwd=search.folder, check=True, capture_output=True, timeout=60)
    return Watched(search.root).trials()


def is_stopped(pid: int) -> bool:
    """Whether a process rests until it gets SIGCONT."""
    return "\nState:\tT" in Path(f"/proc/{pid}/status").read_text()


def ends_in_order(watched: Watched) -> None:
    """Wait until the engine has let go, and look at what it leaves."""
    watched.until_state(SearchState.STOPPED)
    until(lambda: not is_running(watched.engine_pid))
    assert not any(map(is_running, watched.worker_pids))
    assert watched.events("worker_lost") == []
    assert TrialState.RUNNING.value not in {trial.status for trial in watched.trials()}


def test_a_search_that_is_suspended_goes_on_where_it_was(
    search: SimulatedSearch, watched: Watched, undisturbed: list[Ended]
) -> None:
    search = replace(search, seconds_per_epoch=0.05)
    # In a group of its own: nothing can suspend a group that has lost its shell, as that of the tests may have.
    with subprocess.Popen(
        search.run("--headless"), cwd=search.folder, stdout=subprocess.PIPE, text=True, process_group=0
    ) as engine:
        watched.until_epoch(2)
        engine.send_signal(signal.SIGTSTP)
        until(lambda: is_stopped(engine.pid))
        assert watched.is_held
        assert watched.view().state is SearchState.RUNNING  # it is no dead engine
        engine.send_signal(signal.SIGCONT)
        output, _ = engine.communicate(timeout=60)
    assert engine.returncode == 0
    assert "completed: all 6 trials were run" in output
    assert watched.trials() == undisturbed
    assert {row.attempt for row in watched.epochs()} == {0}


def test_an_app_that_is_suspended_gives_the_terminal_back_and_takes_it_again(
    search: SimulatedSearch, watched: Watched, undisturbed: list[Ended]
) -> None:
    search = replace(search, seconds_per_epoch=0.1)
    with Terminal(["sh", "-i"], cwd=search.folder, env={"PS1": "ready> ", "ENV": ""}) as shell:
        shell.until("ready>")
        shell.press(shlex.join(search.run()), "enter")
        watched.until_epoch()
        shell.until("● running")
        engine = watched.engine_pid
        os.kill(engine, signal.SIGTSTP)
        until(lambda: shell.read(0.02) >= 0 and is_stopped(engine))  # a terminal that is not read takes nothing
        shell.until(lambda text: text.rstrip().endswith("ready>"))
        assert not shell.screen.is_alternate
        shell.press("fg", "enter")
        shell.until("● running")
        watched.until_state(SearchState.COMPLETED)
        shell.until("✓ completed   all 6 trials were run")
        shell.press("q")
        shell.until(lambda text: text.rstrip().endswith("ready>"))
    assert watched.trials() == undisturbed


def test_sigterm_ends_a_search_in_order_that_has_lost_its_terminal(search: SimulatedSearch, watched: Watched) -> None:
    search = replace(search, seconds_per_epoch=0.1)
    with Terminal(search.run(), cwd=search.folder) as terminal:
        watched.until_epoch()
        terminal.until("● running")
        terminal.hang_up()
        watched.until_epoch(len(watched.epochs()) + 2)
        os.kill(watched.engine_pid, signal.SIGTERM)
        terminal.until_exit()
    ends_in_order(watched)


def test_sigterm_ends_a_search_in_order_that_was_left_running(search: SimulatedSearch, watched: Watched) -> None:
    search = replace(search, seconds_per_epoch=0.1)
    with Terminal(search.run(), cwd=search.folder) as terminal:
        watched.until_epoch()
        terminal.until("● running")
        terminal.press("q")
        terminal.until("Leave it running")
        terminal.press("h")
        assert terminal.until_exit() == 0
        os.kill(watched.engine_pid, signal.SIGTERM)
    ends_in_order(watched)
