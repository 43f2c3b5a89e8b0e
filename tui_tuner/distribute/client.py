"""A worker's oracle: asks the chief."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import grpc

from tui_tuner.distribute import calls
from tui_tuner.distribute.environment import Role, RoleError, role
from tui_tuner.distribute.turns import TURNS, Turn
from tui_tuner.errors import TunerError
from tui_tuner.oracles import Oracle, Trial, TrialStatus
from tui_tuner.protos import service_pb2 as service
from tui_tuner.protos.service_pb2_grpc import OracleStub
from tui_tuner.space import HyperParameters

TIMEOUT = 60 * 60
"""Seconds that a call may take: building a space or choosing a trial may take long."""

CHIEF_STARTS_WITHIN_S = 600.0
"""So long a worker waits for its chief."""

_BEAT_EVERY_S = 10.0

_ASK_AGAIN_S = 1.0
"""How often a worker asks whether the chief has come to its search."""

_T = TypeVar("_T")

_ONLY_THE_CHIEF_HAS = ("trials", "start_order", "end_order", "tuner_ids", "get_state", "set_state")


class ChiefGoneError(TunerError, RuntimeError):
    """The chief cannot be reached, or has ended."""


class SearchOverError(ChiefGoneError):
    """The chief has left the search behind, and is at a later one."""


class OracleClient:
    """Has an oracle's methods, which ask the chief, and its settings, which are those of the script.

    Args:
        oracle: The oracle that the script made: it knows the settings and nothing else.
        own: What this process is; by default what the environment says.

    Attributes:
        ongoing_trials: The trial that this worker runs, by its name.

    Raises:
        RoleError: If the environment says of no chief.
    """

    def __init__(self, oracle: Oracle, own: Role | None = None) -> None:
        own = own or role()
        if own is None:
            raise RoleError("There is no chief to ask.", "Set KERASTUNER_ORACLE_IP and KERASTUNER_ORACLE_PORT.")
        self._oracle = oracle
        self._role = own
        self._channel = grpc.insecure_channel(own.target)
        self.stub = OracleStub(self._channel)
        self._has_answered = False
        self._turn: Turn | None = None
        self._is_over = False
        self._waits = threading.Event()
        self._beats: _Heartbeat | None = None
        self.ongoing_trials: dict[str, Trial] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in _ONLY_THE_CHIEF_HAS:
            raise AttributeError(f"The oracle of a worker has no `{name}`: the chief has it.")
        return getattr(self._oracle, name)

    def begin_search(self) -> None:
        """Say that what follows is of the next search of the script: the chief may not have come to it yet."""
        self._turn = TURNS.begin(self._role, self._oracle.project_name or "")[-1]
        self._is_over = False

    # What the chief is asked. When the search is over, and the chief gone or at the next one, its files know.

    def get_space(self) -> HyperParameters:
        """The search space as far as it is known."""
        return self._ask_or_read(
            lambda: HyperParameters.from_proto(self._ask("GetSpace").hyperparameters), lambda oracle: oracle.get_space()
        )

    def update_space(self, hyperparameters: HyperParameters) -> None:
        """Add hyperparameters that are new; raises `RuntimeError` if there must be none."""
        self._ask("UpdateSpace", hyperparameters=hyperparameters.to_proto())

    def create_trial(self, tuner_id: str) -> Trial:
        """The next trial of a worker; of status `IDLE` or `STOPPED` if there is none now, or none any more."""
        try:
            trial = Trial.from_proto(self._ask("CreateTrial", tuner_id=tuner_id).trial)
        except SearchOverError:
            trial = Trial(HyperParameters(), trial_id="", status=TrialStatus.STOPPED)
        if trial.status == TrialStatus.RUNNING:
            self.ongoing_trials[tuner_id] = trial
        if trial.status == TrialStatus.STOPPED:
            self._is_over = True
            self._stop_beats()
        elif self._beats is None:
            self._beats = _Heartbeat(self.stub, tuner_id, self._metadata)
        return trial

    def update_trial(self, trial_id: str, metrics: Mapping[str, Any], step: int = 0) -> Trial:
        """Report metrics of a running trial; raises `ValueError` if the objective is missing."""
        numbers = {name: float(value) for name, value in metrics.items()}
        answer = self._ask("UpdateTrial", trial_id=trial_id, metrics=numbers, step=int(step))
        return self._known(Trial.from_proto(answer.trial))

    def end_trial(self, trial: Trial, status: str | None = None) -> None:
        """Say how a trial ended; raises `RuntimeError` if too many have failed in a row."""
        if isinstance(trial, str):  # KerasTuner's old form
            ended = self.get_trial(trial)
            ended.status = status or TrialStatus.COMPLETED
        else:
            ended = trial
        try:
            self._ask("EndTrial", trial=ended.to_proto())
        finally:
            self.ongoing_trials = {
                tuner_id: running
                for tuner_id, running in self.ongoing_trials.items()
                if running.trial_id != ended.trial_id
            }
        ended.set_state(self.get_trial(ended.trial_id).get_state())

    def get_trial(self, trial_id: str) -> Trial:
        """A trial; the one that runs here is the same object each time. `KeyError` if there is none."""
        for running in self.ongoing_trials.values():
            if running.trial_id == trial_id:
                return running
        return self._ask_or_read(
            lambda: Trial.from_proto(self._ask("GetTrial", trial_id=trial_id).trial),
            lambda oracle: oracle.get_trial(trial_id),
        )

    def get_best_trials(self, num_trials: int = 1) -> list[Trial]:
        """The best trials, as an oracle's."""
        return self._ask_or_read(
            lambda: [Trial.from_proto(each) for each in self._ask("GetBestTrials", num_trials=num_trials).trials],
            lambda oracle: oracle.get_best_trials(num_trials),
        )

    def remaining_trials(self) -> int | None:
        """How many trials are still to be created, or `None` if there is no limit."""
        limit = self._oracle.max_trials
        return None if limit is None else limit - len(self.get_best_trials(limit))

    # What only the chief does.

    def save(self) -> None:
        """The chief writes the files."""

    def save_as_only_record(self) -> None:
        """The chief writes the files."""

    def reload(self) -> None:
        """The chief reads the files."""

    def close(self) -> None:
        """Let go of the chief."""
        self._stop_beats()
        self._channel.close()

    def _stop_beats(self) -> None:
        if self._beats is not None:
            self._beats.stop()
            self._beats = None

    @property
    def _metadata(self) -> list[tuple[str, str | bytes]]:
        return calls.signed(self._role.tuner_id, self._role.token, self._turn)

    def _known(self, trial: Trial) -> Trial:
        """The trial as the object that the running trial has been until now."""
        for running in self.ongoing_trials.values():
            if running.trial_id == trial.trial_id:
                running.metrics = trial.metrics
                return running
        return trial

    def _ask(self, method: str, **fields: Any) -> Any:
        request = getattr(service, f"{method}Request")(**fields)
        call = getattr(self.stub, method)
        while True:
            limit = TIMEOUT if self._has_answered else CHIEF_STARTS_WITHIN_S
            try:
                # The chief may start after its workers; once it has answered, one that is gone stays away.
                answer = call(request, timeout=limit, wait_for_ready=not self._has_answered, metadata=self._metadata)
            except grpc.RpcError as error:
                if error.code() is not calls.LATER:
                    raise self._translated(error) from None
                self._has_answered = False  # between two searches it cannot be reached
                self._waits.wait(_ASK_AGAIN_S)
                continue
            self._has_answered = True
            return answer

    def _ask_or_read(self, ask: Callable[[], _T], read: Callable[[Oracle], _T]) -> _T:
        """What the chief answers; once the search is over and the chief out of reach, what its files say.

        Args:
            read: Gives the answer from an oracle that knows what the chief has written.
        """
        try:
            return ask()
        except ChiefGoneError:
            if not self._is_over or not (self._oracle.project_dir / "oracle.json").is_file():
                raise
        self._oracle.reload()
        return read(self._oracle)

    def _translated(self, error: Any) -> Exception:
        code, details = error.code(), error.details() or ""
        if code in calls.ERRORS:
            return calls.ERRORS[code](details)
        if code is grpc.StatusCode.UNAUTHENTICATED:
            return RoleError(details)
        if code is calls.OVER:
            return SearchOverError(f"The search is over. {details}")
        if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED):
            known = "does not answer any more" if self._has_answered else "is not there"
            return ChiefGoneError(
                f"The chief at {self._role.target} {known}.",
                "Look at what it has printed. Start it and then the workers again: the search goes on.",
            )
        return RuntimeError(f"The chief at {self._role.target}: {details or code}")


class _Heartbeat(threading.Thread):
    """Says every few seconds that this worker lives, as long as it does."""

    def __init__(self, stub: OracleStub, tuner_id: str, metadata: list[tuple[str, str | bytes]]) -> None:
        super().__init__(name="tui-tuner heartbeat", daemon=True)
        self._call = stub.Heartbeat
        self._request = service.HeartbeatRequest(tuner_id=tuner_id)
        self._metadata = metadata
        self._over = threading.Event()
        self.start()

    def run(self) -> None:
        while True:
            try:
                self._call(self._request, timeout=_BEAT_EVERY_S, metadata=self._metadata)
            except grpc.RpcError as error:
                if error.code() is grpc.StatusCode.UNIMPLEMENTED:  # KerasTuner's own chief
                    return
            except ValueError:  # the channel was closed
                return
            if self._over.wait(_BEAT_EVERY_S):
                return

    def stop(self) -> None:
        self._over.set()
