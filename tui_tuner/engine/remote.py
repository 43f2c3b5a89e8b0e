"""A search that another process runs: look at it, and steer it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tui_tuner.engine import hand_made, typed_values
from tui_tuner.engine.asking import PATIENCE_S, ask, live_view, this_person
from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.view import Scalar, SearchView
from tui_tuner.errors import TunerError


class RemoteSearch:
    """One search directory, running or over.

    Each method that steers waits for the engine's answer and returns it, a few words of text. All raise the same:

    * `NoEngineError` if nobody runs the search,
    * `CommandRefusedError` if the engine cannot do it,
    * `TunerError` if what is asked makes no sense, could not be written, or was not answered in time.

    Args:
        directory: The search directory.
        timeout_s: How long answers are waited for.
        tool: With what a person asks, for the record.
        database: Where its `search.db` is, if that is not in the directory.

    Raises:
        TunerError: If there is no search.
    """

    def __init__(
        self,
        directory: str | PathLike[str],
        timeout_s: float = PATIENCE_S,
        *,
        tool: str = "Python",
        database: Path | None = None,
    ) -> None:
        self._root = Path(directory)
        self._open_reader: SearchReader | None = SearchReader(self._root, this_person(tool), database)
        self._timeout_s = timeout_s

    def close(self) -> None:
        """Let go of the directory's files. Views and tables that were taken before stay as they are."""
        if self._open_reader is not None:
            self._open_reader.close()
            self._open_reader = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        if self._open_reader is None:
            return f"<search in {str(self._root)!r}: closed>"
        view = self.view
        return f"<search {view.name!r} in {str(view.root)!r}: {view.state.value}, {len(view.trials)} trials>"

    @property
    def view(self) -> SearchView:
        """The search now, as an immutable snapshot."""
        return self._reader.poll()

    @property
    def live_view(self) -> SearchView:
        """As `view`, of a search that an engine runs.

        Raises:
            NoEngineError: If there is none.
        """
        return live_view(self._reader)

    def pause(self, hard: bool = False) -> str:
        """Start nothing new, and hold the running trials at the end of their epoch.

        Args:
            hard: Save where they are and end the workers, so that the memory of their devices is free.
        """
        return self._ask(CommandKind.PAUSE, hard=hard)

    def resume(self) -> str:
        """Go on after a pause, or take back a stop that has not happened yet."""
        return self._ask(CommandKind.RESUME)

    def stop(self) -> str:
        """Stop after the running trials."""
        return self._ask(CommandKind.STOP)

    def stop_now(self) -> str:
        """Stop at once; the running trials go on when the search is resumed."""
        return self._ask(CommandKind.STOP_NOW)

    def skip(self, trial: str) -> str:
        """End one running trial and keep what it has."""
        return self._ask(CommandKind.SKIP, trial)

    def enqueue(self, values: Mapping[str, Scalar], *, from_trial: str | None = None) -> str:
        """Run a configuration next.

        Args:
            values: By name; what is missing gets its default.
            from_trial: Take what is missing from this trial instead.
        """
        view = self.live_view
        base = None if from_trial is None else hand_made.named_trial(view, from_trial).tuned
        checked = hand_made.check_values(view.space, values)
        return self._ask(CommandKind.ENQUEUE, values=hand_made.configuration(view.space, checked, base))

    def rerun(self, trial: str | None = None, *, best: int | None = None, times: int = 1) -> str:
        """Run a trial, or the `best` best trials, `times` more times with other seeds; the best one by default."""
        if trial is not None:
            return self._ask(CommandKind.RERUN, trial, times=times)
        return self._ask(CommandKind.RERUN, best=1 if best is None else best, times=times)

    def limit(
        self,
        name: str,
        min_value: float | None = None,
        max_value: float | None = None,
        *,
        values: Iterable[Scalar] | None = None,
    ) -> str:
        """Propose a hyperparameter only from `min_value` to `max_value`, or among `values`, from now on.

        With none of them it has all of its values again; with one end only, the other is that of the search space.
        """
        space = self.live_view.space
        if values is not None:
            values = [values] if isinstance(values, str) else values
            return self._ask(CommandKind.LIMIT, **hand_made.limits(space, name, values))
        parameter = typed_values.named(space, name)[0]
        if min_value is None and max_value is None:
            return self._ask(CommandKind.LIMIT, name=name)
        ends = (
            parameter.min_value if min_value is None else min_value,
            parameter.max_value if max_value is None else max_value,
        )
        return self._ask(CommandKind.LIMIT, **hand_made.limits(space, name, [end for end in ends if end is not None]))

    def set_max_trials(self, count: int) -> str:
        """Change how many trials the search runs in all."""
        return self._ask(CommandKind.SET_MAX_TRIALS, max_trials=count)

    def set_max_time(self, seconds: float | None) -> str:
        """Change the time budget, in seconds of active search; `None` for none."""
        return self._ask(CommandKind.SET_MAX_TIME, max_time=seconds)

    def set_workers(self, count: int) -> str:
        """Change how many trials run at once."""
        return self._ask(CommandKind.SET_WORKERS, workers=count)

    @property
    def _reader(self) -> SearchReader:
        if self._open_reader is None:
            raise TunerError(f"This view of {self._root} was closed.", "Open it again with tui_tuner.load.")
        return self._open_reader

    def _ask(self, kind: CommandKind, trial_id: str | None = None, **arguments: Any) -> str:
        return ask(self._reader, Command(kind, trial_id, arguments=arguments), self._timeout_s)
