"""Exploration of build functions that define hyperparameters only under certain values."""

from __future__ import annotations

import pytest

from tui_tuner.space import HyperParameters, explore


def names(hp: HyperParameters) -> list[str]:
    return [parameter.name for parameter in hp.space]


class Recorder:
    """A build function that remembers the values of its calls after it has run."""

    def __init__(self, body: object) -> None:
        self.body = body
        self.calls: list[dict[str, object]] = []

    def __call__(self, hp: HyperParameters) -> None:
        assert callable(self.body)
        self.body(hp)
        self.calls.append(dict(hp.values))


def test_a_flat_space_takes_one_build() -> None:
    def body(hp: HyperParameters) -> None:
        hp.Int("units", 8, 64, step=8)
        hp.Choice("rate", [1e-2, 1e-3])

    build = Recorder(body)
    known = HyperParameters()
    found = explore(known, build)

    assert build.calls == [{"units": 8, "rate": 1e-2}]
    assert names(found) == ["units", "rate"]
    assert found.values == {"units": 8, "rate": 1e-2}
    assert known.space == []


def test_every_scope_is_active_once() -> None:
    active: list[str] = []

    def body(hp: HyperParameters) -> None:
        kind = hp.Choice("kind", ["mlp", "cnn"])
        with hp.conditional_scope("kind", "mlp"):
            if kind == "mlp":
                active.append("mlp")
                hp.Int("units", 1, 9)
        with hp.conditional_scope("kind", "cnn"):
            if kind == "cnn":
                active.append("cnn")
                pool = hp.Choice("pool", ["max", "mean"])
                with hp.conditional_scope("pool", "mean"):
                    if pool == "mean":
                        active.append("mean")
                        hp.Float("deep", 0, 1)

    build = Recorder(body)
    found = explore(HyperParameters(), build)

    assert set(active) == {"mlp", "cnn", "mean"}
    assert names(found) == ["kind", "units", "pool", "deep"]
    assert found.values == {"kind": "mlp", "units": 1}
    assert build.calls == [
        {"kind": "mlp", "units": 1},
        {"kind": "cnn", "pool": "max"},
        {"kind": "cnn", "pool": "mean", "deep": 0.0},
    ]


def test_scopes_that_agree_are_activated_in_one_build() -> None:
    def body(hp: HyperParameters) -> None:
        layers = hp.Int("layers", 1, 5)
        for number in range(1, 6):
            with hp.conditional_scope("layers", list(range(number, 6))):
                if number <= layers:
                    hp.Int(f"units_{number}", 8, 64)
        hp.Choice("optimizer", ["adam", "sgd"])
        with hp.conditional_scope("optimizer", "sgd"):
            hp.Float("momentum", 0, 1)

    build = Recorder(body)
    found = explore(HyperParameters(), build)

    assert len(build.calls) == 2
    assert build.calls[1]["layers"] == 5
    assert build.calls[1]["optimizer"] == "sgd"
    assert set(names(found)) == {"layers", "optimizer", "momentum", *(f"units_{n}" for n in range(1, 6))}


def test_it_starts_from_what_is_known_and_keeps_its_values() -> None:
    known = HyperParameters()
    known.Choice("kind", ["mlp", "cnn"])
    known.values["kind"] = "cnn"

    def body(hp: HyperParameters) -> None:
        hp.Choice("kind", ["mlp", "cnn", "rnn"])
        with hp.conditional_scope("kind", "cnn"):
            hp.Int("filters", 1, 3)
        with hp.conditional_scope("kind", "mlp"):
            hp.Int("units", 1, 3)

    build = Recorder(body)
    found = explore(known, build)

    assert found.space[0].values == ["mlp", "cnn"]
    assert found.values == {"kind": "cnn", "filters": 1}
    assert build.calls == [{"kind": "cnn", "filters": 1}, {"kind": "mlp", "units": 1}]


def test_a_scope_out_of_reach_is_left_alone() -> None:
    known = HyperParameters()
    known.Fixed("kind", "mlp")

    def body(hp: HyperParameters) -> None:
        assert hp.Choice("kind", ["mlp", "cnn"]) == "mlp"
        with hp.conditional_scope("kind", "cnn"):
            hp.Int("filters", 1, 3)

    build = Recorder(body)

    assert names(explore(known, build)) == ["kind", "filters"]
    assert len(build.calls) == 1


def test_a_scope_that_disappears_does_not_go_on_for_ever() -> None:
    def body(hp: HyperParameters) -> None:
        if hp.Boolean("b") is False:
            with hp.conditional_scope("b", True):
                hp.Int("never", 1, 3)

    build = Recorder(body)

    assert names(explore(HyperParameters(), build)) == ["b", "never"]
    assert len(build.calls) == 2


def test_a_scope_that_stays_inactive_whatever_the_values_does_not_go_on_for_ever() -> None:
    def body(hp: HyperParameters) -> None:
        hp.Boolean("b")
        hp.values["b"] = False
        with hp.conditional_scope("b", True):
            hp.Int("never", 1, 3)

    build = Recorder(body)

    assert names(explore(HyperParameters(), build)) == ["b", "never"]
    assert len(build.calls) == 2


def test_the_same_build_is_explored_the_same_way() -> None:
    def body(hp: HyperParameters) -> None:
        hp.Choice("kind", ["a", "b", "c"])
        for kind in "abc":
            with hp.conditional_scope("kind", kind):
                hp.Float(f"rate_{kind}", 0, 1)
                hp.Int(f"size_{kind}", 1, 100)

    first, second = Recorder(body), Recorder(body)

    assert explore(HyperParameters(), first).get_config() == explore(HyperParameters(), second).get_config()
    assert first.calls == second.calls


def test_what_build_raises_is_passed_on() -> None:
    def build(hp: HyperParameters) -> None:
        raise RuntimeError("no such layer")

    with pytest.raises(RuntimeError, match="no such layer"):
        explore(HyperParameters(), build)
