"""`tui-tuner run script.py` in a terminal: the app around an unmodified script, and every way to leave it."""

from __future__ import annotations

import os
import signal
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from support.scripts import Script
from support.terminal import Terminal
from support.watching import Watched, is_running, until

from tui_tuner.engine.commands import CommandKind
from tui_tuner.engine.view import SearchState, TrialState


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Its first searches wait after their first epoch, so that no slow machine comes too late to see them."""
    script = Script(tmp_path)
    script.hold("s", "one", "two")
    return script


def open_app(script: Script, *arguments: str) -> Terminal:
    return Terminal(script.command(arguments=arguments), cwd=script.folder, env=script.environment)


def pause_in_a_trial(script: Script, terminal: Terminal, name: str = "s") -> int:
    """Hold the search in the middle of its first trial; returns the script's process."""
    watched = script.watched(name)
    watched.until_epoch()
    terminal.until("1 Leaderboard")
    terminal.press("space")
    watched.until_state(SearchState.PAUSED)
    script.release(name)
    terminal.until("❚❚ paused")
    assert len(running_trials(watched)) == 1
    return watched.engine_pid


def running_trials(watched: Watched) -> list[str]:
    return [trial.trial_id for trial in watched.view().trials.values() if trial.status is TrialState.RUNNING]


def kept_output(script: Script) -> str:
    """What the script has printed in all its runs."""
    return "".join(log.read_text() for log in script.logs)


def test_each_search_has_its_panes_and_the_output_is_there_in_between_and_at_the_end(script: Script) -> None:
    script.write("print('it begins')\nfor name in ('one', 'two'):\n    search(name)\nprint('the very end')\n")
    with open_app(script) as terminal:
        terminal.until("script.py   ● running")
        terminal.until("Output")
        terminal.until("1 Leaderboard")
        terminal.until(lambda text: " one   ● running" in text)
        pause_in_a_trial(script, terminal, "one")

        # What the trial prints is in its log pane; what the script prints, a key away.
        terminal.until(lambda text: "tries " in text.partition("5 Log")[2])
        terminal.press("o")
        terminal.until("Search: Running Trial #")
        terminal.until("script.py   ● running")
        terminal.press("o")
        terminal.until("1 Leaderboard")
        terminal.press("space")

        terminal.until(lambda text: " two   " in text and "1 Leaderboard" in text)
        script.release("two")
        terminal.until("the very end")
        terminal.until("script.py   ✓ ended   search 2 completed")
        terminal.until("Trial 4 Complete")
        terminal.press("o")
        terminal.until("✓ completed   all 4 trials were run")
        terminal.settle()
        assert terminal.exit_code is None
        terminal.press("q")
        assert terminal.until_exit() == 0
        assert terminal.is_restored
        assert "the very end" in terminal.text
        assert "one           completed: all 4 trials were run" in terminal.text
        assert "two           completed: all 4 trials were run" in terminal.text
        (log,) = script.logs
        assert str(log) in terminal.text.replace("\n", "")
    output = kept_output(script)
    assert output.count("native 3\n") == 2
    assert output.index("it begins") < output.index("trial 0 tries") < output.index("the very end")


def test_nothing_is_drawn_over_by_what_the_script_prints(script: Script) -> None:
    script.write("print('\\x1b[2Jloud' * 100, flush=True)\nos.system('echo native noise >&2')\nsearch('s')\n")
    with open_app(script) as terminal:
        pause_in_a_trial(script, terminal)
        assert "loud" not in terminal.text
        terminal.press("o")
        terminal.until(lambda text: "native noise" in text or "Running Trial #" in text)  # the first lines may be gone
        terminal.press("q")
        terminal.until("The script is running")
        terminal.press("s")
        assert terminal.until_exit() == 0


def test_stopping_on_leaving_stops_the_search_and_interrupts_the_script(script: Script) -> None:
    script.write(
        "try:\n    search('s')\nexcept KeyboardInterrupt:\n    print('was interrupted')\n    raise\n"
        "print('not reached')\n"
    )
    watched = script.watched("s")
    with open_app(script) as terminal:
        engine = pause_in_a_trial(script, terminal)
        terminal.press("q")
        terminal.until("Stop it and quit")
        terminal.press("escape")
        terminal.until(lambda text: "Stop it and quit" not in text)
        terminal.press("q")
        terminal.until("Stop it and quit")
        terminal.press("s")
        assert terminal.until_exit() == 0
        assert terminal.is_restored
        assert "tui-tuner run script.py" in terminal.text
        assert "KeyboardInterrupt" not in terminal.text
        assert not is_running(engine)
    assert watched.view().state is SearchState.STOPPED
    assert "was interrupted" in kept_output(script)
    assert "KeyboardInterrupt" in kept_output(script)
    assert "not reached" not in kept_output(script)

    with open_app(script) as terminal:  # run again, it goes on
        terminal.until("script.py   ✓ ended   search completed")
        terminal.press("q")
        assert terminal.until_exit() == 0
    assert [trial.status for trial in watched.trials()] == ["COMPLETED"] * 4
    assert len(watched.events("search_started")) == 2


def test_left_running_the_script_goes_on_to_its_end(script: Script) -> None:
    script.write("search('s')\nprint('the very end')\n")
    watched = script.watched("s")
    with open_app(script) as terminal:
        engine = pause_in_a_trial(script, terminal)
        terminal.press("q")
        terminal.until("Leave it running")
        terminal.press("h")
        assert terminal.until_exit() == 0
        assert terminal.is_restored
        assert f"script.py goes on as process {engine}" in terminal.text
        assert f"tui-tuner attach {watched.root}" in terminal.text.replace("\n", "")
    assert watched.view().state is SearchState.PAUSED
    watched.send(CommandKind.RESUME)
    watched.until_state(SearchState.COMPLETED)
    until(lambda: not is_running(engine))
    assert kept_output(script).endswith("the very end\n")


def test_the_script_outlives_its_terminal(script: Script) -> None:
    script.write("search('s')\nprint('the very end')\n")
    watched = script.watched("s")
    with open_app(script) as terminal:
        watched.until_epoch()
        terminal.until("1 Leaderboard")
        terminal.hang_up()
        assert terminal.until_exit() == 0
        script.release("s")
        watched.until_state(SearchState.COMPLETED)
    engine = watched.engine_pid
    until(lambda: not is_running(engine))
    assert kept_output(script).endswith("the very end\n")


def test_a_killed_app_does_not_take_the_script_along(script: Script) -> None:
    script.write("search('s')\n")
    watched = script.watched("s")
    with open_app(script) as terminal:
        watched.until_epoch()
        terminal.send_signal(signal.SIGKILL)
        assert terminal.until_exit() == -signal.SIGKILL
        script.release("s")
        watched.until_state(SearchState.COMPLETED)


def test_sigterm_ends_the_app_and_the_script_in_order(script: Script) -> None:
    script.write("search('s')\n")
    watched = script.watched("s")
    with open_app(script) as terminal:
        engine = pause_in_a_trial(script, terminal)
        terminal.send_signal(signal.SIGTERM)
        assert terminal.until_exit() == 128 + signal.SIGTERM
        assert terminal.is_restored
        assert not is_running(engine)
    assert watched.view().state is SearchState.STOPPED


def test_a_stopped_search_is_resumed_by_running_the_script_again(script: Script) -> None:
    script.write("tuner = search('s')\nprint('trials at the end:', len(tuner.oracle.trials))\n")
    watched = script.watched("s")
    with open_app(script) as terminal:
        pause_in_a_trial(script, terminal)
        terminal.press("S")
        terminal.until("Stop the search now?")
        terminal.press("y")
        terminal.until("script.py   ✓ ended   search stopped")
        watched.until_state(SearchState.STOPPED)
        stopped = len(watched.trials())
        assert stopped < 4
        terminal.press("r")
        terminal.until("search completed")
        terminal.until("trials at the end: 4")
        terminal.press("q")
        assert terminal.until_exit() == 0
    assert [trial.status for trial in watched.trials()] == ["COMPLETED"] * 4
    assert "Reloading Tuner from" in kept_output(script)


def test_a_script_that_overwrites_its_search_is_not_run_again_by_a_key(script: Script) -> None:
    script.write("search('s', overwrite=True)\n")
    watched = script.watched("s")
    with open_app(script) as terminal:
        pause_in_a_trial(script, terminal)
        terminal.press("S")
        terminal.until("Stop the search now?")
        terminal.press("y")
        terminal.until("script.py   ✓ ended   search stopped")
        terminal.press("o")
        terminal.until("■ stopped")
        terminal.press("r")
        terminal.until("overwrite=True")
        terminal.press("q")
        assert terminal.until_exit() == 0
    assert len(watched.events("search_started")) == 1


def test_a_trial_is_skipped_and_keeps_what_it_has(script: Script) -> None:
    script.write("search('s')\n")
    watched = script.watched("s")
    with open_app(script) as terminal:
        pause_in_a_trial(script, terminal)
        (held,) = running_trials(watched)
        terminal.until(f"2 Curves  trial {held}")
        terminal.press("x")
        until(lambda: watched.view().trials[held].status is TrialState.STOPPED)
        terminal.press("space")
        terminal.until("script.py   ✓ ended   search completed")
        terminal.press("q")
        assert terminal.until_exit() == 0
    statuses = {trial.trial_id: trial.status for trial in watched.trials()}
    assert statuses == {str(number): "STOPPED" if str(number) == held else "COMPLETED" for number in range(4)}


def test_a_script_that_ignores_the_interruption_can_be_killed(script: Script) -> None:
    script.write(
        "try:\n    search('s')\nexcept KeyboardInterrupt:\n    print('not me', flush=True)\n"
        "while True:\n    try:\n        time.sleep(60)\n    except KeyboardInterrupt:\n        pass\n"
    )
    watched = script.watched("s")
    with open_app(script) as terminal:
        engine = pause_in_a_trial(script, terminal)
        terminal.press("q")
        terminal.until("Stop it and quit")
        terminal.press("s")
        terminal.until("script.py   ◍ stopping")
        terminal.until("not me")
        terminal.press("q")
        terminal.until("Kill it")
        terminal.press("k")
        assert terminal.until_exit() == 0
        assert not is_running(engine)
    assert watched.view().state is SearchState.STOPPED


def test_a_script_that_fails_shows_why_and_gives_its_exit_code(script: Script) -> None:
    script.write("raise ValueError('it was not to be')\n", searches=False)
    with open_app(script) as terminal:
        terminal.until("✗ ended with exit code 1   it made no search")
        terminal.until("ValueError: it was not to be")
        terminal.until("Traceback (most recent call last):")
        terminal.press("q")
        assert terminal.until_exit() == 1
        assert "ValueError: it was not to be" in terminal.text


def test_a_chief_and_a_worker_are_said_to_be_that(script: Script) -> None:
    script.write("search('s')\n")
    script.hold("s")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    shared = {"KERASTUNER_ORACLE_IP": "127.0.0.1", "KERASTUNER_ORACLE_PORT": str(port)}
    chief = replace(script, extra={**shared, "KERASTUNER_TUNER_ID": "chief"})
    worker = replace(script, extra={**shared, "KERASTUNER_TUNER_ID": "worker"})
    with open_app(chief) as of_chief, open_app(worker) as of_worker:
        of_chief.until("● running   it is the chief of a search")
        of_worker.until("● running   it is a worker of a search")
        script.release("s")
        of_worker.until("✓ ended   it was a worker of a search, whose chief has the results")
        of_chief.until("✓ ended   it was the chief of a search, whose workers run the trials")
        for terminal in (of_chief, of_worker):
            terminal.press("q")
            assert terminal.until_exit() == 0


def test_the_scripts_arguments_and_environment_reach_it(script: Script) -> None:
    script.write(
        "import os, sys\nprint(sys.argv[1:], os.environ['XDG_STATE_HOME'], sys.stdin.read() == '')\n", searches=False
    )
    with open_app(script, "--epochs", "5") as terminal:
        terminal.until(f"['--epochs', '5'] {script.environment['XDG_STATE_HOME']} True")
        terminal.until("✓ ended")
        terminal.press("q")
        assert terminal.until_exit() == 0


def test_a_log_that_cannot_be_kept_is_told_before_the_screen_is_taken(script: Script) -> None:
    script.write("", searches=False)
    (script.folder / "state").write_text("in the way")
    with open_app(script) as terminal:
        assert terminal.until_exit() == 2
        assert not terminal.screen.is_alternate
        assert "Set XDG_STATE_HOME" in terminal.text


def test_the_process_of_the_script_is_in_a_session_of_its_own(script: Script) -> None:
    script.write("search('s')\n")
    with open_app(script) as terminal:
        engine = pause_in_a_trial(script, terminal)
        assert os.getsid(engine) == engine
        terminal.press("ctrl+c")
        terminal.settle(0.6)
        assert is_running(engine)
        terminal.press("q")
        terminal.until("The script is running")
        terminal.press("s")
        assert terminal.until_exit() == 0
