"""A small search in a `search.db`, as the engine leaves it: for what reads searches."""

from __future__ import annotations

from pathlib import Path

from tui_tuner.engine import events
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.store import Store, TrialRow
from tui_tuner.engine.view import TrialState
from tui_tuner.space import HyperParameters
from tui_tuner.worker.reports import EpochEnded

BEGAN = 1_700_000_000.0

Values = dict[str, bool | int | float | str]


def space() -> HyperParameters:
    hp = HyperParameters()
    hp.Int("units", 8, 64, step=8)
    hp.Float("rate", 1e-4, 1e-1, sampling="log")
    hp.Choice("act", ["relu", "</script><b>"])
    with hp.conditional_scope("act", ["relu"]):
        hp.Float("slope", 0.0, 0.5, step=0.1)
    hp.Boolean("norm")
    return hp


def store_search(root: Path) -> Path:
    """Trial 0 and 3 completed, 1 failed, 2 was stopped early; 3 has two executions and is the best."""
    root.mkdir(parents=True, exist_ok=True)
    store = Store(SearchDirectory(root).database)
    with store.transaction():
        store.set_meta(
            name="stored",
            tuner="random",
            objective={"name": "val_loss", "direction": "min"},
            state="completed",
            detail="all 4 trials were run",
            max_trials=4,
            space=space().get_config(),
            created=BEGAN,
            active_s=60.0,
            best_trial_id="3",
            test_metrics={"loss": 0.2},
            oracle_state={},
            config={"name": "stored", "model": "dense", "fit": {"epochs": 3, "shuffle": None}},
        )
    store.close()
    relu: Values = {"units": 8, "rate": 0.001, "act": "relu", "slope": 0.2, "norm": True}
    other: Values = {"units": 64, "rate": 0.1, "act": "</script><b>", "norm": False}
    add_trial(root, 0, TrialState.COMPLETED, relu, ((0.5, 0.25, float("nan")),), score=0.25, best_epoch=1)
    add_trial(root, 1, TrialState.FAILED, other, ((float("nan"),),), message="ValueError: <b>it broke</b>")
    add_trial(root, 2, TrialState.STOPPED, other, ((0.9, 0.8),), score=0.8, best_epoch=1, message="epoch 2: worse")
    add_trial(root, 3, TrialState.COMPLETED, {**relu, "units": 16}, ((0.4, 0.1), (0.2, 0.3)), score=0.2, best_epoch=1)
    return root


def add_trial(
    root: Path,
    number: int,
    status: TrialState,
    values: Values,
    curves: tuple[tuple[float, ...], ...],
    score: float | None = None,
    best_epoch: int | None = None,
    message: str = "",
    other_scores: tuple[float, ...] = (),
    violation: float | None = None,
) -> None:
    """A trial that has ended, of which each execution has one of the `curves` of `val_loss`."""
    trial_id, began = str(number), BEGAN + 10 * number
    store = Store(SearchDirectory(root).database)
    with store.transaction():
        store.event(events.TrialCreated(), trial_id)
        for execution, curve in enumerate(curves):
            for epoch, loss in enumerate(curve):
                metrics = {"loss": loss / 2, "val_loss": loss}
                store.epoch(EpochEnded("w", trial_id, 0, execution, epoch, metrics, began + epoch + 1, 1.0))
        store.event(events.TrialEnded(status.value, score, message), trial_id)
        store.trial(
            TrialRow(
                trial_id=trial_id,
                number=number,
                status=status,
                hyperparameters=values,
                score=score,
                best_epoch=best_epoch,
                started=began,
                ended=began + 5,
                duration_s=5.0,
                worker="w",
                message=message,
                runs=1,
                metrics={} if score is None else {"val_loss": score},
                other_scores=other_scores,
                violation=violation,
                execution_scores=tuple(min(curve) for curve in curves) if len(curves) > 1 else (),
            )
        )
    store.close()
