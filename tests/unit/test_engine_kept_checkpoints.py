"""Which trials' files stay on the disk, by `run.keep_checkpoints` and by what Hyperband may continue."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from support.tasks import task_in

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.journal import Journal
from tui_tuner.engine.kept_checkpoints import KeptCheckpoints
from tui_tuner.engine.loop import SearchLoop
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.engine.store import TrialRow
from tui_tuner.engine.view import Objective, Scalar, SearchState, TrialState
from tui_tuner.executors.inline import InlineExecutor
from tui_tuner.oracles import Objective as OracleObjective
from tui_tuner.oracles import RandomSearchOracle
from tui_tuner.worker.simulated import SimulatedRunner

MAX = Objective("val_accuracy", "max")


class Search:
    """A search directory whose trials have files, and the rows of these trials."""

    def __init__(self, root: Path, keep: str, objective: Objective = MAX) -> None:
        self.directory = SearchDirectory(root)
        self.rows: list[TrialRow] = []
        self._keep, self._objective = keep, objective
        self.open()

    def open(self) -> None:
        """Begin, or go on."""
        self.kept = KeptCheckpoints(self.directory, self._keep, self._objective)
        self.kept.restore(self.rows)

    def end(
        self,
        score: float | None,
        status: TrialState = TrialState.COMPLETED,
        values: Mapping[str, Scalar] | None = None,
        *,
        told: bool = True,
    ) -> str:
        """A trial trains and ends."""
        number = len(self.rows)
        trial_id = str(number)
        for path in (
            self.directory.checkpoint(trial_id),
            self.directory.build_config(trial_id),
            self.directory.training_state(trial_id, 0),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"weights")
        row = TrialRow(trial_id, number, status, dict(values or {}), score=score, ended=float(number))
        self.rows.append(row)
        if told:
            self.kept.trial_ended(row)
        return trial_id

    def evaluate(self, trial_id: str) -> None:
        self.directory.best.mkdir(exist_ok=True)
        (self.directory.best / "hyperparameters.json").write_text(json.dumps({"trial_id": trial_id}))
        self.kept.best_evaluated(trial_id)

    @property
    def checkpoints(self) -> list[int]:
        return [row.number for row in self.rows if self.directory.checkpoint(row.trial_id).is_file()]

    @property
    def states(self) -> list[int]:
        return [row.number for row in self.rows if self.directory.resume(row.trial_id).is_dir()]


def stage(round_: int, parent: str | None = None, bracket: int = 1) -> dict[str, Scalar]:
    values: dict[str, Scalar] = {
        "tuner/epochs": 2 * (round_ + 1),
        "tuner/initial_epoch": 0 if parent is None else 2 * round_,
        "tuner/bracket": bracket,
        "tuner/round": round_,
    }
    return values if parent is None else {**values, "tuner/trial_id": parent}


def test_all_keeps_all_weights_and_no_state_of_a_training(tmp_path: Path) -> None:
    search = Search(tmp_path, "all")
    for score in (0.5, 0.9, None):
        search.end(score)
    search.end(None, TrialState.FAILED)
    assert search.checkpoints == [0, 1, 2, 3]
    assert search.states == []


def test_the_best_are_kept_and_of_equal_ones_the_earlier(tmp_path: Path) -> None:
    search = Search(tmp_path, "best 2")
    seen = []
    for score in (0.5, 0.7, 0.7, 0.6, 0.7, None, 0.8):
        search.end(score)
        seen.append(search.checkpoints)
    assert seen == [[0], [0, 1], [1, 2], [1, 2], [1, 2], [1, 2], [1, 6]]
    assert not search.directory.build_config("2").exists()


def test_lower_is_better_where_the_objective_says_so(tmp_path: Path) -> None:
    search = Search(tmp_path, "best 1", Objective("val_loss", "min"))
    for score in (0.5, 0.2, 0.3):
        search.end(score)
    assert search.checkpoints == [1]


def test_trials_that_did_not_complete_keep_nothing(tmp_path: Path) -> None:
    search = Search(tmp_path, "best 3")
    search.end(0.9, TrialState.STOPPED)
    search.end(None, TrialState.FAILED)
    assert search.checkpoints == []


@pytest.mark.parametrize("status", [TrialState.INVALID, TrialState.INTERRUPTED, TrialState.RUNNING])
def test_a_trial_that_will_be_run_again_is_left_alone(tmp_path: Path, status: TrialState) -> None:
    search = Search(tmp_path, "best 1")
    search.end(None, status)
    search.open()
    assert search.checkpoints == [0]
    assert search.states == [0]


def test_none_keeps_the_best_until_it_is_evaluated(tmp_path: Path) -> None:
    search = Search(tmp_path, "none")
    for score in (0.5, 0.7, 0.6):
        search.end(score)
    assert search.checkpoints == [1]
    assert not search.kept.is_evaluated("1")
    search.evaluate("1")
    assert search.checkpoints == []
    search.open()
    assert search.kept.is_evaluated("1")  # more trials, none better: there is nothing to evaluate
    search.end(0.6)
    search.end(0.8)
    assert search.checkpoints == [4]
    assert not search.kept.is_evaluated("4")


def test_what_a_killed_engine_left_is_deleted_when_the_search_goes_on(tmp_path: Path) -> None:
    search = Search(tmp_path, "best 1")
    for score in (0.5, 0.7, 0.6):
        search.end(score, told=False)
    assert search.checkpoints == [0, 1, 2]
    search.open()
    assert search.checkpoints == [1]
    assert search.states == []


def test_hyperband_keeps_what_it_may_continue(tmp_path: Path) -> None:
    search = Search(tmp_path, "best 1")
    first = search.end(0.5, values=stage(0))
    search.end(0.6, values=stage(0))
    search.end(0.4, TrialState.STOPPED, values=stage(0))
    assert search.checkpoints == [0, 1]
    assert search.states == [0, 1]
    search.open()
    assert search.states == [0, 1]
    search.end(0.9, values=stage(1, first))
    assert search.checkpoints == [1, 3]  # 0 has been continued; the last round is continued by none
    assert search.states == [1]
    search.open()
    assert search.states == [1]
    search.kept.none_is_continued()
    assert search.checkpoints == [3]
    assert search.states == []


def test_a_trial_whose_successor_is_still_running_is_kept(tmp_path: Path) -> None:
    search = Search(tmp_path, "best 1")
    first = search.end(0.5, values=stage(0))
    search.end(0.6, values=stage(0))
    search.end(None, TrialState.RUNNING, values=stage(1, first))
    search.open()
    assert search.states == [0, 1, 2]


def test_a_search_that_goes_on_does_not_evaluate_what_is_evaluated_and_gone(tmp_path: Path) -> None:
    directory = SearchDirectory(tmp_path / "search")
    task = task_in(directory.root, fit={"epochs": 2}, objective="val_accuracy", direction="max")
    spec = SearchSpec(directory, "bench", "random", MAX, max_trials=2, epochs=2, keep_checkpoints="none")

    def make_oracle() -> RandomSearchOracle:
        return RandomSearchOracle(objective=OracleObjective("val_accuracy", "max"), max_trials=2, seed=3)

    for _ in range(2):
        SearchLoop(spec, make_oracle, lambda: InlineExecutor(SimulatedRunner(task))).run()
        reader = SearchReader(directory.root)
        view = reader.poll()
        reader.close()
        assert view.state is SearchState.COMPLETED
        assert view.test_metrics
        assert view.disk_bytes
    kinds = [entry.kind for entry in Journal(directory.root, after=0).new()]
    assert kinds.count("search_started") == 2
    assert kinds.count("best_evaluated") == 1
