"""The whole way once: `tui-tuner run sample_configs/titanic.yaml` in a real terminal, with Keras."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

from support.terminal import Terminal
from support.watching import Watched, is_running, until

from tui_tuner.engine.view import SearchState

SAMPLES = Path(__file__).parents[2] / "sample_configs"
TRIALS, EPOCHS = 3, 12


def panes(text: str) -> dict[str, str]:
    """The screen cut at the titles of its panes: `╭─ 2 Curves  trial 0 ...` begins the pane `Curves`."""
    parts: dict[str, str] = {}
    lines = text.splitlines()
    for top, line in enumerate(lines):
        for title in re.finditer(r"╭─ \d (Leaderboard|Curves|Search space|Best model|Log)[^╮]*╮", line):
            left, right = title.span()
            rows = []
            for below in lines[top + 1 :]:
                if below[left : left + 1] == "╰":
                    break
                rows.append(below[left + 1 : right - 1])
            parts[title.group(1)] = title.group(0) + "\n" + "\n".join(rows)
    return parts


def pane(name: str, *wanted: str) -> Callable[[str], bool]:
    """A condition on the screen: this pane shows all of these."""
    return lambda text: all(part in panes(text).get(name, "") for part in wanted)


def test_the_titanic_search_from_the_command_to_the_summary(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "searches" / "titanic")
    settings = {
        "search.directory": watched.root.parent,
        "search.max_trials": TRIALS,
        "fit.epochs": EPOCHS,
        "run.workers": 1,
    }
    overrides = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    command = [sys.executable, "-m", "tui_tuner.cli", "run", str(SAMPLES / "titanic.yaml"), *overrides]
    with Terminal(command, cwd=tmp_path, env={"PYTHONPATH": str(SAMPLES.parent)}) as terminal:
        # It says what it does while TensorFlow is imported, and the process that draws does not import it.
        terminal.until("titanic   ◌ starting   ")
        terminal.until("importing tensorflow")

        # Paused: the trial is held at the end of its epoch, and each pane has something to show.
        watched.until_epoch(2)
        terminal.press("space")
        terminal.until("❚❚ paused")
        terminal.until(lambda text: bool(re.search(rf"trial 1 of {TRIALS} .* 1 worker", text)))
        terminal.until(pane("Leaderboard", "● running", f"/{EPOCHS}", "units", "learning_rate"))
        terminal.until(pane("Search space", "8 … 64, step 8", "0.01, 0.001, 1e-4"))
        terminal.until(pane("Curves", "trial 0  accuracy", "━ train", "━ validation", "┤", "◆ best"))
        terminal.until(pane("Log", "trial 0", f"/{EPOCHS}"))
        terminal.until(pane("Best model", "No trial has completed yet."))
        assert not imports_tensorflow(watched.engine_pid)

        # Nothing changes, and nothing is drawn: the size on the disk is measured now and then, and is waited for.
        def shown() -> tuple[int, int | None]:
            return watched.seq(), watched.view().disk_bytes

        terminal.until("on disk")
        before: tuple[int, int | None] | None = None
        while before != (now := shown()):
            before = now
            terminal.settle()
            text, drawn = terminal.text, terminal.read(2.0)
        assert drawn == 0
        assert terminal.text == text
        seq = watched.seq()

        # Help, the other metric, the logarithmic scale.
        terminal.press("?")
        terminal.until("Show all keys.")
        terminal.press("escape")
        terminal.until(lambda text: "Show all keys." not in text)
        terminal.press("m")
        terminal.until(pane("Curves", "trial 0  loss"))
        terminal.press("l")
        terminal.until(pane("Curves", "log scale"))
        terminal.press("l", "m")
        terminal.until(lambda text: pane("Curves", "trial 0  accuracy")(text) and not pane("Curves", "log")(text))
        assert watched.seq() == seq

        # The held trial is skipped and keeps what it has; then the search goes on.
        terminal.press("x")
        terminal.until(pane("Leaderboard", "■ stopped"))
        assert watched.view().state is SearchState.PAUSED
        terminal.press("space")
        terminal.until("● running")
        terminal.until(pane("Leaderboard", "★ 1", "✓ completed"))
        terminal.until(pane("Best model", "val_accuracy", "(None, 1)", "total ", "parameters, ", "KiB"))

        # It ends, and the screen stays.
        terminal.until(f"✓ completed   all {TRIALS} trials were run")
        terminal.until(pane("Best model", "test accuracy", "test loss"))
        terminal.until("100 %")
        watched.until_state(SearchState.COMPLETED)
        terminal.settle()
        assert terminal.exit_code is None

        # Leaving gives the terminal back, with a summary.
        engine = watched.engine_pid
        terminal.press("q")
        assert terminal.until_exit() == 0
        assert terminal.is_restored
        assert f"titanic       completed: all {TRIALS} trials were run" in terminal.text
        assert "best          val_accuracy 0." in terminal.text
        assert "test data     accuracy 0." in terminal.text
        assert "Leaderboard" not in terminal.text
    until(lambda: not any(map(is_running, [engine, *watched.worker_pids])))

    # All of it is in search.db, and the best model on disk.
    statuses = [trial.status for trial in watched.trials()]
    assert statuses == ["STOPPED", "COMPLETED", "COMPLETED"]
    for trial in watched.trials():
        epochs = [row for row in watched.epochs() if row.trial_id == trial.trial_id]
        assert [row.epoch for row in epochs] == list(range(len(epochs)))
        assert len(epochs) == EPOCHS or trial.status == "STOPPED"
        assert set(json.loads(epochs[-1].metrics)) >= {"loss", "accuracy", "val_loss", "val_accuracy"}
        assert trial.score == max(json.loads(row.metrics)["val_accuracy"] for row in epochs)
    assert (watched.directory.best / "model.keras").is_file()
    best = json.loads((watched.directory.best / "hyperparameters.json").read_text())
    assert best["trial_id"] == watched.view().best_trial_id


def imports_tensorflow(pid: int) -> bool:
    """Whether the process has mapped TensorFlow's libraries, as far as the system tells."""
    maps = Path(f"/proc/{pid}/maps")
    return maps.exists() and "tensorflow" in maps.read_text()
