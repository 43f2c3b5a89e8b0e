"""What a list of searches says of each: a few queries, however many trials there are."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tui_tuner.engine import json_values
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.lock import is_held
from tui_tuner.engine.reader import objective_in
from tui_tuner.engine.schema import LAST_WRITE, connect
from tui_tuner.engine.view import Objective, Scalar, SearchState, TrialState, active_until
from tui_tuner.errors import TunerError

_ENDED = (TrialState.COMPLETED, TrialState.STOPPED, TrialState.FAILED)
_META = ("name", "state", "objective", "tuner", "max_trials", "active_s", "run_started", "best_trial_id", "disk_bytes")
_POINTS = 200


@dataclass(frozen=True)
class SearchBrief:
    """A search in short.

    Args:
        problem: Why it could not be read; then nothing but `root` is known.
        counts: Trials by status.
        best_score: Of the best completed trial.
        best_values: Its hyperparameters.
        course: The best score so far, over the completed trials that keep to the constraints, in their order; thinned
            out.
        changed: When something last happened in it, in seconds since the epoch.
        active_s: Seconds the search was active, neither paused nor blocked: up to `changed` where it still is, or where
            its engine has died.
    """

    root: Path
    problem: str = ""
    name: str = ""
    state: SearchState = SearchState.STARTING
    objective: Objective = field(default_factory=lambda: Objective("", "min"))
    tuner: str = ""
    max_trials: int | None = None
    counts: Mapping[TrialState, int] = field(default_factory=dict)
    best_trial_id: str | None = None
    best_score: float | None = None
    best_values: Mapping[str, Scalar] = field(default_factory=dict)
    course: tuple[float, ...] = ()
    changed: float | None = None
    active_s: float = 0.0
    disk_bytes: int | None = None

    @property
    def trials(self) -> int:
        return sum(self.counts.values())

    @property
    def ended(self) -> int:
        """How many trials are over."""
        return sum(self.counts.get(status, 0) for status in _ENDED)


class BriefReader:
    """Reads searches again only where their files have changed."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[object, SearchBrief]] = {}

    def read(self, root: Path) -> SearchBrief | None:
        """The search in a directory; `None` if there is none any more."""
        directory = SearchDirectory(root)
        if not directory.exists():
            self._known.pop(root, None)
            return None
        stamp = (_stamp(directory.database), _stamp(directory.database.with_name("search.db-wal")))
        stamp_and_lock = (stamp, is_held(directory.lock))
        known = self._known.get(root)
        if known is not None and known[0] == stamp_and_lock:
            return known[1]
        try:
            brief = _read(directory)
        except TunerError as error:
            brief = SearchBrief(root, problem=error.message)
        except (sqlite3.Error, OSError, ValueError, KeyError, TypeError) as error:
            brief = SearchBrief(root, problem=f"cannot be read ({error})")
        self._known[root] = (stamp_and_lock, brief)
        return brief


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _read(directory: SearchDirectory) -> SearchBrief:
    connection = connect(directory.database)
    try:
        connection.execute("BEGIN")
        marks = ", ".join("?" * len(_META))
        rows = connection.execute(f"SELECT key, value FROM meta WHERE key IN ({marks})", _META)
        meta: dict[str, str] = dict(rows.fetchall())
        values = {key: json_values.load(text) for key, text in meta.items()}
        counts = connection.execute("SELECT status, count(*) FROM trials GROUP BY status").fetchall()
        scores = [
            score
            for (score,) in connection.execute(
                "SELECT score FROM trials WHERE status = ? AND NOT coalesce(violation, 0) ORDER BY number",
                (TrialState.COMPLETED.value,),
            )
        ]
        best_id = values.get("best_trial_id")
        best = connection.execute("SELECT score, hyperparameters FROM trials WHERE trial_id = ?", (best_id,)).fetchone()
        changed = connection.execute(LAST_WRITE).fetchone()[0]
    finally:
        connection.close()
    objective = objective_in(meta)
    began = None if changed is None else values.get("run_started")
    state = SearchState(values.get("state", SearchState.STARTING.value))
    if state.is_live and not is_held(directory.lock):
        state = SearchState.INTERRUPTED
    return SearchBrief(
        root=directory.root,
        name=values.get("name", ""),
        state=state,
        objective=objective,
        tuner=values.get("tuner", ""),
        max_trials=values.get("max_trials"),
        counts={TrialState(status): count for status, count in counts},
        best_trial_id=None if best is None else best_id,
        best_score=None if best is None else best[0],
        best_values={} if best is None else json_values.load(best[1]),
        course=_course(scores, objective),
        changed=changed,
        active_s=active_until(values.get("active_s", 0.0), began, changed or 0.0),
        disk_bytes=values.get("disk_bytes"),
    )


def _course(scores: list[float | None], objective: Objective) -> tuple[float, ...]:
    course: list[float] = []
    for score in scores:
        if score is not None and math.isfinite(score):
            is_better = not course or objective.better(score, course[-1])
            course.append(score if is_better else course[-1])
    step = max(1, math.ceil(len(course) / _POINTS))
    return (*course[:-1:step], *course[-1:])
