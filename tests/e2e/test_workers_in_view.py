"""What a viewer sees of the workers of a search when these are released, taken away and started again."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.executors import make_task

from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.loop import SearchLoop
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.engine.view import Objective, SearchState, SearchView
from tui_tuner.executors import ProcessExecutor
from tui_tuner.oracles import Objective as OracleObjective
from tui_tuner.oracles import RandomSearchOracle

DEADLINE_S = 30.0


class Search:
    """A search of endless simulated trials in worker processes."""

    def __init__(self, root: Path) -> None:
        task = make_task(root, epochs=100_000, seconds_per_epoch=0.01)
        objective = Objective("val_accuracy", "max")
        spec = SearchSpec(SearchDirectory(root), "bench", "random", objective, max_trials=20, executions_per_trial=1)
        self.loop = SearchLoop(
            spec,
            lambda: RandomSearchOracle(objective=OracleObjective("val_accuracy", "max"), max_trials=20, seed=1),
            lambda: ProcessExecutor(task, 2),
        )
        self.reader = SearchReader(root, who="test")
        self.thread = threading.Thread(target=self.loop.run)
        self.thread.start()

    def send(self, kind: CommandKind, **arguments: object) -> None:
        self.reader.send(Command(kind, arguments=arguments))

    def until(self, wanted: Callable[[SearchView], bool]) -> SearchView:
        deadline = time.monotonic() + DEADLINE_S
        while not wanted(view := self.reader.poll()):
            assert time.monotonic() < deadline, json.dumps([str(worker) for worker in view.workers])
            threading.Event().wait(0.01)
        return view


@pytest.fixture
def search(tmp_path: Path) -> Iterator[Search]:
    running = Search(tmp_path)
    yield running
    running.send(CommandKind.STOP_NOW)
    running.thread.join(DEADLINE_S)
    running.reader.close()


def at_work(view: SearchView) -> list[str]:
    """The workers that run a trial."""
    return sorted(worker.name for worker in view.workers if worker.trial_id is not None)


def test_released_workers_are_gone_and_come_back_with_their_trials(search: Search) -> None:
    first = search.until(lambda view: len(at_work(view)) == 2)
    search.send(CommandKind.PAUSE, hard=True)
    search.until(lambda view: view.state is SearchState.PAUSED and not view.workers)
    search.send(CommandKind.RESUME)
    second = search.until(lambda view: len(at_work(view)) == 2)
    assert {worker.trial_id for worker in first.workers} == {worker.trial_id for worker in second.workers}
    assert {worker.pid for worker in first.workers}.isdisjoint(worker.pid for worker in second.workers)


def test_the_workers_change_in_number_and_no_trial_is_cut_off(search: Search) -> None:
    before = search.until(lambda view: len(at_work(view)) == 2)
    search.send(CommandKind.SET_WORKERS, workers=3)
    search.until(lambda view: at_work(view) == ["worker-0", "worker-1", "worker-2"])
    search.send(CommandKind.SET_WORKERS, workers=1)
    for worker in ("worker-1", "worker-2"):
        view = search.reader.poll()
        trial_id = next(each.trial_id for each in view.workers if each.name == worker)
        search.reader.send(Command(CommandKind.SKIP, trial_id))
        search.until(lambda view, gone=worker: gone not in [each.name for each in view.workers])  # type: ignore[misc]
    view = search.until(lambda view: at_work(view) == ["worker-0"])
    kept = next(worker.trial_id for worker in before.workers if worker.name == "worker-0")
    assert [worker.trial_id for worker in view.workers] == [kept]
