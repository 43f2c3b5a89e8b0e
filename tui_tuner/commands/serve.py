"""`tui-tuner serve DIR`: the same app in a browser."""

from __future__ import annotations

import contextlib
import shlex
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from tui_tuner.analysis.text import clean
from tui_tuner.errors import TunerError
from tui_tuner.headless.arguments import Directory
from tui_tuner.headless.tensorboard import free_port
from tui_tuner.system.user_state import user_name

_FIRST_PORT = 8700


def serve(
    directory: Directory,
    port: Annotated[
        int | None,
        typer.Option("--port", metavar="PORT", min=1, max=65535, help="Default: the first free one from 8700."),
    ] = None,
    allow_control: Annotated[
        bool, typer.Option("--allow-control", help="Let whoever has the address steer the search.")
    ] = False,
) -> None:
    """Show the app in a browser on this machine, read-only, to whoever has the address with its token.

    Needs the extra: pip install 'tui-tuner[serve]'. From another machine, by the SSH tunnel that is printed. Ctrl+C
    ends it.
    """
    from tui_tuner.engine.schema import connect
    from tui_tuner.interop.keras_tuner_import import search_in

    try:
        from tui_tuner.web.server import HOST, SearchServer
    except ImportError as error:
        raise TunerError(f"serve needs a package that is not here ({error.name}).", _INSTALL) from error
    with search_in(directory) as found:
        connect(found.database).close()  # says what is wrong before anybody connects
    server = SearchServer(
        served_command(directory, allow_control=allow_control),
        title=f"tui-tuner: {directory.absolute().name}",
        port=free_port(HOST, port, _FIRST_PORT),
    )

    def started() -> None:
        print(f"{clean(str(directory))} in a browser, {'with its controls' if allow_control else 'read-only'}:")
        print(f"  {server.url}")
        user = f"{user_name()}@{socket.gethostname()}"
        print(f"from another machine: ssh -N -L {server.port}:{HOST}:{server.port} {user}")
        print("Whoever has the address sees the search. Ctrl+C ends it.", flush=True)

    import asyncio  # here: other commands do not wait for it

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(server.run(started))


def served_command(directory: Path, *, allow_control: bool) -> str:
    """What runs for each browser, for the shell."""
    arguments = [sys.executable, "-m", "tui_tuner.tui.served", str(directory.absolute())]
    # Without a shell in between, it notices when the server is gone.
    return "exec " + shlex.join(arguments + (["--allow-control"] if allow_control else []))


_INSTALL = "pip install 'tui-tuner[serve]'"
