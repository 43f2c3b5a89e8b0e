"""Ends a training whose objective has reached the best value that there can be. Importing this imports Keras."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras

_SHARES = frozenset(
    {
        *("Accuracy", "BinaryAccuracy", "CategoricalAccuracy", "SparseCategoricalAccuracy"),
        *("TopKCategoricalAccuracy", "SparseTopKCategoricalAccuracy", "AUC", "Precision", "Recall"),
    }
)
"""Keras' metrics that are never above 1. A metric of the user's that is called accuracy may be a percentage."""


class EndAtOptimum(keras.callbacks.Callback):  # type: ignore[misc]
    """Ends the training after the epoch in which a share that is to be maximised has become 1.

    A trial's score is that of its best epoch, and of equal ones the first: no later epoch could change it.

    Args:
        objective: As it is found in the logs.
    """

    def __init__(self, objective: str) -> None:
        super().__init__()
        self._objective = objective

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        if (logs or {}).get(self._objective) == 1.0 and is_share(self.model, self._objective):
            self.model.stop_training = True
            print(f"{self._objective} is 1 and cannot become better: the training ends (search.end_at_optimum)")


def is_share(model: Any, objective: str) -> bool:
    """Whether an objective is one of Keras' own metrics that lie between 0 and 1.

    Args:
        model: A model that was trained.
    """
    name = objective.removeprefix("val_")
    return any(
        metric.name == name and type(metric).__name__ in _SHARES and type(metric).__module__.startswith("keras.")
        for metric in _metrics(model.metrics)
    )


def _metrics(found: Any) -> Iterator[Any]:
    for metric in found:
        inside = getattr(metric, "metrics", None)
        if inside:
            yield from _metrics(inside)
        else:
            yield metric
