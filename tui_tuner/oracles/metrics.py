"""The metrics that a trial reported: values by step, and what can be said about them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self, SupportsFloat

from tui_tuner.oracles.directions import infer_metric_direction


class MetricObservation:
    """The values of a metric at one step: one for each execution that reported it.

    Args:
        value: One value or a list of them.
        step: The epoch, counted from 0, or whatever the reporter counts.
    """

    def __init__(self, value: SupportsFloat | Sequence[SupportsFloat], step: int) -> None:
        self.value: list[float] = []
        self.append(value)
        self.step = int(step)

    def append(self, value: SupportsFloat | Sequence[SupportsFloat]) -> None:
        """Add one value, or several."""
        if isinstance(value, Sequence):
            self.value.extend(float(each) for each in value)
        else:
            self.value.append(float(value))

    def mean(self) -> float:
        """Mean over the executions; NaN if any of them is NaN."""
        return sum(self.value) / len(self.value) if self.value else math.nan

    def get_config(self) -> dict[str, Any]:
        return {"value": list(self.value), "step": self.step}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        return cls(**config)

    def to_proto(self) -> Any:
        """The observation as KerasTuner's message."""
        from tui_tuner.oracles.protobuf import observation_message

        return observation_message(self.get_config())

    @classmethod
    def from_proto(cls, proto: Any) -> Self:
        """The observation that a message holds."""
        from tui_tuner.oracles.protobuf import observation_config

        return cls.from_config(observation_config(proto))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MetricObservation) and self.value == other.value and self.step == other.step

    __hash__ = None  # type: ignore[assignment]  # it is changed in place

    def __repr__(self) -> str:
        return f"MetricObservation(value={self.value}, step={self.step})"


class MetricHistory:
    """All observations of one metric. Steps that are NaN are left out of every summary.

    Args:
        direction: `"min"` or `"max"`: what counts as the best.

    Raises:
        ValueError: If the direction is neither.
    """

    def __init__(self, direction: str = "min") -> None:
        if direction not in ("min", "max"):
            raise ValueError(f'`direction` must be "min" or "max", found: {direction!r}')
        self.direction = direction
        self._observations: dict[int, MetricObservation] = {}

    def update(self, value: SupportsFloat | Sequence[SupportsFloat], step: int) -> None:
        """Add a value at `step`, beside those that are already there."""
        if step in self._observations:
            self._observations[step].append(value)
        else:
            self._observations[step] = MetricObservation(value, step=step)

    def get_best_value(self) -> float | None:
        """The best mean of any step; NaN if all are NaN, `None` if there is none."""
        means = [observation.mean() for observation in self._observations.values()]
        if not means:
            return None
        numbers = [mean for mean in means if not math.isnan(mean)]
        if not numbers:
            return math.nan
        return min(numbers) if self.direction == "min" else max(numbers)

    def get_best_step(self) -> int | None:
        """The earliest step that has the best value; `None` if no step has a number."""
        best = self.get_best_value()
        for observation in self.get_history():
            if observation.mean() == best:
                return observation.step
        return None

    def get_last_value(self) -> float | None:
        """The mean at the last step, or `None` if there is none."""
        history = self.get_history()
        return history[-1].mean() if history else None

    def get_history(self) -> list[MetricObservation]:
        """The observations, by step."""
        return [self._observations[step] for step in sorted(self._observations)]

    def set_history(self, observations: Iterable[MetricObservation]) -> None:
        """Add all of `observations`."""
        for observation in observations:
            self.update(observation.value, step=observation.step)

    def get_statistics(self) -> dict[str, float]:
        """`min, max, mean, median, var, std` (of the population) over the steps; empty if no step has a number."""
        means = [observation.mean() for observation in self.get_history()]
        numbers = [mean for mean in means if not math.isnan(mean)]
        if not numbers:
            return {}
        mean = sum(numbers) / len(numbers)
        # A product, not a power: a power of a huge float raises, a product is infinite.
        variance = sum((number - mean) * (number - mean) for number in numbers) / len(numbers)
        return {
            "min": min(numbers),
            "max": max(numbers),
            "mean": mean,
            "median": statistics.median(numbers),
            "var": variance,
            "std": math.sqrt(variance),
        }

    def get_config(self) -> dict[str, Any]:
        return {"direction": self.direction, "observations": [each.get_config() for each in self.get_history()]}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        history = cls(config["direction"])
        history.set_history(MetricObservation.from_config(each) for each in config["observations"])
        return history

    def to_proto(self) -> Any:
        """The history as KerasTuner's message."""
        from tui_tuner.oracles.protobuf import history_message

        return history_message(self.get_config())

    @classmethod
    def from_proto(cls, proto: Any) -> Self:
        """The history that a message holds."""
        from tui_tuner.oracles.protobuf import history_config

        return cls.from_config(history_config(proto))


class MetricsTracker:
    """The histories of all metrics of a trial, by name.

    Args:
        metrics: Keras metrics, or their names, to register at once.
    """

    def __init__(self, metrics: Iterable[Any] | None = None) -> None:
        self.metrics: dict[str, MetricHistory] = {}
        self.register_metrics(metrics)

    def exists(self, name: str) -> bool:
        return name in self.metrics

    def register_metrics(self, metrics: Iterable[Any] | None = None) -> None:
        """Register each metric by its `name`."""
        for metric in metrics or ():
            self.register(metric if isinstance(metric, str) else metric.name)

    def register(self, name: str, direction: str | None = None) -> None:
        """Begin a history.

        Args:
            direction: `"min"` or `"max"`; by default what the name tells, else `"min"`.

        Raises:
            ValueError: If the metric is there already.
        """
        if self.exists(name):
            raise ValueError(f"Metric already exists: {name}")
        self.metrics[name] = MetricHistory(direction or infer_metric_direction(name) or "min")

    def update(self, name: str, value: SupportsFloat, step: int = 0) -> bool:
        """Add a value, registering the metric if it is new.

        Returns:
            Whether the metric is now better than it was before.
        """
        if not self.exists(name):
            self.register(name)
        history = self.metrics[name]
        before = history.get_best_value()
        history.update(value, step=step)
        after = history.get_best_value()
        if before is None or math.isnan(before):
            return after is not None and not math.isnan(after)
        return after is not None and (after < before if history.direction == "min" else after > before)

    def get_history(self, name: str) -> list[MetricObservation]:
        return self._get(name).get_history()

    def set_history(self, name: str, observations: Iterable[MetricObservation]) -> None:
        """Add all of `observations` to a metric, registering it if it is new."""
        if not self.exists(name):
            self.register(name)
        self.metrics[name].set_history(observations)

    def get_best_value(self, name: str) -> float | None:
        return self._get(name).get_best_value()

    def get_best_step(self, name: str) -> int | None:
        return self._get(name).get_best_step()

    def get_statistics(self, name: str) -> dict[str, float]:
        return self._get(name).get_statistics()

    def get_last_value(self, name: str) -> float | None:
        return self._get(name).get_last_value()

    def get_direction(self, name: str) -> str:
        return self._get(name).direction

    def get_config(self) -> dict[str, Any]:
        return {"metrics": {name: history.get_config() for name, history in self.metrics.items()}}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        tracker = cls()
        tracker.metrics = {name: MetricHistory.from_config(each) for name, each in config["metrics"].items()}
        return tracker

    def to_proto(self) -> Any:
        """The histories as KerasTuner's message."""
        from tui_tuner.oracles.protobuf import metrics_message

        return metrics_message(self.get_config())

    @classmethod
    def from_proto(cls, proto: Any) -> Self:
        """The histories that a message holds."""
        from tui_tuner.oracles.protobuf import metrics_config

        return cls.from_config(metrics_config(proto))

    def _get(self, name: str) -> MetricHistory:
        if name not in self.metrics:
            raise ValueError(f"Unknown metric: {name}")
        return self.metrics[name]
