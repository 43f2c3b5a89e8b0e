"""Who the person at this machine is, and where what is kept for them lies.

A process may have neither a name nor a home: a service, or a container that runs with a number for its user.
"""

from __future__ import annotations

import getpass
import os
from pathlib import Path


def user_name() -> str:
    """The person's name here; `somebody` where the machine knows none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


def home_folder() -> Path:
    """The person's home; the root folder where the machine knows none, as in containers."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/")


def user_state_folder() -> Path:
    """`$XDG_STATE_HOME/tui-tuner`, by default in `~/.local/state`; it may not be there yet."""
    state = os.environ.get("XDG_STATE_HOME", "")
    base = Path(state) if state.startswith("/") else home_folder() / ".local" / "state"
    return base / "tui-tuner"
