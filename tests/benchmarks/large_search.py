"""Writes a search of many finished trials, as the engine would have written it, in a few seconds."""

from __future__ import annotations

import math
import random
from pathlib import Path

from tui_tuner.engine import events
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.store import Store, TrialRow
from tui_tuner.engine.view import SearchState, TrialState
from tui_tuner.space import HyperParameters
from tui_tuner.worker.reports import EpochEnded

BEGIN = 1_700_000_000.0
EPOCH_S = 0.5
_BATCH = 500


def space() -> HyperParameters:
    """Six hyperparameters of all kinds."""
    hp = HyperParameters()
    hp.Int("units", min_value=8, max_value=512, step=8)
    hp.Float("learning_rate", min_value=1e-5, max_value=1e-1, sampling="log")
    hp.Float("dropout", min_value=0.0, max_value=0.5, step=0.05)
    hp.Choice("activation", values=["relu", "tanh", "gelu"])
    hp.Boolean("batch_norm")
    hp.Int("layers", min_value=1, max_value=6)
    return hp


class LargeSearch:
    """A search with finished trials, to which more can be added while somebody watches.

    Args:
        root: The search directory; it is made.
        epochs: Of each trial.
    """

    def __init__(self, root: Path, *, epochs: int) -> None:
        self.root = root
        self._epochs = epochs
        self._random = random.Random(0)
        self._best: float | None = None
        self._count = 0
        self._space = space().space
        root.mkdir(parents=True)
        self._store = Store(SearchDirectory(root).database)

    def write(self, trials: int) -> None:
        """Write the search's facts and `trials` finished trials; the search is over."""
        store = self._store
        with store.transaction():
            store.set_meta(
                name="large",
                tuner="random",
                objective={"name": "val_accuracy", "direction": "max"},
                max_trials=trials,
                executions_per_trial=1,
                created=BEGIN,
                active_s=trials * self._epochs * EPOCH_S,
                run_started=None,
                workers=[],
                space=space().get_config(),
            )
            store.event(events.SearchStarted(1, "host", "0", resumed=False))
        for start in range(0, trials, _BATCH):
            with store.transaction():
                for _ in range(min(_BATCH, trials - start)):
                    self._write_trial()
        with store.transaction():
            store.event(events.StateChanged(SearchState.COMPLETED, f"all {trials} trials were run"))
            store.set_meta(state=SearchState.COMPLETED.value, detail=f"all {trials} trials were run")

    def go_on(self, max_trials: int) -> None:
        """The search runs again: whoever holds the engine's lock is its engine."""
        with self._store.transaction():
            self._store.event(events.StateChanged(SearchState.RUNNING))
            self._store.set_meta(state=SearchState.RUNNING.value, detail="", max_trials=max_trials)

    def add_trial(self) -> None:
        """A trial finishes."""
        with self._store.transaction():
            self._write_trial()

    def close(self) -> None:
        self._store.close()

    def _write_trial(self) -> None:
        store, number = self._store, self._count
        self._count += 1
        trial_id = f"{number:05d}"
        begin = BEGIN + number * self._epochs * EPOCH_S
        end = begin + self._epochs * EPOCH_S
        level = self._random.random() * 0.4
        store.event(events.TrialCreated(), trial_id)
        store.event(events.TrialStarted("worker-0", 0), trial_id)
        for epoch in range(self._epochs):
            store.epoch(self._epoch(trial_id, epoch, level, begin))
        failed = number % 97 == 13
        score = None if failed else 0.5 + level
        status = TrialState.FAILED if failed else TrialState.COMPLETED
        store.event(events.TrialEnded(status.value, score), trial_id)
        store.trial(
            TrialRow(
                trial_id=trial_id,
                number=number,
                status=status,
                hyperparameters=self._values(),
                score=score,
                best_epoch=None if failed else self._epochs - 1,
                started=begin,
                ended=end,
                duration_s=end - begin,
                worker="worker-0",
                message="ValueError: a shape does not fit" if failed else "",
                runs=1,
                planned_epochs=self._epochs,
            )
        )
        if score is not None and (self._best is None or score > self._best):
            self._best = score
            store.set_meta(best_trial_id=trial_id)

    def _epoch(self, trial_id: str, epoch: int, level: float, begin: float) -> EpochEnded:
        left = math.exp(-epoch / 10)
        accuracy = 0.5 + level * (1 - left)
        metrics = {"loss": 0.2 + left, "accuracy": accuracy, "val_loss": 0.3 + left, "val_accuracy": accuracy - 0.01}
        return EpochEnded("worker-0", trial_id, 0, 0, epoch, metrics, begin + epoch * EPOCH_S, EPOCH_S)

    def _values(self) -> dict[str, bool | int | float | str]:
        return {parameter.name: parameter.prob_to_value(self._random.random()) for parameter in self._space}
