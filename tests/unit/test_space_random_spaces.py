"""Random search spaces: every configuration is counted, listed and encoded once, and every point leads to one."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_tuner.space import HyperParameter, HyperParameters
from tui_tuner.space.encoding import SpaceEncoding


def _finite(draw: st.DrawFn, hp: HyperParameters, name: str) -> None:
    kind = draw(st.integers(0, 5))
    if kind == 0:
        hp.Choice(name, draw(st.lists(st.sampled_from("xyz"), min_size=1, max_size=3)))
    elif kind == 1:
        hp.Boolean(name)
    elif kind == 2:
        hp.Fixed(name, "x")
    elif kind == 3:
        hp.Int(name, 1, draw(st.integers(1, 3)), sampling=draw(st.sampled_from(["linear", "log", "reverse_log"])))
    elif kind == 4:
        hp.Float(name, 0, 0.3, step=draw(st.sampled_from([0.1, 0.2])))
    else:
        hp.Choice(name, [2, 4, 1][: draw(st.integers(1, 3))], ordered=draw(st.booleans()))


def _ranges(draw: st.DrawFn, hp: HyperParameters, name: str) -> None:
    sampling = draw(st.sampled_from(["linear", "log", "reverse_log"]))
    low = draw(st.integers(1, 5000))
    high = low + draw(st.integers(1, 100_000))
    if draw(st.booleans()):
        hp.Int(name, low, high, sampling=sampling)
    else:
        hp.Float(name, low / 1000, high / 1000, sampling=sampling)


def _grow(draw: st.DrawFn, hp: HyperParameters, room: list[int], above: tuple[str, ...], finite: bool) -> None:
    """Define some hyperparameters, and scopes on the finite ones within; names repeat across scopes."""
    here: list[HyperParameter] = []
    while room[0] and draw(st.integers(0, 3)):
        room[0] -= 1
        names = [name for name in "abcdef" if name not in above]
        before = len(hp.space)
        is_finite = finite or draw(st.booleans())
        (_finite if is_finite else _ranges)(draw, hp, draw(st.sampled_from(names)))
        here += hp.space[before:]
        goes_deeper = draw(st.booleans())
        if here and goes_deeper:
            parent = draw(st.sampled_from(here))
            if parent.n_values is None or parent.n_values > 10:
                continue
            values = draw(st.lists(st.sampled_from(list(parent.iter_values())), min_size=1, max_size=3))
            with hp.conditional_scope(parent.name, values):
                _grow(draw, hp, room, (*above, parent.name), finite)


@st.composite
def spaces(draw: st.DrawFn, finite: bool) -> HyperParameters:
    hp = HyperParameters()
    _grow(draw, hp, [6], (), finite)
    return hp


def listed_by_force(hp: HyperParameters) -> set[frozenset[tuple[str, Any]]]:
    """All configurations: give every definition each of its values, and keep what is active."""
    found = set()
    for combination in itertools.product(*(list(parameter.iter_values()) for parameter in hp.space)):
        values: dict[str, Any] = {}
        for parameter, value in zip(hp.space, combination, strict=True):
            if parameter.name not in values and all(c.is_active(values) for c in parameter.conditions):
                values[parameter.name] = value
        found.add(frozenset(values.items()))
    return found


@settings(deadline=None)
@given(spaces(finite=True))
def test_every_configuration_is_counted_and_listed_once(hp: HyperParameters) -> None:
    encoding = SpaceEncoding(hp)
    expected = listed_by_force(hp)
    listed = [frozenset(values.items()) for values in encoding.configurations()]

    assert set(listed) == expected
    assert len(listed) == len(expected)
    assert encoding.size() == len(expected)


@settings(deadline=None)
@given(spaces(finite=True))
def test_every_configuration_has_a_point_of_its_own_that_leads_back(hp: HyperParameters) -> None:
    encoding = SpaceEncoding(hp)
    all_values = list(encoding.configurations())
    encoded = encoding.encode_all(all_values)
    canonical = encoding.canonical(encoded.points)

    assert [encoding.decode(point) for point in encoded.points] == all_values
    assert len(
        {(point.tobytes(), mask.tobytes()) for point, mask in zip(encoded.points, encoded.active, strict=True)}
    ) == (len(all_values))
    assert (canonical.points == encoded.points).all()
    assert (canonical.active == encoded.active).all()


@settings(deadline=None)
@given(spaces(finite=False), st.integers(0, 2**32 - 1))
def test_any_point_leads_to_a_configuration_and_back(hp: HyperParameters, seed: int) -> None:
    encoding = SpaceEncoding(hp)
    points = np.random.default_rng(seed).random((20, encoding.dimension))
    canonical = encoding.canonical(points)

    assert np.all((canonical.points >= 0) & (canonical.points <= 1))
    again = encoding.canonical(canonical.points)
    assert (again.points == canonical.points).all()
    assert (again.active == canonical.active).all()
    for point, snapped, active in zip(points, canonical.points, canonical.active, strict=True):
        values = encoding.decode(point)
        encoded = encoding.encode(values)
        assert encoding.decode(snapped) == values
        assert (encoded.active == active).all()
        assert encoded.points == pytest.approx(snapped, abs=1e-9)
        for place, axis in enumerate(encoding.axes):
            if axis.n_values is not None:
                assert encoded.points[place] == snapped[place]
            if active[place]:
                assert axis.hyperparameter.contains(values[axis.name])
        hp.values = values
        assert {name for name in "abcdef" if hp.is_active(name)} == set(values)
