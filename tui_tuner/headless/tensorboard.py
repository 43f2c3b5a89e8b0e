"""`tui-tuner tensorboard DIR`: TensorBoard on a search's logs, and how to reach it from elsewhere."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from tui_tuner.analysis.text import clean
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.errors import TunerError
from tui_tuner.headless.arguments import Directory
from tui_tuner.system.user_state import user_name

_FIRST_PORT, _PORTS = 6006, 100


def tensorboard_command(
    directory: Directory,
    port: Annotated[
        int | None,
        typer.Option("--port", metavar="PORT", min=1, max=65535, help="Default: the first free one from 6006."),
    ] = None,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Whom it listens to; by default this machine only.")
    ] = ("127.0.0.1"),
) -> None:
    """Start TensorBoard on the logs of a search, and print its address and the line for an SSH tunnel.

    The search needs callbacks.tensorboard: true in its config, or a TensorBoard callback in its script. Ctrl+C ends it.
    """
    folder = log_folder(directory)
    port = free_port(host, port)
    print(clean(f"TensorBoard on {folder}"))
    print(f"  http://{'localhost' if host in ('127.0.0.1', '0.0.0.0') else host}:{port}/")
    print(f"from another machine: ssh -N -L {port}:127.0.0.1:{port} {user_name()}@{socket.gethostname()}")
    sys.stdout.flush()
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(folder), "--host", host, "--port", str(port)]
    os.execve(command[0], command, {"TF_CPP_MIN_LOG_LEVEL": "2", **os.environ})


def log_folder(directory: Path) -> Path:
    """Where the TensorBoard logs of a search lie.

    Raises:
        TunerError: If there are none.
    """
    usual = SearchDirectory(directory).tensorboard
    for folder in (usual, directory):
        if folder.is_dir() and next(folder.rglob("events.out.tfevents*"), None) is not None:
            return folder
    if not directory.is_dir():
        raise TunerError(f"{directory}: there is no such folder.", "Give the directory of a search.")
    raise TunerError(
        f"{directory}: no trial has written TensorBoard logs.",
        "In the config: callbacks.tensorboard: true. In a script: a keras.callbacks.TensorBoard, given to search().",
    )


def free_port(host: str, wanted: int | None, first: int = _FIRST_PORT) -> int:
    """A port that can be listened to: the wanted one, else one of the hundred from `first` on.

    Raises:
        TunerError: If the wanted one is taken, or none is free.
    """
    for port in (wanted,) if wanted is not None else range(first, first + _PORTS):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                trouble = error
            else:
                return port
    raise TunerError(f"{host}:{port} cannot be listened to ({trouble.strerror or trouble}).", "Give another --port.")
