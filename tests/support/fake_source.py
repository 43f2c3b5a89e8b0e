"""A search for tests of the app: views made to order, and one that plays itself a step at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tui_tuner.engine.commands import Answer, Command, CommandKind
from tui_tuner.engine.view import (
    EpochView,
    HyperParameterView,
    Intervention,
    Objective,
    Scalar,
    SearchState,
    SearchView,
    TrialState,
    TrialView,
    WorkerView,
)
from tui_tuner.worker.jobs import DataSummary, LayerSummary, ModelSummary

BEGAN = 1_700_000_000.0
EPOCHS = 10
VAL_ACCURACY = Objective("val_accuracy", "max")

SPACE = (
    HyperParameterView("units", "Int", min_value=8, max_value=64, step=8, sampling="linear", default=8),
    HyperParameterView("learning_rate", "Choice", values=(1e-2, 1e-3, 1e-4), ordered=True, default=1e-2),
    HyperParameterView(
        "dropout", "Float", min_value=0.0, max_value=0.5, sampling="linear", conditions=(("units", (48, 56, 64)),)
    ),
    HyperParameterView("batch_norm", "Boolean", values=(True, False), default=True),
    HyperParameterView("activation", "Fixed", values=("relu",), default="relu"),
)

SUMMARY = ModelSummary(
    "sequential",
    (
        LayerSummary("normalization", "Normalization", "(None, 24)", 49),
        LayerSummary("dense", "Dense", "(None, 48)", 1200),
        LayerSummary("dropout", "Dropout", "(None, 48)", 0),
        LayerSummary("dense_1", "Dense", "(None, 1)", 49),
    ),
    parameters=1298,
    trainable_parameters=1249,
    size_bytes=5192,
)


def make_epochs(number: int, count: int = EPOCHS, execution: int = 0) -> tuple[EpochView, ...]:
    """A plausible learning curve, different for each trial."""
    found = []
    for epoch in range(count):
        gain = 1 - math.exp(-(epoch + 1) / (2 + number % 3))
        top = 0.70 + 0.15 * abs(math.sin(number * 1.7))
        wobble = 0.01 * math.sin(epoch * 2.1 + number)
        metrics = {
            "accuracy": 0.5 + (top + 0.03 - 0.5) * gain,
            "loss": 0.7 - 0.35 * gain,
            "val_accuracy": 0.5 + (top - 0.5) * gain + wobble,
            "val_loss": 0.72 - 0.3 * gain - wobble,
        }
        found.append(EpochView(execution, epoch, BEGAN + number * 10 + epoch, 0.8, metrics))
    return tuple(found)


def make_values(number: int) -> dict[str, Scalar]:
    """Values of `SPACE` for a trial."""
    units = 8 + 8 * (number % 8)
    values: dict[str, Scalar] = {"units": units, "learning_rate": (1e-2, 1e-3, 1e-4)[number % 3]}
    if units >= 48:
        values["dropout"] = round(0.5 * abs(math.sin(number)), 6)
    values["batch_norm"] = number % 2 == 0
    return values


def make_trial(
    number: int,
    status: TrialState = TrialState.COMPLETED,
    score: float | None = None,
    *,
    done: int = EPOCHS,
    values: Mapping[str, Scalar] | None = None,
    message: str = "",
    trial_id: str | None = None,
) -> TrialView:
    """A trial as the engine would show it.

    Args:
        done: Finished epochs of a running trial.
    """
    epochs = make_epochs(number, done)
    accuracies = [epoch.metrics["val_accuracy"] for epoch in epochs]
    running = status is TrialState.RUNNING
    scored = status in (TrialState.COMPLETED, TrialState.STOPPED)
    if score is None and scored:
        score = max(accuracies)
    return TrialView(
        trial_id=f"{number:04d}" if trial_id is None else trial_id,
        number=number,
        status=status,
        hyperparameters=make_values(number) if values is None else values,
        score=score,
        best_epoch=accuracies.index(max(accuracies)) if scored else None,
        started=BEGAN + number * 10,
        ended=None if running else BEGAN + number * 10 + 8.2,
        duration_s=None if running else 8.0 + number % 7 / 10,
        worker="worker 0",
        message=message,
        planned_epochs=EPOCHS,
        last_epoch=epochs[-1] if running and epochs else None,
        live_score=max(accuracies) if running and accuracies else None,
    )


def make_view(
    trials: list[TrialView] | None = None,
    *,
    state: SearchState = SearchState.RUNNING,
    seq: int = 1,
    root: Path = Path("/tmp/tui-tuner-test/titanic"),
    max_trials: int | None = 30,
    space: tuple[HyperParameterView, ...] = SPACE,
    objective: Objective = VAL_ACCURACY,
    name: str = "titanic",
    detail: str = "",
) -> SearchView:
    """A search with these trials."""
    trials = trials or []
    running = [trial for trial in trials if trial.status is TrialState.RUNNING]
    best: TrialView | None = None
    for trial in trials:
        ranked = trial.status is TrialState.COMPLETED and trial.score is not None and not math.isnan(trial.score)
        if ranked and (best is None or objective.better(trial.score or 0.0, best.score or 0.0)):
            best = trial
    return SearchView(
        root=root,
        seq=seq,
        name=name,
        state=state,
        detail=detail,
        tuner="bayesian",
        objective=objective,
        max_trials=max_trials,
        created=BEGAN,
        active_s=0.0 if state.is_live else 61.0,
        run_started=BEGAN if state.is_live else None,
        space=space,
        trials={trial.trial_id: trial for trial in trials},
        best_trial_id=best.trial_id if best else None,
        workers=tuple(
            WorkerView(f"worker {index}", 1000 + index, "CPU", "", trial.trial_id)
            for index, trial in enumerate(running)
        ),
        data=DataSummary(570, 143, "(24,)"),
    )


@dataclass
class FakeSource:
    """A `SearchSource` that shows what it is given and remembers what it was asked."""

    view: SearchView
    folder: Path = Path("/nonexistent")
    epochs_of: dict[str, tuple[EpochView, ...]] = field(default_factory=dict)
    summary: ModelSummary | None = SUMMARY
    sent: list[Command] = field(default_factory=list)
    asked: tuple[Intervention, ...] = ()
    answers: dict[int, Answer] = field(default_factory=dict)
    on_send: Callable[[Command], None] = lambda command: None
    polls: int = 0
    epoch_reads: list[str] = field(default_factory=list)
    on_note: Callable[[str, str], None] = lambda trial_id, text: None

    def poll(self) -> SearchView:
        self.polls += 1
        return self.view

    def epochs(self, trial_id: str) -> tuple[EpochView, ...]:
        self.epoch_reads.append(trial_id)
        if trial_id in self.epochs_of:
            return self.epochs_of[trial_id]
        trial = self.view.trials[trial_id]
        if trial.status is TrialState.RUNNING:
            return make_epochs(trial.number, 0 if trial.last_epoch is None else trial.last_epoch.epoch + 1)
        return make_epochs(trial.number)

    def model_summary(self, trial_id: str) -> ModelSummary | None:
        return self.summary

    def log_path(self, trial_id: str) -> Path:
        return self.folder / f"trial_{trial_id}" / "log.txt"

    def interventions(self) -> tuple[Intervention, ...]:
        return self.asked

    def send(self, command: Command) -> int:
        self.on_send(command)
        self.sent.append(command)
        return len(self.sent)

    def note(self, trial_id: str, text: str) -> None:
        self.on_note(trial_id, text)
        rest = {noted: kept for noted, kept in self.view.notes.items() if noted != trial_id}
        self.put(notes={**rest, trial_id: text} if text else rest)

    def answer(self, request: int) -> Answer | None:
        return self.answers.get(request)

    def say(self, text: str, *, ok: bool = True) -> None:
        """Answer the latest request."""
        self.answers[len(self.sent)] = Answer(ok, text)
        self.put()

    def kinds(self) -> list[CommandKind]:
        """The commands that were sent."""
        return [command.kind for command in self.sent]

    def put(self, **changes: object) -> None:
        """Change the view, as one more event would."""
        self.view = replace(self.view, seq=self.view.seq + 1, **changes)  # type: ignore[arg-type]

    def put_trial(self, trial: TrialView) -> None:
        """Add or change a trial."""
        self.put(trials={**self.view.trials, trial.trial_id: trial})


class ScriptedSearch(FakeSource):
    """Plays a search: each `advance()` is one epoch of each running trial; commands are answered at the next one.

    Args:
        workers: Trials at once.
        total: Trials in all.
    """

    def __init__(self, folder: Path = Path("/nonexistent"), *, workers: int = 1, total: int = 5) -> None:
        super().__init__(make_view(state=SearchState.STARTING, root=folder, max_trials=total, space=()), folder)
        self._workers = workers
        self._total = total
        self._answered = 0
        self.put(
            workers=tuple(
                WorkerView(f"worker {index}", 1000 + index, "CPU", "importing TensorFlow") for index in range(workers)
            )
        )

    @property
    def is_over(self) -> bool:
        return not self.view.state.is_live

    def advance(self) -> None:
        """One epoch, or whatever comes next."""
        for request, command in enumerate(self.sent[self._answered :], start=self._answered + 1):
            self._answer(command)
            self.answers[request] = Answer(True, "done")
        self._answered = len(self.sent)
        state = self.view.state
        if state is SearchState.STARTING:
            self.put(state=SearchState.RUNNING, space=SPACE)
        if state not in (SearchState.RUNNING, SearchState.STOPPING, SearchState.STARTING):
            return
        for trial in list(self.view.trials.values()):
            if trial.status is TrialState.RUNNING:
                self._one_epoch(trial)
        while state is not SearchState.STOPPING and self._has_room():
            self.put_trial(make_trial(len(self.view.trials), TrialState.RUNNING, done=0))
        running = self._running()
        at_work: list[str | None] = [trial.trial_id for trial in running]
        at_work += [None] * (self._workers - len(running))
        self.put(
            workers=tuple(
                WorkerView(f"worker {index}", 1000 + index, "CPU", "", trial_id)
                for index, trial_id in enumerate(at_work)
            )
        )
        if not running:
            over = SearchState.STOPPED if state is SearchState.STOPPING else SearchState.COMPLETED
            self._end(over, {"accuracy": 0.8112, "loss": 0.4301} if over is SearchState.COMPLETED else None)

    def resume(self) -> None:
        """Go on after a stop: the interrupted trials run again."""
        for trial in list(self.view.trials.values()):
            if trial.status is TrialState.INTERRUPTED:
                self.put_trial(make_trial(trial.number, TrialState.RUNNING, done=0))
        self.put(state=SearchState.RUNNING, run_started=BEGAN)

    def _has_room(self) -> bool:
        return len(self._running()) < self._workers and len(self.view.trials) < self._total

    def _running(self) -> list[TrialView]:
        return [trial for trial in self.view.trials.values() if trial.status is TrialState.RUNNING]

    def _one_epoch(self, trial: TrialView) -> None:
        done = 1 if trial.last_epoch is None else trial.last_epoch.epoch + 2
        if done < EPOCHS:
            self.put_trial(make_trial(trial.number, TrialState.RUNNING, done=done))
        elif trial.number % 7 == 5:
            self._finish(make_trial(trial.number, TrialState.FAILED, message="ValueError: [lr] is /bad/"))
        elif trial.number % 7 == 3:
            self._finish(make_trial(trial.number, TrialState.FAILED, math.nan, message="The objective is NaN."))
        else:
            self._finish(make_trial(trial.number))
        path = self.log_path(trial.trial_id)
        if self.folder.is_dir():
            path.parent.mkdir(exist_ok=True)
            last = make_epochs(trial.number, done)[-1]
            with path.open("a") as log:
                log.write(f"Epoch {done}/{EPOCHS}\n\x1b[1m18/18\x1b[0m ")
                log.write(" - ".join(f"{name}: {value:.4f}" for name, value in last.metrics.items()) + "\n")

    def _finish(self, trial: TrialView) -> None:
        self.put_trial(trial)
        remade = make_view(list(self.view.trials.values()))
        self.put(best_trial_id=remade.best_trial_id)

    def _end(self, state: SearchState, test_metrics: Mapping[str, float] | None = None) -> None:
        self.put(state=state, workers=(), run_started=None, active_s=61.0, test_metrics=test_metrics)

    def _answer(self, command: Command) -> None:
        match command.kind:
            case CommandKind.PAUSE:
                self.put(state=SearchState.PAUSED)
            case CommandKind.RESUME:
                self.put(state=SearchState.RUNNING)
            case CommandKind.STOP:
                self.put(state=SearchState.STOPPING)
            case CommandKind.STOP_NOW:
                for trial in self._running():
                    self.put_trial(make_trial(trial.number, TrialState.INTERRUPTED))
                self._end(SearchState.STOPPED)
            case CommandKind.SKIP:
                trial = self.view.trials[command.trial_id or ""]
                self._finish(make_trial(trial.number, TrialState.STOPPED))
