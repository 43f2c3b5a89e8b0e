"""What the report shows, as JSON values: the page's script draws it and knows nothing else."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

from tui_tuner.analysis.curves import mean_curve
from tui_tuner.analysis.downsample import downsample
from tui_tuner.analysis.importance import importances
from tui_tuner.analysis.pareto import pareto_front
from tui_tuner.analysis.ranking import has_rank, ranked
from tui_tuner.analysis.text import clean
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.view import EpochView, HyperParameterView, Scalar, SearchView, TrialView

CURVES = 300
"""So many trials have their learning curves in the report: the best ones."""

_BUCKETS = 60
_DIGITS = 6


def report_data(reader: SearchReader) -> dict[str, Any]:
    """The search now. Numbers that JSON lacks are null; texts are plain."""
    from tui_tuner import __version__

    view = reader.poll()
    now = time.time()
    metrics = reader.trial_metrics()
    order = ranked(view)
    with_curves = {trial.trial_id for trial in order[:CURVES]}
    ranks = {trial.trial_id: rank for rank, trial in enumerate(filter(has_rank, order), start=1)}
    trials = []
    for trial in view.trials.values():
        epochs = reader.epochs(trial.trial_id) if trial.trial_id in with_curves else ()
        trials.append(_trial(view, trial, ranks.get(trial.trial_id), metrics.get(trial.trial_id, {}), epochs))
    return {
        "name": clean(view.name or view.root.name),
        "state": view.state.value,
        "detail": clean(view.detail),
        "tuner": view.tuner,
        "objective": {"name": clean(view.objective.name), "direction": view.objective.direction},
        "others": [{"name": clean(each.name), "direction": each.direction} for each in view.other_objectives],
        "front": [trial.trial_id for trial in pareto_front(view)],
        "created": view.created,
        "elapsed_s": _number(view.elapsed_s(now)),
        "max_trials": view.max_trials,
        "best": view.best_trial_id,
        "test_metrics": _numbers(view.test_metrics or {}),
        "data": list(map(clean, view.data.notes)) if view.data is not None else [],
        "space": [_hyperparameter(hp) for hp in _distinct(view.space)],
        "importances": [[each.name, _number(each.share)] for each in importances(view)],
        "trials": trials,
        "layers": _layers(reader, view.best_trial_id),
        "config": _config(reader),
        "written": now,
        "version": __version__,
    }


def _layers(reader: SearchReader, trial_id: str | None) -> list[list[Any]]:
    """Name, class, output shape and parameters of each layer of a trial's model, as far as it is known."""
    model = None if trial_id is None else reader.model_summary(trial_id)
    layers = () if model is None else model.layers
    return [[clean(each.name), clean(each.kind), clean(str(each.output_shape)), each.parameters] for each in layers]


def _config(reader: SearchReader) -> str:
    """The config that the search was begun with, as YAML; empty if it was begun without one."""
    config = reader.meta("config")
    if config is None:
        return ""
    import yaml

    return yaml.safe_dump(_given(config), sort_keys=False, allow_unicode=True)


def _given(config: Any) -> Any:
    """Without the keys that say nothing."""
    if not isinstance(config, dict):
        return config
    return {key: _given(value) for key, value in config.items() if value not in (None, {}, [])}


def _distinct(space: Sequence[HyperParameterView]) -> list[HyperParameterView]:
    """One of each name."""
    return list({hp.name: hp for hp in reversed(space)}.values())[::-1]


def _hyperparameter(hp: HyperParameterView) -> dict[str, Any]:
    return {
        "name": clean(hp.name),
        "kind": hp.kind,
        "values": [_value(value) for value in hp.values],
        "min": _number(hp.min_value),
        "max": _number(hp.max_value),
        "sampling": hp.sampling or "linear",
    }


def _trial(
    view: SearchView,
    trial: TrialView,
    rank: int | None,
    metrics: Mapping[str, float],
    epochs: Sequence[EpochView],
) -> dict[str, Any]:
    names = dict.fromkeys(name for epoch in epochs for name in epoch.metrics)
    curves = {name: _curve(epochs, name) for name in names}
    return {
        "id": trial.trial_id,
        "number": trial.number,
        "rank": rank,
        "status": trial.status.value,
        "score": _number(trial.shown_score),
        "others": [_number(value) for value in trial.other_scores],
        "spread": _number(trial.spread),
        "best_epoch": None if trial.best_epoch is None else trial.best_epoch + 1,
        "duration_s": _number(trial.duration_s),
        "origin": trial.origin,
        "message": clean(trial.message),
        "note": clean(view.notes.get(trial.trial_id, "")),
        "hp": {clean(name): _value(value) for name, value in trial.tuned.items()},
        "metrics": _numbers(metrics),
        "curves": {clean(name): curve for name, curve in curves.items() if curve},
    }


def _curve(epochs: Sequence[EpochView], name: str) -> list[list[float | None]]:
    """`[epoch from 1, value]`; thinned out so that it looks the same."""
    points = [(float(epoch + 1), value) for epoch, value in mean_curve(epochs, name) if math.isfinite(value)]
    return [[int(x), _number(y)] for x, y in downsample(points, _BUCKETS)]


def _numbers(values: Mapping[str, float]) -> dict[str, float | None]:
    return {clean(name): _number(value) for name, value in values.items()}


def _number(value: float | None) -> float | None:
    """With as many digits as anybody reads."""
    if value is None or not math.isfinite(value):
        return None
    return value if isinstance(value, int) else float(f"{value:.{_DIGITS}g}")


def _value(value: Scalar) -> Scalar | None:
    return clean(value) if isinstance(value, str) else value if isinstance(value, bool) else _number(value)
