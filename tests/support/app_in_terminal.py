"""The app on a scripted search, as a program of its own for tests in a real terminal.

Arguments: a folder and the number of trials. The search goes on an epoch every 50 ms. Why the app was left is printed
and written to `left` in the folder; `stalled` appears there when the terminal has taken nothing for a while.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event

from support.fake_source import ScriptedSearch

from tui_tuner.analysis.summary import closing_summary
from tui_tuner.tui import driver
from tui_tuner.tui.app import TunerApp
from tui_tuner.tui.driver import TerminalOutput


class Watched(TerminalOutput):
    """Says when the terminal takes nothing."""

    folder = Path()

    def wait(self, descriptor: int) -> bool:
        ready = super().wait(descriptor)
        if not ready:
            (self.folder / "stalled").touch()
        return ready


def main() -> None:
    folder = Watched.folder = Path(sys.argv[1])
    driver.TerminalOutput = Watched  # type: ignore[misc]
    source = ScriptedSearch(folder, workers=2, total=int(sys.argv[2]))
    tick = Event()

    def drive(released: Callable[[], bool]) -> None:
        while not source.is_over and not released():
            source.advance()
            tick.wait(0.05)

    def make_drive() -> Callable[[Callable[[], bool]], None]:
        source.resume()
        return drive

    app = TunerApp(source, drive=drive, make_drive=make_drive)
    leave = app.run()
    (folder / "left").write_text(f"{leave} {source.view.state}\n")
    print("\n".join([*closing_summary(source.view), f"left: {leave}"]))
    sys.exit(app.return_code or 0)


if __name__ == "__main__":
    main()
