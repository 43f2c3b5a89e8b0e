"""The two places in which the trials of a script's search run: its own thread, or worker processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tui_tuner import errors
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.engine.verdict import Verdict, first_line, pass_verdict
from tui_tuner.errors import FatalError
from tui_tuner.executors.inline import InlineExecutor
from tui_tuner.executors.process import ProcessExecutor
from tui_tuner.executors.protocol import Executor
from tui_tuner.executors.workers import plan_workers
from tui_tuner.oracles import Oracle
from tui_tuner.tuners.deputy import hand_over
from tui_tuner.tuners.display import SearchDisplay
from tui_tuner.tuners.host import Host
from tui_tuner.tuners.placement import Placement, Wish, place_trials
from tui_tuner.tuners.runner import TunerRunner
from tui_tuner.worker.handed_over import PREFIX
from tui_tuner.worker.jobs import Job, Task, TrialJob
from tui_tuner.worker.reports import Outcome, TrialEnded

if TYPE_CHECKING:
    from tui_tuner.tuners.base_tuner import BaseTuner


class TrialPlace(Protocol):
    """Where trials run."""

    @property
    def executor(self) -> Executor: ...

    @property
    def error(self) -> BaseException | None:
        """What the search must end with, in the caller's face."""
        ...

    def serve(self) -> None:
        """Do in the calling thread what has to be done in it; may return before the search is over."""
        ...

    def judge(self, oracle: Oracle, report: TrialEnded, objective: str) -> Verdict:
        """See `engine.verdict.Judge`."""
        ...

    def leave(self, error: BaseException) -> None:
        """End the search with an exception; running trials will be run again when it goes on."""
        ...


class ScriptThread:
    """Trials run in the thread that called `search`, one after the other.

    Args:
        judged: Whether trials wait for what a pruner says.
    """

    def __init__(self, runner: TunerRunner, *, judged: bool) -> None:
        self._runner = runner
        self._executor = InlineExecutor(runner, donated=True, name="script", awaits_answers=judged)

    @property
    def executor(self) -> Executor:
        return self._executor

    @property
    def error(self) -> BaseException | None:
        return self._runner.error

    def serve(self) -> None:
        self._executor.serve()

    def judge(self, oracle: Oracle, report: TrialEnded, objective: str) -> Verdict:
        return self._runner.judge(oracle, report, objective)

    def leave(self, error: BaseException) -> None:
        self._runner.leave(error)


class WorkerProcesses:
    """Trials run in worker processes, by the tuner's deputy.

    Args:
        stop: Asks the engine to stop the search at once.
    """

    def __init__(
        self, task: Task, workers: int, oracle: Oracle, display: SearchDisplay, stop: Callable[[], None]
    ) -> None:
        self._oracle = oracle
        self._display = display
        self._stop = stop
        self._numbers: dict[str, int] = {}
        self._executor = _TellingExecutor(task, workers, self._began)
        self.error: BaseException | None = None

    @property
    def executor(self) -> Executor:
        return self._executor

    def serve(self) -> None:
        """Nothing is to be done in the script's thread."""

    def judge(self, oracle: Oracle, report: TrialEnded, objective: str) -> Verdict:
        verdict = pass_verdict(oracle, report, objective)
        if report.message:
            self._display.say(report.message)
        self._display.trial_ended(self._numbers.pop(report.trial_id, 0), verdict.trial)
        if verdict.fatal and self.error is None:
            self.error = _error(report, verdict.fatal, oracle.max_consecutive_failed_trials)
        return verdict

    def leave(self, error: BaseException) -> None:
        self.error = self.error or error
        self._stop()

    def _began(self, job: TrialJob) -> None:
        self._numbers[job.trial_id] = job.number + 1
        self._display.trial_began(job.number + 1, self._oracle.get_trial(job.trial_id))


class _TellingExecutor(ProcessExecutor):
    """Tells when a trial is handed to a worker."""

    def __init__(self, task: Task, workers: int, began: Callable[[TrialJob], None]) -> None:
        super().__init__(task, workers)
        self._began = began

    def submit(self, job: Job) -> str:
        worker = super().submit(job)
        if isinstance(job, TrialJob):
            self._began(job)
        return worker


def choose_place(
    tuner: BaseTuner,
    spec: SearchSpec,
    runner: TunerRunner,
    display: SearchDisplay,
    fit_args: tuple[Any, ...],
    fit_kwargs: Mapping[str, Any],
    host: Host,
    stop: Callable[[], None],
    judged: bool,
) -> TrialPlace:
    """Decide where the trials run, and say why where there is a choice.

    Args:
        judged: Whether trials wait for what a pruner says.
    """
    if host.workers is None:
        return ScriptThread(runner, judged=judged)
    useful = len(plan_workers("auto")) if host.workers == "auto" else 0
    placement = place_trials(tuner, fit_args, fit_kwargs, Wish(host.workers, useful, host.peculiarity))
    if placement.workers:
        try:
            file = hand_over(
                tuner, fit_args, fit_kwargs, spec.directory.scratch / f"script-{os.getpid()}", host.preparations
            )
        except Exception as error:  # whatever pickling raises
            placement = Placement(0, f"it cannot be handed to another process: {first_line(str(error))}")
        else:
            say(f"trials run in {placement.workers} worker processes")
            return WorkerProcesses(_task(spec, file, judged), placement.workers, tuner.oracle, display, stop)
    say(f"trials run in the script's process: {placement.reason}")
    return ScriptThread(runner, judged=judged)


def say(text: str) -> None:
    """One line beside what the script prints."""
    print(f"tui-tuner: {text}", file=sys.stderr, flush=True)


def _task(spec: SearchSpec, file: Path, judged: bool) -> Task:
    return Task(
        model=f"{PREFIX}{file}",
        data=None,
        arrays=spec.directory.scratch / "data",
        fit={},
        callbacks={},
        objective=spec.objective.name,
        direction=spec.objective.direction,
        executions_per_trial=spec.executions_per_trial,
        seed=None,
        project_dir=spec.directory.root,
        awaits_answers=judged,
    )


def _error(report: TrialEnded, fatal: str, limit: int | None) -> BaseException:
    """The exception with which the search would have ended in the script's own process."""
    if report.outcome is not Outcome.FATAL:
        return RuntimeError(f"Number of consecutive failures exceeded the limit of {limit}. {fatal}")
    kind = getattr(errors, report.message.partition(":")[0], None)
    if isinstance(kind, type) and issubclass(kind, FatalError):
        return kind(fatal)
    return FatalError(fatal)
