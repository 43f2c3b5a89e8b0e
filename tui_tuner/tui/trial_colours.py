"""A colour for each marked trial, the same wherever it is drawn and as long as it is marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

COLOURS = tuple(f"trial-{number}" for number in range(1, 9))
"""Theme variables."""


def assign(marked: Sequence[str], before: Mapping[str, str]) -> dict[str, str]:
    """Colours by trial id.

    Args:
        marked: Trial ids in the order in which they were marked.
        before: The colours until now; a trial that stays marked keeps its own.
    """
    colours = {trial_id: before[trial_id] for trial_id in marked if trial_id in before}
    for number, trial_id in enumerate(marked):
        if trial_id not in colours:
            free = [colour for colour in COLOURS if colour not in colours.values()]
            # With more trials than colours, colours are given twice.
            colours[trial_id] = free[0] if free else COLOURS[number % len(COLOURS)]
    return {trial_id: colours[trial_id] for trial_id in marked}
