"""A search that is ready to be opened, as plain data: it can be handed to another process, and needs no pydantic."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tui_tuner.engine.loop import SearchLoop
from tui_tuner.engine.spec import AUTO, SearchSpec
from tui_tuner.executors.protocol import Executor
from tui_tuner.worker.jobs import Task

if TYPE_CHECKING:
    from tui_tuner.oracles import Oracle
    from tui_tuner.oracles.pruners import Pruner


@dataclass(frozen=True)
class ClusterSettings:
    """What the executor `ray` needs beside what all executors do.

    Args:
        address: The cluster to join, or `None` to start a local one.
        resources: What each trial takes, by Ray's names.
        trial_resources: Reference of the user's function that says what a trial takes on top, or `None`.
    """

    address: str | None = None
    resources: Mapping[str, float] = field(default_factory=dict)
    trial_resources: str | None = None


@dataclass(frozen=True)
class SearchPlan:
    """What a config comes to.

    Args:
        oracle: Arguments of the oracle, without its objective.
        workers: How many trials run at once.
        gpus: Numbers or UUIDs of the GPUs to use, `None` for all that may be used.
        workers_per_gpu: How many trials share one GPU.
        worker_memory_mib: Main memory beyond which a worker is replaced, in MiB; `None` for its share.
        cluster: For the executor `ray`.
        cost_aware: Whether proposals shall heed how long a trial trains.
        pruner: Name of the pruner.
        pruner_arguments: Its arguments, as far as they were given.
    """

    spec: SearchSpec
    task: Task
    oracle: Mapping[str, Any]
    executor: Literal["inline", "process", "ray"]
    workers: Literal["auto"] | int
    gpus: tuple[int | str, ...] | None = None
    workers_per_gpu: int = 1
    worker_memory_mib: float | None = None
    cluster: ClusterSettings = ClusterSettings()
    cost_aware: bool = False
    pruner: str = "none"
    pruner_arguments: Mapping[str, Any] = field(default_factory=dict)

    def open(self) -> SearchLoop:
        """Take the search directory and return the loop that runs the search.

        Raises:
            DirectoryInUseError: If another engine runs this search.
            TunerError: If the directory cannot be used.
        """
        return SearchLoop(self.spec, self.make_oracle, self.make_executor, make_pruner=self.make_pruner)

    def make_oracle(self) -> Oracle:
        from tui_tuner.oracles import Objective
        from tui_tuner.oracles.constraints import TRAINING_TIME, Constraint

        oracle = self._bare_oracle()
        oracle.constraints = tuple(map(Constraint.parse, self.spec.constraints))
        others = self.spec.other_objectives
        oracle.other_objectives = tuple(Objective(each.name, each.direction) for each in others)
        oracle.earlier = self.spec.earlier
        oracle.cost_metric = TRAINING_TIME if self.cost_aware else ""
        return oracle

    def _bare_oracle(self) -> Oracle:
        from tui_tuner.oracles import Objective, create_oracle

        objective = Objective(self.spec.objective.name, self.spec.objective.direction)
        if self.spec.tuner == AUTO:
            from tui_tuner.oracles.auto import AutoOracle

            # Only one of them learns from constraints, costs and several objectives.
            any_will_do = not self.spec.constraints and not self.cost_aware and not self.spec.other_objectives
            any_will_do = any_will_do and not self.spec.earlier
            goes_on = any_will_do and self.spec.executions_per_trial == 1 and self.pruner == "none"
            return AutoOracle(self.spec.epochs, goes_on, objective=objective, **self.oracle)
        return create_oracle(self.spec.tuner, objective=objective, **self.oracle)

    def make_pruner(self) -> Pruner | None:
        """The pruner, or `None` if there is none.

        Raises:
            TunerError: If it cannot be made of its arguments.
        """
        from tui_tuner.oracles.pruners import create_pruner

        return create_pruner(self.pruner, self.spec.objective.direction, **self.pruner_arguments)

    def make_executor(self) -> Executor:
        if self.executor == "inline":
            from tui_tuner.executors.inline import InlineExecutor
            from tui_tuner.worker.runner import KerasRunner

            if self.gpus is not None:
                from tui_tuner.executors.gpus import find_gpus

                os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(gpu.name for gpu in find_gpus(self.gpus)) or "-1"
                os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")  # as nvidia-smi counts
            return InlineExecutor(KerasRunner(self.task), awaits_answers=self.task.awaits_answers)
        if self.executor == "ray":
            from tui_tuner.executors.ray_executor import RayExecutor

            return RayExecutor(
                self.task,
                address=self.cluster.address,
                workers=self.workers,
                resources=self.cluster.resources,
                trial_resources=self.cluster.trial_resources,
                trials_per_gpu=self.workers_per_gpu,
                worker_memory_mib=self.worker_memory_mib,
            )
        from tui_tuner.executors.process import ProcessExecutor

        return ProcessExecutor(
            self.task,
            self.workers,
            gpus=self.gpus,
            workers_per_gpu=self.workers_per_gpu,
            worker_memory_mib=self.worker_memory_mib,
        )
