"""A search without an app, as other programs see it: lines, JSON lines, exit codes, signals, a closed pipe."""

from __future__ import annotations

import json
import signal
import subprocess
from dataclasses import replace
from typing import Any

import pytest
from support.simulated import SimulatedSearch
from support.terminal import Terminal
from support.watching import Watched, until

from tui_tuner.engine.view import SearchState


def choice(name: str, *values: object) -> dict[str, Any]:
    config = {"name": name, "default": values[0], "conditions": [], "values": list(values), "ordered": False}
    return {"class_name": "Choice", "config": config}


def space(*parameters: dict[str, Any]) -> dict[str, Any]:
    return {"space": {"space": list(parameters), "values": {}}}


def strictly(line: str) -> dict[str, Any]:
    """One JSON object by the letter of the standard: no NaN, no Infinity."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON: {line}")

    parsed: dict[str, Any] = json.loads(line, parse_constant=refuse)
    return parsed


def start(search: SimulatedSearch, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        search.run(*arguments),
        cwd=search.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_json_lines_hold_every_event_and_every_epoch(search: SimulatedSearch, watched: Watched) -> None:
    search = replace(
        search, trials=6, workers=2, simulation=space(choice("fault", "", "nan", "inf"), choice("units", 8, 16))
    )
    with start(search, "--json") as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert err == ""
    lines = [strictly(line) for line in out.splitlines()]
    assert all(set(line) == {"seq", "time", "kind", "trial_id", "data"} for line in lines)
    assert [line["seq"] for line in lines] == list(range(1, watched.seq() + 1))
    epochs = [line for line in lines if line["kind"] == "epoch"]
    assert [
        (line["seq"], line["trial_id"], line["data"]["execution"], line["data"]["epoch"]) for line in epochs
    ] == watched.query("SELECT seq, trial_id, execution, epoch FROM epochs ORDER BY seq")
    assert len(epochs) == 6 * search.epochs
    values = {line["data"]["metrics"]["val_accuracy"] for line in epochs}
    assert {"NaN", "Infinity"} < values
    assert all(isinstance(value, float) for value in values - {"NaN", "Infinity"})
    assert lines[-1]["kind"] == "state_changed"
    assert lines[-1]["data"]["state"] == "completed"


def test_a_search_that_fails_ends_with_1_and_says_why(search: SimulatedSearch, watched: Watched) -> None:
    search = replace(search, simulation={"fail_prepare": True})
    with start(search) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err == ""
    assert "failed: ValueError: the simulated data could not be loaded" in out
    assert "Traceback" not in out
    assert f"tui-tuner resume {watched.root}" in out
    assert "Traceback" in watched.directory.engine_log.read_text()


def test_one_interrupt_lets_the_running_trial_finish(search: SimulatedSearch, watched: Watched) -> None:
    search = replace(search, seconds_per_epoch=0.1)
    with start(search) as process:
        watched.until_epoch()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT
    assert err == ""
    assert "asked: stop by SIGINT: stopping" in out
    assert f"tui-tuner resume {watched.root}" in out
    assert watched.view().state is SearchState.STOPPED
    assert {trial.status for trial in watched.trials()} == {"COMPLETED"}
    assert len(watched.trials()) < search.trials


def test_two_interrupts_cut_the_running_trial_off(search: SimulatedSearch, watched: Watched) -> None:
    search = replace(search, simulation=space(choice("fault", "hang")))
    # In a terminal, where a person presses the keys; workers must not hear of them.
    with Terminal(search.run("--headless"), cwd=search.folder) as terminal:
        watched.until(lambda view: bool(view.trials))
        terminal.press("ctrl+c")
        watched.until_state(SearchState.STOPPING)
        terminal.press("ctrl+c")
        assert terminal.until_exit() == 128 + signal.SIGINT
        assert "stopped" in terminal.text
    assert watched.view().state is SearchState.STOPPED
    assert [trial.status for trial in watched.trials()] == ["INTERRUPTED"]


def test_sigterm_stops_in_order_and_a_hangup_is_nothing(search: SimulatedSearch, watched: Watched) -> None:
    search = replace(search, seconds_per_epoch=0.1)
    with start(search) as process:
        watched.until_epoch()
        process.send_signal(signal.SIGHUP)
        watched.until_epoch(3)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert err == ""
    assert "asked: stop_now by SIGTERM: stopping" in out
    assert watched.view().state is SearchState.STOPPED
    # The running trial has come to the end of its epoch and left there: no worker was killed.
    assert watched.events("worker_lost") == []
    assert [event["reason"] for event in watched.events("trial_requeued")] == [
        "stopped; it will go on from its last saved epoch"
    ]


@pytest.mark.parametrize("how", ["--json", "--headless"])
def test_a_reader_that_has_seen_enough_does_not_end_the_search(
    how: str, search: SimulatedSearch, watched: Watched
) -> None:
    with start(search, how) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=60) == 0
        assert process.stderr.read() == ""
    assert watched.view().state is SearchState.COMPLETED
    assert len(watched.trials()) == search.trials


def test_a_second_engine_is_refused_and_told_who_is_there_and_a_second_sigterm_ends_at_once(
    search: SimulatedSearch, watched: Watched
) -> None:
    search = replace(search, simulation=space(choice("fault", "hang")))
    with start(search) as first:
        watched.until(lambda view: bool(view.trials))
        with start(search) as second:
            out, err = second.communicate(timeout=60)
        assert second.returncode == 2
        assert out == ""
        assert f"this search is being run by another engine (process {first.pid} on " in err
        assert f"tui-tuner attach {watched.root}" in err
        third = subprocess.run(search.resume("--headless"), capture_output=True, text=True, check=False)
        assert third.returncode == 2
        assert f"tui-tuner attach {watched.root}" in third.stderr
        assert first.poll() is None
        first.send_signal(signal.SIGTERM)
        watched.until_state(SearchState.STOPPING)
        assert first.poll() is None  # the trial, which hangs, is given a moment
        first.send_signal(signal.SIGTERM)
        _, err = first.communicate(timeout=60)
        assert first.returncode == 128 + signal.SIGTERM
        assert err == ""
    assert watched.view().state is SearchState.STOPPED
    assert len(watched.events("search_started")) == 1
    until(lambda: not watched.is_held)


def test_a_new_search_that_cannot_be_prepared_does_not_cost_the_one_that_it_overwrites(
    search: SimulatedSearch, watched: Watched
) -> None:
    search = replace(search, trials=3)
    broken = replace(search, simulation={"fail_prepare": True})
    anew = "search.overwrite=true"
    assert ended(search.run()) == 0
    ids = watched.query("SELECT trial_id FROM trials ORDER BY number")
    for _ in range(2):  # the second mistake does not cost it either
        with start(broken, "--set", anew) as process:
            out, _ = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "could not be loaded; the search that it was to replace is kept" in out
        assert watched.query("SELECT trial_id FROM trials") == []
    assert ended(search.run("--set", "search.max_trials=4")) == 0
    assert watched.query("SELECT trial_id FROM trials ORDER BY number")[:3] == ids
    assert all((watched.root / f"trial_{trial_id}" / "log.txt").is_file() for (trial_id,) in ids)
    assert not (watched.root / "replaced").exists()


def test_the_overwritten_search_is_gone_once_the_new_one_is_prepared(search: SimulatedSearch, watched: Watched) -> None:
    search = replace(search, trials=2)
    assert ended(search.run()) == 0
    ended(replace(search, simulation={"fail_prepare": True}).run("--set", "search.overwrite=true"))
    (watched.root / "mine.txt").touch()
    assert ended(search.run("--set", "search.overwrite=true")) == 0
    assert len(watched.query("SELECT * FROM trials")) == 2
    assert len(list(watched.root.glob("trial_*"))) == 2
    assert not (watched.root / "replaced").exists()
    assert (watched.root / "mine.txt").exists()


def ended(command: list[str]) -> int:
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60).returncode
