"""Works out what a search has learnt of its space: at once where that is quick, in a thread where it is not."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.widget import Widget
from textual.worker import Worker, WorkerState

from tui_tuner.analysis.importance import MIN_TRIALS
from tui_tuner.analysis.strips import Learnt, learnt
from tui_tuner.engine.view import SearchView, TrialState

QUICK = MIN_TRIALS - 1
"""So many trials take a few milliseconds: what matters cannot be told yet."""

_SHARE = 0.02
"""Of a processor's time, the thread takes at most so much."""

_REST_S = 2.0
"""It rests at least so long: what matters in a search changes slowly."""

_Key = tuple[object, ...]


class Learning:
    """The latest that is known, and what keeps it up to date.

    Args:
        owner: Runs the thread; passes its `Worker.StateChanged` to `worker_changed`.
        done: Called when something new is known that was not known when `update` returned.
    """

    def __init__(self, owner: Widget, done: Callable[[], None]) -> None:
        self._owner = owner
        self._done = done
        self._wanted: tuple[SearchView, int] | None = None
        self._known_key: _Key | None = None
        self._worker: Worker[tuple[Learnt, float]] | None = None
        self._worker_key: _Key | None = None
        self._resting = False
        self.known = Learnt()

    def update(self, view: SearchView, cells: int) -> Learnt:
        """What is known of this search; it may be a little behind where there are many trials.

        Args:
            cells: See `learnt`.
        """
        self._wanted = (view, cells)
        key = _key(view, cells)
        if key != self._known_key:
            if len(view.trials) <= QUICK:
                self.known, self._known_key = learnt(view, cells), key
            else:
                self._begin()
        return self.known

    def _begin(self) -> None:
        if self._wanted is None or self._worker is not None or self._resting:
            return
        view, cells = self._wanted
        key = _key(view, cells)
        if key == self._known_key:
            return
        self._worker_key = key
        self._worker = self._owner.run_worker(
            lambda: _timed(view, cells), thread=True, exit_on_error=False, name="learning"
        )

    def worker_changed(self, event: Worker.StateChanged) -> None:
        """The thread has begun or ended."""
        worker = self._worker
        if worker is None or event.worker is not worker or event.state in (WorkerState.PENDING, WorkerState.RUNNING):
            return
        self._worker = None
        self._known_key = self._worker_key  # also if it failed: the same search would fail again
        took_s = 0.0
        if event.state is WorkerState.SUCCESS and worker.result is not None:
            self.known, took_s = worker.result
            self._done()
        self._resting = True
        self._owner.set_timer(max(_REST_S, took_s / _SHARE), self._rested)

    def _rested(self) -> None:
        self._resting = False
        self._begin()


def _timed(view: SearchView, cells: int) -> tuple[Learnt, float]:
    """What is learnt, and the processor's time that it took."""
    began = time.thread_time()
    return learnt(view, cells), time.thread_time() - began


def _key(view: SearchView, cells: int) -> _Key:
    """Changes whenever something else may be learnt, which an epoch does not do."""
    ended = sum(trial.status is not TrialState.RUNNING for trial in view.trials.values())
    return len(view.trials), ended, view.best_trial_id, view.space, tuple(view.limits.items()), cells
