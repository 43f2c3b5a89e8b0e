"""KerasTuner's modules and public names, and the objects here that stand for them. Data only; nothing is loaded.

Modules are named without `keras_tuner.`; each is found under `keras_tuner`, `keras_tuner.src` and `kerastuner` alike,
wherever a version of KerasTuner has had it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

COMPATIBLE_VERSION = "1.4.8"
"""What `keras_tuner.__version__` says: libraries compare it to know what they may use."""


@dataclass(frozen=True)
class Value:
    """A plain value that is the same everywhere."""

    value: Any


Home = str | Value
"""`module:attribute`, or `module` for the module itself, or a value."""

EVERYTHING = "*"
"""In place of names: whatever that module has."""


def _homes(module: str, names: str) -> dict[str, Home]:
    return {name: f"{module}:{name}" for name in names.split()}


_SPACE = _homes("tui_tuner.space", "HyperParameters")
_KINDS = _homes(
    "tui_tuner.space", "Boolean Choice Fixed Float HyperParameter HyperParameters Int deserialize serialize"
)
_ORACLES = _homes("tui_tuner.oracles", "BayesianOptimizationOracle GridSearchOracle HyperbandOracle RandomSearchOracle")
_TUNERS = _homes("tui_tuner.tuners", "BayesianOptimization GridSearch Hyperband RandomSearch SklearnTuner Tuner")
_OBJECTIVES = _homes("tui_tuner.oracles.objective", "Objective DefaultObjective MultiObjective create_objective")
_TRIAL = _homes("tui_tuner.oracles", "Trial TrialStatus")
_METRICS = _homes("tui_tuner.oracles", "MetricHistory MetricObservation MetricsTracker infer_metric_direction")
_ERRORS = _homes("tui_tuner.errors", "FailedTrialError FatalError FatalRuntimeError FatalTypeError FatalValueError")
_CONDITIONS = _homes("tui_tuner.space.conditions", "Condition Parent deserialize serialize")
_STATEFUL = _homes("tui_tuner.oracles.stateful", "Stateful")
_UTILS = _homes(
    "tui_tuner.tuners.utils",
    "IS_NOTEBOOK create_directory deserialize_keras_object load_json save_json serialize_keras_object to_list"
    " try_clear",
)
_TUNER_UTILS = _homes(
    "tui_tuner.tuners.tuner_utils",
    "SaveBestEpoch TunerCallback average_metrics_dicts convert_hyperparams_to_hparams convert_to_metrics_dict"
    " get_best_step validate_trial_results",
)
_APPLICATIONS = _homes("tui_tuner.applications", "HyperEfficientNet HyperImageAugment HyperResNet HyperXception")
_OLD_ORACLES: dict[str, Home] = {
    name: _ORACLES[f"{name}Oracle"] for name in ("BayesianOptimization", "Hyperband", "RandomSearch")
}
"""The oracles' names before KerasTuner 1.1."""
_ORACLE = {
    **_homes("tui_tuner.oracles", "Oracle synchronized"),
    "Objective": _OBJECTIVES["Objective"],
}
_HYPERMODEL = {
    "HyperModel": "tui_tuner.tuners:HyperModel",
    "DefaultHyperModel": "tui_tuner.tuners.hypermodel:FunctionHyperModel",
    "get_hypermodel": "tui_tuner.tuners.hypermodel:get_hypermodel",
}
_HP_TYPES = {
    f"engine.hyperparameters.hp_types.{kind.lower()}_hp": {kind: _KINDS[kind]}
    for kind in ("Boolean", "Choice", "Fixed", "Float", "Int")
}
_VERSION: dict[str, Home] = {"__version__": Value(COMPATIBLE_VERSION)}

STARRED: Mapping[str, tuple[str, ...]] = {
    "": (*_ORACLE, *_SPACE, *_TUNERS, "HyperModel", "applications", "engine", "errors", "oracles", "tuners"),
    "applications": tuple(_APPLICATIONS),
    "engine": ("base_tuner", "hypermodel", "hyperparameters", "metrics_tracking", "oracle", "trial", "tuner"),
    "engine.hyperparameters": tuple(_KINDS),
    "oracles": tuple(_ORACLES),
    "tuners": tuple(_TUNERS),
}
"""What `from keras_tuner import *` brings, where that is less than all: as with KerasTuner, for the rest would take the
place of what a script has imported before, such as its own `utils`, or of a tuner the oracle of the same old name."""

MODULES: Mapping[str, Mapping[str, Home]] = {
    "": {
        **_VERSION,
        **_ORACLE,
        **_SPACE,
        **_TUNERS,
        "HyperModel": _HYPERMODEL["HyperModel"],
        "HyperParameter": _KINDS["HyperParameter"],
    },
    "applications": _APPLICATIONS,
    "applications.augment": {"HyperImageAugment": _APPLICATIONS["HyperImageAugment"]},
    "applications.efficientnet": {"HyperEfficientNet": _APPLICATIONS["HyperEfficientNet"]},
    "applications.resnet": {"HyperResNet": _APPLICATIONS["HyperResNet"]},
    "applications.xception": {"HyperXception": _APPLICATIONS["HyperXception"]},
    "backend": {"keras": "keras", "ops": "keras.ops", "random": "keras.random"},
    "backend.config": {"backend": "keras.config:backend"},
    "backend.keras": {EVERYTHING: "keras"},
    "backend.ops": {EVERYTHING: "keras.ops"},
    "backend.random": {EVERYTHING: "keras.random"},
    "distribute": {},
    "distribute.oracle_chief": _homes("tui_tuner.distribute.chief", "OracleServicer start_server"),
    "distribute.oracle_client": _homes("tui_tuner.distribute.client", "OracleClient TIMEOUT"),
    "distribute.utils": _homes("tui_tuner.distribute.environment", "has_chief_oracle is_chief_oracle"),
    "engine": {},
    "engine.base_tuner": {"BaseTuner": "tui_tuner.tuners:BaseTuner"},
    "engine.conditions": _CONDITIONS,
    "engine.hypermodel": _HYPERMODEL,
    "engine.hyperparameters": _KINDS,
    "engine.hyperparameters.hp_types": _KINDS,
    **_HP_TYPES,
    "engine.hyperparameters.hp_types.numerical": {"Numerical": "tui_tuner.space.numerical:Numerical"},
    "engine.hyperparameters.hp_utils": _homes("tui_tuner.space.scales", "index_to_prob prob_to_index"),
    "engine.hyperparameters.hyperparameter": {"HyperParameter": _KINDS["HyperParameter"]},
    "engine.hyperparameters.hyperparameters": _SPACE,
    "engine.logger": {},
    "engine.metrics_tracking": _METRICS,
    "engine.objective": _OBJECTIVES,
    "engine.oracle": _ORACLE,
    "engine.stateful": _STATEFUL,
    "engine.trial": {**_TRIAL, "generate_trial_id": "tui_tuner.oracles.trial:generate_trial_id"},
    "engine.tuner": {"Tuner": _TUNERS["Tuner"], "maybe_distribute": "tui_tuner.tuners.tuner:maybe_distribute"},
    "engine.tuner_utils": _TUNER_UTILS,
    "errors": _ERRORS,
    "oracles": {**_ORACLES, **_OLD_ORACLES},
    "protos": _homes("tui_tuner.protos", "get_proto get_service get_service_grpc"),
    "protos.keras_tuner_pb2": {EVERYTHING: "tui_tuner.protos.keras_tuner_pb2"},
    "protos.service_pb2": {EVERYTHING: "tui_tuner.protos.service_pb2"},
    "protos.service_pb2_grpc": {EVERYTHING: "tui_tuner.protos.service_pb2_grpc"},
    "tuners": {**_TUNERS, "Sklearn": _TUNERS["SklearnTuner"]},
    "tuners.bayesian": {
        "BayesianOptimization": _TUNERS["BayesianOptimization"],
        "BayesianOptimizationOracle": _ORACLES["BayesianOptimizationOracle"],
    },
    "tuners.gridsearch": {
        "GridSearch": _TUNERS["GridSearch"],
        "GridSearchOracle": _ORACLES["GridSearchOracle"],
    },
    "tuners.hyperband": {"Hyperband": _TUNERS["Hyperband"], "HyperbandOracle": _ORACLES["HyperbandOracle"]},
    "tuners.randomsearch": {
        "RandomSearch": _TUNERS["RandomSearch"],
        "RandomSearchOracle": _ORACLES["RandomSearchOracle"],
    },
    "tuners.sklearn_tuner": {"SklearnTuner": _TUNERS["SklearnTuner"], "Sklearn": _TUNERS["SklearnTuner"]},
    "utils": _UTILS,
    "version": _VERSION,
}
"""Module path to its names to their homes."""

GONE: Mapping[str, str] = {
    "engine.multi_execution_tuner": (
        "KerasTuner dropped MultiExecutionTuner in 1.1; keras_tuner.Tuner has executions_per_trial"
    ),
    "engine.display": (
        "what a search prints is not the oracle's business here; pass verbose=0 to search() to print nothing"
    ),
    "distributions": "KerasTuner dropped it before 1.0; use hp.Int, hp.Float, hp.Choice and hp.Boolean",
}
"""Modules that are not here on purpose, and what to use."""

ELSEWHERE: Mapping[str, str] = {
    "MultiExecutionTuner": GONE["engine.multi_execution_tuner"],
    "UltraBand": "KerasTuner dropped it before 1.0; use Hyperband",
    **dict.fromkeys(("Logger", "CloudLogger"), "KerasTuner has ignored loggers since 1.1; leave the argument out"),
    "Display": GONE["engine.display"],
}
"""Names that are not here on purpose, and what to use."""
