"""Makes the pictures of the README and the documentation: the app on a real search of `tui-tuner demo`, key by key.

`python tests/screenshots/make_screenshots.py [FOLDER]` writes them, by default into `docs/images/`. The search runs
first, without a screen; then the app is shown as it was in the middle of it. Only times differ from run to run.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "images"

TRIALS = 36
PACE_S = 0.1
"""Seconds for an epoch of the demo."""

MOMENT = 0.72
"""The part of the search that has happened when it is shown."""

DEADLINE_S = 30.0
"""Seconds until a screen shows what it should."""


@dataclass(frozen=True)
class Shot:
    """One picture.

    Args:
        keys: What is pressed before.
        shows: A text that is on the screen then: without it something is wrong.
    """

    name: str
    size: tuple[int, int]
    keys: tuple[str, ...]
    shows: str
    theme: str = "textual-dark"


SHOTS = (
    Shot("search", (160, 45), ("down", "down", "down", "t", "down", "t"), "Leaderboard"),
    Shot("small", (80, 24), ("3",), "tried, best"),
    Shot("analysis", (140, 40), ("a", "tab", "tab", "tab", "tab"), "Parallel"),
    Shot("trial", (140, 40), ("down", "down", "enter"), "beside the best"),
    Shot("light", (120, 36), ("4",), "layer", "colour-blind-light"),
)


def run_demo(root: Path, trials: int = TRIALS, pace_s: float = PACE_S) -> None:
    """Run the demo to its end."""
    command = [sys.executable, "-m", "tui_tuner.cli", "demo", str(root), "--headless"]
    options = ["--trials", str(trials), "--pace", str(pace_s)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([*command, *options], check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr, env=environment)


async def take(root: Path, shot: Shot) -> str:
    """The screen as SVG."""
    from tui_tuner.commands.demo import LABEL
    from tui_tuner.engine.replay import ReplaySource
    from tui_tuner.tui.app import TunerApp

    source = ReplaySource(root)
    moment = source.start_s + MOMENT * (source.end_s - source.start_s)
    source.seek(moment)
    app = TunerApp(source, drive=None, attached=True, label=LABEL, clock=lambda: moment)
    app.animation_level = "none"
    async with app.run_test(size=shot.size) as pilot:
        app.theme = shot.theme
        # What is worked out a bit at a time, such as the projections, comes to its end.
        for _ in range(12):
            app.search.draw()
            await pilot.pause(0.05)
        for key in shot.keys:
            await pilot.press(key)
            await pilot.pause(0.2)
        deadline = time.monotonic() + DEADLINE_S
        while shot.shows.replace(" ", "&#160;") not in app.export_screenshot():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{shot.name} does not show {shot.shows!r}")
            await pilot.pause(0.1)
        await pilot.pause(0.5)
        picture = app.export_screenshot(title="tui-tuner")
    source.close()
    return picture


def make(folder: Path) -> list[Path]:
    """Write all pictures; returns their paths."""
    written = []
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["XDG_STATE_HOME"] = str(
            Path(scratch) / "state"
        )  # what a person has chosen shall not be in the pictures
        root = Path(scratch) / "demo"
        run_demo(root)
        folder.mkdir(parents=True, exist_ok=True)
        for shot in SHOTS:
            path = folder / f"{shot.name}.svg"
            path.write_text(asyncio.run(take(root, shot)), encoding="utf-8")
            written.append(path)
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    for path in make(parser.parse_args().folder):
        print(path)


if __name__ == "__main__":
    main()
