"""What an executor sends to a worker process, beside jobs. Workers answer with reports."""

from __future__ import annotations

from dataclasses import dataclass

from tui_tuner.worker.device import GpuShare
from tui_tuner.worker.jobs import Control, Job, Task

READY = "ready"
"""Activity of a worker that has imported what it needs and waits for a job."""

ENDED = "ended"
"""Activity of a worker that was ended on purpose; if it is needed again, it starts anew."""

LINE_CLOSED = 120
"""Exit code of a worker in which the user's code has closed the socket by which it reports."""


@dataclass(frozen=True)
class Setup:
    """The first message: who the worker is and what all its trials have in common.

    Args:
        device: What people read: `CPU`, `GPU 0`.
        gpu_share: The limit of its GPU's memory, `None` for none.
        lifeline: The pipe that closes with the executor's process, see `worker.lifeline`; empty for none.
    """

    worker: str
    device: str
    task: Task
    gpu_share: GpuShare | None = None
    lifeline: str = ""


@dataclass(frozen=True)
class SetControl:
    """Change what a trial shall do at the end of its epoch. `answered` is how many of its epochs have been judged."""

    trial_id: str
    control: Control
    answered: int = 0


Message = Setup | Job | SetControl
