"""What a running trial will come to, and whether the rest of a search is worth waiting for."""

from __future__ import annotations

import math
import random
import statistics
from dataclasses import replace

import pytest
from support.fake_source import BEGAN, VAL_ACCURACY, make_trial, make_view

from tui_tuner.analysis.outlook import chance_of_better
from tui_tuner.analysis.projection import MIN_CURVES, objective_curve, project
from tui_tuner.engine.view import EpochView, Objective, SearchState, SearchView, TrialState

LOSS = Objective("val_loss", "min")
EPOCHS = 30


def accuracy(draw: random.Random) -> list[float]:
    """A curve of the family that learning curves are like: it rises fast, then slowly, to a height of its own."""
    top, speed, noise = draw.uniform(0.6, 0.95), draw.uniform(2, 12), 0.004
    values = [top - 0.4 * math.exp(-epoch / speed) + draw.gauss(0, noise) for epoch in range(EPOCHS)]
    return [max(values[: epoch + 1]) for epoch in range(EPOCHS)]


def epochs(values: list[float], name: str = "val_accuracy", execution: int = 0) -> list[EpochView]:
    return [EpochView(execution, epoch, 0.0, 1.0, {name: value}) for epoch, value in enumerate(values)]


@pytest.mark.parametrize("done", [6, 10, 15])
def test_a_projection_is_nearer_to_the_end_than_what_was_reached(done: int) -> None:
    draw = random.Random(1)
    missed, reached, scaled = [], [], []
    for _ in range(60):
        finished = [accuracy(draw) for _ in range(30)]
        whole = accuracy(draw)
        found = project(whole[:done], finished, VAL_ACCURACY, None)
        assert found is not None
        missed.append(abs(found.score - whole[-1]))
        reached.append(abs(whole[done - 1] - whole[-1]))
        scaled.append(abs(found.score - whole[-1]) / found.spread)
    assert statistics.mean(missed) < 0.6 * statistics.mean(reached)
    assert sum(each < 2 for each in scaled) > 0.8 * len(scaled)  # the spread says how much it is off


def test_the_chance_to_be_the_best_says_how_often_it_happens() -> None:
    draw = random.Random(2)
    foretold, came_true = 0.0, 0
    for _ in range(150):
        finished = [accuracy(draw) for _ in range(25)]
        whole = accuracy(draw)
        best = sorted(curve[-1] for curve in finished)[-8]
        found = project(whole[:8], finished, VAL_ACCURACY, best)
        assert found is not None
        assert found.chance is not None
        foretold += found.chance
        came_true += whole[-1] > best
    assert foretold == pytest.approx(came_true, abs=0.1 * 150)


def test_a_loss_is_projected_downwards() -> None:
    draw = random.Random(3)
    finished = [[1 - value for value in accuracy(draw)] for _ in range(20)]
    curve = [1 - value for value in accuracy(draw)][:8]
    found = project(curve, finished, LOSS, 0.9)
    assert found is not None
    assert found.score < curve[-1]
    assert found.chance == 1.0  # it is better already


def test_too_little_tells_nothing() -> None:
    curves = [[0.1, 0.2, 0.3]] * MIN_CURVES
    assert project([0.1], curves, VAL_ACCURACY, 0.3) is None
    assert project([0.1, 0.2], curves[1:], VAL_ACCURACY, 0.3) is None
    assert project([], curves, VAL_ACCURACY, 0.3) is None


@pytest.mark.parametrize("penalty", [1e155, 1e300, -1e300])
def test_a_trial_that_ended_with_the_largest_number_tells_nothing(penalty: float) -> None:
    draw = random.Random(3)
    finished = [accuracy(draw) for _ in range(MIN_CURVES)]
    whole = accuracy(draw)
    found = project(whole[:6], finished, VAL_ACCURACY, 0.9)
    assert found is not None
    assert project(whole[:6], [*finished, [penalty] * EPOCHS], VAL_ACCURACY, 0.9) == found
    assert project([penalty] * 6, finished, VAL_ACCURACY, 0.9) is None


def test_equal_curves_are_certain() -> None:
    found = project([0.1, 0.2], [[0.1, 0.2, 0.3]] * MIN_CURVES, VAL_ACCURACY, 0.25)
    assert found is not None
    assert (found.score, found.spread) == pytest.approx((0.3, 0.0))
    assert found.chance == 1.0


def test_finished_trials_that_stopped_before_have_gained_nothing_more() -> None:
    found = project([0.1, 0.2, 0.3, 0.4], [[0.1, 0.2]] * MIN_CURVES, VAL_ACCURACY, 0.5)
    assert found is not None
    assert found.score == pytest.approx(0.4)
    assert found.chance == pytest.approx(0.0)


def test_a_curve_is_the_best_so_far_of_one_execution() -> None:
    values = [math.nan, 0.5, 0.4, math.inf, 0.6]
    assert objective_curve(epochs(values), VAL_ACCURACY) == [0.5, 0.5, 0.5, 0.6]
    assert objective_curve([*epochs([0.9]), *epochs([0.1, 0.2], execution=1)], VAL_ACCURACY) == [0.1, 0.2]
    assert objective_curve([*epochs([0.9]), *epochs([0.1], execution=1)], VAL_ACCURACY, 0) == [0.9]
    assert objective_curve(epochs([0.5], "loss"), VAL_ACCURACY) == []
    assert objective_curve((), VAL_ACCURACY) == []


def searched(scores: list[float], max_trials: int | None = 100) -> SearchView:
    return make_view([make_trial(number, score=score) for number, score in enumerate(scores)], max_trials=max_trials)


def test_the_chance_of_a_better_one_is_that_of_records_where_trials_are_drawn_at_random() -> None:
    draw = random.Random(4)
    foretold, came_true, rounds = 0.0, 0, 400
    for _ in range(rounds):
        scores = [draw.random() for _ in range(60)]
        chance = chance_of_better(searched(scores[:30], 60), BEGAN)
        assert chance is not None
        foretold += chance
        came_true += max(scores) > max(scores[:30])
    assert foretold / rounds == pytest.approx(came_true / rounds, abs=0.06)
    assert foretold / rounds == pytest.approx(0.5, abs=0.06)


def test_a_search_that_learns_is_worth_more_waiting_than_one_that_has_stood_still() -> None:
    rising = chance_of_better(searched([number / 40 for number in range(40)]), BEGAN)
    still = chance_of_better(searched([0.9, *[0.5] * 39]), BEGAN)
    assert rising is not None
    assert still is not None
    assert still < 0.6 < 0.9 < rising


def test_a_budget_of_time_counts() -> None:
    view = replace(searched([0.1 * number for number in range(10)], None), max_time_s=200.0)
    early, late = chance_of_better(view, BEGAN + 20), chance_of_better(view, BEGAN + 199)
    assert early is not None
    assert late is not None
    assert early > late
    assert chance_of_better(view, BEGAN + 500) == 0.0


def test_where_nothing_can_be_said_nothing_is_said() -> None:
    assert chance_of_better(searched([0.1] * 4), BEGAN) is None
    assert chance_of_better(searched([0.1] * 10, None), BEGAN) is None
    assert chance_of_better(replace(searched([0.1] * 10), state=SearchState.COMPLETED), BEGAN) is None
    assert chance_of_better(make_view([make_trial(0, TrialState.FAILED)]), BEGAN) is None
    assert chance_of_better(searched([0.1] * 10, 10), BEGAN) == 0.0
    assert chance_of_better(searched([math.nan] * 9), BEGAN) is None
    assert chance_of_better(searched([*[0.1] * 9, math.inf]), BEGAN) is None
    curves = [[0.1, 0.2, 0.3]] * MIN_CURVES
    beside = project([0.1, 0.2], curves, VAL_ACCURACY, math.inf)
    assert beside is not None
    assert beside.chance is None
