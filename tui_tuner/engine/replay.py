"""A search as it was at a moment of its own time: a `SearchSource` that can be sent back and forth."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tui_tuner.engine.commands import Answer, Command
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.history import Mark, Timeline
from tui_tuner.engine.log_history import LogHistory
from tui_tuner.engine.past import Past
from tui_tuner.engine.view import EpochView, Intervention, SearchState, SearchView
from tui_tuner.errors import TunerError
from tui_tuner.worker.jobs import ModelSummary

SLOWEST, FASTEST = 1.0, 1000.0
"""Seconds of the search in one of the replay."""

_GONE_AFTER_S = 1.0
"""So long after an engine's last word it is known to be gone."""

_WAIT_S = 2.0
"""A time in which nobody runs the search takes no longer in the replay."""

_IDLE = (SearchState.PAUSED, SearchState.BLOCKED)


class ReplaySource:
    """Shows a search as it was. To be used in one thread; it reads the search once, as it is when this is made.

    Args:
        root: The search directory.
        database: Where its `search.db` is, if that is not in the directory.
        speed: Seconds of the search in one of the replay.
        clock: Seconds that only grow.

    Attributes:
        playing: Whether time passes.

    Raises:
        TunerError: If there is no search, or nothing has happened in it yet.
    """

    def __init__(
        self,
        root: Path,
        database: Path | None = None,
        *,
        speed: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directory = SearchDirectory(root)
        self._past = Past(root, database)
        self._logs = LogHistory()
        self._clock = clock
        self._speed = max(SLOWEST, min(FASTEST, speed))
        self.playing = False
        self._position = 1
        self._time = self.start_s
        self._looked = clock()
        self._shown: tuple[int, bool] | None = None
        self._view = SearchView(root=root)

    def close(self) -> None:
        """Let go of the search's files."""
        self._past.close()
        self._logs.close()

    @property
    def timeline(self) -> Timeline:
        """The positions and their times."""
        return self._past.timeline

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The moments worth going to, in order."""
        return self._past.marks

    # Time

    @property
    def position(self) -> int:
        """How many events and epochs have happened."""
        return self._position

    @property
    def start_s(self) -> float:
        """When the first thing happened, in seconds since the epoch."""
        return self.timeline.times[1]

    @property
    def end_s(self) -> float:
        """When the last thing happened."""
        end = self.timeline.times[self.timeline.end]
        return end + _GONE_AFTER_S if self.timeline.end in self._past.deaths else end

    @property
    def speed(self) -> float:
        """Seconds of the search in one of the replay."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._pass()
        self._speed = max(SLOWEST, min(FASTEST, speed))

    @property
    def at_end(self) -> bool:
        return self._time >= self.end_s

    def now(self) -> float:
        """The moment that is shown, in seconds since the epoch."""
        self._pass()
        return self._time

    def play(self, playing: bool) -> None:
        """Let time pass, or hold it; at the end begin again."""
        self._pass()
        if playing and self.at_end:
            self.seek(self.start_s)
        self.playing = playing

    def seek(self, time_s: float) -> None:
        """Go to a moment.

        Args:
            time_s: In seconds since the epoch.
        """
        self._looked = self._clock()
        self._time = max(self.start_s, min(self.end_s, time_s))
        self._position = max(1, self.timeline.position_at(self._time))

    def go_to(self, position: int) -> None:
        """Go to where exactly so many events and epochs have happened."""
        self._looked = self._clock()
        position = max(1, min(self.timeline.end, position))
        self._time = self.end_s if position == self.timeline.end else self.timeline.times[position]
        self._position = position

    def step(self, by: int) -> None:
        """Go on, or back, by so many events and epochs."""
        self.go_to(self._position + by)

    def step_trial(self, by: int) -> None:
        """Go to where the next trial began or ended (1), or the one before (-1)."""
        self.go_to(self._past.next_change(self._position, by))

    def _pass(self) -> None:
        """Let the time pass that has passed since somebody looked."""
        now = self._clock()
        passed, self._looked = now - self._looked, now
        if not self.playing:
            return
        times, end = self.timeline.times, self.timeline.end
        self._time = min(self.end_s, self._time + passed * self._speed)
        position = max(self._position, self.timeline.position_at(self._time))
        if position < end and self._is_idle(position):
            # Nights between two runs are not worth waiting for.
            self._time = max(self._time, times[position + 1] - _WAIT_S * self._speed)
            position = max(position, self.timeline.position_at(self._time))
        self._position = position
        if self.at_end:
            self.playing = False

    def _is_idle(self, position: int) -> bool:
        state = self._past.facts_at(position).state
        return position in self._past.deaths or not state.is_live or state in _IDLE

    # What was there

    def poll(self) -> SearchView:
        """The search at the present moment; the very same object as last time if it is the same."""
        self._pass()
        position = self._position
        is_gone = position in self._past.deaths and self._time >= self.timeline.times[position] + _GONE_AFTER_S
        if (position, is_gone) != self._shown:
            self._shown = (position, is_gone)
            self._view = self._past.view(position, is_gone=is_gone)
        return self._view

    def epochs(self, trial_id: str) -> tuple[EpochView, ...]:
        """The epochs that the trial had finished, by execution and epoch."""
        return self._past.epochs(trial_id, self._position)

    def model_summary(self, trial_id: str) -> ModelSummary | None:
        """The trial's built model, once it was known."""
        return self._past.model_summary(trial_id, self._position)

    def log_path(self, trial_id: str) -> Path:
        """What of the trial's log was there."""
        log = self._directory.trial_log(trial_id)
        if self._past.is_over(trial_id, self._position):
            return log
        return self._logs.at(log, self._past.epochs_ended(trial_id, self._position))

    def interventions(self) -> tuple[Intervention, ...]:
        """What people had asked of the search, in order."""
        return self._past.interventions(self._position)

    def send(self, command: Command) -> int:
        """A replay takes no requests.

        Raises:
            TunerError: Always.
        """
        raise TunerError("This is a replay: it only shows what was.", "Steer the search itself: tui-tuner attach DIR")

    def note(self, trial_id: str, text: str) -> None:
        """A replay takes no notes.

        Raises:
            TunerError: Always.
        """
        raise TunerError("This is a replay: it only shows what was.", "Note it with tui-tuner attach DIR.")

    def answer(self, request: int) -> Answer | None:
        """Nobody answers in a replay."""
        return None
