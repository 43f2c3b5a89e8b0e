"""scikit-learn models: folds, scores, weights, and the model that is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import dummy, linear_model, metrics, model_selection, neighbors, pipeline, preprocessing

from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.view import SearchView
from tui_tuner.errors import FatalValueError
from tui_tuner.oracles import Objective, RandomSearchOracle, Trial
from tui_tuner.space import HyperParameters
from tui_tuner.tuners import SklearnTuner

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
Y = X @ [1.0, -2.0, 0.5] + RNG.normal(size=40)
WEIGHTS = RNG.uniform(0.1, 5.0, size=40)
SCORE = Objective("score", "max")


def build(hp: HyperParameters) -> Any:
    return linear_model.Ridge(alpha=hp.Float("alpha", 1e-3, 10.0, sampling="log"))


def build_pipeline(hp: HyperParameters) -> Any:
    return pipeline.Pipeline([("scale", preprocessing.StandardScaler()), ("model", build(hp))])


def tuner(directory: Path, hypermodel: Any = build, objective: Objective = SCORE, **kwargs: Any) -> SklearnTuner:
    oracle = RandomSearchOracle(objective=objective, max_trials=2, seed=3)
    return SklearnTuner(oracle, hypermodel, directory=directory, project_name="sk", **kwargs)


def view(directory: Path) -> SearchView:
    reader = SearchReader(directory / "sk")
    try:
        return reader.poll()
    finally:
        reader.close()


def test_the_score_is_the_mean_over_five_shuffled_folds(tmp_path: Path) -> None:
    searched = tuner(tmp_path)
    searched.search(X, Y)
    folds = model_selection.KFold(5, shuffle=True, random_state=1)
    for trial in searched.oracle.trials.values():
        expected = model_selection.cross_val_score(build(trial.hyperparameters), X, Y, cv=folds)
        assert trial.score == pytest.approx(expected.mean())
        reader = SearchReader(tmp_path / "sk")
        recorded = reader.epochs(trial.trial_id)
        reader.close()
        assert [each.execution for each in recorded] == [0, 1, 2, 3, 4]
        assert [each.metrics["score"] for each in recorded] == pytest.approx(list(expected))


def test_the_best_model_is_fitted_on_all_data(tmp_path: Path) -> None:
    searched = tuner(tmp_path)
    searched.search(X, Y)
    best = searched.get_best_hyperparameters()[0]
    [model] = searched.get_best_models()
    np.testing.assert_allclose(model.coef_, build(best).fit(X, Y).coef_)
    assert (tmp_path / "sk" / f"trial_{searched.oracle.get_best_trials()[0].trial_id}" / "model.pickle").is_file()
    again = tuner(tmp_path)
    np.testing.assert_array_equal(again.get_best_models()[0].coef_, model.coef_)


@pytest.mark.parametrize("cv", [3, model_selection.KFold(3)])
def test_folds_may_be_given(tmp_path: Path, cv: Any) -> None:
    searched = tuner(tmp_path, cv=cv)
    searched.search(X, Y)
    reader = SearchReader(tmp_path / "sk")
    assert len(reader.epochs("0")) == 3
    reader.close()


def test_groups_stay_together(tmp_path: Path) -> None:
    groups = np.repeat(np.arange(8), 5)
    searched = tuner(tmp_path, cv=model_selection.GroupKFold(4))
    searched.search(X, Y, groups=groups)
    trial = searched.oracle.get_trial("0")
    expected = model_selection.cross_val_score(
        build(trial.hyperparameters), X, Y, groups=groups, cv=model_selection.GroupKFold(4)
    )
    assert trial.score == pytest.approx(expected.mean())


@pytest.mark.parametrize(
    "scoring", ["neg_mean_absolute_error", metrics.make_scorer(metrics.mean_absolute_error, greater_is_better=False)]
)
def test_scoring_takes_the_place_of_the_models_own(tmp_path: Path, scoring: Any) -> None:
    searched = tuner(tmp_path, scoring=scoring)
    searched.search(X, Y)
    score = searched.oracle.get_trial("0").score
    assert score is not None
    assert score < 0


def test_metrics_are_recorded_and_may_be_the_objective(tmp_path: Path) -> None:
    objective = Objective("mean_squared_error", "min")
    searched = tuner(tmp_path, objective=objective, metrics=metrics.mean_squared_error)
    searched.search(X, Y)
    seen = view(tmp_path).trials["0"]
    assert seen.score is not None
    assert seen.score == searched.oracle.get_trial("0").metrics.get_best_value("mean_squared_error")
    assert seen.score > 0


def test_an_objective_that_is_not_computed_ends_the_search(tmp_path: Path) -> None:
    with pytest.raises(FatalValueError, match="'accuracy'"):
        tuner(tmp_path, objective=Objective("accuracy", "max")).search(X, Y)


@pytest.mark.parametrize("hypermodel", [build, build_pipeline])
def test_weights_reach_the_model_the_score_and_the_metrics(tmp_path: Path, hypermodel: Any) -> None:
    searched = tuner(tmp_path, hypermodel, metrics=[metrics.mean_squared_error])
    searched.search(X, Y, sample_weight=pd.Series(WEIGHTS))
    trial = searched.oracle.get_trial("0")
    name = "sample_weight" if hypermodel is build else "model__sample_weight"
    scores = []
    for train, test in model_selection.KFold(5, shuffle=True, random_state=1).split(X, Y):
        model = hypermodel(trial.hyperparameters).fit(X[train], Y[train], **{name: WEIGHTS[train]})
        scores.append(model.score(X[test], Y[test], sample_weight=WEIGHTS[test]))
    assert trial.score == pytest.approx(np.mean(scores))


def test_a_model_that_takes_no_weights_is_fitted_without_and_that_is_said(tmp_path: Path) -> None:
    def nearest(hp: HyperParameters) -> Any:
        return neighbors.KNeighborsRegressor(hp.Int("neighbours", 1, 9))

    with pytest.warns(UserWarning, match="KNeighborsRegressor takes no sample_weight"):
        tuner(tmp_path, nearest).search(X, Y, sample_weight=WEIGHTS)


def test_tables_are_split_by_rows_whatever_their_index(tmp_path: Path) -> None:
    shuffled = RNG.permutation(40)
    features, targets = pd.DataFrame(X, index=shuffled), pd.Series(Y, index=shuffled)
    searched = tuner(tmp_path)
    searched.search(features, targets)
    plain = tuner(tmp_path / "plain")
    plain.search(X, Y)
    assert searched.oracle.get_trial("0").score == pytest.approx(plain.oracle.get_trial("0").score)


def test_data_that_cannot_be_split_fails_every_trial(tmp_path: Path) -> None:
    oracle = RandomSearchOracle(objective=SCORE, max_trials=9, max_consecutive_failed_trials=3)
    searched = SklearnTuner(oracle, build, directory=tmp_path)
    with pytest.raises(RuntimeError, match=r"Expected the data to be numpy.ndarray or pandas.DataFrame"):
        searched.search(X.tolist(), Y)


def test_hooks_of_a_subclass_decide_how_models_are_kept(tmp_path: Path) -> None:
    class Own(SklearnTuner):
        kept: dict[str, Any] = {}

        def save_model(self, trial_id: str, model: Any, step: int = 0) -> None:
            self.kept[trial_id] = model

        def load_model(self, trial: Trial) -> Any:
            return self.kept[trial.trial_id]

    oracle = RandomSearchOracle(objective=SCORE, max_trials=2)
    searched = Own(oracle, lambda hp: dummy.DummyRegressor(quantile=hp.Float("q", 0, 1)), directory=tmp_path)
    searched.search(X, Y)
    assert len(searched.get_best_models(2)) == 2
