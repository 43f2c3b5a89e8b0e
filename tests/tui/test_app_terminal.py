"""The app in a real pseudo-terminal: signals, a terminal that goes away, and what is left on the screen."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from pathlib import Path

import pytest
from support import app_in_terminal
from support.terminal import DEADLINE_S, Terminal

from tui_tuner.tui.app import Leave

ROOT = Path(__file__).parents[2]


class SlowTerminal(Terminal):
    """A link of about 20 kB a second, as a modem or a far-away telephone has."""

    def read(self, timeout_s: float) -> int:
        time.sleep(0.05)
        if not select.select([self._master], [], [], timeout_s)[0]:
            return 0
        chunk = os.read(self._master, 1000)
        self.bytes_read += len(chunk)
        self._take(chunk)
        return len(chunk)


def start(
    folder: Path,
    *,
    trials: int = 1000,
    size: tuple[int, int] = (120, 36),
    kind: type[Terminal] = Terminal,
    pager: Path | None = None,
    before: tuple[str, ...] = (),
) -> Terminal:
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    argv = [*before, sys.executable, app_in_terminal.__file__, str(folder), str(trials)]
    return kind(argv, size=size, env={"PYTHONPATH": path, "PAGER": str(pager or "")})


def left(folder: Path) -> str:
    """Why the app was left, and the state of the search, once the program has said so."""
    file = folder / "left"
    deadline = time.monotonic() + DEADLINE_S
    while not (file.is_file() and file.read_text().endswith("\n")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return file.read_text().strip()


def test_a_search_runs_to_its_end_and_leaves_a_summary_on_the_normal_screen(tmp_path: Path) -> None:
    with start(tmp_path, trials=3) as terminal:
        terminal.until("✓ completed")
        terminal.press("?")
        terminal.until("Start no new trial")
        terminal.press("escape")
        terminal.until(lambda text: "Start no new trial" not in text)
        terminal.press("q")
        assert terminal.until_exit() == 0
        assert terminal.raw.rstrip().endswith(b"left: finished")
        assert "best          val_accuracy" in terminal.text
    assert left(tmp_path) == f"{Leave.FINISHED} completed"


def test_capital_s_and_space_reach_the_app_as_typed(tmp_path: Path) -> None:
    with start(tmp_path) as terminal:
        terminal.until("● running")
        terminal.press(" ")
        terminal.until("paused")
        terminal.press(" ")
        terminal.until("● running")
        terminal.press("S")
        terminal.until("Stop the search now?")
        terminal.press("y")
        terminal.until("■ stopped")
        terminal.press("r")
        terminal.until("● running")
        terminal.press("q")
        terminal.until("The search is running")
        terminal.press("s")
        assert terminal.until_exit() == 0
    assert left(tmp_path) == f"{Leave.STOPPED} stopped"


def test_over_a_slow_link_a_key_is_answered_after_few_frames(tmp_path: Path) -> None:
    with start(tmp_path, kind=SlowTerminal) as terminal:
        terminal.until("● running")
        for _ in range(150):
            terminal.read(0.5)
        before = terminal.bytes_read
        terminal.press("?")
        terminal.until("Start no new trial")
        # Of frames that wait for the link there would be thirty; one has up to 20 kB here.
        assert terminal.bytes_read - before < 120_000


def test_sigterm_leaves_the_alternate_screen(tmp_path: Path) -> None:
    with start(tmp_path) as terminal:
        terminal.until("● running")
        terminal.send_signal(signal.SIGTERM)
        assert terminal.until_exit() == 0
        assert b"\x1b[?1049l" in terminal.raw
    assert left(tmp_path) == f"{Leave.TERMINATED} running"


def test_a_terminal_that_goes_away_ends_the_app_and_not_the_process(tmp_path: Path) -> None:
    with start(tmp_path) as terminal:
        terminal.until("● running")
        terminal.hang_up()
        assert left(tmp_path) == f"{Leave.HANGUP} running"
        assert terminal.until_exit() == 0


HEARS_NO_HANGUP = """
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_an_idle_app_that_no_signal_tells_of_the_hangup_notices_it(tmp_path: Path) -> None:
    with start(tmp_path, before=(sys.executable, "-c", HEARS_NO_HANGUP)) as terminal:
        terminal.until("● running")
        terminal.press(" ")
        terminal.until("paused")
        terminal.settle()
        terminal.hang_up()
        assert left(tmp_path) == f"{Leave.HANGUP} paused"
        assert terminal.until_exit() == 0


@pytest.mark.parametrize(
    ("number", "why"), [(signal.SIGHUP, Leave.HANGUP), (signal.SIGTERM, Leave.TERMINATED)], ids=["hangup", "terminate"]
)
def test_a_terminal_that_takes_nothing_does_not_keep_the_app(
    tmp_path: Path, number: signal.Signals, why: Leave
) -> None:
    with start(tmp_path) as terminal:
        terminal.until("● running")
        stalled = tmp_path / "stalled"
        deadline = time.monotonic() + DEADLINE_S
        while not stalled.is_file():  # nobody reads the terminal meanwhile, and its buffer fills up
            assert time.monotonic() < deadline
            time.sleep(0.01)
        terminal.send_signal(number)
        assert left(tmp_path) == f"{why} running"


def test_the_pager_has_the_terminal_while_it_runs_and_the_search_goes_on(tmp_path: Path) -> None:
    pager = tmp_path / "pager"
    pager.write_text('#!/bin/sh\necho "PAGED $(head -n 1 "$1")"\nread answer\n')
    pager.chmod(0o755)
    with start(tmp_path, pager=pager) as terminal:
        terminal.until("4/10")
        terminal.press("enter")
        terminal.until("3 Epochs")
        terminal.press("L")
        terminal.until("PAGED Epoch 1/10")
        terminal.press("enter")
        terminal.until("3 Epochs")
        terminal.press("escape")
        terminal.until("1 Leaderboard")
