from __future__ import annotations

import subprocess
import sys

import pytest

from tui_tuner import oracles
from tui_tuner.errors import TunerError
from tui_tuner.oracles import BayesianOptimizationOracle, RandomSearchOracle, create_oracle, oracle_names


def test_oracles_are_made_by_name() -> None:
    assert type(create_oracle("random", objective="loss", max_trials=3)) is RandomSearchOracle
    assert type(create_oracle("bayesian", objective="loss", beta=1.0)) is BayesianOptimizationOracle


def test_a_wrong_name_gets_the_valid_ones_and_the_nearest() -> None:
    with pytest.raises(TunerError) as caught:
        create_oracle("Baysian")
    assert caught.value.message == "There is no tuner named 'Baysian'. Did you mean 'bayesian'?"
    assert caught.value.hint == f"Valid names: {', '.join(oracle_names())}."


def test_every_exported_name_is_there() -> None:
    for name in oracles.__all__:
        assert hasattr(oracles, name)
    with pytest.raises(AttributeError, match="no_such_name"):
        oracles.no_such_name  # noqa: B018


def test_importing_the_oracles_loads_no_numerical_library() -> None:
    code = (
        "import sys, tui_tuner.oracles\n"
        "tui_tuner.oracles.create_oracle('random', objective='loss', max_trials=1)\n"
        "print(sorted({'numpy', 'scipy', 'sklearn', 'pandas', 'keras', 'tensorflow'} & set(sys.modules)))\n"
        "tui_tuner.oracles.create_oracle('bayesian', objective='loss', max_trials=1)\n"
        "print(sorted({'scipy', 'sklearn', 'pandas', 'keras', 'tensorflow'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "[]"]
