"""A script's search with trials that train nothing: what is run where, what is recorded, how it ends and goes on."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.lock import EngineLock
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.view import SearchState, SearchView, TrialState
from tui_tuner.errors import (
    DirectoryInUseError,
    FailedTrialError,
    FatalRuntimeError,
    FatalTypeError,
    FatalValueError,
    TunerError,
)
from tui_tuner.oracles import Objective, RandomSearchOracle, Trial
from tui_tuner.space import HyperParameters
from tui_tuner.tuners import BaseTuner, RandomSearch

DEADLINE_S = 20.0

Body = Callable[["FakeTuner", Trial], Any]


def units_of(tuner: FakeTuner, trial: Trial) -> float:
    return float(trial.hyperparameters.get("units"))


def build(hp: HyperParameters) -> None:
    hp.Int("units", 8, 64, step=8)


class FakeTuner(RandomSearch):
    """Runs `body` in place of a training, and notes what is called."""

    def __init__(self, directory: Path, body: Body = units_of, **kwargs: Any) -> None:
        self.body = body
        self.calls: list[str] = []
        self.threads: set[int] = set()
        self.asks: Callable[[Trial], None] = lambda trial: None
        arguments: dict[str, Any] = {"objective": Objective("score", "min"), "max_trials": 4, "seed": 1, **kwargs}
        super().__init__(build, directory=directory, project_name="fake", **arguments)

    def note(self, call: str) -> None:
        self.calls.append(call)
        self.threads.add(threading.get_ident())

    def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> Any:
        self.note(f"run {trial.trial_id}")
        return self.body(self, trial)

    def on_search_begin(self) -> None:
        self.note("search begin")

    def on_search_end(self) -> None:
        self.note("search end")

    def pre_create_trial(self) -> None:
        self.note("before create")

    def on_trial_begin(self, trial: Trial) -> None:
        self.note(f"begin {trial.trial_id}")

    def on_trial_end(self, trial: Trial) -> None:
        super().on_trial_end(trial)
        self.note(f"end {trial.trial_id}: {self.oracle.get_trial(trial.trial_id).score}")

    @property
    def root(self) -> Path:
        return Path(self.project_dir)

    def send(self, kind: CommandKind, trial_id: str | None = None) -> None:
        """Ask for something as another terminal would."""
        reader = SearchReader(self.root)
        reader.send(Command(kind, trial_id))
        reader.close()


def view(tuner: BaseTuner) -> SearchView:
    reader = SearchReader(Path(tuner.project_dir))
    try:
        return reader.poll()
    finally:
        reader.close()


def statuses(tuner: BaseTuner) -> list[TrialState]:
    return [trial.status for trial in view(tuner).trials.values()]


def test_a_search_runs_its_trials_and_hooks_in_the_calling_thread(tmp_path: Path) -> None:
    tuner = FakeTuner(tmp_path, max_trials=2)
    tuner.search()
    scores = [trial.score for trial in tuner.oracle.trials.values()]
    assert tuner.calls == [
        "search begin",
        "before create",
        "begin 0",
        "run 0",
        f"end 0: {scores[0]}",
        "before create",
        "begin 1",
        "run 1",
        f"end 1: {scores[1]}",
        "before create",
        "search end",
    ]
    assert tuner.threads == {threading.get_ident()}


def test_a_search_is_recorded_in_its_directory(tmp_path: Path) -> None:
    tuner = FakeTuner(tmp_path)
    tuner.search()
    seen = view(tuner)
    assert seen.state is SearchState.COMPLETED
    assert (seen.name, seen.tuner, seen.max_trials) == ("fake", "FakeTuner", 4)
    assert [parameter.name for parameter in seen.space] == ["units"]
    assert [trial.score for trial in seen.trials.values()] == [t.score for t in tuner.oracle.trials.values()]
    again = RandomSearchOracle(objective=Objective("score", "min"), max_trials=4)
    again.set_project_dir(tmp_path, "fake")
    again.reload()  # KerasTuner's own files are there and whole
    assert {key: t.score for key, t in again.trials.items()} == {key: t.score for key, t in tuner.oracle.trials.items()}
    assert (tuner.root / "tuner0.json").is_file()


def test_arguments_of_search_reach_the_trial(tmp_path: Path) -> None:
    class Tuner(FakeTuner):
        def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> float:
            assert args == ("x", "y")
            assert kwargs == {"epochs": 3, "verbose": 0}
            return 1.0

    tuner = Tuner(tmp_path, max_trials=1)
    tuner.search("x", "y", epochs=3, verbose=0)
    assert view(tuner).trials["0"].planned_epochs == 3


def test_results_of_several_executions_are_averaged(tmp_path: Path) -> None:
    tuner = FakeTuner(tmp_path, lambda tuner, trial: [{"score": 1.0, "other": 2.0}, {"score": 2.0, "other": 4.0}])
    tuner.search()
    trial = tuner.oracle.get_trial("0")
    assert trial.score == 1.5
    assert trial.metrics.get_best_value("other") == 3.0


def test_a_trial_may_tell_the_oracle_by_itself(tmp_path: Path) -> None:
    def body(tuner: FakeTuner, trial: Trial) -> None:
        for step, score in enumerate((3.0, 1.0, 2.0)):
            tuner.oracle.update_trial(trial.trial_id, {"score": score}, step=step)

    tuner = FakeTuner(tmp_path, body, max_trials=1)
    tuner.search()
    trial = tuner.oracle.get_trial("0")
    assert (trial.score, trial.best_step, trial.status) == (1.0, 1, "COMPLETED")


def test_several_objectives_are_summed(tmp_path: Path) -> None:
    objectives = [Objective("a", "min"), Objective("b", "max")]
    tuner = FakeTuner(tmp_path, lambda tuner, trial: {"a": 5.0, "b": 2.0}, objective=objectives, max_trials=1)
    tuner.search()
    assert tuner.oracle.get_trial("0").score == 3.0


def test_hyperparameters_that_a_trial_asks_for_join_the_space(tmp_path: Path) -> None:
    def body(tuner: FakeTuner, trial: Trial) -> float:
        return float(trial.hyperparameters.Int("batch_size", 16, 64, step=16))

    tuner = FakeTuner(tmp_path, body)
    tuner.search()
    assert [hp.name for hp in tuner.oracle.get_space().space] == ["units", "batch_size"]
    assert view(tuner).trials["0"].hyperparameters["batch_size"] == 16


def test_the_space_is_known_before_the_search_under_all_conditions(tmp_path: Path) -> None:
    def conditional(hp: HyperParameters) -> None:
        kind = hp.Choice("kind", ["a", "b"])
        with hp.conditional_scope("kind", ["b"]):
            if kind == "b":
                hp.Float("rate", 0.0, 1.0)

    tuner = RandomSearch(conditional, objective="loss", directory=tmp_path)
    assert [hp.name for hp in tuner.oracle.get_space().space] == ["kind", "rate"]


# How a trial may fail, and what that does to the search.


def test_a_fatal_error_ends_the_search_with_its_own_type(tmp_path: Path) -> None:
    def body(tuner: FakeTuner, trial: Trial) -> float:
        raise FatalValueError("your mistake")

    tuner = FakeTuner(tmp_path, body)
    with pytest.raises(FatalValueError, match="your mistake"):
        tuner.search()
    seen = view(tuner)
    assert seen.state is SearchState.FAILED
    assert statuses(tuner) == [TrialState.FAILED]
    assert "your mistake" in seen.trials["0"].message


@pytest.mark.parametrize(
    ("returned", "error", "message"),
    [
        (None, FatalTypeError, "Did you forget"),
        ("0.5", FatalTypeError, "Expected the return value"),
        ({"other": 1.0}, FatalValueError, "objective, 'score'"),
    ],
)
def test_a_return_value_without_the_objective_is_fatal(
    tmp_path: Path, returned: Any, error: type[Exception], message: str
) -> None:
    tuner = FakeTuner(tmp_path, lambda tuner, trial: returned)
    with pytest.raises(error, match=message):
        tuner.search()


def test_a_trial_without_a_number_for_the_objective_fails_alone(tmp_path: Path) -> None:
    tuner = FakeTuner(tmp_path, lambda tuner, trial: {"score": None if trial.trial_id == "1" else 1.0}, max_trials=3)
    tuner.search()
    assert statuses(tuner) == [TrialState.COMPLETED, TrialState.FAILED, TrialState.COMPLETED]
    assert "'score' is None" in view(tuner).trials["1"].message


def test_an_oracle_that_is_idle_while_nothing_runs_is_asked_once_more(tmp_path: Path) -> None:
    class Hesitating(RandomSearchOracle):
        asked = 0

        def populate_space(self, trial_id: str) -> dict[str, Any]:
            self.asked += 1
            return super().populate_space(trial_id) if self.asked % 2 == 0 else {"status": "IDLE"}

    class Returns(BaseTuner):
        def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> float:
            return float(trial.hyperparameters.get("units"))

    oracle = Hesitating(Objective("score", "min"), max_trials=3, seed=1)
    tuner = Returns(oracle, build, directory=tmp_path, project_name="idle")
    tuner.search()
    assert statuses(tuner) == [TrialState.COMPLETED] * 3


def test_too_many_failures_in_a_row_end_the_search(tmp_path: Path) -> None:
    def body(tuner: FakeTuner, trial: Trial) -> float:
        raise ValueError("no luck")

    tuner = FakeTuner(tmp_path, body)
    with pytest.raises(RuntimeError, match="Number of consecutive failures exceeded the limit of 3"):
        tuner.search()
    assert statuses(tuner) == [TrialState.FAILED] * 3
    assert view(tuner).state is SearchState.FAILED


def test_a_search_without_a_completed_trial_raises(tmp_path: Path) -> None:
    def body(tuner: FakeTuner, trial: Trial) -> float:
        raise ValueError("no luck")

    tuner = FakeTuner(tmp_path, body, max_trials=2)
    with pytest.raises(FatalRuntimeError, match=r"none of 2 trials completed.*no luck"):
        tuner.search()
    assert tuner.get_best_hyperparameters(2) == []
    assert tuner.calls[-1] != "search end"


def test_a_failed_trial_is_run_again_as_often_as_asked(tmp_path: Path) -> None:
    def body(tuner: FakeTuner, trial: Trial) -> float:
        if tuner.calls.count(f"run {trial.trial_id}") < 3:
            raise ValueError("not yet")
        return 1.0

    tuner = FakeTuner(tmp_path, body, max_trials=2, max_retries_per_trial=2)
    tuner.search()
    assert statuses(tuner) == [TrialState.COMPLETED] * 2
    assert [trial.attempt for trial in view(tuner).trials.values()] == [2, 2]


def test_a_trial_that_was_nan_is_run_again_and_can_succeed(tmp_path: Path) -> None:
    def body(tuner: FakeTuner, trial: Trial) -> float:
        return float("nan") if tuner.calls.count(f"run {trial.trial_id}") == 1 else 0.5

    tuner = FakeTuner(tmp_path, body, max_trials=1, max_retries_per_trial=1)
    tuner.search()
    assert tuner.oracle.get_trial("0").score == 0.5


def test_a_trial_that_calls_itself_failed_is_not_run_again(tmp_path: Path) -> None:
    def body(tuner: FakeTuner, trial: Trial) -> float:
        if trial.trial_id == "1":
            raise FailedTrialError("hopeless")
        return 1.0

    tuner = FakeTuner(tmp_path, body, max_retries_per_trial=3)
    tuner.search()
    assert tuner.calls.count("run 1") == 1
    assert statuses(tuner)[:2] == [TrialState.COMPLETED, TrialState.FAILED]


@pytest.mark.parametrize("hook", ["on_trial_begin", "on_trial_end", "pre_create_trial"])
def test_what_a_hook_raises_reaches_the_caller(tmp_path: Path, hook: str) -> None:
    tuner = FakeTuner(tmp_path)

    def broken(*args: Any) -> None:
        if hook != "pre_create_trial" or tuner.calls:
            raise ZeroDivisionError("in a hook")

    setattr(tuner, hook, broken)
    with pytest.raises(ZeroDivisionError, match="in a hook"):
        tuner.search()
    delattr(tuner, hook)
    tuner.search()
    assert statuses(tuner) == [TrialState.COMPLETED] * 4


def test_a_trial_ends_though_its_hook_forgets_the_tuners_own(tmp_path: Path) -> None:
    class Forgetful(FakeTuner):
        def on_trial_end(self, trial: Trial) -> None:
            self.note(f"end {trial.trial_id}")

    tuner = Forgetful(tmp_path)
    tuner.search()
    assert statuses(tuner) == [TrialState.COMPLETED] * 4


def test_a_hyperparameter_that_is_not_allowed_ends_the_search(tmp_path: Path) -> None:
    def body(tuner: FakeTuner, trial: Trial) -> float:
        return float(trial.hyperparameters.Int("new", 1, 2))

    known = HyperParameters()
    build(known)
    tuner = FakeTuner(tmp_path, body, hyperparameters=known, allow_new_entries=False)
    with pytest.raises(RuntimeError, match="`allow_new_entries` is `False`"):
        tuner.search()
    assert statuses(tuner) == [TrialState.INTERRUPTED]


def test_what_the_oracle_raises_reaches_the_caller(tmp_path: Path) -> None:
    class Oracle(RandomSearchOracle):
        def populate_space(self, trial_id: str) -> dict[str, Any]:
            raise ZeroDivisionError("in the oracle")

    class Tuner(BaseTuner):
        def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> float:
            return 1.0

    tuner = Tuner(Oracle(objective="loss"), directory=tmp_path)
    with pytest.raises(ZeroDivisionError, match="in the oracle"):
        tuner.search()


# Interruption, steering from another terminal, and going on.


def test_an_interrupted_search_stops_in_order_and_goes_on_where_it_was(tmp_path: Path) -> None:
    whole = FakeTuner(tmp_path / "whole")
    whole.search()

    def body(tuner: FakeTuner, trial: Trial) -> float:
        if tuner.calls.count("run 2") == 1:
            os.kill(os.getpid(), signal.SIGINT)
        return units_of(tuner, trial)

    tuner = FakeTuner(tmp_path / "cut", body)
    with pytest.raises(KeyboardInterrupt):
        tuner.search()
    seen = view(tuner)
    assert seen.state is SearchState.STOPPED
    assert statuses(tuner) == [TrialState.COMPLETED, TrialState.COMPLETED, TrialState.INTERRUPTED]
    tuner.calls.append("run 2")
    tuner.search()
    assert [trial.hyperparameters.values for trial in tuner.oracle.trials.values()] == [
        trial.hyperparameters.values for trial in whole.oracle.trials.values()
    ]
    assert view(tuner).state is SearchState.COMPLETED


def test_an_interruption_while_the_oracle_thinks_stops_the_search_too(tmp_path: Path) -> None:
    class Oracle(RandomSearchOracle):
        def populate_space(self, trial_id: str) -> dict[str, Any]:
            if trial_id == "1":
                os.kill(os.getpid(), signal.SIGINT)
            return super().populate_space(trial_id)

    class Tuner(BaseTuner):
        def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> float:
            return float(trial.hyperparameters.Int("units", 1, 100))

    tuner = Tuner(Oracle(objective="loss", max_trials=4), directory=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        tuner.search()
    assert view(tuner).state is SearchState.STOPPED
    assert statuses(tuner)[0] is TrialState.COMPLETED
    assert len(statuses(tuner)) <= 2


def test_a_search_that_is_paused_can_be_interrupted(tmp_path: Path) -> None:
    def interrupt_once_paused() -> None:
        deadline = time.monotonic() + DEADLINE_S
        while view(tuner).state is not SearchState.PAUSED and time.monotonic() < deadline:
            threading.Event().wait(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    def pause(trial: Trial) -> None:
        tuner.send(CommandKind.PAUSE)
        threading.Thread(target=interrupt_once_paused).start()

    tuner = FakeTuner(tmp_path, endless)
    tuner.asks = pause
    with pytest.raises(KeyboardInterrupt):
        tuner.search()
    assert view(tuner).state is SearchState.STOPPED
    assert statuses(tuner) == [TrialState.INTERRUPTED]


def test_leaving_the_process_from_a_trial_leaves_it(tmp_path: Path) -> None:
    def body(tuner: FakeTuner, trial: Trial) -> float:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        FakeTuner(tmp_path, body).search()


def endless(tuner: FakeTuner, trial: Trial) -> float:
    """A user's own training loop, which reports its epochs by the hook and ends only when it is told to."""
    epoch = 0
    while True:
        tuner.on_epoch_end(trial, None, epoch, logs={"score": 1.0 + epoch})
        if epoch == 0:
            tuner.asks(trial)
        epoch += 1


def test_a_trial_can_be_skipped_from_another_terminal(tmp_path: Path) -> None:
    def body(tuner: FakeTuner, trial: Trial) -> float:
        return endless(tuner, trial) if trial.trial_id == "1" else 2.0

    tuner = FakeTuner(tmp_path, body)
    tuner.asks = lambda trial: tuner.send(CommandKind.SKIP, trial.trial_id)
    tuner.search()
    seen = view(tuner)
    assert statuses(tuner) == [TrialState.COMPLETED, TrialState.STOPPED, TrialState.COMPLETED, TrialState.COMPLETED]
    assert seen.trials["1"].score == 1.0
    assert seen.best_trial_id == "0"
    assert any(call.startswith("end 1") for call in tuner.calls)


def test_a_search_can_be_stopped_at_once_from_another_terminal(tmp_path: Path) -> None:
    tuner = FakeTuner(tmp_path, endless)
    tuner.asks = lambda trial: tuner.send(CommandKind.STOP_NOW)
    tuner.search()
    assert view(tuner).state is SearchState.STOPPED
    assert statuses(tuner) == [TrialState.INTERRUPTED]
    assert not any(call.startswith("end 0") for call in tuner.calls)


def test_a_search_can_be_stopped_after_its_trial_from_another_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def body(tuner: FakeTuner, trial: Trial) -> float:
        tuner.send(CommandKind.STOP)
        return 1.0

    tuner = FakeTuner(tmp_path, body)
    tuner.search()
    assert view(tuner).state is SearchState.STOPPED
    assert statuses(tuner) == [TrialState.COMPLETED]
    assert "call search() again to go on" in capsys.readouterr().out


def test_epochs_that_a_loop_reports_by_the_hook_are_recorded(tmp_path: Path) -> None:
    def body(tuner: FakeTuner, trial: Trial) -> float:
        for epoch in range(3):
            tuner.on_epoch_end(trial, None, epoch, logs={"score": 3.0 - epoch})
        return 1.0

    tuner = FakeTuner(tmp_path, body, max_trials=1)
    tuner.search()
    reader = SearchReader(tuner.root)
    assert [(epoch.epoch, epoch.metrics["score"]) for epoch in reader.epochs("0")] == [(0, 3.0), (1, 2.0), (2, 1.0)]


def test_searching_again_runs_what_is_missing_and_nothing_else(tmp_path: Path) -> None:
    tuner = FakeTuner(tmp_path)
    tuner.search()
    tuner.calls.clear()
    tuner.search()
    assert tuner.calls == ["search begin", "before create", "search end"]
    tuner.oracle.max_trials = 6
    assert tuner.remaining_trials == 2
    tuner.search()
    assert [call for call in tuner.calls if call.startswith("run")] == ["run 4", "run 5"]


def test_a_tuner_on_an_existing_directory_reloads_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = FakeTuner(tmp_path)
    first.search()
    capsys.readouterr()
    again = FakeTuner(tmp_path, max_trials=5)
    assert capsys.readouterr().out == f"Reloading Tuner from {tmp_path}/fake/tuner0.json\n"
    assert again.get_best_hyperparameters()[0].values == first.get_best_hyperparameters()[0].values
    assert again.remaining_trials == 1
    again.search()
    assert [call for call in again.calls if call.startswith("run")] == ["run 4"]


def test_a_search_that_has_kerastuners_files_only_is_reloaded_and_goes_on(tmp_path: Path) -> None:
    first = FakeTuner(tmp_path)
    first.search()
    (first.root / "search.db").unlink()
    again = FakeTuner(tmp_path)
    assert again.get_best_hyperparameters()[0].values == first.get_best_hyperparameters()[0].values
    again.search()
    assert not [call for call in again.calls if call.startswith("run")]
    again.oracle.max_trials = 5
    again.search()
    assert [call for call in again.calls if call.startswith("run")] == ["run 4"]
    seen = view(again)
    assert list(seen.trials) == ["0", "1", "2", "3", "4"]
    assert [trial.score for trial in seen.trials.values()][:4] == [t.score for t in first.oracle.trials.values()]
    assert seen.best is not None
    assert seen.best.score == min(trial.score for trial in seen.trials.values() if trial.score is not None)


def test_overwrite_begins_anew(tmp_path: Path) -> None:
    FakeTuner(tmp_path).search()
    tuner = FakeTuner(tmp_path, overwrite=True)
    assert tuner.oracle.trials == {}
    tuner.search()
    assert view(tuner).state is SearchState.COMPLETED
    assert not [call for call in tuner.calls if call == "run 4"]


def test_overwrite_leaves_a_folder_alone_that_is_no_search(tmp_path: Path) -> None:
    kept = tmp_path / "fake" / "thesis.txt"
    kept.parent.mkdir()
    kept.write_text("years of work")
    FakeTuner(tmp_path, overwrite=True)
    assert kept.read_text() == "years of work"


def test_overwrite_deletes_a_search_and_leaves_what_lies_beside_it(tmp_path: Path) -> None:
    FakeTuner(tmp_path).search()
    beside = tmp_path / "fake" / "train.py"
    beside.write_text("the script")
    assert FakeTuner(tmp_path, overwrite=True).oracle.trials == {}
    assert beside.read_text() == "the script"
    assert sorted(path.name for path in beside.parent.iterdir()) == ["train.py"]


def test_overwrite_keeps_the_search_of_before_if_the_model_cannot_be_built(tmp_path: Path) -> None:
    def mistyped(hp: HyperParameters) -> None:
        raise NameError("name 'kears' is not defined")

    FakeTuner(tmp_path).search()
    with pytest.raises(NameError, match="kears"):
        RandomSearch(mistyped, objective="loss", directory=tmp_path, project_name="fake", overwrite=True)
    assert len(FakeTuner(tmp_path).oracle.trials) == 4


def test_a_search_for_another_objective_is_not_taken_over(tmp_path: Path) -> None:
    FakeTuner(tmp_path).search()
    with pytest.raises(TunerError, match="for the min of score") as caught:
        FakeTuner(tmp_path, objective=Objective("score", "max"))
    assert "overwrite=True" in caught.value.hint


def test_a_search_that_another_engine_runs_is_refused(tmp_path: Path) -> None:
    tuner = FakeTuner(tmp_path)
    lock = EngineLock(SearchDirectory(tuner.root).lock)
    lock.acquire()
    try:
        with pytest.raises(DirectoryInUseError):
            tuner.search()
    finally:
        lock.release()


# Construction.


def test_a_tuner_without_hypermodel_must_run_trials_itself(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="hypermodel"):
        RandomSearch(objective="loss", directory=tmp_path)

    class Tuner(RandomSearch):
        def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> float:
            return float(trial.hyperparameters.Int("units", 1, 10))

    tuner = Tuner(objective="loss", max_trials=3, directory=tmp_path)
    tuner.search()
    assert len(tuner.oracle.trials) == 3


def test_wrong_arguments_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Unrecognized arguments: colour"):
        RandomSearch(build, objective="loss", directory=tmp_path, colour="red")
    with pytest.raises(ValueError, match="Expected `oracle` argument to be an `Oracle`"):
        BaseTuner("random", directory=tmp_path)  # type: ignore[arg-type]
    with pytest.raises(FatalValueError, match="`hypermodel` argument should be either"):
        RandomSearch(3, objective="loss", directory=tmp_path)  # type: ignore[arg-type]


def test_the_directory_is_where_kerastuner_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tuner = RandomSearch(build, objective="loss")
    assert tuner.project_dir == "./untitled_project"
    assert Path(tuner.get_trial_dir("07")).resolve() == tmp_path / "untitled_project" / "trial_07"
    assert (tmp_path / "untitled_project" / "trial_07").is_dir()
