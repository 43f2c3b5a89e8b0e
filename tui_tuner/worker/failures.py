"""Exceptions as the engine and people want them: an outcome, one line, and the frames that help."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import Path

from tui_tuner.errors import FailedTrialError, FatalError, TunerError
from tui_tuner.worker.disk_full import found_no_room
from tui_tuner.worker.exception_texts import told
from tui_tuner.worker.jobs import EvaluateJob, HyperParametersConfig, PrepareJob, TrialJob
from tui_tuner.worker.libraries import is_library
from tui_tuner.worker.reports import ExecutionResult, JobFailed, Outcome, TrialEnded

_LINE_LIMIT = 300
_TEXT_LIMIT = 6000
_LIBRARY_FRAMES = 3
"""How many frames are kept where none is the user's own."""

OUT_OF_MEMORY = "out of memory"
"""How the message of a trial begins that got no more memory, of the machine or of its GPU."""

_OUT_OF_MEMORY_CLASSES = ("MemoryError", "ResourceExhaustedError", "OutOfMemoryError")
"""Class names, so that no backend has to be imported: Python's, TensorFlow's, PyTorch's."""


def outcome_of(error: BaseException) -> Outcome:
    """How a trial ends that raised `error`."""
    if isinstance(error, FatalError):
        return Outcome.FATAL
    return Outcome.FAILED if isinstance(error, FailedTrialError) else Outcome.INVALID


def one_line(error: BaseException) -> str:
    """What went wrong and where in the user's code: `ValueError: no such unit (model.py:12, in build)`.

    A `TunerError` says it in its own words, followed by its hint.
    """
    if isinstance(error, TunerError):
        return "; ".join(" ".join(part.split()) for part in (error.message, error.hint) if part)
    if isinstance(error, SystemExit):
        text = f"the code called sys.exit({error.code!r})"
    else:
        text = _shortened(told(type(error).__name__, str(error)), _LINE_LIMIT)
    if found_no_room(error):
        text = f"no room on the disk ({text})"
    elif _is_out_of_memory(error):
        text = f"{OUT_OF_MEMORY}: this configuration needs more than there is ({text})"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not is_library(frame.filename)]
    if frames:
        text += f" ({Path(frames[-1].filename).name}:{frames[-1].lineno}, in {frames[-1].name})"
    return text


def limited_traceback(error: BaseException) -> str:
    """The traceback with the user's own frames and the innermost one; a few frames where none is the user's."""
    seen: set[int] = set()
    waiting = [whole := traceback.TracebackException.from_exception(error)]
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        part.stack = traceback.StackSummary.from_list(_helpful(part.stack))
        waiting += [linked for linked in (part.__cause__, part.__context__) if linked is not None]
    return _shortened("".join(whole.format()).strip(), _TEXT_LIMIT)


def trial_failure(
    error: BaseException,
    job: TrialJob,
    worker: str,
    executions: Sequence[ExecutionResult] = (),
    hyperparameters: HyperParametersConfig | None = None,
) -> TrialEnded:
    """The closing report of a trial that raised. Its message has `one_line` first, then `limited_traceback`.

    A trial that found no room on the disk has not failed: it was cut off, and is run again when there is room.
    """
    if found_no_room(error):
        return TrialEnded(worker, job.trial_id, job.attempt, Outcome.STOPPED, message=one_line(error), no_room=True)
    return TrialEnded(
        worker=worker,
        trial_id=job.trial_id,
        attempt=job.attempt,
        outcome=outcome_of(error),
        executions=tuple(executions),
        hyperparameters=hyperparameters,
        message=f"{one_line(error)}\n\n{limited_traceback(error)}",
    )


def job_failure(error: BaseException, job: PrepareJob | EvaluateJob, worker: str) -> JobFailed:
    """The closing report of a job that raised and is no trial."""
    name = "prepare" if isinstance(job, PrepareJob) else "evaluate"
    whole = "".join(traceback.format_exception(error))
    return JobFailed(worker=worker, job=name, message=one_line(error), traceback=whole, no_room=found_no_room(error))


def _is_out_of_memory(error: BaseException) -> bool:
    names = {cls.__name__ for cls in type(error).__mro__}
    return bool(names & set(_OUT_OF_MEMORY_CLASSES)) or "RESOURCE_EXHAUSTED" in str(error)[:1000]


def _helpful(stack: Sequence[traceback.FrameSummary]) -> list[traceback.FrameSummary]:
    users = [position for position, frame in enumerate(stack) if not is_library(frame.filename)]
    if not users:
        return list(stack[-_LIBRARY_FRAMES:])
    kept = [*users, *([len(stack) - 1] if users[-1] != len(stack) - 1 else [])]
    return [stack[position] for position in kept]


def _shortened(text: str, limit: int) -> str:
    """`text` with its middle left out where it is longer than `limit` characters."""
    if len(text) <= limit:
        return text
    return f"{text[: limit // 2]} … {text[-limit // 2 :]}"
