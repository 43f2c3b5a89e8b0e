"""Joining a Ray cluster, or starting a local one. Importing this imports Ray; only the bridge does."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping
from typing import Any

import ray
from ray.exceptions import RayError

from tui_tuner.errors import TunerError
from tui_tuner.executors.ray_folder import SHORT_PATH, RayFolder
from tui_tuner.executors.ray_resources import Machine, machine_resources
from tui_tuner.executors.workers import count_cores

_OBJECT_STORE_BYTES = 128 * 2**20
"""For a local Ray, where nothing but jobs and reports goes through it."""

_KNOCK_S = 10.0

_TOKEN_HINT = (
    "If the cluster uses token authentication, start with RAY_AUTH_MODE=token and the cluster's token in "
    "~/.ray/auth_token, RAY_AUTH_TOKEN_PATH or RAY_AUTH_TOKEN."
)


def join(address: str | None, local_cpus: int) -> RayFolder | None:
    """Connect this process to the cluster at `address`, or start a local one for it, which ends with it.

    A local Ray is started with what `ray_link.LOCAL_SETTINGS` says, which must be set before Ray is imported.

    Args:
        local_cpus: How many CPUs a local Ray has at least, whatever this machine has.

    Returns:
        The folder of a local Ray; give it to `leave`.

    Raises:
        TunerError: If there is no such cluster, or it does not let us in.
    """
    _quiet()
    if address is not None and address.startswith("ray://"):
        raise TunerError(
            f"run.address: {address} is an address for Ray's client.",
            "Start tui-tuner on a machine of the cluster, with the address that ray start printed, or auto.",
        )
    folder: RayFolder | None = None
    if address is not None:
        _knock(address)
    options: dict[str, Any] = {"log_to_driver": False, "configure_logging": False, "include_dashboard": None}
    if address is None:
        options |= {
            "address": "local",
            "include_dashboard": False,
            "num_cpus": max(count_cores(), local_cpus),
            "object_store_memory": _OBJECT_STORE_BYTES,
        }
        folder = RayFolder(SHORT_PATH)
        options["_temp_dir"] = str(folder.path)
    else:
        options |= {"address": address}
    try:
        ray.init(namespace="tui-tuner", **options)
    except (RayError, ConnectionError, RuntimeError, ValueError, OSError, TimeoutError) as error:
        leave(folder)
        where = (
            "A local Ray could not be started" if address is None else f"The Ray cluster at {address} cannot be joined"
        )
        reason = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise TunerError(f"{where}: {reason.rstrip('.')}.", _TOKEN_HINT if address is not None else "") from error
    return folder


def _knock(address: str) -> None:
    """Look whether anything listens there: Ray itself would try for minutes."""
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit():
        return  # such as `auto`
    try:
        socket.create_connection((host.strip("[]"), int(port)), _KNOCK_S).close()
    except OSError as error:
        raise TunerError(
            f"There is no Ray cluster at {address}: {error.strerror or error}.",
            "Give run.address as ray start --head printed it, and look whether a firewall is in between.",
        ) from error


def leave(folder: RayFolder | None) -> None:
    """Disconnect; a local Ray ends, and its folder, which `join` returned, is deleted."""
    ray.shutdown()
    if folder is not None:
        folder.delete()


def machines() -> tuple[Machine, ...]:
    """The living nodes, as the cluster knows them now."""
    home = ray.get_runtime_context().get_node_id()
    nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    return tuple(
        Machine(node["NodeID"], node["NodeManagerHostname"], _lasting(node["Resources"]), node["NodeID"] == home)
        for node in sorted(nodes, key=lambda node: str(node["NodeID"]))
        if node["Alive"]
    )


def join_line() -> str:
    """The line that joins a machine to this cluster, with what it needs beside."""
    address = ray.get_runtime_context().gcs_address
    line = f"ray start --address={address}"
    if os.environ.get("RAY_AUTH_MODE", "").lower() == "token":
        return f"RAY_AUTH_MODE=token {line} (with this cluster's token in ~/.ray/auth_token)"
    return line


def _lasting(resources: Mapping[str, float]) -> dict[str, float]:
    """Without what only names the node."""
    return machine_resources({name: value for name, value in resources.items() if not name.startswith("node:")})


def _quiet() -> None:
    """Ray's own log goes to standard error, which is the bridge's log; nothing is passed on to a terminal."""
    logger = logging.getLogger("ray")
    logger.handlers[:] = [logging.StreamHandler()]
    logger.propagate = False
