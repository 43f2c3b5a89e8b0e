"""What tuners share whose trials train in stages."""

from __future__ import annotations

from typing import Any

from tui_tuner.oracles import Trial
from tui_tuner.oracles.stages import stage_of
from tui_tuner.space import HyperParameters
from tui_tuner.tuners.tuner import Tuner


class StagedTuner(Tuner):
    """A tuner whose oracle lets trials go on as new trials.

    A configuration that goes on continues the training of the earlier trial, with its weights and its optimizer. How
    many epochs a trial trains follows from its stage: `epochs` and `initial_epoch` that are given to `search` have no
    effect.
    """

    def run_trial(self, trial: Trial, *fit_args: Any, **fit_kwargs: Any) -> Any:
        """As every `Tuner`, for the epochs of the trial's stage."""
        stage = stage_of(trial.hyperparameters.values)
        if stage is not None:
            fit_kwargs |= {"epochs": stage.epochs, "initial_epoch": stage.initial_epoch}
        return super().run_trial(trial, *fit_args, **fit_kwargs)

    def _build_hypermodel(self, hp: HyperParameters) -> Any:
        """Build the model, and during a search bring it to where the trial that it continues stood at its end."""
        model = super()._build_hypermodel(hp)
        if self._run is not None:
            self._run.continue_parent(model)
        return model
