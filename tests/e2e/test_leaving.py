"""Ways to leave the app, wanted and not: the search goes on or stays resumable, and the terminal is as it was."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from support import failing_app
from support.simulated import SimulatedSearch
from support.terminal import Terminal
from support.watching import Ended, Watched, is_running, until

from tui_tuner.engine.commands import CommandKind
from tui_tuner.engine.view import SearchState, TrialState

ROOT = Path(__file__).parents[2]
PATH = os.pathsep.join([str(ROOT), str(ROOT / "tests")])


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[Ended]:
    """The trials of the search when nobody touches it."""
    search = SimulatedSearch(tmp_path_factory.mktemp("undisturbed"), seconds_per_epoch=0)
    with Terminal(search.run(), cwd=search.folder) as terminal:
        terminal.until("✓ completed")
        terminal.press("q")
        assert terminal.until_exit() == 0
    return Watched(search.root).trials()


def pause_in_a_trial(watched: Watched, terminal: Terminal) -> None:
    """Hold the search in the middle of a trial, so that nothing depends on who is faster."""
    watched.until_epoch()
    terminal.press("space")
    watched.until_state(SearchState.PAUSED)
    terminal.until("❚❚ paused")
    terminal.settle(0.6)


def running_trials(watched: Watched) -> list[str]:
    return [trial.trial_id for trial in watched.view().trials.values() if trial.status is TrialState.RUNNING]


def test_leaving_the_search_running_gives_the_prompt_back_and_the_search_completes(
    search: SimulatedSearch, watched: Watched, undisturbed: list[Ended]
) -> None:
    search = replace(search, seconds_per_epoch=0.1)
    with Terminal(search.run(), cwd=search.folder) as terminal:
        pause_in_a_trial(watched, terminal)
        terminal.press("q")
        terminal.until("Leave it running")
        terminal.press("h")
        assert terminal.until_exit() == 0
        assert terminal.is_restored
        assert f"tui-tuner attach {watched.root}" in terminal.text.replace("\n", "")
        engine = watched.engine_pid
        assert watched.is_held
        assert os.getsid(engine) == engine  # the terminal cannot take it along any more
    assert watched.view().state is SearchState.PAUSED
    watched.send(CommandKind.RESUME)
    watched.until_state(SearchState.COMPLETED)
    until(lambda: not is_running(engine))
    assert watched.trials() == undisturbed
    assert len(watched.events("search_started")) == 1


def test_the_search_that_was_left_outlives_the_shell_too(search: SimulatedSearch, watched: Watched) -> None:
    search = replace(search, seconds_per_epoch=0.1)
    with Terminal(["sh", "-i"], cwd=search.folder, env={"PS1": "ready> ", "ENV": ""}) as shell:
        shell.until("ready>")
        shell.press(shlex.join(search.run()), "enter")
        pause_in_a_trial(watched, shell)
        shell.press("q")
        shell.until("Leave it running")
        shell.press("h")
        shell.until(lambda text: "watch it" in text and text.rstrip().endswith("ready>"))
        shell.press("echo $? jobs: $(jobs)", "enter")
        shell.until("\n0 jobs:\n")
        shell.press("exit", "enter")
        assert shell.until_exit() == 0
    assert watched.view().state is SearchState.PAUSED
    watched.send(CommandKind.RESUME)
    watched.until_state(SearchState.COMPLETED)
    assert len(watched.events("search_started")) == 1


def test_the_search_outlives_an_app_that_fails_and_what_goes_on_is_said(
    search: SimulatedSearch, watched: Watched, undisturbed: list[Ended]
) -> None:
    search = replace(search, seconds_per_epoch=0.1, program=failing_app.__file__)
    with Terminal(search.run(), cwd=search.folder, env={"PYTHONPATH": PATH}) as terminal:
        pause_in_a_trial(watched, terminal)
        terminal.press("l")
        assert terminal.until_exit() == 0  # as after leaving it running
        assert terminal.is_restored
        assert "ZeroDivisionError: the app fails on purpose" in terminal.text
        said = f"The app has failed. The search goes on without it: tui-tuner attach {watched.root}"
        assert said in terminal.text.replace("\n", "")
        assert watched.is_held
        assert os.getsid(watched.engine_pid) == watched.engine_pid
    watched.send(CommandKind.RESUME)
    watched.until_state(SearchState.COMPLETED)
    assert watched.trials() == undisturbed


def test_an_app_that_fails_when_nothing_runs_here_exits_with_1(search: SimulatedSearch, watched: Watched) -> None:
    search = replace(search, trials=1, program=failing_app.__file__)
    for command in (search.run(), search.attach()):
        with Terminal(command, cwd=search.folder, env={"PYTHONPATH": PATH}) as terminal:
            terminal.until("✓ completed")
            watched.until_state(SearchState.COMPLETED)
            terminal.settle(0.6)
            terminal.press("l")
            assert terminal.until_exit() == 1
            assert terminal.is_restored
            assert "ZeroDivisionError: the app fails on purpose" in terminal.text
            assert "The app has failed." in terminal.text
            assert "goes on" not in terminal.text


def test_a_search_that_was_stopped_at_once_is_resumed_from_where_it_was(
    search: SimulatedSearch, watched: Watched, undisturbed: list[Ended]
) -> None:
    search = replace(search, seconds_per_epoch=0.1)
    with Terminal(search.run(), cwd=search.folder) as terminal:
        pause_in_a_trial(watched, terminal)
        held = running_trials(watched)
        kept = watched.epochs()
        assert held
        terminal.press("S")
        terminal.until("Stop the search now?")
        terminal.press("escape")
        terminal.until(lambda text: "Stop the search now?" not in text)
        assert watched.view().state is SearchState.PAUSED

        terminal.press("S")
        terminal.until("Stop the search now?")
        terminal.press("y")
        terminal.until("■ stopped")
        watched.until_state(SearchState.STOPPED)
        terminal.until("◌ cut off")
        assert terminal.screen.is_alternate
        until(lambda: not any(map(is_running, watched.worker_pids)))

        terminal.press("r")
        terminal.until("✓ completed: all 6 trials were run".replace(": ", "   "))
        terminal.press("q")
        assert terminal.until_exit() == 0
        assert terminal.is_restored
        assert "completed: all 6 trials were run" in terminal.text
    assert watched.trials() == undisturbed
    assert watched.epochs()[: len(kept)] == kept
    attempts = {row.trial_id: row.attempt for row in watched.epochs()}
    assert {trial_id for trial_id, attempt in attempts.items() if attempt} == set(held)


@pytest.mark.parametrize("in_a_shell", [False, True])
def test_the_search_outlives_its_terminal(
    in_a_shell: bool, search: SimulatedSearch, watched: Watched, undisturbed: list[Ended]
) -> None:
    """Only the session's leader gets SIGHUP of a terminal that closes; a shell's end passes it on to its job."""
    search = replace(search, seconds_per_epoch=0.1)
    command = ["sh", "-i"] if in_a_shell else search.run()
    with Terminal(command, cwd=search.folder, env={"PS1": "ready> ", "ENV": ""}) as terminal:
        if in_a_shell:
            terminal.until("ready>")
            terminal.press(shlex.join(search.run()), "enter")
        watched.until_epoch()
        terminal.until("● running")
        terminal.hang_up()
        code = terminal.until_exit()
        assert code == 0 or in_a_shell
        watched.until_state(SearchState.COMPLETED)
    assert watched.trials() == undisturbed
    assert len(watched.events("search_started")) == 1
    until(lambda: not is_running(watched.engine_pid))
    assert "Traceback" not in watched.directory.engine_log.read_text()


def test_sigterm_stops_the_search_in_order_and_it_can_be_resumed(
    search: SimulatedSearch, watched: Watched, undisturbed: list[Ended]
) -> None:
    search = replace(search, seconds_per_epoch=0.1)
    with Terminal(search.run(), cwd=search.folder) as terminal:
        watched.until_epoch()
        terminal.until("● running")
        terminal.send_signal(signal.SIGTERM)
        assert terminal.until_exit() == 128 + signal.SIGTERM
        assert terminal.is_restored
        assert f"tui-tuner resume {watched.root}" in terminal.text.replace("\n", "")
    watched.until_state(SearchState.STOPPED)
    assert not any(map(is_running, watched.worker_pids))
    assert TrialState.RUNNING not in {trial.status for trial in watched.trials()}

    with Terminal(search.resume(), cwd=search.folder) as terminal:
        terminal.until("✓ completed   all 6 trials were run")
        terminal.press("q")
        assert terminal.until_exit() == 0
    assert watched.trials() == undisturbed


def test_ctrl_c_ends_nothing_and_ctrl_q_asks(search: SimulatedSearch, watched: Watched) -> None:
    search = replace(search, seconds_per_epoch=0.1)
    with Terminal(search.run(), cwd=search.folder) as terminal:
        pause_in_a_trial(watched, terminal)
        terminal.press("ctrl+c")
        terminal.settle(0.6)
        assert terminal.exit_code is None
        assert watched.view().state is SearchState.PAUSED
        terminal.press("ctrl+q")
        terminal.until("The search is running")
        terminal.press("s")
        assert terminal.until_exit() == 0
        assert terminal.is_restored
        assert f"tui-tuner resume {watched.root}" in terminal.text.replace("\n", "")
    assert watched.until_state(SearchState.STOPPED).trials


def test_killing_the_keeper_ends_the_search_and_leaves_it_resumable(search: SimulatedSearch, watched: Watched) -> None:
    search = replace(search, seconds_per_epoch=0.1)
    in_a_shell = ["sh", "-c", f"{shlex.join(search.run())}; read answer; echo the shell goes on"]
    with Terminal(in_a_shell, cwd=search.folder) as terminal:
        pause_in_a_trial(watched, terminal)
        kept = watched.epochs()
        keeper = subprocess.run(["ps", "-o", "ppid=", "-p", str(watched.engine_pid)], capture_output=True, check=True)
        os.kill(int(keeper.stdout), signal.SIGKILL)
        watched.until_state(SearchState.INTERRUPTED)
        terminal.until(lambda text: terminal.is_restored)
        terminal.press("enter")
        terminal.until("the shell goes on")
        assert terminal.until_exit() == 0
    until(lambda: not any(map(is_running, [watched.engine_pid, *watched.worker_pids])))
    assert watched.epochs() == kept


def test_an_attached_app_shows_the_same_search_and_steers_it(search: SimulatedSearch, watched: Watched) -> None:
    search = replace(search, seconds_per_epoch=0.5)
    with Terminal(search.run(), cwd=search.folder) as first:
        pause_in_a_trial(watched, first)
        with Terminal(search.attach(), cwd=search.folder) as second:
            second.until("attached")
            second.until("❚❚ paused")
            second.until("◆ best")  # the curves of the same trial
            second.press("space")
            second.until("● running")
            first.until("● running")
            second.press("space")
            second.until("❚❚ paused")
            first.until("❚❚ paused")
            second.press("q")
            assert second.until_exit() == 0
            assert second.is_restored
            assert f"tui-tuner attach {watched.root}" in second.text.replace("\n", "")
        asked = watched.query("SELECT kind FROM commands WHERE who LIKE '% with attach' ORDER BY id")
        assert asked == [("resume",), ("pause",)]
        first.press("q")
        first.until("The search is running")
        first.press("s")
        assert first.until_exit() == 0


def test_a_read_only_app_asks_for_nothing(search: SimulatedSearch, watched: Watched) -> None:
    search = replace(search, seconds_per_epoch=0.1)
    with Terminal(search.run(), cwd=search.folder) as first:
        pause_in_a_trial(watched, first)
        before = watched.query("SELECT count(*) FROM commands")
        with Terminal(search.attach("--read-only"), cwd=search.folder) as second:
            second.until("read-only")
            second.until("❚❚ paused")
            second.press(*"  sSxr?")
            second.until("Show all keys.")  # what was pressed before has been dealt with
            second.press("escape")
            second.until(lambda text: "Show all keys." not in text)
            second.press("q")
            assert second.until_exit() == 0
            assert second.is_restored
        assert watched.query("SELECT count(*) FROM commands") == before
        assert watched.view().state is SearchState.PAUSED


def test_attach_shows_a_search_that_is_over(search: SimulatedSearch, watched: Watched) -> None:
    search = replace(search, seconds_per_epoch=0, trials=3)
    with Terminal(search.run("--headless"), cwd=search.folder) as terminal:
        assert terminal.until_exit() == 0
        assert not terminal.screen.is_alternate
        assert "completed: all 3 trials were run" in terminal.text
    with Terminal(search.attach(), cwd=search.folder) as terminal:
        terminal.until("✓ completed   attached   all 3 trials were run")
        terminal.until("3 trials")
        terminal.until("total")  # the best model's layers
        terminal.press("q")
        assert terminal.until_exit() == 0
        assert terminal.is_restored
    assert len(watched.events("search_started")) == 1


def test_a_terminal_that_does_not_read_does_not_stop_the_search(
    search: SimulatedSearch, watched: Watched, undisturbed: list[Ended]
) -> None:
    search = replace(search, seconds_per_epoch=0.1)
    with Terminal(search.run(), cwd=search.folder) as terminal:
        watched.until_epoch()
        terminal.until("● running")
        watched.until_state(SearchState.COMPLETED)  # meanwhile nobody reads
        terminal.until("✓ completed   all 6 trials were run")
        terminal.press("q")
        assert terminal.until_exit() == 0
        assert terminal.is_restored
    assert watched.trials() == undisturbed
