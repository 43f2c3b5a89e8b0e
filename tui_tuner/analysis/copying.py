"""A trial as text to take elsewhere: Python, JSON, a config."""

from __future__ import annotations

import json
import math
import pprint
from collections.abc import Mapping
from typing import Any

from tui_tuner.engine.view import Scalar, SearchView, TrialView

_KEPT = ("objective", "seed", "executions_per_trial", "cross_validation", "directory")
"""Keys of `search` that a single trial has a use for."""


def as_python(trial: TrialView) -> str:
    """A dict of the values, and how a hypermodel is built with them."""
    values = pprint.pformat(_finite(trial.tuned), sort_dicts=False, width=100)
    return (
        f"values = {values}\n\n"
        "# The model of this trial:\n"
        "# hp = tui_tuner.HyperParameters()\n"
        "# hp.values = values\n"
        "# model = build_model(hp)\n"
    )


def as_json(view: SearchView, trial: TrialView) -> str:
    """The trial with its values and its score, as JSON that every reader takes: no NaN. Epochs count from 0, as in all
    that is made for programs."""
    score = trial.shown_score
    return json.dumps(
        {
            "trial_id": trial.trial_id,
            "status": trial.status.value,
            "objective": {"name": view.objective.name, "direction": view.objective.direction},
            "score": score if score is None or math.isfinite(score) else None,
            "best_epoch": trial.best_epoch,
            "duration_s": trial.duration_s,
            "hyperparameters": dict(trial.tuned),
        },
        indent=2,
        ensure_ascii=False,
        default=str,
    )


def as_config(view: SearchView, trial: TrialView, config: Mapping[str, Any]) -> str:
    """The search's config, changed to run this one configuration.

    Args:
        config: The config of the search, as it was validated.
    """
    import yaml

    kept = {key: value for key, value in config.get("search", {}).items() if key in _KEPT and value is not None}
    search = {"tuner": "random", **kept, "max_trials": 1, "initial_trials": [dict(trial.tuned)]}
    one = {**config, "name": f"{view.name}_trial_{trial.trial_id}", "search": search}
    return yaml.safe_dump(one, sort_keys=False, allow_unicode=True)


def _finite(values: Mapping[str, Scalar]) -> dict[str, Any]:
    return {
        name: value if not isinstance(value, float) or math.isfinite(value) else _Infinite(value)
        for name, value in values.items()
    }


class _Infinite(float):
    """Written so that Python reads it again."""

    def __repr__(self) -> str:
        return f'float("{float(self)}")'
