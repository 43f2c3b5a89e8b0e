"""What is tuned: a model together with its search space."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tui_tuner.errors import FatalValueError
from tui_tuner.space import HyperParameters


class HyperModel:
    """A model that is built from hyperparameters. Subclasses implement `build`, and may train in their own way.

    Args:
        name: A name for people.
        tunable: Whether the hyperparameters that `build` asks for become part of the search. If not, they keep the
            values that they have, or their defaults.
    """

    name: str | None = None
    tunable: bool = True

    def __init__(self, name: str | None = None, tunable: bool = True) -> None:
        self.name = name
        self.tunable = tunable
        # On the object and not the class, so that `super().build(hp)` in a subclass is not wrapped again.
        self._build = self.build
        self.build = self._build_wrapper  # type: ignore[method-assign]

    def build(self, hp: HyperParameters) -> Any:
        """Build a compiled model.

        Args:
            hp: Asked for the values of hyperparameters, which defines them.
        """
        raise NotImplementedError(f"{type(self).__name__} does not implement `build`.")

    def _build_wrapper(self, hp: HyperParameters, *args: Any, **kwargs: Any) -> Any:
        """What a call of `build` does; AutoKeras overrides it, to build each block in a name scope.

        Keeps what an untunable model asks for out of the search, also where another model builds it.
        """
        return self._build(hp if self.tunable else hp.copy(), *args, **kwargs)

    def fit(self, hp: HyperParameters, model: Any, *args: Any, **kwargs: Any) -> Any:
        """Train the model; by default with `model.fit`.

        Args:
            hp: The trial's hyperparameters; may be asked for more.
            model: What `build` returned.
            *args: What was passed to `search`.
            **kwargs: What was passed to `search`, with the callbacks that save and report each epoch in `callbacks`.

        Returns:
            A `History`, the metrics by name, or the objective as a number.
        """
        return model.fit(*args, **kwargs)

    def declare_hyperparameters(self, hp: HyperParameters) -> None:
        """Define hyperparameters before `build` is first called; nothing by default."""


class FunctionHyperModel(HyperModel):
    """A hypermodel from a build function."""

    def __init__(self, build: Callable[[HyperParameters], Any]) -> None:
        super().__init__(name=getattr(build, "__name__", None))
        self.function = build

    def build(self, hp: HyperParameters) -> Any:
        """What the function returns."""
        return self.function(hp)


def get_hypermodel(hypermodel: HyperModel | Callable[[HyperParameters], Any] | None) -> HyperModel | None:
    """A hypermodel from whatever a tuner was given.

    Raises:
        FatalValueError: If it is neither a hypermodel nor a build function.
    """
    if hypermodel is None or isinstance(hypermodel, HyperModel):
        return hypermodel
    if isinstance(hypermodel, type) and issubclass(hypermodel, HyperModel):
        raise FatalValueError(
            f"The `hypermodel` argument should be either a `HyperModel` object or a build function, found the class "
            f"{hypermodel.__name__}: did you mean {hypermodel.__name__}()?"
        )
    if callable(hypermodel):
        return FunctionHyperModel(hypermodel)
    raise FatalValueError(
        "The `hypermodel` argument should be either a function `build(hp)` that returns a model or a `HyperModel`, "
        f"found: {hypermodel!r}"
    )
