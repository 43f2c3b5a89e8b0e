"""The search space as viewers see it, made from JSON."""

from __future__ import annotations

import json

import pytest

from tui_tuner.engine.space_view import describe_space
from tui_tuner.engine.view import HyperParameterView
from tui_tuner.space import Float, HyperParameters


def test_every_kind_is_described_from_json() -> None:
    hp = HyperParameters()
    hp.Int("units", 8, 64, step=8)
    hp.Float("rate", 1e-4, 1e-1, sampling="log", default=1e-3)
    hp.Choice("optimizer", ["adam", "sgd"], default="sgd")
    hp.Boolean("norm", default=True)
    hp.Fixed("version", 3)
    with hp.conditional_scope("optimizer", ["sgd"]), hp.name_scope("sgd"):
        hp.Float("momentum", 0, 1)

    views = describe_space(json.loads(json.dumps(hp.get_config())))

    assert views == (
        HyperParameterView("units", "Int", (), 8, 64, 8, "linear", None, 8),
        HyperParameterView("rate", "Float", (), 1e-4, 1e-1, None, "log", None, 1e-3),
        HyperParameterView("optimizer", "Choice", ("adam", "sgd"), ordered=False, default="sgd"),
        HyperParameterView("norm", "Boolean", (True, False), default=True),
        HyperParameterView("version", "Fixed", (3,), default=3),
        HyperParameterView(
            "sgd/momentum", "Float", (), 0.0, 1.0, None, "linear", None, 0.0, (("optimizer", ("sgd",)),)
        ),
    )


def test_a_false_or_zero_default_is_shown_as_it_is() -> None:
    hp = HyperParameters()
    hp.Boolean("norm")
    hp.Int("shift", -5, 5, default=0)

    assert [view.default for view in describe_space(hp.get_config())] == [False, 0]


def test_of_equal_definitions_the_last_is_shown_once() -> None:
    hp = HyperParameters()
    hp.Float("rate", 0, 1)
    hp.Boolean("norm")
    hp.merge([Float("rate", 0, 5)])

    views = describe_space(hp.get_config())

    assert [(view.name, view.max_value) for view in views] == [("rate", 5.0), ("norm", None)]


def test_an_entry_without_a_name_is_refused() -> None:
    with pytest.raises(KeyError, match="name"):
        describe_space({"space": [{"class_name": "Int", "config": {}}], "values": {}})
