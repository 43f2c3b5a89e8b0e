"""Whether a trial that lost its worker is run again."""

from __future__ import annotations

from tui_tuner.engine.running_trials import RunningTrials


def run(trials: RunningTrials, resumed_at: tuple[int, int] | None = None) -> bool:
    """The trial runs, goes on from where it was saved, and loses its worker; whether it will be run again."""
    trials.start("0", trials.take_slot())
    if resumed_at is not None:
        trials.resumed("0", *resumed_at)
    return trials.lose("0")


def test_a_trial_that_loses_its_worker_twice_at_the_same_place_is_the_cause() -> None:
    trials = RunningTrials()
    assert run(trials)
    assert not run(trials)


def test_a_trial_that_comes_further_each_time_is_not() -> None:
    trials = RunningTrials()
    assert run(trials)
    for position in [(0, 5), (0, 9), (1, 2)]:
        assert run(trials, position)
    assert not run(trials, (1, 2))


def test_a_save_that_does_not_help_is_no_progress() -> None:
    trials = RunningTrials()
    assert run(trials, (0, 5))
    assert not run(trials, (0, 5))
