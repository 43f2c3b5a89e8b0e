"""Learning curves for `multi_fidelity.py`: recorded ones, and functions with known optima whose early epochs mislead.

All are minimised. One half, `Curves.chosen`, is for choosing settings; the other is for reporting.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from benchmarks.search_quality_tasks import Network, Parameter, Task, Values, bench, networks, of_synth
from numpy.typing import NDArray

EPOCHS = 50
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Curves:
    """Something to train.

    Args:
        task: Its space, and the best of all epochs of a whole training as the score of a configuration.
        curve: What is to be minimised after each epoch, shape `(EPOCHS,)`.
    """

    task: Task
    curve: Callable[[Values], Array]

    @property
    def name(self) -> str:
        return self.task.name

    @property
    def chosen(self) -> bool:
        return self.task.chosen


def all_curves() -> list[Curves]:
    """Those of `lcbench.py` and `synth.py` in the folder that `TUI_TUNER_BENCH` names; none if they are not there."""
    _, synth = bench()
    found: list[Curves] = []
    if synth is not None:
        for name, chosen in (("mf_hartmann6", False), ("mf_netlike", True)):
            function = synth.ALL[name]()
            found.append(_curves(name, chosen, tuple(map(of_synth, function.space)), function.curve, function.opt))
    for network in networks():

        def error(values: Values, network: Network = network) -> Array:
            """Validation error in percent."""
            return 100.0 - network.curve(values, range(2, EPOCHS + 2))[:, 1]

        found.append(_curves(f"lcbench_{network.name}", network.chosen, network.parameters, error, None))
    return found


def _curves(
    name: str, chosen: bool, space: tuple[Parameter, ...], curve: Callable[[Values], Array], best: float | None
) -> Curves:
    return Curves(Task(name, "curves", chosen, space, lambda values: float(np.min(curve(values))), best), curve)
