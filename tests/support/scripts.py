"""KerasTuner scripts that train nothing, and what runs them: for tests of whole processes without Keras."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from support.watching import Watched

SEARCH = """\
import os
import sys
import time

import keras_tuner as kt


class Searching(kt.Tuner):
    def run_trial(self, trial, *args, **kwargs):
        x = trial.hyperparameters.Float("x", -1.0, 1.0)
        print(f"trial {trial.trial_id} tries {x}")
        os.system(f"echo native {trial.trial_id}")
        for epoch in range(3):
            time.sleep(EPOCH_S)
            self.on_epoch_end(trial, None, epoch, {"value": x * x + 1 / (epoch + 1)})
            while os.path.exists(f"hold-{self.project_name}"):
                time.sleep(0.01)
        return x * x


def search(name, overwrite=False):
    hp = kt.HyperParameters()
    hp.Float("x", -1.0, 1.0)
    oracle = kt.oracles.RandomSearchOracle(
        objective=kt.Objective("value", "min"), max_trials=4, hyperparameters=hp, seed=3
    )
    tuner = Searching(oracle=oracle, directory="out", project_name=name, overwrite=overwrite)
    tuner.search()
    return tuner
"""
"""The beginning of each script: `search(name)` searches in `out/<name>`."""


@dataclass(frozen=True)
class Script:
    """A script in a folder of its own.

    Args:
        epoch_s: How long an epoch of `search` takes.
    """

    folder: Path
    epoch_s: float = 0.0
    name: str = "script.py"
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        root = str(Path(__file__).parents[2])
        return {"PYTHONPATH": root, "XDG_STATE_HOME": str(self.folder / "state"), "PYTHONUTF8": "1", **self.extra}

    @property
    def logs(self) -> list[Path]:
        """What is kept of the script's output, one file a run of the app."""
        return sorted((self.folder / "state" / "tui-tuner" / "scripts").glob("*.log"))

    def hold(self, *names: str) -> None:
        """Let the trials of these searches wait after their next epoch, until `release`."""
        for name in names:
            (self.folder / f"hold-{name}").touch()

    def release(self, name: str) -> None:
        """Let the trials of a search go on, if they are held."""
        (self.folder / f"hold-{name}").unlink(missing_ok=True)

    def write(self, text: str, *, searches: bool = True) -> Script:
        """Write the script; with `search` before it if it shall have that."""
        beginning = SEARCH.replace("EPOCH_S", str(self.epoch_s)) if searches else ""
        (self.folder / self.name).write_text(beginning + text, encoding="utf-8")
        return self

    def command(self, *options: str, arguments: tuple[str, ...] = ()) -> list[str]:
        """`tui-tuner run script.py`."""
        given = ["--", *arguments] if arguments else []
        return [sys.executable, "-P", "-m", "tui_tuner.cli", "run", self.name, *options, *given]

    def run(self, *options: str, arguments: tuple[str, ...] = (), given: str = "") -> subprocess.CompletedProcess[str]:
        """Run it to its end, without a terminal."""
        return self._run(self.command(*options, arguments=arguments), given)

    def run_with_python(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """`python script.py`, for comparison."""
        return self._run([sys.executable, self.name, *arguments], given)

    def _run(self, command: list[str], given: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, **self.environment},
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def watched(self, name: str) -> Watched:
        """The directory of `search(name)`."""
        return Watched(self.folder / "out" / name)
