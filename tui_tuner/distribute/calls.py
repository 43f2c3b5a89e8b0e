"""What chief and workers say beside the messages: who calls, the secret, and how errors are told."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence

import grpc

from tui_tuner.distribute.turns import Turn

TUNER_KEY = "tui-tuner-id"
TOKEN_KEY = "tui-tuner-token"
TURN_KEY = "tui-tuner-search"

OVER = grpc.StatusCode.OUT_OF_RANGE
"""The answer to a worker whose search the chief has left behind."""

LATER = grpc.StatusCode.RESOURCE_EXHAUSTED
"""The answer to a worker whose search the chief has not come to yet."""

Metadata = Sequence[tuple[str, str | bytes]]

ERRORS: Mapping[grpc.StatusCode, type[Exception]] = {
    grpc.StatusCode.INVALID_ARGUMENT: ValueError,
    grpc.StatusCode.NOT_FOUND: KeyError,
    grpc.StatusCode.FAILED_PRECONDITION: RuntimeError,
}
"""What an oracle raises, by the code that it is sent as."""


def code_of(error: Exception) -> grpc.StatusCode:
    """The code that an oracle's error is sent as."""
    return next((code for code, kind in ERRORS.items() if isinstance(error, kind)), grpc.StatusCode.UNKNOWN)


def signed(tuner_id: str, token: str, turn: Turn | None = None) -> list[tuple[str, str | bytes]]:
    """What a worker sends with each call.

    Args:
        turn: Its search; `None` before it has begun one.
    """
    return [
        (TUNER_KEY, tuner_id),
        *([(TOKEN_KEY, token)] if token else []),
        *([(TURN_KEY, turn.to_text())] if turn is not None else []),
    ]


def turn_of(metadata: Metadata) -> Turn | None:
    """The search of the worker that calls; `None` if it does not say."""
    return Turn.from_text(_find(metadata, TURN_KEY))


def caller(metadata: Metadata) -> str:
    """The name of the worker that calls; empty if it does not say."""
    return _find(metadata, TUNER_KEY)


def is_trusted(metadata: Metadata, token: str) -> bool:
    """Whether a call has the secret, if there is one."""
    return not token or hmac.compare_digest(_find(metadata, TOKEN_KEY).encode(), token.encode())


def _find(metadata: Metadata, wanted: str) -> str:
    found = next((value for key, value in metadata if key == wanted), "")
    return found.decode(errors="replace") if isinstance(found, bytes) else found
