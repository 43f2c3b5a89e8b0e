"""A trial: one configuration, and what came of it."""

from __future__ import annotations

import hashlib
import os
import random
import time
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Self

from tui_tuner.oracles.explanation import Explanation
from tui_tuner.oracles.json_files import read_json, write_json
from tui_tuner.oracles.metrics import MetricsTracker
from tui_tuner.space import HyperParameters


class TrialStatus(StrEnum):
    """What a trial is at; each equals its plain string."""

    RUNNING = "RUNNING"
    IDLE = "IDLE"
    """Nothing to run now; ask again when a running trial has ended."""
    INVALID = "INVALID"
    """It raised, or its score is not a number; it is tried again while retries are left."""
    STOPPED = "STOPPED"
    """As an answer: the search is over. Of a trial: ended early, by a person or a pruner, with what it had."""
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"

    @staticmethod
    def to_proto(status: str | None) -> int:
        """A status, or `None`, as a value of KerasTuner's enum.

        Raises:
            ValueError: If there is no such status.
        """
        from tui_tuner.protos import keras_tuner_pb2

        number: int = keras_tuner_pb2.TrialStatus.Value("UNKNOWN" if status is None else TrialStatus(status).value)
        return number

    @staticmethod
    def from_proto(proto: int) -> TrialStatus | None:
        """The status that a value of KerasTuner's enum means; `None` for the unknown one.

        Raises:
            ValueError: If it has no such value.
        """
        from tui_tuner.protos import keras_tuner_pb2

        name = keras_tuner_pb2.TrialStatus.Name(proto)
        return None if name == "UNKNOWN" else TrialStatus(name)


class Trial:
    """One configuration of the search and its results.

    Args:
        hyperparameters: The search space with this trial's values.
        trial_id: Its id; a random one by default.
        status: A `TrialStatus` or the same as a string.
        message: Why it failed, or `None`.

    Attributes:
        metrics: What it reported.
        score: The objective, once it has ended; `None` before, and where it has none.
        best_step: The step of the score: the best epoch, counted from 0.
        origin: Why it is run: empty if the oracle proposed it, else `initial`, `by hand` or `rerun`.
        rerun_of: The trial whose configuration it runs again with another seed, or `None`.
        why: Why it was proposed; `None` if that is not known.
        violation: By how much it violates the search's constraints, 0 if it keeps to all; `None` if there are none, or
            as long as that is not known.
    """

    def __init__(
        self,
        hyperparameters: HyperParameters,
        trial_id: str | None = None,
        status: str = TrialStatus.RUNNING,
        message: str | None = None,
    ) -> None:
        self.hyperparameters = hyperparameters
        self.trial_id = generate_trial_id() if trial_id is None else trial_id
        self.metrics = MetricsTracker()
        self.score: float | None = None
        self.best_step = 0
        self.status = status
        self.message = message
        self.origin = ""
        self.rerun_of: str | None = None
        self.why: Explanation | None = None
        self.violation: float | None = None

    @property
    def status(self) -> str:
        """A string itself and no subclass: scripts write it to files, and YAML takes nothing else."""
        return self._status

    @status.setter
    def status(self, status: str) -> None:
        self._status = str(status)

    def discard_results(self) -> None:
        """Forget what an earlier run reported, so that the trial can be run again."""
        self.metrics = MetricsTracker()
        self.score = None
        self.best_step = 0
        self.message = None
        self.violation = None

    def summary(self) -> None:
        """Print the trial's values, score and message."""
        print(f"Trial {self.trial_id} summary")
        print("Hyperparameters:")
        self.display_hyperparameters()
        if self.score is not None:
            print(f"Score: {self.score}")
        if self.message is not None:
            print(self.message)

    def display_hyperparameters(self) -> None:
        """Print the trial's values, one a line."""
        if not self.hyperparameters.values:
            print("default configuration")
        for name, value in self.hyperparameters.values.items():
            print(f"{name}: {value}")

    def get_state(self) -> dict[str, Any]:
        """The trial as JSON values, in the form of KerasTuner's `trial.json`.

        KerasTuner reads past what it does not have: the origin of a trial that no oracle proposed, and why a trial was
        proposed.
        """
        wished = {"origin": self.origin, "rerun_of": self.rerun_of} if self.origin else {}
        explained = {} if self.why is None else {"why": self.why.to_json()}
        return {
            "trial_id": self.trial_id,
            "hyperparameters": self.hyperparameters.get_config(),
            "metrics": self.metrics.get_config(),
            "score": self.score,
            "best_step": self.best_step,
            "status": self.status,
            "message": self.message,
            **wished,
            **({} if self.violation is None else {"violation": self.violation}),
            **explained,
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Become what `get_state` described.

        Raises:
            KeyError: If a part is missing.
        """
        self.trial_id = state["trial_id"]
        self.hyperparameters = HyperParameters.from_config(state["hyperparameters"])
        self.metrics = MetricsTracker.from_config(state["metrics"])
        self.score = state["score"]
        self.best_step = state["best_step"] or 0
        self.status = TrialStatus(state["status"])  # a ValueError if there is no such status
        self.message = state["message"]
        self.origin = state.get("origin", "")
        self.rerun_of = state.get("rerun_of")
        self.violation = state.get("violation")
        self.why = Explanation.from_json(state["why"]) if "why" in state else None

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The trial that `get_state` described."""
        trial = cls(hyperparameters=HyperParameters(), trial_id=state["trial_id"])
        trial.set_state(state)
        return trial

    def save(self, fname: str | os.PathLike[str]) -> None:
        """Write the trial to a file, in one step."""
        write_json(fname, self.get_state())

    def reload(self, fname: str | os.PathLike[str]) -> None:
        """Become what a file holds.

        Raises:
            OSError: If the file cannot be read.
            ValueError: If it is not whole.
            KeyError: If a part is missing.
        """
        self.set_state(read_json(fname))

    @classmethod
    def load(cls, fname: str | os.PathLike[str]) -> Self:
        """The trial that a file holds; raises what `reload` raises."""
        return cls.from_state(read_json(fname))

    def to_proto(self) -> Any:
        """The trial as KerasTuner's message."""
        from tui_tuner.oracles.protobuf import trial_message

        return trial_message(self.get_state(), self.hyperparameters.to_proto())

    @classmethod
    def from_proto(cls, proto: Any) -> Self:
        """The trial that a message holds."""
        from tui_tuner.oracles.protobuf import trial_state

        return cls.from_state(trial_state(proto))


def generate_trial_id() -> str:
    """An id for a trial that nobody has given one."""
    return hashlib.sha256(f"{time.time()}{random.random()}".encode()).hexdigest()[:32]
