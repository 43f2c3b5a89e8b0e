"""KerasTuner's protocol buffers: the messages are its own, and what goes through them comes back."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import pytest
from google.protobuf import descriptor_pb2

from tui_tuner.oracles import MetricHistory, MetricObservation, MetricsTracker, Trial, TrialStatus
from tui_tuner.protos import get_proto, get_service, get_service_grpc
from tui_tuner.space import Boolean, Choice, Fixed, Float, HyperParameter, HyperParameters, Int
from tui_tuner.space.conditions import Condition, Parent

_THEIRS = """
import importlib, importlib.util, sys, types
[folder] = importlib.util.find_spec("keras_tuner").submodule_search_locations
path = ""
for part in ("keras_tuner", "src", "protos", "v4"):  # packages without their own code, which would load TensorFlow
    path, folder = f"{path}.{part}".lstrip("."), folder if part == "keras_tuner" else f"{folder}/{part}"
    sys.modules[path] = types.ModuleType(path)
    sys.modules[path].__path__ = [folder]
for name in ("keras_tuner_pb2", "service_pb2"):
    print(importlib.import_module(f"keras_tuner.src.protos.v4.{name}").DESCRIPTOR.serialized_pb.hex())
"""

Fields = list[tuple[int, str, int, str, int, bool]]


def described(serialized: bytes) -> dict[str, Fields]:
    """The fields of each message of a file, by the message's name, without those of our own."""
    found: dict[str, Fields] = {}

    def walk(message: Any, prefix: str) -> None:
        found[prefix + message.name] = sorted(
            (each.number, each.name, each.type, each.type_name, each.label, each.HasField("oneof_index"))
            for each in message.field
            if each.number < 100
        )
        for inner in message.nested_type:
            walk(inner, f"{prefix}{message.name}.")

    for message in descriptor_pb2.FileDescriptorProto.FromString(serialized).message_type:
        walk(message, "")
    return found


def test_messages_are_those_of_kerastuner() -> None:
    done = subprocess.run([sys.executable, "-c", _THEIRS], capture_output=True, text=True, check=True)
    theirs = [described(bytes.fromhex(line)) for line in done.stdout.split()]
    for module, their in zip((get_proto(), get_service()), theirs, strict=True):
        ours = described(module.DESCRIPTOR.serialized_pb)
        assert len(their) > 10
        assert {name: ours[name] for name in their} == their


CONDITIONS = [Parent("mode", ["a", "b"]), Parent("depth", [1, 2])]


@pytest.mark.parametrize(
    "hp",
    [
        Float("x", -1.5, 2.5, step=0.25, default=0.5, conditions=CONDITIONS),
        Float("x", 1e-4, 1e-1, sampling="log"),
        Int("n", 1, 64, step=2, sampling="log", default=8),
        Int("n", 1, 9, sampling="reverse_log"),
        Choice("c", ["a", "b"], default="b", conditions=CONDITIONS[:1]),
        Choice("c", [0.1, 0.2], ordered=False),
        Choice("c", [True, False]),
        Boolean("flag", default=True),
        Fixed("f", 3),
        Fixed("f", "text"),
    ],
)
def test_a_hyperparameter_comes_back(hp: HyperParameter) -> None:
    message = hp.to_proto()
    again = type(hp).from_proto(type(message).FromString(message.SerializeToString()))
    assert again.get_config() | {"default": again.default} == hp.get_config() | {"default": hp.default}


def test_a_condition_comes_back() -> None:
    for condition in CONDITIONS:
        assert Condition.from_proto(condition.to_proto()) == condition
    with pytest.raises(ValueError, match="without a parent"):
        Condition.from_proto(get_proto().Condition())


def space() -> HyperParameters:
    hp = HyperParameters()
    hp.Choice("mode", ["small", "big"])
    hp.Boolean("flag")
    with hp.conditional_scope("mode", ["big"]):
        hp.Int("units", 8, 64, step=8, default=16)
    hp.Float("lr", 1e-4, 1e-1, sampling="log")
    hp.Fixed("note", "x")
    return hp


def test_a_space_comes_back_in_its_order() -> None:
    hp = space()
    hp.values["lr"] = 0.1 + 0.2
    again = HyperParameters.from_proto(hp.to_proto())
    assert [each.name for each in again.space] == ["mode", "flag", "units", "lr", "note"]
    assert again.values == hp.values
    assert list(again.values) == list(hp.values)
    assert again.is_active("lr")
    assert not again.is_active("units")


def test_a_space_of_kerastuner_which_says_no_order_comes_by_kind() -> None:
    message = space().to_proto()
    message.space.ClearField("order")
    again = HyperParameters.from_proto(message)
    assert [each.name for each in again.space] == ["note", "lr", "units", "mode", "flag"]


def test_values_alone_become_a_space_of_fixed_ones() -> None:
    again = HyperParameters.from_proto(space().to_proto().values)
    assert {type(each) for each in again.space} == {Fixed}
    assert again.values == space().values


def test_metrics_keep_all_their_digits() -> None:
    exact = [0.1 + 0.2, 1e300, -1e300, math.pi]
    observation = MetricObservation(exact, step=3)
    assert MetricObservation.from_proto(observation.to_proto()) == observation
    unknown = MetricObservation([math.nan, math.inf], step=0).to_proto()
    assert [str(value) for value in MetricObservation.from_proto(unknown).value] == ["nan", "inf"]


def test_an_observation_of_kerastuner_has_the_digits_that_it_has() -> None:
    message = MetricObservation([0.1], step=3).to_proto()
    message.ClearField("exact_value")
    assert MetricObservation.from_proto(message).value == [pytest.approx(0.1, rel=1e-6)]
    message = MetricObservation([0.1], step=3).to_proto()
    message.value[0] = 0.5  # somebody who does not know of the exact one
    assert MetricObservation.from_proto(message).value == [0.5]


def test_histories_and_trackers_come_back() -> None:
    history = MetricHistory("max")
    history.update(0.5, step=0)
    history.update(0.7, step=1)
    assert MetricHistory.from_proto(history.to_proto()).get_config() == history.get_config()
    tracker = MetricsTracker()
    tracker.register("val_accuracy", "max")
    tracker.update("val_accuracy", 0.3, step=2)
    tracker.register("loss")
    assert MetricsTracker.from_proto(tracker.to_proto()).get_config() == tracker.get_config()


@pytest.mark.parametrize("score", [None, 0.1 + 0.2, math.inf])
def test_a_trial_comes_back(score: float | None) -> None:
    trial = Trial(space(), trial_id="07", status=TrialStatus.FAILED, message="It went wrong.")
    trial.metrics.update("loss", 0.25, step=4)
    trial.score, trial.best_step = score, 4 if score is not None else 0
    message = trial.to_proto()
    again = Trial.from_proto(type(message).FromString(message.SerializeToString()))
    assert again.get_state() == trial.get_state()


def test_every_status_has_its_number() -> None:
    for status in TrialStatus:
        assert TrialStatus.from_proto(TrialStatus.to_proto(status)) == status
        assert get_proto().TrialStatus.Name(TrialStatus.to_proto(status)) == status
    assert TrialStatus.to_proto(None) == get_proto().TrialStatus.Value("UNKNOWN") == 0
    assert TrialStatus.from_proto(0) is None
    with pytest.raises(ValueError, match="nonsense"):
        TrialStatus.to_proto("nonsense")


def test_the_service_has_its_client_and_its_server() -> None:
    grpc = get_service_grpc()
    assert callable(grpc.OracleStub)
    assert callable(grpc.add_OracleServicer_to_server)
