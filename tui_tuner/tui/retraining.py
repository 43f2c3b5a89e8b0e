"""Trains a trial's configuration anew in a background thread of the app, which waits for a process that does."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from textual.app import App
from textual.worker import get_current_worker

from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.view import TrialView
from tui_tuner.errors import TunerError
from tui_tuner.tui.screens.question import Answer, Question
from tui_tuner.tui.stacking import open_over

_GROUP = "retraining"
_RETRAIN = Answer("retrain", "y", "Retrain", "Replaces the folder final, if there is one. It ends when the app ends.")


def ask_retrain(app: App[Any], root: Path, trial: TrialView) -> None:
    """Ask, and begin; one at a time."""
    if any(worker.group == _GROUP and worker.is_running for worker in app.workers):
        app.notify("A configuration is being trained already.", severity="warning", markup=False)
        return

    def answered(answer: str | None) -> None:
        if answer is not None:
            app.run_worker(lambda: _retrain(app, root, trial.trial_id), group=_GROUP, thread=True, exit_on_error=False)
            app.notify("Training on training and validation rows together.", title="Retraining", markup=False)

    open_over(app, Question(f"Train trial {truncate(clean(trial.trial_id), 20)} anew?", (_RETRAIN,)), answered)


def _retrain(app: App[Any], root: Path, trial_id: str) -> None:
    from tui_tuner.final.retraining import retrain

    worker = get_current_worker()
    try:
        report = retrain(root, trial_id, is_cancelled=lambda: worker.is_cancelled)
    except TunerError as error:
        if not worker.is_cancelled:
            _tell(app, clean(str(error)), title="Not retrained", severity="error")
        return
    _tell(app, clean(str(report.model)), title="Retrained", timeout=30)


def _tell(app: App[Any], message: str, **options: Any) -> None:
    with contextlib.suppress(RuntimeError):  # the app has ended meanwhile
        app.call_from_thread(app.notify, message, markup=False, **options)
