"""The messages of search spaces, metrics and trials.

Names, numbers and types are those of KerasTuner 1.4.8, whose processes can be talked to. Fields from 100 on are our
own, and other readers skip them: KerasTuner's messages lose the order of the search space, half of the digits of
metrics and scores, and why a trial failed.
"""

from __future__ import annotations

from typing import Any

from tui_tuner.protos.definition import define

FILE = "keras_tuner/protos/keras_tuner.proto"

_NUMERICAL = """
    1 string name
    2 {0} min_value
    3 {0} max_value
    4 {0} step
    5 Sampling sampling
    6 {0} default
    7 repeated Condition conditions
"""

_DEFINED = define(
    FILE,
    {
        "Value": """
            1 one of kind sint64 int_value
            2 one of kind double float_value
            3 one of kind string string_value
            4 one of kind bool boolean_value
        """,
        "Float": _NUMERICAL.format("double"),
        "Int": _NUMERICAL.format("sint64"),
        "Choice": """
            1 string name
            2 repeated Value values
            3 Value default
            4 bool ordered
            5 repeated Condition conditions
        """,
        "Boolean": """
            1 string name
            2 bool default
            3 repeated Condition conditions
        """,
        "Fixed": """
            1 string name
            2 Value value
            3 repeated Condition conditions
        """,
        "HyperParameters": """
            1 HyperParameters.Space space
            2 HyperParameters.Values values
        """,
        "HyperParameters.Space": """
            1 repeated Float float_space
            2 repeated Int int_space
            3 repeated Choice choice_space
            4 repeated Boolean boolean_space
            5 repeated Fixed fixed_space
            100 repeated int64 order
        """,
        "HyperParameters.Values": """
            1 map Value values
        """,
        "MetricObservation": """
            1 repeated float value
            2 int64 step
            100 repeated double exact_value
        """,
        "MetricHistory": """
            1 repeated MetricObservation observations
            2 bool maximize
        """,
        "MetricsTracker": """
            1 map MetricHistory metrics
        """,
        "Trial": """
            1 HyperParameters hyperparameters
            2 string trial_id
            3 TrialStatus status
            4 MetricsTracker metrics
            5 Trial.Score score
            100 string message
        """,
        "Trial.Score": """
            1 float value
            2 int64 step
            100 double exact_value
        """,
        "Condition": """
            1 one of kind Condition.Parent parent
        """,
        "Condition.Parent": """
            1 string name
            2 repeated Value values
        """,
    },
    {
        "Sampling": ("NONE", "LINEAR", "LOG", "REVERSE_LOG"),
        "TrialStatus": ("UNKNOWN", "RUNNING", "IDLE", "INVALID", "STOPPED", "COMPLETED", "FAILED"),
    },
)


def __getattr__(name: str) -> Any:
    try:
        return _DEFINED[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None


def __dir__() -> list[str]:
    return sorted({*globals(), *_DEFINED})
