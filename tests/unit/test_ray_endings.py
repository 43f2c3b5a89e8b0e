"""What Ray says of an actor that has died, and what is made of it."""

from __future__ import annotations

import pytest

from tui_tuner.executors.ray_bridge import ended_for_memory

KILLED = """The actor died unexpectedly before finishing this task.
The actor is dead because its worker process has died. Worker exit type: SYSTEM_ERROR Worker exit detail: Worker
unexpectedly exits with a connection error code 2. End of file. Some common causes include: (1) the process was killed
by the OOM killer due to high memory usage, (2) ray stop --force was called, or (3) the worker crashed unexpectedly."""

NO_MEMORY = """The actor died unexpectedly before finishing this task.
The actor is dead because its worker process has died. Worker exit type: NODE_OUT_OF_MEMORY Worker exit detail:
1 worker(s) were killed due to the node running low on memory."""


@pytest.mark.parametrize(("text", "memory"), [(KILLED, False), (NO_MEMORY, True), ("its node has died", False)])
def test_only_what_ray_has_ended_for_want_of_memory_is_said_to_be(text: str, memory: bool) -> None:
    assert ended_for_memory(text) is memory
