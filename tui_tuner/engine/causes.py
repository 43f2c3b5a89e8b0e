"""Why trials fail: messages that say the same of different trials are one cause."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_LIMIT = 1000
"""Characters of a message that are looked at: a cause is told in its first line, and some lines have no end."""

_WARN_FROM = 3
"""A cause that has ended so many trials is told; then again each time the number has doubled."""

_MADE_EQUAL: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\b0x[0-9a-fA-F]+\b", "#"),  # an address
        (r"(?<![\w.])[A-Za-z]:\\[^\s'\"<>|]+", "<path>"),
        (r"(?<![\w.~>:/-])(?:~|\.{1,2})?/[^\s'\"()\[\]{},;:<>|]*[^\s'\"()\[\]{},;:<>|.]", "<path>"),
        (r"\b(?=[0-9a-f]*\d)[0-9a-f]{8,}(?:-[0-9a-f]{4,})*\b", "#"),  # a hash, a UUID
        (r"(?<=[A-Za-z])_\d+\b", "_#"),  # Keras numbers its layers: dense_12
        (r"(?<![A-Za-z0-9_])\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?", "#"),
        (r"(?<![\w#)\]])[-+]#", "#"),
        (r"\b(?:NaN|nan|[Ii]nf|Infinity)\b(?=\s*[,\])])", "#"),
        # A shape, or any list of numbers: as long as it may be.
        (r"([(\[])\s*(?:#|None)(?:\s*,\s*(?:#|None))*\s*,?\s*([)\]])", r"\1#\2"),
        (r"\s+", " "),
    )
)


def cause_of(message: str) -> str:
    """What failures of one cause have in common.

    The first line of the message, in which numbers, addresses, hashes, paths and shapes are made equal: two trials
    that fail with `... got shape (32, 8) (model.py:12, in build)` and `... got shape (64, 8) (model.py:12, in build)`
    fail for one reason. The result is a key to group by; to people show a message as it is.

    Args:
        message: A trial's message: one line, or one line and a traceback.
    """
    line = message.strip().partition("\n")[0][:_LIMIT]
    for pattern, replacement in _MADE_EQUAL:
        line = pattern.sub(replacement, line)
    return line.strip()


@dataclass(frozen=True)
class Cause:
    """Failures that are one.

    Args:
        example: The first line of the latest of their messages.
        trial_ids: The trials that failed of it, in the order in which they did.
    """

    example: str
    trial_ids: tuple[str, ...]

    def __str__(self) -> str:
        return f"{in_words(self.trial_ids)}: {self.example}"


def group(failures: Iterable[tuple[str, str]]) -> list[Cause]:
    """Group failures by cause, the most frequent first, of equal ones the earlier.

    Args:
        failures: Trial ids and messages, in the order in which the trials failed.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for trial_id, message in failures:
        found.setdefault(cause_of(message), []).append((trial_id, message))
    causes = [
        Cause(together[-1][1].strip().partition("\n")[0], tuple(trial_id for trial_id, _ in together))
        for together in found.values()
    ]
    return sorted(causes, key=lambda cause: -len(cause.trial_ids))


def explain_streak(failures: Sequence[tuple[str, str]]) -> str:
    """Why a search ends whose last trials have all failed, in words.

    Args:
        failures: Trial ids and messages of the failures in a row, in their order.
    """
    causes = group(failures)
    count = len(failures)
    end = "the search ends rather than try more" if count > 1 else "the search ends"
    said = f"{count} trials in a row have failed" if count > 1 else "a trial has failed"
    advice = (
        "Mend the cause and resume the search; how many failures in a row it bears is max_consecutive_failed_trials"
        f" ({count})."
    )
    if len(causes) == 1:
        cause = causes[0]
        example = cause.example or "no message"
        why = "all of one cause" if count > 1 else ""
        return f"{said}{', ' + why if why else ''} ({in_words(cause.trial_ids)}), and {end}: {example}. {advice}"
    listed = "; ".join(str(cause) for cause in causes)
    return f"{said}, and {end}. {listed}. {advice}"


class RecurringCauses:
    """Notices a cause that keeps coming back though other trials succeed in between.

    Args:
        failures: Trial ids and messages of the trials that have failed before.
    """

    def __init__(self, failures: Iterable[tuple[str, str]] = ()) -> None:
        self._trial_ids: dict[str, list[str]] = {}
        for trial_id, message in failures:
            self.add(trial_id, message)

    def add(self, trial_id: str, message: str) -> str | None:
        """Take in that a trial has failed for good; what people should know now, if anything."""
        together = self._trial_ids.setdefault(cause_of(message), [])
        if trial_id in together:
            return None
        together.append(trial_id)
        count = len(together)
        if count < _WARN_FROM or not _is_doubled(count):
            return None
        example = message.strip().partition("\n")[0] or "no message"
        return f"{count} trials have failed of one cause ({in_words(together)}): {example}"


def _is_doubled(count: int) -> bool:
    """Whether `count` is 3, 6, 12, ..."""
    times, rest = divmod(count, _WARN_FROM)
    return rest == 0 and times & (times - 1) == 0


def in_words(trial_ids: Sequence[str]) -> str:
    """`trial 3`, `trials 3, 4 and 7`, `trials 3, 4, 7 and 12 more`."""
    if len(trial_ids) == 1:
        return f"trial {trial_ids[0]}"
    if len(trial_ids) > 5:
        return f"trials {', '.join(trial_ids[:4])} and {len(trial_ids) - 4} more"
    return f"trials {', '.join(trial_ids[:-1])} and {trial_ids[-1]}"
