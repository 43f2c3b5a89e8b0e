"""What it costs to draw: curves of 10,000 epochs, and each plot of the analysis for 10,000 trials. CPU time.

A drawing is what follows a key or a new epoch: from the epochs, or the snapshot, to the characters. What is kept from
one drawing to the next is thrown away before each.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import random
import time
from collections.abc import Callable
from functools import partial

from benchmarks.measure import goal, median, table
from support.fake_source import BEGAN, FakeSource, make_trial, make_view
from support.running_app import running

from tui_tuner.engine.view import EpochView, Objective, TrialState
from tui_tuner.tui.screens.analysis import AnalysisScreen
from tui_tuner.tui.widgets.analysis_plot import AnalysisPlot
from tui_tuner.tui.widgets.curve_drawing import Read, in_front
from tui_tuner.tui.widgets.curve_settings import CurveSettings
from tui_tuner.tui.widgets.loss_plot import LossPlot, Plot, draw

LIMIT_S = 0.030
SIZES = ((60, 15), (100, 30), (150, 40))
OBJECTIVE = Objective("val_loss", "min")
CHANCE = random.Random(0)

SHAPES: dict[str, Callable[[int], float]] = {
    "smooth": lambda epoch: math.exp(-epoch / 3000),
    "a usual loss": lambda epoch: math.exp(-epoch / 3000) + 0.02 * CHANCE.random(),
    "white noise": lambda epoch: CHANCE.random(),
}


def cpu_s(work: Callable[[], object], rounds: int) -> float:
    """CPU seconds of one call, the median of some."""
    found = []
    for _ in range(rounds):
        before = time.process_time()
        work()
        found.append(time.process_time() - before)
    return median(found)


def curves(points: int, rounds: int) -> list[dict[str, str]]:
    """One curve of so many epochs, by its shape."""
    trial = make_trial(0, TrialState.RUNNING)
    rows = []
    for shape, value in SHAPES.items():
        epochs = tuple(EpochView(0, epoch, BEGAN, 1.0, {"val_loss": value(epoch)}) for epoch in range(points))
        make = partial(in_front, Read(trial, epochs), "loss", CurveSettings(), OBJECTIVE)
        made = cpu_s(make, rounds)
        for width, height in SIZES:
            drawn = cpu_s(partial(characters, Plot(make().lines), width, height), rounds)
            rows.append(
                {
                    "curve": shape,
                    "size": f"{width}x{height}",
                    "from the epochs": f"{made * 1000:.1f} ms",
                    "to characters": f"{drawn * 1000:.1f} ms",
                    "together": f"{(made + drawn) * 1000:.1f} ms",
                    "kept": goal(made + drawn, LIMIT_S),
                }
            )
    return rows


def characters(plot: Plot, width: int, height: int) -> None:
    """Draw in any colours."""
    names = {line.colour for line in plot.lines} | {mark.colour for mark in plot.all_marks}
    draw(plot, width, height, dict.fromkeys((*names, "status-dim", "status-track", "background"), (90, 160, 250)))


async def analysis(trials: int, rounds: int) -> list[dict[str, str]]:
    """Every plot on a search of so many trials."""
    view = make_view([make_trial(number, score=CHANCE.random()) for number in range(trials)], max_trials=trials)
    rows = []
    async with running(FakeSource(view)) as app:
        await app.press("a")
        await app.until(lambda: isinstance(app.app.screen, AnalysisScreen) and app.app.screen.plot.material is not None)
        screen = app.app.screen
        assert isinstance(screen, AnalysisScreen)
        for number in range(1, 10):
            await app.press(str(number))
            rows.append(
                {
                    "plot": screen.plot.label,
                    "after a key": f"{cpu_s(partial(redraw, screen.plot), rounds) * 1000:.0f} ms",
                }
            )
    return rows


def redraw(plot: AnalysisPlot) -> None:
    """What a key leads to."""
    plot.redraw()
    picture = plot.picture
    if isinstance(picture, LossPlot):
        characters(picture.plot, *picture.size)
    else:
        picture.render_line(0)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=10_000, help="epochs of a curve")
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    table(f"One curve of {options.points:,} epochs", curves(options.points, options.rounds))
    table(f"{options.trials:,} trials, 160x45", asyncio.run(analysis(options.trials, options.rounds)))


if __name__ == "__main__":
    main()
