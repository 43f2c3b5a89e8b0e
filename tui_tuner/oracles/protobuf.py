"""Metrics and trials as KerasTuner's protocol buffers and back. Importing this loads protobuf."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import Any

from tui_tuner.oracles.trial import TrialStatus
from tui_tuner.protos import keras_tuner_pb2 as pb
from tui_tuner.space.protobuf import space_config


def observation_message(config: Mapping[str, Any]) -> Any:
    """An observation's `get_config()` as a message."""
    values = config["value"]
    return pb.MetricObservation(value=[_single(value) for value in values], step=config["step"], exact_value=values)


def observation_config(message: Any) -> dict[str, Any]:
    """The `get_config()` of the observation that a message holds."""
    return {"value": _exact(message.value, getattr(message, "exact_value", ())), "step": message.step}


def history_message(config: Mapping[str, Any]) -> Any:
    """A history's `get_config()` as a message."""
    observations = [observation_message(each) for each in config["observations"]]
    return pb.MetricHistory(observations=observations, maximize=config["direction"] == "max")


def history_config(message: Any) -> dict[str, Any]:
    """The `get_config()` of the history that a message holds."""
    return {
        "direction": "max" if message.maximize else "min",
        "observations": [observation_config(each) for each in message.observations],
    }


def metrics_message(config: Mapping[str, Any]) -> Any:
    """A tracker's `get_config()` as a message."""
    return pb.MetricsTracker(metrics={name: history_message(each) for name, each in config["metrics"].items()})


def metrics_config(message: Any) -> dict[str, Any]:
    """The `get_config()` of the tracker that a message holds."""
    return {"metrics": {name: history_config(each) for name, each in message.metrics.items()}}


def trial_message(state: Mapping[str, Any], hyperparameters: Any) -> Any:
    """A trial as a message.

    Args:
        state: Its `get_state()`.
        hyperparameters: Its search space and values as a message.
    """
    score = state["score"]
    return pb.Trial(
        hyperparameters=hyperparameters,
        trial_id=state["trial_id"],
        status=TrialStatus.to_proto(state["status"]),
        metrics=metrics_message(state["metrics"]),
        score=None
        if score is None
        else pb.Trial.Score(value=_single(score), step=state["best_step"] or 0, exact_value=score),
        message=state["message"] or "",
    )


def trial_state(message: Any) -> dict[str, Any]:
    """The `get_state()` of the trial that a message holds."""
    status = TrialStatus.from_proto(message.status)
    score, step = None, 0
    if message.HasField("score"):
        held = message.score
        (score,) = _exact([held.value], [held.exact_value] if hasattr(held, "exact_value") else ())
        step = held.step
    return {
        "trial_id": message.trial_id,
        "hyperparameters": space_config(message.hyperparameters),
        "metrics": metrics_config(message.metrics),
        "score": score,
        "best_step": step,
        "status": TrialStatus.RUNNING if status is None else status,
        "message": getattr(message, "message", "") or None,
    }


def _exact(singles: Iterable[float], doubles: Iterable[float]) -> list[float]:
    """The numbers with all their digits, where these belong to the same numbers."""
    given, exact = list(singles), list(doubles)
    same = len(given) == len(exact) and all(
        struct.pack("<f", _single(double)) == struct.pack("<f", single)
        for single, double in zip(given, exact, strict=True)
    )
    return exact if same else given


def _single(number: float) -> float:
    """A number as single precision holds it: what is too large is infinite."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", number))[0])
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")
