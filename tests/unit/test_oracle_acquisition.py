from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from tui_tuner.oracles.acquisition import CandidateSearch, log_expected_improvement
from tui_tuner.oracles.design import initial_design
from tui_tuner.oracles.features import Features
from tui_tuner.oracles.region import Region
from tui_tuner.space import HyperParameters
from tui_tuner.space.encoding import Encoded, SpaceEncoding

Array = NDArray[np.float64]


def nothing_tried(points: Array) -> NDArray[np.bool_]:
    return np.zeros(len(points), dtype=bool)


def mixed() -> HyperParameters:
    hp = HyperParameters()
    hp.Float("rate", 1e-4, 1e-1, sampling="log")
    hp.Int("units", 1, 16)
    hp.Choice("optimizer", ["adam", "sgd", "rmsprop"])
    with hp.conditional_scope("optimizer", ["sgd"]):
        hp.Float("momentum", 0.0, 1.0)
    return hp


class TestExpectedImprovement:
    def test_it_is_the_logarithm_of_the_expectation(self) -> None:
        rng = np.random.default_rng(0)
        for mean, deviation in [(0.5, 1.0), (-1.0, 0.3), (2.0, 1.5)]:
            samples = rng.normal(mean, deviation, 400_000)
            expected = np.maximum(0.0 - samples, 0.0).mean()
            found = log_expected_improvement(np.array([mean]), np.array([deviation]), 0.0)[0]
            assert found == pytest.approx(math.log(expected), abs=0.03)

    def test_it_is_smooth_and_falls_without_end(self) -> None:
        mean = np.concatenate([np.linspace(-3, 50, 2000), np.geomspace(60, 1e7, 500)])
        values = log_expected_improvement(mean, np.ones_like(mean), 0.0)
        assert np.isfinite(values).all()
        assert (np.diff(values) < 0).all()
        z = mean[-100:]
        np.testing.assert_allclose(values[-100:], -0.5 * z**2 - 0.5 * np.log(2 * np.pi) - 2 * np.log(z), rtol=1e-9)

    def test_it_joins_where_its_formulas_meet(self) -> None:
        for place in (1.0, 1e4):
            around = place * np.array([1 - 1e-9, 1 + 1e-9])
            below, above = log_expected_improvement(around, np.ones(2), 0.0)
            assert below == pytest.approx(above, rel=1e-6)

    def test_more_uncertainty_promises_more(self) -> None:
        values = log_expected_improvement(np.full(3, 1.0), np.array([0.1, 1.0, 10.0]), 0.0)
        assert (np.diff(values) > 0).all()


class TestCandidateSearch:
    @pytest.mark.parametrize("seed", range(3))
    def test_it_finds_the_maximum_of_a_mixed_space(self, seed: int) -> None:
        encoding = SpaceEncoding(mixed())
        goal = encoding.encode({"rate": 3e-3, "units": 5, "optimizer": "sgd", "momentum": 0.9})

        def promise(encoded: Encoded) -> Array:
            missed = (encoded.points - goal.points) ** 2 + (encoded.active != goal.active)
            return np.asarray(-missed.sum(axis=1))

        search = CandidateSearch(Region(encoding), nothing_tried, promise, np.random.default_rng(seed))
        point = search.best_around(np.full((1, 4), 0.5))
        assert point is not None
        values = encoding.decode(point)
        assert (values["units"], values["optimizer"]) == (5, "sgd")
        assert values["rate"] == pytest.approx(3e-3, rel=0.1)
        assert values["momentum"] == pytest.approx(0.9, abs=0.02)

    def test_what_was_tried_is_not_proposed(self) -> None:
        hp = HyperParameters()
        hp.Int("units", 1, 16)
        encoding = SpaceEncoding(hp)
        best = encoding.encode({"units": 16}).points
        search = CandidateSearch(
            Region(encoding),
            lambda points: (points == best).all(axis=1),
            lambda encoded: encoded.points[:, 0],
            np.random.default_rng(0),
        )
        point = search.best_around(best[None, :])
        assert point is not None
        assert encoding.decode(point) == {"units": 15}

    def test_large_discrete_axes_are_searched_exactly(self) -> None:
        hp = HyperParameters()
        for name in "abcdef":
            hp.Choice(name, [f"{number}" for number in range(60)])
        encoding = SpaceEncoding(hp)
        goal = encoding.encode(dict(zip("abcdef", ("7", "0", "59", "31", "12", "44"), strict=True))).points

        def promise(encoded: Encoded) -> Array:
            return np.asarray(-(encoded.points != goal).sum(axis=1, dtype=float))

        found = CandidateSearch(Region(encoding), nothing_tried, promise, np.random.default_rng(0)).best_around(
            np.full((1, 6), 0.5)
        )
        assert found is not None
        np.testing.assert_array_equal(found, goal)

    def test_nothing_untried_is_nothing(self) -> None:
        encoding = SpaceEncoding(mixed())

        def promise(encoded: Encoded) -> Array:
            raise AssertionError("there is nothing to promise")

        search = CandidateSearch(
            Region(encoding), lambda points: ~nothing_tried(points), promise, np.random.default_rng(0)
        )
        assert search.best_around(np.full((1, 4), 0.5)) is None
        assert search.best_of(encoding.canonical(np.full((1, 4), 0.5))) is None

    def test_the_best_of_a_list_is_exact(self) -> None:
        hp = HyperParameters()
        hp.Int("units", 1, 500)
        encoding = SpaceEncoding(hp)
        everything = encoding.encode_all(list(encoding.configurations()))
        search = CandidateSearch(
            Region(encoding),
            nothing_tried,
            lambda encoded: -np.abs(encoded.points[:, 0] - 0.7),
            np.random.default_rng(0),
        )
        point = search.best_of(everything)
        assert point is not None
        assert encoding.decode(point) == {"units": 350}


class TestFeatures:
    def test_distances_mean_what_they_should(self) -> None:
        encoding = SpaceEncoding(mixed())
        features = Features(encoding)
        configurations = [
            {"rate": 1e-4, "units": 1, "optimizer": "adam"},
            {"rate": 1e-1, "units": 1, "optimizer": "adam"},
            {"rate": 1e-4, "units": 1, "optimizer": "rmsprop"},
            {"rate": 1e-4, "units": 1, "optimizer": "sgd", "momentum": 0.0},
            {"rate": 1e-4, "units": 1, "optimizer": "sgd", "momentum": 1.0},
            {"rate": 1e-4, "units": 1, "optimizer": "sgd", "momentum": 0.5},
        ]
        rows = features(encoding.encode_all(configurations))

        def squared(first: int, second: int, axis: int) -> float:
            columns = features.axis_of_column == axis
            return float(((rows[first] - rows[second])[columns] ** 2).sum())

        assert squared(0, 1, axis=0) == pytest.approx(1.0)  # the ends of a scale
        assert squared(0, 2, axis=2) == squared(0, 3, axis=2) == pytest.approx(1.0)  # two categories
        assert squared(0, 2, axis=3) == 0.0  # both inactive
        assert squared(0, 3, axis=3) == squared(0, 4, axis=3) == pytest.approx(0.45)  # one inactive
        assert squared(0, 5, axis=3) == pytest.approx(0.2)
        assert squared(3, 4, axis=3) == pytest.approx(1.0)

    def test_an_inactive_category_is_equally_far_from_all(self) -> None:
        hp = HyperParameters()
        hp.Boolean("on")
        with hp.conditional_scope("on", [True]):
            hp.Choice("kind", ["a", "b", "c"])
        encoding = SpaceEncoding(hp)
        features = Features(encoding)
        rows = features(encoding.encode_all([{"on": False}, *({"on": True, "kind": kind} for kind in "abc")]))
        columns = features.axis_of_column == 1
        distances = {round(float(((rows[0] - row)[columns] ** 2).sum()), 9) for row in rows[1:]}
        assert distances == {round(1 / 3, 9)}

    def test_scales_are_the_columns_of_numbers(self) -> None:
        encoding = SpaceEncoding(mixed())
        features = Features(encoding)
        points = encoding.encode_all([{"rate": 1e-1, "units": 1, "optimizer": "sgd", "momentum": 0.25}])
        np.testing.assert_allclose(features(points)[0, features.scales], [1.0, points.points[0, 1], 0.25])
        only_categories = HyperParameters()
        only_categories.Choice("kind", ["a", "b", "c"])
        for space in (only_categories, HyperParameters()):
            assert not len(Features(SpaceEncoding(space)).scales)


class TestInitialDesign:
    def test_it_begins_in_the_middle_where_no_default_was_chosen(self) -> None:
        encoding = SpaceEncoding(mixed())
        first = encoding.decode(initial_design(encoding, 5, seed=0)[0])
        assert first["rate"] == pytest.approx(10**-2.5)
        assert first["units"] in (8, 9)
        assert first["optimizer"] == "adam"

    def test_it_begins_with_the_defaults_that_were_chosen(self) -> None:
        hp = HyperParameters()
        hp.Float("rate", 1e-4, 1e-1, sampling="log", default=1e-3)
        hp.Int("units", 1, 16, default=4)
        hp.Choice("optimizer", ["adam", "sgd"], default="sgd")
        hp.Boolean("bias", default=True)
        encoding = SpaceEncoding(hp)
        values = encoding.decode(initial_design(encoding, 5, seed=0)[0])
        assert values == {"rate": pytest.approx(1e-3), "units": 4, "optimizer": "sgd", "bias": True}

    def test_the_others_cover_each_axis_evenly(self) -> None:
        encoding = SpaceEncoding(mixed())
        rest = initial_design(encoding, 9, seed=3)[1:]
        for column in range(encoding.dimension):
            assert sorted((rest[:, column] * 8).astype(int)) == list(range(8))

    def test_it_depends_on_the_seed_only(self) -> None:
        encoding = SpaceEncoding(mixed())
        first, again, other = (initial_design(encoding, 5, seed=seed) for seed in (0, 0, 1))
        np.testing.assert_array_equal(first, again)
        assert not np.array_equal(first, other)

    @pytest.mark.parametrize("count", [1, 2, 5000])
    def test_it_can_be_short_or_long(self, count: int) -> None:
        assert initial_design(SpaceEncoding(mixed()), count, seed=0).shape == (count, 4)
