"""Runs a search without an app: the loop in a thread, its progress as lines, signals as requests."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

from tui_tuner.analysis.summary import closing_summary
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.journal import Journal
from tui_tuner.engine.loop import SearchLoop
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.schema import LAST_SEQ, connect
from tui_tuner.engine.view import SearchState, SearchView
from tui_tuner.headless.follow import Follower
from tui_tuner.headless.signals import EndingSignals
from tui_tuner.system.collector import release_collector

EXIT_FAILED = 1
EXIT_SIGNAL = 128


def run_headless(open_loop: Callable[[], SearchLoop], root: Path, *, as_json: bool) -> int:
    """Run the search to its end and print it on standard output.

    SIGINT stops it after the running trials; SIGTERM once they have saved where they are; a second one at once. SIGHUP
    is ignored. A further one, seconds later, ends this process: a trial that hangs in it cannot be ended.

    Returns:
        The exit code: 0 if the search is over or was stopped, 1 if it failed, 128 + n if signal n stopped it.
    """
    after = _last_event(root)
    loop = open_loop()
    release_collector()
    reader = SearchReader(root, who="command line")
    signals = EndingSignals(loop.ask, may_die=True)
    thread = threading.Thread(target=loop.run, name="search-loop")
    follower = Follower(reader, Journal(root, after), sys.stdout, as_json=as_json)
    with signals:
        follower.begin()
        thread.start()
        follower.run(lambda: not thread.is_alive())
    view = reader.poll()
    if not as_json:
        follower.say("\n".join(["", *closing_summary(view)]))
    return exit_code(view, signals.last)


def exit_code(view: SearchView, signal_number: int | None = None) -> int:
    """What a command that ran a search returns to the shell."""
    if view.state is SearchState.FAILED:
        return EXIT_FAILED
    if signal_number is not None and view.state is not SearchState.COMPLETED:
        return EXIT_SIGNAL + signal_number
    return EXIT_FAILED if view.state is SearchState.INTERRUPTED else 0


def _last_event(root: Path) -> int:
    """Sequence number of the last event that is there before the search goes on; 0 for a new one."""
    database = SearchDirectory(root).database
    if not database.is_file():
        return 0
    connection = connect(database)
    try:
        seq: int = connection.execute(LAST_SEQ).fetchone()[0]
        return seq
    finally:
        connection.close()
