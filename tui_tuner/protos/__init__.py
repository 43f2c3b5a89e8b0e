"""KerasTuner's protocol buffers and its gRPC service, by which a chief and its workers share one oracle.

Nothing of it is loaded before it is used: protobuf and gRPC come with TensorFlow, and only such searches need them.
"""

from __future__ import annotations

from types import ModuleType


def get_proto() -> ModuleType:
    """The module with the messages of search spaces, metrics and trials."""
    from tui_tuner.protos import keras_tuner_pb2

    return keras_tuner_pb2


def get_service() -> ModuleType:
    """The module with the requests and responses of the service."""
    from tui_tuner.protos import service_pb2

    return service_pb2


def get_service_grpc() -> ModuleType:
    """The module with the service's client stub and its server's base class."""
    from tui_tuner.protos import service_pb2_grpc

    return service_pb2_grpc
