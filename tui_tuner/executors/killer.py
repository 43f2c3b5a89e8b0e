"""Ends worker processes without making whoever asks for it wait."""

from __future__ import annotations

import threading

from tui_tuner.executors.worker_process import WorkerProcess, kill_all


class Killer:
    """Ends processes in a thread of its own, with one look at the machine's processes for all that have come together.

    To find what a worker has started, all processes of the machine have to be looked at: for each of a thousand workers
    that are ended at once that would take half a minute.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[WorkerProcess] = []
        self._is_at_work = False

    def kill(self, process: WorkerProcess) -> None:
        """End a process soon; safe to call from any thread."""
        with self._lock:
            self._waiting.append(process)
            if self._is_at_work:
                return
            self._is_at_work = True
        threading.Thread(target=self._work, name="worker killer", daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                batch, self._waiting = self._waiting, []
                if not batch:
                    self._is_at_work = False
                    return
            kill_all(batch)
