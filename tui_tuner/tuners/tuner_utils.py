"""KerasTuner's helpers for tuners of one's own: what a trial's results say, and its callbacks.

The callbacks are Keras' and are made when they are first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tui_tuner.engine.verdict import averaged
from tui_tuner.oracles import Objective
from tui_tuner.space import HyperParameters
from tui_tuner.tuners.results import execution_results
from tui_tuner.worker.reports import ExecutionResult

if TYPE_CHECKING:
    from tui_tuner.worker.tuner_callbacks import SaveBestEpoch, TunerCallback

__all__ = [
    "SaveBestEpoch",
    "TunerCallback",
    "average_metrics_dicts",
    "convert_hyperparams_to_hparams",
    "convert_to_metrics_dict",
    "get_best_step",
    "validate_trial_results",
]

_SOURCE = "Tuner.run_trial()"


def validate_trial_results(results: Any, objective: Objective, func_name: str) -> None:
    """Check what a trial returned.

    Args:
        results: A number, metrics by name, a Keras `History`, or a list of these.
        func_name: Who returned it.

    Raises:
        FatalTypeError: If it is something else.
        FatalValueError: If the objective is not in it.
    """
    execution_results(results, objective, func_name)


def convert_to_metrics_dict(results: Any, objective: Objective) -> dict[str, float]:
    """The metrics of the best epoch, averaged over the executions."""
    return averaged(execution_results(results, objective, _SOURCE))[0]


def get_best_step(results: Any, objective: Objective) -> int:
    """The best epoch, counted from 0, averaged over the executions and rounded down."""
    return averaged(execution_results(results, objective, _SOURCE))[1]


def average_metrics_dicts(metrics_dicts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each metric over those that have it."""
    return averaged([ExecutionResult(metrics, 0) for metrics in metrics_dicts])[0] if metrics_dicts else {}


def convert_hyperparams_to_hparams(hyperparams: HyperParameters, hparams_api: Any) -> dict[Any, Any]:
    """Hyperparameters and their values as TensorBoard's HParams plugin wants them.

    Args:
        hparams_api: `tensorboard.plugins.hparams.api`.
    """
    found = {}
    for hp in hyperparams.space:
        if hp.name not in hyperparams.values:
            continue
        values = list(getattr(hp, "values", ()))
        low, high = getattr(hp, "min_value", None), getattr(hp, "max_value", None)
        if low is None or high is None or getattr(hp, "step", None) is not None:
            domain = hparams_api.Discrete(values)
        else:
            domain = (hparams_api.IntInterval if isinstance(low, int) else hparams_api.RealInterval)(low, high)
        found[hparams_api.HParam(hp.name, domain)] = hyperparams.values[hp.name]
    return found


def __getattr__(name: str) -> Any:
    if name in ("SaveBestEpoch", "TunerCallback"):
        from tui_tuner.worker import tuner_callbacks

        return getattr(tuner_callbacks, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
