"""`import keras_tuner` finds tui-tuner: every name of KerasTuner's public interface, and clear errors for the rest."""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import tui_tuner
from tui_tuner.errors import TunerError
from tui_tuner.interop import keras_tuner as alias
from tui_tuner.interop.keras_tuner_names import MODULES

PUBLIC = """
keras_tuner: HyperModel HyperParameters Objective Oracle synchronized Tuner
keras_tuner: BayesianOptimization GridSearch Hyperband RandomSearch SklearnTuner
keras_tuner: applications engine errors oracles tuners __version__
keras_tuner.tuners: Tuner BayesianOptimization GridSearch Hyperband RandomSearch SklearnTuner
keras_tuner.oracles: BayesianOptimizationOracle GridSearchOracle HyperbandOracle RandomSearchOracle
keras_tuner.errors: FailedTrialError FatalError FatalValueError FatalTypeError FatalRuntimeError
keras_tuner.applications: HyperImageAugment HyperEfficientNet HyperResNet HyperXception
keras_tuner.engine: base_tuner hypermodel hyperparameters metrics_tracking oracle trial tuner
keras_tuner.engine.base_tuner: BaseTuner
keras_tuner.engine.tuner: Tuner maybe_distribute
keras_tuner.engine.hypermodel: HyperModel
keras_tuner.engine.oracle: Oracle Objective
keras_tuner.engine.trial: Trial TrialStatus
keras_tuner.engine.metrics_tracking: infer_metric_direction
keras_tuner.engine.hyperparameters: HyperParameter HyperParameters Boolean Choice Fixed Float Int serialize deserialize
"""

INTERNAL = """
keras_tuner.src.engine.tuner: Tuner
keras_tuner.src.engine.tuner_utils: TunerCallback average_metrics_dicts convert_to_metrics_dict
keras_tuner.src.engine.trial: Trial generate_trial_id
keras_tuner.src.engine.hypermodel: DefaultHyperModel get_hypermodel
keras_tuner.src.engine.hyperparameters.hp_types.boolean_hp: Boolean
keras_tuner.src.engine.hyperparameters.hp_types.choice_hp: Choice
keras_tuner.src.engine.hyperparameters.hp_types.fixed_hp: Fixed
keras_tuner.src.engine.hyperparameters.hp_types.float_hp: Float
keras_tuner.src.engine.hyperparameters.hp_types.int_hp: Int
keras_tuner.src.engine.hyperparameters.hp_types.numerical: Numerical
keras_tuner.src.engine.hyperparameters.hp_utils: index_to_prob prob_to_index
keras_tuner.src.tuners.randomsearch: RandomSearch RandomSearchOracle
keras_tuner.src.tuners.sklearn_tuner: SklearnTuner
keras_tuner.src: HyperModel
keras_tuner.engine.objective: Objective MultiObjective create_objective
keras_tuner.engine.conditions: Condition Parent
keras_tuner.engine.stateful: Stateful
keras_tuner.engine.metrics_tracking: MetricHistory MetricObservation MetricsTracker
keras_tuner.tuners.bayesian: BayesianOptimization BayesianOptimizationOracle
keras_tuner.tuners.hyperband: Hyperband HyperbandOracle
keras_tuner.tuners.gridsearch: GridSearch GridSearchOracle
keras_tuner.distribute.oracle_chief: OracleServicer start_server
keras_tuner.src.distribute.oracle_client: OracleClient TIMEOUT
keras_tuner.distribute.utils: has_chief_oracle is_chief_oracle
keras_tuner.protos: get_proto get_service get_service_grpc
keras_tuner.protos.keras_tuner_pb2: Trial HyperParameters TrialStatus
keras_tuner.utils: to_list save_json load_json create_directory
kerastuner: Tuner HyperModel Objective RandomSearch
kerastuner.tuners: RandomSearch Hyperband BayesianOptimization Sklearn
kerastuner.oracles: BayesianOptimization RandomSearch Hyperband
kerastuner.engine.hyperparameters: HyperParameters
"""


def pairs(table: str) -> list[tuple[str, str]]:
    """`(module, name)` for each name of the table."""
    found = []
    for line in table.strip().splitlines():
        module, _, names = line.partition(":")
        found += [(module, name) for name in names.split()]
    return found


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    """The alias in place of whatever else this process has imported under these names."""
    real = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in alias.PACKAGES}
    alias.install()
    yield
    alias.uninstall()
    sys.modules.update(real)


def fresh(code: str, *, with_alias: bool = True) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own."""
    install = "from tui_tuner.interop import keras_tuner as a; a.install()\n" if with_alias else ""
    return subprocess.run([sys.executable, "-c", install + code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("module", "name"), pairs(PUBLIC + INTERNAL))
def test_every_name_is_imported_in_each_way(module: str, name: str) -> None:
    names: dict[str, Any] = {}
    exec(f"from {module} import {name} as found\nimport {module} as it", names)
    assert names["found"] is getattr(names["it"], name)
    assert names["found"] is not None


def test_the_objects_are_ours() -> None:
    import keras_tuner as kt
    from keras_tuner.engine import hyperparameters as hp_module
    from keras_tuner.tuners import RandomSearch

    assert kt.RandomSearch is RandomSearch is tui_tuner.RandomSearch
    assert hp_module.HyperParameters is tui_tuner.HyperParameters
    assert issubclass(kt.errors.FatalTypeError, TypeError)


@pytest.mark.parametrize("module", sorted(path for path in MODULES if path))
@pytest.mark.parametrize("prefix", ["keras_tuner", "keras_tuner.src", "kerastuner"])
def test_every_module_of_the_table_is_found_under_every_name(prefix: str, module: str) -> None:
    if not module.startswith("backend."):  # these stand for Keras, which is not wanted here
        assert isinstance(importlib.import_module(f"{prefix}.{module}"), ModuleType)


def test_the_version_is_one_that_libraries_know() -> None:
    import keras_tuner

    assert keras_tuner.__version__ == "1.4.8"
    assert keras_tuner.__tui_tuner_version__ == tui_tuner.__version__
    assert tui_tuner.__version__ in (keras_tuner.__doc__ or "")


def test_a_script_may_ask_whether_there_is_a_module() -> None:
    assert importlib.util.find_spec("keras_tuner.engine.trial") is not None
    assert importlib.util.find_spec("keras_tuner.nonsense") is None
    assert importlib.util.find_spec("keras_tuner.engine.logger.more") is None
    with pytest.raises(ModuleNotFoundError, match=r"has no keras_tuner\.nonsense"):
        importlib.import_module("keras_tuner.nonsense")


@pytest.mark.parametrize("module", ["keras_tuner", "kerastuner", "keras_tuner.engine.trial"])
def test_modules_have_a_file(module: str) -> None:
    assert Path(importlib.import_module(module).__file__ or "").is_file()


def test_star_imports_bring_the_public_names() -> None:
    names: dict[str, Any] = {}
    exec("from kerastuner import *\nfrom kerastuner.tuners import *", names)
    assert names["HyperParameters"] is tui_tuner.HyperParameters
    assert names["RandomSearch"] is tui_tuner.RandomSearch
    assert "__version__" not in names


def test_star_imports_leave_what_a_script_has_imported_before() -> None:
    """As with KerasTuner: its modules below, and its old names for oracles, which are those of tuners now."""
    names: dict[str, Any] = {"utils": "mine", "backend": "mine", "resnet": "mine", "hyperband": "mine"}
    for module in ("keras_tuner", "keras_tuner.applications", "keras_tuner.tuners", "keras_tuner.oracles"):
        exec(f"from {module} import *", names)
    assert {names[name] for name in ("utils", "backend", "resnet", "hyperband")} == {"mine"}
    assert names["RandomSearch"] is tui_tuner.RandomSearch
    assert names["RandomSearchOracle"] is tui_tuner.oracles.RandomSearchOracle
    assert {"HyperResNet", "engine", "errors", "synchronized"} <= set(names)


def test_the_modules_say_what_they_have() -> None:
    import keras_tuner

    assert {"RandomSearch", "HyperModel", "engine", "tuners", "__version__"} <= set(dir(keras_tuner))


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("from keras_tuner import Nonsense", ["tui-tuner", "stands in for KerasTuner", "keras_tuner.Nonsense"]),
        ("from keras_tuner import Trial", ["there is keras_tuner.engine.trial.Trial"]),
        ("import keras_tuner.nonsense", ["keras_tuner.nonsense"]),
        ("from keras_tuner.engine.trial import Nonsense", ["keras_tuner.engine.trial.Nonsense"]),
        ("from kerastuner.distributions import Range", ["use hp.Int"]),
        ("from kerastuner.tuners import UltraBand", ["use Hyperband"]),
        ("from keras_tuner.engine.multi_execution_tuner import MultiExecutionTuner", ["executions_per_trial"]),
        ("from keras_tuner import CloudLogger", ["leave the argument out"]),
        ("from keras_tuner.engine.display import Display", ["pass verbose=0"]),
        ("import keras_tuner.distribute.nonsense", ["keras_tuner.distribute.nonsense"]),
    ],
)
def test_what_is_not_here_is_named_with_what_to_use_instead(code: str, parts: list[str]) -> None:
    with pytest.raises(ImportError) as caught:
        exec(code)
    assert all(part in str(caught.value) for part in parts), str(caught.value)


def test_an_attribute_that_is_not_here_is_an_attribute_error() -> None:
    import keras_tuner

    assert not hasattr(keras_tuner, "Nonsense")
    with pytest.raises(AttributeError, match=r"has no keras_tuner\.Nonsense"):
        keras_tuner.Nonsense  # noqa: B018


def test_the_alias_loads_neither_keras_nor_numpy() -> None:
    code = (
        "import sys, keras_tuner as kt, kerastuner\n"
        "from keras_tuner.tuners import RandomSearch\n"
        "from keras_tuner.engine.hyperparameters import HyperParameters\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = fresh(code)
    assert not {"keras", "tensorflow", "numpy", "textual"} & set(done.stdout.split()), done.stderr


def test_it_does_not_mix_with_the_real_package(monkeypatch: pytest.MonkeyPatch) -> None:
    alias.uninstall()
    real = ModuleType("keras_tuner")
    real.__dict__.update(__version__="1.4.7", __file__="/somewhere/keras_tuner/__init__.py")
    monkeypatch.setitem(sys.modules, "keras_tuner", real)
    with pytest.raises(TunerError, match=r"keras_tuner 1\.4\.7 was imported already \(from /somewhere/"):
        alias.install()
    assert not alias.is_installed()


def test_installing_twice_is_once_and_uninstalling_ends_it() -> None:
    alias.install()
    import keras_tuner

    assert keras_tuner is sys.modules["keras_tuner"]
    alias.uninstall()
    assert not alias.is_installed()
    assert "keras_tuner" not in sys.modules
    alias.uninstall()


def test_pickled_objects_do_not_need_the_alias() -> None:
    import pickle

    from keras_tuner import HyperParameters

    hp = HyperParameters()
    hp.Int("units", 1, 3)
    stored = pickle.dumps(hp.get_config())
    alias.uninstall()
    assert tui_tuner.HyperParameters.from_config(pickle.loads(stored)).get("units") == 1
