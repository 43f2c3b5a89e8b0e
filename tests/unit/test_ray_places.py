"""The places of a cluster, without a cluster: which slots are opened and closed, and where jobs go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import pytest

from tui_tuner.executors.ray_messages import (
    CloseSlot,
    FromEngine,
    KillTrial,
    OpenSlot,
    SlotLost,
    SlotOpened,
    SlotReported,
    ToSlot,
)
from tui_tuner.executors.ray_places import Places
from tui_tuner.executors.ray_resources import Machine
from tui_tuner.worker.jobs import Control, DataSummary, EvaluateJob, PrepareJob, TrialJob
from tui_tuner.worker.messages import ENDED, SetControl
from tui_tuner.worker.reports import Outcome, Prepared, Report, TrialEnded, WorkerLost, WorkerStatus

R = TypeVar("R")
M = TypeVar("M")


def machine(node: str, *, home: bool = False, **resources: float) -> Machine:
    return Machine(node, node, {"num_cpus": 2.0, **resources}, home)


HOME = machine("home", home=True)


def trial(number: int = 0, attempt: int = 0, **resources: float) -> TrialJob:
    return TrialJob(f"t{number}", number, attempt, {"space": [], "values": {}}, resources=resources)


class Cluster:
    """Places, and a cluster that opens the slots it is told to."""

    def __init__(self, *machines: Machine, wanted: int | None = None, usual: Mapping[str, float] | None = None) -> None:
        self.now = 100.0
        self.places = Places(usual or {}, wanted, clock=lambda: self.now)
        self.messages: list[FromEngine] = []
        self.reports: list[Report] = []
        if machines:
            self.places.machines_are(machines)

    def look(self) -> None:
        messages, reports = self.places.out.take()
        self.messages += messages
        self.reports += reports

    def sent(self, kind: type[M]) -> list[M]:
        self.look()
        return [message for message in self.messages if isinstance(message, kind)]

    def told(self, kind: type[R]) -> list[R]:
        self.look()
        return [report for report in self.reports if isinstance(report, kind)]

    @property
    def pending(self) -> list[OpenSlot]:
        closed = {message.slot for message in self.sent(CloseSlot)}
        return [message for message in self.sent(OpenSlot) if message.slot not in closed | self.opened]

    opened: set[int]

    def open(self, *, node: str = "home", shares: bool = True) -> list[int]:
        """All that were asked for; returns their numbers."""
        self.opened = getattr(self, "opened", set())
        numbers = [message.slot for message in self.pending]
        for number in numbers:
            self.opened.add(number)
            self.places.opened(SlotOpened(number, node, shares))
        return numbers

    def end(self, job: TrialJob) -> None:
        slot = next(message.slot for message in reversed(self.sent(ToSlot)) if message.content == job)
        report = TrialEnded("", job.trial_id, job.attempt, Outcome.COMPLETED)
        self.places.reported(SlotReported(slot, (report,)))

    def slot_of(self, job: TrialJob | PrepareJob | EvaluateJob) -> int | None:
        return next((message.slot for message in reversed(self.sent(ToSlot)) if message.content == job), None)

    def tick(self, seconds: float) -> None:
        self.now += seconds
        self.places.tick()


def test_before_the_cluster_is_known_one_job_may_be_submitted_and_waits() -> None:
    cluster = Cluster()
    assert cluster.places.capacity == 1
    assert cluster.places.submit(PrepareJob()) == "ray-0"
    with pytest.raises(RuntimeError, match="no worker is free"):
        cluster.places.submit(trial())
    cluster.places.machines_are((HOME,))
    assert cluster.sent(OpenSlot)[0].at_home
    assert not cluster.sent(ToSlot)
    first, _ = cluster.open()
    assert [message.slot for message in cluster.sent(ToSlot)] == [first]


def test_there_are_as_many_places_as_fit_and_capacity_counts_those_that_are_there() -> None:
    cluster = Cluster(HOME, machine("b"))
    assert [message.worker for message in cluster.sent(OpenSlot)] == ["ray-0", "ray-1", "ray-2", "ray-3"]
    assert cluster.places.capacity == 1
    cluster.open()
    assert cluster.places.capacity == 4


def test_a_gpus_share_is_taken_where_there_are_gpus() -> None:
    cluster = Cluster(HOME, machine("b", num_gpus=1))
    assert [message.resources for message in cluster.sent(OpenSlot)[-1:]] == [{"num_cpus": 1.0, "num_gpus": 1.0}]
    cluster.open()
    assert cluster.places.capacity == 1


def test_places_follow_the_machines() -> None:
    cluster = Cluster(HOME)
    cluster.open()
    cluster.places.machines_are((HOME, machine("b")))
    cluster.open(node="b")
    assert cluster.places.capacity == 4
    cluster.places.machines_are((HOME,))
    assert cluster.places.capacity == 2
    assert len(cluster.sent(CloseSlot)) == 2


def test_no_running_trial_is_cut_off_when_there_shall_be_fewer_places() -> None:
    cluster = Cluster(HOME)
    cluster.open()
    jobs = [trial(0), trial(1)]
    for job in jobs:
        cluster.places.submit(job)
    cluster.places.resize(1)
    assert (cluster.places.capacity, cluster.sent(CloseSlot)) == (2, [])
    cluster.end(jobs[0])
    assert (cluster.places.capacity, len(cluster.sent(CloseSlot))) == (1, 1)
    assert [status.activity for status in cluster.told(WorkerStatus)] == [ENDED]
    cluster.places.resize(2)
    cluster.open()
    assert cluster.places.capacity == 2


def test_a_lost_slot_is_told_and_opened_anew() -> None:
    cluster = Cluster(HOME)
    slots = cluster.open()
    worker = cluster.places.submit(trial())
    slot = cluster.slot_of(trial())
    assert slot in slots
    cluster.places.lost(SlotLost(slot, "its machine is gone", blameless=True))
    assert cluster.told(WorkerLost) == [WorkerLost(worker, "t0", "its machine is gone", blameless=True)]
    assert [message.worker for message in cluster.pending] == [worker]
    cluster.places.lost(SlotLost(slot, "again", blameless=True))
    assert len(cluster.told(WorkerLost)) == 1


def test_a_place_whose_slot_cannot_be_opened_is_given_up_until_a_machine_joins() -> None:
    cluster = Cluster(HOME, wanted=1)
    cluster.opened = set()
    for _ in range(3):
        (slot,) = (message.slot for message in cluster.pending)
        cluster.opened.add(slot)
        cluster.places.lost(SlotLost(slot, "no tui-tuner there", blameless=False))
    assert cluster.places.capacity == 0
    assert [lost.blameless for lost in cluster.told(WorkerLost)] == [True, True, False]
    assert "ray-0 is given up after 3 failures: no tui-tuner there" in cluster.told(WorkerLost)[-1].message
    with pytest.raises(RuntimeError, match="no worker is free"):
        cluster.places.submit(trial())
    cluster.places.machines_are((HOME, machine("b")))
    cluster.open()
    assert cluster.places.capacity == 1


def test_a_worker_that_cannot_be_started_costs_its_place() -> None:
    cluster = Cluster(HOME, wanted=1)
    (slot,) = cluster.open()
    cluster.places.submit(trial())
    lost = WorkerLost("ray-0", "t0", "ray-0 is given up")
    cluster.places.reported(SlotReported(slot, (lost,), given_up=True))
    assert (cluster.told(WorkerLost), cluster.places.capacity) == ([lost], 0)


def test_a_special_trial_gets_a_slot_of_its_own_shape() -> None:
    cluster = Cluster(HOME, machine("b", big=1))
    cluster.open()
    cluster.places.submit(trial(0, big=1))
    (wanted,) = cluster.pending
    assert wanted.resources == {"num_cpus": 1.0, "big": 1.0}
    (slot,) = cluster.open(node="b")
    assert cluster.slot_of(trial(0, big=1)) == slot
    cluster.end(trial(0, big=1))
    cluster.places.submit(trial(1, big=1))
    assert cluster.slot_of(trial(1, big=1)) == slot, "a free slot of the shape is used again"


def test_free_places_make_room_for_a_special_trial_and_come_back_when_it_has_its_own() -> None:
    cluster = Cluster(machine("home", home=True, num_gpus=2), usual={"num_gpus": 1})
    cluster.open()
    usual = trial(0)
    cluster.places.submit(usual)
    cluster.places.submit(trial(1, num_gpus=2))
    assert cluster.places.capacity == 2
    cluster.end(usual)
    assert cluster.places.capacity == 1
    with pytest.raises(RuntimeError, match="no worker is free"):
        cluster.places.submit(trial(2))
    assert [message.resources["num_gpus"] for message in cluster.pending] == [2]
    cluster.open()
    assert [message.resources["num_gpus"] for message in cluster.pending] == [1]


def test_places_on_machines_that_do_not_matter_make_no_room() -> None:
    cluster = Cluster(HOME, machine("b", big=1))
    cluster.open()
    cluster.places.submit(trial(0))
    cluster.places.submit(trial(1, big=1))
    cluster.end(trial(0))
    assert cluster.places.capacity == 4


def test_a_trial_that_no_machine_can_hold_fails_after_a_while() -> None:
    cluster = Cluster(HOME)
    cluster.open()
    cluster.places.submit(trial(0, attempt=2, big=1))
    cluster.tick(50)
    assert not cluster.told(TrialEnded)
    cluster.tick(20)
    (ended,) = cluster.told(TrialEnded)
    assert (ended.trial_id, ended.attempt, ended.outcome) == ("t0", 2, Outcome.FAILED)
    assert ended.message == "no machine of the cluster has what this trial takes: num_cpus 1, big 1"
    cluster.open()
    assert cluster.places.capacity == 2


def test_a_trial_whose_machine_is_only_busy_goes_on_waiting() -> None:
    cluster = Cluster(HOME, machine("b", big=1))
    cluster.open()
    cluster.places.submit(trial(0, big=1))
    for _ in range(250):
        cluster.tick(4)
    assert not cluster.told(TrialEnded)
    said = {(status.worker, status.activity) for status in cluster.told(WorkerStatus)[-200:]}
    assert said == {("ray-0", "waiting for num_cpus 1, big 1")}, "so that nobody takes it for one that hangs"


def test_a_mistake_in_the_config_ends_the_trial_without_running_it() -> None:
    cluster = Cluster(HOME)
    cluster.open()
    cluster.places.submit(trial(), "run.trial_resources: KeyError")
    (ended,) = cluster.told(TrialEnded)
    assert (ended.outcome, ended.message) == (Outcome.FATAL, "run.trial_resources: KeyError")
    assert not cluster.sent(ToSlot)
    assert cluster.places.capacity == 2


def test_a_job_that_needs_the_engines_files_goes_where_they_are_seen() -> None:
    cluster = Cluster(HOME, machine("b"))
    slots = [message.slot for message in cluster.sent(OpenSlot)]
    for slot in slots[:3]:
        cluster.places.opened(SlotOpened(slot, "b", shares_files=False))
    cluster.places.opened(SlotOpened(slots[3], "home", shares_files=True))
    job = EvaluateJob("t0", {"space": [], "values": {}})
    cluster.places.submit(job)
    assert cluster.slot_of(job) == slots[3]


def test_where_no_place_sees_the_files_one_is_made_at_home_for_the_job_alone() -> None:
    cluster = Cluster(machine("b"))
    first, second = cluster.open(node="b", shares=False)
    cluster.places.submit(PrepareJob())
    (wanted,) = cluster.pending
    assert (wanted.resources, wanted.at_home) == ({}, True)
    assert cluster.sent(CloseSlot) == [CloseSlot(first)]
    (errand,) = cluster.open()
    assert cluster.slot_of(PrepareJob()) == errand
    cluster.places.reported(SlotReported(errand, (Prepared("ray-0", {"space": []}, DataSummary()),)))
    assert CloseSlot(errand) in cluster.sent(CloseSlot)
    assert [message.resources for message in cluster.pending] == [{"num_cpus": 1.0}]
    assert second not in {message.slot for message in cluster.sent(CloseSlot)}


def test_wishes_wait_with_the_trial_for_its_slot() -> None:
    cluster = Cluster(HOME, machine("b", big=1))
    cluster.open()
    cluster.places.submit(trial(0, big=1))
    cluster.places.control("t0", Control.PAUSE, 0)
    cluster.places.control("t0", Control.SKIP, 0)
    assert not cluster.sent(ToSlot)
    cluster.open(node="b")
    assert [message.content for message in cluster.sent(ToSlot)] == [
        trial(0, big=1),
        SetControl("t0", Control.SKIP, 0),
    ]


def test_a_trial_that_waits_for_its_slot_can_be_killed() -> None:
    cluster = Cluster(HOME)
    cluster.open()
    cluster.places.submit(trial(0, attempt=1, big=1))
    cluster.places.kill("t0")
    assert [(ended.outcome, ended.attempt) for ended in cluster.told(TrialEnded)] == [(Outcome.STOPPED, 1)]
    assert [message.resources for message in cluster.pending] == [{"num_cpus": 1.0}]


def test_a_killed_trial_whose_machine_is_lost_meanwhile_is_stopped() -> None:
    cluster = Cluster(HOME)
    cluster.open()
    cluster.places.submit(trial())
    slot = cluster.slot_of(trial())
    assert slot is not None
    cluster.places.kill("t0")
    assert cluster.sent(ToSlot)[-1].content == KillTrial("t0")
    cluster.places.lost(SlotLost(slot, "gone", blameless=True))
    assert [ended.outcome for ended in cluster.told(TrialEnded)] == [Outcome.STOPPED]
    assert not cluster.told(WorkerLost)


def test_when_the_cluster_is_gone_its_trials_wait_for_the_next_one() -> None:
    cluster = Cluster(HOME)
    cluster.open()
    cluster.places.submit(trial())
    cluster.places.all_lost("the cluster is gone")
    assert {(lost.trial_id, lost.blameless) for lost in cluster.told(WorkerLost)} == {("t0", True), (None, True)}
    assert cluster.places.capacity == 1
    cluster.places.submit(trial(0, attempt=1))
    cluster.places.machines_are((HOME,))
    cluster.open()
    assert cluster.slot_of(trial(0, attempt=1)) is not None


def test_without_a_cluster_there_is_no_place_and_the_job_is_told_why() -> None:
    cluster = Cluster()
    cluster.places.submit(PrepareJob())
    cluster.places.give_up_all("there is no cluster at 10.0.0.5")
    assert cluster.told(WorkerLost) == [WorkerLost("ray-0", None, "there is no cluster at 10.0.0.5")]
    assert cluster.places.capacity == 0


def test_people_are_told_what_the_search_waits_for() -> None:
    cluster = Cluster(HOME, usual={"num_gpus": 0.5})
    cluster.tick(2)
    assert not cluster.told(WorkerStatus)
    cluster.tick(2)
    cluster.tick(2)
    assert [status.activity for status in cluster.told(WorkerStatus)] == ["waiting for num_cpus 1, num_gpus 0.5"]
