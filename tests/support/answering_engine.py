"""An engine that only answers: it holds the directory of a search, and says to each request what the test wants."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tui_tuner.engine.commands import Answer, Command
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.events import CommandAnswered, StateChanged
from tui_tuner.engine.lock import EngineLock
from tui_tuner.engine.store import Store, TrialRow
from tui_tuner.engine.view import SearchState, TrialState

SPACE: Mapping[str, Any] = {
    "space": [
        {"class_name": "Int", "config": {"name": "units", "min_value": 8, "max_value": 64, "step": 8, "default": 8}},
        {"class_name": "Float", "config": {"name": "lr", "min_value": 1e-4, "max_value": 1e-1, "sampling": "log"}},
        {"class_name": "Choice", "config": {"name": "activation", "values": ["relu", "tanh", "1"], "ordered": False}},
        {"class_name": "Boolean", "config": {"name": "norm", "default": False}},
        {
            "class_name": "Float",
            "config": {
                "name": "dropout",
                "min_value": -0.5,
                "max_value": 0.5,
                "conditions": [{"class_name": "Parent", "config": {"name": "units", "values": [56, 64]}}],
            },
        },
        {"class_name": "Fixed", "config": {"name": "layers", "value": 2}},
    ],
    "values": {},
}


class AnsweringEngine:
    """Answers requests as long as it is entered.

    Args:
        root: The search directory; it is made.
        reply: What to say; `None` to say nothing.
    """

    def __init__(self, root: Path, reply: Callable[[Command], Answer | None] = lambda _: Answer(True, "done")) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.directory = SearchDirectory(root)
        self.heard: list[Command] = []
        self._reply = reply
        self._store = Store(self.directory.database)
        self._over = threading.Event()
        self._lock = EngineLock(self.directory.lock)
        with self._store.transaction():
            self._store.set_meta(
                name=root.name,
                objective={"name": "val_accuracy", "direction": "max"},
                state=SearchState.RUNNING.value,
                space=SPACE,
                created=time.time(),
            )
            self._store.event(StateChanged(SearchState.RUNNING))

    def trial(self, trial_id: str, **values: Any) -> None:
        """Add a completed trial. Call it before the engine is entered."""
        with self._store.transaction():
            self._store.trial(TrialRow(trial_id, int(trial_id), TrialState.COMPLETED, values, score=0.5))

    @contextmanager
    def running(self) -> Iterator[AnsweringEngine]:
        """Answer in a thread."""
        self._lock.acquire()
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield self
        finally:
            self.end()
            thread.join()

    def end(self) -> None:
        """Let the directory go, as an engine that dies does."""
        self._over.set()

    def _run(self) -> None:
        while not self._over.wait(0.005):
            for waiting in self._store.open_commands():
                self.heard.append(waiting.command)
                answer = self._reply(waiting.command)
                if answer is None:
                    continue
                with self._store.transaction():
                    said = CommandAnswered(waiting.command.kind.value, waiting.command.who, answer.text, answer.ok)
                    self._store.event(said, waiting.command.trial_id)
                    self._store.answer(waiting.id)
        self._lock.release()
