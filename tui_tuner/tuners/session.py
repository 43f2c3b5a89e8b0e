"""One `search()` of a script: the engine in a thread beside, the trials in the thread that called."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.loop import SearchLoop
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.engine.view import SearchState
from tui_tuner.oracles import Oracle
from tui_tuner.oracles.pruners import Pruner
from tui_tuner.tuners.host import current_host
from tui_tuner.tuners.trial_places import TrialPlace
from tui_tuner.worker.control import WAKE_EVERY_S


@dataclass(frozen=True)
class SearchEnd:
    """In which state a search ended, and one line about it."""

    state: SearchState
    detail: str


def elapsed_before(spec: SearchSpec) -> float:
    """Seconds for which the search ran before; 0 for a new one."""
    if not spec.directory.exists():
        return 0.0
    reader = SearchReader(spec.directory.root)
    try:
        return reader.poll().active_s
    finally:
        reader.close()


def stop_now(spec: SearchSpec) -> None:
    """Ask the search's engine to stop at once."""
    reader = SearchReader(spec.directory.root, who="the script")
    try:
        reader.send(Command(CommandKind.STOP_NOW))
    finally:
        reader.close()


def run_search(
    spec: SearchSpec,
    oracle: Oracle,
    place: TrialPlace,
    make_pruner: Callable[[], Pruner | None] = lambda: None,
    *,
    overwrite: bool = False,
) -> SearchEnd:
    """Run a search until it ends.

    Args:
        make_pruner: Makes what judges the epochs of trials, if anything shall.
        overwrite: Whether the script, if it were run again, would delete this search.

    Raises:
        DirectoryInUseError: If another engine runs this search.
        BaseException: What a trial or a hook raised to end the search, or what asked this thread to end, such as
            `KeyboardInterrupt`; the search has stopped then, and can go on.
    """
    executor = place.executor
    loop = SearchLoop(spec, lambda: oracle, lambda: executor, judge=place.judge, make_pruner=make_pruner)
    host = current_host()
    host.search_began(spec.directory.root, overwrite=overwrite)

    ended = threading.Event()

    def drive() -> None:
        try:
            loop.run()
        finally:
            executor.close()
            ended.set()

    thread = threading.Thread(target=drive, name="search loop", daemon=True)
    thread.start()
    try:
        _serve(place, ended)
        thread.join()
    finally:
        host.search_ended(spec.directory.root)
    if place.error is not None:
        raise place.error
    if loop.error is not None:
        raise loop.error
    reader = SearchReader(spec.directory.root)
    try:
        view = reader.poll()
    finally:
        reader.close()
    return SearchEnd(view.state, view.detail)


def _serve(place: TrialPlace, ended: threading.Event) -> None:
    """Run trials until the search is over. A second interruption leaves at once; the first stops the search first.

    Waits for an event: a `join` that is interrupted takes the thread for ended, at least in Python 3.11.
    """
    try:
        _serve_until(place, ended)
    except BaseException as error:
        place.leave(error)
        _serve_until(place, ended)


def _serve_until(place: TrialPlace, ended: threading.Event) -> None:
    place.serve()
    while not ended.wait(WAKE_EVERY_S):
        pass
