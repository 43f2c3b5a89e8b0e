"""How far a search is, and how long the rest takes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.fake_source import BEGAN, make_trial, make_view

from tui_tuner.analysis.progress import epochs_done, eta_s, search_progress, trial_fraction
from tui_tuner.engine.view import EpochView, SearchState, TrialState, WorkerView

WORKERS = (WorkerView("worker 0", 1, "CPU"), WorkerView("worker 1", 2, "CPU"))


def test_trials_that_will_run_again_do_not_count_as_ended() -> None:
    statuses = [TrialState.COMPLETED, TrialState.FAILED, TrialState.STOPPED, TrialState.INTERRUPTED, TrialState.INVALID]
    trials = [make_trial(number, status) for number, status in enumerate(statuses)]
    progress = search_progress(make_view([*trials, make_trial(5, TrialState.RUNNING, done=5)], max_trials=10))
    assert (progress.ended, progress.running, progress.current) == (3, 1, 4)
    assert progress.fraction == pytest.approx(0.35)


def test_without_a_limit_there_is_no_fraction() -> None:
    assert search_progress(make_view([make_trial(0)], max_trials=None)).fraction is None


def test_an_exhausted_space_is_complete_before_its_limit() -> None:
    assert search_progress(make_view([make_trial(0)], state=SearchState.COMPLETED)).fraction == 1.0


def test_epochs_of_all_executions_count() -> None:
    trial = replace(make_trial(0, TrialState.RUNNING), executions=3, last_epoch=EpochView(1, 4, BEGAN, 1.0, {}))
    assert epochs_done(trial) == (15, 30)
    assert trial_fraction(trial) == 0.5


def test_unknown_epochs_have_no_fraction() -> None:
    trial = replace(make_trial(0, TrialState.RUNNING, done=3), planned_epochs=None)
    assert epochs_done(trial) == (3, None)
    assert trial_fraction(trial) is None


def test_the_rest_takes_as_long_as_the_mean_trial_shared_by_the_workers() -> None:
    trials = [replace(make_trial(number), duration_s=duration) for number, duration in enumerate([8.0, 12.0])]
    running = replace(make_trial(2, TrialState.RUNNING), started=BEGAN + 100)
    view = replace(make_view([*trials, running], max_trials=10), workers=WORKERS)
    assert eta_s(view, BEGAN + 100) == pytest.approx(8 * 10 / 2)
    assert eta_s(view, BEGAN + 104) == pytest.approx(4 * 10)  # the idle worker runs four of the seven that wait
    assert eta_s(view, BEGAN + 9999) == pytest.approx(4 * 10)  # all epochs are done: it ends at once
    assert eta_s(replace(view, wanted_workers=8), BEGAN + 100) == pytest.approx(10)


@pytest.mark.parametrize("began", [BEGAN, BEGAN - 50_000.0])
def test_a_trial_that_was_paused_or_goes_on_from_another_takes_as_long_as_its_remaining_epochs(began: float) -> None:
    """The last epoch of those until now was the only one that this run trained, and a night was between."""
    now = BEGAN + 50.0
    last = EpochView(0, 7, now - 1.0, 4.0, {})
    running = replace(make_trial(1, TrialState.RUNNING), started=began, last_epoch=last, planned_epochs=10)
    view = make_view([replace(make_trial(0), duration_s=8.0), running], max_trials=2)
    assert eta_s(view, now) == pytest.approx(2 * 4.0 - 1.0)


def test_what_pruned_and_failed_trials_took_counts_for_the_others() -> None:
    took = {TrialState.COMPLETED: 30.0, TrialState.STOPPED: 8.0, TrialState.FAILED: 4.0}
    trials = [replace(make_trial(number, status), duration_s=took[status]) for number, status in enumerate(took)]
    view = replace(make_view(trials, max_trials=13), workers=WORKERS)
    assert eta_s(view, BEGAN) == pytest.approx(14 * 10 / 2)


@pytest.mark.parametrize("state", [state for state in SearchState if state is not SearchState.RUNNING])
def test_a_search_that_does_not_run_has_no_end_in_sight(state: SearchState) -> None:
    assert eta_s(make_view([make_trial(0)], state=state), BEGAN) is None


def test_before_the_first_trial_has_ended_nothing_can_be_said() -> None:
    assert eta_s(make_view([make_trial(0, TrialState.RUNNING)]), BEGAN) is None
    assert eta_s(make_view([make_trial(0)], max_trials=None), BEGAN) is None


def test_a_time_budget_is_a_limit_too() -> None:
    now = BEGAN + 60
    view = replace(make_view([make_trial(0), make_trial(1, TrialState.RUNNING)], max_trials=None), max_time_s=240.0)
    assert search_progress(view, now).fraction == 0.25
    assert search_progress(view).fraction is None
    assert eta_s(view, now) == 180
    both = replace(view, max_trials=4, workers=WORKERS)
    by_trials = eta_s(replace(both, max_time_s=None), now)
    assert by_trials is not None
    assert eta_s(both, now) == by_trials
    assert eta_s(replace(both, max_time_s=61.0), now) == 1
    assert eta_s(replace(both, max_time_s=30.0), now) == 0
