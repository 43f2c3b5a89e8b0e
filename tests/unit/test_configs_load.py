"""Good configs: what is read, where paths start, what `--set` changes, and that a config survives being stored."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from tui_tuner.configs.assemble import plan_search
from tui_tuner.configs.keras_callbacks import callback_arguments, installed_arguments, installed_callbacks
from tui_tuner.configs.load import load_config
from tui_tuner.configs.schema import Config, DataConfig, FitConfig
from tui_tuner.configs.search_section import ObjectiveConfig
from tui_tuner.errors import ConfigError
from tui_tuner.oracles import oracle_names
from tui_tuner.oracles.optuna_sampler import SAMPLERS

SAMPLES = Path(__file__).parents[2] / "sample_configs"
CONFIG = """\
model: model.py:build_model
data:
  csv: data/rows.csv
  target: label
search:
  objective: val_accuracy
callbacks:
  early_stopping: {patience: 3}
"""


@pytest.fixture
def config_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config in `configs/`, while the current directory is another one."""
    folder = tmp_path / "configs"
    (folder / "data").mkdir(parents=True)
    (folder / "model.py").write_text("def build_model(hp): ...\ndef other(hp): ...\n")
    (folder / "data" / "rows.csv").write_text("label,age\n0,1\n1,2\n")
    (folder / "first.yaml").write_text(CONFIG)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    return folder / "first.yaml"


def test_paths_start_at_the_config_and_the_search_directory_at_the_current_one(config_file: Path) -> None:
    config = load_config(Path("../configs/first.yaml"))
    assert config.model == f"{config_file.parent}/model.py:build_model"
    assert config.data.csv == config_file.parent / "data" / "rows.csv"
    assert config.search.root == Path.cwd() / "searches" / "first"


def test_home_directories_are_expanded(config_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(config_file.parent))
    config = load_config(config_file, ["data.csv=~/data/rows.csv", "search.directory=~/results"])
    assert config.data.csv == config_file.parent / "data" / "rows.csv"
    assert config.search.directory == config_file.parent / "results"


def test_defaults(config_file: Path) -> None:
    config = load_config(config_file)
    assert config.name == "first"
    assert config.search.project_name == "first"
    assert config.search.tuner == "bayesian"
    assert (config.search.max_trials, config.search.max_consecutive_failed_trials) == (10, 3)
    assert config.fit.keyword_arguments() == {"epochs": 10, "validation_split": 0.2, "verbose": 2}
    assert (config.run.executor, config.run.workers) == ("process", "auto")
    assert config.data.seed == 0


def test_a_grid_has_no_limit_of_trials_unless_one_is_given(config_file: Path) -> None:
    assert load_config(config_file, ["search.tuner=grid"]).search.max_trials is None
    assert load_config(config_file, ["search.tuner=grid", "search.max_trials=5"]).search.max_trials == 5


@pytest.mark.parametrize("setting", ["search.max_epochs=27", "fit.epochs=27"])
def test_hyperband_and_fit_have_one_number_of_epochs(config_file: Path, setting: str) -> None:
    config = load_config(config_file, ["search.tuner=hyperband", "search.factor=2", setting])
    assert config.fit.epochs == 27
    assert config.tuner_arguments == {"max_epochs": 27, "factor": 2, "proposals": "model"}
    assert config.search.max_trials is None
    assert Config.model_validate_json(config.model_dump_json()) == config


def test_asha_has_a_limit_of_trials_and_as_many_epochs_as_fit(config_file: Path) -> None:
    config = load_config(config_file, ["search.tuner=asha", "fit.epochs=27", "search.proposals=random"])
    assert config.tuner_arguments == {"max_epochs": 27, "proposals": "random"}
    assert config.search.max_trials == 100


def test_several_objectives_are_names_or_mappings_and_the_first_one_is_the_score(config_file: Path) -> None:
    config = load_config(config_file, ["search.objective=[val_loss, {name: parameters, direction: min}, val_accuracy]"])
    assert [each.name for each in config.search.objectives] == ["val_loss", "parameters", "val_accuracy"]
    assert Config.model_validate_json(config.model_dump_json()) == config
    spec = plan_search(config).spec
    assert (spec.objective.name, [each.name for each in spec.other_objectives]) == (
        "val_loss",
        ["parameters", "val_accuracy"],
    )
    assert [each.direction for each in spec.other_objectives] == ["min", "max"]
    assert spec.measures == ("parameters",)


def test_configs_know_all_oracles(config_file: Path) -> None:
    for name in (*oracle_names(), "auto", *(f"optuna.{sampler}" for sampler in SAMPLERS)):
        assert load_config(config_file, [f"search.tuner={name}"]).search.tuner == name


def test_the_split_has_the_seed_of_the_search_unless_it_has_its_own(config_file: Path) -> None:
    assert load_config(config_file, ["search.seed=7"]).data.seed == 7
    assert load_config(config_file, ["search.seed=7", "data.seed=8"]).data.seed == 8


def test_the_objective_is_a_name_or_a_mapping(config_file: Path) -> None:
    assert load_config(config_file).search.objective == ObjectiveConfig(name="val_accuracy")
    config = load_config(config_file, ["search.objective={name: val_goodness, direction: max}"])
    assert config.search.objective == ObjectiveConfig(name="val_goodness", direction="max")


@pytest.mark.parametrize("text", ["1e-3", "1E-3", ".1e-2", "+1e-3", "0.001", "1.0e-03"])
def test_numbers_with_an_exponent_are_numbers(text: str, config_file: Path) -> None:
    config_file.write_text(CONFIG + f"  reduce_lr: {{min_lr: {text}}}\n")
    assert load_config(config_file).callbacks["reduce_lr"] == {"min_lr": 0.001}


@pytest.mark.parametrize("text", ["1e", "e3", "1e-3x", "'1e-3'", "1-3"])
def test_what_only_looks_like_a_number_is_text(text: str, config_file: Path) -> None:
    config_file.write_text(CONFIG + f"  ModelCheckpoint: {{filepath: {text}}}\n")
    assert load_config(config_file).callbacks["ModelCheckpoint"] == {"filepath": text.strip("'")}


def test_anchors_and_merges_work_as_in_yaml(config_file: Path) -> None:
    config_file.write_text(CONFIG.replace("search:", "search: &s") + "fit: &f {epochs: 3}\n")
    assert load_config(config_file).fit.epochs == 3
    config_file.write_text(
        CONFIG + "  reduce_lr: &a {patience: 2, factor: 0.5}\n  ReduceLROnPlateau:\n    <<: *a\n    patience: 4\n"
    )
    assert load_config(config_file).callbacks["ReduceLROnPlateau"] == {"patience": 4, "factor": 0.5}


def test_sections_and_callbacks_without_a_value_take_their_defaults(config_file: Path) -> None:
    config_file.write_text(CONFIG + "  tensorboard:\nfit:\nrun:\n  # workers: 2\n")
    config = load_config(config_file)
    assert config.fit == FitConfig()
    assert config.callbacks["tensorboard"] is True


def test_a_byte_order_mark_is_no_mistake(config_file: Path) -> None:
    config_file.write_text(CONFIG, encoding="utf-8-sig")
    assert load_config(config_file).name == "first"


@pytest.mark.parametrize(
    "source",
    [
        "from x import build_model",
        "import x as build_model",
        "build_model = object()",
        "build_model: int = 3",
        "class build_model: ...",
        "try:\n    from x import build_model\nexcept ImportError:\n    pass",
        "if True:\n    def build_model(hp): ...",
        "a, (build_model, b) = 1, (2, 3)",
        "from x import *",
    ],
)
def test_a_function_may_be_bound_in_any_way(source: str, config_file: Path) -> None:
    (config_file.parent / "model.py").write_text(source)
    load_config(config_file)


def test_the_model_file_is_not_run(config_file: Path) -> None:
    (config_file.parent / "model.py").write_text("def build_model(hp): ...\nraise SystemExit('was run')\n")
    load_config(config_file)


def test_compressed_tables_are_looked_into(config_file: Path) -> None:
    import gzip

    (config_file.parent / "rows.csv.gz").write_bytes(gzip.compress(b"label,age\n0,1\n"))
    load_config(config_file, ["data.csv=rows.csv.gz"])
    with pytest.raises(ConfigError, match="no column 'lable'"):
        load_config(config_file, ["data.csv=rows.csv.gz", "data.target=lable"])


# --set


def test_overrides_take_yaml_values_and_the_last_one_wins(config_file: Path) -> None:
    config = load_config(
        config_file,
        [
            "search.max_trials=3",
            "search.max_trials=20",
            "search.alpha=1e-3",
            "data.drop=[age]",
            "fit.class_weight={0: 1, 1: 2.5}",
            "model=model.py:other",
            "name=second = 2",
        ],
    )
    assert config.search.max_trials == 20
    assert config.search.alpha == 0.001
    assert config.data.drop == ("age",)
    assert config.fit.class_weight == {0: 1.0, 1: 2.5}
    assert config.model.endswith("model.py:other")
    assert config.name == "second = 2"


def test_an_override_reaches_into_short_forms(config_file: Path) -> None:
    overrides = ["search.objective.direction=min", "callbacks.tensorboard=true", "callbacks.tensorboard.update_freq=5"]
    config = load_config(config_file, overrides)
    assert config.search.objective == ObjectiveConfig(name="val_accuracy", direction="min")
    assert config.callbacks["tensorboard"] == {"update_freq": 5}


def test_an_override_can_take_a_key_away(config_file: Path) -> None:
    config = load_config(config_file, ["data.csv=null", "data.target=", "data.sklearn=iris"])
    assert config.data.source == "sklearn"


@pytest.mark.parametrize(
    ("override", "says", "hint"),
    [
        ("search.max_tria=3", "--set search.max_tria=3: search.max_tria: unknown key", "Did you mean 'max_trials'?"),
        ("serch.seed=3", "--set serch.seed=3: serch: unknown key", "Did you mean 'search'?"),
        ("seed=3", "--set seed=3: seed: unknown key", "Did you mean 'data.seed'?"),
        (
            "search.tuner=rand",
            "--set search.tuner=rand: search.tuner: expected auto, asha, bayesian, evolution, grid, hyperband, "
            "random, sobol, optuna.TPESampler, ",
            "'random'",
        ),
        ("search.max_trials=abc", "--set search.max_trials=abc: search.max_trials: expected a whole number", ""),
        ("fit.epochs.x=3", "fit.epochs: expected a whole number, found a mapping", ""),
        ("model.x=3", "--set model.x=3: model: has no keys: it is 'model.py:build_model'", "whole value"),
        ("search.max_trials", "--set search.max_trials: expected KEY=VALUE", "--set search.max_trials=20"),
        ("=3", "--set =3: expected KEY=VALUE", ""),
        ("search..seed=3", "expected KEY=VALUE", ""),
        ("data.drop=[a", "--set data.drop=[a: not valid YAML", ""),
        ("data.drop.0=age", "data.drop: expected a list", ""),
        ("model=nothing.py:f", "--set model=nothing.py:f: model: there is no file", ""),
        ("data.target=aeg", "--set data.target=aeg: data.target: rows.csv has no column 'aeg'", "'age'"),
    ],
)
def test_a_wrong_override_is_named_as_one(override: str, says: str, hint: str, config_file: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(config_file, [override])
    assert says in caught.value.message
    assert hint in caught.value.hint
    assert "\n" not in caught.value.message


# Stored and read again


def test_a_config_survives_being_stored_as_json(config_file: Path) -> None:
    config = load_config(
        config_file,
        ["fit.class_weight={0: 1, 1: 2}", "data.drop=[age]", "callbacks.tensorboard=true", "run.workers=2"],
    )
    assert Config.model_validate_json(config.model_dump_json()) == config
    assert Config.model_validate_json(json.dumps(config.model_dump(mode="json"))) == config


def test_a_section_survives_being_handed_over_as_json_values(config_file: Path) -> None:
    data = load_config(config_file, ["data.drop=[age]"]).data
    assert DataConfig.model_validate(json.loads(json.dumps(data.model_dump(mode="json")))) == data


def test_a_stored_config_is_read_without_its_files(config_file: Path) -> None:
    stored = load_config(config_file).model_dump_json()
    (config_file.parent / "data" / "rows.csv").unlink()
    (config_file.parent / "model.py").unlink()
    assert Config.model_validate_json(stored).data.target == "label"


def test_a_config_cannot_be_changed(config_file: Path) -> None:
    with pytest.raises(ValidationError):
        load_config(config_file).search.max_trials = 3


# Callbacks


def test_callbacks_watch_the_objective_unless_told_otherwise(config_file: Path) -> None:
    config = load_config(
        config_file,
        ["callbacks.reduce_lr={monitor: loss}", "callbacks.tensorboard=true", "callbacks.TerminateOnNaN=false"],
    )
    assert callback_arguments(config) == {
        "early_stopping": {"patience": 3, "monitor": "val_accuracy"},
        "reduce_lr": {"monitor": "loss"},
        "tensorboard": {},
    }


def test_a_given_direction_is_passed_on(config_file: Path) -> None:
    config = load_config(config_file, ["search.objective={name: val_goodness, direction: max}"])
    assert callback_arguments(config)["early_stopping"] == {"patience": 3, "monitor": "val_goodness", "mode": "max"}


def test_callbacks_of_the_installed_keras_are_known_without_importing_it() -> None:
    assert {"EarlyStopping", "ReduceLROnPlateau", "TensorBoard", "CSVLogger", "TerminateOnNaN"} <= set(
        installed_callbacks()
    )
    arguments = installed_arguments("EarlyStopping")
    assert arguments is not None
    assert {"monitor", "patience", "restore_best_weights"} <= set(arguments.names)
    assert arguments.required == ()


def test_an_argument_that_keras_would_swallow_is_told(config_file: Path) -> None:
    with pytest.raises(ConfigError, match=r"factr: unknown argument of ReduceLROnPlateau(.|\n)*Did you mean 'factor'"):
        load_config(config_file, ["callbacks.reduce_lr={factr: 0.5}"])
    load_config(config_file, ["callbacks.reduce_lr={factor: 0.5, min_lr: 1e-5}"])


def test_tensorboard_without_its_package_is_told_before_the_search(
    config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(ConfigError, match="needs the package tensorboard"):
        load_config(config_file, ["callbacks.tensorboard=true"])
    load_config(config_file, ["callbacks.tensorboard=false"])


# The samples


@pytest.mark.parametrize("name", ["titanic", "titanic_article"])
def test_the_samples_load(name: str) -> None:
    config = load_config(SAMPLES / f"{name}.yaml")
    assert config.name == name
    assert config.search.objectives[0].name == "val_accuracy"
    assert config.search.seed == 42
    assert config.fit.epochs == 10
    assert config.fit.validation_split == 0.2


def test_loading_a_config_loads_no_heavy_package() -> None:
    code = (
        "import sys; from tui_tuner.configs.load import load_config;"
        "from tui_tuner.configs.json_schema import json_schema;"
        f"load_config({str(SAMPLES / 'titanic.yaml')!r}); json_schema();"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"keras", "tensorflow", "numpy", "pandas", "sklearn", "scipy", "textual", "jsonschema", "cloudpickle"}
    assert heavy.isdisjoint(done.stdout.split())
