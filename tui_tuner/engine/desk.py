"""Does what people ask of a running search, and gives the answer for the record."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from tui_tuner.engine import events
from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.durations import write_duration
from tui_tuner.engine.hand_made import of_that_number
from tui_tuner.engine.view import SearchState
from tui_tuner.engine.wording import format_count
from tui_tuner.engine.work import Work
from tui_tuner.worker.jobs import Control


class RefusedError(Exception):
    """A request that cannot be carried out; the message says why."""


class CommandDesk:
    """Heeds commands. All of it runs inside a transaction.

    Args:
        log: Writes a text into the engine's log.
    """

    def __init__(self, work: Work, log: Callable[[str], None]) -> None:
        self._work = work
        self._log = log
        self._end_by: float | None = None
        self._heeds: Mapping[CommandKind, Callable[[Command], str]] = {
            CommandKind.PAUSE: self._pause,
            CommandKind.RESUME: self._resume,
            CommandKind.STOP: self._stop,
            CommandKind.STOP_NOW: self._stop_now,
            CommandKind.SKIP: self._skip,
            CommandKind.ENQUEUE: self._enqueue,
            CommandKind.RERUN: self._rerun,
            CommandKind.LIMIT: self._limit,
            CommandKind.SET_MAX_TRIALS: self._set_max_trials,
            CommandKind.SET_MAX_TIME: self._set_max_time,
            CommandKind.SET_WORKERS: self._set_workers,
        }

    def heed(self, command: Command) -> events.CommandAnswered:
        """Do what is asked."""
        try:
            answer, ok = self._heeds[command.kind](command), True
        except (RefusedError, ValueError, KeyError) as error:
            answer, ok = _sentence(error), False
        except Exception as error:  # a search of days does not end because a request was beyond us
            self._log(traceback.format_exc())
            answer, ok = f"it failed ({type(error).__name__}: {error}); engine.log has the traceback", False
        return events.CommandAnswered(command.kind.value, command.who, answer, ok, dict(command.arguments))

    def end_late_trials(self) -> None:
        """End the trials that were given a moment to save where they are, and took longer."""
        if self._end_by is not None and time.monotonic() >= self._end_by:
            self._end_by = None
            self._kill_all()

    # What goes on.

    def _pause(self, command: Command) -> str:
        work = self._work
        hard = bool(command.arguments.get("hard", False))
        work.steering.pause(devices_free=hard)
        for trial_id in work.running.not_ending():
            work.tell(trial_id, Control.STOP if hard else Control.PAUSE)
        if hard:
            work.executor.release()
        return self._said()

    def _resume(self, command: Command) -> str:
        work = self._work
        work.steering.go_on()
        for trial_id in work.running.not_ending():
            work.tell(trial_id, Control.RUN)
        return self._said()

    def _stop(self, command: Command) -> str:
        work = self._work
        work.steering.stop()
        for trial_id in work.running.not_ending():
            work.tell(trial_id, Control.RUN)
        return self._said()

    def _stop_now(self, command: Command) -> str:
        work = self._work
        grace_s = float(command.arguments.get("grace_s", 0.0))
        work.steering.stop()
        if grace_s > 0:
            self._end_by = time.monotonic() + grace_s
            for trial_id in work.running:
                work.tell(trial_id, Control.STOP)
        else:
            self._kill_all()
        return self._said()

    def _skip(self, command: Command) -> str:
        work = self._work
        trial_id = command.trial_id
        if trial_id is None or trial_id not in work.running:
            is_there = work.recorder.original(trial_id or "") is not None
            raise RefusedError(f"trial {trial_id} is not running" if is_there else self._none(trial_id))
        work.running.tell_to_end(trial_id)
        work.tell(trial_id, Control.SKIP)
        return "ends with its epoch"

    def _none(self, trial_id: str | None) -> str:
        meant = of_that_number(trial_id or "", ((row.trial_id, row.number) for row in self._work.recorder.rows()))
        return f"there is no trial {trial_id}" + ("" if meant is None else f"; did you mean {meant}?")

    def _kill_all(self) -> None:
        for trial_id in self._work.running:
            self._work.executor.kill(trial_id)

    # What is tried.

    def _enqueue(self, command: Command) -> str:
        values = command.arguments["values"]
        if not isinstance(values, Mapping):
            raise RefusedError(f"a configuration is a mapping of hyperparameters to values, not {values!r}")
        self._work.oracle.enqueue(values)
        self._work.oracle_changed()
        return "will be run next"

    def _rerun(self, command: Command) -> str:
        work = self._work
        times = _count(command.arguments.get("times", 1), "times")
        if command.trial_id is not None:
            trial_ids = [command.trial_id]
        else:
            best = _count(command.arguments.get("best", 1), "best")
            trial_ids = work.recorder.best_trials(best)
            if not trial_ids:
                raise RefusedError("no trial has completed yet")
        for trial_id in trial_ids:
            original = work.recorder.original(trial_id)
            if original is None:
                raise RefusedError(self._none(trial_id))
            for _ in range(times):
                work.oracle.enqueue(original.hyperparameters, origin="rerun", rerun_of=original.trial_id)
        work.oracle_changed()
        named = ", ".join(trial_ids)
        trials = "trial" if len(trial_ids) == 1 else "trials"
        return f"{trials} {named} will be run {format_count(times, 'more time')}"

    def _limit(self, command: Command) -> str:
        work, wanted = self._work, command.arguments
        name = str(wanted["name"])
        limits = {key: wanted.get(key) for key in ("min_value", "max_value", "values")}
        work.limit(name, **limits)
        if all(limit is None for limit in limits.values()):
            return f"{name} has its whole range again"
        return f"{name} is proposed only within its limits from now on"

    def _set_max_trials(self, command: Command) -> str:
        work = self._work
        count = _count(command.arguments["max_trials"], "max_trials")
        work.oracle.set_max_trials(count)
        work.budget.change("max_trials", count)
        work.store.set_meta(max_trials=count, **work.budget.meta())
        work.oracle_changed()
        return f"{format_count(count, 'trial')} in all"

    def _set_max_time(self, command: Command) -> str:
        work = self._work
        seconds = command.arguments.get("max_time")
        if seconds is not None and not (isinstance(seconds, int | float) and seconds > 0):
            raise RefusedError(f"the time budget is a number of seconds above 0, not {seconds!r}")
        work.budget.change("max_time_s", seconds)
        work.store.set_meta(max_time_s=seconds, **work.budget.meta())
        work.evaluated = False
        return "no limit of time" if seconds is None else f"{write_duration(seconds)} of active search in all"

    def _set_workers(self, command: Command) -> str:
        work = self._work
        count = _count(command.arguments["workers"], "workers")
        work.executor.resize(count)
        work.budget.change("workers", count)
        work.store.set_meta(**work.budget.meta())
        return f"{format_count(count, 'trial')} at once"

    def _said(self) -> str:
        self._work.steering.say()
        state = self._work.steering.state
        if state is SearchState.PAUSED and self._work.steering.devices_free:
            return "paused; the workers end and their memory is free"
        return state.value


def _count(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise RefusedError(f"{name} is a number from 1, not {value!r}")
    return value


def _sentence(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"the request lacks {error}"
    return str(error) or type(error).__name__
