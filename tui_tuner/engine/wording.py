"""Words that the engine and all who show a search have in common."""

from __future__ import annotations


def format_count(count: int, noun: str = "", plural: str = "") -> str:
    """A whole number with separated thousands, with its noun if given: `10,000`, `1 trial`, `0 trials`."""
    number = f"{count:,}"
    if not noun:
        return number
    return f"{number} {noun if count == 1 else plural or noun + 's'}"
