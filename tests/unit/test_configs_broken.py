"""Configs broken in many ways: each gives one clear message with the line, the key and what to write instead."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tui_tuner.configs.load import load_config
from tui_tuner.errors import ConfigError

MODEL = "def build_model(hp): ...\ndef load(): ...\nfactory = build_model\n"
HEAD = "model: model.py:build_model\ndata:\n  csv: rows.csv\n  target: label\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "wrong.py").write_text("x = 1\ndef build(:\n")
    (tmp_path / "rows.csv").write_text("label,age,colour\n0,1.5,red\n1,2.5,blue\n")
    (tmp_path / "semicolons.csv").write_text("label;age\n0;1\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "image.csv").write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe")
    (tmp_path / "text.npz").write_text("no archive")
    (tmp_path / "text.csv.gz").write_text("label,age\n0,1\n")
    np.savez(tmp_path / "ab.npz", a=np.zeros(3), b=np.zeros(3))
    np.savez(tmp_path / "xy.npz", x=np.zeros((3, 2)), y=np.zeros(3))
    (tmp_path / "taken").write_text("a file where a folder is wanted")
    return tmp_path


@dataclass(frozen=True)
class Broken:
    """A config and what its message has to say. Without a `line` the message has none."""

    text: str
    line: int | None
    key: str
    says: str
    hint: str = ""


CASES = {
    # Names
    "unknown key at the top": Broken(HEAD + "serch: {}\n", 5, "serch", "unknown key", "'search'"),
    "unknown key in a section": Broken(HEAD + "search:\n  max_trial: 3\n", 6, "search.max_trial", "", "'max_trials'"),
    "key with hyphens": Broken(HEAD + "search:\n  max-trials: 3\n", 6, "search.max-trials", "", "'max_trials'"),
    "key of another section": Broken(HEAD + "epochs: 3\n", 5, "epochs", "unknown key", "'fit.epochs'"),
    "key of the wrong section": Broken(
        HEAD + "search:\n  batch_size: 3\n", 6, "search.batch_size", "", "'fit.batch_size'"
    ),
    "top-level key in a section": Broken(
        HEAD + "search:\n  callbacks: {}\n", 6, "search.callbacks", "", "at the top level"
    ),
    "unknown key lists the valid ones": Broken(HEAD + "run:\n  xyz: 1\n", 6, "run.xyz", "one of executor, address"),
    "unknown data source": Broken(
        "model: dense\ndata:\n  cvs: rows.csv\n  target: label\n", 3, "data.cvs", "", "'csv'"
    ),
    "unknown key of an objective": Broken(
        HEAD + "search:\n  objective:\n    nam: loss\n", 7, "search.objective.nam", "", "'name'"
    ),
    "unknown tuner": Broken(
        HEAD + "search:\n  tuner: bayesan\n",
        6,
        "search.tuner",
        "bayesian, evolution, grid, hyperband, random, sobol",
        "'bayesian'",
    ),
    "tuner in capitals": Broken(HEAD + "search: {tuner: Random}\n", 5, "search.tuner", "found 'Random'", "'random'"),
    "unknown executor": Broken(HEAD + "run:\n  executor: procces\n", 6, "run.executor", "", "'process'"),
    "unknown sklearn data": Broken("model: dense\ndata:\n  sklearn: iriss\n", 3, "data.sklearn", "wine", "'iris'"),
    "unknown direction": Broken(
        HEAD + "search:\n  objective: {name: loss, direction: maxi}\n",
        6,
        "search.objective.direction",
        "min or max",
        "max",
    ),
    "unknown callback": Broken(
        HEAD + "callbacks:\n  early_stoping: true\n",
        6,
        "callbacks.early_stoping",
        "unknown callback",
        "'early_stopping'",
    ),
    "misspelt Keras callback": Broken(
        HEAD + "callbacks:\n  TerminateOnNan2: true\n", 6, "callbacks.TerminateOnNan2", "", "'TerminateOnNaN'"
    ),
    "callback without what it needs": Broken(
        HEAD + "callbacks:\n  CSVLogger: true\n", 6, "callbacks.CSVLogger", "argument filename", "{filename: ...}"
    ),
    "unknown callback argument": Broken(
        HEAD + "callbacks:\n  early_stopping:\n    patince: 3\n",
        7,
        "callbacks.early_stopping.patince",
        "",
        "'patience'",
    ),
    # Missing
    "no model": Broken(
        "data:\n  csv: rows.csv\n  target: label\n", 1, "model", "missing", "(`dense` for tables, `conv` for images)."
    ),
    "no data": Broken("model: dense\n", 1, "data", "missing", "Exactly one of csv, parquet, npz, sklearn and loader"),
    "no data source": Broken("model: dense\ndata:\n  target: label\n", 2, "data", "csv, parquet, npz, sklearn, loader"),
    "two data sources": Broken(HEAD + "  sklearn: iris\n", 5, "data.sklearn", "only one of csv, sklearn"),
    "no target": Broken("model: dense\ndata:\n  csv: rows.csv\n", 2, "data", "target is missing", "target: COLUMN"),
    "objective without a name": Broken(
        HEAD + "search:\n  objective:\n    direction: min\n", 6, "search.objective.name", "missing"
    ),
    # Kinds
    "text for a number": Broken(
        HEAD + "search:\n  max_trials: ten\n", 6, "search.max_trials", "whole number, found 'ten'"
    ),
    "a quoted number": Broken(
        HEAD + "search:\n  max_trials: '10'\n", 6, "search.max_trials", "whole number, found '10'"
    ),
    "a fraction of trials": Broken(
        HEAD + "search:\n  max_trials: 2.5\n", 6, "search.max_trials", "whole number, found 2.5"
    ),
    "true for a number": Broken(HEAD + "fit:\n  epochs: yes\n", 6, "fit.epochs", "a whole number, found yes"),
    "no value": Broken(HEAD + "fit:\n  epochs:\n", 6, "fit.epochs", "a whole number, found nothing"),
    "section given twice": Broken(HEAD + "data:\n", 5, "", "'data' is given twice, first in line 2"),
    "number for true": Broken(HEAD + "  standardize: 1\n", 5, "data.standardize", "true or false, found 1"),
    "text for true": Broken(HEAD + "  standardize: maybe\n", 5, "data.standardize", "true or false, found 'maybe'"),
    "text for a list": Broken(HEAD + "  drop: colour\n", 5, "data.drop", "a list, such as [a, b], found 'colour'"),
    "number in a list": Broken(HEAD + "  drop:\n    - colour\n    - 3\n", 7, "data.drop.1", "expected text, found 3"),
    "neither true nor a list": Broken(HEAD + "  one_hot: 3\n", 5, "data.one_hot", "true or false or a list"),
    "a list for a section": Broken(HEAD + "fit: [1, 2]\n", 5, "fit", "a mapping (key: value), found a list"),
    "name that YAML reads as false": Broken("name: no\n" + HEAD, 1, "name", "text, found no", "YAML reads it as false"),
    "name that YAML reads as a date": Broken("name: 2024-05-01\n" + HEAD, 1, "name", "", "as a date: put it in quotes"),
    "name that YAML reads as a number": Broken("name: 7\n" + HEAD, 1, "name", "", "as a number: put it in quotes"),
    "resource that Ray calls otherwise": Broken(
        HEAD + "run:\n  executor: ray\n  resources: {gpus: 1}\n",
        7,
        "run.resources.gpus",
        "no resource of Ray",
        "'num_gpus'",
    ),
    "GPUs of a Ray cluster": Broken(
        HEAD + "run:\n  executor: ray\n  gpus: [0]\n", 7, "run.gpus", "does not apply to the executor ray", "ray start"
    ),
    "an address without Ray": Broken(
        HEAD + "run:\n  address: auto\n", 6, "run.address", "applies to the executor ray only"
    ),
    "a function for resources that is not there": Broken(
        HEAD + "run:\n  executor: ray\n  trial_resources: model.py:bild_model\n",
        7,
        "run.trial_resources",
        "model.py has no bild_model",
        "'build_model'",
    ),
    "text for workers": Broken(HEAD + "run:\n  workers: two\n", 6, "run.workers", "auto or a whole number"),
    "number for a callback": Broken(
        HEAD + "callbacks:\n  tensorboard: 3\n", 6, "callbacks.tensorboard", "true or false or"
    ),
    "class weight by name": Broken(
        HEAD + "fit:\n  class_weight:\n    red: 2\n", 7, "fit.class_weight.red", "whole number as the key"
    ),
    # Ranges
    "no trials": Broken(HEAD + "search:\n  max_trials: 0\n", 6, "search.max_trials", "at least 1, found 0"),
    "negative seed": Broken(HEAD + "search:\n  seed: -1\n", 6, "search.seed", "at least 0, found -1"),
    "test_size of 1": Broken(HEAD + "  test_size: 1\n", 5, "data.test_size", "less than 1, found 1"),
    "test_size in percent": Broken(HEAD + "  test_size: 20\n", 5, "data.test_size", "less than 1, found 20"),
    "negative validation_split": Broken(
        HEAD + "fit:\n  validation_split: -0.1\n", 6, "fit.validation_split", "at least 0"
    ),
    "infinite alpha": Broken(HEAD + "search:\n  alpha: .inf\n", 6, "search.alpha", "finite number, found .inf"),
    "a seed of nanoseconds": Broken(
        HEAD + "search:\n  seed: 5000000000\n", 6, "search.seed", "at most 4294967295, found 5000000000"
    ),
    "no workers": Broken(HEAD + "run:\n  workers: 0\n", 6, "run.workers", "auto or at least 1, found 0"),
    # Keys that do not go together
    "val objective without validation": Broken(
        HEAD + "search:\n  objective: val_loss\nfit:\n  validation_split: 0\n",
        8,
        "fit.validation_split",
        "val_loss",
        "0.2",
    ),
    "val objective on an archive without validation": Broken(
        "model: dense\ndata:\n  npz: xy.npz\nfit: {validation_split: 0}\n", 4, "fit.validation_split", "", "x_val"
    ),
    "target among the dropped": Broken(HEAD + "  drop: [label]\n", 5, "data.drop", "leaves out the target 'label'"),
    "target among the encoded": Broken(HEAD + "  one_hot: [label]\n", 5, "data.one_hot", "label is encoded by itself"),
    "target without a table": Broken(
        "model: dense\ndata:\n  sklearn: iris\n  target: label\n",
        4,
        "data.target",
        "csv and parquet only, not to sklearn",
    ),
    "bayesian argument for random": Broken(
        HEAD + "search:\n  tuner: random\n  beta: 2.6\n", 7, "search.beta", "bayesian only, not to random"
    ),
    "argument of Optuna for random": Broken(
        HEAD + "search:\n  tuner: random\n  sampler_arguments: {n_startup_trials: 5}\n",
        7,
        "search.sampler_arguments",
        "applies to Optuna's samplers only, not to random",
    ),
    "population for bayesian": Broken(
        HEAD + "search:\n  tuner: bayesian\n  population_size: 5\n",
        7,
        "search.population_size",
        "applies to the tuner evolution only, not to bayesian",
    ),
    "tournament larger than the population": Broken(
        HEAD + "search:\n  tuner: evolution\n  population_size: 5\n  tournament_size: 6\n",
        8,
        "search.tournament_size",
        "more than the population_size of 5",
    ),
    "auto without a number of trials": Broken(
        HEAD + "search:\n  tuner: auto\n  max_trials: null\n", 7, "search.max_trials", "needs a number of trials"
    ),
    "sampler that Optuna does not have": Broken(
        HEAD + "search:\n  tuner: optuna.TPE\n", 6, "search.tuner", "found 'optuna.TPE'", "'optuna.TPESampler'"
    ),
    "four objectives": Broken(
        HEAD + "search:\n  objective: [loss, accuracy, mae, mse]\n", 6, "search.objective", "has two or three"
    ),
    "mistake in one of several objectives": Broken(
        HEAD + "search:\n  objective:\n    - loss\n    - {nam: accuracy}\n", 8, "search.objective.1.nam", "", "'name'"
    ),
    "several objectives for evolution": Broken(
        HEAD + "search:\n  tuner: evolution\n  objective: [loss, accuracy]\n",
        7,
        "search.objective",
        "several objectives are for the tuners auto, bayesian, grid, random, sobol only, not for evolution",
    ),
    "an objective twice": Broken(
        HEAD + "search:\n  objective: [loss, loss]\n", 6, "search.objective", "an objective is there twice"
    ),
    "a measure as the score": Broken(
        HEAD + "search:\n  objective: [parameters, loss]\n",
        6,
        "search.objective",
        "parameters is measured when a trial is over",
        "another objective be the first",
    ),
    "warm start for random": Broken(
        HEAD + "search:\n  tuner: random\n  warm_start: searches/a\n", 7, "search.warm_start", "bayesian and auto only"
    ),
    "warm start from a number": Broken(HEAD + "search:\n  warm_start: 3\n", 6, "search.warm_start", "found 3"),
    "no constraint": Broken(
        HEAD + "search:\n  constraints: ['parameters < 2e6']\n",
        6,
        "search.constraints.0",
        "expected NAME <= NUMBER or NAME >= NUMBER, found 'parameters < 2e6'",
        "epoch_time <= 3",
    ),
    "constraint without a number": Broken(
        HEAD + "search:\n  constraints:\n    - loss <= 1\n    - epoch_time <= 3s\n",
        8,
        "search.constraints.1",
        "found 'epoch_time <= 3s'",
    ),
    "costs for random": Broken(
        HEAD + "search:\n  tuner: random\n  cost_aware: true\n", 7, "search.cost_aware", "bayesian and auto only"
    ),
    "hyperband argument for grid": Broken(
        HEAD + "search:\n  tuner: grid\n  factor: 3\n", 7, "search.factor", "hyperband only, not to grid"
    ),
    "hyperband with a number of trials": Broken(
        HEAD + "search:\n  tuner: hyperband\n  max_trials: 20\n",
        7,
        "search.max_trials",
        "follow from max_epochs",
    ),
    "hyperband with two numbers of epochs": Broken(
        HEAD + "search: {tuner: hyperband, max_epochs: 9}\nfit:\n  epochs: 20\n",
        7,
        "fit.epochs",
        "search.max_epochs says 9, and this says 20",
        "Give one",
    ),
    "hyperband with a factor of one": Broken(
        HEAD + "search:\n  tuner: hyperband\n  factor: 1\n", 7, "search.factor", "expected at least 2, found 1"
    ),
    "random search without an end": Broken(
        HEAD + "search:\n  tuner: random\n  max_trials: null\n", 7, "search.max_trials", "needs a number of trials"
    ),
    "several inline workers": Broken(
        HEAD + "run:\n  executor: inline\n  workers: 2\n", 7, "run.workers", "one trial at a time"
    ),
    "objective of unknown direction": Broken(
        HEAD + "search:\n  objective: val_goodness\n", 6, "search.objective", "less or more", "direction: max"
    ),
    # Files, columns and functions
    "model file missing": Broken(
        HEAD.replace("model.py", "modle.py"), 1, "model", "there is no file", "Did you mean 'model.py'?"
    ),
    "function missing": Broken(
        HEAD.replace(":build_model", ":bild_model"), 1, "model", "model.py has no bild_model", "'build_model'"
    ),
    "model without a function": Broken(
        HEAD.replace(":build_model", ""), 1, "model", "file.py:function", "model.py:build_model"
    ),
    "model file broken": Broken(HEAD.replace("model.py", "wrong.py"), 1, "model", "wrong.py, line 2: "),
    "unknown ready-made model": Broken(
        HEAD.replace("model.py:build_model", "dens"), 1, "model", "conv, dense", "'dense'"
    ),
    "model package missing": Broken(
        HEAD.replace("model.py:build_model", "nopackage.models:build"),
        1,
        "model",
        "no package nopackage",
        "file.py:function",
    ),
    "model from a pickle": Broken(HEAD.replace("model.py:build_model", "pickle:/tmp/x"), 1, "model", "pickle"),
    "loader missing": Broken("model: dense\ndata:\n  loader: model.py:lod\n", 3, "data.loader", "no lod", "'load'"),
    "loader that is a ready-made model": Broken(
        "model: dense\ndata:\n  loader: dense\n", 3, "data.loader", "file.py:function"
    ),
    "data file missing": Broken(HEAD.replace("rows.csv", "row.csv"), 3, "data.csv", "there is no file", "'rows.csv'"),
    "data file is a folder": Broken(HEAD.replace("rows.csv", "."), 3, "data.csv", "is a directory"),
    "data file empty": Broken(HEAD.replace("rows.csv", "empty.csv"), 3, "data.csv", "empty.csv is empty"),
    "data file is no text": Broken(HEAD.replace("rows.csv", "image.csv"), 3, "data.csv", "no CSV text"),
    "data file with semicolons": Broken(
        HEAD.replace("rows.csv", "semicolons.csv"), 3, "data.csv", "not separated by commas", "data.loader"
    ),
    "archive that is none": Broken("model: dense\ndata:\n  npz: text.npz\n", 3, "data.npz", "no NumPy archive"),
    "archive with other arrays": Broken("model: dense\ndata:\n  npz: ab.npz\n", 3, "data.npz", "found a, b"),
    "compressed file that is none": Broken(
        HEAD.replace("rows.csv", "text.csv.gz"), 3, "data.csv", "text.csv.gz cannot be read: Not a gzipped file"
    ),
    "target column missing": Broken(
        HEAD.replace("label", "lable"), 4, "data.target", "rows.csv has no column 'lable'", "'label'"
    ),
    "dropped column missing": Broken(
        HEAD + "  drop:\n    - age\n    - color\n", 7, "data.drop.1", "expected one of label, age, colour", "'colour'"
    ),
    "encoded column missing": Broken(
        HEAD + "  one_hot: [color]\n", 5, "data.one_hot.0", "no column 'color'", "'colour'"
    ),
    "directory that is a file": Broken(HEAD + "search:\n  directory: taken\n", 6, "search.directory", "is a file"),
    "project name that leaves its folder": Broken(
        HEAD + "search:\n  project_name: ../x\n", 6, "search.project_name", "without slashes, found '../x'"
    ),
    "project name of dots": Broken(
        HEAD + "search:\n  project_name: ..\n", 6, "search.project_name", "plain folder name"
    ),
    "name that is no folder name": Broken(
        "name: a/b\n" + HEAD, 1, "name", "plain folder name, without slashes, found 'a/b'"
    ),
    "name that is a number": Broken("name: 3\n" + HEAD, 1, "name", "expected text, found 3", "put it in quotes"),
    "name that is a list": Broken("name: [a]\n" + HEAD, 1, "name", "expected text, found a list"),
    "key that is no text": Broken(
        HEAD + "search:\n  objective: {name: loss, 3: 1}\n", 6, "search.objective.3", "expected text as each key"
    ),
    "number of too many digits": Broken(
        HEAD + f"fit:\n  verbose: {'9' * 26}\n", 6, "fit.verbose", "expected a whole number of fewer digits"
    ),
    "project name of 300 bytes": Broken(
        HEAD + f"search:\n  project_name: {'x' * 300}\n", 6, "search.project_name", "at most 200 bytes"
    ),
    # YAML
    "empty": Broken("", None, "", "the file is empty", "model and data"),
    "only comments": Broken("# nothing\n", None, "", "the file is empty"),
    "a list": Broken("- a\n- b\n", 1, "", "expected a mapping (key: value), found a list"),
    "a word": Broken("titanic\n", 1, "", "expected a mapping (key: value), found 'titanic'"),
    "key given twice": Broken(HEAD + "name: a\nname: b\n", 6, "", "'name' is given twice, first in line 5", "Keep one"),
    "tab": Broken(HEAD + "search:\n\tseed: 3\n", 6, "", "a tab stands where YAML wants spaces", "spaces"),
    "bracket not closed": Broken(HEAD + "name: [a\nrun: {}\n", 6, "", "not valid YAML", "bracket is not closed"),
    "colon in a value": Broken(HEAD + "name: a: b\n", 5, "", "not valid YAML", "quotes"),
    "colon missing": Broken(HEAD + "name\nrun: {}\n", 6, "", "not valid YAML", "line above"),
    "two documents": Broken(HEAD + "---\n" + HEAD, 5, "", "a second document", "three dashes"),
    "unknown tag": Broken(HEAD + "name: !!python/object:os.system x\n", 5, "", "the tag", "plain values"),
    "tagged mapping": Broken(HEAD + "run: !!set {a, b}\n", 5, "", "the tag"),
    "list as a key": Broken(HEAD + "? [a, b]\n: c\n", 5, "", "expected a plain key"),
    "alias to itself": Broken(HEAD + "run: &a\n  workers: *a\n", 6, "", "an alias contains itself"),
    "unknown alias": Broken(HEAD + "run: *nowhere\n", 5, "", "not valid YAML"),
    "impossible date": Broken("name: 2024-13-45\n" + HEAD, 1, "", "is no valid timestamp", "quotes"),
    "tag that does not fit": Broken(HEAD + "name: !!bool x\n", 5, "", "is no valid bool", "quotes"),
    "tag of nothing": Broken(HEAD + "fit: {epochs: !!int ''}\n", 5, "", "is no valid int"),
    "directory with a NUL": Broken(HEAD + 'search: {directory: "a\\0b"}\n', 5, "search.directory", "U+0000"),
    "home of nobody": Broken(HEAD.replace("rows.csv", "~nobody-here/a.csv"), 3, "data.csv", "there is no file"),
    "escape character": Broken(HEAD + "name: a\x1b[31mb\n", 5, "", "U+001B is not allowed"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_one_clear_message(case: Broken, folder: Path) -> None:
    (folder / "search.yaml").write_text(case.text)
    with pytest.raises(ConfigError) as caught:
        load_config("search.yaml")
    error = caught.value
    start = f"search.yaml, line {case.line}: " if case.line is not None else "search.yaml: "
    assert error.message.startswith(f"{start}{case.key}: " if case.key else start)
    assert "\n" not in error.message
    assert case.says in error.message
    assert case.hint in error.hint
    assert str(error).isprintable() or str(error).replace("\n", "").isprintable()


def test_there_are_at_least_forty_ways() -> None:
    assert len(CASES) >= 40


def test_several_mistakes_are_listed_one_a_line_in_the_order_of_the_file(folder: Path) -> None:
    (folder / "search.yaml").write_text(
        HEAD + "serch: {}\nfit:\n  epochs: 0\n  batch: 3\nrun:\n  workers: no\n  executor: x\nname: 3\nx: 1\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_config("search.yaml")
    lines = caught.value.message.splitlines()
    assert lines[0] == "The config has 7 mistakes:"
    assert [line.split(", ")[1].partition(":")[0] for line in lines[1:-1]] == [f"line {n}" for n in (5, 7, 8, 10, 11)]
    assert lines[1].endswith("serch: unknown key. Did you mean 'search'?")
    assert lines[-1].strip() == "... and 2 more"


def test_mistakes_of_the_disk_are_listed_together(folder: Path) -> None:
    (folder / "search.yaml").write_text(HEAD.replace("build_model", "buildmodel").replace("label", "lable"))
    with pytest.raises(ConfigError) as caught:
        load_config("search.yaml")
    assert "line 1: model: model.py has no buildmodel. Did you mean 'build_model'?" in caught.value.message
    assert "line 4: data.target: rows.csv has no column 'lable'. Did you mean 'label'?" in caught.value.message


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (b"name: \xff\xfe\n", ", line 1", "no text in UTF-8"),
        (b"model: dense\nname: caf\xe9\n", ", line 2", "no text in UTF-8"),
        (b"SQLite format 3\x00\x10\x00", "", "binary file"),
        (b"x" * (1 << 20) + b"x", "", "more than 1048576 bytes"),
        (b"a: " + b"[" * 3000, "", "nested too deeply"),
        (
            b"a: &a [" + b"1," * 300 + b"]\nb: &b [" + b"*a," * 300 + b"]\nc: [" + b"*b," * 300 + b"]\n",
            ", line",
            "values",
        ),
    ],
    ids=["utf-16 mark", "latin-1", "binary", "huge", "deep", "exploding aliases"],
)
def test_files_that_are_no_configs(content: bytes, line: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "search.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert caught.value.message.startswith(f"{path}{line}")
    assert says in caught.value.message


def test_a_missing_file_names_the_nearest_one(folder: Path) -> None:
    (folder / "titanic.yaml").write_text(HEAD)
    with pytest.raises(ConfigError) as caught:
        load_config("titanc.yaml")
    assert caught.value.message == "titanc.yaml: there is no such file"
    assert caught.value.hint == "Did you mean 'titanic.yaml'?"


@pytest.mark.parametrize("name", ["nowhere/search.yaml", "a\0b.yaml", "model.py/search.yaml"])
def test_paths_that_cannot_be_opened(name: str, folder: Path) -> None:
    with pytest.raises(ConfigError):
        load_config(name)


def test_a_directory_is_no_config(folder: Path) -> None:
    with pytest.raises(ConfigError, match="this is a directory, expected a YAML file"):
        load_config(folder)


def test_a_data_file_that_lies_in_the_current_directory_is_pointed_out(folder: Path) -> None:
    (folder / "deeper").mkdir()
    (folder / "deeper" / "search.yaml").write_text(HEAD.replace("model.py:build_model", "dense"))
    with pytest.raises(ConfigError) as caught:
        load_config("deeper/search.yaml")
    assert "There is one in the current directory" in caught.value.hint


def test_control_characters_of_a_config_do_not_reach_the_terminal(folder: Path) -> None:
    (folder / "search.yaml").write_text(HEAD + 'run: {workers: "\\e[31mred"}\n"a\\e]0;b": 1\n')
    with pytest.raises(ConfigError) as caught:
        load_config("search.yaml")
    assert "\x1b" not in str(caught.value)
