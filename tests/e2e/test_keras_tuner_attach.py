"""`tui-tuner attach` in a real terminal on a directory that KerasTuner wrote."""

from __future__ import annotations

import sys
from pathlib import Path

from support.keras_tuner_files import Written, write_project
from support.terminal import Terminal

ROOT = Path(__file__).parents[2]


def test_the_app_opens_on_a_project_of_keras_tuner(tmp_path: Path) -> None:
    trials = [Written(str(number), 1.25 - number / 8) for number in range(6)]
    project = write_project(tmp_path / "mnist", [*trials, Written("6", status="RUNNING")])
    command = [sys.executable, "-m", "tui_tuner.cli", "attach", str(project)]
    with Terminal(command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}) as terminal:
        terminal.until(lambda text: all(part in text for part in ("mnist", "stopped", "val_loss", "0.6250", "cut off")))
        write_project(project, [*trials, Written("6", 0.0625), Written("7", status="RUNNING")])  # it is still at work
        terminal.until("0.06250")
        terminal.press("q")
        assert terminal.until_exit() == 0
