"""What every pruner must do, whatever it stops."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pytest

from tui_tuner.errors import TunerError
from tui_tuner.oracles.pruners import EndedCurve, FinishedEpoch, Pruner, create_pruner, pruner_names

ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "median": {"min_trials": 2, "warmup_epochs": 1},
    "patience": {"patience": 2},
    "successive_halving": {"reduction_factor": 2, "min_epochs": 1},
    "threshold": {"upper": 0.8, "lower": -0.8},
}
COMPARING = ("median", "patience", "successive_halving")
"""The pruners that look at other trials."""

every_pruner = pytest.mark.parametrize("name", sorted(ARGUMENTS))
comparing_pruner = pytest.mark.parametrize("name", COMPARING)

Story = list[FinishedEpoch]


def make(name: str, direction: str = "min") -> Pruner:
    pruner = create_pruner(name, direction, **ARGUMENTS[name])
    assert pruner is not None
    return pruner


def curve(trial_id: str, values: Sequence[float | None], execution: int = 0, start: int = 0) -> Story:
    return [FinishedEpoch(trial_id, execution, start + epoch, value) for epoch, value in enumerate(values)]


def learning(trial_id: str, level: float, epochs: int, rng: random.Random, execution: int = 0) -> Story:
    """A noisy curve that falls towards `level`."""
    values = [level + math.exp(-epoch) * 0.1 + rng.uniform(-0.05, 0.05) for epoch in range(epochs)]
    return curve(trial_id, values, execution)


def search(seed: int, trials: int = 12, epochs: int = 8) -> Story:
    """The epochs of a search whose trials run three at a time, as they come in."""
    rng = random.Random(seed)
    waiting = [learning(str(number), rng.uniform(0, 0.9), epochs, rng) for number in range(trials)]
    running: list[Iterator[FinishedEpoch]] = []
    story: Story = []
    while waiting or running:
        while waiting and len(running) < 3:
            running.append(iter(waiting.pop(0)))
        one = rng.choice(running)
        epoch = next(one, None)
        if epoch is None:
            running.remove(one)
        else:
            story.append(epoch)
    return story


def judged(pruner: Pruner, story: Iterable[FinishedEpoch]) -> list[str | None]:
    answers = []
    for epoch in story:
        pruner.take(epoch)
        answers.append(pruner.reason(epoch))
    return answers


def told(pruner: Pruner, story: Iterable[FinishedEpoch]) -> Pruner:
    for epoch in story:
        pruner.take(epoch)
    return pruner


def test_every_pruner_that_there_is_is_tested_here() -> None:
    assert set(pruner_names()) == {"none", *ARGUMENTS}


def test_none_is_no_pruner() -> None:
    assert create_pruner("none", "min") is None


@every_pruner
def test_it_stops_some_trials_of_a_search_and_not_all(name: str) -> None:
    story = search(1)
    stopped = {
        epoch.trial_id for epoch, reason in zip(story, judged(make(name), story), strict=True) if reason is not None
    }
    assert 0 < len(stopped) < 12


@every_pruner
@pytest.mark.parametrize("seed", range(5))
def test_the_same_epochs_give_the_same_answers(name: str, seed: int) -> None:
    story = search(seed)
    assert judged(make(name), story) == judged(make(name), story)


@every_pruner
@pytest.mark.parametrize("seed", range(3))
def test_one_that_is_told_the_epochs_so_far_goes_on_like_the_one_before_it(name: str, seed: int) -> None:
    story = search(seed)
    answers = judged(make(name), story)
    for cut in range(0, len(story), 7):
        assert judged(told(make(name), story[:cut]), story[cut:]) == answers[cut:]


@every_pruner
def test_the_order_in_which_trials_were_told_makes_no_difference(name: str) -> None:
    story = search(2)
    curves = [[epoch for epoch in story if epoch.trial_id == str(number)] for number in range(12)]
    probe = learning("probe", 0.6, 8, random.Random(5))
    first = judged(told(make(name), story), probe)
    for seed in range(5):
        order = random.Random(seed).sample(curves, len(curves))
        assert judged(told(make(name), itertools.chain(*order)), probe) == first


@every_pruner
@pytest.mark.parametrize("completed", [True, False])
def test_the_end_of_a_trial_leaves_its_epochs_where_they_are(name: str, completed: bool) -> None:
    """All but patience, which may spare a trial for the best one that can still be completed."""
    story, probe = search(3), learning("probe", 0.6, 8, random.Random(5))
    pruner = told(make(name), story)
    for number in range(12):
        pruner.end(str(number), completed=completed or name == "patience")
    assert judged(pruner, probe) == judged(told(make(name), story), probe)


@every_pruner
@pytest.mark.parametrize("completed", [True, False])
def test_trials_that_have_ended_can_be_told_at_once(name: str, completed: bool) -> None:
    rng = random.Random(3)
    pruner, other = make(name), make(name)
    for number in range(12):
        for execution in range(2):
            values = [epoch.value for epoch in learning(str(number), rng.uniform(0, 0.9), 8, rng)]
            values[rng.randrange(8)] = rng.choice([None, math.nan, math.inf])
            told(pruner, curve(str(number), values, execution))
            other.take_ended(EndedCurve(str(number), execution, completed, list(enumerate(values))))
        pruner.end(str(number), completed=completed)
        other.end(str(number), completed=completed)
    for seed, execution in itertools.product(range(5), range(2)):
        probe = learning(f"probe{seed}", 0.2 * seed, 8, random.Random(5), execution)
        assert judged(other, probe) == judged(pruner, probe)


@every_pruner
def test_more_is_better_the_other_way_round(name: str) -> None:
    story = search(4)
    mirrored = [epoch._replace(value=-epoch.value) for epoch in story if epoch.value is not None]
    stops = [reason is not None for reason in judged(make(name, "min"), story)]
    assert [reason is not None for reason in judged(make(name, "max"), mirrored)] == stops
    assert any(stops)


@every_pruner
def test_a_reason_is_one_line_that_begins_with_the_epoch_as_people_count(name: str) -> None:
    story = search(1)
    reasons = [(epoch, reason) for epoch, reason in zip(story, judged(make(name), story), strict=True) if reason]
    assert reasons
    for epoch, reason in reasons:
        assert reason.startswith(f"epoch {epoch.epoch + 1}: ")
        assert reason.isprintable()
        assert len(reason) < 100


@every_pruner
def test_epochs_without_a_value_change_nothing(name: str) -> None:
    story = search(2)
    with_gaps = list(
        itertools.chain.from_iterable((epoch, epoch._replace(epoch=epoch.epoch + 1, value=None)) for epoch in story)
    )
    answers = judged(make(name), with_gaps)
    assert answers[1::2] == [None] * len(story)
    assert answers[::2] == judged(make(name), story)


@every_pruner
def test_an_epoch_that_is_reported_again_counts_once(name: str) -> None:
    """A training that is cut off goes on from what it had saved, which may be some epochs back."""
    story = search(3)
    cut_off = learning("again", 0.5, 5, random.Random(8))
    clean, pruner = told(make(name), [*story, *cut_off]), told(make(name), [*story, *cut_off])
    for back in (3, 0, 4):
        told(pruner, cut_off[back:])
    others = [learning(str(100 + number), 0.1 * number, 8, random.Random(number)) for number in range(8)]
    rest = [*curve("again", [0.45, 0.4], start=5), *itertools.chain(*others)]
    assert judged(pruner, rest) == judged(clean, rest)


@comparing_pruner
def test_what_comes_after_the_point_to_which_a_training_goes_back_is_gone(name: str) -> None:
    story = search(3)
    pruner = told(make(name), story)
    told(pruner, [*curve("back", [0.9, 0.01, 0.02], 0), *curve("back", [0.01], 1)])
    told(pruner, curve("back", [0.85], start=1))
    plain = told(make(name), [*story, *curve("back", [0.9, 0.85])])
    rest = [*curve("back", [0.85, 0.85], start=2), *learning("probe", 0.6, 8, random.Random(5))]
    assert judged(pruner, rest) == judged(plain, rest)
    lone = curve("lone", [0.5, 0.5, 0.5, 0.5, 0.5], execution=1)
    assert judged(pruner, lone) == [None] * 5


@every_pruner
def test_a_trial_that_is_forgotten_was_never_there(name: str) -> None:
    story, probe = search(1), learning("probe", 0.3, 8, random.Random(5))
    pruner = make(name)
    for number in range(8):
        told(pruner, learning(f"gone{number}", 0.0, 8, random.Random(number)))
        told(pruner, learning(f"gone{number}", 0.0, 8, random.Random(number), execution=1))
    told(pruner, story)
    for number in range(8):
        pruner.forget(f"gone{number}")
    assert judged(pruner, probe) == judged(told(make(name), story), probe)


@every_pruner
def test_a_trial_that_nobody_knows_can_be_forgotten_and_ended(name: str) -> None:
    pruner = make(name)
    pruner.forget("unheard of")
    pruner.end("unheard of", completed=True)
    assert judged(pruner, search(1)) == judged(make(name), search(1))


@comparing_pruner
def test_the_first_trial_is_never_stopped(name: str) -> None:
    assert judged(make(name), curve("0", [0.5] * 40)) == [None] * 40


@comparing_pruner
@pytest.mark.parametrize("seed", range(5))
def test_a_trial_that_is_ahead_of_all_others_is_never_stopped(name: str, seed: int) -> None:
    pruner = told(make(name), search(seed))
    assert judged(pruner, curve("best", [-0.5, -0.4, *[0.0] * 20])) == [None] * 22


@comparing_pruner
def test_executions_are_judged_each_against_its_like(name: str) -> None:
    """One fold may be harder than another."""
    easy, hard = 0.1, 0.7
    pruner = make(name)
    for number in range(8):
        told(pruner, curve(str(number), [easy] * 9, execution=0))
        told(pruner, curve(str(number), [hard] * 9, execution=1))
    assert judged(pruner, curve("like them", [hard] * 9, execution=1)) == [None] * 9
    assert any(judged(pruner, curve("too bad", [hard] * 9, execution=0)))


@comparing_pruner
@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("direction", ["min", "max"])
def test_values_that_are_no_finite_number_are_the_worst_there_are(name: str, direction: str, odd: float) -> None:
    pruner = make(name, direction)
    for number in range(8):
        told(pruner, curve(f"odd{number}", [odd] * 9))
    assert judged(pruner, curve("sound", [0.5] * 9)) == [None] * 9
    for number in range(9):
        told(pruner, curve(f"sound{number}", [0.5] * 9))
    assert any(judged(pruner, curve("odd", [odd] * 9)))


@every_pruner
def test_it_does_not_guess_what_it_is_given(name: str) -> None:
    with pytest.raises(TunerError, match=f"pruner {name} cannot be made"):
        create_pruner(name, "up", **ARGUMENTS[name])
    with pytest.raises(TunerError, match=f"pruner {name} cannot be made: it got an unexpected.*'speed'"):
        create_pruner(name, "min", speed=3)


@pytest.mark.parametrize(
    ("name", "argument", "value"),
    [
        ("median", "min_trials", 0),
        ("median", "warmup_epochs", -1),
        ("median", "interval", 0),
        ("median", "interval", 1.5),
        ("successive_halving", "reduction_factor", 1),
        ("successive_halving", "min_epochs", 0),
        ("successive_halving", "min_epochs", True),
        ("patience", "patience", 0),
        ("patience", "min_delta", -0.1),
        ("patience", "min_delta", math.nan),
        ("threshold", "upper", "high"),
        ("threshold", "upper", -5),
        ("threshold", "warmup_epochs", -1),
    ],
)
def test_numbers_that_make_no_sense_are_refused(name: str, argument: str, value: object) -> None:
    with pytest.raises(TunerError, match=argument):
        create_pruner(name, "min", **{**ARGUMENTS[name], argument: value})


def test_a_name_that_is_nearly_right_is_recognised() -> None:
    with pytest.raises(TunerError, match="Did you mean 'successive_halving'"):
        create_pruner("succesive-halving", "min")
    with pytest.raises(TunerError, match="takes no arguments"):
        create_pruner("none", "min", patience=3)


@pytest.mark.parametrize("direction", ["min", "max"])
@pytest.mark.parametrize("name", ["median", "successive_halving"])
def test_its_line_tells_who_would_be_stopped(name: str, direction: str) -> None:
    """A further trial that is worse than the line at an epoch is stopped there, one that is better is not."""
    sign = 1.0 if direction == "min" else -1.0
    story = [epoch._replace(value=sign * epoch.value if epoch.value is not None else None) for epoch in search(5, 30)]
    (bar,) = told(make(name, direction), story).bars()
    assert [epoch for epoch, _ in bar.points] == sorted({epoch for epoch, _ in bar.points})
    for last, value in bar.points:
        for better, stopped in ((-1e-6, False), (1e-6, True)):
            pruner = told(make(name, direction), story)
            values = [value + sign * (1.0 if epoch < last else better) for epoch in range(last + 1)]
            for epoch in curve("further", values):
                pruner.take(epoch)
            assert (pruner.reason(epoch) is not None) is stopped


@every_pruner
def test_before_the_first_trial_there_is_nothing_to_be_measured_by_but_fixed_bounds(name: str) -> None:
    assert all(bar.goes_on for bar in make(name).bars())
