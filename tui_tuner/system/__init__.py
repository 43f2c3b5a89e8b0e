"""The machine and the session that a search runs in."""
