"""The search space as a `build_model(hp)` function defines it, together with one configuration of it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from tui_tuner.space.boolean import Boolean
from tui_tuner.space.choice import Choice
from tui_tuner.space.fixed import Fixed
from tui_tuner.space.floating import Float
from tui_tuner.space.integer import Int
from tui_tuner.space.registry import SpaceRegistry
from tui_tuner.space.scalars import Scalar

ParentValues = Scalar | Iterable[Scalar] | None


class HyperParameters(SpaceRegistry):
    """A search space and the values of one configuration.

    A model-building function asks it for values by name: `hp.Int("units", 8, 64, step=8)`. The first request defines
    the hyperparameter and answers with its default, or with the value that `values` already holds; later ones answer
    with the present value, whatever range they name.
    """

    def Int(
        self,
        name: str,
        min_value: int,
        max_value: int,
        step: int | None = None,
        sampling: str | None = "linear",
        default: int | None = None,
        parent_name: str | None = None,
        parent_values: ParentValues = None,
    ) -> Any:
        """An integer between `min_value` and `max_value`, both included.

        Args:
            name: Its name, unique within the name scope.
            min_value: Smallest value.
            max_value: Largest value.
            step: Distance of neighbouring values on a linear scale (`None` means 1), their ratio on a logarithmic one.
            sampling: `"linear"`, `"log"` or `"reverse_log"`.
            default: The value to start from; the smallest if `None`.
            parent_name: Name of a hyperparameter on which this one depends.
            parent_values: The parent's values, one or several, for which this one is active.

        Returns:
            Its present value, or `None` while it is inactive.

        Raises:
            ValueError: If the range, its sampling or its step makes no sense, or the parent is not defined here.
        """
        with self._maybe_conditional_scope(parent_name, parent_values):
            return self._retrieve(
                Int(self._get_name(name), min_value, max_value, step, sampling, default, self._conditions)
            )

    def Float(
        self,
        name: str,
        min_value: float,
        max_value: float,
        step: float | None = None,
        sampling: str | None = "linear",
        default: float | None = None,
        parent_name: str | None = None,
        parent_values: ParentValues = None,
    ) -> Any:
        """A float between `min_value` and `max_value`.

        Args:
            name: Its name, unique within the name scope.
            min_value: Smallest value.
            max_value: Largest value.
            step: Distance of neighbouring values on a linear scale, their ratio on a logarithmic one; `None` for all
                values in between.
            sampling: `"linear"`, `"log"` or `"reverse_log"`.
            default: The value to start from; the smallest if `None`.
            parent_name: Name of a hyperparameter on which this one depends.
            parent_values: The parent's values, one or several, for which this one is active.

        Returns:
            Its present value, or `None` while it is inactive.

        Raises:
            ValueError: If the range, its sampling or its step makes no sense, or the parent is not defined here.
        """
        with self._maybe_conditional_scope(parent_name, parent_values):
            return self._retrieve(
                Float(self._get_name(name), min_value, max_value, step, sampling, default, self._conditions)
            )

    def Choice(
        self,
        name: str,
        values: Iterable[Scalar],
        ordered: bool | None = None,
        default: Scalar | None = None,
        parent_name: str | None = None,
        parent_values: ParentValues = None,
    ) -> Any:
        """One of several values.

        Args:
            name: Its name, unique within the name scope.
            values: `int`, `float`, `str` or `bool` values, all of one type.
            ordered: Whether their order means something to the search; `None` means so for numbers.
            default: The value to start from; the first if `None`.
            parent_name: Name of a hyperparameter on which this one depends.
            parent_values: The parent's values, one or several, for which this one is active.

        Returns:
            Its present value, or `None` while it is inactive.

        Raises:
            TypeError: If the values are of another type, or of several types.
            ValueError: If there are no values, strings are to be ordered, the default is not among the values, or the
                parent is not defined here.
        """
        with self._maybe_conditional_scope(parent_name, parent_values):
            return self._retrieve(Choice(self._get_name(name), values, ordered, default, self._conditions))

    def Boolean(
        self,
        name: str,
        default: bool = False,
        parent_name: str | None = None,
        parent_values: ParentValues = None,
    ) -> Any:
        """True or false.

        Args:
            name: Its name, unique within the name scope.
            default: The value to start from.
            parent_name: Name of a hyperparameter on which this one depends.
            parent_values: The parent's values, one or several, for which this one is active.

        Returns:
            Its present value, or `None` while it is inactive.

        Raises:
            ValueError: If the default is neither true nor false, or the parent is not defined here.
        """
        with self._maybe_conditional_scope(parent_name, parent_values):
            return self._retrieve(Boolean(self._get_name(name), default, self._conditions))

    def Fixed(
        self,
        name: str,
        value: Scalar,
        parent_name: str | None = None,
        parent_values: ParentValues = None,
    ) -> Any:
        """A value that is recorded with the others and not tuned.

        Args:
            name: Its name, unique within the name scope.
            value: A `bool`, `int`, `float` or `str`.
            parent_name: Name of a hyperparameter on which this one depends.
            parent_values: The parent's values, one or several, for which this one is active.

        Returns:
            Its present value, or `None` while it is inactive.

        Raises:
            ValueError: If the value is of another type, or the parent is not defined here.
        """
        with self._maybe_conditional_scope(parent_name, parent_values):
            return self._retrieve(Fixed(self._get_name(name), value, self._conditions))

    def _maybe_conditional_scope(
        self, parent_name: str | None, parent_values: ParentValues
    ) -> AbstractContextManager[None]:
        if parent_name is None:
            return nullcontext()
        # `Parent` refuses `None` with a message of its own.
        return self.conditional_scope(parent_name, parent_values)  # type: ignore[arg-type]
