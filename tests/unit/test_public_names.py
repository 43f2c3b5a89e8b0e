"""`import tui_tuner`: what it offers, and what it does not load."""

from __future__ import annotations

import subprocess
import sys

import pytest

import tui_tuner


@pytest.mark.parametrize("name", tui_tuner.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(tui_tuner, name) is not None
    assert name in dir(tui_tuner)


def test_public_names_are_the_objects_of_their_rooms() -> None:
    from tui_tuner.oracles import Objective
    from tui_tuner.space import HyperParameters
    from tui_tuner.tuners import BayesianOptimization

    assert tui_tuner.Objective is Objective
    assert tui_tuner.HyperParameters is HyperParameters
    assert tui_tuner.BayesianOptimization is BayesianOptimization
    assert tui_tuner.oracles.RandomSearchOracle.__name__ == "RandomSearchOracle"
    assert issubclass(tui_tuner.errors.FatalTypeError, TypeError)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Hyperbend'"):
        tui_tuner.Hyperbend  # noqa: B018


HEAVY = ("keras", "tensorflow", "numpy", "textual", "pydantic", "sqlite3", "rich")


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("import tui_tuner; tui_tuner.__version__", HEAVY),
        ("import tui_tuner as kt; kt.HyperParameters; kt.Objective; kt.errors", HEAVY),
        ("import tui_tuner as kt; kt.HyperModel; kt.Tuner; kt.BayesianOptimization", HEAVY[:-2]),
    ],
)
def test_heavy_packages_are_loaded_only_when_they_are_needed(code: str, unwanted: tuple[str, ...]) -> None:
    code = f"{code}; import sys; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()).isdisjoint(unwanted)
