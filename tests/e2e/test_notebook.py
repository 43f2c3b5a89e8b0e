"""Searches in a notebook, by a real Jupyter kernel: a running event loop, cleared output, and its interrupt button."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

jupyter_client = pytest.importorskip("jupyter_client.manager")
pytest.importorskip("ipykernel")

PATIENCE_S = 60.0

TUNER = """
import threading
import tui_tuner as kt

class Scripted(kt.RandomSearch):
    def run_trial(self, trial, *waits_for):
        print("training", trial.trial_id, flush=True)
        if trial.trial_id in waits_for:
            threading.Event().wait()
        if trial.trial_id == "1":
            raise ValueError("too wide")
        return trial.hyperparameters.get("units")

def build(hp):  # only this cell has it
    hp.Int("units", 1, 100)

tuner = Scripted(build, objective=kt.Objective("score", "max"), max_trials=4, seed=1, directory="searches")
"""


class Notebook:
    """A kernel, and what its cells have shown."""

    def __init__(self, folder: Path) -> None:
        self._kernel, self._client = jupyter_client.start_new_kernel(cwd=str(folder))
        self.shown: list[str] = []
        self.cleared = 0

    def run(self, code: str, interrupt_at: str | None = None) -> dict[str, Any]:
        """Run a cell, and return how it went; interrupt it once it has printed `interrupt_at`."""
        self.shown.clear()
        self.cleared = 0

        def take(message: dict[str, Any]) -> None:
            if message["msg_type"] == "clear_output":
                self.shown.clear()
                self.cleared += 1
            if message["msg_type"] == "stream":
                self.shown.append(message["content"]["text"])
                if interrupt_at is not None and interrupt_at in "".join(self.shown):
                    self._kernel.interrupt_kernel()

        reply = self._client.execute_interactive(code, timeout=PATIENCE_S, output_hook=take)
        content: dict[str, Any] = reply["content"]
        return content

    def value(self, expression: str) -> str:
        """What an expression is, as text."""
        self.run(f"print({expression})")
        return "".join(self.shown).strip()

    def close(self) -> None:
        self._client.stop_channels()
        self._kernel.shutdown_kernel(now=True)


@pytest.fixture
def notebook(tmp_path: Path) -> Iterator[Notebook]:
    notebook = Notebook(tmp_path)
    yield notebook
    notebook.close()


def test_what_a_trial_printed_makes_room_for_the_next_one_but_not_that_of_one_that_failed(notebook: Notebook) -> None:
    assert notebook.run(TUNER)["status"] == "ok"
    assert notebook.run("tuner.search()")["status"] == "ok"
    shown = "".join(notebook.shown)
    assert notebook.cleared == 3  # by the trials 0, 2 and 3
    assert "Trial 4 Complete" in shown
    assert "training" not in shown
    assert "ValueError: too wide" in notebook.value("tuner.oracle.get_trial('1').message")


def test_an_interrupted_search_goes_on_in_the_next_cell(notebook: Notebook) -> None:
    assert notebook.run(TUNER)["status"] == "ok"
    ended = notebook.run("tuner.search('2')", interrupt_at="training 2")
    assert (ended["status"], ended["ename"]) == ("error", "KeyboardInterrupt")
    assert notebook.value("kt.load(tuner.project_dir).view.state.value") == "stopped"
    assert notebook.run("tuner.search()")["status"] == "ok"
    assert notebook.value("[trial.status for trial in tuner.oracle.trials.values()].count('COMPLETED')") == "3"
    assert notebook.value("len(tuner.oracle.trials)") == "4"
