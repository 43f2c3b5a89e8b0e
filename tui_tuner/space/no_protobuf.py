"""Says why KerasTuner's protocol buffers are not here."""

from __future__ import annotations

from typing import Any, NoReturn


class NoProtobuf:
    """An object that KerasTuner could send over gRPC, and that has a JSON form here."""

    def to_proto(self) -> NoReturn:
        """Raises `NotImplementedError`, which says what to use."""
        raise NotImplementedError(_missing(type(self)))

    @classmethod
    def from_proto(cls, proto: Any) -> NoReturn:
        """Raises `NotImplementedError`, which says what to use."""
        raise NotImplementedError(_missing(cls))


def _missing(cls: type) -> str:
    form = "get_config() and from_config()" if hasattr(cls, "get_config") else "get_state() and from_state()"
    return (
        f"{cls.__name__} has no protocol buffer: KerasTuner sends them between its chief and workers over gRPC, and "
        f"tui-tuner has no such service. {form} give and take the same as JSON values."
    )
