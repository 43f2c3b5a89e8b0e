"""Reads the trials of earlier searches from their directories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui_tuner.engine import json_values
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.schema import connect
from tui_tuner.engine.view import Objective, TrialState
from tui_tuner.errors import TunerError

if TYPE_CHECKING:
    from tui_tuner.oracles.earlier import EarlierTrial

WARM_START = "warm_start"
"""Key of `meta`: the earlier trials that a search was begun with, so that it goes on as it would have, whatever becomes
of the earlier searches."""

NAMELESS = "nameless_objective"
"""Key of `meta`: there if only the direction of the objective is known, and its name is none."""


def read_earlier(root: Path, objective: Objective, database: Path | None = None) -> tuple[EarlierTrial, ...]:
    """The trials of an earlier search that trained all epochs, in the order of their creation.

    Args:
        root: Its directory.
        objective: What the search that begins is for.
        database: Where its `search.db` is, if that is not in the directory.

    Raises:
        TunerError: If there is no search, or one for another objective.
    """
    return tuple(_trials(root, objective, database or SearchDirectory(root).database))


def stored_earlier(database: Path) -> tuple[EarlierTrial, ...] | None:
    """The earlier trials that a search was begun with; `None` if it was begun without."""
    with closing(connect(database)) as connection:
        row = connection.execute("SELECT value FROM meta WHERE key = ?", (WARM_START,)).fetchone()
    return None if row is None else tuple(map(_from_json, json_values.load(row[0])))


def as_json(earlier: Sequence[EarlierTrial]) -> list[dict[str, Any]]:
    """Earlier trials as JSON values, for `meta`."""
    return [{"values": dict(trial.values), "score": trial.score, "metrics": dict(trial.metrics)} for trial in earlier]


def _from_json(stored: Mapping[str, Any]) -> EarlierTrial:
    from tui_tuner.oracles.earlier import EarlierTrial

    score = stored["score"]
    return EarlierTrial(
        stored["values"],
        json_values.number(score) if isinstance(score, str) else score,
        json_values.load_metrics(json_values.dump(stored["metrics"])),
    )


def _trials(root: Path, objective: Objective, database: Path) -> list[EarlierTrial]:
    from tui_tuner.oracles.earlier import EarlierTrial
    from tui_tuner.oracles.stages import stage_of, without_stage

    with closing(connect(database)) as connection:
        row = connection.execute("SELECT value FROM meta WHERE key = 'objective'").fetchone()
        untold = connection.execute("SELECT 1 FROM meta WHERE key = ?", (NAMELESS,)).fetchone() is not None
        rows = connection.execute(
            "SELECT status, score, hyperparameters, metrics FROM trials"
            " WHERE status IN (?, ?) AND rerun_of IS NULL ORDER BY number",
            (TrialState.COMPLETED.value, TrialState.FAILED.value),
        ).fetchall()
    before = {"name": "", "direction": ""} if row is None else json_values.load(row[0])
    if untold:
        before = {**before, "name": objective.name}
    if (before["name"], before["direction"]) != (objective.name, objective.direction):
        raise TunerError(
            f"{root}: the earlier search was for the {before['direction']} of {before['name'] or 'nothing'}, "
            f"and this one is for the {objective.direction} of {objective.name}.",
            "Leave it out of search.warm_start.",
        )
    read = [(status, score, json_values.load(values), metrics) for status, score, values, metrics in rows]
    stages = [stage_of(values) for _, _, values, _ in read]
    whole = max((stage.epochs for stage in stages if stage is not None), default=0)
    return [
        EarlierTrial(
            without_stage(values),
            score if status == TrialState.COMPLETED.value else None,
            json_values.load_metrics(metrics),
        )
        for (status, score, values, metrics), stage in zip(read, stages, strict=True)
        if stage is None or stage.epochs == whole
    ]
