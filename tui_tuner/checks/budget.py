"""Numbers of a config that make a part of the search useless."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tui_tuner.analysis.formatting import format_count, format_duration
from tui_tuner.worker.jobs import Finding


def hyperband_budget(max_epochs: int, factor: int) -> Finding | None:
    """Epochs so few that Hyperband has one bracket: every configuration trains all of them, and nothing is gained."""
    if max_epochs >= factor:
        return None
    return Finding(
        "hyperband",
        f"{format_count(max_epochs, 'epoch')} with a factor of {factor} leave Hyperband nothing to halve: no trial is "
        "ended early",
        f"search.max_epochs: {factor**2} or more, or search.tuner: random.",
    )


def unused_patience(epochs: int, callbacks: Mapping[str, Any]) -> Iterator[Finding]:
    """Callbacks that wait for so long that the training is over when they could act, or ends with that epoch anyway.

    Args:
        callbacks: The section `callbacks` of a config.
    """
    for name, arguments in callbacks.items():
        given = arguments if isinstance(arguments, Mapping) else {}
        patience, start = given.get("patience"), given.get("start_from_epoch", 0)
        if not isinstance(patience, int) or not isinstance(start, int):
            continue
        # The first epoch is one that nothing was better before, unless it has to be better than a baseline.
        first = start + patience + (given.get("baseline") is None)
        if first >= epochs:
            acts = "it acts after the last one, if at all" if first == epochs else "it never acts"
            smaller = f"A smaller patience, such as {epochs // 3}, or more" if epochs >= 3 else "More"
            yield Finding(
                "callbacks",
                f"callbacks.{name} waits for {patience} epochs, and a training has {epochs}: {acts}",
                f"{smaller} fit.epochs.",
            )


def unused_pruner(epochs: int, pruner: str, arguments: Mapping[str, Any], executions: int = 1) -> Finding | None:
    """A pruner whose first look comes after the last epoch, or after that of a trial's only execution, with which the
    trial ends anyway.

    Args:
        arguments: Those that were given.
    """
    first = {
        "median": arguments.get("warmup_epochs", 5) + 1,
        "successive_halving": arguments.get("min_epochs", 3),
        "patience": arguments.get("patience", 10) + 1,
        "threshold": arguments.get("warmup_epochs", 0) + 1,
    }.get(pruner, 0)
    if first < epochs + (executions > 1):
        return None
    return Finding(
        "pruner",
        f"the pruner {pruner} judges from epoch {first} on, and a training has {epochs}: it never ends one",
        "Give it smaller arguments, more fit.epochs, or leave it out.",
    )


def unused_timeout(executor: str, epoch_timeout_s: float | None) -> Finding | None:
    """A limit for epochs of trials that nothing can end."""
    if executor != "inline" or epoch_timeout_s is None:
        return None
    return Finding(
        "timeout",
        "run.epoch_timeout ends no trial with run.executor: inline, which runs them in the search's own process",
        "run.executor: process, or leave it out.",
    )


def small_space(configurations: int | None, max_trials: int | None) -> Finding | None:
    """A space with fewer configurations than the search wants to try.

    Args:
        configurations: How many there are; `None` for infinitely many.
    """
    if configurations is None or max_trials is None or configurations >= max_trials:
        return None
    there = format_count(configurations, "configuration")
    return Finding(
        "space",
        f"search.max_trials is {max_trials:,}, and the search space has {there}",
        "The search ends when all are tried. search.tuner: grid tries them in order; a wider space gives it more.",
    )


def little_time(needed_s: float, max_time_s: float | None) -> Finding | None:
    """A time budget that ends before the trials do, by the time that one step took.

    Args:
        needed_s: For all trials, at least.
    """
    if max_time_s is None or needed_s <= max_time_s:
        return None
    return Finding(
        "time",
        f"all trials take at least {format_duration(needed_s)}, and search.max_time is {format_duration(max_time_s)}: "
        "the last ones never run",
        "Fewer trials or epochs, more workers, or more time.",
    )
