"""What public KerasTuner scripts do with tuners, oracles and trials. Trials train nothing."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import tui_tuner as kt
from tui_tuner.engine.reader import SearchReader
from tui_tuner.errors import FatalRuntimeError, FatalTypeError
from tui_tuner.oracles import Trial, TrialStatus


class Model:
    """Stands for what a script builds: it has a `fit` that returns a history."""

    def __init__(self, units: int) -> None:
        self.units = units
        self.fitted: dict[str, Any] = {}

    def fit(self, *args: Any, **kwargs: Any) -> Any:
        self.fitted = kwargs
        losses = [1.0 / (epoch + self.units) for epoch in range(kwargs.get("epochs", 2))]

        class History:
            history = {"val_loss": losses, "loss": losses}
            epoch = list(range(len(losses)))

        return History()


def build_model(hp: kt.HyperParameters) -> Model:
    return Model(hp.Int("units", 1, 32))


class Scripted(kt.RandomSearch):
    """A tuner of models that are none of Keras'."""

    def __init__(self, directory: Path, hypermodel: Any = build_model, **kwargs: Any) -> None:
        arguments = {"objective": "val_loss", "max_trials": 3, "seed": 1, **kwargs}
        super().__init__(hypermodel, directory=directory, project_name="script", **arguments)

    def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> Any:
        hp = trial.hyperparameters
        assert self.hypermodel is not None
        return self.hypermodel.fit(hp, self.hypermodel.build(hp), *args, **kwargs)


def test_a_tuned_batch_size_and_number_of_epochs_reach_fit(tmp_path: Path) -> None:
    models: list[Model] = []

    class MyTuner(Scripted):
        def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> Any:
            kwargs["batch_size"] = trial.hyperparameters.Int("batch_size", 32, 256, step=32)
            kwargs["epochs"] = trial.hyperparameters.Int("epochs", 3, 5)
            model = build_model(trial.hyperparameters)
            models.append(model)
            return model.fit(*args, **kwargs)

    tuner = MyTuner(tmp_path)
    tuner.search(1, 2, verbose=0)
    assert [model.fitted["batch_size"] for model in models] == [
        trial.hyperparameters.get("batch_size") for trial in tuner.oracle.trials.values()
    ]
    assert {hp.name for hp in tuner.oracle.hyperparameters.space} == {"units", "batch_size", "epochs"}


def test_a_hypermodel_tunes_how_it_is_fitted(tmp_path: Path) -> None:
    class MyHyperModel(kt.HyperModel):
        def build(self, hp: kt.HyperParameters) -> Model:
            return build_model(hp)

        def fit(self, hp: kt.HyperParameters, model: Any, *args: Any, **kwargs: Any) -> Any:
            return model.fit(
                *args, batch_size=hp.Choice("batch_size", [16, 32]), shuffle=hp.Boolean("shuffle"), **kwargs
            )

    tuner = Scripted(tmp_path, MyHyperModel())
    tuner.search(epochs=4, verbose=0)
    assert set(tuner.get_best_hyperparameters()[0].values) == {"units", "batch_size", "shuffle"}
    assert tuner.oracle.get_trial("0").best_step == 3


def test_the_objective_that_a_trial_tells_the_oracle_counts(tmp_path: Path) -> None:
    """The manner of cross-validation in scripts from before KerasTuner 1.1."""

    class CVTuner(kt.BayesianOptimization):
        saved: list[str] = []

        def run_trial(self, trial: Trial, x: Any, y: Any, *args: Any, **kwargs: Any) -> None:
            losses = [1.0 / (fold + build_model(trial.hyperparameters).units) for fold in range(3)]
            self.oracle.update_trial(trial.trial_id, {"val_loss": np.mean(losses)})
            self.save_model(trial.trial_id, build_model(trial.hyperparameters))

        def save_model(self, trial_id: str, model: Any, step: int = 0) -> None:
            self.saved.append(trial_id)

        def load_model(self, trial: Trial) -> Any:
            return build_model(trial.hyperparameters)

    tuner = CVTuner(build_model, objective=kt.Objective("val_loss", "min"), max_trials=3, directory=tmp_path)
    tuner.search(np.zeros(4), np.zeros(4))
    assert CVTuner.saved == ["0", "1", "2"]
    assert all(trial.score is not None for trial in tuner.oracle.trials.values())
    best = tuner.get_best_models(2)
    assert [model.units for model in best] == [hp.get("units") for hp in tuner.get_best_hyperparameters(2)]


def test_a_run_trial_that_forgets_to_return_still_has_the_epochs_it_reported(tmp_path: Path) -> None:
    class Forgetful(Scripted):
        def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> None:
            for epoch, loss in enumerate((3.0, 1.0, 2.0)):
                self.on_epoch_end(trial, None, epoch, logs={"val_loss": loss})

    tuner = Forgetful(tmp_path)
    with pytest.warns(DeprecationWarning, match="returned None"):
        tuner.search(verbose=0)
    assert (tuner.oracle.get_trial("0").score, tuner.oracle.get_trial("0").best_step) == (1.0, 1)


def test_a_run_trial_that_returns_and_reports_nothing_ends_the_search(tmp_path: Path) -> None:
    class Silent(Scripted):
        def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> None:
            pass

    with pytest.raises(FatalTypeError, match="Did you forget"):
        Silent(tmp_path).search(verbose=0)


def test_a_hook_may_report_to_the_oracle_and_put_its_answer_into_the_status(tmp_path: Path) -> None:
    class Reporting(Scripted):
        def on_epoch_end(self, trial: Trial, model: Any, epoch: int, logs: Any = None) -> None:
            status: Any = self.oracle.update_trial(trial.trial_id, metrics=logs, step=epoch)
            trial.status = status
            assert trial.status != "STOPPED"

        def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> None:
            for epoch in range(2):
                self.on_epoch_end(trial, None, epoch, logs={"val_loss": 2.0 - epoch})

    tuner = Reporting(tmp_path)
    tuner.search(verbose=0)
    assert [trial.status for trial in tuner.oracle.trials.values()] == ["COMPLETED"] * 3
    assert tuner.oracle.get_trial("0").score == 1.0


def test_what_scripts_read_off_the_trials(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tuner = Scripted(tmp_path)
    tuner.search(epochs=3, verbose=0)
    for trial in (*tuner.oracle.trials.values(), *Scripted(tmp_path).oracle.trials.values()):
        assert trial.status == "COMPLETED"
        assert trial.status == TrialStatus.COMPLETED
        history = trial.metrics.get_history("val_loss")
        assert [observation.value[0] for observation in history] == [trial.score]
        assert trial.metrics.get_last_value("val_loss") == trial.metrics.get_best_value("val_loss") == trial.score
        assert trial.metrics.metrics["loss"].get_last_value() is not None
        assert trial.metrics.get_config()["metrics"]["val_loss"]["direction"] == "min"
        assert trial.hyperparameters.get_config()["values"] == trial.hyperparameters.values
    with (tmp_path / "trials.csv").open("w", newline="") as file:
        names = sorted({hp.name for hp in tuner.oracle.hyperparameters.space})
        csv.writer(file).writerows(
            [trial.trial_id, trial.score, *(trial.hyperparameters.values.get(name) for name in names)]
            for trial in tuner.oracle.get_best_trials(num_trials=10)
        )
    assert len((tmp_path / "trials.csv").read_text().splitlines()) == 3
    capsys.readouterr()
    tuner.search_space_summary(extended=True)
    tuner.results_summary(num_trials=2)
    tuner.results_summary(5)
    tuner.oracle.get_best_trials(1)[0].summary()
    tuner.oracle.get_best_trials(1)[0].display_hyperparameters()
    printed = capsys.readouterr().out
    assert "Default search space size: 1" in printed
    assert 'Objective(name="val_loss", direction="min")' in printed
    assert "Showing 2 best trials" in printed
    assert "Score: " in printed


def test_reload_may_be_called_at_any_time(tmp_path: Path) -> None:
    tuner = Scripted(tmp_path)
    tuner.reload()  # nothing is there
    assert tuner.oracle.trials == {}
    tuner.search(verbose=0)
    tuner.reload()
    again = Scripted(tmp_path)
    again.reload()
    assert list(again.oracle.trials) == list(tuner.oracle.trials) == ["0", "1", "2"]
    assert again.remaining_trials == 0


def test_hyperparameters_given_beforehand_override_those_of_the_model(tmp_path: Path) -> None:
    hp = kt.HyperParameters()
    hp.Fixed("units", 7)
    tuner = Scripted(tmp_path, hyperparameters=hp, tune_new_entries=False, max_trials=1)
    tuner.search(verbose=0)
    assert tuner.get_best_hyperparameters()[0].get("units") == 7


def test_new_hyperparameters_are_known_before_the_search_or_refused(tmp_path: Path) -> None:
    hp = kt.HyperParameters()
    hp.Choice("learning_rate", [1e-2, 1e-3])
    tuner = Scripted(tmp_path, hyperparameters=hp.copy())
    assert [each.name for each in tuner.oracle.get_space().space] == ["learning_rate", "units"]
    with pytest.raises(RuntimeError, match="`allow_new_entries` is `False`, but found new entries"):
        Scripted(tmp_path / "other", hyperparameters=hp, allow_new_entries=False)


def test_the_space_may_be_extended_through_the_oracle(tmp_path: Path) -> None:
    tuner = Scripted(tmp_path, max_trials=2)
    space = tuner.oracle.get_space()
    space.Choice("flavour", ["sweet", "sour"])
    tuner.oracle.update_space(space)
    tuner.search(verbose=0)
    assert all("flavour" in trial.hyperparameters.values for trial in tuner.oracle.trials.values())


def test_conditional_scopes_and_parents(tmp_path: Path) -> None:
    seen: list[tuple[Any, ...]] = []

    def conditional(hp: kt.HyperParameters) -> Model:
        kind = hp.Choice("kind", ["cnn", "mlp"])
        with hp.conditional_scope("kind", ["cnn"]):
            filters = hp.Int("filters", 8, 64, step=8)
        units = hp.Int("units", 1, 9, parent_name="kind", parent_values=["mlp"])
        seen.append((kind, filters, units))
        return Model(3)

    tuner = Scripted(tmp_path, conditional, max_trials=8)
    tuner.search(verbose=0)
    assert {kind for kind, _, _ in seen} == {"cnn", "mlp"}
    for kind, filters, units in seen:
        assert (filters is None, units is None) == (kind == "mlp", kind == "cnn")
    for trial in tuner.oracle.trials.values():
        hp = trial.hyperparameters
        assert ("filters" in hp.values) == (hp.get("kind") == "cnn")


def test_hyperbands_own_values_are_there_for_a_run_trial(tmp_path: Path) -> None:
    stages: list[tuple[int, int]] = []

    class MyHyperband(kt.Hyperband):
        def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> Any:
            values = trial.hyperparameters.values
            if "tuner/epochs" in values:
                stages.append((values["tuner/initial_epoch"], values["tuner/epochs"]))
            return values["units"] / values["tuner/epochs"]

    tuner = MyHyperband(
        build_model,
        objective=kt.Objective("val_loss", direction="min"),
        max_epochs=4,
        factor=2,
        hyperband_iterations=1,
        directory=tmp_path,
        seed=1,
    )
    tuner.search(verbose=0)
    assert set(stages) == {(0, 1), (1, 2), (2, 4), (0, 2), (0, 4)}


def test_a_search_loop_of_the_scripts_own_is_kept_too(tmp_path: Path) -> None:
    class OwnLoop(Scripted):
        def search(self, *args: Any, **kwargs: Any) -> None:
            self.on_search_begin()
            while True:
                self.pre_create_trial()
                trial = self.oracle.create_trial(self.tuner_id)
                if trial.status == TrialStatus.STOPPED:
                    break
                self.on_trial_begin(trial)
                history = self.run_trial(trial, *args, **kwargs).history
                self.oracle.update_trial(trial.trial_id, {"val_loss": history["val_loss"][-1]})
                trial.status = TrialStatus.COMPLETED
                self.on_trial_end(trial)
            self.on_search_end()

    OwnLoop(tmp_path).search()
    again = Scripted(tmp_path, max_trials=5)
    assert [trial.score is not None for trial in again.oracle.trials.values()] == [True] * 3
    again.search(verbose=0)
    reader = SearchReader(tmp_path / "script")
    assert list(reader.poll().trials) == ["0", "1", "2", "3", "4"]
    reader.close()


def test_state_that_a_subclass_keeps_comes_back(tmp_path: Path) -> None:
    class Counting(Scripted):
        count = 0

        def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> Any:
            self.count += 1
            return super().run_trial(trial, *args, **kwargs)

        def get_state(self) -> dict[str, Any]:
            return {**super().get_state(), "count": self.count}

        def set_state(self, state: Any) -> None:
            super().set_state(state)
            self.count = state["count"]

    Counting(tmp_path).search(verbose=0)
    assert Counting(tmp_path).count == 3


def test_a_logger_is_kept_and_has_no_effect(tmp_path: Path) -> None:
    assert Scripted(tmp_path).logger is None
    logger = object()
    with pytest.warns(DeprecationWarning, match="has no effect"):
        assert Scripted(tmp_path, logger=logger).logger is logger


def test_a_status_is_a_plain_string(tmp_path: Path) -> None:
    tuner = Scripted(tmp_path)
    tuner.search(verbose=0)
    for trial in [*tuner.oracle.trials.values(), *Scripted(tmp_path).oracle.trials.values()]:
        assert type(trial.status) is str
        assert trial.status == TrialStatus.COMPLETED
        assert yaml.safe_dump({"status": trial.status}) == "status: COMPLETED\n"


def test_what_libraries_override_is_called(tmp_path: Path) -> None:
    """AutoKeras learns the space only when it sees the data, and builds and fits in its own way."""
    calls: list[str] = []

    class Library(kt.Tuner):
        def _populate_initial_space(self) -> None:
            calls.append("space")

        def _build_and_fit_model(self, trial: Trial, *args: Any, **kwargs: Any) -> Any:
            calls.append(f"fit {trial.trial_id}")
            assert kwargs["callbacks"]
            return build_model(trial.hyperparameters).fit(*args, **kwargs)

    oracle = kt.oracles.RandomSearchOracle(objective="val_loss", max_trials=2, seed=1)
    tuner = Library(oracle, build_model, directory=tmp_path, executions_per_trial=2)
    tuner.search(verbose=0)
    assert calls == ["space", "fit 0", "fit 0", "fit 1", "fit 1"]


def test_a_tuner_that_copies_its_files_when_it_saves_does_so_after_each_trial(tmp_path: Path) -> None:
    """Scripts override `save` to bring what is there to a place that outlives the machine."""
    saved: list[int] = []

    class Copying(Scripted):
        def save(self) -> None:
            super().save()
            saved.append(len(json.loads((tmp_path / "script" / "oracle.json").read_text())["end_order"]))

    Copying(tmp_path).search()
    assert saved == [1, 2, 3]
    assert [trial.trial_id for trial in Copying(tmp_path).oracle.trials.values()] == ["0", "1", "2"]


def test_a_search_without_an_objective_whose_trials_have_metrics_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FatalTypeError, match=r"`objective` is left unspecified.*val_loss, loss"):
        Scripted(tmp_path, objective=None).search()


def test_a_search_in_which_nothing_completed_ends_its_sentence_once(tmp_path: Path) -> None:
    class Failing(Scripted):
        def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> Any:
            return float("nan")

    with pytest.raises(FatalRuntimeError, match=r"is NaN\.$"):
        Failing(tmp_path, max_trials=1).search()


@pytest.mark.parametrize("tuner", [kt.RandomSearch, kt.GridSearch])
def test_a_tuner_has_the_seed_and_the_paths_that_it_was_given(
    tuner: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = tuner(build_model, "val_loss", max_trials=1, seed=7, directory="./logs", project_name="p")
    assert made.seed == 7
    assert (made.project_dir, made.get_trial_dir("3")) == ("./logs/p", "./logs/p/trial_3")
    assert (tmp_path / "logs" / "p" / "trial_3").is_dir()


def test_a_trial_is_found_by_the_id_of_its_tuner_and_keeps_the_message_it_was_given(tmp_path: Path) -> None:
    asked: list[str] = []

    class Asked(kt.oracles.RandomSearchOracle):
        def create_trial(self, tuner_id: str) -> Trial:
            asked.append(tuner_id)
            return super().create_trial(tuner_id)

    class Noting(kt.Tuner):
        def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> float:
            assert self.oracle.ongoing_trials[self.tuner_id] is trial
            trial.message = f"note {trial.trial_id}"
            return 1.0

    oracle = Asked(objective=kt.Objective("score", "max"), max_trials=2, seed=1)
    tuner = Noting(oracle, lambda hp: hp.Int("a", 1, 9), directory=tmp_path, tuner_id="mine")
    tuner.search(verbose=0)
    assert asked == ["mine"] * 3
    assert [trial.message for trial in oracle.trials.values()] == ["note 0", "note 1"]
