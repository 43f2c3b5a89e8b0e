"""Saves where a trial stands while it trains, and brings a further attempt back there.

Everything is in one file, so that it is whole or absent; only best weights that are on the disk already are linked
beside it. Importing this loads no Keras.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.worker.atomic import replacing
from tui_tuner.worker.checkpoints import BestWeights, BestWhere
from tui_tuner.worker.generators import save_generators
from tui_tuner.worker.jobs import Task, TrialJob
from tui_tuner.worker.plain_state import pack, unpack
from tui_tuner.worker.progress import TAIL, CallbackState, Progress, unrecorded
from tui_tuner.worker.protocol import Reporter
from tui_tuner.worker.reports import EpochEnded, ExecutionResult, TrialResumed
from tui_tuner.worker.spacing import Spacing
from tui_tuner.worker.summaries import weights_bytes
from tui_tuner.worker.training_state import load_note, load_training_state, save_training_state

PROGRESS = "progress.weights.h5"
"""The file's name; Keras wants the ending."""

_FIXED_S, _BYTES_PER_S = 0.02, 100e6
"""What the first save is taken to need, before there is a measure of it: for a file at all, and for what is in it."""

_COPIES = 4
"""How many times its weights a model's state takes, roughly: two more in the optimizer, and the best ones."""


class CannotResumeError(Exception):
    """What was saved does not fit the model, or is damaged: the trial starts from the beginning."""


class TrialResume:
    """What one attempt at a trial saves, and what it goes on from.

    Args:
        best: The best weights of the trial.
        make_spacing: Makes the spacing of the saves from `checkpoint_every_s`.

    Attributes:
        finished: The results of the finished executions; those of an earlier attempt are among them.
    """

    def __init__(
        self,
        task: Task,
        job: TrialJob,
        reporter: Reporter,
        best: BestWeights,
        make_spacing: Callable[[float], Spacing] = Spacing,
    ) -> None:
        self._task = task
        self._job = job
        self._reporter = reporter
        self._best = best
        self._spacing = make_spacing(task.checkpoint_every_s)
        self._directory = SearchDirectory(task.project_dir)
        self._folder = self._directory.resume(job.trial_id)
        self._values: Mapping[str, Any] = dict(job.hyperparameters.get("values", {}))
        self._warned = False
        self._start: Progress | None = None
        self._tail: deque[EpochEnded] = deque(maxlen=TAIL)
        self.finished: list[ExecutionResult] = []
        if job.resumes:
            self._start = self._read()
            self.finished += [] if self._start is None else self._start.finished
        else:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def execution(self) -> int:
        """The execution to begin with."""
        return 0 if self._start is None else self._start.execution

    def start_over(self, reason: Exception) -> None:
        """Forget what was saved, and say so."""
        print(
            f"What was saved of this trial cannot be used ({_reason(reason)}): it starts from the beginning.",
            flush=True,
        )
        self._start = None
        self.finished.clear()
        self._delete()

    def open_execution(self, number: int, model: Any) -> Progress | None:
        """Bring a fresh model to where an earlier attempt at this execution stood.

        Returns:
            Where it stood; `None` if the execution begins now, and the model was left as it is.

        Raises:
            CannotResumeError: If the state does not fit the model.
        """
        start = self._start
        if start is None or start.execution != number:
            return None
        try:
            if start.epoch is not None:
                load_training_state(model, self._folder / PROGRESS)
            self._restore_checkpoint(start)
        except Exception as error:  # whatever h5py and Keras raise for a file that is damaged or of another model
            raise CannotResumeError(_reason(error)) from error
        self._start = None
        self._best.go_on_from(start.best)
        epoch = self._job.initial_epoch if start.epoch is None else start.epoch
        self._reporter.report(TrialResumed(self._reporter.worker, self._job.trial_id, self._job.attempt, number, epoch))
        for epoch_ended in unrecorded(start.tail, self._job, self._reporter.worker):
            self._reporter.report(epoch_ended)
        self._tail.extend(start.tail)
        print(f"Goes on where it was cut off: execution {number + 1}, epoch {epoch + 1}.", flush=True)
        return None if start.epoch is None else start

    def reported(self, epoch: EpochEnded) -> None:
        """The engine was told of an epoch; whether it will come to store it, nobody knows."""
        self._tail.append(epoch)

    def is_due(self, model: Any) -> bool:
        """Whether it is time to save."""
        if not self._spacing.is_due:
            return False
        self._spacing.expect(_FIXED_S + _COPIES * weights_bytes(model) / _BYTES_PER_S)
        return self._spacing.is_due

    def save(
        self,
        model: Any,
        number: int,
        epoch: int,
        stopped: bool,
        result: ExecutionResult | None,
        seen: Sequence[str],
        callbacks: tuple[CallbackState, ...],
    ) -> None:
        """Save where an execution stands after an epoch. Never raises: a trial does not fail for want of a save.

        Args:
            epoch: Its next epoch.
            stopped: Whether a callback has ended the training.
            result: Its best epoch so far.
            seen: Names of the metrics so far.
        """
        self._save(
            model,
            Progress(
                values=self._values,
                execution=number,
                epoch=epoch,
                stopped=stopped,
                finished=tuple(self.finished),
                result=result,
                seen=tuple(seen),
                best=self._best.so_far,
                callbacks=callbacks,
                generators=save_generators(),
                tail=tuple(self._tail),
            ),
        )

    def save_between(self) -> None:
        """Save that the next execution has not begun. Never raises."""
        if self._start is None and self.finished:
            between = Progress(
                values=self._values,
                execution=len(self.finished),
                epoch=None,
                stopped=False,
                finished=tuple(self.finished),
                result=None,
                seen=(),
                best=self._best.so_far,
                callbacks=(),
                generators=save_generators(),
                tail=tuple(self._tail),
            )
            self._save(None, between)

    def end(self) -> None:
        """The trial has ended and will not go on: delete what was saved of it.

        Where its training stands at its end is kept, if another trial may continue it.
        """
        self._delete()
        if not self._job.may_be_continued:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _read(self) -> Progress | None:
        path = self._folder / PROGRESS
        if not path.is_file():
            return None
        try:
            progress = Progress.from_plain(unpack(load_note(path)))
            if not progress.fits(self._values):
                raise ValueError("it is of other hyperparameters")
            if progress.execution >= self._task.executions:
                raise ValueError("it is of another number of executions")
        except Exception as error:  # whatever a damaged file makes h5py raise
            self.start_over(error)
            return None
        self._delete(path, self._link(progress))  # what a process left that was killed while it saved
        return progress

    def _save(self, model: Any | None, progress: Progress) -> None:
        try:
            with self._spacing.saving():
                link = self._link_checkpoint(progress)
                path = self._folder / PROGRESS
                save_training_state(model, path, progress.epoch or 0, pack(progress.plain()))
                self._delete(path, link)
        except Exception as error:  # OSError as a rule, but h5py raises others too when a disk is full
            if not self._warned:
                self._warned = True
                print(
                    f"Where this training stands could not be saved ({_reason(error)}): it goes on, and would start "
                    "from its last save, or from the beginning, if it were cut off.",
                    flush=True,
                )

    def _delete(self, *but: Path | None) -> None:
        if self._folder.is_dir():
            left = [each for pattern in ("best-*", ".new.*") for each in self._folder.glob(pattern)]
            for path in [self._folder / PROGRESS, *left]:
                if path not in but:
                    with contextlib.suppress(OSError):
                        path.unlink(missing_ok=True)

    def _link_checkpoint(self, progress: Progress) -> Path | None:
        """Keep the trial's checkpoint as it is now: later epochs may replace it."""
        if progress.best.where is not BestWhere.FILE:
            return None
        link = self._link(progress)
        if not link.exists():
            with replacing(link) as new:
                new.unlink(missing_ok=True)
                _link_or_copy(self._directory.checkpoint(self._job.trial_id), new)
        return link

    def _restore_checkpoint(self, progress: Progress) -> None:
        if progress.best.where is BestWhere.FILE:
            link, checkpoint = self._link(progress), self._directory.checkpoint(self._job.trial_id)
            if not (checkpoint.exists() and checkpoint.samefile(link)):
                with replacing(checkpoint) as new:
                    new.unlink(missing_ok=True)
                    _link_or_copy(link, new)

    def _link(self, progress: Progress) -> Path:
        return self._folder / f"best-{progress.execution}-{progress.epoch or 0}.weights.h5"


def _reason(error: Exception) -> str:
    """One line; h5py says a whole paragraph where a disk is full."""
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return str(error).strip().partition("\n")[0] or type(error).__name__


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(source, target)
