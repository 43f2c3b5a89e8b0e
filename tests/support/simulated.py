"""`tui-tuner` with training that costs nothing: the real command line, real worker processes, no TensorFlow.

`SimulatedSearch` writes a config and gives command lines. Run as a script, this file is the command: it puts the
simulated runner in the place of Keras and hands everything else to `tui_tuner.cli`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tui_tuner import cli
from tui_tuner.executors import process
from tui_tuner.executors.workers import WorkerCount
from tui_tuner.worker.jobs import Task


@dataclass(frozen=True)
class SimulatedSearch:
    """A search in `folder`, the program's current directory.

    Args:
        trials: How many, unless the tuner decides that itself.
        simulation: Further options of `worker.simulated.SimulationOptions`.
        program: What takes the place of the command; it calls `main`.
    """

    folder: Path
    trials: int = 6
    epochs: int = 4
    seconds_per_epoch: float = 0.02
    workers: int = 1
    tuner: str = "random"
    objective: str = "val_accuracy"
    seed: int = 7
    retries: int = 0
    simulation: Mapping[str, Any] = field(default_factory=dict)
    program: str = __file__

    @property
    def root(self) -> Path:
        """The search directory."""
        return self.folder / "searches" / "sim"

    @property
    def config(self) -> Path:
        """The config file, written anew."""
        file = self.folder / "sim.yaml"
        self.folder.mkdir(parents=True, exist_ok=True)
        sections = {
            "model": "dense",
            "data": {"sklearn": "iris"},
            "search": {
                "tuner": self.tuner,
                "objective": self.objective,
                "max_trials": None if self.tuner == "hyperband" else self.trials,
                "seed": self.seed,
                "max_retries_per_trial": self.retries,
                "directory": str(self.root.parent),
            },
            "fit": {"epochs": self.epochs},
            "run": {"workers": self.workers},
        }
        # JSON is YAML.
        file.write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in sections.items()), encoding="utf-8")
        return file

    @property
    def options(self) -> dict[str, Any]:
        """What the simulated runner is told."""
        return {"seconds_per_epoch": self.seconds_per_epoch, **self.simulation}

    def within(self, folder: Path, **changes: Any) -> SimulatedSearch:
        """The same search in another folder."""
        return replace(self, folder=folder, **changes)

    def run(self, *arguments: str) -> list[str]:
        """The command line of `tui-tuner run`."""
        return self._command("run", str(self.config), *arguments)

    def resume(self, *arguments: str) -> list[str]:
        """The command line of `tui-tuner resume`."""
        return self._command("resume", str(self.root), *arguments)

    def attach(self, *arguments: str) -> list[str]:
        """The command line of `tui-tuner attach`."""
        return self._command("attach", str(self.root), *arguments)

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, self.program, json.dumps(self.options), *arguments]


def simulated_executor(options: Mapping[str, Any]) -> type[process.ProcessExecutor]:
    """The process executor, whose workers simulate."""

    class SimulatedExecutor(process.ProcessExecutor):
        def __init__(self, task: Task, workers: WorkerCount = "auto", **places: Any) -> None:
            super().__init__(replace(task, model=f"simulated:{json.dumps(options)}"), workers, **places)

    return SimulatedExecutor


def main() -> None:
    """Run the command line after the first argument, which holds the simulation's options."""
    # The search picks its executor up from here when it starts.
    process.ProcessExecutor = simulated_executor(json.loads(sys.argv.pop(1)))  # type: ignore[misc]
    cli.main()


if __name__ == "__main__":
    main()
