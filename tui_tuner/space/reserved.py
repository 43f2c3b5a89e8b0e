"""Names among a trial's values that are no hyperparameters: KerasTuner's, of tuners that train in stages."""

from __future__ import annotations

PREFIX = "tuner/"
"""All of them begin with it."""

EPOCHS = "tuner/epochs"
"""Up to which epoch the trial trains."""

INITIAL_EPOCH = "tuner/initial_epoch"
"""How many epochs its configuration had trained before."""

BRACKET = "tuner/bracket"
ROUND = "tuner/round"
"""Hyperband's: the number of the bracket, and of the round in it."""

PARENT = "tuner/trial_id"
"""The trial whose training this one goes on with."""
