"""Fixed bounds."""

from __future__ import annotations

import math

from tui_tuner.oracles.pruners.checks import check_number, check_whole
from tui_tuner.oracles.pruners.pruner import Bar, EndedCurve, FinishedEpoch, Pruner


class ThresholdPruner(Pruner):
    """Stops a trial whose objective leaves the bounds that a person has set, or is NaN or infinite.

    Args:
        direction: `"min"` or `"max"`; it makes no difference here.
        upper: The highest value that is right, or `None`.
        lower: The lowest value that is right, or `None`.
        warmup_epochs: The first epochs, in which the bounds do not hold; NaN and infinities stop a trial at once.

    Raises:
        ValueError: If a number is none, or too small, or if no value can be between the bounds.
    """

    def __init__(
        self, direction: str, upper: float | None = None, lower: float | None = None, warmup_epochs: int = 0
    ) -> None:
        super().__init__(direction)
        self._upper = math.inf if upper is None else check_number("upper", upper)
        self._lower = -math.inf if lower is None else check_number("lower", lower)
        if self._lower > self._upper:
            raise ValueError(f"`lower` must not be above `upper`, found: {lower!r} and {upper!r}")
        self._warmup_epochs = check_whole("warmup_epochs", warmup_epochs, 0)

    def take(self, epoch: FinishedEpoch) -> None:
        """Nothing is remembered: each epoch is judged by itself."""

    def take_ended(self, curve: EndedCurve) -> None:
        """Nothing is remembered."""

    def forget(self, trial_id: str) -> None:
        """Nothing is remembered."""

    def end(self, trial_id: str, *, completed: bool) -> None:
        """Nothing is remembered."""

    def bars(self) -> list[Bar]:
        bounds = (("upper bound", self._upper), ("lower bound", self._lower))
        return [
            Bar(name, ((self._warmup_epochs, bound),), goes_on=True) for name, bound in bounds if math.isfinite(bound)
        ]

    def reason(self, epoch: FinishedEpoch) -> str | None:
        value = epoch.value
        if value is None:
            return None
        shown = f"epoch {epoch.epoch + 1}: {value:.4g}"
        if not math.isfinite(value):
            return f"epoch {epoch.epoch + 1}: {'NaN' if math.isnan(value) else 'infinite'}"
        if epoch.epoch < self._warmup_epochs:
            return None
        if value > self._upper:
            return f"{shown} above the upper bound {self._upper:.4g}"
        if value < self._lower:
            return f"{shown} below the lower bound {self._lower:.4g}"
        return None
