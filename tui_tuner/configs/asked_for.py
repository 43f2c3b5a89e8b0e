"""What a config asks of the search space and of training, held against what these turned out to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tui_tuner.checks.metrics import unreported_objective
from tui_tuner.engine import hand_made
from tui_tuner.engine.space_view import describe_space
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.errors import TunerError
from tui_tuner.oracles.constraints import MEASURES, Constraint
from tui_tuner.space import HyperParameters
from tui_tuner.space.given_values import completed
from tui_tuner.worker.jobs import Finding


def of_the_space(spec: SearchSpec, space: Mapping[str, Any]) -> Iterator[Finding]:
    """Limits and initial trials that the space does not have: the search would end before its first trial.

    Args:
        space: `HyperParameters.get_config()`.
    """
    described = describe_space(space)
    for name, values in spec.limits.items():
        try:
            hand_made.limits(described, name, values)
        except TunerError as error:
            yield Finding("limits", f"search.limits.{name}: {error.message}", error.hint or "Correct it.")
    known = HyperParameters.from_config(space)
    for number, given in enumerate(spec.initial_trials):
        try:
            completed(known, given)
        except ValueError as error:
            fix = "Correct it, or leave it out: the search does not begin with it."
            yield Finding("initial_trials", f"search.initial_trials[{number}]: {error}", fix)


def of_the_metrics(spec: SearchSpec, reported: Sequence[str]) -> Iterator[Finding]:
    """Constraints and further objectives that training does not log: each trial would fail.

    Args:
        reported: What training logged; empty if that is not known.
    """
    if not reported:
        return
    wanted = {text: Constraint.parse(text).name for text in spec.constraints}
    wanted |= {f"the objective {each.name}": each.name for each in spec.other_objectives}
    for asked, name in wanted.items():
        if name in MEASURES or unreported_objective(name, reported) is None:
            continue
        text = f"{asked}: training does not report {name}; it reports {', '.join(reported)}"
        yield Finding("metric", text, f"Add the metric {name.removeprefix('val_')} to model.compile, or leave it out.")
