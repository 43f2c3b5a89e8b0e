"""Runs or watches a search in the app, and what comes after the app: the summary, or going on without a terminal."""

from __future__ import annotations

import shlex
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tui_tuner.analysis.text import clean
from tui_tuner.engine.asking import this_person
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.only_reader import OnlyReader
from tui_tuner.engine.reader import SearchReader
from tui_tuner.system import recent
from tui_tuner.system.foreground import Foreground
from tui_tuner.system.gauges import GaugeReader
from tui_tuner.tui.app import Leave, TunerApp
from tui_tuner.tui.choices import Choices
from tui_tuner.tui.memory import Memory

if TYPE_CHECKING:
    from tui_tuner.engine.loop import SearchLoop

Drive = Callable[[Callable[[], bool]], None]


class AppSession:
    """One sitting at the app.

    Args:
        root: The search directory.
        loop: The search that this process runs, or `None` to watch another's.
        reopen: Opens the search again, to go on with it after it was stopped; `None` if that cannot be done here.
        foreground: The place that is kept in the shell.
        mouse: Whether the terminal reports the mouse.
        database: Where the search's `search.db` is, if that is not in the directory.
        label: What the header says in place of `attached` or `read-only`.
        quiet: Send no notifications to the terminal.

    Attributes:
        left: Why the app was left.
    """

    def __init__(
        self,
        root: Path,
        loop: SearchLoop | None,
        reopen: Callable[[], SearchLoop] | None,
        foreground: Foreground,
        *,
        read_only: bool = False,
        mouse: bool = True,
        database: Path | None = None,
        label: str = "",
        quiet: bool = False,
    ) -> None:
        self._root = root
        self._loop = loop
        self._reopen = reopen
        self._foreground = foreground
        self._read_only = read_only
        self._mouse = mouse
        self._database = database
        self._label = label
        self._quiet = quiet
        self.left: Leave | None = None

    def run(self) -> int:
        """Show the app until the person leaves it; returns the exit code."""
        reader = (OnlyReader if self._read_only else SearchReader)(
            self._root, this_person("attach" if self._loop is None else "the app"), self._database
        )
        app = TunerApp(
            reader,
            drive=None if self._loop is None else self._loop.run,
            make_drive=None if self._reopen is None else self._resume,
            read_only=self._read_only,
            attached=self._loop is None,
            label=self._label,
            quiet=self._quiet,
            memory=Memory(self._root, time.time),
            choices=Choices(self._root),
            gauges=GaugeReader(),
        )
        recent.remember(self._root)
        # What is needed after the app is loaded then: the first frame does not wait for it.
        leave = self.left = app.run(mouse=self._mouse)
        from tui_tuner.headless.session import EXIT_FAILED, EXIT_SIGNAL, exit_code
        from tui_tuner.headless.signals import EndingSignals

        loop = self._loop
        running = None if loop is None or loop.over else loop
        leaves_alone = leave in (Leave.HEADLESS, Leave.HANGUP, None)
        if leave is None:  # what has failed is said already
            again = f"The search goes on without it: tui-tuner attach {shlex.quote(clean(str(self._root)))}"
            print("The app has failed.", *([] if running is None else [again]), flush=True)
        elif leave is Leave.HEADLESS:
            _print_summary(reader)
        is_terminated = leave is Leave.TERMINATED
        signals = (signal.SIGTERM, signal.SIGINT) if is_terminated else (signal.SIGTERM,)
        if running is not None:
            with EndingSignals(running.ask, signals) as ending:
                if is_terminated:
                    ending.take(signal.SIGTERM)
                elif leaves_alone:
                    self._foreground.detach(SearchDirectory(self._root).engine_log)
                running.run()
                is_terminated = ending.last is not None
        if not leaves_alone:
            _print_summary(reader)
        if is_terminated:
            return EXIT_SIGNAL + signal.SIGTERM
        if leave is None:
            return EXIT_FAILED
        return 0 if loop is None else exit_code(reader.poll())

    def _resume(self) -> Drive:
        assert self._reopen is not None
        self._loop = self._reopen()
        return self._loop.run


def _print_summary(reader: SearchReader) -> None:
    from tui_tuner.analysis.summary import closing_summary

    print(*closing_summary(reader.poll()), sep="\n", flush=True)
