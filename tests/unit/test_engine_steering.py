"""The search loop heeds every request, and what was changed by hand outlives a stop."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from support.tasks import task_in

from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.journal import Entry, Journal
from tui_tuner.engine.loop import SearchLoop
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.engine.view import Objective, SearchState, SearchView, TrialState
from tui_tuner.executors.inline import InlineExecutor
from tui_tuner.oracles import Objective as OracleObjective
from tui_tuner.oracles import Oracle, RandomSearchOracle
from tui_tuner.worker.simulated import SimulatedRunner

DEADLINE_S = 20.0


class Steered:
    """A search of simulated trials in a thread, and a viewer that steers it.

    Args:
        plan: Fields of the `SearchSpec`.
    """

    def __init__(self, root: Path, *, seconds_per_epoch: float = 0.0, **plan: Any) -> None:
        self.root = root
        self.directory = SearchDirectory(root)
        self.plan = plan
        self.seconds_per_epoch = seconds_per_epoch
        self.thread = threading.Thread()
        self._readers: list[SearchReader] = []

    def start(self) -> None:
        max_trials = self.plan.get("max_trials", 4)
        task = task_in(
            self.root, model="simulated:" + json.dumps({"seconds_per_epoch": self.seconds_per_epoch}), fit={"epochs": 3}
        )
        spec = SearchSpec(
            self.directory, "steered", "random", Objective("val_loss", "min"), **{"max_trials": 4, **self.plan}
        )

        def make_oracle() -> Oracle:
            return RandomSearchOracle(
                objective=OracleObjective("val_loss", "min"),
                max_trials=max_trials,
                max_consecutive_failed_trials=100,
                seed=3,
            )

        loop = SearchLoop(spec, make_oracle, lambda: InlineExecutor(SimulatedRunner(task)))
        self.thread = threading.Thread(target=loop.run)
        self.thread.start()
        self.reader = SearchReader(self.root, who="test")
        self._readers.append(self.reader)
        self.journal = Journal(self.root)

    def until(self, wanted: Callable[[SearchView], bool]) -> SearchView:
        deadline = time.monotonic() + DEADLINE_S
        while not wanted(view := self.reader.poll()):
            assert time.monotonic() < deadline, view
            self.thread.join(0.01)
        return view

    def until_state(self, state: SearchState) -> SearchView:
        return self.until(lambda view: view.state is state)

    def ask(self, kind: CommandKind, trial_id: str | None = None, **arguments: Any) -> Mapping[str, Any]:
        """Send a request and return the engine's answer."""
        self.reader.send(Command(kind, trial_id, arguments=arguments))
        found: list[Entry] = []

        def answered(_: SearchView) -> bool:
            found.extend(entry for entry in self.journal.new() if entry.kind == "command_answered")
            return bool(found)

        self.until(answered)
        return found[0].data

    def end(self) -> None:
        if self.thread.is_alive() and self.reader.poll().state.is_live:
            self.reader.send(Command(CommandKind.STOP_NOW))
        if self.thread.ident is not None:
            self.thread.join(DEADLINE_S)
            assert not self.thread.is_alive()
        for reader in self._readers:
            reader.close()


@pytest.fixture
def steered(tmp_path: Path) -> Iterator[Callable[..., Steered]]:
    made: list[Steered] = []

    def make(**arguments: Any) -> Steered:
        made.append(Steered(tmp_path / "search", **arguments))
        return made[-1]

    yield make
    for one in made:
        one.end()


def test_a_hand_made_configuration_is_run_next_and_marked(steered: Callable[..., Steered]) -> None:
    search = steered(seconds_per_epoch=0.01)
    search.start()
    search.until_state(SearchState.RUNNING)
    search.ask(CommandKind.PAUSE)
    answer = search.ask(CommandKind.ENQUEUE, values={"units": 40, "learning_rate": 0.01})
    assert answer["ok"]
    assert answer["arguments"] == {"values": {"units": 40, "learning_rate": 0.01}}
    search.ask(CommandKind.RESUME)
    view = search.until_state(SearchState.COMPLETED)
    by_hand = [trial for trial in view.trials.values() if trial.origin == "by hand"]
    assert [trial.hyperparameters for trial in by_hand] == [{"units": 40, "learning_rate": 0.01}]
    assert by_hand[0].number < 2


@pytest.mark.parametrize(
    ("kind", "arguments", "part"),
    [
        (CommandKind.ENQUEUE, {"values": {"unit": 8}}, "unit"),
        (CommandKind.ENQUEUE, {"values": {"units": 9000}}, "units"),
        (CommandKind.ENQUEUE, {"values": 3}, "mapping"),
        (CommandKind.ENQUEUE, {}, "values"),
        (CommandKind.LIMIT, {"name": "no such", "min_value": 1}, "no such"),
        (CommandKind.LIMIT, {"name": "units", "min_value": 64, "max_value": 8}, "units"),
        (CommandKind.SET_MAX_TRIALS, {"max_trials": 0}, "max_trials"),
        (CommandKind.SET_MAX_TRIALS, {"max_trials": "many"}, "max_trials"),
        (CommandKind.SET_MAX_TIME, {"max_time": -1}, "budget"),
        (CommandKind.SET_WORKERS, {"workers": 2}, "one at a time"),
        (CommandKind.RERUN, {"best": 1, "times": 0}, "times"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_with_a_reason(
    steered: Callable[..., Steered], kind: CommandKind, arguments: dict[str, Any], part: str
) -> None:
    search = steered(seconds_per_epoch=0.02)
    search.start()
    search.until_state(SearchState.RUNNING)
    answer = search.ask(kind, **arguments)
    assert not answer["ok"]
    assert part in answer["answer"]


def test_initial_trials_come_first(steered: Callable[..., Steered]) -> None:
    search = steered(initial_trials=({"units": 48}, {"units": 16, "learning_rate": 0.001}))
    search.start()
    view = search.until_state(SearchState.COMPLETED)
    first, second, *rest = view.trials.values()
    assert first.hyperparameters == {"units": 48, "learning_rate": 0.0001}
    assert second.hyperparameters == {"units": 16, "learning_rate": 0.001}
    assert [trial.origin for trial in (first, second, *rest)] == ["initial", "initial", "", ""]


def test_a_wrong_initial_trial_ends_the_search_and_says_which(steered: Callable[..., Steered]) -> None:
    search = steered(initial_trials=({"units": 8}, {"unit": 8}))
    search.start()
    view = search.until_state(SearchState.FAILED)
    assert view.detail.startswith("search.initial_trials[1]: ")
    assert not view.trials


def test_the_best_are_run_again_with_another_seed(steered: Callable[..., Steered]) -> None:
    search = steered(seconds_per_epoch=0.02)
    search.start()
    search.until(lambda view: sum(trial.status is TrialState.COMPLETED for trial in view.trials.values()) >= 2)
    best = search.reader.poll().best_trial_id
    assert search.ask(CommandKind.RERUN, best, times=2)["ok"]
    view = search.until_state(SearchState.COMPLETED)
    again = [trial for trial in view.trials.values() if trial.rerun_of == best]
    assert len(again) == 2
    assert {trial.origin for trial in again} == {"rerun"}
    assert best is not None
    assert all(trial.hyperparameters == view.trials[best].hyperparameters for trial in again)


def test_limits_hold_from_now_on(steered: Callable[..., Steered]) -> None:
    search = steered(seconds_per_epoch=0.01, max_trials=8)
    search.start()
    search.until_state(SearchState.RUNNING)
    search.ask(CommandKind.PAUSE)
    before = set(search.reader.poll().trials)
    assert search.ask(CommandKind.LIMIT, name="units", max_value=24)["ok"]
    search.ask(CommandKind.RESUME)
    view = search.until_state(SearchState.COMPLETED)
    new = [trial for trial_id, trial in view.trials.items() if trial_id not in before]
    assert new
    assert all(int(trial.hyperparameters["units"]) <= 24 for trial in new)


def test_a_space_that_is_exhausted_only_within_its_limits_says_so(steered: Callable[..., Steered]) -> None:
    search = steered(seconds_per_epoch=0.01, max_trials=1000)
    search.start()
    search.until_state(SearchState.RUNNING)
    search.ask(CommandKind.PAUSE)
    assert search.ask(CommandKind.LIMIT, name="units", values=[8])["ok"]
    assert search.ask(CommandKind.LIMIT, name="learning_rate", min_value=0.001, max_value=0.001)["ok"]
    search.ask(CommandKind.RESUME)
    assert "exhausted within its limits after" in search.until_state(SearchState.COMPLETED).detail


def test_more_trials_are_kept_over_a_stop(steered: Callable[..., Steered]) -> None:
    search = steered(seconds_per_epoch=0.02)
    search.start()
    search.until_state(SearchState.RUNNING)
    assert search.ask(CommandKind.SET_MAX_TRIALS, max_trials=6)["ok"]
    assert search.until(lambda view: view.max_trials == 6)
    search.reader.send(Command(CommandKind.STOP_NOW))
    search.thread.join(DEADLINE_S)
    search.start()
    view = search.until_state(SearchState.COMPLETED)
    assert len(view.trials) == 6
    assert view.max_trials == 6


def test_a_changed_config_is_the_later_word(steered: Callable[..., Steered]) -> None:
    search = steered(seconds_per_epoch=0.02)
    search.start()
    search.until_state(SearchState.RUNNING)
    search.ask(CommandKind.SET_MAX_TRIALS, max_trials=60)
    search.reader.send(Command(CommandKind.STOP_NOW))
    search.thread.join(DEADLINE_S)
    search.plan["max_trials"] = 5
    search.start()
    assert len(search.until_state(SearchState.COMPLETED).trials) == 5


def test_fewer_trials_than_there_are_end_the_search(steered: Callable[..., Steered]) -> None:
    search = steered(seconds_per_epoch=0.01, max_trials=30)
    search.start()
    search.until(lambda view: len(view.trials) >= 3)
    search.ask(CommandKind.SET_MAX_TRIALS, max_trials=2)
    view = search.until_state(SearchState.COMPLETED)
    assert 3 <= len(view.trials) < 30


def test_the_time_budget_ends_the_search_after_the_running_trial(steered: Callable[..., Steered]) -> None:
    search = steered(seconds_per_epoch=0.05, max_trials=1000, max_time_s=0.3)
    search.start()
    view = search.until_state(SearchState.COMPLETED)
    assert view.detail == f"the time budget is used up after {len(view.trials)} trials"
    assert {trial.status for trial in view.trials.values()} == {TrialState.COMPLETED}
    assert view.test_metrics is not None
    assert view.active_s >= 0.3

    search.start()  # nothing is left of the budget
    assert search.until_state(SearchState.COMPLETED).detail == view.detail
    assert len(search.reader.poll().trials) == len(view.trials)


def test_a_time_budget_that_the_preparation_has_used_up_is_told(steered: Callable[..., Steered]) -> None:
    search = steered(max_time_s=1e-9)
    search.start()
    view = search.until_state(SearchState.FAILED)
    assert view.detail == "the time budget was used up before the first trial began"


def test_a_pause_does_not_count_as_active_time(steered: Callable[..., Steered]) -> None:
    search = steered(seconds_per_epoch=0.01)
    search.start()
    search.until_state(SearchState.RUNNING)
    search.ask(CommandKind.PAUSE)
    paused = search.until_state(SearchState.PAUSED)
    assert paused.run_started is None
    assert paused.elapsed_s(time.time() + 1000) == paused.active_s
    search.ask(CommandKind.RESUME)
    assert search.until(lambda view: view.run_started is not None).active_s >= paused.active_s


def test_a_hard_pause_cuts_the_trial_off_and_it_goes_on(steered: Callable[..., Steered]) -> None:
    search = steered(seconds_per_epoch=0.05)
    search.start()
    search.until(lambda view: any(trial.last_epoch is not None for trial in view.trials.values()))
    assert search.ask(CommandKind.PAUSE, hard=True)["ok"]
    view = search.until(
        lambda view: (
            view.state is SearchState.PAUSED
            and all(trial.status is not TrialState.RUNNING for trial in view.trials.values())
        )
    )
    cut = [trial.trial_id for trial in view.trials.values() if trial.status is TrialState.INTERRUPTED]
    assert len(cut) == 1
    search.ask(CommandKind.RESUME)
    view = search.until_state(SearchState.COMPLETED)
    assert {trial.status for trial in view.trials.values()} == {TrialState.COMPLETED}
    assert view.trials[cut[0]].attempt == 1


def test_stop_now_with_grace_lets_the_trial_leave_at_its_epochs_end(steered: Callable[..., Steered]) -> None:
    search = steered(seconds_per_epoch=0.05)
    search.start()
    search.until(lambda view: any(trial.last_epoch is not None for trial in view.trials.values()))
    search.reader.send(Command(CommandKind.STOP_NOW, arguments={"grace_s": 10.0}))
    view = search.until_state(SearchState.STOPPED)
    assert TrialState.INTERRUPTED in {trial.status for trial in view.trials.values()}
