"""What limits leave of each kind of hyperparameter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_tuner.oracles.region import Region
from tui_tuner.space import Boolean, Choice, Fixed, Float, HyperParameter, HyperParameters, Int
from tui_tuner.space.encoding import SpaceEncoding
from tui_tuner.space.limits import Limit, limited


@pytest.mark.parametrize(
    ("hp", "limit", "left"),
    [
        (Int("n", 8, 64, step=8), Limit(20, 50), [24, 32, 40, 48]),
        (Int("n", 8, 64, step=8), Limit(values=(64, 8)), [64, 8]),
        (Int("n", 1, 9), Limit(max_value=3), [1, 2, 3]),
        (Int("n", 1, 9, sampling="log"), Limit(7), [7, 8, 9]),
        (Int("n", 1, 64, step=2, sampling="log"), Limit(3, 20), [4, 8, 16]),
        (Int("n", 1, 9, sampling="reverse_log"), Limit(7), [7, 8, 9]),
        (Float("x", 0.0, 0.6, step=0.1), Limit(0.1, 0.3), [0.1, 0.2, 0.1 * 3]),  # which is more than 0.3
        (Float("x", 0.0, 1.0), Limit(values=(0.25, 0.5)), [0.25, 0.5]),
        (Choice("c", ["a", "b", "c"]), Limit(values=("c", "a")), ["a", "c"]),
        (Choice("c", [4, 1, 2]), Limit(max_value=2), [1, 2]),
        (Boolean("b"), Limit(values=(True,)), [True]),
        (Boolean("b"), Limit(values=(False, True)), [False, True]),
        (Fixed("f", 3), Limit(1, 5), [3]),
        (Int("n", 1, 9), Limit(3.2, 3.8), None),
        (Float("x", 0.0, 1.0), Limit(2.0), None),
        (Boolean("b"), Limit(values=()), None),
    ],
)
def test_what_is_left(hp: HyperParameter, limit: Limit, left: list[Any] | None) -> None:
    part = limit.of(hp)
    assert (None if part is None else list(part.iter_values())) == left


def test_a_default_stays_where_it_may_and_else_is_the_first_value() -> None:
    hp = Int("n", 1, 9, default=5)
    assert [part.default for limit in (Limit(3), Limit(6)) if (part := limit.of(hp)) is not None] == [5, 6]


def test_what_is_left_of_a_range_keeps_its_scale_and_conditions() -> None:
    space = HyperParameters()
    space.Boolean("deep")
    with space.conditional_scope("deep", [True]):
        space.Float("rate", 1e-5, 1e-1, sampling="log")
    part = Limit(1e-3, 1e-2).of(space.space[1])
    assert part is not None
    assert part.prob_to_value(0.5) == pytest.approx(10**-2.5)
    assert part.conditions == space.space[1].conditions


def test_a_limit_is_heeded_by_each_definition_of_its_name() -> None:
    space = HyperParameters()
    space.Choice("kind", ["a", "b"])
    for kind, most in (("a", 4), ("b", 8)):
        with space.conditional_scope("kind", [kind]):
            space.Int("size", 1, most)
    with pytest.raises(ValueError, match="Nothing would be left of size: it goes from 1 to 4"):
        Limit(6).checked("size", space)
    with pytest.raises(ValueError, match="size has nothing at 9: it goes from 1 to 4; or it goes from 1 to 8"):
        Limit(max_value=9).checked("size", space)
    assert Limit(max_value=6).checked("size", space) == Limit(max_value=6)
    parts = [list(hp.iter_values()) for hp in limited(space, {"size": Limit(3)}).space if hp.name == "size"]
    assert parts == [[3, 4], [3, 4, 5, 6, 7, 8]]


def test_a_definition_that_came_later_and_has_nothing_left_stays_whole() -> None:
    space = HyperParameters()
    space.Int("size", 1, 4)
    assert list(limited(space, {"size": Limit(6)}).space[0].iter_values()) == [1, 2, 3, 4]


def test_without_a_limit_to_heed_it_is_the_space_itself() -> None:
    space = HyperParameters()
    space.Int("size", 1, 4)
    assert limited(space, {"other": Limit(6)}) is space


def test_json_values_give_it_back() -> None:
    for limit in (Limit(1, 2.5), Limit(values=("a", "b")), Limit()):
        assert Limit.from_json(limit.to_json()) == limit


@given(
    bounds=st.tuples(st.floats(1e-3, 10.0), st.floats(1e-3, 10.0)),
    sampling=st.sampled_from(["linear", "log", "reverse_log"]),
    listed=st.lists(st.floats(1e-3, 10.0), min_size=1, max_size=4),
    seed=st.integers(0, 99),
)
@settings(max_examples=100, deadline=None)
def test_any_point_leads_into_the_region(
    bounds: tuple[float, float], sampling: str, listed: list[float], seed: int
) -> None:
    space = HyperParameters()
    space.Float("rate", 1e-3, 10.0, sampling=sampling)
    space.Float("listed", 1e-3, 10.0, sampling=sampling)
    space.Int("units", 1, 50, sampling=sampling)
    space.Choice("kind", list("abcd"))
    low, high = sorted(bounds)
    limits = {
        "rate": Limit(low, high),
        "listed": Limit(values=tuple(listed)),
        "units": Limit(7, 9),
        "kind": Limit(values=("b", "d")),
    }
    region = Region(SpaceEncoding(space), limits)
    points = np.random.default_rng(seed).random((30, 4))
    points[:8] = np.round(points[:8])  # the corners of the cube
    for each in (points, region.spread(points)):
        for point in region.canonical(each).points:
            values = region.decode(point)
            assert low <= values["rate"] <= high
            assert values["listed"] in listed
            assert 7 <= values["units"] <= 9
            assert values["kind"] in ("b", "d")


def test_a_region_without_limits_is_the_whole_cube() -> None:
    space = HyperParameters()
    space.Float("rate", 1e-3, 10.0, sampling="log")
    space.Int("units", 1, 50)
    encoding = SpaceEncoding(space)
    points = np.random.default_rng(0).random((20, 2))
    region = Region(encoding)
    np.testing.assert_array_equal(region.spread(points), points)
    np.testing.assert_array_equal(region.canonical(points).points, encoding.canonical(points).points)
    assert region.size is None


def test_points_are_met_evenly_in_what_is_left_of_a_scale() -> None:
    space = HyperParameters()
    space.Float("rate", 0.0, 1.0)
    space.Choice("kind", list("abcdefgh"))
    region = Region(SpaceEncoding(space), {"rate": Limit(0.25, 0.5), "kind": Limit(values=("a", "d", "h"))})
    points = np.random.default_rng(0).random((6000, 2))
    for moved in (region.canonical(points), region.canonical(region.spread(points))):
        shares, _ = np.histogram(moved.points[:, 0], bins=5, range=(0.25, 0.5))
        assert shares.min() > 0.17 * len(points)
        _, counts = np.unique(moved.points[:, 1], return_counts=True)
        assert len(counts) == 3
        assert counts.min() > 0.2 * len(points)
