from __future__ import annotations

import json
import math

import numpy as np
import pytest

from tui_tuner.oracles import MetricHistory, MetricObservation, MetricsTracker


def history(values: list[float], direction: str = "min") -> MetricHistory:
    made = MetricHistory(direction)
    for step, value in enumerate(values):
        made.update(value, step=step)
    return made


class TestObservation:
    def test_several_executions_are_averaged(self) -> None:
        observation = MetricObservation(1, step=4)
        observation.append(3.0)
        observation.append([5.0])
        assert observation.value == [1.0, 3.0, 5.0]
        assert observation.mean() == 3.0
        assert math.isnan(MetricObservation([1.0, math.nan], step=0).mean())

    def test_it_survives_json(self) -> None:
        observation = MetricObservation(np.float32(0.5), step=2)
        config = json.loads(json.dumps(observation.get_config()))
        assert config == {"value": [0.5], "step": 2}
        assert MetricObservation.from_config(config) == observation != MetricObservation(0.5, step=3)
        assert repr(observation) == "MetricObservation(value=[0.5], step=2)"


class TestHistory:
    @pytest.mark.parametrize(
        ("values", "direction", "best", "step"),
        [
            ([3.0, 1.0, 2.0, 1.0], "min", 1.0, 1),
            ([3.0, 1.0, 3.0], "max", 3.0, 0),
            ([math.nan, 2.0, math.nan], "min", 2.0, 1),
            ([math.inf, 2.0], "max", math.inf, 0),
            ([], "min", None, None),
        ],
    )
    def test_the_best_value_leaves_nan_out_and_the_earliest_step_has_it(
        self, values: list[float], direction: str, best: float | None, step: int | None
    ) -> None:
        assert history(values, direction).get_best_value() == best
        assert history(values, direction).get_best_step() == step

    def test_only_nan_is_nan(self) -> None:
        """KerasTuner's users saw "All-NaN axis encountered" here, after hours."""
        only_nan = history([math.nan, math.nan])
        assert math.isnan(only_nan.get_best_value() or 0.0)
        assert only_nan.get_best_step() is None
        assert only_nan.get_statistics() == {}

    def test_steps_come_in_order_and_the_last_is_the_last(self) -> None:
        made = MetricHistory("max")
        for step in (5, 0, 3):
            made.update(float(step), step=step)
        made.update(7.0, step=5)
        assert [observation.step for observation in made.get_history()] == [0, 3, 5]
        assert made.get_last_value() == 6.0
        assert MetricHistory().get_last_value() is None

    def test_statistics(self) -> None:
        values = [1.0, 2.0, 4.0, math.nan]
        numbers = np.array(values[:3])
        assert history(values).get_statistics() == pytest.approx(
            {
                "min": 1.0,
                "max": 4.0,
                "mean": numbers.mean(),
                "median": 2.0,
                "var": numbers.var(),
                "std": numbers.std(),
            }
        )

    def test_statistics_of_huge_values_do_not_raise(self) -> None:
        assert history([1e300, -1e300, math.inf]).get_statistics()["max"] == math.inf

    def test_it_survives_json(self) -> None:
        made = history([1.0, math.nan, 2.0], "max")
        copied = MetricHistory.from_config(json.loads(json.dumps(made.get_config())))
        assert json.dumps(copied.get_config()) == json.dumps(made.get_config())

    def test_a_direction_must_be_one_of_two(self) -> None:
        with pytest.raises(ValueError, match="direction"):
            MetricHistory("up")


class TestTracker:
    def test_an_update_registers_and_says_whether_it_is_an_improvement(self) -> None:
        tracker = MetricsTracker()
        assert tracker.update("val_accuracy", math.nan, step=0) is False
        assert tracker.update("val_accuracy", 0.5, step=1) is True
        assert tracker.update("val_accuracy", 0.5, step=2) is False
        assert tracker.update("val_accuracy", 0.6, step=3) is True
        assert tracker.get_direction("val_accuracy") == "max"
        assert tracker.get_best_value("val_accuracy") == 0.6
        assert tracker.get_best_step("val_accuracy") == 3
        assert tracker.get_last_value("val_accuracy") == 0.6
        assert tracker.get_statistics("val_accuracy")["min"] == 0.5
        assert len(tracker.get_history("val_accuracy")) == 4

    def test_an_unknown_direction_is_min(self) -> None:
        tracker = MetricsTracker(["my_metric"])
        assert tracker.get_direction("my_metric") == "min"

    def test_registering_twice_or_asking_for_the_unknown_is_an_error(self) -> None:
        tracker = MetricsTracker()
        tracker.register("x", direction="max")
        with pytest.raises(ValueError, match="already exists"):
            tracker.register("x")
        with pytest.raises(ValueError, match="Unknown metric: y"):
            tracker.get_best_value("y")

    def test_it_survives_json(self) -> None:
        tracker = MetricsTracker()
        tracker.set_history("loss", [MetricObservation([1.0, 2.0], step=3)])
        copied = MetricsTracker.from_config(json.loads(json.dumps(tracker.get_config())))
        assert copied.get_config() == tracker.get_config()
        assert copied.get_config() == {
            "metrics": {"loss": {"direction": "min", "observations": [{"value": [1.0, 2.0], "step": 3}]}}
        }
