"""Float ranges."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tui_tuner.space.conditions import Condition
from tui_tuner.space.numerical import Numerical


class Float(Numerical):
    """A range of floats.

    Args:
        name: Full name, name scopes included.
        min_value: Smallest value.
        max_value: Largest value.
        step: Distance of neighbouring values on a linear scale, their ratio on a logarithmic one; `None` for all
            values in between.
        sampling: `"linear"`, `"log"` or `"reverse_log"`; `None` means linear.
        default: The value to start from; the smallest if `None`.
        conditions: All must hold for it to be active.

    Raises:
        ValueError: If the range, its sampling or its step makes no sense.
    """

    min_value: float
    max_value: float

    def __init__(
        self,
        name: str,
        min_value: float,
        max_value: float,
        step: float | None = None,
        sampling: str | None = "linear",
        default: float | None = None,
        conditions: Iterable[Condition] | None = None,
    ) -> None:
        super().__init__(
            name=name,
            min_value=float(min_value),
            max_value=float(max_value),
            step=None if step is None else float(step),
            sampling=sampling,
            default=None if default is None else float(default),
            conditions=conditions,
        )

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"default": self.default}

    def __repr__(self) -> str:
        return (
            f"Float(name: '{self.name}', min_value: '{self.min_value}', max_value: '{self.max_value}', "
            f"step: '{self.step}', sampling: '{self.sampling}', default: '{self.default}')"
        )
