"""What is kept for the person at this machine: `$XDG_STATE_HOME/tui-tuner`, by default in `~/.local/state`."""

from __future__ import annotations

import os
from pathlib import Path


def user_state_folder() -> Path:
    """The folder; it may not be there yet."""
    state = os.environ.get("XDG_STATE_HOME", "")
    base = Path(state) if state.startswith("/") else Path.home() / ".local" / "state"
    return base / "tui-tuner"
