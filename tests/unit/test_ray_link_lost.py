"""What becomes of a question to the process that talks to Ray when that process ends; there is no Ray here."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.executors import DEADLINE_S, make_task

from tui_tuner.executors import RayExecutor, ray_executor
from tui_tuner.executors.ray_messages import (
    AskNeeds,
    ClusterIs,
    Connect,
    FromBridge,
    FromEngine,
    Needs,
    OpenSlot,
    SlotOpened,
)
from tui_tuner.executors.ray_resources import Machine
from tui_tuner.worker.jobs import TrialJob

SPECIAL = {"big_gpu": 1.0}


class Link:
    """A bridge that opens every slot, and ends when it is told to."""

    made: queue.SimpleQueue[Link]

    def __init__(self, connect: Connect, log: Path) -> None:
        self._said: queue.SimpleQueue[FromBridge | None] = queue.SimpleQueue()
        self.opened: queue.SimpleQueue[OpenSlot] = queue.SimpleQueue()
        self._said.put(ClusterIs((Machine("home", "home", {"num_cpus": 1.0, **SPECIAL}, True),)))
        self.made.put(self)

    def send(self, message: FromEngine) -> None:
        if isinstance(message, OpenSlot):
            self._said.put(SlotOpened(message.slot, "home", True))
            self.opened.put(message)
        elif isinstance(message, AskNeeds):
            self._said.put(Needs(message.trial_id, SPECIAL))

    def listen(self) -> Iterator[FromBridge]:
        while (message := self._said.get()) is not None:
            yield message

    def hang_up(self) -> None:
        self._said.put(None)

    def end(self) -> None: ...


def test_a_trial_has_what_it_asks_for_after_the_bridge_has_ended_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Link.made = queue.SimpleQueue()
    monkeypatch.setattr(ray_executor, "BridgeLink", Link)
    executor = RayExecutor(make_task(tmp_path), trial_resources="needs.py:needs")
    executor.start(lambda report: None)
    try:
        first = Link.made.get(timeout=DEADLINE_S)
        first.opened.get(timeout=DEADLINE_S)
        first.hang_up()
        second = Link.made.get(timeout=DEADLINE_S)
        second.opened.get(timeout=DEADLINE_S)
        executor.submit(TrialJob("t0", 0, 0, {"space": [], "values": {}}))
        assert SPECIAL.items() <= dict(second.opened.get(timeout=DEADLINE_S).resources).items()
    finally:
        executor.close()
