"""A search that is ready to be opened, as plain data: it can be handed to another process, and needs no pydantic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tui_tuner.engine.loop import SearchLoop
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.executors.protocol import Executor
from tui_tuner.worker.jobs import Task

if TYPE_CHECKING:
    from tui_tuner.oracles import Oracle


@dataclass(frozen=True)
class SearchPlan:
    """What a config comes to.

    Args:
        oracle: Arguments of the oracle, without its objective.
        workers: How many trials run at once, with the executor `process`.
    """

    spec: SearchSpec
    task: Task
    oracle: Mapping[str, Any]
    executor: Literal["inline", "process", "ray"]
    workers: Literal["auto"] | int

    def open(self) -> SearchLoop:
        """Take the search directory and return the loop that runs the search.

        Raises:
            DirectoryInUseError: If another engine runs this search.
            TunerError: If the directory cannot be used.
        """
        return SearchLoop(self.spec, self.make_oracle, self.make_executor)

    def make_oracle(self) -> Oracle:
        from tui_tuner.oracles import Objective, create_oracle

        objective = Objective(self.spec.objective.name, self.spec.objective.direction)
        return create_oracle(self.spec.tuner, objective=objective, **self.oracle)

    def make_executor(self) -> Executor:
        if self.executor == "inline":
            from tui_tuner.executors.inline import InlineExecutor
            from tui_tuner.worker.runner import KerasRunner

            return InlineExecutor(KerasRunner(self.task))
        from tui_tuner.executors.process import ProcessExecutor

        return ProcessExecutor(self.task, self.workers)
