"""What has been defined in a search space, the scopes that are open in it, and the values of one configuration."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

from tui_tuner.space.conditions import Condition, Parent
from tui_tuner.space.hyperparameter import HyperParameter
from tui_tuner.space.scalars import Scalar
from tui_tuner.space.serialization import deserialize, serialize


class SpaceRegistry:
    """The hyperparameters of a space, and the values of one configuration.

    A hyperparameter is identified by its name and the conditions under which it was defined.

    Attributes:
        values: Values of the active hyperparameters, by full name. It may hold names that the space does not have.
        active_scopes: The conditions of each conditional scope that was entered while they held.
        inactive_scopes: The same for those that did not hold.
    """

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.active_scopes: list[list[Condition]] = []
        self.inactive_scopes: list[list[Condition]] = []
        self._hps: defaultdict[str, list[HyperParameter]] = defaultdict(list)
        self._space: list[HyperParameter] = []
        self._conditions: list[Condition] = []
        self._name_scopes: list[str] = []

    @property
    def space(self) -> list[HyperParameter]:
        """The hyperparameters in the order of their definition."""
        return self._space

    @contextmanager
    def name_scope(self, name: str) -> Iterator[None]:
        """Prefix the names of the hyperparameters in the body: `name/`, and scopes within scopes `outer/inner/`."""
        self._name_scopes.append(name)
        try:
            yield
        finally:
            self._name_scopes.pop()

    @contextmanager
    def conditional_scope(self, parent_name: str, parent_values: Scalar | Iterable[Scalar]) -> Iterator[None]:
        """Make the hyperparameters in the body active only for certain values of another one.

        The body runs in any case; in it, hyperparameters that are not active answer `None`.

        Args:
            parent_name: Name of the other one, within the present name scope. It must have been defined under exactly
                the conditions that hold here.
            parent_values: One value or several.

        Raises:
            ValueError: If the parent is not defined under the present conditions.
            TypeError: If a parent value is no `bool`, `int`, `float` or `str`.
        """
        name = self._get_name(parent_name)
        if not self._exists(name, self._conditions):
            raise ValueError(f"`HyperParameter` named: {name} not defined.")
        self._conditions.append(Parent(name, parent_values))
        scopes = self.active_scopes if self._conditions_are_active(self._conditions) else self.inactive_scopes
        scopes.append(list(self._conditions))
        try:
            yield
        finally:
            self._conditions.pop()

    def get(self, name: str) -> Any:
        """The present value of an active hyperparameter.

        Args:
            name: Its name, within the present name scope.

        Raises:
            ValueError: If it is inactive.
            KeyError: If there is none of this name.
        """
        full_name = self._get_name(name)
        if full_name in self.values and (full_name not in self._hps or self.is_active(full_name)):
            return self.values[full_name]
        if full_name in self._hps:
            raise ValueError(f"{full_name} is currently inactive.")
        raise KeyError(f"{full_name} does not exist.")

    def __getitem__(self, name: str) -> Any:
        return self.get(name)

    def __contains__(self, name: str) -> bool:
        try:
            self.get(name)
        except (KeyError, ValueError):
            return False
        return True

    def is_active(self, hyperparameter: str | HyperParameter) -> bool:
        """Whether a hyperparameter's conditions hold for the present values.

        Args:
            hyperparameter: One of the space, or a full name, which asks for any hyperparameter of that name.
        """
        if isinstance(hyperparameter, HyperParameter):
            return self._conditions_are_active(hyperparameter.conditions)
        return any(self._conditions_are_active(hp.conditions) for hp in self._hps.get(hyperparameter, ()))

    def merge(self, hps: SpaceRegistry | Iterable[HyperParameter], overwrite: bool = True) -> None:
        """Take over other hyperparameters, in their order; their values are not taken over.

        Args:
            hps: A space, or hyperparameters.
            overwrite: Define those of a known name and conditions again, beside the known ones, and reset their values
                to the default. Otherwise the known ones stay.
        """
        for hp in hps.space if isinstance(hps, SpaceRegistry) else hps:
            self._retrieve(hp, overwrite=overwrite)

    def copy(self) -> Self:
        """A copy that shares nothing with this one; scopes that are open or were entered are not copied."""
        return self.from_config(self.get_config())

    def with_values(self, values: Mapping[str, Any]) -> Self:
        """The same space with other values; it can grow on its own, and costs far less than `copy`.

        The hyperparameters themselves are shared: nothing changes them.
        """
        other = type(self)()
        other._space = list(self._space)
        other._hps = self._hps.copy()
        other.values = dict(values)
        return other

    def ensure_active_values(self, seed: int | None = None) -> None:
        """Drop the values of inactive hyperparameters, and draw random ones for active ones that have none.

        Args:
            seed: Makes the draws reproducible.
        """
        self.drop_inactive_values()
        generator = random.Random(seed)
        for hp in self._space:
            if self.is_active(hp) and hp.name not in self.values:
                self.values[hp.name] = hp.random_sample(generator.getrandbits(32))

    def drop_inactive_values(self) -> None:
        """Remove the values of hyperparameters that the present values make inactive.

        So is a value that belongs to an inactive definition of a name of which another definition is active.
        """
        for name, definitions in self._hps.items():
            if name in self.values and not self._fits(self.values[name], definitions):
                del self.values[name]

    def _fits(self, value: object, definitions: list[HyperParameter]) -> bool:
        active = [hp for hp in definitions if self.is_active(hp)]
        return bool(active) and (len(definitions) == 1 or any(hp.contains(value) for hp in active))

    def get_config(self) -> dict[str, Any]:
        """Space and values as JSON values: `{"space": [{"class_name", "config"}, ...], "values": {...}}`."""
        return {"space": [serialize(hp) for hp in self._space], "values": dict(self.values)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The space and values that `get_config` described.

        Raises:
            ValueError: If a class is unknown or an argument makes no sense.
            TypeError: If a hyperparameter lacks an argument or has an unknown one.
        """
        hps = cls()
        for entry in config["space"]:
            hp = deserialize(entry)
            hps._hps[hp.name].append(hp)
            hps._space.append(hp)
        hps.values = dict(config["values"])
        return hps

    def to_proto(self) -> Any:
        """Space and values as KerasTuner's message."""
        from tui_tuner.space.protobuf import space_message

        return space_message([serialize(hp) for hp in self._space], [hp.default for hp in self._space], self.values)

    @classmethod
    def from_proto(cls, proto: Any) -> Self:
        """The space and values that a message holds; one of values only becomes a space of fixed hyperparameters."""
        from tui_tuner.space.protobuf import space_config

        return cls.from_config(space_config(proto))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(space={self._space!r}, values={self.values!r})"

    def _get_name(self, name: str) -> str:
        return "/".join([*self._name_scopes, str(name)])

    def _conditions_are_active(self, conditions: Iterable[Condition]) -> bool:
        return all(condition.is_active(self.values) for condition in conditions)

    def _exists(self, name: str, conditions: list[Condition]) -> bool:
        return any(hp.conditions == conditions for hp in self._hps.get(name, ()))

    def _validate_name(self, hp: HyperParameter) -> None:
        for condition in hp.conditions:
            if isinstance(condition, Parent) and condition.name == hp.name:
                raise ValueError(
                    "A conditional `HyperParameter` cannot have the same name as its parent. "
                    f"Found: {hp.name} and parent_name: {condition.name}"
                )

    def _retrieve(self, hp: HyperParameter, overwrite: bool = False) -> Any:
        """Answer with the present value, and define the hyperparameter first if it is new."""
        self._validate_name(hp)
        if overwrite or not self._exists(hp.name, hp.conditions):
            return self._register(hp, overwrite)
        if not self.is_active(hp):
            return None
        return self.values.setdefault(hp.name, hp.default)

    def _register(self, hp: HyperParameter, overwrite: bool = False) -> Any:
        self._hps[hp.name] = [*self._hps[hp.name], hp]  # a new list, because `with_values` shares the old one
        self._space.append(hp)
        if not self.is_active(hp):
            return None
        if overwrite:
            self.values[hp.name] = hp.default
        return self.values.setdefault(hp.name, hp.default)
