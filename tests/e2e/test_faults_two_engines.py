"""One engine a directory: of several that start at the same moment one runs, and the others say who does."""

from __future__ import annotations

import signal
import subprocess
from dataclasses import replace

from support.simulated import SimulatedSearch
from support.terminal import Terminal
from support.watching import Watched

from tui_tuner.engine.view import SearchState


def test_of_engines_that_start_at_once_one_runs_and_the_others_offer_attach(
    search: SimulatedSearch, watched: Watched
) -> None:
    search = replace(search, seconds_per_epoch=0.1)
    engines = [
        subprocess.Popen(
            search.run("--headless"), cwd=search.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    said = [engine.communicate(timeout=60) for engine in engines]
    codes = [engine.returncode for engine in engines]
    assert sorted(codes) == [0, 2, 2, 2]
    runner = engines[codes.index(0)]
    for (out, err), code in zip(said, codes, strict=True):
        if code == 0:
            assert "completed: all 6 trials were run" in out
        else:
            assert out == ""
            assert "this search is being run by another engine" in err
            assert f"process {runner.pid} on " in err or "holder unknown" in err
            assert f"tui-tuner attach {watched.root}" in err
    assert watched.view().state is SearchState.COMPLETED
    assert [event["pid"] for event in watched.events("search_started")] == [runner.pid]
    assert {row.attempt for row in watched.epochs()} == {0}


def test_an_app_is_refused_before_it_takes_the_screen(search: SimulatedSearch, watched: Watched) -> None:
    fault = {"name": "fault", "default": "hang", "conditions": [], "values": ["hang"], "ordered": False}
    space = {"space": [{"class_name": "Choice", "config": fault}], "values": {}}
    search = replace(search, simulation={"space": space})
    with subprocess.Popen(search.run("--headless"), cwd=search.folder, stdout=subprocess.PIPE, text=True) as engine:
        watched.until(lambda view: bool(view.trials))
        for command in (search.run(), search.resume()):
            with Terminal(command, cwd=search.folder) as terminal:
                assert terminal.until_exit() == 2
                assert not terminal.screen.is_alternate
                assert terminal.is_restored
                said = terminal.text.replace("\n", "")
                assert f"this search is being run by another engine (process {engine.pid} on " in said
                assert f"tui-tuner attach {watched.root}" in said
        assert engine.poll() is None
        engine.send_signal(signal.SIGTERM)
        watched.until_state(SearchState.STOPPING)
        engine.send_signal(signal.SIGTERM)
        engine.communicate(timeout=60)
    assert engine.returncode == 128 + signal.SIGTERM
    assert len(watched.events("search_started")) == 1
