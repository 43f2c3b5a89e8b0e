"""What a search that is over teaches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from support.fake_source import make_trial, make_view

from tui_tuner.analysis.advice import Advice, advice
from tui_tuner.analysis.narrowing import Narrowed, narrowed
from tui_tuner.analysis.summary import closing_summary
from tui_tuner.engine.view import HyperParameterView, Scalar, SearchState, SearchView, TrialState
from tui_tuner.worker.jobs import Finding

UNITS = HyperParameterView("units", "Int", min_value=8, max_value=64, step=8, sampling="linear")
RATE = HyperParameterView("rate", "Float", min_value=1e-5, max_value=1e-1, sampling="log")
WORDS = HyperParameterView("words", "Choice", values=("a", "b", "c"))


def search(space: HyperParameterView, best_first: Iterable[Scalar], best_epochs: Sequence[int] = ()) -> SearchView:
    """A finished search; the trials' best epochs count from 1."""
    trials = []
    for number, value in enumerate(best_first):
        trial = make_trial(number, score=0.9 - number / 100, values={space.name: value})
        epoch = best_epochs[number] if number < len(best_epochs) else 7
        trials.append(replace(trial, best_epoch=epoch - 1))
    return make_view(trials, space=(space,), state=SearchState.COMPLETED)


def by_topic(view: SearchView) -> dict[str, Advice]:
    return {each.topic: each for each in advice(view)}


def test_the_best_at_an_end_is_advised_to_be_widened() -> None:
    found = by_topic(search(UNITS, [64, 64, 64, 56, 48, 32, 24, 16, 8, 8]))
    assert found["edge"].text == "the best units lies at the upper end, 64 (3 of the best 4)"
    assert found["edge"].fix == "widen it to 96"


def test_trainings_that_were_still_learning_want_more_epochs() -> None:
    found = by_topic(search(UNITS, [32] * 10, [10] * 10))
    assert found["epochs"].text == "3 of the best 3 trials were best at their last epoch, 10: still learning"
    assert (found["epochs"].fix, found["epochs"].epochs) == ("fit.epochs: 20", 20)


def test_trainings_that_were_done_early_want_fewer() -> None:
    found = by_topic(search(UNITS, [32] * 10, [3] * 9 + [4]))
    assert found["epochs"].text == "no trial got better after epoch 4 of 10"
    assert found["epochs"].epochs == 6
    assert "epochs" not in by_topic(search(UNITS, [32] * 10, [3] * 9 + [9]))  # one needed them


def test_whether_no_trial_needs_more_epochs_is_not_known_of_means_and_of_what_reports_once() -> None:
    view = search(UNITS, [32] * 10, [3] * 9 + [4])
    folds = {trial_id: replace(trial, executions=5) for trial_id, trial in view.trials.items()}
    assert "epochs" not in by_topic(replace(view, trials=folds))  # the third epoch is the mean of 1, 1, 1, 2 and 10
    assert "epochs" not in by_topic(search(UNITS, [32] * 10, [1] * 10))  # a `fit` of one's own that returns a number


def test_trials_of_different_lengths_say_nothing_about_epochs() -> None:
    view = search(UNITS, [32] * 10, [10] * 10)
    one = replace(view.trials["0003"], planned_epochs=3)
    assert "epochs" not in by_topic(replace(view, trials={**view.trials, "0003": one}))


def test_many_failures_are_told() -> None:
    trials = [make_trial(number, TrialState.FAILED if number < 2 else TrialState.COMPLETED) for number in range(6)]
    assert by_topic(make_view(trials))["failed"].text == "2 of 6 trials failed"
    assert "failed" not in by_topic(make_view(trials[:4]))  # too few trials to tell
    assert "failed" not in by_topic(make_view([make_trial(number) for number in range(6)]))


def test_what_mattered_comes_first_in_the_summary_and_the_next_config_last() -> None:
    trials = [
        make_trial(
            number, score=-abs(number % 12 - 6) / 10, values={"rate": 1e-5 * 10 ** (number % 12 / 3), "units": 8}
        )
        for number in range(36)
    ]
    view = make_view(trials, space=(RATE,), state=SearchState.COMPLETED)
    lines = closing_summary(view)
    assert "mattered      rate 100 %" in lines
    assert lines[-1] == "next search   tui-tuner next /tmp/tui-tuner-test/titanic"
    live = closing_summary(replace(view, state=SearchState.RUNNING))
    assert not any(line.startswith(("mattered", "next")) for line in live)


def test_warnings_are_in_the_summary() -> None:
    view = replace(make_view(), findings=(Finding("leak", "the column alive tells", "Drop it."),))
    assert "warning       the column alive tells. Drop it." in closing_summary(view)


# What is left for the next search.


def test_a_range_is_narrowed_to_where_the_best_are_with_a_margin() -> None:
    values = [32, 40, 32, 40, 32] + [8, 16, 24, 48, 56, 64] * 3
    assert narrowed(search(UNITS, values)) == [Narrowed("units", (32, 40), is_range=True)]


def test_a_logarithmic_range_is_narrowed_in_orders_of_magnitude() -> None:
    values = [1e-3, 2e-3, 1e-3, 2e-3, 1e-3] + [1e-5, 1e-4, 5e-4, 1e-2, 1e-1] * 4
    (part,) = narrowed(search(RATE, values))
    assert part.values == (5e-4, 2e-3)


def test_values_that_were_tried_and_never_good_are_left_out() -> None:
    assert narrowed(search(WORDS, ["b"] * 6 + ["a"] * 2 + ["c"] * 15)) == [
        Narrowed("words", ("a", "b"), is_range=False)
    ]


@pytest.mark.parametrize(
    ("space", "values"),
    [
        (UNITS, [8, 64, 32, 16, 48] + [8, 16, 24, 48, 56, 64] * 3),  # the best are everywhere
        (UNITS, [32] * 10),  # too few trials
        (UNITS, [64] * 6 + [8, 16, 24, 32] * 5),  # at an end: a wider range is wanted
        (WORDS, ["a", "b", "c"] * 8),
    ],
)
def test_what_is_not_worth_a_limit_stays(space: HyperParameterView, values: list[Scalar]) -> None:
    assert narrowed(search(space, values)) == []
