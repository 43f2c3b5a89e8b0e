"""The environment variables by which KerasTuner's chief and workers know what they are."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from dataclasses import dataclass

from tui_tuner.errors import TunerError

ADDRESS = "KERASTUNER_ORACLE_IP"
PORT = "KERASTUNER_ORACLE_PORT"
TUNER_ID = "KERASTUNER_TUNER_ID"
TOKEN = "KERASTUNER_ORACLE_TOKEN"
"""Our own: a secret that the chief asks of its workers. KerasTuner has none."""

_DEFAULT_TUNER_ID = "tuner0"


class RoleError(TunerError, RuntimeError):
    """The variables do not say what the process is."""


@dataclass(frozen=True)
class Role:
    """What this process is in a search of several.

    Args:
        target: Where the chief listens, `address:port`.
        tuner_id: This process's name; unique in the search.
        token: The secret, or empty.
    """

    target: str
    tuner_id: str
    token: str

    @property
    def is_chief(self) -> bool:
        """Whether it holds the oracle."""
        return "chief" in self.tuner_id

    @property
    def cannot_listen(self) -> RoleError:
        """What a chief raises that cannot listen on its address."""
        return RoleError(
            f"The chief cannot listen on {self.target}: the address is not this machine's, or the port is taken."
        )

    def refuse_taken_port(self) -> None:
        """See that no other chief listens here, before anything is done that would do harm to its search.

        Raises:
            RoleError: If the port is taken.
        """
        host, _, port = self.target.rpartition(":")
        try:
            family, kind, _, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family, kind) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # not for what is about to close
                probe.bind(address)
        except OSError as error:  # of any other kind: whoever listens will tell
            if error.errno == errno.EADDRINUSE:
                raise self.cannot_listen from error

    @property
    def is_local(self) -> bool:
        """Whether only processes of this machine reach the chief."""
        address = self.target.rpartition(":")[0].strip("[]")
        try:
            return ipaddress.ip_address(address).is_loopback
        except ValueError:
            return address == "localhost"


def default_tuner_id() -> str:
    """The name of a tuner that is given none."""
    return os.environ.get(TUNER_ID) or _DEFAULT_TUNER_ID


def role() -> Role | None:
    """What the environment says; `None` where the search has this one process.

    Raises:
        RoleError: If it names the chief's address and not the rest.
    """
    address = os.environ.get(ADDRESS)
    if not address:
        return None
    port, tuner_id = os.environ.get(PORT, ""), os.environ.get(TUNER_ID, "")
    missing = [name for name, value in ((PORT, port), (TUNER_ID, tuner_id)) if not value]
    if missing:
        raise RoleError(
            f"{ADDRESS} is set (to {address!r}): then {' and '.join(missing)} must be set, too.",
            f"{PORT} is the port that the chief listens on; {TUNER_ID} is this process's name, with `chief` in it for "
            "the one that holds the oracle. For a search of one process unset them all.",
        )
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise RoleError(f"{PORT} is {port!r}: it must be a port, a number from 1 to 65535.")
    host = f"[{address}]" if address.count(":") > 1 and not address.startswith("[") else address
    return Role(f"{host}:{port}", tuner_id, os.environ.get(TOKEN, ""))


def has_chief_oracle() -> bool:
    """Whether a chief holds the oracle; raises what `role` raises."""
    return role() is not None


def is_chief_oracle() -> bool:
    """Whether this process is the chief; raises what `role` raises."""
    own = role()
    return own is not None and own.is_chief
