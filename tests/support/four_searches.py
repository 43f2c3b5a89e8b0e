"""A search with each of the four tuners, by KerasTuner or by tui-tuner: the same script but for the import.

In tui-tuner's random search and in its Hyperband a person asks for the first configuration, and in the random search
for some values of `units` only.

Run as a script it begins the searches, or goes on with those that are there, and writes what it saw as JSON:

    python four_searches.py keras_tuner begin REPORT FOLDER
    python four_searches.py tui_tuner go-on REPORT FOLDER...

The random search is interrupted in its third trial. In tui-tuner's Bayesian search the first trial is skipped. A folder
may hold a fifth search, `config`, which a config file began.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

KINDS = ("random", "bayesian", "grid", "hyperband")

BEGUN = 3
"""Trials that each search has when it was begun."""

WANTED = 4
"""Trials that each search is to have when it has gone on."""

HYPERBAND_TRIALS = 5
"""Trials of the Hyperband search, which has no limit when it goes on."""

SKIPPED = "0"

ASKED_FOR = {"random": "0", "hyperband": "0"}
"""The trials that a person asked for, by kind of search."""

WISH = {"units": 4, "rate": 0.02}


def build(hp: Any) -> Any:
    """A tiny classifier of irises."""
    import keras

    layers = [keras.Input((4,)), keras.layers.Dense(hp.Choice("units", [2, 4, 8]), activation="relu")]
    deep = hp.Boolean("deep")
    with hp.conditional_scope("deep", [True]):
        more = hp.Int("more", 2, 6)
    if deep:
        layers.append(keras.layers.Dense(more, activation="relu"))
    model = keras.Sequential([*layers, keras.layers.Dense(3, activation="softmax")])
    model.compile(
        keras.optimizers.SGD(hp.Float("rate", 1e-3, 1e-1, sampling="log")),
        loss="sparse_categorical_crossentropy",
        metrics=[certainty],
        run_eagerly=True,  # tracing would take longer than training
    )
    return model


def certainty(labels: Any, predicted: Any) -> Any:
    """A metric whose name does not tell its direction, and that is hardly ever the same for two models."""
    import keras

    return keras.ops.max(predicted, axis=-1)


def irises() -> tuple[Any, Any]:
    from sklearn.datasets import load_iris

    x, y = load_iris(return_X_y=True)
    return x[::3], y[::3]


def tuner(kt: Any, kind: str, folder: str, trials: int) -> Any:
    """A tuner that has at most this many trials."""
    common = {"directory": folder, "project_name": kind, "seed": 5}
    if kind == "hyperband":
        made = kt.Hyperband(build, kt.Objective("val_certainty", "max"), max_epochs=2, factor=2, **common)
        made.oracle.max_trials = None if trials == WANTED else trials
        return made
    if kind == "bayesian":
        limits = {"max_trials": trials, "num_initial_points": 2, "tuner_id": "mine"}
        return kt.BayesianOptimization(build, "val_loss", **limits, **common)
    kinds = {"random": kt.RandomSearch, "grid": kt.GridSearch, "config": kt.RandomSearch}
    return kinds[kind](build, "val_loss", max_trials=trials, **common)


def state(made: Any) -> dict[str, Any]:
    """All trials, the best one, and what its model predicts."""
    trials = made.oracle.trials
    best = made.oracle.get_best_trials(1)[0]
    return {
        "trials": {key: {"status": str(trials[key].status), "score": trials[key].score} for key in sorted(trials)},
        "values": {key: dict(trials[key].hyperparameters.values) for key in trials},
        "best": best.trial_id,
        "best_values": made.get_best_hyperparameters(1)[0].values,
        "prediction": made.get_best_models(1)[0].predict(irises()[0][:3], verbose=0).tolist(),
    }


def search(made: Any, *callbacks: Any) -> None:
    x, y = irises()
    made.search(x, y, validation_data=(x, y), epochs=2, batch_size=64, verbose=0, callbacks=list(callbacks))


def interrupting(trial: int) -> Any:
    """A callback that interrupts the search in the middle of this trial, counted from 1."""
    import keras

    class Interrupting(keras.callbacks.Callback):  # type: ignore[misc]
        begun = [0]

        def __deepcopy__(self, memo: object) -> Interrupting:
            return self

        def on_train_begin(self, logs: object = None) -> None:
            self.begun[0] += 1

        def on_epoch_end(self, epoch: int, logs: object = None) -> None:
            if self.begun[0] == trial:
                raise KeyboardInterrupt

    return Interrupting()


def skipping(root: Path) -> Any:
    """A callback that asks the engine to skip the first trial, and waits until it has heard."""
    import time

    import keras

    from tui_tuner.engine.commands import Command, CommandKind
    from tui_tuner.engine.journal import Journal
    from tui_tuner.engine.reader import SearchReader

    class Skipping(keras.callbacks.Callback):  # type: ignore[misc]
        asked = [False]

        def __deepcopy__(self, memo: object) -> Skipping:
            return self

        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            if self.asked[0]:
                return
            self.asked[0] = True
            journal = Journal(root)
            SearchReader(root).send(Command(CommandKind.SKIP, SKIPPED))
            deadline = time.monotonic() + 20
            while all(entry.kind != "command_answered" for entry in journal.new()):
                if time.monotonic() > deadline:
                    raise RuntimeError("the engine does not answer")
                time.sleep(0.02)

    return Skipping()


def begin(kt: Any, kind: str, folder: str) -> dict[str, Any]:
    made = tuner(kt, kind, folder, BEGUN)
    if kt.__name__ == "tui_tuner" and kind in ASKED_FOR:
        made.oracle.enqueue(WISH)
    if kt.__name__ == "tui_tuner" and kind == "random":
        made.oracle.limit("units", values=[4, 8])
    if kind == "random":
        try:
            search(made, interrupting(BEGUN))
        except KeyboardInterrupt:
            pass
        else:
            raise RuntimeError("the search was not interrupted")
    elif kind == "bayesian" and kt.__name__ == "tui_tuner":
        search(made, skipping(Path(folder, kind)))
    else:
        search(made)
    return state(made)


def go_on(kt: Any, kind: str, folder: str) -> dict[str, Any]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made = tuner(kt, kind, folder, WANTED)
    found = state(made)
    search(made)
    return {"found": found, "warnings": [str(each.message) for each in caught], **state(made)}


def main(package: str, action: str, report: str, *folders: str) -> None:
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    import keras

    kt = importlib.import_module(package)
    said: dict[str, Any] = {"version": kt.__version__}
    for folder in folders:
        seen = said[Path(folder).name] = {}
        for kind in (*KINDS, *(["config"] if action == "go-on" and Path(folder, "config").is_dir() else [])):
            keras.utils.set_random_seed(3)
            seen[kind] = begin(kt, kind, folder) if action == "begin" else go_on(kt, kind, folder)
    Path(report).write_text(json.dumps(said), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
