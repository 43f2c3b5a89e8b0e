"""The curves and the analysis of a search that has really run: its processes, its pruner, its database."""

from __future__ import annotations

import subprocess
from pathlib import Path

from benchmarks.measure import TUI_TUNER, environment
from support.running_app import App

from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.view import TrialState
from tui_tuner.tui.app import TunerApp
from tui_tuner.tui.screens.analysis import AnalysisScreen


async def test_every_plot_shows_a_real_search(tmp_path: Path) -> None:
    root = tmp_path / "demo"
    command = [*TUI_TUNER, "demo", str(root), "--headless", "--trials", "24", "--pace", "0"]
    subprocess.run(command, check=True, capture_output=True, env=environment(), timeout=120)
    reader = SearchReader(root)
    view = reader.poll()
    trials = view.trials.values()
    stopped = next(trial for trial in trials if trial.status is TrialState.STOPPED)
    failed = [trial for trial in trials if trial.status is TrialState.FAILED]
    assert failed, "the demo has no failures any more: choose another seed"
    app = TunerApp(reader, drive=None)
    async with app.run_test(size=(160, 45)) as pilot:
        shown = App(app, pilot, reader)  # type: ignore[arg-type]
        await shown.until(lambda: app.search.state is not None)
        app.search.choose(stopped.trial_id)
        await pilot.pause()
        curves = shown.pane("curves")
        assert "━ median" in curves.text
        assert "■" in {mark.symbol for mark in curves.plot.all_marks}
        assert "worse than the median" in shown.text
        await pilot.press("2", "t")
        steps = -(-50_000 // int(stopped.hyperparameters["batch_size"]))
        assert curves.plot.lines[-1].points[0][0] == steps
        await pilot.press("t", "t", "a")
        await shown.until(lambda: isinstance(app.screen, AnalysisScreen) and app.screen.plot.material is not None)
        screen = app.screen
        assert isinstance(screen, AnalysisScreen)
        said = {}
        for number in range(1, 10):
            await pilot.press(str(number))
            said[screen.plot.id] = screen.plot.text
            await pilot.press("w")
        completed = sum(trial.status is TrialState.COMPLETED for trial in trials)
        assert f"{completed} completed" in said["history"]
        assert f"{completed} completed" in said["importance"]
        assert f"{completed} completed trials" in said["matrix"]
        assert said["failures"].startswith(f"{len(failed)} of 24 trials failed")
        assert "busy" in said["timeline"]
    assert {file.stem for file in (root / "plots").iterdir()} == set(said)
