"""What the parts of the search loop share while a search runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tui_tuner.engine import events
from tui_tuner.engine.by_hand import ByHand
from tui_tuner.engine.kept_checkpoints import KeptCheckpoints
from tui_tuner.engine.oracle_files import OracleFiles
from tui_tuner.engine.recorder import Recorder
from tui_tuner.engine.running_trials import RunningTrials
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.engine.steering import Steering
from tui_tuner.engine.stopwatch import Stopwatch
from tui_tuner.engine.store import Store
from tui_tuner.engine.watchdog import Watchdog
from tui_tuner.executors.protocol import Executor
from tui_tuner.worker.jobs import Control, EvaluateJob, HyperParametersConfig, PrepareJob

if TYPE_CHECKING:
    from tui_tuner.engine.pruning import Pruning
    from tui_tuner.oracles import Oracle


class Work:
    """One search at work: its book, its oracle, its executor, and how far it has come.

    Attributes:
        running: The trials at work.
        job: What runs beside the trials, if anything.
        job_worker: The worker that runs it.
        exhausted: The oracle has nothing to propose until another trial ends, or a person changes something.
        evaluated: Whether the best model is, or is being, evaluated.
        failure: Why the search must end, or empty.
        shortage: A worker found no room on the disk: what it said; empty if none did, or there is room again.
        kept: Deletes the weights and the training states that nobody needs any more.
        pruning: Judges the epochs of trials, if anything does.
        after_commit: What is to be done once the transaction is through, such as answering an epoch that must not be
            acknowledged before it is stored.
    """

    def __init__(
        self, spec: SearchSpec, store: Store, recorder: Recorder, steering: Steering, budget: ByHand, watch: Stopwatch
    ) -> None:
        self.spec = spec
        self.store = store
        self.recorder = recorder
        self.steering = steering
        self.budget = budget
        self.stopwatch = watch
        self.running = RunningTrials()
        self.kept = KeptCheckpoints(spec.directory, spec.keep_checkpoints, spec.objective)
        self.watchdog = Watchdog(spec.epoch_timeout_s)
        self.job: PrepareJob | EvaluateJob | None = None
        self.job_worker = ""
        self.exhausted = False
        self.evaluated = False
        self.failure = ""
        self.shortage = ""
        self.pruning: Pruning | None = None
        self.after_commit: list[Callable[[], None]] = []
        self._oracle: Oracle | None = None
        self._executor: Executor | None = None
        self.files: OracleFiles | None = None
        self._known_space = 0

    @property
    def oracle(self) -> Oracle:
        assert self._oracle is not None
        return self._oracle

    @property
    def executor(self) -> Executor:
        assert self._executor is not None
        return self._executor

    @property
    def has_executor(self) -> bool:
        return self._executor is not None

    def begin(self, oracle: Oracle, executor: Executor, known_space: int) -> None:
        """The oracle has its memory back and the executor has been started.

        Args:
            known_space: How many hyperparameters of the search space are stored.
        """
        self._oracle = oracle
        self._executor = executor
        self.files = OracleFiles(oracle)
        self._known_space = known_space
        self.kept.restore(self.recorder.rows())

    def replace_oracle(self, oracle: Oracle) -> None:
        """Go on with another oracle, which has the memory of the one before."""
        assert self._oracle is not None
        directory = self._oracle.project_dir
        oracle.set_project_dir(directory.parent, directory.name)
        self._oracle = oracle
        self.files = OracleFiles(oracle)

    @property
    def is_out_of_time(self) -> bool:
        """Whether the time budget is used up."""
        budget: float | None = self.budget["max_time_s"]
        return budget is not None and self.stopwatch.active_s >= budget

    @property
    def has_nothing_to_continue(self) -> bool:
        """Whether the oracle has come to its own end, and not to a limit that may be raised: it will not go on with a
        trial that has ended."""
        limit = self.oracle.max_trials
        return self.exhausted and not self.is_out_of_time and (limit is None or self.recorder.count() < limit)

    def tell(self, trial_id: str, wish: Control) -> None:
        """Tell a running trial what to do at the end of its epoch."""
        self.running.tell(trial_id, wish)
        self.executor.control(trial_id, wish)

    def oracle_changed(self) -> None:
        """Something else may be proposed now. Inside a transaction."""
        self.exhausted = False
        self.evaluated = False
        self.store.set_meta(oracle_state=self.oracle.own_state())
        if self.files is not None:
            self.files.mark_stale()

    def limit(self, name: str, **limits: Any) -> None:
        """Propose only a part of a hyperparameter's values from now on. Inside a transaction.

        Args:
            limits: As `Oracle.limit` takes them; none lifts an earlier limit.

        Raises:
            ValueError: If there is no such hyperparameter or value, or nothing would be left.
        """
        self.oracle.limit(name, **limits)
        self.store.set_meta(limits={limited: limit.to_json() for limited, limit in self.oracle.limits.items()})
        self.oracle_changed()

    def put_back(self, trial_id: str, reason: str) -> None:
        """A running trial was cut off and will go on, or be run again. Inside a transaction."""
        self.running.put_back(trial_id)
        self.recorder.trial_interrupted(trial_id, reason)

    def update_space(self, config: HyperParametersConfig) -> None:
        """Take in what a build has found. Inside a transaction."""
        from tui_tuner.space import HyperParameters

        self.oracle.update_space(HyperParameters.from_config(dict(config)))
        self.space_may_have_grown()

    def space_may_have_grown(self) -> None:
        """Store the search space if there is something new in it. Inside a transaction."""
        space = self.oracle.get_space()
        if len(space.space) > self._known_space:
            names = tuple(parameter.name for parameter in space.space[self._known_space :])
            self._known_space = len(space.space)
            self.store.event(events.SpaceChanged(names))
            self.store.set_meta(space=space.get_config())
