"""`tui-tuner retrain DIR` and `tui-tuner evaluate DIR DATA`: the final model of a search, made and evaluated."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tui_tuner.analysis.formatting import format_count, format_metric
from tui_tuner.analysis.text import clean
from tui_tuner.engine import json_values
from tui_tuner.headless.arguments import Directory

if TYPE_CHECKING:
    from tui_tuner.final.retraining import FinalReport
    from tui_tuner.worker.final_jobs import Progress

_EVERY_S = 0.5

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, a line an object.")]


def retrain_command(
    directory: Directory,
    trial: Annotated[
        str | None, typer.Option("--trial", metavar="ID", help="Whose configuration. Default: the best trial's.")
    ] = None,
    seeds: Annotated[
        int, typer.Option("--seeds", metavar="N", min=1, help="Train it so often, each time with another seed.")
    ] = 1,
    epochs: Annotated[
        int | None,
        typer.Option("--epochs", metavar="N", min=1, help="Default: as many as the trial took to its best epoch."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train the best configuration on training and validation rows together, and evaluate it on the test rows.

    Writes DIR/final: model.keras (only its weights if Keras cannot save it whole), MODEL_CARD.md, and train.py, which
    trains it again from data.npz with Keras only.
    What the search itself kept, DIR/best, stays as it is.
    """
    from tui_tuner.final.retraining import retrain

    printer = _JsonPrinter() if as_json else _LinePrinter()
    printer.done(retrain(directory, trial, seeds=seeds, epochs=epochs, tell=printer.epoch))


def evaluate_command(
    directory: Directory,
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA", help="A file like the search's own, with the target; or a .npz with the arrays x and y."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Evaluate a search's model on the rows of another file, prepared exactly as the search's rows were.

    The model is the one that retrain made, else the best one of the search itself.
    """
    from tui_tuner.final.evaluation import evaluate, model_of

    metrics = evaluate(directory, data)
    if as_json:
        print(json_values.dump({"model": str(model_of(directory)), "data": str(data), "metrics": dict(metrics)}))
        return
    print(f"{clean(str(model_of(directory)))} on {clean(str(data))}")
    for name, value in metrics.items():
        print(f"  {clean(name)} {format_metric(value)}")


class _LinePrinter:
    """Progress for people: at most two lines a second, and every last epoch."""

    def __init__(self) -> None:
        self._printed = -_EVERY_S

    def epoch(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.epoch < progress.epochs and now < self._printed + _EVERY_S:
            return
        self._printed = now
        run = f"run {progress.run} of {progress.runs}  " if progress.runs > 1 else ""
        print(
            f"{run}seed {progress.seed}  epoch {progress.epoch} of {progress.epochs}  {_metrics(progress.metrics)}",
            flush=True,
        )

    def done(self, report: FinalReport) -> None:
        from tui_tuner.final.model_card import means_over_seeds

        print(f"trial {clean(report.trial_id)} trained anew, {format_count(report.epochs, 'epoch')}")
        for run in report.final.runs:
            print(f"  seed {run.seed}  test data: {_metrics(run.test) or 'none was held out'}")
        if means := means_over_seeds(report.final):
            print(f"  mean     test data: {', '.join(f'{clean(name)} {value}' for name, value in means.items())}")
        print(f"model    {clean(str(report.model))}")
        print(f"card     {clean(str(report.card))}")
        if report.script is not None:
            print(f"script   {clean(str(report.script))}")
        for note in report.final.notes:
            print(clean(note))


class _JsonPrinter:
    """The same for programs."""

    def epoch(self, progress: Progress) -> None:
        print(_json("epoch", **vars(progress)), flush=True)

    def done(self, report: FinalReport) -> None:
        runs = [{"seed": run.seed, "train": dict(run.train), "test": dict(run.test)} for run in report.final.runs]
        print(
            _json(
                "final_model",
                trial_id=report.trial_id,
                epochs=report.epochs,
                runs=runs,
                model=str(report.model),
                card=str(report.card),
                script=None if report.script is None else str(report.script),
                notes=list(report.final.notes),
                versions=dict(report.final.versions),
            )
        )


def _json(kind: str, **facts: object) -> str:
    return json_values.dump({"kind": kind, **facts})


def _metrics(metrics: Mapping[str, float]) -> str:
    return ", ".join(f"{clean(name)} {format_metric(value)}" for name, value in metrics.items())
