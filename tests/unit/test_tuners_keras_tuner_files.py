"""Scripts on directories that KerasTuner wrote: what is found there, and how it goes on."""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path
from typing import Any

import pytest
from support.keras_tuner_files import BAYESIAN, HYPERBAND, Metric, Written, write_project

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.view import TrialState
from tui_tuner.errors import TunerError
from tui_tuner.oracles import Objective, RandomSearchOracle, Trial
from tui_tuner.space import HyperParameters
from tui_tuner.tuners import BaseTuner, BayesianOptimization, GridSearch, Hyperband, RandomSearch

VALUES: list[dict[str, Any]] = [
    {"arch": "small", "lr": 0.0001},
    {"arch": "big", "units": 8, "lr": 0.001},
    {"arch": "small", "lr": 0.01},
]
THREE = [Written(str(number), score, values=VALUES[number]) for number, score in enumerate((1.0, 0.5, 2.0))]


def build(hp: HyperParameters) -> None:
    arch = hp.Choice("arch", ["small", "big"])
    if arch == "big":
        hp.Int("units", 4, 16, step=4)
    hp.Float("lr", 0.0001, 0.1, sampling="log")


def run_trial(self: BaseTuner, trial: Trial, *args: Any, **kwargs: Any) -> float:
    hp = trial.hyperparameters
    build(hp)
    ran.append(trial.trial_id)
    return {"val_loss": float(hp.get("lr"))}  # type: ignore[return-value]


ran: list[str] = []


def tuner(kind: type[Any], root: Path, **arguments: Any) -> Any:
    """A tuner of this kind that trains nothing."""
    ran.clear()
    made = type(kind.__name__, (kind,), {"run_trial": run_trial})
    given = {"objective": Objective("val_loss", "min"), "seed": 7, **arguments}
    return made(build, directory=root.parent, project_name=root.name, **given)


def statuses(root: Path) -> dict[str, TrialState]:
    reader = SearchReader(root)
    try:
        return {trial.trial_id: trial.status for trial in reader.poll().trials.values()}
    finally:
        reader.close()


@pytest.mark.parametrize(
    ("kind", "written"), [(RandomSearch, {}), (BayesianOptimization, BAYESIAN), (GridSearch, {"seed_state": 7})]
)
def test_a_script_finds_the_trials_and_runs_those_that_are_missing(
    tmp_path: Path, kind: type[Any], written: dict[str, Any]
) -> None:
    root = write_project(tmp_path / "project", THREE, **written)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = tuner(kind, root, max_trials=5)
    assert [trial.trial_id for trial in found.oracle.get_best_trials(3)] == ["1", "0", "2"]
    assert found.get_best_hyperparameters()[0].values == VALUES[1]
    found.search()
    assert ran == ["3", "4"]
    assert statuses(root) == dict.fromkeys("01234", TrialState.COMPLETED)


def test_random_search_goes_on_with_the_numbers_that_keras_tuner_would_draw(tmp_path: Path) -> None:
    whole = tuner(RandomSearch, tmp_path / "whole", max_trials=4)
    whole.search()
    begun = [
        Written(trial.trial_id, trial.score, values=trial.hyperparameters.values)
        for trial in list(whole.oracle.trials.values())[:2]
    ]
    drawn = sum(len(trial.values) for trial in begun)
    found = tuner(RandomSearch, write_project(tmp_path / "half", begun, seed_state=7 + drawn), max_trials=4)
    found.search()
    assert [trial.hyperparameters.values for trial in found.oracle.trials.values()] == [
        trial.hyperparameters.values for trial in whole.oracle.trials.values()
    ]


def test_a_trial_that_was_running_is_run_again_first(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", [*THREE[:2], Written("2", status="RUNNING", values=VALUES[2])])
    found = tuner(RandomSearch, root, max_trials=4)
    found.search()
    assert ran == ["2", "3"]
    assert found.oracle.trials["2"].score == 0.01


def test_hyperband_promotes_what_keras_tuner_has_trained(tmp_path: Path) -> None:
    def stage(round_: int, parent: str | None = None) -> dict[str, Any]:
        begun = {"tuner/epochs": 2**round_, "tuner/initial_epoch": round_ and 2 ** (round_ - 1)}
        place = {"tuner/bracket": 2, "tuner/round": round_}
        return {**begun, **place, **({} if parent is None else {"tuner/trial_id": parent})}

    first = [
        Written(str(number).zfill(4), 1.0 + number, values={"arch": "small", "lr": 0.001 * (1 + number), **stage(0)})
        for number in range(4)
    ]
    brackets = [{"bracket_num": 2, "rounds": [[{"past_id": None, "id": trial.trial_id} for trial in first], [], []]}]
    root = write_project(tmp_path / "project", first, **{**HYPERBAND, "brackets": brackets})
    found = tuner(Hyperband, root, max_epochs=4, factor=2)
    trial = found.oracle.create_trial("tuner0")
    assert trial.hyperparameters.values == {"arch": "small", "lr": 0.001, **stage(1, "0000")}


def test_hyperband_cannot_go_on_with_a_search_without_brackets(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", THREE)
    with pytest.raises(TunerError, match="none of Hyperband"):
        tuner(Hyperband, root, max_epochs=4, factor=2)


def test_bayesian_optimisation_learns_from_a_random_search(tmp_path: Path) -> None:
    found = tuner(BayesianOptimization, write_project(tmp_path / "project", THREE), max_trials=4, num_initial_points=2)
    found.search()
    assert ran == ["3"]


def test_another_objective_than_the_scores_is_refused(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", THREE)
    with pytest.raises(TunerError, match="min of val_loss"):
        tuner(RandomSearch, root, objective=Objective("val_accuracy", "max"))


def test_the_script_knows_which_of_several_metrics_was_the_objective(tmp_path: Path) -> None:
    same = [Written("0", 0.5, metrics={"val_loss": Metric(0.5), "val_mae": Metric(0.5)})]
    root = write_project(tmp_path / "project", same)
    tuner(RandomSearch, root, objective=Objective("val_mae", "min"))
    reader = SearchReader(root)
    assert reader.poll().objective.name == "val_mae"
    reader.close()
    with pytest.raises(TunerError, match="min of val_mae"):
        tuner(RandomSearch, root)


def test_a_score_of_the_scripts_own_making_is_no_contradiction(tmp_path: Path) -> None:
    own = [Written("0", 7.0, metrics={"val_loss": Metric(0.5)})]
    found = tuner(RandomSearch, write_project(tmp_path / "project", own))
    assert found.oracle.get_best_trials()[0].score == 7.0


def test_a_search_under_a_tuner_id_of_its_own_is_found(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", THREE)
    (root / "tuner0.json").rename(root / "mine.json")
    found = tuner(RandomSearch, root, tuner_id="mine", max_trials=4)
    assert len(found.oracle.trials) == 3
    found.search()
    assert {path.name for path in root.glob("*.json")} == {"oracle.json", "mine.json", "tuner0.json"}


def test_truncated_json_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", THREE)
    broken = root / "trial_1" / "trial.json"
    broken.write_text(broken.read_text()[:100])
    os.utime(broken, (1, 1))
    with pytest.warns(UserWarning, match=r"left out: trial_1/trial.json is cut off"):
        found = tuner(RandomSearch, root, max_trials=4)
    assert [trial.score for trial in found.oracle.get_best_trials(2)] == [1.0, 2.0]
    found.search()
    assert ran == ["3"]
    assert json.loads(broken.read_text())["status"] == "FAILED"  # whole again: KerasTuner stumbles over half a file


def test_a_search_without_oracle_json_goes_on_with_its_trials(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", THREE)
    (root / "oracle.json").unlink()
    with pytest.warns(UserWarning, match=r"oracle.json is missing"):
        found = tuner(RandomSearch, root, max_trials=4)
    found.search()
    assert ran == ["3"]


def test_a_half_written_tuner_file_is_named_and_left_out(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", THREE)
    (root / "tuner0.json").write_text("{")
    with pytest.warns(UserWarning, match=r"tuner0.json could not be read"):
        found = tuner(RandomSearch, root, max_trials=4)
    assert len(found.oracle.trials) == 3


def test_results_can_be_read_where_nothing_can_be_written(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", THREE)
    (root / "engine.lock").symlink_to("nowhere/at/all")  # nobody, root neither, can write a file there
    found = tuner(RandomSearch, root, max_trials=4)
    assert found.get_best_hyperparameters()[0].values == VALUES[1]
    assert not SearchDirectory(root).exists()


def test_what_a_subclass_adds_to_the_state_of_its_oracle_and_tuner_comes_back(tmp_path: Path) -> None:
    class Counting(RandomSearchOracle):
        seen = 0

        def end_trial(self, trial: Any, status: Any = None) -> None:
            super().end_trial(trial, status)
            self.seen += 1

        def get_state(self) -> dict[str, Any]:
            return {**super().get_state(), "seen": self.seen}

        def set_state(self, state: Any) -> None:
            super().set_state(state)
            self.seen = state["seen"]

    class Tuner(BaseTuner):
        notes = 0

        def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> float:
            self.notes += 10
            return 1.0

        def get_state(self) -> dict[str, Any]:
            return {"notes": self.notes}

        def set_state(self, state: Any) -> None:
            self.notes = state["notes"]

    def made(limit: int) -> Tuner:
        oracle = Counting(objective=None, max_trials=limit, seed=7)
        return Tuner(oracle, build, directory=tmp_path, project_name="project")

    root = write_project(tmp_path / "project", [Written("0", 1.0, metrics={"default_objective": Metric(1.0)})], seen=5)
    (root / "tuner0.json").write_text('{"notes": 3}')
    first = made(2)
    assert (first.oracle.seen, first.notes) == (5, 3)  # type: ignore[attr-defined]
    first.search()
    again = made(3)
    assert (again.oracle.seen, again.notes) == (6, 13)  # type: ignore[attr-defined]
