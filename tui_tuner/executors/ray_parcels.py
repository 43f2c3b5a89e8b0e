"""What the bridge sends to nodes that do not see the search directory, and takes back from them."""

from __future__ import annotations

import sys
from typing import Any

import ray

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.executors.ray_files import Parcel, pack, unpack
from tui_tuner.executors.ray_messages import ToSlot
from tui_tuner.worker.jobs import EvaluateJob, Task, TrialJob


class Parcels:
    """The files of one search, as they are on the engine's machine."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._directory = SearchDirectory(task.project_dir)
        self._data: list[Any] | None = None

    def data(self) -> list[Any]:
        """The prepared data in the cluster's object store, as references to its parts; it is put there once."""
        if self._data is None:
            arrays = self._task.arrays
            self._data = [ray.put((part,)) for part in pack(arrays, [arrays])] if arrays.is_dir() else []
        return self._data

    def needed_for(self, message: ToSlot) -> Parcel:
        """What a job goes on from: files of its own trial, or of the one that it continues."""
        match message.content:
            case TrialJob() as job:
                trials: list[str] = [job.trial_id] if job.resumes else []
                trials += [job.continues] if job.continues is not None else []
            case EvaluateJob() as job:
                trials = [job.trial_id]
            case _:
                return ()
        folders = [folder for trial in trials if (folder := self._directory.trial(trial)).is_dir()]
        return tuple(pack(self._directory.root, folders))

    def take_back(self, files: Parcel) -> None:
        """Write what a trial has written elsewhere. A trial's result is worth more than its files: a failure is told
        in the log only."""
        try:
            unpack(self._directory.root, files)
        except OSError as error:
            print(f"files that came back could not be written: {error}", file=sys.stderr, flush=True)
