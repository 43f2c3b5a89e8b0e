"""How many places a cluster has for trials, as it is now."""

from __future__ import annotations

from tui_tuner.executors.ray_resources import Machine, Resources, can_hold, default_resources, places_on


class Layout:
    """The machines of a cluster, and what a trial takes of them.

    Args:
        given: What a trial takes, as far as people have said it.
        wanted: How many places, or `None` for as many as fit.
        trials_per_gpu: How many trials share a GPU, where `given` does not say it.

    Attributes:
        usual: What a trial takes that asks for nothing special.
    """

    def __init__(self, given: Resources, wanted: int | None, trials_per_gpu: int) -> None:
        self._given = dict(given)
        self._trials_per_gpu = trials_per_gpu
        self._machines: dict[str, Machine] = {}
        self.wanted = wanted
        self.usual = self._usual()

    @property
    def is_known(self) -> bool:
        """Whether there is a cluster."""
        return bool(self._machines)

    def set_machines(self, machines: tuple[Machine, ...]) -> bool:
        """The cluster has these machines now; whether some of them are new."""
        before = self._machines
        self._machines = {machine.node_id: machine for machine in machines}
        self.usual = self._usual()
        return bool(self._machines.keys() - before.keys())

    @property
    def target(self) -> int:
        """How many places there shall be."""
        if self.wanted is not None:
            return self.wanted
        return max(1, sum(places_on(machine, self.usual) for machine in self._machines.values()))

    def can_hold(self, needs: Resources) -> bool:
        """Whether there is a machine for a trial that takes so much."""
        return any(can_hold(machine, needs) for machine in self._machines.values())

    def is_in_the_way(self, node_id: str | None, needs: list[dict[str, float]]) -> bool:
        """Whether what is on this machine, or nowhere yet, may keep one of `needs` from its place."""
        machine = self._machines.get(node_id or "")
        return machine is None or any(can_hold(machine, one) for one in needs)

    def _usual(self) -> dict[str, float]:
        return default_resources(self._machines.values(), self._trials_per_gpu) | self._given
