"""The chief: holds the oracle and answers the workers until the search is over."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc

from tui_tuner.distribute import calls
from tui_tuner.distribute.environment import TOKEN, TUNER_ID, Role, RoleError, role
from tui_tuner.distribute.turns import TURNS, Place, Turn, place_of
from tui_tuner.errors import TunerError
from tui_tuner.oracles import Oracle, Trial, TrialStatus
from tui_tuner.protos import service_pb2 as service
from tui_tuner.protos.service_pb2_grpc import OracleServicer as ServicerBase
from tui_tuner.protos.service_pb2_grpc import add_OracleServicer_to_server
from tui_tuner.space import HyperParameters

LOST_AFTER_S = 60.0
"""A worker that sends heartbeats and then none for so long is gone, and its trial is run again."""

ALONE_S = 600.0
"""So long a chief that has lost all its workers waits for others, as a worker waits for its chief."""

FAREWELL_S = 5.0
"""So long after its end a search answers workers that come late."""

_LOOK_EVERY_S = 0.25
_THREADS = 256
"""So many calls are answered at once. One that waits for a proposal keeps its thread; heartbeats must get through."""

Context = Any


class WorkersGoneError(TunerError, RuntimeError):
    """All workers were lost before the search was over, and no other came."""


class OracleServicer(ServicerBase):
    """Answers the workers from an oracle. Its methods are called by gRPC, from several threads.

    Args:
        oracle: The oracle; what it learns is written to its files.
        token: The secret that calls must have; empty for none.
        clock: Seconds that only grow.
        begun: The searches that this process has begun, this one last; none if that does not matter.

    Attributes:
        error: What ends the search, if something does.
    """

    def __init__(
        self,
        oracle: Oracle,
        token: str = "",
        clock: Callable[[], float] = time.monotonic,
        begun: Sequence[Turn] = (),
    ) -> None:
        self.oracle = oracle
        self._begun = begun
        self._token = token
        self._clock = clock
        self._lock = threading.Lock()
        self._heard: dict[str, float] = {}  # when each worker that sends heartbeats was last heard
        self._any_came = False
        self._nothing_more = False  # so the last one who asked was told
        self.error: Exception | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing runs and all workers that have come were told that there is nothing more."""
        return self._has_no_worker and (self._nothing_more or self.error is not None)

    @property
    def is_alone(self) -> bool:
        """Whether all workers that have come were lost before the search was over."""
        return self._has_no_worker and not self.is_over

    @property
    def _has_no_worker(self) -> bool:
        return self._any_came and not self.oracle.ongoing_trials and not self.oracle.tuner_ids

    def GetSpace(self, request: Any, context: Context) -> Any:
        self._check(context)
        return service.GetSpaceResponse(hyperparameters=self.oracle.get_space().to_proto())

    def UpdateSpace(self, request: Any, context: Context) -> Any:
        self._check(context)
        hyperparameters = HyperParameters.from_proto(request.hyperparameters)
        self._do(context, lambda: self.oracle.update_space(hyperparameters))
        return service.UpdateSpaceResponse()

    def CreateTrial(self, request: Any, context: Context) -> Any:
        self._check(context)
        self._any_came = True
        if self.error is None:
            trial = self._do(context, lambda: self.oracle.create_trial(request.tuner_id))
        else:
            trial = Trial(HyperParameters(), trial_id="", status=TrialStatus.STOPPED)
            self.oracle.tuner_ids.discard(request.tuner_id)
        if trial.status == TrialStatus.STOPPED and self.error is None and self._may_be_needed(context):
            trial.status = TrialStatus.IDLE
            self.oracle.tuner_ids.add(request.tuner_id)
        self._nothing_more = trial.status == TrialStatus.STOPPED
        if trial.status == TrialStatus.RUNNING:
            self.oracle.save_as_only_record()
        return service.CreateTrialResponse(trial=trial.to_proto())

    def UpdateTrial(self, request: Any, context: Context) -> Any:
        self._check_owner(request.trial_id, context)
        metrics = dict(request.metrics)
        trial = self._do(context, lambda: self.oracle.update_trial(request.trial_id, metrics, step=request.step))
        return service.UpdateTrialResponse(trial=trial.to_proto())

    def EndTrial(self, request: Any, context: Context) -> Any:
        trial = Trial.from_proto(request.trial)
        self._check_owner(trial.trial_id, context)
        try:
            self._do(context, lambda: self._end(trial))
        finally:
            self.oracle.save_as_only_record()
        return service.EndTrialResponse()

    def GetTrial(self, request: Any, context: Context) -> Any:
        self._check(context)
        trial = self._do(context, lambda: self.oracle.get_trial(request.trial_id))
        return service.GetTrialResponse(trial=trial.to_proto())

    def GetBestTrials(self, request: Any, context: Context) -> Any:
        self._check(context)
        trials = self.oracle.get_best_trials(request.num_trials)
        return service.GetBestTrialsResponse(trials=[trial.to_proto() for trial in trials])

    def Heartbeat(self, request: Any, context: Context) -> Any:
        self._check(context)
        with self._lock:
            self._heard[request.tuner_id] = self._clock()
        return service.HeartbeatResponse()

    def take_back_lost(self) -> dict[str, str | None]:
        """Take back the trials of workers that are gone; the trial that each of these ran, if it ran one."""
        now = self._clock()
        with self._lock:
            silent = [tuner_id for tuner_id, heard in self._heard.items() if now - heard > LOST_AFTER_S]
            for tuner_id in silent:
                del self._heard[tuner_id]
        lost = {}
        for tuner_id in silent:
            if tuner_id in self.oracle.tuner_ids:
                trial = self.oracle.ongoing_trials.get(tuner_id)
                lost[tuner_id] = None if trial is None else trial.trial_id
                self._nothing_more = self._nothing_more and trial is None
                self.oracle.give_up(tuner_id)
        return lost

    def _may_be_needed(self, context: Context) -> bool:
        """Whether a worker for which there is nothing left must wait: those that run the last trials may be lost.

        Not KerasTuner's own, which would ask again without a pause.
        """
        if context is None or not calls.caller(context.invocation_metadata()):
            return False
        with self._lock:
            return any(tuner_id in self._heard for tuner_id in tuple(self.oracle.ongoing_trials))

    def _end(self, trial: Trial) -> None:
        try:
            self.oracle.end_trial(trial)
        except RuntimeError as error:
            if not self._is_ongoing(trial.trial_id):  # too many failures in a row
                self.error = error
            raise

    def _is_ongoing(self, trial_id: str) -> bool:
        return any(each.trial_id == trial_id for each in self.oracle.ongoing_trials.values())

    def _check(self, context: Context) -> None:
        """Only who has the secret and means this search is answered."""
        if context is None:
            return
        metadata = context.invocation_metadata()
        if not calls.is_trusted(metadata, self._token):
            context.abort(grpc.StatusCode.UNAUTHENTICATED, f"The chief has a token: set {TOKEN} to the same.")
        turn = calls.turn_of(metadata)
        if turn is None or not self._begun:
            return
        place = place_of(turn, self._begun)
        if place is not Place.NOW:
            context.abort(
                calls.OVER if place is Place.OVER else calls.LATER, f"The chief is at {self._begun[-1].name}."
            )

    def _check_owner(self, trial_id: str, context: Context) -> None:
        """A worker that was given up for lost must not report what another one is running again."""
        self._check(context)
        tuner_id = "" if context is None else calls.caller(context.invocation_metadata())
        running = self.oracle.ongoing_trials.get(tuner_id)
        if tuner_id and (running is None or running.trial_id != trial_id):
            context.abort(
                grpc.StatusCode.ABORTED,
                f"Trial {trial_id} is not {tuner_id}'s any more: nothing was heard of it for {LOST_AFTER_S:g} s, or "
                f"another worker has the same {TUNER_ID}.",
            )

    def _do(self, context: Context, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except Exception as error:
            if context is None:
                raise
            text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
            context.abort(calls.code_of(error), text)


def start_server(oracle: Oracle) -> None:
    """Answer the workers of the environment's chief until the search is over.

    Raises:
        RoleError: If this process is no chief, or cannot listen on its address.
        RuntimeError: If too many trials have failed in a row.
        WorkersGoneError: If all workers were lost and no other has come for `ALONE_S`.
        KeyboardInterrupt: If it was interrupted; what runs is run again when the search goes on.
    """
    own = role()
    if own is None or not own.is_chief:
        raise RoleError("This process is no chief.", "KERASTUNER_TUNER_ID must have `chief` in it.")
    serve(oracle, own)


def serve(oracle: Oracle, own: Role) -> None:
    """As `start_server`, for a role."""
    begun = TURNS.begin(own, oracle.project_name or "")
    servicer = OracleServicer(oracle, own.token, begun=begun)
    server = grpc.server(ThreadPoolExecutor(_THREADS), options=(("grpc.so_reuseport", 0),))
    add_OracleServicer_to_server(servicer, server)
    try:
        bound = server.add_insecure_port(own.target)
    except RuntimeError:
        bound = 0
    if not bound:
        raise own.cannot_listen
    if not own.token and not own.is_local:
        _say(f"whoever reaches {own.target} can take part in this search. To keep others out, set {TOKEN} to the same")
        _say("secret on the chief and all workers.")
    oracle.save_as_only_record()
    server.start()
    _say(f"the chief listens on {own.target} and waits for workers")
    try:
        wait_until_over(servicer)
    finally:
        oracle.save_as_only_record()
        server.stop(1.0).wait()
    if servicer.error is not None:
        raise servicer.error


def wait_until_over(servicer: OracleServicer) -> None:
    """Wait for the end of a search, and a moment longer for workers that come late.

    Raises:
        WorkersGoneError: If all workers were lost and no other has come for `ALONE_S`.
    """
    over, alone = _Since(), _Since()
    while True:
        lost = servicer.take_back_lost()
        for tuner_id, trial_id in lost.items():
            _say(f"worker {tuner_id} is lost" + ("" if trial_id is None else f"; trial {trial_id} will be run again"))
        if over.for_s(servicer.is_over) > FAREWELL_S:
            return
        alone_s = alone.for_s(servicer.is_alone)
        if lost and servicer.is_alone:
            _say(f"no worker is left: the chief waits {ALONE_S / 60:g} minutes for another one")
        if alone_s > ALONE_S:
            raise WorkersGoneError(
                "All workers are lost, and the search is not over.",
                "Look at what they have printed. Start the chief and the workers again: the search goes on.",
            )
        time.sleep(_LOOK_EVERY_S)


class _Since:
    """For how long something has been so without a break."""

    def __init__(self) -> None:
        self._began: float | None = None

    def for_s(self, is_so: bool) -> float:
        """Seconds since it began to be so; 0 if it is not."""
        if not is_so:
            self._began = None
            return 0.0
        if self._began is None:
            self._began = time.monotonic()
        return time.monotonic() - self._began


def _say(text: str) -> None:
    print(f"tui-tuner: {text}", file=sys.stderr, flush=True)
