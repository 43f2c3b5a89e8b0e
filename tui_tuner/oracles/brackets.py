"""Hyperband's brackets: how many configurations start, how long they train, and which of them go on.

Source: Li et al. 2018, "Hyperband: A Novel Bandit-Based Approach to Hyperparameter Optimization" (JMLR 18-185), with
KerasTuner's sizes. Promotions do not wait for a round to be complete, but are never such that a complete round would
have decided otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tui_tuner.oracles.oracle import is_scored
from tui_tuner.oracles.stages import Stage
from tui_tuner.oracles.trial import Trial, TrialStatus

_ENDED = (TrialStatus.COMPLETED, TrialStatus.FAILED, TrialStatus.STOPPED)


@dataclass(frozen=True)
class Schedule:
    """The sizes of all brackets.

    Args:
        max_epochs: Epochs of a configuration that goes all the way.
        factor: By how much a round's configurations become fewer, and its epochs more.
    """

    max_epochs: int
    factor: int

    @property
    def brackets(self) -> int:
        """How many brackets an iteration has; they are numbered from this less 1 down to 0."""
        count, epochs = 0, float(self.max_epochs)
        while epochs >= 1:
            count, epochs = count + 1, epochs / self.factor
        return count

    def size(self, bracket: int, round_: int) -> int:
        """How many trials a round has."""
        share = math.ceil(1 + math.log(self.max_epochs, self.factor)) / (bracket + 1)
        return math.ceil(share * float(self.factor) ** (bracket - round_))

    def epochs(self, bracket: int, round_: int) -> int:
        """Up to which epoch a round trains."""
        return math.ceil(self.max_epochs / float(self.factor) ** (bracket - round_))

    def stage(self, bracket: int, round_: int, parent: str | None = None) -> Stage:
        """What a trial of this round does; one that continues no other trains from the start."""
        initial = self.epochs(bracket, round_ - 1) if round_ and parent is not None else 0
        return Stage(self.epochs(bracket, round_), initial, bracket, round_, parent)

    @property
    def trials(self) -> int:
        """How many trials an iteration has if none fails."""
        return sum(self.size(number, round_) for number in range(self.brackets) for round_ in range(number + 1))


@dataclass(frozen=True)
class Entry:
    """A trial of a round, and the trial of the round before that it continues."""

    trial_id: str
    parent: str | None = None


@dataclass
class Bracket:
    """One bracket at work.

    A trial that failed or was ended early takes its place in its round, and cannot go on; then as many others go on as
    would have gone anyway, as far as there are any.

    Args:
        number: Its number.
        schedule: The sizes.
        rounds: The trials of each round, in the order of creation.
    """

    number: int
    schedule: Schedule
    rounds: list[list[Entry]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rounds += [[] for _ in range(self.number + 1 - len(self.rounds))]

    @property
    def takes_more(self) -> bool:
        """Whether there is room for new configurations."""
        return len(self.rounds[0]) < self.schedule.size(self.number, 0)

    def add(self, trial_id: str, stage: Stage) -> None:
        """Note a trial of the bracket."""
        self.rounds[min(stage.round, self.number)].append(Entry(trial_id, stage.parent))

    def promotion(self, trials: Mapping[str, Trial], best: Callable[[list[Trial]], Trial], full: bool) -> Stage | None:
        """The stage of the next trial that continues another; `None` if none can be continued now.

        Args:
            trials: All trials by id.
            best: Picks the best of several completed trials.
            full: Whether no new configurations will come, although there may be room.
        """
        places = len(self.rounds[0]) if full else self.schedule.size(self.number, 0)
        for round_ in range(self.number):
            gone_on = {entry.parent for entry in self.rounds[round_ + 1]}
            ended = [
                trials[entry.trial_id]
                for entry in self.rounds[round_]
                if entry.trial_id not in gone_on and _has_ended(trials, entry)
            ]
            able = [trial for trial in ended if is_scored(trial)]
            # Failures beyond those who would have stayed behind anyway leave places of the next round empty.
            places_after = min(self.schedule.size(self.number, round_ + 1), places - (len(ended) - len(able)))
            if able and len(ended) > places - places_after:
                return self.schedule.stage(self.number, round_ + 1, best(able).trial_id)
            places = places_after
        return None

    def has_running(self, trials: Mapping[str, Trial]) -> bool:
        """Whether a trial of it has not ended."""
        return not all(_has_ended(trials, entry) for entries in self.rounds for entry in entries)


def _has_ended(trials: Mapping[str, Trial], entry: Entry) -> bool:
    trial = trials.get(entry.trial_id)
    return trial is not None and trial.status in _ENDED
