"""The tuner of scikit-learn models."""

from __future__ import annotations

import inspect
import pickle
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.oracles import Oracle, Trial
from tui_tuner.tuners.base_tuner import BaseTuner, Build
from tui_tuner.worker.atomic import replacing

Metric = Callable[..., Any]


class SklearnTuner(BaseTuner):
    """Tunes scikit-learn models by cross-validation.

    A trial's score is the mean over the folds; each fold is recorded as an execution of the trial, with its score and
    metrics. When the folds are done the configuration is fitted once more, on all data: that model is saved, and is
    what `get_best_models` returns.

    Weights of samples go to the model's `fit`, and to `score`, the scoring and the metrics as far as they take
    `sample_weight`. Of a `Pipeline` the last step gets them. A model that takes none is fitted without, with a warning.

    Args:
        oracle: Proposes the trials. Its objective is `Objective("score", "max")`, or one of `metrics`.
        hypermodel: A function `build(hp)` that returns an estimator, or a `HyperModel` whose `build` does.
        scoring: `scorer(estimator, X, y)`, as `sklearn.metrics.make_scorer` makes it, or the name of one of
            scikit-learn's. By default the estimator's own `score`.
        metrics: Further functions of `sklearn.metrics`, one or several, `metric(y_true, y_predicted)`: recorded under
            their names, without effect on the search unless one of them is the objective.
        cv: A splitter of `sklearn.model_selection`, or the number of folds; by default five shuffled folds that are
            the same for every trial.
        **kwargs: `directory`, `project_name` and `overwrite` of `BaseTuner`.
    """

    def __init__(
        self,
        oracle: Oracle,
        hypermodel: Build,
        scoring: Callable[..., float] | str | None = None,
        metrics: Metric | Sequence[Metric] | None = None,
        cv: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(oracle=oracle, hypermodel=hypermodel, **kwargs)
        self.scoring = _scorer(scoring)
        self.metrics: list[Metric] = [metrics] if callable(metrics) else list(metrics or ())
        self.cv = _splitter(cv)

    def search(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> None:  # noqa: N803
        """Run trials until the search is over.

        Args:
            X: Features, one row for each sample: an array, a sparse matrix or a `DataFrame`.
            y: Targets, one for each sample: an array, a `Series` or a `DataFrame`.
            sample_weight: A weight for each sample, an array or a `Series`.
            groups: A label for each sample, for splitters that keep groups together.
        """
        try:
            self.executions_per_trial = int(self.cv.get_n_splits(X, y, groups))
        except Exception:
            # A splitter of the user's own need not have it, and what is wrong with the data is for the trial to say.
            self.executions_per_trial = 1
        super().search(X, y, sample_weight=sample_weight, groups=groups)

    def run_trial(
        self,
        trial: Trial,
        X: Any,  # noqa: N803
        y: Any,
        sample_weight: Any = None,
        groups: Any = None,
    ) -> list[dict[str, float]]:
        """Fit and score the configuration on each fold, then fit it on all data and save that model.

        Returns:
            The score and the metrics of each fold.

        Raises:
            TypeError: If the data is none that can be split.
        """
        by_group = {} if groups is None else {"groups": groups}
        folds: list[dict[str, float]] = []
        for train, test in self.cv.split(X, y, **by_group):
            if self._run is not None and not self._run.goes_on():
                break
            model = self._fitted(trial, _rows(X, train), _rows(y, train), _rows(sample_weight, train))
            folds.append(self._evaluated(model, _rows(X, test), _rows(y, test), _rows(sample_weight, test)))
            if self._run is not None:
                self._run.execution_scored(len(folds) - 1, folds[-1])
        self.save_model(trial.trial_id, self._fitted(trial, X, y, sample_weight))
        return folds

    def save_model(self, trial_id: str, model: Any, step: int = 0) -> None:
        """Write a model to `model.pickle` in the folder of its trial."""
        with replacing(self._model_path(trial_id)) as path:
            path.write_bytes(pickle.dumps(model))

    def load_model(self, trial: Trial) -> Any:
        """The trial's model, fitted on all data of the search.

        Unpickling runs whatever the file says: open project directories of people whom you trust only.

        Raises:
            FileNotFoundError: If the trial has no model.
        """
        return pickle.loads(self._model_path(trial.trial_id).read_bytes())

    # Inner workings.

    def _model_path(self, trial_id: str) -> Path:
        return SearchDirectory(self._root).trial(trial_id) / "model.pickle"

    def _fitted(self, trial: Trial, features: Any, targets: Any, weights: Any) -> Any:
        assert self.hypermodel is not None
        model = self.hypermodel.build(trial.hyperparameters)
        model.fit(features, targets, **_fit_weights(model, weights))
        return model

    def _evaluated(self, model: Any, features: Any, targets: Any, weights: Any) -> dict[str, float]:
        if self.scoring is None:
            score = model.score(features, targets, **_weights_for(model.score, weights))
        else:
            score = self.scoring(model, features, targets, **_weights_for(self.scoring, weights))
        found = {"score": float(score)}
        if self.metrics:
            predicted = model.predict(features)
            for metric in self.metrics:
                found[_name(metric)] = float(metric(targets, predicted, **_weights_for(metric, weights)))
        return found


def _scorer(scoring: Callable[..., float] | str | None) -> Callable[..., float] | None:
    if isinstance(scoring, str):
        from sklearn.metrics import get_scorer

        return get_scorer(scoring)  # type: ignore[no-any-return]
    return scoring


def _splitter(cv: Any) -> Any:
    if cv is None or isinstance(cv, int):
        from sklearn.model_selection import KFold

        return KFold(5 if cv is None else cv, shuffle=True, random_state=1)
    return cv


def _rows(data: Any, indices: Any) -> Any:
    """Some rows of the data; `None` of `None`.

    Raises:
        TypeError: If the data is none whose rows can be picked.
    """
    if data is None:
        return None
    if hasattr(data, "iloc"):
        return data.iloc[indices]
    if hasattr(data, "shape"):
        return data[indices]
    raise TypeError(
        f"Expected the data to be numpy.ndarray or pandas.DataFrame, found an object of type {type(data).__name__}. "
        "numpy.asarray makes an array of it."
    )


def _fit_weights(model: Any, weights: Any) -> Mapping[str, Any]:
    """The weights as arguments of the model's `fit`."""
    if weights is None:
        return {}
    step, prefix = model, ""
    while steps := getattr(step, "steps", None):
        name, step = steps[-1]
        prefix += f"{name}__"
    from sklearn.utils.validation import has_fit_parameter

    if step is None or step == "passthrough" or not has_fit_parameter(step, "sample_weight"):
        warnings.warn(f"{type(step).__name__} takes no sample_weight: it is fitted without the weights.", stacklevel=4)
        return {}
    return {f"{prefix}sample_weight": weights}


def _weights_for(function: Callable[..., Any], weights: Any) -> Mapping[str, Any]:
    """The weights as an argument of a function, if it takes them."""
    if weights is None:
        return {}
    scored = getattr(function, "_score_func", function)  # a scorer passes on what the function inside it takes
    try:
        parameters = inspect.signature(scored).parameters
    except (TypeError, ValueError):
        return {}
    takes = "sample_weight" in parameters or any(each.kind is each.VAR_KEYWORD for each in parameters.values())
    return {"sample_weight": weights} if takes else {}


def _name(metric: Metric) -> str:
    return getattr(metric, "__name__", None) or type(metric).__name__
