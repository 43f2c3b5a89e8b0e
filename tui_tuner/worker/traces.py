"""Training functions that were traced for an earlier model, used again for a model that differs only in its variables.

Tracing a small model takes as long as several epochs of it. Importing this imports Keras.
"""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import keras

from tui_tuner.worker.model_structure import UnusualModelError, check_usual, structure
from tui_tuner.worker.ready_batches import ReadyBatches
from tui_tuner.worker.summaries import weights_bytes

MOST_MODELS = 32
"""How many models are kept. It costs little: TensorFlow keeps the graphs of models that are gone, too."""

LARGEST_BYTES = 8 * 2**20
"""A model with more weights than this is not kept: tracing is a small part of its training."""


@dataclass(frozen=True)
class ReadyModel:
    """A model to be trained.

    Args:
        key: What its traced function depends on; `None` if it cannot be told, and the model is trained once.
    """

    model: Any
    key: str | None


class TracedModels:
    """The models that were trained last, for the sake of their traced functions. For one thread."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Any] = OrderedDict()

    def ready(self, model: Any, batches: ReadyBatches | None) -> ReadyModel:
        """The model itself, or an earlier one of the same structure that has been put in its state.

        All variables of the earlier model get the values of the new one's: weights, the optimizer's state and learning
        rate, the state of random numbers. A model that is taken out has to be brought back with `keep`.

        Args:
            model: A fresh model.
            batches: What it will be trained on; `None` for something else than ready batches.
        """
        if batches is None:
            return ReadyModel(model, None)
        try:
            _build(model, batches.input_shapes)
            key = f"{batches.kinds} {structure(model)}"
            earlier = self._kept.pop(key, None)
            if earlier is None or f"{batches.kinds} {structure(earlier)}" != key:
                _build_metrics(model, batches)
                return ReadyModel(model, key)
            _copy_state(model, earlier)
        except UnusualModelError:
            return ReadyModel(model, None)
        return ReadyModel(earlier, key)

    def keep(self, ready: ReadyModel) -> None:
        """Keep a model that has been trained to the end of its `fit`."""
        if ready.key is None or weights_bytes(ready.model) > LARGEST_BYTES:
            return
        self._kept[ready.key] = ready.model
        while len(self._kept) > MOST_MODELS:
            self._kept.popitem(last=False)


def _build(model: Any, input_shapes: Any) -> None:
    """Build what Keras would build in its first step, which it then has to trace twice."""
    check_usual(model)
    if not model.built:
        if not isinstance(model, keras.Sequential) or not isinstance(input_shapes, tuple):
            raise UnusualModelError("not built")
        model.build(input_shapes)
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)


def _build_metrics(model: Any, batches: ReadyBatches) -> None:
    """Build the metrics too, without which Keras would trace its first step twice, as for the optimizer."""
    with contextlib.suppress(Exception):  # another version of Keras, or a mistake that `fit` will tell
        model._symbolic_build(data_batch=batches.symbols)


def _copy_state(source: Any, target: Any) -> None:
    ours_all = [*target.variables, *target.optimizer.variables]
    theirs_all = [*source.variables, *source.optimizer.variables]
    pairs = list(zip(ours_all, theirs_all, strict=True))  # as many: their structures are equal
    if any(ours is theirs for ours, theirs in pairs):
        raise UnusualModelError("two models share a variable")
    for ours, theirs in pairs:
        ours.assign(theirs)
    target.reset_metrics()
