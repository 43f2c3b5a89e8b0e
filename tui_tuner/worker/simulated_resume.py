"""Where a simulated trial stands: a small JSON file in the place where real training has its weights."""

from __future__ import annotations

import json
import shutil
from collections import deque
from dataclasses import asdict, dataclass, replace
from typing import Any

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.worker.jobs import Task, TrialJob
from tui_tuner.worker.progress import TAIL, plain_epoch, stored_epoch
from tui_tuner.worker.reports import EpochEnded, ExecutionResult
from tui_tuner.worker.spacing import Spacing

FILE = "progress.json"


@dataclass(frozen=True)
class Standing:
    """The next epoch of an execution, the best one so far, and the executions before."""

    execution: int
    epoch: int
    best: ExecutionResult | None
    finished: tuple[ExecutionResult, ...]
    tail: tuple[EpochEnded, ...] = ()
    """The latest epochs, as in `Progress`."""


class SimulatedResume:
    """What one attempt at a simulated trial saves, and what it goes on from.

    Unlike real training it is saved as often as `checkpoint_every_s` says, at 0 after each epoch: a save costs nothing
    here, and tests want to know what was saved. For the same reason nothing is forced to the disk.

    Attributes:
        start: Where an earlier attempt stood, if this one is to go on from there.
    """

    def __init__(self, task: Task, job: TrialJob) -> None:
        self._folder = SearchDirectory(task.project_dir).resume(job.trial_id)
        self._spacing = Spacing(task.checkpoint_every_s, share=None)
        self._tail: deque[EpochEnded] = deque(maxlen=TAIL)
        self.start: Standing | None = None
        if job.resumes:
            self.start = self._read()
            self._tail.extend(() if self.start is None else self.start.tail)
        else:
            self.end()

    def reported(self, epoch: EpochEnded) -> None:
        """The engine was told of an epoch."""
        self._tail.append(epoch)

    def epoch_ended(self, standing: Standing) -> None:
        """Save, if it is time to."""
        if self._spacing.is_due:
            self.save(standing)

    def save(self, standing: Standing) -> None:
        """Save now; a disk that takes nothing costs the save and not the trial."""
        new = self._folder / f".new.{FILE}"
        with self._spacing.saving():
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                new.write_text(json.dumps(_plain(replace(standing, tail=tuple(self._tail)))), encoding="utf-8")
                new.replace(self._folder / FILE)
            except OSError as error:
                print(f"Where this trial stands could not be saved ({error}); it goes on.", flush=True)

    def end(self) -> None:
        """The trial will not go on from here."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _read(self) -> Standing | None:
        try:
            stored = json.loads((self._folder / FILE).read_text(encoding="utf-8"))
            return Standing(
                execution=stored["execution"],
                epoch=stored["epoch"],
                best=None if stored["best"] is None else ExecutionResult(**stored["best"]),
                finished=tuple(ExecutionResult(**each) for each in stored["finished"]),
                tail=tuple(stored_epoch(each) for each in stored["tail"]),
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            print(f"What was saved of this trial cannot be used ({error}): it starts from the beginning.", flush=True)
            return None


def _plain(standing: Standing) -> dict[str, Any]:
    return {**asdict(standing), "tail": [plain_epoch(each) for each in standing.tail]}
