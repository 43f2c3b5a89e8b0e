"""Importances: what matters comes first, what does not stays near zero, conditions and bad regions do not mislead."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tui_tuner.analysis.axes import axis_of
from tui_tuner.analysis.importance import compared_trials, importances
from tui_tuner.engine.view import HyperParameterView, Objective, Scalar, SearchView, TrialState, TrialView

LR = HyperParameterView("lr", "Float", min_value=1e-5, max_value=1e-1, sampling="log")
UNITS = HyperParameterView("units", "Int", min_value=8, max_value=512, step=8)
KIND = HyperParameterView("kind", "Choice", ("a", "b", "c"))
NOISE = HyperParameterView("noise", "Float", min_value=0.0, max_value=1.0)


def draw(rng: random.Random) -> dict[str, Scalar]:
    return {
        "lr": 10 ** rng.uniform(-5, -1),
        "units": rng.randrange(8, 513, 8),
        "kind": rng.choice("abc"),
        "noise": rng.random(),
    }


def search(
    score: Callable[[Mapping[str, Scalar]], float | None],
    trials: int,
    *space: HyperParameterView,
    direction: str = "max",
    seed: int = 0,
) -> SearchView:
    rng = random.Random(seed)
    views = []
    for number in range(trials):
        values = draw(rng)
        if values["kind"] != "a":
            values.pop("noise")
        found = score(values)
        status = TrialState.FAILED if found is None else TrialState.COMPLETED
        views.append(TrialView(f"{number:04}", number, status, values, score=found))
    return SearchView(
        Path(),
        objective=Objective("val", direction),
        space=space or (LR, UNITS, KIND, NOISE),
        trials={view.trial_id: view for view in views},
    )


def log_lr(values: Mapping[str, Scalar]) -> float:
    return math.log10(float(values["lr"]))


@pytest.mark.parametrize("direction", ["min", "max"])
@pytest.mark.parametrize("seed", range(5))
def test_the_only_one_that_matters_comes_first(direction: str, seed: int) -> None:
    sign = -1 if direction == "max" else 1
    view = search(lambda values: sign * (log_lr(values) + 3) ** 2, 60, direction=direction, seed=seed)
    first, *rest = importances(view)
    assert first.name == "lr"
    assert first.share > 0.6
    assert sum(each.share for each in (first, *rest)) == pytest.approx(1.0)


@pytest.mark.parametrize("seed", range(5))
def test_a_category_that_matters_is_found(seed: int) -> None:
    view = search(lambda values: (values["kind"] == "b") + 0.1 * log_lr(values), 90, seed=seed)
    found = importances(view)
    assert found[0].name in ("kind", "lr")
    assert {each.name: each.share for each in found}["units"] < 0.2


def test_an_axis_on_which_only_hopeless_trials_differ_does_not_rule() -> None:
    """Below 64 units all is lost; above, only the learning rate matters."""

    def score(values: Mapping[str, Scalar]) -> float:
        return -100.0 if int(values["units"]) < 64 else -((log_lr(values) + 3) ** 2)

    shares = {each.name: each.share for each in importances(search(score, 300))}
    assert shares["lr"] > 2 * shares["units"]


def test_a_conditional_hyperparameter_is_judged_where_it_is_active() -> None:
    def score(values: Mapping[str, Scalar]) -> float:
        return (1 - abs(float(values["noise"]) - 0.9)) if "noise" in values else 0.2

    found = {each.name: each for each in importances(search(score, 300))}
    assert found["noise"].trials < 150
    assert found["noise"].share > max(found["lr"].share, found["units"].share)


def test_pure_chance_gives_nothing_much() -> None:
    rng = random.Random(3)
    strongest = [importances(search(lambda _: rng.random(), 40, seed=seed))[0].share for seed in range(8)]
    assert min(strongest) < 0.9  # no hyperparameter takes all each time


def settled(seed: int) -> SearchView:
    """Early trials are anywhere; late ones are near the best learning rate, and all alike in what does not matter."""
    view = search(log_lr, 40, LR, UNITS, KIND, seed=seed)
    rng = random.Random(seed)
    trials = {}
    for number, (trial_id, trial) in enumerate(view.trials.items()):
        values = dict(trial.hyperparameters)
        if number >= 15:
            values |= {"lr": 10 ** rng.gauss(-3, 0.3), "units": rng.choice((96, 104, 112)), "kind": "b"}
        trials[trial_id] = replace(trial, hyperparameters=values, score=-((log_lr(values) + 3) ** 2))
    return replace(view, trials=trials)


def test_values_that_crowd_because_a_search_has_settled_do_not_matter_for_that() -> None:
    """In one of the five it cannot be told: all early trials with the later kind were bad."""
    shares = [{each.name: each.share for each in importances(settled(seed))}["lr"] for seed in range(5)]
    assert statistics.median(shares) > 0.6


def test_trials_that_were_stopped_early_tell_where_it_is_bad() -> None:
    """Only the good ones were trained to the end, and these say nothing of the learning rate."""
    view = search(lambda values: -abs(log_lr(values) + 3), 60)
    pruned = {
        trial_id: trial if (trial.score or 0) > -0.5 else replace(trial, status=TrialState.STOPPED, score=9.0)
        for trial_id, trial in view.trials.items()
    }
    first = importances(replace(view, trials=pruned))[0]
    assert first.name == "lr"
    assert first.share > 0.6
    assert first.trials == 60


def test_too_few_trials_tell_nothing() -> None:
    assert importances(search(log_lr, 9)) == []
    assert importances(search(lambda _: None, 50)) == []


def test_equal_searches_give_equal_answers() -> None:
    assert importances(search(log_lr, 50)) == importances(search(log_lr, 50))


@pytest.mark.parametrize(
    ("hp", "value", "place"),
    [
        (LR, 1e-3, 0.5),
        (LR, 1.0, 1.0),
        (LR, 0.0, None),
        (LR, math.nan, None),
        (UNITS, 8, 0.0),
        (KIND, "b", 0.5),
        (KIND, "z", None),
        (HyperParameterView("flag", "Boolean", (True, False)), True, 0.25),
        (HyperParameterView("flag", "Boolean", (True, False)), 1, None),
        (HyperParameterView("r", "Float", min_value=1.0, max_value=100.0, sampling="reverse_log"), 91.0, 0.5),
    ],
)
def test_places_on_an_axis(hp: HyperParameterView, value: Scalar, place: float | None) -> None:
    axis = axis_of(hp)
    assert axis is not None
    found = axis.place(value)
    assert found == place if place is None else found == pytest.approx(place)


def test_what_has_one_value_has_no_axis() -> None:
    assert axis_of(HyperParameterView("f", "Fixed", (3,))) is None
    assert axis_of(HyperParameterView("c", "Choice", ("only",))) is None
    assert axis_of(HyperParameterView("i", "Int", min_value=3, max_value=3)) is None


def in_stages(counts: Mapping[int, int]) -> SearchView:
    """Trials of several numbers of epochs: with few the learning rate decides, with many the units do."""
    rng = random.Random(1)
    trials: dict[str, TrialView] = {}
    for epochs, count in counts.items():
        for _ in range(count):
            values = draw(rng)
            decides = -abs(log_lr(values) + 3) if epochs < 9 else math.log2(int(values["units"]))
            number = len(trials)
            values |= {"tuner/epochs": epochs}
            score = decides + epochs  # more epochs are better in any case
            trials[str(number)] = TrialView(str(number), number, TrialState.COMPLETED, values, score=score)
    return SearchView(Path(), objective=Objective("val", "max"), space=(LR, UNITS, KIND), trials=trials)


def test_trials_of_different_numbers_of_epochs_are_not_pooled() -> None:
    view = in_stages({1: 70, 9: 40, 27: 8})
    first = importances(view)[0]
    assert first.name == "units"
    assert first.share > 0.8
    assert first.trials == 40
    assert {trial.stage_epochs for trial in compared_trials(view)} == {9}


def test_as_long_as_no_number_of_epochs_has_enough_trials_the_one_of_the_most_counts() -> None:
    assert importances(in_stages({1: 25, 9: 12, 27: 4}))[0].name == "lr"
    assert importances(in_stages({1: 8, 9: 6, 27: 4})) == []
