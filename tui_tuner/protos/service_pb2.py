"""The requests and responses of KerasTuner's service; names, numbers and types are those of 1.4.8."""

from __future__ import annotations

from typing import Any

from tui_tuner.protos import keras_tuner_pb2
from tui_tuner.protos.definition import define

METHODS = ("GetSpace", "UpdateSpace", "CreateTrial", "UpdateTrial", "EndTrial", "GetBestTrials", "GetTrial")
"""What the service does. `X` takes an `XRequest` and answers with an `XResponse`."""

HEARTBEAT = "Heartbeat"
"""Our own: a worker that trains says that it lives. KerasTuner's chief does not know it."""

_DEFINED = define(
    "keras_tuner/protos/service.proto",
    {
        "GetSpaceRequest": "",
        "GetSpaceResponse": "1 HyperParameters hyperparameters",
        "UpdateSpaceRequest": "1 HyperParameters hyperparameters",
        "UpdateSpaceResponse": "",
        "CreateTrialRequest": "1 string tuner_id",
        "CreateTrialResponse": "1 Trial trial",
        "UpdateTrialRequest": """
            1 string trial_id
            2 map double metrics
            3 int64 step
        """,
        "UpdateTrialResponse": "1 Trial trial",
        "EndTrialRequest": "1 Trial trial",
        "EndTrialResponse": "",
        "GetBestTrialsRequest": "1 int64 num_trials",
        "GetBestTrialsResponse": "1 repeated Trial trials",
        "GetTrialRequest": "1 string trial_id",
        "GetTrialResponse": "1 Trial trial",
        "HeartbeatRequest": "1 string tuner_id",
        "HeartbeatResponse": "",
    },
    {},
    [keras_tuner_pb2.FILE],
)


def __getattr__(name: str) -> Any:
    try:
        return _DEFINED[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None


def __dir__() -> list[str]:
    return sorted({*globals(), *_DEFINED})
