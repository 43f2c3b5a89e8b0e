"""What search algorithms share that train configurations in stages: few epochs first, more if that went well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from tui_tuner.oracles.ahead import PreparingOracle
from tui_tuner.oracles.explanation import Reason
from tui_tuner.oracles.objective import Objective
from tui_tuner.oracles.stages import Stage, stage_of, without_stage
from tui_tuner.oracles.trial import Trial
from tui_tuner.space import HyperParameters
from tui_tuner.space.reserved import BRACKET, EPOCHS, INITIAL_EPOCH, ROUND

if TYPE_CHECKING:
    from tui_tuner.oracles.model_proposals import Groundwork, ModelProposals, Proposed

Proposals = Literal["random", "model"]


class StagedOracle(PreparingOracle):
    """An oracle whose trials may go on: as new trials with the same hyperparameters, which continue others.

    A trial's values say which trial it continues, from which epoch, and up to which (see `stages.Stage`). What a person
    enqueues trains all epochs.

    Args:
        max_epochs: Epochs of a configuration that goes all the way.
        factor: By how much configurations become fewer, and their epochs more, from stage to stage.
        proposals: Where new configurations come from: drawn at random, or from a model of all trials, each with the
            epochs it had (see `fidelities`).

    Raises:
        ValueError: If `factor` is less than 2, `max_epochs` less than 1, or `proposals` neither.
    """

    _settings: ClassVar[tuple[str, ...]] = ("max_epochs", "factor")
    """The attributes that the stages follow from: a search that goes on cannot have others."""

    _doubts: ClassVar[bool] = True
    """Whether the model is taken for less sure than it says, by which a search explores more."""

    def __init__(
        self,
        objective: str | Objective | Sequence[str | Objective] | None,
        max_trials: int | None,
        max_epochs: int,
        factor: int,
        proposals: Proposals,
        seed: int | None,
        hyperparameters: HyperParameters | None,
        allow_new_entries: bool,
        tune_new_entries: bool,
        max_retries_per_trial: int,
        max_consecutive_failed_trials: int | None,
    ) -> None:
        super().__init__(
            objective=objective,
            max_trials=max_trials,
            hyperparameters=hyperparameters,
            allow_new_entries=allow_new_entries,
            tune_new_entries=tune_new_entries,
            seed=seed,
            max_retries_per_trial=max_retries_per_trial,
            max_consecutive_failed_trials=max_consecutive_failed_trials,
        )
        if factor < 2:
            raise ValueError(f"`factor` needs to be an int larger than 1, found {factor}.")
        if max_epochs < 1:
            raise ValueError(f"`max_epochs` needs to be at least 1, found {max_epochs}.")
        if proposals not in ("random", "model"):
            raise ValueError(f'`proposals` must be "random" or "model", found {proposals!r}.')
        self.max_epochs = max_epochs
        self.factor = factor
        self.proposals = proposals
        self._kept_model: ModelProposals | None = None
        self._exhausted: tuple[HyperParameters, int] | None = None  # of what proposals came from

    def warm_up(self) -> None:
        if self.proposals == "model":
            from tui_tuner.oracles.model_proposals import warm_up

            warm_up()

    def prepare(self) -> bool:
        return self.proposals == "model" and not self._is_exhausted() and super().prepare()

    def set_state(self, state: Mapping[str, Any]) -> None:
        super().set_state(state)
        self._go_on_with(state)
        self._exhausted = None

    # For subclasses.

    def _new_values(self) -> dict[str, Any] | None:
        """A configuration that was not tried, or `None` if there is none left."""
        values = self._next_values() if self.proposals == "model" else None
        if values is not None:
            return values
        self._explain(Reason.RANDOM)
        values = self._random_values()
        if values is None:
            self._exhausted = (self.proposal_space, len(self.proposal_space.space))
        return values

    def _is_exhausted(self) -> bool:
        """Whether no new configuration was left when one was last asked for; a space that has grown has new ones."""
        return self._exhausted == (self.proposal_space, len(self.proposal_space.space))

    def _continued(self, stage: Stage) -> dict[str, Any]:
        """The values of a trial that goes on; what it did not know of keeps its default, lest the model be another."""
        assert stage.parent is not None
        self._explain(Reason.PROMOTED)
        values = without_stage(self.trials[stage.parent].hyperparameters.values)
        for hp in self.hyperparameters.space:
            if hp.name not in values and all(condition.is_active(values) for condition in hp.conditions):
                values[hp.name] = hp.default
        return {**values, **stage.values()}

    def _best_of(self, trials: list[Trial]) -> Trial:
        return self._sorted(trials, 1)[0]

    def _as_whole_trial(self, values: dict[str, Any]) -> dict[str, Any]:
        return {**values, EPOCHS: self.max_epochs, INITIAL_EPOCH: 0}

    # Inner workings.

    def _proposal(self, groundwork: Groundwork | None = None) -> Proposed | None:
        from tui_tuner.oracles.fidelities import outcomes_by_stage  # here: it needs numpy
        from tui_tuner.oracles.model_proposals import Known, ModelProposals

        self._kept_model = self._kept_model or ModelProposals(doubts=self._doubts)
        begun = [trial for trial in self.trials.values() if trial.rerun_of is None and _parent(trial) is None]
        return self._kept_model.propose(
            Known(
                space=self.hyperparameters,
                limits=self._limits,
                trials=self.trials,
                hashes=self._id_to_hash,
                outcomes=outcomes_by_stage(self.trials, self.objective.direction, self.max_epochs),
                looked_at=len(begun),
                seed=self.seed,
                number=len(begun),
            ),
            groundwork,
        )

    def _go_on_with(self, state: Mapping[str, Any]) -> None:
        begun = {name: state[name] for name in self._settings}
        given = {name: getattr(self, name) for name in self._settings}
        if begun != given and self.trials:
            self._say_once(
                "The search was begun with "
                + ", ".join(f"{name}={value}" for name, value in begun.items())
                + " and goes on with that, because its brackets follow from it. To begin anew, pass `overwrite=True`."
            )
            for name, value in begun.items():
                setattr(self, name, value)

    def _subclass_state(self) -> dict[str, Any]:
        return {**super()._subclass_state(), **{name: getattr(self, name) for name in self._settings}}

    def _compute_values_hash(self, values: Mapping[str, Any]) -> str:
        """What continues a trial is told apart from it, but how long a trial trains makes no difference."""
        return super()._compute_values_hash(
            {name: values[name] for name in values if name not in (EPOCHS, INITIAL_EPOCH, BRACKET, ROUND)}
        )


def _parent(trial: Trial) -> str | None:
    stage = stage_of(trial.hyperparameters.values)
    return None if stage is None else stage.parent
