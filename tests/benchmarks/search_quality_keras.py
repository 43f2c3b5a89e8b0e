"""Tasks of `search_quality.py` that train real networks with Keras, on the Titanic and on digits; run when named only.

What a configuration came to is kept in a folder of temporary files, by backend, and is not trained again: all values
are taken from few. The best known is the best that any search there came to, so regrets are to be read at the end, with
`--report`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.measure import ROOT
from benchmarks.search_quality_results import Results
from benchmarks.search_quality_tasks import Parameter, Task, Values

_EPOCHS = 8
_DRAWN = 30

_LAYERS = 3
_SPACE = (
    Parameter("layers", "int", 1, _LAYERS),
    *(
        Parameter(
            f"units{n}", "ordinal", choices=(8, 16, 32, 64, 128), parent=("layers", tuple(range(n + 1, _LAYERS + 1)))
        )
        for n in range(_LAYERS)
    ),
    Parameter("activation", "category", choices=("relu", "tanh", "gelu")),
    Parameter("dropout", "ordinal", choices=(0.0, 0.1, 0.2, 0.3, 0.4, 0.5)),
    Parameter("optimizer", "category", choices=("adam", "sgd", "rmsprop")),
    Parameter("momentum", "ordinal", choices=(0.0, 0.5, 0.9, 0.95), parent=("optimizer", ("sgd",))),
    Parameter("rate", "ordinal", choices=(1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)),
    Parameter("batch", "ordinal", choices=(16, 32, 64, 128)),
)


def keras_tasks() -> Iterator[Task]:
    for name in ("titanic", "digits"):
        training = Training(name)
        yield Task(name, "keras", False, _SPACE, training, None, unseen=True, reference=training.reference)


class Training:
    """Trains a network of one data set; the loss on what is held out, after the last epoch, is its score.

    Args:
        name: `titanic` or `digits`.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, values: Values) -> float:
        return self._known.get([self._name, sorted(values.items())], lambda: [self._trained(values)])[0]

    def reference(self) -> tuple[float, float]:
        """The best that is known, and the median of some random configurations."""
        rng = np.random.default_rng(7)
        task = Task(self._name, "keras", False, _SPACE, self, None)
        median = float(np.median([self(task.drawn(rng)) for _ in range(_DRAWN)]))
        return min(scores[0] for scores in self._known.all()), median

    @cached_property
    def _known(self) -> Results:
        import keras

        folder = Path(os.environ.get("TUI_TUNER_TRAINED", Path(tempfile.gettempdir()) / "tui_tuner_trained"))
        folder.mkdir(parents=True, exist_ok=True)
        return Results(folder / f"{self._name}_{keras.backend.backend()}.jsonl")

    @cached_property
    def _data(self) -> tuple[Any, Any, Any, Any]:
        from sklearn.model_selection import train_test_split

        if self._name == "digits":
            from sklearn.datasets import load_digits

            digits = load_digits()
            inputs, targets = digits.data / 16.0, digits.target
        else:
            import yaml

            from tui_tuner.configs.data import load_data
            from tui_tuner.configs.schema import DataConfig

            samples = ROOT / "sample_configs"
            given = yaml.safe_load((samples / "titanic.yaml").read_text(encoding="utf-8"))["data"]
            data = load_data(DataConfig.model_validate({**given, "csv": str(samples / given["csv"])}), 42)
            inputs, targets = np.asarray(data.x_train, dtype="float32"), np.asarray(data.y_train).astype(int).ravel()
        found: tuple[Any, Any, Any, Any] = tuple(
            train_test_split(inputs, targets, test_size=0.3, random_state=0, stratify=targets)
        )
        return found

    def _trained(self, values: Values) -> float:
        import keras

        x_train, x_held, y_train, y_held = self._data
        keras.utils.set_random_seed(0)
        layers: list[Any] = []
        for number in range(values["layers"]):
            layers.append(keras.layers.Dense(values[f"units{number}"], activation=values["activation"]))
            layers.append(keras.layers.Dropout(values["dropout"]))
        layers.append(keras.layers.Dense(int(y_train.max()) + 1, activation="softmax"))
        model = keras.Sequential(layers)
        if values["optimizer"] == "sgd":
            optimizer = keras.optimizers.SGD(values["rate"], momentum=values["momentum"])
        else:
            kind = keras.optimizers.Adam if values["optimizer"] == "adam" else keras.optimizers.RMSprop
            optimizer = kind(values["rate"])
        model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
        model.fit(x_train, y_train, batch_size=values["batch"], epochs=_EPOCHS, verbose=0)
        loss = float(model.evaluate(x_held, y_held, verbose=0))
        keras.backend.clear_session()
        return loss if np.isfinite(loss) else 1e3
