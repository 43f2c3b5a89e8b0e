"""Pruners: each judges the epochs of running trials and says which trials are not worth going on with."""

from __future__ import annotations

from tui_tuner.oracles.pruners.pruner import EndedCurve, FinishedEpoch, Pruner
from tui_tuner.oracles.pruners.registry import create_pruner, pruner_names

__all__ = ["EndedCurve", "FinishedEpoch", "Pruner", "create_pruner", "pruner_names"]
