"""The weights of a trial's best epoch: kept while it trains, written when an execution ends."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.view import Objective
from tui_tuner.worker.atomic import replacing
from tui_tuner.worker.rebuilding import rebuild
from tui_tuner.worker.summaries import weights_bytes

IN_MEMORY_BYTES = 256 * 2**20
"""Up to this size a copy of the best weights is kept in memory; bigger ones are written at each improvement."""


class BestWhere(StrEnum):
    """Where the best weights of a trial are."""

    NOWHERE = "nowhere"
    """There are none yet."""
    MODEL = "model"
    """In the model that is being trained, and nowhere else."""
    MEMORY = "memory"
    FILE = "file"
    """In the trial's checkpoint."""


@dataclass(frozen=True)
class BestSoFar:
    """What `BestWeights` knows between two epochs.

    Args:
        score: The objective of the best epoch; `None` if no epoch had one.
        weights: As of `model.get_weights()`, where they are in memory; else `None`.
    """

    score: float | None
    where: BestWhere
    weights: list[Any] | None = None


class BestWeights:
    """Keeps the best weights over all executions of one trial.

    A file at each improvement would cost a small model more than its training. So the best weights are left in the
    model for as long as it does not change, copied to memory just before it does, and written once per execution.

    Args:
        directory: Where the trial's files go.
    """

    def __init__(self, directory: SearchDirectory, trial_id: str, objective: Objective) -> None:
        self._directory = directory
        self._trial_id = trial_id
        self._objective = objective
        self._score: float | None = None
        self._in_model = False  # the model holds the best weights, and nothing else does
        self._copy: list[Any] | None = None
        self._in_file = False

    @property
    def so_far(self) -> BestSoFar:
        """Where the best weights are now."""
        if self._in_model:
            return BestSoFar(self._score, BestWhere.MODEL)
        if self._copy is not None:
            return BestSoFar(self._score, BestWhere.MEMORY, self._copy)
        return BestSoFar(self._score, BestWhere.FILE if self._in_file else BestWhere.NOWHERE)

    def go_on_from(self, best: BestSoFar) -> None:
        """Know what an earlier attempt knew. The model, or the trial's checkpoint, holds what it held then."""
        self._score, self._copy = best.score, best.weights
        self._in_model, self._in_file = best.where is BestWhere.MODEL, best.where is BestWhere.FILE

    def epoch_ended(self, model: Any, score: float, *, may_wait: bool) -> None:
        """Take note of an epoch's objective.

        Args:
            may_wait: Whether `before_change` will be called before the weights change.
        """
        if self._score is not None and not self._objective.better(score, self._score):
            return
        self._score = score
        self._take(model, may_wait)

    def epoch_without_score(self, model: Any, *, may_wait: bool) -> None:
        """Take note of an epoch that has no objective: the latest is kept for as long as none has had one.

        Args:
            may_wait: As for `epoch_ended`.
        """
        if self._score is None:
            self._take(model, may_wait)

    def before_change(self, model: Any) -> None:
        """Training goes on: the model will not hold the best weights any longer."""
        if self._in_model:
            self._copy = model.get_weights()
            self._in_model = False

    def training_ended(self, model: Any) -> None:
        """Write the best weights if the model holds them: what runs after training may change them."""
        if self._in_model:
            self._write(model)

    def execution_ended(self, model: Any) -> None:
        """Write the best weights if this execution had them. The model is not needed for anything else any more."""
        if self._copy is not None:
            model.set_weights(self._copy)
            self._in_model = True
        self.training_ended(model)

    def _take(self, model: Any, may_wait: bool) -> None:
        self._in_model, self._copy, self._in_file = True, None, False
        if weights_bytes(model) > IN_MEMORY_BYTES:
            self._write(model)
        elif not may_wait:
            self.before_change(model)

    def _write(self, model: Any) -> None:
        save_weights(model, self._directory, self._trial_id)
        self._in_model, self._copy, self._in_file = False, None, True


def save_weights(model: Any, directory: SearchDirectory, trial_id: str) -> None:
    """Write a model's weights, and with which input shapes it was built, as those of a trial."""
    with replacing(directory.checkpoint(trial_id)) as path:
        model.save_weights(path)
    try:
        text = json.dumps(model.get_build_config())
    except TypeError:  # shapes that are no JSON; the build function makes the model without them
        text = "null"
    with replacing(directory.build_config(trial_id)) as path:
        path.write_text(text, encoding="utf-8")


def build_as_trained(model: Any, directory: SearchDirectory, trial_id: str) -> None:
    """Build a model that is only built when it sees data, with the input shapes of the trial.

    Raises:
        TunerError: If that cannot be done without data.
    """
    path = directory.build_config(trial_id)
    if not model.built:
        rebuild(model, json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None)


def restore_weights(model: Any, directory: SearchDirectory, trial_id: str) -> None:
    """Load a trial's best weights into a fresh model of the same hyperparameters.

    Raises:
        FileNotFoundError: If the trial has no checkpoint.
        TunerError: If the model cannot be built without data.
        ValueError: If the weights do not fit the model, as Keras finds.
    """
    checkpoint = directory.checkpoint(trial_id)
    if not checkpoint.is_file():
        raise FileNotFoundError(f"trial {trial_id} has no checkpoint: {checkpoint} is missing")
    build_as_trained(model, directory, trial_id)
    with warnings.catch_warnings():
        # The weights are what is wanted: a fresh optimizer has no place for the state that was saved with them.
        warnings.filterwarnings("ignore", "Skipping variable loading for optimizer")
        model.load_weights(checkpoint)
