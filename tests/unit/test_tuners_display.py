"""What a search in a script prints."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tui_tuner.oracles import Objective, Trial
from tui_tuner.space import HyperParameters
from tui_tuner.tuners import RandomSearch
from tui_tuner.tuners.display import format_span


def build(hp: HyperParameters) -> None:
    hp.Int("units", min_value=8, max_value=64, step=8)
    hp.Choice("learning_rate", values=[1e-2, 1e-3, 1e-4])


class Scripted(RandomSearch):
    """Trials with given scores; an exception in their place is raised."""

    def __init__(self, directory: Path, scores: list[Any], **kwargs: Any) -> None:
        self.scores = iter(scores)
        super().__init__(
            build,
            objective=Objective("val_accuracy", "max"),
            max_trials=len(scores),
            seed=3,
            directory=directory,
            project_name="titanic",
            **kwargs,
        )

    def run_trial(self, trial: Trial, *args: Any, **kwargs: Any) -> Any:
        score = next(self.scores)
        if isinstance(score, Exception):
            raise score
        return score


def test_the_search_space_prints_as_in_kerastuner(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Scripted(tmp_path, []).search_space_summary()
    assert capsys.readouterr().out == (
        "Search space summary\n"
        "Default search space size: 2\n"
        "units (Int)\n"
        "{'default': None, 'conditions': [], 'min_value': 8, 'max_value': 64, 'step': 8, 'sampling': 'linear'}\n"
        "learning_rate (Choice)\n"
        "{'default': 0.01, 'conditions': [], 'values': [0.01, 0.001, 0.0001], 'ordered': True}\n"
    )


def test_results_print_as_in_kerastuner(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tuner = Scripted(tmp_path, [0.8620689511299133, 1.0])
    tuner.search(verbose=0)
    capsys.readouterr()
    tuner.results_summary()
    first, second = (tuner.oracle.get_trial(trial_id).hyperparameters.values for trial_id in "01")
    assert capsys.readouterr().out == (
        "Results summary\n"
        f"Results in {tmp_path}/titanic\n"
        "Showing 10 best trials\n"
        'Objective(name="val_accuracy", direction="max")\n'
        "\n"
        "Trial 1 summary\n"
        "Hyperparameters:\n"
        f"units: {second['units']}\n"
        f"learning_rate: {second['learning_rate']}\n"
        "Score: 1.0\n"
        "\n"
        "Trial 0 summary\n"
        "Hyperparameters:\n"
        f"units: {first['units']}\n"
        f"learning_rate: {first['learning_rate']}\n"
        "Score: 0.8620689511299133\n"
    )


def test_each_trial_is_announced_and_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tuner = Scripted(tmp_path, [0.5, 1.0, 0.25])
    tuner.search()
    out = capsys.readouterr().out
    assert re.findall(r"Search: Running Trial #(\d)", out) == ["1", "2", "3"]
    last = out[out.index("Trial 3 Complete") :]
    assert re.fullmatch(
        r"Trial 3 Complete \[00h 00m \d\ds\]\n"
        r"val_accuracy: 0.25\n"
        r"\n"
        r"Best val_accuracy So Far: 1.0\n"
        r"Total elapsed time: 00h 00m \d\ds\n",
        last,
    )
    third = out[out.index("Running Trial #3") : out.index("Trial 3 Complete")]
    best, own = (tuner.oracle.get_trial(trial_id).hyperparameters.values["units"] for trial_id in "12")
    assert re.search(rf"^{own} *\|{best} *\|units$", third, re.MULTILINE)


def test_a_failed_trial_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tuner = Scripted(tmp_path, [ValueError("too [bold]wide"), 1.0])
    tuner.search()
    out = capsys.readouterr().out
    assert re.search(r"Trial 1 Failed \[00h 00m \d\ds\]\nValueError: too \[bold\]wide", out)
    assert "Traceback" in out
    assert "Best val_accuracy So Far: None" in out
    assert "Trial 2 Complete" in out


def test_nothing_is_printed_at_verbose_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Scripted(tmp_path, [ValueError("hidden"), 1.0]).search(verbose=0)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.9, "00h 00m 00s"), (61, "00h 01m 01s"), (3 * 3600 + 59, "03h 00m 59s"), (90_000, "1d 01h 00m 00s")],
)
def test_spans_of_time_show_hours_minutes_and_seconds(seconds: float, text: str) -> None:
    assert format_span(seconds) == text
