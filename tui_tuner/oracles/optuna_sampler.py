"""Optuna's samplers behind the interface of all search algorithms."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from tui_tuner.errors import TunerError
from tui_tuner.oracles.explanation import Reason
from tui_tuner.oracles.oracle import Oracle
from tui_tuner.oracles.region import PresentRegion
from tui_tuner.oracles.registry import OPTUNA
from tui_tuner.oracles.trial import TrialStatus

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

    from tui_tuner.oracles.optuna_study import OptunaStudy

SAMPLERS = (
    "TPESampler",
    "GPSampler",
    "CmaEsSampler",
    "NSGAIISampler",
    "NSGAIIISampler",
    "QMCSampler",
    "RandomSampler",
)
"""The samplers that need nothing but a space: others of Optuna's need values listed, or other samplers."""

_OF_THE_TRIALS_ALONE = ("TPESampler", "GPSampler", "RandomSampler")
"""Those that keep nothing between questions, and so need not be asked all of them again after a stop."""

_ONE_SEED = ("QMCSampler",)
"""Those whose suggestions are a sequence, which follows from the seed."""

_DEFAULTS = {"TPESampler": {"constant_liar": True}}
"""Arguments without which a sampler knows nothing of running trials, in some versions."""

_TRIES = 10


class OptunaOracle(Oracle):
    """Proposes what one of Optuna's samplers suggests.

    Spaces are Optuna's conditional ones, running trials are known to the sampler, limits are kept, and no configuration
    is proposed twice: where a sampler repeats itself it is asked again, and in the end one is drawn at random. After a
    stop the search is replayed, because some samplers keep a memory of their own: each question is asked again, in the
    order in which trials began and ended.

    Args:
        sampler: The name of the sampler's class.
        sampler_arguments: Its arguments, except the seed.
        arguments: Those of `Oracle`.

    Raises:
        TunerError: If there is no such sampler, it cannot be made of these arguments, or Optuna is not installed.
    """

    def __init__(self, sampler: str, sampler_arguments: Mapping[str, Any] | None = None, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._sampler = sampler
        self._sampler_arguments = dict(sampler_arguments or {})
        self._present_region = PresentRegion()
        self._study: OptunaStudy | None = None
        self._make_sampler(0)  # what is wrong with it is to be known now

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_study": None}  # it is made again from the trials

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """What the sampler suggests, if that was not tried before."""
        study = self._up_to_date()
        region = self._present_region.of(self.hyperparameters, self._limits)
        values = study.ask(trial_id, region, self._seeds(len(self.trials)), self._is_new)
        reason = Reason.SAMPLED
        if values is None:
            values, reason = self._random_values(), Reason.RANDOM
        if values is None:
            self._study = None  # it has a trial that is none
            return {"status": TrialStatus.STOPPED, "values": None}
        study.run(trial_id, region.encoding, values)
        self._explain(reason)
        return {"status": TrialStatus.RUNNING, "values": values}

    def set_state(self, state: Mapping[str, Any]) -> None:
        super().set_state(state)
        self._study = None

    def _up_to_date(self) -> OptunaStudy:
        """The study, with all that has happened since the last question."""
        from tui_tuner.oracles.optuna_study import OptunaStudy

        encoding = self._present_region.of(self.hyperparameters, self._limits).encoding
        if self._study is None:
            self._study = OptunaStudy(self._make_sampler, self.objective.direction)
            if self._sampler not in _OF_THE_TRIALS_ALONE:
                self._replay(self._study)
        for trial in self.trials.values():
            if trial.trial_id not in self._study:
                self._study.run(trial.trial_id, encoding, trial.hyperparameters.values)
        for trial_id in self.end_order:
            trial = self.trials[trial_id]
            self._study.run(trial_id, encoding, trial.hyperparameters.values)
            self._study.tell(trial)
        return self._study

    def _replay(self, study: OptunaStudy) -> None:
        region = self._present_region.of(self.hyperparameters, {})
        for number, (trial_id, trial) in enumerate(self.trials.items()):
            known = 0 if trial.why is None else trial.why.results
            for ended in self.end_order[:known]:
                if ended in study:
                    study.tell(self.trials[ended])
            values = trial.hyperparameters.values  # by now with what its build added
            if not trial.origin:
                study.ask(trial_id, region, self._seeds(number), partial(_is_part_of, values))
            study.run(trial_id, region.encoding, values)

    def _seeds(self, number: int) -> list[list[int]]:
        return [[self.seed, number, attempt] for attempt in range(_TRIES)]

    def _make_sampler(self, seed: int) -> BaseSampler:
        name = OPTUNA + self._sampler
        if self._sampler not in SAMPLERS:
            near = difflib.get_close_matches(self._sampler, SAMPLERS, n=1, cutoff=0.4)
            meant = f" Did you mean {OPTUNA + near[0]!r}?" if near else ""
            raise TunerError(
                f"There is no tuner named {name!r}.{meant}",
                f"Optuna's samplers by name: {', '.join(OPTUNA + sampler for sampler in SAMPLERS)}.",
            )
        try:
            import optuna
        except ImportError as error:
            raise TunerError(f"The tuner {name} needs an extra.", "pip install 'tui-tuner[optuna]'") from error
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # some are experimental, some names of arguments are old
                seed = self.seed if self._sampler in _ONE_SEED else seed
                made: BaseSampler = getattr(optuna.samplers, self._sampler)(
                    **{**_DEFAULTS.get(self._sampler, {}), **self._sampler_arguments, "seed": seed}
                )
        except (TypeError, ValueError) as error:
            raise TunerError(
                f"The tuner {name} cannot be made of these arguments: {error}.", "See Optuna's documentation of it."
            ) from error
        return made


def _is_part_of(whole: Mapping[str, Any], part: Mapping[str, Any]) -> bool:
    return part.items() <= whole.items()
