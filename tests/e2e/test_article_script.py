"""The article's script, line by line, with real Keras: unchanged under `tui-tuner run`, and with our own import."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.view import SearchState, TrialState

DATA = Path(__file__).parents[2] / "sample_configs" / "data" / "titanic.csv"

SCRIPT = """
import sys

import pandas as pd

from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from tensorflow import keras

import keras_tuner


# Set random seed for reproducibility
SEED = 42
keras.utils.set_random_seed(SEED)

# Load the data
data = pd.read_csv(sys.argv[1])

# Preprocess the data
data = data.dropna()
data = pd.get_dummies(data)

# Split into features and target
X = data.drop("survived", axis=1)
y = data["survived"]

# Standardize the features
scaler = StandardScaler()
X = scaler.fit_transform(X)

# Split into training and test sets
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.2, random_state=SEED
)


def build_model(hp: keras_tuner.HyperParameters):
    model = keras.Sequential()

    hp_units = hp.Int("units", min_value=8, max_value=64, step=8)

    model.add(keras.layers.Dense(units=hp_units, activation="relu"))
    model.add(keras.layers.Dense(1, activation="sigmoid"))

    hp_learning_rate = hp.Choice("learning_rate", values=[1e-2, 1e-3, 1e-4])

    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=hp_learning_rate),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )

    return model


tuner = keras_tuner.BayesianOptimization(
    build_model,
    objective="val_accuracy",
    max_trials=5,
    seed=SEED,
    max_retries_per_trial=3,
    directory="random_search",
    project_name="titanic",
    overwrite=True,
)

# Summary of the search space
tuner.search_space_summary()

tuner.search(
    X_train,
    y_train,
    epochs=10,
    validation_split=0.2,
    callbacks=[keras.callbacks.TensorBoard("./random_search/tb_logs")],
)

# Get the best model
best_model = tuner.get_best_models(num_models=1)[0]
best_model.build(X_train.shape)

# Summary of the best model
best_model.summary()

tuner.results_summary()

# Evaluate the model on the test data
score = best_model.evaluate(X_test, y_test, verbose=0)

print("Test loss:", score[0])
print("Test accuracy:", score[1])
"""

SPACE = """\
Search space summary
Default search space size: 2
units (Int)
{'default': None, 'conditions': [], 'min_value': 8, 'max_value': 64, 'step': 8, 'sampling': 'linear'}
learning_rate (Choice)
{'default': 0.01, 'conditions': [], 'values': [0.01, 0.001, 0.0001], 'ordered': True}
"""

TRIAL = r"Trial (\d) summary\nHyperparameters:\nunits: (\d+)\nlearning_rate: (0\.01|0\.001|0\.0001)\nScore: ([\d.]+)\n"

LAST_TRIAL = (
    r"Trial 5 Complete \[00h 0\dm \d\ds\]\nval_accuracy: [\d.]+\n\n"
    r"Best val_accuracy So Far: 1\.0\nTotal elapsed time: 00h 0\dm \d\ds\n"
)


ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=["alias", "import"])
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder in which the script was run, and what it has printed."""
    folder = tmp_path_factory.mktemp("article")
    script = folder / "article.py"
    if request.param == "alias":
        script.write_text(SCRIPT, encoding="utf-8")
        command = [sys.executable, "-P", "-m", "tui_tuner.cli", "run", str(script), "--", str(DATA)]
    else:
        script.write_text(SCRIPT.replace("import keras_tuner\n", "import tui_tuner as keras_tuner\n"), encoding="utf-8")
        command = [sys.executable, str(script), str(DATA)]
    settings = {"PYTHONUTF8": "1", "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


@pytest.fixture
def folder(ran: tuple[Path, str]) -> Path:
    return ran[0]


@pytest.fixture
def output(ran: tuple[Path, str]) -> str:
    """What the script has printed."""
    return ran[1]


def test_the_search_space_is_summed_up_as_in_the_article(output: str) -> None:
    assert output.startswith(SPACE)


def test_the_search_reports_each_trial_and_finds_the_leak(output: str) -> None:
    assert re.findall(r"Trial (\d) Complete \[", output) == ["1", "2", "3", "4", "5"]
    assert re.search(LAST_TRIAL, output)


def test_the_results_are_summed_up_as_in_the_article(output: str) -> None:
    results = output[output.index("Results summary\n") : output.index("Test loss:")]
    heading = (
        "Results summary\n"
        "Results in random_search/titanic\n"
        "Showing 10 best trials\n"
        'Objective(name="val_accuracy", direction="max")\n'
    )
    assert re.fullmatch(re.escape(heading) + rf"(\n{TRIAL}){{5}}", results)
    trials = re.findall(TRIAL, results)
    scores = [float(score) for *_, score in trials]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == 1.0
    assert {trial_id for trial_id, *_ in trials} == set("01234")


def test_the_best_model_is_summed_up_and_evaluated(output: str) -> None:
    assert 'Model: "sequential"' in output
    units = int(re.findall(TRIAL, output)[0][1])
    assert f"Total params: {31 * units + units + 1:,}" in output
    accuracy = re.search(r"Test accuracy: ([\d.]+)\n", output)
    assert accuracy is not None
    assert float(accuracy[1]) > 0.9


def test_the_search_can_be_looked_at_afterwards(folder: Path) -> None:
    reader = SearchReader(folder / "random_search" / "titanic")
    view = reader.poll()
    assert view.state is SearchState.COMPLETED
    assert [trial.status for trial in view.trials.values()] == [TrialState.COMPLETED] * 5
    assert all(len(reader.epochs(trial_id)) == 10 for trial_id in view.trials)
    assert reader.model_summary("0") is not None
    boards = list((folder / "random_search" / "tb_logs").glob("*/execution0/train/events*"))
    assert len(boards) == 5
