"""Every sample runs as it is, but for a smaller budget."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.watching import Watched

from tui_tuner.engine.view import SearchState, TrialState

SAMPLES = Path(__file__).parents[2] / "sample_configs"
CONFIGS = sorted(path.stem for path in SAMPLES.glob("*.yaml"))
SMALLER = {"digits": ("search.max_epochs=2", "search.factor=2")}


def run(folder: Path, name: str, *arguments: str) -> str:
    """What the sample prints."""
    command = [sys.executable, "-m", "tui_tuner.cli", "run", str(SAMPLES / name), "--headless", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", CONFIGS)
def test_a_sample_config_runs(name: str, tmp_path: Path) -> None:
    smaller = SMALLER.get(name, ("search.max_trials=2", "fit.epochs=1"))
    sets = [part for setting in smaller for part in ("--set", setting)]
    printed = run(tmp_path, f"{name}.yaml", *sets)
    view = Watched(tmp_path / "searches" / name).view()
    assert view.state is SearchState.COMPLETED, printed
    assert {trial.status for trial in view.trials.values()} == {TrialState.COMPLETED}
    assert view.best is not None


def test_the_script_of_scikit_learns_models_runs(tmp_path: Path) -> None:
    assert "accuracy on the test rows: 0.9" in run(tmp_path, "sklearn_models.py")


def test_the_readme_names_every_sample() -> None:
    readme = (SAMPLES / "README.md").read_text()
    assert all(f"[`{name}.yaml`]({name}.yaml)" in readme for name in CONFIGS)
