"""Writes a search into an MLflow store: a run for the search and, nested in it, one for each trial."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tui_tuner.analysis.curves import mean_curve
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.view import SearchView, TrialState, TrialView
from tui_tuner.errors import TunerError

if TYPE_CHECKING:
    from mlflow.entities import Metric, Run
    from mlflow.tracking import MlflowClient

_SEARCH = "tui_tuner.search"
"""Tag of the search's run: its directory."""

_TRIAL = "tui_tuner.trial"
_SEQ = "tui_tuner.seq"
"""Tags of a trial's run: which trial, and as of which change."""

_PARENT = "mlflow.parentRunId"
_NOTE = "mlflow.note.content"

_STATUS = {
    TrialState.COMPLETED: "FINISHED",
    TrialState.STOPPED: "KILLED",
    TrialState.FAILED: "FAILED",
    TrialState.INVALID: "FAILED",
    TrialState.RUNNING: "RUNNING",
    TrialState.INTERRUPTED: "SCHEDULED",
}
_ENTITIES_AT_ONCE, _PARAMS_AT_ONCE = 1000, 100
_LONGEST_PARAM = 6000
_RETRIES = "2"
"""In a few seconds; MLflow's own seven keep a person waiting for minutes where no server is."""


def log_search(reader: SearchReader, uri: str) -> int:
    """Bring the experiment up to what the search is now. Trials that have not changed since stay as they are.

    Args:
        uri: The tracking URI, such as `sqlite:///mlflow.db` or `http://localhost:5000`.

    Returns:
        How many runs of trials were written.

    Raises:
        TunerError: If the extra is not there, or MLflow takes nothing.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", _RETRIES)
    try:
        from mlflow.tracking import MlflowClient
    except ImportError as error:
        raise TunerError("MLflow needs an extra.", "pip install 'tui-tuner[mlflow]'") from error
    for name in ("mlflow", "alembic"):  # which tell of each table that they make
        logging.getLogger(name).setLevel(logging.WARNING)
    view = reader.poll()
    try:
        return _Experiment(MlflowClient(tracking_uri=uri), reader, view).write()
    except Exception as error:  # of MLflow, of the database, of the connection
        raise TunerError(f"{uri}: MLflow could not write there ({error}).", "Give another place with --to.") from error


class _Experiment:
    def __init__(self, client: MlflowClient, reader: SearchReader, view: SearchView) -> None:
        self._client = client
        self._reader = reader
        self._view = view
        self._metrics = reader.trial_metrics()
        name = view.name or view.root.name
        found = client.get_experiment_by_name(name)
        self._experiment: str = client.create_experiment(name) if found is None else found.experiment_id

    def write(self) -> int:
        parent = self._parent()
        there = {run.data.tags[_TRIAL]: run for run in self._runs(f"tags.`{_PARENT}` = '{parent}'")}
        written = 0
        for trial in self._view.trials.values():
            before = there.get(trial.trial_id)
            if before is not None:
                if before.data.tags[_SEQ] == str(trial.seq) and trial.status is not TrialState.RUNNING:
                    continue
                self._client.delete_run(before.info.run_id)
            self._write_trial(parent, trial)
            written += 1
        return written

    def _parent(self) -> str:
        """The run of the search, with what is known of it as a whole."""
        view = self._view
        root = str(view.root.absolute())
        quoted = root.replace("\\", "\\\\").replace("'", "\\'")
        found = next(self._runs(f"tags.`{_SEARCH}` = '{quoted}'"), None)
        if found is None:
            run = self._client.create_run(
                self._experiment, _milliseconds(view.created), {_SEARCH: root}, run_name=view.name or view.root.name
            )
        else:
            run = found
        run_id: str = run.info.run_id
        objective = view.objective
        tags = {"tuner": view.tuner, "objective": objective.name, "direction": objective.direction}
        best = view.best
        if best is not None:
            tags |= {"best_trial": best.trial_id} | {f"best.{name}": str(value) for name, value in best.tuned.items()}
        for name, value in tags.items():
            self._client.set_tag(run_id, name, value)
        for name in run.data.tags:  # the best one of the last export may have had others
            if name.startswith("best.") and name not in tags:
                self._client.delete_tag(run_id, name)
        if best is not None and best.score is not None:
            self._client.log_metric(run_id, objective.name or "score", best.score)
        for name, number in (view.test_metrics or {}).items():
            self._client.log_metric(run_id, f"test_{name}", number)
        over = [trial.ended for trial in view.trials.values() if trial.ended is not None]
        if view.state.is_live:
            self._client.update_run(run_id, status="RUNNING")
        else:
            status = "FAILED" if view.state.value == "failed" else "FINISHED"
            self._client.set_terminated(run_id, status, _milliseconds(max(over, default=None)))
        return run_id

    def _write_trial(self, parent: str, trial: TrialView) -> None:
        from mlflow.entities import Param

        tags = {
            _PARENT: parent,
            _TRIAL: trial.trial_id,
            _SEQ: str(trial.seq),
            "status": trial.status.value,
            **{name: value for name, value in (("origin", trial.origin), ("worker", trial.worker)) if value},
        }
        note = "\n\n".join(filter(None, (trial.message, self._view.notes.get(trial.trial_id, ""))))
        if note:
            tags[_NOTE] = note
        run = self._client.create_run(
            self._experiment, _milliseconds(trial.started), tags, run_name=f"trial {trial.trial_id}"
        )
        run_id = run.info.run_id
        params = [Param(_key(name), str(value)[:_LONGEST_PARAM]) for name, value in trial.tuned.items()]
        metrics = list(self._trial_metrics(trial))
        while params or metrics:
            some = metrics[: _ENTITIES_AT_ONCE - _PARAMS_AT_ONCE]
            self._client.log_batch(run_id, metrics=some, params=params[:_PARAMS_AT_ONCE])
            params, metrics = params[_PARAMS_AT_ONCE:], metrics[len(some) :]
        if trial.status is TrialState.RUNNING:
            return
        self._client.set_terminated(run_id, _STATUS[trial.status], _milliseconds(trial.ended))

    def _trial_metrics(self, trial: TrialView) -> Iterator[Metric]:
        """Every epoch's metrics, and at the end what counts: the score, and the metrics of the best epoch."""
        from mlflow.entities import Metric

        epochs = self._reader.epochs(trial.trial_id)
        times = {epoch.epoch: _milliseconds(epoch.time) for epoch in epochs}
        for name in dict.fromkeys(name for epoch in epochs for name in epoch.metrics):
            for step, value in mean_curve(epochs, name):
                yield Metric(_key(name), value, times[step], step + 1)
        at: Mapping[str, Any] = {"timestamp": _milliseconds(trial.ended), "step": 0}
        if trial.score is not None:
            yield Metric("score", trial.score, **at)
        if trial.violation is not None:
            yield Metric("violation", trial.violation, **at)
        for name, value in self._metrics.get(trial.trial_id, {}).items():
            if not math.isnan(value):
                yield Metric(_key(f"best_{name}"), value, **at)

    def _runs(self, condition: str) -> Iterator[Run]:
        token = None
        while True:
            page = self._client.search_runs([self._experiment], condition, max_results=1000, page_token=token)
            yield from page
            token = page.token
            if not token:
                return


def _milliseconds(time: float | None) -> int:
    return int((time or 0.0) * 1000)


def _key(name: str) -> str:
    """A name as MLflow takes it."""
    allowed = "".join(char if char.isascii() and (char.isalnum() or char in "_-. /") else "_" for char in name)
    return allowed.strip("/")[:250] or "_"
