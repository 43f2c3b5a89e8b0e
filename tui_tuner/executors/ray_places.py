"""The places for trials on a cluster: how many there shall be, what each takes, and which job is where.

Plain bookkeeping, with neither Ray nor threads: every method returns what is to be sent and reported.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping

from tui_tuner.executors.protocol import NoWorkerFreeError
from tui_tuner.executors.ray_layout import Layout
from tui_tuner.executors.ray_messages import (
    KillTrial,
    ReleaseWorker,
    SlotLost,
    SlotOpened,
    SlotReported,
    ToSlot,
)
from tui_tuner.executors.ray_place import Outgoing, Place, Slots
from tui_tuner.executors.ray_resources import Machine, Resources, in_words
from tui_tuner.worker.jobs import Control, EvaluateJob, Job, PrepareJob, TrialJob
from tui_tuner.worker.messages import READY, SetControl
from tui_tuner.worker.reports import (
    Evaluated,
    JobFailed,
    Outcome,
    Prepared,
    TrialEnded,
    WorkerLost,
    WorkerStatus,
)

_TRIES = 3
"""How often a slot may fail in a row before its place is given up."""

_PATIENCE_S = 3.0
"""After so long without a slot people are told what the search waits for."""

_TICK_S = 0.5

_NO_ROOM_S = 60.0
"""How long a trial waits for a machine that could hold it at all, before it fails."""


class Places:
    """All places of one search.

    There are as many as were asked for, or as fit into the cluster as it is now. A trial that takes something special
    gets a slot of that shape in its place. While it waits for room, places that could make room for it are closed as
    they become free.

    Args:
        usual: What a trial takes beside one CPU, or a share of a GPU.
        wanted: How many places, or `None` for as many as fit.
        trials_per_gpu: How many trials share a GPU, where `usual` does not say it.
    """

    def __init__(
        self,
        usual: Resources,
        wanted: int | None,
        trials_per_gpu: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._layout = Layout(usual, wanted, trials_per_gpu)
        self._clock = clock
        self._places: dict[int, Place] = {}  # by the number in the worker's name
        self._by_trial: dict[str, Place] = {}
        self._bad: set[int] = set()
        self._was_open = False
        self._is_hopeless = False
        self._waits_since = clock()
        self._told_to_wait = False
        self._ticked = 0.0
        self.out = Outgoing()
        self._slots = Slots(self.out, clock)

    @property
    def capacity(self) -> int:
        """Jobs that are there, and free places whose slot is; before the first is there, one place to begin with."""
        count = sum(place.job is not None or place.is_open for place in self._places.values())
        return max(count, 1 if self._is_beginning else 0)

    @property
    def _is_beginning(self) -> bool:
        """Whether the first slot is still on its way: then a job may be submitted that waits for it."""
        return not self._was_open and not self._is_hopeless and len(self._bad) < self._layout.target

    def submit(self, job: Job, mistake: str = "") -> str:
        """Put a job into a free place and return the worker's name.

        Args:
            mistake: Why the trial cannot be run, because of something in the config: it ends at once.

        Raises:
            NoWorkerFreeError: If there is none.
        """
        free = [place for place in self._places.values() if place.job is None]
        if self._was_open:
            free = [place for place in free if place.is_open]
        if not self._places and self._is_beginning:
            free = [self._place(0)]
        if not free:
            raise NoWorkerFreeError("no worker is free")
        needs = self._needs(job)
        at_home = isinstance(job, PrepareJob | EvaluateJob)
        place = min(
            free,
            key=lambda p: (at_home and not p.shares_files, dict(p.resources) != needs, not p.is_open, not p.ready),
        )
        if mistake and isinstance(job, TrialJob):
            self.out.reports.append(TrialEnded(place.worker, job.trial_id, job.attempt, Outcome.FATAL, message=mistake))
            return place.worker
        place.job = job
        if isinstance(job, TrialJob):
            self._by_trial[job.trial_id] = place
        self._dispatch(place)
        return place.worker

    def control(self, trial_id: str, control: Control, answered: int) -> None:
        """Pass a wish on, or keep it until the trial's slot is there."""
        place = self._by_trial.get(trial_id)
        if place is None:
            return
        wish = SetControl(trial_id, control, answered)
        if place.is_open and place.slot is not None:
            self.out.messages.append(ToSlot(place.slot, wish))
        else:
            place.wish = wish

    def kill(self, trial_id: str) -> None:
        """End a trial's worker; a trial that still waits for its slot ends at once."""
        place = self._by_trial.get(trial_id)
        if place is None or not isinstance(place.job, TrialJob):
            return
        if place.is_open and place.slot is not None:
            place.killed = True
            self.out.messages.append(ToSlot(place.slot, KillTrial(trial_id)))
            return
        job = place.job
        self._end_job(place)
        self.out.reports.append(TrialEnded(place.worker, trial_id, job.attempt, Outcome.STOPPED))
        self._settle()

    def resize(self, workers: int) -> None:
        """Have so many places from now on."""
        self._layout.wanted = workers
        self._bad.clear()
        self._settle()

    def release(self) -> None:
        """End the workers of free places."""
        for place in self._places.values():
            if place.job is None and place.is_open and place.slot is not None:
                place.ready = False
                self.out.messages.append(ToSlot(place.slot, ReleaseWorker()))

    # What comes from the cluster.

    def machines_are(self, machines: tuple[Machine, ...], join: str = "") -> None:
        """The cluster has these machines now.

        Args:
            join: The line that joins another machine, which people are told at first.
        """
        first = not self._layout.is_known
        if first and join:
            count = "1 machine" if len(machines) == 1 else f"{len(machines)} machines"
            self.out.reports.append(
                WorkerStatus(self._place(0).worker, f"a cluster of {count}; another joins with: {join}")
            )
        if self._layout.set_machines(machines):
            self._bad.clear()  # what failed elsewhere may do on the new ones
        if first:
            for place in self._places.values():
                self._dispatch(place)
        self._settle()

    def opened(self, message: SlotOpened) -> None:
        """A slot is there: its job can go."""
        place = self._slots.place_at(message.slot)
        if place is None:
            return
        place.machine, place.shares_files, place.failures = message.node_id, message.shares_files, 0
        self._was_open = True
        if place.job is not None:
            self._dispatch(place)
        self._settle()

    def reported(self, message: SlotReported) -> None:
        """A worker's reports: passed on; one that closes a job frees the place."""
        place = self._slots.place_at(message.slot)
        if place is None:
            return
        is_over = False
        for report in message.reports:
            if isinstance(report, WorkerStatus) and report.activity == READY:
                place.ready = True
            closes = isinstance(report, Prepared | TrialEnded | Evaluated | JobFailed)
            if isinstance(report, WorkerLost):
                place.ready = False
                closes = True
            if closes:
                self._end_job(place)
                if message.given_up:
                    self._give_up(place)
                is_over = True
            self.out.reports.append(report)
        if is_over:
            self._settle()

    def lost(self, message: SlotLost) -> None:
        """A slot is gone; its trial is not to blame if its machine is gone too."""
        place = self._slots.place_at(message.slot)
        if place is None:
            return
        self._lose(place, message.message, message.blameless)
        self._settle()

    def all_lost(self, text: str) -> None:
        """The whole cluster is gone for now."""
        for place in list(self._places.values()):
            if place.slot is not None or place.job is not None:
                self._lose(place, text, blameless=True)
        self._layout.set_machines(())
        self._was_open, self._waits_since = False, self._clock()
        self._places.clear()

    def give_up_all(self, text: str) -> None:
        """There is no cluster, and there will be none."""
        for place in list(self._places.values()) or [self._place(0)]:
            place.failures = _TRIES  # more than it takes
            self._lose(place, text, blameless=False)
        self._layout.set_machines(())
        self._is_hopeless = True

    def tick(self) -> None:
        """What only time brings: trials that no machine can hold, and the word that there is none at all."""
        now = self._clock()
        if now - self._ticked < _TICK_S:
            return
        self._ticked = now
        waiting = [place for place in self._places.values() if self._needs_room(place)]
        for place in waiting:
            if now - place.told > _PATIENCE_S:  # again and again: a trial that only waits does not hang
                place.told = now
                self.out.reports.append(WorkerStatus(place.worker, f"waiting for {in_words(place.resources)}"))
            if now - place.since > _NO_ROOM_S:
                self._fail_without_room(place)
        if waiting:
            self._settle()
        if any(place.is_open for place in self._places.values()):
            self._waits_since, self._told_to_wait = now, False
        elif self._places and not self._told_to_wait and now - self._waits_since > _PATIENCE_S:
            self._told_to_wait = True
            worker = next(iter(self._places.values())).worker
            text = in_words(self._layout.usual) if self._layout.is_known else "Ray"
            self.out.reports.append(WorkerStatus(worker, f"waiting for {text}"))

    # Inside.

    def _needs(self, job: Job) -> dict[str, float]:
        special: Mapping[str, float] = job.resources if isinstance(job, TrialJob) else {}
        return self._layout.usual | dict(special)

    def _place(self, number: int) -> Place:
        return self._places.setdefault(number, Place(f"ray-{number}", {}))

    def _fail_without_room(self, place: Place) -> None:
        """End the place's trial if no machine could ever hold it."""
        job = place.job
        if not isinstance(job, TrialJob) or self._layout.can_hold(needs := self._needs(job)):
            return
        self._slots.close(place)
        self._end_job(place)
        text = f"no machine of the cluster has what this trial takes: {in_words(needs)}"
        self.out.reports.append(TrialEnded(place.worker, job.trial_id, job.attempt, Outcome.FAILED, message=text))

    def _dispatch(self, place: Place) -> None:
        """Send the place's job, in a slot of the right shape and on the right machine, as soon as that is there."""
        job = place.job
        if job is None or not self._layout.is_known:
            return
        at_home = isinstance(job, PrepareJob | EvaluateJob)
        needs = self._needs(job)
        if at_home and place.slot is not None:
            # Any slot will do whose machine sees the files that this job needs. The others are not the right ones.
            sees_them = place.shares_files or not place.is_open
            needs = dict(place.resources) if sees_them else {}
        if place.slot is not None and dict(place.resources) != needs:
            self._slots.close(place)
        if place.slot is None:
            self._slots.open(place, needs, at_home)
        elif place.is_open:
            self.out.messages.append(ToSlot(place.slot, job))
            if place.wish is not None:
                self.out.messages.append(ToSlot(place.slot, place.wish))
                place.wish = None

    def _end_job(self, place: Place) -> None:
        if place.trial_id is not None:
            self._by_trial.pop(place.trial_id, None)
        place.job, place.wish, place.killed = None, None, False

    def _lose(self, place: Place, text: str, blameless: bool) -> None:
        job, killed, had_slot = place.job, place.killed, place.is_open
        self._slots.forget(place)
        self._end_job(place)
        if not blameless:
            place.failures += 1
            if place.failures == _TRIES:
                text = f"{place.worker} is given up after {_TRIES} failures: {text}"
            if place.failures >= _TRIES:
                self._give_up(place)
            elif not had_slot:
                blameless = True  # the job was not even there
        if killed and isinstance(job, TrialJob):
            self.out.reports.append(TrialEnded(place.worker, job.trial_id, job.attempt, Outcome.STOPPED))
        else:
            trial_id = job.trial_id if isinstance(job, TrialJob) else None
            self.out.reports.append(WorkerLost(place.worker, trial_id, text, blameless))

    def _give_up(self, place: Place) -> None:
        number = next(number for number, other in self._places.items() if other is place)
        self._slots.close(place)
        del self._places[number]
        self._bad.add(number)

    def _settle(self) -> None:
        """Have as many places as there shall be, and let them make room for trials that need it."""
        if not self._layout.is_known:
            return
        target = self._layout.target - len(self._bad)
        free = sorted(
            (number for number, place in self._places.items() if place.job is None),
            key=lambda number: (self._places[number].is_open, -number),
        )
        for number in free[: max(0, len(self._places) - target)]:
            self._slots.close(self._places[number])
            del self._places[number]
        numbers = (number for number in itertools.count() if number not in self._places and number not in self._bad)
        while len(self._places) < target:
            self._place(next(numbers))
        waiting = [dict(place.resources) for place in self._places.values() if self._needs_room(place)]
        for place in self._places.values():
            if place.job is None:
                self._settle_free(place, waiting)

    def _needs_room(self, place: Place) -> bool:
        """Whether free places shall make room for this one: at once for what is special, else if it waits for long."""
        if place.job is None or place.slot is None or place.is_open:
            return False
        is_special = place.trial_id is not None and dict(place.resources) != self._layout.usual
        return is_special or self._clock() - place.since > _PATIENCE_S

    def _settle_free(self, place: Place, waiting: list[dict[str, float]]) -> None:
        usual = self._layout.usual
        if waiting:
            if self._layout.is_in_the_way(place.machine, waiting):
                self._slots.close(place)
        elif place.is_errand or (place.slot is not None and not place.is_open and dict(place.resources) != usual):
            self._slots.close(place)
            self._slots.open(place, usual)
        elif place.slot is None:
            self._slots.open(place, usual)
