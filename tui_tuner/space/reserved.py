"""Names among a trial's values that are no hyperparameters: KerasTuner's, of tuners that train in stages."""

from __future__ import annotations

PREFIX = "tuner/"
"""All of them begin with it."""

EPOCHS = "tuner/epochs"
"""Up to which epoch the trial trains."""

PARENT = "tuner/trial_id"
"""The trial whose training this one goes on with."""
