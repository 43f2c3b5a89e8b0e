"""The client and the server of KerasTuner's service, on gRPC."""

from __future__ import annotations

from typing import Any

import grpc

from tui_tuner.protos import service_pb2
from tui_tuner.protos.definition import PACKAGE

SERVICE = f"{PACKAGE}.Oracle"

_ALL = (*service_pb2.METHODS, service_pb2.HEARTBEAT)


def _messages(method: str) -> tuple[Any, Any]:
    return getattr(service_pb2, f"{method}Request"), getattr(service_pb2, f"{method}Response")


class OracleStub:
    """Calls the service over a channel: one attribute for each method."""

    def __init__(self, channel: grpc.Channel) -> None:
        for method in _ALL:
            request, response = _messages(method)
            call = channel.unary_unary(
                f"/{SERVICE}/{method}",
                request_serializer=request.SerializeToString,
                response_deserializer=response.FromString,
            )
            setattr(self, method, call)

    def __getattr__(self, name: str) -> Any:  # for type checkers: all is set above
        raise AttributeError(name)


class OracleServicer:
    """What a server does; a method that a subclass does not have is answered as unimplemented."""


def add_OracleServicer_to_server(servicer: Any, server: grpc.Server) -> None:
    """Let a server answer by a servicer's methods."""
    handlers = {}
    for method in _ALL:
        behaviour = getattr(servicer, method, None)
        if behaviour is None:
            continue
        request, response = _messages(method)
        handlers[method] = grpc.unary_unary_rpc_method_handler(
            behaviour, request_deserializer=request.FromString, response_serializer=response.SerializeToString
        )
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
