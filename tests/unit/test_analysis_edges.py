"""Whether the best trials lie at an end of a range."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from support.fake_source import make_trial, make_view

from tui_tuner.analysis.edges import Edge, edges
from tui_tuner.engine.view import HyperParameterView, LimitView, Scalar, SearchView

UNITS = HyperParameterView("units", "Int", min_value=8, max_value=64, step=8, sampling="linear")
RATE = HyperParameterView("rate", "Float", min_value=1e-4, max_value=1e-2, sampling="log")
DROPOUT = HyperParameterView("dropout", "Float", min_value=0.0, max_value=0.5, sampling="linear")
CHOICE = HyperParameterView("choice", "Choice", values=(1e-2, 1e-3, 1e-4), ordered=True)
WORDS = HyperParameterView("words", "Choice", values=("a", "b", "c"))


def search(hp: HyperParameterView, best_first: Iterable[Scalar]) -> SearchView:
    """A finished search in which trials with these values ended in this order of quality."""
    trials = [
        make_trial(number, score=0.9 - number / 100, values={hp.name: value}) for number, value in enumerate(best_first)
    ]
    return make_view(trials, space=(hp,))


def only(view: SearchView) -> Edge:
    (edge,) = edges(view)
    return edge


def test_a_range_whose_best_trials_lie_at_its_upper_end() -> None:
    edge = only(search(UNITS, [64, 64, 64, 56, 48, 32, 24, 16, 8, 8]))
    assert (edge.side, edge.end, edge.leaders, edge.of) == ("upper", 64.0, 3, 4)
    assert edge.beyond == 96.0  # half as wide again, on the grid of its steps


def test_the_best_trials_inside_the_range_are_no_edge() -> None:
    assert edges(search(UNITS, [32, 40, 32, 24, 48, 64, 8, 16, 8, 8])) == []


def test_one_lucky_trial_at_the_end_is_no_edge() -> None:
    assert edges(search(UNITS, [64, 32, 24, 32, 48, 32, 24, 16, 8, 8])) == []


@pytest.mark.parametrize("again", ["rerun", "promoted"])
def test_one_configuration_counts_once_however_often_it_was_run(again: str) -> None:
    view = search(UNITS, [64, 64, 64, 32, 24, 32, 48, 32, 24, 16, 8, 8])
    assert only(view).leaders == 3
    trials = dict(view.trials)
    for number, before in (("0001", "0002"), ("0000", "0001")):  # the worst of the three was the first
        same = trials[number]
        if again == "rerun":
            trials[number] = replace(same, rerun_of="0002")
        else:
            trials[number] = replace(same, hyperparameters={**same.hyperparameters, "tuner/trial_id": before})
    assert edges(replace(view, trials=trials)) == []


def test_few_trials_tell_nothing() -> None:
    assert edges(search(UNITS, [64] * 7)) == []


def test_a_logarithmic_range_is_widened_by_a_factor() -> None:
    edge = only(search(RATE, [1e-4, 1.1e-4, 1.2e-4, 1e-3, 1e-3, 2e-3, 5e-3, 1e-2]))
    assert (edge.side, edge.end) == ("lower", 1e-4)
    assert edge.beyond == pytest.approx(1e-5)


def test_a_range_with_steps_keeps_its_values_when_it_is_widened() -> None:
    doubling = HyperParameterView("units", "Int", min_value=16, max_value=512, step=2, sampling="log")
    assert only(search(doubling, [16] * 6 + [64, 512])).beyond == 4.0
    assert only(search(doubling, [512] * 6 + [64, 16])).beyond == 2048.0
    by_ten = HyperParameterView("rate", "Float", min_value=1e-4, max_value=1e-2, step=10, sampling="log")
    assert only(search(by_ten, [1e-4] * 6 + [1e-3, 1e-2])).beyond == pytest.approx(1e-5)
    eights = replace(UNITS, min_value=24)
    assert only(search(eights, [24] * 6 + [32, 64])).beyond == 8.0  # not 1, from where 24 is not to be reached
    share = HyperParameterView("share", "Float", min_value=0.1, max_value=0.7, step=0.2, sampling="linear")
    assert only(search(share, [0.7] * 6 + [0.3, 0.1])).beyond == pytest.approx(0.9)


def test_a_choice_of_numbers_goes_on_as_it_went() -> None:
    edge = only(search(CHOICE, [1e-2, 1e-2, 1e-2, 1e-3, 1e-3, 1e-4, 1e-4, 1e-4]))
    assert (edge.side, edge.end) == ("upper", 1e-2)
    assert edge.beyond == pytest.approx(0.1)


def test_words_have_no_ends() -> None:
    assert edges(search(WORDS, ["a"] * 9)) == []


def test_where_a_range_ends_by_its_nature_there_is_nothing_beyond() -> None:
    assert edges(search(DROPOUT, [0.0, 0.0, 0.01, 0.2, 0.3, 0.3, 0.4, 0.4])) == []
    layers = HyperParameterView("layers", "Int", min_value=1, max_value=4, step=1, sampling="linear")
    assert edges(search(layers, [1, 1, 1, 2, 3, 4, 4, 4])) == []


def test_an_end_that_a_person_has_made_is_told_apart() -> None:
    view = search(UNITS, [32, 32, 32, 24, 16, 16, 8, 8])
    edge = only(replace(view, limits={"units": LimitView(min_value=8, max_value=32)}))
    assert (edge.end, edge.is_limit, edge.beyond) == (32.0, True, 64.0)


def test_of_a_loss_the_smallest_scores_are_the_best() -> None:
    view = search(UNITS, [8, 8, 16, 24, 32, 48, 64, 64, 64])
    objective = replace(view.objective, direction="min")
    edge = only(make_view(list(view.trials.values()), space=(UNITS,), objective=objective))
    assert edge.side == "upper"


def test_several_objectives_have_no_one_best() -> None:
    view = search(UNITS, [64, 64, 64, 56, 48, 32, 24, 16, 8, 8])
    assert edges(replace(view, other_objectives=(view.objective,))) == []


def test_a_name_that_is_another_under_other_conditions_is_judged_by_its_own_trials() -> None:
    kind = HyperParameterView("kind", "Choice", values=("small", "large"))
    small = replace(UNITS, conditions=(("kind", ("small",)),))
    large = replace(UNITS, min_value=128, max_value=512, conditions=(("kind", ("large",)),))
    inside: list[dict[str, Scalar]] = [
        {"kind": "large", "units": units} for units in (256, 320, 256, 320, 128, 512) * 2
    ]
    at_the_end: list[dict[str, Scalar]] = [
        {"kind": "small", "units": units} for units in (64, 64, 64, 8, 16, 24, 8, 16)
    ]
    for order in ([*inside, *at_the_end], [*at_the_end, *inside]):
        trials = [make_trial(number, score=0.9 - number / 100, values=values) for number, values in enumerate(order)]
        edge = only(make_view(trials, space=(kind, small, large)))
        assert (edge.name, edge.side, edge.end, edge.leaders, edge.of) == ("units", "upper", 64.0, 3, 4)
