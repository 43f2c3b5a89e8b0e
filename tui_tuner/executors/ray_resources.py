"""What trials take of a Ray cluster and what its machines have: plain data, known without Ray.

Resources are named as in the config, after Ray's arguments: `num_cpus`, `num_gpus`, `memory` (bytes), and any name for
a custom resource. Amounts are floats; Ray shares out whole units in parts of a ten-thousandth.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Resources = Mapping[str, float]

_RAY_NAMES = {"CPU": "num_cpus", "GPU": "num_gpus"}
_STEP = 10_000
"""Ray counts in ten-thousandths."""


@dataclass(frozen=True)
class Machine:
    """One living node of the cluster.

    Args:
        resources: All that it has, taken or not.
        is_home: Whether the engine runs on it.
    """

    node_id: str
    host: str
    resources: Resources
    is_home: bool = False


def machine_resources(totals: Mapping[str, float]) -> dict[str, float]:
    """What a node has, as Ray lists it (`CPU`, `GPU`, ...), by the config's names."""
    return {_RAY_NAMES.get(name, name): amount for name, amount in totals.items()}


def default_resources(machines: Iterable[Machine], trials_per_gpu: int = 1) -> dict[str, float]:
    """What a trial takes if nobody says otherwise: one CPU, and a GPU's share where a machine has one."""
    usual = {"num_cpus": 1.0}
    if any(machine.resources.get("num_gpus", 0) > 0 for machine in machines):
        usual["num_gpus"] = math.floor(_STEP / trials_per_gpu) / _STEP
    return usual


def can_hold(machine: Machine, needs: Resources) -> bool:
    """Whether the machine, if nothing else runs on it, has that much."""
    return places_on(machine, needs) > 0


def places_on(machine: Machine, needs: Resources) -> int:
    """How many trials that take `needs` the machine has room for at once. One that takes nothing counts as one CPU."""
    wanted = {name: round(amount * _STEP) for name, amount in needs.items() if round(amount * _STEP) > 0}
    if not wanted:
        wanted = {"num_cpus": _STEP}
    return min(round(machine.resources.get(name, 0) * _STEP) // amount for name, amount in wanted.items())


def in_words(resources: Resources) -> str:
    """`num_cpus 4, num_gpus 0.5`."""
    return ", ".join(f"{name} {amount:g}" for name, amount in resources.items()) or "nothing"


def read_resources(found: Any) -> dict[str, float]:
    """What the user's function returned, checked.

    Raises:
        ValueError: If it is not a mapping from names to amounts of at least 0.
    """
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise ValueError(f"it returned {type(found).__name__}, expected a mapping such as {{'num_gpus': 1}}")
    resources = {}
    for name, amount in found.items():
        if not isinstance(name, str) or isinstance(amount, bool) or not isinstance(amount, int | float):
            raise ValueError(f"it returned {name!r}: {amount!r}, expected a name and a number such as 'num_gpus': 1")
        if not math.isfinite(amount) or amount < 0:
            raise ValueError(f"it returned {amount!r} of {name!r}, expected 0 or more")
        resources[name] = float(amount)
    return resources
