"""A real search of simulated trials in this process, with a viewer that looks after each transaction."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from support.tasks import task_in

from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.loop import SearchLoop
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.engine.store import Store
from tui_tuner.engine.view import EpochView, Objective, SearchState, SearchView
from tui_tuner.executors.inline import InlineExecutor
from tui_tuner.oracles import Objective as OracleObjective
from tui_tuner.oracles import Oracle, RandomSearchOracle
from tui_tuner.worker.simulated import SimulatedRunner


def choice(name: str, *values: Any) -> dict[str, Any]:
    config = {"name": name, "default": values[0], "conditions": [], "values": list(values), "ordered": False}
    return {"class_name": "Choice", "config": config}


@dataclass(frozen=True)
class Seen:
    """What a viewer saw at one moment."""

    view: SearchView
    epochs: dict[str, tuple[EpochView, ...]]


@dataclass
class Filmed:
    """A real search of simulated trials, and a viewer that looks after each transaction."""

    root: Path
    seed: int = 3
    executions: int = 1
    seen: list[Seen] = field(default_factory=list)

    def loop(self) -> SearchLoop:
        faults = choice("fault", "", "", "raise", "nan")
        task = task_in(
            self.root,
            model="simulated:"
            + json.dumps({"space": {"space": [choice("units", 8, 16, 24, 32), faults], "values": {}}}),
            fit={"epochs": 3},
            executions_per_trial=self.executions,
            checkpoint_every_s=0.0,
        )
        spec = SearchSpec(
            SearchDirectory(self.root),
            "filmed",
            "random",
            Objective("val_loss", "min"),
            5,
            executions_per_trial=self.executions,
            epochs=3,
        )

        def make_oracle() -> Oracle:
            return RandomSearchOracle(
                objective=OracleObjective("val_loss", "min"),
                max_trials=5,
                seed=self.seed,
                max_retries_per_trial=1,
                max_consecutive_failed_trials=100,
            )

        return SearchLoop(spec, make_oracle, lambda: InlineExecutor(SimulatedRunner(task)))

    def run(self, asked: dict[int, Command], dies_after: int | None = None) -> None:
        """Run the search, ask for something after so many transactions, and let the engine die after so many."""
        commits = 0
        loop: SearchLoop | None = None
        real = Store.transaction
        readers: list[SearchReader] = []

        @contextmanager
        def filmed(store: Store) -> Iterator[None]:
            nonlocal commits
            with real(store):
                yield
            commits += 1
            if not readers:
                readers.append(SearchReader(self.root))
            view = readers[0].poll()
            self.seen.append(Seen(view, {trial_id: readers[0].epochs(trial_id) for trial_id in view.trials}))
            if loop is not None and commits in asked:
                loop.ask(asked[commits])
            if loop is not None and view.state is SearchState.PAUSED:
                loop.ask(Command(CommandKind.RESUME))

        with patch.object(Store, "transaction", filmed):
            loop = self.loop()
            loop.run(lambda: dies_after is not None and commits >= dies_after)
        loop = None
        gc.collect()  # the lock of an engine that died
        for reader in readers:
            reader.close()
