"""Asks the engine for something and waits for its answer."""

from __future__ import annotations

import socket
import time

from tui_tuner.engine.commands import Command
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.view import SearchState, SearchView
from tui_tuner.errors import CommandRefusedError, NoEngineError, TunerError, to_type
from tui_tuner.system.user_state import user_name

PATIENCE_S = 30.0
"""How long an answer is waited for, unless one says otherwise. An engine that is at work answers within 0.1 s."""

_LOOK_EVERY_S = 0.02


def this_person(tool: str) -> str:
    """Who asks, for the record: `ana on gpubox with ctl`."""
    return f"{user_name()} on {socket.gethostname()} with {tool}"


def ask(reader: SearchReader, command: Command, timeout_s: float = PATIENCE_S) -> str:
    """Send a command and wait for what the engine says.

    Returns:
        The engine's answer, in a few words.

    Raises:
        NoEngineError: If nobody runs the search, or the engine ends before it has answered.
        CommandRefusedError: If the engine cannot do it.
        TunerError: If the request could not be written, or there is no answer within `timeout_s`.
    """
    live_view(reader)
    request = reader.send(command)
    deadline = time.monotonic() + timeout_s
    while True:
        live = reader.poll().state.is_live  # before the answer is looked for: an engine that ends has answered by then
        answer = reader.answer(request)
        if answer is not None:
            break
        if not live:
            raise _no_engine(reader.poll(), "the engine ended before it answered")
        if time.monotonic() >= deadline:
            raise TunerError(
                f"the engine has not answered within {timeout_s:g} s.",
                "The request stays with it: see what becomes of it in tui-tuner attach or status.",
            )
        time.sleep(_LOOK_EVERY_S)
    if not answer.ok:
        raise CommandRefusedError(answer.text)
    return answer.text


def live_view(reader: SearchReader) -> SearchView:
    """The search as it is now, of which an engine is in charge.

    Raises:
        NoEngineError: If there is none.
    """
    view = reader.poll()
    if not view.state.is_live:
        raise _no_engine(view, "no engine runs this search")
    return view


def _no_engine(view: SearchView, what: str) -> NoEngineError:
    hint = f"Go on with it: {to_type('resume', view.root)}"
    if view.state is SearchState.COMPLETED:
        hint = "For more trials give it a higher max_trials or max_time, in its config or script, and run that again."
    return NoEngineError(f"{view.root}: {what}; it is {view.state.value}.", hint)
