"""A search as lines: what people and other programs read of it, whatever names, values and messages hold."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tui_tuner.engine import events
from tui_tuner.engine.events import Event
from tui_tuner.engine.journal import Entry
from tui_tuner.engine.view import Objective, SearchState, SearchView, TrialState, TrialView
from tui_tuner.headless.lines import heading, line
from tui_tuner.worker.jobs import DataSummary, LayerSummary, ModelSummary

TRIAL = TrialView(
    "0003",
    3,
    TrialState.COMPLETED,
    {"units": 48, "learning_rate": 1e-4, "bias": True},
    score=0.8125,
    best_epoch=6,
    ended=12.0,
    duration_s=2.25,
)
VIEW = SearchView(
    Path("/searches/titanic"),
    name="titanic",
    state=SearchState.RUNNING,
    tuner="bayesian",
    objective=Objective("val_accuracy", "max"),
    max_trials=20,
)


def with_trials(*trials: TrialView, best: str | None = None) -> SearchView:
    return replace(VIEW, trials={trial.trial_id: trial for trial in trials}, best_trial_id=best)


def told(event: Event, trial: TrialView | None = None, best: str | None = None) -> str | None:
    """The line for an event as it comes out of the journal."""
    import json

    data: dict[str, Any] = json.loads(json.dumps(event.data()))
    view = with_trials(trial, best=best) if trial is not None else VIEW
    return line(Entry(7, 1.0, event.kind, trial.trial_id if trial is not None else None, data), view)


def test_the_heading_says_what_is_about_to_run() -> None:
    assert heading(VIEW) == [
        "titanic: bayesian search for the max of val_accuracy, up to 20 trials",
        "directory: /searches/titanic",
    ]
    assert heading(replace(VIEW, max_trials=1))[0].endswith("up to 1 trial")
    assert heading(replace(VIEW, max_trials=None))[0].endswith("no limit of trials")


def test_the_heading_says_what_is_there_already() -> None:
    failed = replace(TRIAL, trial_id="0004", status=TrialState.FAILED, score=None)
    cut_off = replace(TRIAL, trial_id="0005", status=TrialState.INTERRUPTED, score=None)
    running = replace(TRIAL, trial_id="0006", status=TrialState.RUNNING, ended=None)
    assert heading(with_trials(TRIAL, failed, cut_off, running, best="0003"))[-1] == (
        "found here: 2 finished trials; best so far 0.8125 in trial 0003; going on"
    )
    assert heading(with_trials(failed))[-1] == "found here: 1 finished trial; going on"


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (events.StateChanged(SearchState.RUNNING), "running"),
        (events.StateChanged(SearchState.STARTING, "loading data"), "starting: loading data"),
        (
            events.DataPrepared(DataSummary(569, 143, "(14,)")),
            "data: 569 rows to train on, 143 held-out test rows, input shape (14,)",
        ),
        (events.DataPrepared(DataSummary()), None),
        (events.WorkerLost("worker-0", "worker-0 was killed by signal 9"), "worker: worker-0 was killed by signal 9"),
        (events.Warned("no test data"), "warning: no test data"),
        (events.Warned("a leak", "Drop it."), "warning: a leak. Drop it."),
        (events.BestEvaluated({"loss": 0.44211, "accuracy": math.nan}), "test data: loss 0.4421, accuracy nan"),
        (events.BestEvaluated({}), None),
        (
            events.CommandAnswered("stop", "SIGINT", "stopping"),
            "asked: stop by SIGINT: stopping after the running trials; Ctrl-C again stops at once",
        ),
        (events.CommandAnswered("stop", "ann with ctl", "stopping"), "asked: stop by ann with ctl: stopping"),
        (events.CommandAnswered("stop_now", "SIGINT", "stopping"), "asked: stop_now by SIGINT: stopping"),
        (events.SpaceChanged(("units",)), None),
        (events.WorkerStarted("worker-0", 12, "CPU"), None),
    ],
)
def test_what_happens_to_the_search_is_a_line(event: Event, text: str | None) -> None:
    assert told(event) == text


@pytest.mark.parametrize(
    ("event", "trial", "text"),
    [
        (
            events.TrialStarted("worker-0", 0),
            replace(TRIAL, status=TrialState.RUNNING),
            "trial 0003  started    units=48 learning_rate=1e-4 bias=True",
        ),
        (
            events.TrialStarted("worker-0", 2),
            replace(TRIAL, status=TrialState.RUNNING, hyperparameters={"units": 48}),
            "trial 0003  started    units=48 (run 3)",
        ),
        (
            events.TrialEnded("COMPLETED", 0.8125),
            TRIAL,
            "trial 0003  completed  val_accuracy 0.8125 (epoch 7), 2.2 s",
        ),
        (
            events.TrialEnded("FAILED", None, "ValueError: no\nTraceback ..."),
            replace(TRIAL, status=TrialState.FAILED, score=None, duration_s=None),
            "trial 0003  failed     ValueError: no",
        ),
        (
            events.TrialEnded("INVALID", None, "val_accuracy is NaN"),
            replace(TRIAL, duration_s=None),
            "trial 0003  invalid    val_accuracy is NaN",
        ),
        (events.TrialResumed(0, 4), TRIAL, "trial 0003  goes on    from epoch 5"),
        (events.TrialResumed(1, 4), replace(TRIAL, executions=3), "trial 0003  goes on    from execution 2, epoch 5"),
        (events.TrialRequeued("stopped\nindeed"), TRIAL, "trial 0003  cut off    stopped"),
        (events.TrialCreated(), TRIAL, None),
        (
            events.ModelBuilt(ModelSummary("m", (LayerSummary("a", "Dense", "(None, 1)", 2),), 2, 2, 8)),
            TRIAL,
            None,
        ),
    ],
)
def test_what_happens_to_a_trial_is_a_line(event: Event, trial: TrialView, text: str | None) -> None:
    assert told(event, trial) == text


def test_the_best_trial_is_marked() -> None:
    text = told(events.TrialEnded("COMPLETED", 0.8125), TRIAL, best="0003")
    assert text is not None
    assert text.endswith(", best so far")


def test_nothing_from_outside_steers_the_terminal_or_breaks_the_line() -> None:
    evil = "a\x1b[2J\x1b]0;title\x07b\r\nc[red]\u202ed"
    trial = replace(TRIAL, trial_id="0003", hyperparameters={evil: evil}, status=TrialState.RUNNING)
    view = replace(VIEW, name=evil, tuner=evil, objective=Objective(evil, "max"), root=Path(f"/x/{evil}"))
    lines = [
        *heading(view),
        told(events.TrialStarted("w", 0), trial),
        told(events.TrialEnded("FAILED", None, evil), trial),
        told(events.TrialRequeued(evil), trial),
        told(events.Warned(evil)),
        told(events.WorkerLost("w", evil)),
        told(events.CommandAnswered("stop", evil, evil)),
        told(events.BestEvaluated({evil: 1.0})),
        told(events.StateChanged(SearchState.FAILED, evil)),
    ]
    for text in lines:
        assert text is not None
        assert text.isprintable()
        assert "[2J" not in text
        assert "title" not in text
