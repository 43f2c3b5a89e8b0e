"""What `run_trial` and `HyperModel.fit` may return, turned into the best epoch of each execution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, SupportsFloat

from tui_tuner.errors import FatalTypeError
from tui_tuner.oracles import MultiObjective, Objective
from tui_tuner.worker.logs import missing_objective, no_epoch, numbers
from tui_tuner.worker.reports import ExecutionResult

_EXPECTED = "a number, the metrics as a dict, a Keras `History`, or a list of these"


def execution_results(returned: Any, objective: Objective, source: str) -> list[ExecutionResult]:
    """The executions that a return value describes.

    Args:
        returned: A number (the objective), metrics by name, a Keras `History`, or a list with one of these for each
            execution.
        source: Name of the method that returned it.

    Raises:
        FatalTypeError: If it is something else, or it has metrics and no objective was given.
        FatalValueError: If the objective is not in it.
        ValueError: If the objective is there and is no number, or there is no execution or no epoch, which says nothing
            of other trials.
    """
    if isinstance(returned, list):
        if not returned:
            raise ValueError(f"Expected the return value of `{source}` to be {_EXPECTED}, found an empty list.")
        return [_result(each, objective, source) for each in returned]
    return [_result(returned, objective, source)]


def with_objective(metrics: Mapping[str, Any], objective: Objective) -> Mapping[str, Any]:
    """The metrics, and with them an objective that is made of several of them."""
    if objective.name in metrics or not objective.has_value(metrics):
        return metrics
    return {**metrics, objective.name: objective.get_value(metrics)}


def _result(returned: Any, objective: Objective, source: str) -> ExecutionResult:
    if returned is None:
        raise FatalTypeError(
            f"The return value of `{source}` is None. Did you forget to return the metrics? Expected {_EXPECTED}."
        )
    if isinstance(returned, Mapping):
        return ExecutionResult(_checked(returned, objective), 0)
    history = getattr(returned, "history", None)
    if isinstance(history, Mapping):
        return _best_epoch(history, getattr(returned, "epoch", None), objective)
    if isinstance(objective, MultiObjective):
        raise FatalTypeError(
            f"Expected the return value of `{source}` to have {', '.join(objective.name_to_direction)} by name, "
            f"because there are several objectives; found {returned!r}."
        )
    if isinstance(returned, SupportsFloat):
        found = numbers({objective.name: returned})
        if found:
            return ExecutionResult(found, 0)
    raise FatalTypeError(
        f"Expected the return value of `{source}` to be {_EXPECTED}, found {returned!r} of type "
        f"{type(returned).__name__}."
    )


def _checked(returned: Mapping[str, Any], objective: Objective) -> dict[str, float]:
    complete = with_objective(numbers(returned), objective)
    if objective.name not in complete:
        raise _missing(objective, returned)
    return dict(complete)


def _best_epoch(
    history: Mapping[str, Sequence[Any]], epochs: Sequence[int] | None, objective: Objective
) -> ExecutionResult:
    """The best of the epochs that have the objective.

    A metric that was not computed in each epoch (`validation_freq`) is taken to be spread evenly, up to the last.
    """
    count = max((len(values) for values in history.values()), default=0)
    logs: list[dict[str, Any]] = [{} for _ in range(count)]
    for name, values in history.items():
        for position, value in enumerate(values):
            logs[(position + 1) * count // len(values) - 1][name] = value
    best: ExecutionResult | None = None
    for position, each in enumerate(logs):
        metrics = with_objective(numbers(each), objective)
        if objective.name not in metrics:
            continue
        if best is None or objective.better_than(metrics[objective.name], best.metrics[objective.name]):
            epoch = epochs[position] if epochs is not None and len(epochs) == count else position
            best = ExecutionResult(dict(metrics), int(epoch))
    if not count:
        raise no_epoch(objective.name)
    if best is None:
        raise _missing(objective, history)
    return best


def _missing(objective: Objective, seen: Mapping[str, Any]) -> Exception:
    """Of several objectives the first that is missing; the name of their sum would tell a script nothing."""
    return missing_objective(next(iter(objective.missing_in(seen)), objective.name), seen)
