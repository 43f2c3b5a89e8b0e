"""What a search in a script prints: each trial as it begins and ends, and the summaries."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from tui_tuner.analysis.formatting import NOTHING, format_value
from tui_tuner.engine.verdict import first_line
from tui_tuner.oracles import Objective, Oracle, Trial, TrialStatus
from tui_tuner.oracles.oracle import is_scored
from tui_tuner.space import HyperParameters
from tui_tuner.tuners.utils import try_clear

_VALUE_WIDTH = 18


class SearchDisplay:
    """Prints the progress of one search.

    Args:
        oracle: Knows how the search stands.
        before_s: Seconds for which the search ran before.
        quiet: Print nothing.
    """

    def __init__(self, oracle: Oracle, before_s: float, quiet: bool) -> None:
        self._oracle = oracle
        self._began = time.monotonic() - before_s
        self._trials_began: dict[int, float] = {}
        self._quiet = quiet

    def trial_began(self, number: int, trial: Trial) -> None:
        """Print the trial's values beside the best ones so far.

        Args:
            number: From 1.
        """
        self._trials_began[number] = time.monotonic()
        if self._quiet:
            return
        print(f"\nSearch: Running Trial #{number}\n")
        best = self._best()
        best_values = {} if best is None else best.hyperparameters.values
        for value, so_far, name in (
            ("Value", "Best Value So Far", "Hyperparameter"),
            *((_shown(value), _shown(best_values.get(name)), name) for name, value in _values(trial)),
        ):
            print(f"{value:<{_VALUE_WIDTH}}|{so_far:<{_VALUE_WIDTH}}|{name}")
        print(flush=True)

    def trial_ended(self, number: int, trial: Trial) -> None:
        """Print how the trial went and how the search stands. In a notebook, in place of what was printed so far.

        What a failed trial has printed stays until the next one ends.
        """
        if self._quiet:
            return
        if trial.status not in (TrialStatus.FAILED, TrialStatus.INVALID):
            try_clear()
        name = self._oracle.objective.name
        best = self._best()
        now = time.monotonic()
        print(f"\nTrial {number} {_outcome(trial)} [{format_span(now - self._trials_began.pop(number, now))}]")
        if trial.score is not None:
            print(f"{name}: {trial.score}")
        if trial.message:
            print(first_line(trial.message))
        print(f"\nBest {name} So Far: {None if best is None else best.score}")
        print(f"Total elapsed time: {format_span(now - self._began)}", flush=True)

    def say(self, text: str) -> None:
        """Print a line."""
        if not self._quiet:
            print(text, flush=True)

    def _best(self) -> Trial | None:
        return next((trial for trial in self._oracle.get_best_trials() if is_scored(trial)), None)


def print_space(hp: HyperParameters) -> None:
    """Print the search space: for each hyperparameter its name and kind, and its definition as a dict."""
    print("Search space summary")
    print(f"Default search space size: {len(hp.space)}")
    for parameter in hp.space:
        definition = parameter.get_config()
        print(f"{definition.pop('name')} ({type(parameter).__name__})")
        print(definition)


def print_results(trials: Sequence[Trial], wanted: int, project_dir: str, objective: Objective) -> None:
    """Print the best trials."""
    print("Results summary")
    print(f"Results in {project_dir}")
    print(f"Showing {wanted} best trials")
    print(objective)
    for trial in trials:
        print()
        trial.summary()


def format_span(seconds: float) -> str:
    """A time span as `00h 01m 05s`, with days before it where there are any."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    return (f"{days}d " if days else "") + f"{hour:02d}h {minute:02d}m {second:02d}s"


def _values(trial: Trial) -> list[tuple[str, Any]]:
    return list(trial.hyperparameters.values.items())


def _shown(value: Any) -> str:
    return NOTHING if value is None else format_value(value, _VALUE_WIDTH)


def _outcome(trial: Trial) -> str:
    return {
        TrialStatus.COMPLETED: "Complete",
        TrialStatus.STOPPED: "Skipped",
        TrialStatus.INVALID: "Failed, will be run again",
    }.get(TrialStatus(trial.status), "Failed")
