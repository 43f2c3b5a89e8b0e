"""A search for scripts and notebooks: look at it, steer it, and take its tables."""

from __future__ import annotations

from contextlib import ExitStack
from os import PathLike
from pathlib import Path

from tui_tuner.analysis.frames import Frames, frames_of
from tui_tuner.engine.asking import PATIENCE_S
from tui_tuner.engine.hand_made import named_trial
from tui_tuner.engine.remote import RemoteSearch
from tui_tuner.engine.view import EpochView
from tui_tuner.interop.keras_tuner_import import search_in


class LoadedSearch(RemoteSearch):
    """One search, running or over; what steers it is described at `RemoteSearch`.

    Args:
        directory: A search directory, one that KerasTuner wrote, or a file of Optuna's with one study.
        timeout_s: How long answers of the engine are waited for.

    Raises:
        TunerError: If there is no search.
    """

    def __init__(self, directory: str | PathLike[str], timeout_s: float = PATIENCE_S) -> None:
        root = Path(directory).expanduser()  # which no shell has done
        with ExitStack() as opened:
            found = opened.enter_context(search_in(root))
            super().__init__(root, timeout_s, database=found.database)
            self._opened = opened.pop_all()

    def close(self) -> None:
        super().close()
        self._opened.close()

    def epochs(self, trial_id: str) -> tuple[EpochView, ...]:
        """The finished epochs of a trial, by execution and epoch.

        Raises:
            TunerError: If there is no such trial.
        """
        return self._reader.epochs(named_trial(self.view, trial_id).trial_id)

    def to_pandas(self) -> Frames:
        """The search now, as two tables: `trials, epochs = load("searches/titanic").to_pandas()`."""
        return frames_of(self._reader)


def load(directory: str | PathLike[str], timeout_s: float = PATIENCE_S) -> LoadedSearch:
    """Open a search: `load("searches/titanic").to_pandas().trials`, or `load("searches/titanic").pause()`.

    Args:
        directory: A search directory, one that KerasTuner wrote, or a file of Optuna's with one study.
        timeout_s: How long answers of the engine are waited for.

    Raises:
        TunerError: If there is no search.
    """
    return LoadedSearch(directory, timeout_s)
