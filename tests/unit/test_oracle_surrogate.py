"""What a model is fitted to, and what it promises."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from support.oracle_runs import line

from tui_tuner.oracles import Trial
from tui_tuner.oracles.acquisition import log_expected_improvement
from tui_tuner.oracles.design import remoteness
from tui_tuner.oracles.gp_fit import Fits, Fitter
from tui_tuner.oracles.input_warping import NO_COLUMNS
from tui_tuner.oracles.observations import EncodedTrials, Observations, OutcomeReader
from tui_tuner.oracles.output_warping import standardized
from tui_tuner.oracles.settling import has_settled
from tui_tuner.oracles.surrogate import Surrogate
from tui_tuner.space import HyperParameters
from tui_tuner.space.encoding import Encoded, SpaceEncoding


def observed(
    scores: list[float], space: HyperParameters, running: int = 0, direction: str = "min"
) -> tuple[Observations, SpaceEncoding]:
    """What trials evenly spread over [0, 1] tell; the last ones are running."""
    trials = {}
    for number, score in enumerate(scores):
        hp = space.copy()
        hp.values = {"x": number / len(scores)}
        trial = Trial(hp, trial_id=str(number), status="FAILED" if math.isnan(score) else "COMPLETED")
        trial.score = score
        if number >= len(scores) - running:
            trial.status, trial.score = "RUNNING", None
        trials[trial.trial_id] = trial
    encoded = EncodedTrials(space)
    encoded.update(trials, {})
    outcomes = OutcomeReader(direction).read(trials)
    return encoded.observations(outcomes, np.random.default_rng(0)), encoded.encoding


def test_failures_are_told_apart_from_bad_values() -> None:
    for direction, sign in (("min", 1.0), ("max", -1.0)):
        observations, _ = observed([1.0, math.nan, 3.0, math.inf, 2.0], line(), direction=direction)
        np.testing.assert_array_equal(observations.values, sign * np.array([1.0, math.nan, 3.0, math.nan, 2.0]))
        assert observations.best_points(1)[0, 0] == pytest.approx(0.0 if direction == "min" else 0.4)


def surrogate(scores: list[float], beta: float | None = None, running: int = 0, *, doubts: bool = True) -> Surrogate:
    """Of scores evenly spread over [0, 1]; the last ones are running."""
    observations, encoding = observed(scores, line(), running)
    return Surrogate(observations, encoding, standardized, 1e-4, beta, doubts=doubts)


def at(places: list[float]) -> Encoded:
    return Encoded(np.array(places)[:, None], np.ones((len(places), 1), dtype=bool))


@pytest.mark.parametrize("beta", [None, 1.0])
def test_a_region_that_fails_promises_less_and_does_not_look_bad_to_the_model(beta: float | None) -> None:
    """Values fall to the right; whether the right end works decides what it promises."""
    falling = [1.0 - number / 20 for number in range(20)]
    works = surrogate(falling, beta).promise(at([0.98, 0.72]))
    fails = surrogate([*falling[:15], *[math.nan] * 5], beta).promise(at([0.98, 0.72]))
    assert works[0] > works[1]
    assert fails[0] < fails[1]


def test_a_running_trial_takes_the_promise_from_where_it_runs() -> None:
    place = at([0.75])
    scores = [(x - 0.7) ** 2 for x in (0.0, 0.25, 0.5)]
    [free] = surrogate([*scores, 0.0], running=1).promise(at([0.95]))
    [taken] = surrogate([*scores, 0.0], running=1).promise(place)
    assert taken < free


def test_a_doubted_model_promises_more_than_it_tells() -> None:
    scores = [(x - 0.6) ** 2 for x in (0.0, 0.25, 0.5, 0.75)]
    doubted, believed = surrogate(scores), surrogate(scores, doubts=False)
    best = min(told(doubted, x)[0] for x in (0.0, 0.25, 0.5, 0.75))
    for place in (0.1, 0.4, 0.63, 0.9):
        mean, deviation = told(doubted, place)
        assert (mean, deviation) == told(believed, place)
        [plain] = log_expected_improvement(np.array([mean]), np.array([deviation]), best) - math.log(np.std(scores))
        assert believed.promise(at([place]))[0] == pytest.approx(plain, abs=1e-6)
        assert doubted.promise(at([place]))[0] > plain + math.log(1.3)


def test_a_search_that_has_settled_does_not_polish_its_best_before_it_ends() -> None:
    """Of the same results the order decides: what the latest ones brought."""
    places = np.linspace(0.0, 0.6, 16)
    scores = (places - 0.31) ** 2
    near, far = at([0.311]), at([0.95])

    def gain_of_polishing(order: NDArray[np.intp], *, is_ending: bool = False) -> float:
        results = Observations(at(places[order].tolist()), scores[order], at([]))
        encoding = SpaceEncoding(line())
        model = Surrogate(results, encoding, standardized, 1e-4, None, doubts=True, is_ending=is_ending)
        return float((model.promise(near) - model.promise(far))[0])

    worst_first = np.argsort(-scores)
    assert gain_of_polishing(worst_first) > 0.0
    assert gain_of_polishing(worst_first[::-1]) < 0.0
    ending = gain_of_polishing(worst_first[::-1], is_ending=True)
    assert ending > gain_of_polishing(worst_first) > 0.0, "then it is not doubted either"
    assert gain_of_polishing(worst_first, is_ending=True) == pytest.approx(ending)


def told(model: Surrogate, place: float) -> tuple[float, float]:
    """The mean and the deviation that people are told of a proposal."""
    why = model.explain(at([place]))
    assert why.mean is not None
    assert why.deviation is not None
    return why.mean, why.deviation


def test_failures_at_random_change_little() -> None:
    values = [(number / 40 - 0.6) ** 2 for number in range(40)]
    scattered = [math.nan if number % 4 == 0 else value for number, value in enumerate(values)]
    places = at([number / 100 for number in range(100)])
    assert surrogate(scattered).promise(places).argmax() == pytest.approx(60, abs=4)


def test_remoteness_is_the_distance_from_the_nearest_and_the_ends_are_neighbours() -> None:
    hp = line()
    hp.Choice("kind", ["a", "b"])
    encoding = SpaceEncoding(hp)
    known = encoding.encode_all([{"x": 0.1, "kind": "a"}, {"x": 0.4, "kind": "a"}])
    places = [{"x": 0.2, "kind": "a"}, {"x": 0.95, "kind": "a"}, {"x": 0.75, "kind": "a"}, {"x": 0.1, "kind": "b"}]
    promise = remoteness(encoding, known)(encoding.encode_all(places))
    np.testing.assert_allclose(np.sqrt(promise), [0.1, 0.15, 0.35, 0.5])


def test_a_model_sees_the_best_the_latest_and_some_others() -> None:
    scores = [float(-number if number < 150 else number) for number in range(1000)]
    observations, _ = observed(scores, line())
    seen = {round(float(point) * 1000) for point in observations.observed.points[:, 0]}
    assert len(seen) == observations.count == 250
    assert set(range(50, 150)) <= seen  # the best
    assert set(range(900, 1000)) <= seen  # the latest


SETTLED = [1.0, 0.9, 0.8, 0.7, 0.6, 0.0, *[0.5] * 8]


@pytest.mark.parametrize(
    ("scores", "settled"),
    [
        (SETTLED, True),
        (SETTLED[1:], False),  # too few to say
        ([*SETTLED[:-1], -0.005], True),
        ([*SETTLED[:-1], -0.05], False),
        ([0.5] * 20, False),  # there is nothing that could be improved on
        ([math.nan, *SETTLED[1:]], False),
        ([1e308, *[-1e308] * 3, *[1e308] * 16], True),
    ],
)
def test_a_search_has_settled_if_its_latest_results_brought_next_to_nothing(scores: list[float], settled: bool) -> None:
    with np.errstate(over="raise"):
        assert has_settled(results(scores)) is settled


def test_a_search_settles_by_whole_trainings_that_keep_to_the_constraints() -> None:
    gains = [*SETTLED[:-1], -1.0]
    assert not has_settled(results(gains))
    of_few_epochs = results([*SETTLED, -1.0], fidelities=np.append(np.ones(len(SETTLED)), 0.5))
    assert has_settled(of_few_epochs)
    assert not has_settled(results(SETTLED, fidelities=np.full(len(SETTLED), 0.5)))
    violating = np.append(np.ones(len(SETTLED)), -1.0)[:, None]
    assert has_settled(results([*SETTLED, -1.0], slacks=violating))
    assert not has_settled(results(gains, slacks=np.ones((len(gains), 1))))


def results(
    scores: list[float], fidelities: NDArray[np.float64] | None = None, slacks: NDArray[np.float64] | None = None
) -> Observations:
    places = np.linspace(0.0, 1.0, len(scores)).tolist()
    return Observations(at(places), np.array(scores), at([]), fidelities, slacks)


def test_the_scales_of_every_objective_are_warped() -> None:
    columns_of = {}

    class Recording(Fits):
        def named(self, name: str, warped: NDArray[np.intp] = NO_COLUMNS) -> Fitter:
            columns_of[name] = warped.tolist()
            return super().named(name, warped)

    places = np.linspace(0.0, 1.0, 8)
    results = Observations(at(places.tolist()), places**8, at([]), others=(1.0 - places[:, None]) ** 8)
    for warps, columns in ((True, [0]), (False, [])):
        encoding, fits = SpaceEncoding(line()), Recording()
        Surrogate(results, encoding, standardized, 1e-4, None, doubts=True, warps_inputs=warps, fits=fits)
        assert columns_of == {"objective": columns, "objective 2": columns}
